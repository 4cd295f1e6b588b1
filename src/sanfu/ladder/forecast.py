"""What is coming: who runs out, who is near the next tier, who is at risk at the review.

All is a self-check with the figures of today; how many pass is told from past batches, with
intervals, and never for one firm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from sanfu.errors import InputError
from sanfu.ladder.checking import check
from sanfu.ladder.reform import reform
from sanfu.ladder.shortfalls import gaps, shortfalls
from sanfu.ladder.standing import expiring, standing
from sanfu.ladder.survival import own_reviews, pass_rates, read_reviews, title_survival
from sanfu.ladder.which import which
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sanfu.ladder.checking import CheckResult
    from sanfu.ladder.which import TierName

NEXT: dict[str, str] = {
    "": "innovative",
    "innovative": "srdi",
    "tech": "srdi",
    "srdi": "little-giant",
}
"""The highest tier that a firm holds → the one above it."""
HEIGHT = ("", "tech", "innovative", "srdi", "little-giant")
NEAR = 2
"""At most so many criteria unmet counts as near the next tier; ours, an argument of `forecast`."""
MISSING = 3
"""At most so many criteria without data: of whom little is known nobody can say that it is near."""
SHORT = ("unmet", "missing", "judge", "distance", "short_of", "lacks", "to_judge")
RISKS: dict[str, Text] = {
    "unmet": Text("高：按现有数据不符合", "high: fails on today's figures"),
    "missing": Text("未定：缺数据", "open: data missing"),
    "judge": Text("需人工判断", "for a person to judge"),
    "met": Text("低：按现有数据符合", "low: passes on today's figures"),
    "unknown": Text("未知：没有适用的复核标准", "unknown: no standard for the review is known"),
}


@dataclass(frozen=True)
class Forecast:
    """What is coming for the firms of a ledger.

    Attributes
    ----------
    on, months
        The day from which is looked, and how far.
    expiring
        Titles that run out: firm, name, district, tier, batch, granted, expires, days_left.
    second_echelon
        Firms near the next tier: firm, name, district, holds, next, rulebook, outcome, unmet,
        missing, judge, distance, short_of, lacks, to_judge; the nearest first.
    review_risk
        Of each title that runs out: the standard that will then hold and how the firm stands by
        it; ``risk`` in words.
    stricter
        Holders who meet the standard of 2022 and not that of 2026: firm, name, district, tier,
        change, decided_by.
    """

    on: dt.date
    months: int
    expiring: pl.DataFrame
    second_echelon: pl.DataFrame
    review_risk: pl.DataFrame
    stricter: pl.DataFrame
    titles: pl.DataFrame

    @cached_property
    def pass_rates(self) -> pl.DataFrame:
        """Shares of past batches that passed their review, with intervals: see `pass_rates`."""
        return pass_rates((*read_reviews().batches, *own_reviews(self.titles, self.on)))

    @cached_property
    def survival(self) -> pl.DataFrame:
        """How long the office's own firms kept each title: see `title_survival`."""
        return title_survival(self.titles, self.on)

    def to_excel(self, path: Path | str) -> None:
        """Write the lists, past pass rates and definitions as a workbook."""
        from sanfu.ladder.forecast_book import write_forecast  # noqa: PLC0415 - when asked for

        write_forecast(self, path)


def forecast(
    rows: pl.DataFrame,
    titles: pl.DataFrame,
    on: dt.date,
    *,
    months: int = 12,
    near: int = NEAR,
    most_missing: int = MISSING,
) -> Forecast:
    """Look ahead from a day.

    Parameters
    ----------
    rows
        One row a firm, as `firm_rows` gives it.
    titles
        The ledger's titles.
    months
        How far expiries and reviews are looked for.
    near
        Most unmet criteria of a firm near the next tier.
    most_missing
        Most criteria that cannot be told for want of data, of such a firm.
    """
    names: list[str] = [name for name in ("name", "district") if name in rows.columns]
    held = standing(titles, on).filter("valid")
    soon = expiring(titles, on, months=months)
    return Forecast(
        on,
        months,
        _named(soon, rows, names).drop("valid"),
        _second_echelon(rows, held, names, on, (near, most_missing)),
        _review_risk(rows, soon, names),
        _stricter(rows, held, names, on),
        titles,
    )


