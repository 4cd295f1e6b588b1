"""Write a document as slides (.pptx): a slide a heading, figures as pictures, native tables.

Long text runs over to a further slide of the same title rather than being cut. What a speaker needs
stands in the notes: the words set for it, each figure's caption, and where each number came from.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    SpeakerNotes,
    Table,
    Traced,
    cleaned,
    plain_words,
    prepared,
    printable,
)
from sanfu.report.figures import draw_png, draw_svg, size_of
from sanfu.report.figures.grammar import width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sanfu.report.blocks import Block, Inline, Line

WIDE, HIGH = 13.333, 7.5
"""Inches of a slide, 16:9."""
LEFT, TOP, BOTTOM = 0.6, 1.35, 6.75
FACE = "微软雅黑"
INK, BRAND, WARN, QUIET = "1D2527", "174D66", "8A1C0E", "56646A"
ROWS = 12
"""Rows of a table that one slide holds."""


@dataclass
class _Slide:
    """What one slide will hold."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Text and colour of each paragraph."""
    picture: Picture | None = None
    table: Table | None = None
    rows: Sequence[tuple[Inline, ...]] = ()
    notes: list[str] = field(default_factory=list)


def write_pptx(document: Document, path: Path | str) -> Path:
    """Write the document as slides, whole or not at all.

    Each heading begins a slide; a figure or a table takes the slide's larger part.
    """
    import pptx  # noqa: PLC0415 - when slides are written

    path, document = Path(path), cleaned(document)
    book = pptx.Presentation()
    book.slide_width, book.slide_height = _inches(WIDE), _inches(HIGH)
    book.core_properties.title = document.title[:255]
    book.core_properties.author = "Sanfu"
    _title_slide(book, document)
    for number, slide in enumerate(_slides(document), start=2):
        _write(book, document, slide, number)
    partial = path.with_name(path.name + ".part")
    book.save(str(partial))
    partial.replace(path)
    return path


def _slides(document: Document) -> Iterator[_Slide]:
    """Lay the blocks out on slides."""
    now: _Slide | None = None
    for block in prepared(document):
        match block:
            case Heading():
                if now and (now.lines or now.picture or now.table or now.notes):
                    yield from _parted(now)
                now = _Slide(block.text)
                continue
            case PageBreak() | Contents():
                continue
            case _:
                now = now or _Slide(document.title)
        match block:
            case Picture() | Table() if now.picture or now.table:
                yield from _parted(now)
                now = _Slide(now.title)
        _take(document, now, block)
    if now and (now.lines or now.picture or now.table or now.notes):
        yield from _parted(now)


def _take(document: Document, now: _Slide, block: Block) -> None:
    """Put a block on the slide."""
    match block:
        case Picture():
            now.picture = block
            now.notes.append(f"{block.figure.title}。{block.figure.caption()}")
        case Table():
            now.table, now.rows = block, block.rows
            now.notes.append(block.caption + (f"。{block.source}" if block.source else ""))
            now.notes += _sources(document, (cell for row in block.rows for cell in row))
        case Paragraph() | Callout():
            colour = BRAND if isinstance(block, Callout) else INK
            tone = WARN if isinstance(block, Callout) and block.tone != "note" else colour
            now.lines.append((plain_words(block.line), tone))
            now.notes += _sources(document, block.line)
        case SpeakerNotes():
            now.notes.insert(0, plain_words(block.line))
            now.notes += _sources(document, block.line)
        case Cards():
            now.lines += [(" · ".join((card.title, *card.lines)), INK) for card in block.cards]
        case Footnote():
            now.notes.append(plain_words(block.line))


def _sources(document: Document, parts: Iterable[Inline]) -> list[str]:
    """Say where each number came from, for the notes."""
    found = []
    for key in dict.fromkeys(part.key for part in parts if isinstance(part, Traced)):
        trace = document.traces.get(key)
        if trace is not None:
            given = "; ".join(f"{name} = {plain_words((value,))}" for name, value in trace.inputs)
            found.append(
                f"[{key}] {trace.what}：{trace.formula}" + (f"（{given}）" if given else "")
            )
    return found


