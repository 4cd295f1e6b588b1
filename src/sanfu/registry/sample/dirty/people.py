"""Who stands in a dirty list: shuffled firms with their codes, names and districts as printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.registry.sample.dirty.cells import Printed, codes, districts, names, pick
from sanfu.registry.sample.dirty.grid import Column
from sanfu.registry.sample.names import FIRST, SECOND
from sanfu.registry.sample.plan import shanghai_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry.sample.generate import SampleRegistry

USUAL_CODES = {
    "missing": 0.004, "typo": 0.004, "confused": 0.003, "lower": 0.004, "spaced": 0.005,
    "full-width": 0.003,
}  # fmt: skip
"""Kinds of faults in credit codes and their assumed rates; a row has at most one."""
MOVED = 0.019
"""Measured: 1.9 % of real codes name another district than the label; so often a firm moves."""
OLD_NAME = 0.01


class Source:
    """The registry as columns, with what the lists need of it."""

    def __init__(self, registry: SampleRegistry, rng: np.random.Generator) -> None:
        self.registry = registry
        self.rng = rng
        self.firms = registry.firms.sort("firm")
        self.ids = self.firms["firm"].to_list()
        self.position = {firm: number for number, firm in enumerate(self.ids)}
        self.full_names = {d.code: d.name for d in shanghai_plan().districts}
        self._figures: dict[int, pl.DataFrame] = {}
        n = len(self.ids)
        # a firm of this set stands in the first list without a usable code, and is known by its
        # name and district until another list brings the code: it is never renamed or moved
        drawn = rng.random(n)
        self.first_code = {
            "missing": set(np.flatnonzero(drawn < 0.003).tolist()),
            "typo": set(np.flatnonzero((drawn >= 0.003) & (drawn < 0.006)).tolist()),
        }
        self.plain = self.first_code["missing"] | self.first_code["typo"]
        self.renamed = set(np.flatnonzero(rng.random(n) < OLD_NAME).tolist()) - self.plain
        self.old_names = dict(zip(sorted(self.renamed), self._old_names(), strict=True))

    def _old_names(self) -> list[str]:
        """Make up earlier names: another stem, used by no firm of the registry."""
        words = ("贸易", "实业", "科技发展", "商贸")
        made = []
        for number, position in enumerate(sorted(self.renamed)):
            pair = position * 7 + 3
            stem = SECOND[pair % len(SECOND)] + FIRST[pair // len(SECOND) % len(FIRST)]
            made.append(f"上海{stem}{words[number % len(words)]}有限公司")
        return made

    def figures(self, year: int) -> pl.DataFrame:
        """Give the figures of a year, one row a firm in our order; empty where none is filed."""
        if year not in self._figures:
            of_year = self.registry.figures.filter(pl.col("year") == year)
            joined = self.firms.select("firm").join(of_year, on="firm", how="left")
            self._figures[year] = joined.sort("firm")
        return self._figures[year]

    def figure(self, rows: Sequence[int], measure: str, year: int) -> list[int | None]:
        """Give a measure of some firms in a year."""
        values: list[int | None] = self.figures(year)[measure].gather(list(rows)).to_list()
        return values

    def column(self, rows: Sequence[int], name: str) -> list[str]:
        """Give an attribute of some firms."""
        values: list[str] = self.firms[name].gather(list(rows)).to_list()
        return values

    def shuffled(self, rows: Sequence[int]) -> list[int]:
        """Give rows in a random order, as lists come."""
        return [int(row) for row in self.rng.permutation(np.array(rows, dtype=np.int64))]


@dataclass
class People:
    """The columns that tell who a row is, and by what it can be known."""

    rows: list[int]
    firms: list[str]
    identity: list[str]
    code: Printed
    name: Printed
    district: Printed

    def columns(self, **headings: str) -> list[Column]:
        """Give the columns under the given headings, in the given order."""
        printed = {"uscc": self.code, "name": self.name, "district": self.district}
        return [Column(heading, measure, printed[measure]) for measure, heading in headings.items()]


def people(
    source: Source,
    rows: Sequence[int],
    *,
    first: bool = False,
    code: str = "usual",
    old_names: bool = False,
    half_width: float = 0.027,
    moved: float = MOVED,
    old_district: float = 0.02,
) -> People:
    """Print who the rows are, with faults that keep most of them decidable.

    Parameters
    ----------
    first
        This is the list that opens the ledger: its own share of bad codes, nobody moved.
    code
        ``usual`` faults, ``organisation`` (old 9-character codes) or ``none`` (no code at all).
    """
    rng, n = source.rng, len(rows)
    usccs = source.column(rows, "uscc")
    if first:
        printed_code = Printed([*usccs], [*usccs])
        for kind, positions in source.first_code.items():
            for place, position in enumerate(rows):
                if position in positions:
                    _spoil(printed_code, place, kind, rng)
    elif code == "organisation":
        printed_code = codes(usccs, rng, {"organisation": 1.0})
    elif code == "none":
        printed_code = codes(usccs, rng, {"missing": 1.0})
    else:
        printed_code = codes(usccs, rng, USUAL_CODES)
    known = [
        value is not None or fault == "code-organisation"
        for value, fault in zip(printed_code.value, printed_code.fault, strict=True)
    ]
    printed_name = names(source.column(rows, "name"), rng, half_width=half_width)
    if old_names:
        for place, position in enumerate(rows):
            if position in source.renamed and known[place] and rng.random() < 0.6:
                name = source.old_names[position]
                printed_name.shown[place] = printed_name.value[place] = name
                printed_name.fault[place] = "old-name"
    # who has moved is known by the code only, and was known by it from the first list on
    movable = [
        place
        for place in pick(rng, n, 0.0 if first else moved)
        if known[place] and rows[place] not in source.plain
    ]
    printed_district = districts(
        source.column(rows, "district"), source.full_names, rng, old=old_district, moved=movable
    )
    return People(
        rows=[*rows],
        firms=[source.ids[row] for row in rows],
        identity=["code" if by_code else "name" for by_code in known],
        code=printed_code,
        name=printed_name,
        district=printed_district,
    )


def _spoil(printed: Printed, place: int, kind: str, rng: np.random.Generator) -> None:
    one = codes([printed.shown[place]], rng, {kind: 1.0})
    printed.shown[place], printed.value[place] = one.shown[0], one.value[0]
    printed.fault[place], printed.undecidable[place] = one.fault[0], one.undecidable[0]
