"""The one block model of every document: what is said, apart from how it is written.

A document is a list of blocks. Each writer (HTML, PDF, Word, Excel) knows every block and nothing
else, so that the same numbers stand in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.language import Language
    from sanfu.report.figures import Figure

Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Traced:
    """A number as printed, and the key of the trace that shows where it came from."""

    text: str
    key: str


Inline = str | Traced
Line = tuple[Inline, ...]
"""Running text: plain words and traced numbers. Nothing in it is markup."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter. `anchor` is its address in the document."""

    text: str
    level: int = 1
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text. `name` is the key under which an editor's own words are kept."""

    line: Line
    name: str = ""
    words: str = ""
    """Hash of the words as generated, whether or not an editor's stand in their place."""


@dataclass(frozen=True)
class Callout:
    """A box that must not be overlooked."""

    line: Line
    tone: Literal["note", "warning", "synthetic"] = "note"


@dataclass(frozen=True)
class TableColumn:
    """One column of a table: its heading with unit, and how its cells stand."""

    label: str
    align: Align = "left"
    share: float = 1.0
    """Part of the page's width, relative to the other columns."""


@dataclass(frozen=True)
class Table:
    """Rows of cells with a caption and a source; header rows repeat on each page."""

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Inline, ...], ...]
    source: str = ""
    anchor: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure in its place in the document."""

    figure: Figure
    anchor: str = ""


@dataclass(frozen=True)
class PageBreak:
    """Go on with a new page, where there are pages."""


@dataclass(frozen=True)
class Contents:
    """The table of contents stands here."""

    depth: int = 2


@dataclass(frozen=True)
class Footnote:
    """A numbered note with its source, gathered at the end of the document."""

    line: Line


Block = Heading | Paragraph | Callout | Table | Picture | PageBreak | Contents | Footnote


@dataclass(frozen=True)
class Trace:
    """Where a printed number came from: the formula, the inputs and the cells."""

    key: str
    what: str
    formula: str
    inputs: tuple[tuple[str, str], ...] = ()
    """Name and value of each input, as printed."""
    cells: tuple[str, ...] = ()
    """``file › sheet › cell = raw`` of the cells that it came from, or where they are listed."""


@dataclass(frozen=True)
class Document:
    """A whole document: title, blocks, traces of its numbers, and what it was made from."""

    title: str
    language: Language
    blocks: tuple[Block, ...]
    subtitle: str = ""
    synthetic: bool = False
    traces: Mapping[str, Trace] = field(default_factory=dict)
    made_from: tuple[tuple[str, str], ...] = ()
    """Name and value of what made it: input hashes, versions, method, seed, command."""


def with_anchors(blocks: tuple[Block, ...]) -> list[Block]:
    """Give every heading, table and picture an address of its own, by its place."""
    return [
        replace(block, anchor=f"b{number}")
        if isinstance(block, Heading | Table | Picture) and not block.anchor
        else block
        for number, block in enumerate(blocks, start=1)
    ]
