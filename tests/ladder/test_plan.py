"""The way up: against brute force, and each plan, applied, passes the check."""

import datetime as dt
from dataclasses import replace
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanfu.ladder import check_firm
from sanfu.ladder.plan import FirmPlan, Planner, Step
from sanfu.ladder.plan_settings import PlanSettings, read_plan_settings
from sanfu.ladder.rulebook import Rulebook
from sanfu.ladder.values import SCALES, measure_of

ON = dt.date(2026, 5, 1)
MOST = 6
"""Largest number in the small worlds that are searched through."""


def small_settings(**levers):
    """Counts that can be changed at once, at the given effort a unit."""
    made = [
        {"measure": name, "how": {"zh": name, "en": name}, "years": 0, **about}
        for name, about in levers.items()
    ]
    label = {"zh": "试", "en": "trial"}
    return PlanSettings.model_validate({"label": label, "years_ahead": 0, "levers": made})


def rulebook(criteria, indicators=(), groups=()):
    label = {"zh": "试", "en": "trial"}
    return Rulebook.model_validate(
        {
            "rulebook": "test/trial",
            "name": label,
            "tier": "srdi",
            "standing": "sample",
            "instrument": {"name": label},
            "effective": {"since": dt.date(2020, 1, 1)},
            "groups": [{"id": g, "label": label, "max": 100} for g in groups],
            "indicators": [{"label": label, **one} for one in indicators],
            "criteria": criteria,
        }
    )


def brute_force(planner, row, levers):
    """Try every value of every lever in the small world; give the least effort that qualifies."""
    names = list(levers)
    ranges = []
    for name in names:
        now = row[name]
        if now is None:
            ranges.append([None, *range(MOST + 1)])
        elif levers[name].get("better") == "lower":
            ranges.append(range(now + 1))
        else:
            ranges.append(range(now, 2 * MOST + 3))
    best = None
    for values in product(*ranges):
        effort = 0.0
        for name, value in zip(names, values, strict=True):
            change = abs((value or 0) - (row[name] or 0))
            about = levers[name]
            effort += about.get("base", 0) * (change > 0) + about["cost"] * change
        if best is not None and effort >= best - 1e-9:
            continue
        changed = {**row, **dict(zip(names, values, strict=True))}
        if "rd_staff" in names and changed["rd_staff"] > max(changed["staff"], row["rd_staff"]):
            continue
        if check_firm(planner.books[0], changed).outcome == "met":
            best = effort
    return best


NAMES = ("class1_ip", "class2_ip", "standards", "staff", "rd_staff")
counts = st.integers(0, MOST)


@st.composite
def conditions(draw):
    """A condition over one or two counts, as rulebooks have them."""
    a, b = draw(st.sampled_from([(x, y) for x in NAMES for y in NAMES if x != y]))
    edge = draw(st.integers(1, MOST))
    share = draw(st.sampled_from(["20%", "50%", "80%", "100%"]))
    return draw(
        st.sampled_from(
            [
                f"{a} >= {edge}",
                f"{a} > {edge}",
                f"{a} <= {edge}",
                f"{a} / staff >= {share}" if a != "staff" else f"staff >= {edge}",
                f"{a} >= {edge} or {b} >= {edge + 1}",
                f"{a} >= {edge} and {b} >= 1",
                f"{a} + {b} >= {edge + 2}",
            ]
        )
    )


