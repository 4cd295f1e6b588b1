"""Write dirty files: workbooks by XlsxWriter, CSV in the encodings that offices send."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.registry.sample.dirty.grid import File, Sheet

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's own stamp has no zone
"""Stamp of every workbook: the same seed gives the same bytes."""


def write_file(file: File, folder: Path) -> Path:
    """Write one file into a folder; give its path."""
    path = folder / file.name
    if path.suffix == ".csv":
        _write_csv(file, path)
    else:
        _write_workbook(file, path)
    return path


def _write_workbook(file: File, path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415 - when a workbook is written

    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    book.set_properties({"title": "合成数据", "comments": "合成数据 synthetic", "created": CREATED})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    title = book.add_format({"bold": True, "align": "center"})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    for sheet in file.sheets:
        page = book.add_worksheet(sheet.name)
        if sheet.hidden:
            page.hide()
        rows, _, header = sheet.rows()
        left = sheet.start[1]
        for number, row in enumerate(rows):
            for position, cell in enumerate(row, start=left):
                _write_cell(page, number, position, cell, day)
        for top, first, bottom, last, words in sheet.spans(header):
            look = title if top < header else head
            if (top, first) != (bottom, last):
                page.merge_range(top, first, bottom, last, words, look)
    book.close()


def _write_cell(page: Any, row: int, column: int, cell: Any, day: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(row, column, cell)
    elif isinstance(cell, dt.date):
        page.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
    else:
        page.write_number(row, column, cell)


def _write_csv(file: File, path: Path) -> None:
    (sheet,) = file.sheets
    rows, places, _ = sheet.rows()
    bad = {places[number] for number in sheet.broken}
    out = bytearray()
    if file.encoding == "utf-16":
        out += b"\xff\xfe"
    elif file.encoding == "utf-8-sig":
        out += b"\xef\xbb\xbf"
    encoding = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(file.encoding, file.encoding)
    for number, row in enumerate(rows):
        line = io.StringIO()
        csv.writer(line, delimiter=file.delimiter, lineterminator="\r\n").writerow(
            ["" if cell is None else cell for cell in row]
        )
        data = line.getvalue().encode(encoding)
        out += _break(data, sheet) if number in bad else data
    path.write_bytes(bytes(out))


def _break(line: bytes, sheet: Sheet) -> bytes:
    """Spoil the second byte of a character, as a system that cuts text by bytes does."""
    del sheet
    at = next(i for i, byte in enumerate(line) if byte >= 0x81)
    return line[: at + 1] + b"\xff" + line[at + 2 :]
