"""Indicators' formulas stand in words; findings and types say what the figures say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sanfu.index import Index, read_framework, shipped_frameworks
from sanfu.index.audit.thresholds import THRESHOLDS
from sanfu.index.correlation import correlate
from sanfu.index.micro.functions import FUNCTIONS
from sanfu.report.facts import Facts
from sanfu.report.materials.formula_words import indicator_words
from sanfu.report.materials.index import index_material
from sanfu.report.materials.index_view import IndexView


@pytest.fixture(scope="module")
def index(results_of):
    return next(one for one in results_of("city-index") if isinstance(one, Index))


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        ("ratio(revenue / 1 万元, staff)", "营业收入（万元）合计 ÷ 从业人员合计",
         "total revenue (10,000 yuan) ÷ total staff"),
        ("sum(revenue) / 1 亿元", "营业收入合计（亿元）", "total revenue (100 million yuan)"),
        ('count(where=tier == "little-giant") / count(where=tier in ["srdi", "little-giant"])',
         "专精特新“小巨人”企业户数 ÷ 专精特新中小企业和专精特新“小巨人”企业户数",
         "number of little giants ÷ number of SRDI firms and little giants"),
        ("share(net_profit > 0)", "“净利润 > 0”的企业数 ÷ 该项有数据的企业数",
         "firms with “net profit > 0” ÷ firms for which it is known"),
        ("trimmed_mean(class1_ip, trim=5%)", "各户Ⅰ类知识产权去掉两端各 5% 后的平均数",
         "mean over firms of class-I IP rights without 5% at each end"),
        ("median(revenue, where=staff > 100)",
         "各户营业收入的中位数（限符合“从业人员 > 100”的企业）",
         "median over firms of revenue (firms with “staff > 100” only)"),
        ("sum(rd_expense) / sum(revenue) - sum(net_profit) / sum(revenue)",
         "（研发费用合计 ÷ 营业收入合计） − （净利润合计 ÷ 营业收入合计）",
         "(total R&D expense ÷ total revenue) − (total net profit ÷ total revenue)"),
        ("not a formula (", "not a formula (", "not a formula ("),
    ],
)  # fmt: skip
def test_a_formula_is_said_in_words(formula, zh, en):
    said = indicator_words(formula)

    assert (said.zh, said.en) == (zh, en)


@pytest.mark.parametrize("name", shipped_frameworks())
def test_no_shipped_indicator_shows_the_programs_syntax(name):
    for part in read_framework(name).indicators.values():
        if part.formula:
            said = indicator_words(part.formula)
            assert not re.search(r"where=|[a-z]+_|==|\"|\b[a-z]+\(|k=|trim=", said.zh), said.zh
            assert not re.search(r"where=|[a-z]_[a-z]|==|\"|k=|trim=", said.en), said.en


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda one: one.name)
def test_every_aggregate_function_has_words(function):
    said = indicator_words(function.example)

    assert not re.search(rf"\b{function.name}\b", said.zh), said.zh
    assert "{" not in said.zh


def test_size_is_a_finding_where_indicators_go_with_the_number_of_firms(index):
    material = index_material(index)
    rows = material.tables["index.findings"](None, Facts({}, "zh")).rows
    said = "".join(text if isinstance(text, str) else text.text for _, text in rows)
    view = IndexView(index)
    firms = index.regions.frame.filter(year=view.year)
    firms = dict(firms.select("unit", "population").unique().rows())
    logs = np.log([float(firms[unit]) for unit in view.units])[:, None]
    strong = {
        view.name(code)
        for code in index.plan.indicators
        if abs(correlate(view.values(code)[:, None], logs).r[0, 0]) > THRESHOLDS.size
    }

    assert len(strong) >= 3
    assert sum(name in said for name in strong) >= min(len(strong), 3)
    assert "规模" in said
    assert not {"warning", "note", "error"} & {severity for severity, _ in rows}


def test_a_part_above_the_mean_is_not_called_below_it(index):
    said = index_material(index).sentences["index.types"]
    facts = Facts({}, "zh")
    lines = said(None, facts)
    from sanfu.report.materials.index_types import STABLE, IndexTypes

    types = IndexTypes(IndexView(index)).types
    for kind, line in enumerate(lines, 1):
        own = types.profiles.filter(type=kind).sort("standing")
        worst, best = own.row(0, named=True), own.row(-1, named=True)
        parts = re.findall(r"（(高|低)于平均", line)
        assert parts == ["高" if one["standing"] >= 0 else "低" for one in (best, worst)]
        assert ("只是提示" in line) == (best["stability"] < STABLE)
        assert facts[f"index.type.{kind}.worst"].value == abs(worst["standing"])
    assert len(lines) == types.profiles["type"].n_unique()


def test_weights_are_percents_that_add_up(index):
    rows = index_material(index).tables["index.nodes"](None, Facts({}, "zh")).rows

    for row in rows:
        shares = re.findall(r" ([\d.]+)%(?! )", str(row[2]))
        assert shares
        assert sum(map(float, shares)) == pytest.approx(100, abs=0.1)
