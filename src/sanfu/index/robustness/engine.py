"""Score all replicates at once: matrix products over cached tables, node by node.

A node's column is kept for each variant as long as nothing below it differs between the
replicates of one variant, and for each replicate from there up. Weighted means (arithmetic,
geometric, harmonic, sums) of variant columns under replicates' weights are one matrix product a
variant; all other aggregators are the engine's own, batched over the replicates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.index import method_aggregate as rules
from sanfu.index.framework_check import needs_positive
from sanfu.index.graph import score_part
from sanfu.index.robustness.varying import derives_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from sanfu.index.graph import Plan
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity

_CELLS = 4_000_000
"""Numbers held at once for a node that is scored replicate by replicate (32 MB)."""


@dataclass(frozen=True, eq=False)
class Trouble:
    """A mean of logarithms would meet scores that are not positive."""

    node: str
    method: str
    lowest: float
    """Lowest score of a child, the declared offset added."""
    replicates: NDArray[np.int64]
    """Places of the replicates in the batch."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Replicates that share a graph and its rules."""

    plan: Plan
    tables: Array
    """``(variant, row, indicator)`` in the plan's order of indicators."""
    variant: NDArray[np.int64]
    """``(replicate,)``."""
    weigh: Callable[[str, Array, NDArray[np.int64]], Array]
    """Node, its weights as they stand ``(child,)`` or ``(replicate, child)``, replicates → weights,
    of the same shape if nothing varies."""
    derive: Callable[[int, str, Array], Array]
    """Variant, node, scores ``(row, child)`` of its children → its weights before they vary."""
    alive: NDArray[np.bool_]
    """``(variant, row)``: which rows a variant scores."""
    years: NDArray[np.int64] | None
    parity: Parity

    @property
    def size(self) -> int:
        """How many replicates."""
        return len(self.variant)

    def some(self, mine: NDArray[np.int64]) -> Batch:
        """Give the batch of some of the replicates."""
        if len(mine) == self.size:
            return self
        whole = self.weigh

        def weigh(node: str, weights: Array, replicates: NDArray[np.int64]) -> Array:
            return whole(node, weights, mine[replicates])

        return replace(self, variant=self.variant[mine], weigh=weigh)


@dataclass(frozen=True, eq=False)
class _Columns:
    """Scores of one part: ``(variant, row)``, or ``(replicate, row)``."""

    values: Array
    by_variant: bool