@st.composite
def worlds(draw):
    label = {"zh": "试", "en": "trial"}
    number = iter(range(100))

    def leaf():
        return {"id": f"c{next(number)}", "label": label, "when": draw(conditions())}

    criteria = [leaf()]
    if draw(st.booleans()):
        criteria.append({"id": f"c{next(number)}", "label": label, "any": [leaf(), leaf()]})
    indicators = []
    if draw(st.booleans()):
        for i in range(draw(st.integers(1, 3))):
            name = draw(st.sampled_from(NAMES))
            edges = sorted(draw(st.sets(st.integers(1, MOST), min_size=2, max_size=3)))[::-1]
            given = range(2 * len(edges), 0, -2)
            bands = [{"from": str(e), "points": p} for e, p in zip(edges, given, strict=True)]
            bands.append({"rest": True, "points": 0})
            indicators.append(
                {
                    "id": f"i{i}",
                    "group": draw(st.sampled_from(["g", "h"])),
                    "max": bands[0]["points"],
                    "of": name,
                    "bands": bands,
                }
            )
        floor = {"id": f"c{next(number)}", "label": label, "points_of": "total"}
        floor["at_least"] = f"{draw(st.integers(1, 8))} 分"
        groups = {one["group"] for one in indicators}
        route = [floor]
        if draw(st.booleans()):
            group = draw(st.sampled_from(sorted(groups)))
            points = f"{draw(st.integers(1, 4))} 分"
            own = {"id": f"c{next(number)}", "label": label, "points_of": group, "at_least": points}
            route = [{"id": f"c{next(number)}", "label": label, "all": [floor, own]}]
        if draw(st.booleans()):
            route.append(leaf())
        criteria.append({"id": f"c{next(number)}", "label": label, "any": route})
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    levers = {
        name: {
            "cost": draw(st.sampled_from([1.0, 2.0, 3.5])),
            "base": draw(st.sampled_from([0.0, 2.0])),
            **({"within": "staff"} if name == "rd_staff" else {}),
        }
        for name in chosen
    }
    row = {name: draw(counts) for name in NAMES}
    return rulebook(criteria, indicators, ("g", "h")), levers, row


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_the_plan_costs_what_trying_everything_finds(world):
    book, levers, row = world
    planner = Planner(book, kind="new", on=ON, settings=small_settings(**levers))
    (plan,) = planner.plans(pl.DataFrame([{"firm": "a", **row}]))
    least = brute_force(planner, row, levers)

    if plan is None:
        assert least is None
    else:
        assert planner.holds(row, plan)
        assert least is not None
        assert plan.effort == pytest.approx(least)


def test_two_figures_that_move_together_are_moved_together():
    """Revenue must reach 5,000; R&D of 3 % of it and main revenue of 90 % of it follow."""
    book = rulebook(
        [
            {"id": "a", "label": {"zh": "a", "en": "a"}, "when": "revenue >= 5000 万元"},
            {"id": "b", "label": {"zh": "b", "en": "b"}, "when": "rd_expense / revenue >= 3%"},
            {"id": "c", "label": {"zh": "c", "en": "c"}, "when": "main_revenue / revenue >= 90%"},
        ]
    )
    levers = small_settings(
        revenue={"unit": "万元", "cost": 0.1},
        rd_expense={"unit": "万元", "cost": 1},
        main_revenue={"unit": "万元", "cost": 0.01, "within": "revenue"},
    )
    planner = Planner(book, kind="new", on=ON, settings=levers)
    row = {
        "revenue": 400_000 * 10_000,
        "rd_expense": 12_000 * 10_000,
        "main_revenue": 360_000 * 10_000,
    }
    (plan,) = planner.plans(pl.DataFrame([{"firm": "a", **row}]))

    assert {step.column: step.after // 1_000_000 for step in plan.steps} == {
        "revenue": 5000,
        "rd_expense": 150,
        "main_revenue": 4500,
    }
    assert plan.effort == pytest.approx(1000 * 0.1 + 30 + 900 * 0.01)


ROW = {
    "size": "small",
    "holds_innovative": True,
    "niche_years": 1,
    "revenue": 30_000_000_00,
    "revenue_1": 30_000_000_00,
    "main_revenue": 27_000_000_00,
    "rd_expense": 600_000_00,
    "rd_expense_1": 600_000_00,
    "assets": 30_000_000_00,
    "liabilities": 10_000_000_00,
    "class1_ip": 2,
    "platform_score": 60,
    "new_equity": 0,
}


def plan_of(row, book="cn-2026/srdi", **more):
    planner = Planner(book, kind="new", on=ON, **more)
    (plan,) = planner.plans(pl.DataFrame([{"firm": "a", **row}]))
    return planner, plan


