"""Work out a plan's arithmetic over arrays of primitives.

Arrays may have any leading axes (replicates) before the axis of units, so that the point estimate
and all bootstrap replicates go through the same code.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sanfu.index.micro.plan import Given, Op, Primitive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index.micro.plan import Plan, Term

Array = NDArray[np.float64]


def work_out(
    term: Term, values: Mapping[Primitive, Array], given: Mapping[str, Array] | None = None
) -> Array:
    """Give a term's value for every unit (and replicate); NaN where it is missing.

    Parameters
    ----------
    term
        The arithmetic.
    values
        Each primitive, shape (…, units).
    given
        Figures of the units themselves, shape (units,).

    Returns
    -------
    ndarray
        Shape (…, units). A division by 0 is missing, and so is growth from nothing.
    """
    match term:
        case Fraction():
            return np.asarray(float(term))
        case Primitive():
            return values[term]
        case Given(name):
            return (given or {})[name]
        case Op(name, terms):
            return _operate(name, [work_out(one, values, given) for one in terms])
        case _:  # pragma: no cover - the union has no other member
            raise AssertionError(term)


def _operate(name: str, found: list[Array]) -> Array:
    match name:
        case "+":
            return found[0] + found[1]
        case "-":
            return found[0] - found[1]
        case "*":
            return found[0] * found[1]
        case "/":
            return divide(found[0], found[1])
        case "neg":
            return -found[0]
        case "guarded":
            total, n, cases = found
            return np.where((n == 0) & (cases > 0), np.nan, total)
        case "growth":
            now, then = found
            return divide(now - then, np.where(then > 0, then, np.nan))
        case _:
            return deviation(*found)


def divide(above: Array, below: Array) -> Array:
    """Divide; by 0 is missing."""
    above, below = np.broadcast_arrays(above, below)
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=(below != 0) & np.isfinite(below))
    return out


def deviation(total: Array, squares: Array, n: Array) -> Array:
    """Sample standard deviation from sums; missing for fewer than two firms."""
    spread = np.maximum(squares - divide(total * total, n), 0)
    return np.asarray(np.sqrt(divide(spread, np.where(n > 1, n - 1, 0))))


def firms_behind(plan: Plan, values: Mapping[Primitive, Array]) -> Array:
    """Give the number of firms that each figure rests on: the least among its parts."""
    if not plan.support:
        shape: Any = next(iter(values.values())).shape if values else (0,)
        return np.full(shape, np.nan)
    return np.asarray(np.minimum.reduce([values[one] for one in plan.support]))
