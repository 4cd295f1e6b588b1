"""The synthetic registry: exact margins, whole consistent figures, calibration, made-up names."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from sanfu.registry.sample import calibration, in_force, shanghai
from sanfu.registry.sample.cells import apportion, fit, round_table
from sanfu.registry.sample.names import FIRST, SECOND
from sanfu.registry.sample.plan import shanghai_plan, shanghai_scheme


@pytest.fixture(scope="module")
def registry():
    return shanghai()


def test_districts_and_tiers_are_exactly_the_declared_ones(registry):
    plan = shanghai_plan()
    giants = in_force(registry.titles, "little-giant", plan.as_of)["firm"]

    by_district = dict(registry.firms.group_by("district_name").len().iter_rows())
    giants_by_district = dict(
        registry.firms.filter(pl.col("firm").is_in(giants.implode()))
        .group_by("district_name")
        .len()
        .iter_rows()
    )

    assert by_district == {d.name: d.srdi for d in plan.districts}
    assert giants_by_district == {d.name: d.little_giant for d in plan.districts}
    assert sum(by_district.values()) == 8288
    assert sum(giants_by_district.values()) == 700


def test_the_history_of_titles_is_262_then_507_then_700(registry):
    announced = registry.titles.filter(
        (pl.col("tier") == "little-giant") & ~pl.col("batch").str.ends_with("复核")
    )
    by = {
        day: announced.filter(pl.col("granted") <= day).height
        for day in (dt.date(2021, 9, 1), dt.date(2022, 9, 1))
    }

    assert list(by.values()) == [262, 507]
    assert in_force(registry.titles, "little-giant", dt.date(2023, 7, 28)).height == 700
    assert in_force(registry.titles, "srdi", dt.date(2021, 9, 13)).height == 3005
    assert in_force(registry.titles, "srdi", dt.date(2023, 7, 28)).height == 8288


def test_titles_also_hold_lost_and_lapsed_ones(registry):
    outcomes = registry.titles.group_by("tier", "review").len()
    counts = {(tier, review): n for tier, review, n in outcomes.iter_rows()}

    assert counts["little-giant", "failed"] == 6
    assert counts["srdi", "failed"] + counts["srdi", "lapsed"] == 150


def test_a_firm_is_recognised_by_the_city_before_it_is_a_little_giant(registry):
    first = registry.titles.group_by("firm", "tier").agg(pl.col("granted").min())
    both = first.filter(pl.col("tier") == "little-giant").join(
        first.filter(pl.col("tier") == "srdi"), on="firm"
    )

    assert both.height == 706
    assert both.filter(pl.col("granted") <= pl.col("granted_right")).is_empty()


def test_no_firm_is_titled_before_it_was_founded(registry):
    early = registry.titles.join(registry.firms.select("firm", "founded"), on="firm").filter(
        pl.col("granted") < pl.col("founded")
    )

    assert early.is_empty()


def test_figures_fit_together(registry):
    wrong = registry.figures.filter(
        (pl.col("main_revenue") > pl.col("revenue"))
        | (pl.col("main_revenue") < 0)
        | (pl.col("rd_staff") > pl.col("staff"))
        | (pl.col("liabilities") > pl.col("assets"))
        | (pl.col("rd_expense") * 100 < pl.col("revenue") * 3)
        | (pl.col("rd_expense") < 100_000_000)
        | (pl.col("staff") < 5)
    )
    money = ("revenue", "main_revenue", "rd_expense", "net_profit", "assets", "liabilities")

    assert wrong.is_empty()
    assert {registry.figures.schema[m] for m in money} == {pl.Int64}
    assert all((registry.figures[m] % 100 == 0).all() for m in money)


def test_little_giants_keep_the_floors_of_their_rule(registry):
    giants = in_force(registry.titles, "little-giant", dt.date(2023, 7, 28))["firm"]
    last = registry.figures.filter(
        pl.col("firm").is_in(giants.implode()) & (pl.col("year") == 2022)
    )
    modest = last.filter(pl.col("revenue") < 100 * 100_000_000)

    assert last["class1_ip"].min() >= 2
    assert last.filter(pl.col("main_revenue") * 10 < pl.col("revenue") * 7).is_empty()
    assert last.filter(pl.col("liabilities") * 10 > pl.col("assets") * 7).is_empty()
    assert last["revenue"].min() >= 50 * 100_000_000
    assert modest.filter(pl.col("rd_expense") * 100 < pl.col("revenue") * 6).is_empty()


def test_a_small_firm_has_the_new_equity_that_the_rule_asks_instead(registry):
    small = registry.figures.filter(
        (pl.col("year") == 2022) & (pl.col("revenue") < 10 * 100_000_000)
    )

    assert small.height > 500
    assert small["new_equity"].min() >= 20 * 100_000_000


def test_every_aggregate_is_met_or_left_with_a_reason(registry):
    table = calibration(registry)

    missed = table.filter(~pl.col("met"))
    left = table.filter(pl.col("met").is_null())

    assert missed.select("id", "wanted", "got").rows() == []
    assert left["reason"].null_count() == 0
    assert table["met"].sum() >= 40


@pytest.mark.slow
def test_aggregates_are_met_over_many_seeds_as_often_as_chance_allows():
    misses = sum(
        calibration(shanghai(seed=seed))["met"].eq(other=False).sum() for seed in range(40)
    )

    # 28 sampled targets at 3 standard errors miss 0.27 % of the time: 3 in 1,120 expected
    assert misses <= 12


def test_the_same_seed_gives_the_same_frames_and_another_seed_others(registry):
    again, other = shanghai(), shanghai(seed=8)

    for frame in ("firms", "figures", "titles", "tags"):
        assert getattr(again, frame).equals(getattr(registry, frame))
    assert not other.figures.equals(registry.figures)


def test_codes_and_names_are_valid_made_up_and_unique(registry):
    codes, names = registry.firms["uscc"], registry.firms["name"]
    divisions = codes.str.slice(2, 6)

    assert all(uscc.is_valid(code) for code in codes)
    assert (codes.str.slice(8, 2) == "TT").all()
    assert codes.n_unique() == names.n_unique() == 8288
    assert registry.firms["synthetic"].all()
    assert abs((divisions == "310000").mean() - 0.089) < 3 * np.sqrt(0.089 * 0.911 / 8288)


def test_names_stay_unique_where_stems_of_three_characters_begin():
    firms = shanghai(60_000, seed=3).firms

    assert firms["name"].n_unique() == firms["uscc"].n_unique() == 60_000


def test_no_stem_stands_in_the_name_of_a_real_firm(shared, registry):
    real = pl.read_parquet(
        shared / "data/cn_enterprise_registration_1979_2004/shanghai_1979_2004.parquet",
        columns=["name"],
    )["name"]
    pattern = f"[{FIRST}][{SECOND}]"

    assert real.filter(real.str.contains(pattern)).to_list() == []
    assert all(re.search(pattern, name) for name in registry.firms["name"])


def test_one_firm_holds_many_tags_each_with_its_rule(registry):
    tags = registry.tags
    rules = {rule.rule for rule in shanghai_scheme().rules}

    assert set(tags["rule"]) == rules | {"drawn-flag@sample"}
    assert tags.group_by("firm").len()["len"].max() >= 4
    assert tags.is_duplicated().sum() == 0


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30), st.integers(0, 10_000))
def test_apportioning_keeps_the_sum_and_stays_within_one(shares, total):
    exact = np.array(shares) / sum(shares) * total

    whole = apportion(np.array(shares), total)

    assert whole.sum() == total
    assert (np.abs(whole - exact) < 1 + 1e-9).all()


@settings(max_examples=25)
@given(st.integers(2, 8), st.integers(2, 5), st.integers(0, 10**6))
def test_rounding_a_fitted_table_keeps_both_margins(n_rows, n_columns, seed):
    rng = np.random.default_rng(seed)
    rows, columns = apportion(rng.random(n_rows), 500), apportion(rng.random(n_columns), 500)

    whole = round_table(fit(rng.random((n_rows, n_columns)) + 0.05, rows, columns))

    assert whole.sum(1).tolist() == rows.tolist()
    assert whole.sum(0).tolist() == columns.tolist()
    assert whole.min() >= 0


def test_too_small_a_registry_is_refused():
    with pytest.raises(ValueError, match="at least 100 firms, not 5"):
        shanghai(5)
