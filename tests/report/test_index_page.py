"""The index on one page: what it says is what the result holds, and each number leads home."""

from __future__ import annotations

import re
from html import unescape

import polars as pl
import pytest

from sanfu.index import build_index, measure_regions
from sanfu.language import Text, use_language
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report.blocks import Table, plain_words
from sanfu.report.composing import compose, compose_from
from sanfu.report.edits import Edit, Edits
from sanfu.report.facts import Facts, fill_in
from sanfu.report.html import to_html
from sanfu.report.material import Item
from sanfu.report.materials.formula_words import indicator_words
from sanfu.report.materials.index import index_material
from sanfu.report.outline import Outline


def index_without(*units):
    sample = shanghai(firms=900, seed=5)
    firms = sample.firms.filter(~pl.col("district").is_in(units))
    names = {code: str(name) for code, name in read_region("shanghai").names().items()}
    frames = {
        "firms": firms,
        "figures": sample.figures,
        "titles": sample.titles,
        "tags": apply_schemes(firms, [read_scheme("shanghai_industry_2023")]),
    }
    figures = measure_regions("shanghai-srdi", frames, years=[2023], names=names)
    return build_index("shanghai-srdi", figures)


@pytest.fixture(scope="module")
def index():
    return index_without()


def text_of(cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def test_the_table_of_scores_is_the_result_in_order(index):
    report = compose("index-page", index)

    table = next(block for block in report.document.blocks if isinstance(block, Table))
    printed = [(text_of(row[0]), row[1], text_of(row[2])) for row in table.rows]

    ranking = index.ranking.filter(pl.col("score").is_not_null())
    assert printed == [
        (str(rank), unit, f"{score:.1f}")
        for rank, unit, score in ranking.select("rank", "unit", "score").rows()
    ]


def test_every_linked_number_of_the_page_has_its_trace_with_formula(index):
    page = to_html(compose("index-page", index).document)

    asked = set(re.findall(r'href="#t-(n\d+)"', page))
    told = set(re.findall(r'<details id="t-(n\d+)"', page))
    assert asked
    assert asked == told
    assert "(x − min)/(max − min)" in unescape(page)
    assert "合成数据 / synthetic" in page


def test_the_shifts_of_the_pillars_add_up_to_the_distance_from_the_mean(index):
    from sanfu.report.materials.index_view import IndexView

    view = IndexView(index)
    mean = view.values(view.root).mean()
    for item in view.items:
        own = float(index.value(view.root)[view.row(item)])

        assert sum(view.shift(item, pillar) for pillar in view.pillars) == pytest.approx(own - mean)


def test_the_page_is_written_in_english_too(index):
    use_language("en")

    page = to_html(compose("index-page", index).document)

    assert "The index on one page" in page
    assert "points and place" in page


def test_a_figure_leads_to_the_cells_of_its_own_region(index):
    from sanfu.report.materials.index_view import IndexView

    view = IndexView(index)
    item = view.items[3]
    fact = view.raw(item, "firms")

    trace = fact.trace()

    own = index.regions.frame.filter(
        pl.col("unit") == str(item.name), pl.col("indicator") == "firms"
    )
    assert trace.formula.startswith("count(")
    assert trace.inputs[0][1] == str(own["n"][0])
    assert fact.printed("zh") == f"{own['value'][0]:,.0f}"


@pytest.mark.parametrize(
    ("language", "higher", "lower"), [("zh", "高", "低"), ("en", "above", "below")]
)
def test_each_regions_sentence_says_on_which_side_of_the_mean_it_is(index, language, higher, lower):
    use_language(language)
    scores = dict(index.ranking.drop_nulls("score").select("unit", "score").rows())
    mean = sum(scores.values()) / len(scores)
    material = index_material(index)
    words = re.compile(
        r"（[\d.]+ 分）(高|低) ([\d.]+) 分"
        if language == "zh"
        else r"([\d.]+) points (above|below)"
    )
    seen = set()
    for item in material.lists["index.units"]:
        facts = Facts(material.facts, language)
        first = material.sentences["index.why"](item, facts)[0]

        said = words.search(plain_words(fill_in(first, facts)))
        side, off = said.groups() if language == "zh" else reversed(said.groups())

        away = scores[str(item.name)] - mean
        assert side == (higher if away >= 0 else lower)
        assert float(off) == pytest.approx(abs(away), abs=0.051)
        seen.add(side)
    assert seen == {higher, lower}


EACH = Outline.model_validate(
    {
        "report": "each", "title": {"zh": "各地区", "en": "Regions"}, "needs": ["index"],
        "chapters": [{
            "id": "district", "each": "index.units", "title": {"zh": "{it}", "en": "{it}"},
            "parts": [{"text": {"id": "about", "zh": "{it}得 {it.score} 分。", "en": "{it}"}}],
        }],
    }
)  # fmt: skip


def paragraphs_of(index, edits=None):
    report = compose_from(EACH, index_material(index), edits=edits)
    blocks = report.document.blocks
    return {
        head.text: (paragraph.name, plain_words(paragraph.line))
        for head, paragraph in zip(blocks[::2], blocks[1::2], strict=True)
    }, report


def drop(index, units):
    """The same index over fewer regions, from a table by names as an office's workbook has it."""
    figures = index.steps["raw"].figures
    keep = [unit not in units for unit in figures.units]
    table = pl.DataFrame(
        {"unit": figures.units, **dict(zip(figures.codes, figures.values.T, strict=True))}
    )
    return build_index("shanghai-srdi", table.filter(keep))


@pytest.mark.parametrize("source", ["ledger", "table"])
def test_an_edit_stays_with_its_region_when_another_is_scored_no_more(index, source):
    whole = index if source == "ledger" else drop(index, ())
    fewer = (
        index_without("310113", "310114")
        if source == "ledger"
        else drop(index, ("嘉定区", "宝山区"))
    )
    name, _ = paragraphs_of(whole)[0]["杨浦区"]
    edits = Edits(edits={name: Edit(text="杨浦自己的话。", replaced="0" * 16)})

    found, report = paragraphs_of(fewer, edits)

    assert len(found) < len(paragraphs_of(whole)[0])
    assert [unit for unit, (_, said) in found.items() if said.startswith("杨浦自己的话")] == [
        "杨浦区"
    ]
    assert report.unused == ()


def test_an_edit_of_a_region_that_is_gone_is_printed_nowhere_and_named(index):
    name, _ = paragraphs_of(index)[0]["嘉定区"]
    edits = Edits(edits={name: Edit(text="嘉定自己的话。", replaced="0" * 16)})

    found, report = paragraphs_of(index_without("310114"), edits)

    assert not any("嘉定" in said for _, said in found.values())
    assert report.unused == (name,)


def test_under_an_indicator_s_figure_stand_its_own_formula_and_firms(index):
    """It is neither normalised nor weighted, and not all firms are behind it."""
    figures = index_material(index).figures
    frame = index.regions.frame.filter(pl.col("value").is_not_null())
    checked = 0
    for code in index.plan.indicators:
        behind = int(frame.filter(pl.col("indicator") == code)["n"].sum())
        for name in ("index.part-ranking", "index.distribution"):
            caption = figures[name](Item(code, Text(code, code))).caption()

            assert indicator_words(index.framework.indicators[code].formula).zh in caption
            assert f"{behind:,} 户企业" in caption
            assert "标准化" not in caption
            checked += 1
    assert checked == 2 * len(index.plan.indicators) > 20
    assert "标准化" in figures["index.ranking"](None).caption()


def test_english_lists_sentences_and_captions_are_english(index):
    use_language("en")
    report = compose("index-page", index)
    page = unescape(to_html(report.document))

    assert "(synthetic data)" in page
    assert "、" not in page
    assert "（合成" not in page
