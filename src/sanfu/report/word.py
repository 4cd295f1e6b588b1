"""Write a document as Word (.docx): A4, Chinese faces set, real captions, repeated header rows.

Word numbers the captions itself (SEQ fields), so that lists of figures and cross references work;
tables are built row by row in XML, since python-docx looks every cell up anew.
"""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanfu.errors import writing
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
)
from sanfu.report.codes import code_png
from sanfu.report.figures import draw_png, draw_svg, size_of
from sanfu.report.word_xml import (
    bookmark_name,
    in_points,
    xml_cell_width,
    xml_field,
    xml_field_marks,
    xml_languages,
    xml_link,
    xml_row,
    xml_rules,
    xml_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sanfu.report.blocks import Block, Inline

LATIN, CHINESE, CHINESE_HEADING = "Times New Roman", "宋体", "黑体"
"""Faces that every Windows and WPS reader has."""
BRAND, CELLS = "174D66", "Table Text"
"""The colour of headings and rules, and the style of a table's words."""
WIDTH_CM, HEIGHT_CM = 16.0, 21.5
_TWIPS_A_CM, _CELL_MARGINS_CM = 567, 0.4
_TINY = 7.0
"""Points of the appendix's words."""
CM_A_PIXEL, HIGH_CM = 0.0215, 8.5
"""How large a figure's pixel is printed: its 12-pixel words become 7-point ones; a figure higher
than `HIGH_CM` is set smaller, down to nine tenths."""


def write_docx(document: Document, path: Path | str, *, template: Path | str | None = None) -> Path:
    """Write the document as Word, whole or not at all.

    Figures stand as PNG at about 190 dots an inch with their text alternative; every traced number
    links to its entry in the appendix.

    Parameters
    ----------
    template
        The office's own Word file, whose look is kept; see `sanfu.report.own_template`.

    Raises
    ------
    TemplateFault
        The template names what reports do not offer, or is no Word file.
    """
    import docx  # noqa: PLC0415 - when a document is written

    path, document = Path(path), cleaned(document)
    if template is None:
        book = docx.Document()
        WordWriter(book, document).write()
    else:
        from sanfu.report.own_template import fill_template  # noqa: PLC0415 - it writes by us

        book = fill_template(document, Path(template))
    made = io.BytesIO()  # a zip file on a full disk would complain of itself besides
    book.save(made)
    with writing(path) as partial_path:
        partial_path.write_bytes(made.getvalue())
    return path


class WordWriter:
    """One pass over the blocks; holds the python-docx book that it fills."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book = book
        self.document = document
        self.say: Callable[[str, str], str] = partial(_say, document.language)
        self.bookmarks = 0
        self.styles = {style.name for style in book.styles}
        self.blocks: list[Block] = []
        self.notes: list[Footnote] = []
        self.under_heading = False
        self.our_look = False
        """Whether the look is ours, not an office's template."""
        self.width_cm = WIDTH_CM
        self.in_cell = False

    def write(self) -> None:
        """Write the whole document into an empty book."""
        self.our_look = True
        self._set_page()
        self._set_look()
        self._set_faces()
        self.book.core_properties.title = self.document.title[:255]
        self.book.core_properties.author = (self.document.issuer or "Sanfu")[:255]
        self.book.add_paragraph(printable(self.document.title), style=self._style("Title"))
        for words in (self.document.subtitle, self.document.issuer):
            if words:
                self.book.add_paragraph(printable(words), style=self._style("Subtitle"))
        self.write_body()

    def write_body(self) -> None:
        """Write all blocks and the appendix at the end of the book, in the styles that it has."""
        if self.document.synthetic:
            self._callout(
                (
                    self.say(
                        "合成数据 / synthetic：本文数据为生成的示例，不代表任何真实企业或地区。",
                        "合成数据 / synthetic: the data in this document are generated samples "
                        "and stand for no real firm or region.",
                    ),
                ),
                warning=True,
            )
        self.blocks = prepared(self.document)
        for block in self.blocks:
            self._block(block)
            self.under_heading = isinstance(block, Heading)
        self._appendix()

    def write_blocks(self, blocks: Iterable[Block]) -> None:
        """Write some blocks at the end of the book, and under them their footnotes."""
        before = len(self.notes)
        for block in blocks:
            self._block(block)
        self._write_notes(before)

    def stand_in(self, cell: Any | None) -> None:
        """Say in which table's cell what is written will stand, or that it stands in none.

        A cell has its own width, and no columns and pages of its own.
        """
        self.in_cell, self.width_cm = cell is not None, WIDTH_CM
        if cell is not None:
            within = xml_cell_width(cell) / _TWIPS_A_CM - _CELL_MARGINS_CM
            self.width_cm = min(WIDTH_CM, within) if within > 0 else WIDTH_CM

    def _style(self, *names: str) -> str | None:
        """Give the first of these styles that the book has; an office's template may lack all."""
        return next((name for name in names if name in self.styles), None)

    def _block(self, block: Any) -> None:
        match block:
            case Heading():
                paragraph = self.book.add_paragraph(style=self._style(f"Heading {block.level}"))
                self._bookmark(paragraph, block.anchor, xml_run(block.text))
            case Paragraph():
                self._line(self.book.add_paragraph(style=self._style("Body Text")), block.line)
            case Callout():
                self._callout(block.line, warning=block.tone != "note")
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)
            case Cards():
                self._cards(block)
            case PageBreak():
                if not self.in_cell:
                    self.book.add_page_break()
            case Contents():
                self._contents(block.depth)
            case SpeakerNotes():
                pass
            case Footnote():
                self.notes.append(block)
                paragraph = self.book.paragraphs[-1]
                paragraph.add_run(f"［{len(self.notes)}］").font.superscript = True

    def _line(self, paragraph: Any, parts: Iterable[Inline]) -> None:
        for part in parts:
            paragraph._p.extend(self._inline(part))  # noqa: SLF001 - python-docx has no fields

    def _inline(self, part: Inline) -> list[Any]:
        match part:
            case Traced():
                code = [xml_run(f"[{part.key}]", raised=True)] if self.document.codes else []
                return [xml_link(bookmark_name(f"t-{part.key}"), xml_run(part.text), *code)]
            case Reference():
                return [xml_field(f"REF {bookmark_name(part.anchor)} \\h", xml_run(part.text))]
            case _:
                return [xml_run(part)]

    def _cards(self, block: Cards) -> None:
        from docx.shared import Cm  # noqa: PLC0415 - when a document is written

        rows = -(-len(block.cards) // block.columns)
        table = self.book.add_table(rows=rows, cols=block.columns, style=self._style("Table Grid"))
        for number, card in enumerate(block.cards):
            cell = table.cell(*divmod(number, block.columns))
            cell.paragraphs[0].add_run(printable(card.title)).bold = True
            for words in card.lines:
                cell.add_paragraph(printable(words))
            if card.code:
                picture = cell.add_paragraph().add_run()
                picture.add_picture(io.BytesIO(code_png(card.code)), width=Cm(2.6))

    def _contents(self, depth: int) -> None:
        """Write a table of contents that is right at once and that Word can update (F9)."""
        if not self.under_heading:
            self.book.add_paragraph(self.say("目录", "Contents"), style=self._style("TOC Heading"))
        shown = [b for b in self.blocks if isinstance(b, Heading) and b.level <= depth]
        rows = [(b.level, b.anchor, b.text) for b in shown] or [(1, "", "—")]
        for place, (level, anchor, words) in enumerate(rows):
            paragraph = self.book.add_paragraph(style=self._style("Body Text"))
            paragraph.paragraph_format.left_indent = in_points(18 * (level - 1))
            paragraph.paragraph_format.space_after = in_points(2)
            body = paragraph._p  # noqa: SLF001 - python-docx has no fields
            if place == 0:
                body.extend(xml_field_marks("begin", f'TOC \\o "1-{depth}" \\h \\z \\u'))
            body.append(
                xml_link(bookmark_name(anchor), xml_run(words)) if anchor else xml_run(words)
            )
            if place == len(rows) - 1:
                body.extend(xml_field_marks("end"))

    def _callout(self, line: Iterable[Inline], *, warning: bool) -> None:
        from docx.shared import RGBColor  # noqa: PLC0415 - when a document is written

        paragraph = self.book.add_paragraph(
            style=self._style("Intense Quote" if warning else "Quote")
        )
        self._line(paragraph, line)
        for run in paragraph.runs:
            run.font.color.rgb = (
                RGBColor(0x8A, 0x1C, 0x0E) if warning else RGBColor(0x17, 0x4D, 0x66)
            )

    def _table(self, block: Table) -> None:
        if block.number:
            words = block.caption + (caption_mark(self.document) if block.synthetic else "")
            self._caption(self.say("表", "Table"), block.number, words, block.anchor, block.trace)
        total = sum(column.share for column in block.columns)
        look = ("Normal Table",) if self.our_look else ("Light Grid Accent 1", "Table Grid")
        table = self.book.add_table(rows=0, cols=len(block.columns), style=self._style(*look))
        if self.our_look:
            xml_rules(table, BRAND)
        body = table._tbl  # noqa: SLF001 - rows as XML: 3,000 by cell() take 9 s
        widths = [
            round(self.width_cm * _TWIPS_A_CM * column.share / total) for column in block.columns
        ]
        for column, width in zip(body.tblGrid.gridCol_lst, widths, strict=True):
            column.w = width * 635  # twips to EMU; WPS and LibreOffice read the grid, not the cells
        aligns = [column.align for column in block.columns]
        labels = tuple(column.label for column in block.columns)
        style = CELLS.replace(" ", "") if self.our_look else ""
        heads = [[xml_run(words, bold=True)] for words in labels]
        body.append(xml_row(heads, widths, aligns, header=True, style=style))
        for row in block.rows:
            cells = [self._inline(cell) for cell in row]
            body.append(xml_row(cells, widths, aligns, header=False, style=style))
        if block.source:
            self._small(self.say("来源：", "Source: ") + block.source)

    def _picture(self, block: Picture) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 - when a document is written
        from docx.shared import Cm  # noqa: PLC0415

        paragraph = self.book.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        size = size_of(draw_svg(block.figure, framed=False))
        small = max(CM_A_PIXEL * 0.9, HIGH_CM / size.height)
        scale = min(CM_A_PIXEL, self.width_cm / size.width, HEIGHT_CM / size.height, small)
        shape = paragraph.add_run().add_picture(
            io.BytesIO(draw_png(block.figure, framed=False)), width=Cm(size.width * scale)
        )
        properties = shape._inline.docPr  # noqa: SLF001 - python-docx has no door to alt text
        properties.set("descr", printable(block.figure.alt))
        properties.set("title", printable(block.figure.title))
        figure = block.figure
        self._caption(
            self.say("图", "Figure"), block.number, figure.title, block.anchor, block.trace
        )
        self._small(block.figure.caption())

    def _caption(self, kind: str, number: int, words: str, anchor: str, trace: str) -> None:
        paragraph = self.book.add_paragraph(style=self._style("Caption"))
        paragraph.paragraph_format.keep_with_next = True
        number = xml_field(f"SEQ {kind} \\* ARABIC", xml_run(str(number)))
        self._bookmark(paragraph, anchor, xml_run(f"{kind} "), number)
        paragraph.add_run(printable(f"  {words}"))
        if trace and self.document.codes:
            code = xml_run(f"[{trace}]", raised=True)
            paragraph._p.append(xml_link(bookmark_name(f"t-{trace}"), code))  # noqa: SLF001

    def _small(self, words: str) -> None:
        from docx.shared import Pt  # noqa: PLC0415 - when a document is written

        run = self.book.add_paragraph().add_run(printable(words))
        run.font.size = Pt(8)

    def _appendix(self) -> None:
        if self.notes:
            self.book.add_paragraph(self.say("注", "Notes"), style=self._style("Heading 1"))
            self._write_notes(0)
        if self.document.traces:
            self._traces()
        for name, value in self.document.made_from:
            self._small(f"{name}：{value}")
        if not self.document.self_check:
            return
        self._small(
            self.say(
                "自检/测算结果，不是认定；只有主管部门可以认定称号。",
                "A self-check, never recognition: only the authorities may recognise a title.",
            )
        )

    def _write_notes(self, before: int) -> None:
        for number, note in enumerate(self.notes[before:], start=before + 1):
            paragraph = self.book.add_paragraph(f"［{number}］")
            self._line(paragraph, note.line)

    def _traces(self) -> None:
        """Write the traces in two columns of small type, grouped by formula."""
        title = self.say("附：数字来源", "Appendix: where each number comes from")
        self.book.add_paragraph(title, style=self._style("Heading 1"))
        self._small(reading_help(self.document))
        found = appendix_of(self.document)
        self._columns(2)
        for group in found.groups:
            head = self._tiny(group.what, bold=True, above=5)
            head.paragraph_format.keep_with_next = True
            head.add_run(_gap(group.what) + printable(group.words())).font.size = in_points(_TINY)
            for line in group.lines:
                paragraph = self._tiny("")
                for key in line.keys:
                    self._bookmark(paragraph, f"t-{key}", xml_run(f"{key} ", bold=True))
                paragraph.add_run(printable(line.words()))
                for run in paragraph.runs:
                    run.font.size = in_points(_TINY)
        if found.sheets:
            self._tiny(self.say("文件和工作表", "Files and sheets"), bold=True, above=5)
            for mark, name in found.sheets:
                self._tiny(f"{mark} {name}")
        self._columns(1)

    def _columns(self, count: int) -> None:
        """Go on in this many columns, on the same page."""
        if self.in_cell:
            return
        from docx.enum.section import WD_SECTION  # noqa: PLC0415 - when a document is written
        from docx.oxml.ns import qn  # noqa: PLC0415

        section = self.book.add_section(WD_SECTION.CONTINUOUS)
        columns = section._sectPr.find(qn("w:cols"))  # noqa: SLF001 - python-docx has no columns
        if columns is None:
            columns = section._sectPr.makeelement(qn("w:cols"), {})  # noqa: SLF001
            section._sectPr.append(columns)  # noqa: SLF001
        columns.set(qn("w:num"), str(count))
        columns.set(qn("w:space"), "300")

    def _tiny(self, words: str, *, bold: bool = False, above: float = 0) -> Any:
        paragraph = self.book.add_paragraph()
        paragraph.paragraph_format.space_before = in_points(above)
        paragraph.paragraph_format.space_after = in_points(1)
        paragraph.paragraph_format.line_spacing = 1.0
        if words:
            run = paragraph.add_run(printable(words))
            run.font.size, run.bold = in_points(_TINY), bold
        return paragraph

    def _set_page(self) -> None:
        from docx.shared import Cm  # noqa: PLC0415 - when a document is written

        section = self.book.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin = section.bottom_margin = Cm(2.5)
        footer = section.footer.paragraphs[0]
        footer.alignment = 1
        if self.document.issuer:
            footer.add_run(printable(self.document.issuer) + "　")
        footer._p.append(xml_field("PAGE", xml_run("1")))  # noqa: SLF001 - python-docx has no fields
        if self.document.synthetic:
            section.header.paragraphs[0].add_run("合成数据 / synthetic")

    def _set_faces(self) -> None:
        from docx.oxml.ns import qn  # noqa: PLC0415 - when a document is written

        for fonts in self.book.styles.element.iter(qn("w:rFonts")):
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
        for style in self.book.styles:
            element = style.element
            if style.type not in (1, 2):
                continue
            fonts = element.get_or_add_rPr().get_or_add_rFonts()
            heading = style.name.startswith(("Heading", "Title", "Caption"))
            fonts.set(qn("w:ascii"), LATIN)
            fonts.set(qn("w:hAnsi"), LATIN)
            fonts.set(qn("w:eastAsia"), CHINESE_HEADING if heading else CHINESE)

    def _set_look(self) -> None:
        """Set colours and places as the PDF has them: title and captions in the middle."""
        from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - when a document is written
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
        from docx.shared import RGBColor  # noqa: PLC0415

        for style in self.book.styles:
            if style.type != 1:
                continue
            if style.name.startswith(("Heading", "Title", "Subtitle")):
                style.font.color.rgb = RGBColor.from_string(BRAND)
            if style.name in ("Title", "Subtitle", "Caption"):
                style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if style.name in ("Subtitle", "Quote", "Intense Quote"):
                style.font.italic = False  # Chinese is not set slanted
            if style.name == "Caption":
                style.font.color.rgb = RGBColor(0x22, 0x22, 0x22)
        cells = self.book.styles.add_style(CELLS, WD_STYLE_TYPE.PARAGRAPH)
        cells.font.size = in_points(9)
        spacing = cells.paragraph_format
        spacing.space_before = spacing.space_after = in_points(1.5)
        spacing.line_spacing = 1.0
        xml_languages(self.book.styles.element, "en-GB", "zh-CN")

    def _bookmark(self, paragraph: Any, name: str, *around: Any) -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
        from docx.oxml.ns import qn  # noqa: PLC0415

        self.bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:name"), bookmark_name(name))
        for mark in (start, end):
            mark.set(qn("w:id"), str(self.bookmarks))
        paragraph._p.extend([start, *around, end])  # noqa: SLF001 - python-docx has no bookmarks


def _gap(words: str) -> str:
    return "  " if words else ""


def _say(language: str, zh: str, en: str) -> str:
    return Text(zh, en).in_language("zh" if language == "zh" else "en")
