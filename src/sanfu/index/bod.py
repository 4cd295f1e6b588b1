"""Benefit of the doubt: each unit scored with the weights that suit it best.

CI_c = max Σ w_i x_ci subject to Σ w_i x_ji ≤ 1 for every unit j and w ≥ 0: a linear programme a
unit, solved by HiGHS warm from unit to unit. Limits on shares keep a unit from resting its score on
one child. The directional form asks how far a unit could rise along a direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.moments import Array

_SLACK = 1e-11


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
    scale = np.nanmax(np.where(np.isnan(x), 0, x), axis=0)
    scale = np.where(scale > 0, scale, 1)
    filled = np.where(np.isnan(x), 0, x) / scale
    limited = bool((low > 0).any() or (high < 1).any())
    programme = _Programme(filled, limited=limited)
    scores, weights = np.full(len(x), np.nan), np.full(x.shape, np.nan)
    for unit in range(len(x)):
        there = ~np.isnan(x[unit])
        if there.any():
            own = programme.solve(unit, there, *_own_limits(low, high, there))
            weights[unit] = np.where(there, own / scale, 0)
            scores[unit] = min(float(own @ filled[unit]), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(scores[:, None] > 0, weights * np.nan_to_num(x) / scores[:, None], np.nan)
    return BenefitOfDoubt(scores, weights, shares)


def _checked(data: Any) -> Array:
    x = np.asarray(data, dtype=np.float64)
    below = x < 0
    if below.any():
        raise BelowZero(int(below.sum()), float(x[below].min()))
    return x


def _own_limits(low: Array, high: Array, there: Any) -> tuple[Array, Array]:
    left = high[there].sum()
    return np.where(there, low, 0), np.where(there, np.minimum(high / min(left, 1.0), 1), 1)


def _quiet(highspy: Any) -> Any:
    """Give a HiGHS that says nothing: by itself it greets when callbacks are enabled."""

    class Quiet(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> Any:  # noqa: N802 - HiGHS's own name
            self.setOptionValue("output_flag", False)
            return super().enableCallbacks()

    return Quiet()


class _Programme:
    """One linear programme whose objective and limits change from unit to unit.

    Only the units that some other has met so far are constraints; a solution is checked against
    all units, and those that it breaks are added. The frontier is soon complete.
    """

    def __init__(self, x: Array, *, limited: bool) -> None:
        import highspy  # noqa: PLC0415 - slow to load

        self.x, self.limited, m = x, limited, x.shape[1]
        self.solver: Any = _quiet(highspy)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self.solver.setOptionValue(name, 1e-10)
        self.solver.setOptionValue("presolve", "off")  # each solution starts from the last
        for _ in range(m):
            self.solver.addVar(0.0, highspy.kHighsInf)
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.infinity = highspy.kHighsInf
        columns = np.arange(m, dtype=np.int32)
        self.columns = columns
        self.share_rows = 0
        if limited:  # w_i x_i − L Σ w x ≥ 0 and w_i x_i − U Σ w x ≤ 0
            for _ in range(m):
                self.solver.addRow(0.0, self.infinity, m, columns, np.ones(m))
            for _ in range(m):
                self.solver.addRow(-self.infinity, 0.0, m, columns, np.ones(m))
            self.share_rows = 2 * m
        self.added: set[int] = set()
        for unit in x.argmax(axis=0):
            self._add(int(unit))

    def _add(self, unit: int) -> bool:
        if unit in self.added:
            return False
        self.added.add(unit)
        m = self.x.shape[1]
        self.solver.addRow(-self.infinity, 1.0, m, self.columns, self.x[unit].copy())
        return True

    def solve(self, unit: int, there: Any, low: Array, high: Array) -> Array:
        own, solver = self.x[unit], self.solver
        m = len(own)
        for k in range(m):
            solver.changeColCost(k, float(own[k]))
            # a child that the unit scores 0 on cannot help it; leave its weight at 0
            usable = bool(there[k]) and own[k] > 0
            solver.changeColBounds(k, 0.0, self.infinity if usable else 0.0)
        if self.limited:
            for row in range(m):
                for k in range(m):
                    same = 1.0 if row == k else 0.0
                    solver.changeCoeff(row, k, float((same - low[row]) * own[k]))
                    solver.changeCoeff(m + row, k, float((same - high[row]) * own[k]))
        while True:
            solver.run()
            found = np.asarray(solver.getSolution().col_value)[:m]
            value = self.x @ found
            worst = np.argsort(-value)[:3]
            if not any(value[w] > 1 + _SLACK and self._add(int(w)) for w in worst):
                return self._sharpened(np.maximum(found, 0), value)

    def _sharpened(self, found: Array, value: Array) -> Array:
        """Solve the binding constraints once more by themselves: the solver stops at a tolerance.

        With limits of shares the largest binding value alone is brought to 1.
        """
        used, binding = found > 1e-9, value > 1 - 1e-8
        if self.limited or not used.any() or not binding.any():
            return np.asarray(found / max(float(value.max()), 1.0))
        exact = found.copy()
        exact[used] = np.linalg.lstsq(self.x[np.ix_(binding, used)], np.ones(binding.sum()))[0]
        near = bool(np.abs(exact - found).max() < 1e-6 * max(float(found.max()), 1.0))
        better = near and (exact >= 0).all() and (self.x @ exact).max() <= 1 + 1e-13
        return np.asarray(exact if better else found / max(float(value.max()), 1.0))


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
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to load; HiGHS within

    scale = np.nanmax(np.where(np.isnan(x), 0, x), axis=0)
    scale = np.where(scale > 0, scale, 1)
    filled, along = np.where(np.isnan(x), 0, x) / scale, g / scale
    size = float(along.max())
    scores = np.full(len(x), np.nan)
    for unit in range(len(x)):
        there = ~np.isnan(x[unit])
        if not there.any():
            continue
        if not along[there].any():
            scores[unit] = 1.0
            continue
        above = np.column_stack([along[there] / size, -filled[:, there].T])
        done = linprog(
            np.r_[-1.0, np.zeros(len(x))],
            A_ub=above,
            b_ub=-filled[unit, there],
            A_eq=np.r_[0.0, np.ones(len(x))][None],
            b_eq=[1.0],
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        scores[unit] = 1 / (1 + max(-float(done.fun or 0.0), 0.0) / size)
    return scores


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
