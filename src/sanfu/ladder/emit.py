"""A book as column expressions: by Narwhals on Polars, DuckDB and PySpark, or as SQL text.

Thresholds are decided on integers with cleared denominators. A side that could leave 64 bits is
computed in 128 (Int128, HUGEINT) or in decimals of 38 digits (Spark); `values.BOUNDS` keeps every
column within a size for which that is proven when the expression is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sanfu.errors import InputError
from sanfu.formula import (
    COMPARE,
    Both,
    Cleared,
    Compare,
    Either,
    Missing,
    Name,
    Node,
    Not,
    Terms,
    Truth,
    Within,
    Words,
    clear,
    largest,
    names_in,
    quotient,
)
from sanfu.ladder.values import BOUNDS, JUDGE, MET, MISSING, SCALES, UNMET, type_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.ladder.book import Book, Rule, Scored, Steps

NARROW = 2**63 - 1
WIDE = 10**38 - 1
INPUT, CODE, POINTS, LOW, HIGH = "v_", "c_", "p_", "l_", "h_"
"""Prefixes of the columns between the steps, so that no measure meets a rule of its name."""


class TooLarge(InputError):
    """A comparison could leave 128 bits."""

    def __init__(self, most: int) -> None:
        super().__init__(
            Text(
                f"公式的一边可能达到 {most:.2e}，超过 38 位整数；请减少相乘的量",
                f"a side of the formula could come to {most:.2e}, beyond 38 digits; "
                "multiply fewer quantities",
            )
        )


def scales_of(book: Book) -> dict[str, int]:
    """Give the parts of 1 in which each column is kept."""
    return {
        name: SCALES[measure.kind]
        for name, measure in book.measures.items()
        if measure.kind in SCALES
    }


@dataclass(frozen=True)
class Emitter:
    """Turn a book's formulas into expressions over the columns ``v_…``.

    `ops` makes the expressions: Narwhals itself, or `sanfu.ladder.sql`, whose expressions take the
    same operators and give SQL text.
    """

    book: Book
    ops: Any = nw
    wide: Any = nw.Int128
    """The type in which products beyond 64 bits are computed."""
    skip: frozenset[str] = frozenset()
    """Ids whose columns are there already (where two books stand side by side)."""
    prefix: str = ""
    """Stands before the ids of the others."""

    def name(self, kind: str, id_: str) -> str:
        """Give the name of a column between the steps."""
        return kind + id_ if id_ in self.skip else kind + self.prefix + id_

    def between(self, kind: str, id_: str) -> Any:
        """Give a column between the steps."""
        return self.ops.col(self.name(kind, id_))

    def column(self, name: str) -> Any:
        """Give the column of a measure as kept."""
        return self.ops.col(INPUT + name)

    def terms(self, terms: Terms, *, wide: bool) -> Any:
        """Add up whole multiples of columns."""
        found = []
        for product, factor in terms:
            if not product:
                found.append(self.ops.lit(factor, self.wide if wide else self.ops.Int64))
                continue
            columns = [self.column(name) for name in product]
            if wide:
                columns[0] = columns[0].cast(self.wide)
            value = reduce(lambda a, b: a * b, columns)
            found.append(value if factor == 1 else value * factor)
        return reduce(add, found) if found else self.ops.lit(0, self.ops.Int64)

    def above_zero(self, terms: Terms) -> Any:
        """Tell whether a sum is above zero."""
        return self.terms(terms, wide=self.leaves_64_bits(largest(terms, self.bound))) > 0

    def bound(self, name: str) -> int:
        """Give the largest size of a column as kept."""
        return BOUNDS[self.book.measures[name].kind]

    def leaves_64_bits(self, most: int) -> bool:
        """Tell whether a sum that can come to `most` needs more than 64 bits.

        Raises
        ------
        TooLarge
            It could need more than 38 digits.
        """
        if most > WIDE:
            raise TooLarge(most)
        return most > NARROW

    def defined(self, cleared: Cleared) -> Any | None:
        """Give what must hold for a comparison to be defined, if anything beyond its operands."""
        parts = [self.above_zero(terms) for terms in cleared.positive]
        parts += [~self.column(name).is_null() for name in cleared.guarded()]
        return reduce(and_, parts) if parts else None

    def bare(self, cleared: Cleared) -> Any:
        """Compare, whether or not it is defined."""
        wide = self.leaves_64_bits(cleared.largest(self.bound))
        left, right = self.terms(cleared.left, wide=wide), self.terms(cleared.right, wide=wide)
        return COMPARE[cleared.operator](left, right)

    def compare(self, node: Compare) -> Any:
        """Compare numbers exactly, or texts."""
        if self.is_text(node.left) or self.is_text(node.right):
            return COMPARE[node.operator](self.text(node.left), self.text(node.right))
        if isinstance(node.right, Truth):
            return COMPARE[node.operator](self.condition(node.left), self.ops.lit(node.right.value))
        cleared = clear(node, scales_of(self.book))
        if cleared.undefined:
            return self.ops.lit(None, self.ops.Boolean)
        defined, bare = self.defined(cleared), self.bare(cleared)
        return bare if defined is None else self.ops.when(defined).then(bare)

    def is_text(self, node: Node) -> bool:
        """Tell whether a node is a text."""
        if isinstance(node, Name):
            return type_of(self.book.measures[node.name]) == "text"
        return isinstance(node, Words)

    def text(self, node: Node) -> Any:
        """Give a text's column or literal."""
        if isinstance(node, Name):
            return self.column(node.name)
        if isinstance(node, Words):
            return self.ops.lit(node.value)
        raise TypeError(f"no text: {node}")

    def condition(self, node: Node) -> Any:
        """Give a condition: true, false, or null where unknown."""
        match node:
            case Truth(value):
                return self.ops.lit(value)
            case Name(name):
                return self.column(name)
            case Missing(x):
                return self.missing(x)
            case Not(x):
                return ~self.condition(x)
            case Both(items):
                return reduce(and_, [self.condition(item) for item in items])
            case Either(items):
                return reduce(or_, [self.condition(item) for item in items])
            case Compare():
                return self.compare(node)
            case Within(x, choices):
                return reduce(or_, [self.compare(Compare("==", x, one)) for one in choices])
            case _:
                raise TypeError(f"no condition: {node}")

    def missing(self, node: Node) -> Any:
        """Tell whether a value or a condition is missing; never null."""
        if isinstance(node, Name):
            return self.column(node.name).is_null()
        if isinstance(node, Compare | Both | Either | Not | Within | Truth | Missing):
            return self.condition(node).is_null()
        parts = [self.column(name).is_null() for name in names_in(node)]
        defined = quotient(node, scales_of(self.book))
        if defined.undefined:
            return self.ops.lit(value=True)
        parts += [(~self.above_zero(terms)).fill_null(value=True) for terms in defined.positive]
        return reduce(or_, parts)

    def steps(self, steps: Steps) -> tuple[Any, Any]:
        """Give the fewest and the most points that steps leave possible."""
        if steps.of is not None:
            known = self.banded(steps)
            return (
                known.fill_null(steps.rest),
                known.fill_null(steps.conditions[0][1]),
            )
        found = [(self.condition(condition), points) for condition, points in steps.conditions]
        low = self.ladder([(condition, points) for condition, points in found], steps.rest)
        high = self.ladder([(c.fill_null(value=True), points) for c, points in found], steps.rest)
        return low, high

    def banded(self, steps: Steps) -> Any:
        """Give the points of bands over one quantity; null where it is missing."""
        scales = scales_of(self.book)
        cleared = [clear(c, scales) for c, _ in steps.conditions if isinstance(c, Compare)]
        first = cleared[0]
        if first.undefined:
            return self.ops.lit(None, self.ops.Int16)
        defined = self.defined(first)
        present = [~self.column(name).is_null() for name in first.names]
        known = reduce(and_, present) if defined is None else reduce(and_, present) & defined
        points = [points for _, points in steps.conditions]
        found = self.ladder(
            [(self.bare(one), each) for one, each in zip(cleared, points, strict=True)], steps.rest
        )
        return self.ops.when(known).then(found)

    def scored(self, one: Scored) -> dict[str, Any]:
        """Give an indicator's columns: its points, or the fewest and the most."""
        if one.given is not None:
            filled = self.column(one.given)
            top = (
                self.ops.when(filled > one.max)
                .then(self.ops.lit(one.max, self.ops.Int64))
                .otherwise(filled)
            )
            points = self.ops.when(filled < 0).then(self.ops.lit(0, self.ops.Int64)).otherwise(top)
            return {self.name(POINTS, one.id): points.cast(self.ops.Int16)}
        if is_simple(one):
            return {self.name(POINTS, one.id): self.banded(one.steps[0])}
        bounds = [self.steps(steps) for steps in one.steps]
        low = self._joined([low for low, _ in bounds], one)
        high = self._joined([high for _, high in bounds], one)
        return {self.name(LOW, one.id): low, self.name(HIGH, one.id): high}

    def _joined(self, found: Sequence[Any], one: Scored) -> Any:
        if len(found) == 1:
            return found[0]
        if one.join == "best":
            return self.ops.max_horizontal(*found)
        total = reduce(add, found)
        return (
            self.ops.when(total > one.max)
            .then(self.small(one.max))
            .otherwise(total)
            .cast(self.ops.Int16)
        )

    def code(self, rule: Rule) -> Any:
        """Give a rule's outcome code from its formula or from the codes and points before it."""
        match rule.how:
            case "when" if isinstance(rule.formula, Name):
                flag = self.column(rule.formula.name)
                return self.outcome(flag, ~flag)
            case "when":
                if rule.formula is None:
                    raise AssertionError
                held = self.condition(rule.formula).cast(self.ops.Int8) * MET
                return held.fill_null(MISSING).cast(self.ops.Int8)
            case "judge":
                flag = self.column(rule.column or "")
                return self.outcome(flag, ~flag, rest=JUDGE)
            case "points":
                of = str(rule.points_of)
                low, high = self.between(LOW, of), self.between(HIGH, of)
                return self.outcome(low >= rule.at_least, high < rule.at_least)
            case "all" | "any" if len(rule.children) == 1:
                return self.between(CODE, rule.children[0])
            case "all":
                codes = [self.between(CODE, child) for child in rule.children]
                return self.ops.min_horizontal(*codes)
            case _:
                codes = [self.between(CODE, child) for child in rule.children]
                return self.ops.max_horizontal(*codes)

    def small(self, points: int) -> Any:
        """Give points as a literal."""
        return self.ops.lit(points, self.ops.Int16)

    def ladder(self, found: Sequence[tuple[Any, int]], rest: int) -> Any:
        """Give the points of the first condition that holds, else `rest`."""
        value = self.small(rest)
        for condition, points in reversed(found):
            value = self.ops.when(condition).then(self.small(points)).otherwise(value)
        return value

    def outcome(self, met: Any, unmet: Any, *, rest: int = MISSING) -> Any:
        """Give the code of met, not met, or `rest` where neither is known."""
        code = {each: self.ops.lit(each, self.ops.Int8) for each in (UNMET, rest, MET)}
        other = self.ops.when(unmet).then(code[UNMET]).otherwise(code[rest])
        return self.ops.when(met).then(code[MET]).otherwise(other)


def is_simple(one: Scored) -> bool:
    """Tell whether one quantity's bands give the points: known or unknown as a whole."""
    return one.given is not None or (len(one.steps) == 1 and one.steps[0].of is not None)


def bounds_if_missing(one: Scored) -> tuple[int, int]:
    """Give the fewest and the most points of a simple indicator whose quantity is missing."""
    if one.given is not None:
        return 0, one.max
    return one.steps[0].rest, one.steps[0].conditions[0][1]
