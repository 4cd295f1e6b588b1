"""The documentation of reports: its sessions run, and it names every figure and format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sanfu.report import figures
from sanfu.report.composing import WRITERS
from sanfu.report.own_template import PLACES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "reference/report-figures.md", "reference/report-formats.md", "explanation/suppression.md",
    "howto/report-template.md",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_the_sessions_of_a_page_run(page, capsys):
    for code in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL):
        exec(compile(code, page, "exec"), {})

        assert capsys.readouterr().out.strip()


def test_every_figure_is_in_the_reference():
    text = (DOCS / PAGES[0]).read_text("utf-8")
    others = {"draw_png", "draw_svg", "size_of", "read_boundary"}

    for name in figures.__all__:
        if name[0].islower() and name not in others:
            assert f"`{name}`" in text


def test_every_format_and_every_place_of_a_template_is_named():
    formats, template = ((DOCS / page).read_text("utf-8") for page in (PAGES[1], PAGES[3]))

    assert all(f"`.{ending}`" in formats for ending in WRITERS)
    assert all(re.search(r"\{\{ " + place, template) for place in PLACES)
