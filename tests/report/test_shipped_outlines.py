"""Every outline that ships is composed from the sample and written; nothing in it is left blank."""

from __future__ import annotations

import re

import pytest

from sanfu.language import use_language
from sanfu.report.blocks import Footnote, Heading, Paragraph, Picture, Table, plain_words
from sanfu.report.composing import compose
from sanfu.report.html import to_html
from sanfu.report.outline import read_outline, shipped_outlines


@pytest.fixture(scope="module")
def results(report_office, results_of):
    by_kind = {type(one).__name__: one for one in results_of("city-index")}
    robust = by_kind["Index"].robustness(replicates=200, seed=1)
    return {**by_kind, "Robustness": robust}


@pytest.mark.parametrize("name", ["city-index", "district", "index-page"])
def test_an_outline_is_filled_and_every_number_has_its_trace(name, results):
    report = compose(name, *results.values(), focus="杨浦区")
    page = to_html(report.document)

    asked = set(re.findall(r'href="#t-(n\d+)"', page))
    assert asked
    assert asked == set(re.findall(r'<details id="t-(n\d+)"', page))
    assert "合成数据 / synthetic" in page
    kinds = {type(block) for block in report.document.blocks}
    assert {Heading, Paragraph, Picture, Table} <= kinds


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["city-index", "district", "index-page", "interpretation"])
def test_no_place_is_left_open_in_either_language(name, language, results):
    use_language(language)

    report = compose(name, *results.values(), focus="杨浦区")

    said = [
        "".join(part if isinstance(part, str) else part.text for part in block.line)
        for block in report.document.blocks
        if isinstance(block, Paragraph)
    ]
    assert [words for words in said if re.search(r"[{}]|None|nan", words)] == []


def test_every_shipped_outline_can_be_read_and_says_what_it_needs():
    for name in shipped_outlines():
        outline = read_outline(name)

        assert outline.needs, name
        assert outline.title.zh != outline.title.en


def test_the_city_report_has_a_chapter_a_pillar_and_a_section_a_region(results):
    report = compose("city-index", *results.values())

    headings = [block.text for block in report.document.blocks if isinstance(block, Heading)]
    assert sum(heading.startswith("分项：") for heading in headings) == 5
    assert "杨浦区" in headings
    assert sum(isinstance(block, Picture) for block in report.document.blocks) >= 40


@pytest.mark.parametrize(("name", "source"), [
    ("city-index", "news.bjx.com.cn"), ("city-index", "dingqianjf.com"),
    ("district", "dingqianjf.com"),
])  # fmt: skip
def test_what_is_quoted_has_its_source_in_a_footnote_in_either_language(name, source, results):
    for language in ("zh", "en"):
        use_language(language)
        report = compose(name, *results.values(), focus="杨浦区")

        notes = [plain_words(b.line) for b in report.document.blocks if isinstance(b, Footnote)]
        assert any(source in words for words in notes)
        page = to_html(report.document)
        assert len(re.findall(r'<li id="fn-\d+">', page)) == len(notes)
        assert len(re.findall(r'<a id="fn-\d+-back"', page)) == len(notes)


def test_the_interpretation_is_ten_findings_each_with_something_to_say(results, tmp_path):
    from pptx import Presentation

    report = compose("interpretation", *results.values())
    book = Presentation(str(report.write(tmp_path / "i.pptx")))

    titles = [block.text for block in report.document.blocks if isinstance(block, Heading)]
    assert len(titles) == 10
    assert len(book.slides) == 11  # a cover, and each finding whole on one slide
    spoken: dict[str, str] = {}
    for slide in list(book.slides)[1:]:
        said = slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""
        spoken[slide.shapes[0].text_frame.text] = said.split("【")[0]
    assert set(titles) <= set(spoken)
    assert all(spoken[title].count("。") >= 2 for title in titles)  # a talk, not a caption


@pytest.mark.parametrize("name", ["city-index", "district", "interpretation"])
def test_what_goes_out_names_cells_of_firms_without_what_they_hold(name, results):
    report = compose(name, *results.values(), focus="杨浦区")

    cells = [cell for trace in report.document.traces.values() for cell in trace.cells]
    assert read_outline(name).public
    assert not any(" = " in cell for cell in cells)
    own = compose("index-page", *results.values())
    kept = [cell for trace in own.document.traces.values() for cell in trace.cells]
    assert any(" = " in cell for cell in kept)
