"""Tables of a ledger's firms under the rules of confidentiality, and the log of what they hide."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.report.confidential import (
    TOTAL,
    Protected,
    protect,
    protected_table,
    with_log,
    withhold_all,
)
from sanfu.report.materials.ledger_traces import TITLES, LedgerTraces, in_force_words
from sanfu.report.suppress import CannotProtect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.report.blocks import Inline, Table
    from sanfu.report.facts import Fact, Facts
    from sanfu.report.linked import Key, Withheld
    from sanfu.report.material import Item
    from sanfu.report.materials.ledger_linked import LedgerCounts


class ProtectedTables:
    """Firms by district and tier, and revenue by district, with what must be hidden.

    Parameters
    ----------
    counts
        All counts of the ledger's firms that reports print.
    traces
        Makes facts with their traces; those of the same ledger, not to read its cells twice.
    tiers
        Code of a tier → its name, in the order of the table.
    note
        What is said below the table of tiers, such as of titles without dates.
    """

    def __init__(
        self,
        counts: LedgerCounts,
        tiers: Mapping[str, Text],
        *,
        traces: LedgerTraces | None = None,
        note: str = "",
    ) -> None:
        self.traces = traces or LedgerTraces(counts.ledger)
        self.note = note
        self.counts = counts
        self.ledger = counts.ledger
        self.year = str(counts.last or "—")
        self.tiers = {code: str(tiers[code]) for code in counts.tiers}

    @cached_property
    def by_tier(self) -> Protected:
        """Firms in force by district and tier; a firm counts in each tier that it holds."""
        counts = self.counts
        linked, hidden = counts.titles
        year = str(counts.last)
        cells: dict[tuple[str, str], Key] = {}
        for place in (*counts.places, TOTAL):
            label = TOTAL if place == TOTAL else counts.name(place)
            for tier, name in self.tiers.items():
                cells[label, name] = ("tier", tier, year, place)
            cells[label, TOTAL] = ("titles", year, place)
        numbers = pl.Series([linked.count(key) for key in cells.values()], dtype=pl.Int64)
        frame = pl.DataFrame(list(cells), schema=["district", "tier"], orient="row")
        return with_log(
            frame.with_columns(
                value=numbers.cast(pl.Float64),
                n=numbers,
                hidden=pl.Series([key in hidden for key in cells.values()], dtype=pl.Boolean),
            ),
            ("district", "tier"),
            [hidden[key] for key in cells.values() if key in hidden],
        )

    @cached_property
    def revenue(self) -> Protected:
        """Revenue of the year by district, in fen."""
        counts = self.counts
        figures = self.ledger.figures.filter(pl.col("year").cast(pl.String) == self.year)
        if "revenue" not in figures.columns:
            figures = figures.with_columns(revenue=pl.lit(None, pl.Int64))
        placed = figures.select("firm", "revenue").with_columns(
            district=pl.col("firm").replace_strict(
                {firm: counts.names.get(place) for firm, place in counts.place_of.items()},
                default=None,
                return_dtype=pl.String,
            )
        )
        known = placed.drop_nulls().filter(pl.col("revenue") >= 0)
        sums = dict(known.group_by("district").agg(pl.col("revenue").sum()).iter_rows())
        shown: dict[tuple[str, ...], bool] = {}
        for one in counts.told:
            if one.is_sum_of(sums):
                for name in sums:
                    if name in one.shown:
                        shown[name,] = shown.get((name,), False) or one.shown[name]
        try:
            return protect(known, ["district"], value="revenue", rules=counts.rules, told=shown)
        except CannotProtect:
            return withhold_all(protect(known, ["district"], value="revenue", rules=counts.rules,
                                        totals=False))  # fmt: skip

    def tier_table(self, _: Item | None, facts: Facts) -> Table:
        """Print firms by district and tier."""
        given = self.traces.fact(
            None,
            "ledger.by-district",
            Text("各区各层级有效企业数", "firms in force by district and tier"),
            in_force_words(self.year),
            TITLES,
            ("firms", "district", None),
        )
        return self._print(self.by_tier, self._tier_caption, given, facts, self.note)

    def revenue_table(self, _: Item | None, facts: Facts) -> Table:
        """Print revenue by district."""
        year = int(self.year) if self.year.isdigit() else None
        of_year = pl.col("year").eq_missing(pl.lit(year))
        n = self.ledger.figures.filter(of_year)["revenue"].count()
        given = self.traces.fact(
            None,
            "ledger.revenue",
            Text(f"各区营业收入合计（{self.year} 年）", f"revenue by district, {self.year}"),
            Text(
                f"Σ 该区企业 {self.year} 年营业收入（缺和负数不计）",
                f"Σ revenue of {self.year} over the district's firms (missing and negative left "
                "out)",
            ),
            ("figures", "revenue", year),
            ("firms", "district", None),
            show="money",
            more=((str(Text("有该数的企业", "firms that have it")), f"{n:,}"),),
        )
        return self._print(self.revenue, self._revenue_caption, given, facts)

    @property
    def _tier_caption(self) -> Text:
        return Text(
            f"各区各层级有效企业数（{self.year} 年末；一户可持有多个称号，合计为称号数）",
            f"firms in force by district and tier, end of {self.year} (a firm can hold several "
            "titles; totals count titles)",
        )

    @property
    def _revenue_caption(self) -> Text:
        return Text(
            f"各区企业营业收入（{self.year} 年，台账内企业合计）",
            f"revenue by district, {self.year}, summed over the ledger's firms",
        )

    def tiers_withheld(self) -> list[Withheld]:
        """List what the table of tiers hides."""
        return list(self.by_tier.withheld(self._tier_caption))

    def revenue_withheld(self) -> list[Withheld]:
        """List what the table of revenue hides."""
        return list(self.revenue.withheld(self._revenue_caption))

    def withheld(self) -> list[Withheld]:
        """List what the two tables hide."""
        return [*self.tiers_withheld(), *self.revenue_withheld()]

    def _print(
        self, found: Protected, caption: Text, given: Fact, facts: Facts, source: str = ""
    ) -> Table:
        def printed(value: float) -> Inline:
            whole = value if given.show == "money" else int(value)
            return facts.print(facts.add(given.home, replace(given, value=whole)))

        return protected_table(
            found,
            caption=str(caption),
            heading=str(Text("区", "district")),
            show=printed,
            source=source,
            synthetic=self.ledger.is_synthetic,
        )
