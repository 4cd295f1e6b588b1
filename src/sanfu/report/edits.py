"""An editor's own words: kept through every rebuild, flagged when their numbers have moved.

An edit is stored under the paragraph's name with the hash of the generated words that it replaced.
It is never overwritten. When the generated words change, the edit still stands, and the report
says that it should be read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from sanfu.content import Declaration, read_declaration

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
    words = "".join(part if isinstance(part, str) else part.text for part in line)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def read_edits(path: Path) -> Edits:
    """Read the edits beside a report; none if there is no such file."""
    return read_declaration(path, Edits) if path.exists() else Edits()


def keep_edit(path: Path, name: str, text: str, replaced: Line, *, editor: str = "") -> None:
    """Write one edit into the file beside the report; the others stay as they are."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - when an edit is kept

    edits = dict(read_edits(path).edits)
    edits[name] = Edit(text=text, replaced=words_hash(replaced), editor=editor)
    partial = path.with_name(path.name + ".part")
    yaml = YAML()
    yaml.width = 100
    with partial.open("w", encoding="utf-8") as file:
        yaml.dump({"edits": {key: edit.model_dump() for key, edit in edits.items()}}, file)
    partial.replace(path)


def unused_edits(edits: Edits, used: Iterable[str]) -> list[str]:
    """List the edits whose paragraph is no longer in the outline; they are kept all the same."""
    return sorted(set(edits.edits) - set(used))
