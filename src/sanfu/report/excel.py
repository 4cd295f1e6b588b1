"""Write a document's tables and figures as an Excel workbook, one sheet each."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sanfu.language import Text
from sanfu.report.blocks import Document, Picture, Table, Traced
from sanfu.workbook import Column, Sheet, write_workbook


def write_xlsx(document: Document, path: Path | str) -> Path:
    """Write each table and each figure's data as a sheet, then the traces.

    Cells stand as they are printed in the other writers; a figure's numbers stand unrounded.
    """
    path = Path(path)
    sheets: list[Sheet] = []
    stamp = ("合成数据 / synthetic",) if document.synthetic else ()
    for block in document.blocks:
        number = f"{len(sheets) + 1:02d} "
        if isinstance(block, Table):
            sheets.append(_table_sheet(number, block, stamp))
        elif isinstance(block, Picture):
            sheets.append(_figure_sheet(number, block, stamp))
    if document.traces:
        sheets.append(_trace_sheet(document))
    partial = path.with_name(path.name + ".part.xlsx")
    write_workbook(partial, sheets)
    partial.replace(path)
    return path


def _table_sheet(number: str, block: Table, stamp: tuple[str, ...]) -> Sheet:
    names = [f"c{i}" for i in range(len(block.columns))]
    rows = [[c.text if isinstance(c, Traced) else c for c in row] for row in block.rows]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    columns = [
        Column(name, Text(column.label, column.label), width=max(12, round(16 * column.share)))
        for name, column in zip(names, block.columns, strict=True)
    ]
    notes = [block.caption, *([block.source] if block.source else []), *stamp]
    return Sheet(number + block.caption, frame, columns, notes)


def _figure_sheet(number: str, block: Picture, stamp: tuple[str, ...]) -> Sheet:
    table = block.figure.table
    columns = [
        Column(name, Text(name, name), show="number" if dtype.is_float() else "text", width=18)
        for name, dtype in table.schema.items()
    ]
    notes = [block.figure.title, block.figure.caption(), *stamp]
    return Sheet(number + block.figure.title, table, columns, notes)


def _trace_sheet(document: Document) -> Sheet:
    traces = sorted(document.traces.values(), key=lambda trace: trace.key)
    frame = pl.DataFrame(
        {
            "key": [trace.key for trace in traces],
            "what": [trace.what for trace in traces],
            "formula": [trace.formula for trace in traces],
            "inputs": ["\n".join(f"{n} = {v}" for n, v in trace.inputs) for trace in traces],
            "cells": ["\n".join(trace.cells) for trace in traces],
        }
    )
    labels = {
        "key": Text("编号", "key"),
        "what": Text("数字", "number"),
        "formula": Text("公式", "formula"),
        "inputs": Text("输入", "inputs"),
        "cells": Text("单元格", "cells"),
    }
    columns = [Column(name, label, width=30) for name, label in labels.items()]
    return Sheet(str(Text("数字来源", "traces")), frame, columns)
