"""The figures of an index as an array with its names: read from any dataframe.

One row is a unit, or a unit in a year; one column an indicator. Other columns (denominators,
groups) are kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import polars as pl

from sanfu.errors import InputError, reading
from sanfu.index.long_table import widen
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array

_NO_FIGURE = {"", "na", "n/a", "nan", "null", "none", "-", "—", "——", "/", "…", "..."}
_SHOWN = 20


class FiguresFault(InputError):
    """The figures do not fit the framework; all faults are said at once."""

    def __init__(self, faults: Sequence[Text]) -> None:
        shown = list(faults[:_SHOWN])
        more = len(faults) - len(shown)
        zh = "\n".join(f"  - {fault.zh}" for fault in shown)
        en = "\n".join(f"  - {fault.en}" for fault in shown)
        if more:
            zh, en = f"{zh}\n  - 另有 {more} 处", f"{en}\n  - and {more} more"
        super().__init__(
            Text(f"数据有 {len(faults)} 处错误：\n{zh}", f"the figures have faults:\n{en}")
        )
        self.faults = tuple(faults)


@dataclass(frozen=True, eq=False)
class Figures:
    """A table of figures: rows are units (in years), columns indicators."""

    units: NDArray[np.object_]
    """One name a row."""
    years: NDArray[np.int64] | None
    codes: tuple[str, ...]
    values: Array
    """``(row, indicator)``, NaN where missing."""
    others: pl.DataFrame
    """The other columns, row by row."""

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Figures:
        """Give some of the rows."""
        if rows.dtype == bool and rows.all():
            return self
        return replace(
            self,
            units=self.units[rows],
            years=None if self.years is None else self.years[rows],
            values=self.values[rows],
            others=self.others.filter(rows) if rows.dtype == bool else self.others[rows],
        )

    def keep(self, columns: NDArray[np.bool_]) -> Figures:
        """Give some of the indicators."""
        if columns.all():
            return self
        codes = tuple(code for code, stays in zip(self.codes, columns, strict=True) if stays)
        return replace(self, codes=codes, values=self.values[:, columns])

    def with_values(self, values: Array) -> Figures:
        """Give the same rows and columns with other values."""
        return replace(self, values=values)

    def year_rows(self) -> list[NDArray[np.int64]]:
        """Give the rows of each year, ascending; all rows at once where there are no years."""
        if self.years is None:
            return [np.arange(len(self.units))]
        return [np.flatnonzero(self.years == year) for year in np.unique(self.years)]

    def keys(self) -> pl.DataFrame:
        """Give the columns ``unit`` and ``year`` (null without years)."""
        years = None if self.years is None else pl.Series(self.years, dtype=pl.Int64)
        return pl.DataFrame(
            {
                "unit": pl.Series(self.units.tolist(), dtype=pl.String),
                "year": pl.Series([None] * len(self.units), dtype=pl.Int64)
                if years is None
                else years,
            }
        )

    @property
    def frame(self) -> pl.DataFrame:
        """Unit, year, then a column an indicator; missing is null."""
        columns = {
            code: pl.Series(self.values[:, place]).fill_nan(None)
            for place, code in enumerate(self.codes)
        }
        return self.keys().with_columns(**columns)


def read_figures(data: Any, framework: Framework) -> Figures:
    """Read a dataframe (Polars, pandas, DuckDB, PyArrow …) or a file as the framework's figures.

    Raises
    ------
    FiguresFault
        A column is missing, a cell is no number, a unit comes twice: all said at once.
    """
    frame = to_polars(data)
    unit, year = framework.figures.unit, framework.figures.year
    if year is None and "year" in frame.columns:
        year = "year"
    wanted = {unit} | ({year} if year is not None else set()) | set(framework.indicators)
    denominators = _denominators(framework)
    wanted |= denominators
    frame, faults = widen(frame, unit, year, [*framework.indicators, *sorted(denominators)])
    for missing in sorted(wanted - set(frame.columns)):
        near = _near(missing, frame.columns)
        faults.append(
            Text(
                f"缺少列“{missing}”" + (f"；是否为“{near}”？" if near else ""),
                f"no column “{missing}”" + (f"; did you mean “{near}”?" if near else ""),
            )
        )
    if unit not in frame.columns or (year is not None and year not in frame.columns):
        raise FiguresFault(faults)  # nothing can be said of rows that have no name
    names = frame.get_column(unit).cast(pl.String).to_list()
    for row, name in enumerate(names, start=1):
        if name is None or not name.strip():
            faults.append(Text(f"第 {row} 行没有单元名称", f"row {row} has no unit name"))
    codes = tuple(framework.indicators)
    read = {
        code: _numbers(frame, code, names, faults)
        for code in (*codes, *sorted(denominators - set(codes)))
        if code in frame.columns
    }
    years = None if year is None else _years(frame, year, faults)
    faults += _twice(names, years)
    if faults:
        raise FiguresFault(faults)
    # column by column in memory: all statistics of the steps run down the columns
    values = np.empty((len(names), len(codes)), order="F")
    for place, code in enumerate(codes):
        values[:, place] = read[code]
    others = frame.drop([unit, *([year] if year else []), *codes])
    kept = [pl.Series(code, read[code]) for code in sorted(denominators)]
    units = np.asarray(names, dtype=object)
    return Figures(units, years, codes, values, others.with_columns(kept))


def _denominators(framework: Framework) -> set[str]:
    method = framework.method
    if method.denominate is None or "denominate" not in method.order:
        return set()
    return {i.denominator for i in framework.indicators.values() if i.denominator}


def load_frame(path: Path | str) -> pl.DataFrame:
    """Read a table from ``.csv``, ``.xlsx`` or ``.parquet``."""
    from pathlib import Path as FilePath  # noqa: PLC0415 - name kept for the signature

    file = FilePath(path)
    with reading(file):
        match file.suffix.lower():
            case ".parquet":
                return pl.read_parquet(file)
            case ".csv" | ".tsv":
                return pl.read_csv(
                    file,
                    separator="\t" if file.suffix.lower() == ".tsv" else ",",
                    infer_schema_length=None,
                    null_values=["", "NA", "NaN"],
                )
            case ".xlsx" | ".xls":
                return pl.read_excel(file, infer_schema_length=None)
            case other:
                raise InputError(
                    Text(
                        f"{file}：不能读取“{other}”文件，请另存为 .xlsx、.csv 或 .parquet",
                        f"{file}: cannot read “{other}”; save it as .xlsx, .csv or .parquet",
                    )
                )


def to_polars(data: Any) -> pl.DataFrame:
    """Give any dataframe, mapping of columns or table file as a Polars frame."""
    from os import PathLike  # noqa: PLC0415 - only here

    if isinstance(data, pl.DataFrame):
        return data
    if hasattr(data, "wide"):  # figures computed from firms
        found: pl.DataFrame = data.wide()
        return found
    if isinstance(data, (str, PathLike)):
        return load_frame(str(data))
    if isinstance(data, dict):
        return pl.DataFrame(data)
    native = nw.from_native(data)
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    return eager.to_polars()


def _numbers(frame: pl.DataFrame, code: str, names: Sequence[Any], faults: list[Text]) -> Array:
    column = frame.get_column(code)
    if column.dtype == pl.String:
        return _parsed(column, code, names, faults)
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        faults.append(
            Text(
                f"列“{code}”的类型是 {column.dtype}，应为数字",
                f"column “{code}” is {column.dtype}, expected numbers",
            )
        )
        return np.full(len(column), np.nan)
    value = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    endless = np.isinf(value)
    faults.extend(
        Text(
            f"“{names[row]}”的“{code}”是无穷大；请检查其分母",
            f"“{code}” of “{names[row]}” is infinite; check its denominator",
        )
        for row in np.flatnonzero(endless)[:_SHOWN]
    )
    return np.asarray(value, dtype=np.float64)


def _parsed(column: pl.Series, code: str, names: Sequence[Any], faults: list[Text]) -> Array:
    result = np.full(len(column), np.nan)
    for row, text in enumerate(column.to_list()):
        if text is None or text.strip().lower() in _NO_FIGURE:
            continue
        try:
            result[row] = float(text.strip().replace(",", ""))
        except ValueError:
            faults.append(
                Text(
                    f"“{names[row]}”的“{code}”是“{text}”，应为数字，例如 12.5",
                    f"“{code}” of “{names[row]}” is “{text}”, expected a number such as 12.5",
                )
            )
    return result


def _years(frame: pl.DataFrame, year: str, faults: list[Text]) -> NDArray[np.int64]:
    whole = frame.get_column(year).cast(pl.Int64, strict=False)
    for row in whole.is_null().arg_true().to_list()[:_SHOWN]:
        found = frame.get_column(year)[row]
        faults.append(
            Text(
                f"第 {row + 1} 行年份是“{found}”，应为整数，例如 2023",
                f"row {row + 1}: the year is “{found}”, expected a whole number such as 2023",
            )
        )
    return np.asarray(whole.fill_null(0).to_numpy(), dtype=np.int64)


def _twice(names: Sequence[Any], years: NDArray[np.int64] | None) -> list[Text]:
    keys = pl.DataFrame({"unit": names, "year": [0] * len(names) if years is None else years})
    repeated = keys.group_by("unit", "year").len().filter(pl.col("len") > 1).sort("unit", "year")
    return [
        Text(
            f"“{unit}”" + ("" if years is None else f" {year} 年") + f"出现了 {count} 次",
            f"“{unit}”" + ("" if years is None else f" in {year}") + f" comes {count} times",
        )
        for unit, year, count in repeated.iter_rows()
        if unit is not None
    ]


def _near(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a fault

    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)
