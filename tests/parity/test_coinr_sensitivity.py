"""COINr's uncertainty replicates, replayed, and its Sobol estimators.

COINr 1.1.14 @ b968203: ``get_sensitivity`` on ``build_example_coin()``, seeds 202, 404, 505; see
../shared/golden/coinr/README.md.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index.robustness.design import coinr_codes
from sanfu.index.robustness.sobol import estimate_sobol

METHOD = {
    "order": ["denominate", "impute", "screen", "treat", "normalise"],
    "impute": {"method": "group_mean", "group": "EurAsia_group"},
    "screen": {"available": 0.9},
    "treat": {},
}
WINMAX = {"path": "method.treat.first.points", "values": [1, 2, 3, 4, 5]}


@pytest.fixture(scope="module")
def asem(coinr):
    return build_index(coinr.framework("asem", METHOD), coinr.figures("asem"), parity="COINr")


def choices(coinr):
    sets = coinr.table("sensitivity/noisy_weights_100.csv").drop("rep").to_dicts()
    scaled = [
        {"method": "minmax", "low": 1, "high": 100},
        {"method": "zscore", "mean": 10, "sd": 2},
    ]
    return {
        "Winmax": WINMAX,
        "Normalisation": {"path": "method.normalise", "values": scaled},
        "Weights": {"weights": {"sets": sets}},
        "Aggregation": {"path": "method.aggregate", "values": ["arithmetic", "geometric"]},
    }


def scores_of(coinr, name):
    table = coinr.table(f"sensitivity/{name}_scores.csv")
    return table["uCode"].to_list(), table.drop("uCode", "Nominal").to_numpy().T


def rank_statistics(found, units):
    order = [found.units.index(unit) for unit in units]
    linear = found.quantiles([0.05, 0.5, 0.95])[order]
    return pl.DataFrame(
        {
            "Nominal": found.nominal[1][order],
            "Mean": found.ranks.mean(axis=0)[order],
            "Median": linear["q0.5"],
            "Q5": linear["q0.05"],
            "Q95": linear["q0.95"],
        }
    )


def assert_same(found, coinr, name):
    units, wanted = scores_of(coinr, name)
    order = [found.units.index(unit) for unit in units]
    statistics = coinr.table(f"sensitivity/{name}_rankstats.csv").drop("uCode").cast(pl.Float64)
    np.testing.assert_allclose(found.scores[:, order], wanted, rtol=1e-12, atol=0)
    np.testing.assert_allclose(
        rank_statistics(found, units).to_numpy(), statistics.to_numpy(), rtol=1e-12
    )


@pytest.mark.shared
def test_a_hundred_replicates_have_coinrs_scores_and_rank_quantiles(asem, coinr):
    para = coinr.table("sensitivity/UA100_para.csv")
    declared = choices(coinr)

    found = asem.robustness(declared, design={name: para[name] - 1 for name in declared})

    assert_same(found, coinr, "UA100")


@pytest.mark.shared
def test_forty_replicates_over_a_continuous_threshold_have_coinrs_scores(asem, coinr):
    para = coinr.table("sensitivity/UA40_continuous_para.csv")
    declared = {"skew": {"path": "method.treat.first.skew", "between": [1.5, 2.5]}, "win": WINMAX}

    found = asem.robustness(declared, design={"skew": para["skew"], "win": para["win"] - 1})

    assert_same(found, coinr, "UA40_continuous")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "column", "alternatives"),
    [
        ("UA100", "Winmax", 5),
        ("UA100", "Normalisation", 2),
        ("UA100", "Weights", 100),
        ("UA100", "Aggregation", 2),
        ("UA40_continuous", "win", 5),
    ],
)
def test_coinrs_alternatives_follow_from_its_uniform_numbers(coinr, name, column, alternatives):
    u = coinr.table(f"sensitivity/{name}_U.csv")[column].to_numpy()
    para = coinr.table(f"sensitivity/{name}_para.csv")[column].to_list()

    assert (coinr_codes(u, alternatives) + 1).tolist() == para


@pytest.mark.shared
def test_noise_keeps_the_weights_where_coinrs_noise_keeps_them(asem, coinr):
    golden = coinr.table("sensitivity/noisy_weights_100.csv")
    framework = asem.framework
    upper = [node for node in framework.nodes if framework.heights()[node] > 2]

    found = asem.robustness({"w": {"weights": {"noise": 0.25, "nodes": upper}}}, replicates=100)

    for node in framework.nodes:
        ours = found.weights_used(node).drop("replicate")
        for child in ours.columns:
            declared = framework.children(node)[child]
            for noisy in (ours[child], golden[child]):
                assert noisy.is_between(0.75 * declared, 1.25 * declared).all()
                assert (noisy.n_unique() > 1) == (node in upper)


@pytest.mark.shared
def test_sobol_estimates_of_coinrs_ishigami_sample_are_coinrs(coinr):
    y = coinr.table("sensitivity/ishigami_sample.csv")["y"].to_numpy().reshape(5, 256, 1)
    golden = coinr.table("sensitivity/ishigami_indices.csv")

    found = estimate_sobol(y, parity="COINr", bootstrap=0)

    np.testing.assert_allclose(found.first.value[:, 0], golden["Si"], rtol=1e-12)
    np.testing.assert_allclose(found.total.value[:, 0], golden["STi"], rtol=1e-12)
    variance = coinr.json("sensitivity/ishigami_var.json")["Variance"]
    np.testing.assert_allclose(found.variance, [variance], rtol=1e-12)
