"""Many small linear programmes at once, with columns that they share.

Programme i is: minimise cost · z subject to A z = b_i and z ≥ 0, where A has the columns of a pool
that all programmes share, and some columns of its own. With few rows (the children of a node) and
many programmes (the units) one revised simplex for all is far quicker than a solver called for
each: pricing is one matrix product.

References
----------
Dantzig and Orchard-Hays (1954), The product form for the inverse in the simplex method; Bland
(1977), New finite pivoting rules for the simplex method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.moments import Array

_GAIN = 1e-13
"""A column enters if its reduced cost is below minus this; columns are of the order of 1."""
_PIVOT = 1e-9
_REFRESH = 40


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a batch of programmes with `r` rows."""

    pool: Array
    """``(pool, r)``."""
    pool_cost: float
    own: Array
    """``(programme, own, r)``."""
    own_cost: Array
    """``(own,)``."""
    mask: Array
    """``(programme, r)``: 1, or 0 for a row that is to have no price: the pool is 0 there, and the
    basis keeps the row's own column of cost 0."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """An optimal basis of each programme."""

    basis: NDArray[np.int64]
    """``(programme, r)``: a column of the pool, or −1 − an own column."""
    level: Array
    """``(programme, r)``: z of the basis, at least 0."""
    price: Array
    """``(programme, r)``: the dual of each row."""


def optimise(columns: Columns, b: Array, start: NDArray[np.int64]) -> Optimum:
    """Solve the programmes from feasible bases.

    Parameters
    ----------
    b
        ``(programme, r)``.
    start
        ``(programme, r)``, coded as in `Optimum.basis`: any basis with z ≥ 0.

    Raises
    ------
    ArithmeticError
        A programme is unbounded, or does not end (which Bland's rule excludes but for rounding).
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - not needed to import

    with threadpool_limits(1, "blas"):  # many small products: threads only wait for one another
        return _optimise(columns, b, start.copy())


def _optimise(columns: Columns, b: Array, basis: NDArray[np.int64]) -> Optimum:
    inverse = np.asarray(
        np.linalg.inv(_matrix(columns, basis, np.arange(len(b)))), dtype=np.float64
    )
    alive = np.arange(len(b))
    usual = 10 * b.shape[1] + 20
    for turn in range(40 * usual):
        if turn % _REFRESH == _REFRESH - 1:
            inverse[alive] = np.linalg.inv(_matrix(columns, basis[alive], alive))
        code, gain = _enter(columns, basis, inverse, alive, first=turn > usual)
        going = gain > _GAIN
        alive, code = alive[going], code[going]
        if not len(alive):
            return _settle(columns, b, basis)
        _pivot(columns, b, basis, inverse, alive, code, lowest=turn > usual)
    raise ArithmeticError("the simplex method did not end")


def _column(columns: Columns, code: NDArray[np.int64], rows: NDArray[np.int64]) -> Array:
    """Give the column of each programme's code, ``(..., r)``; `rows` says whose."""
    mine = columns.own[rows, np.maximum(-1 - code, 0)]
    shared = columns.pool[np.maximum(code, 0)] * columns.mask[rows]
    return np.where((code < 0)[..., None], mine, shared)


def _matrix(columns: Columns, basis: NDArray[np.int64], rows: NDArray[np.int64]) -> Array:
    whose = np.broadcast_to(rows[:, None], basis.shape)
    return np.swapaxes(_column(columns, basis, whose), 1, 2)


def _costs(columns: Columns, basis: NDArray[np.int64]) -> Array:
    return np.where(basis < 0, columns.own_cost[np.maximum(-1 - basis, 0)], columns.pool_cost)


def _enter(
    columns: Columns,
    basis: NDArray[np.int64],
    inverse: Array,
    alive: NDArray[np.int64],
    *,
    first: bool,
) -> tuple[NDArray[np.int64], Array]:
    """Choose the column that gains most, or by Bland's rule the first that gains."""
    price = np.einsum("ij,ijk->ik", _costs(columns, basis[alive]), inverse[alive])
    price *= columns.mask[alive]
    own = np.einsum("iqr,ir->iq", columns.own[alive], price) - columns.own_cost
    pool = price @ columns.pool.T - columns.pool_cost
    if first:
        best_own, best_pool = (own > _GAIN).argmax(axis=1), (pool > _GAIN).argmax(axis=1)
    else:
        best_own, best_pool = own.argmax(axis=1), pool.argmax(axis=1)
    at = np.arange(len(alive))
    gain_own, gain_pool = own[at, best_own], pool[at, best_pool]
    takes_own = (gain_own > _GAIN) if first else gain_own > gain_pool
    return np.where(takes_own, -1 - best_own, best_pool), np.where(takes_own, gain_own, gain_pool)


def _pivot(
    columns: Columns,
    b: Array,
    basis: NDArray[np.int64],
    inverse: Array,
    alive: NDArray[np.int64],
    code: NDArray[np.int64],
    *,
    lowest: bool,
) -> None:
    """Let the columns enter, and what first falls to 0 leave."""
    held = inverse[alive]
    level = np.maximum(np.einsum("ijk,ik->ij", held, b[alive]), 0)
    way = np.einsum("ijk,ik->ij", held, _column(columns, code, alive))
    falls = way > _PIVOT * np.abs(way).max(axis=1, keepdims=True)
    if not falls.any(axis=1).all():
        raise ArithmeticError("a programme is unbounded")
    ratio = np.where(falls, level / np.where(falls, way, 1), np.inf)
    least = ratio.min(axis=1, keepdims=True)
    tied = ratio <= least + 1e-14
    order = -basis[alive].astype(np.float64) if lowest else way
    out = np.where(tied, order, -np.inf).argmax(axis=1)
    at = np.arange(len(alive))
    row = held[at, out] / way[at, out][:, None]
    held -= way[:, :, None] * row[:, None, :]
    held[at, out] = row
    inverse[alive] = held
    basis[alive, out] = code


def _settle(columns: Columns, b: Array, basis: NDArray[np.int64]) -> Optimum:
    """Solve each final basis by itself, and take the rounding out of it once."""
    matrix = _matrix(columns, basis, np.arange(len(b)))
    level = _solve(matrix, b)
    price = _solve(np.swapaxes(matrix, 1, 2), _costs(columns, basis))
    return Optimum(basis, np.maximum(level, 0), price)


def _solve(matrix: Array, right: Array) -> Array:
    """Solve with one refinement in extended precision."""
    found = np.linalg.solve(matrix, right[..., None])[..., 0]
    wide = matrix.astype(np.longdouble)
    left = right - (wide * found[:, None, :]).sum(axis=2)
    more = np.linalg.solve(matrix, left.astype(np.float64)[..., None])[..., 0]
    return np.asarray(found + more)
