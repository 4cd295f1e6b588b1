"""Bases of linear programmes judged in rational numbers: what a float says is proven or refuted."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from sanfu.index import bod


def solve_exactly(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Solve a square system by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k] != 0:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def fractions_of(array) -> list:
    return [[Fraction(float(v)) for v in row] for row in np.atleast_2d(array)]


def prove(problem, pool, basis, unit: int) -> tuple[Fraction, Fraction, Fraction]:
    """Give the exact optimum by the unit's basis, and how far the basis fails, both exact.

    The second is the largest reduced cost of any unit or own column (at most 0 if optimal), the
    third the least level of the basis (at least 0 if feasible).
    """
    mask = problem.mask[unit]
    shared = fractions_of(problem.pool * mask)
    own = fractions_of(problem.own(np.array([unit]))[0])
    cost_own = [Fraction(float(c)) for c in problem.own_cost]
    one = Fraction(float(problem.pool_cost))
    columns = [own[-1 - code] if code < 0 else shared[pool[code]] for code in basis[unit].tolist()]
    costs = [cost_own[-1 - code] if code < 0 else one for code in basis[unit].tolist()]
    right = [Fraction(float(v)) for v in problem.right(np.array([unit]))[0]]
    price = solve_exactly(columns, costs)
    level = solve_exactly([list(row) for row in zip(*columns, strict=True)], right)

    def reduced(column, cost):
        return sum((p * a for p, a in zip(price, column, strict=True)), -cost)

    worst = max(
        *(reduced(column, one) for column in shared),
        *(reduced(column, cost) for column, cost in zip(own, cost_own, strict=True)),
    )
    value = sum((c * z for c, z in zip(costs, level, strict=True)), Fraction(0))
    return value, worst, min(level)


def free_or_limited(x, lower=0.0, upper=1.0):
    """Lay out and solve as `benefit_of_doubt` does; gives the problem, the pool and the bases."""
    filled, _ = bod._scaled(x)
    problem = bod._Ratio(filled, filled > 0)
    pool, basis = bod._gather_frontier(problem, np.ones(len(x), dtype=bool))
    if lower > 0 or upper < 1:
        limits = np.full(x.shape, lower), np.full(x.shape, upper)
        problem = bod._LimitedRatio(filled, filled > 0, *limits)
    return problem, pool, bod._solve_all(problem, pool, basis)[2]


def along(x, direction):
    """As `benefit_along`; the value of `prove` is then −β."""
    filled, scale = bod._scaled(x)
    step = np.broadcast_to(np.asarray(direction) / scale, x.shape)
    size = float(step.max())
    problem = bod._Along(filled, np.ones(x.shape, dtype=bool), step / size)
    pool, basis = bod._gather_frontier(problem, np.ones(len(x), dtype=bool))
    return problem, pool, bod._solve_all(problem, pool, basis)[2], size
