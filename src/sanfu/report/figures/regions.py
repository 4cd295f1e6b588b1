"""Figures of regions: the tile map, the ranking, the pillars of one region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content import content_path
from sanfu.language import Text, current_language
from sanfu.report.figures.model import CATEGORIES, SEQUENTIAL, Figure, FigureFault

if TYPE_CHECKING:
    from pathlib import Path


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
    scores: pl.DataFrame,
    *,
    layout: str | Path,
    title: str,
    unit: str,
    source: str,
    as_of: str,
    n: str,
    method: str,
    synthetic: bool,
) -> Figure:
    """Draw one square a region, darker for a higher score, with name, score and rank in it.

    Parameters
    ----------
    scores
        One row a region: `code` (text), `score`, `rank`. A region of the layout without a row is
        drawn empty; a row that the layout does not know is an error, since it would vanish.
    """
    tiles = read_tiles(layout)
    unknown = sorted(set(scores["code"]) - set(tiles["code"]))
    if unknown:
        raise FigureFault(
            Text(
                f"格子地图“{layout}”里没有这些地区：{'、'.join(unknown)}。请在布局文件中补上。",
                f"the tile layout “{layout}” lacks {', '.join(unknown)}; add them to the layout.",
            )
        )
    label = "name" if current_language() == "zh" else "name_en"
    shown = tiles.join(scores.select("code", "score", "rank"), on="code", how="left").with_columns(
        pl.col(label).alias("label")
    )
    data = [
        {**row, "text": "—" if row["score"] is None else f"{row['score']:.1f} · {row['rank']}"}
        for row in shown.to_dicts()
    ]
    low, high = _limits(scores["score"])
    width, height = (int(tiles[c].cast(pl.Int64).to_numpy().max()) + 1 for c in ("column", "row"))
    dark = {"test": f"datum.score != null && datum.score > {low + 0.55 * (high - low)}"}
    square = {"type": "rect", "stroke": "white", "strokeWidth": 3, "cornerRadius": 4}
    base: dict[str, Any] = {
        "x": {"field": "column", "type": "ordinal", "axis": None},
        "y": {"field": "row", "type": "ordinal", "axis": None},
    }
    spec = {
        "data": {"values": data},
        "width": 84 * width,
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
                        "legend": {"title": unit, "orient": "bottom", "gradientLength": 220},
                    },
                },
            },
            {
                "mark": {"type": "text", "dy": -9, "fontSize": 13, "fontWeight": "bold"},
                "encoding": {
                    **base,
                    "text": {"field": "label"},
                    "color": {"condition": {**dark, "value": "white"}, "value": "#222222"},
                },
            },
            {
                "mark": {"type": "text", "dy": 10, "fontSize": 12},
                "encoding": {
                    **base,
                    "text": {"field": "text"},
                    "color": {"condition": {**dark, "value": "white"}, "value": "#222222"},
                },
            },
        ],
    }
    first = scores.sort("rank").row(0, named=True)
    names = dict(tiles.select("code", label).iter_rows())
    alt = Text(
        f"{title}：{scores.height} 个地区，最高 {names[first['code']]} {first['score']:.1f}，"
        f"分值范围 {low:.1f} 至 {high:.1f}。每格写明地区、得分和名次。",
        f"{title}: {scores.height} regions; highest {names[first['code']]} at "
        f"{first['score']:.1f}; scores from {low:.1f} to {high:.1f}. "
        "Each square gives region, score and rank.",
    )
    table = (
        shown.filter(pl.col("score").is_not_null()).sort("rank").select("label", "score", "rank")
    )
    return Figure(
        spec=spec, title=title, unit=unit, source=source, as_of=as_of, n=n, method=method,
        alt=str(alt), table=table, synthetic=synthetic,
    )  # fmt: skip


def ranking(
    scores: pl.DataFrame,
    *,
    title: str,
    unit: str,
    source: str,
    as_of: str,
    n: str,
    method: str,
    synthetic: bool,
) -> Figure:
    """Draw the regions in order as bars, with their rank interval where one is given.

    Parameters
    ----------
    scores
        One row a region: `name`, `score`, `rank`; optionally its interval, `low` and `high`.
    """
    ordered = scores.sort("rank", "name")
    intervals = {"low", "high"} <= set(scores.columns)
    data = [
        {**row, "label": f"{row['rank']}  {row['name']}", "text": f"{row['score']:.1f}"}
        for row in ordered.to_dicts()
    ]
    y = {
        "field": "label",
        "type": "ordinal",
        "sort": None,
        "axis": {"title": None, "labelLimit": 200},
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "color": CATEGORIES[0], "height": {"band": 0.7}},
            "encoding": {
                "y": y,
                "x": {"field": "score", "type": "quantitative", "axis": {"title": unit}},
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 34 if intervals else 4, "fontSize": 12},
            "encoding": {
                "y": y,
                "x": {"field": "score", "type": "quantitative"},
                "text": {"field": "text"},
            },
        },
    ]
    if intervals:
        layers.insert(
            1,
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": "#222222"},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                },
            },
        )
    first, last = ordered.row(0, named=True), ordered.row(-1, named=True)
    alt = Text(
        f"{title}：第 1 名 {first['name']} {first['score']:.1f}，"
        f"末位 {last['name']} {last['score']:.1f}，共 {ordered.height} 个。",
        f"{title}: first {first['name']} at {first['score']:.1f}, "
        f"last {last['name']} at {last['score']:.1f}, {ordered.height} in all.",
    )
    keep = ["rank", "name", "score", *(("low", "high") if intervals else ())]
    return Figure(
        spec={"data": {"values": data}, "width": 460, "height": {"step": 24}, "layer": layers},
        title=title, unit=unit, source=source, as_of=as_of, n=n, method=method,
        alt=str(alt), table=ordered.select(keep), synthetic=synthetic,
    )  # fmt: skip


def pillar_bars(
    parts: pl.DataFrame,
    *,
    title: str,
    unit: str,
    source: str,
    as_of: str,
    n: str,
    method: str,
    synthetic: bool,
) -> Figure:
    """Draw what each part adds to, or takes from, one region's score against the mean.

    Parameters
    ----------
    parts
        One row a part: `name`, `value` (signed).
    """
    data = [
        {**row, "text": f"{row['value']:+.1f}", "up": row["value"] >= 0} for row in parts.to_dicts()
    ]
    y = {
        "field": "name",
        "type": "ordinal",
        "sort": None,
        "axis": {"title": None, "labelLimit": 260},
    }
    x = {"field": "value", "type": "quantitative", "axis": {"title": unit}}
    spec = {
        "data": {"values": data},
        "width": 420,
        "height": {"step": 26},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.65}},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {
                        "field": "up",
                        "type": "nominal",
                        "scale": {"domain": [True, False], "range": [CATEGORIES[0], CATEGORIES[5]]},
                        "legend": None,
                    },
                },
            },
            {
                "transform": [{"filter": "datum.up"}],
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"y": y, "x": x, "text": {"field": "text"}},
            },
            {
                "transform": [{"filter": "!datum.up"}],
                "mark": {"type": "text", "align": "right", "dx": -4},
                "encoding": {"y": y, "x": x, "text": {"field": "text"}},
            },
        ],
    }
    said = "，".join(f"{row['name']} {row['value']:+.1f}" for row in parts.to_dicts())
    return Figure(
        spec=spec, title=title, unit=unit, source=source, as_of=as_of, n=n, method=method,
        alt=f"{title}：{said}", table=parts, synthetic=synthetic,
    )  # fmt: skip


def _limits(values: pl.Series) -> tuple[float, float]:
    """Give the ends of the colour scale; a single value gets a scale of width one around it."""
    present = values.drop_nulls().to_numpy()
    low, high = float(present.min()), float(present.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)
