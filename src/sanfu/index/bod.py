"""Benefit of the doubt: each unit scored with the weights that suit it best.

CI_c = max Σ w_i x_ci subject to Σ w_i x_ji ≤ 1 for every unit j and w ≥ 0: a linear programme a
unit. Limits on shares keep a unit from resting its score on one child. The directional form asks
how far a unit could rise along a direction.

All units are solved together, in the dual: min Σ λ_j subject to Σ λ_j x_j ≥ x_c and λ ≥ 0, which
has a row a child and a column a unit. Only units on the frontier can matter to others, so that
these are gathered first: a unit that those gathered so far outdo can never be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.index.simplex import Columns, optimise
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.simplex import Optimum


class BelowZero(InputError):
    """Benefit of the doubt met a score below zero."""

    def __init__(self, count: int, lowest: float) -> None:
        super().__init__(
            Text(
                f"BoD 要求得分不小于 0，现有 {count} 个小于 0（最低 {lowest:g}）；"
                "请换归一化，例如 minmax",
                f"benefit of the doubt needs scores of at least 0; {count} are below "
                f"(lowest {lowest:g}); normalise otherwise, e.g. minmax",
            )
        )
        self.count, self.lowest = count, lowest


@dataclass(frozen=True, eq=False)
class BenefitOfDoubt:
    """Scores of benefit of the doubt, and the weights that each unit chose."""

    scores: Array
    """``(unit,)`` in [0, 1]; 1 is on the frontier. NaN for a unit without any child."""
    weights: Array
    """``(unit, child)``; the score is Σ w_i x_i."""
    shares: Array
    """``(unit, child)``: w_i x_i / score, which the limits bound; NaN where the score is 0."""
    peers: NDArray[np.int64]
    """``(unit, child)``: the units on the frontier that it is measured by, −1 for no more."""
    mixture: Array
    """``(unit, child)``: λ of each peer; the sum is the score. Without limits of shares the mixture
    Σ λ_j x_j has at least what the unit has: the proof that no weights give it more."""


def benefit_of_doubt(
    data: Array,
    *,
    lower: float | Sequence[float] | Array = 0,
    upper: float | Sequence[float] | Array = 1,
) -> BenefitOfDoubt:
    """Score each unit with its own best weights.

    Parameters
    ----------
    data
        ``(unit, child)``, at least 0, larger is better. A child that a unit lacks gets no weight
        for that unit, and counts as 0 when others are compared with it (Kuosmanen 2009).
    lower, upper
        Limits of the share that each child has in the unit's score; one number or one a child.
        For a unit that lacks children, `upper` is widened in proportion to what is left.

    Raises
    ------
    BelowZero
        A value is below 0.
    InputError
        The limits leave no shares that sum to 1.

    References
    ----------
    Melyn and Moesen (1991); Cherchye, Moesen, Rogge and Van Puyenbroeck (2007), An introduction to
    'benefit of the doubt' composite indicators, Social Indicators Research 82; Kuosmanen (2009),
    Data envelopment analysis with missing data, JORS 60.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [0.4, 0.4]])
    >>> benefit_of_doubt(x).scores.round(6).tolist()
    [1.0, 1.0, 0.8]
    """
    x = _checked(data)
    m = x.shape[1]
    low = np.broadcast_to(np.asarray(lower, dtype=np.float64), (m,))
    high = np.broadcast_to(np.asarray(upper, dtype=np.float64), (m,))
    if low.sum() > 1 + 1e-12 or high.sum() < 1 - 1e-12 or (low > high).any():
        raise InputError(
            Text(
                f"BoD 的份额上下限无解：下限之和 {low.sum():g}，上限之和 {high.sum():g}，应夹住 1",
                f"the limits of shares have no solution: the lower sum to {low.sum():g}, the upper "
                f"to {high.sum():g}; 1 must lie between",
            )
        )
    there: NDArray[np.bool_] = ~np.isnan(x)
    filled, scale = _scaled(x)
    problem: _Ratio = _Ratio(filled, filled > 0)
    pool, basis = _gather_frontier(problem, np.asarray(there.any(axis=1)))
    if (low > 0).any() or (high < 1).any():
        left = np.minimum((there * high).sum(axis=1, keepdims=True), 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            wide = np.minimum(np.where(there, high / left, 1), 1)
        problem = _LimitedRatio(filled, filled > 0, there * low, wide)
    price, level, basis = _solve_all(problem, pool, basis)
    weights = np.where(there, np.maximum(price, 0) / scale, 0)
    scores = np.minimum((weights * np.nan_to_num(x)).sum(axis=1), 1)
    empty = ~there.any(axis=1)
    weights[empty], scores[empty] = np.nan, np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(scores[:, None] > 0, weights * np.nan_to_num(x) / scores[:, None], np.nan)
    return BenefitOfDoubt(scores, weights, shares, *problem.mixture(pool, basis, level))


def _checked(data: Any) -> Array:
    x = np.asarray(data, dtype=np.float64)
    below = x < 0
    if below.any():
        raise BelowZero(int(below.sum()), float(x[below].min()))
    return x


def _scaled(x: Array) -> tuple[Array, Array]:
    """Fill holes with 0 and bring each child to (½, 1] at the most, by a power of 2: exactly."""
    filled = np.where(np.isnan(x), 0, x)
    most = filled.max(axis=0)
    scale = np.exp2(np.ceil(np.log2(np.where(most > 0, most, 1))))
    return filled / scale, scale


class _Ratio:
    """The dual programmes of benefit of the doubt, a row a child.

    Own columns: what is left over of each child, and a unit that has nothing but the most of one
    child, which no more than repeats the unit that has that most. The latter are the first basis.
    """

    pool_cost = 1.0

    def __init__(self, x: Array, mask: NDArray[np.bool_]) -> None:
        self.x, self.mask = x, mask.astype(np.float64)
        m = x.shape[1]
        self.best = x.argmax(axis=0)
        self.fixed = np.vstack([-np.eye(m), np.diag(x.max(axis=0))])
        self.own_cost = np.repeat([0.0, 1.0], m)
        self.start = np.where(mask, -1 - m, -1) - np.arange(m)

    @property
    def pool(self) -> Array:
        """The columns that units have in common."""
        return self.x

    def own(self, rows: NDArray[np.int64]) -> Array:
        """Give the own columns of some units, ``(unit, own, child)``."""
        found = np.broadcast_to(self.fixed, (len(rows), *self.fixed.shape)).copy()
        found[:, self.x.shape[1] :] *= self.mask[rows][:, None, :]
        return found

    def right(self, rows: NDArray[np.int64]) -> Array:
        """Give what the columns are to reach."""
        return self.x[rows]

    def on_frontier(self, found: Optimum, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which units are not outdone by the pool; rounding keeps one too many."""
        return np.asarray((found.price * self.x[rows]).sum(axis=1) > 1 - 1e-12)

    def mixture(
        self, pool: NDArray[np.int64], basis: NDArray[np.int64], level: Array
    ) -> tuple[NDArray[np.int64], Array]:
        """Name the units of the final bases, and how much of each."""
        m = self.x.shape[1]
        alone = (basis < -m) & (basis >= -2 * m)
        who = np.where(basis >= 0, pool[np.maximum(basis, 0)], -1)
        who = np.where(alone, self.best[(-1 - basis) % m], who)
        there = (who >= 0) & (level > 0)
        return np.where(there, who, -1), np.where(there, level, 0)


