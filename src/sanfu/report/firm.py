"""One firm's page: where it stands, what it is short of, its services, its peers, its evidence.

`FirmPages` checks all firms of a ledger once by the standard of their next tier; a page is then
one firm's part of it. Peers are told as a group only, and not at all where they are too few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import polars as pl

from sanfu.index import Confidentiality
from sanfu.ladder import firm_rows, which
from sanfu.ladder.checking import check
from sanfu.ladder.consistency import find_inconsistencies
from sanfu.ladder.forecast import NEXT
from sanfu.ladder.plan import Planner
from sanfu.ladder.standing import standing
from sanfu.language import Text
from sanfu.registry import FirmFinder
from sanfu.report.confidential import broken_rule, parts_of

if TYPE_CHECKING:
    import datetime as dt

    from sanfu.ladder.book import Book
    from sanfu.ladder.checking import CheckResult
    from sanfu.ladder.plan import FirmPlan
    from sanfu.ladder.rulebook import CheckKind
    from sanfu.ladder.which import TierName
    from sanfu.registry import Ledger

HEIGHT = ("", "tech", "innovative", "srdi", "little-giant")
LEAST_PEERS = 10
"""Fewest firms of a group that others are set beside; an office's own minimum may be higher."""
NEIGHBOURS = 3
"""Fewest firms whose mean stands for a quartile, so that no single firm's figure is printed."""
PEER_MEASURES = ("revenue", "rd_expense", "staff", "class1_ip", "net_profit")


@dataclass(frozen=True)
class FirmPage:
    """Everything that a firm's page is written from.

    Attributes
    ----------
    firm
        The firm's row, as `firm_rows` gives it.
    result
        The check of all firms of its tier by the standard of the next one, at the top of its own
        review.
    titles, findings, peers
        The firm's titles; what an examiner would ask about; about the quartiles of its group.
    year
        The last full year that the ledger has figures of.
    """

    ledger: Ledger
    on: dt.date
    year: int
    firm: dict[str, object]
    holds: str
    next: str
    kind: str
    result: CheckResult
    criteria: pl.DataFrame
    titles: pl.DataFrame
    findings: pl.DataFrame
    peers: pl.DataFrame
    peer_group: Text
    cells: dict[tuple[str, int | None], list[str]]
    """(measure, year) → the cells of the files that it came from."""
    plan_book: Book
    """The standard on the day on which the plan is to hold; today's where there is none."""
    plan: FirmPlan | None
    """The least-change way up; null where there is none within the settings."""

    @property
    def book(self) -> Book:
        """The standard by which the firm is checked."""
        return self.result.book

    @property
    def code(self) -> str:
        """The firm's id."""
        return str(self.firm["firm"])

    @property
    def name(self) -> str:
        """The firm's legal name."""
        return str(self.firm.get("name") or self.code)


