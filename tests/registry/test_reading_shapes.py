"""Every shape in which an office receives its lists is read to the same exact values."""

from __future__ import annotations

import datetime as dt
import zipfile

import polars as pl
import pytest
import xlsxwriter

from sanfu.errors import FileFault
from sanfu.registry.reading import Hints, read_file
from sanfu.registry.uscc import with_check

CODE = with_check("91310110TTAB12345")
CODE2 = with_check("91310115TTAB54321")


def book(path, rows, *, sheet="企业", merge=(), hidden=None, more=()):
    with xlsxwriter.Workbook(str(path)) as made:
        for name, lines in ((sheet, rows), *more):
            page = made.add_worksheet(name)
            for i, row in enumerate(lines):
                for j, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        style = made.add_format({"num_format": "yyyy-mm-dd"})
                        page.write_datetime(i, j, dt.datetime.combine(cell, dt.time()), style)
                    elif cell is not None:
                        page.write(i, j, cell)
            if name == sheet:
                for span in merge:
                    page.merge_range(*span)
            if name == hidden:
                page.hide()
    return path


def codes(reading):
    return sorted(set(reading.problems["code"]))


def test_title_rows_a_unit_line_totals_and_notes(tmp_path):
    path = book(
        tmp_path / "年报.xlsx",
        [
            ["2023年专精特新企业经营情况表"],
            ["填报单位：某区", None, None, "单位：万元"],
            ["序号", "企业名称", "统一社会信用代码", "营业收入", "研发费用", "从业人员"],
            [1, "上海甲有限公司", CODE, 1234.5, "１，０００", 30],
            [2, "上海乙有限公司", CODE2, "—", 0.07, "12"],
            ["合计", None, None, 1234.5, 1000, 42],
            ["注：营业收入为快报数"],
        ],
    )

    reading = read_file(path)

    assert reading.rows["name"].to_list() == ["上海甲有限公司", "上海乙有限公司"]
    assert reading.rows["row"].to_list() == [4, 5]
    assert reading.figures.select("year", "revenue", "rd_expense", "staff").rows() == [
        (2023, 1_234_500_000, 1_000_000_000, 30),
        (2023, None, 70_000, 12),
    ]
    assert codes(reading) == ["row-note", "row-total"]


def test_two_header_rows_with_merged_cells_and_a_column_for_each_year(tmp_path):
    path = book(
        tmp_path / "三年.xlsx",
        [
            ["企业名称", "所属区", "", "", "", "净利润（元）", ""],
            [None, None, "2021年", "2022年", "2023年", "2022", "2023"],
            ["上海甲有限公司", "杨浦", 1, 2, 3, 4.01, 5],
        ],
        merge=[(0, 0, 1, 0, "企业名称"), (0, 1, 1, 1, "所属区"), (0, 2, 0, 4, "营业收入(万元)"),
               (0, 5, 0, 6, "净利润（元）")],
    )  # fmt: skip

    figures = read_file(path).figures
    wide = figures.group_by("year").agg(
        pl.col("revenue").drop_nulls().first(), pl.col("net_profit").drop_nulls().first()
    )

    assert wide.sort("year").rows() == [
        (2021, 1_000_000, None), (2022, 2_000_000, 401), (2023, 3_000_000, 500),
    ]  # fmt: skip


def test_one_sheet_a_year_and_a_hidden_sheet(tmp_path):
    rows = [["单位名称", "信用代码", "资产总额（亿元）"], ["上海甲有限公司", CODE, 1.5]]
    path = book(
        tmp_path / "资产.xlsx", rows, sheet="2022年",
        more=[("2023年", [*rows[:1], ["上海甲有限公司", CODE, 2]]), ("底稿", rows)],
        hidden="底稿",
    )  # fmt: skip

    reading = read_file(path)

    assert reading.figures.select("year", "assets").rows() == [
        (2022, 15_000_000_000), (2023, 20_000_000_000),
    ]  # fmt: skip
    assert codes(reading) == ["sheet-hidden"]


