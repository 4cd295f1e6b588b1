"""Find the table on a sheet: title rows, one or two header rows, data, totals, notes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from sanfu.registry.reading.headings import is_unit, known_measure, unit_above, year_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry.reading.sheets import RawSheet

HEAD_ROWS = 40
"""Rows from the top among which the header is looked for."""
TOTAL_WORDS = 12
"""Characters below which a cell can be the word for a total."""
TOTALS = (
    "合计", "总计", "小计", "共计", "汇总", "总和", "累计", "平均", "全市合计", "全区合计",
)  # fmt: skip
_TOTAL = (
    r"^(本页|本表|全市|全区|各区|以上)?(合计|总计|小计|共计|汇总|总和|累计|平均值?|均值)"
    r"([(（][^)）]*[)）])?[:：]?(\d+[家户个])?$"
)
_NOTE = (
    r"^(注|备注|说明|填表|制表|填报|审核|联系|资料来源|数据来源|来源|单位负责人|负责人|经办|打印|"
    r"单位[(（]盖章|盖章|以上|数据截|截至|截止|第\d+页|共\d+页)"
)
_SUB_HEADING = re.compile(r"^\s*(19|20)\d{2}\s*(年|年度)?\s*$")


@dataclass(frozen=True)
class Layout:
    """Where things stand on a sheet; row numbers count from 0 into its cells.

    Attributes
    ----------
    headings
        One text a column: the header's words, those of two rows joined by a space.
    above
        The words above the header: title, unit line, date.
    """

    headings: tuple[str, ...]
    header_top: int
    data_top: int
    above: str
    unit: str
    year: int | None


def find_layout(sheet: RawSheet) -> Layout | None:
    """Find the header of a sheet; None where no row looks like one.

    The header is the row, among the first 40, whose cells name the most measures; a row of years or
    of further headings below it belongs to it.
    """
    if sheet.header is not None:
        named = any(known_measure(words) in {"name", "uscc"} for words in sheet.header)
        return Layout(sheet.header, -1, 0, "", "", None) if named else None
    head = [_texts(row) for row in sheet.cells.head(HEAD_ROWS).rows()]
    known = [sum(known_measure(cell) is not None for cell in row if cell) for row in head]
    best = max(range(len(head)), key=lambda i: (known[i], -i), default=None)
    if best is None or known[best] == 0 or not _identifies(head[best], head, best):
        return None
    top, bottom = best, best
    if best > 0 and _is_upper(head[best - 1], head[best]):
        top = best - 1
    while bottom + 1 < len(head) and bottom < best + 2 and _is_lower(head[bottom + 1], head[best]):
        bottom += 1
    rows = [_fill_merged(sheet, i, head[i]) for i in range(top, bottom + 1)]
    headings = tuple(_join([row[column] for row in rows]) for column in range(len(head[best])))
    above = " ".join(cell for row in head[:top] for cell in row if cell)
    data = bottom + 1
    if data < len(head) and _numbers_columns(head[data]):
        data += 1
    return Layout(headings, top, data, above, unit_above(above), year_in(above))


def _texts(row: Sequence[str | None]) -> list[str]:
    return [(cell or "").strip() for cell in row]


def _identifies(row: Sequence[str], head: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a header names firms: a code or a name, there or in the row above or below it."""
    near = [row, *head[max(at - 1, 0) : at], *head[at + 1 : at + 2]]
    return any(known_measure(cell) in {"name", "uscc"} for line in near for cell in line if cell)


