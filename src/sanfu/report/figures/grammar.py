"""Pieces that all figures share: printed numbers, widths of words, labels that keep apart."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sanfu.language import Text, current_language
from sanfu.report.facts import exact, grouped, rounded
from sanfu.report.figures.model import INK, About, Figure, FigureFault, Native, NothingToDraw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Unpack

    import polars as pl

NAME = Text("名称", "name")
_NEVER_FIRST = frozenset("，。；：、！？）”》」』】％%,.;:!?)")
"""Marks that no line begins with (JIS X 4051 and GB/T 15834 agree); they hang over instead."""
BY_INK = {"expr": "datum.ink"}
"""Each word's own colour, outside the colour scale of the shapes below it."""


def printed(value: float, decimals: int = 1) -> str:
    """Print a number as the documents do: half up, thousands apart."""
    return grouped(exact(value), decimals)


def signed(value: float, decimals: int = 1) -> str:
    """Print a number with its sign; what rounds to nothing has none."""
    plus = "+" if rounded(exact(value), decimals) > 0 else ""
    return plus + printed(value, decimals)


def large(value: float, decimals: int = 1) -> str:
    """Print a large number by the reader's units: 亿 and 万 in Chinese, bn and m in English."""
    zh = ((1e8, "亿"), (1e4, "万"))
    en = ((1e9, " bn"), (1e6, " m"))
    for size, unit in zh if current_language() == "zh" else en:
        if abs(value) >= size:
            return printed(value / size, decimals) + unit
    return printed(value, 0 if float(value).is_integer() else decimals)


def large_axis() -> str:
    """Give Vega's expression that labels an axis as `large` prints."""
    steps = Text(
        "abs(datum.value) >= 1e8 ? format(datum.value / 1e8, ',~f') + '亿' : "
        "abs(datum.value) >= 1e4 ? format(datum.value / 1e4, ',~f') + '万' : "
        "format(datum.value, ',~f')",
        "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',~f') + ' bn' : "
        "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~f') + ' m' : "
        "format(datum.value, ',~f')",
    )
    return str(steps)


def width_of(words: str, size: float = 12) -> float:
    """Give the width of words in pixels: one em a wide character, about half an em another."""
    return sum(
        size if unicodedata.east_asian_width(mark) in "WF" else size * 0.56 for mark in words
    )


def cut(words: str, width: float, size: float = 12) -> str:
    """Cut words that are wider than `width` pixels, and end them with an ellipsis."""
    if width_of(words, size) <= width:
        return words
    kept = ""
    for mark in words:
        if width_of(kept + mark, size) > width - size:
            break
        kept += mark
    return kept + "…"


def wrap(words: str, width: float, size: float = 12, lines: int = 3) -> list[str]:
    """Break words into at most `lines` lines of `width` pixels; Latin words stay whole."""
    pieces: list[str] = []
    for mark in words:
        latin = mark.isascii() and not mark.isspace()
        if latin and pieces and pieces[-1][-1].isascii() and not pieces[-1][-1].isspace():
            pieces[-1] += mark
        else:
            pieces.append(mark)
    made = [""]
    for piece in pieces:
        wide = made[-1] and width_of(made[-1] + piece, size) > width
        if wide and piece not in _NEVER_FIRST:
            made.append("")
        made[-1] += piece if made[-1] else piece.lstrip()
    made = [cut(line.strip(), width + 2 * size, size) for line in made]
    if len(made) > lines:
        made = [*made[: lines - 1], cut("".join(made[lines - 1 :]), width, size)]
    return made


def keep_apart(places: Sequence[float], gap: float) -> list[float]:
    """Move places on a line so that any two are at least `gap` apart, each as little as can be.

    The order stays. This is the isotonic (least squares) solution by pooling neighbours.
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    pools: list[tuple[float, int]] = []  # mean of (place − its rank in the pool · gap), size
    for rank, i in enumerate(order):
        mean, size = places[i] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        pools.append((mean, size))
    moved = [mean for mean, size in pools for _ in range(size)]
    result = [0.0] * len(places)
    for rank, i in enumerate(order):
        result[i] = moved[rank] + rank * gap
    return result


def nice_domain(values: Iterable[float], *, room: float = 0.06) -> tuple[float, float]:
    """Give the ends of an axis with some room around the values; equal values get a width."""
    known = list(values)
    low, high = min(known), max(known)
    span = (high - low) or max(abs(high), 1.0) * 0.2
    return low - room * span, high + room * span


def names_axis(
    field: str = "name", *, width: int = 200, sort: list[str] | None = None
) -> dict[str, Any]:
    """Give the encoding of names down the left side, in the order of the data."""
    return {
        "field": field,
        "type": "ordinal",
        "sort": sort,
        "axis": {"title": None, "labelLimit": width, "ticks": False, "domain": False},
    }


def numbers_axis(field: str, title: str, **more: Any) -> dict[str, Any]:
    """Give the encoding of a quantity along the bottom, titled with its unit."""
    axis = {"title": title, "tickCount": 6, **more.pop("axis", {})}
    return {"field": field, "type": "quantitative", "axis": axis, **more}


def words_mark(**look: Any) -> dict[str, Any]:
    """Give a text mark in the ink of all figures."""
    return {"type": "text", "fontSize": 12, "color": INK, **look}


def wanted(frame: pl.DataFrame, figure: str, *columns: str) -> None:
    """Refuse a frame that lacks a column, or has no row.

    Raises
    ------
    FigureFault
    """
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise FigureFault(
            Text(
                f"图“{figure}”的数据缺少列：{'、'.join(lacking)}；"
                f"找到 {'、'.join(frame.columns)}。",
                f"the data of figure “{figure}” lack {', '.join(lacking)}; "
                f"found {', '.join(frame.columns)}.",
            )
        )
    if not frame.height:
        raise NothingToDraw(figure)


def make(
    spec: dict[str, Any],
    table: pl.DataFrame,
    alt: Text,
    headings: Mapping[str, Text],
    *,
    native: Native | None = None,
    notes: tuple[str, ...] = (),
    **about: Unpack[About],
) -> Figure:
    """Make a figure of its drawing, its data table and what must stand with it."""
    return Figure(
        spec=spec,
        alt=f"{about['title']}{Text('：', ': ')}{alt}",
        table=table.select(list(headings)),
        headings=headings,
        native=native,
        notes=notes,
        **about,
    )
