"""Counts, means, skewness and kurtosis of columns with holes, over any leading axes.

Arrays have the axes ``(..., unit, indicator)``; NaN is missing. Skewness is G1 and kurtosis the
excess G2 (Joanes and Gill 1998, type 2: SAS, SPSS, Excel, COINr).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def count_present(x: Array) -> Array:
    """Count the non-missing units; ``(..., unit, indicator)`` → ``(..., 1, indicator)``."""
    return np.asarray((~np.isnan(x)).sum(axis=-2, keepdims=True), dtype=np.float64)


def mean_present(x: Array) -> Array:
    """Give the mean of the non-missing units, NaN where there is none; axis kept."""
    return _centred(x)[0]


def _centred(x: Array) -> tuple[Array, Array, Array]:
    """Give mean, count (axis kept) and the gaps from the mean, 0 where missing.

    A second pass takes off the rounding of the first, so that 1e-12 holds on long columns.
    """
    gone = np.isnan(x)
    holes = bool(gone.any())
    count = (x.shape[-2] - gone.sum(axis=-2, keepdims=True)).astype(np.float64)
    filled = np.where(gone, 0, x) if holes else x
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=-2, keepdims=True) / count
        gaps = x - mean
        if holes:
            gaps[gone] = 0
        rest = gaps.sum(axis=-2, keepdims=True) / count
        gaps -= rest
        if holes:
            gaps[gone] = 0
    return np.asarray(mean + rest), np.asarray(count), gaps


def deviation_present(x: Array, *, ddof: int = 1) -> Array:
    """Give the standard deviation of the non-missing units (n − `ddof`); axis kept."""
    _, count, gaps = _centred(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = (gaps * gaps).sum(axis=-2, keepdims=True)
        return np.asarray(np.where(count > ddof, np.sqrt(squares / (count - ddof)), np.nan))


def range_present(x: Array) -> tuple[Array, Array]:
    """Give the smallest and largest non-missing value; axis kept, NaN where there is none."""
    lowest = np.fmin.reduce(x, axis=-2, keepdims=True)
    highest = np.fmax.reduce(x, axis=-2, keepdims=True)
    return lowest, highest


def median_present(x: Array) -> Array:
    """Give the median of the non-missing units; axis kept, NaN where there is none."""
    ordered = np.sort(x, axis=-2)
    count = count_present(x).astype(np.int64)
    last = np.maximum(count - 1, 0)
    low = np.take_along_axis(ordered, last // 2, axis=-2)
    high = np.take_along_axis(ordered, (last + 1) // 2, axis=-2)
    return np.asarray((low + high) / 2)


def skew_and_kurtosis(x: Array) -> tuple[Array, Array]:
    """Give the skewness G1 and the excess kurtosis G2 of each column.

    Returns
    -------
    tuple
        Two arrays ``(..., indicator)``; NaN for fewer than 3 (4) values or no spread.
    """
    _, counted, gaps = _centred(x)
    count = counted[..., 0, :]
    squared = gaps * gaps
    s2 = squared.sum(axis=-2)
    s3 = (squared * gaps).sum(axis=-2)
    s4 = (squared * squared).sum(axis=-2)
    return from_sums(count, s2, s3, s4)


def from_sums(n: Array, s2: Array, s3: Array, s4: Array) -> tuple[Array, Array]:
    """Give skewness and kurtosis from the count and the sums of powers about the mean."""
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.sqrt(n) * s3 / s2**1.5
        skew = np.where(n >= 3, y * np.sqrt(n * (n - 1)) / (n - 2), np.nan)
        r = n * s4 / s2**2
        kurtosis = ((n + 1) * (r - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return skew, np.where(n >= 4, kurtosis, np.nan)


def scalar_moments(n: int, s2: float, s3: float, s4: float) -> tuple[float, float]:
    """Give `from_sums` of single numbers; NaN where it is not defined."""
    if s2 <= 0 or n < 3:
        return math.nan, math.nan
    skew = math.sqrt(n) * s3 / s2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    if n < 4:
        return skew, math.nan
    r = n * s4 / s2**2
    return skew, ((n + 1) * (r - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))


def is_constant(x: Array) -> NDArray[np.bool_]:
    """Tell which columns have no spread (or no value at all); ``(..., indicator)``."""
    lowest, highest = range_present(x)
    return np.asarray(~(highest > lowest)[..., 0, :])
