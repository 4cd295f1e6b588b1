"""Regions and their units: districts of a city by any name that a list may give them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from pydantic import Field

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.errors import FileFault
from sanfu.language import Text


class FormerUnit(Declaration):
    """A name that ended: the unit was merged or renamed."""

    name: str
    code: str
    until: int | None = None
    """Year in which the name ended; shown, never used to decide."""
    mark: str = "M"


class RegionUnit(Declaration):
    """One district (or province) with its code and its names."""

    code: str
    name: Label
    group: str = ""
    aliases: tuple[str, ...] = ()
    former: tuple[FormerUnit, ...] = ()
    schemes: tuple[str, ...] = ()
    """Industry systems of its own, beside the region's; for its own report."""


class Region(Declaration):
    """A region: its units, the tile layout that shows them, and its industry systems."""

    region: str
    code: str
    name: Label
    tiles: str = ""
    schemes: tuple[str, ...] = ()
    """Industry systems (`sanfu.registry.schemes`) by which its firms are tagged."""
    units: tuple[RegionUnit, ...] = Field(min_length=1)

    def names(self) -> dict[str, Text]:
        """Give unit code → name."""
        return {unit.code: unit.name.text() for unit in self.units}

    def unit(self, name: str) -> RegionUnit | None:
        """Find a unit by any of its names in either language, or by its code."""
        code = find_units(self, pl.Series([name])).code[0]
        return next((unit for unit in self.units if unit.code == code), None)

    def short_names(self) -> dict[str, str]:
        """Give unit code → short Chinese name, such as 杨浦."""
        return {unit.code: _short(unit.name.zh) for unit in self.units}


@dataclass(frozen=True)
class FoundUnits:
    """What a column of district names means: code, whether by a former name, whether unknown."""

    code: pl.Series
    old: pl.Series
    unknown: pl.Series


@cache
def read_region(name: str | Path) -> Region:
    """Read a region that ships, or an office's own file.

    Raises
    ------
    FileFault
        No such region; the message lists those that ship.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = content_path("regions", f"{name}.yaml")
        if not path.exists():
            known = "、".join(sorted(p.stem for p in content_path("regions").glob("*.yaml")))
            raise FileFault(
                str(name),
                Text(f"没有这个地区；自带：{known}。", f"no such region; shipped: {known}."),
            )
    return read_declaration(path, Region)


def find_units(region: Region, names: pl.Series) -> FoundUnits:
    """Find the unit of each name: full, short, former, an alias, or a code."""
    current, former = _tables(region)
    folded = {word: fold_place(region, word) for word in names.drop_nulls().unique().to_list()}
    codes = {word: current.get(key) or former.get(key) for word, key in folded.items()}
    olds = {word: key not in current and key in former for word, key in folded.items()}
    code = names.replace_strict(codes, default=None, return_dtype=pl.String)
    old = names.replace_strict(olds, default=False, return_dtype=pl.Boolean).fill_null(value=False)
    return FoundUnits(code, old, names.is_not_null() & code.is_null())


def fold_place(region: Region, name: str) -> str:
    """Fold a district name for comparison."""
    text = "".join(unicodedata.normalize("NFKC", name).split())
    for prefix in (region.name.zh, _short(region.name.zh)):
        if text.startswith(prefix) and len(text) > len(prefix) + 1:
            text = text.removeprefix(prefix)
    return text.casefold().removesuffix("district")


@cache
def _tables(region: Region) -> tuple[dict[str, str], dict[str, str]]:
    current: dict[str, str] = {}
    former: dict[str, str] = {}
    for unit in region.units:
        for word in (unit.code, unit.name.zh, _short(unit.name.zh), unit.name.en):
            current[fold_place(region, word)] = unit.code
        for word in unit.aliases:
            former[fold_place(region, word)] = unit.code
        for old in unit.former:
            for word in (old.code, old.name, _short(old.name)):
                former.setdefault(fold_place(region, word), unit.code)
    return current, former


def _short(name: str) -> str:
    for suffix in (
        "维吾尔自治区",
        "壮族自治区",
        "回族自治区",
        "自治区",
        "新区",
        "区",
        "县",
        "市",
        "省",
    ):
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name
