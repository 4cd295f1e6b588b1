"""Write a document as Word (.docx): A4, Chinese faces set, real captions, repeated header rows.

Word numbers the captions itself (SEQ fields), so that lists of figures and cross references work;
tables are built row by row in XML, since python-docx looks every cell up anew.
"""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanfu.language import Text
from sanfu.report.blocks import (
    Callout,
    Contents,
    Document,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Traced,
    with_anchors,
)
from sanfu.report.figures import draw_png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sanfu.report.blocks import Inline

LATIN, CHINESE, CHINESE_HEADING = "Times New Roman", "宋体", "黑体"
"""Faces that every Windows and WPS reader has."""
WIDTH_CM = 16.0


def write_docx(document: Document, path: Path | str) -> Path:
    """Write the document as Word, whole or not at all.

    Figures stand as PNG at about 190 dots an inch with their text alternative; every traced number
    links to its entry in the appendix.
    """
    import docx  # noqa: PLC0415 - when a document is written

    path = Path(path)
    book = docx.Document()
    writer = _Writer(book, document)
    writer.write()
    partial_path = path.with_name(path.name + ".part")
    book.save(str(partial_path))
    partial_path.replace(path)
    return path


class _Writer:
    """One pass over the blocks; holds the python-docx book that it fills."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book = book
        self.document = document
        self.say: Callable[[str, str], str] = partial(_say, document.language)
        self.bookmarks = 0
        self.notes: list[Footnote] = []

    def write(self) -> None:
        self._set_page()
        self._set_faces()
        self.book.core_properties.title = self.document.title
        self.book.core_properties.author = "Sanfu"
        self.book.add_paragraph(_clean(self.document.title), style="Title")
        if self.document.subtitle:
            self.book.add_paragraph(_clean(self.document.subtitle), style="Subtitle")
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
        for block in with_anchors(self.document.blocks):
            self._block(block)
        self._appendix()

    def _block(self, block: Any) -> None:
        match block:
            case Heading():
                paragraph = self.book.add_heading(_clean(block.text), level=block.level)
                self._bookmark(paragraph, block.anchor)
            case Paragraph():
                self._line(self.book.add_paragraph(style="Body Text"), block.line)
            case Callout():
                self._callout(block.line, warning=block.tone != "note")
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)
            case PageBreak():
                self.book.add_page_break()
            case Contents():
                self._field(
                    self.book.add_paragraph(),
                    f'TOC \\o "1-{block.depth}" \\h \\z \\u',
                    self.say("（在 Word 中按 F9 更新目录）", "(press F9 in Word to fill in)"),
                )
            case Footnote():
                self.notes.append(block)
                paragraph = self.book.paragraphs[-1]
                paragraph.add_run(f"［{len(self.notes)}］").font.superscript = True

    def _line(self, paragraph: Any, parts: Iterable[Inline]) -> None:
        for part in parts:
            if isinstance(part, Traced):
                self._link(paragraph, part)
            else:
                paragraph.add_run(_clean(part))

    def _callout(self, line: Iterable[Inline], *, warning: bool) -> None:
        from docx.shared import RGBColor  # noqa: PLC0415 - when a document is written

        paragraph = self.book.add_paragraph(style="Intense Quote" if warning else "Quote")
        self._line(paragraph, line)
        for run in paragraph.runs:
            run.font.color.rgb = (
                RGBColor(0x8A, 0x1C, 0x0E) if warning else RGBColor(0x17, 0x4D, 0x66)
            )

    def _table(self, block: Table) -> None:
        words = block.caption + ("（合成数据 / synthetic）" if block.synthetic else "")
        self._caption(self.say("表", "Table"), words, block.anchor)
        total = sum(column.share for column in block.columns)
        table = self.book.add_table(rows=0, cols=len(block.columns), style="Light Grid Accent 1")
        body = table._tbl  # noqa: SLF001 - rows as XML: 3,000 by cell() take 9 s
        widths = [round(WIDTH_CM * 567 * column.share / total) for column in block.columns]
        aligns = [column.align for column in block.columns]
        labels = tuple(column.label for column in block.columns)
        body.append(_row(labels, widths, aligns, header=True))
        for row in block.rows:
            body.append(_row(row, widths, aligns, header=False))
        if block.source:
            self._small(self.say("来源：", "Source: ") + block.source)

    def _picture(self, block: Picture) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 - when a document is written
        from docx.shared import Cm  # noqa: PLC0415

        paragraph = self.book.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(
            io.BytesIO(draw_png(block.figure)), width=Cm(WIDTH_CM - 1)
        )
        properties = shape._inline.docPr  # noqa: SLF001 - python-docx has no door to alt text
        properties.set("descr", _clean(block.figure.alt))
        properties.set("title", _clean(block.figure.title))
        self._caption(self.say("图", "Figure"), block.figure.title, block.anchor)
        self._small(block.figure.caption())

    def _caption(self, kind: str, words: str, anchor: str) -> None:
        paragraph = self.book.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run(f"{kind} ")
        self._field(paragraph, f"SEQ {kind} \\* ARABIC", "1")
        paragraph.add_run(_clean(f"  {words}"))
        self._bookmark(paragraph, anchor)

    def _small(self, words: str) -> None:
        from docx.shared import Pt  # noqa: PLC0415 - when a document is written

        run = self.book.add_paragraph().add_run(_clean(words))
        run.font.size = Pt(8)

    def _appendix(self) -> None:
        if self.notes:
            self.book.add_heading(self.say("注", "Notes"), level=1)
            for number, note in enumerate(self.notes, start=1):
                paragraph = self.book.add_paragraph(f"［{number}］")
                self._line(paragraph, note.line)
        traces = sorted(self.document.traces.values(), key=lambda trace: trace.key)
        if traces:
            title = self.say("附：数字来源", "Appendix: where each number comes from")
            self.book.add_heading(title, level=1)
        for trace in traces:
            paragraph = self.book.add_paragraph()
            paragraph.add_run(_clean(f"{trace.key}  {trace.what}")).bold = True
            self._bookmark(paragraph, f"t-{trace.key}")
            lines = [trace.formula, *(f"{name} = {value}" for name, value in trace.inputs)]
            for words in (*lines, *trace.cells):
                self._small(words)
        for name, value in self.document.made_from:
            self._small(f"{name}：{value}")
        self._small(
            self.say(
                "自检/测算结果，不是认定；只有主管部门可以认定称号。",
                "A self-check, never recognition: only the authorities may recognise a title.",
            )
        )

    def _set_page(self) -> None:
        from docx.shared import Cm  # noqa: PLC0415 - when a document is written

        section = self.book.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin = section.bottom_margin = Cm(2.5)
        footer = section.footer.paragraphs[0]
        footer.alignment = 1
        self._field(footer, "PAGE", "1")
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

    def _field(self, paragraph: Any, instruction: str, shown: str) -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
        from docx.oxml.ns import qn  # noqa: PLC0415

        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), instruction)
        field.append(_run(shown))
        paragraph._p.append(field)  # noqa: SLF001 - python-docx has no fields

    def _bookmark(self, paragraph: Any, name: str) -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
        from docx.oxml.ns import qn  # noqa: PLC0415

        self.bookmarks += 1
        for tag, place in (("w:bookmarkStart", 0), ("w:bookmarkEnd", None)):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self.bookmarks))
            if place == 0:
                mark.set(qn("w:name"), _bookmark_name(name))
            paragraph._p.append(mark)  # noqa: SLF001 - python-docx has no bookmarks

    def _link(self, paragraph: Any, part: Traced) -> None:
        paragraph._p.append(_hyperlink(part))  # noqa: SLF001 - python-docx has no inner links


def _say(language: str, zh: str, en: str) -> str:
    return Text(zh, en).in_language("zh" if language == "zh" else "en")


def _clean(words: str) -> str:
    """Leave out what XML cannot hold: control characters and lone surrogates."""
    return "".join(
        mark
        for mark in words
        if (mark >= " " or mark in "\t\n") and not "\ud800" <= mark <= "\udfff"
    )


def _bookmark_name(name: str) -> str:
    return ("s_" + "".join(mark if mark.isalnum() else "_" for mark in name))[:40]


def _run(words: str, *, bold: bool = False) -> Any:
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    run = OxmlElement("w:r")
    if bold:
        properties = OxmlElement("w:rPr")
        properties.append(OxmlElement("w:b"))
        run.append(properties)
    text = OxmlElement("w:t")
    text.set(qn("xml:space"), "preserve")
    text.text = _clean(words)
    run.append(text)
    return run


def _hyperlink(part: Traced) -> Any:
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), _bookmark_name(f"t-{part.key}"))
    link.append(_run(part.text))
    return link


def _row(
    cells: Iterable[Inline], widths: Sequence[int], aligns: Sequence[str], *, header: bool
) -> Any:
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    row = OxmlElement("w:tr")
    settings = OxmlElement("w:trPr")
    settings.append(OxmlElement("w:cantSplit"))
    if header:
        settings.append(OxmlElement("w:tblHeader"))
    row.append(settings)
    for content, width, align in zip(cells, widths, aligns, strict=True):
        cell, look, size = (OxmlElement(f"w:{tag}") for tag in ("tc", "tcPr", "tcW"))
        size.set(qn("w:w"), str(width))
        size.set(qn("w:type"), "dxa")
        look.append(size)
        cell.append(look)
        paragraph, format_, justify = (OxmlElement(f"w:{tag}") for tag in ("p", "pPr", "jc"))
        justify.set(qn("w:val"), {"left": "left", "right": "right"}.get(align, "center"))
        format_.append(justify)
        paragraph.append(format_)
        if isinstance(content, Traced):
            paragraph.append(_hyperlink(content))
        else:
            paragraph.append(_run(content, bold=header))
        cell.append(paragraph)
        row.append(cell)
    return row
