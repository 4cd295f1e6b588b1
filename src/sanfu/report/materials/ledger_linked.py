"""All counts of a ledger's firms that reports print, under one pattern of what is hidden.

The city's report and each district's are made from the same pattern, whichever is written, so
that a number hidden in one cannot be worked out from another.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.registry import firms_on
from sanfu.registry.schemes import apply_schemes
from sanfu.registry.titles import in_force
from sanfu.report.confidential import TOTAL
from sanfu.report.linked import TOTAL as SUM
from sanfu.report.linked import WHOLE, Key, Linked, hide_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sanfu.index import Confidentiality
    from sanfu.registry import Ledger
    from sanfu.registry.schemes import Scheme
    from sanfu.report.materials.index_told import Told

UNPLACED = ""
"""Stands for firms without a known district."""
NO_TIER = "-"
TAG = ("scheme", "group", "tag", "rule")


class LedgerCounts:
    """Counts of a ledger's firms by district, title and industry, and which are hidden.

    Parameters
    ----------
    tiers
        Codes of the tiers, highest first.
    told
        What an index of the same firms prints.

    Notes
    -----
    A place is the code of a district, `TOTAL` for all of them, or `UNPLACED`.
    """

    def __init__(
        self,
        ledger: Ledger,
        tiers: Sequence[str],
        rules: Confidentiality,
        told: Sequence[Told] = (),
    ) -> None:
        self.ledger = ledger
        self.rules = rules
        self.told = told
        self.matched: list[Told] = []
        """What is told of counts that are printed here too; known once these are asked for."""
        held = set(ledger.titles["tier"])
        self.tiers = [tier for tier in tiers if tier in held]
        self.years: list[int] = sorted(ledger.figures["year"].unique().to_list())
        names = {} if ledger.region is None else ledger.region.names()
        known = ledger.firms["district"] if "district" in ledger.firms.columns else None
        self.place_of = dict(
            zip(
                ledger.firms["firm"],
                [UNPLACED] * ledger.firms.height
                if known is None
                else [code if code in names else UNPLACED for code in known],
                strict=True,
            )
        )
        there = set(self.place_of.values())
        self.names = {code: str(names[code]) for code in names if code in there}
        self.places = [*self.names, *([UNPLACED] if UNPLACED in there else [])]

    def name(self, place: str) -> str:
        """Name a place."""
        if place == TOTAL:
            return str(Text("全部", "all"))
        return self.names.get(place) or str(Text("（区未填）", "(no district)"))

    # firms of a place

    @cached_property
    def firms(self) -> Mapping[str, int]:
        """Firms of each place and of all."""
        counts = dict.fromkeys(self.places, 0)
        firms = self.there(self.ledger.firms)["firm"]
        for firm in firms:
            counts[self.place_of[firm]] += 1
        return counts | {TOTAL: len(firms)}

    def there(self, firms: pl.DataFrame) -> pl.DataFrame:
        """Keep the firms that are there at the end of the last year: not merged into others."""
        return firms_on(firms, dt.date(self.last, 12, 31)) if self.last else firms

    @cached_property
    def firms_hidden(self) -> Mapping[str, str]:
        """Places of which the number of firms is hidden."""
        return hide_among({p: n for p, n in self.firms.items() if p != TOTAL}, self.rules)

    # titles

    @property
    def ends(self) -> list[int]:
        """The last two years, between which firms move; none where there is one year."""
        return self.years[-2:] if len(self.years) > 1 else []

    @cached_property
    def holders(self) -> Mapping[tuple[str, int], frozenset[str]]:
        """Tier and year → the firms that hold it at the year's end (0: at any time)."""
        made = {}
        for year in self.years or [0]:
            held = self.ledger.titles
            if year:
                day = dt.date(year, 12, 31)
                dated = in_force(pl.col("granted"), pl.col("expires"), day)
                held = firms_on(held, day).filter(dated)
            by = dict(held.group_by("tier").agg(pl.col("firm").unique()).iter_rows())
            for tier in self.tiers:
                known = (firm for firm in by.get(tier, []) if firm in self.place_of)
                made[tier, year] = frozenset(known)
        return made

    def titles_of(self, place: str) -> pl.DataFrame:
        """Give the titles of a place's firms, in force or not."""
        titles = self.ledger.titles
        if place == TOTAL:
            return titles
        own = [firm for firm, at in self.place_of.items() if at == place]
        return titles.filter(pl.col("firm").is_in(own))

    @property
    def last(self) -> int:
        """The year at whose end titles are counted; 0 where the ledger has no year."""
        return self.years[-1] if self.years else 0

    def highest(self, year: int) -> dict[str, str]:
        """Give each holder's highest tier at a year's end."""
        found: dict[str, str] = {}
        for tier in self.tiers:
            for firm in self.holders[tier, year]:
                found.setdefault(firm, tier)
        return found

    @cached_property
    def moved(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Highest tier a year ago and now → firms; those without any at both ends left out."""
        if not self.ends:
            return {}
        before, after = (self.highest(year) for year in self.ends)
        pairs: dict[tuple[str, str], set[str]] = {}
        for firm in sorted({*before, *after}):
            pair = before.get(firm, NO_TIER), after.get(firm, NO_TIER)
            pairs.setdefault(pair, set()).add(firm)
        order = [*self.tiers, NO_TIER]
        ordered = sorted(pairs, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
        return {pair: frozenset(pairs[pair]) for pair in ordered}

    @cached_property
    def titles(self) -> tuple[Linked, Mapping[Key, str]]:
        """Holders by place, tier and year, and moves, linked; and which are hidden."""
        linked = Linked(self.rules)
        everywhere = [TOTAL, *self.places]
        for (tier, year), firms in self.holders.items():
            self._spread(linked, ("tier", tier, str(year)), firms)
        for place in everywhere:
            parts = [("tier", tier, str(self.last), place) for tier in self.tiers]
            whole: Key = ("titles", str(self.last), place)
            linked.add(whole, sum(linked.count(key) for key in parts), cost=SUM)
            linked.tie(whole, parts)
        sums: Key = ("titles", str(self.last))
        linked.tie((*sums, TOTAL), [(*sums, place) for place in self.places])
        for pair, firms in self.moved.items():
            self._spread(linked, ("move", *pair), firms)
        for end, year in enumerate(self.ends):
            for place in everywhere:
                self._tie_tiers_to_moves(linked, end, year, place)
        for pairs, told in self._told_of_moves():
            for place in self.places:
                self._tell(linked, pairs, told, place)
        return linked, linked.hidden()

    def _spread(self, linked: Linked, key: Key, firms: frozenset[str]) -> None:
        """Add a count of firms by place and in all."""
        by = dict.fromkeys(self.places, 0)
        for firm in firms:
            by[self.place_of[firm]] += 1
        told = self._told(firms)
        linked.add((*key, TOTAL), len(firms), cost=WHOLE)
        for place, count in by.items():
            linked.add((*key, place), count, told=told.get(place))
        linked.tie((*key, TOTAL), [(*key, place) for place in self.places])

    def _told(self, firms: Iterable[str]) -> dict[str, bool]:
        """Give the places in which an index prints, or hides, how many these firms are."""
        known = set(firms)
        shown: dict[str, bool] = {}
        for one in self.told:
            if one.is_count_of(known):
                self.matched.append(one)
                for place, name in self.names.items():
                    if name in one.shown:
                        shown[place] = shown.get(place, False) or one.shown[name]
        return shown

    def _tie_tiers_to_moves(self, linked: Linked, end: int, year: int, place: str) -> None:
        """Say that holders of a tier are those whose highest it is and some that hold a higher."""
        higher: list[Key] = []
        for tier in self.tiers:
            own = [("move", *pair, place) for pair in self.moved if pair[end] == tier]
            key = ("tier", tier, str(year), place)
            rest = linked.count(key) - sum(linked.count(one) for one in own)
            if not higher:
                linked.tie(key, own)
            else:
                both = linked.unseen(rest)
                linked.tie(key, [*own, both])
                size = sum(linked.count(one) for one in higher)
                alone = linked.unseen(size - rest)
                linked.ties.append(dict.fromkeys(higher, 1.0) | {both: -1.0, alone: -1.0})
            higher += own

    def _told_of_moves(self) -> list[tuple[list[tuple[str, str]], Told]]:
        """Find what an index counts of those in the highest tiers, and of who joined or left."""
        found = []
        for depth in range(1, len(self.tiers) + 1):
            top = set(self.tiers[:depth])
            for among in (
                [pair for pair in self.moved if pair[0] in top],
                [pair for pair in self.moved if pair[1] in top],
                [pair for pair in self.moved if pair[0] not in top and pair[1] in top],
                [pair for pair in self.moved if pair[0] in top and pair[1] not in top],
            ):
                firms = frozenset[str]().union(*(self.moved[pair] for pair in among))
                told = [one for one in self.told if one.is_count_of(firms)]
                self.matched += told
                found += [(among, one) for one in told]
        return found

    def _tell(self, linked: Linked, pairs: list[tuple[str, str]], told: Told, place: str) -> None:
        if not told.shown.get(self.names.get(place, ""), False):
            return
        parts: list[Key] = [("move", *pair, place) for pair in pairs]
        whole: Key = ("told", str(len(linked.cells)))
        linked.add(whole, sum(linked.count(key) for key in parts), told=True)
        linked.tie(whole, parts)

    def _printed(self, key: Key) -> int | None:
        linked, hidden = self.titles
        return None if key in hidden else linked.count(key)

    def tier(self, place: str, tier: str, year: int) -> int | None:
        """Count the holders of a tier at a year's end; None where it is hidden."""
        return self._printed(("tier", tier, str(year), place)) if tier in self.tiers else 0

    def moves(self, place: str) -> list[tuple[str, str, int | None]]:
        """Give highest tier a year ago, now, and how many firms; None where hidden."""
        return [(*pair, self._printed(("move", *pair, place))) for pair in self.moved]

    # industries

    @cached_property
    def tags(self) -> tuple[Linked, Mapping[Key, str]]:
        """Firms by place and industry of the ledger's schemes, linked; and which are hidden."""
        linked = Linked(self.rules)
        groups = self._tag_sets(self.ledger.schemes, None)
        for key, firms in groups.items():
            self._spread(linked, key, firms)
        for place in self.places:
            _tie_groups(linked, groups, place)
        first: dict[frozenset[str], Key] = {}
        for key, firms in groups.items():
            other = first.setdefault(firms, key)
            if other != key:  # the same firms under another name
                for place in self.places:
                    linked.tie((*other, place), [(*key, place)])
        return linked, linked.hidden()

    def _tag_sets(self, schemes: Sequence[Scheme], place: str | None) -> dict[Key, frozenset[str]]:
        """Give scheme, group, tag and rule → firms; without a tag, all of the group."""
        firms = self.there(self.ledger.firms)
        if place is not None:
            own = [self.place_of[firm] == place for firm in firms["firm"]]
            firms = firms.filter(pl.Series(own, dtype=pl.Boolean))
        rows = apply_schemes(firms, schemes)
        each = rows.group_by(TAG, maintain_order=True).agg(pl.col("firm").unique())
        whole = rows.group_by("scheme", "group", maintain_order=True).agg(pl.col("firm").unique())
        sets = {(s, g, "", ""): frozenset(found) for s, g, found in whole.iter_rows()}
        return sets | {(s, g, t, r): frozenset(found) for s, g, t, r, found in each.iter_rows()}

    def of_tags(self, place: str, own: Sequence[Scheme] = ()) -> pl.DataFrame:
        """Count firms by scheme, group, tag and rule.

        Parameters
        ----------
        own
            The place's own schemes, beside the ledger's.

        Returns
        -------
        pl.DataFrame
            scheme, group, tag (empty: any of the group), rule, firms (missing where hidden),
            withheld (by which rule, missing where shown).
        """
        linked, hidden = self.tags
        shared = self._tag_sets(self.ledger.schemes, None)
        found: dict[Key, tuple[int, str | None]] = {
            key: (linked.count((*key, place)), hidden.get((*key, place))) for key in shared
        }
        if own:
            apart = Linked(self.rules)
            sets = self._tag_sets(own, place)
            known = {
                frozenset(f for f in firms if self.place_of[f] == place): (*key, place)
                for key, firms in shared.items()
            }
            for key, firms in sets.items():
                same = known.get(firms)
                told = None if same is None else same not in hidden
                apart.add((*key, place), len(firms), told=told)
            _tie_groups(apart, sets, place)
            also = apart.hidden()
            found |= {key: (len(firms), also.get((*key, place))) for key, firms in sets.items()}
        rows = [
            (*key, None if rule else count, rule)
            for key, (count, rule) in found.items()
            if count or place == TOTAL
        ]
        schema = dict.fromkeys(TAG, pl.String) | {"firms": pl.Int64, "withheld": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def exposed(self) -> tuple[Key, ...]:
        """Counts that can be worked out from what an index prints, whatever is hidden here."""
        found: list[Key] = []
        for linked, _ in (self.titles, self.tags):
            found += linked.exposed
        return tuple(found)


def _tie_groups(linked: Linked, sets: Mapping[Key, frozenset[str]], place: str) -> None:
    """Say that the tags of a group lie in it, overlapping or not."""
    groups: dict[Key, list[Key]] = {}
    for key in sets:
        groups.setdefault(key[:2], [])
        if key[2]:
            groups[key[:2]].append((*key, place))
    for group, parts in groups.items():
        whole = (*group, "", "", place)
        if len(parts) == 1:
            linked.tie(whole, parts)
        else:
            linked.within(whole, parts)
