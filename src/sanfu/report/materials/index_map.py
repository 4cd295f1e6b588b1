"""The map of an index's regions: of tiles, or in the office's own boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import FileFault
from sanfu.language import Text
from sanfu.report.figures import NothingToDraw, read_boundary, region_map, tile_map
from sanfu.report.materials.index_view import tile_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.report.figures import Figure
    from sanfu.report.materials.index_view import IndexView


_UNPLACED = Text(
    "没有一种自带的格子布局认得全部地区；可用 --boundary 给出本单位的边界文件",
    "no shipped layout of tiles knows all regions; give the office's boundary file by --boundary",
)


class IndexMap:
    """Draws scores of the regions on a map.

    Parameters
    ----------
    tiles
        Tile layout; found by the regions' names if left out.
    boundary
        The declaration of the office's boundary file; tiles are drawn without one.

    Raises
    ------
    FileFault
        The boundary file lacks a region; the message names them and the properties read.
    """

    def __init__(self, view: IndexView, tiles: str = "", boundary: str = "") -> None:
        self.view = view
        self.boundary = boundary
        self.layout, self.codes = tile_codes(view.units, tiles) or ("", {})
        if boundary:
            self.codes = _codes_in(boundary, view.units, self.codes)

    def draw(self, scores: pl.DataFrame, title: str, *, gaps: int = 0) -> Figure:
        """Draw scores: `name`, `score`, `rank`; `gaps` regions are hidden.

        Raises
        ------
        NothingToDraw
            No layout and no boundary file knows the regions.
        """
        if not self.codes:
            raise NothingToDraw(title, _UNPLACED)
        placed = scores.with_columns(
            pl.col("name").replace_strict(self.codes, return_dtype=pl.String).alias("code")
        )
        about = self.view.about(title, self.view.points, gaps=gaps)
        if self.boundary:
            return region_map(placed.drop("name"), boundary=self.boundary, **about)
        return tile_map(placed, layout=self.layout, **about)


def _codes_in(boundary: str, units: tuple[str, ...], codes: Mapping[str, str]) -> dict[str, str]:
    """Find the code that a boundary file has for each region: by our code, else by its name."""
    declared, features = read_boundary(boundary)

    def of(feature: dict[str, Any], name: str) -> str:
        return str((feature.get("properties") or {}).get(name))

    known = {of(one, declared.code) for one in features}
    named = {of(one, declared.name): of(one, declared.code) for one in features}
    found = {unit: codes[unit] if codes.get(unit) in known else named.get(unit) for unit in units}
    lost = [unit for unit, code in found.items() if code is None]
    if lost:
        raise FileFault(
            boundary,
            Text(
                f"边界文件 {declared.file} 里找不到 {'、'.join(lost)}：按属性“{declared.code}”"
                f"（代码）和“{declared.name}”（名称）找。请在说明里用 code、name 写明属性名。",
                f"{declared.file} lacks {', '.join(lost)}, looked for by the properties "
                f"“{declared.code}” (code) and “{declared.name}” (name). Name the properties by "
                "code and name in the declaration.",
            ),
        )
    return {unit: code for unit, code in found.items() if code is not None}
