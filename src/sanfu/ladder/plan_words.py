"""A plan in words, and as frames: what to change from what to what, in natural units."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.ladder.units import UNITS_EN
from sanfu.ladder.values import SCALES, measure_of, unit_of, years_back
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sanfu.ladder.plan import FirmPlan, Step

PLAN_NOTE = Text(
    "提升路径是测算：以后年度按上年数不变推算，费用为本单位设置，不是官方口径。",
    "The way up is reckoned: years to come as the last one, efforts are the office's settings.",
)


def natural(kept: int, column: str) -> tuple[Fraction, str]:
    """Give a kept number in its shown unit: 万元, %, 年, 分."""
    measure = measure_of(column)
    kind = measure.kind if measure else "count"
    unit, size = unit_of(kind)
    return Fraction(kept, SCALES.get(kind, 1)) / size, unit


def number_words(value: Fraction, unit: str, *, up: bool = True) -> str:
    """Write a number with up to two decimals, rounded away from falling short of it."""
    cents = value * 100
    whole = -(-cents.numerator // cents.denominator) if up else cents.numerator // cents.denominator
    shown = f"{whole / 100:,.2f}".rstrip("0").rstrip(".")
    return f"{shown}{'' if unit in ('', '%') else ' '}{unit}"


def english(said: str) -> str:
    """Give an amount with its unit in English."""
    for zh, en in UNITS_EN.items():
        if said.endswith(f" {zh}"):
            return f"{said.removesuffix(zh)}{en}"
    return said


def column_words(column: str, ahead: int, year: int) -> Text:
    """Name a column with the year that it is of, `year` being the last full one today."""
    measure = measure_of(column)
    if measure is None:
        return Text(column, column)
    if measure.frame != "figures":
        return measure.label()
    of = year + ahead - years_back(column)
    return Text(f"{of} 年{measure.zh}", f"{measure.en} of {of}")


def step_words(step: Step, ahead: int, year: int) -> Text:
    """Say one step: 2026 年研发费用由 120 万元增至 158.2 万元（差 38.2 万元）."""
    name = column_words(step.column, ahead, year)
    if isinstance(step.after, str):
        return _word_step(step, name)
    after, unit = natural(step.after, step.column)
    lower = step.lever is not None and step.lever.better == "lower"
    said = number_words(after, unit, up=not lower)
    if step.supplied:
        bound = Text("不高于" if lower else "不低于", "at most" if lower else "at least")
        return Text(
            f"补报{name.zh}，须{bound.zh} {said}", f"hand in {name.en}: {bound.en} {english(said)}"
        )
    before, _ = natural(int(step.before or 0), step.column)
    was, gap = _before_and_gap(before, after, unit, lower=lower)
    if lower:
        return Text(
            f"{name.zh}由 {was}降至 {said}（减 {gap}）",
            f"{name.en}: from {english(was)} down to {english(said)} (−{english(gap)})",
        )
    return Text(
        f"{name.zh}由 {was}增至 {said}（还差 {gap}）",
        f"{name.en}: from {english(was)} up to {english(said)} (+{english(gap)})",
    )


def _before_and_gap(
    before: Fraction, after: Fraction, unit: str, *, lower: bool
) -> tuple[str, str]:
    """Write where a firm stands and what it lacks, so that the two add up as they are printed."""
    was = math.floor(before * 100 + Fraction(1, 2))
    to = math.floor(after * 100) if lower else math.ceil(after * 100)
    points = str(Text("个百分点", "percentage points")) if unit == "%" else unit
    return number_words(Fraction(was, 100), unit), number_words(
        Fraction(max(abs(to - was), 1), 100), points
    )


def _word_step(step: Step, name: Text) -> Text:
    if step.after == "true":
        if step.supplied:
            return Text(f"补报证明：{name.zh}", f"hand in proof: {name.en}")
        how = step.lever.how.text() if step.lever else name
        return Text(how.zh, how.en)
    if step.before is None:
        return Text(f"{name.zh}达到“{step.after}”", f"{name.en}: reach {step.after}")
    was = step.before
    return Text(f"{name.zh}由“{was}”提升为“{step.after}”", f"{name.en}: from {was} to {step.after}")


def plan_words(plan: FirmPlan | None, on: dt.date, year: int) -> Text:
    """Say a whole plan in one sentence."""
    if plan is None:
        return Text(
            "所设条件下没有可行路径（关键数据缺失，或有不能改变的条件）",
            "no way within the settings (key data missing, or something that cannot be changed)",
        )
    if not plan.steps:
        if plan.ahead == 0:
            return Text(
                "测算已符合（人工判断项除外）", "meets it by this reckoning, judged matters apart"
            )
        return Text(f"只需等到 {plan.ready}", f"only wait until {plan.ready}")
    steps = [step_words(step, plan.ahead, year) for step in plan.steps]
    del on
    return Text(
        "；".join(one.zh for one in steps) + f"。最早 {plan.ready}",
        "; ".join(one.en for one in steps) + f". Earliest {plan.ready}",
    )


def plan_frame(
    firms: Sequence[str], plans: Sequence[FirmPlan | None], on: dt.date, year: int
) -> pl.DataFrame:
    """Give one row a firm: firm, state, effort, ready, steps, zh, en.

    `state` is ``met`` (nothing to do), ``wait`` (only time), ``plan`` or ``none``.
    """
    rows = []
    for firm, plan in zip(firms, plans, strict=True):
        said = plan_words(plan, on, year)
        state = (
            "none" if plan is None else "plan" if plan.steps else "wait" if plan.ahead else "met"
        )
        rows.append(
            {
                "firm": firm,
                "state": state,
                "effort": None if plan is None else plan.effort,
                "ready": None if plan is None else plan.ready,
                "steps": None if plan is None else len(plan.steps),
                "zh": said.zh,
                "en": said.en,
            }
        )
    schema: dict[str, Any] = {
        "firm": pl.String, "state": pl.String, "effort": pl.Float64, "ready": pl.Date,
        "steps": pl.Int64, "zh": pl.String, "en": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