class FirmPages:
    """The pages of all firms of a ledger, as of a day.

    Parameters
    ----------
    ledger
        The office's ledger.
    on
        The day of the self-check.
    year
        The last full year; if not given, the last one before the year of `on` that the ledger has
        figures of.
    many
        Whether most firms' pages are wanted: their ways up are then found together, which is
        quicker for many and slower for one.
    rules
        The office's rules of confidentiality: fewest firms that a comparison rests on (never fewer
        than `LEAST_PEERS`), and dominance, by which a measure of the group is left out.
    """

    def __init__(
        self,
        ledger: Ledger,
        on: dt.date,
        *,
        year: int | None = None,
        many: bool = False,
        rules: Confidentiality | None = None,
    ) -> None:
        self.ledger = ledger
        self.rules = rules or Confidentiality()
        self.least = max(self.rules.min_firms or 0, LEAST_PEERS)
        self.many = many
        self.on = on
        self.year = _last_full_year(ledger, on) if year is None else year
        self.rows = firm_rows(ledger, on, year=self.year)

    @cached_property
    def holds(self) -> dict[str, str]:
        """Firm → its highest tier in force; firms without a title are not in it."""
        held = standing(self.ledger.titles, self.on).filter("valid")
        found: dict[str, str] = {}
        for firm, tier in held.select("firm", "tier").iter_rows():
            if HEIGHT.index(tier) > HEIGHT.index(found.get(firm, "")):
                found[firm] = tier
        return found

    @cached_property
    def checks(self) -> dict[tuple[str, str], tuple[CheckResult, dict[str, pl.DataFrame]]]:
        """(tier, kind) → the check of the firms concerned, and each firm's part of it."""
        groups: dict[tuple[str, str], list[str]] = {}
        for firm in self.rows["firm"]:
            groups.setdefault(self._next(firm), []).append(firm)
        made = {}
        for (tier, kind), firms in groups.items():
            book = which(cast("TierName", tier), kind, self.on).rulebook  # type: ignore[arg-type]
            own = self.rows.filter(pl.col("firm").is_in(firms))
            result = check(own, book, kind=kind, on=self.on)  # type: ignore[arg-type]
            parts = cast("pl.DataFrame", result.frame).partition_by("firm", as_dict=True)
            made[tier, kind] = (result, {str(key[0]): part for key, part in parts.items()})
        return made

    @cached_property
    def inconsistencies(self) -> pl.DataFrame:
        """What an examiner would ask about, for all firms."""
        return find_inconsistencies(self.rows, year=self.year)

    def find(self, wanted: str) -> str:
        """Find a firm by id, credit code, name or a part of a name that no other bears.

        Raises
        ------
        InputError
            There is none, there are several, or it was merged into another.
        """
        return self._finder.one(wanted, by_part=True)

    @cached_property
    def _finder(self) -> FirmFinder:
        return FirmFinder.of(self.ledger, self.rows)

    def page(self, wanted: str) -> FirmPage:
        """Give one firm's page.

        Raises
        ------
        InputError
            There is no such firm.
        """
        firm = self.find(wanted)
        row = self.rows.row(self._places[firm], named=True)
        tier, kind = self._next(firm)
        result, parts = self.checks[tier, kind]
        group, peers = self._peers(row)
        plan = self._plan_of(firm, tier, kind)
        books = self._planner(tier, kind).books
        return FirmPage(
            ledger=self.ledger,
            on=self.on,
            year=self.year,
            firm=row,
            holds=self.holds.get(firm, ""),
            next=tier,
            kind=kind,
            result=result,
            criteria=parts[firm],
            titles=self.ledger.titles.filter(pl.col("firm") == firm).sort("granted"),
            findings=self.inconsistencies.filter(pl.col("firm") == firm),
            peers=peers,
            peer_group=group,
            cells=self._cells_of(firm),
            plan_book=books[plan.ahead if plan else 0],
            plan=plan,
        )

    def _plan_of(self, firm: str, tier: str, kind: str) -> FirmPlan | None:
        if not self.many:
            own = self.rows.filter(pl.col("firm") == firm)
            return self._planner(tier, kind).plans(own)[0]
        if (tier, kind) not in self._plans:
            own = self.rows.filter(pl.col("firm").is_in(list(self.checks[tier, kind][1])))
            found = self._planner(tier, kind).plans(own)
            self._plans[tier, kind] = dict(zip(own["firm"].to_list(), found, strict=True))
        return self._plans[tier, kind][firm]

    def _planner(self, tier: str, kind: str) -> Planner:
        key = (tier, kind)
        if key not in self._planners:
            book = self.checks[key][0].book.rulebook
            self._planners[key] = Planner(book, kind=cast("CheckKind", kind), on=self.on)
        return self._planners[key]

    @cached_property
    def _planners(self) -> dict[tuple[str, str], Planner]:
        return {}

    @cached_property
    def _plans(self) -> dict[tuple[str, str], dict[str, FirmPlan | None]]:
        return {}

    def _cells_of(self, firm: str) -> dict[tuple[str, int | None], list[str]]:
        found: dict[tuple[str, int | None], list[str]] = {}
        if firm not in self._origins:
            return found
        wanted = self._origins[firm].select("column", "year", "file", "sheet", "row", "raw")
        for column, year, file, sheet, row, raw in wanted.iter_rows():
            said = f"{column}{'' if year is None else f' {year}'}：{file} › {sheet} › {row} = {raw}"
            found.setdefault((column, year), []).append(said)
        return found

    @cached_property
    def _origins(self) -> dict[str, pl.DataFrame]:
        parts = self.ledger.origins.partition_by("firm", as_dict=True)
        return {str(key[0]): part for key, part in parts.items()}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {firm: place for place, firm in enumerate(self.rows["firm"])}

    def _next(self, firm: str) -> tuple[str, str]:
        """Give the tier that the page is about: the next one, or at the top its own review."""
        holds = self.holds.get(firm, "")
        return (NEXT[holds], "new") if holds in NEXT else (holds, "review")

    def _peers(self, row: dict[str, object]) -> tuple[Text, pl.DataFrame]:
        """Quartiles of the firms of the same industry division, else of all, too few left out."""
        holds = self.holds.get(str(row["firm"]), "")
        division = str(row.get("industry") or "")[:2]
        key = (holds, division)
        if key not in self._groups:
            same_tier = self.rows.filter(
                pl.col("firm").is_in(
                    [f for f in self.rows["firm"] if self.holds.get(f, "") == holds]
                )
            )
            near = (
                same_tier.filter(pl.col("industry").cast(pl.String).str.starts_with(division))
                if division and "industry" in self.rows.columns
                else same_tier.head(0)
            )
            if near.height >= self.least:
                group = Text(
                    f"同层级、同行业大类（代码 {division}）的 {near.height} 户，含本企业",
                    f"{near.height} firms of the same tier and industry division {division}, "
                    "this one included",
                )
            else:
                near = same_tier
                group = (
                    Text(
                        f"同层级的 {near.height} 户，含本企业",
                        f"{near.height} firms of the same tier, this one included",
                    )
                    if near.height >= self.least
                    else Text("同层级企业过少，不作比较", "too few firms of the same tier")
                )
            self._groups[key] = (group, _quartiles(near, self.least, self.rules))
        return self._groups[key]

    @cached_property
    def _groups(self) -> dict[tuple[str, str], tuple[Text, pl.DataFrame]]:
        return {}


