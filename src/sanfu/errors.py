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
from errno import EDQUOT, EFBIG, EISDIR, ENOSPC
from secrets import token_hex
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


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a new file to write, which stands at `path` only when all is written.

    Whatever goes wrong, nothing of it is left and what stood at `path` is as it was.

    Raises
    ------
    FileFault
        The disk is full, there is a folder of this name, or one may not write there.
    """
    partial = path.with_name(f".{token_hex(6)}{path.suffix}")  # short: names may be very long
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "", str(path))
        yield partial
        partial.replace(path)
    except OSError as error:
        if error.filename not in (None, str(path), str(partial), partial):
            raise  # another file than this
        raise unwritten(path, error) from None
    finally:
        partial.unlink(missing_ok=True)


def unwritten(path: Path | str, error: OSError) -> FileFault:
    """Say of a file that cannot be read or written why, and the remedy."""
    match error.errno:
        case code if code in (ENOSPC, EDQUOT, EFBIG):
            text = Text(
                "写不下：磁盘已满或超出配额。请腾出空间后再试；原有的文件没有改动。",
                "does not fit: the disk is full, or your share of it. Make room and try again; "
                "what stood there is as it was.",
            )
        case code if code == EISDIR:
            text = Text(
                "这是一个文件夹，不能当文件写。请换一个文件名，或先把文件夹改名。",
                "is a folder and cannot be written as a file. Give another name, or rename it.",
            )
        case _:
            why = error.strerror or type(error).__name__
            text = Text(
                f"读写不了（{why}）。请看文件夹是否存在、文件是否正被 Excel 打开、有无权限。",
                f"cannot be read or written ({why}). See whether the folder exists, whether "
                "the file is open in Excel, and whether you may write there.",
            )
    return FileFault(path, text)


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
