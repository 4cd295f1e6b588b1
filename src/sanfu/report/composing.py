"""Compose a report: an outline and results become one document, written in any format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text, current_language
from sanfu.report.blocks import (
    Block,
    Callout,
    Contents,
    Document,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    SpeakerNotes,
    plain_words,
)
from sanfu.report.edits import Edits, Kept, unused_edits, words_hash
from sanfu.report.facts import Derived, Fact, Facts, UnknownFact, fill_in
from sanfu.report.figures import NothingToDraw
from sanfu.report.figures.ahead import draw_ahead
from sanfu.report.material import Item, Material, MissingMaterial, NothingToShow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from sanfu.report.blocks import Line
    from sanfu.report.figures import Figure
    from sanfu.report.linked import Withheld
    from sanfu.report.manifest import Manifest
    from sanfu.report.options import ReportOptions, Standard
    from sanfu.report.outline import Chapter, Note, Outline, Part, Words

    Thing = TypeVar("Thing")

LOG = {
    "document": Text("文件", "document"),
    "table": Text("表", "table"),
    "cell": Text("单元格", "cell"),
    "rule": Text("规则", "rule"),
    "why": Text("原因", "why"),
}
"""Columns of the office's log of what a report does not print."""
WRITERS = ("html", "pdf", "docx", "xlsx", "pptx")


class UnknownFormat(InputError):
    """A report cannot be written in the format that the file's name asks for."""


@dataclass(frozen=True)
class Report:
    """A composed report.

    Attributes
    ----------
    document
        Its blocks, from which every format is written.
    kept
        What became of the editor's own words.
    withheld
        What the report does not print, to protect firms, and by which rule; for the office only.
    places
        Facts that an editor's words may name.
    """

    outline: Outline
    document: Document
    kept: tuple[Kept, ...] = ()
    unused: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    places: tuple[str, ...] = ()

    def write(
        self,
        path: Path | str,
        *,
        template: Path | str | None = None,
        standards: Iterable[Standard] = (),
    ) -> Path:
        """Write the report; the format is that of the file's name.

        Parameters
        ----------
        path
            A file ending in ``.html``, ``.pdf``, ``.docx``, ``.xlsx`` or ``.pptx``.
        template
            For Word, the office's own file, whose look is kept.
        standards
            For PDF, ``"a-2b"`` and ``"ua-1"``.

        Raises
        ------
        UnknownFormat
            The ending is none of these.
        """
        return write_document(self.document, path, template=template, standards=standards)

    def write_withheld(self, path: Path) -> Path:
        """Write the office's own log of what is not printed, and by which rule.

        It is not to be published. CSV with a row a cell: document, table, cell, rule, why; it
        tells no value.
        """
        from sanfu.report.confidential import WHY  # noqa: PLC0415 - circular
        from sanfu.workbook import write_csv  # noqa: PLC0415

        rows = [
            (self.document.title, str(one.table), str(one.cell), one.rule, str(WHY[one.rule]))
            for one in self.withheld
        ]
        frame = pl.DataFrame(rows, schema=list(LOG), orient="row")
        write_csv(path, frame.rename({name: str(words) for name, words in LOG.items()}))
        return path

    def content_hash(self) -> str:
        """Give the hash of what the report says, the same for every format."""
        said = json.dumps(
            [self.document.title, [repr(block) for block in self.document.blocks]],
            ensure_ascii=False,
        )
        return hashlib.sha256(said.encode()).hexdigest()


