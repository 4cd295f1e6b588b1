"""Weights for which the children's importance comes out as wished.

Importance is the correlation of a child with the score. Weights are shares within each group of
brothers and sisters, at least 0, and found by SciPy's solvers from several starts: least squares
for the balance under Pearson correlation, quasi-Newton for the largest sum, sequential quadratic
programming under upper limits, and differential evolution for rank correlations, which move in
steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.index.aggregate import aggregate_arithmetic
from sanfu.index.correlation import Correlation, correlate
from sanfu.index.graph import score_graph
from sanfu.index.weights.matrix import WeightsFault, as_shares
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sanfu.index.moments import Array
    from sanfu.index.result import Index

Objective = Literal["balance", "infomax"]


@dataclass(frozen=True, eq=False)
class Optimised:
    """Optimised weights and what they achieve."""

    children: tuple[str, ...]
    weights: Array
    """``(child,)``: shares within each group, at least 0."""
    correlations: Array
    """``(child,)``: of each child with the score, at these weights."""
    target: Array
    """``(child,)``: the shares of importance that were wished for (``balance``)."""
    objective: float
    """``balance``: mean squared gap of target and r / Σ r, smaller is better; ``infomax``: Σ r,
    larger is better. That of the weights given here, evaluated anew."""
    at_start: float
    """The objective with the weights that were declared."""

    @property
    def frame(self) -> pl.DataFrame:
        """Child, weight, correlation, importance (r / Σ r), target."""
        return pl.DataFrame(
            {
                "child": list(self.children),
                "weight": self.weights,
                "correlation": self.correlations,
                "importance": self.correlations / self.correlations.sum(),
                "target": self.target,
            }
        )


def optimise_weights(
    data: Any,
    *,
    objective: Objective = "balance",
    target: Sequence[float] | Array | None = None,
    correlation: Correlation = "pearson",
    score: Callable[[Array], Array] | None = None,
    groups: Sequence[int] | None = None,
    start: Sequence[float] | Array | None = None,
    least: float = 0,
    most: float = 1,
    negative: bool = False,
    starts: int = 8,
    seed: int = 1,
    children: Sequence[str] = (),
) -> Optimised:
    """Find weights whose score correlates with the children as wished.

    Parameters
    ----------
    data
        ``(unit, child)``: the children's scores.
    objective
        ``balance``: r / Σ r as near to `target` as can be; ``infomax``: the largest Σ r.
    target
        Shares of importance; equal if not given.
    score
        From ``(trial, child)`` weights to ``(trial, unit)`` scores; a weighted mean if not given.
    groups
        A number a child; weights sum to 1 within each. One group if not given.
    start
        Weights to compare with and to start from; equal if not given.
    least, most
        Limits of each share.
    negative
        Let weights go below 0, as COINr's optimiser does; only without limits and for Pearson.
    starts, seed
        Number of random starts besides the given one, and their seed.

    Raises
    ------
    WeightsFault
        The limits leave no room, or a child has no correlation (it is constant).

    References
    ----------
    Becker, Saisana, Paruolo and Vandecasteele (2017), Weights and importance in composite
    indicators: closing the gap, Ecological Indicators 80.
    """
    x = np.asarray(data, dtype=np.float64)
    m = x.shape[1]
    codes = tuple(children) or tuple(str(k) for k in range(m))
    number = np.unique(np.zeros(m) if groups is None else np.asarray(groups), return_inverse=True)[
        1
    ]
    problem = _Problem(
        x, number, score or _mean_of(x), correlation, objective, least, most, negative
    )
    problem.check(codes)
    wished = as_shares(np.ones(m) if target is None else np.asarray(target))
    problem.target = wished
    first = problem.shares(np.ones(m) if start is None else np.asarray(start, dtype=np.float64))
    if most < 1 and not negative:
        first = _into_limits(problem, first)
    rng = np.random.default_rng(seed)
    begun = [first, *(problem.shares(rng.dirichlet(np.ones(m))) for _ in range(starts))]
    if correlation != "pearson":
        found = [_evolve(problem, seed), first]
    elif most < 1:
        found = [_constrained(problem, w) for w in begun]
    else:
        found = [_free(problem, w) for w in begun]
    if not negative:  # what is as good as 0 is said to be 0
        found += [
            problem.shares(np.where(w < 1e-9, 0, w)) for w in found if least == 0 and most == 1
        ]
    best = min(reversed([first, *found]), key=lambda w: problem.loss(w) * (1 + 1e-12))
    r = problem.correlations(best[None])[0]
    sign = 1 if objective == "balance" else -1
    return Optimised(codes, best, r, wished, sign * problem.loss(best), sign * problem.loss(first))


def optimise_index(
    index: Index,
    children: Sequence[str],
    *,
    objective: Objective = "balance",
    target: Sequence[float] | Mapping[str, float] | None = None,
    correlation: Correlation = "pearson",
    of: str | None = None,
    negative: bool = False,
    starts: int = 8,
    seed: int = 1,
) -> Optimised:
    """Find the weights of parts anywhere in an index for their correlations with a node above.

    Parameters
    ----------
    index
        A built index.
    children
        Codes whose weights are to be found, e.g. all pillars; weights sum to 1 under each parent.
    of
        The node whose score counts; the index itself if not given.
    objective, target, correlation, negative, starts, seed
        See `optimise_weights`.

    Raises
    ------
    WeightsFault
        A code is not in the index, or has several parents.
    """
    plan = index.plan
    parents = [[node for node in plan.nodes if c in plan.children[node]] for c in children]
    wrong = [c for c, above in zip(children, parents, strict=True) if len(above) != 1]
    if wrong:
        raise WeightsFault(
            Text(
                f"应为指数中恰有一个上级的代码：{'、'.join(wrong)}",
                f"expected codes in the index with exactly one parent: {', '.join(wrong)}",
            )
        )
    homes = [above[0] for above in parents]
    top = plan.nodes.index(of or plan.nodes[-1])
    x = np.stack([index.value(child) for child in children], axis=1)
    place = [plan.children[home].index(c) for home, c in zip(homes, children, strict=True)]

    def score(trials: Array) -> Array:
        weights = {
            node: np.broadcast_to(w, (len(trials), len(w))).copy()
            for node, w in index.weights.items()
        }
        for home in set(homes):  # what is not varied keeps its share under the same parent
            weights[home] /= weights[home].sum(axis=1, keepdims=True)
            kept = weights[home].copy()
            mine = [k for k, other in enumerate(homes) if other == home]
            columns = [place[k] for k in mine]
            weights[home][:, columns] = trials[:, mine] * kept[:, columns].sum(1, keepdims=True)
        figures = np.broadcast_to(index.normalised, (len(trials), *index.normalised.shape))
        scored = score_graph(plan, figures, weights, years=index.years, parity=index.parity)
        return np.asarray(scored[..., top])

    number = {home: k for k, home in enumerate(dict.fromkeys(homes))}
    if isinstance(target, Mapping):
        target = [float(target[child]) for child in children]
    return optimise_weights(
        x,
        objective=objective,
        target=target,
        correlation=correlation,
        score=score,
        groups=[number[home] for home in homes],
        start=[float(index.weights[h][p]) for h, p in zip(homes, place, strict=True)],
        negative=negative,
        starts=starts,
        seed=seed,
        children=children,
    )


def _mean_of(x: Array) -> Callable[[Array], Array]:
    return lambda trials: aggregate_arithmetic(np.broadcast_to(x, (len(trials), *x.shape)), trials)


@dataclass
class _Problem:
    x: Array
    group: Any
    score: Callable[[Array], Array]
    correlation: Correlation
    objective: Objective
    least: float
    most: float
    negative: bool
    target: Any = None

    def check(self, codes: Sequence[str]) -> None:
        size = np.bincount(self.group)
        if (size * self.least > 1 + 1e-12).any() or (size * self.most < 1 - 1e-12).any():
            raise WeightsFault(
                Text(
                    f"份额上下限 [{self.least:g}, {self.most:g}] 对 {size.min()}–{size.max()} "
                    "个下级无解",
                    f"limits [{self.least:g}, {self.most:g}] leave no weights for "
                    f"{size.min()}–{size.max()} children",
                )
            )
        flat = [c for k, c in enumerate(codes) if not np.nanstd(self.x[:, k]) > 0]
        if flat:
            raise WeightsFault(
                Text(
                    f"这些下级没有差异，无法求相关：{'、'.join(flat)}",
                    f"these have no spread and no correlation: {', '.join(flat)}",
                )
            )

    def shares(self, raw: Array) -> Array:
        """Make raw numbers ``(..., child)`` shares within each group, at least `least`."""
        clean = raw if self.negative else np.abs(raw)
        sums = (clean @ self.member.T) @ self.member
        size = self.member.sum(axis=1) @ self.member
        even = np.where(np.abs(sums) > 0, clean / np.where(sums == 0, 1, sums), 1 / size)
        return np.asarray(even if self.negative else self.least + (1 - size * self.least) * even)

    @property
    def member(self) -> Array:
        """``(group, child)``: 1 where the child is of the group."""
        numbers = np.arange(self.group.max() + 1)
        return np.asarray(self.group[None, :] == numbers[:, None], dtype=np.float64)

    def correlations(self, trials: Array) -> Array:
        """``(trial, child)``: of each child with each trial's score."""
        return np.asarray(correlate(self.x, self.score(trials).T, method=self.correlation).r.T)

    def gaps(self, trials: Array) -> Array:
        """``(trial, child)``: wished minus got shares of importance."""
        r = self.correlations(trials)
        total = r.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            gaps = self.target - r / total
        return np.asarray(np.nan_to_num(gaps, nan=1e3, posinf=1e3, neginf=-1e3))

    def losses(self, trials: Array) -> Array:
        if self.objective == "balance":
            return np.asarray((self.gaps(trials) ** 2).mean(axis=1))
        return np.asarray(-np.nan_to_num(self.correlations(trials).sum(axis=1), nan=-1e3))

    def loss(self, w: Array) -> float:
        return float(self.losses(w[None])[0])


