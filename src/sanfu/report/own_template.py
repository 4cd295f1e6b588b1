"""Write a report into an office's own Word file, whose look stays as the office made it.

The file holds places in double braces: ``{{ title }}``, ``{{ subtitle }}``, ``{{ date }}``,
``{{ office }}``, ``{{ stamp }}`` (says that data are synthetic, else nothing),
``{{ disclaimer }}``; and alone in a paragraph, of the text or of a table's cell, ``{{ body }}``
where the whole report goes, or ``{{ part("anchor") }}`` for one figure, table or chapter of it.
Places are filled by docxtpl with escaping on; the template is code and runs in Jinja's sandbox, so
that only who may change the office's settings should give one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.report.blocks import Heading, Picture, Table, UnknownReference, prepared, printable
from sanfu.report.word import WordWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.report.blocks import Block, Document

PLACES = ("title", "subtitle", "office", "date", "stamp", "disclaimer", "body", "part")
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private characters that mark, in the filled file, where a part goes."""


class TemplateFault(InputError):
    """An office's Word template cannot be used as it is."""


def check_template(path: Path | str) -> set[str]:
    """Give the places that a template uses.

    Raises
    ------
    TemplateFault
        It is no Word file, its places cannot be read, or it names some that no report offers.
    """
    from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415 - when used
    from docxtpl import DocxTemplate  # noqa: PLC0415
    from jinja2 import TemplateError  # noqa: PLC0415

    try:
        used: set[str] = DocxTemplate(str(path)).get_undeclared_template_variables(_sandbox())
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError):
        raise TemplateFault(
            Text(f"{path}：不是 Word 文件（.docx）。", f"{path}: is no Word file (.docx).")
        ) from None
    except TemplateError as error:
        raise TemplateFault(
            Text(
                f"{path}：占位符写错了：{error}。写法如 {{{{ title }}}}。",
                f"{path}: a place is malformed: {error}. Write as {{{{ title }}}}.",
            )
        ) from None
    unknown = sorted(used - set(PLACES))
    if unknown:
        raise TemplateFault(
            Text(
                f"{path}：模板用到 {'、'.join(unknown)}，报告没有。可用的有：{'、'.join(PLACES)}。",
                f"{path}: the template names {', '.join(unknown)}, which no report offers. "
                f"There are: {', '.join(PLACES)}.",
            )
        )
    if not used & {"body", "part"}:
        raise _nowhere(path)
    return used


