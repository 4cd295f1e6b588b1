"""The block model, the HTML writer and the figures of regions."""

from __future__ import annotations

import dataclasses
import re

import polars as pl
import pytest

from sanfu.report.blocks import (
    Callout,
    Contents,
    Document,
    Footnote,
    Heading,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    Trace,
    Traced,
)
from sanfu.report.figures import FigureFault, draw_png, draw_svg, ranking, tile_map
from sanfu.report.figures.regions import read_tiles
from sanfu.report.html import to_html, write_html

ABOUT = {
    "unit": "分",
    "source": "合成样本",
    "as_of": "2023-12-31",
    "n": "3 个区",
    "method": "最小最大、等权",
    "synthetic": True,
}


def scores() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "code": ["310101", "310110", "310115"],
            "name": ["黄浦", "杨浦", "浦东"],
            "score": [40.0, 61.25, 90.5],
            "rank": [3, 2, 1],
        }
    )


def document(*blocks, traces=None) -> Document:
    return Document("题目", "zh", blocks, synthetic=True, traces=traces or {})


def test_the_tile_map_writes_name_score_and_rank_and_is_stamped():
    svg = draw_svg(tile_map(scores(), layout="shanghai", title="十六区", **ABOUT))

    assert "90.5 · 1" in svg
    assert "崇明" in svg
    assert "合成数据 / synthetic" in svg
    assert "<title>十六区</title>" in svg


def test_a_region_that_the_layout_does_not_know_is_refused_by_name():
    stranger = scores().with_columns(code=pl.lit("999999"))

    with pytest.raises(FigureFault, match="999999"):
        tile_map(stranger, layout="shanghai", title="十六区", **ABOUT)


@pytest.mark.parametrize("missing", ["title", "unit", "source", "as_of", "n", "method", "alt"])
def test_a_figure_without_its_particulars_cannot_be_made(missing):
    figure = ranking(scores(), title="排名", **ABOUT)

    with pytest.raises(FigureFault, match=missing):
        dataclasses.replace(figure, **{missing: " "})


def test_no_two_tiles_of_a_layout_lie_on_each_other():
    for layout, regions in (("shanghai", 16), ("china", 31)):
        tiles = read_tiles(layout)

        assert tiles.select("column", "row").unique().height == regions == tiles.height
        assert tiles["code"].n_unique() == regions


def test_a_score_that_is_the_same_everywhere_can_be_drawn():
    flat = scores().with_columns(score=pl.lit(50.0), rank=pl.lit(1))

    assert "50.0 · 1" in draw_svg(tile_map(flat, layout="shanghai", title="相同", **ABOUT))


def test_the_ranking_is_in_order_and_can_be_png():
    figure = ranking(scores(), title="排名", **ABOUT)

    assert figure.table["name"].to_list() == ["浦东", "杨浦", "黄浦"]
    assert draw_png(figure).startswith(b"\x89PNG")


def test_what_a_user_typed_is_never_markup():
    html = to_html(
        document(
            Heading("<script>alert(1)</script>"),
            Paragraph(("a & b < c",)),
            Table("表 <x>", (TableColumn("列"),), (("=1+1 <b>",),)),
            Picture(
                ranking(scores().with_columns(name=pl.lit("<i>甲&乙</i>")), title="<t>", **ABOUT)
            ),
        )
    )

    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "a &amp; b &lt; c" in html


def test_every_traced_number_links_to_a_trace_that_exists():
    cell = ("f.xlsx › s › B2 = 60",)
    html = to_html(
        document(
            Paragraph(("得分 ", Traced("61.3", "x1"))),
            traces={"x1": Trace("x1", "杨浦得分", "mean(a, b)", (("a", "60"),), cell)},
        )
    )

    assert 'href="#t-x1">61.3</a>' in html
    assert 'id="t-x1"' in html
    assert "f.xlsx › s › B2 = 60" in html


def test_the_page_asks_nothing_of_the_outside():
    html = to_html(document(Picture(tile_map(scores(), layout="shanghai", title="图", **ABOUT))))
    outside = [u for u in re.findall(r"https?://[^\"'<> ]+", html) if "www.w3.org" not in u]

    assert outside == []
    assert "<script" not in html


def test_the_same_document_gives_the_same_bytes(tmp_path):
    made = document(
        Contents(), Heading("一"), Callout(("注意",)), Footnote(("来源",)),
        Picture(tile_map(scores(), layout="shanghai", title="图", **ABOUT)),
    )  # fmt: skip

    first = write_html(made, tmp_path / "a.html").read_bytes()
    second = write_html(made, tmp_path / "b.html").read_bytes()

    assert first == second
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.html", "b.html"]
