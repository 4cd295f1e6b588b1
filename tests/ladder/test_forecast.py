"""Looking ahead: expiries, the next tier, the review under the standard that will then hold."""

from __future__ import annotations

import datetime as dt

import openpyxl
import polars as pl
import pytest

from sanfu.ladder import check
from sanfu.ladder.forecast import forecast
from sanfu.ladder.forecast_book import write_forecast
from sanfu.ladder.shortfalls import shortfalls
from sanfu.language import use_language

W = 1_000_000
ON = dt.date(2026, 5, 1)
PASSES = {
    "holds_srdi": True, "niche_years": 6, "revenue": 9000 * W, "revenue_1": 8000 * W,
    "revenue_2": 7000 * W, "main_revenue": 8900 * W, "main_revenue_1": 7900 * W,
    "main_revenue_2": 6900 * W, "assets": 10_000 * W, "liabilities": 3000 * W,
    "rd_expense": 900 * W, "rd_expense_1": 800 * W, "class1_ip": 6, "market_share": 0.2,
    "platform_score": 70, "size": "small", "field": True,
    "legal_person": True, "listing_clear": True, "product_allowed": True, "record_clear": True,
    "not_excluded": True, "ip_linked": True, "ip_original": True,
}  # fmt: skip


def rows(*changes):
    base = {"name": "甲", "district": "杨浦区", **PASSES}
    return pl.DataFrame(
        [{"firm": f"f{i}", **base, **change} for i, change in enumerate(changes)],
        infer_schema_length=None,
    )


def titles(*held):
    return pl.DataFrame(
        [
            {"firm": firm, "tier": tier, "batch": "一", "granted": granted,
             "expires": granted.replace(year=granted.year + 3), "review": None}
            for firm, tier, granted in held
        ],
        schema_overrides={"review": pl.String},
    )  # fmt: skip


def test_a_shortfall_is_said_in_its_unit_with_what_is_asked():
    result = check(
        rows({"rd_expense": 300 * W, "rd_expense_1": 862 * W}),
        "cn-2026/little-giant", kind="new", on=ON,
    )  # fmt: skip

    one = shortfalls(result).row(0, named=True)

    assert "还差 38 万元（现 1162万元，要求 1200万元）" in one["short_of"]
    assert one["unmet"] == 1
    assert one["distance"] == pytest.approx(38 / 1200)


def test_a_shortfall_is_said_in_english_without_a_chinese_unit():
    use_language("en")
    result = check(
        rows({"rd_expense": 300 * W, "rd_expense_1": 862 * W}),
        "cn-2026/little-giant", kind="new", on=ON,
    )  # fmt: skip

    said = shortfalls(result)["short_of"][0]

    assert "38 ×10,000 yuan short (now 1162 ×10,000 yuan, edge 1200 ×10,000 yuan)" in said
    assert said.isascii() or "万" not in said


def test_what_is_over_a_ceiling_is_said_to_be_over():
    result = check(rows({"liabilities": 8066 * W}), "cn-2026/little-giant", kind="new", on=ON)

    assert "资产负债率高出 5.66个百分点（现 80.66%，上限 75%）" in shortfalls(result)["short_of"][0]


def test_what_an_exemption_settles_is_no_shortfall():
    awarded = {"class1_ip": 0, "national_award_top3_3y": True}
    result = check(rows(awarded), "cn-2026/little-giant", kind="new", on=ON)

    one = shortfalls(result).row(0, named=True)

    assert "知识产权" not in one["short_of"]


def test_firms_near_the_next_tier_stand_nearest_first():
    near = {"platform_score": 59}
    nearer = {"platform_score": 60}
    far = {"platform_score": 40, "revenue": 100 * W, "liabilities": 9900 * W, "niche_years": 1}
    held = titles(*((f"f{i}", "srdi", dt.date(2025, 1, 1)) for i in range(3)))

    found = forecast(rows(near, nearer, far), held, ON)

    echelon = found.second_echelon
    assert echelon["firm"].to_list() == ["f1", "f0"]
    assert set(echelon["next"]) == {"little-giant"}
    assert set(echelon["rulebook"]) == {"cn-2026/little-giant"}


def test_of_whom_hardly_anything_is_known_is_not_near():
    unknown = dict.fromkeys(("rd_spend", "niche_years", "liabilities", "platform_score"))
    held = titles(*((f"f{i}", "srdi", dt.date(2025, 1, 1)) for i in range(2)))

    found = forecast(rows({}, unknown), held, ON, most_missing=1)

    assert found.second_echelon["firm"].to_list() == ["f0"]
    assert forecast(rows({}, unknown), held, ON, most_missing=9).second_echelon.height == 2


def test_a_title_that_runs_out_is_held_to_the_standard_of_its_last_day():
    held = titles(("f0", "little-giant", dt.date(2023, 7, 1)), ("f1", "srdi", dt.date(2023, 7, 1)))

    found = forecast(rows({}, {"platform_score": 10}), held, ON)

    books = dict(found.review_risk.select("tier", "rulebook").rows())
    assert books == {"little-giant": "cn-2022/little-giant", "srdi": "cn-2026/srdi"}
    assert found.expiring["days_left"].to_list() == [61, 61]


def test_a_title_beyond_the_months_is_not_listed():
    held = titles(("f0", "srdi", dt.date(2025, 7, 1)))

    assert forecast(rows({}), held, ON, months=12).expiring.height == 0
    assert forecast(rows({}), held, ON, months=27).expiring.height == 1


def test_who_meets_2022_and_fails_2026_is_listed_with_the_clause():
    held = titles(("f0", "srdi", dt.date(2025, 1, 1)), ("f1", "srdi", dt.date(2025, 1, 1)))

    found = forecast(rows({"liabilities": 8500 * W}, {}), held, ON).stricter

    assert found["firm"].to_list() == ["f0"]
    assert "资产负债率" in found["decided_by"][0]


def test_past_pass_rates_carry_their_intervals():
    rates = forecast(rows({}), titles(("f0", "srdi", dt.date(2025, 1, 1))), ON).pass_rates

    first = rates.filter(pl.col("announced") == 248).row(0, named=True)
    assert first["rate"] == pytest.approx(142 / 248)
    assert first["low"] < first["rate"] < first["high"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_opens_in_both_languages_and_says_what_it_is(language, tmp_path):
    use_language(language)
    held = titles(("f0", "little-giant", dt.date(2023, 7, 1)))

    write_forecast(forecast(rows({}), held, ON), tmp_path / "f.xlsx", synthetic=True)

    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    text = " ".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    )
    assert ("自检" if language == "zh" else "self-check") in text.lower()
    assert ("合成数据" if language == "zh" else "Synthetic") in text


def test_a_title_without_dates_is_neither_in_force_nor_running_out_and_is_said(tmp_path):
    held = titles(("f0", "srdi", dt.date(2023, 9, 1)), ("f1", "srdi", dt.date(2023, 9, 1)))
    bare = held.with_columns(
        granted=pl.when(pl.col("firm") == "f0").then("granted"),
        expires=pl.when(pl.col("firm") == "f0").then("expires"),
    )

    found = forecast(rows({}, {}), bare, ON)
    write_forecast(found, tmp_path / "f.xlsx")

    assert found.expiring["firm"].to_list() == ["f0"]
    page = openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0]
    said = [str(row[0].value) for row in page.iter_rows(max_row=8)]
    assert any("另有 1 项称号没有日期" in one for one in said)
