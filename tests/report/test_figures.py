"""Every figure: its words and numbers in the SVG, its stamp, its alternatives, its refusals."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.language import use_language
from sanfu.report import figures as fig
from sanfu.report.figures.grammar import cut, keep_apart, large, width_of, wrap
from sanfu.report.figures.labels import place_labels

EXAMPLE = Path(__file__).parents[2] / "examples" / "report_figures.py"


def _load():
    spec = importlib.util.spec_from_file_location("report_figures", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gallery = _load()
ABOUT = gallery.about("图题")
DRAWN: dict[str, str] = {}


def words_of(svg: str) -> list[str]:
    """All words that the picture shows, by reading it as XML."""
    tree = ET.fromstring(svg)
    return ["".join(e.itertext()) for e in tree.iter("{http://www.w3.org/2000/svg}text")]


def drawn(name: str) -> str:
    if name not in DRAWN:
        DRAWN[name] = fig.draw_svg(gallery.FIGURES[name]())
    return DRAWN[name]


SAYS = {
    "tile_map": ["崇明", "66.3 · 2"],
    "tile_map_china": ["黑龙江", "—"],
    "ranking": ["74.1（72.9–75.3） 第 1–2 名"],
    "ranking_plain": ["74.1", "1  闵行"],
    "heat_map": ["数字化与绿色化转型", "91.9", "黄浦"],
    "parallel_dots": ["58.5", "杨浦", "其他地区", "平均"],
    "waterfall": ["58.3", "-4.4", "60.6", "杨浦得分"],
    "pillar_bars": ["+3.4", "-1.3"],
    "bars": ["4.1亿", "9,876.0万", "8.8万", "960"],
    "structure": ["29.1%", "集成电路"],
    "slope": ["2024 年", "浦东 76.8", "80.7 浦东（+3.8）"],
    "bump": ["2021", "2025", "浦东", "16"],
    "trend": ["75.2 闵行"],
    "rank_acceptability": ["77", "名次", "100%"],
    "sobol": ["0.55（0.50–0.60）", "含交互（总效应）"],
    "correlations": ["10  劳动生产率", "1.00"],
    "distribution": ["样本企业79 210.0→118.0"],
    "scatter": ["研发费用（元）", "杨浦", "1亿"],
    "funnel": ["742（上一步的 40%，起点的 40%）"],
    "pyramid": ["184（较上期 +14）", "科技型中小企业"],
    "tier_flows": ["升档", "640", "其他中小企业 3,740"],
    "gantt": ["开幕与政策解读", "09:00", "8 号桌"],
}


def test_every_figure_has_its_sample():
    makers = {name for name in fig.__all__ if name[0].islower()} - {
        "draw_png", "draw_svg", "size_of", "read_boundary", "region_map",
    }  # fmt: skip

    assert makers <= set(gallery.FIGURES)
    assert set(SAYS) == set(gallery.FIGURES)


@pytest.mark.parametrize("name", SAYS)
def test_a_figure_shows_its_labels_and_numbers(name):
    shown = words_of(drawn(name))

    for words in SAYS[name]:
        assert words in shown, shown


@pytest.mark.parametrize("name", SAYS)
def test_a_figure_stands_with_title_caption_stamp_and_alternative(name):
    figure = gallery.FIGURES[name]()
    svg, bare = drawn(name), fig.draw_svg(figure, framed=False)
    shown = "".join(words_of(svg))

    assert figure.title in shown
    assert figure.source[:8] in shown
    assert "合成数据 / synthetic" in shown
    assert "合成数据 / synthetic" in "".join(words_of(bare))
    assert figure.title not in "".join(words_of(bare))
    assert ET.fromstring(svg).get("aria-label") == figure.alt
    assert figure.alt.startswith(f"{figure.title}：")
    assert figure.table.height >= 1
    assert set(figure.headings) == set(figure.table.columns)


@pytest.mark.parametrize("name", SAYS)
def test_a_figure_is_written_in_the_grammar(name):
    import altair as alt

    chart = alt.Chart.from_dict(
        {"$schema": alt.SCHEMA_URL, **gallery.FIGURES[name]().spec}, validate=True
    )

    assert chart is not None


@pytest.mark.parametrize("name", SAYS)
def test_no_word_is_clipped_at_the_edge_of_the_picture(name):
    """Words measured by our own ruler, against the picture's width."""
    svg = drawn(name)
    width = fig.size_of(svg).width

    for x, end, size, words in texts_with_place(svg):
        left = x - (width_of(words, size) if end == "end" else 0)
        left -= width_of(words, size) / 2 if end == "middle" else 0
        assert left >= -size, words
        assert left + width_of(words, size) <= width + 1.6 * size, words


def texts_with_place(svg):
    """Absolute x, anchor, size and words of each text, by summing the translations above it."""
    shift = re.compile(r"translate\(([-\d.]+)")

    def walk(node, x):
        moved = shift.match(node.get("transform", ""))
        x += float(moved[1]) if moved else 0.0
        if node.tag.endswith("}text"):
            words = "".join(node.itertext())
            size = float(node.get("font-size", "12px").removesuffix("px"))
            if "rotate" not in node.get("transform", ""):
                yield x + float(node.get("x", 0)), node.get("text-anchor", "start"), size, words
            return
        for child in node:
            yield from walk(child, x)

    return walk(ET.fromstring(svg), 0.0)


def test_the_same_figure_is_drawn_the_same():
    figure = gallery.FIGURES["heat_map"]()

    assert fig.draw_svg(figure) == fig.draw_svg(dataclasses.replace(figure))


