"""Strengths, weaknesses and unit summaries as COINr's get_str_weak and get_unit_summary give them.

COINr 1.1.14 @ b968203; the calls are in ../shared/golden/coinr/INDEX.csv.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index.why import find_strengths, summarise_unit

METHOD = {
    "order": ["denominate", "impute", "screen", "treat", "normalise"],
    "impute": {"method": "group_mean", "group": "EurAsia_group"},
    "screen": {"available": 0.9},
    "treat": {},
}


@pytest.fixture(scope="module")
def asem(coinr):
    return build_index(coinr.framework("asem", METHOD), coinr.figures("asem"), parity="COINr")


def signif(value, digits=3):
    return float(f"{value:.{digits - 1}e}")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "unit", "choices"),
    [
        ("ESP", "ESP", {}),
        ("CHN_grp", "CHN", {"group": "EurAsia_group", "distinct": 0.2}),
    ],
)
@pytest.mark.parametrize("side", ["strengths", "weaknesses"])
def test_strengths_and_weaknesses_are_coinrs(coinr, asem, name, unit, choices, side):
    expected = coinr.table(f"results/str_weak_{name}_{side}.csv")

    found = find_strengths(asem, unit, parity="COINr", most=expected.height, **choices)
    table = getattr(found, side)

    assert table["part"].to_list() == expected["Code"].to_list()
    assert table["name"].to_list() == expected["Name"].to_list()
    assert table["node"].to_list() == expected["Pillar"].to_list()
    assert table["rank"].to_list() == expected["Rank"].to_list()
    assert table["unit"].to_list() == expected["Unit"].to_list()
    rounded = [signif(value) for value in table["value"]]
    np.testing.assert_allclose(rounded, expected["Value"].cast(pl.Float64), rtol=1e-12)


@pytest.mark.shared
def test_the_unit_summary_is_coinrs(coinr, asem):
    expected = coinr.table("results/unit_summary_IND.csv")

    found = summarise_unit(asem, "IND", levels=(4, 3, 2))

    assert found["part"].to_list() == expected["Code"].to_list()
    assert found["name"].to_list() == expected["Name"].to_list()
    assert found["rank"].to_list() == expected["Rank"].to_list()
    np.testing.assert_allclose(found["score"], expected["Score"], rtol=1e-12)


@pytest.mark.shared
def test_by_default_the_level_that_coinr_refuses_is_reported(asem):
    found = find_strengths(asem, "CHN", under=3)

    assert set(found.strengths["node"]) <= {"Conn", "Sust"}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["asem_Aggs_ranks", "asem_Aggs_groupranks_GDPpc"])
def test_ranks_of_every_node_are_coinrs(coinr, asem, name):
    expected = coinr.table(f"results/{name}.csv")
    group = "GDPpc_group" if "group" in name else None
    nodes = [node for node in asem.plan.nodes if node in expected.columns]

    for unit in expected["uCode"].head(12):
        summary = summarise_unit(asem, unit, group=group)
        got = dict(summary.select("part", "group_rank" if group else "rank").rows())
        row = expected.row(by_predicate=pl.col("uCode") == unit, named=True)

        assert {node: got[node] for node in nodes} == {node: row[node] for node in nodes}


@pytest.mark.shared
def test_the_summary_table_is_coinrs(coinr, asem):
    expected = coinr.table("results/asem_Summ_scores.csv")  # rounded to 6 decimals

    table = asem.ranking

    assert table["unit"].to_list() == expected["uCode"].to_list()
    assert table["rank"].to_list() == expected["Rank"].to_list()
    np.testing.assert_array_equal(np.round(table["score"], 6), expected["Index"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rounded"), [("round_df_2", lambda v: round(v, 2)), ("signif_df_3", signif)]
)
def test_rounded_scores_are_coinrs(coinr, asem, name, rounded):
    expected = coinr.table(f"extras/{name}.csv")
    order = np.argsort(np.asarray(asem.units))

    assert np.asarray(asem.units)[order].tolist() == expected["uCode"].to_list()
    for node in expected.columns[1:]:
        got = [rounded(float(v)) for v in asem.value(node)[order]]
        assert got == expected[node].cast(float).to_list()


@pytest.mark.shared
def test_selected_groups_and_units_are_coinrs(coinr, asem):
    group = coinr.table("extras/get_data_L2_conn_groupXL.csv")
    nodes = [column for column in group.columns[1:] if not column.endswith("_group")]
    raw = coinr.table("extras/get_data_inds_units.csv")
    figures = asem.steps["raw"].figures

    assert sorted(nodes) == sorted(asem.framework.children("Conn"))
    keys = figures.others.filter(pl.col("GDP_group") == "XL")
    assert sorted(keys["uName"].to_list()) == sorted(
        figures.others.filter(pl.Series(figures.units).is_in(group["uCode"].to_list()))["uName"]
    )
    for row in group.rows(named=True):
        got = [asem.value(node)[asem.row(row["uCode"])] for node in nodes]
        np.testing.assert_allclose(got, [float(row[node]) for node in nodes], rtol=1e-12)
    for row in raw.rows(named=True):
        place = figures.units.tolist().index(row["uCode"])
        for code in ("Flights", "LPI"):
            value = figures.values[place, figures.codes.index(code)]
            assert value == pytest.approx(float(row[code]), rel=1e-12)
