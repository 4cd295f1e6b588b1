"""Figures of spread: correlations, a distribution with its treated points, labelled points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
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
    nice_domain,
    numbers_axis,
    printed,
    wanted,
    words_mark,
)
from sanfu.report.figures.labels import place_labels
from sanfu.report.figures.model import CATEGORIES, DIVERGING, INK, PALE, QUIET

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure


def correlations(cells: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw the correlations of pairs, blue for together and orange for opposed.

    Parameters
    ----------
    cells
        One row a pair: `row`, `column`, `value` in [−1, 1]; the order of `row` is that of both
        sides. Columns are numbered as the rows are, so that long names stay readable.
    """
    wanted(cells, about["title"], "row", "column", "value")
    names = cells["row"].unique(maintain_order=True).to_list()
    names += [name for name in cells["column"].unique(maintain_order=True) if name not in names]
    number = {name: i for i, name in enumerate(names, start=1)}
    rows = {name: f"{i}  {cut(str(name), 200)}" for name, i in number.items()}
    data = [
        {
            "row": rows[row["row"]],
            "column": number[row["column"]],
            "value": row["value"],
            "text": "" if row["value"] is None else printed(row["value"], 2),
            "ink": "white" if abs(row["value"] or 0) > 0.75 else INK,
        }
        for row in cells.to_dicts()
    ]
    used = [rows[name] for name in names if name in set(cells["row"].to_list())]
    y = names_axis("row", width=240, sort=used)
    x = {
        "field": "column",
        "type": "ordinal",
        "axis": {"title": None, "orient": "top", "labelAngle": 0, "ticks": False, "domain": False},
    }
    side = 36 if len(names) <= 14 else 28
    spec = {
        "data": {"values": data},
        "width": {"step": side},
        "height": {"step": 24},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"domain": [-1, 1], "range": list(DIVERGING)},
                        "legend": {
                            "title": about["unit"], "orient": "bottom", "gradientLength": 220,
                            "titleLimit": 400,
                        },
                    },
                },
            },
            {
                "mark": words_mark(color=BY_INK, fontSize=10 if side > 30 else 8),
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text"},
                },
            },
        ],
    }  # fmt: skip
    others = cells.filter(pl.col("row") != pl.col("column")).drop_nulls("value")
    strongest = (others if others.height else cells).sort(pl.col("value").abs(), descending=True)
    pair = strongest.row(0, named=True)
    alt = Text(
        f"{len(names)} 个指标两两相关；绝对值最大的是 {pair['row']} 与 {pair['column']}，"
        f"{printed(pair['value'], 2)}。",
        f"correlations of {len(names)}; the strongest is {pair['row']} with {pair['column']}, "
        f"{printed(pair['value'], 2)}.",
    )
    headings = {
        "row": Text("指标", "indicator"),
        "column": Text("与", "with"),
        "value": Text("相关系数", "correlation"),
    }
    return make(spec, cells, alt, headings, **about)


