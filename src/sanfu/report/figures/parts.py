"""Figures of parts: what adds to a score, what makes up a whole, what drives the uncertainty."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.report.figures.grammar import (
    BY_INK,
    NAME,
    cut,
    large,
    large_axis,
    make,
    names_axis,
    numbers_axis,
    printed,
    signed,
    wanted,
    width_of,
    words_mark,
)
from sanfu.report.figures.model import CATEGORIES, INK, QUIET, FigureFault, Native

if TYPE_CHECKING:
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure

_UP, _DOWN, _WHOLE = CATEGORIES[0], CATEGORIES[5], QUIET


def pillar_bars(parts: pl.DataFrame, *, decimals: int = 1, **about: Unpack[About]) -> Figure:
    """Draw what each part adds to, or takes from, one region's score against the mean.

    Parameters
    ----------
    parts
        One row a part: `name`, `value` (signed). Parts keep the order in which they come.
    """
    wanted(parts, about["title"], "name", "value")
    data = [
        {
            "name": cut(str(row["name"]), 250),
            "value": row["value"],
            "text": signed(row["value"], decimals),
            "colour": _UP if row["value"] >= 0 else _DOWN,
        }
        for row in parts.to_dicts()
    ]
    y = names_axis(width=260)
    x = numbers_axis("value", about["unit"], scale={"padding": 46})
    spec = {
        "data": {"values": data},
        "width": 400,
        "height": {"step": 26},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.65}},
                "encoding": {"y": y, "x": x, "color": _as_is()},
            },
            *_ends(y, x, "datum.value >= 0"),
        ],
    }
    said = "，".join(f"{row['name']} {signed(row['value'], decimals)}" for row in parts.to_dicts())
    alt = Text(f"{said}。", f"{said}.")
    headings = {"name": NAME, "value": Text("值", "value")}
    native = Native("bar", "name", ("value",))
    return make(spec, parts, alt, headings, native=native, **about)


def bars(
    parts: pl.DataFrame, *, decimals: int = 0, highlight: str = "", **about: Unpack[About]
) -> Figure:
    """Draw amounts side by side, from zero; large ones are printed in 亿 and 万, or bn and m.

    Parameters
    ----------
    parts
        One row a part: `name`, `value` (not negative; missing shows a dash), in their order.
    """
    wanted(parts, about["title"], "name", "value")
    data: list[dict[str, Any]] = [
        {
            "name": cut(str(row["name"]), 230),
            "value": row["value"] or 0,
            "text": "—" if row["value"] is None else large(row["value"], decimals or 1)
            if abs(row["value"]) >= 1e4 else printed(row["value"], decimals),
            "colour": _DOWN if row["name"] == highlight else _UP,
        }
        for row in parts.to_dicts()
    ]  # fmt: skip
    y = names_axis(width=240)
    most = max(one["value"] for one in data) or 1
    room = max(width_of(one["text"]) for one in data) + 12
    scale = {"domain": [0, most * 400 / (400 - min(room, 200))], "nice": False}
    x = numbers_axis("value", about["unit"], axis={"labelExpr": large_axis()}, scale=scale)
    spec = {
        "data": {"values": data},
        "width": 400,
        "height": {"step": 25},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.68}},
                "encoding": {"y": y, "x": x, "color": _as_is()},
            },
            {
                "mark": words_mark(align="left", dx=5),
                "encoding": {"y": y, "x": x, "text": {"field": "text"}},
            },
        ],
    }
    said = [f"{row['name']} {one['text']}" for row, one in zip(parts.to_dicts(), data, strict=True)]
    alt = Text("，".join(said) + "。", ", ".join(said) + ".")
    headings = {"name": NAME, "value": Text("值", "value")}
    native = Native("bar", "name", ("value",))
    return make(spec, parts, alt, headings, native=native, **about)


def waterfall(
    parts: pl.DataFrame,
    *,
    start: tuple[str, float],
    end: str,
    decimals: int = 1,
    **about: Unpack[About],
) -> Figure:
    """Draw step by step how contributions lead from one value to another.

    Parameters
    ----------
    parts
        One row a step: `name`, `value` (signed), in their order.
    start
        Name and value that the steps begin from, such as the mean of all regions.
    end
        What the value that they lead to is called; it is the start plus all steps.
    """
    wanted(parts, about["title"], "name", "value")
    level = start[1]
    rows = [_step(start[0], 0.0, level, printed(level, decimals), _WHOLE)]
    for row in parts.to_dicts():
        colour = _UP if row["value"] >= 0 else _DOWN
        text = signed(row["value"], decimals)
        rows.append(_step(row["name"], level, level + row["value"], text, colour))
        level += row["value"]
    rows.append(_step(end, 0.0, level, printed(level, decimals), _WHOLE))
    for number, one in enumerate(rows):
        one["key"] = f"{number:03d} {one['name']}"  # two steps of one name stay two
    edges = [value for row in rows[1:-1] for value in (row["from"], row["to"])]
    edges += [start[1], level]
    low, high = min(edges), max(edges)
    span = (high - low) or 1.0
    floor = 0.0 if low <= 1.2 * span else low - 0.35 * span
    for row in (rows[0], rows[-1]):
        row["from"] = floor
    order = [row["key"] for row in rows]
    names = {row["key"]: row["name"] for row in rows}
    y = names_axis("key", width=260, sort=order)
    y["axis"]["labelExpr"] = "substring(datum.label, 4)"
    scale = {"domain": [floor, high + 0.16 * span], "nice": False, "zero": False}
    x = numbers_axis("from", about["unit"], scale=scale)
    links = [
        {"key": row["key"], "at": row["to"], "key2": after["key"]} for row, after in pairwise(rows)
    ]
    spec = {
        "data": {"values": rows},
        "width": 430,
        "height": {"step": 27},
        "layer": [
            {
                "data": {"values": links},
                "mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 3]},
                "encoding": {
                    "x": {"field": "at", "type": "quantitative", "scale": scale},
                    "y": y,
                    "y2": {"field": "key2"},
                },
            },
            {
                "mark": {"type": "bar", "height": {"band": 0.62}},
                "encoding": {"y": y, "x": x, "x2": {"field": "to"}, "color": _as_is()},
            },
            {
                "mark": words_mark(align="left", dx=5),
                "encoding": {
                    "y": y,
                    "x": {"field": "right", "type": "quantitative", "scale": scale},
                    "text": {"field": "text"},
                },
            },
        ],
    }
    said = [f"{row['name']} {row['text']}" for row in rows]
    notes: tuple[str, ...] = ()
    if floor:
        notes = (str(Text("横轴不从零起", "the axis does not start at zero")),)
    alt = Text("，".join(said) + "。", ", ".join(said) + ".")
    table = pl.DataFrame(
        {
            "name": [names[key] for key in order],
            "value": [start[1], *parts["value"].to_list(), level],
        },
        schema_overrides={"value": pl.Float64},
    )
    headings = {"name": NAME, "value": Text("值", "value")}
    return make(spec, table, alt, headings, notes=notes, **about)


def _step(name: str, start: float, end: float, text: str, colour: str) -> dict[str, Any]:
    return {
        "name": cut(str(name), 250), "from": start, "to": end, "right": max(start, end),
        "text": text, "colour": colour,
    }  # fmt: skip


def sobol(indices: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw each choice's share in the variance: alone (first order) and with others (total).

    Parameters
    ----------
    indices
        One row a choice: `name`, `first`, `total`, and optionally their intervals `first_low`,
        `first_high`, `total_low`, `total_high`; shares of the variance, about [0, 1].
    """
    wanted(indices, about["title"], "name", "first", "total")
    kinds = {
        "first": str(Text("单独作用（一阶）", "alone (first order)")),
        "total": str(Text("含交互（总效应）", "with others (total)")),
    }
    ordered = indices.sort("total", descending=True)
    data = []
    for row in ordered.to_dicts():
        for kind, words in kinds.items():
            low, high = row.get(f"{kind}_low"), row.get(f"{kind}_high")
            text = printed(row[kind], 2)
            if low is not None and high is not None:
                text += f"（{printed(low, 2)}–{printed(high, 2)}）"
            data.append(
                {"name": cut(str(row["name"]), 190), "kind": words, "value": row[kind],
                 "low": low, "high": high, "text": text}
            )  # fmt: skip
    y = names_axis()
    side = {"field": "kind", "type": "nominal", "sort": list(kinds.values())}
    x = numbers_axis("value", about["unit"])
    spec = {
        "data": {"values": data},
        "width": 380,
        "height": {"step": 21},
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "y": {**y, "scale": {"paddingInner": 0.25}},
                    "yOffset": side,
                    "x": x,
                    "color": {
                        **side,
                        "scale": {"range": [CATEGORIES[4], CATEGORIES[0]]},
                        "legend": {"title": None, "orient": "top", "labelLimit": 300},
                    },
                },
            },
            {
                "transform": [{"filter": "datum.low != null && datum.high != null"}],
                "mark": {"type": "rule", "strokeWidth": 2, "color": INK},
                "encoding": {
                    "y": y,
                    "yOffset": side,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": words_mark(align="left", fontSize=11),
                "encoding": {
                    "y": y,
                    "yOffset": side,
                    "x": {"value": 388},
                    "text": {"field": "text"},
                },
            },
        ],
    }
    most = ordered.row(0, named=True)
    alt = Text(
        f"{ordered.height} 项选择对结果方差的贡献；最大的是 {most['name']}："
        f"单独 {printed(most['first'], 2)}，含交互 {printed(most['total'], 2)}。",
        f"how {ordered.height} choices share in the variance; most is {most['name']}: alone "
        f"{printed(most['first'], 2)}, with others {printed(most['total'], 2)}.",
    )
    headings = {
        "name": Text("选择", "choice"),
        "first": Text("一阶", "first order"),
        "total": Text("总效应", "total"),
    }
    ends = {
        "first_low": Text("一阶下限", "first, low"),
        "first_high": Text("一阶上限", "first, high"),
        "total_low": Text("总效应下限", "total, low"),
        "total_high": Text("总效应上限", "total, high"),
    }
    headings |= {name: words for name, words in ends.items() if name in indices.columns}
    native = Native("bar", "name", ("first", "total"))
    return make(spec, ordered, alt, headings, native=native, **about)


