"""Find the table, or the form, in a needs file or an offers file, whatever stands around it.

A table has its headings somewhere in the first rows; a form (one need a sheet, as on paper) has
them down a column with the answers to the right. Both are found by counting known headings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.errors import FileFault
from sanfu.exchange.matching.terms import fold
from sanfu.language import Text
from sanfu.registry.reading.sheets import column_letter, open_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal[
    "text", "list", "flag", "budget", "due", "date", "money", "count", "cooperation", "openness",
    "board", "offer_kind", "tiers", "condition", "wish",
]  # fmt: skip

_SEARCHED_ROWS = 30
_ENOUGH = 2
"""Known headings that make a row a heading row; a form needs one more."""


class Field(Declaration):
    """One column of a file: our name, its kind, and how it may be headed."""

    name: str
    kind: Kind
    zh: str
    en: str
    headings: tuple[str, ...]
    required: bool = False
    telling: Literal["all"] | tuple[str, ...] = ()
    """Headings that only such a table has."""
    condition: str = ""

    def label(self) -> Text:
        """Give the usual heading in both languages."""
        return Text(self.zh, self.en)


class ExchangeFiles(Declaration):
    """The headings of both files and the words in their cells."""

    id: str
    version: int
    needs: tuple[Field, ...]
    offers: tuple[Field, ...]
    words: dict[str, dict[str, tuple[str, ...]]]


@cache
def exchange_files() -> ExchangeFiles:
    """Give the headings and words that ship with Sanfu."""
    return read_declaration(content_path("exchange", "files.yaml"), ExchangeFiles)


@dataclass(frozen=True)
class Cell:
    """One filled cell: where it stands, under which heading, and what it says."""

    file: str
    sheet: str
    row: int
    """From 1, as Excel counts."""
    column: str
    """The column's letters and the heading."""
    heading: str
    raw: str


@dataclass(frozen=True)
class Line:
    """One record of a file: its cells by field, and the row it stands in."""

    file: str
    sheet: str
    row: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Unknown:
    """A heading that is no field; its column is not read, and that is said."""

    file: str
    sheet: str
    row: int
    column: str
    heading: str


class _Table(NamedTuple):
    lines: list[Line]
    unknown: list[Unknown]
    headings: set[str]


def heading_key(heading: str) -> str:
    """Fold a heading for comparison: no width, case, spaces, brackets, marks or units."""
    folded = fold(heading)
    folded = re.sub(r"[（(\[【][^）)\]】]*[）)\]】]", "", folded)
    return re.sub(r"[\s*＊:：、,，.．_\-“”\"'/]", "", folded)


def read_lines(path: Path | str, fields: Sequence[Field]) -> tuple[list[Line], list[Unknown]]:
    """Read the records of all sheets that hold a table or a form of these fields.

    Raises
    ------
    FileFault
        The file cannot be read, or no sheet holds a known table or form; a list of something else
        (an event, firms) is no such table.
    """
    path = Path(path)
    known = {heading_key(h): field.name for field in fields for h in (*field.headings, field.zh)}
    telling = {heading_key(h) for field in fields for h in _telling(field)}
    titles = {
        key for key, name in known.items() if any(f.name == name and f.required for f in fields)
    }
    lines: list[Line] = []
    unknown: list[Unknown] = []
    others: list[str] = []
    for sheet, rows in _sheets(path):
        form = _read_form(path.name, sheet, rows, known)
        table = _read_table(path.name, sheet, rows, known, more_than=len(form.cells) if form else 0)
        if table is None and form is not None:
            table = _Table([form], [], {heading_key(value) for row in rows for value in row})
        if table is None:
            continue
        if telling and (table.headings.isdisjoint(telling) or table.headings.isdisjoint(titles)):
            others.append(sheet)
            continue
        lines += table.lines
        unknown += table.unknown
    if not lines and others:
        title = next(field for field in fields if field.required)
        more = [field for field in fields if field.telling and field is not title][:4]
        zh, en = "、".join(field.zh for field in more), ", ".join(field.en for field in more)
        raise FileFault(
            path,
            Text(
                f"这是别的表（{'、'.join(others)}）：应有“{title.zh}”，或“名称”和 {zh} 等列。"
                "活动文件请用 sanfu exchange schedule，企业名单请用 --ledger。",
                f"this is another list ({', '.join(others)}): “{title.zh}” is needed, or a name "
                f"and columns such as {en}. An event file goes to `sanfu exchange schedule`, a "
                "firm list to --ledger.",
            ),
        )
    if not lines:
        wanted = "、".join(field.zh for field in fields if field.required)
        raise FileFault(
            path,
            Text(
                f"没有找到填好的表：请检查表头，至少应有“{wanted}”和另外一列。",
                f"no filled table was found: check the headings; “{wanted}” and one other "
                "column are needed at least.",
            ),
        )
    return lines, unknown


def _telling(field: Field) -> tuple[str, ...]:
    return (*field.headings, field.zh) if field.telling == "all" else field.telling


def _sheets(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Give each sheet's rows as Excel counts them: empty ones above the first used cell too."""
    sheets: list[tuple[str, list[list[str]]]] = []
    for sheet in open_sheets(path):
        rows = [[value or "" for value in row] for row in sheet.cells.rows()]
        sheets.append((sheet.name, [[]] * (sheet.first_row - 1) + rows))
    return sheets


def _read_table(
    file: str, sheet: str, rows: list[list[str]], known: dict[str, str], *, more_than: int
) -> _Table | None:
    counts = [
        len({known[key] for key in map(heading_key, row) if key in known})
        for row in rows[:_SEARCHED_ROWS]
    ]
    if not counts or max(counts) < _ENOUGH or max(counts) <= more_than:
        return None
    top = counts.index(max(counts))
    fields: dict[int, str] = {}
    unknown = []
    for at, heading in enumerate(rows[top]):
        name = known.get(heading_key(heading))
        if name is not None and name not in fields.values():
            fields[at] = name
        elif heading.strip():
            unknown.append(
                Unknown(file, sheet, top + 1, f"{column_letter(at)} {heading.strip()}", heading)
            )
    lines = []
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        cells = {
            fields[at]: Cell(
                file, sheet, number, f"{column_letter(at)} {rows[top][at].strip()}", rows[top][at],
                value.strip(),
            )
            for at, value in enumerate(row)
            if at in fields and value.strip()
        }  # fmt: skip
        if cells:
            lines.append(Line(file, sheet, number, cells))
    return _Table(lines, unknown, set(map(heading_key, rows[top])))


def _read_form(file: str, sheet: str, rows: list[list[str]], known: dict[str, str]) -> Line | None:
    cells: dict[str, Cell] = {}
    for number, row in enumerate(rows, start=1):
        for at, label in enumerate(row[:-1]):
            name = known.get(heading_key(label))
            value = next((v.strip() for v in row[at + 1 :] if v.strip()), "")
            if name is None or name in cells or not value or heading_key(value) in known:
                continue
            cells[name] = Cell(
                file, sheet, number, f"{column_letter(at)} {label.strip()}", label, value
            )
    if len(cells) <= _ENOUGH:
        return None
    first = min(cell.row for cell in cells.values())
    return Line(file, sheet, first, cells)
