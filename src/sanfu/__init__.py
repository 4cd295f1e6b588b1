"""Sanfu 三赋: know, raise, measure and connect small and medium enterprises.

The names below are the public ones; each loads its room when it is first used, so that
``import sanfu`` itself stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES: dict[str, str] = {
    "Need": "sanfu.exchange",
    "Offer": "sanfu.exchange",
    "SanfuError": "sanfu.errors",
    "match": "sanfu.exchange",
}
"""Public name → the room whose door it stands in."""

__all__ = ["Need", "Offer", "SanfuError", "__version__", "match"]

if TYPE_CHECKING:
    from sanfu.errors import SanfuError
    from sanfu.exchange import Need, Offer, match


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sanfu' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
