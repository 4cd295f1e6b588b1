"""Work out a formula's cells firm by firm, as Narwhals expressions.

The same expressions run on Polars, DuckDB and pandas. A comparison with a constant is made on
integers by cross-multiplication (``rd_expense / revenue >= 3%`` is ``100 rd_expense >= 3
revenue``), never on a binary float. Unknown stays unknown (Kleene), and a division by 0 is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw

from sanfu.errors import InputError
from sanfu.formula import (
    COMPARE,
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
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable

_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Quotient:
    """A number as ``scale · above / below + offset``, kept apart for exact comparisons."""

    above: nw.Expr | None
    below: nw.Expr | None = None
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    def whole(self) -> bool:
        """Tell whether it is a column (or a sum of columns) as it stands."""
        return self.above is not None and self.below is None and not self.offset

    def expression(self) -> nw.Expr:
        """Give the value; an integer column stays integer."""
        if self.above is None:
            return nw.lit(float(self.offset))
        value = self.above
        if self.below is not None:
            below = self.below.cast(nw.Float64)
            value = nw.when(below != 0).then(value.cast(nw.Float64) / below)
        if self.scale != 1:
            by = self.scale
            value = value.cast(nw.Float64)
            if abs(by.numerator) != 1:
                value = value * float(by.numerator)
            elif by < 0:
                value = -value
            if by.denominator != 1:
                value = value / float(by.denominator)
        if self.offset:
            value = value.cast(nw.Float64) + float(self.offset)
        return value


@dataclass(frozen=True)
class Emitter:
    """Turn row formulas into expressions.

    Attributes
    ----------
    column
        Name and years back → the column's expression.
    holds
        A condition on titles or tags and years back → a boolean expression.
    exists
        Years back → whether the firm was there.
    """

    column: Callable[[str, int], nw.Expr]
    holds: Callable[[Call, int], nw.Expr]
    exists: Callable[[int], nw.Expr | None]
    linked: frozenset[str] = frozenset()
    """Columns of titles: a firm has several, so a comparison asks whether one fits."""
    flags: frozenset[str] = frozenset()
    """Columns that are true or false; as numbers they are 1 and 0."""

    def number(self, node: Node, lag: int) -> Quotient:
        """Give a number's parts."""
        match node:
            case Number(value):
                return Quotient(None, offset=value)
            case Name(name) if name in self.flags:
                return Quotient(self.column(name, lag).cast(nw.Int64))
            case Name(name):
                return Quotient(self.column(name, lag))
            case Call("then", (inner,)):
                return self.number(inner, lag + 1)
            case Negate(x):
                one = self.number(x, lag)
                return replace(one, scale=-one.scale, offset=-one.offset)
            case Binary(operator, left, right):
                return _combine(operator, self.number(left, lag), self.number(right, lag))
            case _:
                return Quotient(nw.when(self.condition(node, lag)).then(nw.lit(1)).otherwise(0))

    def condition(  # noqa: C901, PLR0912 - one arm a kind of node
        self, node: Node, lag: int
    ) -> nw.Expr:
        """Give a condition: true, false or missing."""
        match node:
            case Truth(value):
                return nw.lit(value)
            case Name(name) if name in self.linked:
                raise _not_a_condition(node)
            case Name(name):
                return self.column(name, lag)
            case Not(Missing(x)):
                return ~self.missing(x, lag)
            case Not(x):
                return ~self.condition(x, lag)
            case Missing(x):
                return self.missing(x, lag)
            case Both(items):
                found = [self.condition(item, lag) for item in items]
                return _fold(found, lambda a, b: a & b)
            case Either(items):
                found = [self.condition(item, lag) for item in items]
                return _fold(found, lambda a, b: a | b)
            case Compare(operator, Name(name), _) if name in self.linked:
                if operator == "!=":
                    equal = replace(node, operator="==")
                    return ~self.holds(Call("title", (equal,)), lag)
                return self.holds(Call("title", (node,)), lag)
            case Compare(operator, left, right):
                return self.compare(operator, left, right, lag)
            case Within(Name(name), _) if name in self.linked:
                return self.holds(Call("title", (node,)), lag)
            case Within(x, choices):
                return self.value(x, lag).is_in([_literal(one) for one in choices])
            case Call("title" | "tag" | "tagged"):
                return self.holds(node, lag)
            case Call("starts_with", (x, Words(start))):
                return self.value(x, lag).str.starts_with(start)
            case Call("now", (inner,)):
                return self.present(inner, lag)
            case Call("then", (inner,)):
                return self.present(inner, lag + 1)
            case Call("ever", (inner,)):
                return self.condition(inner, lag)
            case _:
                raise _not_a_condition(node)

    def present(self, node: Node, lag: int) -> nw.Expr:
        """Give a condition that is false, not missing, where it is unknown or the firm absent."""
        found = self.condition(node, lag)
        if not isinstance(node, Truth):
            found = found.fill_null(value=False)
        there = self.exists(lag)
        return found if there is None else there & found

    def value(self, node: Node, lag: int) -> nw.Expr:
        """Give any value: a number, a text, a date."""
        match node:
            case Name(name):
                return self.column(name, lag)
            case Words(value):
                return nw.lit(value)
            case _:
                return self.number(node, lag).expression()

    def missing(self, node: Node, lag: int) -> nw.Expr:
        """Tell whether a value or a condition is missing."""
        match node:
            case Name(name) if name in self.linked:
                return ~self.holds(Call("title", ()), lag)
            case Compare() | Both() | Either() | Not() | Within() | Truth() | Missing():
                return self.condition(node, lag).is_null()
            case Call("then", (inner,)):
                return self.missing(inner, lag + 1)
            case Call():
                return self.condition(node, lag).is_null()
            case _:
                return self.value(node, lag).is_null()

    def compare(self, operator: str, left: Node, right: Node, lag: int) -> nw.Expr:
        """Compare two values; numbers with a constant exactly."""
        if isinstance(left, (Words, Truth)):
            return self.compare(_FLIPPED[operator], right, left, lag)
        if isinstance(right, Words):
            return _apply(operator, self.value(left, lag), nw.lit(right.value))
        if isinstance(right, Truth):
            return _apply(operator, self.condition(left, lag), nw.lit(right.value))
        one, other = self.number(left, lag), self.number(right, lag)
        if one.above is None and other.above is not None:
            one, other, operator = other, one, _FLIPPED[operator]
        if one.above is None:
            return nw.lit(COMPARE[operator](one.offset, other.offset))
        if other.above is None:
            return _against(operator, one, other.offset)
        if one.whole() and other.whole():
            a, b = one.scale, other.scale
            return _apply(
                operator,
                _times(one.above, a.numerator * b.denominator),
                _times(other.above, b.numerator * a.denominator),
            )
        return _apply(operator, one.expression(), other.expression())


