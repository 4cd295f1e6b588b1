"""The exact interpreter: one firm against one book, in fractions. The oracle of the other readers.

Logic is Kleene's over met, not met and unknown, and the unknown is told apart: unmet < missing <
judge < met, of which ``all`` takes the worst and ``any`` the best. A quotient is defined only where
its denominator is above zero; elsewhere it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sanfu.formula import (
    Binary,
    Both,
    Call,
    Compare,
    Either,
    Missing,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    Within,
    Words,
)
from sanfu.ladder.book import TOTAL, VERDICT, Book, Rule, Scored, Steps
from sanfu.ladder.values import OUTCOMES, SCALES, Outcome, kept

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = Fraction | str | bool | None
Row = dict[str, Value]
"""One firm's values in their natural size: money in fen, a share as a fraction of 1."""


@dataclass(frozen=True)
class Finding:
    """What one rule or indicator comes to for one firm.

    `value`, `threshold` and `gap` are exact and in natural size (fen, fraction of 1, years); the
    gap is what the value lacks, null where the rule is met or the value missing. For an indicator
    `threshold` is the edge of the next better band, and ``met`` means the full points.
    """

    id: str
    outcome: Outcome
    value: Value = None
    threshold: Value = None
    gap: Fraction | None = None
    points: int | None = None
    low: int | None = None
    high: int | None = None
    """Fewest and most points that the missing data leave possible."""


@dataclass(frozen=True)
class FirmCheck:
    """One firm against one book. `findings` has every indicator, group and rule by its id."""

    book: Book
    row: Row
    findings: Mapping[str, Finding]

    @property
    def outcome(self) -> Outcome:
        """The verdict of the self-check; recognition is for the authorities."""
        return self.findings[VERDICT].outcome

    @property
    def score(self) -> Finding | None:
        """Points in total with their bounds; null where the book gives no points."""
        return self.findings.get(TOTAL)


def read_row(book: Book, raw: Mapping[str, Any]) -> Row:
    """Give the values that a book reads from one firm's row; an absent column is missing.

    Raises
    ------
    InputError
        A value is not of its measure's kind; says which column and what is wanted.
    """
    row: Row = {}
    for name, measure in book.measures.items():
        value = kept(raw.get(name), name, measure)
        if isinstance(value, int) and not isinstance(value, bool):
            row[name] = Fraction(value, SCALES.get(measure.kind, 1))
        else:
            row[name] = value
    return row


def check_firm(book: Book, raw: Mapping[str, Any]) -> FirmCheck:
    """Check one firm exactly.

    Parameters
    ----------
    book
        From `make_book`.
    raw
        Column → value: money in whole fen, shares as fractions of 1 (float, Decimal or Fraction),
        flags as true or false, null where missing. Columns that the book does not read are left.

    Raises
    ------
    InputError
        A value is not of its measure's kind.
    """
    row = read_row(book, raw)
    findings: dict[str, Finding] = {}
    for one in book.indicators:
        findings[one.id] = score_indicator(one, row)
    for name, members in book.groups.items():
        low = sum(findings[one.id].low or 0 for one in members)
        high = sum(findings[one.id].high or 0 for one in members)
        known = low if low == high else None
        outcome: Outcome = "missing" if known is None else "met"
        findings[name] = Finding(name, outcome, points=known, low=low, high=high)
    for rule in book.rules:
        findings[rule.id] = _rule(rule, row, findings)
    return FirmCheck(book, row, findings)


def _rule(rule: Rule, row: Row, findings: Mapping[str, Finding]) -> Finding:
    match rule.how:
        case "when":
            return _when(rule, row)
        case "judge":
            value = row[rule.column or ""]
            outcome: Outcome = "judge" if value is None else "met" if value else "unmet"
            return Finding(rule.id, outcome, value=value)
        case "points":
            return _floor(rule, findings[rule.points_of or TOTAL])
        case _:
            codes = [OUTCOMES.index(findings[child].outcome) for child in rule.children]
            return Finding(rule.id, OUTCOMES[join(codes, every=rule.how == "all")])


def join(codes: list[int], *, every: bool) -> int:
    """Join outcome codes: all takes the worst, any the best of unmet < missing < judge < met.

    So an alternative that only a person need decide comes before one that lacks data.
    """
    return min(codes) if every else max(codes)


def _when(rule: Rule, row: Row) -> Finding:
    formula = rule.formula
    if formula is None:
        raise AssertionError
    found = holds(formula, row)
    outcome: Outcome = "missing" if found is None else "met" if found else "unmet"
    if not isinstance(formula, Compare):
        value = row[formula.name] if isinstance(formula, Name) else None
        return Finding(rule.id, outcome, value=value)
    value, threshold = evaluate(formula.left, row), evaluate(formula.right, row)
    gap = None
    if found is False and isinstance(value, Fraction) and isinstance(threshold, Fraction):
        gap = abs(threshold - value)
    return Finding(rule.id, outcome, value=value, threshold=threshold, gap=gap)


def _floor(rule: Rule, points: Finding) -> Finding:
    low, high, least = points.low or 0, points.high or 0, rule.at_least
    outcome: Outcome = "met" if low >= least else "unmet" if high < least else "missing"
    known = points.points
    return Finding(
        rule.id,
        outcome,
        value=None if known is None else Fraction(known),
        threshold=Fraction(least),
        gap=None if outcome != "unmet" else Fraction(least - high),
        points=known,
        low=low,
        high=high,
    )


