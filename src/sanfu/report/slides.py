"""Write a document as slides (.pptx): a slide a heading, figures as pictures, native tables.

Long text runs over to a further slide of the same title rather than being cut. What a speaker needs
stands in the notes: the words set for it, each figure's caption, and where each number came from.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field, replace
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

    from sanfu.language import Language
    from sanfu.report.blocks import Block, Inline, Line
    from sanfu.report.figures.draw import Size

WIDE, HIGH = 13.333, 7.5
"""Inches of a slide, 16:9."""
LEFT, TOP, BOTTOM = 0.6, 1.35, 6.75
FULL = BOTTOM - TOP - 0.55
"""Inches that a picture may be high, so that its caption is left room."""
STRIP = 1.6
"""Inches at most for the words above a table or above two pictures."""
FACE = "微软雅黑"
INK, BRAND, WARN, QUIET = "1D2527", "174D66", "8A1C0E", "56646A"
SIZES = (12, 11, 10)
"""Points of a table's words; smaller only if the table then fits on one slide."""


ALONE = (20, 18, 16, 14)
"""Points of words that stand alone on a slide: the largest at which they fit on one."""


@dataclass
class _Slide:
    """What one slide will hold."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Text and colour of each paragraph."""
    pictures: tuple[Picture, ...] = ()
    """One, or two that are tall enough to stand side by side."""
    table: Table | None = None
    size: int = SIZES[0]
    """Points of the table's words, or of words that stand alone."""
    rows: Sequence[tuple[Inline, ...]] = ()
    notes: list[str] = field(default_factory=list)
    """What the speaker says."""
    sources: list[str] = field(default_factory=list)
    """Captions, and where each number came from; below what is said."""


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
                if now and (now.lines or now.pictures or now.table or now.notes or now.sources):
                    yield from _parted(now)
                now = _Slide(block.text)
                continue
            case PageBreak() | Contents():
                continue
            case _:
                now = now or _Slide(document.title)
        match block:
            case Picture() if not now.table and _beside((*now.pictures, block)):
                pass
            case Picture() | Table() if now.pictures or now.table:
                yield from _parted(now)
                now = _Slide(now.title)
        _take(document, now, block)
    if now and (now.lines or now.pictures or now.table or now.notes or now.sources):
        yield from _parted(now)


def _take(document: Document, now: _Slide, block: Block) -> None:
    """Put a block on the slide."""
    match block:
        case Picture():
            now.pictures += (block,)
            now.sources.append(f"{block.figure.title}。{block.figure.caption()}")
        case Table():
            now.table, now.rows = block, block.rows
            now.sources.append(block.caption + (f"。{block.source}" if block.source else ""))
            now.sources += _sources(document, (cell for row in block.rows for cell in row))
        case Paragraph() | Callout():
            colour = BRAND if isinstance(block, Callout) else INK
            tone = WARN if isinstance(block, Callout) and block.tone != "note" else colour
            now.lines.append((plain_words(block.line), tone))
            now.sources += _sources(document, block.line)
        case SpeakerNotes():
            now.notes.insert(0, plain_words(block.line))
            now.sources += _sources(document, block.line)
        case Cards():
            now.lines += [(" · ".join((card.title, *card.lines)), INK) for card in block.cards]
        case Footnote():
            now.sources.append(plain_words(block.line))


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


def _beside(pictures: Sequence[Picture]) -> bool:
    """Whether pictures may share a slide: two, which need not be drawn much smaller for it."""
    if len(pictures) != 2:
        return False
    sizes = [_size(block) for block in pictures]
    wide = sum(size.width / size.height for size in sizes) * (FULL - STRIP)
    return wide <= (WIDE - 2 * LEFT) * 1.1


def _text_width(slide: _Slide) -> float:
    """Give the inches that a slide's words are wide: what one picture leaves, else all."""
    whole = WIDE - 2 * LEFT
    if len(slide.pictures) != 1:
        return whole
    size = _size(slide.pictures[0])
    return max(4.0, whole - 0.3 - FULL * size.width / size.height)


