"""Needs and offers files: found wherever the table stands, each unreadable cell said."""

from __future__ import annotations

import datetime as dt

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sanfu.errors import FileFault
from sanfu.exchange import Condition, read_needs, read_offers
from sanfu.exchange.cells import Budget, read_budget, read_day, read_due, read_targets, read_words
from sanfu.exchange.files import exchange_files, heading_key

WAN = 1_000_000  # 万元 in fen


def write_book(path, **sheets):
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    book.close()
    return path


HEADINGS = "序列|需求名称*|需求描述|预算(万元)|期限|合作方式|是否公开|要求所属区"
FIRST = "1|隔膜涂布|偏差大|30-50|18个月|委托开发、联合攻关|是|杨浦区、宝山区"


def test_a_table_is_found_below_its_title(tmp_path):
    path = write_book(
        tmp_path / "需求.xlsx",
        说明=[["填表说明"], ["请如实填写"]],
        需求=[
            ["某市技术需求征集汇总表"],
            ["填表日期：2026年3月"],
            HEADINGS.split("|"),
            FIRST.split("|"),
            [2, "反渗透膜", "回用率低", "面议", "2027年6月", "合作", "部分公开", ""],
        ],
    )  # fmt: skip

    needs, problems = read_needs(path, on=dt.date(2026, 3, 31))

    first, second = needs
    assert (first.id, first.title, first.problem) == ("N0001", "隔膜涂布", "偏差大")
    assert (first.budget_least, first.budget_most) == (30 * WAN, 50 * WAN)
    assert first.deadline == dt.date(2027, 9, 30)
    assert first.cooperation == ("commission", "joint")
    assert first.conditions == (Condition(kind="district", values=("杨浦区", "宝山区")),)
    assert (first.openness, second.openness) == ("public", "matched")
    assert second.negotiable
    assert second.deadline == dt.date(2027, 6, 30)
    assert problems.select("sheet", "row", "column", "value", "code").rows() == [
        ("需求", 3, "A 序列", "", "unknown_heading"),
        ("需求", 5, "F 合作方式", "合作", "unreadable"),
    ]


def test_a_form_is_read_one_need_a_sheet(tmp_path):
    form = [
        ["企业技术创新需求表", ""],
        ["需求名称", "焦炉余热回收"],
        ["需求单位", "甲公司", "联系人", "张三"],
        ["技术难题", "上升管焦油结渣"],
        ["考核指标", "回收率≥30%"],
    ]
    other = [["需求名称", "第二项"], ["需求单位", "乙公司"], ["技术难题", "丙"]]

    needs, problems = read_needs(write_book(tmp_path / "表.xlsx", 表一=form, 表二=other))

    assert [need.title for need in needs] == ["焦炉余热回收", "第二项"]
    assert (needs[0].firm_name, needs[0].contact) == ("甲公司", "张三")
    assert needs[0].targets[0].in_words() == "回收率≥30 %"
    assert problems.height == 0


def test_a_csv_of_wps_in_chinese_code_is_read(tmp_path):
    path = tmp_path / "需求.csv"
    path.write_bytes("需求名称,需求内容\n反渗透膜,回用率低\n".encode("gb18030"))

    assert read_needs(path).needs[0].title == "反渗透膜"


def test_a_need_whose_openness_is_not_said_or_not_understood_is_confidential(tmp_path):
    rows = [["需求名称", "公开程度", "是否匿名"], ["甲", "", ""], ["乙", "看情况", "再说"]]

    needs, problems = read_needs(write_book(tmp_path / "a.xlsx", s=rows))

    assert [need.openness for need in needs] == ["confidential", "confidential"]
    assert [need.unnamed for need in needs] == [False, True]
    assert problems["column"].to_list() == ["B 公开程度", "C 是否匿名"]
    assert "公开、仅匹配方可见、保密" in problems["remedy_zh"][0]


def test_a_row_without_a_title_and_an_id_used_before_are_said(tmp_path):
    rows = [["编号", "需求名称"], ["a", "甲"], ["b", ""], ["a", "乙"]]

    needs, problems = read_needs(write_book(tmp_path / "a.xlsx", s=rows))

    assert [need.title for need in needs] == ["甲"]
    assert problems.select("row", "code").rows() == [(3, "missing_title"), (4, "id_twice")]


