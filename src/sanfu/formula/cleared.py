"""A comparison with its denominators cleared: two sums of whole multiples of columns.

``rd_expense / revenue >= 3%`` becomes ``100 · rd_expense >= 3 · revenue`` where revenue is above 0;
``compound_growth(revenue, revenue_2, 2) >= 5%`` becomes ``400 · revenue >= 441 · revenue_2``.
An engine of integers can then decide it exactly. A quotient is defined only where its denominator
is above zero; elsewhere it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod
from typing import TYPE_CHECKING

from sanfu.errors import InputError
from sanfu.formula.tree import Binary, Call, Compare, Name, Negate, Node, Number, names_in
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sanfu.formula.tree import Comparison

Product = tuple[str, ...]
"""Columns that are multiplied, sorted; empty is the constant 1."""
Polynomial = dict[Product, Fraction]
Terms = tuple[tuple[Product, int], ...]
"""Columns multiplied → whole factor; added up."""


class NotComparable(InputError):
    """A formula is no comparison of numbers that can be cleared of denominators."""

    def __init__(self, node: Node) -> None:
        super().__init__(
            Text(f"这里应是数的运算，找到 {node}", f"arithmetic is wanted here; found {node}")
        )


@dataclass(frozen=True)
class Cleared:
    """``left operator right`` where every sum of `positive` is above zero, else missing.

    Attributes
    ----------
    left, right
        Sums with whole positive factors.
    positive
        Sums that must be above zero for the comparison to be defined.
    names
        All columns that the formula reads, also those that cancelled: it is missing where one is.
    undefined
        A division by a constant that is not above zero: always missing.
    """

    operator: Comparison
    left: Terms
    right: Terms
    positive: tuple[Terms, ...]
    names: tuple[str, ...]
    undefined: bool = False

    def largest(self, bound: Callable[[str], int]) -> int:
        """Give the most that either side can come to, from the bound of each column's size."""
        return max(largest(self.left, bound), largest(self.right, bound))

    def guarded(self) -> tuple[str, ...]:
        """Give the columns whose being missing the rest of the comparison would not show."""
        shown = {name for product, _ in (*self.left, *self.right) for name in product}
        shown |= {name for terms in self.positive for product, _ in terms for name in product}
        return tuple(name for name in self.names if name not in shown)


@dataclass(frozen=True)
class Quotient:
    """A number as one polynomial over another, and what must be above zero for it to be defined."""

    above: Polynomial
    below: Polynomial
    positive: tuple[Terms, ...] = ()
    undefined: bool = False


def clear(node: Compare, scales: Mapping[str, int] | None = None) -> Cleared:
    """Clear a comparison of its denominators.

    Parameters
    ----------
    node
        A comparison of numbers: columns, literals, ``+ - * /``, and ``compound_growth(last, first,
        years)`` alone on its left with a constant on its right.
    scales
        Column → the whole number of parts of 1 in which it is kept; 1 where not named.

    Raises
    ------
    NotComparable
        The comparison is not of that kind.
    """
    scales = scales or {}
    left, right = node.left, node.right
    if isinstance(left, Call):
        left, right = _compound(left, right)
    a, b = quotient(left, scales), quotient(right, scales)
    difference = _add(_multiply(a.above, b.below), _multiply(b.above, a.below), -1)
    first, second = _sides(difference)
    positive = tuple(dict.fromkeys((*a.positive, *b.positive)))
    names = names_in(Compare(node.operator, left, right))
    return Cleared(node.operator, first, second, positive, names, a.undefined or b.undefined)


def quotient(node: Node, scales: Mapping[str, int]) -> Quotient:
    """Give a number as one polynomial over another.

    Raises
    ------
    NotComparable
        The formula is no arithmetic on numbers.
    """
    one: Polynomial = {(): Fraction(1)}
    match node:
        case Number(value):
            return Quotient({(): value}, one)
        case Name(name):
            return Quotient({(name,): Fraction(1, scales.get(name, 1))}, one)
        case Negate(x):
            inner = quotient(x, scales)
            return Quotient(_add({}, inner.above, -1), inner.below, inner.positive, inner.undefined)
        case Binary(operator, left, right):
            return _combine(operator, quotient(left, scales), quotient(right, scales))
        case _:
            raise NotComparable(node)


def _combine(operator: str, a: Quotient, b: Quotient) -> Quotient:
    positive = (*a.positive, *b.positive)
    undefined = a.undefined or b.undefined
    if operator == "*":
        above, below = _multiply(a.above, b.above), _multiply(a.below, b.below)
        return Quotient(above, below, positive, undefined)
    if operator == "/":
        above, below = _multiply(a.above, b.below), _multiply(a.below, b.above)
        if set(b.above) <= {()}:
            undefined = undefined or b.above.get((), Fraction(0)) <= 0
            return Quotient(above, below, positive, undefined)
        return Quotient(above, below, (*positive, _whole(b.above)), undefined)
    sign = 1 if operator == "+" else -1
    if a.below == b.below:
        return Quotient(_add(a.above, b.above, sign), a.below, positive, undefined)
    above = _add(_multiply(a.above, b.below), _multiply(b.above, a.below), sign)
    return Quotient(above, _multiply(a.below, b.below), positive, undefined)


def _compound(growth: Call, rate: Node) -> tuple[Node, Node]:
    """Turn ``compound_growth(last, first, n) ≥ rate`` into ``last / first ≥ (1 + rate)ⁿ``."""
    match growth:
        case Call("compound_growth", (last, first, Number(years))) if (
            isinstance(rate, Number) and years.denominator == 1 and years >= 1 and rate.value >= -1
        ):
            return Binary("/", last, first), Number((1 + rate.value) ** int(years))
        case _:
            raise NotComparable(growth)


def _multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for left, x in a.items():
        for right, y in b.items():
            product = tuple(sorted((*left, *right)))
            found[product] = found.get(product, Fraction(0)) + x * y
    return {product: factor for product, factor in found.items() if factor}


def _add(a: Polynomial, b: Polynomial, sign: int) -> Polynomial:
    found = dict(a)
    for product, factor in b.items():
        found[product] = found.get(product, Fraction(0)) + sign * factor
    return {product: factor for product, factor in found.items() if factor}


def _whole(polynomial: Polynomial) -> Terms:
    """Give a polynomial's smallest multiple with whole factors, of the same sign."""
    if not polynomial:
        return ()
    common = lcm(*(factor.denominator for factor in polynomial.values()))
    factors = {product: int(factor * common) for product, factor in polynomial.items()}
    divisor = reduce(gcd, factors.values())
    return tuple((product, factor // divisor) for product, factor in sorted(factors.items()))


def _sides(polynomial: Polynomial) -> tuple[Terms, Terms]:
    whole = _whole(polynomial)
    left = tuple((product, factor) for product, factor in whole if factor > 0)
    right = tuple((product, -factor) for product, factor in whole if factor < 0)
    return left, right


def largest(terms: Terms, bound: Callable[[str], int]) -> int:
    """Give the most that a sum can come to, from the bound of each column's size."""
    return sum(abs(factor) * prod(bound(name) for name in product) for product, factor in terms)
