"""The index on one page: what it says is what the result holds, and each number leads home."""

from __future__ import annotations

import re
from html import unescape

import polars as pl
import pytest

from sanfu.index import build_index, measure_regions
from sanfu.language import use_language
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report.blocks import Table
from sanfu.report.composing import compose
from sanfu.report.html import to_html


@pytest.fixture(scope="module")
def index():
    sample = shanghai(firms=900, seed=5)
    names = {code: str(name) for code, name in read_region("shanghai").names().items()}
    frames = {
        "firms": sample.firms,
        "figures": sample.figures,
        "titles": sample.titles,
        "tags": apply_schemes(sample.firms, [read_scheme("shanghai_industry_2023")]),
    }
    figures = measure_regions("shanghai-srdi", frames, years=[2023], names=names)
    return build_index("shanghai-srdi", figures)


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
