"""Files as bad as offices send them: each is read right, or says what is wrong with it."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
import xlsxwriter
import xlwt

from sanfu.errors import FileFault
from sanfu.registry.reading import read_file
from sanfu.registry.reading.values import each_once, read_dates, read_decimals, read_numbers
from sanfu.registry.uscc import with_check
from sanfu.workspace import new_workspace

CODE = with_check("91310110TTAB12345")
FIRM = "上海甲有限公司"


def sheet(folder, rows, merge=(), name="2023年报.xlsx"):
    path = folder / name
    with xlsxwriter.Workbook(str(path)) as made:
        page = made.add_worksheet("表")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    page.write(i, j, cell)
        for span in merge:
            page.merge_range(*span)
    return read_file(path)


def figures(reading, *names):
    return reading.figures.sort("year").select("year", *names).rows()


def found(reading):
    return reading.problems.select("row", "code").rows()


@pytest.mark.parametrize("name", ["a.xls", "a.et"])
def test_workbooks_of_wps_and_of_old_excel(tmp_path, name):
    made = xlwt.Workbook(encoding="utf-8")
    page = made.add_sheet("2023年")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    page.write_merge(0, 0, 0, 3, "某区企业表")
    head = ["企业名称", "营业收入（万元）", "成立日期", "从业人员"]
    for row, cells in ((1, head), (2, [FIRM, 1234.5, dt.date(2019, 3, 5), 30])):
        for column, cell in enumerate(cells):
            page.write(row, column, cell, *([day] if isinstance(cell, dt.date) else []))
    draft = made.add_sheet("底稿")
    draft.visibility = 1
    draft.write(0, 0, "企业名称")
    made.save(str(tmp_path / name))

    reading = read_file(tmp_path / name)

    assert reading.rows.select("row", "name", "founded").rows() == [(3, FIRM, dt.date(2019, 3, 5))]
    assert figures(reading, "revenue", "staff") == [(2023, 1_234_500_000, 30)]
    assert found(reading) == [(None, "sheet-hidden")]


@pytest.mark.parametrize("name", ["page.xls", "page.xlsx", "page.et"])
def test_a_web_page_called_a_workbook_says_so(tmp_path, name):
    path = tmp_path / name
    path.write_text("<html><table><tr><td>企业名称</td></tr></table></html>", encoding="utf-8")

    with pytest.raises(FileFault, match="网页"):
        read_file(path)


def test_text_called_a_workbook_is_read_as_text(tmp_path):
    path = tmp_path / "2023.xls"
    path.write_bytes(f"企业名称\t从业人员\n{FIRM}\t3\n".encode("gb18030"))

    assert figures(read_file(path), "staff") == [(2023, 3)]


def test_an_open_document_and_a_workbook_with_the_wrong_ending(tmp_path):
    sheet(tmp_path, [["企业名称", "从业人员"], [FIRM, 3]])
    wrong = tmp_path / "2023.xls"
    wrong.write_bytes((tmp_path / "2023年报.xlsx").read_bytes())

    assert figures(read_file(wrong), "staff") == [(2023, 3)]


def test_a_row_of_units_below_the_header(tmp_path):
    rows = [["企业名称", "营业收入", "从业人员"], [None, "万元", "（人）"], [FIRM, 5, 3]]

    assert figures(sheet(tmp_path, rows), "revenue", "staff") == [(2023, 5_000_000, 3)]


@pytest.mark.parametrize("numbers", [["甲", "乙", 1, 2], ["A", "B", "C", "D"], [1, 2, 3, 4]])
def test_a_row_that_numbers_the_columns_is_no_firm(tmp_path, numbers):
    head = ["企业名称", "信用代码", "营业收入(万元)", "从业人员"]
    reading = sheet(tmp_path, [head, numbers, [FIRM, CODE, 5, 3]])

    assert reading.rows["name"].to_list() == [FIRM]
    assert found(reading) == []


def test_last_years_column_is_of_last_year(tmp_path):
    head = ["企业名称", "本年营业收入(万元)", "上年营业收入(万元)", "前年营业收入（万元）"]
    reading = sheet(tmp_path, [head, [FIRM, 5, 4, 3]])

    assert figures(reading, "revenue") == [
        (2021, 3_000_000), (2022, 4_000_000), (2023, 5_000_000),
    ]  # fmt: skip


def test_last_years_column_beside_a_column_of_years_is_not_guessed(tmp_path):
    head = ["企业名称", "年度", "营业收入(万元)", "上年营业收入(万元)"]
    reading = sheet(tmp_path, [head, [FIRM, 2022, 5, 4]], name="表.xlsx")

    assert figures(reading, "revenue") == [(2022, 5_000_000)]
    assert found(reading) == [(1, "year-unknown")]


@pytest.mark.parametrize(
    "words",
    ["2023年1-6月营业收入(万元)", "2023年上半年营业收入(万元)", "2021-2023年平均营业收入(万元)",
     "营业收入增长率", "近三年营业收入(万元)", "预计2024年营业收入(万元)", "三季度营业收入(万元)",
     "营业收入(万美元)"],
)  # fmt: skip
def test_what_is_no_figure_of_a_year_is_not_taken_for_one(tmp_path, words):
    reading = sheet(tmp_path, [["企业名称", words], [FIRM, 5]])

    assert reading.figures.is_empty()
    assert reading.extra["raw"].to_list() == ["5"]
    assert found(reading) == [(1, "column-unknown")]


def test_a_column_without_a_heading_is_kept_and_said(tmp_path):
    reading = sheet(tmp_path, [["企业名称", None, "从业人员", None], [FIRM, "重要", 3, None]])

    assert found(reading) == [(1, "column-no-heading")]
    assert reading.extra["raw"].to_list() == ["重要"]


def test_totals_in_every_wording_and_no_firm_lost_to_them(tmp_path):
    words = ["合    计", "本页合计：", "合计（户）", "总 计:", "平均值", "以上合计12家"]
    rows = [["企业名称", "营业收入(万元)", "从业人员"], ["上海总计量设备有限公司", 5, 3]]
    reading = sheet(tmp_path, [*rows, *([word, 1, 1] for word in words)])

    assert reading.rows["name"].to_list() == ["上海总计量设备有限公司"]
    assert {code for _, code in found(reading)} == {"row-total"}


def test_notes_below_the_table_are_no_firms(tmp_path):
    notes = [["以上数据为快报数，仅供参考。"], ["单位（盖章）：", None, "联系电话：021"],
             ["打印日期：2023-1-1"], ["第1页 共1页"], ["重点提示：请核对"]]  # fmt: skip
    rows = [["企业名称", "营业收入(万元)", "从业人员", "备注"], [FIRM, 5, 3, None], *notes]
    reading = sheet(tmp_path, rows)

    assert reading.rows["name"].to_list() == [FIRM]
    assert {code for _, code in found(reading)} == {"row-note"}


def test_numbers_as_accountants_write_them(tmp_path):
    said = ["(1,234.50)", "（12）", "−4", "负5", "12.5万", "1，2345", "1.234,5", "9" * 18]
    rows = [["企业名称", "净利润(万元)"], *([f"甲{i}公司", text] for i, text in enumerate(said))]
    reading = sheet(tmp_path, rows)

    assert reading.figures["net_profit"].to_list() == [
        -1_234_500_000, -12_000_000, -4_000_000, -5_000_000, 12_500_000, 12_345_000_000,
    ]  # fmt: skip
    assert found(reading) == [(8, "number-unread"), (9, "number-unread")]


def test_a_negative_count_is_a_finding(tmp_path):
    reading = sheet(tmp_path, [["企业名称", "从业人员"], [FIRM, -3]])

    assert found(reading) == [(2, "count-not-whole")]


def test_a_firm_merged_over_the_rows_of_its_years(tmp_path):
    head = ["企业名称", "信用代码", "年度", "营业收入(万元)"]
    rows = [head, [FIRM, CODE, 2021, 1], [None, None, 2022, 2], [None, None, 2023, 3]]
    reading = sheet(tmp_path, rows, merge=[(1, 0, 3, 0, FIRM), (1, 1, 3, 1, CODE)])

    assert reading.rows["name"].to_list() == [FIRM] * 3
    assert figures(reading, "revenue") == [(2021, 10**6), (2022, 2 * 10**6), (2023, 3 * 10**6)]


def test_a_column_of_years_goes_before_the_year_in_the_files_name(tmp_path):
    rows = [["企业名称", "年度", "从业人员"], [FIRM, 2021, 1], [FIRM, None, 2], [FIRM, "去年", 3]]
    reading = sheet(tmp_path, rows)

    assert figures(reading, "staff") == [(2021, 1), (2023, 2)]
    assert sorted(found(reading)) == [(4, "number-unread"), (4, "row-year-unknown")]


def test_three_header_rows(tmp_path):
    rows = [
        ["情况表"],
        ["基本情况", None, "经营情况", None, None],
        ["企业名称", "信用代码", "营业收入(万元)", None, "从业人员"],
        [None, None, "2022年", "2023年", None],
        [FIRM, CODE, 1, 2, 3],
    ]
    reading = sheet(
        tmp_path, rows, merge=[(1, 0, 1, 1, "基本情况"), (2, 2, 2, 3, "营业收入(万元)")]
    )

    assert figures(reading, "revenue", "staff") == [(2022, 10**6, None), (2023, 2 * 10**6, 3)]


def test_headings_with_spaces_and_line_breaks_and_a_chinese_year(tmp_path):
    rows = [["二〇二二年度企业情况"], ["企 业\n名 称", "营业收入\n（万元）"], [FIRM, 5]]

    assert figures(sheet(tmp_path, rows, name="表.xlsx"), "revenue") == [(2022, 5_000_000)]


def test_dates_in_rarer_writings_and_what_is_none(tmp_path):
    good = ["2019年3月5号", "2019、3、5", "2019-3-5 10:20", 43529]
    bad = ["长期", "2019-02-30", "2019", "19.3.5"]
    rows = [["企业名称", "成立日期"], *([f"甲{i}公司", day] for i, day in enumerate(good + bad))]
    reading = sheet(tmp_path, rows)

    assert reading.rows["founded"].to_list() == [dt.date(2019, 3, 5)] * 4 + [None] * 4
    assert found(reading) == [(row, "date-unread") for row in range(6, 10)]


def test_a_code_that_excel_kept_as_a_number_says_so(tmp_path):
    office = new_workspace(tmp_path / "office")
    sheet(
        office.inbox, [["企业名称", "信用代码"], [FIRM, 913101103244123450], ["乙公司", "'" + CODE]]
    )

    done = office.take(office.inbox / "2023年报.xlsx")

    assert done.problems.select("row", "code").rows() == [(2, "code-as-number")]
    assert "文本" in done.problems["remedy_zh"][0]
    assert set(office.ledger.firms["uscc"]) == {None, CODE}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_and_with_a_broken_row(tmp_path, encoding):
    text = f"企业名称,从业人员,年度\n{FIRM},3,2023\n乙X公司,4,2023\n"
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding).replace("X".encode(encoding), "\ud800".encode(
        encoding, "surrogatepass")))  # fmt: skip

    reading = read_file(path)

    assert reading.rows["name"].to_list() == [FIRM]
    assert found(reading) == [(3, "broken-encoding")]


def test_broken_bytes_after_a_cell_of_two_lines_spoil_only_their_row(tmp_path):
    text = f'企业名称,地址\n{FIRM},"一\n二"\n乙X公司,三\n丙公司,四\n'
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("gb18030").replace(b"X", b"\xff"))

    reading = read_file(path)

    assert reading.rows["name"].to_list() == [FIRM, "丙公司"]
    assert reading.set_aside.select("row", "code").rows() == [(3, "broken-encoding")]
    assert "\\xff" in reading.set_aside["raw"][0]


def test_a_quoted_cell_after_the_first_megabyte(tmp_path):
    lines = "".join(f"甲{i}公司,{'长' * 60}\n" for i in range(8000))
    path = tmp_path / "a.csv"
    path.write_text(f'企业名称,地址\n{lines}乙公司,"a,b"\n', encoding="utf-8")

    assert read_file(path).rows["address"].to_list()[-1] == "a,b"


def test_a_parquet_of_any_types(tmp_path):
    path = tmp_path / "2023.parquet"
    pl.DataFrame(
        {
            "企业名称": pl.Series(["甲公司", "合计"], dtype=pl.Categorical),
            "营业收入(万元)": [0.1 + 0.2, 1.0],
            "从业人员": pl.Series([3, None], dtype=pl.UInt8),
            "成立日期": [dt.datetime(2019, 3, 5, 8, tzinfo=dt.UTC), None],
            "别的": [[1, 2], []],
        }
    ).write_parquet(path)

    reading = read_file(path)

    assert reading.rows.select("row", "name", "founded").row(0) == (
        2,
        "甲公司",
        dt.date(2019, 3, 5),
    )
    assert reading.figures.select("revenue", "staff").row(0) == (300_000, 3)
    assert reading.extra["raw"].to_list()[0] == "[1, 2]"


@pytest.mark.parametrize("read", [read_numbers, read_dates, read_decimals])
def test_texts_that_repeat_are_read_as_those_that_do_not(read):
    texts = [
        "1,234.5",
        "２０",
        "—",
        " ",
        None,
        "12%",
        "2019年3月",
        "2019-03-05",
        "43895",
        "坏",
        "-3",
    ]
    cells = pl.Series("D", texts * 5)
    assert each_once(read, cells).values.to_list() == read(cells).values.to_list()
    assert each_once(read, cells).unread.to_list() == read(cells).unread.to_list()
    noted = each_once(read, cells).noted
    assert (noted is None) == (read(cells).noted is None)
    assert noted is None or noted.to_list() == read(cells).noted.to_list()


def test_a_heading_repeated_on_a_later_page_is_no_firm(tmp_path):
    reading = sheet(tmp_path, [
        ["企业名称", "统一社会信用代码", "营业收入(万元)"], [FIRM, CODE, "10"],
        ["\u3000企 业 名 称", " 统一社会信用代码", "营业收入(万元)"],
        ["企业家俱乐部有限公司", with_check("91310110TTAB12346"), "20"],
    ])  # fmt: skip
    assert reading.rows["name"].to_list() == [FIRM, "企业家俱乐部有限公司"]
