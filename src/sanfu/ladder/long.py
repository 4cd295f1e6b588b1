"""The long and the short form of a check: one row a firm and criterion, one row a firm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from sanfu.formula import Binary, Call, Compare, Name, Negate, Node, Number
from sanfu.ladder.book import TOTAL, VERDICT
from sanfu.ladder.emit import CODE, HIGH, INPUT, LOW, POINTS, Emitter
from sanfu.ladder.pipeline import SCORE, SCORE_HIGH, SCORE_LOW
from sanfu.ladder.units import kind_of
from sanfu.ladder.values import OUTCOMES, SCALES, type_of, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.ladder.book import Book, Rule, Scored

_NOTHING = nw.lit(None, nw.Float64)


def verdicts(book: Book, wide: Any, names: Sequence[str]) -> Any:
    """Give one row a firm: names, outcome, score, score_low, score_high."""
    scores = [SCORE, SCORE_LOW, SCORE_HIGH]
    if book.indicators:
        columns = [nw.col(name) for name in scores]
    else:
        columns = [nw.lit(None, nw.Int16).alias(name) for name in scores]
    return wide.select(*names, in_words(nw.col(VERDICT)).alias("outcome"), *columns)


def in_words(code: nw.Expr) -> nw.Expr:
    """Turn an outcome's code into its word."""
    found = nw.lit(OUTCOMES[0])
    for number, word in enumerate(OUTCOMES[1:], start=1):
        found = nw.when(code == number).then(nw.lit(word)).otherwise(found)
    return found


def long_frame(book: Book, prepared: Any, names: Sequence[str]) -> Any:
    """Give one row a firm and criterion, in the order of the book; the verdict last."""
    from sanfu.ladder.checking import computed  # noqa: PLC0415 - circular

    prepared = computed(prepared, book)
    parts = [prepared.select(*names, *_indicator(one, book).values()) for one in book.indicators]
    parts += [prepared.select(*names, *_rule(rule, book).values()) for rule in book.rules]
    return nw.concat(parts, how="vertical")


def _row(
    criterion: str,
    *,
    value: nw.Expr = _NOTHING,
    threshold: nw.Expr = _NOTHING,
    gap: nw.Expr = _NOTHING,
    kind: str = "number",
    points: nw.Expr | None = None,
) -> dict[str, nw.Expr]:
    unit, size = unit_of(kind)
    by = float(size)
    found = {
        "criterion": nw.lit(criterion),
        "outcome": in_words(nw.col(CODE + criterion)),
        "value": value / by,
        "threshold": threshold / by,
        "gap": gap / by,
        "unit": nw.lit(unit),
        "points": nw.lit(None, nw.Int16) if points is None else points.cast(nw.Int16),
    }
    return {name: expression.alias(name) for name, expression in found.items()}


def _indicator(one: Scored, book: Book) -> dict[str, nw.Expr]:
    points = nw.col(POINTS + one.id)
    if len(one.steps) != 1 or one.steps[0].of is None:
        return _row(one.id, points=points)
    (steps_of,) = one.steps
    if steps_of.of is None:
        raise AssertionError
    value = shown(steps_of.of, book)
    edge = _NOTHING
    for limit, (_, each) in zip(steps_of.edges, steps_of.conditions, strict=True):
        edge = nw.when(points < each).then(nw.lit(float(limit))).otherwise(edge)
    gap = (edge - value).abs()
    kind = kind_of(steps_of.of)
    return _row(one.id, value=value, threshold=edge, gap=gap, kind=kind, points=points)


def _rule(rule: Rule, book: Book) -> dict[str, nw.Expr]:
    if rule.how == "points":
        name = rule.points_of or TOTAL
        low, high = nw.col(LOW + name), nw.col(HIGH + name)
        known = nw.when(low == high).then(low)
        lack = nw.when(high < rule.at_least).then(rule.at_least - high.cast(nw.Float64))
        return _row(
            rule.id,
            value=known.cast(nw.Float64),
            threshold=nw.lit(float(rule.at_least)),
            gap=lack,
            kind="points",
            points=known,
        )
    node = rule.formula
    if not isinstance(node, Compare) or not _is_number(node, book):
        return _row(rule.id)
    value, threshold = shown(node.left, book), shown(node.right, book)
    gap = nw.when(nw.col(CODE + rule.id) == 0).then((threshold - value).abs())
    return _row(rule.id, value=value, threshold=threshold, gap=gap, kind=kind_of(node.left))


def _is_number(node: Compare, book: Book) -> bool:
    emitter = Emitter(book)
    return not (emitter.is_text(node.left) or emitter.is_text(node.right))


def shown(node: Node, book: Book) -> nw.Expr:
    """Give a number in its natural size as a float; for show, never for a decision."""
    match node:
        case Number(value):
            return nw.lit(float(value))
        case Name(name):
            if type_of(book.measures[name]) != "whole":
                return _NOTHING
            scale = SCALES.get(book.measures[name].kind, 1)
            column = nw.col(INPUT + name).cast(nw.Float64)
            return column if scale == 1 else column / float(scale)
        case Negate(x):
            return -shown(x, book)
        case Binary("/", left, right):
            below = shown(right, book)
            return nw.when(below > 0).then(shown(left, book) / below)
        case Binary(operator, left, right):
            a, b = shown(left, book), shown(right, book)
            return a + b if operator == "+" else a - b if operator == "-" else a * b
        case Call("compound_growth", (last, first, Number(years))):
            ratio = shown(Binary("/", last, first), book)
            return nw.when(ratio >= 0).then(ratio).clip(0) ** (1 / float(years)) - 1
        case _:
            return _NOTHING
