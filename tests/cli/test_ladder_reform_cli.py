"""`sanfu ladder reform` and `consistency` on a workspace, as an officer would call them."""

from __future__ import annotations

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.language import use_language


def run(*arguments):
    return CliRunner().invoke(build_app(list(arguments)), list(arguments))


@pytest.fixture(scope="module")
def office(sample_office):
    return str(sample_office(400, 8).folder)


def test_a_reform_is_tried_by_district_and_says_its_bounds(office, tmp_path):
    out = tmp_path / "r.xlsx"
    done = run(
        "ladder", "reform", "cn-2026/little-giant", "-w", office, "--on", "2024-05-01",
        "--set", "criteria/revenue/when=revenue >= 3000 万元", "-o", str(out),
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "浦东新区" in done.output
    assert "revenue >= 3000 万元" in done.output
    assert "自检" in done.output
    assert "合成数据" in done.output
    assert len(openpyxl.load_workbook(out).sheetnames) >= 4


def test_two_rulebooks_are_compared_for_a_machine(office):
    done = run(
        "ladder", "reform", "cn-2022/little-giant", "--to", "cn-2026/little-giant",
        "-w", office, "--on", "2024-05-01", "--json",
    )  # fmt: skip

    found = json.loads(done.output)
    assert found["summary"][0]["firms"] == sum(row["firms"] for row in found["by"]["district"])
    assert any(row["criterion"] for row in found["criteria"])


def test_neither_or_both_ways_of_change_are_refused(office):
    assert run("ladder", "reform", "cn-2026/srdi", "-w", office).exit_code == 2


def test_the_findings_of_a_filing_are_listed_and_written(office, tmp_path):
    out = tmp_path / "c.xlsx"
    use_language("en")

    done = run("ladder", "consistency", "-w", office, "--on", "2024-05-01", "-o", str(out))

    assert done.exit_code in (0, 1), done.output
    assert "findings" in done.output
    assert openpyxl.load_workbook(out).sheetnames[:2] == ["findings", "restated"]


def test_the_forecast_is_listed_and_written(office, tmp_path):
    out = tmp_path / "f.xlsx"

    done = run("ladder", "forecast", "-w", office, "--on", "2024-05-01", "-o", str(out))

    assert done.exit_code == 0, done.output
    assert "第二梯队" in done.output
    assert "合成数据" in done.output
    names = openpyxl.load_workbook(out).sheetnames
    assert names[:3] == ["第二梯队", "复核风险", "即将到期"]


def test_a_reform_by_industry_is_told_by_section_and_by_size_in_words(office):
    done = run(
        "ladder", "reform", "cn-2022/srdi", "--to", "cn-2026/srdi", "-w", office,
        "--on", "2024-05-01", "--by", "industry", "--by", "size",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "C 制造业" in done.output
    assert "小型" in done.output
    assert "人工判断项按符合计" in done.output
