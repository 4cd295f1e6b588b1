"""Sobol indices and Shapley effects from pick-freeze samples: designs and estimators.

A design stacks blocks of n rows: A, B, then A with some columns taken from B. Outputs have the
axes ``(block, row, output)``; an index of an output without variance is NaN. An output that is
NaN in any block's row is left out of that row.

References
----------
Saltelli et al. (2010), Comput. Phys. Commun. 181, 259-270, table 2 (b) and (f).
Jansen (1999), Comput. Phys. Commun. 117, 35-43.
Janon, Klein, Lagnoux, Nodet and Prieur (2014), ESAIM P&S 18, 342-364: the estimator T, which is
asymptotically efficient.
Song, Nelson and Staum (2016), SIAM/ASA J. Uncertain. Quantif. 4, 1060-1083: Shapley effects, with
the total form of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array

Estimator = Literal["janon", "jansen", "saltelli"]
Subset = frozenset[int]


@dataclass(frozen=True, eq=False)
class Estimate:
    """An index of every factor and output ``(factor, output)``, with its interval."""

    value: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """First-order and total indices."""

    first: Estimate
    total: Estimate
    variance: Array
    """``(output,)``, over A and B."""


def pick_freeze(
    a: Array, b: Array, columns: Sequence[NDArray[np.int64]], subsets: Sequence[Subset]
) -> Array:
    """Stack A, B, and for each subset of factors A with their columns from B."""
    blocks = [a, b]
    for subset in subsets:
        block = a.copy()
        for factor in subset:
            block[:, columns[factor]] = b[:, columns[factor]]
        blocks.append(block)
    return np.concatenate(blocks)


def singles(factors: int) -> list[Subset]:
    """Give the subsets that Sobol indices need."""
    return [frozenset([factor]) for factor in range(factors)]


def estimate_sobol(
    y: Array,
    *,
    estimator: Estimator = "janon",
    bootstrap: int = 500,
    confidence: float = 0.95,
    seed: int = 1,
    parity: Literal["COINr"] | None = None,
) -> SobolIndices:
    """Estimate the indices of every factor and output.

    Parameters
    ----------
    y
        ``(2 + factor, row, output)``: outputs of A, B and A with each factor's columns from B.
    estimator
        Of the first-order index; the total index is always Jansen's.
    bootstrap
        How often the rows are drawn again for the percentile intervals; 0 makes none. Rows of a
        Sobol sequence are more even than independent ones, so there the intervals are too wide.
    parity
        ``"COINr"``: its estimators on outputs that are not centred, variances with n − 1.
    """
    y = np.asarray(y, dtype=np.float64)
    there = np.asarray(~np.isnan(y).any(axis=0))
    if parity is None:
        with np.errstate(invalid="ignore", divide="ignore"):
            both = np.where(there, y[:2], 0).sum(axis=(0, 1)) / (2 * there.sum(axis=0))
        y = y - both  # estimators of products lose digits, and the bootstrap spread, off centre
    filled = np.where(there, y, 0)
    once = np.ones((1, y.shape[1]))
    first, total, variance = _indices(filled, there, once, estimator, parity)
    bounds = _bootstrap_bounds(filled, there, bootstrap, confidence, seed, estimator, parity)
    return SobolIndices(
        Estimate(first[0], *bounds[0]),
        Estimate(total[0], *bounds[1]),
        variance[0],
    )


def _indices(
    y: Array, there: NDArray[np.bool_], counts: Array, estimator: Estimator, parity: str | None
) -> tuple[Array, Array, Array]:
    """Give first, total ``(sample, factor, output)`` and variance; `counts` ``(sample, row)``."""
    a, b, mixed = y[0], y[1], y[2:]
    n = counts @ there

    def mean(terms: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((counts @ terms) / n)

    centre = mean(a + b) / 2
    variance = mean(a * a + b * b) / 2 - centre**2
    if parity == "COINr":
        variance = variance * (2 * n) / (2 * n - 1)
    spread = np.where(variance > 1e-12 * np.maximum(centre**2, 1e-300), variance, np.nan)
    first, total = [], []
    for frozen in mixed:
        total.append(mean((a - frozen) ** 2) / 2 / spread)
        if parity == "COINr" or estimator == "saltelli":
            first.append(mean(b * (frozen - a)) / spread)
        elif estimator == "jansen":
            first.append(1 - mean((b - frozen) ** 2) / 2 / spread)
        else:
            middle = mean(b + frozen) / 2
            squares = mean(b * b + frozen * frozen) / 2
            with np.errstate(invalid="ignore", divide="ignore"):
                share = (mean(b * frozen) - middle**2) / (squares - middle**2)
            first.append(np.where(np.isnan(spread), np.nan, share))
    return np.stack(first, axis=1), np.stack(total, axis=1), variance


def _bootstrap_bounds(
    y: Array,
    there: NDArray[np.bool_],
    times: int,
    confidence: float,
    seed: int,
    estimator: Estimator,
    parity: str | None,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    factors, n, outputs = len(y) - 2, y.shape[1], y.shape[2]
    if times < 2:
        nothing = np.full((factors, outputs), np.nan)
        return (nothing, nothing), (nothing, nothing)
    counts = resample_counts(times, n, seed)
    first, total, _ = _indices(y, there, counts, estimator, parity)
    return _percentiles(first, confidence), _percentiles(total, confidence)


def resample_counts(times: int, n: int, seed: int) -> Array:
    """Give how often each of n rows is drawn in each of `times` samples of n."""
    picked = np.random.default_rng(seed).integers(0, n, (times, n))
    picked += n * np.arange(times)[:, None]
    return np.bincount(picked.ravel(), minlength=times * n).reshape(times, n).astype(np.float64)


def _percentiles(samples: Array, confidence: float) -> tuple[Array, Array]:
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return low, high


@dataclass(frozen=True)
class Chains:
    """Which subsets Shapley effects need, and how each factor's effect is their sum."""

    subsets: tuple[Subset, ...]
    factors: int
    terms: tuple[tuple[int, Subset, Subset, float], ...]
    """Factor, subset with it, subset without it, weight."""


