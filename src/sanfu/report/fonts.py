"""Find a complete Simplified-Chinese typeface on this machine; a missing one is an error.

A report with boxes instead of characters is worse than none: typst only warns of a missing family.
The typeface comes from a package (Debian ``fonts-noto-cjk`` or the npm package
``@expo-google-fonts/noto-sans-sc``) or the office's own system; it is never part of the project.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei")
"""Families that hold all characters of GB 2312, in our order of preference."""


class Typeface(NamedTuple):
    """A family and the folder that holds its files."""

    family: str
    folder: Path


class FontFault(SanfuError):
    """No complete Chinese typeface is on this machine."""

    def __init__(self, looked: list[Path]) -> None:
        folders = ", ".join(str(path) for path in looked)
        super().__init__(
            Text(
                f"没有找到完整的简体中文字体（找过：{folders}）。"
                "请安装：sudo apt-get install fonts-noto-cjk，"
                "或把字体文件夹写进环境变量 SANFU_FONTS。",
                f"no complete Simplified-Chinese typeface (looked in {folders}). "
                "Install one: sudo apt-get install fonts-noto-cjk, "
                "or name its folder in SANFU_FONTS.",
            )
        )


def _folders() -> Iterator[Path]:
    named = os.environ.get("SANFU_FONTS")
    if named:
        yield Path(named)
    yield Path("/usr/share/fonts/opentype/noto")
    yield Path("node_modules/@expo-google-fonts/noto-sans-sc")
    yield Path("C:/Windows/Fonts")
    yield Path("/System/Library/Fonts")
    yield Path("/usr/share/fonts")


@cache
def find_typeface() -> Typeface:
    """Find the first family of `FAMILIES` in the folders looked in.

    Raises
    ------
    FontFault
        None is there; the message says how to get one.
    """
    import typst  # noqa: PLC0415 - when a document is set

    looked = []
    for folder in _folders():
        looked.append(folder)
        if not folder.is_dir():
            continue
        found = set(
            typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
            ).families()
        )
        for family in FAMILIES:
            if family in found:
                return Typeface(family, folder)
    raise FontFault(looked)