def fill_template(document: Document, path: Path) -> Any:
    """Fill an office's template with a document.

    Returns
    -------
    docx.Document
        To be saved; the template's file is left as it is.

    Raises
    ------
    TemplateFault
        See `check_template`; also where a report cannot stand at its place: in a header, a text
        box, or a paragraph with other words.
    UnknownReference
        ``part`` names an anchor that the document lacks.
    """
    import docx  # noqa: PLC0415 - when a document is written
    from docxtpl import DocxTemplate  # noqa: PLC0415
    from jinja2 import TemplateError  # noqa: PLC0415

    check_template(path)
    said = _said(document)
    template = DocxTemplate(str(path))
    try:
        template.render(
            {**said, "body": f"{_OPEN}{_CLOSE}", "part": lambda name: f"{_OPEN}{name}{_CLOSE}"},
            jinja_env=_sandbox(),
            autoescape=True,
        )
    except TemplateError as error:
        raise TemplateFault(
            Text(f"{path}：模板出错：{error}。", f"{path}: the template failed: {error}.")
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        filled = Path(folder) / "filled.docx"
        template.save(str(filled))
        book = docx.Document(str(filled))
    writer = WordWriter(book, document)
    writer.blocks = prepared(document)
    places = _places(book, path)
    parts = [part for part in book.part.package.iter_parts() if part.partname.endswith(".xml")]
    if any(_OPEN.encode() in part.blob for part in parts):
        raise TemplateFault(
            Text(
                f"{path}：{{{{ body }}}} 或 {{{{ part(…) }}}} 写在页眉、页脚、脚注或文件属性里，"
                "那里放不下报告。请移到正文里，独占一段。",
                f"{path}: {{{{ body }}}} or {{{{ part(…) }}}} stands in a header, footer, footnote "
                "or property, where no report can go. Move it into the text, alone in a paragraph.",
            )
        )
    if not places:  # such as under a condition that did not hold
        raise _nowhere(path)
    for place, name in places:
        _put(book, place, writer, _part(writer.blocks, name) if name else None)
    book.core_properties.title = printable(document.title)[:255]
    return book


def _said(document: Document) -> dict[str, str]:
    language = document.language
    stamp = Text("合成数据 / synthetic", "合成数据 / synthetic").in_language(language)
    disclaimer = Text(
        "自检/测算结果，不是认定；只有主管部门可以认定称号。",
        "A self-check, never recognition: only the authorities may recognise a title.",
    )
    return {
        "title": printable(document.title),
        "subtitle": printable(document.subtitle),
        "office": printable(document.issuer),
        "date": "" if document.created is None else document.created.isoformat(),
        "stamp": stamp if document.synthetic else "",
        "disclaimer": disclaimer.in_language(language),
    }


def _part(blocks: list[Block], name: str) -> list[Block]:
    """Give a figure or table by its anchor, or a chapter with all that stands under it."""
    known = {b.anchor: i for i, b in enumerate(blocks) if isinstance(b, Heading | Table | Picture)}
    if name not in known:
        raise UnknownReference(name, known)
    start = known[name]
    first = blocks[start]
    if not isinstance(first, Heading):
        return [first]
    end = start + 1
    while end < len(blocks):
        block = blocks[end]
        if isinstance(block, Heading) and block.level <= first.level:
            break
        end += 1
    return blocks[start:end]


def _nowhere(path: Path | str) -> TemplateFault:
    return TemplateFault(
        Text(
            f"{path}：模板里没有 {{{{ body }}}}，报告无处可放。",
            f"{path}: the template has no {{{{ body }}}}; the report has nowhere to go.",
        )
    )


def _places(book: Any, path: Path) -> list[tuple[Any, str]]:
    """Give the paragraphs of the text where parts go, tables' cells included, with their names."""
    from docx.oxml.ns import qn  # noqa: PLC0415 - when a document is written

    found = []
    for text in book.element.body.iter(qn("w:t")):
        words = text.text or ""
        if _OPEN not in words:
            continue
        paragraph = next(text.iterancestors(qn("w:p")))
        beside = "".join(
            other.text or ""
            for other in paragraph.iter(qn("w:t"))
            if next(other.iterancestors(qn("w:p"))) is paragraph
        ).strip()
        name = words.split(_OPEN, 1)[1].split(_CLOSE, 1)[0]
        if beside != f"{_OPEN}{name}{_CLOSE}":
            said = beside.replace(_OPEN, "{{ ").replace(_CLOSE, " }}")
            raise TemplateFault(
                Text(
                    f"{path}：“{said[:80]}”：{{{{ body }}}} 和 {{{{ part(…) }}}} 要独占一段，"
                    "同段不能有别的文字。",
                    f"{path}: “{said[:80]}”: {{{{ body }}}} and {{{{ part(…) }}}} stand alone in "
                    "their paragraph, without other words.",
                )
            )
        if next(paragraph.iterancestors(qn("w:txbxContent")), None) is not None:
            raise TemplateFault(
                Text(
                    f"{path}：{{{{ body }}}} 或 {{{{ part(…) }}}} 写在文本框里，文本框不能跨页。"
                    "请移到正文或表格单元格里，独占一段。",
                    f"{path}: {{{{ body }}}} or {{{{ part(…) }}}} stands in a text box, which "
                    "cannot go over pages. Move it into the text or a table's cell.",
                )
            )
        text.text = ""
        found.append((paragraph, name))
    return found


def _put(book: Any, place: Any, writer: WordWriter, blocks: Iterable[Block] | None) -> None:
    """Write blocks at the end of the book, then move them to the place and take the place away."""
    from docx.oxml.ns import qn  # noqa: PLC0415 - when a document is written

    body = book.element.body
    before = len(body)
    writer.stand_in(next(place.iterancestors(qn("w:tc")), None))
    if blocks is None:
        writer.write_body()
    else:
        writer.write_blocks(blocks)
    section = [element for element in body if element.tag.endswith("}sectPr")]
    new = [element for element in body[before - len(section) :] if element not in section]
    for element in new:
        place.addprevious(element)
    holds = ("w:drawing", "w:pict", "w:object", "w:sectPr")  # a picture, or the end of a section
    needed = place.getnext() is None and place.getparent().tag == qn("w:tc")
    ends_well = place.getprevious() is not None and place.getprevious().tag == qn("w:p")
    if not any(place.find(f".//{qn(tag)}") is not None for tag in holds) and (
        ends_well or not needed  # Word reads no cell that does not end with a paragraph
    ):
        place.getparent().remove(place)


def _sandbox() -> Any:
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415 - when used

    return SandboxedEnvironment(autoescape=True)
