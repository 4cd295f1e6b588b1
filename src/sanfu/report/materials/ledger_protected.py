"""Tables of a ledger's firms under the rules of confidentiality, and the log of what they hide."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.report.confidential import Protected, log_table, protect, protected_table
from sanfu.report.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index import Confidentiality
    from sanfu.registry import Ledger
    from sanfu.report.blocks import Table
    from sanfu.report.facts import Facts
    from sanfu.report.material import Item


class ProtectedTables:
    """Firms by district and tier, and revenue by district, with what must be hidden.

    Parameters
    ----------
    in_force
        Titles in force, a row a title.
    names
        Code of a district → its name.
    tiers
        Code of a tier → its name, in the order of the table.
    year
        Whose revenue is summed.
    note
        What is said below the table of tiers, such as of titles without dates.
    """

    def __init__(
        self,
        ledger: Ledger,
        in_force: pl.DataFrame,
        names: Mapping[str, Text],
        tiers: Mapping[str, Text],
        year: str,
        rules: Confidentiality,
        *,
        note: str = "",
    ) -> None:
        self.ledger = ledger
        self.in_force = in_force
        self.names = {code: str(name) for code, name in names.items()}
        self.tiers = {code: str(name) for code, name in tiers.items()}
        self.year = year
        self.rules = rules
        self.note = note

    @cached_property
    def by_tier(self) -> Protected:
        """Firms in force by district and tier; a firm counts in each tier that it holds."""
        placed = self.in_force.unique(["firm", "tier"]).join(
            self.ledger.firms.select("firm", "district"), on="firm"
        )
        named = self._named(placed).with_columns(
            pl.col("tier").replace_strict(self.tiers, default=None, return_dtype=pl.String)
        )
        held = [name for name in self.tiers.values() if name in set(named["tier"])]
        return protect(named, ["district", "tier"], rules=self.rules, labels={"tier": held})

    @cached_property
    def revenue(self) -> Protected:
        """Revenue of the year by district, in fen."""
        figures = self.ledger.figures.filter(pl.col("year").cast(pl.String) == self.year)
        placed = figures.select("firm", "revenue").join(
            self.ledger.firms.select("firm", "district"), on="firm"
        )
        known = self._named(placed).drop_nulls("revenue").filter(pl.col("revenue") >= 0)
        return protect(known, ["district"], value="revenue", rules=self.rules)

    def tier_table(self, _: Item | None, __: Facts) -> Table:
        """Print firms by district and tier."""
        caption = Text(
            f"各区各层级有效企业数（{self.year} 年末；一户可持有多个称号，合计为称号数）",
            f"firms in force by district and tier, end of {self.year} (a firm can hold several "
            "titles; totals count titles)",
        )
        return self._print(self.by_tier, caption, None, self.note)

    def revenue_table(self, _: Item | None, __: Facts) -> Table:
        """Print revenue by district."""
        caption = Text(
            f"各区企业营业收入（{self.year} 年，台账内企业合计）",
            f"revenue by district, {self.year}, summed over the ledger's firms",
        )
        return self._print(self.revenue, caption, "money")

    def log(self, _: Item | None, __: Facts) -> Table:
        """Print what was hidden and why."""
        tables = {
            str(Text("各区各层级企业数", "firms by district and tier")): self.by_tier,
            str(Text("各区营业收入", "revenue by district")): self.revenue,
        }
        return log_table(tables)

    def hidden(self) -> int:
        """Count the cells that are hidden."""
        return self.by_tier.log.height + self.revenue.log.height

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.col("district").replace_strict(self.names, default=None, return_dtype=pl.String)
        )

    def _print(self, found: Protected, caption: Text, show: str | None, source: str = "") -> Table:
        from sanfu.language import current_language  # noqa: PLC0415 - when printed

        language = current_language()
        return protected_table(
            found,
            caption=str(caption),
            heading=str(Text("区", "district")),
            show=(lambda fen: Fact(fen, "money").printed(language)) if show else None,
            source=source,
            synthetic=self.ledger.is_synthetic,
        )


def hide_small(counts: pl.DataFrame, columns: Sequence[str], least: int) -> pl.DataFrame:
    """Blank the columns of rows that rest on too few firms (``firms``), and say so in `hidden`."""
    few = (pl.col("firms") > 0) & (pl.col("firms") < least)
    return counts.with_columns(few.alias("hidden")).with_columns(
        pl.when(pl.col("hidden")).then(None).otherwise(pl.col(name)).alias(name) for name in columns
    )
