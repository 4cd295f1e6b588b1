"""Three years and three months, counted as the calendar has them."""

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sanfu.ladder.validity import is_valid, months_after, years_after
from sanfu.registry.titles import expiry

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31))


def test_a_title_is_valid_through_the_same_day_three_years_on():
    granted = dt.date(2023, 7, 14)
    expires = years_after(granted)

    assert expires == dt.date(2026, 7, 14)
    assert is_valid(granted, expires, dt.date(2026, 7, 14))
    assert not is_valid(granted, expires, dt.date(2026, 7, 15))
    assert not is_valid(granted, expires, dt.date(2023, 7, 13))


def test_a_title_of_29_february_expires_on_28_february_of_a_common_year():
    assert years_after(dt.date(2024, 2, 29)) == dt.date(2027, 2, 28)
    assert years_after(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)


def test_three_months_after_the_last_of_november_is_the_last_of_february():
    assert months_after(dt.date(2025, 11, 30), 3) == dt.date(2026, 2, 28)
    assert months_after(dt.date(2023, 11, 30), 3) == dt.date(2024, 2, 29)
    assert months_after(dt.date(2026, 1, 15), 3) == dt.date(2026, 4, 15)


@given(DAYS)
def test_the_ledger_counts_the_same_three_years(day):
    """The registry fills a missing expiry by its own expression; the two must never differ."""
    of_ledger = pl.DataFrame({"granted": [day]}).select(expiry(pl.col("granted"))).item()

    assert of_ledger == years_after(day)


@given(DAYS)
def test_three_years_on_is_the_same_day_but_for_29_february(day):
    later = years_after(day)

    assert later.year == day.year + 3
    assert (later.month, later.day) == (
        (2, 28) if (day.month, day.day) == (2, 29) else (day.month, day.day)
    )
