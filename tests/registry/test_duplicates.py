"""Likely duplicates are proposed with reasons; two codes are two firms."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.registry.duplicates import SURE, find_duplicates
from sanfu.registry.uscc import with_check

A, B = with_check("91310110TTAB12345"), with_check("91310115TTAB54321")
DAY = dt.date(2015, 5, 1)


def found(*rows, aliases=None):
    names = ("firm", "name", "uscc", "district", "founded")
    schema = {**dict.fromkeys(names, pl.String), "founded": pl.Date}
    frame = pl.DataFrame([dict(zip(names, row, strict=False)) for row in rows], schema=schema)
    proposed = find_duplicates(frame, aliases=aliases)
    return {(a, b): (score, why) for a, b, score, why, _ in proposed.rows()}


def test_brackets_width_and_spaces_do_not_tell_firms_apart():
    pairs = found(
        ("1", "晨曜智能科技（上海）有限公司", A, "310110"),
        ("2", "晨曜智能科技(上海) 有限公司", None, "310110"),
    )

    assert pairs[("1", "2")][0] >= SURE
    assert "名称相同" in pairs[("1", "2")][1]


def test_two_valid_codes_are_two_firms_even_with_one_name():
    assert (
        found(
            ("1", "晨曜智能科技有限公司", A, "310110"), ("2", "晨曜智能科技有限公司", B, "310110")
        )
        == {}
    )


def test_the_form_and_the_city_may_differ_with_further_evidence():
    pairs = found(
        ("1", "上海晨曜智能科技有限公司", A, "310110", DAY),
        ("2", "晨曜智能科技股份有限公司", None, "310110", DAY),
    )

    assert pairs[("1", "2")][0] >= SURE


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("上海晨曜智能能科技有限公司", "多一字或少一字"),
        ("上海晨曜智科技有限公司", "多一字或少一字"),
        ("上海晨曜智能技科有限公司", "相邻两字颠倒"),
        ("海上晨曜智能科技有限公司", "相邻两字颠倒"),
        ("上海晨曜智能科技", "主体相同"),
    ],
)
def test_one_slip_of_the_pen_in_the_same_district_is_proposed(given, why):
    pairs = found(
        ("1", "上海晨曜智能科技有限公司", A, "310110"), ("2", given, None, "310110"),
        ("3", "上海晨曜智能科技有限公司分厂", B, "310115"),
    )  # fmt: skip

    assert list(pairs) == [("1", "2")]
    assert why in pairs["1", "2"][1]


def test_a_slip_that_fits_two_firms_is_not_proposed():
    assert (
        found(
            ("1", "上海晨曜智能科技有限公司", A, "310110"),
            ("2", "上海晨曜智慧科技有限公司", B, "310110"),
            ("3", "上海晨曜智科技有限公司", None, "310110"),
        )
        == {}
    )


def test_a_former_name_that_a_code_has_proved_ties_a_row_without_one():
    rows = (
        ("1", "上海晨曜智能科技有限公司", A, "310110"),
        ("2", "上海旧名贸易有限公司", None, "310110"),
    )
    former = pl.DataFrame({"firm": ["1"], "name": ["上海旧名贸易有限公司"]})

    assert found(*rows) == {}
    score, why = found(*rows, aliases=former)["1", "2"]
    assert score >= SURE
    assert "曾用名" in why


def test_one_wrong_character_needs_the_same_day_and_district():
    near = ("2", "上海晨耀智能科技有限公司", None, "310110", DAY)
    far = ("2", "上海晨耀智能科技有限公司", None, "310115", None)

    assert ("1", "2") in found(("1", "上海晨曜智能科技有限公司", A, "310110", DAY), near)
    assert found(("1", "上海晨曜智能科技有限公司", A, "310110", DAY), far) == {}


def test_another_founding_day_speaks_against_it():
    pairs = found(
        ("1", "甲乙丙丁有限公司", A, "310110", DAY),
        ("2", "甲乙丙丁公司", None, "310110", dt.date(2001, 1, 1)),
    )

    assert pairs == {}


def test_each_pair_is_proposed_once_and_nothing_is_paired_with_itself():
    rows = [(str(i), "晨曜智能科技有限公司", None, "310110") for i in range(4)]
    pairs = found(*rows)

    assert len(pairs) == 6
    assert all(a != b for a, b in pairs)


def test_reasons_are_said_in_english_too():
    frame = pl.DataFrame({"firm": ["1", "2"], "name": ["上海甲乙丙公司", "上海甲乙丙"]})

    assert find_duplicates(frame, propose=0.5)["reasons_en"].to_list() == [
        "same name but for city and legal form"
    ]


def test_an_empty_list_has_no_duplicates():
    assert found() == {}
