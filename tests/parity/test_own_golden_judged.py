"""Weights, benefit of the doubt, coherence and replicates of the project's own golden set.

Made by ``uv run python tools/index_golden_judged.py`` (Python 3.11, standard library only) from
synthetic figures, without anything of Sanfu: all vertices of the linear programmes in fractions,
Jacobi's rotations, Simpson's rule, and sums.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index import build_index
from sanfu.index import weights as weighing
from sanfu.index.bod import benefit_along, benefit_of_doubt
from sanfu.index.coherence import (
    alpha_if_dropped,
    cronbach_alpha,
    item_rest_correlations,
    sampling_adequacy,
    squared_correlation,
    variance_inflation,
)
from sanfu.index.correlation import correlate
from sanfu.index.moments import skew_and_kurtosis
from tests.parity.own_golden import CODES, assert_made_again, framework, known, load, numbers


@pytest.fixture(scope="module")
def tool():
    return load("index_golden_judged")


@pytest.fixture(scope="module")
def x():
    return numbers(known("normalised.csv"), CODES)


RULES = {
    "entropy_raw": lambda x: weighing.entropy_weights(x, convention="raw"),
    "entropy_shift": lambda x: weighing.entropy_weights(x, convention="shift"),
    "entropy_clip": lambda x: weighing.entropy_weights(x, convention="clip"),
    "deviation": weighing.deviation_weights,
    "variation": weighing.variation_weights,
    "gini": weighing.gini_weights,
    "critic": weighing.critic_weights,
    "merec": weighing.merec_weights,
    "pca_loadings": lambda x: weighing.pca_weights(x, convention="loadings"),
    "pca_squared": lambda x: weighing.pca_weights(x, convention="squared"),
    "pca_composite": lambda x: weighing.pca_weights(x, convention="composite"),
    "game": lambda x: weighing.combine_weights(
        [weighing.critic_weights(x), weighing.entropy_weights(x, convention="shift")], by="game"
    )[0],
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_weights_is_that_of_the_definitions(x, rule):
    np.testing.assert_allclose(RULES[rule](x), known("weights.csv")[rule], rtol=1e-12)


def test_weights_by_people_are_those_of_the_definitions(tool):
    expected = known("judged_weights.csv")
    children = expected["code"].to_list()

    found = weighing.ahp_weights(tool.JUDGEMENTS, children)

    np.testing.assert_allclose(found.weights, expected["ahp"], rtol=1e-12)
    assert found.consistency == pytest.approx(expected["ahp_ratio"][0], rel=1e-12)
    voted = weighing.vote_weights([tool.BALLOTS], children)
    np.testing.assert_allclose(voted, expected["votes"], rtol=1e-12)


def test_the_best_of_all_vertices_is_the_benefit_of_the_doubt():
    expected = known("benefit_of_doubt.csv")
    data = numbers(expected, ("x1", "x2", "x3"))

    free = benefit_of_doubt(data).scores
    limited = benefit_of_doubt(data, lower=0.125, upper=0.5).scores

    np.testing.assert_allclose(free, expected["free"], rtol=1e-15)
    np.testing.assert_allclose(limited, expected["limited"], rtol=1e-15)
    np.testing.assert_allclose(benefit_along(data, [1, 0.5, 0]), expected["along"], rtol=1e-15)


def test_correlations_and_their_p_values_are_those_of_the_definitions(x):
    pearson, spearman = correlate(x), correlate(x, method="spearman")

    for a, b, r, p, rho in known("correlations.csv").rows():
        place = CODES.index(a), CODES.index(b)
        assert pearson.r[place] == pytest.approx(r, rel=1e-12)
        assert pearson.p[place] == pytest.approx(p, rel=1e-11)
        assert spearman.r[place] == pytest.approx(rho, rel=1e-12)


def test_coherence_is_that_of_the_definitions(x):
    expected = known("coherence.csv")
    skew, kurtosis = skew_and_kurtosis(x)
    adequacy = sampling_adequacy(x)

    got = {
        "skew": skew,
        "kurtosis": kurtosis,
        "alpha_if_dropped": alpha_if_dropped(x),
        "item_rest": item_rest_correlations(x),
        "inflation": variance_inflation(x),
        "eigenvalue": weighing.principal_components(x).eigenvalues,
        "importance": [squared_correlation(column, x.mean(axis=1)) for column in x.T],
        "alpha": [cronbach_alpha(x)] * len(CODES),
        "kmo": [adequacy.kmo] * len(CODES),
        "chi_square": [adequacy.chi_square] * len(CODES),
    }

    assert list(got) == expected.columns[1:]
    for name, values in got.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-11, err_msg=name)


@pytest.fixture(scope="module")
def replicated(tool):
    index = build_index(framework(tool.FIRST, normalise="minmax"), known("imputed.csv"))
    scaled = [{"method": "minmax", "low": 1}, {"method": "zscore", "mean": 10, "sd": 2}]
    choices = {
        "normalise": {"path": "method.normalise", "values": scaled},
        "aggregate": {"path": "method.aggregate", "values": ["arithmetic", "geometric"]},
        "weights": {"weights": {"sets": known("replicate_weights.csv").to_dicts()}},
    }
    takes = known("replicates.csv")
    return index.robustness(choices, design={name: takes[name] for name in choices})


def test_every_replicate_has_the_scores_of_the_definitions(replicated):
    expected = known("replicate_scores.csv")

    wanted = numbers(expected, replicated.units)
    np.testing.assert_allclose(replicated.scores, wanted, rtol=1e-12)


def test_rank_intervals_and_wins_are_those_of_the_definitions(replicated):
    expected = known("replicate_ranks.csv")

    found = replicated.quantiles([0.05, 0.5, 0.95])

    assert found["unit"].to_list() == expected["unit"].to_list()
    for level in ("q0.05", "q0.5", "q0.95"):
        np.testing.assert_allclose(found[level], expected[level], rtol=1e-12)
    assert replicated.winning[0, 1] == pytest.approx(expected["first_beats_second"][0], rel=1e-12)


def test_the_tool_makes_the_very_files(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "FOLDER", tmp_path)

    assert_made_again(tool, tmp_path, rtol=1e-12)  # sines are the machine's
