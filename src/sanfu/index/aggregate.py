"""Combine the scores of a node's children into one, unit by unit.

Arrays have the axes ``(..., unit, child)``, weights ``(..., child)``; NaN is missing. Each mean
takes what is there and reweights; the node's missing-data rule (`score_node`) decides before
whether that is allowed. The result has the axes ``(..., unit)``; NaN where no child has a score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.errors import InputError
from sanfu.index import method_aggregate as rules
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.method import MissingRule
    from sanfu.index.moments import Array


class NotPositive(InputError):
    """A geometric, harmonic or fractional-power mean met a score at or below zero."""

    def __init__(self, method: str, count: int, lowest: float) -> None:
        super().__init__(
            Text(
                f"{method} 平均要求得分大于 0，现有 {count} 个得分不大于 0（最低 {lowest:g}）。"
                "请把归一化的下限改为正数（例如 low: 1），或给聚合写 offset: 1，"
                "或写 zero: zero 让 0 分使节点为 0。",
                f"the {method} mean needs scores above 0; {count} are not (lowest {lowest:g}). "
                "Normalise to a positive low (e.g. low: 1), or declare offset: 1, "
                "or zero: zero to let a score of 0 make the node 0.",
            )
        )
        self.method, self.count, self.lowest = method, count, lowest


def _weighted_sums(x: Array, weights: Array) -> tuple[Array, Array]:
    """Give Σ w x and Σ w over the children that are there."""
    gone = np.isnan(x)
    if not gone.any():
        total = np.matmul(x, weights[..., :, None])[..., 0]
        return total, np.broadcast_to(weights.sum(axis=-1)[..., None], total.shape)
    w = np.where(gone, 0, weights[..., None, :])
    return (w * np.where(gone, 0, x)).sum(axis=-1), w.sum(axis=-1)


def _divide(over: Array, under: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(under > 0, over / under, np.nan))


def aggregate_arithmetic(x: Array, weights: Array) -> Array:
    """Give Σ w x / Σ w."""
    return _divide(*_weighted_sums(x, weights))


def aggregate_sum(x: Array, weights: Array) -> Array:
    """Give Σ w x with the weights as they are."""
    total, weight = _weighted_sums(x, weights)
    return np.asarray(np.where(weight > 0, total, np.nan))


def _check_positive(
    x: Array, method: str, zero: Literal["refuse", "zero"] = "refuse", *, weights: Array
) -> None:
    counted = (weights > 0)[..., None, :]
    wrong = ((x < 0) if zero == "zero" else (x <= 0)) & counted
    if wrong.any():
        raise NotPositive(method, int(wrong.sum()), float(x[np.broadcast_to(wrong, x.shape)].min()))


def aggregate_geometric(
    x: Array, weights: Array, *, offset: float = 0, zero: Literal["refuse", "zero"] = "refuse"
) -> Array:
    """Give exp(Σ w ln(x + offset) / Σ w) − offset.

    Raises
    ------
    NotPositive
        A score plus `offset` is below 0, or is 0 and `zero` is ``"refuse"``.
    """
    moved = x + offset
    _check_positive(moved, "geometric", zero, weights=weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(weights[..., None, :] > 0, np.log(moved), np.where(np.isnan(x), np.nan, 0))
    nought = np.isneginf(logs)
    mean = aggregate_arithmetic(np.where(nought, 0, logs), weights)
    result = np.where(nought.any(axis=-1), 0, np.exp(mean))
    return np.asarray(np.where(np.isnan(mean), np.nan, result) - offset)


def aggregate_harmonic(
    x: Array, weights: Array, *, offset: float = 0, zero: Literal["refuse", "zero"] = "refuse"
) -> Array:
    """Give Σ w / Σ (w / (x + offset)) − offset; raises as `aggregate_geometric`."""
    moved = x + offset
    _check_positive(moved, "harmonic", zero, weights=weights)
    nought = (moved == 0) & (weights > 0)[..., None, :]
    with np.errstate(divide="ignore"):
        upside_down = np.where(nought, 0, 1 / np.where(moved == 0, np.inf, moved))
    mean = aggregate_arithmetic(np.where(np.isnan(x), np.nan, upside_down), weights)
    with np.errstate(divide="ignore"):
        result = np.where(nought.any(axis=-1), 0, 1 / mean)
    return np.asarray(np.where(np.isnan(mean), np.nan, result) - offset)


def aggregate_harmonic_any_sign(x: Array, weights: Array) -> Array:
    """Give Σ w / Σ (w / x) for any sign, as COINr does; only for its parity mode."""
    if (x == 0).any():
        raise NotPositive("harmonic", int((x == 0).sum()), 0.0)
    return np.asarray(1 / aggregate_arithmetic(1 / x, weights))


def aggregate_generalised(x: Array, weights: Array, *, power: float) -> Array:
    """Give (Σ w x^p / Σ w)^(1/p); raises `NotPositive` where the power needs scores above 0."""
    if power < 0 or power % 1 != 0:
        _check_positive(x, f"generalised ({power:g})", weights=weights)
    mean = aggregate_arithmetic(x**power, weights)
    if power % 2 == 1:
        return np.asarray(np.sign(mean) * np.abs(mean) ** (1 / power))
    return np.asarray(mean ** (1 / power))


def aggregate_median(x: Array, weights: Array | None = None) -> Array:
    """Give the median, or with weights the weighted median (the middle of two at exactly half)."""
    gone = np.isnan(x)
    if weights is None:
        ordered = np.sort(x, axis=-1)
        last = np.maximum((~gone).sum(axis=-1, keepdims=True) - 1, 0)
        low = np.take_along_axis(ordered, last // 2, axis=-1)
        high = np.take_along_axis(ordered, (last + 1) // 2, axis=-1)
        return np.asarray(((low + high) / 2)[..., 0])
    order = np.argsort(x, axis=-1)
    ordered = np.take_along_axis(x, order, axis=-1)
    w = np.broadcast_to(np.where(gone, 0, weights[..., None, :]), x.shape)
    piled = np.cumsum(np.take_along_axis(w, order, axis=-1), axis=-1)
    half = piled[..., -1:] / 2
    slack = 1e-12 * piled[..., -1:]
    low_place = np.argmax(piled >= half - slack, axis=-1)[..., None]
    high_place = np.argmax(piled > half + slack, axis=-1)[..., None]
    both = np.take_along_axis(ordered, low_place, -1) + np.take_along_axis(ordered, high_place, -1)
    return np.asarray((both / 2)[..., 0])


def aggregate_minimum(x: Array) -> Array:
    """Give the worst child's score."""
    return np.asarray(np.fmin.reduce(x, axis=-1))


