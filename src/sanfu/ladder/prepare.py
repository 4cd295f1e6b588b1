"""Make a frame's columns ready for a check: the exact whole numbers, texts and flags it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from sanfu.errors import InputError
from sanfu.ladder.emit import INPUT
from sanfu.ladder.values import BOUNDS, SCALES, WrongValue, type_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from sanfu.content.measures import Measure
    from sanfu.ladder.book import Book

_SMALL = (nw.Int8, nw.Int16, nw.Int32, nw.UInt8, nw.UInt16)


def prepare(
    frame: nw.LazyFrame[Any] | nw.DataFrame[Any], books: Sequence[Book], keep: Sequence[str]
) -> nw.LazyFrame[Any] | nw.DataFrame[Any]:
    """Select the columns to keep and, as ``v_…``, those that the books read.

    A column that is not there is missing throughout; a figure beyond the bounds is missing.

    Raises
    ------
    InputError
        A column to keep is not there, or a column's type is not that of its measure.
    """
    schema = frame.collect_schema() if isinstance(frame, nw.LazyFrame) else frame.schema
    absent = [name for name in keep if name not in schema]
    if absent:
        there = ", ".join(list(schema)[:12])
        raise InputError(
            Text(
                f"数据里没有列 {'、'.join(absent)}；有：{there}…"
                "企业编号列用 firm= 指明；中文表头的名单用 sanfu ladder check 文件。",
                f"the frame has no column {', '.join(absent)}; it has: {there} … "
                "Name the column of firms by firm=; a list with Chinese headings goes through "
                "sanfu ladder check FILE.",
            )
        )
    ready = [
        _ready(name, measure, schema.get(name)).alias(INPUT + name)
        for name, measure in {k: m for book in books for k, m in book.measures.items()}.items()
    ]
    return frame.select(*keep, *ready)


def _ready(name: str, measure: Measure, dtype: Any) -> nw.Expr:
    wanted = type_of(measure)
    to: Any = {"whole": nw.Int64, "text": nw.String, "flag": nw.Boolean}[wanted]
    if dtype is None or dtype == nw.Unknown:
        return nw.lit(None, to)
    column = nw.col(name)
    if wanted == "text":
        if dtype == nw.String:
            return column
        if dtype in (nw.Categorical, nw.Enum):
            return column.cast(nw.String)
        raise _wrong_type(name, measure, dtype)
    if wanted == "flag":
        if dtype == nw.Boolean:
            return column
        raise _wrong_type(name, measure, dtype)
    return _whole(name, measure, dtype)


def _whole(name: str, measure: Measure, dtype: Any) -> nw.Expr:
    column, scale, bound = nw.col(name), SCALES.get(measure.kind, 1), BOUNDS[measure.kind]
    if dtype.is_integer():
        if scale == 1 and dtype in _SMALL and bound >= 2**31 - 1:
            return column.cast(nw.Int64)
        most = bound // scale
        value = column.cast(nw.Int64) if dtype != nw.Int64 else column
        value = nw.when((column <= most) & (column >= -most)).then(value)
        return value if scale == 1 else value * scale
    if dtype.is_decimal():
        most = bound // scale
        scaled = column if scale == 1 else column * scale
        whole = (column <= most) & (column >= -most)
        return nw.when(whole).then(scaled).cast(nw.Int64)
    if dtype.is_float():
        most = bound // scale
        inside = (column <= float(most)) & (column >= -float(most))
        if scale != 1:
            return nw.when(inside).then((column * float(scale)).round(0)).cast(nw.Int64)
        return nw.when(inside & (column == column.floor())).then(column).cast(nw.Int64)
    raise _wrong_type(name, measure, dtype)


def refuse_fractions(frame: pl.DataFrame, book: Book) -> None:
    """Refuse money, counts and years that are not whole; of frames that are in memory.

    Raises
    ------
    WrongValue
        The first such value, with its column.
    """
    import polars as pl  # noqa: PLC0415 - frames of other kinds need none

    for name, measure in book.measures.items():
        if type_of(measure) != "whole" or measure.kind in SCALES or name not in frame.columns:
            continue
        column = frame[name]
        if column.dtype.is_float() or column.dtype.is_decimal():
            broken = (
                column.filter((column != column.floor()) & column.is_not_nan())
                if (column.dtype.is_float())
                else column.filter(column.cast(pl.Float64) != column.cast(pl.Float64).floor())
            )
            if broken.len():
                raise WrongValue(name, measure, broken[0])


def _wrong_type(name: str, measure: Measure, dtype: Any) -> InputError:
    wanted = {
        "flag": ("是/否（布尔）", "booleans"),
        "text": ("文字", "texts"),
        "whole": ("数（金额为整数分）", "numbers (money in whole fen)"),
    }[type_of(measure)]
    return InputError(
        Text(
            f"列 {name}（{measure.zh}）的类型是 {dtype}，应为{wanted[0]}",
            f"column {name} ({measure.en}) is of type {dtype}; wanted are {wanted[1]}",
        )
    )