class _LimitedRatio(_Ratio):
    """As `_Ratio`, and L_i Σ w x ≤ w_i x_i ≤ U_i Σ w x: two more own columns a child."""

    def __init__(self, x: Array, mask: NDArray[np.bool_], low: Array, high: Array) -> None:
        super().__init__(x, mask)
        self.low, self.high = low, high
        self.own_cost = np.concatenate([self.own_cost, np.zeros(2 * x.shape[1])])

    def own(self, rows: NDArray[np.int64]) -> Array:
        """Give the own columns of some units, ``(unit, own, child)``."""
        x = self.x[rows]
        single = x[:, :, None] * np.eye(x.shape[1])
        least = self.low[rows][:, :, None] * x[:, None, :] - single
        most = single - self.high[rows][:, :, None] * x[:, None, :]
        return np.concatenate([super().own(rows), least, most], axis=1)


_CHUNK = 1024


def _solve(
    problem: _Ratio | _Along, pool: NDArray[np.int64], rows: NDArray[np.int64], basis: Any
) -> Optimum:
    columns = Columns(
        problem.pool[pool], problem.pool_cost, problem.own(rows), problem.own_cost,
        problem.mask[rows],
    )  # fmt: skip
    return optimise(columns, problem.right(rows), basis[rows])


def _gather_frontier(
    problem: _Ratio | _Along, wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the units that may lie on the frontier, and a basis of each unit over these."""
    basis = problem.start.copy()
    order = np.argsort(-problem.x.sum(axis=1), kind="stable")
    pool = np.unique(problem.x.argmax(axis=0))
    order = order[wanted[order]]
    size, at = 32, 0
    while at < len(order):
        rows = order[at : at + size]
        found = _solve(problem, pool, rows, basis)
        basis[rows] = found.basis
        more = rows[problem.on_frontier(found, rows)]
        pool = np.concatenate([pool, np.setdiff1d(more, pool)])
        at, size = at + len(rows), min(2 * size, _CHUNK)
    return pool, basis


def _solve_all(
    problem: _Ratio | _Along, pool: NDArray[np.int64], basis: NDArray[np.int64]
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Solve every unit over the frontier: prices, levels and bases."""
    price, level, basis = np.zeros(basis.shape), np.zeros(basis.shape), basis.copy()
    for start in range(0, len(basis), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(basis)))
        found = _solve(problem, pool, rows, basis)
        price[rows], level[rows], basis[rows] = found.price, found.level, found.basis
    return price, level, basis