def score_indicator(one: Scored, row: Row) -> Finding:
    """Give an indicator's points, with the fewest and the most that missing data leave possible."""
    if one.given is not None:
        filled = row[one.given]
        if isinstance(filled, Fraction):
            low = high = min(max(int(filled), 0), one.max)
        else:
            low, high = 0, one.max
    else:
        bounds = [_bounds(steps, row) for steps in one.steps]
        add = max if one.join == "best" else sum
        low = min(add(each[0] for each in bounds), one.max)
        high = min(add(each[1] for each in bounds), one.max)
    known = low if low == high else None
    outcome: Outcome = "missing" if known is None else "met" if known == one.max else "unmet"
    value, threshold, gap = _next_edge(one, row, known)
    return Finding(one.id, outcome, value, threshold, gap, known, low, high)


def _bounds(steps: Steps, row: Row) -> tuple[int, int]:
    low = high = None
    for condition, points in steps.conditions:
        found = holds(condition, row)
        if high is None and found is not False:
            high = points
        if found:
            low = points
            break
    return (steps.rest if low is None else low), (steps.rest if high is None else high)


def _next_edge(one: Scored, row: Row, known: int | None) -> tuple[Value, Value, Fraction | None]:
    if one.given is not None:
        return row[one.given], None, None
    if len(one.steps) != 1 or one.steps[0].of is None:
        return None, None, None
    steps = one.steps[0]
    value = evaluate(steps.of or Truth(value=True), row)
    if not isinstance(value, Fraction):
        return value, steps.edges[0], None
    better = [
        edge
        for edge, (_, points) in zip(steps.edges, steps.conditions, strict=True)
        if known is not None and points > known
    ]
    if not better:
        return value, None, None
    return value, better[-1], abs(better[-1] - value)


def holds(node: Node, row: Row) -> bool | None:
    """Tell whether a condition holds for a firm; null where that is unknown."""
    match node:
        case Truth(value):
            return value
        case Name(name):
            flag = row[name]
            return None if flag is None else bool(flag)
        case Missing(x):
            return evaluate(x, row) is None
        case Not(x):
            found = holds(x, row)
            return None if found is None else not found
        case Both(items):
            return _kleene([holds(item, row) for item in items], decisive=False)
        case Either(items):
            return _kleene([holds(item, row) for item in items], decisive=True)
        case Compare(operator, Call("compound_growth") as growth, right):
            return _compound(operator, growth, right, row)
        case Compare(operator, left, right):
            a, b = evaluate(left, row), evaluate(right, row)
            return None if a is None or b is None else _compare(operator, a, b)
        case Within(x, choices):
            one = evaluate(x, row)
            return None if one is None else any(one == evaluate(each, row) for each in choices)
        case _:
            raise TypeError(f"no condition: {node}")


def _kleene(found: list[bool | None], *, decisive: bool) -> bool | None:
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _compare(operator: str, a: Any, b: Any) -> bool:
    match operator:
        case "==":
            return bool(a == b)
        case "!=":
            return bool(a != b)
        case ">=":
            return bool(a >= b)
        case "<=":
            return bool(a <= b)
        case ">":
            return bool(a > b)
        case _:
            return bool(a < b)


def _compound(operator: str, growth: Call, right: Node, row: Row) -> bool | None:
    """Compare a compound growth rate by its power: last / first with (1 + rate) to the years."""
    ratio, years = compound_ratio(growth, row)
    rate = evaluate(right, row)
    if ratio is None or not isinstance(rate, Fraction):
        return None
    return _compare(operator, ratio, (1 + rate) ** years)


def compound_ratio(growth: Call, row: Row) -> tuple[Fraction | None, int]:
    """Give last / first and the number of years of ``compound_growth(last, first, 2)``."""
    last, first, years = growth.arguments
    ratio = evaluate(Binary("/", last, first), row)
    count = evaluate(years, row)
    if not isinstance(count, Fraction):
        raise TypeError("compound_growth needs a whole number of years")
    return (ratio if isinstance(ratio, Fraction) else None), int(count)


def evaluate(node: Node, row: Row) -> Value:
    """Give the exact value of a formula for a firm; null where it is missing.

    A compound growth rate is irrational; its value here is close to within 1e-12 and for show only
    (`holds` compares it exactly).
    """
    match node:
        case Number(value):
            return value
        case Words(text):
            return text
        case Name(name):
            return row[name]
        case Negate(x):
            operand = evaluate(x, row)
            return -operand if isinstance(operand, Fraction) else None
        case Binary(operator, left, right):
            a, b = evaluate(left, row), evaluate(right, row)
            if not isinstance(a, Fraction) or not isinstance(b, Fraction):
                return None
            return _calculate(operator, a, b)
        case Call("compound_growth"):
            ratio, years = compound_ratio(node, row)
            if ratio is None or ratio < 0:
                return None
            return Fraction(float(ratio) ** (1 / years) - 1).limit_denominator(10**12)
        case _:
            return holds(node, row)


def _calculate(operator: str, a: Fraction, b: Fraction) -> Fraction | None:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return a / b if b > 0 else None


def columns_missing(book: Book, row: Row) -> tuple[str, ...]:
    """Give the columns that the book reads and the firm lacks."""
    return tuple(name for name in book.columns if row.get(name) is None)


__all__ = [
    "Finding",
    "FirmCheck",
    "check_firm",
    "columns_missing",
    "evaluate",
    "holds",
    "join",
    "read_row",
    "score_indicator",
]
