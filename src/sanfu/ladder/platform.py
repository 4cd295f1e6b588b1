"""The platform's own score (专精特新发展评价): estimated where it is missing, and said to be so.

The score is an input with its year and evidence. An estimate from the means of the sector serves
only to see what depends on it; it is never written into the ledger.
"""

from __future__ import annotations

import polars as pl

from sanfu.language import Text

SCORE, ESTIMATED = "platform_score", "platform_score_estimated"
ESTIMATE_NOTE = Text(
    "发展评价得分为同行业平均值估计，不是平台测评结果。",
    "The platform's score is estimated from the sector's mean; it is not the platform's.",
)
LEAST = 10
"""Fewest known scores of a sector from which its mean is taken; ours."""


def with_estimated_scores(rows: pl.DataFrame, *, least: int = LEAST) -> pl.DataFrame:
    """Fill missing platform scores with the mean of the same sector (two digits of GB/T 4754).

    Parameters
    ----------
    rows
        From `firm_rows`, with ``industry`` and ``platform_score``.
    least
        Fewest known scores of a sector; below it the score stays missing.

    Returns
    -------
    DataFrame
        With ``platform_score`` in whole points, rounded down, and ``platform_score_estimated``
        (true where it is an estimate). Whoever prints it prints `ESTIMATE_NOTE` beside it.
    """
    if SCORE not in rows.columns or "industry" not in rows.columns:
        return rows.with_columns(pl.lit(value=False).alias(ESTIMATED))
    sector = pl.col("industry").cast(pl.String).str.replace(r"^[A-T]", "").str.slice(0, 2)
    known = pl.col(SCORE).count().over(sector)
    mean = pl.when(known >= least).then(pl.col(SCORE).mean().over(sector).floor())
    guess = pl.col(SCORE).is_null() & sector.is_not_null() & mean.is_not_null()
    filled = pl.coalesce(SCORE, mean.cast(rows.schema[SCORE]))
    return rows.with_columns(guess.alias(ESTIMATED), filled.alias(SCORE))
