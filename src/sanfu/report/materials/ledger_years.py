"""Titles over the years: how many firms hold each tier, who moved between tiers, where they are."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.registry import firms_on
from sanfu.registry.titles import in_force, undated_note
from sanfu.report.confidential import protect
from sanfu.report.facts import Fact
from sanfu.report.figures import structure, tier_flows, trend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sanfu.index import Confidentiality
    from sanfu.report.confidential import Protected
    from sanfu.report.facts import Facts
    from sanfu.report.figures import Figure
    from sanfu.report.material import Item

NONE = Text("无有效称号", "no title in force")


class LedgerYears:
    """What a ledger's titles say over its years.

    Parameters
    ----------
    titles
        Titles of the firms written about, a row a title.
    years
        The ledger's years, in order.
    tiers
        Code of a tier → its name, highest first.
    about
        Gives what stands with a figure: title, unit, method.
    """

    def __init__(
        self,
        titles: pl.DataFrame,
        years: list[int],
        tiers: Mapping[str, Text],
        rules: Confidentiality,
        about: Callable[..., Any],
    ) -> None:
        self.titles = titles
        self.years = years
        self.tiers = {tier: str(name) for tier, name in tiers.items()}
        self.rules = rules
        self.about = about

    def figures(self, prefix: str) -> dict[str, Any]:
        """Give the figures that need two years; none where the ledger has one."""
        if len(self.years) < 2 or self.moves.frame.is_empty():
            return {}
        return {f"{prefix}.tiers-trend": self._trend, f"{prefix}.tier-flows": self._flows}

    def sentences(self, prefix: str) -> dict[str, Any]:
        """Give the sentences that need two years."""
        return {f"{prefix}.tiers-trend": self._said} if len(self.years) > 1 else {}

    def held(self, year: int) -> pl.DataFrame:
        """Give the titles in force at a year's end."""
        day = dt.date(year, 12, 31)
        return firms_on(self.titles, day).filter(
            in_force(pl.col("granted"), pl.col("expires"), day)
        )

    @cached_property
    def counts(self) -> pl.DataFrame:
        """Firms of each tier at each year's end: name, year, value (missing where too few)."""
        rows = []
        for year in self.years:
            held = self.held(year)
            by = dict(held.group_by("tier").agg(pl.col("firm").n_unique()).iter_rows())
            rows += [
                {"name": name, "year": year, "value": by.get(tier, 0)}
                for tier, name in self.tiers.items()
                if tier in set(self.titles["tier"])
            ]
        few = pl.col("value").is_between(1, (self.rules.min_firms or 1) - 1)
        frame = pl.DataFrame(rows, schema={"name": pl.String, "year": pl.Int64, "value": pl.Int64})
        return frame.with_columns(value=pl.when(~few).then("value"))

    @cached_property
    def moves(self) -> Protected:
        """Firms by their highest tier a year ago and now, under the rules of confidentiality."""
        place = {tier: i for i, tier in enumerate(self.tiers)}
        ends = []
        for year in self.years[-2:]:
            held = self.held(year).filter(pl.col("tier").is_in(list(place)))
            ends.append(
                held.with_columns(at=pl.col("tier").replace_strict(place, return_dtype=pl.Int64))
                .group_by("firm")
                .agg(pl.col("at").min())
            )
        names = dict(enumerate(self.tiers.values()))
        both = ends[0].join(ends[1], on="firm", how="full", coalesce=True, suffix="_now")
        named = both.select(
            pl.col(column)
            .replace_strict(names, return_dtype=pl.String, default=None)
            .fill_null(str(NONE))
            .alias(to)
            for column, to in (("at", "before"), ("at_now", "after"))
        )
        order = [*names.values(), str(NONE)]
        labels = {
            side: [name for name in order if name in set(named[side])]
            for side in ("before", "after")
        }
        return protect(named, ["before", "after"], rules=self.rules, labels=labels)

    def method(self, said: Text) -> Text:
        """Give a figure's method with the number of titles that it leaves out for want of dates."""
        note = undated_note(self.titles, self.rules.min_firms or 0)
        return said if note is None else Text(f"{said.zh}；{note.zh}", f"{said.en}; {note.en}")

    def _trend(self, _: Item | None) -> Figure:
        return trend(
            self.counts,
            decimals=0,
            **self.about(
                Text("各层级有效企业数的变化", "firms in force by tier over the years"),
                Text("户", "firms"),
                self.method(Text("每年年末有效的称号", "titles in force at each year's end")),
                as_of=f"{self.years[0]}–{self.years[-1]}",
            ),
        )

    def _flows(self, _: Item | None) -> Figure:
        cells = self.moves.figure_frame(**{"from": "before", "to": "after", "count": "value"})
        drawn = cells.drop_nulls("count").filter(pl.col("count") > 0)
        before, after = self.years[-2:]
        hidden = cells.height - cells.drop_nulls("count").height
        note = Text("每户按其最高层级计", "each firm by its highest tier")
        few = Text(
            f"；{hidden} 组企业数过少，未画", f"; {hidden} groups of too few firms are not drawn"
        )
        return tier_flows(
            drawn.with_columns(pl.col("count").cast(pl.Int64)),
            before=str(Text(f"{before} 年末", f"end of {before}")),
            after=str(Text(f"{after} 年末", f"end of {after}")),
            order=[*self.tiers.values(), str(NONE)],
            **self.about(
                Text("一年间企业在层级间的升降", "moves between tiers within a year"),
                Text("户", "firms"),
                self.method(Text(note.zh + few.zh, note.en + few.en) if hidden else note),
                as_of=f"{before}–{after}",
            ),
        )

    def _said(self, _: Item | None, facts: Facts) -> list[str]:
        """Say how the number of firms of each tier changed from the first year to the last."""
        first, last = self.years[0], self.years[-1]
        said = []
        for number, name in enumerate(self.tiers.values()):
            own = self.counts.filter(pl.col("name") == name).drop_nulls("value").sort("year")
            ends = own.filter(pl.col("year").is_in([first, last]))["value"].to_list()
            if len(ends) < 2:
                continue
            place = f"ledger.trend.{number}"
            facts.add(f"{place}.first", Fact(ends[0], "count"))
            facts.add(f"{place}.last", Fact(ends[1], "count"))
            said.append(
                str(
                    Text(
                        f"{name}由 {first} 年末的 {{{place}.first}} 户变为 {last} 年末的 "
                        f"{{{place}.last}} 户。",
                        f"{name}: {{{place}.first}} at the end of {first}, {{{place}.last}} at the "
                        f"end of {last}.",
                    )
                )
            )
        return [str(Text("", " ")).join(said)] if said else []


def structure_by_district(by_tier: Protected, about: Any) -> Figure:
    """Draw the shares of tiers in each district; one with a hidden cell is left out and counted."""
    cells = by_tier.figure_frame(whole="district", part="tier", value="value")
    whole = pl.col("value").is_null().any().over("whole") | (
        pl.col("value").sum().over("whole") <= 0
    )
    kept = cells.filter(~whole)
    left_out = cells["whole"].n_unique() - kept["whole"].n_unique()
    if left_out:
        more = Text(
            f"{left_out} 个区因企业数过少未画", f"{left_out} districts of too few firms not drawn"
        )
        about = {**about, "method": f"{about['method']}；{more}"}
    return structure(kept, wholes=Text("区", "district"), **about)
