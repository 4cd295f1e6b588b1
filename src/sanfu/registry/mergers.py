"""Firms that were merged into others: each counts until the day of its merger, and not from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt


def firms_on(frame: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Leave out the firms, or the titles of firms, that were merged into others by a day.

    Parameters
    ----------
    frame
        `Ledger.firms` or `Ledger.titles`: ``merged_on`` where the ledger knows of any merger.
    """
    if "merged_on" not in frame.columns:
        return frame
    return frame.filter((pl.col("merged_on") > day) | pl.col("merged_on").is_null())
