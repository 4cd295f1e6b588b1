"""Figures in one grammar: Vega-Lite, drawn by vl-convert without a browser.

`Figure` carries everything that must stand with a picture: title, unit, source, date, n, method, a
text alternative and its data table. A figure that lacks one of them cannot be made. Every function
takes plain frames and words, and knows no result of an engine.
"""

from sanfu.report.figures.boundary import Boundary, read_boundary, region_map
from sanfu.report.figures.draw import draw_png, draw_svg, size_of
from sanfu.report.figures.flows import funnel, gantt, pyramid, tier_flows
from sanfu.report.figures.model import About, Figure, FigureFault, Native, NothingToDraw
from sanfu.report.figures.parts import bars, pillar_bars, sobol, structure, waterfall
from sanfu.report.figures.ranks import rank_acceptability, ranking
from sanfu.report.figures.regions import heat_map, parallel_dots, tile_map
from sanfu.report.figures.spread import correlations, distribution, scatter
from sanfu.report.figures.years import bump, slope, trend

__all__ = [
    "About",
    "Boundary",
    "Figure",
    "FigureFault",
    "Native",
    "NothingToDraw",
    "bars",
    "bump",
    "correlations",
    "distribution",
    "draw_png",
    "draw_svg",
    "funnel",
    "gantt",
    "heat_map",
    "parallel_dots",
    "pillar_bars",
    "pyramid",
    "rank_acceptability",
    "ranking",
    "read_boundary",
    "region_map",
    "scatter",
    "size_of",
    "slope",
    "sobol",
    "structure",
    "tier_flows",
    "tile_map",
    "trend",
    "waterfall",
]
