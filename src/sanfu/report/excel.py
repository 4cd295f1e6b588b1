"""Write a document's tables and figures as an Excel workbook, one sheet each.

Numbers in right-aligned columns are numbers in Excel, so that an officer can go on reckoning; all
other cells are text, codes and what a firm typed included. A figure that Excel can draw has its
native chart beside its data.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import writing
from sanfu.language import Text
from sanfu.report.blocks import (
    Document,
    Picture,
    Table,
    cleaned,
    plain_words,
    prepared,
    sorted_traces,
)
from sanfu.report.definitions import figure_definitions, table_definitions
from sanfu.workbook import Chart, Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.report.definitions import Definition

_NUMBER = re.compile(r"^[+-]?\d{1,3}(,\d{3})*(\.\d+)?%?$|^[+-]?\d+(\.\d+)?%?$")
_WIDEST = 60


def write_xlsx(document: Document, path: Path | str) -> Path:
    """Write each table and each figure's data as a sheet, then the traces and the definitions.

    A table's numbers are those printed in the other formats; a figure's stand unrounded.
    """
    path, document = Path(path), cleaned(document)
    sheets: list[Sheet] = []
    said = (document.issuer, "合成数据 / synthetic" if document.synthetic else "")
    stamp = tuple(words for words in said if words)
    for block in prepared(document):
        number = f"{len(sheets) + 1:02d} "
        if isinstance(block, Table):
            sheets.append(_table_sheet(number, block, stamp, table_definitions(block, document)))
        elif isinstance(block, Picture):
            sheets.append(_figure_sheet(number, block, stamp))
    if document.traces:
        sheets.append(_trace_sheet(document))
    if document.made_from:
        sheets.append(_origin_sheet(document))
    with writing(path) as partial:
        write_workbook(partial, sheets)
    return path


def _table_sheet(
    number: str, block: Table, stamp: tuple[str, ...], means: list[Definition]
) -> Sheet:
    series, columns = [], []
    for place, head in enumerate(block.columns):
        words = [plain_words((row[place],)) for row in block.rows]
        numeric = head.align == "right" and any(_NUMBER.match(word) for word in words)
        values: list[object] = [_number(word) for word in words] if numeric else [*words]
        series.append(pl.Series(f"c{place}", values, dtype=pl.Object))
        label = head.label
        columns.append(
            Column(
                f"c{place}",
                Text(label, label),
                show="number" if numeric else "text",
                width=_width([label, *words]),
                meaning=Text(means[place].meaning, means[place].meaning),
                pattern=_pattern(words) if numeric else "",
                unit=means[place].unit,
                formula=means[place].formula,
            )
        )
    notes = [block.caption, *([block.source] if block.source else []), *stamp]
    return Sheet(number + block.caption, pl.DataFrame(series), columns, notes)


def _number(word: str) -> float | str:
    """Give a printed number as a number; what is none, such as × or a dash, stays as it is."""
    if not _NUMBER.match(word):
        return word
    value = float(word.replace(",", "").rstrip("%"))
    return value / 100 if word.endswith("%") else value


def _pattern(words: Iterable[str]) -> str:
    """Give the Excel format that shows the numbers as they are printed."""
    numbers = [word for word in words if _NUMBER.match(word)]
    decimals = max(len(word.rstrip("%").partition(".")[2]) for word in numbers)
    plain = "#,##0" + ("." + "0" * decimals if decimals else "")
    if all(word.endswith("%") for word in numbers):
        plain = plain.replace("#,##", "") + "%"
    return f"+{plain};-{plain};0" if any(word.startswith("+") for word in numbers) else plain


def _width(words: Iterable[str]) -> int:
    longest = max(sum(2 if mark > "\u2e7f" else 1 for mark in word) for word in words)
    return min(max(longest + 2, 10), _WIDEST)


def _figure_sheet(number: str, block: Picture, stamp: tuple[str, ...]) -> Sheet:
    figure = block.figure
    table = figure.table
    columns, means = [], figure_definitions(figure)
    for name, dtype in table.schema.items():
        label = figure.heading(name)
        columns.append(
            Column(
                name,
                Text(label, label),
                show="number" if dtype.is_float() else "integer" if dtype.is_integer() else "text",
                width=_width([label, *map(str, table[name].to_list()[:200])]),
                meaning=Text(means[name].meaning, means[name].meaning),
                pattern="0" if name == "year" else "",
                unit=means[name].unit,
                formula=means[name].formula,
            )
        )
    chart = None
    if figure.native is not None:
        native = figure.native
        chart = Chart(native.kind, native.label, native.values, figure.title, figure.unit)
    notes = [figure.title, figure.caption(), figure.alt, *stamp]
    return Sheet(number + figure.title, table, columns, notes, chart)


def _trace_sheet(document: Document) -> Sheet:
    traces = sorted_traces(document)
    frame = pl.DataFrame(
        {
            "key": [trace.key for trace in traces],
            "what": [trace.what for trace in traces],
            "formula": [trace.formula for trace in traces],
            "inputs": [
                "\n".join(f"{n} = {plain_words((v,))}" for n, v in trace.inputs) for trace in traces
            ],
            "cells": ["\n".join(trace.cells) for trace in traces],
        }
    )
    labels = {
        "key": (Text("编号", "key"), Text("正文中数字旁的编号", "the code beside the number")),
        "what": (Text("数字", "number"), Text("是什么数", "what the number is")),
        "formula": (Text("公式", "formula"), Text("怎么算出来", "how it was computed")),
        "inputs": (Text("输入", "inputs"), Text("用到的数", "what went in")),
        "cells": (Text("单元格", "cells"), Text("来自哪个单元格", "the cells it came from")),
    }
    columns = [
        Column(name, label, width=30, meaning=meaning) for name, (label, meaning) in labels.items()
    ]
    return Sheet(str(Text("数字来源", "traces")), frame, columns)


def _origin_sheet(document: Document) -> Sheet:
    frame = pl.DataFrame(
        {"name": [n for n, _ in document.made_from], "value": [v for _, v in document.made_from]}
    )
    columns = [
        Column("name", Text("项目", "item"), width=20,
               meaning=Text("本文由何而成", "what this was made from")),
        Column("value", Text("内容", "content"), width=_WIDEST,
               meaning=Text("该项的值或指纹", "the item's value or hash")),
    ]  # fmt: skip
    return Sheet(str(Text("由何而成", "made from")), frame, columns)
