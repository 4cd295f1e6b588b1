"""A change of the rules over the same firms: gains, losses, bounds, and what turned them."""

from __future__ import annotations

import datetime as dt

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.ladder import read_rulebook
from sanfu.ladder.reform import reform

W = 1_000_000
ON = dt.date(2026, 5, 1)
BOOK = "cn-2026/little-giant"
JUDGED = dict.fromkeys(
    ("legal_person", "listing_clear", "product_allowed", "record_clear", "not_excluded"), True
)


def firms(revenues, districts=None):
    n = len(revenues)
    return pl.DataFrame(
        {
            "firm": [f"f{i}" for i in range(n)],
            "district": districts or ["x"] * n,
            "revenue": revenues,
        },
        schema_overrides={"revenue": pl.Int64},
    )


def only_revenue():
    """The standard with its revenue floor alone."""
    base = read_rulebook(BOOK)
    kept = [one for one in base.criteria if one.id == "revenue"]
    return base.model_copy(update={"criteria": tuple(kept), "rulebook": "test/revenue"})


LOWER = {"criteria/revenue/when": "revenue >= 3000 万元"}


def test_lowering_a_floor_lets_those_between_gain_and_says_by_which_criterion():
    rows = firms([6000 * W, 4000 * W, 3000 * W, 2999 * W])

    found = reform(rows, only_revenue(), LOWER, kind="new", on=ON)

    assert found.frame["change"].to_list() == ["same", "gains", "gains", "same"]
    assert found.frame["decided_by"].to_list()[1] == "上年营业收入"
    one = found.summary.row(0, named=True)
    assert (one["before_low"], one["after_low"], one["gains"], one["loses"]) == (1, 3, 2, 0)


def test_a_missing_figure_is_within_the_bounds_and_no_gain():
    rows = firms([None, 4000 * W])

    one = reform(rows, only_revenue(), LOWER, kind="new", on=ON).summary.row(0, named=True)

    assert (one["before_low"], one["before_high"]) == (0, 1)
    assert (one["after_low"], one["after_high"]) == (1, 2)
    assert (one["gains"], one["gains_high"]) == (1, 1)


def test_judged_matters_count_as_met_beside_and_missing_data_as_unmet():
    base = read_rulebook(BOOK)
    kept = tuple(one for one in base.criteria if one.id in ("revenue", "excluded"))
    judged = next(one for one in base.criteria if one.judge)
    book = base.model_copy(update={"criteria": (*kept, judged), "rulebook": "test/judged"})

    one = reform(firms([6000 * W, 4000 * W, None]), book, LOWER, kind="new", on=ON).summary.row(
        0, named=True
    )

    assert (one["before_low"], one["after_low"]) == (0, 0)
    assert (one["before_judged"], one["after_judged"]) == (1, 2)
    assert (one["gains_judged"], one["loses_judged"]) == (1, 0)
    assert (one["before_high"], one["after_high"]) == (2, 3)


def test_counts_by_district_add_up_to_the_whole():
    rows = firms([6000 * W, 4000 * W, 2000 * W, None], ["a", "b", "b", "a"])

    found = reform(rows, only_revenue(), LOWER, kind="new", on=ON, by=["district"])
    parts = found.count_by("district")

    assert parts["district"].to_list() == ["a", "b"]
    for name in ("firms", "before_low", "after_high", "gains", "loses"):
        assert parts[name].sum() == found.summary[name][0]


def test_the_same_rules_change_nothing():
    rows = firms([6000 * W, 1 * W, None])

    found = reform(rows, BOOK, BOOK, kind="new", on=ON)

    assert set(found.frame["change"]) == {"same"}
    assert found.criteria.height == 0


def test_an_unknown_place_or_column_is_refused_with_what_there_is():
    with pytest.raises(InputError, match="revenue"):
        reform(firms([W]), BOOK, {"criteria/revenu/when": "revenue >= 1 元"}, kind="new", on=ON)
    found = reform(firms([W]), BOOK, BOOK, kind="new", on=ON)
    with pytest.raises(InputError, match="district"):
        found.count_by("district")


def test_the_workbook_holds_the_counts_and_says_what_it_is(tmp_path):
    rows = firms([6000 * W, 4000 * W], ["a", "=1+1"])
    found = reform(rows, only_revenue(), LOWER, kind="new", on=ON, by=["district"])

    found.to_excel(tmp_path / "r.xlsx")

    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert any("自检" in str(cell) for cell in cells)
    every = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not any(cell.data_type == "f" for cell in every)
    assert any(cell.value == "新符合" for cell in every)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 8000)), min_size=1, max_size=12),
    st.integers(1, 8000),
)
def test_gains_less_losses_are_the_difference_and_bounds_hold(revenues, floor):
    rows = firms([None if r is None else r * W for r in revenues])

    found = reform(
        rows, only_revenue(), {"criteria/revenue/when": f"revenue >= {floor} 万元"},
        kind="new", on=ON,
    )  # fmt: skip

    one = found.summary.row(0, named=True)
    assert one["gains"] - one["loses"] == one["after_low"] - one["before_low"]
    assert one["before_low"] <= one["before_high"] <= one["firms"]
    assert one["after_low"] <= one["after_high"]
