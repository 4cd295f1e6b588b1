"""Correlations of columns with holes: Pearson, Spearman, Kendall, with counts and p-values.

Arrays have the axes ``(unit, column)``; NaN is missing. Each pair of columns is taken over the
units that have both (pairwise complete), as COINr and R's ``use = "pairwise.complete.obs"`` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.moments import Array

Correlation = Literal["pearson", "spearman", "kendall"]
CORRELATIONS: tuple[Correlation, ...] = ("pearson", "spearman", "kendall")


@dataclass(frozen=True, eq=False)
class Correlations:
    """Three tables ``(column of x, column of y)``."""

    r: Array
    """In [−1, 1]; NaN where fewer than two units have both, or one of the two is constant."""
    n: Array
    """Units that have both."""
    p: Array
    """Two-sided p-value of no correlation; NaN for fewer than three units."""


def correlate(x: Array, y: Array | None = None, *, method: Correlation = "pearson") -> Correlations:
    """Correlate every column of `x` with every column of `y` (or of `x` itself).

    Parameters
    ----------
    x, y
        ``(unit, column)``, with the same units.
    method
        ``pearson``; ``spearman`` (mean ranks for ties); ``kendall`` (τ-b).

    Returns
    -------
    Correlations
        p-values: of Pearson's r and Spearman's ρ by Student's t with n − 2 degrees of freedom
        (R's ``cor.test(exact = FALSE)``), of Kendall's τ by its normal approximation with ties.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, np.nan], [4.0, 9.0]])
    >>> found = correlate(x)
    >>> round(float(found.r[0, 1]), 4), int(found.n[0, 1])
    (0.9333, 3)
    """
    other = x if y is None else y
    if method == "kendall":
        return _each_pair(x, other, method)
    if method == "spearman":
        if np.isnan(x).any() or np.isnan(other).any():
            return _each_pair(x, other, method)
        from scipy.stats import rankdata  # noqa: PLC0415 - slow to load

        r, n = _pearson(rankdata(x, axis=0), rankdata(other, axis=0))
    else:
        r, n = _pearson(x, other)
    return Correlations(r, n, _p_of_t(r, n))


def covariances(x: Array) -> Array:
    """Give the pairwise complete covariances of the columns (n − 1); ``(column, column)``."""
    r, products, n = _products(x, x)
    del r
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(n > 1, products / (n - 1), np.nan))


def _centred(x: Array) -> tuple[Array, Array]:
    there = ~np.isnan(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, x, 0).sum(axis=0) / there.sum(axis=0)
    return np.where(there, x - mean, 0), there.astype(np.float64)


def _products(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Give r, the sums of products about the pair's means, and the counts."""
    a, has_a = _centred(x)
    b, has_b = _centred(y)
    n = has_a.T @ has_b
    with np.errstate(invalid="ignore", divide="ignore"):
        sum_a, sum_b = a.T @ has_b, has_a.T @ b
        products = a.T @ b - sum_a * sum_b / n
        squares_a = (a * a).T @ has_b - sum_a**2 / n
        squares_b = has_a.T @ (b * b) - sum_b**2 / n
        flat = _constant(squares_a, a) | _constant(squares_b.T, b).T
        r = products / np.sqrt(squares_a * squares_b)
    return np.clip(np.where(flat | (n < 2), np.nan, r), -1, 1), products, n


def _constant(squares: Array, centred: Array) -> NDArray[np.bool_]:
    """Tell where a sum of squares is no more than rounding."""
    scale = (centred * centred).sum(axis=0)[:, None]
    return np.asarray(squares <= 1e-24 + 1e-14 * scale)


def _pearson(x: Array, y: Array) -> tuple[Array, Array]:
    r, _, n = _products(x, y)
    return r, n


def _p_of_t(r: Array, n: Array) -> Array:
    from scipy.special import stdtr  # noqa: PLC0415 - slow to load

    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(r) * np.sqrt((n - 2) / np.maximum(1 - r * r, 0))
        p = 2 * stdtr(n - 2, -t)
    return np.asarray(np.where((n > 2) & ~np.isnan(r), p, np.nan))


def _each_pair(x: Array, y: Array, method: Correlation) -> Correlations:
    """Pair by pair, ranking among the units that have both."""
    from scipy.stats import kendalltau, rankdata  # noqa: PLC0415 - slow to load

    shape = (x.shape[1], y.shape[1])
    r, n, p = np.full(shape, np.nan), np.zeros(shape), np.full(shape, np.nan)
    same = y is x
    for i in range(shape[0]):
        for j in range(i if same else 0, shape[1]):
            both = ~(np.isnan(x[:, i]) | np.isnan(y[:, j]))
            a, b = x[both, i], y[both, j]
            n[i, j] = len(a)
            if len(a) >= 2 and np.ptp(a) > 0 and np.ptp(b) > 0:
                if method == "kendall":
                    found = kendalltau(a, b, method="asymptotic")
                    r[i, j], p[i, j] = float(found.statistic), float(found.pvalue)
                else:
                    value, _ = _pearson(rankdata(a)[:, None], rankdata(b)[:, None])
                    r[i, j] = value[0, 0]
            if same:
                r[j, i], n[j, i], p[j, i] = r[i, j], n[i, j], p[i, j]
    return Correlations(r, n, p if method == "kendall" else _p_of_t(r, n))
