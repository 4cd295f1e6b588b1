"""Findings: what a reader of an index must know, in both languages, with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sanfu.errors import InputError

if TYPE_CHECKING:
    from sanfu.language import Text

Severity = Literal["error", "warning", "note"]


class NothingToScore(InputError):
    """No unit can be scored: there is none, or no indicator tells units apart."""


@dataclass(frozen=True)
class Finding:
    """One thing found while an index was built or judged."""

    code: str
    """A short fixed name, e.g. ``constant-column``."""
    severity: Severity
    item: str
    """The indicator, node or unit that it is about."""
    text: Text
    step: str = ""
    """The step in which it was found."""
