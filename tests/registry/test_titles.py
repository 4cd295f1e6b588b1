"""Titles in force: both ends count, one date gives the other, and without dates it is not known."""

import datetime as dt

import duckdb
import narwhals as nw
import polars as pl
import pytest

from sanfu.registry.titles import in_force, undated_note

D = dt.date
DATES = pl.DataFrame(
    [
        (D(2021, 7, 1), D(2024, 7, 1)),
        (D(2021, 7, 1), D(2024, 6, 30)),
        (D(2021, 7, 1), None),
        (None, D(2025, 1, 1)),
        (None, D(2030, 1, 1)),
        (None, None),
        (D(2023, 1, 1), D(2026, 1, 1)),
        (D(2020, 1, 1), D(2023, 1, 1)),
    ],
    schema={"granted": pl.Date, "expires": pl.Date},
    orient="row",
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (D(2024, 7, 1), [True, False, True, True, False, None, True, False]),
        (D(2024, 7, 2), [False, False, False, True, False, None, True, False]),
        (D(2021, 7, 1), [True, True, True, False, False, None, False, True]),
        (D(2028, 2, 29), [False, False, False, False, True, None, False, False]),
    ],
)
def test_the_same_on_every_engine(day, expected):
    rows = DATES.with_row_index("n")
    native = duckdb.from_arrow(rows.to_arrow())
    other = nw.from_native(native).select(
        "n", valid=in_force(nw.col("granted"), nw.col("expires"), day)
    )

    found = rows.select(valid=in_force(pl.col("granted"), pl.col("expires"), day))["valid"]

    assert found.to_list() == expected
    assert other.collect().to_polars().sort("n")["valid"].to_list() == expected


def test_titles_without_dates_are_counted_in_words_and_few_ones_not_exactly():
    titles = DATES.filter(pl.col("granted").is_null())

    assert undated_note(titles).zh.startswith("另有 1 项称号没有日期，不知是否有效，未计入")
    assert undated_note(titles, 3).zh.startswith("另有不足 3 项")
    assert undated_note(titles, 3).en.startswith("< 3 titles without dates")
    assert undated_note(DATES.filter(pl.col("granted").is_not_null())) is None
