"""Figures drawn ahead by another process: the same bytes, faults by name, nothing left behind."""

from __future__ import annotations

import dataclasses
import importlib.util
import multiprocessing
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import pytest

from sanfu.report.blocks import Document, Picture
from sanfu.report.figures import Figure, FigureFault, draw, draw_svg
from sanfu.report.figures.ahead import draw_ahead, drawing_ahead
from sanfu.report.html import to_html


def gallery() -> list[Figure]:
    file = Path(__file__).parents[2] / "examples" / "report_figures.py"
    spec = importlib.util.spec_from_file_location("report_figures", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [make() for make in module.FIGURES.values()][:6]


def page(figures: list[Figure]) -> str:
    return to_html(Document("图", "zh", tuple(Picture(one) for one in figures)))


def test_what_is_drawn_ahead_is_the_same_byte_for_byte_and_no_process_stays():
    figures = gallery()
    draw._plain_svg.cache_clear()
    alone = page(figures)
    draw._plain_svg.cache_clear()
    with drawing_ahead(1):
        for one in figures:
            draw_ahead(one)
        assert len(draw.ASKED) == len(figures)
        others = [asked.result(timeout=60) for asked in draw.ASKED.values()]  # by the other process
        assert page(figures) == alone
        assert not draw.ASKED  # all were taken from there
    assert len(set(others)) == len(figures)
    assert not multiprocessing.active_children()


def test_a_figure_that_cannot_be_drawn_names_itself_drawn_here_or_ahead():
    broken = dataclasses.replace(gallery()[0], spec={"mark": {"type": 7}}, title="坏图")
    with pytest.raises(FigureFault, match="坏图"):
        draw_svg(broken)
    with drawing_ahead(1):
        draw_ahead(broken)
        with pytest.raises(FigureFault, match="坏图"):
            draw_svg(broken)


def test_what_nobody_began_or_a_process_that_died_left_is_drawn_here():
    first, second = gallery()[:2]
    draw._plain_svg.cache_clear()
    alone = [draw_svg(one) for one in (first, second)]
    draw._plain_svg.cache_clear()
    waiting: Future[str] = Future()
    dead: Future[str] = Future()
    dead.set_exception(BrokenExecutor("killed"))
    draw.ASKED.update({draw.spec_of(first): waiting, draw.spec_of(second): dead})
    assert [draw_svg(one) for one in (first, second)] == alone
    assert waiting.cancelled()


def test_nothing_is_asked_for_where_figures_are_not_drawn_ahead():
    figure = gallery()[0]
    draw_ahead(figure)
    with drawing_ahead(0):
        draw_ahead(figure)
    assert not draw.ASKED
