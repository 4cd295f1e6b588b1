"""The two languages of everything that a person reads: Chinese first, English complete."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_current: ContextVar[Language | None] = ContextVar("sanfu_language", default=None)


class Text(NamedTuple):
    """One sentence or label in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        """Give the sentence in the current language."""
        return self.zh if current_language() == "zh" else self.en

    def in_language(self, language: Language) -> str:
        """Give the sentence in a named language."""
        return self.zh if language == "zh" else self.en


def joined(parts: Sequence[Text]) -> Text:
    """Give several texts as a list in each language."""
    return Text("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))


def current_language() -> Language:
    """Give the language set by `use_language`, else that of ``SANFU_LANG`` or ``LANG``, else zh."""
    chosen = _current.get()
    if chosen is not None:
        return chosen
    for variable in ("SANFU_LANG", "LC_ALL", "LANG"):
        value = os.environ.get(variable, "").lower()
        if value[:2] in LANGUAGES:
            return cast("Language", value[:2])
    return "zh"


def use_language(language: Language) -> None:
    """Make `language` the one in which texts are given, in this context."""
    _current.set(language)
