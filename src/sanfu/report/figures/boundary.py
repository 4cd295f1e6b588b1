"""Maps with real boundaries: only from the office's own file, with its approval number.

No boundary file ships (《公开地图内容表示规范》, Ministry of Natural Resources, 2023: a published
map needs its approval number, 审图号, and shows what the approved one shows). The office names
file, number, source and datum in a small YAML; all are printed under the map, and a map without
them is refused. The outlines are drawn point by point as they stand in the file, never simplified.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import Field, field_validator

from sanfu.content import Declaration, read_declaration
from sanfu.errors import FileFault
from sanfu.language import Text
from sanfu.report.figures.grammar import NAME, cut, make, printed, wanted, words_mark
from sanfu.report.figures.labels import place_labels
from sanfu.report.figures.model import INK, SEQUENTIAL, FigureFault, Native, NothingToDraw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure

WIDE = 560.0
Point = tuple[float, float]


class Boundary(Declaration):
    """An office's boundary file and what must stand under every map drawn from it."""

    file: str
    """A GeoJSON file in longitude and latitude, beside this declaration."""
    approval: str = Field(pattern=r"^[A-Z\u4e00-\u9fff]{1,6}\s?[(（]\d{4}[)）]\s?\d{1,5}号$")
    """The map's approval number, 审图号, such as ``GS(2024)0650号`` or ``沪S(2024)001号``."""
    source: str = Field(min_length=2)
    """Where the file is from, such as ``上海市测绘院标准地图服务``."""
    datum: str = Field(min_length=2)
    """The coordinates' datum, such as ``CGCS2000``."""
    code: str = "code"
    """The feature property that holds the region's code."""
    name: str = "name"

    @field_validator("approval", mode="before")
    @classmethod
    def _spaces(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    def notes(self) -> tuple[str, ...]:
        """Give what is printed under the map."""
        return (
            str(Text(f"审图号：{self.approval}", f"map approval number (审图号): {self.approval}")),
            str(Text(f"底图来源：{self.source}", f"boundaries from: {self.source}")),
            str(Text(f"坐标基准：{self.datum}", f"datum: {self.datum}")),
        )


def read_boundary(path: Path | str) -> tuple[Boundary, list[dict[str, Any]]]:
    """Read a boundary declaration and the features of its file.

    Raises
    ------
    DeclarationFaults
        Approval number, source or datum is missing or malformed.
    FileFault
        The file is not there, not GeoJSON, or has no areas.
    """
    path = Path(path)
    boundary = read_declaration(path, Boundary)
    file = path.parent / boundary.file
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        features = [
            one for one in found["features"]
            if (one.get("geometry") or {}).get("type") in ("Polygon", "MultiPolygon")
        ]  # fmt: skip
    except FileNotFoundError:
        raise FileFault(file, Text("边界文件不存在。", "no such boundary file.")) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileFault(
            file, Text("不是 GeoJSON 要素集。", "is no GeoJSON feature collection.")
        ) from None
    if not features:
        raise FileFault(file, Text("没有面状要素。", "has no areas."))
    return boundary, features


def region_map(
    scores: pl.DataFrame, *, boundary: Path | str, decimals: int = 1, **about: Unpack[About]
) -> Figure:
    """Draw regions in their boundaries, darker for a higher score.

    Parameters
    ----------
    scores
        One row a region: `code` (text), `score`, `rank`. A region of the file without a row is
        grey; a row that the file does not know is an error, since it would vanish.
    boundary
        The office's declaration of its boundary file; see `Boundary`.
    """
    wanted(scores, about["title"], "code", "score", "rank")
    declared, features = read_boundary(boundary)
    rows = {row["code"]: row for row in scores.drop_nulls("score").to_dicts()}
    known = {str(one["properties"].get(declared.code)): one for one in features}
    unknown = sorted(set(scores["code"].to_list()) - set(known))
    if unknown:
        raise FigureFault(
            Text(
                f"边界文件 {declared.file} 的属性“{declared.code}”里没有这些地区："
                f"{'、'.join(unknown)}。",
                f"property “{declared.code}” of {declared.file} lacks {', '.join(unknown)}.",
            )
        )
    to_page, high, parallel = _page(features)
    drawn, centres, names = [], [], []
    for code, feature in known.items():
        geometry = _on_page(feature["geometry"], to_page)
        row = rows.get(code)
        drawn.append(
            {"type": "Feature", "geometry": geometry, "score": row and row["score"],
             "properties": {"code": code}}
        )  # fmt: skip
        if row:
            name = str(feature["properties"].get(declared.name) or code)
            centres.append(_centre(geometry))
            names.append(f"{cut(name, 90, 11)} {printed(row['score'], decimals)}")
    boxes = place_labels(centres, names, width=WIDE, height=high, centred=True)
    labels = [
        {"x": (box.left + box.right) / 2, "y": (box.top + box.bottom) / 2, "words": words}
        for box, words in zip(boxes, names, strict=True)
        if box is not None
    ]
    values = [row["score"] for row in rows.values()]
    if not values:
        raise NothingToDraw(about["title"])
    low, top = min(values), max(values)
    domain = [low, top] if top > low else [low - 0.5, top + 0.5]
    here = {
        side: {
            "field": side, "type": "quantitative", "axis": None,
            "scale": {"domain": [0, end] if side == "x" else [end, 0], "nice": False},
        }
        for side, end in (("x", WIDE), ("y", high))
    }  # fmt: skip
    plane = {"type": "identity", "scale": 1, "translate": [0, 0]}
    spec = {
        "width": WIDE,
        "height": high,
        "layer": [
            {
                "data": {"values": drawn},
                "projection": plane,
                "mark": {"type": "geoshape", "fill": "#EEEEEE", "stroke": "white"},
            },
            {
                "data": {"values": [one for one in drawn if one["score"] is not None]},
                "projection": plane,
                "mark": {"type": "geoshape", "stroke": "white", "strokeWidth": 0.8},
                "encoding": {
                    "color": {
                        "field": "score",
                        "type": "quantitative",
                        "scale": {"range": list(SEQUENTIAL), "domain": domain},
                        "legend": {
                            "title": about["unit"], "orient": "bottom", "gradientLength": 220,
                            "titleLimit": 400,
                        },
                    }
                },
            },
            {
                "data": {"values": labels},
                "mark": words_mark(fontSize=11, stroke="white", strokeWidth=3, strokeOpacity=0.8),
                "encoding": {**here, "text": {"field": "words"}},
            },
            {
                "data": {"values": labels},
                "mark": words_mark(fontSize=11, color=INK),
                "encoding": {**here, "text": {"field": "words"}},
            },
        ],
    }  # fmt: skip
    table = scores.with_columns(
        name=pl.col("code").map_elements(
            lambda code: str(known[code]["properties"].get(declared.name) or code),
            return_dtype=pl.String,
        )
    ).sort("rank")
    best = table.drop_nulls("score").row(0, named=True)
    alt = Text(
        f"{len(rows)} 个地区，最高 {best['name']} {printed(best['score'], decimals)}。",
        f"{len(rows)} regions; highest {best['name']} at {printed(best['score'], decimals)}.",
    )
    notes = (
        *declared.notes(),
        str(
            Text(
                f"等距圆柱投影，标准纬线 {printed(parallel)}°",
                f"equirectangular projection, standard parallel {printed(parallel)}°",
            )
        ),
    )
    headings = {"name": NAME, "score": Text("得分", "score"), "rank": Text("名次", "rank")}
    native = Native("bar", "name", ("score",))
    return make(spec, table, alt, headings, native=native, notes=notes, **about)


def _rings(geometry: dict[str, Any]) -> Iterator[list[Point]]:
    many = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if many else [geometry["coordinates"]]:
        yield from polygon


def _page(features: list[dict[str, Any]]) -> tuple[Any, float, float]:
    """Give the way from degrees to pixels, the page's height, and the standard parallel."""
    points = [p for one in features for ring in _rings(one["geometry"]) for p in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    parallel = (south + north) / 2
    squeeze = math.cos(math.radians(parallel))
    scale = WIDE / max((east - west) * squeeze, (north - south) * 0.8, 1e-9)

    def to_page(point: Point) -> list[float]:
        return [(point[0] - west) * squeeze * scale, (north - point[1]) * scale]

    return to_page, (north - south) * scale, parallel


def _on_page(geometry: dict[str, Any], to_page: Any) -> dict[str, Any]:
    """Give the same outline on the page, point by point."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry[
        "coordinates"
    ]  # fmt: skip
    return {
        "type": "MultiPolygon",
        "coordinates": [[[to_page(p) for p in ring] for ring in polygon] for polygon in polygons],
    }


def _centre(geometry: dict[str, Any]) -> Point:
    """Give the centroid of the largest part (shoelace formula)."""
    best, centre = -1.0, (0.0, 0.0)
    for polygon in geometry["coordinates"]:
        ring = polygon[0]
        area = x = y = 0.0
        for (a, b), (c, d) in zip(ring, [*ring[1:], ring[0]], strict=True):
            cross = a * d - c * b
            area, x, y = area + cross, x + (a + c) * cross, y + (b + d) * cross
        if abs(area) > best:
            best = abs(area)
            centre = (x / (3 * area), y / (3 * area)) if area else (ring[0][0], ring[0][1])
    return centre
