"""The small golden set that lives in the project: expected results from the definitions.

Made by ``uv run python tools/index_golden.py`` (Python 3.11, standard library only), which
computes them row by row without anything of Sanfu.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index import build_index
from tests.parity.own_golden import assert_made_again, framework, known, load, numbers


@pytest.fixture(scope="module")
def tool():
    return load("index_golden")


@pytest.fixture(scope="module")
def whole(tool):
    plan = framework(
        tool,
        denominate=True,
        impute={"method": "group_mean", "group": "group"},
        treat={},
        normalise={"method": "minmax", "low": 1},
    )
    return build_index(plan, known("input.csv"))


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("denominate", "denominated"),
        ("impute", "imputed"),
        ("treat", "treated"),
        ("normalise", "normalised"),
    ],
)
def test_every_step_is_that_of_the_definitions(whole, step, name):
    got = whole.steps[step].figures

    expected = numbers(known(f"{name}.csv"), got.codes)
    np.testing.assert_allclose(got.values, expected, rtol=1e-12, atol=1e-12)


def test_scores_and_ranks_are_those_of_the_definitions(whole):
    expected = known("scores.csv")

    nodes = whole.plan.nodes
    np.testing.assert_allclose(whole.scores, numbers(expected, nodes), rtol=1e-12)
    assert whole.ranks[:, -1].tolist() == expected["rank"].to_list()


NORMALISATIONS = {
    "efficacy_exponential": {"method": "efficacy", "form": "exponential"},
    "quantile_normal": {"method": "quantile", "distribution": "normal"},
}


def test_every_normalisation_is_that_of_the_definitions(tool):
    expected = known("normalisations.csv")
    names = dict.fromkeys(column.split(":")[0] for column in expected.columns[1:])

    for name in names:
        rule = NORMALISATIONS.get(name, name)
        index = build_index(framework(tool, normalise=rule), known("input.csv"))
        wanted = numbers(expected, [f"{name}:{code}" for code in index.plan.indicators])
        np.testing.assert_allclose(index.normalised, wanted, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    "kind", ["arithmetic", "geometric", "harmonic", "generalised", "median", "minimum", "mpi"]
)
def test_every_mean_is_that_of_the_definitions(tool, kind):
    rule = {"method": "generalised", "power": 0.5} if kind == "generalised" else kind
    plan = framework(tool, normalise={"method": "minmax", "low": 1}, aggregate=rule)

    index = build_index(plan, known("input.csv"))

    wanted = numbers(known("aggregations.csv"), [f"{kind}:{node}" for node in index.plan.nodes])
    np.testing.assert_allclose(index.scores, wanted, rtol=1e-12)


def test_the_tool_makes_the_very_files(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "FOLDER", tmp_path)

    assert_made_again(tool, tmp_path)
