"""The room `report`: what is handed over, as HTML, PDF, Word and Excel, every number traceable."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Edits": "edits",
    "Outline": "outline",
    "Report": "composing",
    "compose": "composing",
    "compose_from": "composing",
    "keep_edit": "edits",
    "read_edits": "edits",
    "read_outline": "outline",
    "shipped_outlines": "outline",
}
"""Public name → module; loaded when first used."""

__all__ = [
    "Edits",
    "Outline",
    "Report",
    "compose",
    "compose_from",
    "keep_edit",
    "read_edits",
    "read_outline",
    "shipped_outlines",
]

if TYPE_CHECKING:
    from sanfu.report.composing import Report, compose, compose_from
    from sanfu.report.edits import Edits, keep_edit, read_edits
    from sanfu.report.outline import Outline, read_outline, shipped_outlines


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sanfu.report' has no attribute {name!r}")
    return getattr(import_module(f"sanfu.report.{home}"), name)
