"""Write a document as PDF by typst: one fixed template, all words handed over as JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sanfu.errors import SanfuError, writing
from sanfu.language import Text
from sanfu.report.appendix import appendix_of, reading_help
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
    SpeakerNotes,
    Table,
    Traced,
    caption_mark,
    cleaned,
    prepared,
    printable,
    with_notes,
)
from sanfu.report.codes import draw_code
from sanfu.report.figures import draw_svg, size_of
from sanfu.report.figures.grammar import width_of
from sanfu.report.fonts import find_typeface, readable, typst_fonts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.report.appendix import TraceGroup
    from sanfu.report.blocks import Block, Inline
    from sanfu.report.options import Standard

_PAGE_WIDTH, _PAGE_HEIGHT = 459.0, 620.0
"""Points that a figure may take: the text's width and most of its height."""
_HIGH = 225.0
"""Points above which a figure is set smaller, down to words of 6.6 points, so that two with their
text find room on a page."""
_TEMPLATE = Path(__file__).parent / "templates" / "document.typ"


class TypesettingFault(SanfuError):
    """The PDF was not made, since something in it would have been wrong."""


def write_pdf(document: Document, path: Path | str, *, standards: Iterable[Standard] = ()) -> Path:
    """Write the document as a tagged PDF, whole or not at all.

    Parameters
    ----------
    standards
        ``"a-2b"`` for the archive, ``"ua-1"`` for readers with screen readers.

    Raises
    ------
    FontFault
        No complete Chinese typeface is on this machine.
    TypesettingFault
        typst warned of anything, such as a character without a glyph.
    """
    path, standards = Path(path), list(standards)
    if "a-2b" in standards and document.created is None:
        today = dt.datetime.now(tz=dt.UTC).date()  # the archive's standard asks for a day
        document = replace(document, created=today)
    pdf = _compile(document, "pdf", standards=standards)[0]
    with writing(path) as partial:
        partial.write_bytes(pdf)
    return path


def draw_pages(document: Document, *, dots_per_inch: float = 110) -> list[bytes]:
    """Draw each page as PNG, to be looked at."""
    return _compile(document, "png", ppi=dots_per_inch)


def _compile(document: Document, form: Literal["pdf", "png"], **options: Any) -> list[bytes]:
    import typst  # noqa: PLC0415 - when a document is set

    typeface, document = find_typeface(), cleaned(document)
    options = {"pdf_standards": options["standards"]} if form == "pdf" else {"ppi": options["ppi"]}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        appendix = appendix_of(document)
        data: dict[str, Any] = {
            "title": _words(document.title),
            "subtitle": _words(document.subtitle),
            "issuer": _words(document.issuer),
            "created": None
            if document.created is None
            else [document.created.year, document.created.month, document.created.day],
            "language": document.language,
            "synthetic": document.synthetic,
            "mark": caption_mark(document),
            "codes": document.codes,
            "numbered": document.numbered,
            "compact": document.compact,
            "self_check": document.self_check,
            "fonts": [typeface.family],
            "blocks": [
                {**_block(block, root), "notes": [_line(note.line) for note in notes]}
                for block, notes in with_notes(prepared(document))
            ],
            "traces": [_group(group) for group in appendix.groups],
            "sheets": [[mark, _words(name)] for mark, name in appendix.sheets],
            "reading": reading_help(document),
            "made_from": [[_words(part) for part in pair] for pair in document.made_from],
        }
        for above, block in reversed([*pairwise(data["blocks"])]):
            if block["kind"] == "contents":  # a chapter that is the contents has its title already
                block["titled"] = above["kind"] == "heading"
            if above["kind"] == "paragraph":  # words stay with the picture that they introduce
                words = sum(len(part["text"]) for part in above["line"])
                above["sticky"] = block["kind"] == "picture" or (
                    block.get("sticky", False) and words <= _SHORT
                )
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (root / "document.typ").write_bytes(_TEMPLATE.read_bytes())
        fonts = typst_fonts(typeface.folder)
        try:
            made, warnings = typst.compile_with_warnings(
                root / "document.typ",
                root=root,
                font_paths=fonts,
                format=form,
                timestamp=0,
                **options,
            )
        except typst.TypstError as error:
            raise TypesettingFault(
                Text(f"排版失败：{error.message}", f"typesetting failed: {error.message}")
            ) from error
    # A missing family or glyph is found before typst is asked (see `fonts`), so that whatever it
    # still warns of is ours to mend, not to print.
    if warnings:
        said = "; ".join(warning.message for warning in warnings)
        raise TypesettingFault(Text(f"排版警告：{said}", f"typesetting warned: {said}"))
    return made if isinstance(made, list) else [made]


