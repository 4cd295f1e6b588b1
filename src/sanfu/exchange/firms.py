"""Firms of the ledger put to their needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.registry import FirmFinder

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from sanfu.exchange.needs import Need

_FACTS = {
    "firm_name": ("name",), "uscc": ("uscc",), "district": ("district_name", "district"),
    "group": ("group",),
}  # fmt: skip
"""What a need takes from its firm: its field → the ledger's columns."""


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