def test_what_cannot_be_changed_becomes_the_earliest_date():
    """Three years in the market from one takes two; R&D can be raised in both."""
    planner, plan = plan_of(ROW)

    assert plan.ahead == 2
    assert plan.ready == dt.date(2028, 1, 1)
    assert {step.column: step.after for step in plan.steps} == {
        "rd_expense": 1_000_000_00,
        "rd_expense_1": 1_000_000_00,
    }
    assert planner.holds(ROW, plan)


def test_a_firm_that_qualifies_has_nothing_to_do():
    row = {**ROW, "niche_years": 5, "rd_expense": 1_500_000_00, "rd_expense_1": 1_500_000_00}
    _, plan = plan_of(row)

    assert plan == FirmPlan("a", 0.0, 0, ON, ())


def test_what_is_missing_is_to_be_handed_in_with_the_value_that_would_do():
    row = {**ROW, "niche_years": 5, "rd_expense": 1_500_000_00, "rd_expense_1": 1_500_000_00}
    _, plan = plan_of({**row, "platform_score": None})
    (step,) = plan.steps

    assert isinstance(step, Step)
    assert step.supplied
    assert (step.column, step.before, step.after) == ("platform_score", None, 50_000_000)


def test_without_the_lever_the_firm_is_helped_another_way_or_not_at_all():
    row = {**ROW, "niche_years": 5, "rd_expense": 1_500_000_00, "rd_expense_1": 1_500_000_00}
    planner, plan = plan_of({**row, "class1_ip": 0})

    assert [step.column for step in plan.steps] == ["class1_ip"]
    others = planner.alternatives(pl.DataFrame([{"firm": "a", **row, "class1_ip": 0}]), plan)
    assert others
    assert all(other.measures != plan.measures for other in others)
    assert all(other.effort >= plan.effort for other in others)
    closed = read_plan_settings().only("liabilities")
    assert plan_of({**row, "class1_ip": 0}, settings=closed)[1] is None


@pytest.mark.parametrize(
    "book",
    [
        "cn-2026/srdi",
        "cn-2026/little-giant",
        "cn-2022/srdi",
        "cn-2022/innovative",
        "cn-2017/tech-sme",
    ],
)
def test_every_plan_of_the_sample_passes_the_check_when_applied(book):
    from sanfu.ladder import firm_rows
    from sanfu.registry.sample import shanghai

    rows = firm_rows(shanghai(firms=300, seed=3), dt.date(2024, 5, 1))
    planner = Planner(book, kind="new", on=dt.date(2024, 5, 1))

    plans = planner.plans(rows)

    made = [(row, plan) for row, plan in zip(rows.to_dicts(), plans, strict=True) if plan]
    assert len(made) > 30
    assert all(planner.holds(row, plan) for row, plan in made)


@pytest.mark.parametrize("book", ["cn-2026/srdi", "cn-2026/little-giant", "cn-2022/srdi"])
def test_no_step_of_a_plan_can_be_left_out_or_made_smaller(book):
    """A fen, a person or a point less, or one step less, and the firm does not qualify."""
    from sanfu.ladder import firm_rows
    from sanfu.registry.sample import shanghai

    rows = firm_rows(shanghai(firms=150, seed=9), dt.date(2024, 5, 1))
    planner = Planner(book, kind="new", on=dt.date(2024, 5, 1))
    tried = 0
    for row, plan in zip(rows.to_dicts(), planner.plans(rows), strict=True):
        for number, step in enumerate(plan.steps if plan else ()):
            if any(one.lever and one.lever.within == step.column for one in plan.steps):
                continue  # revenue holds main-business revenue, of which no rule speaks
            others = plan.steps[:number] + plan.steps[number + 1 :]
            assert not planner.holds(row, replace(plan, steps=others)), (row["firm"], step)
            tried += 1
            if isinstance(step.after, int):
                lower = step.column == "market_rank" or (
                    step.lever is not None and step.lever.better == "lower"
                )
                unit = SCALES.get(measure_of(step.column).kind, 1)
                less = replace(step, after=step.after + (unit if lower else -unit))
                changed = (*plan.steps[:number], less, *plan.steps[number + 1 :])
                assert not planner.holds(row, replace(plan, steps=changed)), (row["firm"], step)
    assert tried > 50
