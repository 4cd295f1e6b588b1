"""Pieces of Word's XML that python-docx has no door to: runs, fields, links, rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sanfu.report.blocks import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def in_points(size: float) -> Any:
    """Give a size in points as python-docx takes it."""
    from docx.shared import Pt  # noqa: PLC0415 - when a document is written

    return Pt(size)


def bookmark_name(name: str) -> str:
    """Give a name that Word takes: at most 40 letters, digits and _, unlike any other's."""
    plain = "s_" + "".join(mark if mark.isalnum() else "_" for mark in name)
    if len(plain) <= 40:
        return plain
    return plain[:29] + "_" + hashlib.sha256(name.encode()).hexdigest()[:10]


def xml_run(words: str, *, bold: bool = False, raised: bool = False) -> Any:
    """Give a run of words."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    run = OxmlElement("w:r")
    if bold or raised:
        properties = OxmlElement("w:rPr")
        if bold:
            properties.append(OxmlElement("w:b"))
        if raised:
            align = OxmlElement("w:vertAlign")
            align.set(qn("w:val"), "superscript")
            properties.append(align)
        run.append(properties)
    text = OxmlElement("w:t")
    text.set(qn("xml:space"), "preserve")
    text.text = printable(words)
    run.append(text)
    return run


def xml_field(instruction: str, shown: Any) -> Any:
    """Give a field that shows words until Word updates it."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    field.append(shown)
    return field


def xml_field_marks(kind: str, instruction: str = "") -> list[Any]:
    """Give the runs that open or close a field whose result is several paragraphs."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    def run(tag: str, **attributes: str) -> Any:
        made, inner = OxmlElement("w:r"), OxmlElement(tag)
        for name, value in attributes.items():
            inner.set(qn(f"w:{name}"), value)
        made.append(inner)
        return made

    if kind == "end":
        return [run("w:fldChar", fldCharType="end")]
    told = run("w:instrText")
    told[0].set(qn("xml:space"), "preserve")
    told[0].text = instruction
    return [run("w:fldChar", fldCharType="begin"), told, run("w:fldChar", fldCharType="separate")]


def xml_link(bookmark: str, *shown: Any) -> Any:
    """Give a link to a bookmark."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), bookmark)
    link.set(qn("w:history"), "1")
    link.extend(shown)
    return link


def xml_row(
    cells: Iterable[list[Any]],
    widths: Sequence[int],
    aligns: Sequence[str],
    *,
    header: bool,
    style: str = "",
) -> Any:
    """Give a table's row: its cells' runs, widths in twips, how each stands, and its style's id."""
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
        if style:
            named = OxmlElement("w:pStyle")
            named.set(qn("w:val"), style)
            format_.append(named)
        justify.set(qn("w:val"), {"left": "left", "right": "right"}.get(align, "center"))
        format_.append(justify)
        paragraph.append(format_)
        paragraph.extend(content)
        cell.append(paragraph)
        row.append(cell)
    return row


def xml_rules(table: Any, colour: str) -> None:
    """Rule a table as statistics are printed: lines above and below, hairlines between."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - when a document is written
    from docx.oxml.ns import qn  # noqa: PLC0415

    borders = OxmlElement("w:tblBorders")
    for side, size, ink in (
        ("top", "8", colour), ("bottom", "8", colour), ("insideH", "2", "C4CBD0"),
    ):  # fmt: skip
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", ink)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    look = table._tbl.tblPr  # noqa: SLF001 - python-docx has no borders
    later = look.find(qn("w:tblLook"))
    if later is None:
        look.append(borders)
    else:
        later.addprevious(borders)


def xml_languages(styles: Any, latin: str, chinese: str) -> None:
    """Say which languages the words are in, so that marks and lines are set as theirs are."""
    from docx.oxml.ns import qn  # noqa: PLC0415 - when a document is written

    for found in styles.iter(qn("w:lang")):
        found.set(qn("w:val"), latin)
        found.set(qn("w:eastAsia"), chinese)


def xml_cell_width(cell: Any) -> int:
    """Give a cell's width in twips; 0 where neither it nor the table's grid says.

    Word takes the cell's own, WPS and LibreOffice the grid's: the narrower holds in all of them.
    """
    from docx.oxml.ns import qn  # noqa: PLC0415 - when a document is written

    found = []
    own = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
    if own is not None and own.get(qn("w:type")) == "dxa":
        found.append(int(own.get(qn("w:w"))))
    row = cell.getparent()
    grid = row.getparent().find(qn("w:tblGrid"))
    first = 0
    for other in row.iterchildren(qn("w:tc")):
        spanned = other.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        count = 1 if spanned is None else int(spanned.get(qn("w:val")))
        if other is cell and grid is not None:
            columns = list(grid)[first : first + count]
            found.append(sum(int(column.get(qn("w:w"), 0)) for column in columns))
        first += count
    return min((width for width in found if width > 0), default=0)
