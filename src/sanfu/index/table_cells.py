"""Where the figures of a table file stand: file, sheet and cell of each, for `Index.trace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.index.figures import load_frame

if TYPE_CHECKING:
    from sanfu.index.framework import Framework

SCHEMA = {
    "unit": pl.String,
    "year": pl.Int64,
    "column": pl.String,
    "file": pl.String,
    "sheet": pl.String,
    "row": pl.String,
    "raw": pl.String,
}


def find_table_cells(path: Path | str, framework: Framework) -> pl.DataFrame:
    """Give the cell of every figure in a wide table of units (and years) by indicators.

    Parameters
    ----------
    path
        The ``.xlsx``, ``.csv`` or ``.parquet`` file that the index is built from; of a workbook the
        first sheet is read.
    framework
        Its names of the key columns and its indicators and denominators.

    Returns
    -------
    pl.DataFrame
        ``unit, year, column, file, sheet, row`` (the address, such as C5; a Parquet file has
        none and its row number stands instead) and ``raw``; empty for a long table.
    """
    file = Path(path)
    frame = load_frame(file)
    unit = framework.figures.unit
    year = framework.figures.year or ("year" if "year" in frame.columns else None)
    wanted = [*framework.indicators]
    wanted += [i.denominator for i in framework.indicators.values() if i.denominator]
    columns = [name for name in dict.fromkeys(wanted) if name in frame.columns]
    if unit not in frame.columns or not columns:
        return pl.DataFrame(schema=SCHEMA)
    sheet = _first_sheet(file)
    units = frame.get_column(unit).cast(pl.String)
    years = (
        pl.Series([None] * frame.height, dtype=pl.Int64)
        if year is None or year not in frame.columns
        else frame.get_column(year).cast(pl.Int64, strict=False)
    )
    addressed = file.suffix.lower() != ".parquet"
    parts = []
    for name in columns:
        letter = column_letter(frame.columns.index(name)) if addressed else ""
        parts.append(
            pl.DataFrame(
                {
                    "unit": units,
                    "year": years,
                    "column": [name] * frame.height,
                    "file": [file.name] * frame.height,
                    "sheet": [sheet] * frame.height,
                    "row": [f"{letter}{row}" for row in range(2, frame.height + 2)],
                    "raw": [_written(value) for value in frame.get_column(name)],
                },
                schema=SCHEMA,
            )
        )
    return pl.concat(parts)


def column_letter(place: int) -> str:
    """Give a column's letters from its place, 0 for A, 26 for AA."""
    letters, left = "", place + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _first_sheet(file: Path) -> str | None:
    if file.suffix.lower() not in (".xlsx", ".xls"):
        return None
    import fastexcel  # noqa: PLC0415 - only for workbooks

    names: list[str] = fastexcel.read_excel(file).sheet_names
    return names[0]


def _written(value: Any) -> str | None:
    return None if value is None else str(value)
