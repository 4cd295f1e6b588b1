"""Write the explanation of one unit as an Excel workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sanfu.index.result import Index
    from sanfu.index.why.contributions import Contributions
    from sanfu.index.why.gain import Gain
    from sanfu.index.why.strengths import Strengths
    from sanfu.workbook import Show

_LABELS: Mapping[str, Text] = {
    "part": Text("代码", "code"),
    "indicator": Text("代码", "code"),
    "code": Text("代码", "code"),
    "name": Text("名称", "name"),
    "kind": Text("类别", "kind"),
    "node": Text("所属", "belongs to"),
    "level": Text("级", "level"),
    "score": Text("得分", "score"),
    "rank": Text("名次", "rank"),
    "of": Text("单元数", "of"),
    "level_with": Text("并列的其他单元", "others level with it"),
    "coverage": Text("数据覆盖", "coverage"),
    "value": Text("值", "value"),
    "reference": Text("参照", "reference"),
    "contribution": Text("对差距的贡献", "contribution"),
    "error": Text("标准误", "standard error"),
    "median": Text("中位数", "median"),
    "unit": Text("计量单位", "measure"),
    "before": Text("现值", "figure now"),
    "after": Text("改为", "changed to"),
    "change": Text("变动", "change"),
    "points": Text("标准化分变动", "change in points"),
    "best": Text("上限（同年最好）", "limit (best of the year)"),
    "depth": Text("层", "depth"),
    "step": Text("步骤", "step"),
    "done": Text("做了什么", "what was done"),
    "formula": Text("公式", "formula"),
    "cell_file": Text("文件", "file"),
    "cell_sheet": Text("工作表", "sheet"),
    "cell_row": Text("单元格", "cell"),
    "cell_raw": Text("原文", "raw"),
}


def write_explanation(
    path: Path | str,
    index: Index,
    unit: str,
    year: int | None = None,
    *,
    contributions: Contributions | None = None,
    strengths: Strengths | None = None,
    gain: Gain | None = None,
) -> None:
    """Write a unit's summary, what was found of it, and its way down to the cells.

    Parameters
    ----------
    contributions, strengths, gain
        What `Index.contributions`, `strengths` and `gain` gave; each becomes a sheet with its
        sentence above it.
    """
    from sanfu.index.why.strengths import say_summary, summarise_unit  # noqa: PLC0415 - circular

    summary = summarise_unit(index, unit, year)
    sheets = [_sheet(Text("概况", "summary"), summary, [say_summary(index, unit, year)])]
    if contributions is not None:
        said = [contributions.in_words()]
        sheets.append(_sheet(Text("差距构成", "contributions"), contributions.frame, said))
    if strengths is not None:
        said = [strengths.in_words()]
        sheets.append(_sheet(Text("强项", "strengths"), strengths.strengths, said))
        sheets.append(_sheet(Text("弱项", "weaknesses"), strengths.weaknesses, said))
    if gain is not None:
        sheets.append(_sheet(Text("上升位次", "gaining places"), gain.frame, [gain.in_words()]))
    way = Text("从得分到单元格", "down to the cells")
    sheets.append(_sheet(way, index.trace(unit, None, year), []))
    write_workbook(path, sheets)


def _sheet(name: Text, frame: pl.DataFrame, said: Sequence[Text]) -> Sheet:
    clean = frame.with_columns(pl.col(pl.Float64).fill_nan(None))
    columns = [
        Column(column, _LABELS.get(column, Text(column, column)), _show(column, dtype), 16)
        for column, dtype in clean.schema.items()
    ]
    return Sheet(str(name), clean, columns, [str(text) for text in said])


def _show(column: str, dtype: pl.DataType) -> Show:
    if column == "coverage":
        return "percent"
    if dtype.is_float():
        return "number"
    return "integer" if dtype.is_integer() else "text"
