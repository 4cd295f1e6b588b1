"""Write frames as an Excel workbook that an officer can filter, print and trust.

All text is written as text (nothing a firm typed can become a formula), codes keep their digits,
money in fen is shown in yuan or 万元, headers are frozen and filtered, and the last sheet defines
every column.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

Show = Literal["text", "integer", "number", "yuan", "wan_yuan", "percent", "date", "points"]
Tone = Literal["good", "bad", "warn", "quiet"]

_FORMATS: dict[Show, str] = {
    "text": "@",
    "integer": "#,##0",
    "number": "#,##0.0000",
    "yuan": "#,##0.00",
    "wan_yuan": "#,##0.00",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "points": "0.00",
}
_FEN_TO: dict[Show, int] = {"yuan": 100, "wan_yuan": 1_000_000}
_TONES: dict[Tone, dict[str, str]] = {
    "good": {"bg_color": "#DDEFE3", "font_color": "#1B5E34"},
    "bad": {"bg_color": "#F8DCD6", "font_color": "#8A1C0E"},
    "warn": {"bg_color": "#FCEFC9", "font_color": "#6B4E00"},
    "quiet": {"bg_color": "#ECECEC", "font_color": "#555555"},
}


NO_MEANING = Text("", "")
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
"""Okabe and Ito's palette (2008), safe for the common kinds of colour blindness."""


@dataclass(frozen=True)
class Column:
    """How one column is shown: its heading, its format, its width and what it means."""

    name: str
    label: Text
    show: Show = "text"
    width: int = 14
    meaning: Text = NO_MEANING
    tones: Mapping[str, Tone] = field(default_factory=dict)
    """Cell text → colour; Excel shows it by conditional formatting, so filters keep working."""
    pattern: str = ""
    """An Excel number format in place of that of `show`, such as ``0.0%``."""
    unit: str = ""
    formula: str = ""
    """How its numbers were worked out. The definitions have units and formulas where any has."""


@dataclass(frozen=True)
class Chart:
    """A chart that Excel itself draws beside the table, from the sheet's own cells."""

    kind: Literal["bar", "column", "line"]
    label: str
    values: Sequence[str]
    """Names of columns: what each bar is called, and how long it is."""
    title: str
    unit: str


@dataclass(frozen=True)
class Sheet:
    """One sheet: a frame, how its columns are shown, and notes above the table."""

    name: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    chart: Chart | None = None
    frozen: int = 0
    """Columns on the left that stay in sight."""


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame as CSV that Excel opens as it is: UTF-8 with its mark, and no formula in it.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers do not.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    text = pl.col(pl.String)
    formula = text.str.contains(r"^[=+\-@\t\r]") & ~text.str.contains(r"^[+\-]?[\d.]+$")
    safe = frame.with_columns(pl.when(formula).then(pl.lit("'") + text).otherwise(text).name.keep())
    path.write_text("\ufeff" + safe.write_csv(), encoding="utf-8")


