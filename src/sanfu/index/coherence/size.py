"""Whether figures go with size: their correlation with denominators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.correlation import Correlation, correlate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.moments import Array


def correlate_with_size(
    x: Array,
    codes: Sequence[str],
    denominators: Array,
    names: Sequence[str],
    *,
    method: Correlation = "pearson",
    limit: float = 0.0,
) -> pl.DataFrame:
    """Correlate columns with denominators, as COINr's get_denom_corr does.

    Parameters
    ----------
    x
        ``(unit, column)``.
    denominators
        ``(unit, denominator)``: population, GDP, number of firms …
    limit
        Only pairs whose correlation exceeds this in absolute value are given.

    Returns
    -------
    pl.DataFrame
        ``code, denominator, r, n, p``.
    """
    found = correlate(x, denominators, method=method)
    rows = [
        (code, name, float(found.r[i, j]), int(found.n[i, j]), float(found.p[i, j]))
        for i, code in enumerate(codes)
        for j, name in enumerate(names)
        if abs(found.r[i, j]) > limit
    ]
    schema = {
        "code": pl.String,
        "denominator": pl.String,
        "r": pl.Float64,
        "n": pl.Int64,
        "p": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("p").fill_nan(None))
