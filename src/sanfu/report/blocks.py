"""The one block model of every document: what is said, apart from how it is written.

A document is a list of blocks. Each writer (HTML, PDF, Word, Excel) knows every block and nothing
else, so that the same numbers stand in all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container, Iterable

    from sanfu.language import Language
    from sanfu.report.figures import Figure

Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Traced:
    """A number as printed, and the key of the trace that shows where it came from."""

    text: str
    key: str


@dataclass(frozen=True)
class Reference:
    """A pointer to a figure, table or heading of the same document, by its anchor.

    `text` is what it prints, such as “图 3”; `prepared` fills it in.
    """

    anchor: str
    text: str = ""


Inline = str | Traced | Reference
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
    meaning: str = ""
    """What a workbook's definitions say of it, beside what its numbers' traces say."""
    unit: str = ""
    """The unit of its numbers, where neither heading nor cells state one."""


@dataclass(frozen=True)
class Table:
    """Rows of cells with a caption and a source; header rows repeat on each page.

    A table without a caption carries no number: its place says what it is.
    """

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Inline, ...], ...]
    source: str = ""
    anchor: str = ""
    synthetic: bool = False
    number: int = 0
    """Its number among the document's tables, given by `prepared`; 0 without a caption."""
    trace: str = ""
    """Key of the trace of the numbers in its caption, where there are any."""


@dataclass(frozen=True)
class Picture:
    """A figure in its place in the document."""

    figure: Figure
    anchor: str = ""
    number: int = 0
    trace: str = ""
    """Key of the trace of all that it shows: its marks, its data table, its caption."""


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


@dataclass(frozen=True)
class SpeakerNotes:
    """What a speaker says; stands in the notes of the slide, and in no other format."""

    line: Line


@dataclass(frozen=True)
class Card:
    """A card to be cut out or pointed a telephone at: a name, a few lines, a QR code."""

    title: str
    lines: tuple[str, ...] = ()
    code: str = ""
    """What the QR code says, as a rule an address; no code where it is empty."""


@dataclass(frozen=True)
class Cards:
    """Cards side by side, such as badges; not in Excel and on no slide."""

    cards: tuple[Card, ...]
    columns: int = 2


Block = (
    Heading
    | Paragraph
    | Callout
    | Table
    | Picture
    | PageBreak
    | Contents
    | Footnote
    | SpeakerNotes
    | Cards
)


@dataclass(frozen=True)
class Trace:
    """Where a printed number came from: the formula, the inputs and the cells."""

    key: str
    what: str
    formula: str
    inputs: tuple[tuple[str, Inline], ...] = ()
    """Name and value of each input, as printed; one with a trace of its own leads to it."""
    cells: tuple[str, ...] = ()
    """``file › sheet › cell = raw`` of the cells that it came from, or where they are listed."""
    total: int = 0
    """How many cells there are, where not all are listed."""


@dataclass(frozen=True)
class Document:
    """A whole document: title, blocks, traces of its numbers, and what it was made from."""

    title: str
    language: Language
    blocks: tuple[Block, ...]
    subtitle: str = ""
    issuer: str = ""
    """The office that issues it; stands under the title and at each page's foot."""
    synthetic: bool = False
    codes: bool = True
    """Whether a traced number carries its short code on paper (PDF and Word)."""
    numbered: bool = True
    """Whether chapters carry numbers on paper."""
    compact: bool = False
    """Whether PDF is set closely: smaller type and margins, headings of one size less."""
    self_check: bool = True
    """Whether it closes with the words that its results are a self-check."""
    traces: Mapping[str, Trace] = field(default_factory=dict)
    created: dt.date | None = None
    """The day that its file properties state; the manifest's, so that a rebuild is the same."""
    made_from: tuple[tuple[str, str], ...] = ()
    """Name and value of what made it: input hashes, versions, method, seed, command."""


def caption_mark(document: Document) -> str:
    """Give what stands after the caption of a table that holds synthetic firms."""
    return Text("（合成数据 / synthetic）", " (synthetic data)").in_language(document.language)


class UnknownReference(SanfuError):
    """Running text points at something that the document does not hold."""

    def __init__(self, anchor: str, known: Iterable[str]) -> None:
        near = "、".join(get_close_matches(anchor, list(known), n=3)) or "—"
        super().__init__(
            Text(
                f"正文指向“{anchor}”，但文中没有这个图、表或标题。相近的有：{near}。",
                f"the text points at “{anchor}”, which the document does not hold. Near: {near}.",
            )
        )


def cleaned(document: Document) -> Document:
    """Give the document without what no file format holds; every writer begins with it."""
    made: Document = _cleaned(document)
    return made


