"""What every command shares: two languages, progress, JSON, exit codes.

Exit codes: 0 done; 1 done, and problems were found; 2 the command or its input cannot be used.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from sanfu.language import LANGUAGES, Text, current_language, use_language

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from rich.progress import Progress

    from sanfu.registry import FirmFinder

FOUND_PROBLEMS = 1
BAD_USE = 2

MOST_FILE_WORDS = 60
"""Characters of a name that a file is called by: 180 bytes in Chinese, where 255 fit."""


def language_first(arguments: list[str]) -> list[str]:
    """Move ``--lang zh`` or ``--lang en`` to the front: it may stand anywhere."""
    for position in range(len(arguments) - 1):
        if arguments[position] == "--lang" and arguments[position + 1] in LANGUAGES:
            rest = arguments[:position] + arguments[position + 2 :]
            return ["--lang", arguments[position + 1], *rest]
    return arguments


def choose_language(arguments: list[str]) -> None:
    """Set the language from ``--lang`` before any help text is made."""
    for position, argument in enumerate(arguments):
        value = (
            argument.removeprefix("--lang=")
            if argument.startswith("--lang=")
            else arguments[position + 1]
            if argument == "--lang" and position + 1 < len(arguments)
            else None
        )
        if value in LANGUAGES:
            use_language(value)


def t(zh: str, en: str) -> str:
    """Give the text of the current language; for help texts and messages."""
    return zh if current_language() == "zh" else en


def say(text: Text | str) -> None:
    """Print one line for a person on standard output."""
    typer.echo(str(text))


def say_json(value: Any) -> None:
    """Print a result for a machine on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def fail(text: Text | str) -> typer.Exit:
    """Print an error on standard error and give the exit to raise."""
    typer.echo(f"{t('错误', 'error')}: {text}", err=True)
    return typer.Exit(BAD_USE)


def firm_said(finder: FirmFinder, said: str, *, by_part: bool = False) -> str:
    """Give the firm that is meant, as `FirmFinder.one`; else the exit to make."""
    from sanfu.errors import InputError

    try:
        return finder.one(said, by_part=by_part)
    except InputError as error:
        raise fail(error.text) from None


def day_said(text: str) -> dt.date | None:
    """Read a day of the command line; None where none is given."""
    import datetime as dt

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(
            t(f"“{text}”不是日期，应写成 2026-05-01", f"“{text}” is no day; write it as 2026-05-01")
        ) from None


def day_of(text: str) -> dt.date:
    """Read a day of the command line; today where none is given."""
    import datetime as dt

    return day_said(text) or dt.datetime.now(tz=dt.UTC).astimezone().date()


def file_words(said: str) -> str:
    """Give what a user said as part of a file's name, without what no file system takes.

    At most `MOST_FILE_WORDS` characters are kept; what is left of nothing is ``_``.
    """
    kept = "".join("_" if one in '<>:"/\\|?*' or not one.isprintable() else one for one in said)
    return kept.strip(" ._")[:MOST_FILE_WORDS] or "_"


def show_page(page: Path) -> bool:
    """Open a page in the desktop's browser; say whether there was one that did.

    Nothing is opened where standard output is no terminal, under CI, or without a display.
    """
    display = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if not display or os.environ.get("CI") or not sys.stdout.isatty():
        return False
    import webbrowser

    try:
        return webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return False


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress bars on standard error; nothing where that is not a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bars:
        yield bars
