"""Needs are checked before they are published; each finding says how to mend it."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.exchange import Need, Target, check_needs
from sanfu.exchange.checks import has_measure, shipped_checks, years_after
from sanfu.language import use_language

DAY = dt.date(2026, 5, 1)
GOOD = Need(
    id="good",
    title="锂电池隔膜涂布厚度在线检测",
    problem="现有产线涂布厚度偏差大，离线抽检滞后，需研发在线检测方法。",
    targets=(Target(name="厚度偏差", comparison="<=", value="1", unit="μm"),),
    budget_most=80_000_000,
    deadline=dt.date(2027, 12, 31),
    cooperation=("joint",),
    ip_term="双方共有",
    contact="张三",
    firm_name="上海甲乙新材料有限公司",
    short_name="甲乙新材",
    phone="021-12345678",
)


def codes(need):
    return set(check_needs([need], on=DAY).frame["code"])


def test_a_good_need_has_no_finding():
    review = check_needs([GOOD], on=DAY)

    assert review.findings == ()
    assert review.publishable == ("good",)
    assert "可以发布" in str(review.explain("good"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"problem": "太难"}, "no_problem"),
        ({"targets": ()}, "no_target"),
        ({"budget_most": None}, "no_budget"),
        ({"budget_least": 90_000_000}, "budget_reversed"),
        ({"deadline": None}, "no_deadline"),
        ({"deadline": dt.date(2029, 5, 2)}, "deadline_long"),
        ({"deadline": dt.date(2026, 4, 30)}, "deadline_past"),
        ({"valid_until": dt.date(2026, 4, 30)}, "validity_past"),
        ({"ip_term": ""}, "no_ip_term"),
        ({"cooperation": ()}, "no_cooperation"),
        ({"contact": "", "phone": ""}, "no_contact"),
        ({"title": "关键技术研发项目"}, "nothing_telling"),
        ({"problem": GOOD.problem + "请致电13912345678"}, "contact_in_text"),
        ({"problem": GOOD.problem + "部分内容已有成熟方案"}, "self_solvable"),
        (
            {
                "title": "采购空压机",
                "problem": "采购空压机五台，品牌不限，要求含运费和安装，尽快报价",
            },
            "off_the_shelf",
        ),
    ],
)
def test_each_fault_is_found_alone(change, code):
    assert codes(GOOD.model_copy(update=change)) == {code}


@pytest.mark.parametrize(
    "text",
    [
        "上海甲乙新材料有限公司的产线",
        "甲乙新材 现有产线",
        "请联系 ０２１－１２３４５６７８",
        "张三负责",
    ],
)
def test_whatever_tells_an_unnamed_firm_is_found(text):
    need = GOOD.model_copy(update={"unnamed": True, "problem": GOOD.problem + text})

    review = check_needs([need], on=DAY)

    assert "identifies" in set(review.frame["code"])
    assert review.publishable == ()


def test_a_named_firm_may_be_named():
    assert codes(GOOD.model_copy(update={"problem": GOOD.problem + "甲乙新材"})) == set()


def test_a_deadline_of_exactly_three_years_passes():
    assert codes(GOOD.model_copy(update={"deadline": dt.date(2029, 5, 1)})) == set()
    assert years_after(dt.date(2024, 2, 29), 3) == dt.date(2027, 2, 28)


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("精度≥0.01", True),
        ("转化率提高到73%以上", True),
        ("连续工作4500小时", True),
        ("公司2018年实现销售收入2002万元", False),
        ("显著提高性能", False),
    ],
)
def test_a_year_or_a_sum_is_no_measure(text, measured):
    assert has_measure(text) is measured


def test_a_price_to_be_agreed_is_a_budget():
    assert codes(GOOD.model_copy(update={"budget_most": None, "negotiable": True})) == set()


def test_findings_are_said_in_both_languages_and_written(tmp_path):
    review = check_needs([GOOD.model_copy(update={"budget_most": None})], on=DAY)

    assert "面议" in review.frame["remedy"][0]
    use_language("en")
    assert "budget" in review.frame["finding"][0]
    review.to_excel(tmp_path / "a.xlsx")
    assert pl.read_excel(tmp_path / "a.xlsx", engine="calamine").height == 1


def test_a_need_that_was_not_checked_cannot_be_explained():
    with pytest.raises(InputError, match="other"):
        check_needs([GOOD], on=DAY).explain("other")


def test_every_wording_can_be_filled():
    facts = {"found": "x", "where": "y", "years": "3", "least": "20"}
    for wording in shipped_checks().findings.values():
        for text in (wording.zh, wording.en, wording.remedy_zh, wording.remedy_en):
            assert "{" not in text.format(**facts)
