"""From ledger frames to one row a firm, as of a day."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.ladder import check, firm_rows
from sanfu.registry.sample import shanghai

ON = dt.date(2026, 5, 1)


def books(**changed):
    firms = pl.DataFrame(
        {
            "firm": ["a", "b"],
            "district": ["310110", "510104"],
            "industry": ["3562", "3562"],
            "rd_institution": ["市级", "市级"],
            "segment_since": [dt.date(2023, 1, 1), dt.date(2022, 12, 31)],
        }
    )
    figures = pl.DataFrame(
        {
            "firm": ["a", "a", "a", "b", "a"],
            "year": [2025, 2024, 2023, 2025, 2026],
            "revenue": [500, 400, 300, None, None],
            "staff": [50, 40, 30, 20, None],
            "platform_score": [61, 52, 40, 55, 70],
        },
        schema_overrides={"year": pl.Int32},
    )
    titles = pl.DataFrame(
        {
            "firm": ["a", "b", "b"],
            "tier": ["srdi", "srdi", "little-giant"],
            "batch": ["1", "1", "7"],
            "granted": [dt.date(2023, 5, 1), dt.date(2023, 4, 30), dt.date(2026, 5, 2)],
            "expires": [dt.date(2026, 5, 1), dt.date(2026, 4, 30), dt.date(2029, 5, 2)],
            "review": [None, None, None],
        },
        schema_overrides={"review": pl.String},
    )
    return SimpleNamespace(**({"firms": firms, "figures": figures, "titles": titles} | changed))


def column(name, **changed):
    return firm_rows(books(**changed), ON)[name].to_list()


def test_the_last_full_year_has_the_plain_name_and_those_before_a_number():
    assert column("revenue") == [500, None]
    assert column("revenue_1") == [400, None]
    assert column("revenue_2") == [300, None]


def test_the_platform_score_is_the_latest_and_the_one_before():
    assert column("platform_score") == [70, 55]
    assert column("platform_score_1") == [61, None]


def test_full_years_in_the_niche_are_counted_to_the_end_of_the_last_year():
    assert column("niche_years") == [3, 3]


def test_a_title_is_in_force_through_the_day_on_which_it_expires():
    assert column("holds_srdi") == [True, False]
    assert column("holds_little_giant") == [False, False]


def test_whether_a_title_without_dates_is_held_is_missing_and_a_dated_one_settles_it():
    titles = (
        books()
        .titles.with_columns(granted=None, expires=None)
        .cast({"granted": pl.Date, "expires": pl.Date})
    )

    assert column("holds_srdi", titles=titles) == [None, None]
    assert column("holds_srdi", titles=pl.concat([titles, books().titles])) == [True, None]
    assert column("holds_little_giant", titles=titles) == [False, None]


def test_a_tier_without_any_list_is_missing_not_absent():
    assert column("holds_tech") == [None, None]


def test_the_municipal_level_of_a_province_level_city_is_provincial():
    assert column("rd_institution") == ["省级", "市级"]


def test_the_size_class_is_missing_where_it_cannot_be_told():
    assert column("size") == ["micro", None]


def test_what_the_office_knows_comes_before_the_ledger():
    inputs = pl.DataFrame({"firm": ["b"], "revenue": [7], "ip_linked": [True]})

    rows = firm_rows(books(), ON, inputs=inputs)

    assert rows["revenue"].to_list() == [500, 7]
    assert rows["ip_linked"].to_list() == [None, True]
    with pytest.raises(InputError, match="revenu、x"):
        firm_rows(books(), ON, inputs=pl.DataFrame({"firm": ["b"], "revenu": [1], "x": [1]}))


def test_a_year_without_figures_says_which_years_there_are():
    with pytest.raises(InputError, match=r"没有 2027 年的数据，有：2023、2024、2025、2026；"):
        firm_rows(books(), dt.date(2028, 1, 1))


def test_the_sample_registry_can_be_checked():
    sample = shanghai(firms=300, seed=3)
    rows = firm_rows(sample, dt.date(2024, 5, 1))

    found = check(rows, "cn-2026/little-giant", kind="new", on=dt.date(2026, 5, 1))

    assert found.wide.height == 300
    assert set(found.verdicts["outcome"]) <= {"met", "unmet", "missing", "judge"}
    assert found.frame.height == 300 * len(found.book.rules)
