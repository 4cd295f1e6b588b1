"""`sanfu ladder which|lint|check` through the door, and the rulebook printed for the lawyer."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.content import content_path
from sanfu.errors import InputError
from sanfu.ladder import firm_rows, rulebooks
from sanfu.language import use_language
from sanfu.registry.sample import shanghai


def run(*arguments):
    return CliRunner().invoke(build_app(["ladder"]), ["ladder", *arguments])


def test_which_says_the_rulebook_and_why_in_both_languages():
    found = run("which", "--tier", "little-giant", "--kind", "review", "--on", "2026-05-01")
    use_language("en")
    english = run("which", "--tier", "tier-1", "--on", "2026-05-01")

    assert found.output.startswith("cn-2022/little-giant")
    assert "仍使用 2022 年标准" in found.output
    assert "cn-2017/tech-sme" in english.output
    assert "Meeting any one of these will do." in english.output


def test_which_as_json():
    found = run("which", "--tier", "srdi", "--on", "2026-03-31", "--json")

    assert json.loads(found.output)["clauses"][0]["rulebook"] == "cn-2022/srdi"


def test_a_wrong_day_says_how_a_day_is_written():
    found = run("which", "--tier", "srdi", "--on", "1.5.2026")

    assert found.exit_code == 2
    assert "2026-05-01" in found.output


def test_lint_checks_all_that_ships():
    found = run("lint")

    assert found.exit_code == 0
    assert found.output.count("没有发现问题") == len(rulebooks()) + 2
    assert "sme-size-2011：没有发现问题" in found.output


def test_the_size_classes_are_printed_for_the_lawyer(tmp_path):
    out = tmp_path / "sizes.html"

    found = run("lint", "sme-size-2011", "--print", str(out))
    page = out.read_text(encoding="utf-8")

    assert found.exit_code == 0, found.output
    assert "工信部联企业〔2011〕300号" in page
    assert all(words in page for words in ("软件和信息技术服务业", "40000 万元", "待核对"))
    assert all(role in page for role in ("核对人", "法务", "负责人"))


def test_lint_says_each_fault_with_its_line_and_prints_nothing(tmp_path):
    text = content_path("rulebooks", "cn-2022/srdi.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("maximum: 100", "maximum: 90"), encoding="utf-8")

    found = run("lint", str(mine), "--print", str(tmp_path / "mine.docx"))

    assert found.exit_code == 1
    assert "! 第 17 行 maximum：全部指标满分合计 100，写的是 90" in found.output
    assert not (tmp_path / "mine.docx").exists()


def test_a_rulebook_is_printed_as_word_and_as_a_page(tmp_path):
    from docx import Document

    word, page = tmp_path / "a.docx", tmp_path / "a.html"
    run("lint", "cn-2026/little-giant", "--print", str(word))
    run("lint", "cn-2026/little-giant", "--print", str(page))

    tables = Document(str(word)).tables
    cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    html = page.read_text(encoding="utf-8")
    for said in (
        "负债总额 ÷ 资产总额 ≤ 75%",
        "研发费用 + 研发费用（前一年） ≥ 1200 万元",
        "由人判断",
    ):
        assert said in cells
        assert said in html
    assert "自检/测算" in html
    assert "上年度营业收入5000万元以上。" in html


def test_another_ending_is_refused_with_those_that_can_be_written(tmp_path):
    with pytest.raises(InputError, match=r"\.docx、\.html 或 \.pdf"):
        CliRunner().invoke(
            build_app(["ladder"]),
            ["ladder", "lint", "cn-2026/srdi", "--print", str(tmp_path / "a.txt")],
            catch_exceptions=False,
        )


@pytest.fixture(scope="module")
def firms(tmp_path_factory):
    rows = firm_rows(shanghai(firms=200, seed=1), dt.date(2024, 5, 1))
    path = tmp_path_factory.mktemp("firms") / "合成企业.parquet"
    rows.write_parquet(path)
    return path


def test_check_counts_outcomes_and_writes_what_it_found(firms, tmp_path):
    out = tmp_path / "found.csv"
    found = run("check", str(firms), "--tier", "little-giant", "--on", "2026-05-01", "-o", str(out))

    assert found.exit_code == 0
    assert "自检/测算结果" in found.output
    assert "合成数据" in found.output
    written = pl.read_csv(out)
    assert written["firm"].n_unique() == 200
    assert set(written["outcome"]) <= {"met", "unmet", "missing", "judge"}


def test_check_as_json_counts_each_criterion(firms):
    found = run("check", str(firms), "-r", "cn-2022/innovative", "--on", "2026-05-01", "--json")

    (summary,) = json.loads(found.output)
    assert summary["firms"] == 200
    assert sum(summary["criteria"]["verdict"].values()) == 200
    assert summary["self_check"] is True


def test_both_rulebooks_of_the_first_tier_are_checked(firms):
    found = run("check", str(firms), "--tier", "tier-1", "--on", "2026-05-01")

    assert "cn-2022/innovative" in found.output
    assert "cn-2017/tech-sme" in found.output


def test_inputs_of_the_office_are_taken_in(firms, tmp_path):
    inputs = tmp_path / "inputs.csv"
    pl.read_parquet(firms).select("firm", ip_linked=True).write_csv(inputs)

    found = run(
        "check", str(firms), "-r", "cn-2026/srdi", "--on", "2026-05-01",
        "--inputs", str(inputs), "--json",
    )  # fmt: skip

    (summary,) = json.loads(found.output)
    assert summary["criteria"]["ip_linked"] == {"met": 200, "judge": 0, "missing": 0, "unmet": 0}


HEADINGS = {
    "企业名称": ["上海示例甲有限公司", "上海示例乙有限公司"],
    "统一社会信用代码": ["91310110TT3BTKEMX0", ""],
    "所属区": ["杨浦区", "杨浦区"],
    "营业收入（万元）": ["2000", "约900"],
    "主营业务收入（万元）": ["1900", "800"],
    "研发费用（万元）": ["150", "40"],
    "资产负债率": ["", ""],
    "从事特定细分市场起始日期": ["2015-01-01", "2020-06-01"],
}


def list_of(path):
    """The names in the list's workbook: one row a firm."""
    import openpyxl

    sheet = openpyxl.load_workbook(path)["自检清单"]
    rows = list(sheet.iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if row[0] == "企业编号")
    return [row[rows[head].index("企业名称")] for row in rows[head + 1 :]]


