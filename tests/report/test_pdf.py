"""The PDF holds the same words as the page, in whole characters, and is the same each time."""

from __future__ import annotations

import dataclasses

import polars as pl
import pypdf
import pytest

from sanfu.report.blocks import (
    Contents,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    Trace,
    Traced,
)
from sanfu.report.figures import ranking
from sanfu.report.fonts import FontFault, find_typeface
from sanfu.report.pdf import draw_pages, write_pdf


@pytest.fixture(autouse=True)
def _typeface():
    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))


def document() -> Document:
    figure = ranking(
        pl.DataFrame({"name": ["杨浦", "浦东"], "score": [61.25, 90.5], "rank": [2, 1]}),
        title="排名", unit="分", source="合成样本", as_of="2023-12-31", n="2 个区",
        method="等权", synthetic=True,
    )  # fmt: skip
    return Document(
        "标题 <a> & $b$ #c *d* _e_ @f",
        "zh",
        (
            Contents(),
            Heading("一章 𠮷㐂"),
            Paragraph(("得分 ", Traced("61.3", "x1"), "，#let y = 1 $z$ \\ ` ~")),
            Picture(figure),
            Table(
                "表题", (TableColumn("区"), TableColumn("分", "right")), (("杨浦", "61.3"),) * 90
            ),
        ),
        synthetic=True,
        traces={"x1": Trace("x1", "杨浦得分", "mean(a)", (("a", "60"),), ("f.xlsx › B2 = 60",))},
        made_from=(("seed", "7"),),
    )


def test_the_words_stand_in_the_pdf_as_they_were_given(tmp_path):
    reader = pypdf.PdfReader(write_pdf(document(), tmp_path / "a.pdf"))
    text = "".join(page.extract_text() for page in reader.pages)

    assert "#let y = 1 $z$" in text
    assert "得分 61.3" in text
    assert "f.xlsx › B2 = 60" in text
    assert "合成数据 / synthetic" in reader.pages[0].extract_text()
    assert reader.metadata.title == "标题 <a> & $b$ #c *d* _e_ @f"


def test_a_long_table_repeats_its_header_on_every_page(tmp_path):
    reader = pypdf.PdfReader(write_pdf(document(), tmp_path / "a.pdf"))
    pages = [page.extract_text() for page in reader.pages]
    with_rows = [text for text in pages if text.count("杨浦") > 3]

    assert len(with_rows) >= 2
    assert all("区" in text.replace("杨浦", "") for text in with_rows)


def test_the_same_document_gives_the_same_pdf(tmp_path):
    first = write_pdf(document(), tmp_path / "a.pdf").read_bytes()
    second = write_pdf(document(), tmp_path / "b.pdf").read_bytes()

    assert first == second


def test_it_can_be_made_accessible(tmp_path):
    reader = pypdf.PdfReader(write_pdf(document(), tmp_path / "a.pdf", standards=["ua-1"]))

    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith("zh")


def test_pages_can_be_looked_at():
    pages = draw_pages(document(), dots_per_inch=40)

    assert len(pages) >= 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_a_machine_without_a_chinese_typeface_is_told_what_to_install(tmp_path, monkeypatch):
    find_typeface.cache_clear()
    monkeypatch.setattr("sanfu.report.fonts._folders", lambda: iter([tmp_path]))
    try:
        with pytest.raises(FontFault, match="fonts-noto-cjk"):
            find_typeface()
    finally:
        find_typeface.cache_clear()


def test_paper_holds_the_first_cells_of_a_trace_and_says_how_many_more(tmp_path):
    cells = tuple(f"f.xlsx › B{i} = {i}" for i in range(40))
    made = dataclasses.replace(
        document(), traces={"x1": Trace("x1", "杨浦得分", "mean(a)", (("a", "60"),), cells)}
    )

    reader = pypdf.PdfReader(write_pdf(made, tmp_path / "a.pdf"))
    text = "".join(page.extract_text() for page in reader.pages)

    assert "B0 = 0" in text
    assert "B1 = 1" not in text
    assert "等 40 格" in text


def test_a_chapter_that_is_the_contents_is_titled_once(tmp_path):
    made = dataclasses.replace(
        document(), blocks=(Heading("目录"), Contents(), Heading("正文"), Paragraph(("完",)))
    )

    reader = pypdf.PdfReader(write_pdf(made, tmp_path / "a.pdf"))

    assert "".join(page.extract_text() for page in reader.pages).count("目录") == 2  # and its line


def test_a_narrow_head_breaks_before_its_bracket_and_not_within(tmp_path):
    heads = ("名次", "地区", "总分", "活跃力", "成长力", "引领力", "创新力（自拟）")
    table = Table("得分", tuple(TableColumn(words) for words in heads), (("1",) * 7,))

    path = write_pdf(Document("标题", "zh", (table,)), tmp_path / "a.pdf")

    lines = pypdf.PdfReader(path).pages[0].extract_text().splitlines()
    assert any(line.endswith("创新力") for line in lines)
    assert any(line.strip().startswith("（自拟）") for line in lines)
