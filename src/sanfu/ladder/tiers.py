"""The tiers of the ladder and what stands above each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import RootModel

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class TierEntry(Declaration):
    """One tier: its official name, and the tier above it (empty for the highest)."""

    tier: str
    label: Label
    next: str = ""


class _Tiers(RootModel[tuple[TierEntry, ...]]):
    """The file content/ladder/tiers.yaml."""


@cache
def tiers() -> Mapping[str, TierEntry]:
    """Give the tiers, lowest first."""
    found = read_declaration(content_path("ladder", "tiers.yaml"), _Tiers).root
    return {entry.tier: entry for entry in found}


def tier_label(tier: str) -> Text:
    """Give a tier's official name; an unknown one is its own name."""
    entry = tiers().get(tier)
    return entry.label.text() if entry else Text(tier, tier)
