"""A firm's check as tables: which conditions are needed, which are alternatives, what scores."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sanfu.formula import names_in
from sanfu.ladder import OUTCOME_WORDS, VERDICT
from sanfu.ladder.explain import read_evidence
from sanfu.ladder.interpret import check_firm
from sanfu.ladder.plan import applied
from sanfu.ladder.values import measure_of
from sanfu.ladder.words import formula_words
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sanfu.ladder.book import Book
    from sanfu.ladder.plan import FirmPlan
    from sanfu.ladder.values import Outcome

Nature = Literal["needed", "one_of", "alternative", "exemption", "route"]
NATURE_WORDS = {
    "needed": Text("必备", "needed"),
    "one_of": Text("满足其一", "one of these"),
    "alternative": Text("备选", "alternative"),
    "exemption": Text("豁免", "exemption"),
    "route": Text("直通", "direct route"),
}
NOT_TAKEN = Text("未用此项", "not used")
NOT_REACHED = Text("未达到", "not reached")


@cache
def above(book: Book, name: str) -> tuple[str, ...]:
    """Give the rules above a rule, the nearest first, the verdict left out."""
    found = []
    rule = book.by_id[name]
    while rule.parent is not None and rule.parent != VERDICT:
        found.append(rule.parent)
        rule = book.by_id[rule.parent]
    return tuple(found)


@cache
def nature(book: Book, name: str) -> Nature:
    """Tell whether a condition is needed, one of several that would do, or a way round."""
    over = above(book, name)
    roles = [getattr(book.by_id[one].criterion, "role", None) for one in (name, *over)]
    if "route" in roles:
        return "route"
    if "exemption" in roles:
        return "exemption"
    if any(book.by_id[one].how == "any" for one in over):
        return "alternative"
    return "one_of" if book.by_id[name].how == "any" else "needed"


@cache
def ways_round(book: Book) -> frozenset[str]:
    """Give the conditions that are direct routes or exemptions: nobody is short of them."""
    return frozenset(
        rule.id
        for rule in book.rules
        if rule.id != VERDICT and nature(book, rule.id) in ("route", "exemption")
    )


def settled(book: Book, name: str, outcomes: Mapping[str, Outcome]) -> bool:
    """Tell whether a condition that is not met no longer matters: one above it is met."""
    return outcomes[name] != "met" and any(outcomes[one] == "met" for one in above(book, name))


def outcome_words(book: Book, name: str, outcomes: Mapping[str, Outcome]) -> Text:
    """Say an outcome; an alternative is not used or not reached, where a need is not met."""
    if name != VERDICT and settled(book, name, outcomes):
        return NOT_TAKEN
    asked = name == VERDICT or nature(book, name) in ("needed", "one_of")
    if outcomes[name] == "unmet" and not asked:
        return NOT_REACHED
    return OUTCOME_WORDS[outcomes[name]]


def clause_label(book: Book, name: str) -> str:
    """Name a clause; the sum of points says that it is summed here, not by the authorities."""
    clause = book.clause(name)
    if clause is None:
        return str(Text("结论（自检）", "verdict (self-check)"))
    label = clause.label.text()
    rule = book.by_id.get(name)
    if rule is not None and rule.how == "points":
        label = Text(f"{label.zh}（按本标准自算）", f"{label.en} (summed here by this standard)")
    return str(label)


@cache
def clause_words(book: Book, name: str) -> Text:
    """Say by what a clause is reckoned, in words and not in names of columns."""
    rule = book.by_id.get(name)
    if rule is not None and rule.formula is not None:
        return formula_words(rule.formula)
    said = str(getattr(book.clause(name), "text", None) or "")
    return Text(said, said)


@cache
def columns_of(book: Book, name: str) -> tuple[str, ...]:
    """Name the measures that a condition or a scored item reads."""
    rule = book.by_id.get(name)
    if rule is not None:
        return () if rule.formula is None else tuple(names_in(rule.formula))
    one = next(item for item in book.indicators if item.id == name)
    found = [one.given] if one.given else []
    for steps in one.steps:
        for condition, _ in steps.conditions:
            found += names_in(condition)
    return tuple(dict.fromkeys(found))


def papers_of(book: Book) -> dict[str, list[str]]:
    """Give what to hold ready: paper → what it proves."""
    known = read_evidence().evidence
    found: dict[str, list[str]] = {
        str(one.text()): [str(Text("申报通知", "the call"))] for one in book.rulebook.evidence
    }
    for column in book.columns:
        measure = measure_of(column)
        if measure is not None and measure.name in known:
            proves = found.setdefault(str(known[measure.name].text()), [])
            if str(measure.label()) not in proves:
                proves.append(str(measure.label()))
    return found


def amount(value: float | None, unit: str, *, gap: bool = False) -> str | None:
    """Print a value of a check with its unit; the gap of a percentage is in percentage points."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    if unit == "%":
        return f"{number}{Text(' 个百分点', ' points')}" if gap else f"{number}%"
    return f"{number} {unit}".strip()


def missed_without(
    book: Book, row: Mapping[str, Any], plan: FirmPlan, aside: Collection[str]
) -> list[list[str]]:
    """Name for each step of a plan the conditions that would be missed without it.

    Parameters
    ----------
    book
        Of the day on which the plan is to hold.
    row
        The firm's row, as `firm_rows` gives it.
    aside
        Conditions that are not named, such as ways round.
    """
    full = _after(book, row, plan)
    leaves = [rule.id for rule in book.rules if not rule.children and rule.id not in aside]
    found = []
    for step in plan.steps:
        rest = tuple(one for one in plan.steps if one is not step)
        less = _after(book, row, replace(plan, steps=rest))
        found.append(
            [
                name
                for name in leaves
                if full[name] == "met" and less[name] != "met" and not settled(book, name, less)
            ]
        )
    return found


def _after(book: Book, row: Mapping[str, Any], plan: FirmPlan) -> dict[str, Outcome]:
    """Give the outcomes when a plan is carried out, what a person judges taken as settled well."""
    later = applied(book, dict(row), plan)
    for rule in book.rules:
        if rule.column and later[rule.column] is None:
            later[rule.column] = True
    return {name: found.outcome for name, found in check_firm(book, later).findings.items()}
