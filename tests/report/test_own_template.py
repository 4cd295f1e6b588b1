"""An office's own Word file is filled, keeps its look, and is refused where it asks too much."""

from __future__ import annotations

import datetime as dt

import docx
import polars as pl
import pytest

from sanfu.report.blocks import (
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    Trace,
    Traced,
    UnknownReference,
)
from sanfu.report.figures import ranking
from sanfu.report.fonts import FontFault, find_typeface
from sanfu.report.own_template import TemplateFault, check_template
from sanfu.report.word import write_docx


@pytest.fixture(autouse=True)
def _typeface():
    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))


def document() -> Document:
    figure = ranking(
        pl.DataFrame({"name": ["杨浦"], "score": [61.25], "rank": [1]}), title="排名", unit="分",
        source="样例", as_of="2025", n="1", method="等权", synthetic=True,
    )  # fmt: skip
    return Document(
        "报告 <a> & {{ b }}", "zh",
        (
            Heading("一章", anchor="one"), Paragraph(("得分 ", Traced("61.3", "n1"), "。<&>")),
            Picture(figure, "fig"), Heading("二章", anchor="two"),
            Table("表题", (TableColumn("区"),), (("<杨浦>",),), anchor="tab"),
        ),
        subtitle="副题", synthetic=True, created=dt.date(2026, 11, 24),
        traces={"n1": Trace("n1", "得分", "mean(a)")},
    )  # fmt: skip


def template(tmp_path, *paragraphs):
    book = docx.Document()
    book.sections[0].header.paragraphs[0].text = "某市服务中心 {{ stamp }}"
    for words in paragraphs:
        book.add_paragraph(words)
    path = tmp_path / "own.docx"
    book.save(str(path))
    return path


def words(path) -> list[str]:
    return [p.text for p in docx.Document(str(path)).paragraphs]


def test_the_report_goes_where_the_office_wants_it(tmp_path):
    own = template(tmp_path, "封面 {{ title }}", "{{ subtitle }} {{ date }}", "{{ body }}", "封底")

    made = write_docx(document(), tmp_path / "out.docx", template=own)
    shown = words(made)

    assert shown[0] == "封面 报告 <a> & {{ b }}"
    assert shown[1] == "副题 2026-11-24"
    assert shown[-1] == "封底"
    assert "得分 61.3[n1]。<&>" in shown
    book = docx.Document(str(made))
    assert book.sections[0].header.paragraphs[0].text == "某市服务中心 合成数据 / synthetic"
    assert book.tables[0].rows[1].cells[0].text == "<杨浦>"
    assert len(book.inline_shapes) == 1


def test_one_part_may_be_asked_for(tmp_path):
    own = template(tmp_path, "前", '{{ part("tab") }}', "中", '{{ part("one") }}', "后")

    made = write_docx(document(), tmp_path / "out.docx", template=own)
    shown = words(made)

    assert shown.index("前") < shown.index("中") < shown.index("一章") < shown.index("后")
    assert "二章" not in shown
    assert len(docx.Document(str(made)).tables) == 1


def test_a_part_that_is_not_there_is_named(tmp_path):
    own = template(tmp_path, '{{ part("onne") }}')

    with pytest.raises(UnknownReference, match="one"):
        write_docx(document(), tmp_path / "out.docx", template=own)


def test_the_template_itself_is_left_as_it_is(tmp_path):
    own = template(tmp_path, "{{ body }}")
    before = own.read_bytes()

    write_docx(document(), tmp_path / "out.docx", template=own)

    assert own.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ body }} {{ revenue }}", "revenue"),
        ("{{ title }}", "body"),
        ("{{ body }} {{ title", "占位符|模板"),
        ("{{ body }} {{ title | nothing }}", "占位符"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(tmp_path, text, says):
    with pytest.raises(TemplateFault, match=says):
        write_docx(document(), tmp_path / "out.docx", template=template(tmp_path, text))


def test_a_template_runs_in_a_sandbox(tmp_path):
    own = template(tmp_path, "{{ body }} {{ title.__class__.__mro__ }}")

    with pytest.raises(TemplateFault):
        write_docx(document(), tmp_path / "out.docx", template=own)


def test_what_is_no_word_file_is_refused(tmp_path):
    (tmp_path / "own.docx").write_text("no", encoding="utf-8")

    with pytest.raises(TemplateFault, match="Word"):
        check_template(tmp_path / "own.docx")


def test_a_template_without_our_styles_will_do(tmp_path):
    own = template(tmp_path, "{{ body }}")
    book = docx.Document(str(own))
    for name in ("Caption", "Body Text", "Intense Quote", "Light Grid Accent 1", "Heading 1"):
        style = book.styles[name].element
        style.getparent().remove(style)
    book.save(str(own))

    assert "一章" in words(write_docx(document(), tmp_path / "out.docx", template=own))
