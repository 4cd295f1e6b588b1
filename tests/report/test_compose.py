"""An outline and material become a report; an editor's words survive a rebuild."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest

from sanfu.content import plain, validate_declaration
from sanfu.errors import DeclarationFaults
from sanfu.language import Text, use_language
from sanfu.report.blocks import (
    Callout,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Trace,
    plain_words,
)
from sanfu.report.composing import UnknownFormat, compose_from
from sanfu.report.edits import keep_edit, read_edits
from sanfu.report.facts import Fact, UnknownFact
from sanfu.report.figures import NothingToDraw, ranking
from sanfu.report.html import to_html
from sanfu.report.linked import Withheld
from sanfu.report.material import Item, Material, MissingMaterial
from sanfu.report.outline import Outline

OUTLINE = {
    "report": "test",
    "title": {"zh": "报告", "en": "Report"},
    "needs": ["index"],
    "chapters": [
        {
            "id": "summary",
            "title": {"zh": "综述", "en": "Summary"},
            "parts": [
                {"text": {"id": "lead", "zh": "最高分 {top} 分。", "en": "The top is {top}."}},
                {"text": {"id": "no", "zh": "无", "en": "none", "when": "absent"}},
                {"figure": "ranking"},
                {"sentences": "order"},
            ],
        },
        {
            "id": "district",
            "each": "units",
            "title": {"zh": "{it}", "en": "{it}"},
            "parts": [
                {"text": {"id": "own", "zh": "得 {it.score} 分。", "en": "Score {it.score}."}}
            ],
        },
    ],
}


def outline(document=OUTLINE) -> Outline:
    return validate_declaration(plain(document), Outline, "test.yaml")


def material(top=61.25) -> Material:
    def figure(_item):
        return ranking(
            pl.DataFrame({"name": ["杨浦"], "score": [top], "rank": [1]}),
            title="排名", unit="分", source="样例", as_of="2023", n="1", method="等权",
            synthetic=False,
        )  # fmt: skip

    return Material(
        facts={"top": Fact(top, trace=Trace("", "最高分", "max(score)")), "absent": Fact(None)},
        facts_of={"units": lambda item: {"score": Fact({"a": 61.25, "b": 40.0}[item.code])}},
        lists={"units": [Item("a", Text("甲", "A")), Item("b", Text("乙", "B"))]},
        figures={"ranking": figure},
        sentences={"order": lambda _item, facts: [f"第一 {{{facts.add('first', Fact('甲'))}}}。"]},
    )


def words(report) -> list[str]:
    return [
        "".join(p if isinstance(p, str) else p.text for p in block.line)
        for block in report.document.blocks
        if isinstance(block, Paragraph)
    ]


def test_the_outline_is_filled_in_order():
    report = compose_from(outline(), material())

    assert words(report) == ["最高分 61.3 分。", "第一 甲。", "得 61.3 分。", "得 40.0 分。"]
    assert [b.text for b in report.document.blocks if isinstance(b, Heading)] == [
        "综述",
        "甲",
        "乙",
    ]
    assert any(isinstance(b, Picture) for b in report.document.blocks)
    assert report.document.traces["n1"].what == "最高分"


def test_a_chapter_begins_on_a_page_of_its_own_each_time_where_the_outline_says_so():
    first, second = OUTLINE["chapters"]
    said = {**OUTLINE, "chapters": [first, {**second, "new_page": True}]}

    blocks = compose_from(outline(said), material()).document.blocks

    above = {below.text: type(one) for one, below in pairwise(blocks) if isinstance(below, Heading)}
    assert above == {"甲": PageBreak, "乙": PageBreak}


def test_words_stay_on_the_page_of_the_picture_that_they_introduce(tmp_path):
    from pypdf import PdfReader

    lead = {"text": {"id": "lead", "zh": "导语。", "en": "x"}}
    chapters = []
    for height in range(12):  # the figure meets the page's end at some of these heights
        words = "字" * (200 + 75 * height)
        filled = [{"text": {"id": name, "zh": words, "en": "x"}} for name in ("one", "two")]
        named = {"id": f"c{height}", "title": {"zh": "章", "en": "C"}, "new_page": True}
        chapters.append({**named, "parts": [*filled, lead, {"figure": "ranking"}]})

    made = compose_from(outline({**OUTLINE, "chapters": chapters}), material())

    pages = [page.extract_text() for page in PdfReader(made.write(tmp_path / "a.pdf")).pages]
    assert len(pages) > len(chapters)
    assert [words.count("导语。") for words in pages] == [words.count("图 ") for words in pages]


def test_it_can_be_written_in_english():
    use_language("en")

    assert words(compose_from(outline(), material()))[0] == "The top is 61.3."


def test_an_edit_survives_a_rebuild_and_is_flagged_only_when_its_numbers_move(tmp_path):
    first = compose_from(outline(), material())
    paragraph = next(b for b in first.document.blocks if isinstance(b, Paragraph))
    path = tmp_path / "edits.yaml"

    keep_edit(path, paragraph.name, "编辑改写：{top}。", paragraph.line, editor="王")
    same = compose_from(outline(), material(), edits=read_edits(path))
    moved = compose_from(outline(), material(70.0), edits=read_edits(path))

    assert words(same)[0] == "编辑改写：61.3。"
    assert [kept.moved for kept in same.kept] == [False]
    assert words(moved)[0].startswith("编辑改写：70.0。")
    assert "请复核" in words(moved)[0]
    assert [kept.moved for kept in moved.kept] == [True]


def test_an_edit_whose_paragraph_is_gone_is_kept_and_named(tmp_path):
    path = tmp_path / "edits.yaml"
    keep_edit(path, "gone.lead", "旧段", ("旧",))

    report = compose_from(outline(), material(), edits=read_edits(path))

    assert report.unused == ("gone.lead",)
    assert read_edits(path).edits["gone.lead"].text == "旧段"


def test_what_the_results_do_not_offer_is_named():
    wanting = {**OUTLINE, "chapters": [{**OUTLINE["chapters"][0], "parts": [{"figure": "map"}]}]}

    with pytest.raises(MissingMaterial, match="ranking"):
        compose_from(outline(wanting), material())


def test_a_sentence_with_an_unknown_number_is_refused():
    text = {"text": {"id": "x", "zh": "{topp}", "en": "{topp}"}}
    wanting = {**OUTLINE, "chapters": [{**OUTLINE["chapters"][0], "parts": [text]}]}

    with pytest.raises(UnknownFact, match="top"):
        compose_from(outline(wanting), material())


def test_a_part_that_is_two_things_is_a_fault():
    wrong = {**OUTLINE["chapters"][0], "parts": [{"figure": "a", "table": "b"}]}

    with pytest.raises(DeclarationFaults, match="figure、table") as refused:
        outline({**OUTLINE, "chapters": [wrong]})
    assert "a part is one thing; here are figure, table" in refused.value.text.en


def test_the_file_name_says_the_format(tmp_path):
    report = compose_from(outline(), material())

    for ending in ("html", "docx", "xlsx"):
        assert report.write(tmp_path / f"报告.{ending}").stat().st_size > 1000
    with pytest.raises(UnknownFormat, match=r"\.pdf"):
        report.write(tmp_path / "报告.odt")


def test_an_outline_places_a_footnote_with_its_source_where_its_fact_stands():
    source = {"zh": "{first}", "en": "x"}
    note = {"id": "n", "zh": "按 {top} 分算。", "en": "By {top}.", "source": source}
    gone = {**note, "id": "gone", "when": "absent"}
    text = {"text": {"id": "lead", "zh": "正文。", "en": "Text."}}
    parts = [text, {"footnote": note}, {"footnote": gone}]
    wanting = {**OUTLINE, "chapters": [{**OUTLINE["chapters"][0], "parts": parts}]}
    own = material()

    report = compose_from(
        outline(wanting), replace(own, facts={**own.facts, "first": Fact("某年报 <第 3 页>")})
    )
    page = to_html(report.document)

    notes = [plain_words(b.line) for b in report.document.blocks if isinstance(b, Footnote)]
    assert notes == ["按 61.3 分算。来源：某年报 <第 3 页>。"]
    assert re.search(r'<p data-paragraph="[^"]*lead"[^>]*>正文。<sup class="note">', page)
    assert "某年报 &lt;第 3 页&gt;" in page


def test_an_optional_figure_is_not_offered_by_a_thing_of_another_kind_of_its_name():
    own = material()
    own = replace(own, sentences={**own.sentences, "trend": lambda _item, _facts: ["句。"]})
    parts = [{"figure": "trend", "optional": True}, {"table": "trend", "optional": True},
             {"sentences": "trend", "optional": True}]  # fmt: skip
    wanting = {**OUTLINE, "chapters": [{**OUTLINE["chapters"][0], "parts": parts}]}

    assert words(compose_from(outline(wanting), own)) == ["句。"]


@pytest.mark.parametrize(
    ("hidden", "optional", "says"),
    [
        (True, False, "为保护企业信息都没有公布"),
        (True, True, "为保护企业信息都没有公布"),
        (False, False, "没有可画的数据"),
        (False, True, None),
    ],
)
def test_in_the_place_of_a_figure_with_nothing_to_draw_stands_why(hidden, optional, says):
    def nothing(_):
        raise NothingToDraw("排名")

    text = Text("排名", "ranking")
    own = material()
    withheld = {"ranking": lambda: [Withheld(text, text, "min_firms")]} if hidden else {}
    own = replace(own, figures={"ranking": nothing}, withheld=withheld)
    parts = [{"figure": "ranking", "optional": optional}]
    wanting = {**OUTLINE, "chapters": [{**OUTLINE["chapters"][0], "parts": parts}]}

    blocks = compose_from(outline(wanting), own).document.blocks

    said = [plain_words(block.line) for block in blocks if isinstance(block, Callout)]
    assert len(said) == (says is not None)
    assert all("“排名”" in one and says in one for one in said)


@pytest.mark.parametrize("where", ["texts", "chapters"])
def test_two_things_of_one_id_are_refused_as_edits_could_not_tell_them_apart(where):
    chapter = OUTLINE["chapters"][0]
    text = {"text": {"id": "same", "zh": "一", "en": "one"}}
    wrong = {
        "texts": {**OUTLINE, "chapters": [{**chapter, "parts": [text, text]}]},
        "chapters": {**OUTLINE, "chapters": [chapter, chapter]},
    }[where]

    with pytest.raises(DeclarationFaults, match=r"编号重复：(same|summary)"):
        outline(wrong)