def _words(words: str) -> str:
    """Give words as typst can set them: no control character, no box, no endless line."""
    return _LONG.sub(_breakable, readable(printable(words)))


_SHORT = 160
"""Characters of a paragraph that is kept with words kept with a picture; a longer run would not
fit on one page with it, and then nothing is kept."""
_LONG = re.compile(r"[!-~]{31,}")


def _breakable(found: re.Match[str]) -> str:
    run = found[0]
    return "\u200b".join(run[at : at + 15] for at in range(0, len(run), 15))


def _line(parts: Iterable[Inline]) -> list[dict[str, str]]:
    made = []
    for part in parts:
        match part:
            case Traced():
                made.append({"text": _words(part.text), "to": f"t-{part.key}", "kind": "trace"})
            case Reference():
                made.append({"text": _words(part.text), "to": part.anchor, "kind": "reference"})
            case _:
                made.append({"text": _words(part)})
    return made


def _group(group: TraceGroup) -> dict[str, Any]:
    return {
        "what": _words(group.what),
        "words": _words(group.words()),
        "lines": [{"keys": line.keys, "words": _words(line.words())} for line in group.lines],
    }


def _cards(block: Cards, root: Path) -> list[dict[str, Any]]:
    made = []
    for card in block.cards:
        name = ""
        if card.code:
            name = f"qr-{hashlib.sha256(card.code.encode()).hexdigest()[:16]}.svg"
            (root / name).write_text(draw_code(card.code), encoding="utf-8")
        lines = [_words(words) for words in card.lines]
        made.append({"title": _words(card.title), "lines": lines, "file": name})
    return made


def _labels(table: Table) -> list[str]:
    """Give the heads of a table's columns, with a bracket on a line of its own where it must break.

    A head such as 创新力（自拟） would otherwise break within the bracket.
    """
    total = sum(column.share for column in table.columns)
    found = []
    for column in table.columns:
        room = _PAGE_WIDTH * column.share / total - 10
        words = _words(column.label)
        name, mark, rest = words.partition("（")
        if name and mark and width_of(words, 8.8) > room >= width_of(mark + rest, 8.8):
            words = f"{name}\n{mark}{rest}"
        found.append(words)
    return found


def _block(block: Block, root: Path) -> dict[str, Any]:
    match block:
        case Heading():
            return {
                "kind": "heading",
                "text": _words(block.text),
                "level": block.level,
                "anchor": block.anchor,
            }
        case Paragraph():
            return {"kind": "paragraph", "line": _line(block.line)}
        case Callout():
            return {"kind": "callout", "line": _line(block.line), "tone": block.tone}
        case Table():
            return {
                "kind": "table",
                "caption": _words(block.caption),
                "labels": _labels(block),
                "aligns": [column.align for column in block.columns],
                "shares": [column.share for column in block.columns],
                "rows": [_line(row) for row in block.rows],
                "source": _words(block.source),
                "anchor": block.anchor,
                "synthetic": block.synthetic,
                "trace": block.trace,
            }
        case Picture():
            svg = readable(draw_svg(block.figure, framed=False))
            width, height = size_of(svg)
            scale = min(0.66, _PAGE_WIDTH / width, _PAGE_HEIGHT / height, max(0.55, _HIGH / height))
            name = f"{block.anchor}.svg"
            (root / name).write_text(svg, encoding="utf-8")
            return {
                "kind": "picture",
                "file": name,
                "title": _words(block.figure.title),
                "caption": _words(block.figure.caption()),
                "alt": printable(block.figure.alt),
                "width": width * scale,
                "anchor": block.anchor,
                "trace": block.trace,
            }
        case Cards():
            return {"kind": "cards", "columns": block.columns, "cards": _cards(block, root)}
        case PageBreak():
            return {"kind": "page_break"}
        case Contents():
            return {"kind": "contents", "depth": block.depth, "titled": False}
        case Footnote() | SpeakerNotes():
            raise TypeError(f"{block} does not stand alone on a page: see with_notes")
