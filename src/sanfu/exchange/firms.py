"""Firms of the ledger as people name them: found by id, code or name, and put to their needs."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from sanfu.exchange.matching.terms import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.exchange.needs import Need

_KEYS = ("name", "uscc", "firm")
_FACTS = {
    "firm_name": ("name",), "uscc": ("uscc",), "district": ("district_name", "district"),
    "group": ("group",),
}  # fmt: skip
"""What a need takes from its firm: its field → the ledger's columns."""


class FirmFinder:
    """Finds firms by what is written of them; a name that two firms bear finds neither.

    Parameters
    ----------
    firms
        ``firm``, and where present ``uscc`` and ``name``.
    """

    def __init__(self, firms: pl.DataFrame) -> None:
        keys: dict[str, str] = {}
        twice: set[str] = set()
        for column in _KEYS:
            if column not in firms.columns:
                continue
            for key, firm in firms.select(column, pl.col("firm").alias("_firm")).iter_rows():
                folded = _key(key)
                if folded and keys.get(folded, firm) != firm:
                    twice.add(folded)
                keys[folded] = firm
        self._keys = {key: firm for key, firm in keys.items() if key and key not in twice}

    def find(self, *written: str) -> str | None:
        """Give the firm that the first of these finds: an id, a code, a name."""
        return next((self._keys[key] for key in map(_key, written) if key in self._keys), None)

    def near(self, written: str) -> list[str]:
        """Give up to three names or codes that are written much alike."""
        return get_close_matches(_key(written), self._keys, n=3, cutoff=0.6)


def _key(written: object) -> str:
    return fold(str(written or "")).replace(" ", "")


def link_needs(needs: Iterable[Need], firms: pl.DataFrame) -> list[Need]:
    """Put to each need its firm of the ledger, found by id, code or name.

    Its name, code, district and group are taken where the need says nothing of them: a firm is
    then kept from its own need and its group's, and the funnel knows the district. A need whose
    firm is not in the ledger stays as it is.
    """
    finder = FirmFinder(firms)
    rows = {row["firm"]: row for row in firms.iter_rows(named=True)}
    linked = []
    for need in needs:
        firm = finder.find(need.firm, need.uscc, need.firm_name)
        if firm is None:
            linked.append(need)
            continue
        row = rows[firm]
        facts = {
            field: next((str(row[name]) for name in names if row.get(name)), "")
            for field, names in _FACTS.items()
            if not getattr(need, field)
        }
        linked.append(need.model_copy(update={**facts, "firm": firm}))
    return linked