def _named(frame: pl.DataFrame, rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    joined = frame.join(rows.select("firm", *names), on="firm", how="left")
    rest = [name for name in joined.columns if name not in ("firm", *names)]
    return joined.select("firm", *names, *rest)


def _highest(rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Give each firm's highest tier in force, empty where it holds none."""
    height = {tier: place for place, tier in enumerate(HEIGHT)}
    top = (
        held.with_columns(
            pl.col("tier").replace_strict(height, default=0, return_dtype=pl.Int8).alias("_h")
        )
        .sort("_h")
        .group_by("firm", maintain_order=True)
        .agg(pl.col("tier").last().alias("holds"))
    )
    return rows.join(top, on="firm", how="left").with_columns(pl.col("holds").fill_null(""))


def _second_echelon(
    rows: pl.DataFrame,
    held: pl.DataFrame,
    names: list[str],
    on: dt.date,
    most: tuple[int, int],
) -> pl.DataFrame:
    parts = []
    for tier, book, result in _next_checks(rows, held, names, on):
        short = shortfalls(result)
        parts.append(
            short.filter(pl.col("unmet") <= most[0], pl.col("missing") <= most[1]).with_columns(
                pl.lit(tier).alias("next"), pl.lit(book).alias("rulebook")
            )
        )
    if not parts:
        return _empty(("firm", *names, "holds", "next", "rulebook", "outcome", *SHORT))
    order = ["unmet", "missing", pl.col("distance").fill_null(0.0), "firm"]
    found = pl.concat(parts).sort(order)
    first = ["firm", *names, "holds", "next", "rulebook", "outcome"]
    return found.select(*first, pl.exclude(first))


def _next_checks(
    rows: pl.DataFrame, held: pl.DataFrame, names: list[str], on: dt.date
) -> Iterator[tuple[str, str, CheckResult]]:
    """Check each firm by the standard of its next tier: the tier, its rulebook, the result."""
    placed = _highest(rows, held)
    for holds, tier in NEXT.items():
        own = placed.filter(pl.col("holds") == holds)
        book = _rulebook(tier, "new", on)
        if own.is_empty() or book is None:
            continue
        yield tier, book, check(own, book, kind="new", on=on, keep=(*names, "holds"))


def next_gaps(
    rows: pl.DataFrame,
    titles: pl.DataFrame,
    on: dt.date,
    *,
    near: int = NEAR,
    most_missing: int = MISSING,
) -> pl.DataFrame:
    """Give the quantities that firms near their next tier are short of.

    Parameters
    ----------
    rows, titles, near, most_missing
        As for `forecast`.

    Returns
    -------
    pl.DataFrame
        A row a firm and quantity, the firms with the least unmet first: see `gaps`.
    """
    held = standing(titles, on).filter("valid")
    parts = []
    for _, _, result in _next_checks(rows, held, [], on):
        short = shortfalls(result).filter(
            pl.col("unmet").is_between(1, near), pl.col("missing") <= most_missing
        )
        parts.append(gaps(result).join(short.select("firm", "unmet", "distance"), on="firm"))
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(("firm", "about", "label", "unit_of"), pl.String))
    order = ["unmet", pl.col("distance").fill_null(0.0), "firm", "about"]
    return pl.concat(parts).sort(order).drop("unmet", "distance")


def _review_risk(rows: pl.DataFrame, soon: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Check each title that runs out by the standard in force on its last day."""
    parts = []
    for (tier, day), own in soon.group_by("tier", "expires", maintain_order=True):
        when = cast("dt.date", day)
        book = _rulebook(str(tier), "review", when)
        firms = rows.join(own.select("firm", "batch", "expires", "days_left"), on="firm")
        if firms.is_empty():
            continue
        if book is None:
            parts.append(
                firms.select("firm", *names, "batch", "expires", "days_left").with_columns(
                    tier=pl.lit(str(tier)), rulebook=pl.lit(None, pl.String),
                    outcome=pl.lit("unknown"),
                )
            )  # fmt: skip
            continue
        keep = (*names, "batch", "expires", "days_left")
        result = check(firms, book, kind="review", on=when, keep=keep)
        parts.append(shortfalls(result).with_columns(tier=pl.lit(str(tier)), rulebook=pl.lit(book)))
    if not parts:
        keys = ("batch", "expires", "days_left", "rulebook", "risk", "outcome")
        return _empty(("firm", *names, "tier", *keys, *SHORT))
    words = {name: str(word) for name, word in RISKS.items()}
    order = {name: place for place, name in enumerate(RISKS)}
    found = pl.concat(parts, how="diagonal").with_columns(
        pl.col("outcome").replace_strict(words, return_dtype=pl.String).alias("risk"),
        pl.col("outcome").replace_strict(order, return_dtype=pl.Int8).alias("_o"),
    )
    first = ["firm", *names, "tier", "batch", "expires", "days_left", "rulebook", "risk"]
    return found.sort("expires", "_o", "firm").drop("_o").select(*first, pl.exclude(first))


def _stricter(
    rows: pl.DataFrame, held: pl.DataFrame, names: list[str], on: dt.date
) -> pl.DataFrame:
    """Find holders who meet, or may meet, the standard of 2022 and fail that of 2026."""
    parts = []
    for tier in ("srdi", "little-giant"):
        own = rows.join(held.filter(pl.col("tier") == tier).select("firm"), on="firm", how="semi")
        if own.is_empty():
            continue
        found = reform(own, f"cn-2022/{tier}", f"cn-2026/{tier}", kind="review", on=on, by=names)
        parts.append(
            found.frame.filter(pl.col("change").is_in(["loses", "closes"])).with_columns(
                tier=pl.lit(tier)
            )
        )
    if parts:
        return pl.concat(parts)
    return _empty(("firm", *names, "before", "after", "change", "decided_by", "tier"))


def _empty(names: Sequence[str]) -> pl.DataFrame:
    kinds: dict[str, Any] = {
        "expires": pl.Date, "days_left": pl.Int64, "distance": pl.Float64,
        **dict.fromkeys(("unmet", "missing", "judge"), pl.Int64),
    }  # fmt: skip
    return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in names})


def _rulebook(tier: str, kind: str, on: dt.date) -> str | None:
    try:
        return which(cast("TierName", tier), cast("Any", kind), on).rulebook
    except InputError:
        return None
