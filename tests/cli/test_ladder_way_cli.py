"""The season's files by one command, one firm's page, and the way up, through the door."""

import icalendar
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.language import use_language
from sanfu.registry.sample import shanghai
from sanfu.workspace import new_workspace

ON = ["--on", "2024-05-01"]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A workspace of 120 synthetic firms, as three imports of tidy files."""
    folder = tmp_path_factory.mktemp("way")
    use_language("zh")
    registry = shanghai(firms=120, seed=11)
    workspace = new_workspace(folder / "office")
    firms = registry.firms.select(
        pl.col("name").alias("企业名称"),
        pl.col("uscc").alias("统一社会信用代码"),
        pl.col("district_name").alias("所属区"),
        pl.col("industry").alias("国民经济行业代码"),
        pl.col("segment_since").alias("从事特定细分市场起始日期"),
        pl.col("high_tech").replace_strict({True: "是", False: "否"}).alias("高新技术企业"),
    )
    code = registry.firms.select("firm", pl.col("uscc").alias("统一社会信用代码"))
    figures = registry.figures.join(code, on="firm").select(
        "统一社会信用代码",
        pl.col("year").alias("年度"),
        *(
            (pl.col(name) / 100).alias(f"{words}（元）")
            for name, words in {
                "revenue": "营业收入",
                "main_revenue": "主营业务收入",
                "rd_expense": "研发费用",
                "net_profit": "净利润",
                "assets": "资产总额",
                "liabilities": "负债总额",
            }.items()
        ),
        pl.col("staff").alias("从业人员"),
        pl.col("rd_staff").alias("研发人员"),
        pl.col("class1_ip").alias("Ⅰ类知识产权"),
    )
    tiers = {
        "innovative": "创新型中小企业",
        "srdi": "专精特新中小企业",
        "little-giant": "专精特新“小巨人”企业",
    }
    titles = registry.titles.join(code, on="firm").select(
        "统一社会信用代码",
        pl.col("tier").replace_strict(tiers).alias("称号"),
        pl.col("batch").alias("批次"),
        pl.col("granted").alias("认定日期"),
        pl.col("expires").alias("有效期至"),
    )
    for name, frame in {"企业": firms, "数据": figures, "称号": titles}.items():
        path = folder / f"{name}.xlsx"
        frame.write_excel(path)
        workspace.take(path)
    return workspace.folder


def run(*arguments, language="zh"):
    use_language(language)
    return CliRunner().invoke(build_app(["ladder"]), ["ladder", *map(str, arguments)])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_command_writes_all_that_an_officer_needs(office, tmp_path, language):
    done = run("office", office, *ON, "--out", tmp_path, language=language)

    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) >= 5
    assert all(name.startswith(("合成数据_", "synthetic_")) for name in files)
    notices = {"zh": "自检/测算", "en": "Self-check"}
    for path in tmp_path.glob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        first = book.worksheets[0]
        said = " ".join(str(row[0].value) for row in first.iter_rows(max_row=6))
        calendar = "日历" in path.name or "calendar" in path.name
        assert notices[language] in said or calendar
        assert first.auto_filter.ref
        assert not any(
            isinstance(cell.value, str) and cell.data_type == "f"
            for row in first.iter_rows()
            for cell in row
        )
    (ics,) = tmp_path.glob("*.ics")
    assert icalendar.Calendar.from_ical(ics.read_bytes()).walk("VEVENT")


def test_figures_of_another_year_are_said_to_be_old(office, tmp_path):
    done = run("office", office, "--on", "2026-05-01", "--year", 2023, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    (book,) = tmp_path.glob("*第二梯队.xlsx")
    sheet = openpyxl.load_workbook(book).worksheets[0]
    said = " ".join(str(row[0].value) for row in sheet.iter_rows(max_row=6))
    assert "不是上一年（2025 年）" in said


def test_a_year_without_figures_is_refused_with_the_years_there_are(office, tmp_path):
    done = run("office", office, "--on", "2026-05-01", "--out", tmp_path)

    assert done.exit_code != 0
    assert "2023" in str(done.exception)


def test_one_firm_is_explained_with_its_ways_up(office):
    firms = run("plan", "-w", office, "--tier", "little-giant", *ON, "--json").output
    name = pl.DataFrame(__import__("json").loads(firms)["plans"])["name"][0]

    done = run("explain", name, "-w", office, "--tier", "little-giant", *ON)

    assert done.exit_code == 0, done.output
    assert name in done.output
    assert "提升路径" in done.output
    assert "自检/测算" in done.output
    assert "合成数据" in done.output


def test_an_unknown_firm_is_named(office):
    done = run("explain", "没有这家", "-w", office, "--tier", "srdi", *ON)

    assert done.exit_code == 2
    assert "没有这家" in done.output


def test_plans_say_which_measure_lifts_most(office, tmp_path):
    out = tmp_path / "plans.xlsx"

    done = run("plan", "-w", office, "-r", "cn-2026/srdi", *ON, "--by", "district", "-o", out)

    assert done.exit_code == 0, done.output
    assert "测算已符合" in done.output
    assert out.is_file()
