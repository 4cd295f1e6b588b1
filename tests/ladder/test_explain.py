"""A page for one firm, and plans in words."""

import datetime as dt

import polars as pl

from sanfu.ladder import check_firm, make_book
from sanfu.ladder.explain import explain
from sanfu.ladder.plan import Planner
from sanfu.ladder.plan_words import plan_frame, plan_words

ON = dt.date(2026, 5, 1)
WAN = 1_000_000
ROW = {
    "firm": "甲",
    "size": "small",
    "holds_innovative": True,
    "niche_years": 5,
    "revenue": 5000 * WAN,
    "revenue_1": 5000 * WAN,
    "main_revenue": 4500 * WAN,
    "rd_expense": 11_180 * WAN // 100,
    "rd_expense_1": 150 * WAN,
    "assets": 5000 * WAN,
    "liabilities": 4100 * WAN,
    "class1_ip": 0,
    "platform_score": 60,
    "new_equity": 0,
}


def page(row=ROW, book="cn-2026/srdi"):
    return explain("甲公司", check_firm(make_book(book, kind="new", on=ON), row))


def line(name, row=ROW):
    return next(one for one in page(row).lines if one.id == name)


def test_the_gap_of_a_ratio_is_said_in_money():
    """3 % of 50 million is 1.5 million; 1.118 million leaves 38.2 ×10,000 yuan."""
    assert line("rd_share").gap.zh == "研发费用还差 38.2 万元"
    assert line("rd_share").gap.en == "R&D expense lacks 38.2 ×10,000 yuan"
    assert line("rd_share").value.zh == "2.23%"


def test_what_must_fall_is_said_so():
    assert line("debt").gap.zh == "负债总额须减 100 万元"


def test_a_gap_is_never_rounded_to_less_than_is_needed():
    gap = line("rd_share", {**ROW, "rd_expense": 150 * WAN - 1}).gap

    assert gap.zh == "研发费用还差 0.01 万元"


def test_a_gap_of_a_rate_is_in_percentage_points():
    row = {**ROW, "revenue_2": 5000 * WAN, "main_revenue": 4500 * WAN}
    (growth,) = [one for one in page(row, "cn-2026/little-giant").lines if one.id == "growth"]

    assert growth.gap == ("还差 5 个百分点", "lacks 5 percentage points")


def test_alternatives_are_named_with_what_each_lacks():
    said = line("ip").otherwise

    assert said.zh.startswith("满足一项即可：")
    assert "Ⅰ类知识产权" in said.zh
    assert "省部级以上研发机构" in said.zh


def test_a_met_clause_lacks_nothing():
    assert line("main_share").gap.zh == ""
    assert line("main_share").outcome == "met"


def test_the_page_says_self_check_missing_inputs_and_what_to_hold_ready():
    text = page().text()

    assert "自检/测算" in text.zh
    assert "only the authorities" in text.en
    assert "缺少的数据" in text.zh
    assert "acc.mof.gov.cn" in text.zh
    assert "万元" not in text.en


def test_a_plan_is_said_with_years_and_what_is_lacking():
    row = {**ROW, "class1_ip": 1, "liabilities": 4000 * WAN}
    planner = Planner("cn-2026/srdi", kind="new", on=ON)
    (plan,) = planner.plans(pl.DataFrame([row]))

    said = plan_words(plan, ON, 2025)

    gap = "研发费用由 111.8 万元增至 150 万元（还差 38.2 万元）"
    assert said.zh == f"2027 年{gap}；2026 年{gap}。最早 2028-01-01"


def test_the_frame_tells_states_apart():
    good = {**ROW, "firm": "乙", "class1_ip": 1, "liabilities": 0, "rd_expense": 150 * WAN}
    wait = {**good, "firm": "丙", "niche_years": 2}
    never = {**good, "firm": "丁", "size": "large"}
    rows = pl.DataFrame([good, wait, never])
    planner = Planner("cn-2026/srdi", kind="new", on=ON)

    told = plan_frame(rows["firm"].to_list(), planner.plans(rows), ON, 2025)

    assert told["state"].to_list() == ["met", "wait", "none"]
    assert told["ready"].to_list() == [ON, dt.date(2027, 1, 1), None]