def _last_full_year(ledger: Ledger, on: dt.date) -> int:
    """Give the last year before that of a day of which the ledger has figures."""
    known = ledger.figures["year"].drop_nulls() if ledger.figures.height else pl.Series([on.year])
    before = known.filter(known < on.year)
    return on.year - 1 if before.is_empty() else int(before.max())  # type: ignore[arg-type]


def _quartiles(firms: pl.DataFrame, least: int, rules: Confidentiality) -> pl.DataFrame:
    """Give measure, n, and about where q1, median and q3 lie.

    Each is the mean of the nearest firms (`NEIGHBOURS`, or the rules' minimum), to two figures. A
    measure with too few figures, or of which few firms hold most, is left out.
    """
    rows = []
    for name in PEER_MEASURES:
        if name not in firms.columns:
            continue
        known = firms[name].drop_nulls().cast(pl.Float64).sort()
        broken, _ = broken_rule(parts_of(known), rules, 0.0, counted=False)
        if len(known) < least or broken:
            continue
        near = max(NEIGHBOURS, rules.min_firms or 0)
        rows.append((name, len(known), *(_about(known, at, near) for at in (0.25, 0.5, 0.75))))
    schema = {
        "measure": pl.String,
        "n": pl.Int64,
        "q1": pl.Float64,
        "median": pl.Float64,
        "q3": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _about(ordered: pl.Series, at: float, near: int) -> float:
    """Give the mean of the firms nearest to a quantile, to two significant figures."""
    place = round(at * (len(ordered) - 1) - (near - 1) / 2)
    first = min(max(place, 0), len(ordered) - near)
    mean = float(ordered.slice(first, near).mean() or 0)  # type: ignore[arg-type]
    return mean if mean == 0 else round(mean, 1 - math.floor(math.log10(abs(mean))))
