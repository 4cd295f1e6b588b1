"""How many pass their review: past batches with intervals, and the office's own titles.

A share of passes gets Wilson's interval (the exact Clopper–Pearson one beside it); the time for
which the office's own firms kept a title gets the Kaplan–Meier estimate with Greenwood's error, a
title still in force counting as censored. All by statsmodels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

LOST = ("failed", "lapsed")
"""How a title's period ended when the firm lost it."""
DAYS_A_YEAR = 365.2425


class ReviewBatch(Declaration):
    """One batch that came to its review."""

    tier: str
    batch: Label
    announced: int
    passed: int


class PastReviews(Declaration):
    """The file reviews.yaml: batches with their source."""

    source: str
    mark: str
    batches: tuple[ReviewBatch, ...]


def read_reviews(path: Path | None = None) -> PastReviews:
    """Read past reviews: those that ship, or an office's own."""
    return read_declaration(path or content_path("ladder", "reviews.yaml"), PastReviews)


def own_reviews(titles: pl.DataFrame, on: dt.date) -> tuple[ReviewBatch, ...]:
    """Count, in the office's own titles, the periods ended by `on` and those that passed."""
    ended = titles.filter((pl.col("expires") <= on) & pl.col("review").is_in(["passed", *LOST]))
    counted = ended.group_by("tier", "batch").agg(
        pl.len().alias("announced"), (pl.col("review") == "passed").sum().alias("passed")
    )
    return tuple(
        ReviewBatch(
            tier=row["tier"],
            batch=Label(zh=f"本地 {row['batch']}", en=f"local {row['batch']}"),
            announced=row["announced"],
            passed=row["passed"],
        )
        for row in counted.sort("tier", "batch").iter_rows(named=True)
    )


def pass_rates(batches: tuple[ReviewBatch, ...], *, confidence: float = 0.95) -> pl.DataFrame:
    """Give each batch's share of passes with its intervals, and each tier's batches together.

    Returns
    -------
    DataFrame
        tier, batch_zh, batch_en, announced, passed, rate, low, high (Wilson), exact_low, exact_high
        (Clopper–Pearson); shares in [0, 1]. The row of all batches of a tier treats them as one;
        where batches differ much, read them singly.
    """
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415 - slow to import

    rows: list[dict[str, Any]] = []
    for tier in dict.fromkeys(batch.tier for batch in batches):
        own = [batch for batch in batches if batch.tier == tier]
        every = [(batch.batch.text(), batch.announced, batch.passed) for batch in own]
        if len(own) > 1:
            total = (sum(b.announced for b in own), sum(b.passed for b in own))
            every.append((Text("合计", "all batches"), *total))
        for name, announced, passed in every:
            if announced == 0:
                continue
            low, high = proportion_confint(passed, announced, 1 - confidence, method="wilson")
            exact = proportion_confint(passed, announced, 1 - confidence, method="beta")
            rows.append(
                {
                    "tier": tier,
                    "batch_zh": name.zh,
                    "batch_en": name.en,
                    "announced": announced,
                    "passed": passed,
                    "rate": passed / announced,
                    "low": float(low),
                    "high": float(high),
                    "exact_low": float(exact[0]),
                    "exact_high": float(exact[1]),
                }
            )
    schema = {"tier": pl.String, "batch_zh": pl.String, "batch_en": pl.String}
    counts = dict.fromkeys(("announced", "passed"), pl.Int64)
    shares = dict.fromkeys(("rate", "low", "high", "exact_low", "exact_high"), pl.Float64)
    return pl.DataFrame(rows, schema={**schema, **counts, **shares})


def title_spells(titles: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Join a title's periods that follow on each other into spells.

    Returns
    -------
    DataFrame
        firm, tier, began, ended (the last expiry, the day on which the firm was merged into
        another, or `on` while in force), days, lost (the spell
        ended by a failed or lapsed review by `on`).
    """
    known = titles.filter(pl.col("granted").is_not_null() & (pl.col("granted") <= on))
    if "merged_on" in known.columns:  # a title that ends with its firm was not lost
        cut = (pl.col("merged_on") <= pl.col("expires")).fill_null(value=False)
        known = known.with_columns(
            expires=pl.min_horizontal("expires", "merged_on"),
            review=pl.when(~cut).then("review"),
        ).filter(pl.col("granted") <= pl.col("expires"))
    ordered = known.sort("firm", "tier", "granted").with_columns(
        (pl.col("granted") > pl.col("expires").shift(1).over("firm", "tier"))
        .fill_null(value=False)
        .cum_sum()
        .over("firm", "tier")
        .alias("spell")
    )
    return (
        ordered.group_by("firm", "tier", "spell", maintain_order=True)
        .agg(
            pl.col("granted").first().alias("began"),
            pl.col("expires").last().alias("expires"),
            pl.col("review").last().alias("review"),
        )
        .with_columns(
            lost=pl.col("review").is_in(LOST).fill_null(value=False) & (pl.col("expires") <= on),
            ended=pl.min_horizontal("expires", pl.lit(on)),
        )
        .with_columns(days=(pl.col("ended") - pl.col("began")).dt.total_days())
        .select("firm", "tier", "began", "ended", "days", "lost")
    )


def title_survival(titles: pl.DataFrame, on: dt.date, *, confidence: float = 0.95) -> pl.DataFrame:
    """Estimate by Kaplan–Meier how long the office's firms keep each title.

    Returns
    -------
    DataFrame
        tier, years, at_risk, lost, kept, low, high: the share in [0, 1] that still holds the title
        after so many years, at each time at which one was lost, with Greenwood's interval cut to
        [0, 1]. A tier of which none was lost has no row.
    """
    from scipy.stats import norm  # noqa: PLC0415 - slow to import
    from statsmodels.duration.survfunc import SurvfuncRight  # noqa: PLC0415

    wide = float(norm.ppf(0.5 + confidence / 2))
    parts = []
    spells = title_spells(titles, on).filter(pl.col("days") > 0)
    for (tier,), own in spells.group_by("tier", maintain_order=True):
        if not own["lost"].any():
            continue
        curve = SurvfuncRight(own["days"].to_numpy(), own["lost"].cast(pl.Int8).to_numpy())
        parts.append(
            pl.DataFrame(
                {
                    "tier": [tier] * len(curve.surv_times),
                    "years": curve.surv_times / DAYS_A_YEAR,
                    "at_risk": curve.n_risk.astype(int),
                    "lost": curve.n_events.astype(int),
                    "kept": curve.surv_prob,
                    "low": (curve.surv_prob - wide * curve.surv_prob_se).clip(0, 1),
                    "high": (curve.surv_prob + wide * curve.surv_prob_se).clip(0, 1),
                }
            )
        )
    names = ("years", "kept", "low", "high")
    empty: dict[str, Any] = {"tier": pl.String, **dict.fromkeys(names, pl.Float64)}
    return pl.concat(parts) if parts else pl.DataFrame(schema=empty)
