"""What the ranks of many replicates allow to say: intervals, acceptability, who beats whom, tiers.

Ranks have the axes ``(replicate, unit)``; 1 is best, equal scores share the better rank; NaN is a
unit that a replicate does not score.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from sanfu.index.ranking import rank_descending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array

_DIGITS = 11
_PAIRS = 40_000_000
_CELLS = 4_000_000
"""Numbers worked on at once."""


def rank_replicates(scores: Array) -> Array:
    """Rank the units of each replicate, ``(replicate, unit)``.

    Scores are compared to eleven digits of the replicate's largest: two units with the same
    figures tie, in whatever order a sum was taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a replicate without any score
        largest = np.nanmax(np.abs(scores), axis=1, keepdims=True)
    unit = np.where(largest > 0, largest, 1.0) * 10.0**-_DIGITS
    ranks = np.empty_like(scores)
    step = max(1, _CELLS // max(scores.shape[1], 1))
    for start in range(0, len(scores), step):
        mine = slice(start, start + step)
        ranks[mine] = rank_descending(np.rint(scores[mine] / unit[mine]).T).T
    return ranks


def quantiles(values: Array, levels: Sequence[float], method: str = "linear") -> Array:
    """Give quantiles over the replicates that score a unit, ``(level, unit)``.

    ``linear`` is R's type 7; ``lower`` and ``higher`` take a value that occurred.
    """
    gone = np.isnan(values)
    if not gone.any():
        return np.asarray(np.quantile(values, levels, axis=0, method=method))  # type: ignore[call-overload]
    found = np.full((len(levels), values.shape[1]), np.nan)
    whole = ~gone.any(axis=0)
    if whole.any():
        found[:, whole] = np.quantile(values[:, whole], levels, axis=0, method=method)  # type: ignore[call-overload]
    for unit in np.flatnonzero(~whole & ~gone.all(axis=0)).tolist():
        there = values[~gone[:, unit], unit]
        found[:, unit] = np.quantile(there, levels, method=method)  # type: ignore[call-overload]
    return found


def rank_acceptability(ranks: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Give the share of replicates in which a unit has a rank: unit, rank, share where above 0.

    The share is of the replicates that score the unit.

    References
    ----------
    Lahdelma, Hokkanen and Salminen (1998), SMAA, Eur. J. Oper. Res. 106, 137-143: b_i^r.
    """
    n = ranks.shape[1]
    there = ~np.isnan(ranks)
    place = np.where(there, ranks, 1).astype(np.int64) - 1
    flat = (np.arange(n) * n + place)[there]
    if n <= 4 * len(ranks):
        counts = np.bincount(flat, minlength=n * n)
        found = np.flatnonzero(counts)
        counts = counts[found]
    else:  # most units have few ranks: the square table would be all zeros
        found, counts = np.unique(flat, return_counts=True)
    unit, rank = np.divmod(found, n)
    return unit, rank + 1, counts / there.sum(axis=0)[unit]


def winning_probability(ranks: Array) -> Array:
    """Give the share of replicates in which the row's unit is before the column's, ties half.

    Over the replicates that score both; NaN on the diagonal and where there is none.
    """
    replicates, n = ranks.shape
    won = np.zeros((n, n))
    both = np.zeros((n, n))
    step = max(1, _PAIRS // max(replicates * n, 1))
    there = ~np.isnan(ranks)
    whole = np.where(there, ranks, 0).astype(np.int16 if n < 30_000 else np.int32).T
    seen, full = there.T, bool(there.all())
    for start in range(0, n, step):
        mine = slice(start, min(start + step, n))
        a, b = whole[mine, None, :], whole[None, :, :]
        before, equal = np.less(a, b), np.equal(a, b)
        if not full:
            common = seen[mine, None, :] & seen[None, :, :]
            before &= common
            equal &= common
            both[mine] = common.sum(axis=-1)
        won[mine] = before.sum(axis=-1) + 0.5 * equal.sum(axis=-1)
    share = (
        won / replicates
        if full
        else np.divide(won, both, out=np.full_like(won, np.nan), where=both > 0)
    )
    np.fill_diagonal(share, np.nan)
    return share


def rank_confidence_sets(scores: Array, nominal: Array, confidence: float) -> tuple[Array, Array]:
    """Give a confidence interval for each unit's true rank, from draws of the scores.

    A unit's rank is at least 1 + the units that are surely above it, and at most n − those surely
    below; what is sure is decided for all its differences at once, by the bootstrap of the largest
    standardised one. Unlike percentile intervals of drawn ranks it covers units that are nearly
    equal as often as it says.

    Parameters
    ----------
    scores
        ``(draw, unit)``; a draw without a unit's score is left out of its differences.
    nominal
        ``(unit,)``: the scores of the figures themselves.

    Returns
    -------
    tuple
        Best and worst rank, ``(unit,)``; NaN for a unit without a score.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks, Rev. Econ. Stud. 91, 476-518:
    marginal confidence sets, two-sided, one step.
    """
    n = len(nominal)
    best, worst = np.full(n, np.nan), np.full(n, np.nan)
    scored = np.flatnonzero(~np.isnan(nominal) & (~np.isnan(scores)).any(axis=0))
    drawn, fixed = scores[:, scored], nominal[scored]
    for place, unit in enumerate(scored.tolist()):
        gap = fixed[place] - fixed
        off = np.delete(drawn[:, place, None] - drawn - gap, place, axis=1)
        gap = np.delete(gap, place)
        there = ~np.isnan(off)
        count = np.maximum(there.sum(axis=0), 1)
        error = np.sqrt(np.where(there, off**2, 0).sum(axis=0) / count)
        with np.errstate(invalid="ignore", divide="ignore"):
            size = np.where(there & (error > 0), np.abs(off) / error, 0)
        # the next order statistic up: a difference is sure only beyond the draws that it takes
        bound = np.quantile(size.max(axis=1, initial=0), confidence, method="higher") * error
        best[unit] = 1 + (gap < -bound).sum()
        worst[unit] = len(scored) - (gap > bound).sum()
    return best, worst


def find_tiers(beats: Array, order: Sequence[int], confidence: float) -> tuple[Array, Array]:
    """Group units that cannot be told apart.

    From the first unit down, a tier takes all that its leader does not beat with the confidence
    asked for; the first that it does beat leads the next tier.

    Parameters
    ----------
    beats
        ``(unit, unit)`` of `winning_probability`.
    order
        Units from best to worst.

    Returns
    -------
    tuple
        Each unit's tier (from 1) and leader; NaN for units not in `order`.
    """
    tier = np.full(len(beats), np.nan)
    leader = np.full(len(beats), np.nan)
    number, first = 0, -1
    for unit in order:
        if first < 0 or beats[first, unit] >= confidence:
            number, first = number + 1, unit
        tier[unit], leader[unit] = number, first
    return tier, leader


def clear_cut(beats: Array, tier: Array, confidence: float) -> NDArray[np.bool_]:
    """Tell whether every unit of the tier above beats a unit with the confidence asked for."""
    found = np.ones(len(beats), dtype=bool)
    for unit in np.flatnonzero(tier > 1).tolist():
        above = np.flatnonzero(tier == tier[unit] - 1)
        found[unit] = bool((beats[above, unit] >= confidence).all())
    return found


def to_nominal_scale(scores: Array, nominal: Array) -> Array:
    """Bring each replicate's scores to the mean and the spread of the nominal ones.

    A linear change of each replicate, over the units that both score, so that ranks stay; scores
    of replicates on other scales (z-scores against 0 to 100) can then be set side by side.
    """
    both = ~np.isnan(scores) & ~np.isnan(nominal)
    count = np.maximum(both.sum(axis=1, keepdims=True), 1)

    def centre(values: Array) -> tuple[Array, Array]:
        mean = np.where(both, values, 0).sum(axis=1, keepdims=True) / count
        gaps = np.where(both, values - mean, 0)
        return mean, np.sqrt((gaps**2).sum(axis=1, keepdims=True) / count)

    mean, spread = centre(scores)
    wanted, wide = centre(np.broadcast_to(nominal, scores.shape))
    stretch = np.divide(wide, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray((scores - mean) * stretch + wanted)


def shifts(ranks: Array, nominal: Array) -> Array:
    """Give |rank − nominal rank|, ``(replicate, unit)``."""
    return np.asarray(np.abs(ranks - nominal))


def mean_shift(ranks: Array, nominal: Array) -> Array:
    """Give the mean over the units of |rank − nominal rank|, ``(replicate,)``."""
    moved = shifts(ranks, nominal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(moved, axis=1))
