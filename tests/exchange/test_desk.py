"""The service desk: counts by hand, coverage and the never served, targets as data."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.errors import InputError
from sanfu.exchange import desk_report, desk_rules, read_desk
from sanfu.exchange.desk.sample import sample_desk

FIRMS = pl.DataFrame(
    {
        "firm": ["F1", "F2", "F3", "F4"],
        "uscc": ["91310000TT0000001X", "91310000TT00000021", None, None],
        "name": ["甲材料有限公司", "乙软件有限公司", "丙设备有限公司", "丁检测有限公司"],
        "district_name": ["杨浦区", "杨浦区", "闵行区", None],
        "industry": ["3073", "6513", "C3562", "7452"],
        "street": ["五角场", "长海", "莘庄", "莘庄"],
    }
)
TITLES = pl.DataFrame(
    {
        "firm": ["F1", "F1", "F3"],
        "tier": ["srdi", "little-giant", "srdi"],
        "granted": [dt.date(2024, 1, 1)] * 3,
        "expires": [dt.date(2026, 12, 31), dt.date(2026, 12, 31), dt.date(2026, 1, 31)],
    }
)
ROWS = """\
服务条线|服务名称|日期|企业名称|统一社会信用代码|报名人数|到场|满意度|办结日期
培训|数字化课程|2026-03-01|甲材料有限公司||2|是|非常满意|
培训|数字化课程|2026-03-01|乙软件有限公司||1|否||
招聘会|春季专场|2026-04-01|甲材料有限公司||1|是|一般|
诉求|噪声扰民|2026-05-01||91310000TT00000021||||2026-05-10
诉求|用地|2026-05-01|丙设备有限公司||||2|2026-06-20
诉求|用电|2026-06-25|甲材料有限公司|||||
培训|数字化课程|2025-03-01|丙设备有限公司||1|是||"""
PERIOD = {"start": dt.date(2026, 1, 1), "end": dt.date(2026, 6, 30)}


def write(path, text):
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("记录")
    for number, line in enumerate(text.split("\n")):
        page.write_row(number, 0, line.split("|"))
    book.close()
    return path


@pytest.fixture
def report(tmp_path):
    read = read_desk(write(tmp_path / "服务.xlsx", ROWS), FIRMS)
    assert read.problems.is_empty()
    return desk_report(read.records, FIRMS, TITLES, **PERIOD)


def test_lines_are_counted_as_by_hand(report):
    rows = {row["line"]: row for row in report.frame.to_dicts()}

    training = rows["training"]
    assert (training["services"], training["bookings"], training["persons"]) == (1, 2, 3)
    assert (training["attended"], training["attendance_share"], training["firms"]) == (1, 0.5, 1)
    assert training["satisfied_share"] == 1
    assert rows["recruitment"]["satisfied_share"] == 0
    appeal = rows["appeal"]
    assert (appeal["bookings"], appeal["open"], appeal["median_days"]) == (3, 1, 29.5)
    assert appeal["in_time_share"] == 0.5
    assert rows["exhibition"]["attendance_share"] is None


def test_a_booking_without_attendance_is_no_service_and_an_appeal_is(report):
    assert report.never_served["firm"].to_list() == ["F4"]

    before = desk_report(report.records, FIRMS, start=PERIOD["start"], end=dt.date(2026, 4, 30))

    assert before.never_served["firm"].to_list() == ["F2", "F3", "F4"]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("district", {"杨浦区": (2, 2), "闵行区": (1, 1), "（未填）": (1, 0)}),
        ("street", {"五角场": (1, 1), "长海": (1, 1), "莘庄": (2, 1)}),
        (
            "industry",
            {
                "C 制造业": (2, 2),
                "I 信息传输软件和信息技术服务业": (1, 1),
                "M 科学研究和技术服务业": (1, 0),
            },
        ),
        (
            "tier",
            {
                "专精特新中小企业": (1, 1),
                "专精特新“小巨人”企业": (1, 1),
                "（无称号）": (3, 2),
            },
        ),
    ],
)
def test_coverage_by_group_counts_who_was_never_served(report, by, expected):
    frame = report.coverage(by)

    assert {row["group"]: (row["firms"], row["served"]) for row in frame.to_dicts()} == expected
    assert frame["share"].is_sorted()
    assert (frame["firms"] - frame["served"] == frame["never"]).all()


def test_who_has_only_a_title_without_dates_is_a_group_of_its_own(report):
    bare = {"firm": ["F4", "F1"], "tier": ["srdi", "srdi"], "granted": [None] * 2}
    titles = pl.concat([TITLES, pl.DataFrame(bare)], how="diagonal_relaxed")

    frame = desk_report(report.records, FIRMS, titles, **PERIOD).coverage("tier")

    assert dict(frame.select("group", "firms").iter_rows()) == {
        "专精特新中小企业": 1, "专精特新“小巨人”企业": 1, "（称号没有日期）": 1, "（无称号）": 2,
    }  # fmt: skip


def test_targets_are_data_and_said_when_missed(report):
    rows = {row["target"]: row for row in report.targets.to_dicts()}

    assert rows["服务企业覆盖率"]["got"] == 75
    assert rows["服务企业覆盖率"]["met"]
    assert rows["满意率"]["got"] == pytest.approx(100 / 3)
    assert not rows["高管培训企业数"]["met"]
    assert "未达目标：诉求按期办结率，目标 95，实际 50.0" in report.explain().zh
    assert "target missed" in report.explain().en


def test_what_cannot_be_read_is_said_and_loses_nothing(tmp_path):
    rows = [
        "服务条线|日期|企业名称|到场|满意度|办结日期",
        "培训|2026-03-01|没有的公司|是|5|",
        "烧烤|2026-03-01|甲材料有限公司|是||",
        "培训||甲材料有限公司|是||",
        "培训|2026-03-01|甲材料有限公司|也许|很好|",
        "诉求|2026-03-01|甲材料有限公司|||2026-02-01",
    ]

    read = read_desk(write(tmp_path / "服务.xlsx", "\n".join(rows)), FIRMS)

    assert read.records.height == 3
    assert read.records["firm"].to_list() == [None, "F1", "F1"]
    assert sorted(zip(read.problems["row"], read.problems["code"], strict=True)) == [
        (2, "unknown_firm"), (3, "line"), (4, "missing"), (5, "unreadable"), (5, "unreadable"),
        (6, "closed_before"),
    ]  # fmt: skip
    report = desk_report(read.records, FIRMS, **PERIOD)
    assert report.frame.filter(pl.col("line") == "training")["bookings"].item() == 2


def test_a_group_that_the_ledger_does_not_have_is_refused(report):
    bare = desk_report(report.records, FIRMS.drop("street"), **PERIOD)

    with pytest.raises(InputError, match="街道"):
        bare.coverage("street")
    with pytest.raises(InputError, match="称号表"):
        bare.coverage("tier")
    with pytest.raises(InputError, match="期间为空"):
        desk_report(report.records, FIRMS, start=PERIOD["end"], end=PERIOD["start"])


def test_the_workbook_holds_lines_targets_coverage_and_the_never_served(report, tmp_path):
    report.to_excel(tmp_path / "服务台.xlsx")

    names = list(pl.read_excel(tmp_path / "服务台.xlsx", sheet_id=0, engine="calamine"))
    assert names == ["条线", "目标", "覆盖_所属区", "覆盖_街道", "覆盖_行业门类", "覆盖_称号",
                     "从未服务", "指标说明"]  # fmt: skip


def test_the_sample_is_synthetic_and_the_same_for_a_seed():
    firms = FIRMS.with_columns(synthetic=True)

    made = sample_desk(firms, bookings=40)

    assert made.equals(sample_desk(firms, bookings=40))
    assert set(made["note"]) == {"合成数据"}
    assert set(made["line"]) <= {line.id for line in desk_rules().lines}
    said = desk_report(made, firms, start=dt.date(2026, 1, 1), end=dt.date(2026, 12, 31))
    assert "合成数据" in said.explain().zh


def test_the_command_reports_from_a_list_and_a_firm_list(tmp_path):
    records = write(tmp_path / "服务.xlsx", ROWS)
    firms = write(
        tmp_path / "企业.xlsx",
        "企业名称|统一社会信用代码|所属区\n甲材料有限公司|91310110MA1G8AAA0X|杨浦区\n"
        "乙软件有限公司||杨浦区\n丙设备有限公司||闵行区",
    )
    words = [
        "exchange", "desk", str(records), "--ledger", str(firms), "--from", "2026-01-01",
        "--to", "2026-06-30", "--json",
    ]  # fmt: skip

    done = CliRunner().invoke(build_app(words), words)

    assert done.exit_code in (0, 1), done.output
    said = json.loads(done.stdout)
    lines = {row["line"]: row["bookings"] for row in said["lines"]}
    assert lines == {
        "training": 2, "recruitment": 1, "finance": 0, "exhibition": 0, "appeal": 3,
    }  # fmt: skip
