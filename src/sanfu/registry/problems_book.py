"""Write `problems.xlsx`: each finding with its remedy, and the user's sheets with cells marked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text, current_language

if TYPE_CHECKING:
    from collections.abc import Iterable

COPY_LIMIT = 20_000
"""Rows of a user's sheet that are copied; beyond it only the list of findings is written."""
_COLOURS = {"error": "FFC7B8", "warning": "FFE9A8", "note": "DCE9F5"}


def write_problems(problems: pl.DataFrame, files: Iterable[Path], path: Path) -> Path:
    """Write the findings as a workbook that opens on the list, with each cell a click away.

    Parameters
    ----------
    problems
        The design's frame.
    files
        The files that were imported; each sheet with findings is copied as text, with the offending
        cells coloured and the finding as a comment. The files themselves are never touched.
    path
        The workbook to write.

    Notes
    -----
    All text is written as text: nothing that stood in a file can become a formula.
    """
    import xlsxwriter  # noqa: PLC0415 - when findings are written

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    listing = book.add_worksheet(str(Text("问题清单", "findings")))
    marked = _MarkedCopies(book, problems, list(files))
    marked.write()
    _write_list(book, listing, problems, marked.sheet_of)
    book.close()
    return path


class _MarkedCopies:
    """Copies of the user's sheets with the offending cells marked."""

    def __init__(self, book: Any, problems: pl.DataFrame, files: list[Path]) -> None:
        self.book = book
        self.problems = problems
        self.files = files
        self.sheet_of: dict[tuple[str, str], str] = {}
        self.styles = {
            name: book.add_format({"bg_color": f"#{colour}", "border": 1})
            for name, colour in _COLOURS.items()
        }

    def write(self) -> None:
        from sanfu.errors import FileFault  # noqa: PLC0415 - when findings are written
        from sanfu.registry.reading.sheets import open_sheets  # noqa: PLC0415

        for file in self.files:
            wanted = set(self.problems.filter(pl.col("file") == file.name)["sheet"])
            if not wanted:
                continue
            try:
                sheets = open_sheets(file)
            except FileFault:
                continue
            for sheet in sheets:
                if sheet.name in wanted and sheet.cells.height <= COPY_LIMIT:
                    self._copy(file.name, sheet.name, sheet.cells, sheet.first_row)

    def _copy(self, file: str, sheet: str, cells: pl.DataFrame, first_row: int) -> None:
        name = _sheet_name(f"{len(self.sheet_of) + 1} {Path(file).stem}", sheet)
        self.sheet_of[file, sheet] = name
        page = self.book.add_worksheet(name)
        letters = {letter: _column_index(letter) for letter in cells.columns}
        for row, values in enumerate(cells.rows(), start=first_row - 1):
            for letter, value in zip(cells.columns, values, strict=True):
                if value is not None:
                    page.write_string(row, letters[letter], value)
        found = self.problems.filter((pl.col("file") == file) & (pl.col("sheet") == sheet))
        language = current_language()
        for one in found.drop_nulls("row").iter_rows(named=True):
            letter = _letter(one["column"], cells.columns)
            index, row = letters[letter], one["row"] - 1
            shown = cells[one["row"] - first_row, letter]
            page.write_string(row, index, shown or "", self.styles[one["severity"]])
            page.write_comment(row, index, f"{one[language]}\n→ {one[f'remedy_{language}']}")


def _write_list(
    book: Any, page: Any, problems: pl.DataFrame, sheet_of: dict[tuple[str, str], str]
) -> None:
    language = current_language()
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
    styles = {
        name: book.add_format({"bg_color": f"#{colour}", "valign": "top"})
        for name, colour in _COLOURS.items()
    }
    severities = {
        "error": Text("错误", "error"),
        "warning": Text("提醒", "warning"),
        "note": Text("说明", "note"),
    }
    columns = (
        (Text("程度", "severity"), 8), (Text("文件", "file"), 26), (Text("工作表", "sheet"), 14),
        (Text("行", "row"), 7), (Text("列", "column"), 22), (Text("原值", "value"), 22),
        (Text("问题", "finding"), 50), (Text("怎么改", "remedy"), 50), (Text("代码", "code"), 18),
    )  # fmt: skip
    for position, (label, width) in enumerate(columns):
        page.write_string(0, position, str(label), heading)
        page.set_column(position, position, width)
    order = {"error": 0, "warning": 1, "note": 2}
    ordered = problems.sort(
        pl.col("severity").replace_strict(order, default=3), "file", "sheet", "row"
    )
    for number, one in enumerate(ordered.iter_rows(named=True), start=1):
        page.write_string(number, 0, str(severities[one["severity"]]), styles[one["severity"]])
        texts = {1: "file", 2: "sheet", 4: "column", 5: "value", 6: language, 8: "code"}
        for position, name in {**texts, 7: f"remedy_{language}"}.items():
            page.write_string(number, position, (one[name] or "")[:2000], wrap)
        target = sheet_of.get((one["file"], one["sheet"]))
        if one["row"] is None:
            continue
        if target is None:
            page.write_number(number, 3, one["row"])
        else:
            letter = _letter(one["column"], None)
            quoted = target.replace("'", "''")
            cell = f"internal:'{quoted}'!{letter}{one['row']}"
            page.write_url(number, 3, cell, link, str(one["row"]))
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.autofilter(0, 0, max(problems.height, 1), len(columns) - 1)


def _letter(column: str | None, known: list[str] | None) -> str:
    """Give the sheet column that a finding names; the first where it names none."""
    found = re.match(r"[A-Z]+(?= |$)", column or "")
    first = known[0] if known else "A"
    return found[0] if found and (known is None or found[0] in known) else first


def _sheet_name(stem: str, sheet: str) -> str:
    clean = re.sub(r"[\[\]:*?/\\']", "_", f"{stem[:16]} {sheet}")
    return clean[:31]


def _column_index(letters: str) -> int:
    index = 0
    for mark in letters:
        index = index * 26 + ord(mark) - 64
    return index - 1
