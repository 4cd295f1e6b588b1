"""Measure a ranking on graded pairs, as retrieval is measured, with its uncertainty.

An office that keeps what came of its matches can measure its own settings with these.

References
----------
K. Järvelin and J. Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS
20(4), for nDCG. T. Sakai (2006), Evaluating evaluation metrics based on the bootstrap, SIGIR, for
intervals. M. Smucker, J. Allan and B. Carterette (2007), A comparison of statistical significance
tests for information retrieval evaluation, CIKM, for the paired randomisation test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray


class Interval(NamedTuple):
    """A mean with its bootstrap interval."""

    mean: float
    low: float
    high: float


class Difference(NamedTuple):
    """How much one ranking is better than another on the same needs."""

    relative: float
    """(mean of one − mean of other) / mean of other."""
    low: float
    high: float
    p: float
    """Two-sided, paired randomisation test."""


def ndcg(ranked: Sequence[str], gains: Mapping[str, float], *, depth: int = 10) -> float:
    """Give the normalised discounted cumulated gain of a ranking, 0 to 1.

    Parameters
    ----------
    ranked
        Ids, best first.
    gains
        The gain of each id that has one; all others gain nothing. At least one is above 0.
    """
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    got = np.array([gains.get(one, 0.0) for one in ranked[:depth]])
    best = np.sort(np.array(list(gains.values())))[::-1][:depth]
    return float((got * discounts[: len(got)]).sum() / (best * discounts[: len(best)]).sum())


def recall(ranked: Sequence[str], relevant: Collection[str], *, depth: int = 100) -> float:
    """Give the share of the relevant ids among the first of a ranking."""
    wanted = set(relevant)
    return len(wanted & set(ranked[:depth])) / len(wanted)


def precision(ranked: Sequence[str], relevant: Collection[str], *, depth: int = 100) -> float:
    """Give the average precision: the mean over the relevant ids of the precision at each's rank.

    A relevant id that is not among the first `depth` counts 0.
    """
    wanted = set(relevant)
    at = [rank for rank, one in enumerate(ranked[:depth], start=1) if one in wanted]
    return sum(found / rank for found, rank in enumerate(at, start=1)) / len(wanted)


def interval(
    values: Sequence[float], *, seed: int, draws: int = 10_000, level: float = 0.95
) -> Interval:
    """Give the mean of values over needs and its percentile bootstrap interval."""
    held = np.asarray(values, dtype=float)
    means = _resampled(held, seed, draws).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(held.mean()), float(low), float(high))


def compare(
    one: Sequence[float], other: Sequence[float], *, seed: int, draws: int = 10_000
) -> Difference:
    """Compare two rankings need by need: relative gain, its 95 % interval, and p."""
    mine, theirs = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(mine), size=(draws, len(mine)))
    base = np.maximum(theirs[rows].mean(axis=1), 1e-12)
    low, high = np.quantile(mine[rows].mean(axis=1) / base - 1, [0.025, 0.975])
    signs = rng.choice([-1.0, 1.0], size=(draws, len(mine)))
    difference = mine - theirs
    swapped = np.abs((signs * difference).mean(axis=1))
    p = (1 + int((swapped >= abs(difference.mean()) - 1e-12).sum())) / (draws + 1)
    relative = mine.mean() / max(theirs.mean(), 1e-12) - 1
    return Difference(float(relative), float(low), float(high), p)


def _resampled(values: NDArray[np.float64], seed: int, draws: int) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    return np.asarray(values[rows])


def reliability(
    chances: Sequence[float], outcomes: Sequence[bool], *, bins: int = 5
) -> list[tuple[float, float, int]]:
    """Hold said probabilities to what was so: in bins of equal size, mean said, share so, count."""
    order = np.argsort(chances, kind="stable")
    said, so = np.asarray(chances)[order], np.asarray(outcomes, dtype=float)[order]
    return [
        (float(said[part].mean()), float(so[part].mean()), len(part))
        for part in np.array_split(np.arange(len(said)), bins)
        if len(part)
    ]
