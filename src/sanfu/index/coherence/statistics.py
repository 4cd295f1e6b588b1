"""What each column looks like and how much of it is there; how much each unit has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.index.coherence.limits import LIMITS, Limits
from sanfu.index.moments import (
    deviation_present,
    mean_present,
    median_present,
    range_present,
    skew_and_kurtosis,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.moments import Array


def describe_columns(x: Array, codes: Sequence[str], limits: Limits = LIMITS) -> pl.DataFrame:
    """Describe each column as COINr's get_stats does.

    Parameters
    ----------
    x
        ``(unit, column)``; NaN is missing.

    Returns
    -------
    pl.DataFrame
        ``code, n, min, max, mean, median, sd, skew, kurtosis, nonzero, unique, same`` (counts;
        `same` is the number of units that share the commonest value), the shares
        ``available`` of the units and ``nonzero_share, unique_share, same_share`` of the values
        that are there, and ``low_data, low_nonzero, low_unique, outliers``. sd divides by n − 1;
        skewness G1, excess kurtosis G2.
    """
    counts = [np.unique(column[~np.isnan(column)], return_counts=True)[1] for column in x.T]
    n = (~np.isnan(x)).sum(axis=0)
    nonzero = ((x != 0) & ~np.isnan(x)).sum(axis=0)
    unique = np.array([len(c) for c in counts])
    same = np.array([c.max() if len(c) else 0 for c in counts])
    skew, kurtosis = skew_and_kurtosis(x)
    lowest, highest = range_present(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.stack([nonzero / n, unique / n, same / n])
    available = n / max(len(x), 1)
    frame = pl.DataFrame(
        {
            "code": list(codes),
            "n": n,
            "min": lowest[0],
            "max": highest[0],
            "mean": mean_present(x)[0],
            "median": median_present(x)[0],
            "sd": deviation_present(x)[0],
            "skew": skew,
            "kurtosis": kurtosis,
            "nonzero": nonzero,
            "unique": unique,
            "same": same,
            "available": available,
            "nonzero_share": shares[0],
            "unique_share": shares[1],
            "same_share": shares[2],
            "low_data": available < limits.available,
            "low_nonzero": shares[0] < limits.nonzero,
            "low_unique": shares[1] < limits.unique,
            "outliers": (np.abs(skew) > limits.skew) & (kurtosis > limits.kurtosis),
        }
    )
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def count_availability(
    x: Array,
    units: Sequence[str],
    codes: Sequence[str],
    below: Mapping[str, Sequence[str]] | None = None,
) -> pl.DataFrame:
    """Count what each unit has, as COINr's get_data_avail does.

    Parameters
    ----------
    below
        Node → indicators under it; adds a column with the share of these that the unit has.

    Returns
    -------
    pl.DataFrame
        ``unit, missing, zeros, missing_or_zero, available, nonzero`` (`nonzero` is a share of the
        values that are there), then a column a node.
    """
    there = ~np.isnan(x)
    zeros = (x == 0).sum(axis=1)
    missing = (~there).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        nonzero = 1 - zeros / there.sum(axis=1)
    columns: dict[str, object] = {
        "unit": list(units),
        "missing": missing,
        "zeros": zeros,
        "missing_or_zero": missing + zeros,
        "available": there.mean(axis=1),
        "nonzero": nonzero,
    }
    for node, under in (below or {}).items():
        columns[node] = there[:, [list(codes).index(code) for code in under]].mean(axis=1)
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
