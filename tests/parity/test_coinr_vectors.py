"""COINr 1.1.14 on one vector with a hole, ties, a zero, a negative and an outlier.

../shared/golden/coinr/vectors.json (15 digits). Keys ``*_BUG`` and ``copeland_NA_*`` record
COINr's errors and are not matched.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index import aggregate as means
from sanfu.index import impute, normalise, treat
from sanfu.index.moments import skew_and_kurtosis
from sanfu.index.ranking import rank_descending


def at(number):
    return np.array([float(number)])


FUNCTIONS = {
    "minmax": normalise.normalise_minmax,
    "zscore": normalise.normalise_zscore,
    "dist2max": normalise.normalise_distance_to_maximum,
    "dist2ref4": lambda x: normalise.normalise_distance_to_reference(x, row=3),
    "dist2targ": lambda x: normalise.normalise_distance_to_target(x, target=at(50)),
    "dist2targ_cap": lambda x: normalise.normalise_distance_to_target(x, target=at(50), cap=True),
    "dist2targ_neg": lambda x: normalise.normalise_distance_to_target(-x, target=at(0)),
    "dist2targ_neg_cap": lambda x: normalise.normalise_distance_to_target(
        -x, target=at(0), cap=True
    ),
    "fracmax": lambda x: normalise.normalise_fraction_of_maximum(x, at(1)),
    "rank": normalise.normalise_rank,
    "borda": normalise.normalise_borda,
    "prank": normalise.normalise_percentile_rank,
    "goalposts": lambda x: normalise.normalise_goalposts(x, lower=at(0), upper=at(50)),
    "goalposts_neg": lambda x: normalise.normalise_goalposts(-x, lower=at(-50), upper=at(0)),
    "goalposts_notrunc": lambda x: normalise.normalise_goalposts(
        x, lower=at(0), upper=at(50), high=1, truncate=False
    ),
    "scaled": lambda x: normalise.normalise_scaled(x, start=0, stop=10, scale=100),
    "log_CT": treat.transform_log_ct,
    "log_CT_orig": treat.transform_log_ct_orig,
    "log_CT_plus": treat.transform_log_ct_plus,
    "log_CT_plus_negskew": lambda x: treat.transform_log_ct_plus(-x),
    "boxcox": lambda x: treat.transform_boxcox(x, power=0.25),
    "i_mean": impute.impute_column,
    "i_median": lambda x: impute.impute_column(x, statistic="median"),
    "rank_df": rank_descending,
}


@pytest.fixture
def vectors(coinr):
    said = coinr.json("vectors.json")
    return {
        key: np.array([np.nan if v is None else v for v in value], dtype=float)
        if isinstance(value, list)
        else value
        for key, value in said.items()
    }


@pytest.mark.shared
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_vector_function_gives_coinrs_numbers(vectors, name):
    got = FUNCTIONS[name](vectors["x"][:, None])[:, 0]

    np.testing.assert_allclose(got, vectors[name], rtol=2e-14, atol=1e-14)


@pytest.mark.shared
def test_skewness_and_kurtosis_of_the_vector_are_coinrs(vectors):
    g1, g2 = skew_and_kurtosis(vectors["x"][:, None])

    np.testing.assert_allclose([g1[0], g2[0]], [vectors["skew"], vectors["kurt"]], rtol=1e-13)


@pytest.mark.shared
def test_means_of_the_vector_are_coinrs(vectors):
    x, xp, w = vectors["x"][None, :], vectors["xp"][None, :], vectors["w"]
    complete = xp[:, ~np.isnan(xp[0])]

    got = {
        "amean": means.aggregate_arithmetic(x, w)[0],
        "gmean": means.aggregate_geometric(xp, w)[0],
        "hmean": means.aggregate_harmonic(xp, w)[0],
        "genmean_p2_noNA": means.aggregate_generalised(complete, w[~np.isnan(xp[0])], power=2)[0],
    }

    for name, value in got.items():
        assert value == pytest.approx(vectors[name], rel=1e-12), name


@pytest.mark.shared
def test_coinrs_harmonic_mean_takes_negatives_only_in_parity_mode(vectors):
    x, w = np.array([[-1.0, 2.0, 3.0]]), np.ones(3)

    assert vectors["hmean_neg"] == pytest.approx(-18)
    assert means.aggregate_harmonic_any_sign(x, w)[0] == pytest.approx(-18)
    with pytest.raises(means.NotPositive):
        means.aggregate_harmonic(x, w)


@pytest.mark.shared
def test_winsorising_the_vector_is_coinrs(vectors):
    done = treat.winsorise(vectors["x"], points=3)
    forced = treat.winsorise(vectors["x"], points=2, always=True)

    for got, key in ((done, "winsorise3"), (forced, "winsorise_force")):
        wanted = [np.nan if v is None else v for v in vectors[key]["x"]]
        np.testing.assert_array_equal(got.x, wanted)
        assert got.points == vectors[key]["nwin"]
        labels = np.where(got.high, "winhi", np.where(got.low, "winlo", ""))
        assert labels.tolist() == vectors[key]["treated"]


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
@pytest.mark.parametrize("by", ["byNA", "byzeros", "byNAandzeros"])
def test_screening_gives_coinrs_shares_and_verdicts(coinr, which, by):
    from sanfu.index.method import ScreenRule
    from sanfu.index.screen import screen

    table = coinr.table(f"stats/{which}_screen_{by}.csv")
    codes = list(coinr.framework(which).indicators)
    name = "asem_stages/Raw.csv" if which == "asem" else "input/synth_iData.csv"
    raw = coinr.table(name).sort("uCode")
    rule = ScreenRule(
        available=0.85 if by != "byzeros" else None, nonzero=0.9 if by != "byNA" else None
    )

    values = raw.select(codes).fill_null(np.nan).to_numpy().astype(float)
    seen = screen(values, rule, raw["uCode"].to_list())

    np.testing.assert_allclose(seen.available, table["Dat_Avail"].to_numpy(), rtol=1e-14)
    np.testing.assert_allclose(seen.nonzero, table["Non_Zero"].to_numpy(), rtol=1e-14)
    assert seen.units.tolist() == [str(v).upper() == "TRUE" for v in table["Included"]]


@pytest.mark.shared
def test_units_forced_in_and_out_are_coinrs(coinr):
    from sanfu.index.method import ScreenRule
    from sanfu.index.screen import screen

    table = coinr.table("stats/asem_screen_byNA_force.csv")
    raw = coinr.table("asem_stages/Raw.csv")
    codes = list(coinr.framework("asem").indicators)
    rule = ScreenRule(available=0.97, keep=("MLT",), drop=("AUT",))

    seen = screen(
        raw.select(codes).fill_null(np.nan).to_numpy().astype(float), rule, raw["uCode"].to_list()
    )

    assert seen.units.tolist() == [str(v).upper() == "TRUE" for v in table["Included"]]


@pytest.mark.shared
def test_selections_of_data_are_coinrs(coinr):
    from sanfu.index import build_index

    codes = list(coinr.framework("asem").indicators)
    method = {"order": ["normalise"], "denominate": None, "normalise": "none"}
    framework = coinr.framework("asem", method).vary(
        {f"indicators.{code}.direction": 1 for code in codes}
    )
    index = build_index(framework, coinr.table("asem_stages/Normalised.csv"))

    under = coinr.table("extras/get_data_L1_under_Sust.csv")
    assert sorted(index.framework.below("Sust")) == sorted(under.columns[1:])
    for code in under.columns[1:]:
        np.testing.assert_allclose(index.value(code), under[code].to_numpy(), rtol=1e-14)
    ranks = coinr.table("extras/rank_df.csv")
    for code in ranks.columns[1:]:
        place = index.plan.nodes.index(code)
        np.testing.assert_array_equal(index.ranks[:, place], ranks[code].to_numpy())