def write_document(
    document: Document,
    path: Path | str,
    *,
    template: Path | str | None = None,
    standards: Iterable[Standard] = (),
) -> Path:
    """Write a document; the format is that of the file's name.

    Raises
    ------
    UnknownFormat
        The ending is none of ours, or a template or a standard is given for another format.
    """
    path = Path(path)
    write: Callable[[Document, Path], Path]
    match path.suffix.lower():
        case ".html":
            from sanfu.report.html import write_html as write  # noqa: PLC0415 - by format
        case ".pdf":
            from sanfu.report.pdf import write_pdf  # noqa: PLC0415

            write = partial(write_pdf, standards=standards)
        case ".docx":
            from sanfu.report.word import write_docx  # noqa: PLC0415

            write = partial(write_docx, template=template)
        case ".xlsx":
            from sanfu.report.excel import write_xlsx as write  # noqa: PLC0415
        case ".pptx":
            from sanfu.report.slides import write_pptx as write  # noqa: PLC0415
        case other:
            known = ", ".join(f".{name}" for name in WRITERS)
            raise UnknownFormat(
                Text(
                    f"{path}：不会写“{other}”。可用的有 {known}。",
                    f"{path}: cannot write “{other}”; there are {known}.",
                )
            )
    if template is not None and path.suffix.lower() != ".docx":
        raise UnknownFormat(
            Text(
                f"{path}：自己的模板只用于 .docx。",
                f"{path}: a template of your own is for .docx only.",
            )
        )
    if standards and path.suffix.lower() != ".pdf":
        raise UnknownFormat(
            Text(
                f"{path}：PDF/A 和 PDF/UA 只用于 .pdf。",
                f"{path}: PDF/A and PDF/UA are for .pdf only.",
            )
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(document, path)


def compose_from(outline: Outline, material: Material, *, edits: Edits | None = None) -> Report:
    """Make a report of an outline and the material that results offer.

    Raises
    ------
    MissingMaterial, UnknownFact
        The outline names what the results do not offer; nothing is left blank silently.
    """
    language = current_language()
    withheld = _withheld(outline, material)
    material |= _log_of(withheld)
    writing = _Writing(material, Facts(material.facts, language), edits or Edits())
    blocks = tuple(block for chapter in outline.chapters for block in writing.chapter(chapter, 1))
    document = Document(
        title=outline.title.text().in_language(language),
        subtitle="" if outline.subtitle is None else writing.plain(outline.subtitle.text()),
        language=language,
        blocks=blocks,
        synthetic=material.synthetic,
        compact=outline.compact,
        traces=writing.facts.traces(),
        made_from=material.made_from,
    )
    if outline.public:
        from sanfu.report.confidential import for_the_public  # noqa: PLC0415 - circular

        document = for_the_public(document)
    unused = tuple(unused_edits(writing.edits, writing.used))
    places = tuple(sorted(writing.facts))
    return Report(outline, document, tuple(writing.kept), unused, withheld, places)


def _withheld(outline: Outline, material: Material) -> tuple[Withheld, ...]:
    """List what the things that an outline names do not print, each once."""
    named = dict.fromkeys(outline.names())
    found = (
        one for name in named if name in material.withheld for one in material.withheld[name]()
    )
    return tuple(dict.fromkeys(found))


def _log_of(withheld: tuple[Withheld, ...]) -> Material:
    """Offer the log of what is not printed: ``confidential.…``."""
    from sanfu.report.confidential import NOTE, WHY, withheld_table  # noqa: PLC0415 - circular

    how = Derived(
        str(Text("没有公布的数的个数", "figures not published")),
        str(Text("下表的行数", "rows of the table below")),
        tuple((str(WHY[rule]), str(n)) for rule, n in Counter(w.rule for w in withheld).items()),
    )
    return Material(
        facts={
            "confidential.count": Fact(
                len(withheld) or None, "count", trace=how, home="confidential"
            ),
            "confidential.note": Fact(str(NOTE) if withheld else None),
        },
        tables={"confidential.log": lambda _item, _facts: withheld_table(withheld)},
    )


class _Writing:
    """One pass over an outline: the facts so far, the item being written about, the edits met."""

    def __init__(self, material: Material, facts: Facts, edits: Edits) -> None:
        self.material = material
        self.facts = facts
        self.edits = edits
        self.kept: list[Kept] = []
        self.used: list[str] = []
        self.told: set[tuple[str, str]] = set()

    def chapter(
        self, chapter: Chapter, level: int, item: Item | None = None, path: str = ""
    ) -> Iterator[Block]:
        """Write a chapter, once or for each item of its list."""
        if chapter.when is not None and not self._offers(chapter.when):
            return
        if chapter.each is not None:
            once = replace_each(chapter)
            if chapter.each not in self.material.lists and self.material.why_not(chapter.each):
                return
            found = self._found(Text("列表", "list"), self.material.lists, chapter.each)
            for one in found(item) if callable(found) else found:
                self._take(one, chapter.each)
                yield from self.chapter(once, level, one, path)
            return
        here = f"{path}{chapter.id}" + (f"-{item.code}" if item else "")
        try:
            title = self.plain(chapter.title.text(), item)
        except UnknownFact as unknown:
            why = self.material.why_not(unknown.name)
            if why is None:
                raise
            yield from self._instead(why, path, optional=False)
            return
        if chapter.new_page:
            yield PageBreak()
        yield Heading(title, level, here)
        for part in chapter.parts:
            yield from self._part(part, item, here)
        for below in chapter.chapters:
            yield from self.chapter(below, level + 1, item, f"{here}.")

    def _offers(self, name: str) -> bool:
        """Tell whether the results offer a fact and it is not missing."""
        return name in self.material.facts and self.material.facts[name].value is not None

    def _take(self, item: Item, of: str) -> None:
        language = current_language()
        self.facts.add("it", Fact(item.name.in_language(language), "words"))
        facts_of = self.material.facts_of.get(of)
        for name, fact in (facts_of(item) if facts_of else {}).items():
            self.facts.add(f"it.{item.code}.{name}", fact)

    def _part(self, part: Part, item: Item | None, here: str) -> Iterator[Block]:
        if part.optional and not self._offered(part):
            return
        try:
            yield from self._given(part, item, here)
        except NothingToShow as nothing:
            yield from self._instead(nothing.text, here, optional=part.optional)
        except UnknownFact as unknown:
            why = self.material.why_not(unknown.name)
            if why is None:
                raise
            yield from self._instead(why, here, optional=part.optional)

    def _instead(self, why: Text, here: str, *, optional: bool) -> Iterator[Block]:
        """Say why something is not there, each reason once a chapter."""
        if not optional and (here, why.zh) not in self.told:
            self.told.add((here, why.zh))
            yield Callout((str(why),))

    def _given(self, part: Part, item: Item | None, here: str) -> Iterator[Block]:
        if part.text is not None:
            yield from self._words(part.text, item, here)
        elif part.callout is not None:
            line = fill_in(self._chosen(part.callout, item), self.facts)
            yield Callout(line)
        elif part.footnote is not None:
            if self._stands(part.footnote, item):
                yield Footnote(fill_in(self._noted(part.footnote, item), self.facts))
        elif part.notes is not None:
            yield SpeakerNotes(fill_in(self._chosen(part.notes, item), self.facts))
        elif part.figure is not None:
            yield from self._figure(part.figure, item, here, optional=part.optional)
        elif part.table is not None:
            make_table = self._found(Text("表", "table"), self.material.tables, part.table)
            table = make_table(item, self.facts)
            if not table.rows:
                raise NothingToShow(
                    Text(
                        f"此处没有表“{table.caption}”：没有可列的数据。",
                        f"The table “{table.caption}” is not there: there are no data for it.",
                    )
                )
            yield replace(table, anchor=f"{here}-{_slug(part.table)}")
        elif part.sentences is not None:
            speak = self._found(Text("句子", "sentences"), self.material.sentences, part.sentences)
            for number, sentence in enumerate(speak(item, self.facts), start=1):
                name = f"{here}-{_slug(part.sentences)}-{number}"
                yield self._paragraph(name, fill_in(sentence, self.facts))
        elif part.contents is not None:
            yield Contents(part.contents)
        else:
            yield PageBreak()

    def _words(self, words: Words, item: Item | None, here: str) -> Iterator[Block]:
        if not self._stands(words, item):
            return
        yield self._paragraph(f"{here}.{words.id}", fill_in(self._chosen(words, item), self.facts))

    def _offered(self, part: Part) -> bool:
        """Tell whether the results offer what an optional part names, as the thing that it is."""
        return (
            (part.figure is None or part.figure in self.material.figures)
            and (part.table is None or part.table in self.material.tables)
            and (part.sentences is None or part.sentences in self.material.sentences)
        )

    def _figure(
        self, name: str, item: Item | None, here: str, *, optional: bool
    ) -> Iterator[Block]:
        """Draw a figure, or say in its place that it is not drawn and why."""
        make = self._found(Text("图", "figure"), self.material.figures, name)
        try:
            figure = make(item)
        except NothingToDraw as nothing:
            yield from self._not_drawn(name, nothing, optional=optional)
            return
        draw_ahead(figure)
        anchor = f"{here}-{_slug(name)}"
        key = self.facts.link(_shown_in(figure, f"figure.{anchor}"))
        yield Picture(replace(figure, behind=()), anchor, trace=key)

    def _not_drawn(self, name: str, nothing: NothingToDraw, *, optional: bool) -> Iterator[Block]:
        title, why = nothing.title, nothing.why
        hidden = name in self.material.withheld and self.material.withheld[name]()
        if hidden:
            words = Text(
                f"此处没有图“{title}”：可画的数为保护企业信息都没有公布（企业数过少、少数企业占比过大，"
                "或可由其他数倒推）。",
                f"The figure “{title}” is not drawn: to protect firms, none of its numbers is "
                "published (too few firms, a few firms that dominate, or to be worked out from "
                "other numbers).",
            )
        elif optional:
            return
        else:
            words = Text(
                f"此处没有图“{title}”：{why.zh}。",
                f"The figure “{title}” is not drawn: {why.en}.",
            )
        yield Callout((str(words),))

    def _stands(self, words: Words, item: Item | None) -> bool:
        """Tell whether the fact that the words stand with is there and not missing."""
        if words.when is None:
            return True
        name = self._in_item(f"{{{words.when}}}", item)[1:-1]
        return name in set(self.facts) and self.facts[name].value is not None

    def _noted(self, note: Note, item: Item | None) -> str:
        said = self._chosen(note, item)
        if note.source is None:
            return said
        source = note.source.text()
        given = Text(f"来源：{source.zh}。", f" Source: {source.en}.")
        return said + self._in_item(str(given), item)

    def _paragraph(self, name: str, line: Line) -> Paragraph:
        self.used.append(name)
        edit, words = self.edits.edits.get(name), words_hash(line)
        if edit is None:
            return Paragraph(line, name, words)
        moved = edit.replaced != words
        self.kept.append(Kept(name, moved))
        mark = Text(
            "［此段为人工修改；其中数字已有变动，请复核］",
            "[edited; its numbers have moved: read again]",
        )
        own = fill_in(edit.text, self.facts)
        return Paragraph((*own, str(mark)) if moved else own, name, words)

    def _chosen(self, words: Words, item: Item | None) -> str:
        sentence = words.zh if current_language() == "zh" else words.en
        return self._in_item(sentence, item)

    def plain(self, text: Text, item: Item | None = None) -> str:
        """Fill a title's places and give it as plain words."""
        line = fill_in(self._in_item(str(text), item), self.facts)
        return plain_words(line)

    def _in_item(self, sentence: str, item: Item | None) -> str:
        """Point the places ``{it.…}`` of a sentence at the item's own facts."""
        return sentence if item is None else sentence.replace("{it.", f"{{it.{item.code}.")

    def _found(self, kind: Text, things: Mapping[str, Thing], name: str) -> Thing:
        if name not in things:
            why = self.material.why_not(name)
            if why is not None:
                raise NothingToShow(why)
            raise MissingMaterial(kind, name, list(things))
        return things[name]


def replace_each(chapter: Chapter) -> Chapter:
    """Give the chapter that is written for one item of its list."""
    return chapter.model_copy(update={"each": None})


def _shown_in(figure: Figure, home: str) -> Fact:
    """Give all that a figure shows as one fact, whose trace its caption leads to."""
    inputs: tuple[tuple[str, str | Fact], ...] = (
        *figure.behind,
        (str(Text("样本", "n")), figure.n),
        (str(Text("时点", "as of")), figure.as_of),
        (str(Text("单位", "unit")), figure.unit),
        (str(Text("来源", "source")), figure.source),
    )
    what = str(Text(f"图：{figure.title}", f"figure: {figure.title}"))
    return Fact(figure.title, trace=Derived(what, figure.method, inputs), home=home)


def _slug(name: str) -> str:
    return "".join(mark if mark.isalnum() else "-" for mark in name)


MATERIAL_OF: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Index": ("sanfu.report.materials.index", "index_material", ("focus", "options")),
    "Editions": ("sanfu.report.materials.editions", "editions_material", ()),
    "Comparison": ("sanfu.report.materials.comparison", "comparison_material", ()),
    "DeskReport": ("sanfu.report.materials.service", "desk_material", ("options",)),
    "Funnel": ("sanfu.report.materials.service", "funnel_material", ("options",)),
    "FirmPage": ("sanfu.report.materials.firm", "firm_material", ("options",)),
    "Ledger": ("sanfu.report.materials.ledger", "ledger_material", ("focus", "options", "index")),
    "Unranked": ("sanfu.report.materials.unranked", "unranked_material", ("focus",)),
    "Robustness": ("sanfu.report.materials.robustness", "robustness_material", ()),
}
"""Class name of a result → the module and function that make its material, and what of the report
that function is told."""