def _against(operator: str, one: Quotient, constant: Fraction) -> nw.Expr:
    """Compare with a constant by cross-multiplication."""
    edge = (constant - one.offset) / one.scale
    if one.scale < 0:
        operator = _FLIPPED[operator]
    above = _times(_sure(one), edge.denominator)
    if one.below is None:
        return _apply(operator, above, nw.lit(edge.numerator))
    below = _times(one.below, edge.numerator)
    plus, minus = _apply(operator, above, below), _apply(_FLIPPED[operator], above, below)
    return nw.when(one.below > 0).then(plus).otherwise(nw.when(one.below < 0).then(minus))


def _combine(  # noqa: C901, PLR0912 - one arm a case of the algebra
    operator: str, a: Quotient, b: Quotient
) -> Quotient:
    if a.above is None and b.above is None:
        if operator == "/" and not b.offset:
            return Quotient(nw.lit(None, nw.Float64))
        return Quotient(None, offset=_calculate(operator, a.offset, b.offset))
    match operator:
        case "*" if b.above is None:
            return replace(a, scale=a.scale * b.offset, offset=a.offset * b.offset)
        case "*" if a.above is None:
            return _combine("*", b, a)
        case "/" if b.above is None and b.offset:
            return _combine("*", a, Quotient(None, offset=1 / b.offset))
        case "+" | "-" if b.above is None:
            by = b.offset if operator == "+" else -b.offset
            return replace(a, offset=a.offset + by)
        case "+" if a.above is None:
            return _combine("+", b, a)
        case "-" if a.above is None:
            return _combine("+", replace(b, scale=-b.scale, offset=-b.offset), a)
        case "/" if a.whole() and b.whole():
            return Quotient(a.above, b.above, a.scale / b.scale)
        case "+" | "-" if a.whole() and b.whole():
            common = a.scale.denominator * b.scale.denominator
            left = _times(_sure(a), a.scale.numerator * b.scale.denominator)
            right = _times(_sure(b), b.scale.numerator * a.scale.denominator)
            total = left + right if operator == "+" else left - right
            return Quotient(total, scale=Fraction(1, common))
    left, right = a.expression().cast(nw.Float64), b.expression().cast(nw.Float64)
    match operator:
        case "*":
            return Quotient(left * right)
        case "/":
            return Quotient(left, right)
        case "+":
            return Quotient(left + right)
        case _:
            return Quotient(left - right)


def _sure(one: Quotient) -> nw.Expr:
    return cast("nw.Expr", one.above)


def _times(expression: nw.Expr, factor: int) -> nw.Expr:
    return expression if factor == 1 else expression * factor


def _calculate(operator: str, a: Fraction, b: Fraction) -> Fraction:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return a / b


def _literal(node: Node) -> Any:
    match node:
        case Words(value) | Truth(value):
            return value
        case Number(value):
            return int(value) if value.denominator == 1 else float(value)
        case _:
            raise InputError(
                Text("in [ ] 里只能写文字或数字", "only texts and numbers may stand in `in [ ]`")
            )


def _apply(operator: str, a: nw.Expr, b: nw.Expr) -> nw.Expr:
    return cast("nw.Expr", COMPARE[operator](a, b))


def _fold(items: list[nw.Expr], join: Callable[[nw.Expr, nw.Expr], nw.Expr]) -> nw.Expr:
    found = items[0]
    for item in items[1:]:
        found = join(found, item)
    return found


def _not_a_condition(node: Node) -> InputError:
    return InputError(
        Text(
            f"这里应是条件，例如 revenue >= 1 亿元；找到的是 {node}",
            f"a condition is wanted here, such as revenue >= 1 亿元; found {node}",
        )
    )