def aggregate_maximum(x: Array) -> Array:
    """Give the best child's score."""
    return np.asarray(np.fmax.reduce(x, axis=-1))


def aggregate_mpi(
    x: Array,
    weights: Array,
    *,
    penalty: Literal["negative", "positive"] = "negative",
    ddof: Literal[0, 1] = 0,
) -> Array:
    """Give M ∓ S · (S / M), M and S the weighted mean and deviation over the children.

    References
    ----------
    Mazziotta and Pareto (2013), Methods for constructing composite indices: one for all or all
    for one?
    """
    mean = aggregate_arithmetic(x, weights)
    variance = aggregate_arithmetic((x - mean[..., None]) ** 2, weights)
    if ddof:
        n = (~np.isnan(x)).sum(axis=-1)
        variance = variance * _divide(n.astype(np.float64), n - 1.0)
    penalty_size = _divide(variance, np.abs(mean)) * np.sign(mean)
    sign = -1 if penalty == "negative" else 1
    return np.asarray(mean + sign * penalty_size)


def aggregate_by_formula(x: Array, names: Sequence[str], formula: str) -> Array:
    """Give the value of a formula over the children's codes; missing in, missing out."""
    from sanfu.index.arithmetic import evaluate  # noqa: PLC0415 - loads the grammar

    return evaluate(formula, {name: x[..., place] for place, name in enumerate(names)})


