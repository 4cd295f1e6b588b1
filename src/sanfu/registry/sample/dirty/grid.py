"""One sheet of a dirty file: the cells as they stand, and the key to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry.sample.dirty.cells import Printed

CELL_SCHEMA: dict[str, Any] = {
    "file": pl.String, "sheet": pl.String, "row": pl.Int64, "firm": pl.String,
    "column": pl.String, "year": pl.Int32, "value": pl.String, "undecidable": pl.Boolean,
    "fault": pl.String, "shown": pl.String,
}  # fmt: skip
ROW_SCHEMA: dict[str, Any] = {
    "file": pl.String, "sheet": pl.String, "row": pl.Int64, "firm": pl.String,
    "kind": pl.String, "identity": pl.String,
}  # fmt: skip


@dataclass
class Column:
    """A column: its heading (two texts for a header of two rows) and its printed cells.

    `measure` is empty for a column that belongs to no measure (序号, 备注).
    """

    heading: str | tuple[str, str]
    measure: str
    printed: Printed
    year: int | None = None


@dataclass
class Sheet:
    """A sheet to write.

    Attributes
    ----------
    firms
        (n,) the true firm of each row.
    identity
        (n,) by what an honest reader knows the firm: ``code``, ``name`` (with the district) or
        ``undecidable`` (neither says it for sure).
    above, tail
        Rows of cells before the header and after the data, each a list from the first column.
    breaks
        Row → rows of cells that stand before it: subtotals, repeated headers.
    broken
        Rows whose bytes are broken when the file is written.
    start
        Row and column, from 0, where the block begins.
    """

    name: str
    firms: list[str]
    identity: list[str]
    columns: list[Column]
    above: list[list[Any]] = field(default_factory=list)
    tail: list[list[Any]] = field(default_factory=list)
    breaks: dict[int, list[list[Any]]] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)
    start: tuple[int, int] = (0, 0)
    hidden: bool = False
    merge_title: bool = True

    def printed_columns(self) -> list[Column]:
        """Give the columns that stand on the sheet; the others are only implied by its title."""
        return [column for column in self.columns if column.heading]

    def rows(self) -> tuple[list[list[Any]], list[int], int]:
        """Lay out all rows; give them, the position of each data row, and the header's row."""
        columns = self.printed_columns()
        width = len(columns)
        laid: list[list[Any]] = [[None] * width for _ in range(self.start[0])]
        laid += [[*row, *[None] * (width - len(row))] for row in self.above]
        header = len(laid)
        two = any(isinstance(column.heading, tuple) for column in columns)
        heads = [c.heading if isinstance(c.heading, tuple) else (c.heading, None) for c in columns]
        upper: list[str | None] = [head[0] for head in heads]
        if two:
            # the words of a span stand once, above its first column
            upper = [w if i == 0 or w != heads[i - 1][0] else None for i, w in enumerate(upper)]
        laid.append(list(upper))
        if two:
            laid.append([head[1] for head in heads])
        places = []
        for number in range(len(self.firms)):
            for extra in self.breaks.get(number, ()):
                laid.append([*extra, *[None] * (width - len(extra))])
            places.append(len(laid))
            laid.append([column.printed.shown[number] for column in columns])
        laid += [[*row, *[None] * (width - len(row))] for row in self.tail]
        return laid, places, header

    def spans(self, header: int) -> list[tuple[int, int, int, int, Any]]:
        """List what is merged: the title, spans of a header of two rows, and its single columns."""
        columns = self.printed_columns()
        left, last = self.start[1], len(columns) - 1
        merged: list[tuple[int, int, int, int, Any]] = []
        if self.above and self.merge_title:
            merged.append((self.start[0], left, self.start[0], left + last, self.above[0][0]))
        if any(isinstance(column.heading, tuple) for column in columns):
            position = 0
            while position <= last:
                heading = columns[position].heading
                end = position
                if isinstance(heading, str):
                    merged.append((header, left + position, header + 1, left + position, heading))
                else:
                    while end < last and columns[end + 1].heading[0] == heading[0]:
                        end += 1
                    if end > position:
                        merged.append((header, left + position, header, left + end, heading[0]))
                position = end + 1
        return merged

    def key(self, file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give the key: one row a data row, and one row a cell that a measure stands in."""
        _, places, _ = self.rows()
        row_numbers = [place + 1 for place in places]
        broken = set(self.broken)
        rows = pl.DataFrame(
            {
                "file": file,
                "sheet": self.name,
                "row": row_numbers,
                "firm": self.firms,
                "kind": ["broken" if i in broken else "data" for i in range(len(places))],
                "identity": self.identity,
            },
            schema_overrides=ROW_SCHEMA,
        )
        cells = [
            pl.DataFrame(
                {
                    "file": file,
                    "sheet": self.name,
                    "row": row_numbers,
                    "firm": self.firms,
                    "column": column.measure,
                    "year": column.year,
                    "value": column.printed.value,
                    "undecidable": column.printed.undecidable,
                    "fault": column.printed.fault,
                    "shown": [None if s is None else str(s) for s in column.printed.shown],
                },
                schema=CELL_SCHEMA,
            )
            for column in self.columns
            if column.measure
        ]
        return rows, pl.concat(cells)


@dataclass
class File:
    """A file to write: a workbook of sheets, or one sheet as CSV in an encoding."""

    name: str
    sheets: Sequence[Sheet]
    encoding: str = ""
    delimiter: str = ","