def test_a_year_column_and_years_in_headings(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [
            ["年度", "企业名称", "营业总收入(千元)", "2020年利润率"],
            ["2023年", "上海甲有限公司", 1, 2],
        ],
    )

    reading = read_file(path)

    assert reading.figures.select("year", "revenue").rows() == [(2023, 100_000)]
    assert reading.extra.select("column", "raw").rows() == [("2020年利润率", "2")]


def test_the_batch_list_takes_tier_and_batch_from_its_title(tmp_path):
    path = book(
        tmp_path / "第五批专精特新小巨人企业名单.xlsx",
        [["上海市第五批专精特新“小巨人”企业公示名单"], ["序号", "企业名称", "认定日期"],
         ["1", "上海甲有限公司", "2023年7月14日"]],
    )  # fmt: skip

    titles = read_file(path).titles

    assert titles.select("tier", "batch", "granted").rows() == [
        ("little-giant", "第五批", dt.date(2023, 7, 14))
    ]


def test_dates_in_every_writing(tmp_path):
    rows = ["2019-03-05", "2019.3.5", dt.date(2019, 3, 5), "2019年3月5日", "20190305",
            "二〇一九年三月五日", "２０１９/３/５"]  # fmt: skip
    path = book(
        tmp_path / "a.xlsx",
        [["企业名称", "成立日期"], *([f"甲{i}", d] for i, d in enumerate(rows))],
    )

    assert read_file(path).rows["founded"].to_list() == [dt.date(2019, 3, 5)] * len(rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding(tmp_path, encoding):
    text = (
        f'企业名称,统一社会信用代码,营业收入(元),年度\r\n上海㐂有限公司,{CODE},"1,234.56",2023\r\n'
    )
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))

    reading = read_file(path)

    assert reading.rows["name"].to_list() == ["上海㐂有限公司"]
    assert reading.figures["revenue"].to_list() == [123_456]


def test_a_line_of_broken_encoding_is_set_aside_and_the_rest_comes_in(tmp_path):
    good = "企业名称,所属区\n上海甲有限公司,杨浦\n".encode("gb18030")
    path = tmp_path / "a.csv"
    path.write_bytes(good + b"\xff\xff\xb1,\xd1\xee\n" + "上海乙有限公司,浦东\n".encode("gb18030"))

    reading = read_file(path)

    assert reading.rows["name"].to_list() == ["上海甲有限公司", "上海乙有限公司"]
    assert reading.set_aside.select("row", "code").rows() == [(3, "broken-encoding")]
    assert reading.problems["row"].to_list() == [3]


def test_money_without_a_unit_is_kept_and_not_guessed(tmp_path):
    path = book(tmp_path / "2023.xlsx", [["企业名称", "营业收入"], ["上海甲有限公司", 5]])

    reading = read_file(path)
    told = read_file(path, Hints(units={"营业收入": "万元"}))

    assert codes(reading) == ["unit-unknown"]
    assert reading.extra["raw"].to_list() == ["5"]
    assert told.figures["revenue"].to_list() == [5_000_000]
    assert codes(told) == []


def test_figures_without_a_year_are_kept_until_it_is_told(tmp_path):
    path = book(tmp_path / "a.xlsx", [["企业名称", "营业收入(万元)"], ["上海甲有限公司", 5]])

    assert codes(read_file(path)) == ["year-unknown"]
    assert read_file(path, Hints(year=2023)).figures["year"].to_list() == [2023]


def test_an_unknown_column_is_kept_and_a_confirmed_mapping_takes_it(tmp_path):
    path = book(tmp_path / "a.xlsx", [["企业名称", "企业法定全名录"], ["上海甲有限公司", "x"]])

    assert codes(read_file(path)) == ["column-unknown"]
    assert read_file(path, Hints({"企业法定全名录": "products"})).rows["products"].to_list() == [
        "x"
    ]


