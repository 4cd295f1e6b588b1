"""Two results side by side: ranks by hand, units of one side only, years."""

from __future__ import annotations

import openpyxl
import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.index import build_index, compare_rankings, compare_results

BEFORE = pl.DataFrame({"unit": ["p", "q", "r", "s"], "score": [4.0, 3.0, 2.0, 1.0]})
AFTER = pl.DataFrame({"unit": ["q", "p", "r", "t", "v"], "score": [9.0, 8.0, 8.0, 1.0, None]})


def test_ranks_are_set_side_by_side_with_ties_and_with_who_is_missing():
    found = compare_rankings(BEFORE, AFTER, names=("甲", "乙"))

    rows = {row[0]: row[1:4] for row in found.frame.rows()}
    assert rows["q"] == (2, 1, 1)
    assert rows["p"] == (1, 2, -1)
    assert rows["r"] == (3, 2, 1)
    assert found.only_before == ("s",)
    assert found.only_after == ("t",)
    assert found.correlation == pytest.approx(0.0)  # places 1, 2, 3 against 2.5, 1, 2.5
    assert "只在前者的 1 个：s" in found.in_words().zh
    assert "only in the second: 1 (t)" in found.in_words().en


def test_tables_without_a_common_unit_are_refused():
    with pytest.raises(InputError, match="没有共同的单元"):
        compare_rankings(BEFORE, AFTER.with_columns(unit=pl.col("unit") + "区"), names=("a", "b"))


def framework(aggregate):
    return {
        "framework": "two",
        "name": {"zh": "两法", "en": "two methods"},
        "nodes": {"index": {"name": {"zh": "总", "en": "all"}, "aggregate": aggregate}},
        "indicators": {
            code: {"name": {"zh": code, "en": code}, "parent": "index"} for code in ("x", "y")
        },
        "method": {"normalise": "none"},
    }


def test_two_methods_on_the_same_figures_are_compared(tmp_path):
    data = pl.DataFrame({"unit": ["p", "q"], "x": [9.0, 4.0], "y": [1.0, 5.0]})

    found = compare_results(
        build_index(framework("arithmetic"), data), build_index(framework("geometric"), data)
    )
    found.to_excel(tmp_path / "compared.xlsx")

    assert found.frame.select("unit", "rank_change").rows() == [("q", 1), ("p", -1)]
    book = openpyxl.load_workbook(tmp_path / "compared.xlsx")
    assert "q" in [cell.value for cell in book.worksheets[0]["A"]]


def test_two_years_of_one_index_are_compared():
    data = pl.DataFrame(
        {"unit": ["p", "q"] * 2, "year": [2022, 2022, 2023, 2023]}
        | {"x": [1.0, 2.0, 4.0, 3.0], "y": [1.0, 2.0, 4.0, 3.0]}
    )
    index = build_index(framework("arithmetic"), data)

    found = compare_results(index, index, before=2022)

    assert found.frame.row(0) == ("p", 2, 1, 1, 1.0, 4.0, 3.0)
    with pytest.raises(InputError, match="没有 1999 年"):
        compare_results(index, index, before=1999)
