"""A page that lists what was written into a folder, with what each file is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sanfu.language import Text, current_language
from sanfu.report.html import html_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One thing that was written, in one or more formats."""

    name: Text
    about: Text
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    title: Text
    entries: tuple[Entry, ...]


def write_landing(
    folder: Path,
    groups: Sequence[Group],
    *,
    title: Text,
    subtitle: Text,
    synthetic: bool,
    next_steps: Sequence[str] = (),
) -> Path:
    """Write ``index.html`` of a folder, with links relative to it.

    Raises
    ------
    FileNotFoundError
        An entry names a file that was not written.
    """
    shown = [
        {
            "title": str(group.title),
            "entries": [
                {
                    "name": str(entry.name),
                    "about": str(entry.about),
                    "files": [
                        {
                            "form": file.suffix[1:].upper() or file.name,
                            "address": _link(folder, file),
                        }
                        for file in entry.files
                    ],
                }
                for entry in group.entries
            ],
        }
        for group in groups
        if group.entries
    ]
    page = html_environment().get_template("landing.html.j2")
    text = page.render(
        groups=shown,
        title=str(title),
        subtitle=str(subtitle),
        synthetic=synthetic,
        next_steps=next_steps,
        language=current_language(),
        say=lambda zh, en: str(Text(zh, en)),
    )
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _link(folder: Path, file: Path) -> str:
    if not file.exists():
        raise FileNotFoundError(file)
    return quote(file.relative_to(folder).as_posix())
