"""What a figure is, and how it is drawn."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

FONTS = "Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
SEQUENTIAL = ("#F1F6F4", "#C9DFDA", "#94C0BC", "#5B9DA3", "#2F7588", "#174D66")
"""Light to dark, told apart by lightness alone: right for colour-blind readers and grey print."""
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
"""Okabe and Ito's palette (2008), safe for the common kinds of colour blindness."""


class FigureFault(SanfuError):
    """A figure lacks what must stand with it."""


@dataclass(frozen=True)
class Figure:
    """A picture with all that must stand beside it.

    Parameters
    ----------
    spec
        The Vega-Lite specification, its data inside.
    title, unit, source, as_of, n, method
        What is shown, in which unit, from where, of which date, over how many, and how computed.
        None may be empty.
    alt
        The text alternative: what a reader who does not see the picture should learn from it.
    table
        The data that the picture shows, as printed beside it.
    synthetic
        Whether any firm in it is synthetic; the picture is then stamped so.
    """

    spec: dict[str, Any]
    title: str
    unit: str
    source: str
    as_of: str
    n: str
    method: str
    alt: str
    table: pl.DataFrame
    synthetic: bool

    def __post_init__(self) -> None:
        required = ("title", "unit", "source", "as_of", "n", "method", "alt")
        empty = [name for name in required if not getattr(self, name).strip()]
        if empty:
            raise FigureFault(
                Text(
                    f"图“{self.title}”缺少：{'、'.join(empty)}。每张图都要写明标题、单位、来源、日期、"
                    "样本量、方法和替代文字。",
                    f"figure “{self.title}” lacks {', '.join(empty)}. Every figure states title, "
                    "unit, source, date, n, method and text alternative.",
                )
            )

    def caption(self) -> str:
        """Give the line under the picture: unit, n, date, method and source."""
        parts = (
            Text(f"单位：{self.unit}", f"unit: {self.unit}"),
            Text(f"样本：{self.n}", f"n: {self.n}"),
            Text(f"时点：{self.as_of}", f"as of: {self.as_of}"),
            Text(f"方法：{self.method}", f"method: {self.method}"),
            Text(f"来源：{self.source}", f"source: {self.source}"),
        )
        stamp = (str(Text("合成数据，非真实企业", "synthetic data, no real firms")),)
        joined = Text("；", "; ")
        return str(joined).join(
            (*(str(part) for part in parts), *(stamp if self.synthetic else ()))
        )


def _stamped(figure: Figure) -> dict[str, Any]:
    spec = dict(figure.spec)
    config = {
        "font": FONTS,
        "background": "white",
        "axis": {"labelFontSize": 12, "titleFontSize": 12, "gridColor": "#E6E6E6"},
        "legend": {"labelFontSize": 12, "titleFontSize": 12},
        "view": {"stroke": None},
        **spec.get("config", {}),
    }
    title: dict[str, Any] = {
        "text": figure.title,
        "fontSize": 15,
        "anchor": "start",
        "subtitleFontSize": 12,
    }
    if figure.synthetic:
        title["subtitle"] = "合成数据 / synthetic"
        title["subtitleColor"] = "#B00020"
    return {**spec, "config": config, "title": title}


def draw_svg(figure: Figure) -> str:
    """Draw the figure as SVG: text stays text, with title and description for screen readers."""
    import vl_convert  # noqa: PLC0415 - loaded when a figure is drawn

    spec = json.dumps(_stamped(figure), ensure_ascii=False)
    svg = _own_addresses(vl_convert.vegalite_to_svg(spec), spec)
    described = (
        f'<svg role="img" aria-label="{_escape(figure.alt)}"'
        if 'role="img"' not in svg[:300]
        else "<svg"
    )
    titled = re.sub(r"(<svg[^>]*>)", rf"\1<title>{_escape(figure.title)}</title>", svg, count=1)
    return titled.replace("<svg", described, 1)


def draw_png(figure: Figure, *, scale: float = 2.0) -> bytes:
    """Draw the figure as PNG, for Word; `scale` 2 is about 190 dots an inch at full width."""
    import vl_convert  # noqa: PLC0415 - loaded when a figure is drawn

    drawn = vl_convert.vegalite_to_png(
        json.dumps(_stamped(figure), ensure_ascii=False), scale=scale
    )
    return bytes(drawn)


def _own_addresses(svg: str, spec: str) -> str:
    """Name the parts of an SVG after its content: unlike in a page, and the same each time."""
    stem = hashlib.sha256(spec.encode()).hexdigest()[:8]
    names = {old: f"v{stem}-{i}" for i, old in enumerate(re.findall(r' id="([^"]+)"', svg))}
    return re.sub(
        r'( id="|url\(#|href="#)([^")]+)',
        lambda found: found[1] + names.get(found[2], found[2]),
        svg,
    )


def _escape(text: str) -> str:
    from markupsafe import escape  # noqa: PLC0415 - loaded when a figure is drawn

    return str(escape(text)).replace("\\", "\\\\")