def _parted(slide: _Slide) -> Iterator[_Slide]:
    """Give the slide, and further ones of its title for what does not fit on it."""
    shared = slide.picture is not None or slide.table is not None
    room = 17 if slide.picture else 3 if slide.table else 14
    width = 4.0 if slide.picture else WIDE - 2 * LEFT
    kept: list[tuple[str, str]] = []
    rest = list(slide.lines)
    used = 0
    while rest and (used + _height(rest[0][0], width) <= room or not (kept or shared)):
        used += _height(rest[0][0], width)
        kept.append(rest.pop(0))
    first, *more = _pages(slide) or [()]
    yield _Slide(slide.title, kept, slide.picture, slide.table, first, slide.notes)
    for rows in more:
        yield _Slide(slide.title, table=slide.table, rows=rows)
    if rest:
        yield from _parted(_Slide(slide.title, rest))


def _pages(slide: _Slide) -> list[Sequence[Line]]:
    """Part a table's rows into pages of about `ROWS` lines."""
    if slide.table is None:
        return []
    total = sum(column.share for column in slide.table.columns)
    wide = [(WIDE - 2 * LEFT) * 72 * c.share / total - 16 for c in slide.table.columns]
    pages: list[list[Line]] = []
    used = ROWS
    for row in slide.rows:
        cells = zip(row, wide, strict=True)
        lines = max(math.ceil(width_of(plain_words((c,)), 12) / w) for c, w in cells) or 1
        if used + lines > ROWS:
            pages.append([])
            used = 0
        pages[-1].append(row)
        used += lines
    return [*pages]


def _height(words: str, width: float) -> int:
    """Give the lines that a paragraph of 16-point words takes in `width` inches, and its gap."""
    return math.ceil(width_of(words, 16) / (width * 72 - 20)) + 1


def _title_slide(book: Any, document: Document) -> None:
    page = book.slides.add_slide(book.slide_layouts[5])
    _title(page, document.title, top=2.3, height=1.6, size=36)
    lines = [(document.subtitle, QUIET)] if document.subtitle else []
    lines.append(
        (
            Text(
                "自检/测算结果，不是认定；只有主管部门可以认定称号。",
                "A self-check, never recognition: only the authorities may recognise a title.",
            ).in_language(document.language),
            QUIET,
        )
    )
    _text(page, lines, (LEFT, 4.0, WIDE - 2 * LEFT, 1.5), size=18)
    _foot(page, document, 1)
    said = [f"{name}：{value}" for name, value in document.made_from]
    page.notes_slide.notes_text_frame.text = printable("\n".join(said)) or "—"


def _write(book: Any, document: Document, slide: _Slide, number: int) -> None:
    page = book.slides.add_slide(book.slide_layouts[5])
    _title(page, slide.title, top=0.35, height=0.9, size=28)
    whole = WIDE - 2 * LEFT
    if slide.picture is not None:
        text = 4.0 if slide.lines else 0.0
        _picture(page, slide.picture, (LEFT, TOP, whole - text - (0.3 if text else 0), 4.95))
        _text(page, slide.lines, (WIDE - LEFT - text, TOP, text, 4.9), size=16)
    elif slide.table is not None:
        text = min(1.6, 0.33 * sum(_height(words, whole) for words, _ in slide.lines))
        _text(page, slide.lines, (LEFT, TOP, whole, text), size=16)
        _table(page, slide.table, slide.rows, (LEFT, TOP + text, whole))
    else:
        _text(page, slide.lines, (LEFT, TOP, whole, BOTTOM - TOP), size=18)
    _foot(page, document, number)
    page.notes_slide.notes_text_frame.text = printable("\n".join(dict.fromkeys(slide.notes)))


