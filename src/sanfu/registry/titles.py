"""Titles: the lists of every batch merged into one history; conflicts are findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt

VALID_YEARS = 3
"""A title is valid three years; a review adds three (63号文; kept by 工信部企业〔2026〕2号)."""


def expiry(granted: pl.Expr, years: int = VALID_YEARS) -> pl.Expr:
    """Give the day on which a title granted then expires: the same day, `years` on.

    A grant on 29 February expires on 28 February of a common year.
    """
    return granted.dt.offset_by(f"{years}y")


def in_force(granted: Any, expires: Any, day: dt.date) -> Any:
    """Tell whether titles are in force on a day, both ends included; null where no date is stated.

    A title of which one date is stated lasts `VALID_YEARS` from or to it. Of one without dates it
    is not known: a title lapses after three years, so it counts neither as in force nor as over.

    Parameters
    ----------
    granted, expires
        Expressions or columns of dates, of Polars or Narwhals.
    """
    after, before = (_years_on(day, years) for years in (VALID_YEARS, -VALID_YEARS))
    begun = (granted.is_null() & (expires <= after)) | (~granted.is_null() & (granted <= day))
    lasts = (expires.is_null() & (granted >= before)) | (~expires.is_null() & (expires >= day))
    return begun & lasts


def _years_on(day: dt.date, years: int) -> dt.date:
    """Give the same day of another year; 28 February for one that has no 29."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def undated(granted: Any, expires: Any) -> Any:
    """Tell which titles are listed without any date; expressions as for `in_force`."""
    return granted.is_null() & expires.is_null()


def undated_note(titles: pl.DataFrame, least: int = 0) -> Text | None:
    """Say how many titles are not counted for want of dates, or that they are fewer than `least`.

    None where every title has a date.
    """
    count = titles.filter(undated(pl.col("granted"), pl.col("expires"))).height
    if not count:
        return None
    zh, en = (f" {count:,}", f"{count:,}") if count >= least else (f"不足 {least}", f"< {least}")
    return Text(
        f"另有{zh} 项称号没有日期，不知是否有效，未计入；补上认定日期重新导入后计入",
        f"{en} titles without dates are not counted: whether they are in force is not known; "
        "import them with the day of their grant",
    )


def plain_batch() -> pl.Expr:
    """Give a batch without spaces, for comparison."""
    return pl.col("batch").str.replace_all(r"\s", "")


def merge_titles(titles: pl.DataFrame) -> pl.DataFrame:
    """Merge all mentions of a title into one row a firm, tier and batch.

    Parameters
    ----------
    titles
        firm, tier, batch, granted, expires, review, version; the order is that of the imports.

    Returns
    -------
    DataFrame
        firm, tier, batch, granted, expires, review: the first stated dates, the last stated review;
        an expiry that no list states follows from the grant. A mention without batch and date is
        dropped where the same firm and tier is stated with one.
    """
    if titles.is_empty():
        return titles.select("firm", "tier", "batch", "granted", "expires", "review")
    merged = (
        titles.with_columns(plain_batch())
        .group_by("firm", "tier", "batch", maintain_order=True)
        .agg(
            pl.col("granted").drop_nulls().first(),
            pl.col("expires").drop_nulls().first(),
            pl.col("review").drop_nulls().last(),
        )
    )
    bare = pl.col("batch").is_null() & pl.col("granted").is_null()
    told = (~bare).any().over("firm", "tier")
    return (
        merged.filter(~(bare & told))
        .with_columns(expires=pl.coalesce("expires", expiry(pl.col("granted"))))
        .sort("firm", "granted", "tier", nulls_last=True)
    )
