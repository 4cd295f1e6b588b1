"""Write a document as one HTML file: no script, nothing fetched, each number a link home."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanfu.errors import writing
from sanfu.language import Text
from sanfu.report.blocks import (
    Callout,
    Cards,
    Contents,
    Document,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Reference,
    Table,
    Traced,
    caption_mark,
    cleaned,
    prepared,
    sorted_traces,
    with_notes,
)
from sanfu.report.codes import draw_code
from sanfu.report.figures import draw_svg

if TYPE_CHECKING:
    from jinja2 import Environment

_KINDS: dict[type, str] = {
    Heading: "heading",
    Paragraph: "paragraph",
    Callout: "callout",
    Table: "table",
    Picture: "picture",
    PageBreak: "page_break",
    Contents: "contents",
    Cards: "cards",
}


@cache
def html_environment() -> Environment:
    """Give the templates of pages, with escaping on."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - when used

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def to_html(document: Document, template: str = "document.html.j2", **more: Any) -> str:
    """Give the document as one HTML page.

    Parameters
    ----------
    template
        One of ours that extends ``document.html.j2``; `more` is what it shows beside the blocks.

    Returns
    -------
    str
        HTML5 with its style inside, SVG figures with text alternatives and data tables, and the
        traces of all linked numbers at the end. The same document gives the same text.
    """
    document = cleaned(document)
    anchored = prepared(document)
    page = html_environment().get_template(template)
    return page.render(
        document=document,
        blocks=[(_KINDS[type(block)], block, notes) for block, notes in with_notes(anchored)],
        headings=[b for b in anchored if isinstance(b, Heading) and b.level <= 2],
        footnotes=[b for b in anchored if isinstance(b, Footnote)],
        traces=sorted_traces(document),
        svg=_safe_svg,
        qr=_safe_code,
        mark=caption_mark(document),
        is_traced=lambda part: isinstance(part, Traced),
        is_reference=lambda part: isinstance(part, Reference),
        say=lambda zh, en: Text(zh, en).in_language(document.language),
        **more,
    )


def write_html(document: Document, path: Path | str) -> Path:
    """Write the page to a file, whole or not at all."""
    path, page = Path(path), to_html(document)
    with writing(path) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")
    return path


def _safe_code(words: str) -> Any:
    from markupsafe import Markup  # noqa: PLC0415 - when used

    return Markup(draw_code(words))  # noqa: S704 - made by segno of black and white squares


def _safe_svg(picture: Picture) -> Any:
    from markupsafe import Markup  # noqa: PLC0415 - when used

    return Markup(draw_svg(picture.figure, framed=False))  # noqa: S704 - made by vl-convert from escaped data
