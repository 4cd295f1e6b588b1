"""Contributions, strengths and what a place would take: by hand, and as laws."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.index import build_index
from sanfu.index.why import (
    compare_units,
    find_contributions,
    find_strengths,
    gain_alone,
    gain_places,
    say_summary,
    summarise_unit,
)
from sanfu.index.why.shapley import shapley_exact, shapley_sampled
from sanfu.index.why.words import figure, number, ordinal, signed


def framework(aggregate="arithmetic", *, children=4, missing="reweight", top="arithmetic", low=1):
    """Two pillars with half of the indicators each; the last indicator is better when smaller."""
    return {
        "framework": "why",
        "name": {"zh": "样例", "en": "sample"},
        "nodes": {
            "index": {"name": {"zh": "总指数", "en": "index"}, "aggregate": top},
            "a": {"name": {"zh": "甲", "en": "A"}, "parent": "index", "weight": 2},
            "b": {"name": {"zh": "乙", "en": "B"}, "parent": "index", "weight": 1},
        },
        "indicators": {
            f"x{i}": {
                "name": {"zh": f"指标{i}", "en": f"x{i}"},
                "parent": "a" if i < children / 2 else "b",
                "weight": i + 1,
                "direction": -1 if i == children - 1 else 1,
            }
            for i in range(children)
        },
        "method": {
            "normalise": {"method": "minmax", "low": low, "high": 100},
            "aggregate": aggregate,
            "missing": missing,
        },
    }


def figures(n=8, children=4, seed=3, holes=0):
    random = np.random.default_rng(seed)
    table = random.gamma(2.0, 3.0, (n, children)).round(3)
    for _ in range(holes):
        table[random.integers(n), random.integers(children)] = np.nan
    return pl.DataFrame(
        {"unit": [f"u{i}" for i in range(n)]}
        | {f"x{i}": pl.Series(table[:, i]).fill_nan(None) for i in range(children)}
    )


def test_an_arithmetic_score_is_the_sum_of_its_contributions_by_hand():
    index = build_index(framework(), figures())

    parts = index.contributions("u2")

    row = index.normalised[2]
    shares = np.array([2 / 3 * 1 / 3, 2 / 3 * 2 / 3, 1 / 3 * 3 / 7, 1 / 3 * 4 / 7])
    assert parts.kind == "additive"
    np.testing.assert_allclose(parts.frame["contribution"], shares * row, rtol=1e-12)
    assert parts.difference == pytest.approx(index.value("index")[2], rel=1e-12)


def test_a_geometric_score_is_the_product_of_its_contributions():
    index = build_index(framework("geometric", top="geometric"), figures())

    parts = index.contributions("u2")

    assert parts.kind == "log"
    assert parts.frame["part"].to_list() == ["x0", "x1", "x2", "x3"]
    assert np.exp(parts.difference) == pytest.approx(index.value("index")[2], rel=1e-12)


def test_a_geometric_top_over_arithmetic_pillars_stops_at_the_pillars():
    index = build_index(framework("arithmetic", top="geometric"), figures())

    parts = index.contributions("u2")

    assert parts.frame.select("part", "kind").rows() == [("a", "node"), ("b", "node")]


AGGREGATORS = [
    "arithmetic",
    "geometric",
    "harmonic",
    "median",
    "minimum",
    "mpi",
    "topsis",
    {"method": "owa", "orness": 0.3},
    {"method": "generalised", "power": 0.5},
]


@pytest.mark.parametrize("rule", AGGREGATORS, ids=str)
@pytest.mark.parametrize("against", ["mean", "median", "u5"])
@pytest.mark.parametrize("holes", [0, 3])
def test_contributions_add_up_to_the_difference_whatever_the_aggregator(rule, against, holes):
    index = build_index(framework(rule, children=6), figures(children=6, holes=holes))

    parts = index.contributions("u2", against=against)

    assert parts.kind == "difference"
    assert parts.difference == pytest.approx(parts.score - parts.reference_score, abs=1e-9)
    if against == "u5":
        assert parts.reference_score == pytest.approx(index.value("index")[5], abs=1e-12)


def test_the_split_of_a_minimum_is_the_shapley_value_by_its_definition():
    index = build_index(framework("minimum", children=6), figures(children=6))
    x1, x0 = index.normalised[2, :3], index.normalised[5, :3]

    parts = index.contributions("u2", "a", against="u5")

    worth = np.zeros(3)
    for order in permutations(range(3)):
        row = x0.copy()
        for child in order:
            before = row.min()
            row[child] = x1[child]
            worth[child] += (row.min() - before) / 6
    np.testing.assert_allclose(parts.frame["contribution"], worth, atol=1e-12)


def test_a_part_that_stands_level_still_shows_what_it_is_made_of():
    data = pl.DataFrame({"unit": ["p", "q", "r"], "x0": [10.0, 20, 0], "x1": [15.0, 10, 0]})
    told = framework(children=2)
    told["indicators"]["x1"] |= {"direction": 1, "parent": "a"}
    told["indicators"]["x2"] = told["indicators"]["x1"] | {"parent": "b"}
    told["method"]["normalise"] = {"method": "none"}
    told["indicators"]["x1"]["weight"] = 2
    index = build_index(told, data.with_columns(x2=pl.lit(5.0)))

    parts = compare_units(index, "p", "q").frame

    effect = dict(parts.select("part", "contribution").rows())
    assert index.value("a")[0] == index.value("a")[1]
    assert effect["x0"] == pytest.approx(-effect["x1"])
    assert effect["x0"] == pytest.approx(2 / 3 * 1 / 3 * -10)


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_shapley_values_add_up_and_give_nothing_to_who_changes_nothing(players, seed):
    table = np.random.default_rng(seed).normal(size=2**players)
    bits = 2 ** np.arange(players)

    def value(masks):
        counted = masks.copy()
        counted[:, 0] = False  # player 0 never matters
        return table[(counted * bits).sum(axis=1)]

    effects = shapley_exact(value, players)

    assert effects[0] == pytest.approx(0, abs=1e-12)
    everyone = (~np.eye(1, players, dtype=bool)[0] * bits).sum()
    assert effects.sum() == pytest.approx(table[everyone] - table[0], abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["arithmetic", "geometric", "minimum", "topsis"]))
@settings(max_examples=20, deadline=None)
def test_neither_the_order_of_units_nor_a_unit_of_measure_changes_a_contribution(seed, rule):
    random = np.random.default_rng(seed)
    data = figures(seed=seed)
    other = data.sample(fraction=1, shuffle=True, seed=seed).with_columns(
        x1=pl.col("x1") * float(random.uniform(0.1, 100)) + float(random.uniform(0, 9))
    )

    first, second = (
        find_contributions(build_index(framework(rule), table), "u2", against="u5").frame
        for table in (data, other)
    )

    np.testing.assert_allclose(first["contribution"], second["contribution"], atol=1e-7)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["arithmetic", "geometric", "harmonic", "mpi"]))
@settings(max_examples=20, deadline=None)
def test_a_comparison_turned_round_has_every_sign_turned(seed, rule):
    index = build_index(framework(rule), figures(seed=seed))

    there = compare_units(index, "u2", "u5").frame
    back = compare_units(index, "u5", "u2").frame

    np.testing.assert_allclose(there["contribution"], -back["contribution"], atol=1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_more_places_never_take_less_change(seed):
    index = build_index(framework(), figures(n=8, seed=seed))
    unit = index.ranking["unit"][5]

    costs = [
        gain.frame["points"].sum() if gain.feasible else np.inf
        for gain in (gain_places(index, unit, places) for places in (1, 2, 3))
    ]

    assert costs[0] <= 1.02 * costs[1]  # figures are rounded to a hundredth of their change
    assert costs[1] <= 1.02 * costs[2]


def test_sampled_shapley_values_cover_the_exact_ones_and_add_up():
    table = np.random.default_rng(4).normal(size=2**7)

    def value(masks):
        return table[(masks * 2 ** np.arange(7)).sum(axis=1)]

    exact = shapley_exact(value, 7)
    inside = []
    for seed in range(20):
        effects, error = shapley_sampled(value, 7, orders=200, seed=seed)
        assert effects.sum() == pytest.approx(exact.sum(), abs=1e-9)
        inside.append(np.abs(effects - exact) < 1.96 * error)

    assert 0.85 < np.mean(inside) <= 1.0  # 95 % expected of 140


def test_more_than_twelve_children_are_sampled_and_the_error_is_said():
    index = build_index(framework("mpi", children=30), figures(children=30))

    parts = index.contributions("u2", "b", against="mean")

    assert parts.frame["error"].max() > 0
    assert "标准误" in parts.in_words().zh
    assert "standard errors" in parts.in_words().en
    assert parts.difference == pytest.approx(parts.score - parts.reference_score, abs=1e-9)


def test_filled_children_count_in_the_contributions_as_in_the_score():
    index = build_index(framework(missing="impute"), figures(holes=4))
    row = int(np.flatnonzero(np.isnan(index.normalised).any(axis=1))[0])
    unit = index.units[row]

    children = index.explain(unit, "a" if np.isnan(index.normalised[row, :2]).any() else "b")

    node = "a" if np.isnan(index.normalised[row, :2]).any() else "b"
    assert children["contribution"].sum() == pytest.approx(index.value(node)[row], rel=1e-12)
    assert index.contributions(unit).difference == pytest.approx(index.value("index")[row])


def test_a_zero_has_no_logarithm_and_the_remedy_is_said():
    told = framework({"method": "geometric", "zero": "zero"}, low=0)
    index = build_index(told | {"method": told["method"] | {"missing": "reweight"}}, figures())
    worst = index.units[int(np.argmin(index.value("a")))]

    with pytest.raises(InputError, match="对数"):
        find_contributions(index, worst, "a")


def test_a_tie_is_said_and_the_order_is_that_of_the_exact_scores():
    data = pl.DataFrame(
        {"unit": ["p", "q", "r"], "x0": [5.0, 5.0, 1.0], "x1": [2.0, 2.0, 1.0]}
        | {"x2": [3.0, 3.0, 1.0], "x3": [1.0, 1.0, 4.0]}
    )
    index = build_index(framework(), data)

    assert "并列" in say_summary(index, "p").zh
    assert "level with 1" in say_summary(index, "p").en
    strong = find_strengths(index, "p")
    assert strong.strengths.is_empty()  # level with the median: nothing to be proud of
    assert find_strengths(index, "r").weaknesses["rank"].to_list() == [3, 3, 3, 3]


def test_nothing_is_a_strength_and_a_weakness_at_once_and_the_last_place_is_a_weakness():
    index = build_index(framework(children=6), figures(n=12, children=6))
    for unit in index.units:
        found = find_strengths(index, unit)

        both = set(found.strengths["part"]) & set(found.weaknesses["part"])
        last = [c for c in range(6) if index.normalised[:, c].argmin() == index.row(unit)]

        assert not both
        assert {f"x{c}" for c in last} <= set(found.weaknesses["part"])


def test_strengths_name_the_part_above_at_any_level():
    index = build_index(framework(children=6), figures(n=12, children=6))

    names = {
        under: set(find_strengths(index, "u1", under=under).strengths["node"]) for under in (2, 3)
    }

    assert names[2] <= {"a", "b"}
    assert names[3] == {"index"}
    pillars = find_strengths(index, "u1", level=2)
    assert {*pillars.strengths["part"], *pillars.weaknesses["part"]} <= {"a", "b"}
    with pytest.raises(InputError, match="没有第 9 级"):
        find_strengths(index, "u1", level=9)


def test_ranks_may_be_taken_within_a_group():
    data = figures(n=8).with_columns(kind=pl.Series(["城区", "郊区"] * 4))
    index = build_index(framework(), data)

    found = find_strengths(index, "u2", group="kind")
    summary = summarise_unit(index, "u2", levels=[3], group="kind")

    assert found.strengths["of"].to_list() == [4] * found.strengths.height
    assert "城区" in found.in_words().zh
    assert summary["group_of"].to_list() == [4]
    with pytest.raises(InputError, match="没有分组列"):
        find_strengths(index, "u2", group="nowhere")


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
@pytest.mark.parametrize("least", ["total", "largest"])
def test_the_figures_of_a_gain_give_the_rank_when_built_anew(rule, least):
    data = figures(n=10)
    index = build_index(framework(rule), data)
    unit = index.ranking["unit"][6]

    gain = gain_places(index, unit, 2, least=least)

    changed = data.with_columns(
        pl.when(pl.col("unit") == unit)
        .then(row["after"])
        .otherwise(row["indicator"])
        .alias(row["indicator"])
        for row in gain.frame.to_dicts()
        for row["indicator"] in [row["indicator"]]
    )
    again = build_index(framework(rule), changed)
    assert gain.feasible
    assert gain.rank == 7
    assert gain.reached == int(again.ranks[again.row(unit), -1]) <= 5
    assert gain.score_after == pytest.approx(float(again.scores[again.row(unit), -1]), rel=1e-12)
    assert "不是预测" in gain.in_words().zh


def test_the_least_total_of_an_arithmetic_index_goes_to_the_weightiest_indicator():
    told = framework(children=4)
    told["method"]["normalise"] = {"method": "goalposts", "low": 0, "high": 100}
    for code in told["indicators"]:
        told["indicators"][code]["goalposts"] = [0, 100]
    data = pl.DataFrame(
        {"unit": ["p", "q", "r"], "x0": [50.0, 60, 99], "x1": [50.0, 60, 99]}
        | {"x2": [50.0, 60, 99], "x3": [50.0, 40, 1]}
    )
    index = build_index(told, data)

    gain = gain_places(index, "p", 1)

    # the distance is 10 points; x1 has the share 2/3 · 2/3 = 4/9 and room for 49 points
    assert gain.frame["indicator"].to_list() == ["x1"]
    assert gain.frame["points"][0] == pytest.approx(10 / (4 / 9), rel=1e-2)
    assert gain.proven


def test_a_place_out_of_reach_is_said_with_the_best_that_can_be_reached():
    index = build_index(framework(), figures(n=10))
    unit = index.ranking["unit"][9]

    gain = gain_places(index, unit, 9, only=["x0"])

    assert not gain.feasible
    assert gain.reached > 1
    assert f"只到第 {gain.reached}" in gain.in_words().zh
    with pytest.raises(InputError, match="不能再上升"):
        gain_places(index, index.ranking["unit"][0], 1)
    with pytest.raises(InputError, match="不是指标"):
        gain_places(index, unit, 1, only=["a"])


def test_effort_moves_the_change_to_the_cheaper_indicator_and_limits_hold():
    index = build_index(framework(), figures(n=10))
    unit = index.ranking["unit"][5]
    free = gain_places(index, unit, 1)
    dear = free.frame["indicator"][0]

    other = gain_places(index, unit, 1, effort={dear: 100.0})
    held = gain_places(index, unit, 1, limits={dear: free.frame["before"][0]})

    assert other.frame["indicator"][0] != dear
    assert dear not in held.frame["indicator"].to_list()


def test_each_indicator_alone_is_tried():
    index = build_index(framework(), figures(n=10))
    unit = index.ranking["unit"][5]

    alone = gain_alone(index, unit)

    assert alone["indicator"].n_unique() == alone.height
    assert alone["feasible"].to_list() == sorted(alone["feasible"].to_list(), reverse=True)
    best = alone.filter(pl.col("feasible"))
    assert best.height
    assert best["points"].to_list() == sorted(best["points"].to_list())


def test_numbers_in_sentences_round_half_up():
    assert number(2.675) == "2.68"
    assert number(-0.004) == "0.00"
    assert signed(0.0049) == "0.00"
    assert signed(1.005) == "+1.01"
    assert figure(1234.5) == "1,235"
    assert figure(0.00012345) == "0.0001235"
    assert [ordinal(n).en for n in (1, 2, 3, 4, 11, 22)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "22nd",
    ]


def test_a_change_that_leaves_an_indicator_without_spread_is_found_and_said_without_points():
    table = {"unit": ["u", "v", "w"], "x0": [1.0, 5.0, 5.0], "x1": [2.0, 4.0, 9.0]}
    plan = framework(children=2)
    plan["nodes"] = {"index": plan["nodes"]["index"]}
    for part in plan["indicators"].values():
        part["parent"] = "index"
    index = build_index(plan, table)

    found = gain_places(index, "u", 1, only=["x0"])

    # at 5 all are equal in x0, which leaves the index; by x1 alone u is first
    assert (found.feasible, found.reached) == (True, 1)
    assert found.frame.select("after", "points").rows() == [(5.0, None)]
