"""Find a complete Simplified-Chinese typeface on this machine; a missing one is an error.

A report with boxes instead of characters is worse than none: typst only warns of a missing family.
The typeface comes from a package (Debian ``fonts-noto-cjk``, or the npm package
``@expo-google-fonts/noto-sans-sc`` by ``assets/package-lock.json``) or the office's own system; it
is never part of the project. A character that no typeface here holds, such as an emoji, is printed
as its code ［U+1F600］: readable, and never a box.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typst

FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei")
"""Families that hold all characters of GB 2312, in our order of preference."""
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


class Typeface(NamedTuple):
    """A family, the folder that holds its files, and its regular file."""

    family: str
    folder: Path
    file: Path


class FontFault(SanfuError):
    """No complete Chinese typeface is on this machine."""

    def __init__(self, looked: list[Path], short: dict[str, int]) -> None:
        folders = ", ".join(str(path) for path in looked)
        found = "、".join(f"{family} 缺 {count} 字" for family, count in short.items())
        lacking = ", ".join(f"{family} lacks {count}" for family, count in short.items())
        super().__init__(
            Text(
                f"没有找到完整的简体中文字体（须含 GB 2312 全部 6,763 个汉字；找过：{folders}"
                + (f"；不完整的有：{found}" if found else "")
                + "）。请安装：sudo apt-get install fonts-noto-cjk，或 npm ci --prefix assets，"
                "或把字体文件夹写进环境变量 SANFU_FONTS。",
                "no complete Simplified-Chinese typeface, with all 6,763 characters of GB 2312 "
                f"(looked in {folders}" + (f"; incomplete: {lacking}" if lacking else "") + "). "
                "Install one: sudo apt-get install fonts-noto-cjk, or npm ci --prefix assets, "
                "or name its folder in SANFU_FONTS.",
            )
        )


def _folders() -> Iterator[Path]:
    named = os.environ.get("SANFU_FONTS")
    if named:
        yield Path(named)
    yield Path("/usr/share/fonts/opentype/noto")
    for root in (Path(), Path(__file__).parents[3]):
        yield root / "assets/node_modules/@expo-google-fonts/noto-sans-sc"
    yield Path("C:/Windows/Fonts")
    yield Path("/System/Library/Fonts")
    yield Path("/usr/share/fonts")


@cache
def gb2312() -> frozenset[str]:
    """Give the 6,763 characters (汉字) of GB 2312-80."""
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return frozenset(found)


@cache
def find_typeface() -> Typeface:
    """Find the first complete family of `FAMILIES` in the folders looked in.

    Raises
    ------
    FontFault
        None is there, or none holds all of GB 2312; the message says how to get one.
    """
    import typst  # noqa: PLC0415 - when a document is set

    looked: list[Path] = []
    short: dict[str, int] = {}
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
            file = _file_of(folder, family) if family in found else None
            if file is None:
                continue
            lacking = len(gb2312() - _characters(file))
            if not lacking:
                return Typeface(family, folder, file)
            short[family] = lacking
    raise FontFault(looked, short)


@cache
def typst_fonts(folder: Path) -> typst.Fonts:
    """Find the fonts of a folder once: a batch sets thousands of documents."""
    import typst  # noqa: PLC0415 - when a document is set

    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def readable(words: str) -> str:
    """Print what no typeface here holds as its code, such as ［U+1F600］, never as a box.

    Raises
    ------
    FontFault
        No complete Chinese typeface is on this machine.
    """
    typeface = find_typeface()
    strange = {mark for mark in set(words) - _characters(typeface.file) if mark.isprintable()}
    if strange:
        strange -= _fallbacks(typeface.folder)
    if not strange:
        return words
    return "".join(f"［U+{ord(mark):04X}］" if mark in strange else mark for mark in words)


@cache
def _fallbacks(folder: Path) -> frozenset[str]:
    """Give the characters of all families in the folder, by the first face of each regular file."""
    marks: frozenset[str] = frozenset()
    for file in _files(folder):
        if not any(word in file.stem for word in ("Bold", "Black", "Light", "Thin", "Medium")):
            marks |= _characters(file)
    return marks


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES)


def _file_of(folder: Path, family: str) -> Path | None:
    """Find the file of a family's regular face."""
    words = family.replace(" ", "").lower()
    likely = sorted(
        _files(folder),
        key=lambda file: (
            words[:8] not in file.stem.replace("_", "").lower(),
            "Regular" not in file.stem,
        ),
    )
    for file in likely:
        with _opened(file) as faces:
            for face in faces:
                names = {str(record) for record in face["name"].names if record.nameID in (1, 16)}
                styles = {str(record) for record in face["name"].names if record.nameID in (2, 17)}
                if family in names and styles & {"Regular", "Normal", "400Regular"}:
                    return file
    return None


@contextmanager
def _opened(file: Path) -> Iterator[list[Any]]:
    """Open a font file and give its faces; one that cannot be read has none."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError  # noqa: PLC0415 - when set

    try:
        if file.suffix.lower() in (".ttc", ".otc"):
            book: Any = TTCollection(str(file), lazy=True)
            faces = list(book.fonts)
        else:
            book = TTFont(str(file), lazy=True)
            faces = [book]
    except (TTLibError, OSError):
        yield []
        return
    with book:
        yield faces


@cache
def _characters(file: Path) -> frozenset[str]:
    with _opened(file) as faces:
        return frozenset(map(chr, faces[0].getBestCmap())) if faces else frozenset()
