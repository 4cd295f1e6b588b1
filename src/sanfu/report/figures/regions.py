"""Figures of regions: the tile map, pillars by district, one district among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content import content_path
from sanfu.language import Text, current_language
from sanfu.report.figures.grammar import (
    BY_INK,
    NAME,
    cut,
    make,
    names_axis,
    nice_domain,
    numbers_axis,
    printed,
    wanted,
    words_mark,
    wrap,
)
from sanfu.report.figures.model import (
    CATEGORIES,
    INK,
    PALE,
    SEQUENTIAL,
    FigureFault,
    Native,
    NothingToDraw,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure


def read_tiles(layout: str | Path) -> pl.DataFrame:
    """Read a tile layout: code, name, name_en, column (from the west), row (from the north).

    Parameters
    ----------
    layout
        The name of one that ships (``"shanghai"``, ``"china"``), or a CSV file of the office's.
    """
    path = content_path("tiles", f"{layout}.csv") if isinstance(layout, str) else layout
    return pl.read_csv(path, schema_overrides={"code": pl.String})


def tile_map(
    scores: pl.DataFrame, *, layout: str | Path, decimals: int = 1, **about: Unpack[About]
) -> Figure:
    """Draw one square a region, darker for a higher score, with name, score and rank in it.

    Parameters
    ----------
    scores
        One row a region: `code` (text), `score`, `rank`. A region of the layout without a row, or
        with a missing score, is drawn empty with a dash; a row that the layout does not know is an
        error, since it would vanish.
    """
    wanted(scores, about["title"], "code", "score", "rank")
    tiles = read_tiles(layout)
    unknown = sorted(set(scores["code"]) - set(tiles["code"]))
    if unknown:
        raise FigureFault(
            Text(
                f"格子地图“{layout}”里没有这些地区：{'、'.join(unknown)}。请在布局文件中补上。",
                f"the tile layout “{layout}” lacks {', '.join(unknown)}; add them to the layout.",
            )
        )
    known = scores.filter(pl.col("score").is_not_null())
    if not known.height:
        raise NothingToDraw(about["title"])
    label = "name" if current_language() == "zh" else "name_en"
    shown = tiles.join(scores.select("code", "score", "rank"), on="code", how="left").with_columns(
        name=pl.col(label)
    )
    low, high = _limits(known["score"])
    side = 84 if label == "name" else 100
    data = [_tile(row, low + 0.55 * (high - low), side, decimals) for row in shown.to_dicts()]
    width, height = (int(tiles[c].cast(pl.Int64).to_numpy().max()) + 1 for c in ("column", "row"))
    base: dict[str, Any] = {
        "x": {"field": "column", "type": "ordinal", "axis": None},
        "y": {"field": "row", "type": "ordinal", "axis": None},
    }
    square = {"type": "rect", "stroke": "white", "strokeWidth": 3, "cornerRadius": 4}
    spec = {
        "data": {"values": data},
        "width": side * width,
        "height": 62 * height,
        "layer": [
            {"mark": {**square, "color": "#EEEEEE"}, "encoding": base},
            {
                "mark": square,
                "transform": [{"filter": "datum.score != null"}],
                "encoding": {
                    **base,
                    "color": {
                        "field": "score",
                        "type": "quantitative",
                        "scale": {"range": list(SEQUENTIAL), "domain": [low, high]},
                        "legend": {
                            "title": about["unit"] + str(Text("（灰：无数据）", " (grey: none)")),
                            "orient": "bottom",
                            "gradientLength": 220,
                            "titleLimit": 400,
                        },
                    },
                },
            },
            {
                "mark": words_mark(color=BY_INK, dy=-9, fontSize=13 if label == "name" else 11,
                                   fontWeight="bold"),
                "encoding": {**base, "text": {"field": "label"}},
            },
            {
                "mark": words_mark(color=BY_INK, dy=10),
                "encoding": {**base, "text": {"field": "text"}},
            },
        ],
    }  # fmt: skip
    names = dict(tiles.select("code", label).iter_rows())
    first = known.sort("rank").row(0, named=True)
    best, lowest = printed(first["score"], decimals), printed(min(known["score"]), decimals)
    alt = Text(
        f"{known.height} 个地区，最高 {names[first['code']]} {best}，"
        f"最低分 {lowest}。每格写明地区、得分和名次。",
        f"{known.height} regions; highest {names[first['code']]} at {best}; "
        f"lowest score {lowest}. Each square gives region, score and rank.",
    )
    table = shown.filter(pl.col("score").is_not_null()).sort("rank")
    headings = {"name": NAME, "score": Text("得分", "score"), "rank": Text("名次", "rank")}
    native = Native("bar", "name", ("score",))
    return make(spec, table, alt, headings, native=native, **about)


def _tile(row: dict[str, Any], dark: float, side: float, decimals: int) -> dict[str, Any]:
    missing = row["score"] is None
    return {
        **row,
        "label": cut(row["name"], side - 8, 12),
        "text": "—" if missing else f"{printed(row['score'], decimals)} · {row['rank']}",
        "ink": "white" if not missing and row["score"] > dark else INK,
    }


def heat_map(
    cells: pl.DataFrame,
    *,
    rows: Text = NAME,
    columns: Text | None = None,
    decimals: int = 1,
    **about: Unpack[About],
) -> Figure:
    """Draw a table of shaded cells: pillars by district.

    Parameters
    ----------
    cells
        One row a cell: `row`, `column`, `value`. Rows and columns keep the order in which they
        come; a missing value shows a dash.
    """
    wanted(cells, about["title"], "row", "column", "value")
    columns = columns or Text("维度", "pillar")
    down = cells["row"].unique(maintain_order=True).to_list()
    across = cells["column"].unique(maintain_order=True).to_list()
    low, high = _limits(cells["value"])
    middle = low + 0.55 * (high - low)
    step = 78 if len(across) <= 7 else max(44, 560 // len(across))
    heads = {name: "\n".join(wrap(str(name), step - 4, 11)) for name in across}
    data = [
        {
            "row": cut(str(row["row"]), 160),
            "column": heads[row["column"]],
            "value": row["value"],
            "text": "—" if row["value"] is None else printed(row["value"], decimals),
            "ink": "white" if row["value"] is not None and row["value"] > middle else INK,
        }
        for row in cells.to_dicts()
    ]
    y = names_axis("row", sort=[cut(str(name), 160) for name in down])
    x = {
        "field": "column",
        "type": "ordinal",
        "sort": list(heads.values()),
        "axis": {
            "title": None, "orient": "top", "labelAngle": 0, "ticks": False, "domain": False,
            "labelExpr": "split(datum.label, '\\n')", "labelFontSize": 11, "labelLimit": 0,
            "labelLineHeight": 14,
            "labelPadding": 4 + 14 * max(words.count("\n") for words in heads.values()),
        },
    }  # fmt: skip
    spec = {
        "data": {"values": data},
        "width": {"step": step},
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
                        "scale": {"range": list(SEQUENTIAL), "domain": [low, high]},
                        "legend": {
                            "title": about["unit"], "orient": "bottom", "gradientLength": 220,
                            "titleLimit": 400,
                        },
                    },
                },
            },
            {
                "mark": words_mark(color=BY_INK, fontSize=11),
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text"},
                },
            },
        ],
    }  # fmt: skip
    best = cells.drop_nulls("value").sort("value", descending=True).row(0, named=True)
    alt = Text(
        f"{len(down)} 行、{len(across)} 列；最高为 {best['row']} 的 {best['column']}，"
        f"{printed(best['value'], decimals)}。每格写明数值。",
        f"{len(down)} rows and {len(across)} columns; highest is {best['row']} in "
        f"{best['column']} at {printed(best['value'], decimals)}. Each cell gives its value.",
    )
    headings = {"row": rows, "column": columns, "value": Text("值", "value")}
    return make(spec, cells, alt, headings, **about)


def parallel_dots(
    values: pl.DataFrame, *, highlight: str, decimals: int = 1, **about: Unpack[About]
) -> Figure:
    """Draw one line a pillar with a dot a region, the highlighted one named; tick at the mean.

    This stands where reports use a radar: lengths along one common scale are read more exactly
    than areas and angles (Cleveland & McGill 1984), the order of pillars does not change the
    picture, and all regions can be seen at once.

    Parameters
    ----------
    values
        One row a region and part: `part`, `name`, `value`. Parts keep their order.
    highlight
        The name of the region to show among the others.
    """
    wanted(values, about["title"], "part", "name", "value")
    present = values.drop_nulls("value")
    if highlight not in present["name"].to_list():
        raise FigureFault(
            Text(
                f"图“{about['title']}”要突出的“{highlight}”不在数据之内。",
                f"figure “{about['title']}” highlights “{highlight}”, which is not in its data.",
            )
        )
    parts = [cut(str(p), 180) for p in values["part"].unique(maintain_order=True).to_list()]
    means = present.group_by("part", maintain_order=True).agg(pl.col("value").mean())
    who = [cut(highlight, 200), str(Text("其他地区", "others")), str(Text("平均", "mean"))]
    dots: list[list[dict[str, Any]]] = [[], [], []]
    for row in present.to_dicts():
        place = 0 if row["name"] == highlight else 1
        dots[place].append({**row, "text": printed(row["value"], decimals), "who": who[place]})
    dots[2] = [{**mean, "who": who[2]} for mean in means.to_dicts()]
    for dot in (dot for some in dots for dot in some):
        dot["part"] = cut(str(dot["part"]), 180)
    scale = {"domain": list(nice_domain(present["value"].to_list())), "nice": False, "zero": False}
    here = {
        "y": names_axis("part", sort=parts),
        "x": numbers_axis("value", about["unit"], scale=scale),
        "color": {
            "field": "who",
            "type": "nominal",
            "scale": {"domain": who, "range": [CATEGORIES[5], PALE, INK]},
            "legend": {"title": None, "orient": "top", "labelLimit": 300},
        },
    }
    text = {"y": here["y"], "x": here["x"], "text": {"field": "text"}}
    spec = {
        "width": 420,
        "height": {"step": 40},
        "layer": [
            {
                "data": {"values": dots[1]},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.75},
                "encoding": here,
            },
            {
                "data": {"values": dots[2]},
                "mark": {"type": "tick", "thickness": 3, "size": 22},
                "encoding": here,
            },
            {
                "data": {"values": dots[0]},
                "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
                "encoding": here,
            },
            {
                "data": {"values": dots[0]},
                "mark": words_mark(dy=-14, fontWeight="bold", color=CATEGORIES[5]),
                "encoding": text,
            },
        ],
    }
    mean_of = dict(means.iter_rows())
    said = [
        (row["part"], printed(row["value"], decimals), printed(mean_of[row["part"]], decimals))
        for row in present.filter(pl.col("name") == highlight).to_dicts()
    ]
    alt = Text(
        f"{highlight}：" + "，".join(f"{p} {v}（平均 {m}）" for p, v, m in said) + "。",
        f"{highlight}: " + ", ".join(f"{p} {v} (mean {m})" for p, v, m in said) + ".",
    )
    headings = {"part": Text("维度", "pillar"), "name": NAME, "value": Text("值", "value")}
    return make(spec, values, alt, headings, **about)


def _limits(values: pl.Series) -> tuple[float, float]:
    """Give the ends of the colour scale; a single value gets a scale of width one around it."""
    present = values.drop_nulls().to_numpy()
    low, high = float(present.min()), float(present.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)
