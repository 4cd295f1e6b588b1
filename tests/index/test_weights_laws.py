"""Laws of weights that hold for all figures and judgements, tried by Hypothesis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sanfu.index.weights import (
    ahp_weights,
    combine_weights,
    consistency_ratio,
    critic_weights,
    deviation_weights,
    entropy_weights,
    factor_weights,
    gini_weights,
    merec_weights,
    optimise_weights,
    pca_weights,
    variation_weights,
    vote_weights,
)

FEW = settings(max_examples=30, deadline=None)
RULES = {
    "entropy raw": lambda x: entropy_weights(x, convention="raw"),
    "entropy shift": lambda x: entropy_weights(x, convention="shift"),
    "entropy clip": lambda x: entropy_weights(x, convention="clip"),
    "critic": critic_weights,
    "critic absolute": lambda x: critic_weights(x, conflict="absolute"),
    "critic spearman": lambda x: critic_weights(x, correlation="spearman"),
    "deviation": deviation_weights,
    "variation": variation_weights,
    "gini": gini_weights,
    "merec": merec_weights,
    "pca squared": lambda x: pca_weights(x, convention="squared"),
    "factor": lambda x: factor_weights(x, extraction="components", weights="squared"),
}
TABLES = (
    st.integers(5, 10)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.integers(1, 40).map(float), min_size=n, max_size=n), min_size=3, max_size=4
        )
    )
    .map(lambda columns: np.array(columns).T)
)
UNIQUE_FIRST = ("pca squared", "factor")


def usable(name, x):
    """Columns have spread; where an eigenvector is asked for, the first stands out."""
    assume((np.ptp(x, axis=0) > 0).all())
    if name in UNIQUE_FIRST:
        values = np.linalg.eigvalsh(np.corrcoef(x.T))
        assume(values[-1] - values[-2] > 0.05)
    return x


@pytest.mark.parametrize("name", RULES)
@FEW
@given(x=TABLES, data=st.data())
def test_weights_are_shares_and_no_order_matters(name, x, data):
    usable(name, x)
    rows = list(data.draw(st.permutations(range(len(x)))))
    columns = list(data.draw(st.permutations(range(x.shape[1]))))

    weights = RULES[name](x)

    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(RULES[name](x[rows][:, columns]), weights[columns], atol=1e-7)


@pytest.mark.parametrize("name", RULES)
@FEW
@given(x=TABLES, factor=st.sampled_from([0.01, 3.0, 1e4]))
def test_the_unit_of_measure_never_matters(name, x, factor):
    usable(name, x)

    scaled = x * np.array([factor] + [1.0] * (x.shape[1] - 1))

    np.testing.assert_allclose(RULES[name](scaled), RULES[name](x), atol=1e-7)


@pytest.mark.parametrize("name", [n for n in RULES if not n.startswith("entropy")])
@FEW
@given(x=TABLES)
def test_every_unit_twice_changes_nothing_but_entropy_which_counts_units(name, x):
    usable(name, x)
    np.testing.assert_allclose(RULES[name](np.concatenate([x, x])), RULES[name](x), atol=1e-7)


@pytest.mark.parametrize("name", [n for n in RULES if n != "merec"])
@FEW
@given(x=TABLES)
def test_a_unit_without_any_figure_changes_nothing(name, x):
    usable(name, x)
    empty = np.concatenate([x, np.full((1, x.shape[1]), np.nan)])

    np.testing.assert_allclose(RULES[name](empty), RULES[name](x), atol=1e-9)


@FEW
@given(x=TABLES)
def test_after_minmax_turning_a_child_changes_no_deviation_and_only_signs_of_conflict(x):
    usable("deviation", x)
    turned = x * np.array([-1.0] + [1.0] * (x.shape[1] - 1))

    np.testing.assert_allclose(deviation_weights(turned), deviation_weights(x), atol=1e-9)
    np.testing.assert_allclose(
        critic_weights(turned, conflict="absolute"),
        critic_weights(x, conflict="absolute"),
        atol=1e-9,
    )


@settings(max_examples=15, deadline=None)
@given(x=TABLES, target=st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_optimised_weights_are_never_worse_than_the_start(x, target):
    x = usable("critic", x[:, :3])

    found = optimise_weights(x, target=target, starts=1)

    assert found.objective <= found.at_start * (1 + 1e-9)
    assert (found.weights >= 0).all()
    assert found.weights.sum() == pytest.approx(1)


RATIOS = st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1 / 2, 1.0, 2.0, 3.0, 5.0, 9.0])


@FEW
@given(values=st.lists(RATIOS, min_size=6, max_size=6), order=st.permutations("abcd"))
def test_the_order_in_which_comparisons_are_given_never_matters(values, order):
    names = ["a/b", "a/c", "a/d", "b/c", "b/d", "c/d"]
    pairs = dict(zip(names, values, strict=True))
    turned = {f"{p[2]}/{p[0]}": 1 / v for p, v in pairs.items()}

    one, other = ahp_weights(pairs, "abcd"), ahp_weights(turned, order)

    expected = dict(zip("abcd", one.weights, strict=True))
    np.testing.assert_allclose(other.weights, [expected[c] for c in order], atol=1e-9)
    assert other.consistency == pytest.approx(one.consistency, abs=1e-9)
    best = one.mending.row(0, named=True)
    assert best["consistency"] <= one.consistency + 1e-9  # keeping it is one of those tried


@FEW
@given(weights=st.lists(st.integers(1, 20), min_size=2, max_size=6))
def test_consistent_comparisons_give_their_weights_back(weights):
    names = [f"i{k}" for k in range(len(weights))]
    pairs = {
        f"{a}/{b}": weights[i] / weights[j]
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j
    }

    found = ahp_weights(pairs, names)

    np.testing.assert_allclose(found.weights, np.array(weights) / sum(weights), rtol=1e-6)
    assert consistency_ratio(found.matrix) < 1e-6


@FEW
@given(counts=st.lists(st.integers(0, 30), min_size=6, max_size=6))
def test_a_further_win_never_lowers_the_winner(counts):
    pairs = ["a>b", "b>a", "a>c", "c>a", "b>c", "c>b"]
    votes = dict(zip(pairs, counts, strict=True))
    assume(sum(counts) > 0)

    before = vote_weights([votes], "abc")
    after = vote_weights([votes | {"a>b": votes["a>b"] + 1}], "abc")

    assert after[0] >= before[0] - 1e-12
    assert after[1] <= before[1] + 1e-12


@FEW
@given(
    sets=st.lists(st.lists(st.integers(1, 9), min_size=4, max_size=4), min_size=2, max_size=3),
    by=st.sampled_from(["game", "mean"]),
)
def test_a_combination_lies_between_its_sets(sets, by):
    shares = np.array([np.array(s) / sum(s) for s in sets])

    combined, _ = combine_weights(sets, by=by)

    assert combined.sum() == pytest.approx(1)
    assert (combined >= shares.min(axis=0) - 1e-9).all()
    assert (combined <= shares.max(axis=0) + 1e-9).all()
