"""Laws that hold for any figures, and statistics tested as statistics."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sanfu.errors import InputError
from sanfu.index import build_index
from sanfu.index.robustness.declaration import read_plan
from sanfu.index.robustness.design import realise, sample_uniforms
from sanfu.index.robustness.factors import make_factors

CHOICES = {
    "scale": {
        "path": "method.normalise",
        "values": [{"method": "minmax", "low": 1}, "percentile_rank"],
    },
    "weights": {"weights": {"noise": 0.5}},
    "points": {"path": "method.treat.first.points", "values": [1, 3]},
}
few = settings(max_examples=8, deadline=None)


@pytest.fixture(scope="module")
def run(build):
    def made(table, choices=CHOICES, **options):
        return build(table).robustness(choices, **{"replicates": 40, **options})

    return made


@few
@given(st.permutations(range(14)), st.integers(0, 2**32))
def test_the_order_of_the_units_does_not_matter(run, figures_of, order, seed):
    table = figures_of()
    twin = table[3].with_columns(unit=pl.lit("twin"))  # a unit with the same figures always ties
    table = pl.concat([table, twin])

    one = run(table, seed=seed)
    other = run(table[[*order, 14]], seed=seed)

    assert one.frame.drop("^score.*$").equals(other.frame.drop("^score.*$"))
    pair = one.beats.filter((pl.col("unit") == "u03") & (pl.col("other") == "twin"))
    assert pair["probability"].item() == 0.5


@few
@given(st.floats(1e-6, 1e6), st.sampled_from(["a1", "a2", "a3", "b1", "c"]))
def test_the_unit_in_which_an_indicator_is_measured_does_not_matter(run, figures_of, factor, code):
    one = run(figures_of())
    other = run(figures_of().with_columns(pl.col(code) * factor))

    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-9)


@few
@given(st.floats(0.01, 100))
def test_weights_times_a_constant_change_nothing(run, document_of, figures_of, factor):
    scaled = document_of()
    for code in ("a", "b"):
        scaled["nodes"][code]["weight"] = scaled["nodes"][code].get("weight", 1) * factor
    scaled["indicators"]["c"]["weight"] *= factor

    one = run(figures_of())
    other = build_index(scaled, figures_of()).robustness(CHOICES, replicates=40)

    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-11)


def test_a_unit_that_is_worse_in_everything_never_ranks_before_the_better_one(run, figures_of):
    table = figures_of().filter(pl.col("a1").is_not_null() & pl.col("b1").is_not_null())
    better = table[0]
    worse = better.with_columns(
        unit=pl.lit("worse"), **{c: pl.col(c) - 1e-3 for c in ("a1", "a2", "b1", "b2", "c")}
    ).with_columns(pl.col("a3") + 1e-3)
    choices = {
        "w": {"weights": {"simplex": True}},
        "m": {
            "path": "nodes.top.aggregate",
            "values": ["arithmetic", "geometric", "minimum", "median"],
        },
    }

    found = run(pl.concat([table, worse.select(table.columns)]), choices, replicates=300)

    first, last = found.units.index(better["unit"].item()), found.units.index("worse")
    assert found.winning[first, last] >= 0.5
    assert (found.ranks[:, first] <= found.ranks[:, last]).all()


def test_score_intervals_hold_a_new_replicate_as_often_as_they_say(small):
    index = small
    choices = {"w": {"weights": {"noise": 0.6}}}
    new = index.robustness(choices, replicates=4000, seed=10_000).scores
    inside = []

    for seed in range(40):
        found = index.robustness(choices, replicates=400, seed=seed)
        frame = found.frame.sort("unit")
        assert frame["unit"].to_list() == found.units
        low, high = frame["score_low"].to_numpy(), frame["score_high"].to_numpy()
        inside.append(((new >= low) & (new <= high)).mean())

    assert 0.885 <= np.mean(inside) <= 0.905  # 0.9 less about 1 / replicates, for type 7


def test_rank_intervals_hold_at_least_what_they_say(small):
    index = small
    new = index.robustness(CHOICES, replicates=4000, seed=10_000).ranks
    inside = []

    for seed in range(20):
        found = index.robustness(CHOICES, replicates=400, seed=seed)
        frame = found.frame.sort("unit")
        low, high = frame["rank_low"].to_numpy(), frame["rank_high"].to_numpy()
        inside.append(((new >= low) & (new <= high)).mean(axis=0))

    assert np.mean(inside) >= 0.9
    assert np.mean(inside, axis=0).min() >= 0.88


@pytest.fixture(scope="module")
def realised(small):
    def made(choice, n=4000, seed=0, sampler="random"):
        plan = read_plan({"x": choice})
        factors = make_factors(plan, small.framework, small.units, 0)
        return realise(plan, factors, sample_uniforms(n, factors[0].columns.stop, seed, sampler))

    return made


@pytest.fixture(scope="module")
def weights(small):
    def made(choice):
        found = small.robustness({"x": choice}, replicates=4000, seed=0)
        return found.weights_used("top").drop("replicate").to_numpy()

    return made


def test_weights_on_the_simplex_are_uniform_and_keep_their_sum(weights):
    drawn = weights({"weights": {"simplex": True, "nodes": ["top"]}})

    np.testing.assert_allclose(drawn.sum(axis=1), 3.7)
    for share in (drawn / 3.7).T:  # each share of Dirichlet(1, 1, 1) is Beta(1, 2)
        assert stats.kstest(share, stats.beta(1, 2).cdf).pvalue > 1e-3


def test_precise_weights_have_the_declared_shares_as_mean(weights):
    drawn = weights({"weights": {"precision": 30, "nodes": ["top"]}}) / 3.7
    shares = np.array([2, 1, 0.7]) / 3.7

    np.testing.assert_allclose(drawn.mean(axis=0), shares, atol=4 * 0.5 / np.sqrt(31 * 4000))
    np.testing.assert_allclose(drawn.var(axis=0), shares * (1 - shares) / 31, rtol=0.1)


def test_ordered_weights_keep_the_order_and_ties(weights):
    drawn = weights({"weights": {"order": ["c", ["a", "b"]]}})

    a, b, c = drawn.T
    assert (c >= a).all()
    np.testing.assert_allclose(a, b)
    assert (c / 3.7).min() >= 1 / 3


def test_noise_is_uniform_within_its_band(weights):
    drawn = weights({"weights": {"noise": 0.25, "nodes": ["top"]}})[:, 0] / 2

    assert stats.kstest(drawn, stats.uniform(0.75, 0.5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_alternatives_are_drawn_by_their_shares(realised, sampler):
    choice = {
        "options": [
            {"set": {"method.normalise": "zscore"}, "share": 3},
            {"set": {"method.normalise": "rank"}},
        ]
    }

    taken = realised(choice, n=4096, sampler=sampler).codes["x"]

    assert (taken == 0).mean() == pytest.approx(0.75, abs=0.03 if sampler == "random" else 1e-3)


def test_dropped_units_are_different_and_equally_frequent(realised):
    design = realised({"drop": {"units": "all", "count": 3, "none": 0.2}})
    sets = [design.dropped["x"][code] for code in design.codes["x"]]

    empty = sum(not out for out in sets)
    assert empty / 4000 == pytest.approx(0.2, abs=0.03)
    assert {len(set(out)) for out in sets if out} == {3}
    counts = np.array([sum(f"u{k:02}" in out for out in sets) for k in range(14)])
    assert stats.chisquare(counts).pvalue > 1e-3


def test_whole_numbers_include_both_ends_equally(realised):
    taken = realised({"path": "method.treat.first.points", "between": [1, 5], "whole": True})

    values, counts = np.unique(taken.values["x"], return_counts=True)
    assert values.tolist() == [1, 2, 3, 4, 5]
    assert stats.chisquare(counts).pvalue > 1e-3


def coverage_of_true_ranks(spread, seeds=60):
    """Share of units whose true rank lies in the percentile and in the confidence interval."""
    code = {c: {"name": {"zh": c, "en": c}, "parent": "top"} for c in "abc"}
    framework = {
        "framework": "truth",
        "name": {"zh": "真", "en": "truth"},
        "nodes": {"top": {"name": {"zh": "总", "en": "top"}}},
        "indicators": code,
        "method": {"normalise": "none"},
    }
    percentile, confident = [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        truth = rng.normal(0, spread, (12, 3))
        seen = truth + rng.normal(0, 0.4, truth.shape)
        draws = seen + rng.normal(0, 0.4, (300, *truth.shape))
        table = pl.DataFrame(seen, schema=list("abc")).with_columns(
            unit=pl.Series([f"u{k:02}" for k in range(12)])
        )
        found = build_index(framework, table).robustness(
            {"f": {"draws": "firms"}}, 300, seed, draws=draws
        )
        rank = np.argsort(np.argsort(-truth.mean(axis=1))) + 1
        for frame, low, high, into in (
            (found.frame, "rank_low", "rank_high", percentile),
            (found.confident_ranks(), "best", "worst", confident),
        ):
            mine = frame.sort("unit")
            best, worst = mine[low].to_numpy(), mine[high].to_numpy()
            into.append(((best <= rank) & (rank <= worst)).mean())
    return np.mean(percentile), np.mean(confident)


@pytest.mark.parametrize("spread", [0.05, 1.5])
def test_confident_ranks_cover_the_true_ranks_also_of_units_that_are_nearly_equal(spread):
    percentile, confident = coverage_of_true_ranks(spread)

    assert confident >= 0.9
    assert (percentile < 0.85) == (spread < 1)


def test_true_ranks_need_draws_of_the_firms(small):
    with pytest.raises(InputError, match="draws: firms"):
        small.robustness({"w": {"weights": {"noise": 0.1}}}, replicates=5).confident_ranks()
