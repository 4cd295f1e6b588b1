"""What an index of the same firms already tells of counts that a report prints from the ledger.

An index prints, district by district, how many firms hold a title, or shares that are as good as
such counts. Whoever hides a count of the same firms elsewhere must know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.micro.aggregate import UNIT, firm_cells
from sanfu.index.micro.confidential import hide_also

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sanfu.index import Confidentiality, RegionFigures
    from sanfu.index.micro.plan import Primitive
    from sanfu.registry import Ledger

ALIKE = 0.98
"""Shared part of two sets of firms from which they are taken for the same count: an index leaves
out firms that are gone, a ledger's table does not."""


@dataclass(frozen=True)
class Told:
    """One count or sum that an index rests on.

    Attributes
    ----------
    firms
        Those counted, or None for a sum.
    values
        District's name → the number.
    shown
        District's name → whether any figure that is printed gives it away; False: all hide it.
    codes
        The indicators that rest on it.
    """

    firms: frozenset[str] | None
    values: Mapping[str, float]
    shown: Mapping[str, bool]
    codes: tuple[str, ...] = ()

    def is_count_of(self, firms: Collection[str]) -> bool:
        """Tell whether it counts these firms, but for a few."""
        if self.firms is None or not firms or not self.firms:
            return False
        both = len(self.firms.intersection(firms))
        return both >= ALIKE * (len(self.firms) + len(firms) - both)

    def is_sum_of(self, sums: Mapping[str, float]) -> bool:
        """Tell whether it is the same sum over districts, but for a few firms."""
        if self.firms is not None or not self.values:
            return False
        near = [
            abs(self.values[name] - value) <= (1 - ALIKE) * abs(value)
            for name, value in sums.items()
            if name in self.values
        ]
        return bool(near) and sum(near) >= ALIKE * len(near) and any(sums.values())


def told_by(regions: RegionFigures | None) -> tuple[Told, ...]:
    """Give what the latest year of an index's figures tells; nothing where firms are not known."""
    if regions is None:
        return ()
    year = max(regions.measured)
    measured = regions.measured[year]
    figures = regions.frame.filter(pl.col("year") == year, pl.col("level") == regions.levels[0])
    shown = {
        code: dict(rows.select("unit", pl.col("value").is_not_null()).iter_rows())
        for (code,), rows in figures.group_by("indicator")
    }
    read: dict[Primitive, list[str]] = {}
    for code, plan in regions.plans.items():
        for one in plan.primitives():
            if one.kind == "count" or (one.kind == "sum" and plan.additive):
                read.setdefault(one, []).append(code)
    if not read:
        return ()
    cells = firm_cells(measured.cells, [one.cell for one in read])
    if "firm" not in cells.columns:
        return ()
    units = measured.units.base
    made = []
    for one, codes in read.items():
        column = measured.cells.columns[one.cell]
        firms = None
        if one.kind == "count":
            counted = cells.filter(pl.col(column).is_not_null(), pl.col(UNIT).is_not_null())
            firms = frozenset(counted["firm"])
        values = dict(zip(measured.units.names, measured.values[one].tolist(), strict=True))
        made.append(
            Told(
                firms,
                {unit: values[unit] for unit in units},
                {unit: any(shown[code].get(unit, False) for code in codes) for unit in units},
                tuple(codes),
            )
        )
    return tuple(made)


def hide_what_exposes(
    regions: RegionFigures, ledger: Ledger, tiers: Sequence[str], rules: Confidentiality
) -> RegionFigures:
    """Hide figures of an index too, as long as they give a count away that reports hide.

    Parameters
    ----------
    regions
        The figures under the same rules, of the ledger's firms.
    tiers
        Codes of the tiers, highest first.
    """
    from sanfu.report.materials.ledger_linked import LedgerCounts  # noqa: PLC0415 - reads this

    year, level = max(regions.measured), regions.levels[0]
    while True:
        counts = LedgerCounts(ledger, tiers, rules, told_by(regions))
        units = {counts.name(key[-1]) for key in counts.exposed}
        keys = set()
        for unit in units:
            telling = [one for one in counts.matched if one.shown.get(unit)]
            if telling:
                least = min(telling, key=lambda one: (len(one.codes), one.codes))
                keys |= {(level, unit, year, code) for code in least.codes}
        if not keys:
            return regions
        regions = hide_also(regions, sorted(keys))
