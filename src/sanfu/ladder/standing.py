"""Which titles each firm holds on a day, and when each runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.ladder.validity import months_after
from sanfu.registry.mergers import firms_on
from sanfu.registry.titles import in_force

if TYPE_CHECKING:
    import datetime as dt


def standing(titles: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Give each firm's latest period of each tier that began by `on`.

    Parameters
    ----------
    titles
        firm, tier, batch, granted, expires, review: one row a period. Those of a firm that was
        merged into another by the day (``merged_on``) are left out.

    Returns
    -------
    DataFrame
        firm, tier, batch, granted, expires, valid (`in_force`), days_left (negative once over). A
        period without dates is not valid and has no days left: the office fills in the date. A
        period that ended in a failed review is not valid.
    """
    titles = firms_on(titles, on)
    begun = titles.filter(pl.col("granted").is_null() | (pl.col("granted") <= on))
    latest = begun.sort("firm", "tier", "granted", nulls_last=False).group_by(
        "firm", "tier", maintain_order=True
    )
    return latest.last().select(
        "firm",
        "tier",
        "batch",
        "granted",
        "expires",
        valid=in_force(pl.col("granted"), pl.col("expires"), on).fill_null(value=False),
        days_left=(pl.col("expires") - pl.lit(on)).dt.total_days(),
    )


def holders(titles: pl.DataFrame, tier: str, on: dt.date) -> pl.Series:
    """Give the firms that hold a tier's title on a day."""
    return standing(titles, on).filter(pl.col("valid") & (pl.col("tier") == tier))["firm"]


def expiring(titles: pl.DataFrame, on: dt.date, *, months: int = 12) -> pl.DataFrame:
    """List the titles in force on `on` that run out within so many months, soonest first.

    Returns
    -------
    DataFrame
        As `standing`.
    """
    until = months_after(on, months)
    return (
        standing(titles, on)
        .filter(pl.col("valid") & (pl.col("expires") <= until))
        .sort("expires", "tier", "firm")
    )
