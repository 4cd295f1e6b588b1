"""An editor's own words: kept through every rebuild, flagged when their numbers have moved.

An edit is stored under the paragraph's name with the hash of the generated words that it replaced.
It is never overwritten. When the generated words change, the edit still stands, and the report
says that it should be read again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from sanfu.content import Declaration, read_declaration
from sanfu.errors import FileFault, writing
from sanfu.language import Text, current_language
from sanfu.report.blocks import plain_words
from sanfu.report.facts import Fact, Facts, fill_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sanfu.report.blocks import Line


class Edit(Declaration):
    """One paragraph in an editor's words; places ``{fact}`` stay linked."""

    text: str
    replaced: str
    """Hash of the generated words that were on the page when the editor wrote."""
    editor: str = ""


class Edits(Declaration):
    """All edits of one report, by paragraph name."""

    edits: dict[str, Edit] = Field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What became of an edit in a rebuild."""

    name: str
    moved: bool
    """The generated words, hence their numbers, are no longer those that the editor read."""


def words_hash(line: Line) -> str:
    """Give the hash of a generated paragraph as printed, numbers included."""
    words = plain_words(line)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def read_edits(path: Path) -> Edits:
    """Read the edits beside a report; none if there is no such file."""
    return read_declaration(path, Edits) if path.exists() else Edits()


def keep_edit(path: Path, name: str, text: str, replaced: Line | str, *, editor: str = "") -> None:
    """Write one edit into the file beside the report; the others stay as they are.

    Parameters
    ----------
    replaced
        The generated words that the editor read, or their `words_hash`.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - when an edit is kept

    edits = dict(read_edits(path).edits)
    words = replaced if isinstance(replaced, str) else words_hash(replaced)
    edits[name] = Edit(text=text, replaced=words, editor=editor)
    yaml = YAML()
    yaml.width = 100
    with writing(path) as partial, partial.open("w", encoding="utf-8") as file:
        yaml.dump({"edits": {key: edit.model_dump() for key, edit in edits.items()}}, file)


def edits_beside(report: Path) -> Path:
    """Give the file beside a report in which its edits are kept."""
    return report.with_name(f"{report.stem}.edits.yaml")


def keep_edit_of_page(page: Path, name: str, text: str, *, editor: str = "") -> Path:
    """Keep an editor's words for a paragraph of a written HTML report; gives the edits' file.

    Raises
    ------
    FileFault
        There is no such page, or it has no such paragraph; the message lists those that it has.
    UnknownFact
        The words name a fact that the report does not have; nothing is kept.
    """
    if page.suffix != ".html" or not page.exists():
        raise FileFault(page, Text("没有这个网页报告。", "there is no such HTML report."))
    found = dict(_PARAGRAPHS.findall(page.read_text(encoding="utf-8")))
    if name not in found:
        known = "、".join(found)
        raise FileFault(
            page,
            Text(f"没有段落“{name}”。有：{known}", f"no paragraph “{name}”; there are: {known}"),
        )
    _refuse_unknown(page, text)
    keep_edit(edits_beside(page), name, text, found[name], editor=editor)
    return edits_beside(page)


def _refuse_unknown(page: Path, text: str) -> None:
    """Refuse words that name a fact which the report's manifest does not list."""
    from sanfu.report.manifest import read_manifest  # noqa: PLC0415 - manifests hold edits

    beside = page.with_name(f"{page.stem}.manifest.json")
    known = read_manifest(beside).places if beside.exists() else ()
    if known:
        fill_in(text, Facts(dict.fromkeys(known, Fact(None)), current_language()))


_PARAGRAPHS = re.compile(r'data-paragraph="([^"]+)" data-words="([0-9a-f]+)"')


def unused_edits(edits: Edits, used: Iterable[str]) -> list[str]:
    """List the edits whose paragraph is no longer in the outline; they are kept all the same."""
    return sorted(set(edits.edits) - set(used))
