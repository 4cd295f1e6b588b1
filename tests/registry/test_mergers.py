"""A firm that was merged into another counts until that day in every room, and not from it."""

import datetime as dt
import json

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from sanfu.cli import registry
from sanfu.errors import InputError
from sanfu.exchange import desk_report
from sanfu.exchange.desk.records import RECORD_SCHEMA
from sanfu.index import measure_regions
from sanfu.ladder import firm_rows
from sanfu.ladder.changes import changes_of
from sanfu.ladder.forecast import forecast
from sanfu.ladder.standing import holders
from sanfu.ladder.survival import title_spells
from sanfu.language import use_language
from sanfu.registry import firms_on
from sanfu.registry.uscc import with_check
from sanfu.report.firm import FirmPages
from sanfu.report.materials.ledger import ledger_material
from sanfu.report.options import ReportOptions
from sanfu.workspace import new_workspace

D = dt.date
DAY = D(2022, 6, 30)
FIRMS = {
    name: (f"F000000{n}", with_check(f"9131011{n}TTAB1234{n}"), district)
    for n, (name, district) in enumerate(
        (("甲公司", "杨浦区"), ("乙公司", "杨浦区"), ("丙公司", "杨浦区"), ("丁公司", "黄浦区")), 1
    )
}
GONE, STAYS = "F0000002", "F0000001"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Four firms with a title, and figures of 2021 to 2023; 乙 was merged into 甲 in June 2022."""
    use_language("zh")
    made = new_workspace(tmp_path_factory.mktemp("merged") / "office")
    told = "".join(
        f"{name},{code},{place},专精特新中小企业,2021-03-01,2024-03-01\n"
        for name, (_, code, place) in FIRMS.items()
    )
    (made.inbox / "名单.csv").write_text(
        f"企业名称,信用代码,所属区,称号,认定日期,有效期至\n{told}", encoding="utf-8"
    )
    made.take(made.inbox / "名单.csv")
    for year in (2021, 2022, 2023):
        rows = "".join(
            f"{name},{code},{10 * n}\n" for n, (name, (_, code, _)) in enumerate(FIRMS.items(), 1)
        )
        file = made.inbox / f"{year}.csv"
        file.write_text(f"企业名称,信用代码,营业收入(万元)\n{rows}", encoding="utf-8")
        made.take(file)
    made.confirm_merger(GONE, STAYS, on=DAY)
    return made


@pytest.fixture(scope="module")
def book(office):
    return office.ledger


@pytest.mark.parametrize("day", [D(2022, 6, 29), DAY, D(2023, 5, 1)])
def test_the_rows_to_check_and_the_holders_of_a_title_are_those_of_the_day(book, day):
    there = [STAYS, *([GONE] if day < DAY else []), "F0000003", "F0000004"]

    assert firms_on(book.firms, day)["firm"].to_list() == there
    assert firm_rows(book, day)["firm"].to_list() == there
    assert holders(book.titles, "srdi", day).to_list() == there


def test_an_index_counts_it_to_its_merger_and_keeps_what_it_filed_that_year(book):
    formulas = {
        "firms": "count()", "held": 'count(where=tier == "srdi")', "revenue": "sum(revenue)",
        "left": "exit_rate()", "mean": "mean(revenue)", "kinds": "distinct(name)",
    }  # fmt: skip
    found = measure_regions(formulas, book, years=[2021, 2022, 2023])
    yangpu = found.wide().filter(unit="310110").sort("year")

    assert yangpu["firms"].to_list() == [3, 2, 2]
    assert yangpu["held"].to_list() == [3, 2, 2]
    assert (yangpu["revenue"] / 1_000_000).round(2).to_list() == [60, 60, 40]
    assert (yangpu["mean"] / 1_000_000).round(2).to_list() == [20, 20, 20]
    assert yangpu["left"].to_list() == [0, pytest.approx(1 / 3), 0]
    assert yangpu["kinds"].to_list() == [3, 3, 2]
    now = found.frame.filter(unit="310110", year=2023, indicator="firms")
    assert now["population"].to_list() == [2]


def test_a_report_counts_the_firms_of_its_last_year_and_earlier_years_as_they_were(book):
    options = ReportOptions(min_firms=1)
    whole = ledger_material(book, focus="杨浦", options=options)

    assert whole.facts["ledger.firms"].value == 3
    assert whole.facts["district.firms"].value == 2
    assert whole.facts["ledger.tier.srdi"].value == 3
    for prefix, counts in (("ledger", [4, 3, 3]), ("district", [3, 2, 2])):
        trend = whole.figures[f"{prefix}.tiers-trend"](None).table
        assert trend.sort("year")["value"].to_list() == counts
    assert whole.figures["district.pyramid"](None).table["count"].to_list() == [2]


def test_its_page_is_made_for_days_before_and_the_other_is_named_after(book):
    assert FirmPages(book, D(2022, 5, 1)).find("乙公司") == GONE
    with pytest.raises(InputError, match=r"乙公司.*已于 2022-06-30 并入 甲公司（F0000001）"):
        FirmPages(book, D(2023, 5, 1)).find("乙公司")


def test_it_is_in_no_forecast_and_its_title_was_not_lost(book):
    day = D(2023, 5, 1)
    found = forecast(firm_rows(book, day), book.titles, day)

    assert found.expiring["firm"].to_list() == [STAYS, "F0000003", "F0000004"]
    assert found.expiring["name"].null_count() == 0
    spells = title_spells(book.titles, D(2024, 5, 1))
    assert spells.filter(firm=GONE).select("ended", "lost").row(0) == (DAY, False)


def test_the_firm_that_lives_on_reports_the_merger(office):
    found = changes_of(office, D(2022, 7, 15))

    assert found.select("firm", "name", "kind", "before", "date").rows() == [
        (STAYS, "甲公司", "合并", "乙公司", DAY)
    ]


def test_the_desk_is_there_for_the_firms_of_the_periods_last_day(book):
    rows = [{"line": "training", "day": D(2022, 3, 1), "firm": GONE, "attended": True}]
    records = pl.DataFrame(rows, schema=RECORD_SCHEMA)

    before, after = (
        desk_report(records, book.firms, book.titles, start=D(2022, 1, 1), end=end)
        for end in (D(2022, 3, 31), D(2022, 12, 31))
    )

    assert (before.coverage_total(), before.firms.height) == (1, 4)
    assert (after.coverage_total(), after.firms.height) == (0, 3)
    assert after.coverage("tier").select("group", "firms").row(0) == ("专精特新中小企业", 3)


def test_the_overview_counts_the_firms_of_today_and_says_how_many_were_merged(office):
    app = typer.Typer()
    registry.register(app)

    def run(*more):
        return CliRunner().invoke(app, ["ledger", "show", "-w", str(office.folder), *more]).stdout

    shown = json.loads(run("--json"))
    assert (shown["firms"], shown["merged"]) == (3, 1)
    assert shown["districts"] == {"杨浦区": 2, "黄浦区": 1}
    assert "已并入其他企业（不计在内）\t1" in run()
