"""What an officer hands over by mistake: each ends with the file, why, and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import polars as pl
import pytest

from sanfu.registry import read_file
from sanfu.workspace import open_workspace


def sanfu(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sanfu.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SANFU_LANG": "zh", "PYTHONUTF8": "1", "COLUMNS": "100"},
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04no workbook")
    pl.DataFrame({"企业名称": ["甲科技有限公司"], "成立日期": ["2015-01-02"]}).write_excel(
        tmp_path / "firms.xlsx"
    )
    shutil.copy(tmp_path / "firms.xlsx", tmp_path / "renamed.csv")
    assert sanfu("new", str(tmp_path / "ws")).returncode == 0
    return tmp_path


@pytest.mark.parametrize("name", ["empty.csv", "broken.xlsx", "absent.csv"])
@pytest.mark.parametrize(
    "command", [("index", "build", "shanghai-srdi"), ("ladder", "check", "--tier", "little-giant")]
)
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(folder, command, name):
    ended = sanfu(*command, str(folder / name))

    assert ended.returncode == 2
    assert name in ended.stderr
    assert ("另存为" in ended.stderr) or ("文件不存在" in ended.stderr)
    assert "Traceback" not in ended.stderr


def test_a_workbook_under_the_name_of_csv_is_read(folder):
    ended = sanfu("import", "-w", str(folder / "ws"), "--dry-run", str(folder / "renamed.csv"))

    assert ended.returncode == 0
    assert "成立日期" in ended.stdout


@pytest.mark.parametrize(
    "hint",
    [
        ("--unit", "营业收入=斤", "万元"),
        ("--map", "营业额=revenu", "revenue"),
        ("--year", "99999", "1978"),
    ],
)
def test_a_hint_that_cannot_be_is_refused_and_not_remembered(folder, hint):
    option, value, remedy = hint
    ended = sanfu("import", "-w", str(folder / "ws"), option, value, str(folder / "firms.xlsx"))

    assert ended.returncode == 2
    assert remedy in ended.stderr
    versions = sanfu("ledger", "versions", "-w", str(folder / "ws"))
    assert versions.returncode == 0
    assert "firms.xlsx" not in versions.stdout


def test_a_folder_is_said_to_be_one(folder):
    ended = sanfu("import", "-w", str(folder / "ws"), "--dry-run", str(folder))

    assert ended.returncode == 2
    assert "这是文件夹" in ended.stderr


@pytest.mark.parametrize(
    "command", [("check", "--tier", "little-giant", "-w"), ("consistency", "-w")]
)
def test_an_empty_ledger_is_refused(folder, command):
    ended = sanfu("ladder", *command, str(folder / "ws"))

    assert ended.returncode == 2
    assert "sanfu import" in ended.stderr


def test_the_language_may_stand_anywhere():
    ended = sanfu("index", "--help", "--lang", "en")

    assert ended.returncode == 0
    assert "Usage" in ended.stdout


def test_a_damaged_ledger_and_what_is_no_backup_are_said(folder):
    office = folder / "ws"
    for name in ("empty.csv", "broken.xlsx", "firms.xlsx"):
        ended = sanfu("backup", "--restore", "-w", str(folder / "new"), str(folder / name))
        assert (ended.returncode, "不是备份" in ended.stderr) == (2, True)
    for file in (office / "ledger").glob("ledger.sqlite*"):
        file.write_bytes(b"no database" * 99)
    ended = sanfu("ledger", "show", "-w", str(office))

    assert ended.returncode == 2
    assert "从备份恢复" in ended.stderr


@pytest.mark.parametrize("name", ["empty.csv", "broken.xlsx", "renamed.csv", "blank.xlsx"])
def test_what_is_no_workbook_of_the_tool_is_said(folder, name):
    pl.DataFrame().write_excel(folder / "blank.xlsx")
    ended = sanfu("index", "convert", str(folder / name), "-o", str(folder / "made"))

    assert ended.returncode == 2
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_workbook_without_a_cell_is_said_to_be_empty(folder):
    pl.DataFrame().write_excel(folder / "blank.xlsx")
    ended = sanfu("import", "-w", str(folder / "ws"), str(folder / "blank.xlsx"))

    assert ended.returncode == 2
    assert "没有内容" in ended.stderr


def test_a_file_that_stops_an_import_leaves_the_others_named(folder):
    files = [str(folder / name) for name in ("firms.xlsx", "broken.xlsx")]
    ended = sanfu("import", "-w", str(folder / "ws"), *files)

    assert ended.returncode == 2
    assert "broken.xlsx" in ended.stderr
    assert "firms.xlsx（1）" in ended.stdout
    assert open_workspace(folder / "ws").ledger.number == 1


@pytest.mark.parametrize("option", [("--map", "营业额=revenue"), ("--unit", "注册资金=万元")])
def test_a_hint_for_a_heading_that_is_not_there_names_those_that_are(folder, option):
    ended = sanfu("import", "-w", str(folder / "ws"), *option, str(folder / "firms.xlsx"))

    assert ended.returncode == 2
    assert option[1].partition("=")[0] in ended.stderr
    assert "企业名称" in ended.stderr
    assert open_workspace(folder / "ws").store.latest() is None


def test_a_hint_may_speak_of_one_of_several_files(folder):
    (folder / "2023.csv").write_text("企业名称,营业额\n甲科技有限公司,5\n", encoding="utf-8")
    files = [str(folder / name) for name in ("firms.xlsx", "2023.csv")]
    hints = ["--map", "营业额=revenue", "--unit", "营业额=万元"]
    ended = sanfu("import", "-w", str(folder / "ws"), *hints, *files)

    assert ended.returncode == 0, ended.stderr
    assert open_workspace(folder / "ws").ledger.figures["revenue"].to_list() == [5_000_000]


def test_headings_without_rows_are_a_finding_and_no_version(folder):
    (folder / "form.csv").write_text("企业名称,所属区\n", encoding="utf-8")
    ended = sanfu("import", "-w", str(folder / "ws"), str(folder / "form.csv"))

    assert ended.returncode == 1
    assert "没有可导入的行" in ended.stdout
    assert open_workspace(folder / "ws").store.latest() is None
    (finding,) = read_file(folder / "form.csv").problems.rows(named=True)
    assert (finding["code"], finding["row"]) == ("sheet-no-rows", 1)


def test_a_headings_own_unit_goes_before_what_is_remembered(folder):
    office = open_workspace(folder / "ws")
    office.store.remember("unit", {"营业收入": "元", "资产总额": "斤", "负债总额": "斤"})
    path = folder / "2023.csv"
    path.write_text("企业名称,营业收入(万元),资产总额(万元),负债总额\n甲,5,6,7\n", encoding="utf-8")
    reading = office.read(path)

    assert reading.figures.select("revenue", "assets").rows() == [(5_000_000, 6_000_000)]
    said = reading.problems.filter(code="unit-own")["zh"].to_list()
    assert ["没有用另外说的元" in one for one in said] == [True]
    assert reading.problems.filter(code="unit-unknown")["value"].to_list() == ["负债总额"]


def test_a_unit_of_another_kind_is_refused(folder):
    (folder / "2023.csv").write_text("企业名称,营业收入\n甲,5\n", encoding="utf-8")
    given = ("--unit", "营业收入=人", str(folder / "2023.csv"))
    ended = sanfu("import", "-w", str(folder / "ws"), *given)

    assert ended.returncode == 2
    assert "万元" in ended.stderr
    assert open_workspace(folder / "ws").store.remembered("unit") == {}
