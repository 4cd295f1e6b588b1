"""Two rulebooks in one pass give what two checks give."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.ladder import amended, check, check_both, make_book
from sanfu.ladder.edges import edge_firms
from sanfu.ladder.side_by_side import alike

ON = dt.date(2026, 5, 1)
REFORMS = [
    ("cn-2022/srdi", {"criteria/revenue/when": "revenue >= 500 万元"}),
    ("cn-2022/srdi", {"indicators/rd/best_of/1/bands/0/from": "9%"}),
    ("cn-2022/srdi", {"criteria/score_total/at_least": "55 分", "criteria/prior": None}),
    ("cn-2022/innovative", {"indicators/debt/max": 10, "criteria/score_growth/at_least": "10 分"}),
    ("cn-2026/little-giant", {"criteria/ip_count/when": "class1_ip >= 3 项"}),
    ("cn-2026/srdi", {}),
    (
        "cn-2022/srdi",
        {
            "criteria/+": {
                "id": "floor",
                "label": {"zh": "下限", "en": "floor"},
                "points_of": "debt",
                "at_least": "3 分",
            }
        },
    ),
]


@pytest.mark.parametrize(("name", "changes"), REFORMS)
@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_one_pass_gives_what_two_checks_give(name, changes, engine):
    import duckdb

    reform = amended(name, changes)
    firms = edge_firms(make_book(name, kind="new", on=ON), 1500, seed=6)
    before = check(firms, name, kind="new", on=ON).wide
    after = check(firms, reform, kind="new", on=ON).wide
    given = firms if engine == "polars" else duckdb.from_arrow(firms.to_arrow())

    found = check_both(given, name, reform, kind="new", on=ON)
    found = found if engine == "polars" else found.pl().sort("firm")

    assert found.select(before.columns).cast(before.schema).equals(before)
    ours = [
        column.removeprefix("after_") for column in found.columns if column.startswith("after_")
    ]
    assert "verdict" in ours
    for column in after.columns:
        expected = after[column]
        shown = found[f"after_{column}"] if column in ours else found[column]
        assert shown.cast(expected.dtype).rename(column).equals(expected), column


def test_only_what_the_change_touches_is_computed_again():
    one = make_book("cn-2022/srdi", kind="new", on=ON)
    two = make_book(
        amended("cn-2022/srdi", {"criteria/revenue/when": "revenue >= 500 万元"}), kind="new", on=ON
    )

    anew = {rule.id for rule in two.rules} - alike(one, two)

    assert anew == {"revenue", "size_of_business", "verdict"}


def test_two_versions_of_a_standard_stand_side_by_side():
    firms = pl.DataFrame({"firm": ["a"], "revenue": [1_200 * 1_000_000]})

    found = check_both(firms, "cn-2022/srdi", "cn-2026/srdi", kind="new", on=ON)

    assert found.select("revenue", "after_revenue").row(0) == (3, 0)
