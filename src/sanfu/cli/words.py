"""Chinese for the sentences that the command-line library itself writes.

Typer has no Chinese catalogue and routes only some of its sentences through gettext, so they are
changed where they are printed; a sentence that is not known here stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TextIO

PANELS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "REQUIRED_LONG_STRING": "[必填]",
    "DEFAULT_STRING": "[默认：{}]",
}
"""The library's own constants for headings, and what they are in Chinese."""

SENTENCES = (
    (r"Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 [参数]..."),
    (r"Show this message and exit\.", "显示本说明并退出。"),
    (r"Missing command\.", "缺少命令。"),
    (r"No such command '([^']*)'\.", r"没有命令“\1”。"),
    (r"No such option: (\S+)", r"没有选项：\1"),
    (r" ?\(Possible options: ([^)]*)\)", r"；相近的：\1"),
    (r"Missing argument '([^']*)'\.", r"缺少参数 \1。"),
    (r"Missing option '([^']*)'(?: / '[^']*')*\.", r"缺少选项 \1。"),
    (r"Invalid value for '?([^':\s]+)'?(?: / '[^']*')*: ", r"\1 的值不对："),
    (r"Invalid value: ", ""),
    (r"Got unexpected extra argument(?:s|\(s\))? \(([^)]*)\)", r"多余的参数：\1"),
    (r"Option '([^']*)' requires (?:an argument|(\d+) arguments)\.", r"选项 \1 后面缺少值。"),
    (r"Option '([^']*)' does not take a value\.", r"选项 \1 后面不能写值。"),
    (r" ?Did you mean (?:one of: )?([^?]*)\?", r"是不是要用：\1"),
    (r"Try '([^']*)' for help\.", r"查看说明：\1"),
    (r"Aborted[.!]", "已停止。"),
)
_PATTERNS = [(re.compile(pattern), words) for pattern, words in SENTENCES]


def display_width(text: str) -> int:
    """Give the number of terminal columns: a wide character takes two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def in_chinese(text: str) -> str:
    """Change the library's sentences; a shorter one is padded, so that boxes stay straight."""
    for pattern, words in _PATTERNS:
        text = pattern.sub(lambda found, words=words: _padded(found, words), text)  # type: ignore[misc]
    return text


def _padded(found: re.Match[str], words: str) -> str:
    said = found.expand(words)
    in_box = "│" in found.string
    lack = display_width(found[0]) - display_width(said)
    return said + " " * lack if in_box and lack > 0 else said


class ChineseStream:
    """A text stream that changes the library's sentences on their way out."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, in Chinese."""
        return self._stream.write(in_chinese(text))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