def aggregate(  # noqa: C901, PLR0912 - one arm for each rule
    x: Array,
    weights: Array,
    rule: rules.Aggregate,
    *,
    names: Sequence[str] = (),
    parity: Literal["COINr"] | None = None,
) -> Array:
    """Combine children by a declared rule; see `score_node` for the missing-data rule.

    Parameters
    ----------
    x
        ``(..., unit, child)``.
    weights
        ``(..., child)``; need not sum to 1.
    rule
        The aggregator with its arguments.
    names
        The children's codes, where the rule names them (``choquet``, ``formula``).

    Returns
    -------
    Array
        ``(..., unit)``.
    """
    from sanfu.index import mcda, outrank  # noqa: PLC0415 - only for those who ask

    match rule:
        case rules.Arithmetic():
            return aggregate_arithmetic(x, weights)
        case rules.Total():
            return aggregate_sum(x, weights)
        case rules.Geometric():
            return aggregate_geometric(x, weights, offset=rule.offset, zero=rule.zero)
        case rules.Harmonic():
            if parity == "COINr":
                return aggregate_harmonic_any_sign(x, weights)
            return aggregate_harmonic(x, weights, offset=rule.offset, zero=rule.zero)
        case rules.Generalised():
            result = aggregate_generalised(x, weights, power=rule.power)
            if parity == "COINr":  # COINr's a_genmean loses every row with a hole
                return np.asarray(np.where(np.isnan(x).any(axis=-1), np.nan, result))
            return result
        case rules.Median():
            return aggregate_median(x, weights if rule.weighted else None)
        case rules.Minimum():
            return aggregate_minimum(x)
        case rules.Maximum():
            return aggregate_maximum(x)
        case rules.Mpi():
            return aggregate_mpi(x, weights, penalty=rule.penalty, ddof=rule.ddof)
        case rules.ByFormula():
            return aggregate_by_formula(x, names, rule.formula)
        case rules.Owa():
            return mcda.aggregate_owa(x, places=rule.places, orness=rule.orness)
        case rules.Topsis():
            return mcda.aggregate_topsis(x, weights, vector_normalise=rule.vector_normalise)
        case rules.Vikor():
            return mcda.aggregate_vikor(x, weights, strategy=rule.strategy)
        case rules.Wroclaw():
            return mcda.aggregate_wroclaw(x, weights)
        case rules.Choquet():
            return mcda.aggregate_choquet(x, names, rule.mobius)
        case rules.Bod():
            from sanfu.index.bod import aggregate_bod  # noqa: PLC0415 - only for those who ask

            given = rule.direction
            direction = None if given is None else [given.get(name, 0.0) for name in names]
            return aggregate_bod(
                x,
                weights,
                lower=rule.lower,
                upper=rule.upper,
                around=rule.around,
                direction=direction,
            )
        case rules.Copeland():
            return outrank.aggregate_copeland(x, weights)
        case rules.Promethee():
            return outrank.aggregate_promethee(
                x,
                weights,
                preference=rule.preference,
                indifference=rule.indifference,
                strict=rule.strict,
                spread=rule.spread,
            )


def coverage_of(x: Array, weights: Array, basis: Literal["weight", "count"] = "weight") -> Array:
    """Give the share of weight (or of number) of the children that have a score."""
    there = (~np.isnan(x)).astype(np.float64)
    w = np.ones_like(weights) if basis == "count" else weights
    return _divide(
        np.matmul(there, w[..., :, None])[..., 0],
        np.broadcast_to(w.sum(axis=-1)[..., None], there.shape[:-1]),
    )


def score_node(
    x: Array,
    weights: Array,
    rule: rules.Aggregate,
    missing: MissingRule,
    *,
    names: Sequence[str] = (),
    parity: Literal["COINr"] | None = None,
) -> Array:
    """Give a node's scores under its aggregator and its missing-data rule.

    Parameters and result as in `aggregate`. ``propagate`` gives NaN where any child is missing,
    ``share`` where too little of the weight is there, ``impute`` fills the child's mean or median
    over the units, ``reweight`` leaves the child out.
    """
    if missing.rule == "impute":
        from sanfu.index.moments import mean_present, median_present  # noqa: PLC0415

        fill = mean_present(x) if missing.by == "mean" else median_present(x)
        x = np.where(np.isnan(x), fill, x)
    score = aggregate(x, weights, rule, names=names, parity=parity)
    if missing.rule == "propagate":
        counted = np.isnan(x) & (weights > 0)[..., None, :]
        return np.asarray(np.where(counted.any(axis=-1), np.nan, score))
    if missing.rule == "share":
        basis = "count" if parity == "COINr" else missing.basis
        covered = coverage_of(x, weights, basis)
        return np.asarray(np.where(covered < missing.share - 1e-12, np.nan, score))
    return score