def _parted(slide: _Slide) -> Iterator[_Slide]:
    """Give the slide, and further ones of its title for what does not fit on it."""
    if not slide.table and not slide.pictures:
        fitting = (size for size in ALONE if _alone(slide.lines, size) <= BOTTOM - TOP)
        size = next(fitting, 0)
        if size:
            yield replace(slide, size=size)
            return
    strip = slide.table is not None or len(slide.pictures) > 1
    room = 4 if strip else 17 if slide.pictures else 14
    width = _text_width(slide)
    kept: list[tuple[str, str]] = []
    rest = list(slide.lines)
    used = 0
    while rest and (
        used + _height(rest[0][0], width) <= room or not (kept or strip or slide.pictures)
    ):
        used += _height(rest[0][0], width)
        kept.append(rest.pop(0))
    pages, size = _pages(slide, _strip(kept))
    first, *more = pages or [()]
    yield replace(slide, lines=kept, rows=first, size=size if slide.table else ALONE[-1])
    for rows in more:
        yield _Slide(slide.title, table=slide.table, rows=rows, size=size)
    if rest:
        yield from _parted(_Slide(slide.title, rest))


def _pages(slide: _Slide, strip: float) -> tuple[list[Sequence[Line]], int]:
    """Part a table's rows into pages, and say how large its words are.

    The first page has `strip` inches of words above the table.
    """
    if slide.table is None:
        return [], SIZES[0]
    found = ((_pages_at(slide.table, slide.rows, strip, size), size) for size in SIZES)
    return next(
        ((pages, size) for pages, size in found if len(pages) == 1),
        (_pages_at(slide.table, slide.rows, strip, SIZES[0]), SIZES[0]),
    )


def _pages_at(table: Table, rows: Sequence[Line], strip: float, size: int) -> list[Sequence[Line]]:
    total = sum(column.share for column in table.columns)
    wide = [(WIDE - 2 * LEFT) * 72 * c.share / total - 16 for c in table.columns]

    def lines_of(row: Line) -> int:
        cells = zip(row, wide, strict=True)
        return max(math.ceil(width_of(plain_words((c,)), size) / w) for c, w in cells) or 1

    most = int((BOTTOM - TOP) / _row(size)) - lines_of(tuple(c.label for c in table.columns))
    pages: list[list[Line]] = [[]]
    left = most - math.ceil(strip / _row(size))
    for row in rows:
        lines = lines_of(row)
        if lines > left and pages[-1]:
            pages.append([])
            left = most
        pages[-1].append(row)
        left -= lines
    return [*pages]


def _row(size: int) -> float:
    """Give the inches of a table's row of one line."""
    return 0.025 * size


def _strip(lines: Sequence[tuple[str, str]]) -> float:
    """Give the inches that words take above a table or two pictures."""
    return min(STRIP, 0.33 * sum(_height(words, WIDE - 2 * LEFT) for words, _ in lines))


def _height(words: str, width: float) -> int:
    """Give the lines that a paragraph of 16-point words takes in `width` inches, and its gap."""
    return math.ceil(width_of(words, 16) / (width * 72 - 20)) + 1


def _alone(lines: Sequence[tuple[str, str]], size: int) -> float:
    """Give the inches that words alone on a slide take, each paragraph with its gap."""
    width = (WIDE - 2 * LEFT) * 72 - 20
    return sum(
        math.ceil(width_of(words, size) / width) * size * 1.4 / 72 + 8 / 72 for words, _ in lines
    )


def _title_slide(book: Any, document: Document) -> None:
    page = book.slides.add_slide(book.slide_layouts[5])
    _title(page, document.title, top=2.3, height=1.6, size=36)
    lines = [(words, QUIET) for words in (document.subtitle, document.issuer) if words]
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
    _notes(page, [document.title, *filter(None, [document.subtitle])], said, document.language)


