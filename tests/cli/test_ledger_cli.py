"""The ledger's commands as an officer runs them: what they print in both languages, exit codes."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from sanfu import workspace
from sanfu.cli import registry
from sanfu.language import use_language
from sanfu.registry.uscc import with_check
from sanfu.workspace import new_workspace

A = with_check("91310110TTAB12345")
B = with_check("91310115TTAB54321")


@pytest.fixture
def office(tmp_path):
    made = new_workspace(tmp_path / "office")
    files = {
        "2022.csv": "企业名称,信用代码,所属区,营业收入(万元)\n"
        f"上海甲有限公司,{A},杨浦,1234.5\n上海乙丙丁有限公司,{B},南汇区,20\n",
        "2023.csv": "企业名称,信用代码,所属区,营业收入(万元),从业人员,别的\n"
        f"上海甲有限公司,{A},静安,约1300,1.5,x\n上海乙丙丁公司,,浦东,30,2,y\n",
    }
    for name, text in files.items():
        (made.inbox / name).write_text(text, encoding="utf-8")
    return made


def run(office, *arguments, language="zh"):
    use_language(language)
    app = typer.Typer()
    registry.register(app)
    return CliRunner().invoke(app, [*map(str, arguments), "-w", str(office.folder)])


def imported(office):
    return run(office, "import", office.inbox / "2022.csv", office.inbox / "2023.csv")


def test_a_dry_run_shows_the_mapping_the_units_and_every_problem_and_writes_nothing(office):
    done = run(office, "import", office.inbox / "2023.csv", "--dry-run")

    assert done.exit_code == 1
    assert "营业收入 revenue\t万元\t2023" in done.stdout
    assert "—（原样保留）" in done.stdout
    assert "约1300" in done.stdout
    assert "改成整数" in done.stdout
    assert office.ledger.number == 0
    assert (office.out / "problems-dry-run.xlsx").exists()


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--dry-run", "--map", "别的=staff")])
def test_each_file_is_read_once(office, monkeypatch, more):
    read = []
    whole = workspace.read_file

    def counted(path, *arguments, **options):
        read.append(path.name)
        return whole(path, *arguments, **options)

    monkeypatch.setattr(workspace, "read_file", counted)
    said = more or ("--map", "别的=staff", "--map", "营业收入=revenue")

    files = [office.inbox / "2022.csv", office.inbox / "2023.csv"]
    run(office, "import", *files, *said)

    assert read == ["2022.csv", "2023.csv"]
    assert office.ledger.number == (0 if more else 2)


def test_an_import_ends_with_1_where_it_found_errors_and_0_where_not(office):
    assert run(office, "import", office.inbox / "2022.csv").exit_code == 0
    assert run(office, "import", office.inbox / "2023.csv").exit_code == 1
    assert run(office, "import", office.inbox / "没有.csv").exit_code != 0
    said = json.loads(run(office, "import", office.inbox / "2022.csv", "--json").stdout)
    assert said["imports"][0]["known_firms"] == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_look_at_the_ledger_speaks_the_language(office, language):
    imported(office)
    looks = {
        ("show",): ("企业\t3", "firms\t3"),
        ("versions",): ("导入 2022.csv：2 行", "imported 2022.csv: 2 rows"),
        ("diff", "1", "2"): ("营业收入", "revenue"),
        ("history", A): ("1,234.5 万元", "1,234.5 万元"),
        ("origin", "上海甲有限公司", "营业收入", "--year", "2022"): ("D2", "D2"),
        ("problems",): ("读不成数字", "cannot be read as a number"),
        ("duplicates",): ("名称主体相同", "same name but for city and legal form"),
    }
    for arguments, words in looks.items():
        done = run(office, "ledger", *arguments, language=language)
        assert done.exit_code == 0, arguments
        assert words[language == "en"] in done.stdout, arguments
        assert "None" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("show",), ("versions",), ("diff", "0", "1"), ("history", A), ("problems",), ("duplicates",),
     ("origin", A, "revenue")],
)  # fmt: skip
def test_every_look_has_json(office, arguments):
    imported(office)

    assert json.loads(run(office, "ledger", *arguments, "--json").stdout)


def test_decisions_are_made_dated_and_taken_back(office):
    imported(office)

    confirmed = run(office, "ledger", "confirm", A, "district", "静安区", "--on", "2023-05-01")
    assert "原值留在历史里" in confirmed.stdout
    assert "2023-05-01" in run(office, "ledger", "history", A).stdout
    assert office.ledger.firms["district"][0] == "310106"
    run(office, "ledger", "merge", "上海乙丙丁公司", B, "--reason", "同一家", "--on", "2023-05-01")
    assert office.ledger.firms.height == 2
    assert "同一家" in run(office, "ledger", "versions").stdout
    run(office, "ledger", "unmerge", "F0000003")
    assert office.ledger.firms.height == 3
    assert "第 2 版" in run(office, "ledger", "undo", "--to", "2").stdout
    assert office.ledger.firms["district"][0] == "310110"


def test_a_merger_is_dated_and_stands_in_both_histories(office):
    imported(office)

    assert "--on" in run(office, "ledger", "confirm", B, "merger", A).stderr
    done = run(office, "ledger", "confirm", B, "merger", A, "--on", "2021-06-30")
    assert "F0000002 于 2021-06-30 并入 F0000001" in done.stdout
    for firm in (A, B):
        told = run(office, "ledger", "history", firm).stdout
        assert "被合并\t上海乙丙丁有限公司\tF0000001" in told
        assert "2021-06-30" in told
    assert "并入 F0000001" in run(office, "ledger", "versions").stdout
    assert "F0000002" in run(office, "ledger", "diff", "2", "3").stdout


def test_duplicates_are_merged_by_rule_and_taken_back_at_once(office):
    imported(office)

    done = run(office, "ledger", "duplicates", "--merge-from", "0.8")
    assert "已按规则合并 1 家" in done.stdout
    assert office.ledger.firms.height == 2
    run(office, "ledger", "undo")
    assert office.ledger.firms.height == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("origin", "火星", "revenue"), "没有企业"),
        (("origin", A, "rd_expense"), "没有"),
        (("origin", A, "营业收人"), "营业收入 revenue"),
        (("origin", A, "revenue", "--year", 2019), "有：2022、2023"),
        (("history", "乙丙丁公司"), "上海乙丙丁有限公司（F0000002）"),
        (("merge", A, B, "--on", "五月"), "不是日期"),
    ],
)
def test_what_cannot_be_is_said_with_exit_code_2(office, arguments, words):
    imported(office)
    done = run(office, "ledger", *arguments)

    assert done.exit_code == 2
    assert words in done.stderr