def write_workbook(path: Path | str, sheets: Sequence[Sheet]) -> None:
    """Write the sheets and, last, the definitions of their columns.

    Parameters
    ----------
    path
        The ``.xlsx`` to write; an existing file is replaced only when all is written.
    sheets
        Each frame's columns named in `Sheet.columns` are written in that order.
    """
    import xlsxwriter  # noqa: PLC0415 - loaded when a workbook is written

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    heading = book.add_format(
        {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    formats: dict[str, Any] = {
        show: book.add_format({"num_format": code}) for show, code in _FORMATS.items()
    }
    tones = {tone: book.add_format(look) for tone, look in _TONES.items()}
    note = book.add_format({"italic": True, "font_color": "#555555"})

    for sheet in sheets:
        page = book.add_worksheet(_sheet_name(sheet.name))
        for row, line in enumerate(sheet.notes):
            page.write_string(row, 0, line, note)
        top = len(sheet.notes)
        for position, column in enumerate(sheet.columns):
            page.write_string(top, position, _heading(column), heading)
            if column.pattern and column.pattern not in formats:
                formats[column.pattern] = book.add_format({"num_format": column.pattern})
            look = {**formats, column.show: formats[column.pattern or column.show]}
            page.set_column(position, position, column.width, look[column.show])
            values = sheet.frame.get_column(column.name).to_list()
            for row, value in enumerate(values, start=top + 1):
                _write(page, row, position, value, column.show, look)
            for words, tone in column.tones.items():
                page.conditional_format(
                    top + 1,
                    position,
                    top + max(len(values), 1),
                    position,
                    {
                        "type": "cell",
                        "criteria": "==",
                        "value": f'"{words}"',
                        "format": tones[tone],
                    },
                )
        if sheet.chart is not None and sheet.frame.height:
            _draw(book, page, sheet, top)
        page.freeze_panes(top + 1, sheet.frozen)
        if sheet.columns:
            page.autofilter(top, 0, top + sheet.frame.height, len(sheet.columns) - 1)

    _write_definitions(book, sheets, heading)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise error.args[0] from None  # the OSError that it is


def _draw(book: Any, page: Any, sheet: Sheet, top: int) -> None:
    """Put a native chart to the right of the table, drawn from its cells."""
    chart = sheet.chart
    if chart is None:
        return
    drawn = book.add_chart({"type": chart.kind})
    place = {column.name: number for number, column in enumerate(sheet.columns)}
    first, last = top + 1, top + sheet.frame.height

    def cells(name: str) -> list[Any]:
        return [page.get_name(), first, place[name], last, place[name]]

    for name in chart.values:
        drawn.add_series(
            {
                "name": [page.get_name(), top, place[name]],
                "categories": cells(chart.label),
                "values": cells(name),
                "fill": {"color": _COLOURS[list(chart.values).index(name) % len(_COLOURS)]},
                "line": {"color": _COLOURS[list(chart.values).index(name) % len(_COLOURS)]},
            }
        )
    drawn.set_title({"name": chart.title[:250], "name_font": {"size": 12}})
    axis = {"name": chart.unit[:250]}
    if chart.kind == "bar":
        drawn.set_x_axis(axis)
        drawn.set_y_axis({"reverse": True})  # the first row on top, as in the table
    else:
        drawn.set_y_axis(axis)
    if len(chart.values) == 1:
        drawn.set_legend({"none": True})
    height = 120 + 22 * sheet.frame.height if chart.kind == "bar" else 360
    drawn.set_size({"width": 620, "height": min(max(height, 240), 900)})
    options = {"description": chart.title[:250]}
    page.insert_chart(top + 1, len(sheet.columns) + 1, drawn, options)


def _write_definitions(book: Any, sheets: Sequence[Sheet], heading: Any) -> None:
    page = book.add_worksheet(str(Text("指标说明", "definitions")))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    heads = [
        (Text("工作表", "sheet"), 18),
        (Text("列", "column"), 26),
        (Text("含义", "meaning"), 80),
    ]
    more = any(column.unit or column.formula for sheet in sheets for column in sheet.columns)
    if more:
        heads += [(Text("单位", "unit"), 12), (Text("公式", "formula"), 60)]
    for position, (label, width) in enumerate(heads):
        page.write_string(0, position, str(label), heading)
        page.set_column(position, position, width)
    row = 1
    for sheet in sheets:
        for column in sheet.columns:
            said = (sheet.name, _heading(column), str(column.meaning), column.unit, column.formula)
            for position, words in enumerate(said[: len(heads)]):
                page.write_string(row, position, words, wrap)
            row += 1
    page.freeze_panes(1, 0)


def _heading(column: Column) -> str:
    unit = {"yuan": Text("（元）", " (yuan)"), "wan_yuan": Text("（万元）", " (10k yuan)")}
    return str(column.label) + str(unit.get(column.show, ""))


def _sheet_name(name: str) -> str:
    kept = "".join("_" if mark in "[]:*?/\\" else mark for mark in name if mark.isprintable())
    return kept[:31].rstrip("'")


def _write(page: Any, row: int, column: int, value: Any, show: Show, formats: Any) -> None:
    form = formats[show]
    match value:
        case None:
            page.write_blank(row, column, None, form)
        case bool():
            page.write_string(row, column, str(Text("是", "yes") if value else Text("否", "no")))
        case int() | float() | Decimal() if show != "text":
            page.write_number(row, column, float(Decimal(str(value)) / _FEN_TO.get(show, 1)), form)
        case dt.datetime():
            page.write_datetime(row, column, value.replace(tzinfo=None), formats["date"])
        case dt.date():
            midnight = dt.datetime.combine(value, dt.time())
            page.write_datetime(row, column, midnight, formats["date"])
        case _:
            page.write_string(row, column, str(value)[:32_767], form)
