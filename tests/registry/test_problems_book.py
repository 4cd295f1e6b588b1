"""The list of findings: every line says what to do, and nothing in it is a formula."""

from __future__ import annotations

import re

import openpyxl

from sanfu.registry.problems import problem_kinds
from sanfu.registry.problems_book import write_problems
from sanfu.registry.uscc import with_check
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
            assert set(re.findall(r"\{(\w+)\}", text)) <= {"value", "column", "more", "firm"}, code
        assert re.search(r"[\u4e00-\u9fff]", kind.zh), code


def test_findings_about_firms_are_marked_in_the_column_that_says_them(tmp_path):
    office = new_workspace(tmp_path / "o")
    code = with_check("91310110TTAB12345")
    first, second = office.inbox / "2022.csv", office.inbox / "2023.csv"
    first.write_text(
        f"企业名称,代码,信用代码,所属区,从业人员\n甲,1,{code},杨浦,5\n", encoding="utf-8"
    )
    second.write_text(
        f"序号,信用代码,单位名称,区,2022年从业人员\n1,{code},乙,静安,6\n2,{code[:-1]}X,丙,闸北,\n",
        encoding="utf-8",
    )
    office.take(first)
    done = office.take(second)

    marked = dict(done.problems.select("code", "column").rows())
    assert marked == {
        "name-changed": "C 单位名称", "district-moved": "D 区", "district-old": "D 区",
        "code-check": "B 信用代码", "figure-restated": "E 2022年从业人员",
    }  # fmt: skip
    moved = done.problems.filter(code="district-moved")
    assert "sanfu ledger confirm F0000001 district 静安" in moved["remedy_zh"][0]
    book = openpyxl.load_workbook(write_problems(done.problems, [second], tmp_path / "p.xlsx"))
    assert book.worksheets[1]["C2"].comment is not None


def test_a_list_without_codes_says_once_that_names_decide(tmp_path):
    office = new_workspace(tmp_path / "o")
    for name in ("a.csv", "b.csv"):
        path = office.inbox / name
        path.write_text("企业名称,所属区\n甲,杨浦\n乙,静安\n", encoding="utf-8")
        done = office.take(path)

    assert done.problems.select("code", "value").rows() == [("identity-by-name", "2")]