def test_services_are_read_with_their_board(tmp_path):
    rows = [
        ["服务名称", "机构名称", "服务板块", "服务内容", "称号", "可承接数量"],
        ["质量体系辅导", "甲中心", "赋值", "体系认证", "专精特新“小巨人”、某市冠军", "12"],
    ]

    offers, problems = read_offers(write_book(tmp_path / "a.xlsx", s=rows))

    offer = offers[0]
    assert (offer.kind, offer.board, offer.capacity) == ("service", "quality", 12)
    assert offer.tiers == ("little-giant", "某市冠军")
    assert problems.height == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p / "none.xlsx", "不存在"),
        (lambda p: write_book(p / "a.xlsx", s=[["甲", "乙"], ["1", "2"]]), "没有找到填好的表"),
    ],
)
def test_a_file_without_a_table_is_refused_with_the_reason(tmp_path, make, said):
    with pytest.raises(FileFault, match=said):
        read_needs(make(tmp_path))


def test_a_file_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"not a workbook")

    with pytest.raises(FileFault, match="另存为"):
        read_needs(path)


@pytest.mark.parametrize(
    ("raw", "heading", "budget"),
    [
        ("30-50万", "预算", Budget(30 * WAN, 50 * WAN, negotiable=False)),
        ("30-50", "预算（万元）", Budget(30 * WAN, 50 * WAN, negotiable=False)),
        ("100万元以上", "", Budget(100 * WAN, None, negotiable=False)),
        ("不超过1.5亿元", "", Budget(None, 15_000 * WAN, negotiable=False)),
        ("５０，０００元", "", Budget(50_000_00, 50_000_00, negotiable=False)),
        ("面议", "", Budget(None, None, negotiable=True)),
        ("80万左右，可面议", "", Budget(80 * WAN, 80 * WAN, negotiable=True)),
        ("50", "预算", None),
        ("若干", "预算", None),
    ],
)
def test_budgets_are_read_as_written(raw, heading, budget):
    assert read_budget(raw, heading) == budget


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_budget_range_is_exact_fen_in_order(one, other):
    assert read_budget(f"{one}-{other}万元") == Budget(
        min(one, other) * WAN, max(one, other) * WAN, negotiable=False
    )


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2027-12-31", dt.date(2027, 12, 31)),
        ("2027-12-31 00:00:00", dt.date(2027, 12, 31)),
        ("2027年2月", dt.date(2027, 2, 28)),
        ("20270301", dt.date(2027, 3, 1)),
        ("46447", dt.date(2027, 3, 1)),
        ("2027年底", dt.date(2027, 12, 31)),
        ("2027年13月", None),
        ("2027-02-30", None),
        ("尽快", None),
    ],
)
def test_days_are_read_as_written(raw, day):
    assert read_day(raw, last=True) == day


def test_a_deadline_in_months_counts_from_the_start():
    assert read_due("18个月", dt.date(2026, 8, 31)) == dt.date(2028, 2, 29)
    assert read_due("3年", dt.date(2026, 8, 31)) == dt.date(2029, 8, 31)
    assert read_due("18个月", None) is None


def test_targets_are_read_with_value_and_unit():
    found = read_targets(
        "1、抗冲击韧性≥67%，堆积密度不低于1.80克/立方厘米；工作温度=-20，寿命大于4500 小时"
    )

    assert [(t.name, t.comparison, t.value, t.unit) for t in found][:2] == [
        ("抗冲击韧性", ">=", "67", "%"),
        ("堆积密度", ">=", "1.80", "克/立方厘米"),
    ]
    assert ("寿命", ">", "4500", "小时") in [(t.name, t.comparison, t.value, t.unit) for t in found]


def test_a_word_that_is_not_known_is_not_guessed():
    assert read_words("公开", "openness") == ("public",)
    assert read_words("大概公开吧", "openness") is None


def test_no_heading_means_two_fields():
    for fields in (exchange_files().needs, exchange_files().offers):
        keys = [(heading_key(h), f.name) for f in fields for h in {*f.headings, f.zh}]
        assert len({key for key, _ in set(keys)}) == len(set(keys))
