"""What an examiner compares: each check finds its own fault, and none in a sound filing."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.ladder.consistency import find_inconsistencies, find_restatements, shipped_checks

W = 1_000_000  # fen in 万元
SOUND = {
    "firm": "a", "revenue": 6000 * W, "revenue_1": 5000 * W, "main_revenue": 5500 * W,
    "rd_expense": 500 * W, "rd_expense_1": 450 * W, "total_cost": 5200 * W, "net_profit": 600 * W,
    "assets": 8000 * W, "liabilities": 3000 * W, "staff": 120, "rd_staff": 30, "tech_staff": 40,
    "class1_ip": 6, "class1_ip_1": 5, "niche_years": 6, "founded": dt.date(2012, 5, 1),
    "size": "small", "holds_srdi": True, "platform_score": 66,
    "stated_rd_share": 0.0833, "stated_main_share": 0.9167, "stated_debt_ratio": 0.375,
}  # fmt: skip
FAULTS = {
    "main_within_revenue": {"main_revenue": 6000 * W + 1, "stated_main_share": None},
    "rd_staff_within_staff": {"rd_staff": 121},
    "tech_staff_within_staff": {"tech_staff": 121},
    "rd_within_cost": {"total_cost": 499 * W},
    "profit_within_revenue": {"net_profit": 6001 * W},
    "no_negative": {"liabilities": -1, "stated_debt_ratio": None},
    "equity_positive": {"liabilities": 8001 * W, "stated_debt_ratio": None},
    "rd_within_revenue": {
        "revenue": 400 * W, "revenue_1": 350 * W, "main_revenue": 390 * W, "net_profit": 1 * W,
        "stated_rd_share": None, "stated_main_share": None,
    },
    "unit_rd": {"rd_expense_1": 4 * W},
    "ip_fell": {"class1_ip_1": 7},
    "ip_before_founding": {"founded": dt.date(2023, 3, 1), "niche_years": 0},
    "niche_before_founding": {"niche_years": 12},
    "rd_per_head": {"rd_staff": 2},
    "staff_missing": {"staff": 0, "rd_staff": 0, "tech_staff": 0, "rd_expense": 0,
                      "rd_expense_1": 0, "stated_rd_share": 0.0},
    "size_with_title": {"size": "large"},
    "score_range": {"platform_score": 101},
    "stated_rd_share": {"stated_rd_share": 0.0844},
    "stated_main_share": {"stated_main_share": 0.93},
    "stated_debt_ratio": {"stated_debt_ratio": 0.45},
}  # fmt: skip


def found(**changes):
    rows = pl.DataFrame([{**SOUND, **changes}])
    return find_inconsistencies(rows, year=2023)


def test_a_sound_filing_has_no_finding():
    assert found().height == 0


@pytest.mark.parametrize("name", FAULTS)
def test_each_check_finds_its_own_fault_alone(name):
    assert found(**FAULTS[name])["check"].to_list() == [name]


def test_a_leap_is_told_from_a_mistaken_unit():
    grown = found(revenue_1=1000 * W, rd_expense_1=450 * W)
    unit = found(revenue_1=5000 * W // 10_000)

    assert grown["check"].to_list() == ["growth_large"]
    assert unit["check"].to_list() == ["unit_revenue", "growth_large"]


def test_every_shipped_check_has_its_test():
    tested = {*FAULTS, "unit_revenue", "growth_large"}

    assert {one.id for one in shipped_checks()} == tested


def test_what_is_missing_is_not_checked():
    empty = dict.fromkeys(SOUND, None) | {"firm": "a"}
    rows = pl.DataFrame([SOUND, empty], schema_overrides={"founded": pl.Date})

    assert find_inconsistencies(rows, year=2023).height == 0


def test_a_finding_prints_the_figures_and_the_remedy():
    finding = found(main_revenue=6100 * W, stated_main_share=None).row(0, named=True)

    assert finding["values"] == "主营业务收入 6100.0 万元；营业收入 6000.0 万元"
    assert finding["severity"] == "error"
    assert finding["remedy_zh"].startswith("对照审计报告")


def test_a_figure_restated_by_a_tenth_is_found():
    vintages = pl.DataFrame(
        {
            "firm": ["a", "a", "b", "b"],
            "year": [2022] * 4,
            "revenue": [1000, 1100, 1000, 1099],
            "version": [1, 2, 1, 2],
        }
    )

    moved = find_restatements(vintages)

    assert moved.select("firm", "first", "last").rows() == [("a", 1000, 1100)]
