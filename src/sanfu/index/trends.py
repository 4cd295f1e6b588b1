"""Trends of indicators or scores over the years: compound annual growth, percentage change.

As COINr's ``get_trends`` with ``CAGR`` and ``prc_change``. What COINr gets wrong is right here:
chosen years read their own figures (COINr takes those of the first rows), and a single indicator
may be asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.moments import Array

Measure = Literal["cagr", "percent_change"]
SCHEMA = {
    "unit": pl.String,
    "indicator": pl.String,
    "trend": pl.Float64,
    "available": pl.Float64,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
}


def compound_growth(values: Array, years: Array) -> float:
    """Give (last / first)^(1 / years) − 1 over the first and last figures that are there.

    Returns
    -------
    float
        A fraction a year; 0 where both ends are equal; NaN for fewer than two figures, from 0, or
        where the sign changes.
    """
    y, x = _known(values, years)
    if len(y) < 2:
        return float("nan")
    if y[0] == y[-1]:
        return 0.0
    if y[0] == 0 or y[-1] / y[0] < 0:
        return float("nan")
    return float((y[-1] / y[0]) ** (1 / (x[-1] - x[0])) - 1)


def percent_change(values: Array, years: Array, *, per: float = 1) -> float:
    """Give the change in percent of the first value, a year (or `per` years).

    Two figures give their own change; three or more the slope of a least-squares line in percent
    of its first fitted value.

    Returns
    -------
    float
        In percent; 0 where all are equal, NaN for fewer than two figures or from 0.
    """
    y, x = _known(values, years)
    if len(y) < 2:
        return float("nan")
    if np.ptp(y) == 0:
        return 0.0
    if len(y) == 2:
        slope, start = (y[1] - y[0]) / (x[1] - x[0]), y[0]
    else:
        centred = x - x.mean()
        slope = float(centred @ (y - y.mean()) / (centred @ centred))
        start = y.mean() + slope * (x[0] - x.mean())
    return float(100 * slope * per / start) if start != 0 else float("nan")


def _known(values: Array, years: Array) -> tuple[Array, Array]:
    y, x = np.asarray(values, dtype=np.float64), np.asarray(years, dtype=np.float64)
    there = ~np.isnan(y)
    order = np.argsort(x[there], kind="stable")
    return y[there][order], x[there][order]


def find_trends(
    panel: pl.DataFrame,
    indicators: Sequence[str] | None = None,
    *,
    measure: Measure = "cagr",
    years: Sequence[int] | None = None,
    latest: int | None = None,
    interpolate: bool = False,
    per: float = 1,
    directions: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """Give the trend of every unit and indicator.

    Parameters
    ----------
    panel
        ``unit, year`` and a column an indicator: figures, or scores (`Index.frame` pivoted).
    indicators
        Which columns; all others of numbers if nothing is said.
    measure
        ``"cagr"`` compound annual growth (a fraction), ``"percent_change"`` (percent a year).
    years
        Only these years.
    latest
        Only so many years back from the unit's last figure; missing where it has fewer.
    interpolate
        Fill holes between two figures on a straight line first (for ``percent_change``).
    per
        Years that a percentage change is given for.
    directions
        Indicator → 1 or −1: a trend of −1 has its sign turned, so that above 0 is better.

    Returns
    -------
    pl.DataFrame
        ``unit, indicator, trend, available`` (share of the years with a figure), ``first_year,
        last_year``.

    Raises
    ------
    InputError
        A column or year is not in the panel.
    """
    chosen = _columns(panel, indicators)
    axis = sorted(panel["year"].unique().to_list())
    unknown = sorted(set(years or ()) - set(axis))
    if unknown:
        shown = "、".join(str(year) for year in unknown)
        raise InputError(Text(f"数据里没有 {shown} 年", f"no year {shown} in the panel"))
    kept = axis if years is None else sorted(set(years))
    lines = []
    for (unit,), rows in panel.group_by("unit", maintain_order=True):
        at = dict(zip(rows["year"].to_list(), range(rows.height), strict=True))
        for code in chosen:
            column = rows[code].cast(pl.Float64).fill_null(np.nan).to_numpy()
            series = np.array([column[at[year]] if year in at else np.nan for year in axis])
            told = _one(series, axis, kept, measure, latest, interpolate, per)
            lines.append((str(unit), code, *told))
    frame = pl.DataFrame(lines, schema=SCHEMA, orient="row").with_columns(
        pl.col("trend").fill_nan(None)
    )
    turned = [code for code, direction in (directions or {}).items() if direction < 0]
    return frame.with_columns(
        trend=pl.when(pl.col("indicator").is_in(turned)).then(-pl.col("trend")).otherwise("trend")
    )


def _columns(panel: pl.DataFrame, indicators: Sequence[str] | None) -> list[str]:
    numbers = [
        name
        for name, dtype in panel.schema.items()
        if dtype.is_numeric() and name not in ("unit", "year")
    ]
    if indicators is None:
        return numbers
    wrong = [name for name in indicators if name not in numbers]
    if wrong or "year" not in panel.columns or "unit" not in panel.columns:
        shown = "、".join(wrong) or "unit / year"
        known = "、".join(panel.columns)
        raise InputError(
            Text(
                f"数据里没有数字列 {shown}；有：{known}", f"no column of numbers {shown} in {known}"
            )
        )
    return list(indicators)


def _one(
    series: Array,
    axis: list[int],
    kept: list[int],
    measure: Measure,
    latest: int | None,
    interpolate: bool,  # noqa: FBT001 - private
    per: float,
) -> tuple[float, float, int | None, int | None]:
    years = np.array(axis, dtype=np.float64)
    there = ~np.isnan(series)
    filled = series
    if interpolate and there.sum() > 1:
        inside = np.interp(years, years[there], series[there], left=np.nan, right=np.nan)
        filled = np.where(there, series, inside)
    within = np.isin(years, kept)
    y, x, seen = filled[within], years[within], there[within]
    if latest is not None:
        last = int(np.flatnonzero(~np.isnan(y))[-1]) if (~np.isnan(y)).any() else -1
        start = last - latest + 1
        if start < 0:
            return float("nan"), float(seen.mean()), None, None
        y, x, seen = y[start : last + 1], x[start : last + 1], seen[start : last + 1]
    known = x[seen]
    trend = compound_growth(y, x) if measure == "cagr" else percent_change(y, x, per=per)
    ends = (int(known[0]), int(known[-1])) if len(known) > 1 else (None, None)
    return trend, float(seen.mean()), *ends
