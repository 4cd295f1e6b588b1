"""Boundary maps: refused without approval number, source and datum; drawn point by point."""

from __future__ import annotations

import json
import math
import re

import polars as pl
import pytest

from sanfu.errors import DeclarationFaults, FileFault
from sanfu.report.figures import FigureFault, draw_svg, region_map

ABOUT = {
    "title": "分区图", "unit": "分", "source": "样例", "as_of": "2025", "n": "2 个区",
    "method": "等权", "synthetic": True,
}  # fmt: skip
DECLARED = """\
file: areas.geojson
approval: 沪S(2024)001号
source: 示例测绘院
datum: CGCS2000
"""


def ring(x: float, y: float, points: int) -> list[list[float]]:
    turn = [2 * math.pi * i / points for i in range(points)]
    return [[x + 0.1 * math.cos(t), y + 0.08 * math.sin(t)] for t in [*turn, 0.0]]


@pytest.fixture
def office(tmp_path):
    """Two invented round areas; no real boundary is in the project."""
    areas = [
        {"type": "Feature", "properties": {"code": code, "name": name},
         "geometry": {"type": "Polygon", "coordinates": [ring(x, 31.2, 157)]}}
        for code, name, x in (("a", "甲区", 121.3), ("b", "乙区", 121.6), ("c", "丙区", 121.9))
    ]  # fmt: skip
    (tmp_path / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": areas}), encoding="utf-8"
    )
    (tmp_path / "map.yaml").write_text(DECLARED, encoding="utf-8")
    return tmp_path


def scores(*codes: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"code": list(codes), "score": [60.0, 40.0][: len(codes)], "rank": [1, 2][: len(codes)]}
    )


def test_number_source_and_datum_stand_under_the_map(office):
    figure = region_map(scores("a", "b"), boundary=office / "map.yaml", **ABOUT)
    svg = draw_svg(figure)

    for words in ("审图号：沪S(2024)001号", "底图来源：示例测绘院", "坐标基准：CGCS2000"):
        assert words in figure.caption()
        assert words.split("：")[1][:5] in svg
    assert "甲区 60.0" in svg


def test_no_point_of_the_outline_is_left_out(office):
    svg = draw_svg(region_map(scores("a"), boundary=office / "map.yaml", **ABOUT))
    paths = [d for d in re.findall(r'd="(M[^"]+)"', svg) if d.count("L") > 100]

    assert [d.count("L") for d in paths] == [156] * 4  # three areas in grey, one of them scored


@pytest.mark.parametrize("line", ["approval", "source", "datum"])
def test_a_boundary_without_its_particulars_is_refused(office, line):
    kept = [one for one in DECLARED.splitlines() if not one.startswith(line)]
    (office / "map.yaml").write_text("\n".join(kept), encoding="utf-8")

    with pytest.raises(DeclarationFaults, match=line):
        region_map(scores("a"), boundary=office / "map.yaml", **ABOUT)


@pytest.mark.parametrize("number", ["无", "GS2024-0650", '""', "待定"])
def test_what_is_no_approval_number_is_refused(office, number):
    words = DECLARED.replace("沪S(2024)001号", number)
    (office / "map.yaml").write_text(words, encoding="utf-8")

    with pytest.raises(DeclarationFaults, match="approval"):
        region_map(scores("a"), boundary=office / "map.yaml", **ABOUT)


def test_a_region_that_the_file_lacks_is_named(office):
    with pytest.raises(FigureFault, match="z"):
        region_map(scores("a", "z"), boundary=office / "map.yaml", **ABOUT)


@pytest.mark.parametrize("text", ["not json", "[]", '{"features": []}'])
def test_a_file_that_is_no_geojson_is_refused(office, text):
    (office / "areas.geojson").write_text(text, encoding="utf-8")

    with pytest.raises(FileFault, match=r"areas\.geojson"):
        region_map(scores("a"), boundary=office / "map.yaml", **ABOUT)


def test_an_absent_file_is_named(office):
    (office / "areas.geojson").unlink()

    with pytest.raises(FileFault, match="不存在"):
        region_map(scores("a"), boundary=office / "map.yaml", **ABOUT)