def structure(parts: pl.DataFrame, *, wholes: Text | None = None, **about: Unpack[About]) -> Figure:
    """Draw what shares make up each whole, as bars of one length.

    Parameters
    ----------
    parts
        One row a whole and part: `whole`, `part`, `value` (an amount, not negative). Both keep
        their order; at most seven parts can be told apart by colour.

    Raises
    ------
    FigureFault
        There are more than seven parts, a negative amount, or a whole of nothing.
    """
    wanted(parts, about["title"], "whole", "part", "value")
    kinds = parts["part"].unique(maintain_order=True).to_list()
    if len(kinds) > len(CATEGORIES):
        raise FigureFault(
            Text(
                f"图“{about['title']}”有 {len(kinds)} 个部分，颜色最多分得清 {len(CATEGORIES)} 个；"
                "请合并较小的部分。",
                f"figure “{about['title']}” has {len(kinds)} parts; at most {len(CATEGORIES)} "
                "can be told apart. Join the small ones.",
            )
        )
    sums = parts.group_by("whole").agg(pl.col("value").sum(), pl.col("value").min().alias("least"))
    if min(sums["least"].to_list()) < 0 or min(sums["value"].to_list()) <= 0:
        raise FigureFault(
            Text(
                f"图“{about['title']}”的构成不能有负数，合计须大于零。",
                f"figure “{about['title']}”: shares need amounts of zero or more, and a total.",
            )
        )
    shares = parts.with_columns(share=pl.col("value") / pl.col("value").sum().over("whole"))
    data = []
    left: dict[str, float] = {}
    for row in shares.to_dicts():
        start = left.get(row["whole"], 0.0)
        left[row["whole"]] = start + row["share"]
        data.append(
            {"whole": cut(str(row["whole"]), 150), "part": cut(str(row["part"]), 180),
             "from": start, "to": start + row["share"], "middle": start + row["share"] / 2,
             "text": printed(row["share"] * 100) + "%" if row["share"] >= 0.075 else "",
             "ink": INK if kinds.index(row["part"]) in (1, 2, 3, 4) else "white"}
        )  # fmt: skip
    y = names_axis("whole")
    x = numbers_axis("from", about["unit"], scale={"domain": [0, 1]}, axis={"format": ".0%"})
    names = [cut(str(kind), 180) for kind in kinds]
    spec = {
        "data": {"values": data},
        "width": 470,
        "height": {"step": 22},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.72}, "stroke": "white"},
                "encoding": {
                    "y": y,
                    "x": x,
                    "x2": {"field": "to"},
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "sort": names,
                        "scale": {"domain": names, "range": list(CATEGORIES[: len(names)])},
                        "legend": {
                            "title": None, "orient": "top", "columns": 4, "labelLimit": 190,
                        },
                    },
                },
            },
            {
                "mark": words_mark(color=BY_INK, fontSize=11),
                "encoding": {
                    "y": y,
                    "x": {"field": "middle", "type": "quantitative"},
                    "text": {"field": "text"},
                },
            },
        ],
    }  # fmt: skip
    most = shares.sort("share", descending=True).row(0, named=True)
    percent = printed(most["share"] * 100)
    alt = Text(
        f"{sums.height} 个整体、{len(kinds)} 个部分；占比最大的是 {most['whole']} 的 "
        f"{most['part']}，{percent}%。",
        f"{sums.height} wholes of {len(kinds)} parts; the largest share is {most['part']} of "
        f"{most['whole']}, {percent}%.",
    )
    headings = {
        "whole": wholes or NAME,
        "part": Text("部分", "part"),
        "value": Text("值", "value"),
        "share": Text("占比", "share"),
    }
    return make(spec, shares, alt, headings, **about)


def _as_is() -> dict[str, Any]:
    return {"field": "colour", "type": "nominal", "scale": None}


def _ends(y: dict[str, Any], x: dict[str, Any], right: str) -> list[dict[str, Any]]:
    """Give the printed values outside the bars' ends, on the side that the bar points to."""
    return [
        {
            "transform": [{"filter": test}],
            "mark": words_mark(align=align, dx=dx),
            "encoding": {"y": y, "x": x, "text": {"field": "text"}},
        }
        for test, align, dx in ((right, "left", 4), (f"!({right})", "right", -4))
    ]
