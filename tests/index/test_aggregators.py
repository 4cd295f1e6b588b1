"""Every aggregator against its definition, by hand or by comparing all pairs in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sanfu.index import method_aggregate as rules
from sanfu.index.aggregate import NotPositive, aggregate
from sanfu.index.outrank import aggregate_copeland, aggregate_promethee, net_flow

NAN = math.nan
X = np.array([[8.0, 2.0, 5.0], [4.0, 4.0, 4.0], [1.0, 9.0, 6.0], [6.0, NAN, 3.0]])
W = np.array([2.0, 1.0, 1.0])
NAMES = ("a", "b", "c")


def score(rule, x=X, w=W):
    return aggregate(x, w, rule, names=NAMES)


def test_means_by_hand_reweight_what_is_missing():
    assert score(rules.Arithmetic()).tolist() == [23 / 4, 4, 17 / 4, 15 / 3]
    assert score(rules.Total()).tolist() == [23, 16, 17, 15]
    np.testing.assert_allclose(
        score(rules.Geometric()),
        [640 ** (1 / 4), 4, 54 ** (1 / 4), 108 ** (1 / 3)],
    )
    np.testing.assert_allclose(
        score(rules.Harmonic()),
        [4 / (2 / 8 + 1 / 2 + 1 / 5), 4, 4 / (2 + 1 / 9 + 1 / 6), 3 / (2 / 6 + 1 / 3)],
    )
    np.testing.assert_allclose(
        score(rules.Generalised(power=2)),
        np.sqrt([(128 + 4 + 25) / 4, 16, (2 + 81 + 36) / 4, (72 + 9) / 3]),
    )


def test_an_odd_power_keeps_the_sign():
    got = aggregate(np.array([[-3.0, -5.0]]), np.ones(2), rules.Generalised(power=3))

    assert got[0] == pytest.approx(-(((27 + 125) / 2) ** (1 / 3)))


def test_middles_and_ends_by_hand():
    assert score(rules.Median()).tolist() == [5, 4, 6, 4.5]
    assert score(rules.Minimum()).tolist() == [2, 4, 1, 3]
    assert score(rules.Maximum()).tolist() == [8, 4, 9, 6]
    # weights 2, 1, 1: half the weight lies exactly between 5 and 8 in the first row
    assert score(rules.Median(weighted=True)).tolist() == [6.5, 4, 3.5, 6]


def test_mpi_takes_off_or_adds_the_spread_over_the_mean():
    x = np.array([[90.0, 110.0], [100.0, 100.0]])

    low = aggregate(x, np.ones(2), rules.Mpi())
    high = aggregate(x, np.ones(2), rules.Mpi(penalty="positive"))
    sample = aggregate(x, np.ones(2), rules.Mpi(ddof=1))

    assert low.tolist() == [99, 100]
    assert high.tolist() == [101, 100]
    assert sample.tolist() == [98, 100]


def test_owa_by_places_and_by_orness():
    places = score(rules.Owa(places=(0.5, 0.3, 0.2)))
    mean = score(rules.Owa(orness=0.5))
    cautious = score(rules.Owa(orness=0.25))  # Q(r) = r³

    # the last row has two of three children: Q(1/2) = 0.5 + 0.3 / 2
    np.testing.assert_allclose(places, [5.9, 4, 6.5, 0.65 * 6 + 0.35 * 3])
    np.testing.assert_allclose(mean, [5, 4, 16 / 3, 4.5])
    third = [1 / 27, 7 / 27, 19 / 27]
    assert cautious[0] == pytest.approx(np.dot(third, [8, 5, 2]))


def test_topsis_by_the_definition():
    x, w = X[:3], W / W.sum()
    best, worst = x.max(axis=0), x.min(axis=0)
    expected = []
    for row in x:
        up = math.sqrt(sum((v * (r - b)) ** 2 for v, r, b in zip(w, row, best, strict=True)))
        down = math.sqrt(sum((v * (r - b)) ** 2 for v, r, b in zip(w, row, worst, strict=True)))
        expected.append(down / (up + down))

    np.testing.assert_allclose(score(rules.Topsis(), x), expected)


def test_vikor_by_the_definition():
    x, w = X[:3], W / W.sum()
    best, worst = x.max(axis=0), x.min(axis=0)
    regrets = w * (best - x) / (best - worst)
    s, r = regrets.sum(axis=1), regrets.max(axis=1)
    q = 0.3 * (s - s.min()) / np.ptp(s) + 0.7 * (r - r.min()) / np.ptp(r)

    np.testing.assert_allclose(score(rules.Vikor(strategy=0.3), x), 1 - q)


def test_choquet_with_an_additive_capacity_is_the_weighted_mean():
    additive = rules.Choquet(mobius={"a": 0.5, "b": 0.25, "c": 0.25})

    np.testing.assert_allclose(score(additive), score(rules.Arithmetic()))


def test_choquet_rewards_children_that_go_together():
    together = rules.Choquet(mobius={"a": 0.2, "b": 0.2, "a+b": 0.6})

    got = score(together, X[:2, :2], W[:2])

    np.testing.assert_allclose(got, [0.2 * 8 + 0.2 * 2 + 0.6 * 2, 4])


def test_a_formula_of_children_is_missing_where_one_is():
    got = score(rules.ByFormula(formula="sqrt(a * b) - c / 2"))

    np.testing.assert_allclose(got, [1.5, 2, 0, NAN])


@pytest.mark.parametrize("rule", [rules.Geometric(), rules.Harmonic(), rules.Generalised(power=-1)])
def test_means_that_need_positive_scores_refuse_zero(rule):
    with pytest.raises(NotPositive, match="1"):
        score(rule, np.array([[0.0, 1.0, 2.0]]))


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_a_score_of_zero_makes_the_node_zero_where_declared(method):
    rule = {"geometric": rules.Geometric, "harmonic": rules.Harmonic}[method](zero="zero")

    assert score(rule, np.array([[0.0, 1.0, 2.0], [2.0, 2.0, 2.0]])).tolist() == [
        0,
        pytest.approx(2),
    ]


def test_a_child_of_weight_zero_never_matters():
    x = np.array([[0.0, 4.0], [-1.0, 9.0]])

    for rule in (rules.Geometric(), rules.Harmonic(), rules.Arithmetic()):
        np.testing.assert_allclose(aggregate(x, np.array([0.0, 1.0]), rule), [4, 9])


def test_leading_axes_are_a_batch():
    batch = np.stack([X, X + 1])
    weights = np.stack([W, np.ones(3)])

    for rule in (
        rules.Arithmetic(),
        rules.Geometric(),
        rules.Mpi(),
        rules.Topsis(),
        rules.Copeland(),
    ):
        got = aggregate(batch, weights, rule, names=NAMES)
        np.testing.assert_allclose(got[0], aggregate(X, W, rule, names=NAMES))
        np.testing.assert_allclose(got[1], aggregate(X + 1, np.ones(3), rule, names=NAMES))


# --- outranking against the comparison of all pairs

VALUES = arrays(np.float64, st.integers(2, 25), elements=st.integers(-12, 12).map(lambda v: v / 4))
PREFERENCES = {
    "usual": lambda d, q, p, s: float(d > 0),
    "u_shape": lambda d, q, p, s: float(d > q),
    "v_shape": lambda d, q, p, s: min(max(d, 0) / p, 1),
    "level": lambda d, q, p, s: 0.0 if d <= q else 0.5 if d <= p else 1.0,
    "linear": lambda d, q, p, s: min(max((d - q) / (p - q), 0), 1),
    "gaussian": lambda d, q, p, s: 1 - math.exp(-d * d / (2 * s * s)) if d > 0 else 0.0,
}


@pytest.mark.parametrize("kind", PREFERENCES)
@settings(max_examples=40, deadline=None)
@given(value=VALUES, q=st.sampled_from([0.25, 0.3, 1.0]), gap=st.sampled_from([0.25, 0.9, 3.0]))
def test_net_flows_are_those_of_comparing_all_pairs(kind, value, q, gap):
    p, s, prefer = q + gap, gap, PREFERENCES[kind]
    n = len(value)
    expected = [
        sum(prefer(a - b, q, p, s) - prefer(b - a, q, p, s) for b in value) / (n - 1) for a in value
    ]

    got = net_flow(value, preference=kind, indifference=q, strict=p, spread=s)

    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)


TABLES = arrays(
    np.float64,
    st.tuples(st.integers(2, 12), st.integers(1, 5)),
    elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, NAN]),
)


@settings(max_examples=60, deadline=None)
@given(x=TABLES, data=st.data())
def test_copeland_is_that_of_comparing_all_pairs_and_knows_no_order(x, data):
    m = x.shape[1]
    w = np.array(data.draw(st.lists(st.sampled_from([0.5, 1.0, 1.7]), min_size=m, max_size=m)))
    expected = []
    for a in x:
        total = 0
        for b in x:
            lead = sum(
                v * ((p > q) - (p < q))
                for v, p, q in zip(w, a.tolist(), b.tolist(), strict=True)
                if not (math.isnan(p) or math.isnan(q))
            )
            total += 0 if abs(lead) < 1e-9 else int(math.copysign(1, lead))
        expected.append(NAN if np.isnan(a).all() else total)

    got = aggregate_copeland(x, w)
    turned = aggregate_copeland(x[::-1], w)[::-1]

    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(turned, expected)


def test_net_flows_reweight_a_missing_child():
    x = np.array([[1.0, 1.0], [2.0, NAN], [3.0, 0.0]])

    got = aggregate_promethee(x, np.ones(2))

    np.testing.assert_allclose(got, [0.0, 0.0, 0.0])
    np.testing.assert_allclose(aggregate_promethee(x[:, :1], np.ones(1)), [-1, 0, 1])
