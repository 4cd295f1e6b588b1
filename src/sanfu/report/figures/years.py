"""Figures of change over years: from one to another, in rank, and as lines."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.report.figures.grammar import (
    BY_INK,
    NAME,
    cut,
    keep_apart,
    make,
    nice_domain,
    numbers_axis,
    printed,
    signed,
    wanted,
    words_mark,
)
from sanfu.report.figures.model import (
    CATEGORIES,
    INK,
    PALE,
    QUIET,
    Native,
)
from sanfu.report.figures.ranks import RANK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure


def slope(
    changes: pl.DataFrame,
    *,
    before: str,
    after: str,
    highlight: Collection[str] = (),
    decimals: int = 1,
    **about: Unpack[About],
) -> Figure:
    """Draw one line a region from its value before to its value after; no two labels overlap.

    Parameters
    ----------
    changes
        One row a region: `name`, `before`, `after`; none missing.
    before, after
        What the two ends are called, such as ``"2022"`` and ``"2023"``.
    highlight
        Names drawn in colour; the others stand in grey. Rising and falling are told apart by the
        line's dash too.
    """
    wanted(changes, about["title"], "name", "before", "after")
    rows = changes.sort("after", descending=True).to_dicts()
    low, high = nice_domain([row[end] for row in rows for end in ("before", "after")])
    height = max(240, 23 * len(rows))
    gap = (high - low) * 17 / height
    at = {end: keep_apart([row[end] for row in rows], gap) for end in ("before", "after")}
    low = min(low, *at["before"], *at["after"])
    high = max(high, *at["before"], *at["after"])
    lines, labels = [], []
    for i, row in enumerate(rows):
        falls = row["after"] < row["before"]
        colour = _colour(row["name"], falls=falls, highlight=highlight)
        for end in ("before", "after"):
            lines.append(
                {"name": row["name"], "end": end, "value": row[end], "colour": colour,
                 "falls": falls}
            )  # fmt: skip
            words = (
                f"{cut(row['name'], 130)} {printed(row[end], decimals)}"
                if end == "before"
                else f"{printed(row[end], decimals)} {cut(row['name'], 130)}"
            )
            if end == "after":
                words += f"（{signed(row['after'] - row['before'], decimals)}）"
            labels.append(
                {"end": end, "value": row[end], "at": at[end][i], "words": words, "colour": colour}
            )  # fmt: skip
    scale = {"domain": [low, high], "nice": False, "zero": False}
    x = {
        "field": "end",
        "type": "ordinal",
        "sort": ["before", "after"],
        "axis": {
            "title": None, "orient": "top", "labelAngle": 0, "domain": False, "ticks": False,
            "labelExpr": f"datum.value == 'before' ? {dumps(before)} : {dumps(after)}",
            "labelFontWeight": "bold",
        },
        "scale": {"padding": 0},
    }  # fmt: skip
    own = {"field": "colour", "type": "nominal", "scale": None}
    y = {"field": "value", "type": "quantitative", "axis": None, "scale": scale}
    spec = {
        "width": {"step": 300},
        "height": height,
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 45}},
                "encoding": {
                    "x": x,
                    "y": y,
                    "detail": {"field": "name"},
                    "color": own,
                    "strokeDash": {
                        "field": "falls",
                        "type": "nominal",
                        "scale": {"domain": [False, True], "range": [[1, 0], [5, 3]]},
                        "legend": None,
                    },
                },
            },
            *(
                layer
                for end, way in (("before", -1), ("after", 1))
                for layer in _end_labels([one for one in labels if one["end"] == end], x, y, way)
            ),
        ],
    }
    shown = changes.with_columns(change=pl.col("after") - pl.col("before")).sort(
        "after", descending=True
    )
    up = shown.filter(pl.col("change") > 0).height
    down = shown.filter(pl.col("change") < 0).height
    most = shown.sort(pl.col("change").abs(), descending=True).row(0, named=True)
    alt = Text(
        f"{before} 到 {after}，{up} 个上升，{down} 个下降；变动最大的是 {most['name']}，"
        f"由 {printed(most['before'], decimals)} 到 {printed(most['after'], decimals)}。",
        f"from {before} to {after}, {up} rose and {down} fell; {most['name']} moved most, "
        f"from {printed(most['before'], decimals)} to {printed(most['after'], decimals)}.",
    )
    headings = {
        "name": NAME,
        "before": Text(before, before),
        "after": Text(after, after),
        "change": Text("变动", "change"),
    }
    native = Native("bar", "name", ("before", "after"))
    return make(spec, shown, alt, headings, native=native, **about)


def bump(ranks: pl.DataFrame, *, highlight: Collection[str] = (), **about: Unpack[About]) -> Figure:
    """Draw ranks over years, first on top; each point carries its rank, both ends the name.

    Parameters
    ----------
    ranks
        One row a region and year: `name`, `year`, `rank`. A year that a region lacks breaks its
        line. Equal ranks stand beside each other at both ends.
    highlight
        Names drawn in colour; without any, the first seven of the last year are.
    """
    wanted(ranks, about["title"], "name", "year", "rank")
    years = sorted(ranks["year"].unique().to_list())
    ends = {year: ranks.filter(pl.col("year") == year).sort("rank", "name") for year in years}
    chosen = list(highlight) or ends[years[-1]]["name"].to_list()[: len(CATEGORIES) - 1]
    colours = {name: CATEGORIES[i % (len(CATEGORIES) - 1)] for i, name in enumerate(chosen)}
    data = [
        {**row, "year": str(row["year"]), "text": str(row["rank"]),
         "colour": colours.get(row["name"], PALE),
         "ink": "white" if row["name"] in colours else INK}
        for row in ranks.sort("year").to_dicts()
    ]  # fmt: skip
    labels = []
    for year, align in ((years[0], "right"), (years[-1], "left")):
        rows = ends[year].to_dicts()
        places = keep_apart([float(row["rank"]) for row in rows], 0.78)
        for row, place in zip(rows, places, strict=True):
            labels.append(
                {"year": str(year), "at": place, "words": cut(row["name"], 130), "align": align,
                 "colour": INK if row["name"] in colours else QUIET}
            )  # fmt: skip
    worst = float(max([*(row["rank"] for row in data), *(label["at"] for label in labels)]))
    y = {
        "field": "rank",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [worst + 0.6, 0.4], "nice": False, "zero": False},
    }
    x = {
        "field": "year",
        "type": "ordinal",
        "axis": {"title": None, "orient": "top", "labelAngle": 0, "domain": False, "ticks": False},
        "scale": {"padding": 0},
    }
    colour = {"field": "colour", "type": "nominal", "scale": None}
    spec = {
        "width": {"step": max(90, 420 // max(1, len(years) - 1))},
        "height": 25 * worst + 20,
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "line", "strokeWidth": 3},
                "encoding": {"x": x, "y": y, "detail": {"field": "name"}, "color": colour},
            },
            {
                "data": {"values": data},
                "mark": {"type": "point", "filled": True, "size": 330, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": data},
                "mark": words_mark(color=BY_INK, fontSize=11, fontWeight="bold"),
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text"},
                },
            },
            *(
                {
                    "data": {"values": [one for one in labels if one["align"] == align]},
                    "mark": words_mark(align=align, dx=dx),
                    "encoding": {
                        "x": x,
                        "y": {**y, "field": "at"},
                        "text": {"field": "words"},
                        "color": colour,
                    },
                }
                for align, dx in (("right", -15), ("left", 15))
            ),
        ],
    }
    first, last = ends[years[0]], ends[years[-1]]
    same = first["name"][0] == last["name"][0]
    lead = Text(
        f"第 1 名{'始终' if same else '由 ' + first['name'][0] + ' 变'}为 {last['name'][0]}",
        f"first is {last['name'][0]}" + ("" if same else f", before {first['name'][0]}"),
    )
    alt = Text(
        f"{years[0]}–{years[-1]} 年 {ranks['name'].n_unique()} 个地区的名次；"
        f"{years[-1]} 年{lead.zh}。",
        f"ranks of {ranks['name'].n_unique()} from {years[0]} to {years[-1]}; in {years[-1]} "
        f"{lead.en}.",
    )
    headings = {"name": NAME, "year": Text("年份", "year"), "rank": RANK}
    return make(spec, ranks.sort("year", "rank"), alt, headings, **about)


def trend(
    series: pl.DataFrame,
    *,
    highlight: Sequence[str] = (),
    decimals: int = 1,
    **about: Unpack[About],
) -> Figure:
    """Draw values over years, one line a region, named at its end; no two names overlap.

    Parameters
    ----------
    series
        One row a region and year: `name`, `year`, `value`. A missing value breaks the line.
    """
    wanted(series, about["title"], "name", "year", "value")
    years = sorted(series["year"].unique().to_list())
    present = series.filter(pl.col("value").is_not_null())
    low, high = nice_domain(present["value"].to_list())
    names = present["name"].unique(maintain_order=True).to_list()
    chosen = list(highlight) or names[: len(CATEGORIES) - 1]
    colours = {name: CATEGORIES[i % (len(CATEGORIES) - 1)] for i, name in enumerate(chosen)}
    height = max(240, 17 * len(names))
    last = [present.filter(pl.col("name") == n).sort("year").row(-1, named=True) for n in names]
    at = keep_apart([row["value"] for row in last], (high - low) * 16 / height)
    low, high = min(low, *at), max(high, *at)
    ends = [
        {
            "year": str(row["year"]),
            "value": row["value"],
            "at": place,
            "words": f"{printed(row['value'], decimals)} {cut(row['name'], 150)}",
            "colour": colours.get(row["name"], QUIET),
        }
        for row, place in zip(last, at, strict=True)
    ]
    data = [
        {**row, "year": str(row["year"]), "colour": colours.get(row["name"], PALE)}
        for row in series.to_dicts()
    ]
    x = {
        "field": "year",
        "type": "ordinal",
        "axis": {"title": None, "labelAngle": 0},
        "scale": {"padding": 0.1},
    }
    y = numbers_axis(
        "value", about["unit"], scale={"domain": [low, high], "nice": False, "zero": False}
    )
    colour = {"field": "colour", "type": "nominal", "scale": None}
    spec = {
        "width": {"step": max(50, 420 // max(1, len(years) - 1))},
        "height": height,
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 40}},
                "encoding": {"x": x, "y": y, "detail": {"field": "name"}, "color": colour},
            },
            *_end_labels(ends, x, y, 1),
        ],
    }
    top = max(last, key=lambda row: row["value"])
    alt = Text(
        f"{years[0]}–{years[-1]} 年 {len(names)} 条曲线；最近一年最高的是 {top['name']}，"
        f"{printed(top['value'], decimals)}。",
        f"{len(names)} lines from {years[0]} to {years[-1]}; the highest at the end is "
        f"{top['name']} at {printed(top['value'], decimals)}.",
    )
    headings = {"name": NAME, "year": Text("年份", "year"), "value": Text("值", "value")}
    return make(spec, series, alt, headings, **about)


def _end_labels(
    labels: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], way: int
) -> list[dict[str, Any]]:
    """Give labels beside the ends of lines, joined to them where they had to be moved apart."""
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return [
        {
            "data": {"values": labels},
            "mark": {"type": "rule", "color": PALE, "x2Offset": 22 * way, "xOffset": 5 * way},
            "encoding": {"x": x, "x2": {"field": x["field"]}, "y": y, "y2": {"field": "at"}},
        },
        {
            "data": {"values": labels},
            "mark": words_mark(align="left" if way > 0 else "right", dx=25 * way),
            "encoding": {
                "x": x,
                "y": {**y, "field": "at"},
                "text": {"field": "words"},
                "color": colour,
            },
        },
    ]


def _colour(name: str, *, falls: bool, highlight: Collection[str]) -> str:
    if highlight and name not in highlight:
        return QUIET
    return CATEGORIES[5] if falls else CATEGORIES[0]