def compose(
    name: str | Path,
    *results: object,
    focus: str = "",
    edits: Edits | None = None,
    manifest: Manifest | None = None,
    options: ReportOptions | None = None,
) -> Report:
    """Compose a report from results.

    Parameters
    ----------
    name
        An outline that ships, or the path of the office's own.
    results
        What the outline needs, in any order: an `Index`, a `Ledger`, a `CheckResult` …
    focus
        The region or firm that the report is about, for outlines of one.
    manifest
        What it is made from, printed at its end; `sanfu.report.manifest.build` makes both.
    options
        The office's rules of confidentiality and its boundary file; the manifest's by default.

    Raises
    ------
    InputError
        A result is of a kind that no report is written from.
    """
    from importlib import import_module  # noqa: PLC0415 - the rooms load when used

    from sanfu.report.manifest import with_manifest  # noqa: PLC0415
    from sanfu.report.materials.published import published_material  # noqa: PLC0415
    from sanfu.report.options import ReportOptions  # noqa: PLC0415
    from sanfu.report.outline import read_outline  # noqa: PLC0415

    material = published_material()
    options = options or (ReportOptions() if manifest is None else manifest.options)
    told = {
        "focus": focus,
        "options": options,
        "index": next((one for one in results if type(one).__name__ == "Index"), None),
    }
    for result in results:
        kind = type(result).__name__
        if kind not in MATERIAL_OF:
            known = ", ".join(MATERIAL_OF)
            raise InputError(
                Text(
                    f"报告不能由“{kind}”写成；可用的结果有：{known}。",
                    f"no report is written from a {kind}; there are: {known}.",
                )
            )
        module, function, wanted = MATERIAL_OF[kind]
        make = getattr(import_module(module), function)
        material |= make(result, **{name: told[name] for name in wanted})
    report = compose_from(read_outline(name), material, edits=edits)
    issued = replace(report.document, issuer=options.office)
    report = replace(report, document=issued)
    return report if manifest is None else with_manifest(report, manifest)
