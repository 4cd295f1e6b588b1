"""Every public error of Sanfu.

::

    SanfuError
    ├── InputError            the user's input is wrong (exit code 2)
    │   ├── FileFault         a file cannot be read, and why
    │   └── DeclarationFaults a YAML declaration has faults, all said at once with their lines
    └── WorkspaceError        the office's folder is not what it should be

A message says what is wrong with which thing, what was found, what is expected (with an example)
and how to go on; in Chinese and in English.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class SanfuError(Exception):
    """Base of all errors that Sanfu raises on purpose; carries its text in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        """Give the message in the current language."""
        return str(self.text)


class InputError(SanfuError):
    """What the user gave cannot be used as it is."""


class FileFault(InputError):
    """A file cannot be read or written."""

    def __init__(self, path: Path | str, text: Text) -> None:
        super().__init__(Text(f"{path}：{text.zh}", f"{path}: {text.en}"))
        self.path = path


def near_first(word: str, known: Iterable[str], most: int = 12) -> list[str]:
    """Give at most so many of the known names, those that look like the word before the others."""
    from difflib import get_close_matches  # noqa: PLC0415 - when something is wrong

    names = list(known)
    near = get_close_matches(word, names, n=3, cutoff=0.4)
    return [*near, *(name for name in names if name not in near)][:most]


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Say of whatever a library raises while it reads a file: which file, why, and the remedy.

    Raises
    ------
    FileFault
        The file is not there, is broken, empty, or not of the kind that its ending says.
    """
    try:
        yield
    except SanfuError:
        raise
    except FileNotFoundError:
        raise FileFault(path, Text("文件不存在。", "no such file.")) from None
    except Exception as error:
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise FileFault(
            path,
            Text(
                f"读不出来：可能为空、已损坏，或内容与扩展名不符（{why}）。"
                "请用 Excel 或 WPS 打开，另存为 .xlsx 或 .csv 后再试。",
                f"cannot be read: empty, broken, or not what its ending says ({why}). "
                "Open it in Excel or WPS, save it anew as .xlsx or .csv, and try again.",
            ),
        ) from error


@dataclass(frozen=True)
class Fault:
    """One fault of a declaration: where it stands and what mends it."""

    line: int | None
    where: str
    text: Text

    def in_words(self) -> Text:
        """Give line, place and message as one sentence in each language."""
        if self.line is None:
            return Text(f"{self.where}：{self.text.zh}", f"{self.where}: {self.text.en}")
        return Text(
            f"第 {self.line} 行 {self.where}：{self.text.zh}",
            f"line {self.line}, {self.where}: {self.text.en}",
        )


class DeclarationFaults(InputError):
    """A declaration (framework, rulebook, scheme …) has faults; all of them are said at once."""

    def __init__(self, source: Path | str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        said = [fault.in_words() for fault in self.faults]
        super().__init__(
            Text(
                f"{source} 有 {len(said)} 处错误：\n" + "\n".join(f"  - {s.zh}" for s in said),
                f"{source} has {len(said)} faults:\n" + "\n".join(f"  - {s.en}" for s in said),
            )
        )


class WorkspaceError(SanfuError):
    """The office's folder is missing, locked, or of another version."""
