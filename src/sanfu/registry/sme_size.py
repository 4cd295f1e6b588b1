"""Size class of a firm: large, medium, small or micro (工信部联企业〔2011〕300号)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import polars as pl

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.formula import Number, parse_formula

if TYPE_CHECKING:
    from pathlib import Path

SizeClass = Literal["large", "medium", "small", "micro"]
CLASSES: tuple[SizeClass, ...] = ("large", "medium", "small")


class SizeRow(Declaration):
    """One industry's lower limits, each with its unit: large, medium, small."""

    name: Label
    industries: tuple[str, ...]
    mark: Literal["P", "M"]
    limits: dict[Literal["staff", "revenue", "assets"], tuple[str, str, str]]

    def lower_limits(self) -> dict[str, tuple[int, int, int]]:
        """Give the limits as whole numbers: people, or fen."""
        return {
            measure: (_whole(large), _whole(medium), _whole(small))
            for measure, (large, medium, small) in self.limits.items()
        }


class SizeScheme(Declaration):
    """The table of size classes."""

    scheme: str
    name: Label
    source: str
    rows: tuple[SizeRow, ...]


@cache
def read_size_scheme(path: Path | None = None) -> SizeScheme:
    """Read the table that ships, or an office's own."""
    return read_declaration(path or content_path("schemes", "sme_size_2011.yaml"), SizeScheme)


def sme_size(frame: pl.DataFrame, scheme: SizeScheme | None = None) -> pl.DataFrame:
    """Give each firm its size class.

    Parameters
    ----------
    frame
        One row a firm: `firm`, `industry` (GB/T 4754 code), `staff`, `revenue`, `assets` (fen) as
        far as they are; the class is that of the year whose figures are given.

    Returns
    -------
    DataFrame
        firm, size (large, medium, small, micro or missing), industry_row (row of the table),
        reason (zh), mark (P or M).

    Notes
    -----
    A class needs *all* its lower limits; a firm that misses one drops to the next. A missing figure
    decides only where it cannot matter: too few staff for "small" is micro whatever the revenue.
    """
    scheme = scheme or read_size_scheme()
    for column in ("staff", "revenue", "assets"):
        if column not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.Int64).alias(column))
    row_of = _industry_row(scheme)
    size = pl.lit(None, dtype=pl.String)
    for number, row in enumerate(scheme.rows):
        size = pl.when(row_of == number).then(_class_by(row)).otherwise(size)
    names = {number: row.name.zh for number, row in enumerate(scheme.rows)}
    marks = {number: row.mark for number, row in enumerate(scheme.rows)}
    return frame.select("firm", "industry", row_of.alias("_row"), size.alias("size")).select(
        "firm",
        pl.col("size").fill_null("missing"),
        pl.col("_row")
        .replace_strict(names, default=None, return_dtype=pl.String)
        .alias("industry_row"),
        pl.when(pl.col("industry").is_null())
        .then(pl.lit("缺少行业代码"))
        .when(pl.col("_row").is_null())
        .then(pl.lit("该行业不在划型标准之内"))
        .when(pl.col("size").is_null())
        .then(pl.lit("缺少从业人员、营业收入或资产总额"))
        .alias("reason"),
        pl.col("_row").replace_strict(marks, default=None, return_dtype=pl.String).alias("mark"),
    )


def _industry_row(scheme: SizeScheme) -> pl.Expr:
    code = pl.col("industry").str.replace(r"^[A-T]", "")
    found = pl.lit(None, dtype=pl.Int32)
    for number, row in enumerate(scheme.rows):
        pattern = "^(" + "|".join(row.industries) + ")"
        found = pl.when(code.str.contains(pattern)).then(number).otherwise(found)
    return found


def _class_by(row: SizeRow) -> pl.Expr:
    limits = row.lower_limits()
    reached = {
        name: pl.all_horizontal(pl.col(measure) >= limit[i] for measure, limit in limits.items())
        for i, name in enumerate(CLASSES)
    }
    small, medium, large = (reached[name] for name in CLASSES[::-1])
    return (
        pl.when(~small)
        .then(pl.lit("micro"))
        .when(small & ~medium)
        .then(pl.lit("small"))
        .when(medium & ~large)
        .then(pl.lit("medium"))
        .when(large)
        .then(pl.lit("large"))
    )


def _whole(limit: str) -> int:
    number = parse_formula(limit)
    if not isinstance(number, Number) or number.value.denominator != 1:
        raise ValueError(f"{limit!r} is no whole amount with its unit, such as 300 人")
    return int(number.value)
