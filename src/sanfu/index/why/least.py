"""The least change of normalised figures that lifts a unit's score to a target.

Where the nodes are means that do not reward imbalance, the score is concave in the figures: the
problem is convex, and Kelley's cutting planes (1960, Journal of SIAM 8, 703-712) with HiGHS find
its optimum; with arithmetic means alone the first plane is exact. Elsewhere the same planes guide
the search and a bisection towards what is possible makes each try feasible; that need not be the
least, and is not said to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index import method_aggregate as rules
from sanfu.index.why.rescore import score_indicators

if TYPE_CHECKING:
    from collections.abc import Callable

    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.result import Index

Least = Literal["total", "largest"]
_PLANES = 150
_GAP = 1e-3
"""The bound counts as closed where the best change found is within this share of it."""


@dataclass(frozen=True)
class Answer:
    """A change in normalised points, and whether it is proven least."""

    change: Array
    """``(indicator,)``, ≥ 0."""
    proven: bool


def is_concave(framework: Framework, node: str) -> bool:
    """Tell whether a node's score is certainly concave in the figures below it."""
    if framework.nodes[node].rescale is not None:
        return False
    match framework.aggregate_of(node):
        case rules.Arithmetic() | rules.Total() | rules.Geometric() | rules.Harmonic():
            fine = True
        case rules.Minimum():
            fine = True
        case rules.Generalised(power=power):
            fine = power <= 1
        case rules.Owa(orness=orness, places=None):
            fine = orness is not None and orness <= 0.5
        case _:
            fine = False
    below = (child for child in framework.children(node) if child in framework.nodes)
    return fine and all(is_concave(framework, child) for child in below)


def least_change(
    index: Index, row: int, target: float, room: Array, effort: Array, least: Least
) -> Answer | None:
    """Find the least change that brings a unit's index score to a target.

    Parameters
    ----------
    index
        A built index; its weights and the others' figures are held.
    row
        The unit's row.
    target
        Score wanted.
    room
        ``(indicator,)`` points by which each may rise; 0 holds it.
    effort
        ``(indicator,)`` what a point of each costs.
    least
        ``"total"``: the least sum of cost; ``"largest"``: the least largest cost of any one.

    Returns
    -------
    Answer or None
        None where the target is out of reach with all the room.
    """
    free = np.flatnonzero(room > 0)
    start = index.normalised[row]

    def score(steps: Array) -> Array:
        rows = np.repeat(start[None], len(steps), axis=0)
        rows[:, free] += steps
        return np.asarray(score_indicators(index, row, rows)[:, -1])

    limit = room[free]
    if not len(free) or score(limit[None])[0] < target:
        return None
    best, closed = _cut(score, target, limit, effort[free], least)
    few = np.where(best > 1e-6 * limit, best, 0)
    change = np.zeros_like(room)
    change[free] = few if score(few[None])[0] >= target else best
    return Answer(change, proven=closed and is_concave(index.framework, index.plan.nodes[-1]))


def _gradient(score: Callable[[Array], Array], at: Array, limit: Array) -> tuple[float, Array]:
    step = 1e-6 * np.maximum(limit, 1e-6)
    back = np.where(at + step > limit, -step, step)
    values = score(np.vstack([at, at + np.diag(back)]))
    return float(values[0]), (values[1:] - values[0]) / back


def _cut(
    score: Callable[[Array], Array], target: float, limit: Array, effort: Array, least: Least
) -> tuple[Array, bool]:
    """Give the best change found by cutting planes, and whether its bound closed."""
    from scipy.optimize import linprog  # noqa: PLC0415 - only for those who ask

    m = len(limit)
    rows: list[Array] = []
    sides: list[float] = []
    if least == "largest":
        rows = [np.append(np.eye(m)[i] * effort[i], -1.0) for i in range(m)]
        sides = [0.0] * m
    cost = np.append(effort, 0.0) if least == "total" else np.append(1e-7 * effort, 1.0)

    def costs(change: Array) -> float:
        return float(effort @ change if least == "total" else (effort * change).max())

    bounds = [*((0.0, float(top)) for top in limit), (0.0, None)]
    at, best = np.zeros(m), limit
    slack = 1e-7 * max(1.0, abs(target))  # aims past the target, so that rounding cannot miss it
    for _ in range(_PLANES):
        edge = _edge(score, target, at, limit)
        if costs(edge) < costs(best):
            best = edge
        for point in (at, edge):  # at the edge the planes support the set itself (Veinott 1967)
            value, slope = _gradient(score, point, limit)
            rows.append(np.append(-slope, 0.0))
            sides.append(float(value - slope @ point - target - slack))
        found = linprog(cost, A_ub=np.array(rows), b_ub=sides, bounds=bounds, method="highs")
        if not found.success:
            return best, False
        at = np.asarray(found.x)[:m]
        if score(at[None])[0] >= target and costs(at) <= costs(best) * (1 + 1e-6):
            best = at  # a corner changes fewer figures than a point on an edge of the same cost
        if costs(best) - costs(at) <= _GAP * max(costs(best), 1e-12):
            return best, True
    return best, False


def _edge(score: Callable[[Array], Array], target: float, at: Array, limit: Array) -> Array:
    """Give the first point on the way from `at` to the limits that reaches the target."""
    low, high = 0.0, 1.0
    if score(at[None])[0] >= target:
        return at
    for _ in range(6):
        steps = np.linspace(low, high, 17)
        reached = score(at + steps[:, None] * (limit - at)) >= target
        first = int(np.argmax(reached)) if reached.any() else 16
        low, high = float(steps[max(first - 1, 0)]), float(steps[first])
    return np.asarray(at + high * (limit - at))