def _is_upper(upper: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the row above is the upper half of the header: it heads cells that years fill."""
    under_years = [i for i, cell in enumerate(row) if _SUB_HEADING.match(cell)]
    named = sum(known_measure(cell) is not None for cell in upper if cell)
    return bool(under_years) and named > 0


def _is_lower(lower: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the row below is the lower half: years or known words under it, and no firm in it."""
    filled = [cell for cell in lower if cell]
    if not filled:
        return False
    years = sum(bool(_SUB_HEADING.match(cell)) for cell in filled)
    units = sum(is_unit(cell) for cell in filled)
    names = sum(known_measure(cell) is not None and not is_unit(cell) for cell in filled)
    under_blank = sum(1 for cell, above in zip(lower, row, strict=True) if cell and not above)
    told = years > 0 or units > 0 or under_blank > 0
    return years + names + units == len(filled) and told


def _numbers_columns(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns of a form: 甲 乙 1 2 3, or A B C, or (1) (2) (3)."""
    filled = [unicodedata.normalize("NFKC", cell).strip("()") for cell in row if cell]
    numbers = [int(cell) for cell in filled if cell.isdecimal() and len(cell) < 4]
    others = [cell for cell in filled if not cell.isdecimal()]
    if len(filled) < 2 or not all(
        re.fullmatch(r"[甲乙丙丁戊己庚辛]|[A-Z]|栏次", o) for o in others
    ):
        return False
    in_turn = all(after - before == 1 for before, after in pairwise(numbers))
    return in_turn and len(numbers) + len(others) == len(filled) and numbers[:1] in ([], [1], [0])


def _fill_merged(sheet: RawSheet, index: int, row: list[str]) -> list[str]:
    """Give the header row with merged cells filled; without merges, blanks take the left one's."""
    filled = list(row)
    spans = [m for m in sheet.merged if m[0] <= index <= m[2]]
    for top, left, _, right in spans:
        source = _texts(sheet.cells.row(top))
        for column in range(max(left, 0), min(right, len(filled) - 1) + 1):
            filled[column] = source[max(left, 0)]
    if not sheet.merged and index + 1 < sheet.cells.height:
        below = _texts(sheet.cells.row(index + 1))
        for column in range(1, len(filled)):
            if not filled[column] and _SUB_HEADING.match(below[column]):
                filled[column] = filled[column - 1]
    return filled


def _join(parts: Sequence[str]) -> str:
    """Join the words of header rows; a word that stands twice stands once, a unit in brackets."""
    words = [" ".join(part.split()) for part in parts if part]
    words = [f"({w.strip('()（）[]')})" if i and is_unit(w) else w for i, w in enumerate(words)]
    return " ".join(dict.fromkeys(words))


def kind_of_row(cells: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Give each row below the header its kind: data, blank, total, note or header.

    Returns
    -------
    DataFrame
        `index` into the cells, `kind`, and `first`, the first filled cell of a row that is no data.
    """
    body = cells.slice(layout.data_top)
    doubt = _doubtful_typed if layout.header_top < 0 else _doubtful
    doubtful = body.select(doubt(body, layout)).to_series().arg_true()
    index = pl.int_range(pl.len(), dtype=pl.Int64).alias("index")
    kinds = body.select(index + layout.data_top, kind=pl.lit("data"))
    if doubtful.is_empty():
        return kinds.with_columns(first=pl.lit(None, dtype=pl.String))
    told = _told(body[doubtful].with_columns(pl.all().cast(pl.String)), layout).with_columns(
        index=doubtful.cast(pl.Int64) + layout.data_top
    )
    return (
        kinds.select("index")
        .join(told, on="index", how="left", maintain_order="left")
        .with_columns(pl.col("kind").fill_null("data"))
    )


def _doubtful(body: pl.DataFrame, layout: Layout) -> pl.Expr:
    """Whether a row might be other than data, by what is cheap to look at."""
    texts = [name for name, dtype in body.schema.items() if dtype == pl.String]
    filled = pl.sum_horizontal(
        (_plain(name).fill_null(value=False) if name in texts else pl.col(name).is_not_null()).cast(
            pl.UInt16
        )
        for name in body.columns
    )
    summing = [
        (pl.col(name).str.len_chars() < TOTAL_WORDS) & pl.col(name).str.contains("[计总均]")
        for name in texts[:4]
    ]
    headings = zip(body.columns, layout.headings, strict=True)
    named = [(name, words.strip()) for name, words in headings if words and name in texts][:3]
    repeated = [pl.col(name).str.starts_with(words[:1]) | ~_plain(name) for name, words in named]
    return pl.any_horizontal(filled <= 2, *summing, *repeated).fill_null(value=False)


def _plain(name: str) -> pl.Expr:
    """Whether a cell begins with a letter, digit or Chinese character: surely not with a space."""
    cell = pl.col(name)
    return ((cell >= "!") & (cell < "\x7f")) | (cell >= "\u3001")


def _doubtful_typed(body: pl.DataFrame, layout: Layout) -> pl.Expr:
    """Whether a row of a file that states its header and types might be other than data."""
    del layout
    texts = [name for name, dtype in body.schema.items() if dtype == pl.String]
    filled = pl.sum_horizontal(
        (pl.col(name) != "").fill_null(value=False).cast(pl.UInt16)
        if name in texts
        else pl.col(name).is_not_null().cast(pl.UInt16)
        for name in body.columns
    )
    summing = [pl.col(name).is_in(TOTALS) for name in texts[:4]]
    return pl.any_horizontal(filled <= min(2, body.width - 1), *summing).fill_null(value=False)


def _told(body: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Tell the kind of rows by all their words."""
    texts = [pl.col(name).str.strip_chars().replace("", None) for name in body.columns]
    first = pl.coalesce(texts)
    filled = pl.sum_horizontal(text.is_not_null().cast(pl.Int32) for text in texts)
    bare = first.str.replace_all(r"\s", "")
    repeated = pl.sum_horizontal(
        (text.str.replace_all(r"\s", "") == "".join(words.split()))
        .fill_null(value=False)
        .cast(pl.Int32)
        for text, words in zip(texts, layout.headings, strict=True)
        if words
    )
    named = sum(1 for words in layout.headings if words)
    kind = (
        pl.when(filled == 0)
        .then(pl.lit("blank"))
        .when(repeated * 2 > named)
        .then(pl.lit("header"))
        .when(
            pl.any_horizontal(
                text.str.replace_all(r"\s", "").str.contains(_TOTAL).fill_null(value=False)
                for text in texts[:4]
            )
        )
        .then(pl.lit("total"))
        .when(
            (filled <= 2)
            & (
                bare.str.contains(_NOTE)
                | (bare.str.len_chars() > 40)
                | ((filled == 1) & bare.str.contains("[:：。；！]"))
            )
            & (named > 2)
        )
        .then(pl.lit("note"))
        .otherwise(pl.lit("data"))
    )
    return body.select(kind.alias("kind"), first.alias("first"))
