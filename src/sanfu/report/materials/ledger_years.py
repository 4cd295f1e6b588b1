"""Titles over the years: how many firms hold each tier, who moved between tiers, where they are."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.registry.titles import undated_note
from sanfu.report.figures import NothingToDraw, structure, tier_flows, trend
from sanfu.report.linked import Withheld, crossed, not_drawn
from sanfu.report.materials.ledger_linked import NO_TIER
from sanfu.report.materials.ledger_traces import TITLES, in_force_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sanfu.report.confidential import Protected
    from sanfu.report.facts import Fact, Facts
    from sanfu.report.figures import Figure
    from sanfu.report.material import Item
    from sanfu.report.materials.ledger_linked import LedgerCounts
    from sanfu.report.materials.ledger_traces import LedgerTraces

NONE = Text("无有效称号", "no title in force")


class LedgerYears:
    """What a ledger's titles say over its years.

    Parameters
    ----------
    counts
        All counts of the ledger's firms that reports print.
    place
        The district written about, or `TOTAL`.
    tiers
        Code of a tier → its name, highest first.
    about
        Gives what stands with a figure: title, unit, method.
    traces
        Makes facts with their traces.
    """

    def __init__(
        self,
        counts: LedgerCounts,
        place: str,
        tiers: Mapping[str, Text],
        about: Callable[..., Any],
        traces: LedgerTraces,
    ) -> None:
        self.traces = traces
        self.counted = counts
        self.place = place
        self.years = counts.years
        self.texts = {tier: tiers[tier] for tier in counts.tiers}
        self.tiers = {tier: str(name) for tier, name in self.texts.items()}
        self.about = about
        self.undated = undated_note(counts.titles_of(place), counts.rules.min_firms or 0)

    def figures(self, prefix: str) -> dict[str, Any]:
        """Give the figures that need two years."""
        return {f"{prefix}.tiers-trend": self._trend, f"{prefix}.tier-flows": self._flows}

    def sentences(self, prefix: str) -> dict[str, Any]:
        """Give the sentences that need two years."""
        return {f"{prefix}.tiers-trend": self._said}

    @cached_property
    def counts(self) -> pl.DataFrame:
        """Firms of each tier at each year's end: name, year, value (missing where hidden)."""
        rows = [
            (name, year, self.counted.tier(self.place, tier, year))
            for year in self.years
            for tier, name in self.tiers.items()
        ]
        schema = {"name": pl.String, "year": pl.Int64, "value": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @cached_property
    def moves(self) -> list[tuple[str, str, int | None]]:
        """Highest tier a year ago and now, and how many firms; None where hidden."""
        return self.counted.moves(self.place)

    def withheld(self, prefix: str) -> dict[str, Callable[[], list[Withheld]]]:
        """List what figures and sentences hide."""

        def trend_hides() -> list[Withheld]:
            hidden = self.counted.titles[1]
            return [
                Withheld(_TREND, crossed(name, str(year)), hidden[key])
                for year in self.years
                for tier, name in self.texts.items()
                if (key := ("tier", tier, str(year), self.place)) in hidden
            ]

        def flows_hide() -> list[Withheld]:
            hidden = self.counted.titles[1]
            found = []
            for before, after, _ in self.moves:
                key = ("move", before, after, self.place)
                if key in hidden:
                    a, b = (self.texts.get(tier, NONE) for tier in (before, after))
                    cell = Text(f"{a.zh} → {b.zh}", f"{a.en} → {b.en}")
                    found.append(Withheld(_MOVES, cell, hidden[key]))
            return found

        return {f"{prefix}.tiers-trend": trend_hides, f"{prefix}.tier-flows": flows_hide}

    def method(self, said: Text) -> Text:
        """Give a figure's method with the number of titles that it leaves out for want of dates."""
        note = self.undated
        return said if note is None else Text(f"{said.zh}；{note.zh}", f"{said.en}; {note.en}")

    def held(self, value: int | str | None = None) -> Fact:
        """Give a number of firms that hold a tier at a year's end; by default, all of them."""
        years = f"{self.years[0]}–{self.years[-1]}" if self.years else "—"
        place = self.counted.name(self.place) if self.place in self.counted.places else ""
        where = ((str(Text("哪些企业", "which firms")), place),) if place else ()
        return self.traces.fact(
            str(Text("各年末有效企业数", "firms in force at each year's end"))
            if value is None
            else value,
            f"ledger.{self.place}.held",
            Text(f"{place}各年末各层级有效企业数", f"{place} firms in force by tier and year"),
            in_force_words(years),
            TITLES,
            more=where,
        )

    def _trend(self, _: Item | None) -> Figure:
        if not (self.moves and self.counts["value"].count()):
            raise NothingToDraw(str(_TREND))
        gaps = self.counts["value"].null_count()
        note = Text("每年年末有效的称号", "titles in force at each year's end")
        method = self.method(not_drawn(note, gaps, Text("点", "points")))
        about = self.about(_TREND, Text("户", "firms"), method)
        about["as_of"] = f"{self.years[0]}–{self.years[-1]}"
        drawn = trend(self.counts, decimals=0, **about)
        return replace(drawn, behind=((str(_BEHIND), self.held()),))

    def _flows(self, _: Item | None) -> Figure:
        if not any(count for *_, count in self.moves):
            raise NothingToDraw(str(_MOVES))
        names = {**self.tiers, NO_TIER: str(NONE)}
        drawn = pl.DataFrame(
            [(names[a], names[b], count) for a, b, count in self.moves if count],
            schema={"from": pl.String, "to": pl.String, "count": pl.Int64},
            orient="row",
        )
        before, after = self.counted.ends
        hidden = sum(count is None for *_, count in self.moves)
        note = Text("每户按其最高层级计", "each firm by its highest tier")
        flows = tier_flows(
            drawn,
            before=str(Text(f"{before} 年末", f"end of {before}")),
            after=str(Text(f"{after} 年末", f"end of {after}")),
            order=list(names.values()),
            **self.about(
                _MOVES,
                Text("户", "firms"),
                self.method(not_drawn(note, hidden, Text("组", "groups"))),
                as_of=f"{before}–{after}",
            ),
        )
        return replace(flows, behind=((str(_BEHIND), self.held()),))

    def _said(self, _: Item | None, facts: Facts) -> list[str]:
        """Say how the number of firms of each tier changed from the first year to the last."""
        if len(self.years) < 2:
            return []
        first, last = self.years[0], self.years[-1]
        said = []
        for number, name in enumerate(self.tiers.values()):
            own = self.counts.filter(pl.col("name") == name).drop_nulls("value").sort("year")
            ends = own.filter(pl.col("year").is_in([first, last]))["value"].to_list()
            if len(ends) < 2:
                continue
            place = f"ledger.trend.{number}"
            facts.add(f"{place}.first", self.held(ends[0]))
            facts.add(f"{place}.last", self.held(ends[1]))
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


_BEHIND = Text("由此得出", "worked out from")
_TREND = Text("各层级有效企业数的变化", "firms in force by tier over the years")
_MOVES = Text("一年间企业在层级间的升降", "moves between tiers within a year")


def structure_by_district(by_tier: Protected, about: Any) -> Figure:
    """Draw the shares of tiers in each district; one with a hidden cell is left out and counted."""
    cells = by_tier.figure_frame(whole="district", part="tier", value="value")
    whole = pl.col("value").is_null().any().over("whole") | (
        pl.col("value").sum().over("whole") <= 0
    )
    kept = cells.filter(~whole)
    left_out = cells["whole"].n_unique() - kept["whole"].n_unique()
    method = Text(about["method"], about["method"])
    about = {**about, "method": str(not_drawn(method, left_out, Text("区", "districts")))}
    return structure(kept, wholes=Text("区", "district"), **about)
