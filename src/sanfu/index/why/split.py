"""Split the difference between two rows at one node over its children.

Arithmetic means and sums: w (x₁ − x₀). Geometric means: by the logarithmic mean of the two scores
(log-mean Divisia; Ang 2005, Energy Policy 33, 867-871). Any other node, and one where a child is
missing in one row only: the Shapley value over its children (Shorrocks 2013, Journal of Economic
Inequality 11, 99-126).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index.why.rescore import score_rows, stands_alone
from sanfu.index.why.shapley import MOST_EXACT, shapley_exact, shapley_sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.result import Index

Rule = Literal["additive", "log-mean", "shapley", "shapley-sampled"]
_MOST_WORK = 200_000_000
"""Numbers that exact Shapley may look at before it samples instead."""


@dataclass(frozen=True)
class Split:
    """A node's difference, split.

    Attributes
    ----------
    effects
        ``(child,)``; they add up to the difference.
    factors
        ``(child,)``: by how much a point of the child's own difference counts.
    errors
        ``(child,)`` standard errors, 0 where the split is exact.
    """

    effects: Array
    factors: Array
    errors: Array
    rule: Rule


def split_node(
    index: Index, node: str, row: int, x0: Array, x1: Array, *, orders: int, seed: int
) -> Split:
    """Split what lies between children `x0` and `x1` in the place of a unit's row."""
    method = index.framework.aggregate_of(node).method
    weights = index.weights[node]
    there = ~np.isnan(x1)
    same = bool((there == ~np.isnan(x0)).all()) and stands_alone(index, node)
    if same and method in ("arithmetic", "sum"):
        w = np.where(there, weights, 0)
        factors = w / w.sum() if method == "arithmetic" else w
        return _exact(factors * np.where(there, x1 - x0, 0), factors, "additive")
    if same and method == "geometric":
        offset = float(getattr(index.framework.aggregate_of(node), "offset", 0))
        y0, y1 = np.where(there, x0 + offset, 1), np.where(there, x1 + offset, 1)
        if min(y0.min(), y1.min()) > 0:
            return _split_logs(np.where(there, weights, 0), y0, y1)
    return _split_by_orders(index, node, row, (x0, x1), (orders, seed))


def _exact(effects: Array, factors: Array, rule: Rule) -> Split:
    return Split(effects, factors, np.zeros_like(effects), rule)


def _split_logs(weights: Array, y0: Array, y1: Array) -> Split:
    share = weights / weights.sum()
    moved = np.log(y1) - np.log(y0)
    scale = _log_mean(np.exp(share @ np.log(y1)), np.exp(share @ np.log(y0)))
    factors = scale * share / _log_mean(y1, y0)
    return _exact(scale * share * moved, np.asarray(factors), "log-mean")


def _log_mean(a: Array | float, b: Array | float) -> Array:
    """Give (a − b)/ln(a/b), and a where both are the same."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    ratio = a / b
    near = np.abs(ratio - 1) < 1e-8
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(near, (a + b) / 2, (a - b) / np.log(np.where(near, 2, ratio)))


def _split_by_orders(
    index: Index, node: str, row: int, x: tuple[Array, Array], how: tuple[int, int]
) -> Split:
    players = len(x[0])
    moving = np.flatnonzero(~((x[0] == x[1]) | (np.isnan(x[0]) & np.isnan(x[1]))))

    def value(masks: NDArray[np.bool_]) -> Array:
        rows = np.repeat(x[0][None], len(masks), axis=0)
        rows[:, moving] = np.where(masks, x[1][moving], x[0][moving])
        return score_rows(index, node, row, rows)

    effects, errors = np.zeros(players), np.zeros(players)
    units = 1 if stands_alone(index, node) else len(index.units)
    work = 2 ** len(moving) * players * units
    if index.framework.aggregate_of(node).method == "copeland":
        work *= units
    exact = len(moving) <= MOST_EXACT and work <= _MOST_WORK
    if exact:
        effects[moving] = shapley_exact(value, len(moving))
    else:
        effects[moving], errors[moving] = shapley_sampled(
            value, len(moving), orders=how[0], seed=how[1]
        )
    difference = x[1] - x[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(np.abs(difference) > 0, effects / difference, 0)
    still = [c for c in range(players) if difference[c] == 0]
    if still:
        factors[still] = _slopes(index, node, row, x, still)
    return Split(effects, np.nan_to_num(factors), errors, "shapley" if exact else "shapley-sampled")


def _slopes(
    index: Index, node: str, row: int, x: tuple[Array, Array], children: list[int]
) -> Array:
    """Give the mean slope at both ends, for children that stand level but whose parts differ."""
    slopes = []
    for child in children:
        step = 1e-6 * max(1.0, abs(float(x[1][child])))
        rows = np.stack([x[0], x[0], x[1], x[1]])
        rows[[1, 3], child] += step
        a, b, c, d = score_rows(index, node, row, rows)
        slopes.append((b - a + d - c) / (2 * step))
    return np.asarray(slopes)
