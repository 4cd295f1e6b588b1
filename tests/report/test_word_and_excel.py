"""Word and Excel hold the same words and numbers as the page."""

from __future__ import annotations

import fastexcel
import openpyxl
import polars as pl
import pytest
from openpyxl.utils import get_column_letter

from sanfu.report.blocks import (
    Callout,
    Contents,
    Document,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    Trace,
    Traced,
)
from sanfu.report.definitions import table_definitions
from sanfu.report.excel import write_xlsx
from sanfu.report.figures import ranking
from sanfu.report.word import write_docx


@pytest.fixture(scope="module")
def document() -> Document:
    figure = ranking(
        pl.DataFrame({"name": ["杨浦", "浦东"], "score": [61.25, 90.5], "rank": [2, 1]}),
        title="排名", unit="分", source="合成样本", as_of="2023-12-31", n="2 个区",
        method="等权", synthetic=True,
    )  # fmt: skip
    return Document(
        "标题 <a> & b",
        "zh",
        (
            Contents(), Heading("一章 𠮷㐂"), Callout(("注意",), "warning"),
            Paragraph(("得分 ", Traced("61.3", "x1"), "，<b> & \x07")), Footnote(("脚注来源",)),
            Picture(figure), PageBreak(),
            Table("表题", (TableColumn("区"), TableColumn("分", "right")),
                  (("=HYPERLINK(1)", Traced("61.3", "x1")), ("名" * 300, "2")), source="年鉴"),
        ),
        synthetic=True,
        traces={"x1": Trace("x1", "杨浦得分", "mean(a, b)", (("a", "60"), ("b", "62.6")),
                            ("f.xlsx › B2 = 60",))},
    )  # fmt: skip


@pytest.fixture(scope="module")
def word(document, tmp_path_factory):
    import docx

    return docx.Document(str(write_docx(document, tmp_path_factory.mktemp("w") / "a.docx")))


def test_the_word_file_holds_all_words(word):
    text = "\n".join(p.text for p in word.paragraphs)

    assert "得分 61.3[x1]，<b> & " in text
    assert "一章 𠮷㐂" in text
    assert "脚注来源" in text
    assert "f.xlsx › B2 = 60" in text
    assert "合成数据 / synthetic" in text


def test_the_page_is_a4_and_chinese_faces_are_set(word):
    xml = word.styles.element.xml

    assert abs(word.sections[0].page_width.cm - 21.0) < 0.01
    assert 'w:eastAsia="宋体"' in xml
    assert "eastAsiaTheme" not in xml


def test_captions_are_fields_and_pictures_have_a_text_alternative(word):
    xml = word.element.xml

    assert "SEQ 图" in xml
    assert "SEQ 表" in xml
    assert 'descr="排名' in xml


def test_header_rows_repeat_and_cells_stand_as_given(word):
    table = word.tables[0]

    assert "w:tblHeader" in table._tbl.xml
    assert [cell.text for cell in table.rows[1].cells] == ["=HYPERLINK(1)", "61.3[x1]"]
    assert table.rows[2].cells[0].text == "名" * 300


def test_a_traced_number_links_to_a_bookmark_that_exists(word):
    xml = word.element.xml

    assert 'w:anchor="s_t_x1"' in xml
    assert 'w:name="s_t_x1"' in xml


def test_the_workbook_has_a_sheet_for_each_table_and_figure(document, tmp_path):
    book = fastexcel.read_excel(write_xlsx(document, tmp_path / "a.xlsx"))
    table = book.load_sheet(1, header_row=3).to_polars()

    assert book.sheet_names == ["01 排名", "02 表题", "数字来源", "指标说明"]
    assert table["区"].to_list()[0] == "=HYPERLINK(1)"
    assert table["分"].to_list() == [61.3, 2.0]


def test_the_definitions_give_each_column_a_meaning_a_unit_and_a_formula(document, tmp_path):
    book = fastexcel.read_excel(write_xlsx(document, tmp_path / "a.xlsx"))
    rows = book.load_sheet("指标说明").to_polars().fill_null("")
    said = {(row["工作表"], row["列"]): row for row in rows.to_dicts()}

    assert all(row["含义"] for row in said.values())
    points = said["02 表题", "分"]
    assert points["含义"].startswith("杨浦得分；由a、b算出")
    assert points["公式"] == "mean(a, b)"
    assert said["01 排名", "得分"]["单位"] == "分"
    assert said["01 排名", "得分"]["公式"] == "等权"
    assert said["01 排名", "名次"]["含义"] != said["01 排名", "得分"]["含义"]


def test_a_formula_is_told_with_the_terms_of_its_measures():
    names = ("研发强度", 'ratio(rd_expense, revenue, where=tier == "srdi")')
    block = Table("指标", (TableColumn("研发强度", "right", unit="%"),), ((Traced("4.2", "n1"),),))
    with_trace = Document("", "zh", (block,), traces={"n1": Trace("n1", *names)})

    (found,) = table_definitions(block, with_trace)

    assert found.unit == "%"
    assert "rd_expense: 研发费用" in found.formula
    assert "revenue: 营业收入" in found.formula
    assert "srdi:" not in found.formula


def test_tables_and_figures_have_a_filter_and_a_heading_that_stays(document, tmp_path):
    book = openpyxl.load_workbook(write_xlsx(document, tmp_path / "a.xlsx"))

    for name, heads in {"01 排名": 3, "02 表题": 2}.items():
        sheet = book[name]
        top = next(row for row in range(1, 9) if sheet.cell(row, heads).value)
        last = f"{get_column_letter(heads)}{top + 2}"
        assert sheet.freeze_panes == f"A{top + 1}"
        assert sheet.auto_filter.ref == f"A{top}:{last}"
