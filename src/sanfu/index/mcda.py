"""Aggregators of multi-criteria analysis: OWA, TOPSIS, VIKOR, Wrocław, Choquet.

Arrays as in `sanfu.index.aggregate`. A unit is compared on the children that it has; best and
worst values are those of all units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.moments import Array


def _safe(over: Array, under: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(under > 0, over / under, np.nan))


def aggregate_owa(
    x: Array, *, places: Sequence[float] | None = None, orness: float | None = None
) -> Array:
    """Give Σ v_k x_(k), x_(1) the best child.

    The place weights v come from `places`, or from the quantifier Q(r) = r^((1 − orness) / orness).
    Where children are missing, Q is read at the places that are left, so the attitude is kept.

    References
    ----------
    Yager (1988), On ordered weighted averaging aggregation operators; Yager (1996), Quantifier
    guided aggregation.
    """
    m = x.shape[-1]
    there = ~np.isnan(x)
    n = there.sum(axis=-1, keepdims=True)
    best_first = -np.sort(np.where(there, -x, np.inf), axis=-1)
    upto = np.minimum(np.arange(m + 1) / np.maximum(n, 1), 1)
    if places is not None:
        grid = np.concatenate([[0.0], np.cumsum(places)]) / np.sum(places)
        quantified = np.interp(upto, np.arange(m + 1) / m, grid)
    else:
        share = 0.5 if orness is None else orness
        quantified = upto ** ((1 - share) / share)
    v = np.diff(quantified, axis=-1)
    total = (v * np.where(np.isfinite(best_first), best_first, 0)).sum(axis=-1)
    return np.asarray(np.where(n[..., 0] > 0, total, np.nan))


def aggregate_topsis(x: Array, weights: Array, *, vector_normalise: bool = False) -> Array:
    """Give d⁻ / (d⁺ + d⁻), the weighted Euclidean distances to the worst and the best values.

    References
    ----------
    Hwang and Yoon (1981), Multiple attribute decision making.
    """
    if vector_normalise:
        x = _safe(x, np.sqrt(np.nansum(x**2, axis=-2, keepdims=True)))
    best = np.fmax.reduce(x, axis=-2, keepdims=True)
    worst = np.fmin.reduce(x, axis=-2, keepdims=True)
    w = weights[..., None, :] / weights.sum(axis=-1)[..., None, None]
    to_best = np.sqrt(np.nansum((w * (x - best)) ** 2, axis=-1))
    to_worst = np.sqrt(np.nansum((w * (x - worst)) ** 2, axis=-1))
    return _safe(to_worst, to_best + to_worst)


def aggregate_vikor(x: Array, weights: Array, *, strategy: float = 0.5) -> Array:
    """Give 1 − Q, Q = v (S − S*) / (S⁻ − S*) + (1 − v) (R − R*) / (R⁻ − R*).

    S is the weighted mean regret, R the largest weighted regret; 1 is the best compromise.

    References
    ----------
    Opricovic and Tzeng (2004), Compromise solution by MCDM methods.
    """
    best = np.fmax.reduce(x, axis=-2, keepdims=True)
    worst = np.fmin.reduce(x, axis=-2, keepdims=True)
    spread = best - worst
    with np.errstate(invalid="ignore", divide="ignore"):
        regret = np.where(spread > 0, (best - x) / spread, np.where(np.isnan(x), np.nan, 0))
    there = ~np.isnan(regret)
    w = np.where(there, weights[..., None, :], 0)
    w = _safe(w, w.sum(axis=-1, keepdims=True))
    weighted = np.where(there, w * np.where(there, regret, 0), 0)
    empty = ~there.any(axis=-1)
    mean_regret = np.where(empty, np.nan, weighted.sum(axis=-1))
    worst_regret = np.where(empty, np.nan, weighted.max(axis=-1))

    def scaled(value: Array) -> Array:
        low = np.fmin.reduce(value, axis=-1, keepdims=True)
        high = np.fmax.reduce(value, axis=-1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = np.where(high > low, (value - low) / (high - low), 0)
        return np.asarray(np.where(np.isnan(value), np.nan, inside))

    return np.asarray(1 - strategy * scaled(mean_regret) - (1 - strategy) * scaled(worst_regret))


def aggregate_wroclaw(x: Array, weights: Array) -> Array:
    """Give 1 − d / (mean d + 2 sd d), d the Euclidean distance from the best value of each child.

    References
    ----------
    Mazziotta and others' description of the Wrocław taxonomic method; Compind's ci_wroclaw, which
    gives d / (mean d + 2 sd d) itself, smaller being better.
    """
    best = np.fmax.reduce(x, axis=-2, keepdims=True)
    m = x.shape[-1]
    w = weights[..., None, :] / weights.sum(axis=-1)[..., None, None] * m
    there = ~np.isnan(x)
    squares = np.where(there, w * (np.where(there, x, 0) - best) ** 2, 0).sum(axis=-1)
    share = np.where(there, w, 0).sum(axis=-1) / m
    distance = np.sqrt(_safe(squares, share))
    middle = np.nanmean(distance, axis=-1, keepdims=True)
    scatter = np.nanstd(distance, axis=-1, ddof=1, keepdims=True)
    return np.asarray(1 - distance / (middle + 2 * scatter))


def aggregate_choquet(x: Array, names: Sequence[str], mobius: Mapping[str, float]) -> Array:
    """Give Σ m(A) min over A of x, over the sets A of children in the capacity's Möbius form.

    Where children are missing, the sets among those that are there count, rescaled to 1.

    References
    ----------
    Grabisch and Labreuche (2010), A decade of application of the Choquet and Sugeno integrals.
    """
    total = np.zeros(x.shape[:-1])
    mass = np.zeros(x.shape[:-1])
    for group, share in mobius.items():
        columns = [list(names).index(name) for name in group.split("+")]
        least = x[..., columns].min(axis=-1)
        there = ~np.isnan(least)
        total += np.where(there, share * least, 0)
        mass += np.where(there, share, 0)
    return _safe(total, mass)
