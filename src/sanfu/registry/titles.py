"""Titles: the lists of every batch merged into one history; conflicts are findings."""

from __future__ import annotations

import polars as pl

VALID_YEARS = 3
"""A title is valid three years; a review adds three (63号文; kept by 工信部企业〔2026〕2号)."""


def expiry(granted: pl.Expr, years: int = VALID_YEARS) -> pl.Expr:
    """Give the day on which a title granted then expires: the same day, `years` on.

    A grant on 29 February expires on 28 February of a common year.
    """
    return granted.dt.offset_by(f"{years}y")


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
