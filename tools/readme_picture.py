"""Draw the README's picture from the synthetic sample: tile map and ranking with intervals.

Run: ``uv run python tools/readme_picture.py`` (writes docs/images/sample-index.svg).
"""

from __future__ import annotations

import re
from pathlib import Path

from sanfu.index import build_index, measure_regions
from sanfu.language import use_language
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report.figures import draw_svg
from sanfu.report.materials.index import index_material
from sanfu.report.materials.robustness import robustness_material

TARGET = Path(__file__).parent.parent / "docs" / "images" / "sample-index.svg"


def draw() -> str:
    """Give the two figures side by side as one SVG."""
    use_language("zh")
    sample = shanghai(firms=8288, seed=7)
    frames = {
        "firms": sample.firms,
        "figures": sample.figures,
        "titles": sample.titles,
        "tags": apply_schemes(sample.firms, [read_scheme("shanghai_industry_2023")]),
    }
    names = {code: str(name) for code, name in read_region("shanghai").names().items()}
    figures = measure_regions("shanghai-srdi", frames, years=[2023], names=names)
    index = build_index("shanghai-srdi", figures)
    left = draw_svg(index_material(index).figures["index.map"](None))
    robust = robustness_material(index.robustness(seed=1))
    right = draw_svg(robust.figures["robustness.intervals"](None))
    sizes = [_size(svg) for svg in (left, right)]
    width = sum(size[0] for size in sizes) + 24
    height = max(size[1] for size in sizes)
    inner = left + right.replace("<svg", f'<svg x="{sizes[0][0] + 24:g}"', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">\n{inner}\n</svg>\n'
    )


def _size(svg: str) -> tuple[float, float]:
    found = re.search(r'<svg[^>]*?width="([\d.]+)"[^>]*?height="([\d.]+)"', svg)
    if found is None:
        raise SystemExit("the figure has no size")
    return float(found[1]), float(found[2])


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), encoding="utf-8", newline="\n")
    print(TARGET, TARGET.stat().st_size)
