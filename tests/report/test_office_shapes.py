"""Reports of offices of every shape: each is written, or one sentence says what is missing."""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest

from sanfu.cli.report_results import Results
from sanfu.errors import SanfuError
from sanfu.report.blocks import Callout, Heading, Paragraph, Picture, Table, plain_words
from sanfu.report.composing import compose
from sanfu.report.figures.regions import read_tiles
from sanfu.report.options import ReportOptions
from sanfu.report.outline import read_outline
from sanfu.workspace import new_workspace, open_workspace

YEARS = (2022, 2023)
SHANGHAI = ["黄浦区", "杨浦区", "浦东新区", "闵行区", "崇明区"]
PROVINCES = read_tiles("china")["name"].to_list()
DATED = [("专精特新中小企业", "2021-05-01"), ("专精特新“小巨人”企业", "2022-05-01"), ("", "")]


def write_firms(path, districts, firms, without=()):
    """Write a filing of so many firms, spread over the districts; `without` names headings."""
    headings = [
        "企业名称",
        "所在区",
        "所属行业",
        "成立日期",
        "获得股权融资",
        "称号",
        "称号认定日期",
    ]
    money, counts = ("营业收入(万元)", "研发费用(万元)", "净利润(万元)"), ("从业人员", "研发人员")
    counts = (*counts, "Ⅰ类知识产权")
    headings += [f"{year}年{what}" for year in YEARS for what in (*money, *counts)]
    rows = []
    for n in range(firms):
        title, day = DATED[n % 3]
        district = districts[n % len(districts)] if districts else ""
        row = [f"示例{n}科技有限公司", district, ("3985", "2710", "6510")[n % 3], "2010-01-01",
               "是" if n % 4 else "否", title, day]  # fmt: skip
        for year in YEARS:
            revenue = 800 + 37 * (n * 7 % 41) + (year - 2022) * (n * 11 % 29) * 20
            row += [revenue, revenue // (8 + n % 9), n * 5 % 23, 20 + n % 13 + (year - 2022) * 2,
                    3 + n % 5, n % 6]  # fmt: skip
        rows.append(row)
    kept = [i for i, name in enumerate(headings) if not any(one in name for one in without)]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([[row[i] for i in kept] for row in (headings, *rows)])


SHAPES = {
    "one district": (["杨浦区"], 30, ()),
    "two districts": (["杨浦区", "浦东新区"], 40, ()),
    "31 provinces": (PROVINCES, 93, ()),
    "no districts": ([], 30, ()),
    "no titles": (SHANGHAI, 50, ("称号",)),
    "a measure missing": (SHANGHAI, 50, ("净利润",)),
    "strict": (SHANGHAI, 50, ()),
}


@pytest.fixture(scope="module")
def office_of(tmp_path_factory, sample_office):
    """Gives the workspace of a shape, imported once."""

    @cache
    def make(shape):
        if shape == "600 firms":
            return sample_office(600, 6).folder
        districts, firms, without = SHAPES[shape]
        region = "china" if shape == "31 provinces" else "shanghai"
        made = new_workspace(tmp_path_factory.mktemp("shape") / "o", region=region)
        made.inbox.mkdir(parents=True, exist_ok=True)
        file = made.inbox / "firms.csv"
        write_firms(file, districts, firms, without)
        made.take(file)
        return made.folder

    return make


def said_of(folder, outline, focus="", least=3, leave_absent=""):
    """Compose a report as the command line does, and give all that it says."""
    settings = {
        "workspace": str(folder),
        "version": str(open_workspace(folder).ledger.number),
        "framework": "shanghai-srdi",
        "year": "0",
        "before": "0",
        "on": "2024-05-01",
        "leave_absent": leave_absent,
    }
    options = ReportOptions(min_firms=least)
    results = Results(settings, 1, focus, options)
    made = results.of(read_outline(outline))
    document = compose(outline, *made, focus=results.focus, options=options).document
    said = []
    for block in document.blocks:
        if isinstance(block, (Paragraph, Callout)):
            said.append(plain_words(block.line))
        elif isinstance(block, Heading):
            said.append(block.text)
        elif isinstance(block, Table):
            said += [block.caption, *(plain_words((cell,)) for row in block.rows for cell in row)]
        elif isinstance(block, Picture):
            said.append(block.figure.caption())
    return said


@pytest.mark.parametrize("outline", ["city-index", "district", "interpretation"])
@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("600 firms", None),
        ("one district", "只有一个地区（杨浦区）"),
        ("two districts", "不足 4 个"),
        ("31 provinces", None),
        ("no districts", "没有一户企业有“district”"),
        ("no titles", None),
        ("a measure missing", "net_profit"),
        ("strict", None),
    ],
)
def test_a_report_of_any_office_is_written_or_one_sentence_says_why_not(
    shape, says, outline, office_of
):
    focus = "" if outline != "district" else "上海市" if shape == "31 provinces" else "杨浦区"
    least = 14 if shape == "strict" else 3
    if shape == "a measure missing" or (shape, outline) == ("no districts", "district"):
        with pytest.raises(SanfuError, match=says):
            said_of(office_of(shape), outline, focus, least)
        return

    said = said_of(office_of(shape), outline, focus, least)

    assert len(said) > 10
    assert [words for words in said if re.search(r"[{}]|\bNone\b|\bnan\b", words)] == []
    if says and (outline == "city-index" or shape in ("one district", "no districts")):
        assert any(says in words for words in said)


def test_a_measure_that_no_file_has_may_be_left_missing(office_of):
    said = said_of(office_of("a measure missing"), "district", "杨浦区", leave_absent="yes")

    assert any("得" in words and "列第" in words for words in said)


def test_an_only_district_is_told_its_own_figures_and_no_rank(office_of):
    said = said_of(office_of("one district"), "district", "杨浦区")

    assert any("无从与其他地区比较" in words for words in said)
    assert "杨浦区：各项指标" in said
    assert "产业结构" in said
    assert not any("列第" in words for words in said)
