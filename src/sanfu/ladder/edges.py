"""Firms on the edges of a book: for every band and threshold, the edge, one step worse, one better.

Made from the rulebook by solving its cleared comparisons for one column; one step is one fen, one
person, one millionth of a share. For tests, and for an auditor who wants cases to work through.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import TYPE_CHECKING, Any

from sanfu.formula import Cleared, Compare, Node, NotComparable, Words, clear, names_in, walk
from sanfu.ladder.emit import scales_of
from sanfu.ladder.values import SCALES, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sanfu.formula import Terms
    from sanfu.ladder.book import Book


@dataclass(frozen=True)
class EdgeCase:
    """A comparison on its edge.

    Attributes
    ----------
    id
        The indicator or rule; `points` are those of the band whose edge it is (null for a rule).
    column
        The column that is moved over the edge, and `edge` its whole value as kept there.
    toward
        +1 if more of the column is better, −1 if less.
    others
        The other columns of the comparison, as kept.
    """

    id: str
    points: int | None
    column: str
    edge: int
    toward: int
    others: dict[str, int]

    def kept(self, step: int) -> dict[str, int]:
        """Give the columns as kept, `step` steps on the better side of the edge (−1: worse)."""
        return {**self.others, self.column: self.edge + step * self.toward}

    def row(self, book: Book, step: int) -> dict[str, Any]:
        """Give the columns in natural size, as `check_firm` takes them."""
        return {
            name: Fraction(value, scale)
            if (scale := SCALES.get(book.measures[name].kind))
            else value
            for name, value in self.kept(step).items()
        }


def edge_cases(book: Book) -> list[EdgeCase]:
    """Give a case for each threshold of a rule and each edge of a band."""
    found = []
    for name, points, comparison in comparisons(book):
        case = _solve(name, points, clear(comparison, scales_of(book)))
        if case is not None:
            found.append(case)
    return found


def comparisons(book: Book) -> Iterator[tuple[str, int | None, Compare]]:
    """Yield every comparison of numbers with the indicator or rule that it is of."""
    for one in book.indicators:
        for steps in one.steps:
            for condition, points in steps.conditions:
                for node in _numeric(condition, book):
                    yield one.id, points, node
    for rule in book.rules:
        if rule.formula is not None:
            for node in _numeric(rule.formula, book):
                yield rule.id, None, node


def _numeric(formula: Node, book: Book) -> Iterator[Compare]:
    for node in walk(formula):
        if not isinstance(node, Compare) or isinstance(node.right, Words):
            continue
        try:
            clear(node, scales_of(book))
        except NotComparable:
            continue
        yield node


def _solve(name: str, points: int | None, cleared: Cleared) -> EdgeCase | None:
    """Find whole values at which both sides are equal, moving one column that stands linearly."""
    if cleared.operator not in (">=", "<=", ">", "<"):
        return None
    terms = (*cleared.left, *((product, -factor) for product, factor in cleared.right))
    factors = lcm(*(abs(factor) for product, factor in terms if product), 1)
    for column in dict.fromkeys(column for product, _ in terms for column in product):
        if any(Counter(product)[column] > 1 for product, _ in terms):
            continue
        others = {each: 1000 * factors for each in cleared.names if each != column}
        slope = _value([(p, f) for p, f in terms if column in p], others, without=column)
        level = _value([(p, f) for p, f in terms if column not in p], others)
        if not slope or level % slope or not _defined(cleared, {**others, column: -level // slope}):
            continue
        more = cleared.operator in (">=", ">")
        return EdgeCase(
            name, points, column, -level // slope, 1 if more == (slope > 0) else -1, others
        )
    return None


def _value(terms: Terms | list[Any], values: dict[str, int], without: str = "") -> int:
    return sum(
        factor * prod(values[name] for name in product if name != without)
        for product, factor in terms
    )


def _defined(cleared: Cleared, values: dict[str, int]) -> bool:
    return all(_value(terms, values) > 1 for terms in cleared.positive)


def edge_firms(book: Book, firms: int, *, seed: int) -> pl.DataFrame:
    """Draw synthetic firms, three in four of them on or one step beside an edge of the book.

    Parameters
    ----------
    book
        From `make_book`.
    firms
        How many.
    seed
        Of the random numbers.

    Returns
    -------
    polars.DataFrame
        firm (``TT…``, synthetic) and every column that the book reads in the types that `check`
        takes; a tenth of all cells missing, and some figures that are 0, negative or impossible.
    """
    import numpy as np  # noqa: PLC0415 - only where firms are drawn
    import polars as pl  # noqa: PLC0415

    random = np.random.default_rng(seed)
    cases = edge_cases(book)
    chosen = random.integers(0, len(cases), firms)
    moved = random.random(firms) < 0.75
    steps = random.integers(-1, 2, firms)
    columns: dict[str, Any] = {"firm": [f"TT{number:08d}" for number in range(firms)]}
    for name, measure in book.measures.items():
        kind = type_of(measure)
        gone = random.random(firms) < 0.1
        if kind == "flag":
            values = pl.Series(random.random(firms) < 0.5)
        elif kind == "text":
            values = pl.Series(random.choice([*_words(book, name), "其他"], firms))
        else:
            whole = _draw(random, measure.kind, firms)
            for number, case in enumerate(cases):
                if name in case.others or name == case.column:
                    here = moved & (chosen == number)
                    edge = name == case.column
                    value = case.edge if edge else case.others[name]
                    whole[here] = value + (steps[here] * case.toward if edge else 0)
                    gone &= ~here | (random.random(firms) < 0.1)
            values = pl.Series(whole)
            if measure.kind in SCALES:
                values = values.cast(pl.Float64) / SCALES[measure.kind]
        columns[name] = values.set(pl.Series(gone), None)
    return pl.DataFrame(columns)


def _draw(random: np.random.Generator, kind: str, firms: int) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415 - only where firms are drawn

    size = {"money": 22.0, "count": 2.0, "years": 1.2, "share": 11.5, "points": 17.5}[kind]
    drawn = np.exp(random.normal(size, 1.5, firms)).astype(np.int64)
    odd = random.random(firms)
    drawn[odd < 0.03] = 0
    drawn[(odd > 0.03) & (odd < 0.05)] *= -1
    if kind == "money":
        drawn[odd > 0.995] = 4 * 10**17
    return np.asarray(drawn, dtype=np.int64)


def _words(book: Book, name: str) -> list[str]:
    formulas = [rule.formula for rule in book.rules if rule.formula is not None]
    formulas += [c for one in book.indicators for steps in one.steps for c, _ in steps.conditions]
    found = [
        node.value
        for formula in formulas
        if name in names_in(formula)
        for node in walk(formula)
        if isinstance(node, Words)
    ]
    return list(dict.fromkeys(found))
