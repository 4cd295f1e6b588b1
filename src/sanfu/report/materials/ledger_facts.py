"""The facts of a ledger's firms that several tables print, each with its trace."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sanfu.language import Text
from sanfu.registry.schemes import TAGGED_BY
from sanfu.report.confidential import HIDDEN
from sanfu.report.materials.ledger_traces import TITLES, LedgerTraces, Read, in_force_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from sanfu.registry.schemes import Scheme
    from sanfu.report.facts import Fact, Show
    from sanfu.report.materials.ledger_linked import LedgerCounts

TIERS = {
    "little-giant": Text("专精特新“小巨人”企业", "little giants"),
    "srdi": Text("专精特新中小企业", "SRDI firms"),
    "innovative": Text("创新型中小企业", "innovative firms"),
    "tech": Text("科技型中小企业", "technology-based firms"),
}
"""The tiers as the ledger codes them, highest first."""
_SCHEMES = Text("分类方案", "schemes")


class LedgerFacts:
    """Makes the facts of the firms written about: all of a ledger's, or a district's.

    Parameters
    ----------
    counts
        All counts of the ledger's firms that reports print.
    known
        The firms written about, also those since merged into others.
    own_schemes
        The district's own industry systems, beside the ledger's.
    place, where
        The district's code, or `TOTAL`; and its name.
    """

    def __init__(
        self,
        counts: LedgerCounts,
        known: pl.DataFrame,
        own_schemes: tuple[Scheme, ...],
        place: str,
        where: Text | None,
    ) -> None:
        self.counts = counts
        self.ledger = counts.ledger
        self.known = known
        self.firms = counts.there(known)
        self.own_schemes = own_schemes
        self.schemes = (*own_schemes, *self.ledger.schemes)
        self.place = place
        self.where = "" if where is None else str(where)
        self.year = str(counts.last or "—")
        self.traces = LedgerTraces(self.ledger)
        hidden = place in counts.firms_hidden
        self.size = HIDDEN if hidden else f"{counts.firms.get(place, 0):,}"

    @cached_property
    def tiers(self) -> dict[str, int | None]:
        """Holders of each tier at the end of the latest year; None where hidden."""
        return {tier: self.counts.tier(self.place, tier, self.counts.last) for tier in TIERS}

    def _fact(
        self, name: str, value: float | str | None, what: Text, formula: Text, *reads: Read,
        show: Show = "count", more: Iterable[tuple[str, str | Fact]] = (),
    ) -> Fact:  # fmt: skip
        """Give a number of the firms written about, with its trace."""
        own = Text(f"{self.where}：{what.zh}", f"{self.where}: {what.en}") if self.where else what
        which = (str(Text("哪些企业", "which firms")), self.where)
        more = (which, *more) if self.where else more
        return self.traces.fact(
            value, f"ledger.{self.place}.{name}", own, formula, *reads, show=show, more=more
        )

    @property
    def _size(self) -> Fact:
        return self._fact(
            "firms",
            HIDDEN if self.size == HIDDEN else self.firms.height,
            Text("企业数", "firms"),
            Text(
                f"{self.year} 年末在册的企业的户数，已合并的计作一户",
                f"count of firms there at the end of {self.year}, those merged counted once",
            ),
            ("firms", "name", None),
        )

    def _doubtful_fact(self, value: int | str | None) -> Fact:
        return self._fact(
            "duplicates",
            value,
            Text("疑似重复的企业数", "likely duplicates"),
            Text(
                "与另一户按代码、名称、地址等打分过线的企业的户数：sanfu ledger duplicates",
                "count of firms whose score with another, by code, name, address and so on, "
                "passes: sanfu ledger duplicates",
            ),
            ("firms", "", None),
        )

    def _tier(self, tier: str) -> Fact:
        count = self.tiers[tier]
        return self._fact(
            "tiers",
            HIDDEN if count is None else count,
            Text("各层级有效企业数", "firms in force by tier"),
            in_force_words(self.year),
            TITLES,
        )

    def _found_on_import(self, count: int) -> Fact:
        return self._fact(
            "problems",
            count,
            Text("导入时发现的问题", "found on import"),
            Text("按程度、种类计的处数", "count of places by severity and kind"),
        )

    def _tag(self, value: float | str, show: Show = "count") -> Fact:
        return self._fact(
            "tags",
            value,
            Text("各产业企业数和占比", "firms by industry and their share"),
            Text(
                "按分类方案的规则判为该产业的企业户数；÷ 企业数",
                "count of firms that the scheme's rules put in the industry; ÷ firms",
            ),
            *(("firms", column, None) for column in TAGGED_BY),
            show=show,
            more=((str(Text("企业数", "firms")), self._size), (str(_SCHEMES), self._marks)),
        )

    @property
    def _marks(self) -> str:
        return "；".join(f"{scheme.scheme}：{scheme.mark}" for scheme in self.schemes)
