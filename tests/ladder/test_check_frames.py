"""Frames in and out of a check: kinds, types, wrong values, the long form and the trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sanfu.errors import InputError
from sanfu.ladder import OUTCOMES, check, check_firm, make_book, rulebooks
from sanfu.ladder.edges import edge_firms

MAY = dt.date(2026, 5, 1)
MET, UNMET, MISSING = (OUTCOMES.index(word) for word in ("met", "unmet", "missing"))


def giant(frame, **options):
    return check(frame, "cn-2026/little-giant", kind="new", on=MAY, **options)


@pytest.mark.parametrize("name", ["cn-2026/little-giant", "cn-2022/srdi"])
def test_the_long_form_is_the_same_on_duckdb_and_says_what_the_interpreter_says(name):
    import duckdb

    book = make_book(name, kind="new", on=MAY)
    firms = edge_firms(book, 300, seed=9)
    by = ["firm", "criterion"]

    found = check(firms, name, kind="new", on=MAY).frame.sort(by)
    other = check(duckdb.from_arrow(firms.to_arrow()), name, kind="new", on=MAY).frame.pl()

    assert_frame_equal(found, other.sort(by).cast(found.schema), abs_tol=1e-6)
    exact = {row["firm"]: check_firm(book, row).findings for row in firms.to_dicts()}
    size = {"万元": 10**6, "%": 0.01, "年": 1, "分": 1, "": 1}
    for row in found.iter_rows(named=True):
        finding = exact[row["firm"]][row["criterion"]]
        assert row["outcome"] == finding.outcome
        assert row["points"] == finding.points
        if row["value"] is not None and finding.value is not None:
            assert row["value"] * size[row["unit"]] == pytest.approx(float(finding.value), rel=1e-6)
        if row["gap"] is not None:
            assert row["gap"] >= 0


@pytest.mark.parametrize("name", rulebooks())
def test_the_trace_has_every_criterion_with_its_mark(name):
    trace = check(pl.DataFrame({"firm": ["a"]}), name, kind="new", on=MAY).trace
    book = make_book(name, kind="new", on=MAY)

    assert set(trace["criterion"]) == {*(one.id for one in book.indicators), *book.by_id}
    clauses = trace.filter(pl.col("criterion") != "verdict")
    assert set(clauses["mark"]) <= {"published", "encoded", "derived", "to-check"}


def test_the_trace_says_how_a_share_is_compared():
    trace = giant(pl.DataFrame({"firm": ["a"]})).trace
    cleared = dict(trace.select("criterion", "cleared").iter_rows())

    assert cleared["growth"] == "400·revenue >= 441·revenue_2（revenue_2 > 0）"
    assert cleared["debt"] == "4·liabilities <= 3·assets（assets > 0）"


def test_shares_and_points_are_exact_as_decimals_and_as_floats():
    as_decimal = pl.DataFrame(
        {
            "firm": ["a", "b"],
            "market_share": [Decimal("0.1"), Decimal("0.099999")],
            "platform_score": [Decimal("60.0"), Decimal("59.9")],
        }
    )
    as_float = as_decimal.with_columns(pl.col(pl.Decimal).cast(pl.Float64))

    for frame in (as_decimal, as_float):
        found = giant(frame).wide
        assert found["market_share"].to_list() == [MET, UNMET]
        assert found["platform_now"].to_list() == [MET, UNMET]


def test_whole_money_in_a_pandas_column_with_gaps_is_taken():
    import pandas as pd

    frame = pd.DataFrame({"firm": ["a", "b"], "revenue": [5_000_000_000.0, None]}, index=[7, 8])

    found = giant(frame).wide

    assert list(found.index) == [7, 8]
    assert found["revenue"].tolist() == [MET, MISSING]


def test_a_fraction_of_a_fen_is_refused_with_its_column():
    with pytest.raises(InputError, match=r"revenue（营业收入）= “0\.5”，应为整数（分）"):
        giant(pl.DataFrame({"firm": ["a"], "revenue": [0.5]})).wide  # noqa: B018


def test_a_column_of_another_type_is_refused():
    with pytest.raises(InputError, match=r"列 holds_srdi（.*）的类型是 String，应为是/否"):
        giant(pl.DataFrame({"firm": ["a"], "holds_srdi": ["是"]})).wide  # noqa: B018


def test_a_frame_without_the_firms_column_says_which_there_are():
    with pytest.raises(InputError, match="没有列 firm；有：name"):
        giant(pl.DataFrame({"name": ["a"]})).wide  # noqa: B018


def test_a_column_that_has_a_rules_name_cannot_be_kept():
    with pytest.raises(InputError, match="revenue 与规则的名称相同"):
        giant(pl.DataFrame({"firm": ["a"], "revenue": [1]}), keep=["revenue"])


def test_what_is_no_frame_is_refused():
    with pytest.raises(InputError, match="不认识这种数据表：dict"):
        giant({"firm": ["a"]}).wide  # noqa: B018


def test_columns_to_keep_come_first_and_a_lazy_frame_stays_lazy():
    frame = pl.LazyFrame({"firm": ["a"], "district": ["310110"]})

    found = giant(frame, keep=["district"])

    assert isinstance(found.wide, pl.LazyFrame)
    assert isinstance(found.verdicts, pl.LazyFrame)
    assert found.verdicts.collect_schema().names() == [
        "firm", "district", "outcome", "score", "score_low", "score_high",
    ]  # fmt: skip


def test_a_rulebook_is_not_used_for_a_kind_that_it_is_not_for():
    with pytest.raises(InputError, match="不用于 transfer"):
        check(pl.DataFrame({"firm": ["a"]}), "cn-2026/srdi", kind="transfer", on=MAY)


def test_an_unknown_rulebook_proposes_near_ones():
    with pytest.raises(InputError, match="cn-2026/little-giant"):
        check(pl.DataFrame({"firm": ["a"]}), "cn-2026/little-gaint", kind="new", on=MAY)
