"""Sanfu 三赋: know, raise, measure and connect small and medium enterprises.

The names below are the public ones; each loads its room when it is first used, so that
``import sanfu`` itself stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES: dict[str, str] = {
    "Confidentiality": "sanfu.index",
    "measure_regions": "sanfu.index",
    "build_index": "sanfu.index",
    "compose": "sanfu.report",
    "Framework": "sanfu.index",
    "Index": "sanfu.index",
    "check": "sanfu.ladder",
    "CheckResult": "sanfu.ladder",
    "read_rulebook": "sanfu.ladder",
    "which": "sanfu.ladder",
    "match": "sanfu.exchange",
    "allocate": "sanfu.exchange",
    "repair": "sanfu.exchange",
    "sample_event": "sanfu.exchange",
    "schedule": "sanfu.exchange",
    "Event": "sanfu.exchange",
    "suggest_services": "sanfu.exchange",
    "Need": "sanfu.exchange",
    "Offer": "sanfu.exchange",
    "read_framework": "sanfu.index",
    "SanfuError": "sanfu.errors",
    "Hints": "sanfu.registry",
    "Ledger": "sanfu.registry",
    "Workspace": "sanfu.workspace",
    "new_workspace": "sanfu.workspace",
    "open_workspace": "sanfu.workspace",
    "read": "sanfu.workspace",
}
"""Public name → the room whose door it stands in."""

__all__ = [
    "CheckResult",
    "Confidentiality",
    "Event",
    "Framework",
    "Hints",
    "Index",
    "Ledger",
    "Need",
    "Offer",
    "SanfuError",
    "Workspace",
    "__version__",
    "allocate",
    "build_index",
    "check",
    "compose",
    "match",
    "measure_regions",
    "new_workspace",
    "open_workspace",
    "read",
    "read_framework",
    "read_rulebook",
    "repair",
    "sample_event",
    "schedule",
    "suggest_services",
    "which",
]

if TYPE_CHECKING:
    from sanfu.errors import SanfuError
    from sanfu.exchange import (
        Event,
        Need,
        Offer,
        allocate,
        match,
        repair,
        sample_event,
        schedule,
        suggest_services,
    )
    from sanfu.index import (
        Confidentiality,
        Framework,
        Index,
        build_index,
        measure_regions,
        read_framework,
    )
    from sanfu.ladder import CheckResult, check, read_rulebook, which
    from sanfu.registry import Hints, Ledger
    from sanfu.report import compose
    from sanfu.workspace import Workspace, new_workspace, open_workspace, read


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sanfu' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