def _solvers() -> Any:
    """Give scipy.optimize, whose stubs are stricter than its functions."""
    return import_module("scipy.optimize")


def _steps(theta: Array, size: float = 1e-6) -> Array:
    """Give the points around `theta` for central differences: ``(2 · child, child)``."""
    step = size * np.eye(len(theta))
    return np.concatenate([theta + step, theta - step])


def _free(problem: _Problem, w: Array) -> Array:
    """Without upper limits: w is the square of free numbers, so it stays at least 0."""
    solve = _solvers()

    def shares(theta: Array) -> Array:
        return problem.shares(theta if problem.negative else theta * theta)

    def slope(theta: Array) -> Array:
        around = problem.gaps(shares(_steps(theta)))
        return np.asarray((around[: len(theta)] - around[len(theta) :]).T / 2e-6)

    def gradient(theta: Array) -> Array:
        around = problem.losses(shares(_steps(theta)))
        return np.asarray((around[: len(theta)] - around[len(theta) :]) / 2e-6)

    theta = w if problem.negative else np.sqrt(np.maximum(w, 1e-6))
    if problem.objective == "balance":
        done = solve.least_squares(
            lambda t: problem.gaps(shares(t)[None])[0],
            theta,
            jac=slope,
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
            max_nfev=200,
        )
    else:
        done = solve.minimize(lambda t: problem.loss(shares(t)), theta, jac=gradient, method="BFGS")
    return shares(np.asarray(done.x))


