"""The list of findings: every line says what to do, and nothing in it is a formula."""

from __future__ import annotations

import re

import openpyxl

from sanfu.registry.problems import problem_kinds
from sanfu.registry.problems_book import write_problems
from sanfu.workspace import new_workspace


def test_every_finding_is_listed_with_its_remedy_and_its_cell_is_marked(tmp_path):
    office = new_workspace(tmp_path / "o")
    path = office.inbox / "2023.csv"
    path.write_text("企业名称,研发人员,备注2\n=甲,12O,x\n,,只有地址\n", encoding="utf-8")
    done = office.take(path)

    book = openpyxl.load_workbook(write_problems(done.problems, [path], tmp_path / "p.xlsx"))
    listing, copy = book.worksheets
    lines = list(listing.iter_rows(min_row=2, values_only=True))

    assert len(lines) == done.problems.height == 3
    assert all(line[6] and line[7] for line in lines)
    assert copy["A2"].value == "=甲"
    assert copy["A2"].data_type == "s"
    assert copy["B2"].fill.fgColor.rgb.endswith("FFC7B8")
    assert "12O" in copy["B2"].comment.text
    assert listing["D2"].hyperlink.location.endswith("B2") or listing["D3"].hyperlink is not None


def test_the_catalogue_says_what_and_how_in_both_languages():
    for code, kind in problem_kinds().items():
        for text in (kind.zh, kind.en, kind.remedy_zh, kind.remedy_en):
            assert text.strip(), code
            assert set(re.findall(r"\{(\w+)\}", text)) <= {"value", "column", "more"}, code
        assert re.search(r"[\u4e00-\u9fff]", kind.zh), code
