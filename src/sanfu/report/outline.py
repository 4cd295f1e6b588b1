"""The outline of a report: chapters and parts as data that an office can edit.

A part is a text with places for facts, or names a figure, a table or a run of sentences that the
results offer. An office copies a shipped outline, changes words and order, and keeps every number
linked.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.errors import FileFault
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLACE = re.compile(r"\{([^{}]+)\}")


class Words(Declaration):
    """A paragraph of the report, in both languages, with places ``{fact}``."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    zh: str
    en: str
    when: str | None = None
    """The paragraph stands only if this fact is there and is not missing."""


class Note(Words):
    """A footnote, with where what it says is from."""

    source: Label | None = None


def refuse_twice(kind_en: str, kind_zh: str, ids: Iterable[str]) -> None:
    """Refuse ids of which one stands twice."""
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise ValueError(
            Text(
                f"同一层里{kind_zh}编号重复：{'、'.join(twice)}；人工改写会分不清，请各用一个编号",
                f"{kind_en} of one level share an id: {', '.join(twice)}; edits could not tell "
                "them apart, so give each its own",
            )
        )


class Part(Declaration):
    """One part of a chapter; exactly one of its fields is given, `optional` aside."""

    text: Words | None = None
    callout: Words | None = None
    footnote: Note | None = None
    """Its mark stands at the end of the paragraph or callout before it."""
    notes: Words | None = None
    """What a speaker says; stands in the notes of slides only."""
    figure: str | None = None
    """Name of a figure that the results offer, such as ``index.ranking``."""
    table: str | None = None
    sentences: str | None = None
    """Name of a run of sentences that the results offer."""
    contents: Annotated[int, Field(ge=1, le=3)] | None = None
    new_page: Literal[True] | None = None
    optional: bool = False
    """Whether the part is left out where the results do not offer its figure, table or sentences,
    such as a change over years where there is one year."""

    @model_validator(mode="after")
    def _one(self) -> Part:
        given = [name for name, value in self if value is not None and name != "optional"]
        if len(given) != 1:
            raise ValueError(
                Text(
                    f"一段只写一样内容；这里有：{'、'.join(given) or '无'}",
                    f"a part is one thing; here are {', '.join(given) or 'none'}",
                )
            )
        return self

    def names(self) -> Iterator[str]:
        """Give the facts, figure, table or sentences that the part names."""
        for words in (self.text, self.callout, self.notes):
            if words is not None:
                yield from _PLACE.findall(words.zh + words.en)
        yield from (one for one in (self.figure, self.table, self.sentences) if one is not None)


class Chapter(Declaration):
    """A chapter: a title, its parts, and chapters below it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: Label
    parts: tuple[Part, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    when: str | None = None
    """The chapter stands only if the results offer this fact."""
    new_page: bool = False
    """Whether the chapter, and each time that it is repeated, begins on a page of its own."""
    each: str | None = None
    """Repeat the chapter for each item of a list that the results offer, such as
    ``index.units``; the item's facts are then named ``it.…`` and its name stands as ``{it}``."""

    @model_validator(mode="after")
    def _named_once(self) -> Chapter:
        """Refuse ids that stand twice: an editor's words are kept under them."""
        refuse_twice(
            "texts", "段落", (part.text.id for part in self.parts if part.text is not None)
        )
        refuse_twice("chapters", "章", (chapter.id for chapter in self.chapters))
        return self

    def names(self) -> Iterator[str]:
        """Give what the chapter and those below it name."""
        for part in self.parts:
            yield from part.names()
        for chapter in self.chapters:
            yield from chapter.names()


class Outline(Declaration):
    """A whole report."""

    report: str
    title: Label
    subtitle: Label | None = None
    needs: tuple[str, ...]
    """The results that it is written from: ``index``, ``check``, ``robustness`` …"""
    public: bool = False
    """Whether it goes out of the office: its traces then name the cells of firms without what they
    hold. An office that wants them in its own copy exports the outline and says false."""
    compact: bool = False
    """Whether paper is set closely, so that what is on one page stays on it."""
    uses: tuple[str, ...] = ()
    """Results that chapters with ``when`` say more of, where they are given."""
    chapters: tuple[Chapter, ...]

    @model_validator(mode="after")
    def _named_once(self) -> Outline:
        refuse_twice("chapters", "章", (chapter.id for chapter in self.chapters))
        return self

    def asks_for_a_region(self) -> bool:
        """Tell whether the report is about one region, which must be named."""
        return any(chapter.each == "index.focus" for chapter in self.chapters)

    def names(self) -> Iterator[str]:
        """Give the facts, figures, tables and sentences that the report names, in its order."""
        for chapter in self.chapters:
            yield from chapter.names()


def read_outline(path: Path | str) -> Outline:
    """Read an outline from a file, or one that ships by its name.

    Raises
    ------
    FileFault
        There is no such outline; the message lists those that ship.
    DeclarationFaults
        All faults at once, with their lines.
    """
    file = Path(path)
    if file.suffix not in (".yaml", ".yml"):
        file = content_path("outlines", f"{path}.yaml")
        if not file.exists():
            known = "、".join(shipped_outlines())
            raise FileFault(
                path,
                Text(f"没有这个报告提纲。自带：{known}。", f"no such outline; shipped: {known}."),
            )
    return _read(file, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=32)
def _read(file: Path, changed: int) -> Outline:
    """Read an outline once for as long as its file is unchanged."""
    del changed
    return read_declaration(file, Outline)


def shipped_outlines() -> list[str]:
    """List the names of the outlines that ship."""
    return sorted(file.stem for file in content_path("outlines").glob("*.yaml"))