def _constrained(problem: _Problem, w: Array) -> Array:
    solve = _solvers()

    scale = 1.0 if problem.objective == "infomax" else 1e4
    done = solve.minimize(
        lambda t: scale * problem.loss(np.asarray(t)),
        _into_limits(problem, w),
        method="SLSQP",
        bounds=[(problem.least, problem.most)] * len(w),
        constraints=solve.LinearConstraint(problem.member, 1, 1),
        options={"maxiter": 300, "ftol": 1e-14},
    )
    return _into_limits(problem, np.asarray(done.x))


def _into_limits(problem: _Problem, w: Array) -> Array:
    """Give the nearest weights within the limits that sum to 1 in each group."""
    solve = _solvers()
    inside = w.copy()
    for rows in problem.member.astype(bool):
        own = w[rows]

        def excess(shift: float, own: Array = own) -> float:
            return float(np.clip(own + shift, problem.least, problem.most).sum() - 1)

        reach = 1.0 + float(np.abs(own).max())
        shift = solve.brentq(excess, -reach, reach, xtol=1e-15)
        inside[rows] = np.clip(own + shift, problem.least, problem.most)
    return inside


def _evolve(problem: _Problem, seed: int) -> Array:
    solve = _solvers()

    def losses(raw: Array) -> Array:  # (child, trial)
        w = problem.shares(np.asarray(raw).T)
        over = np.maximum(w - problem.most, 0).sum(axis=-1)
        return np.asarray(problem.losses(w) + 1e3 * over)

    done = solve.differential_evolution(
        losses,
        [(1e-6, 1.0)] * problem.x.shape[1],
        rng=seed,
        maxiter=100,
        popsize=10,
        tol=1e-12,
        polish=False,
        vectorized=True,
        updating="deferred",
    )
    found = problem.shares(np.asarray(done.x))
    return _into_limits(problem, found) if problem.most < 1 else found