def score_batch(batch: Batch, node: str) -> tuple[Array, list[Trouble]]:
    """Give the node's scores ``(replicate, row)``, and what could not be computed.

    Scores of replicates in trouble are not to be used.
    """
    rows = batch.tables.shape[1]
    result = np.empty((batch.size, rows))
    troubles: list[Trouble] = []
    standing = _standing_weights(batch)
    step = max(1, _CELLS // max(rows, 1))
    for start in range(0, batch.size, step):
        mine = np.arange(start, min(start + step, batch.size))
        result[mine], wrong = _score_some(batch.some(mine), node, standing)
        troubles += [replace(one, replicates=mine[one.replicates]) for one in wrong]
    return result, troubles


def _score_some(
    batch: Batch, node: str, standing: Mapping[str, Array]
) -> tuple[Array, list[Trouble]]:
    troubles: list[Trouble] = []
    found: dict[str, _Columns] = {
        code: _Columns(batch.tables[:, :, place], by_variant=True)
        for place, code in enumerate(batch.plan.indicators)
    }
    needed = _below(batch.plan, node)
    for part in batch.plan.nodes:
        if part in needed:
            found[part] = _living(batch, _score(batch, part, found, standing[part], troubles))
    column = found[node]
    return (column.values[batch.variant] if column.by_variant else column.values), troubles


def batch_weights(batch: Batch, node: str) -> Array:
    """Give the weights of a node's children as used, ``(replicate, child)``."""
    every = np.arange(batch.size)
    standing = _standing_weights(batch)[node]
    used = batch.weigh(node, standing[batch.variant] if standing.ndim == 2 else standing, every)
    return np.broadcast_to(used, (batch.size, used.shape[-1]))


def _living(batch: Batch, column: _Columns) -> _Columns:
    """Give no score to rows that a variant does not have."""
    if batch.alive.all():
        return column
    alive = batch.alive if column.by_variant else batch.alive[batch.variant]
    return _Columns(np.where(alive, column.values, np.nan), column.by_variant)


def _below(plan: Plan, node: str) -> set[str]:
    found = {node}
    for part in reversed(plan.nodes):
        if part in found:
            found |= {child for child in plan.children[part] if child in plan.nodes}
    return found


def _standing_weights(batch: Batch) -> Mapping[str, Array]:
    """Give each node's weights before they are varied.

    ``(child,)``, or ``(variant, child)`` where they are derived from the scores: then from the
    scores under the derived weights below, without variation.
    """
    plan = batch.plan
    if not derives_weights(plan.framework):
        return {node: batch.derive(0, node, _NOTHING) for node in plan.nodes}
    weights: dict[str, Array] = {}
    columns = {code: batch.tables[:, :, place] for place, code in enumerate(plan.indicators)}
    for node in plan.nodes:
        x = np.stack([columns[child] for child in plan.children[node]], axis=-1)
        weights[node] = np.stack([batch.derive(at, node, part) for at, part in enumerate(x)])
        columns[node] = score_part(plan, node, x, weights[node], batch.years, batch.parity)
    return weights


_NOTHING = np.empty((0, 0))


def _score(
    batch: Batch,
    node: str,
    found: Mapping[str, _Columns],
    standing: Array,
    troubles: list[Trouble],
) -> _Columns:
    plan = batch.plan
    children = [found[child] for child in plan.children[node]]
    every = np.arange(batch.size)
    plain = standing if standing.ndim == 1 else standing[batch.variant]
    weights = batch.weigh(node, plain, every)
    rule = plan.framework.aggregate_of(node)
    if all(child.by_variant for child in children) and weights is plain:
        x = np.stack([child.values for child in children], axis=-1)
        if _is_refused(batch, rule):
            wrong, lowest = _not_positive(x, standing, rule)
            _note(troubles, node, rule, wrong[batch.variant], lowest)
            x = x if not wrong.any() else np.where(wrong[:, None, None], np.nan, x)
        return _Columns(
            score_part(plan, node, x, standing, batch.years, batch.parity), by_variant=True
        )
    linear = _linear(batch, node)
    if linear is not None:
        scores = _weighted_mean(batch, children, weights, rule, linear)
        if scores is not None:
            return _Columns(scores, by_variant=False)
    return _Columns(_by_replicate(batch, node, children, weights, troubles), by_variant=False)


def _is_refused(batch: Batch, rule: rules.Aggregate) -> bool:
    """Tell whether scores ≤ 0 are looked for, as `build_index` does."""
    if batch.parity == "COINr" and rule.method == "harmonic":
        return False
    return needs_positive(rule)


def _not_positive(x: Array, weights: Array, rule: Any) -> tuple[NDArray[np.bool_], float]:
    """Tell which layers have a counted score at or below zero, and give the lowest."""
    moved = x + getattr(rule, "offset", 0)
    counted = np.broadcast_to((weights > 0)[..., None, :], moved.shape)
    allowed = getattr(rule, "zero", "refuse") == "zero"
    wrong = ((moved < 0) if allowed else (moved <= 0)) & counted
    lowest = float(moved[wrong].min()) if wrong.any() else 0.0
    return np.asarray(wrong.any(axis=(-1, -2))), lowest


def _note(
    troubles: list[Trouble], node: str, rule: Any, wrong: NDArray[np.bool_], lowest: float
) -> None:
    if wrong.any():
        troubles.append(Trouble(node, rule.method, lowest, np.flatnonzero(wrong)))


_Linear = tuple["Callable[[Array], Array]", "Callable[[Array], Array]"]


def _same(x: Array) -> Array:
    return x


def _linear(batch: Batch, node: str) -> _Linear | None:
    """Give what is averaged and what is made of the average, for weighted means of such form."""
    framework = batch.plan.framework
    missing = framework.missing_of(node)
    if missing.rule != "reweight" or framework.nodes[node].rescale is not None:
        return None
    match framework.aggregate_of(node):
        case rules.Arithmetic() | rules.Total():
            return _same, _same
        case rules.Geometric(offset=offset):
            return (lambda x: np.log(x + offset)), (lambda y: np.exp(y) - offset)
        case rules.Harmonic(offset=offset) if batch.parity is None:
            return (lambda x: 1 / (x + offset)), (lambda y: 1 / y - offset)
        case _:
            return None


def _weighted_mean(
    batch: Batch, children: list[_Columns], weights: Array, rule: rules.Aggregate, linear: _Linear
) -> Array | None:
    """Give Σ w f(x) / Σ w through f's inverse; None where a score is not positive for f."""
    there, back = linear
    w = np.broadcast_to(weights, (batch.size, weights.shape[-1]))
    offset = getattr(rule, "offset", 0)
    if needs_positive(rule) and any((child.values + offset <= 0).any() for child in children):
        return None  # the careful way finds out whether it counts
    n = children[0].values.shape[-1]
    total, weight = np.zeros((batch.size, n)), np.zeros((batch.size, n))
    lasting = [place for place, child in enumerate(children) if child.by_variant]
    if lasting:
        x = there(np.stack([children[place].values for place in lasting], axis=-2))
        gone = np.isnan(x)
        seen = (~gone).astype(np.float64)
        filled = np.where(gone, 0, x)
        for variant in np.unique(batch.variant).tolist():
            mine = np.flatnonzero(batch.variant == variant)
            own = w[mine][:, lasting]
            total[mine] = own @ filled[variant]
            weight[mine] = (
                own @ seen[variant] if gone[variant].any() else own.sum(axis=1, keepdims=True)
            )
    for place, child in enumerate(children):
        if not child.by_variant:
            x = there(child.values)
            gone = np.isnan(x)
            own = w[:, place, None]
            if gone.any():
                total += np.where(gone, 0, x) * own
                weight += np.where(gone, 0, own)
            else:
                total += x * own
                weight += own
    with np.errstate(invalid="ignore", divide="ignore"):
        if isinstance(rule, rules.Total):
            return np.asarray(np.where(weight > 0, total, np.nan))
        return np.asarray(back(np.where(weight > 0, total / weight, np.nan)))


def _by_replicate(
    batch: Batch,
    node: str,
    children: list[_Columns],
    weights: Array,
    troubles: list[Trouble],
) -> Array:
    """Score a node with the engine's own aggregators, some replicates at a time."""
    rule = batch.plan.framework.aggregate_of(node)
    n = children[0].values.shape[-1]
    w = np.broadcast_to(weights, (batch.size, weights.shape[-1]))
    result = np.empty((batch.size, n))
    wrong = np.zeros(batch.size, dtype=bool)
    lowest = np.inf
    step = max(1, _CELLS // (n * len(children)))
    for start in range(0, batch.size, step):
        mine = np.arange(start, min(start + step, batch.size))
        x = np.stack(
            [c.values[batch.variant[mine] if c.by_variant else mine] for c in children], axis=-1
        )
        if _is_refused(batch, rule):
            bad, low = _not_positive(x, w[mine], rule)
            wrong[mine], lowest = bad, min(lowest, low if bad.any() else lowest)
            x[bad] = np.nan
        result[mine] = score_part(batch.plan, node, x, w[mine], batch.years, batch.parity)
    _note(troubles, node, rule, wrong, lowest)
    return result
