"""The real needs of the shared data, from their file to printed schedules and the funnel."""

from __future__ import annotations

import json

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.exchange import FollowBook, check_timetable, load_timetable

pytestmark = [pytest.mark.shared, pytest.mark.slow]
FIRMS = 5_000


def run(*words):
    done = CliRunner().invoke(build_app(list(map(str, words))), list(map(str, words)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def write(path, rows):
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet("表")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def office(shared, tmp_path_factory):
    """A workspace of real firms, the needs as an Excel file, achievements as an offers file."""
    folder, data = tmp_path_factory.mktemp("real"), shared / "data"
    listed = pl.read_parquet(
        data / "cn_enterprise_registration_1979_2004/shanghai_1979_2004.parquet"
    )
    listed.head(FIRMS).select(
        pl.col("uscc").alias("统一社会信用代码"), pl.col("name").alias("企业名称"),
        pl.col("district_label").alias("所属区"), pl.col("business_scope").alias("经营范围"),
    ).write_csv(folder / "企业.csv", include_bom=True)  # fmt: skip
    assert run("new", folder / "office").exit_code == 0
    assert run("import", folder / "企业.csv", "-w", folder / "office").exit_code in (0, 1)
    real = data / "zh_need_achievement"
    names = listed["name"].to_list()
    needs = [
        (need["id"], need["title"], (need["content"] or "").replace("\\n", "\n"), "公开", names[at])
        for at, need in enumerate(lines(real / "needs.jsonl"))
    ]
    headings = ("需求编号", "需求名称", "需求内容", "公开程度", "企业名称")
    write(folder / "需求.xlsx", [headings, *needs])
    offers = [
        (one["id"], "".join(one["title_tokens"])) for one in lines(real / "achievements.jsonl")
    ]
    write(folder / "成果.xlsx", [("供给编号", "供给名称"), *offers])
    return folder


@pytest.fixture(scope="module")
def needs(office):
    """What `exchange import` keeps of the needs file; each has its firm of the ledger."""
    out = office / "needs.json"
    done = run(
        "exchange", "import", office / "需求.xlsx", "-w", office / "office", "--out", out,
        "--on", "2026-05-01", "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["read"] == 235
    return out


@pytest.fixture(scope="module")
def day(office, needs):
    done = run(
        "exchange", "event", needs, "-w", office / "office", "-o", office / "成果.xlsx", "--out",
        office / "day", "--day", "2026-06-10", "--on", "2026-05-01", "--name", "真实需求",
        "--forms", "html,pdf,xlsx,ics", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_need_has_its_firm_of_the_ledger(needs):
    records = json.loads(needs.read_text())["records"]

    linked = [one for one in records if one.get("firm", "").startswith("F")]
    assert len(linked) == 235
    assert all(one["district"].endswith(("区", "县")) for one in linked if one.get("district"))


def test_needs_are_ranked_with_reasons_that_stand_in_both_texts(office, needs):
    done = run(
        "exchange", "match", needs, "-w", office / "office", "-o", office / "成果.xlsx", "--top",
        "3", "--on", "2026-05-01", "--json",
    )  # fmt: skip
    matches = json.loads(done.stdout)["matches"]

    assert len({one["need"] for one in matches}) >= 230
    assert all(one["reasons"] for one in matches)
    assert all(0.2 <= one["score"] <= 1 for one in matches)
    own = {one["id"]: one["firm"] for one in json.loads(needs.read_text())["records"]}
    assert all(one["offer"] != own[one["need"]] for one in matches)


def test_one_command_goes_to_a_proven_timetable_that_breaks_nothing(office, day):
    table = load_timetable(office / "day" / "5 日程" / "timetable.json")

    assert day["proven"]
    assert day["needs"] == 235
    assert day["guests"] == 150
    assert check_timetable(table.event, table.frame) == []
    assert table.event.synthetic is False


def test_everything_is_printed_and_nothing_is_called_synthetic(office, day):
    out = office / "day"

    assert day["invited"] >= 150
    for name in ("1 需求检查.xlsx", "2 匹配与理由.xlsx", "3 邀请.xlsx", "4 活动.xlsx",
                 "5 日程/来宾日程.pdf", "5 日程/主办桌日程.pdf", "5 日程/场地桌次.pdf",
                 "5 日程/胸牌.pdf", "5 日程/日程.xlsx", "5 日程/日程.ics"):  # fmt: skip
        assert (out / name).stat().st_size > 3_000, name
    assert not [path for path in out.rglob("*") if "合成" in path.name or "synthetic" in path.name]
    assert "合成数据" not in (out / "5 日程" / "来宾日程.html").read_text(encoding="utf-8")


def test_a_second_command_records_what_came_of_it_and_prints_the_funnel(office, day):
    form = office / "day" / "6 跟进记录.xlsx"
    sheet = pl.read_excel(form, engine="calamine", infer_schema_length=0)
    stages = [("揭榜", "2026-06-20", ""), ("洽谈", "2026-07-01", ""), ("签约", "2026-08-01", "80")]
    filled = []
    for at, row in enumerate(sheet.to_dicts()):
        stage, on, amount = stages[at % 3]
        filled.append({**row, "阶段": stage, "日期": on, "金额（万元）": amount})
    path = write(
        office / "填好.xlsx", [sheet.columns, *(tuple(v or "" for v in r.values()) for r in filled)]
    )

    done = run("exchange", "follow", path, "-w", office / "office", "--on", "2026-12-31", "--json")
    funnel = run("exchange", "funnel", "-w", office / "office", "--on", "2026-12-31", "--json")

    said = json.loads(done.stdout)
    assert said["problems"] == []
    assert said["added"] == sheet.height
    rows = {row["stage"]: row for row in json.loads(funnel.stdout)["funnel"]}
    assert rows["announced"]["needs"] == 235
    assert rows["contract"]["cases"] == sheet.height // 3
    assert rows["contract"]["amount"] == 80_000_000 * (sheet.height // 3)
    assert said["year"]["contracts"] == sheet.height // 3
    assert FollowBook(day["book"]).verify() == []
