"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content.measures import measures
from sanfu.registry.reading.sheets import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sanfu.registry.reading.headings import Heading

CELLS_KEY = "row_key"
EXTRA_SCHEMA: dict[str, Any] = {
    "row_key": pl.Int64, "year": pl.Int32, "column": pl.String, "raw": pl.String,
}  # fmt: skip


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
    source: Path | None = None
    """The file, where its cells can be kept by keeping it (Parquet)."""

    def extra(self) -> pl.DataFrame:
        """Give what was not understood, kept: row_key, year, column, raw."""
        return unknown_cells(self.cells, self.headings)


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
    problems
        The design's frame.
    set_aside
        row_key, file, sheet, row, code, raw: rows that cannot be used, with all their cells.
    """

    file: str
    rows: pl.DataFrame
    figures: pl.DataFrame
    titles: pl.DataFrame
    problems: pl.DataFrame
    set_aside: pl.DataFrame
    sheets: tuple[SheetCells, ...] = field(default=())

    @property
    def extra(self) -> pl.DataFrame:
        """What was not understood, kept: row_key, year, column, raw."""
        found = [sheet.extra() for sheet in self.sheets]
        kept = pl.concat(found) if found else pl.DataFrame(schema=EXTRA_SCHEMA)
        return kept.join(self.rows.select("row_key"), on="row_key", how="semi")

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

    def places(self) -> pl.DataFrame:
        """Give where each official term stands: sheet, term, place (letter and heading)."""
        found = []
        for sheet in self.sheets:
            by_row = any(heading.measure == "year" for heading in sheet.headings)
            for heading in sheet.headings:
                if heading.measure is None:
                    continue
                term = measures()[heading.measure].zh
                place = f"{heading.letter} {heading.words}"
                found.append((sheet.sheet, term, place))
                years = range(1990, 2100) if by_row and heading.year is None else [heading.year]
                found += [(sheet.sheet, f"{term} {year} 年", place) for year in years if year]
        schema = dict.fromkeys(("sheet", "term", "place"), pl.String)
        return pl.DataFrame(found, schema=schema, orient="row")

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
                        pl.col(heading.letter).cast(pl.String).alias("raw"),
                    )
                )
        if not parts:
            schema = {
                "row_key": pl.Int64, "year": pl.Int32, "column": pl.String, "file": pl.String,
                "sheet": pl.String, "cell": pl.String, "raw": pl.String,
            }  # fmt: skip
            return pl.DataFrame(schema=schema)
        return pl.concat(parts)


def unknown_cells(
    cells: pl.DataFrame, headings: Iterable[Heading], key: str = "row_key"
) -> pl.DataFrame:
    """Give the filled cells of columns that no measure was found for: key, year, column, raw."""
    frames = [
        cells.filter(pl.col(one.letter).is_not_null()).select(
            key,
            pl.lit(one.year, dtype=pl.Int32).alias("year"),
            pl.lit(one.words).alias("column"),
            pl.col(one.letter).cast(pl.String).alias("raw"),
        )
        for one in headings
        if one.measure is None and one.words and one.letter in cells.columns
    ]
    schema = {key: cells.schema[key], **{n: EXTRA_SCHEMA[n] for n in ("year", "column", "raw")}}
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


__all__ = ["CELLS_KEY", "EXTRA_SCHEMA", "Reading", "SheetCells", "column_letter"]
