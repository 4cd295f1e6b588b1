"""Benefit of the doubt: worked by hand, by its certificates, in the engine, and by laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sanfu.errors import DeclarationFaults, InputError
from sanfu.index import build_index, parse_framework
from sanfu.index.bod import BelowZero, benefit_along, benefit_of_doubt
from tests.index import exact_programmes as exact

NAN = math.nan
CORNERS = np.array([[1.0, 0.0], [0.0, 1.0], [0.4, 0.4], [0.2, 0.1]])


def test_the_corners_of_the_frontier_score_one_and_the_rest_what_the_line_allows():
    found = benefit_of_doubt(CORNERS)

    # the line through the corners is x + y = 1, so both weights are 1
    np.testing.assert_allclose(found.scores, [1, 1, 0.8, 0.3], atol=1e-12)
    np.testing.assert_allclose(found.weights[2:], 1, atol=1e-12)
    np.testing.assert_allclose(found.shares[3], [2 / 3, 1 / 3], atol=1e-12)


def test_weights_reach_the_score_and_let_nobody_over_one():
    x = np.random.default_rng(1).uniform(size=(80, 5)) * [1, 10, 100, 0.1, 3]

    found = benefit_of_doubt(x)

    np.testing.assert_allclose((found.weights * x).sum(axis=1), found.scores, rtol=1e-12)
    assert (found.weights @ x.T).max() <= 1 + 1e-10
    for unit in range(0, 80, 9):  # against SciPy's own call
        expected = -linprog(-x[unit], A_ub=x, b_ub=np.ones(80)).fun
        assert found.scores[unit] == pytest.approx(expected, rel=1e-9)


def test_limits_of_shares_hold_and_lower_the_score():
    x = np.random.default_rng(2).uniform(1, 2, size=(40, 4))

    free, limited = benefit_of_doubt(x), benefit_of_doubt(x, lower=0.1, upper=0.4)

    assert np.nanmin(limited.shares) >= 0.1 - 1e-9
    assert np.nanmax(limited.shares) <= 0.4 + 1e-9
    assert (limited.scores <= free.scores + 1e-9).all()
    one = benefit_of_doubt(x, lower=0.25, upper=0.25)  # no freedom is left
    np.testing.assert_allclose(one.shares, 0.25, rtol=1e-8)


def test_limits_that_leave_nothing_are_refused():
    with pytest.raises(InputError, match="无解"):
        benefit_of_doubt(CORNERS, lower=0.6)
    with pytest.raises(InputError, match="无解"):
        benefit_of_doubt(CORNERS, upper=0.4)


def test_a_child_that_a_unit_lacks_has_no_weight_for_it():
    x = np.array([[1.0, NAN], [NAN, 1.0], [0.4, 0.4], [NAN, NAN]])

    found = benefit_of_doubt(x)

    np.testing.assert_allclose(found.scores[:3], [1, 1, 0.8], atol=1e-12)
    assert found.weights[0, 1] == 0
    assert math.isnan(found.scores[3])
    widened = benefit_of_doubt(np.array([[1.0, 1, 1], [0.5, NAN, NAN]]), upper=0.4)
    assert widened.scores[1] == pytest.approx(0.5)  # all of its share rests on what it has


def test_values_below_nought_are_refused_with_the_remedy():
    with pytest.raises(BelowZero, match="minmax") as refused:
        benefit_of_doubt(-CORNERS)

    assert refused.value.count == 6


def test_the_directional_form_asks_how_far_a_unit_could_rise():
    found = benefit_along(CORNERS, [1, 1])

    # (0.4, 0.4) reaches x + y = 1 after 0.1 along (1, 1); (0.2, 0.1) after 0.35
    np.testing.assert_allclose(found, [1, 1, 1 / 1.1, 1 / 1.35], rtol=1e-12)
    with pytest.raises(InputError, match="方向"):
        benefit_along(CORNERS, [0, 0])


def framework(aggregate, normalise="minmax", weights=(1, 1)):
    def name(code):
        return {"zh": code, "en": code}

    return parse_framework(
        {
            "framework": "b",
            "name": name("b"),
            "nodes": {"top": {"name": name("top"), "aggregate": aggregate}},
            "indicators": {
                code: {"name": name(code), "parent": "top", "weight": weight}
                for code, weight in zip("ab", weights, strict=True)
            },
            "method": {"normalise": normalise},
        }
    )


FIGURES = {"unit": list("wxyz"), "a": CORNERS[:, 0].tolist(), "b": CORNERS[:, 1].tolist()}


def test_a_node_is_scored_by_benefit_of_the_doubt():
    index = build_index(framework("bod"), FIGURES)

    np.testing.assert_allclose(index.scores[:, 0], [1, 1, 0.8, 0.3], atol=1e-12)
    assert "疑中从优" in index.trace("y", "top")["done"].to_list()[0]


def test_shares_around_the_declared_weights_bind():
    wide = build_index(framework({"method": "bod", "around": 1}, weights=(3, 1)), FIGURES)
    tight = build_index(framework({"method": "bod", "around": 0.1}, weights=(3, 1)), FIGURES)

    x = tight.normalised
    expected = benefit_of_doubt(x, lower=[0.675, 0.225], upper=[0.825, 0.275]).scores
    np.testing.assert_allclose(tight.scores[:, 0], expected, rtol=1e-9)
    assert (tight.scores <= wide.scores + 1e-9).all()


def test_the_directional_form_is_reached_from_the_framework():
    rule = {"method": "bod", "direction": {"a": 100, "b": 100}}

    index = build_index(framework(rule), FIGURES)

    np.testing.assert_allclose(index.scores[:, 0], [1, 1, 1 / 1.1, 1 / 1.35], rtol=1e-9)


def test_each_year_may_have_its_own_frontier():
    panel = {
        "unit": list("wxyz") * 2,
        "year": [2020] * 4 + [2021] * 4,
        "a": [*FIGURES["a"], *(2 * CORNERS[:, 0])],
        "b": [*FIGURES["b"], *(2 * CORNERS[:, 1])],
    }

    pooled = build_index(framework("bod"), panel).scores[:, 0]
    own = build_index(framework({"method": "bod", "over": "year"}), panel).scores[:, 0]

    np.testing.assert_allclose(own[:4], own[4:], rtol=1e-9)
    np.testing.assert_allclose(pooled[:4], own[:4] / 2, rtol=1e-9)


@pytest.mark.parametrize(
    ("aggregate", "normalise", "words"),
    [
        ({"method": "bod", "lower": 0.6}, "minmax", "cannot sum to 1"),
        ({"method": "bod", "direction": {"c": 1}}, "minmax", "no child"),
        ({"method": "bod", "lower": 0.1, "around": 0.2}, "minmax", "or `around`"),
        ("bod", "zscore", "at least 0"),
    ],
)
def test_what_cannot_work_is_refused_before_the_run(aggregate, normalise, words):
    with pytest.raises(DeclarationFaults) as wrong:
        framework(aggregate, normalise)

    assert any(words in fault.text.en for fault in wrong.value.faults)


TABLES = st.lists(
    st.lists(st.integers(0, 9).map(float), min_size=3, max_size=3), min_size=3, max_size=9
).map(np.array)
FEW = settings(max_examples=30, deadline=None)


@FEW
@given(x=TABLES, factor=st.sampled_from([0.01, 3.0, 1e5]), data=st.data())
def test_units_of_measure_and_orders_never_matter(x, factor, data):
    assume((x.max(axis=0) > 0).all())
    rows = list(data.draw(st.permutations(range(len(x)))))
    columns = list(data.draw(st.permutations(range(3))))

    turned = benefit_of_doubt((x * [factor, 1, 1])[rows][:, columns]).scores

    np.testing.assert_allclose(turned, benefit_of_doubt(x).scores[rows], atol=1e-9)


@FEW
@given(x=TABLES)
def test_who_is_at_least_as_good_in_everything_scores_at_least_as_much(x):
    scores = benefit_of_doubt(x).scores

    for i in range(len(x)):
        for j in range(len(x)):
            if (x[i] >= x[j]).all():
                assert scores[i] >= scores[j] - 1e-9


@FEW
@given(x=TABLES)
def test_a_second_copy_of_a_unit_moves_nobody(x):
    two = benefit_of_doubt(np.concatenate([x, x[:1]])).scores

    np.testing.assert_allclose(two[:-1], benefit_of_doubt(x).scores, atol=1e-9)
    assert two[-1] == pytest.approx(two[0], abs=1e-9)


@FEW
@given(x=TABLES, limits=st.sampled_from([(0.0, 1.0), (0.05, 0.6), (0.25, 0.5)]))
def test_every_score_is_the_exact_optimum_but_for_one_rounding(x, limits):
    """In rational numbers: the basis is feasible, no column would help, and its value is ours."""
    assume((x.max(axis=0) > 0).all())
    scores = benefit_of_doubt(x, lower=limits[0], upper=limits[1]).scores
    laid_out = exact.free_or_limited(x, *limits)

    for unit, score in enumerate(scores):
        value, gain, least = exact.prove(*laid_out, unit)
        assert (gain <= 1e-15, least >= -1e-15) == (True, True)
        assert float(abs(value - exact.Fraction(float(score)))) <= 1e-15


@FEW
@given(x=TABLES, direction=st.sampled_from([[1, 1, 1], [1, 0.1, 0], [0, 5, 1]]))
def test_the_rise_along_a_direction_is_the_exact_optimum_but_for_one_rounding(x, direction):
    scores = benefit_along(x, direction)
    problem, pool, basis, size = exact.along(x, direction)

    for unit, score in enumerate(scores):
        value, gain, least = exact.prove(problem, pool, basis, unit)
        assert (gain <= 1e-15, least >= -1e-15) == (True, True)
        assert float(1 / (1 - value / exact.Fraction(size))) == pytest.approx(score, rel=1e-15)


def test_peers_outdo_the_unit_in_the_mixture_that_is_its_score():
    x = np.random.default_rng(4).uniform(size=(300, 4)) ** 3

    found = benefit_of_doubt(x)

    mixed = np.einsum("uk,ukc->uc", found.mixture, x[found.peers])
    assert (mixed >= x - 1e-12).all()
    np.testing.assert_allclose(found.mixture.sum(axis=1), found.scores, rtol=1e-14)
    assert (found.scores[found.peers[found.peers >= 0]] > 1 - 1e-12).all()


@pytest.mark.parametrize("rows", [40, 1_500])
def test_many_units_are_solved_as_solvers_do(rows):
    r = np.random.default_rng(8)
    x = r.uniform(0.3, 1, size=(rows, 1)) * r.uniform(size=(rows, 8))
    x[r.random(x.shape) < 0.05] = 0

    scores = benefit_of_doubt(x).scores

    for unit in range(0, rows, rows // 10):
        expected = -linprog(-x[unit], A_ub=x, b_ub=np.ones(rows)).fun
        assert scores[unit] == pytest.approx(expected, rel=1e-9)