def _title(page: Any, words: str, *, top: float, height: float, size: int) -> None:
    shape = page.shapes.title
    shape.left, shape.top = _inches(LEFT), _inches(top)
    shape.width, shape.height = _inches(WIDE - 2 * LEFT), _inches(height)
    frame = shape.text_frame
    frame.word_wrap = True
    most = (WIDE - 2 * LEFT) * 72
    lines = 2 if height > 1 else 1
    fitting = min(size, max(14, int(size * lines * most / max(width_of(words, size), 1))))
    _paragraph(frame.paragraphs[0], words, fitting, BRAND, bold=True)
    frame.paragraphs[0].alignment = 1  # to the left, as the text below


def _text(
    page: Any,
    lines: Sequence[tuple[str, str]],
    box: tuple[float, float, float, float],
    *,
    size: int,
) -> None:
    if not lines:
        return
    frame = page.shapes.add_textbox(*(_inches(side) for side in box)).text_frame
    frame.word_wrap = True
    for place, (words, colour) in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        _paragraph(paragraph, words, size, colour)
        paragraph.space_after = _points(8)


def _paragraph(paragraph: Any, words: str, size: int, colour: str, *, bold: bool = False) -> None:
    from pptx.dml.color import RGBColor  # noqa: PLC0415 - when slides are written
    from pptx.oxml.ns import qn  # noqa: PLC0415

    run = paragraph.add_run()
    run.text = printable(words)
    run.font.size, run.font.bold = _points(size), bold
    run.font.color.rgb = RGBColor(*bytes.fromhex(colour))  # type: ignore[no-untyped-call]
    run.font.name = FACE
    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-pptx has no East Asian face
    east = properties.makeelement(qn("a:ea"), {"typeface": FACE})
    properties.append(east)


def _picture(page: Any, block: Picture, box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    size = size_of(draw_svg(block.figure, framed=False))
    scale = min(width / size.width, height / size.height)
    shape = page.shapes.add_picture(
        io.BytesIO(draw_png(block.figure, framed=False)),
        _inches(left), _inches(top), _inches(size.width * scale), _inches(size.height * scale),
    )  # fmt: skip
    named = shape._element.nvPicPr.cNvPr  # noqa: SLF001 - python-pptx has no door to alt text
    named.set("descr", printable(block.figure.alt))
    named.set("title", printable(block.figure.title))
    caption = [(f"{block.figure.caption()}", QUIET)]
    _text(page, caption, (left, top + size.height * scale, width, 0.5), size=9)


def _table(page: Any, block: Table, rows: Sequence[Line], box: tuple[float, float, float]) -> None:
    from pptx.enum.text import PP_ALIGN  # noqa: PLC0415 - when slides are written

    left, top, width = box
    shape = page.shapes.add_table(
        len(rows) + 1, len(block.columns), _inches(left), _inches(top), _inches(width),
        _inches(0.34 * (len(rows) + 1)),
    )  # fmt: skip
    shape._element.nvGraphicFramePr.cNvPr.set(  # noqa: SLF001 - python-pptx has no alt text
        "descr", printable(block.caption)
    )
    table = shape.table
    total = sum(column.share for column in block.columns)
    turned = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
    for place, column in enumerate(block.columns):
        table.columns[place].width = _inches(width * column.share / total)
        words = [column.label, *(plain_words((row[place],)) for row in rows)]
        for line, cell_words in enumerate(words):
            cell = table.cell(line, place)
            cell.margin_top = cell.margin_bottom = _inches(0.03)
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = turned[column.align]
            colour = INK if line else "FFFFFF"
            _paragraph(paragraph, cell_words, 12, colour, bold=not line)


def _foot(page: Any, document: Document, number: int) -> None:
    words = f"{document.title}　{number}"
    _text(page, [(words, QUIET)], (LEFT, 7.0, 9.0, 0.35), size=10)
    if document.synthetic:
        _text(page, [("合成数据 / synthetic", WARN)], (WIDE - 3.2, 7.0, 2.8, 0.35), size=12)


def _inches(value: float) -> Any:
    from pptx.util import Inches  # noqa: PLC0415 - when slides are written

    return Inches(value)


def _points(value: float) -> Any:
    from pptx.util import Pt  # noqa: PLC0415 - when slides are written

    return Pt(value)
