"""Figures in one grammar: Vega-Lite by Altair, drawn by vl-convert without a browser.

`Figure` carries everything that must stand with a picture: title, unit, source, date, n, method, a
text alternative and its data table. A figure that lacks one of them cannot be made.
"""

from sanfu.report.figures.model import Figure, FigureFault, draw_png, draw_svg
from sanfu.report.figures.regions import pillar_bars, ranking, tile_map

__all__ = ["Figure", "FigureFault", "draw_png", "draw_svg", "pillar_bars", "ranking", "tile_map"]
