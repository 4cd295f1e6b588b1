"""The same registry as an office would really receive it: twelve dirty files and their key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.registry.sample.dirty.lists import LISTS
from sanfu.registry.sample.dirty.people import Source
from sanfu.registry.sample.dirty.write import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.registry.sample.generate import SampleRegistry

__all__ = ["AnswerKey", "write_dirty"]


@dataclass(frozen=True)
class AnswerKey:
    """What the dirty files really say.

    Attributes
    ----------
    files
        Paths in the order of import.
    rows
        A row for each data row: ``file, sheet, row, firm, kind, identity``; `kind` is ``data`` or
        ``broken`` (its bytes cannot be decoded: it must be set aside). `identity` says by what the
        firm can be known: ``code``, ``name`` (with the district), ``undecidable``.
    cells
        A row for each cell of a measure: ``file, sheet, row, firm, column, year, value,
        undecidable, fault, shown``. `value` is what an honest reader must get, as text: fen, whole
        numbers, ISO days, ``true``/``false``, district codes; empty where nothing or where it
        cannot be decided.
    """

    files: tuple[Path, ...]
    rows: pl.DataFrame
    cells: pl.DataFrame

    def faults(self) -> pl.DataFrame:
        """Give the faults that were put in, with where and what: one row a spoiled cell."""
        spoiled = self.cells.filter(pl.col("fault").is_not_null() & (pl.col("fault") != "implied"))
        broken = self.rows.filter(pl.col("kind") == "broken").select(
            "file", "sheet", "row", "firm", pl.lit("").alias("column"),
            pl.lit("broken-encoding").alias("fault"),
        )  # fmt: skip
        return pl.concat([spoiled.select(broken.columns), broken])

    def duplicates(self) -> pl.DataFrame:
        """Give rows that neither code nor folded name ties to their firm: file, …, firm, fault.

        ``name-typo`` and ``name-short`` can be found by likeness; ``old-name`` only by asking.
        """
        named = self.cells.filter(pl.col("column") == "name").select(
            "file", "sheet", "row", "fault"
        )
        loose = self.rows.filter(pl.col("identity") == "undecidable")
        return loose.join(named, on=["file", "sheet", "row"]).drop("kind", "identity")


def write_dirty(registry: SampleRegistry, folder: Path, seed: int = 7) -> AnswerKey:
    """Write the twelve files and their key.

    Parameters
    ----------
    registry
        The clean truth.
    folder
        Where the files go; the key goes into ``answer_key`` beside them.
    seed
        Of the dirt; the same seed gives the same files byte for byte.
    """
    source = Source(registry, np.random.default_rng([seed, 12]))
    folder.mkdir(parents=True, exist_ok=True)
    paths, rows, cells = [], [], []
    for make in LISTS:
        file = make(source)
        paths.append(write_file(file, folder))
        for sheet in file.sheets:
            if not sheet.hidden:
                of_rows, of_cells = sheet.key(file.name)
                rows.append(of_rows)
                cells.append(of_cells)
    key = AnswerKey(tuple(paths), pl.concat(rows), pl.concat(cells))
    place = folder / "answer_key"
    place.mkdir(exist_ok=True)
    key.rows.write_parquet(place / "rows.parquet")
    key.cells.write_parquet(place / "cells.parquet")
    key.faults().write_parquet(place / "faults.parquet")
    key.duplicates().write_parquet(place / "duplicates.parquet")
    return key