def benefit_along(data: Array, direction: Sequence[float] | Array) -> Array:
    """Score each unit by how far it lies below the frontier along a direction.

    CI_c = 1 / (1 + β), β the largest for which some mixture of units (λ ≥ 0, Σ λ = 1) has at least
    x_c + β g. The direction says what a unit would rather raise; it is in the data's own units.

    Parameters
    ----------
    data
        ``(unit, child)``, at least 0; missing as in `benefit_of_doubt`.
    direction
        g, one number at least 0 a child, not all 0.

    Returns
    -------
    Array
        ``(unit,)`` in [0, 1].

    References
    ----------
    Fusco (2015), Enhancing non-compensatory composite indicators: a directional proposal, European
    Journal of Operational Research 242.
    """
    x, g = _checked(data), np.asarray(direction, dtype=np.float64)
    if (g < 0).any() or not g.sum() > 0 or g.shape != (x.shape[1],):
        raise InputError(
            Text(
                f"方向应给每个下级一个不小于 0 的数，不全为 0；得到 {g.tolist()}",
                f"a direction has one number at least 0 a child, not all 0; got {g.tolist()}",
            )
        )
    there = ~np.isnan(x)
    filled, scale = _scaled(x)
    along = there * g / scale
    size = along.max(axis=1)
    able = size > 0
    problem = _Along(filled, there, along / np.where(able, size, 1)[:, None])
    scores = np.where(there.any(axis=1), 1.0, np.nan)
    if able.any():
        pool, basis = _gather_frontier(problem, able)
        _, level, basis = _solve_all(problem, pool, basis)
        rise = np.where(basis == _RISE, level, 0).sum(axis=1)
        scores[able] = (1 / (1 + rise / np.where(able, size, 1)))[able]
    return scores


_RISE = -1
"""The column of β."""


class _Along:
    """Max β with Σ λ_j x_j − β g − s = x_c and Σ λ_j = 1: a row a child and one for the sum.

    Own columns: β, what is left over of each child, and the unit itself. The last two are the
    first basis.
    """

    pool_cost = 0.0

    def __init__(self, x: Array, there: NDArray[np.bool_], along: Array) -> None:
        n, m = x.shape
        self.x, self.along = x, along
        self.pool = np.column_stack([x, np.ones(n)])
        self.mask = np.column_stack([there, np.ones(n)])
        self.own_cost = np.r_[-1.0, np.zeros(m + 1)]
        self.start = np.tile(-2 - np.arange(m + 1), (n, 1))

    def own(self, rows: NDArray[np.int64]) -> Array:
        """Give the own columns of some units, ``(unit, own, row)``."""
        m = self.x.shape[1]
        found = np.zeros((len(rows), m + 2, m + 1))
        found[:, 0, :m] = -self.along[rows]
        found[:, 1 : m + 1, :m] = -np.eye(m)
        found[:, m + 1] = self.pool[rows] * self.mask[rows]
        return found

    def right(self, rows: NDArray[np.int64]) -> Array:
        """Give what the columns are to reach."""
        return self.pool[rows] * self.mask[rows]

    def on_frontier(self, found: Optimum, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which units cannot rise over the pool."""
        del rows
        return np.asarray(np.where(found.basis == _RISE, found.level, 0).sum(axis=1) < 1e-12)


def aggregate_bod(
    x: Array,
    weights: Array,
    *,
    lower: float = 0,
    upper: float = 1,
    around: float | None = None,
    direction: Sequence[float] | None = None,
) -> Array:
    """Score by benefit of the doubt, ``(..., unit, child)`` → ``(..., unit)``.

    `around` limits each child's share to its share of the weights, more or less that part of it:
    with 0.25 a weight of 0.2 becomes a share between 0.15 and 0.25.
    """
    flat = x.reshape(-1, *x.shape[-2:])
    many = np.broadcast_to(weights, (*x.shape[:-2], x.shape[-1])).reshape(-1, x.shape[-1])
    found = [
        _aggregate_one(one, w, lower, upper, around, direction)
        for one, w in zip(flat, many, strict=True)
    ]
    return np.asarray(np.stack(found).reshape(x.shape[:-1]))


def _aggregate_one(
    x: Array,
    weights: Array,
    lower: float,
    upper: float,
    around: float | None,
    direction: Sequence[float] | None,
) -> Array:
    if direction is not None:
        return benefit_along(x, direction)
    if around is None:
        return benefit_of_doubt(x, lower=lower, upper=upper).scores
    shares = weights / weights.sum()
    widest = np.minimum(shares * (1 + around), 1)
    return benefit_of_doubt(x, lower=shares * (1 - around), upper=widest).scores
