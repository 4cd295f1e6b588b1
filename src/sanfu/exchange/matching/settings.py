"""The numbers and words of matching, as data: settings, set phrases, glossary."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING

from pydantic import Field, RootModel

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.exchange.matching.terms import fold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Calibration(Declaration):
    """Log odds that an expert finds a hit suitable, a line in √(score / the need's best score)."""

    intercept: float
    slope: float = Field(gt=0)


class Settings(Declaration):
    """The numbers of matching; see ``content/exchange/matching.yaml`` for what each does."""

    id: str
    version: int
    note: str = ""
    k1: float = Field(gt=0)
    b: float = Field(ge=0, le=1)
    terms: int = Field(ge=1)
    whole: float = Field(ge=0)
    commonness: float = Field(ge=0)
    smoothing: float = Field(ge=0)
    unseen: int = Field(ge=0)
    generic_share: float = Field(ge=0, le=1)
    expansion: float = Field(ge=0, le=1)
    soft: float = Field(ge=0)
    industry: float = Field(ge=0)
    embedder: float = Field(gt=0)
    calibration: Calibration
    suitable: float = Field(ge=0, le=1)


class Generic(Declaration):
    """Words of calls that do not tell what is wanted."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Entry(Declaration):
    """One meaning: its words in Chinese and in English."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Glossary(RootModel[tuple[Entry, ...]]):
    """Meanings with their words; words of one meaning stand for one another in retrieval."""

    @cached_property
    def _meanings(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for entry in self.root:
            words = [fold(word) for word in (*entry.zh, *entry.en)]
            for word in words:
                found.setdefault(word, []).extend(other for other in words if other != word)
        return {word: tuple(dict.fromkeys(others)) for word, others in found.items()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = sorted(self._meanings, key=len, reverse=True)
        latin = [re.escape(w) for w in words if w.isascii()]
        other = [re.escape(w) for w in words if not w.isascii()]
        whole = rf"(?<![a-z0-9])(?:{'|'.join(latin)})(?:s|es)?(?![a-z0-9])"
        return re.compile("|".join([whole, *other]))

    def expand(self, text: str) -> dict[str, tuple[str, ...]]:
        """Find the glossary's words in a text, and for each the words that mean the same."""
        found: dict[str, tuple[str, ...]] = {}
        for hit in self._pattern.findall(fold(text)):
            word = next(
                w
                for w in (hit, hit.removesuffix("s"), hit.removesuffix("es"))
                if w in self._meanings
            )
            found[word] = self._meanings[word]
        return found


@cache
def shipped_settings() -> Settings:
    """Give the settings that ship with Sanfu."""
    return read_declaration(content_path("exchange", "matching.yaml"), Settings)


def read_settings(path: Path | str) -> Settings:
    """Read an office's own settings."""
    return read_declaration(path, Settings)


@cache
def generic_words() -> Generic:
    """Give the set phrases that ship with Sanfu."""
    return read_declaration(content_path("exchange", "generic.yaml"), Generic)


@cache
def glossary() -> Glossary:
    """Give the glossary that ships with Sanfu."""
    return read_declaration(content_path("exchange", "glossary.yaml"), Glossary)
