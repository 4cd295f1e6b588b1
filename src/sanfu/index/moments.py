"""Counts, means, skewness and kurtosis of columns with holes, over any leading axes.

Arrays have the axes ``(..., unit, indicator)``; NaN is missing. Skewness is G1 and kurtosis the
excess G2 (Joanes and Gill 1998, type 2: SAS, SPSS, Excel, COINr).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def count_present(x: Array) -> Array:
    """Count the non-missing units; ``(..., unit, indicator)`` → ``(..., 1, indicator)``."""
    return np.asarray((~np.isnan(x)).sum(axis=-2, keepdims=True), dtype=np.float64)


def mean_present(x: Array) -> Array:
    """Give the mean of the non-missing units, NaN where there is none; axis kept."""
    count = count_present(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(x, axis=-2, keepdims=True) / count
        # a second pass takes off the rounding of the first, so that 1e-12 holds on long columns
        return np.asarray(mean + np.nansum(x - mean, axis=-2, keepdims=True) / count)


def deviation_present(x: Array, *, ddof: int = 1) -> Array:
    """Give the standard deviation of the non-missing units (n − `ddof`); axis kept."""
    count = count_present(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.nansum((x - mean_present(x)) ** 2, axis=-2, keepdims=True)
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
    count = count_present(x)[..., 0, :]
    gaps = x - mean_present(x)
    gaps[np.isnan(gaps)] = 0
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


def is_constant(x: Array) -> NDArray[np.bool_]:
    """Tell which columns have no spread (or no value at all); ``(..., indicator)``."""
    lowest, highest = range_present(x)
    return np.asarray(~(highest > lowest)[..., 0, :])
