"""Changes to report within three months: from the ledger's dated events and mergers."""

import datetime as dt

import polars as pl
import pytest

from sanfu.ladder.calendar import calendar_entries, read_calendar
from sanfu.ladder.changes import changes_of
from sanfu.ladder.office import write_office
from sanfu.workspace import new_workspace

ON = dt.date(2024, 5, 1)
DAY = dt.date(2024, 4, 15)
NAMES = [f"上海示例{word}有限公司" for word in "甲乙丙丁"]


@pytest.fixture
def office(tmp_path):
    """Four firms; the first three hold a title; a later list gives the first another name."""
    codes = ["91310110TT3BTKEMX0", "", "", ""]
    made = new_workspace(tmp_path / "office")
    lists = {
        "名单": {
            "企业名称": NAMES[:3],
            "统一社会信用代码": codes[:3],
            "所属区": ["杨浦区"] * 3,
            "称号": ["专精特新中小企业"] * 3,
            "认定日期": [dt.date(2022, 9, 1)] * 3,
            "有效期至": [dt.date(2025, 9, 1)] * 3,
        },
        "登记": {"企业名称": [NAMES[3]], "所属区": ["杨浦区"], "营业收入（万元）": [1]},
    }
    for name, columns in lists.items():
        pl.DataFrame(columns).write_excel(tmp_path / f"{name}.xlsx")
        made.take(tmp_path / f"{name}.xlsx")
    return made


def firm(office, name):
    return office.ledger.firms.filter(pl.col("name") == name)["firm"].item()


def test_a_dated_renaming_move_and_merger_are_to_be_reported_within_three_months(office):
    first, second, third = (firm(office, name) for name in NAMES[:3])
    office.confirm(first, "name", "上海示例新甲有限公司", on=DAY)
    office.confirm(second, "district", "黄浦区", on=DAY)
    office.merge(firm(office, NAMES[3]), third, on=DAY)

    found = changes_of(office, ON)
    entries = calendar_entries(read_calendar(), ON, dt.date(2024, 12, 31), changes=found).filter(
        pl.col("kind") == "after-change"
    )

    assert found.select("firm", "kind", "date").rows() == [
        (first, "更名", DAY),
        (second, "迁移", DAY),
        (third, "合并", DAY),
    ]
    assert found["after"][1] == "黄浦区"
    assert entries["end"].to_list() == [dt.date(2024, 7, 15)] * 3


def test_a_firm_without_a_title_has_nothing_to_report(office):
    office.confirm(firm(office, NAMES[3]), "district", "黄浦区", on=DAY)

    assert changes_of(office, ON).is_empty()


def test_a_change_that_nobody_dated_is_listed_with_what_to_run(office, tmp_path):
    import openpyxl

    first = firm(office, NAMES[0])
    office.confirm(first, "name", "上海示例新甲有限公司", on=DAY)
    told = changes_of(office, ON).with_columns(date=pl.lit(None, pl.Date))
    from sanfu.ladder import firm_rows

    rows = firm_rows(office.ledger, ON, year=2023)
    written = write_office(
        rows, office.ledger.titles, ON, tmp_path / "out", year=2023, changes=told
    )
    (book,) = [path for path in written if path.name == "日历.xlsx"]
    sheet = openpyxl.load_workbook(book)["待核变更"]
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]

    assert f"sanfu ledger confirm {first} name 上海示例新甲有限公司 --on 日期" in cells