def shapley_chains(factors: int, permutations: int | None, seed: int) -> Chains:
    """Lay out the effects: over all subsets, or over random orders of the factors.

    Parameters
    ----------
    permutations
        How many random orders; None takes all subsets (2^factors − 2 beside A and B).
    """
    every = frozenset(range(factors))
    terms: dict[tuple[int, Subset, Subset], float] = {}
    if permutations is None:
        for factor in range(factors):
            rest = sorted(every - {factor})
            for size in range(factors):
                share = factorial(size) * factorial(factors - size - 1) / factorial(factors)
                for chosen in combinations(rest, size):
                    without = frozenset(chosen)
                    terms[factor, without | {factor}, without] = share
    else:
        rng = np.random.default_rng(seed)
        for _ in range(permutations):
            before: Subset = frozenset()
            for factor in rng.permutation(factors).tolist():
                key = (int(factor), before | {int(factor)}, before)
                terms[key] = terms.get(key, 0) + 1 / permutations
                before = before | {int(factor)}
    needed = {s for _, a, b in terms for s in (a, b)} - {frozenset(), every}
    subsets = tuple(sorted(needed, key=lambda s: (len(s), sorted(s))))
    return Chains(subsets, factors, tuple((*key, share) for key, share in terms.items()))


def estimate_shapley(
    y: Array, chains: Chains, *, bootstrap: int = 500, confidence: float = 0.95, seed: int = 1
) -> tuple[Estimate, Array]:
    """Estimate each factor's Shapley effect, as a share of the variance, and the variance.

    The cost of a subset is its total variance, E[Var(Y | all others)], by Jansen's estimator; the
    effects add up to 1 exactly.

    Parameters
    ----------
    y
        ``(2 + subset, row, output)`` in the order of the chains' subsets.
    """
    y = np.asarray(y, dtype=np.float64)
    there = np.asarray(~np.isnan(y).any(axis=0))
    filled = np.where(there, y, 0)
    place = {subset: at + 2 for at, subset in enumerate(chains.subsets)}
    place[frozenset(range(chains.factors))] = 1

    def effects(counts: Array) -> tuple[Array, Array]:
        n = counts @ there
        cost = {frozenset[int](): np.zeros(n.shape)}
        for subset, at in place.items():
            with np.errstate(invalid="ignore", divide="ignore"):
                cost[subset] = (counts @ (filled[0] - filled[at]) ** 2) / n / 2
        found = np.zeros((n.shape[0], chains.factors, n.shape[1]))
        for factor, having, without, share in chains.terms:
            found[:, factor] += share * (cost[having] - cost[without])
        variance = cost[frozenset(range(chains.factors))]
        positive = np.where(variance > 0, variance, np.nan)
        return found / positive[:, None], variance

    value, variance = effects(np.ones((1, y.shape[1])))
    if bootstrap < 2:
        nothing = np.full(value.shape[1:], np.nan)
        return Estimate(value[0], nothing, nothing), variance[0]
    samples, _ = effects(resample_counts(bootstrap, y.shape[1], seed))
    return Estimate(value[0], *_percentiles(samples, confidence)), variance[0]