def _cleaned(part: Any) -> Any:
    match part:
        case str():
            return printable(part)
        case tuple() if hasattr(part, "_make"):  # named, such as a `Text`; it stays what it is
            return part._make(map(_cleaned, part))
        case tuple():
            return tuple(map(_cleaned, part))
        case Mapping():  # a figure's specification is one too; it is cleaned when it is drawn
            return {key: _cleaned(value) for key, value in part.items()}
        case _ if is_dataclass(part) and not isinstance(part, type):
            return replace(part, **{f.name: _cleaned(getattr(part, f.name)) for f in fields(part)})
        case _:
            return part


def prepared(document: Document) -> list[Block]:
    """Give every heading, table and picture its address and number, and references their words.

    Raises
    ------
    UnknownReference
        Running text points at nothing.
    """
    placed: list[Block] = []
    called: dict[str, str] = {}
    count = {Table: 0, Picture: 0}
    kinds = {Table: Text("表 {}", "Table {}"), Picture: Text("图 {}", "Figure {}")}
    for place, block in enumerate(document.blocks, start=1):
        match block:
            case Heading():
                anchor = _free(block.anchor or f"b{place}", called)
                placed.append(replace(block, anchor=anchor))
                called[anchor] = block.text
            case Table() if not block.caption:
                anchor = _free(block.anchor or f"b{place}", called)
                placed.append(replace(block, anchor=anchor))
                called[anchor] = ""
            case Table() | Picture():
                kind = type(block)
                count[kind] += 1
                anchor = _free(block.anchor or f"b{place}", called)
                placed.append(replace(block, anchor=anchor, number=count[kind]))
                called[anchor] = kinds[kind].in_language(document.language).format(count[kind])
            case _:
                placed.append(block)
    return [_pointed(block, called) for block in placed]


def _pointed(block: Block, called: Mapping[str, str]) -> Block:
    def line(parts: Iterable[Inline]) -> Line:
        return tuple(
            replace(part, text=_called(part.anchor, called))
            if isinstance(part, Reference)
            else part
            for part in parts
        )

    match block:
        case Paragraph() | Callout() | Footnote() | SpeakerNotes():
            return replace(block, line=line(block.line))
        case Table() if any(isinstance(c, Reference) for row in block.rows for c in row):
            return replace(block, rows=tuple(line(row) for row in block.rows))
        case _:
            return block


def _free(anchor: str, taken: Container[str]) -> str:
    """Give an address that no block before has; the first keeps its own."""
    if anchor not in taken:
        return anchor
    return next(f"{anchor}-{n}" for n in itertools.count(2) if f"{anchor}-{n}" not in taken)


def _called(anchor: str, called: Mapping[str, str]) -> str:
    if anchor not in called:
        raise UnknownReference(anchor, called)
    return called[anchor]


def with_notes(blocks: Iterable[Block]) -> list[tuple[Block, list[Footnote]]]:
    """Give each block of a page with the footnotes after it, whose marks stand at its end."""
    made: list[tuple[Block, list[Footnote]]] = []
    for block in blocks:
        if isinstance(block, SpeakerNotes):
            continue
        if isinstance(block, Footnote):
            if not made or not isinstance(made[-1][0], Paragraph | Callout):
                made.append((Paragraph(()), []))
            made[-1][1].append(block)
        else:
            made.append((block, []))
    return made


def printed_keys(document: Document) -> set[str]:
    """Give the keys of the traces that the blocks themselves lead to."""
    keys: set[str] = set()
    for block in document.blocks:
        match block:
            case Paragraph() | Callout() | Footnote() | SpeakerNotes():
                parts: Iterable[Inline] = block.line
            case Table():
                parts = itertools.chain.from_iterable(block.rows)
                keys.add(block.trace)
            case Picture():
                parts = ()
                keys.add(block.trace)
            case _:
                parts = ()
        keys.update(part.key for part in parts if isinstance(part, Traced))
    return keys - {""}


def sorted_traces(document: Document) -> list[Trace]:
    """Give the traces in the order of their keys: n2 before n10."""
    return sorted(document.traces.values(), key=lambda trace: (len(trace.key), trace.key))


def plain_words(parts: Iterable[Inline]) -> str:
    """Give running text without its links."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def printable(words: str) -> str:
    """Leave out what no file format holds: control characters and lone surrogates."""
    if words.isprintable():
        return words
    return "".join(
        mark
        for mark in words
        if (mark >= " " or mark in "\t\n")
        and not "\ud800" <= mark <= "\udfff"
        and mark not in "\ufffe\uffff\x7f"
    )