def test_an_office_s_own_list_is_checked_as_import_reads_it(tmp_path):
    path = tmp_path / "本区企业.xlsx"
    pl.DataFrame(HEADINGS).write_excel(path)

    found = run(
        "check", str(path), "-r", "cn-2026/srdi", "--on", "2026-05-01", "-o",
        str(tmp_path / "清单.xlsx"),
    )  # fmt: skip
    said = run("check", str(path), "-r", "cn-2026/srdi", "--on", "2026-05-01", "--json")
    criteria = json.loads(said.output)[0]["criteria"]

    assert found.exit_code == 0, found.output
    assert "本区企业.xlsx：2 户，按 2025 年测算" in found.output
    assert list_of(tmp_path / "清单.xlsx") == ["上海示例甲有限公司", "上海示例乙有限公司"]
    assert "“约900”，读不成数字" in found.output.replace("\n", "")
    assert criteria["revenue"] == {"met": 1, "judge": 0, "missing": 1, "unmet": 0}
    assert criteria["niche"] == {"met": 2, "judge": 0, "missing": 0, "unmet": 0}


def test_json_is_json_alone_also_where_the_rulebook_is_chosen_by_tier(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("firm,revenue\na,1500000000\n", encoding="utf-8")

    found = run("check", str(path), "--tier", "srdi", "--on", "2026-05-01", "--json")

    assert json.loads(found.output)[0]["rulebook"] == "cn-2026/srdi"


def test_an_unknown_rulebook_is_said_before_the_year_and_the_workspace(tmp_path):
    for arguments in (
        ("check", "-w", str(tmp_path / "none"), "-r", "nope", "--on", "1990-01-01"),
        ("reform", "cn-2026/srdi", "--to", "nope", "-w", str(tmp_path / "none")),
        ("plan", "-w", str(tmp_path / "none"), "-r", "nope"),
    ):
        found = run(*arguments)

        assert isinstance(found.exception, InputError)
        assert "没有规则书“nope”" in str(found.exception)


def test_what_only_a_person_must_judge_is_counted_beside_what_is_met(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text(
        "firm,size,holds_innovative,niche_years,revenue,main_revenue,liabilities,assets,"
        "rd_expense,rd_expense_1,revenue_1,class1_ip,platform_score\n"
        "a,small,true,5,3000000000,2900000000,1,2,300000000,300000000,3000000000,2,60\n"
        "b,small,true,1,3000000000,2900000000,1,2,300000000,300000000,3000000000,2,60\n",
        encoding="utf-8",
    )

    arguments = ("check", str(path), "-r", "cn-2026/srdi", "--on", "2026-05-01")
    found, said = run(*arguments), run(*arguments, "--json")

    assert "人工判断项按符合计：1 户符合（其中各项都已核实的 0 户）" in found.output
    assert json.loads(said.output)[0]["met_if_judged_met"] == 1


def test_a_score_from_the_sector_s_mean_is_asked_for_and_labelled(tmp_path):
    path, out = tmp_path / "firms.csv", tmp_path / "list.xlsx"
    lines = [f"f{number},2641,60" for number in range(12)] + ["x,2641,"]
    path.write_text("\n".join(["firm,industry,platform_score", *lines]), encoding="utf-8")
    arguments = ("check", str(path), "-r", "cn-2026/srdi", "--on", "2026-05-01")

    plain = json.loads(run(*arguments, "--json").output)[0]["criteria"]["platform_now"]
    guessed = run(*arguments, "--estimate-score", "-o", str(out))
    counts = json.loads(run(*arguments, "--estimate-score", "--json").output)[0]

    assert (plain["met"], plain["missing"]) == (12, 1)
    assert counts["criteria"]["platform_now"]["met"] == 13
    assert "1 户的发展评价得分为同行业平均值估计，不是平台测评结果。" in guessed.output
    import openpyxl

    notes = [row[0] for row in openpyxl.load_workbook(out)["自检清单"].iter_rows(values_only=True)]
    assert any("同行业平均值估计" in str(note) for note in notes)


def test_one_firm_of_a_list_is_explained_and_two_standards_are_one_json(tmp_path):
    path, out = tmp_path / "本区企业.xlsx", tmp_path / "new" / "page.txt"
    pl.DataFrame(HEADINGS).write_excel(path)
    arguments = ("explain", "示例甲", "--list", str(path), "--on", "2026-05-01")

    found = run(*arguments, "-r", "cn-2026/srdi", "-o", str(out))
    both = json.loads(run(*arguments, "--tier", "tier-1", "--json").output)

    assert found.exit_code == 0, found.output
    assert "本企业 2,000 万元" in out.read_text(encoding="utf-8")
    assert "由人判断（核实后填入）" in found.output
    assert [one["rulebook"] for one in both] == ["cn-2022/innovative", "cn-2017/tech-sme"]


def test_a_page_is_not_written_as_text_under_the_name_of_a_word_file(tmp_path):
    found = run("explain", "x", "-o", str(tmp_path / "page.docx"), "-r", "cn-2026/srdi")

    assert found.exit_code == 2
    assert "report build firm" in found.stderr
    assert not (tmp_path / "page.docx").exists()
