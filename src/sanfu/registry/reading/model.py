"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sanfu.registry.reading.sheets import column_letter

if TYPE_CHECKING:
    from sanfu.registry.reading.headings import Heading

CELLS_KEY = "row_key"


@dataclass(frozen=True)
class SheetCells:
    """One sheet's data rows as they stood: the home of every number.

    Attributes
    ----------
    cells
        `row_key`, `row` (sheet row from 1), and a text column for each sheet column, by its letter.
    """

    sheet: str
    headings: tuple[Heading, ...]
    cells: pl.DataFrame


@dataclass(frozen=True)
class Reading:
    """A file as understood; all frames are keyed by `row_key`, one a data row of the file.

    Attributes
    ----------
    rows
        row_key, file, sheet, row, and each firm-level measure found: money Int64 fen, dates, text,
        flags; legal names exactly as given.
    figures
        row_key, year (Int32), and measures of a firm in a year: money Int64 fen, counts Int64.
    titles
        row_key, tier, batch, granted, expires, review.
    extra
        row_key, year, column, raw: what was not understood, kept.
    problems
        The design's frame.
    set_aside
        row_key, file, sheet, row, code, raw: rows that cannot be used, with all their cells.
    """

    file: str
    rows: pl.DataFrame
    figures: pl.DataFrame
    titles: pl.DataFrame
    extra: pl.DataFrame
    problems: pl.DataFrame
    set_aside: pl.DataFrame
    sheets: tuple[SheetCells, ...] = field(default=())

    def mapping(self) -> pl.DataFrame:
        """Give how each column was understood: sheet, column, heading, measure, unit, year."""
        found = [
            {
                "sheet": sheet.sheet,
                "column": heading.letter,
                "heading": heading.words,
                "measure": heading.measure,
                "unit": heading.unit,
                "year": heading.year,
                "certainty": heading.certainty,
            }
            for sheet in self.sheets
            for heading in sheet.headings
        ]
        schema = {
            "sheet": pl.String, "column": pl.String, "heading": pl.String, "measure": pl.String,
            "unit": pl.String, "year": pl.Int32, "certainty": pl.String,
        }  # fmt: skip
        return pl.DataFrame(found, schema=schema)

    def origins(self) -> pl.DataFrame:
        """Give every cell with its home: row_key, year, column, file, sheet, cell, raw.

        Long: as many rows as filled cells; for one number use the ledger's `origin`.
        """
        parts = []
        for sheet in self.sheets:
            for heading in sheet.headings:
                if heading.measure is None or heading.letter not in sheet.cells.columns:
                    continue
                parts.append(
                    sheet.cells.filter(pl.col(heading.letter).is_not_null()).select(
                        "row_key",
                        pl.lit(heading.year, dtype=pl.Int32).alias("year"),
                        pl.lit(heading.measure).alias("column"),
                        pl.lit(self.file).alias("file"),
                        pl.lit(sheet.sheet).alias("sheet"),
                        (pl.lit(heading.letter) + pl.col("row").cast(pl.String)).alias("cell"),
                        pl.col(heading.letter).alias("raw"),
                    )
                )
        if not parts:
            schema = {
                "row_key": pl.Int64, "year": pl.Int32, "column": pl.String, "file": pl.String,
                "sheet": pl.String, "cell": pl.String, "raw": pl.String,
            }  # fmt: skip
            return pl.DataFrame(schema=schema)
        return pl.concat(parts)


__all__ = ["CELLS_KEY", "Reading", "SheetCells", "column_letter"]
