"""The framework's graph as arrays: score all nodes of any batch of normalised indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.index.aggregate import coverage_of, score_node
from sanfu.index.method_normalise import NormaliseRule
from sanfu.index.normalise_panel import normalise_panel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity

RELATIVE = ("topsis", "vikor", "wroclaw", "copeland", "promethee", "bod")
"""Aggregators that score a unit against the others."""


@dataclass(frozen=True)
class Plan:
    """Which columns feed which node, in an order in which each node comes after its children."""

    framework: Framework
    indicators: tuple[str, ...]
    nodes: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]
    declared: Mapping[str, Array]
    """Weights as declared, one a child."""

    def place(self, code: str) -> int:
        """Give the column of an indicator or node where indicators come first, then nodes."""
        if code in self.indicators:
            return self.indicators.index(code)
        return len(self.indicators) + self.nodes.index(code)


def plan_graph(framework: Framework, indicators: Sequence[str] | None = None) -> Plan:
    """Lay out the graph over the indicators that are in use.

    A node under which none is left is not in the plan.
    """
    used = tuple(framework.indicators if indicators is None else indicators)
    nodes: list[str] = []
    children: dict[str, tuple[str, ...]] = {}
    declared: dict[str, Array] = {}
    for node in framework.order():
        edges = {
            child: weight
            for child, weight in framework.children(node).items()
            if child in used or child in children
        }
        if edges:
            nodes.append(node)
            children[node] = tuple(edges)
            declared[node] = np.asarray(list(edges.values()), dtype=np.float64)
    return Plan(framework, used, tuple(nodes), children, declared)


def score_graph(
    plan: Plan,
    x: Array,
    weights: Mapping[str, Array] | None = None,
    *,
    years: NDArray[np.int64] | None = None,
    parity: Parity = None,
    find_weights: Callable[[str, Array], Array] | None = None,
) -> Array:
    """Score every node.

    Parameters
    ----------
    plan
        See `plan_graph`.
    x
        ``(..., row, indicator)`` normalised figures in the plan's order; NaN is missing.
    weights
        Node → ``(..., child)``; those of the framework where a node is not named. Leading axes are
        batched with those of `x`.
    find_weights
        Called with a node and its children's scores to give its weights, for weights that come
        from the scores themselves.

    Returns
    -------
    Array
        ``(..., row, node)`` in the plan's order of nodes.
    """
    columns = {code: x[..., place] for place, code in enumerate(plan.indicators)}
    for node in plan.nodes:
        stacked = np.stack([columns[child] for child in plan.children[node]], axis=-1)
        w = plan.declared[node] if weights is None else weights.get(node, plan.declared[node])
        if find_weights is not None:
            w = find_weights(node, stacked)
        columns[node] = score_part(plan, node, stacked, w, years, parity)
    return np.stack([columns[node] for node in plan.nodes], axis=-1)


def score_part(
    plan: Plan,
    node: str,
    x: Array,
    weights: Array,
    years: NDArray[np.int64] | None,
    parity: Parity,
) -> Array:
    """Score one node over all rows, ``(..., row, child)`` → ``(..., row)``; see `score_graph`."""
    rule, missing = plan.framework.aggregate_of(node), plan.framework.missing_of(node)
    names = plan.children[node]
    if rule.method == "owa" and rule.places is not None and len(rule.places) != len(names):
        rule = rule.model_copy(update={"places": _stretched(rule.places, len(names))})
    if years is not None and rule.method in RELATIVE and getattr(rule, "over", "all") == "year":
        score = np.full(x.shape[:-1], np.nan)
        for year in np.unique(years):
            rows = np.flatnonzero(years == year)
            score[..., rows] = score_node(
                x[..., rows, :], weights, rule, missing, names=names, parity=parity
            )
    else:
        score = score_node(x, weights, rule, missing, names=names, parity=parity)
    rescale = plan.framework.nodes[node].rescale
    if isinstance(rescale, NormaliseRule):
        score = normalise_panel(score[..., None], rescale, np.ones(1), years=years)[..., 0]
    return score


def _stretched(places: Sequence[float], n: int) -> tuple[float, ...]:
    piled = np.concatenate([[0.0], np.cumsum(places)])
    at = np.interp(np.linspace(0, len(places), n + 1), np.arange(len(places) + 1), piled)
    return tuple(float(share) for share in np.diff(at))


def cover_graph(plan: Plan, observed: Array, weights: Mapping[str, Array]) -> Array:
    """Give each node's share of weight that rests on observed figures, not filled or missing ones.

    ``(row, indicator)`` of 0 and 1 → ``(row, node)``.
    """
    columns = {code: observed[:, place] for place, code in enumerate(plan.indicators)}
    for node in plan.nodes:
        w = weights[node]
        total = w.sum()
        stacked = np.stack([columns[child] for child in plan.children[node]], axis=-1)
        columns[node] = stacked @ w / total if total > 0 else coverage_of(stacked, np.ones_like(w))
    return np.stack([columns[node] for node in plan.nodes], axis=-1)


def effective_weights(plan: Plan, weights: Mapping[str, Array]) -> dict[str, float]:
    """Give each part's share in the index: weights made to sum to 1 at each node, multiplied down.

    It is a share of influence only where the nodes above are arithmetic means.
    """
    share = dict.fromkeys((*plan.indicators, *plan.nodes), 0.0)
    share[plan.nodes[-1]] = 1.0
    for node in reversed(plan.nodes):
        w = weights[node]
        for child, weight in zip(plan.children[node], w / w.sum(), strict=True):
            share[child] += share[node] * float(weight)
    return share
