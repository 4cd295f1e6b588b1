"""Write a document as PDF by typst: one fixed template, all words handed over as JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sanfu.errors import SanfuError
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
from sanfu.report.figures import draw_svg
from sanfu.report.fonts import find_typeface

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.report.blocks import Block, Inline

Standard = Literal["a-2b", "ua-1"]
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
    path = Path(path)
    pdf = _compile(document, "pdf", standards=list(standards))[0]
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(pdf)
    partial.replace(path)
    return path


def draw_pages(document: Document, *, dots_per_inch: float = 110) -> list[bytes]:
    """Draw each page as PNG, to be looked at."""
    return _compile(document, "png", ppi=dots_per_inch)


def _compile(document: Document, form: Literal["pdf", "png"], **options: Any) -> list[bytes]:
    import typst  # noqa: PLC0415 - when a document is set

    typeface = find_typeface()
    options = {"pdf_standards": options["standards"]} if form == "pdf" else {"ppi": options["ppi"]}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        data = {
            "title": document.title,
            "subtitle": document.subtitle,
            "language": document.language,
            "synthetic": document.synthetic,
            "fonts": [typeface.family],
            "blocks": [_block(block, root) for block in with_anchors(document.blocks)],
            "traces": [
                {
                    "key": trace.key,
                    "what": trace.what,
                    "formula": trace.formula,
                    "inputs": [list(pair) for pair in trace.inputs],
                    "cells": list(trace.cells),
                }
                for trace in sorted(document.traces.values(), key=lambda item: item.key)
            ],
            "made_from": [list(pair) for pair in document.made_from],
        }
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (root / "document.typ").write_bytes(_TEMPLATE.read_bytes())
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[typeface.folder])
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
    if warnings:
        said = "; ".join(warning.message for warning in warnings)
        raise TypesettingFault(Text(f"排版警告：{said}", f"typesetting warned: {said}"))
    return made if isinstance(made, list) else [made]


def _line(parts: Iterable[Inline]) -> list[dict[str, str]]:
    return [
        {"text": part.text, "key": part.key} if isinstance(part, Traced) else {"text": part}
        for part in parts
    ]


def _block(block: Block, root: Path) -> dict[str, Any]:
    match block:
        case Heading():
            return {
                "kind": "heading", "text": block.text, "level": block.level, "anchor": block.anchor,
            }  # fmt: skip
        case Paragraph():
            return {"kind": "paragraph", "line": _line(block.line)}
        case Callout():
            return {"kind": "callout", "line": _line(block.line), "tone": block.tone}
        case Table():
            return {
                "kind": "table",
                "caption": block.caption,
                "labels": [column.label for column in block.columns],
                "aligns": [column.align for column in block.columns],
                "shares": [column.share for column in block.columns],
                "rows": [_line(row) for row in block.rows],
                "source": block.source,
                "anchor": block.anchor,
                "synthetic": block.synthetic,
            }
        case Picture():
            svg = draw_svg(block.figure)
            name = f"{block.anchor}.svg"
            (root / name).write_text(svg, encoding="utf-8")
            return {
                "kind": "picture",
                "file": name,
                "title": block.figure.title,
                "caption": block.figure.caption(),
                "alt": block.figure.alt,
                "width": 1.0,
                "anchor": block.anchor,
            }
        case PageBreak():
            return {"kind": "page_break"}
        case Contents():
            return {"kind": "contents", "depth": block.depth}
        case Footnote():
            return {"kind": "footnote", "line": _line(block.line)}
