"""Outranking aggregators: Copeland by weighted majority, PROMETHEE II net flows by sorting.

Two units are compared on the children that both have, so the order of the rows never matters.
Copeland needs every pair and is done in blocks of small integers, O(m n²). Net flows separate by
child, and each child's flow is a sum over sorted values: O(m n log n), exact to rounding for all
six preference functions (for the Gaussian by a Taylor series within boxes one spread wide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Places = NDArray[np.int64]
    Truths = NDArray[np.bool_]

    from sanfu.index.moments import Array

_BLOCK_CELLS = 1_000_000  # pairs compared at once: a few MB, so that a block stays in cache
_TERMS = 15  # of exp(uv), |uv| ≤ 1/4: the rest is below 1e-18
_REACH = 10  # boxes to each side: exp(-9²/2) is below 1e-17


def aggregate_copeland(x: Array, weights: Array) -> Array:
    """Give the units beaten minus the units lost to.

    i beats j where the weight of the children on which i is above j exceeds that on which it is
    below, over the children that both have; a tie counts 0, so does a pair with nothing in common.

    Parameters
    ----------
    x
        ``(..., unit, child)``; NaN is missing.
    weights
        ``(..., child)``.

    Returns
    -------
    Array
        ``(..., unit)``, whole numbers; NaN for a unit without any score.
    """
    if x.ndim > 2:
        flat = x.reshape(-1, *x.shape[-2:])
        w = np.broadcast_to(weights, (*x.shape[:-2], x.shape[-1])).reshape(-1, x.shape[-1])
        each = [aggregate_copeland(part, own) for part, own in zip(flat, w, strict=True)]
        return np.asarray(each).reshape(x.shape[:-1])
    n, m = x.shape
    places = [_dense_places(x[:, child]) for child in range(m)]
    votes, kind = _whole_votes(weights)
    slack = 0 if kind != np.float64 else 1e-12 * float(np.sum(votes))
    score = np.zeros(n, dtype=np.int64)
    step = max(1, _BLOCK_CELLS // n)
    for start in range(0, n, step):
        stop = min(start + step, n)
        lead = np.zeros((stop - start, n - start), dtype=kind)
        for (low, high), vote in zip(places, votes, strict=True):
            if vote == 0:
                continue
            above = low[start:stop, None] > high[None, start:]
            below = high[start:stop, None] < low[None, start:]
            balance = above.view(np.int8) - below.view(np.int8)
            lead += balance if vote == 1 else balance * vote
        outcome = (lead > slack).view(np.int8) - (lead < -slack).view(np.int8)
        score[start:stop] += outcome.sum(axis=1, dtype=np.int64)
        score[stop:] -= outcome[:, stop - start :].sum(axis=0, dtype=np.int64)
    return np.asarray(np.where(np.isnan(x).all(axis=1), np.nan, score))


def outranking_matrix(x: Array, weights: Array) -> Array:
    """Give the share of the common weight on which the row's unit is above, ties counting half.

    ``(unit, child)`` → ``(unit, unit)``; 0 on the diagonal, NaN where nothing is in common.
    """
    n = x.shape[0]
    won, common = np.zeros((n, n)), np.zeros((n, n))
    for child, weight in enumerate(weights):
        value = x[:, child]
        both = ~(np.isnan(value)[:, None] | np.isnan(value)[None, :])
        won += weight * ((value[:, None] > value) + 0.5 * (value[:, None] == value))
        common += weight * both
    share: Array = np.divide(won, common, out=np.full((n, n), np.nan), where=common > 0)
    np.fill_diagonal(share, 0)
    return share


def _dense_places(value: Array) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give whole-number places twice: with missing below all, and with missing above all."""
    gone = np.isnan(value)
    _, place = np.unique(value, return_inverse=True)
    kind: type = np.int16 if len(value) < 32_000 else np.int32
    low: NDArray[Any] = place.astype(kind)
    high: NDArray[Any] = low.copy()
    low[gone], high[gone] = -1, len(value) + 1
    return low, high


def _whole_votes(weights: Array) -> tuple[NDArray[Any], type]:
    """Give the weights as small whole numbers if they are such up to a factor."""
    positive = weights[weights > 0]
    if len(positive):
        for factor in (1, 2, 3, 4, 5, 6, 10, 12):
            whole = weights / positive.min() * factor
            if np.abs(whole - np.rint(whole)).max() < 1e-9 and whole.sum() < 32_000:
                return np.rint(whole).astype(np.int16), np.int16
    return np.asarray(weights, dtype=np.float64), np.float64


def aggregate_promethee(
    x: Array,
    weights: Array,
    *,
    preference: Literal["usual", "u_shape", "v_shape", "level", "linear", "gaussian"] = "usual",
    indifference: float = 0,
    strict: float = 0,
    spread: float = 0,
) -> Array:
    """Give the PROMETHEE II net flow, from −1 to 1.

    φ(i) = Σ_k w_k φ_k(i) / Σ w_k, φ_k(i) = Σ_j (P(x_i − x_j) − P(x_j − x_i)) / (n_k − 1) over the
    units that have child k.

    References
    ----------
    Brans and Vincke (1985), A preference ranking organisation method.
    """
    from sanfu.index.aggregate import aggregate_arithmetic  # noqa: PLC0415 - circular

    flows = np.full(x.shape, np.nan)
    columns = x.reshape(-1, *x.shape[-2:])
    into = flows.reshape(columns.shape)
    for layer in range(columns.shape[0]):
        for child in range(x.shape[-1]):
            value = columns[layer, :, child]
            there = ~np.isnan(value)
            into[layer, there, child] = net_flow(
                value[there],
                preference=preference,
                indifference=indifference,
                strict=strict,
                spread=spread,
            )
    return aggregate_arithmetic(flows, weights)


