"""Trends as COINr's get_trends gives them; its call with chosen years is a bug and is not matched.

COINr 1.1.14 @ b968203: ``get_trends(build_example_purse(), dset = "Raw", …)``; see
../shared/golden/coinr/INDEX.csv.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.index.trends import compound_growth, find_trends, percent_change


@pytest.fixture(scope="module")
def panel(coinr):
    return coinr.figures("asem_panel").rename({"uCode": "unit"})


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "column", "choices"),
    [
        ("trends_CAGR", "CAGR", {}),
        ("trends_CAGR_latest3", "CAGR", {"latest": 3}),
        ("trends_prc_change_interp_all", "prc_change",
         {"measure": "percent_change", "interpolate": True}),
    ],
)  # fmt: skip
def test_trends_are_coinrs(coinr, panel, name, column, choices):
    expected = coinr.table(f"purse/{name}.csv").sort("uCode", "iCode")
    units, codes = expected["uCode"].unique(), expected["iCode"].unique()
    rows = panel.filter(pl.col("unit").is_in(units.to_list()))
    directions = {c: i.direction for c, i in coinr.framework("asem").indicators.items()}

    found = find_trends(rows, codes.to_list(), directions=directions, **choices)

    found = found.sort("unit", "indicator")
    assert found["unit"].to_list() == expected["uCode"].to_list()
    assert found["indicator"].to_list() == expected["iCode"].to_list()
    np.testing.assert_allclose(found["trend"], expected[column].cast(pl.Float64), rtol=1e-12)
    first = "t_first_use_latest" if "latest" in choices else "t_first"
    assert found["first_year"].to_list() == expected[first].to_list()
    assert found["last_year"].to_list() == expected["t_latest"].to_list()


@pytest.mark.shared
def test_chosen_years_read_their_own_figures_where_coinr_reads_the_first_rows(panel):
    rows = panel.filter(pl.col("unit") == "BRN")
    flights = dict(rows.select("year", "Flights").rows())

    found = find_trends(rows, ["Flights"], years=[2020, 2022])

    assert found["trend"].item() == pytest.approx((flights[2022] / flights[2020]) ** 0.5 - 1)
    assert found["trend"].item() == pytest.approx(0.535, abs=1e-3)
    assert found["first_year"].item() == 2020


@pytest.mark.shared
def test_the_vectors_of_coinr_are_met(coinr):
    vectors = coinr.json("vectors.json")

    assert compound_growth(np.array([1.0, 2.0]), np.array([0, 3])) == pytest.approx(
        vectors["CAGR"], rel=1e-12
    )
    assert np.isnan(compound_growth(np.array([-1.0, 2.0]), np.array([0, 1])))
    assert np.isnan(compound_growth(np.array([0.0, 2.0]), np.array([0, 1])))


def test_a_percentage_change_is_worked_by_hand():
    assert percent_change(np.array([3.0, 4.0]), np.array([2000, 2001])) == pytest.approx(100 / 3)
    assert percent_change(np.array([3.0, 4.0]), np.array([2000, 2010]), per=10) == pytest.approx(
        100 / 3
    )
    line = percent_change(np.array([10.0, 13.0, 12.0]), np.array([1, 2, 3]))
    assert line == pytest.approx(100 * 1 / (35 / 3 - 1))
    assert percent_change(np.array([5.0, 5.0, 5.0]), np.arange(3)) == 0
    assert compound_growth(np.array([0.0, 0.0]), np.arange(2)) == 0
    assert np.isnan(percent_change(np.array([5.0, np.nan]), np.arange(2)))


def test_holes_and_short_series_are_missing_and_unknown_years_are_refused():
    panel = pl.DataFrame(
        {"unit": ["p"] * 3 + ["q"] * 3, "year": [2020, 2021, 2022] * 2}
        | {"x": [1.0, None, 4.0, 5.0, None, None]}
    )

    whole = find_trends(panel)
    short = find_trends(panel, latest=3)
    turned = find_trends(panel, directions={"x": -1})

    assert whole["trend"].to_list() == [pytest.approx(1.0), None]
    assert whole["available"].to_list() == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert short["trend"].to_list() == [pytest.approx(1.0), None]
    assert turned["trend"][0] == pytest.approx(-1.0)
    with pytest.raises(InputError, match="没有 1999 年"):
        find_trends(panel, years=[1999])
    with pytest.raises(InputError, match="没有数字列 y"):
        find_trends(panel, ["y"])
