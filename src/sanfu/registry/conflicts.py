"""What an import says against itself or the ledger: figures, titles, what cannot both be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.content.measures import measures
from sanfu.registry.problems import join_problems, no_problems, problem_rows
from sanfu.registry.titles import expiry, plain_batch

if TYPE_CHECKING:
    from sanfu.registry.ledger import Ledger
    from sanfu.registry.reading import Reading


def first_of_each(rows: pl.DataFrame, keys: list[str], names: list[str]) -> pl.DataFrame:
    """Give one row for each of the keys, with the first that is stated of each column."""
    if rows.select(keys).n_unique() == rows.height:
        return rows.select(*keys, *names)
    ordered = rows if rows["row_key"].is_sorted() else rows.sort("row_key")
    return ordered.group_by(keys, maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in names
    )


def take_figures(
    reading: Reading, rows: pl.DataFrame, ledger: Ledger, *, alone: bool
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Give the import's figures, one row a firm and year, and what conflicts or is restated."""
    if reading.figures.is_empty():
        return pl.DataFrame(schema={"firm": pl.String, "year": pl.Int32}), []
    place = rows.select("row_key", "firm", "file", "sheet", "row")
    stated = placed(reading.figures, place)
    names = [name for name in reading.figures.columns if name not in ("row_key", "year")]
    keys = ["firm", "year"]
    figures = stated.select(*keys, *names) if alone else first_of_each(stated, keys, names)
    problems = []
    if figures.height < stated.height:
        several = stated.filter(pl.len().over(keys) > 1)
        chosen = several.join(figures, on=keys, suffix="_used")
        problems += [
            _worded(
                "figure-conflict",
                chosen.filter(pl.col(name) != pl.col(f"{name}_used")),
                name,
                f"{name}_used",
            )
            for name in names
        ]
    known = ledger.figures
    shared = [name for name in names if name in known.columns]
    if shared:
        place_of = first_of_each(stated, keys, ["file", "sheet", "row"])
        both = figures.join(known.select(*keys, *shared), on=keys, suffix="_was").join(
            place_of, on=keys
        )
        problems += [
            _worded(
                "figure-restated",
                both.filter(pl.col(name) != pl.col(f"{name}_was")),
                name,
                f"{name}_was",
            )
            for name in shared
        ]
    problems += _consistency(stated)
    return figures, problems


def placed(frame: pl.DataFrame, place: pl.DataFrame) -> pl.DataFrame:
    """Add to rows what stands for their key; side by side where both have the same keys."""
    if frame.height == place.height and (frame["row_key"] == place["row_key"]).all():
        return pl.concat([frame, place.drop("row_key")], how="horizontal")
    return frame.join(place, on="row_key")


def _worded(code: str, found: pl.DataFrame, value: str, more: str) -> pl.DataFrame:
    label = measures()[value]
    money = label.kind == "money"

    def shown(column: str) -> pl.Expr:
        if not money:
            return pl.col(column).cast(pl.String)
        return pl.format(
            "{} 元", (pl.col(column).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(38, 2))
        )

    return problem_rows(
        code,
        found.select(
            "file", "sheet", "row",
            pl.format("{} {} 年", pl.lit(label.zh), "year").alias("column"),
            shown(value).alias("value"), shown(more).alias("more"),
        ),
    )  # fmt: skip


def _consistency(stated: pl.DataFrame) -> list[pl.DataFrame]:
    """Find figures that cannot both be right."""
    found = []
    for code, part, whole in (
        ("main-over-total", "main_revenue", "revenue"),
        ("rd-staff-over-staff", "rd_staff", "staff"),
    ):
        if {part, whole} <= set(stated.columns):
            found.append(_worded(code, stated.filter(pl.col(part) > pl.col(whole)), part, whole))
    return found


def title_problems(reading: Reading, rows: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Find titles whose dates differ from those stated before, and reviews at odd times.

    The first statement of a title counts, in the ledger or in this file; whatever says otherwise is
    named with its row.
    """
    if reading.titles.is_empty():
        return no_problems()
    keys = ["firm", "tier", "batch"]
    place = rows.select("row_key", "firm", "file", "sheet", "row")
    stated = reading.titles.join(place, on="row_key").with_columns(plain_batch()).sort("row_key")
    known = ledger.titles.select(*keys, "granted", "expires")
    own = pl.lit(value=False).alias("derived")
    if known.height:
        follows = (pl.col("expires") == expiry(pl.col("granted"))).fill_null(value=False)
        known = known.with_columns(follows.alias("derived"))
    else:
        known = known.with_columns(own)
    found = []
    for name, label in (("granted", "认定日期"), ("expires", "有效期至")):
        first = stated.group_by(keys, maintain_order=True).agg(
            pl.col(name).drop_nulls().first().alias("first")
        )
        before = stated.join(first, on=keys, nulls_equal=True).join(
            known.select(*keys, pl.col(name).alias("known"), "derived"),
            on=keys, how="left", nulls_equal=True,
        )  # fmt: skip
        # an expiry that only followed from the grant was stated by nobody
        stated_before = (
            pl.col("known")
            if name == "granted"
            else pl.when(~pl.col("derived")).then(pl.col("known"))
        )
        told = before.with_columns(more=pl.coalesce(stated_before, pl.col("first")))
        found.append(
            told.filter(pl.col(name) != pl.col("more")).select(
                "file", "sheet", "row", pl.lit(label).alias("column"),
                pl.col(name).cast(pl.String).alias("value"), pl.col("more").cast(pl.String),
            )
        )  # fmt: skip
    early = stated.filter(pl.col("expires") <= pl.col("granted")).select(
        "file", "sheet", "row", pl.lit("有效期至").alias("column"),
        pl.col("expires").cast(pl.String).alias("value"),
        pl.col("granted").cast(pl.String).alias("more"),
    )  # fmt: skip
    return join_problems(
        [*(problem_rows("title-conflict", one) for one in found),
         problem_rows("title-expires-early", early)]
    )  # fmt: skip