def net_flow(
    value: Array,
    *,
    preference: str = "usual",
    indifference: float = 0,
    strict: float = 0,
    spread: float = 0,
) -> Array:
    """Give one child's net flow of each unit; `value` is one-dimensional without holes."""
    n = len(value)
    if n < 2:
        return np.zeros(n)
    distinct, back, count = np.unique(value, return_inverse=True, return_counts=True)
    if preference == "gaussian":
        total = _gaussian_balance(distinct / spread, count.astype(np.float64))
    else:
        total = _stepwise_balance(distinct, count, preference, indifference, strict)
    return np.asarray(total[back] / (n - 1))


def _stepwise_balance(v: Array, count: Places, preference: str, q: float, p: float) -> Array:
    piled = np.concatenate([[0], np.cumsum(count)]).astype(np.float64)
    middle = v[len(v) // 2]
    summed = np.concatenate([[0.0], np.cumsum((v - middle) * count)])
    total = piled[-1]

    def wins(limit: float) -> tuple[Places, Places]:
        # places below which x_i − x_j > limit, and from which x_j − x_i > limit
        return (
            _boundary(v, -limit, lambda i, j: np.asarray(v[i] - v[j] > limit)),
            _boundary(v, limit, lambda i, j: np.asarray(v[j] - v[i] <= limit)),
        )

    def balance(limit: float) -> Array:
        below, above = wins(limit)
        return np.asarray(piled[below] - (total - piled[above]))

    if preference == "usual":
        return balance(0)
    if preference == "u_shape":
        return balance(q)
    if preference == "level":
        return (balance(q) + balance(p)) / 2
    q = 0 if preference == "v_shape" else q
    below_q, above_q = wins(q)
    below_p, above_p = wins(p)
    at = v - middle
    ramp_up = (piled[below_q] - piled[below_p]) * (at - q) - (summed[below_q] - summed[below_p])
    ramp_down = (summed[above_p] - summed[above_q]) - (piled[above_p] - piled[above_q]) * (at + q)
    full = piled[below_p] - (total - piled[above_p])
    return np.asarray(full + (ramp_up - ramp_down) / (p - q))


def _boundary(v: Array, shift: float, holds: Callable[[Places, Places], Truths]) -> Places:
    """Find for each i the number of j for which `holds`, true first; by the very predicate.

    The search by ``v + shift`` can be off by a place where rounding decides; it is put right by
    asking the predicate of the neighbours, so that the result is that of comparing all pairs.
    """
    n = len(v)
    place: Places = np.searchsorted(v, v + shift, side="left" if shift <= 0 else "right")
    i = np.arange(n)
    for _ in range(3):
        up = (place < n) & holds(i, np.minimum(place, n - 1))
        down = (place > 0) & ~holds(i, np.maximum(place - 1, 0))
        if not (up | down).any():
            break
        place = place + up - (down & ~up)
    return place


def _gaussian_balance(v: Array, count: Array) -> Array:
    """Give Σ_j c_j sign(v_i − v_j) (1 − exp(−(v_i − v_j)² / 2)) for ascending distinct v.

    With v_i = c + u and v_j = c − D + t in boxes one wide, the exponential is
    exp(−D²/2 − D u − u²/2) · exp(D t − t²/2) · Σ_k (u t)^k / k!: a product of a factor of i and a
    sum over the box of j, so each pair of neighbouring boxes costs O(terms) a unit.
    """
    below = np.concatenate([[0.0], np.cumsum(count)[:-1]])
    above = count.sum() - below - count
    box = np.floor(v - v[0]).astype(np.int64)
    u = v - v[0] - box - 0.5
    boxes, start = np.unique(box, return_index=True)
    mine = np.searchsorted(boxes, box)
    bell = np.exp(-u * u / 2)
    powers = [np.ones_like(u)]
    for k in range(1, _TERMS):
        powers.append(powers[-1] * u / k)  # u^k / k!
    raw = [np.ones_like(u)]
    for _ in range(1, _TERMS):
        raw.append(raw[-1] * u)

    overlap = np.zeros_like(u)
    for k in range(_TERMS):  # inside the box: those below minus those above
        mass = count * bell * raw[k]
        piled = np.cumsum(mass)
        before = np.concatenate([[0.0], piled[:-1]])
        first = before[start][mine]
        last = np.append(before[start[1:]], piled[-1])[mine]
        overlap += powers[k] * ((before - first) - (last - piled))
    overlap *= bell
    for distance in range(1, _REACH + 1):
        for side in (-1, 1):  # boxes below (−1) and above (+1)
            target = np.searchsorted(boxes, boxes + side * distance)
            found = target < len(boxes)
            target = np.minimum(target, len(boxes) - 1)
            found &= boxes[target] == boxes + side * distance
            if not found.any():
                continue
            tilt = np.exp(-side * distance * u)  # exp(D t) below, exp(−D t) above
            mass = count * bell * tilt
            series = np.zeros_like(u)
            for k in range(_TERMS):
                moment = np.add.reduceat(mass * raw[k], start)
                series += powers[k] * np.where(found, moment[target], 0)[mine]
            overlap -= side * series * bell / tilt * np.exp(-(distance**2) / 2)
    return np.asarray(below - above - overlap)
