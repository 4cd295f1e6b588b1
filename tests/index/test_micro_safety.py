"""Confidentiality, shrinkage and the bootstrap do what their definitions say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.index.micro import Confidentiality, measure_regions
from sanfu.index.micro.bootstrap import draw_weights, ordered_primitive
from sanfu.index.micro.plan import Cell, Primitive
from sanfu.index.micro.shrink import shrink_means, shrink_shares


def figures_of(**districts):
    rows = [(name, value) for name, values in districts.items() for value in values]
    return {
        "figures": pl.DataFrame(
            {
                "firm": range(len(rows)),
                "year": [2022] * len(rows),
                "district": [name for name, _ in rows],
                "x": [value for _, value in rows],
            }
        )
    }


def measure(frames, rules=None, **more):
    formulas = {"sum": "sum(x)", "median": "median(x)"}
    more = {"years": 2022, "roll_up": {"city": "全市"}, **more}
    return measure_regions(formulas, frames, confidentiality=rules, **more)


def hidden(found, indicator):
    rows = found.frame.filter(pl.col("value").is_null(), pl.col("indicator") == indicator)
    return set(rows["unit"])


def test_a_figure_of_too_few_firms_is_hidden_and_a_second_one_with_it():
    frames = figures_of(甲=[5, 5], 乙=[4, 4, 4], 丙=[3, 3, 3, 3])

    found = measure(frames, Confidentiality(min_firms=3, dominance=None))

    assert hidden(found, "sum") == {"甲", "乙"}
    assert hidden(found, "median") == {"甲"}
    assert set(found.log["rule"]) == {"min_firms", "complementary"}
    assert found.frame.filter(pl.col("unit") == "甲")["n"].to_list() == [None, None]


def test_a_second_figure_is_not_hidden_where_it_is_not_wanted():
    frames = figures_of(甲=[5, 5], 乙=[4, 4, 4])

    rules = Confidentiality(min_firms=3, dominance=None, complementary=False)

    assert hidden(measure(frames, rules), "sum") == {"甲"}


def test_a_total_that_one_firm_dominates_is_hidden():
    frames = figures_of(甲=[80, 10, 10], 乙=[70, 15, 15], 丙=[50, 60, 70])

    rules = Confidentiality(min_firms=None, dominance=(1, 0.75), complementary=False)
    found = measure(frames, rules)

    assert hidden(found, "sum") == {"甲"}
    assert found.log.row(0, named=True)["found"] == pytest.approx(0.8)


def test_the_p_percent_rule_hides_what_the_second_largest_could_work_out():
    # 甲: 100 − 60 − 35 = 5 < 10 % of 60; 乙: 100 − 60 − 30 = 10 is not < 6
    frames = figures_of(甲=[60, 35, 5], 乙=[60, 30, 10])

    rules = Confidentiality(min_firms=None, dominance=None, p_percent=0.1, complementary=False)

    assert hidden(measure(frames, rules), "sum") == {"甲"}


def test_a_dominance_rule_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="优势规则"):
        Confidentiality(dominance=(0, 2.0))


def test_small_shares_are_drawn_more_than_large_ones():
    found = shrink_shares(np.array([3.0, 0, 300, 500, 1]), np.array([3.0, 3, 1000, 1000, 9]))

    assert found.own[0] < found.own[4] < found.own[2]
    assert found.values[0] < 1
    assert found.values[1] > 0
    assert np.allclose(
        found.values, found.own * np.array([1, 0, 0.3, 0.5, 1 / 9]) + (1 - found.own) * found.centre
    )


def test_shares_that_differ_only_by_chance_are_drawn_all_the_way():
    n = np.full(40, 50.0)
    found = shrink_shares(np.full(40, 10.0), n)

    assert found.own.max() < 0.01
    assert found.values == pytest.approx(np.full(40, 0.2), abs=1e-3)


def test_shrinking_shares_lowers_the_error_against_the_truth():
    generator = np.random.default_rng(3)
    raw, drawn = 0.0, 0.0
    for _ in range(60):
        truth = generator.beta(4, 12, 16)
        n = generator.integers(4, 60, 16).astype(float)
        y = generator.binomial(n.astype(int), truth).astype(float)
        raw += ((y / n - truth) ** 2).sum()
        drawn += ((shrink_shares(y, n).values - truth) ** 2).sum()

    assert drawn < 0.75 * raw


def test_means_are_drawn_by_the_weights_worked_by_hand():
    # within variance: each region has values m ± 1, so σ² = 12 · 1² · 2 / … pooled by hand below
    values = [np.array([m - 1.0, m + 1.0]) for m in (10.0, 14.0, 18.0)]
    n = np.array([2.0, 2, 2])
    total = np.array([v.sum() for v in values])
    squares = np.array([(v**2).sum() for v in values])

    found = shrink_means(total, squares, n)

    # σ² = 6 / 3 = 2, noise = 1 each; equal noise: τ² = var(means) − 1 = 16 − 1
    assert found.own == pytest.approx(np.full(3, 15 / 16))
    assert found.values == pytest.approx([14 - 4 * 15 / 16, 14, 14 + 4 * 15 / 16])


def test_shrunk_figures_say_their_own_weight_and_other_formulas_are_refused():
    frames = figures_of(甲=[1, 9], 乙=[4, 4, 9], 丙=[3, 8, 3, 3])
    formulas = {"share": "share(x >= 4)", "sum": "sum(x)"}

    found = measure_regions(formulas, frames, years=2022, shrink=True)

    rows = found.frame.filter(pl.col("indicator") == "share")
    assert rows["shrunk"].is_between(0, 1).all()
    assert found.frame.filter(pl.col("indicator") == "sum")["shrunk"].null_count() == 3
    with pytest.raises(InputError, match="只有 share"):
        measure_regions(formulas, frames, years=2022, shrink=["sum"])


@given(
    st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=25),
    st.sampled_from(
        [("quantile", "1/2"), ("quantile", "9/10"), ("trimmed", "1/5"), ("top", "3"),
         ("distinct", "0"), ("min", "0"), ("max", "0")]
    ),
    st.integers(0, 100),
)  # fmt: skip
def test_a_weighted_order_statistic_is_that_of_the_firms_repeated(values, what, seed):
    kind, parameter = what
    one = Primitive(kind, Cell(None), Fraction(parameter))
    x = np.array([np.nan if value is None else value for value in values])
    weights = np.random.default_rng(seed).integers(0, 4, (5, len(values)))

    found = ordered_primitive(one, x, weights)

    for row, drawn in zip(found, weights, strict=True):
        sample = np.repeat(x, drawn)
        sample = np.sort(sample[np.isfinite(sample)])
        if sample.size == 0:
            assert np.isnan(row) or (kind in ("top", "distinct") and row == 0)
            continue
        cut = sample.size // 5
        expected = {
            "quantile": lambda s=sample: np.quantile(s, float(one.parameter)),
            "trimmed": lambda s=sample, c=cut: s[c : s.size - c].mean(),
            "top": lambda s=sample: s[-3:].sum(),
            "distinct": lambda s=sample: len(set(s)),
            "min": lambda s=sample: s[0],
            "max": lambda s=sample: s[-1],
        }[kind]()
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("method", ["poisson", "multinomial"])
def test_weights_have_mean_one_and_variance_near_one(method):
    drawn = draw_weights(np.random.default_rng(1), 4000, 50, method)

    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(1 if method == "poisson" else 1 - 1 / 50, abs=0.03)
    assert (drawn.sum(axis=1) == 50).all() == (method == "multinomial")


def test_the_bootstrap_error_of_a_mean_is_the_textbook_one():
    x = np.random.default_rng(5).normal(100, 20, 400).round().astype(int)
    found = measure_regions({"m": "mean(x)"}, figures_of(甲=list(x)), years=2022)

    drawn = found.replicates(replicates=2000, seed=4, method="multinomial")

    assert drawn.standard_errors()[0, 0] == pytest.approx(x.std() / 20, rel=0.08)
    row = drawn.intervals(0.9).row(0, named=True)
    assert row["low"] < x.mean() < row["high"]


def test_the_same_seed_gives_the_same_replicates_however_the_work_is_cut(monkeypatch):
    frames = figures_of(甲=[1, 9, 5], 乙=[4, 4, 9, 1], 丙=[3, 8, 3, 3])
    formulas = {"m": "mean(x)", "q": "median(x)", "t": "top_share(x, k=1)"}
    found = measure_regions(formulas, frames, years=2022, roll_up={"city": "全市"})

    whole = found.replicates(replicates=50, seed=0)
    monkeypatch.setattr("sanfu.index.micro.bootstrap.CELLS_AT_ONCE", 70)
    cut = found.replicates(replicates=50, seed=0)

    assert whole.values.shape == (50, 3, 3)
    assert np.array_equal(whole.values, cut.values, equal_nan=True)


def test_the_point_estimate_is_the_bootstrap_with_every_weight_one(monkeypatch):
    frames = figures_of(甲=[1, 9, 5], 乙=[4, 4, 9, 1])
    formulas = {
        "m": "mean(x)", "q": "median(x)", "t": "top_share(x, k=2)", "d": "distinct(x)",
        "c": "trimmed_mean(x, trim=30%)", "h": "hhi(x)", "s": "std(x)", "n": "min(x)",
    }  # fmt: skip
    found = measure_regions(formulas, frames, years=2022)
    monkeypatch.setattr(
        "sanfu.index.micro.bootstrap.draw_weights",
        lambda generator, replicates, firms, method: np.ones((replicates, firms), np.uint8),
    )

    one = found.replicates(replicates=1)

    wide = found.wide().select(one.indicators).to_numpy()
    assert one.values[0] == pytest.approx(wide)


def test_firms_without_any_district_are_refused_with_what_to_fill_in():
    from sanfu.registry.sample import shanghai

    sample = shanghai(firms=100, seed=5)
    none = pl.lit(None, pl.String)
    frames = {"firms": sample.firms.with_columns(district=none), "figures": sample.figures}

    with pytest.raises(InputError, match=r"district.*所在区"):
        measure_regions({"a": "median(revenue)"}, frames, years=[2023], by="district")
