"""Conditions as linear forms over what can be changed, exact in whole numbers for many firms.

A comparison such as ``rd_expense / revenue >= 3%`` becomes, for each firm, ``a·x + b >= 0`` in the
measure x that can be changed, all denominators cleared; so each firm's least sufficient x is a
division of two integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

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
    names_in,
)
from sanfu.ladder.values import SCALES, measure_of, type_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sanfu.ladder.plan_values import Flags, Values, Whole

NEVER = 2**62
"""Beyond every possible figure."""
_OPPOSITE = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!=", "!=": "=="}


class NotLinear(Exception):
    """A condition is not linear in what can be changed."""


@dataclass
class Linear:
    """Σ coefficient · column + rest; coefficients and rest are integers, one or one a firm."""

    rest: Any = 0
    of: dict[str, Any] = field(default_factory=dict)

    def times(self, other: Linear) -> Linear:
        """Multiply; one of the two must be free of columns."""
        if self.of and other.of:
            raise NotLinear
        many, one = (self, other.rest) if self.of else (other, self.rest)
        return Linear(many.rest * one, {name: a * one for name, a in many.of.items()})

    def plus(self, other: Linear, sign: int = 1) -> Linear:
        """Add, or subtract."""
        of = dict(self.of)
        for name, a in other.of.items():
            of[name] = of.get(name, 0) + sign * a
        return Linear(self.rest + sign * other.rest, of)

    def take(self, rows: Any) -> Linear:
        """Give only some firms."""
        return Linear(_take(self.rest, rows), {name: _take(a, rows) for name, a in self.of.items()})


def _take(one: Any, rows: Any) -> Any:
    return one[rows] if isinstance(one, np.ndarray) else one


Quotient = tuple[Linear, Linear]


@dataclass(frozen=True)
class Literal:
    """One atomic condition and the columns that it reads.

    `form` is compared with 0 by `operator`, while every one of `over` is above 0; null for a flag
    or a category, which holds for the words `words`.
    """

    node: Node
    columns: tuple[str, ...]
    form: Linear | None = None
    operator: str = ">="
    over: tuple[Linear, ...] = ()
    words: tuple[str, ...] = ()
    always: bool | None = None

    def take(self, rows: Any) -> Literal:
        """Give only some firms."""
        if self.form is None:
            return self
        over = tuple(form.take(rows) for form in self.over)
        return replace(self, form=self.form.take(rows), over=over)


Tree = tuple[Any, ...]
"""``("all", trees)``, ``("any", trees)``, ``("is", Literal)``, ``("points", group, least)`` or
``("judge", column)``."""


def condition(node: Node, values: Values, free: Collection[str], *, negated: bool = False) -> Tree:
    """Turn a condition into a tree of literals, negations moved to the literals.

    Parameters
    ----------
    values
        The firms' values.
    free
        Columns that stay symbols in the forms; all others are put in.

    Raises
    ------
    NotLinear
        A comparison is not linear in the free columns.
    """
    match node:
        case Both(items) | Either(items):
            every = isinstance(node, Both) != negated
            trees = tuple(condition(item, values, free, negated=negated) for item in items)
            return ("all" if every else "any", trees)
        case Not(x):
            return condition(x, values, free, negated=not negated)
        case Compare(operator, left, right):
            chosen = _OPPOSITE[operator] if negated else operator
            return ("is", _comparison(node, chosen, left, right, values, free))
        case Truth(value):
            return ("is", Literal(node, (), always=value != negated))
        case Name(name):
            return ("is", Literal(node, (name,), words=("false" if negated else "true",)))
        case Within(Name(name), choices):
            words = tuple(choice.value for choice in choices if isinstance(choice, Words))
            if negated or len(words) != len(choices):
                raise NotLinear
            return ("is", Literal(node, (name,), words=words))
        case Missing(Name()):
            return ("is", Literal(node, names_in(node), words=("",), always=negated))
        case _:
            raise NotLinear


def _comparison(
    node: Node, operator: str, left: Node, right: Node, values: Values, free: Collection[str]
) -> Literal:
    columns = names_in(node)
    if isinstance(left, Name) and isinstance(right, Words):
        if operator != "==":
            raise NotLinear
        return Literal(node, columns, words=(right.value,))
    over: list[Linear] = []
    if isinstance(left, Call) and left.function == "compound_growth":
        last, first, years = left.arguments
        if not isinstance(years, Number) or not isinstance(right, Number):
            raise NotLinear
        grown = (1 + right.value) ** int(years.value)
        a = _quotient(Binary("/", last, first), values, free, over)
        b: Quotient = (Linear(grown.numerator), Linear(grown.denominator))
    else:
        a = _quotient(left, values, free, over)
        b = _quotient(right, values, free, over)
    form = a[0].times(b[1]).plus(b[0].times(a[1]), -1)
    return Literal(node, columns, form=form, operator=operator, over=tuple(over))


def _quotient(node: Node, values: Values, free: Collection[str], over: list[Linear]) -> Quotient:
    match node:
        case Number(value):
            return Linear(value.numerator), Linear(value.denominator)
        case Name(name):
            measure = measure_of(name)
            if measure is None or type_of(measure) != "whole":
                raise NotLinear
            top = Linear(0, {name: 1}) if name in free else Linear(values.whole[name])
            return top, Linear(SCALES.get(measure.kind, 1))
        case Negate(x):
            top, below = _quotient(x, values, free, over)
            return Linear(0).plus(top, -1), below
        case Binary(operator, left, right):
            (a, b), (c, d) = (_quotient(side, values, free, over) for side in (left, right))
            if operator == "*":
                return a.times(c), b.times(d)
            if operator == "/":
                over.append(c)
                return a.times(d), b.times(c)
            sign = 1 if operator == "+" else -1
            return a.times(d).plus(c.times(b), sign), b.times(d)
        case _:
            raise NotLinear


@dataclass(frozen=True)
class Span:
    """(n,) least and greatest value of one column with which a literal holds; empty: never."""

    low: Whole
    high: Whole


def span(literal: Literal, column: str, put: dict[str, Whole], values: Values) -> Span:
    """Give each firm's values of `column` with which a comparison holds.

    Parameters
    ----------
    put
        Values of the other free columns.
    """
    n = values.n
    form = literal.form
    if form is None:
        raise AssertionError(literal)
    a = np.broadcast_to(np.asarray(form.of.get(column, 0), dtype=object), (n,))
    b = _at(form, put, skip=column, n=n)
    low = np.full(n, -NEVER, dtype=object)
    high = np.full(n, NEVER, dtype=object)
    sloped = a != 0
    flat = ~sloped
    if flat.any():
        holds = _compare(literal.operator, b[flat])
        low[flat] = np.where(holds, -NEVER, NEVER)
    if sloped.any():
        _slope(literal.operator, a[sloped], b[sloped], sloped, low, high)
    for below in literal.over:
        if column in below.of:  # it is itself below a fraction, and that must be above zero
            slope = np.broadcast_to(np.asarray(below.of[column], dtype=object), (n,))
            least = (-_at(below, put, skip=column, n=n)) // slope + 1
            low = np.where(slope > 0, np.maximum(low, least), NEVER)
    usable = usable_rows(literal, put, values, but=column)
    low[~usable] = NEVER
    high[~usable] = -NEVER
    return Span(low, high)


def _slope(operator: str, a: Whole, b: Whole, rows: Flags, low: Whole, high: Whole) -> None:
    floor = (-b) // a
    ceiling = -(b // a)
    up = a > 0
    exact = floor == ceiling
    match operator:
        case ">=" | "<=":
            upward = up if operator == ">=" else ~up
            low[rows] = np.where(upward, ceiling, -NEVER)
            high[rows] = np.where(upward, NEVER, floor)
        case ">" | "<":
            upward = up if operator == ">" else ~up
            low[rows] = np.where(upward, floor + 1, -NEVER)
            high[rows] = np.where(upward, NEVER, ceiling - 1)
        case "==":
            low[rows] = np.where(exact, floor, NEVER)
            high[rows] = np.where(exact, floor, -NEVER)
        case _:
            raise NotLinear


def holds_now(literal: Literal, put: dict[str, Whole], values: Values) -> Flags:
    """Tell for each firm whether a literal of which nothing is free holds for certain."""
    if literal.always is not None and not literal.words:
        return np.full(values.n, literal.always)
    if literal.form is not None:
        found = _compare(literal.operator, _at(literal.form, put, skip="", n=values.n))
        return np.asarray(found & usable_rows(literal, put, values), dtype=bool)
    (name,) = literal.columns
    if literal.always is not None:  # is_missing, or its opposite
        return np.asarray(values.known[name] == literal.always, dtype=bool)
    return np.asarray(np.isin(values.text[name], literal.words) & values.known[name], dtype=bool)


def usable_rows(literal: Literal, put: dict[str, Whole], values: Values, *, but: str = "") -> Flags:
    """Tell where nothing else is missing and every denominator is above zero."""
    usable = np.ones(values.n, dtype=bool)
    for name in literal.columns:
        if name != but and name not in put:
            usable &= values.known[name]
    for below in literal.over:
        if but not in below.of:
            usable &= np.asarray(_at(below, put, skip="", n=values.n) > 0, dtype=bool)
    return usable


def _at(form: Linear, put: dict[str, Whole], *, skip: str, n: int) -> Whole:
    total = np.broadcast_to(np.asarray(form.rest, dtype=object), (n,)).copy()
    for name, a in form.of.items():
        if name != skip:
            total = total + a * put[name]
    return total


def _compare(operator: str, total: Whole) -> Flags:
    return np.asarray(COMPARE[operator](total, 0), dtype=bool)
