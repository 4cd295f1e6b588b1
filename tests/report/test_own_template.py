"""An office's own Word file is filled, keeps its look, and is refused where it asks too much."""

from __future__ import annotations

import datetime as dt

import docx
import polars as pl
import pytest

from sanfu.report.blocks import (
    Document,
    Footnote,
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
            Footnote(("出处",)),
            Picture(figure, "fig"), Heading("二章", anchor="two"),
            Table("表题", (TableColumn("区"),), (("<杨浦>",),), anchor="tab"),
        ),
        subtitle="副题", issuer="某中心", synthetic=True, created=dt.date(2026, 11, 24),
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
    own = template(
        tmp_path, "封面 {{ title }}", "{{ subtitle }} {{ date }}{{ office }}", "{{ body }}", "封底"
    )

    made = write_docx(document(), tmp_path / "out.docx", template=own)
    shown = words(made)

    assert shown[0] == "封面 报告 <a> & {{ b }}"
    assert shown[1] == "副题 2026-11-24某中心"
    assert shown[-1] == "封底"
    assert "得分 61.3[n1]。<&>［1］" in shown
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
    assert shown.index("一章") < shown.index("［1］出处") < shown.index("后")
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


def in_a_cell(tmp_path, words, width=None):
    book = docx.Document()
    table = book.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "某市服务中心"
    table.cell(0, 1).text = words
    if width is not None:
        table.cell(0, 1).width = width
    inner = table.cell(0, 0).add_table(rows=1, cols=1)
    inner.cell(0, 0).text = '{{ part("tab") }}'
    path = tmp_path / "own.docx"
    book.save(str(path))
    return path


def test_the_report_may_go_into_a_cell_of_the_office_s_layout(tmp_path):
    own = in_a_cell(tmp_path, "{{ body }}", docx.shared.Cm(9))

    made = docx.Document(str(write_docx(document(), tmp_path / "out.docx", template=own)))
    left, right = made.tables[0].rows[0].cells
    shown = [p.text for p in right.paragraphs]

    assert {"一章", "得分 61.3[n1]。<&>［1］", "二章", "附：数字来源"} <= set(shown)
    assert right.tables[0].rows[1].cells[0].text == "<杨浦>"
    within = left.tables[0].rows[0].cells[0]
    assert within.tables[0].rows[1].cells[0].text == "<杨浦>"
    grid = made.tables[0].columns[1].width  # as WPS and LibreOffice read it; Word reads the cell
    assert made.inline_shapes[0].width <= min(docx.shared.Cm(9), grid)
    cells = list(made.element.body.iter(docx.oxml.ns.qn("w:tc")))
    assert all(cell[-1].tag == docx.oxml.ns.qn("w:p") for cell in cells)  # else Word reads none
    assert not any(cell.findall(f".//{docx.oxml.ns.qn('w:sectPr')}") for cell in cells)
    assert not any("\ue000" in str(p.text) for c in cells for p in c.iter())


def test_a_place_in_a_content_control_is_found(tmp_path):
    own = template(tmp_path, "前", "{{ body }}", "后")
    book = docx.Document(str(own))
    place = book.paragraphs[1]._p
    control = place.makeelement(docx.oxml.ns.qn("w:sdt"), {})
    content = place.makeelement(docx.oxml.ns.qn("w:sdtContent"), {})
    place.addprevious(control)
    control.append(content)
    content.append(place)
    book.save(str(own))

    made = docx.Document(str(write_docx(document(), tmp_path / "out.docx", template=own)))

    said = [t.text for t in made.element.body.iter(docx.oxml.ns.qn("w:t"))]
    assert "一章" in said
    assert said.index("前") < said.index("一章") < said.index("后")


def test_a_section_that_ends_at_the_place_is_kept(tmp_path):
    own = template(tmp_path, "{{ body }}", "封底")
    book = docx.Document(str(own))
    end = book.sections[0]._sectPr.makeelement(docx.oxml.ns.qn("w:sectPr"), {})
    book.paragraphs[0]._p.get_or_add_pPr().append(end)
    book.save(str(own))

    write_docx(document(), tmp_path / "out.docx", template=own)

    # the office's two, and the two of the appendix's columns
    assert len(docx.Document(str(tmp_path / "out.docx")).sections) == 4


def in_the_header(book):
    book.sections[0].header.paragraphs[0].text = "{{ body }}"


def in_a_text_box(book):
    from docx.oxml import parse_xml

    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    box = (
        f'<w:p xmlns:w="{space}" xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:pict><v:shape>'
        "<v:textbox><w:txbxContent><w:p><w:r><w:t>{{ body }}</w:t></w:r></w:p></w:txbxContent>"
        "</v:textbox></v:shape></w:pict></w:r></w:p>"
    )
    book.element.body.insert(0, parse_xml(box))


def under_a_condition(book):
    book.add_paragraph("{% if subtitle == 'x' %}{{ body }}{% endif %}")


def beside_words(book):
    book.add_paragraph("正文：{{ body }}，完")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (in_the_header, "页眉"),
        (in_a_text_box, "文本框"),
        (under_a_condition, "无处可放"),
        (beside_words, "独占一段"),
    ],
)
def test_where_the_report_cannot_stand_the_template_is_refused_not_left_empty(
    tmp_path, where, says
):
    book = docx.Document()
    where(book)
    book.save(str(tmp_path / "own.docx"))

    with pytest.raises(TemplateFault, match=says):
        write_docx(document(), tmp_path / "out.docx", template=tmp_path / "own.docx")
    assert not list(tmp_path.glob("out*"))
