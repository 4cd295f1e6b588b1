"""Draw a figure: Vega-Lite to SVG by vl-convert, then the title, stamp and caption around it.

As PNG it is drawn by typst, as in the PDF: vl-convert opens the typeface anew for every glyph and
takes four times as long.
"""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sanfu.language import Text
from sanfu.report.blocks import printable
from sanfu.report.figures.grammar import width_of, wrap
from sanfu.report.figures.model import INK, QUIET, WARN, FigureFault

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sanfu.report.figures.model import Figure

FONTS = "Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
STAMP = "合成数据 / synthetic"
_CONFIG = {
    "font": FONTS,
    "background": "white",
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "gridColor": "#E6E6E6", "labelColor": INK,
        "titleColor": QUIET, "titleFontWeight": "normal",
    },
    "header": {"labelFontSize": 12, "labelColor": INK, "title": None},
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "view": {"stroke": None},
}  # fmt: skip


ASKED: dict[str, Future[str]] = {}
"""Specification → its picture, where another process was asked to draw it; see `ahead`."""


class Size(NamedTuple):
    """Width and height of a picture in pixels (96 an inch)."""

    width: float
    height: float


def draw_svg(figure: Figure, *, framed: bool = True) -> str:
    """Draw the figure as SVG: text stays text, with title and description for screen readers.

    Parameters
    ----------
    framed
        With its title above and its caption below, to stand alone. In a document, which prints
        both itself, False; the stamp of synthetic data stays in the picture all the same.

    Raises
    ------
    FigureFault
        Vega-Lite cannot draw the specification; the message names the figure.
    """
    spec = spec_of(figure)
    try:
        plain = _plain_svg(spec)
    except ValueError as error:
        raise FigureFault(
            Text(
                f"图“{figure.title}”画不出来：{error}",
                f"figure “{figure.title}” cannot be drawn: {error}",
            )
        ) from error
    return _own_addresses(_framed(plain, figure, framed=framed), spec)


def spec_of(figure: Figure) -> str:
    """Give the figure's specification as JSON, by which it is drawn once."""
    return json.dumps(_clean(figure.spec), ensure_ascii=False)


def draw_png(figure: Figure, *, scale: float = 2.0, framed: bool = True) -> bytes:
    """Draw the figure as PNG, for Word and slides; `scale` 2 is about 190 dots an inch.

    Raises
    ------
    FontFault
        No complete Chinese typeface is on this machine; the picture would show boxes.
    """
    from sanfu.report.fonts import readable  # noqa: PLC0415 - when drawn

    return _png(readable(draw_svg(figure, framed=framed)), scale)


def size_of(svg: str) -> Size:
    """Give the size that an SVG states."""
    found = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    return Size(float(found[1]), float(found[2])) if found else Size(640, 400)


@lru_cache(maxsize=96)
def _png(svg: str, scale: float) -> bytes:
    """Draw once for Word and for slides."""
    import typst  # noqa: PLC0415 - loaded when a figure is drawn

    from sanfu.report.fonts import find_typeface, typst_fonts  # noqa: PLC0415

    made = typst.compile(
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg")',
        font_paths=typst_fonts(find_typeface().folder),
        format="png",
        ppi=96 * scale,
        sys_inputs={"svg": svg},
    )
    return bytes(made)


@cache
def _measure_in_our_typeface() -> None:
    """Let vl-convert measure words in the typeface that they are set in, wherever it was found."""
    import vl_convert  # noqa: PLC0415 - loaded when a figure is drawn

    from sanfu.report.fonts import FontFault, find_typeface  # noqa: PLC0415

    with suppress(FontFault):  # a page can do without, a picture or PDF says what is missing
        vl_convert.register_font_directory(str(find_typeface().folder))


@lru_cache(maxsize=256)
def _plain_svg(spec: str) -> str:
    """Take the picture that was drawn ahead, or draw it; what nobody has begun is drawn here."""
    asked = ASKED.pop(spec, None)
    if asked is not None and not asked.cancel():
        with suppress(BrokenExecutor):  # the process died: this one draws
            return asked.result()
    return draw_spec(spec)


def draw_spec(spec: str) -> str:
    """Draw a specification as SVG, with neither title nor caption."""
    import vl_convert  # noqa: PLC0415 - loaded when a figure is drawn

    _measure_in_our_typeface()
    whole = json.loads(spec)
    whole["config"] = {**_CONFIG, **whole.get("config", {})}
    return str(vl_convert.vegalite_to_svg(json.dumps(whole, ensure_ascii=False)))


def _framed(svg: str, figure: Figure, *, framed: bool) -> str:
    """Put the picture on a sheet with its title and stamp above and its caption below."""
    inner = size_of(svg)
    width = max(inner.width, 360.0)
    title = wrap(figure.title, width - 16, 16, lines=3) if framed else []
    below = wrap(figure.caption(), width - 16, 11, lines=6) if framed else []
    lines: list[str] = []
    y = 0.0
    for line in title:
        y += 22
        lines.append(_words(8, y, line, 16, INK, weight="bold"))
    if figure.synthetic:
        y += 17
        lines.append(
            _words(width - 8 - width_of(STAMP, 12), y, STAMP, 12, WARN, weight="bold")
        )  # fmt: skip
    top = y + (8 if lines else 0)
    y = top + inner.height + 4
    for line in below:
        y += 15
        lines.append(_words(8, y, line, 11, QUIET))
    height = y + (8 if below else 0)
    body = re.sub(r"<svg[^>]*>", "", svg, count=1).removesuffix("</svg>")
    return (
        f'<svg role="img" aria-label="{_escape(figure.alt)}" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<title>{_escape(figure.title)}</title><desc>{_escape(figure.caption())}</desc>"
        f'<rect width="{width:g}" height="{height:g}" fill="white"/>'
        f'<g transform="translate(0,{top:g})">{body}</g>{"".join(lines)}</svg>'
    )


def _words(
    x: float, y: float, words: str, size: int, colour: str, *, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{FONTS}" font-size="{size}px" '
        f'font-weight="{weight}" fill="{colour}">{_escape(words)}</text>'
    )


def _own_addresses(svg: str, spec: str) -> str:
    """Name the parts of an SVG after its content: unlike in a page, and the same each time."""
    stem = hashlib.sha256(spec.encode()).hexdigest()[:8]
    names = {old: f"v{stem}-{i}" for i, old in enumerate(re.findall(r' id="([^"]+)"', svg))}
    return re.sub(
        r'( id="|url\(#|href="#)([^")]+)',
        lambda found: found[1] + names.get(found[2], found[2]),
        svg,
    )


def _clean(part: Any) -> Any:
    """Leave out of all words what SVG, being XML, cannot hold."""
    match part:
        case str():
            return printable(part)
        case dict():
            return {key: _clean(value) for key, value in part.items()}
        case list() | tuple():
            return [_clean(value) for value in part]
        case _:
            return part


def _escape(text: str) -> str:
    from markupsafe import escape  # noqa: PLC0415 - loaded when a figure is drawn

    return str(escape(printable(text)))
