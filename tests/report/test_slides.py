"""Slides: a heading a slide, pictures with alternatives, native tables, notes for the speaker."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.report.blocks import (
    Callout,
    Document,
    Heading,
    Paragraph,
    Picture,
    SpeakerNotes,
    Table,
    TableColumn,
    Trace,
    Traced,
)
from sanfu.report.figures import ranking
from sanfu.report.fonts import FontFault, find_typeface
from sanfu.report.html import to_html
from sanfu.report.slides import write_pptx


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    import pptx

    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))
    folder = tmp_path_factory.mktemp("slides")
    return pptx.Presentation(str(write_pptx(document(), folder / "a.pptx")))


def document() -> Document:
    figure = ranking(
        pl.DataFrame({"name": ["杨浦", "浦东"], "score": [61.25, 90.5], "rank": [2, 1]}),
        title="排名", unit="分", source="合成样本", as_of="2023-12-31", n="2 个区",
        method="等权", synthetic=True,
    )  # fmt: skip
    rows = tuple((f"第 {i} 区 <&>", Traced(str(i), "n1")) for i in range(50))
    return Document(
        "解读 <a> & b",
        "zh",
        (
            Heading("一、总体"), Paragraph(("得分 ", Traced("61.3", "n1"), "。")),
            SpeakerNotes(("请先讲总体。",)), Picture(figure),
            Heading("二、分区"), Callout(("注意",), "warning"),
            Table("各区", (TableColumn("区"), TableColumn("数", "right")), rows),
            Heading("三、长文"), *(Paragraph(("长" * 400,)) for _ in range(6)),
            Heading("空章"), Heading("=1+1 𠮷😀\x07"), Paragraph(("末",)),
        ),
        synthetic=True,
        issuer="示例服务中心 <1>",
        traces={"n1": Trace("n1", "杨浦得分", "mean(a)", (("a", "60"),))},
    )  # fmt: skip


def titles(book) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in book.slides]


def words(book) -> str:
    return "\n".join(s.text_frame.text for p in book.slides for s in p.shapes if s.has_text_frame)


def test_each_heading_begins_a_slide_and_an_empty_one_has_none(book):
    shown = titles(book)

    assert shown[0] == "解读 <a> & b"
    assert list(dict.fromkeys(shown)) == [
        "解读 <a> & b", "一、总体", "二、分区", "三、长文", "=1+1 𠮷😀",
    ]  # fmt: skip


def test_no_word_is_lost_where_text_runs_over(book):
    assert words(book).count("长" * 400) == 6
    assert titles(book).count("三、长文") >= 2


def test_the_picture_has_its_alternative_and_its_caption(book):
    slide = book.slides[1]
    picture = next(shape for shape in slide.shapes if shape.shape_type == 13)

    assert picture._element.nvPicPr.cNvPr.get("descr").startswith("排名：第 1 名 浦东")
    assert any("来源：合成样本" in s.text_frame.text for s in slide.shapes if s.has_text_frame)


def test_a_long_table_is_native_and_goes_on(book):
    tables = [s.table for slide in book.slides for s in slide.shapes if s.has_table]
    cells = [t.cell(r, 0).text for t in tables for r in range(1, len(t.rows))]

    assert len(tables) >= 3
    assert cells == [f"第 {i} 区 <&>" for i in range(50)]
    assert {t.cell(0, 1).text for t in tables} == {"数"}


def test_the_notes_tell_the_speaker_what_to_say_and_where_numbers_come_from(book):
    notes = book.slides[1].notes_slide.notes_text_frame.text

    assert notes.startswith("请先讲总体。")
    assert "[n1] 杨浦得分：mean(a)（a = 60）" in notes


def test_a_synthetic_document_is_stamped_on_each_slide(book):
    for slide in book.slides:
        shown = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        assert "合成数据 / synthetic" in shown


def test_the_office_that_issues_it_stands_on_each_slide(book):
    for slide in book.slides:
        shown = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        assert any("示例服务中心 <1>" in words for words in shown)


def test_nothing_stands_outside_the_slide(book):
    for slide in book.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= book.slide_width
            assert shape.top + shape.height <= book.slide_height


def test_the_notes_stand_in_no_page():
    assert "请先讲总体" not in to_html(document())