def test_a_cell_that_cannot_be_read_is_named_with_its_address(tmp_path):
    path = book(
        tmp_path / "2023.xlsx",
        [
            ["企业名称", "研发人员", "营业收入(元)"],
            ["上海甲有限公司", "12O", "约五百"],
            ["上海乙有限公司", 1.5, 2],
        ],
    )

    problems = read_file(path).problems

    assert problems.select("row", "column", "value", "code").rows() == [
        (2, "B 研发人员", "12O", "number-unread"),
        (2, "C 营业收入(元)", "约五百", "number-unread"),
        (3, "B 研发人员", "1.5", "count-not-whole"),
    ]


def test_a_row_that_names_no_firm_is_set_aside_whole(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [["企业名称", "信用代码", "地址"], [None, None, "长阳路"], ["甲", None, None]],
    )

    reading = read_file(path)

    assert reading.rows["name"].to_list() == ["甲"]
    assert "长阳路" in reading.set_aside["raw"][0]


def test_a_repeated_header_and_blank_rows_are_passed_over(tmp_path):
    head = ["企业名称", "信用代码", "地址"]
    path = book(tmp_path / "a.xlsx", [head, ["甲", CODE, "x"], [], head, ["乙", CODE2, "y"]])

    assert read_file(path).rows["row"].to_list() == [2, 5]


def test_a_table_that_does_not_begin_in_a1_keeps_its_addresses(tmp_path):
    path = book(
        tmp_path / "a.xlsx", [[], [], [None, None, "企业名称", "研发人员"], [None, None, "甲", "x"]]
    )

    reading = read_file(path, Hints(year=2023))

    assert reading.problems.select("row", "column").rows() == [(4, "D 研发人员")]


def test_capital_keeps_its_currency(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [
            ["企业名称", "注册资本（万元）"],
            ["甲", "500万美元"],
            ["乙", 1000],
            ["丙", "80(日元)"],
            ["丁", None],
        ],
    )

    assert read_file(path).rows.select("capital", "currency").rows() == [
        (500_000_000, "USD"), (1_000_000_000, "CNY"), (80_000_000, "JPY"), (None, None),
    ]  # fmt: skip


def test_parquet_of_our_own_names_comes_in_as_it_is(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame(
        {
            "name": ["甲"],
            "uscc": [CODE],
            "year": [2023],
            "revenue": [123],
            "founded": [dt.date(2020, 1, 2)],
        }
    ).write_parquet(path)

    reading = read_file(path)

    assert reading.figures.select("year", "revenue").rows() == [(2023, 123)]
    assert reading.rows["founded"].to_list() == [dt.date(2020, 1, 2)]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.docx", b"x", "另存为"),
        ("a.xlsx", b"", "空的"),
        ("a.xlsx", b"PK\x03\x04 not a book", "损坏"),
        ("a.et", b"\x00\x01", "WPS"),
        ("a.parquet", b"PAR1", "Parquet"),
    ],
)
def test_a_file_that_cannot_be_opened_says_what_to_do(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(FileFault, match=words):
        read_file(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileFault, match="不存在"):
        read_file(tmp_path / "没有.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_000)
    monkeypatch.setattr("sanfu.registry.reading.sheets.UNPACKED_LIMIT", 100_000)

    with pytest.raises(FileFault, match="上限"):
        read_file(path)


def test_a_sheet_without_a_header_is_a_finding_not_a_crash(tmp_path):
    path = book(tmp_path / "a.xlsx", [["随便", "写写"], [1, 2]])

    assert codes(read_file(path)) == ["sheet-no-header"]


def test_every_cell_can_be_followed_home(tmp_path):
    path = book(tmp_path / "2023.xlsx", [["企业名称", "营业收入(万元)"], ["上海甲有限公司", 1.5]])

    origins = read_file(path).origins()

    assert origins.filter(pl.col("column") == "revenue").select("sheet", "cell", "raw").rows() == [
        ("企业", "B2", "1.5")
    ]