def distribution(values: pl.DataFrame, *, decimals: int = 1, **about: Unpack[About]) -> Figure:
    """Draw how values spread, and where outliers were moved to: from the ring to the dot.

    Parameters
    ----------
    values
        One row a unit: `name`, `value` as observed, `treated` after treatment (equal where
        nothing was done). A missing value is counted in the caption.
    """
    wanted(values, about["title"], "name", "value", "treated")
    present = values.drop_nulls(["value", "treated"])
    moved = present.filter(pl.col("value") != pl.col("treated"))
    raw = present["value"].to_numpy().astype(float)
    both = np.concatenate([raw, present["treated"].to_numpy().astype(float)])
    low, high = nice_domain(both.tolist())
    edges = np.histogram_bin_edges(raw, bins="auto")
    counts, edges = np.histogram(raw, bins=min(max(len(edges) - 1, 5), 40))
    columns = [
        {"from": float(a), "to": float(b), "count": int(c)}
        for a, b, c in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    kept = [{"value": v} for v in present["treated"].to_list()]
    outliers = [
        {
            "value": row["value"],
            "treated": row["treated"],
            "lane": i % 4,
            "words": f"{cut(str(row['name']), 130)} "
            f"{printed(row['value'], decimals)}→{printed(row['treated'], decimals)}",
            "side": "left" if row["value"] > (low + high) / 2 else "right",
        }
        for i, row in enumerate(moved.sort("value").to_dicts())
    ]
    scale = {"domain": [low, high], "nice": False, "zero": False}
    bottom = numbers_axis("value", about["unit"], scale=scale, axis={"labelExpr": large_axis()})
    lanes = {
        "field": "lane",
        "type": "ordinal",
        "axis": None,
        "scale": {"domain": [-1, 0, 1, 2, 3][: min(4, len(outliers)) + 1]},
    }
    strip: list[dict[str, Any]] = [
        {
            "data": {"values": [{**one, "lane": -1} for one in kept]},
            "mark": {"type": "tick", "thickness": 1.5, "color": CATEGORIES[0], "opacity": 0.6},
            "encoding": {"x": bottom, "y": lanes},
        }
    ]
    if outliers:
        start = {**bottom, "field": "value"}
        strip += [
            {
                "data": {"values": outliers},
                "mark": {"type": "rule", "color": CATEGORIES[5], "strokeWidth": 1.5},
                "encoding": {"x": start, "x2": {"field": "treated"}, "y": lanes},
            },
            {
                "data": {"values": outliers},
                "mark": {"type": "point", "size": 60, "color": CATEGORIES[5], "strokeWidth": 2},
                "encoding": {"x": start, "y": lanes},
            },
            {
                "data": {"values": outliers},
                "mark": {"type": "point", "filled": True, "size": 60, "color": CATEGORIES[5],
                         "opacity": 1},
                "encoding": {"x": {**bottom, "field": "treated"}, "y": lanes},
            },
            *(
                {
                    "data": {"values": [one for one in outliers if one["side"] == side]},
                    "mark": words_mark(align=align, dx=dx, fontSize=11),
                    "encoding": {
                        "x": {**bottom, "field": "outer"},
                        "y": lanes,
                        "text": {"field": "words"},
                    },
                    "transform": [{"calculate": edge, "as": "outer"}],
                }
                for side, align, dx, edge in (
                    ("left", "right", -9, "min(datum.value, datum.treated)"),
                    ("right", "left", 9, "max(datum.value, datum.treated)"),
                )
            ),
        ]  # fmt: skip
    spec = {
        "vconcat": [
            {
                "width": 520,
                "height": 190,
                "data": {"values": columns},
                "mark": {"type": "bar", "color": CATEGORIES[4], "stroke": "white"},
                "encoding": {
                    "x": {
                        "field": "from", "type": "quantitative", "scale": scale, "bin": "binned",
                        "axis": {"title": None, "labels": False, "ticks": False},
                    },
                    "x2": {"field": "to"},
                    "y": numbers_axis(
                        "count", str(Text("个数", "count")), axis={"tickMinStep": 1, "tickCount": 5}
                    ),
                },
            },
            {"width": 520, "height": {"step": 24}, "layer": strip},
        ],
        "spacing": 4,
    }  # fmt: skip
    missing = values.height - present.height
    notes = []
    if outliers:
        notes.append(
            str(Text("空心圈为原值，实心点为处理后的值", "ring: as observed; dot: as treated"))
        )
    if missing:
        notes.append(str(Text(f"另有 {missing} 个缺失", f"{missing} more are missing")))
    middle = float(np.median(raw))
    alt = Text(
        f"{present.height} 个值，从 {large(raw.min(), decimals)} 到 {large(raw.max(), decimals)}，"
        f"中位数 {large(middle, decimals)}；{moved.height} 个离群值经过处理。",
        f"{present.height} values from {large(raw.min(), decimals)} to "
        f"{large(raw.max(), decimals)}, median {large(middle, decimals)}; "
        f"{moved.height} outliers were treated.",
    )
    headings = {
        "name": NAME, "value": Text("原值", "as observed"), "treated": Text("处理后", "treated"),
    }  # fmt: skip
    return make(spec, values, alt, headings, notes=tuple(notes), **about)


def scatter(
    points: pl.DataFrame,
    *,
    x: str,
    y: str,
    highlight: Collection[str] = (),
    **about: Unpack[About],
) -> Figure:
    """Draw one point a unit, named where a name fits without covering anything.

    Parameters
    ----------
    points
        One row a unit: `name`, `x`, `y`; rows with a missing value are counted in the caption.
    x, y
        What the axes show, with their units.
    highlight
        Names drawn in colour and labelled first.
    """
    wanted(points, about["title"], "name", "x", "y")
    present = points.drop_nulls(["x", "y"])
    wide, high = 520.0, 380.0
    domain = {axis: nice_domain(present[axis].to_list(), room=0.08) for axis in ("x", "y")}

    def at(axis: str, value: float) -> float:
        low, top = domain[axis]
        share = (value - low) / (top - low)
        return share * wide if axis == "x" else (1 - share) * high

    rows = present.to_dicts()
    chosen = set(highlight)
    rows.sort(key=lambda row: row["name"] not in chosen)
    words = [cut(str(row["name"]), 150, 11) for row in rows]
    boxes = place_labels(
        [(at("x", row["x"]), at("y", row["y"])) for row in rows], words, width=wide, height=high
    )
    left_out = sum(box is None for box in boxes)
    labels, leaders = [], []
    for row, name, box in zip(rows, words, boxes, strict=True):
        if box is None:
            continue
        a, b = at("x", row["x"]), at("y", row["y"])
        middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        labels.append(
            {"a": middle[0], "b": middle[1], "words": name,
             "colour": CATEGORIES[5] if row["name"] in chosen else INK}
        )  # fmt: skip
        edge = (min(max(a, box.left), box.right), min(max(b, box.top), box.bottom))
        if (edge[0] - a) ** 2 + (edge[1] - b) ** 2 > 14**2:
            leaders.append({"a": a, "b": b, "a2": edge[0], "b2": edge[1]})
    scales = {
        axis: {"domain": list(domain[axis]), "nice": False, "zero": False} for axis in ("x", "y")
    }
    here = {
        name: {
            "field": name, "type": "quantitative", "axis": None,
            "scale": {"domain": [0, wide] if name == "a" else [high, 0], "nice": False},
        }
        for name in ("a", "b")
    }  # fmt: skip
    axis = {"labelExpr": large_axis()}
    dots = [
        {"x": row["x"], "y": row["y"], "colour": CATEGORIES[5 if row["name"] in chosen else 0]}
        for row in rows
    ]
    spec = {
        "width": wide,
        "height": high,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "layer": [
            {
                "data": {"values": dots},
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 0.9},
                "encoding": {
                    "x": numbers_axis("x", x, scale=scales["x"], axis=axis),
                    "y": numbers_axis("y", y, scale=scales["y"], axis=axis),
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
            {
                "layer": [
                    {
                        "data": {"values": leaders},
                        "mark": {"type": "rule", "color": PALE},
                        "encoding": {
                            "x": here["a"], "y": here["b"],
                            "x2": {"field": "a2"}, "y2": {"field": "b2"},
                        },
                    },
                    {
                        "data": {"values": labels},
                        "mark": words_mark(fontSize=11, color=QUIET),
                        "encoding": {
                            "x": here["a"],
                            "y": here["b"],
                            "text": {"field": "words"},
                            "color": {"field": "colour", "type": "nominal", "scale": None},
                        },
                    },
                ]
            },
        ],
    }  # fmt: skip
    notes = []
    if left_out:
        notes.append(
            str(Text(f"{left_out} 个点未标名（见数据表）", f"{left_out} points unnamed, see table"))
        )
    missing = points.height - present.height
    if missing:
        notes.append(str(Text(f"另有 {missing} 个缺失", f"{missing} more are missing")))
    both = present.select("x", "y").to_numpy().astype(float)
    flat = len(both) < 3 or not both.std(axis=0).all()
    r = "—" if flat else printed(float(np.corrcoef(both, rowvar=False)[0, 1]), 2)
    alt = Text(
        f"{present.height} 个点，横轴 {x}，纵轴 {y}；相关系数 {r}（相关不等于因果）。",
        f"{present.height} points, {x} across and {y} up; correlation {r} (no cause is implied).",
    )
    headings = {"name": NAME, "x": Text(x, x), "y": Text(y, y)}
    return make(spec, points, alt, headings, notes=tuple(notes), **about)
