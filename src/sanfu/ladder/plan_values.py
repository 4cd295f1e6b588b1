"""The values of many firms as they will stand so many years on, if nothing changes.

A figure of a year to come is taken as that of the last full year; years of business grow by
themselves. Whole numbers are Python integers in object arrays, so that no product overflows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.ladder.values import BOUNDS, SCALES, measure_of, type_of, years_back

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Whole = NDArray[np.object_]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Values:
    """n firms' values of the columns that a book reads, `ahead` years on.

    Attributes
    ----------
    whole
        Column → (n,) integers as kept for a check (fen, millionths of a share); 0 where missing.
    text
        Column → (n,) category words; flags are ``"true"`` and ``"false"``.
    known
        Column → (n,) whether it is there.
    """

    n: int
    ahead: int
    whole: dict[str, Whole]
    text: dict[str, NDArray[np.object_]]
    known: dict[str, Flags]

    def take(self, rows: NDArray[Any]) -> Values:
        """Give only some firms."""
        return Values(
            int(np.arange(self.n)[rows].size),
            self.ahead,
            {name: values[rows] for name, values in self.whole.items()},
            {name: values[rows] for name, values in self.text.items()},
            {name: values[rows] for name, values in self.known.items()},
        )


def source_column(column: str, ahead: int) -> str:
    """Give today's column that `column` reads so many years on, if nothing changes."""
    measure = measure_of(column)
    if measure is None or measure.frame != "figures" or ahead == 0:
        return column
    back = years_back(column)
    name = column[: -len(f"_{back}")] if back else column
    left = max(back - ahead, 0)
    return f"{name}_{left}" if left else name


def is_future(column: str, ahead: int) -> bool:
    """Tell whether a column will be of a year that has not ended yet."""
    measure = measure_of(column)
    return measure is not None and measure.frame == "figures" and years_back(column) < ahead


def read_values(frame: pl.DataFrame, columns: Iterable[str], ahead: int) -> Values:
    """Read what a book's columns will hold; a column that is not in the frame is missing."""
    whole: dict[str, Whole] = {}
    text: dict[str, NDArray[np.object_]] = {}
    known: dict[str, Flags] = {}
    for column in columns:
        measure = measure_of(column)
        source = source_column(column, ahead)
        if measure is None:
            raise AssertionError(column)
        if source in frame.columns:
            series = frame.get_column(source)
        else:
            series = pl.Series(source, [None] * frame.height, dtype=pl.Null)
        if type_of(measure) == "whole":
            kept = _kept(series, measure.kind)
            if measure.kind == "years":
                kept = kept + ahead
            known[column] = kept.is_not_null().to_numpy()
            whole[column] = np.array(kept.fill_null(0).to_list(), dtype=object)
        else:
            words = series.cast(pl.String)
            known[column] = words.is_not_null().to_numpy()
            text[column] = np.array(words.fill_null("").to_list(), dtype=object)
    return Values(frame.height, ahead, whole, text, known)


def _kept(series: pl.Series, kind: str) -> pl.Series:
    scale = SCALES.get(kind, 1)
    if series.dtype == pl.Null:
        return series.cast(pl.Int64)
    if series.dtype.is_integer():
        kept = series.cast(pl.Int64) * scale
    else:
        kept = (series.cast(pl.Float64) * scale).round().cast(pl.Int64, strict=False)
    frame = pl.DataFrame({"x": kept})
    return frame.select(pl.when(pl.col("x").abs() <= BOUNDS[kind]).then("x").alias("x")).to_series()