def test_what_was_typed_is_never_markup_and_nothing_breaks_the_picture():
    names = ["<b>&\"'</b>", "=1+1\x07", "名" * 300, "x" * 300, "😀㐂𠮷", "$#{it}\\n", "\ud800"]
    frame = pl.DataFrame(
        {"name": names[:6], "score": [5.0, 4, 3, 2, 1, 0.5], "rank": list(range(1, 7))}
    )
    about = {**ABOUT, "title": "<i>题</i> & " + "长" * 300, "source": "源\x00&<"}

    shown = words_of(fig.draw_svg(fig.ranking(frame, **about)))

    assert "1  <b>&\"'</b>" in shown
    assert "2  =1+1" in shown
    assert any(words.endswith("…") for words in shown)
    assert fig.size_of(fig.draw_svg(fig.ranking(frame, **about))).width < 900


def test_a_figure_speaks_english():
    use_language("en")
    amounts = pl.DataFrame({"name": ["a", "b"], "value": [4_125_000_000, 2_500_000]})

    shown = words_of(fig.draw_svg(fig.bars(amounts, **ABOUT)))

    assert {"4.1 bn", "2.5 m"} <= set(shown)
    assert any(words.startswith("unit: 分") for words in shown)


def test_the_headings_of_the_data_table_are_words():
    figure = gallery.FIGURES["ranking"]()

    assert [figure.heading(c) for c in figure.table.columns][:3] == ["名次", "名称", "得分"]
    assert figure.cells()[0][:2] == ("1", "闵行")


@pytest.mark.parametrize(
    ("draw", "frame", "says"),
    [
        (fig.funnel, pl.DataFrame({"name": ["a"]}), "count"),
        (fig.funnel, pl.DataFrame({"name": [], "count": []}), "没有数据"),
        (
            fig.structure,
            pl.DataFrame({"whole": ["a"] * 8, "part": list("abcdefgh"), "value": [1] * 8}),
            "8 个部分",
        ),
        (fig.structure, pl.DataFrame({"whole": ["a"], "part": ["b"], "value": [-1]}), "负数"),
    ],
)
def test_data_that_cannot_be_drawn_are_refused_with_the_reason(draw, frame, says):
    with pytest.raises(fig.FigureFault, match=says):
        draw(frame, **ABOUT)


def test_a_region_to_highlight_must_be_there():
    with pytest.raises(fig.FigureFault, match="火星"):
        fig.parallel_dots(gallery.pillars(), highlight="火星", **ABOUT)


def test_a_tier_that_the_order_lacks_is_named():
    moves = pl.DataFrame({"from": ["a"], "to": ["b"], "count": [1]})

    with pytest.raises(fig.FigureFault, match="b"):
        fig.tier_flows(moves, before="1", after="2", order=["a"], **ABOUT)


def test_a_meeting_that_ends_before_it_starts_is_named():
    late = pl.DataFrame(
        {"lane": ["1"], "label": ["甲"], "start": [gallery.EVENT], "end": [gallery.EVENT]}
    )

    with pytest.raises(fig.FigureFault, match="甲"):
        fig.gantt(late, **ABOUT)


def test_the_flows_into_and_out_of_a_tier_add_up():
    figure = gallery.FIGURES["tier_flows"]()
    shown = " ".join(words_of(drawn("tier_flows")))

    for side in ("from", "to"):
        for tier, count in figure.table.group_by(side).agg(pl.col("count").sum()).iter_rows():
            assert f"{tier} {count:,}" in shown


def test_the_waterfall_ends_where_start_and_steps_lead():
    table = gallery.FIGURES["waterfall"]().table

    assert table["value"].to_list()[-1] == pytest.approx(sum(table["value"].to_list()[:-1]))


@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=30),
    st.floats(0.125, 50, width=32),
)
def test_labels_moved_apart_keep_their_order_and_their_distance(places, gap):
    moved = keep_apart(places, gap)
    order = sorted(range(len(places)), key=lambda i: (places[i], i))

    assert all(
        moved[b] - moved[a] >= gap - 1e-6 * max(1, abs(moved[a])) for a, b in pairwise(order)
    )
    assert sum(moved) == pytest.approx(sum(places), abs=1e-3 * len(places) + 1e-9)


@given(
    st.lists(
        st.tuples(st.floats(0, 500, width=32), st.floats(0, 350, width=32)),
        min_size=1,
        max_size=40,
    )
)
def test_no_label_of_a_scatter_meets_another_or_leaves_the_picture(points):
    boxes = place_labels(points, ["样本企业"] * len(points), width=500, height=350)
    placed = [box for box in boxes if box is not None]

    for i, box in enumerate(placed):
        assert not any(box.meets(other) for other in placed[i + 1 :])
        assert box.left >= 0
        assert box.bottom <= 350


@given(st.text(max_size=80), st.floats(30, 300))
def test_wrapped_words_fit(words, width):
    for line in wrap(words, width):
        assert width_of(line) <= width + 2 * 12 + 1e-9
    assert width_of(cut(words, width)) <= width + 1e-9


@pytest.mark.parametrize(
    ("value", "zh"), [(123_456_789, "1.2亿"), (45_600, "4.6万"), (999, "999"), (-2e8, "-2.0亿")]
)
def test_large_numbers_are_printed_by_the_reader_s_units(value, zh):
    assert large(value) == zh


def test_the_example_writes_a_contact_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "FIGURES", {"funnel": gallery.FIGURES["funnel"]})

    gallery.main(tmp_path)

    assert (tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "contact-sheet.html").read_text(encoding="utf-8")


def test_the_specification_can_be_handed_on_as_json():
    for sample in gallery.FIGURES.values():
        assert json.dumps(sample().spec, ensure_ascii=False)