def _write(book: Any, document: Document, slide: _Slide, number: int) -> None:
    page = book.slides.add_slide(book.slide_layouts[5])
    _title(page, slide.title, top=0.35, height=0.9, size=28)
    _rule(page, (LEFT + 0.1, 1.2, 0.9, 0.05))
    whole = WIDE - 2 * LEFT
    strip = _strip(slide.lines)
    match slide.pictures:
        case (picture,):
            text = _text_width(slide) if slide.lines else 0.0
            _picture(page, picture, (LEFT, TOP, whole - text - (0.3 if text else 0), FULL))
            _text(page, slide.lines, (WIDE - LEFT - text, TOP, text, FULL), size=16)
        case (_, _):
            _text(page, slide.lines, (LEFT, TOP, whole, strip), size=16)
            _pair(page, slide.pictures, (LEFT, TOP + strip, whole, FULL - strip))
        case _ if slide.table is not None:
            _text(page, slide.lines, (LEFT, TOP, whole, strip), size=16)
            _table(page, slide, slide.table, (LEFT, TOP + strip, whole))
        case _:
            _text(page, slide.lines, (LEFT, TOP, whole, BOTTOM - TOP), size=slide.size)
    _foot(page, document, number)
    _notes(page, slide.notes, slide.sources, document.language)


def _notes(page: Any, said: Sequence[str], sources: Sequence[str], language: Language) -> None:
    """Write what the speaker says, then under a line of its own where it came from."""
    head = Text("【图表题注与数字来源】", "[captions, and where the numbers came from]")
    below = ["", head.in_language(language), *dict.fromkeys(sources)] if sources else []
    words = printable("\n".join([*dict.fromkeys(said), *below]).strip("\n"))
    page.notes_slide.notes_text_frame.text = words


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


def _size(block: Picture) -> Size:
    return size_of(draw_svg(block.figure, framed=False))


def _pair(page: Any, pictures: Sequence[Picture], box: tuple[float, float, float, float]) -> None:
    """Put pictures side by side, each as wide as it needs at one height."""
    left, top, width, height = box
    gap = 0.4
    shapes = [size.width / size.height for size in map(_size, pictures)]
    room = width - gap * (len(pictures) - 1)
    for block, shape in zip(pictures, shapes, strict=True):
        own = room * shape / sum(shapes)
        _picture(page, block, (left, top, own, height))
        left += own + gap


def _picture(page: Any, block: Picture, box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    size = _size(block)
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


def _rule(page: Any, box: tuple[float, float, float, float]) -> None:
    """Draw the bar under a title; an ornament, so it has no alternative text."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415 - when slides are written

    bar = page.shapes.add_shape(1, *(_inches(side) for side in box))
    bar.fill.solid()
    bar.fill.fore_color.rgb = RGBColor(*bytes.fromhex(BRAND))  # type: ignore[no-untyped-call]
    bar.line.fill.background()


def _table(page: Any, slide: _Slide, block: Table, box: tuple[float, float, float]) -> None:
    from pptx.enum.text import PP_ALIGN  # noqa: PLC0415 - when slides are written

    left, top, width = box
    rows, size = slide.rows, slide.size
    shape = page.shapes.add_table(
        len(rows) + 1, len(block.columns), _inches(left), _inches(top), _inches(width),
        _inches(_row(size) * (len(rows) + 1)),
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
            _paragraph(paragraph, cell_words, size, colour, bold=not line)


def _foot(page: Any, document: Document, number: int) -> None:
    words = "　".join(filter(None, (document.issuer, document.title, str(number))))
    _text(page, [(words, QUIET)], (LEFT, 7.0, 9.0, 0.35), size=10)
    if document.synthetic:
        _text(page, [("合成数据 / synthetic", WARN)], (WIDE - 3.2, 7.0, 2.8, 0.35), size=12)


def _inches(value: float) -> Any:
    from pptx.util import Inches  # noqa: PLC0415 - when slides are written

    return Inches(value)


def _points(value: float) -> Any:
    from pptx.util import Pt  # noqa: PLC0415 - when slides are written

    return Pt(value)
