"""Every aggregation of COINr 1.1.14 on ASEM and synthetic data, and its results tables.

Calls: ``Aggregate(coin, "Normalised", f_ag, w, dat_thresh, ...)``, ``outrankMatrix``,
``get_results``, ``rank_df``; ../shared/golden/coinr/INDEX.csv. The files ``synth_genmean_*`` hold
COINr's loss of rows with holes and are matched in parity mode only; the file
``synth_copeland_all_NAs_ORDER_DEPENDENT`` records a bug and is never matched.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index.outrank import aggregate_copeland, outranking_matrix
from sanfu.index.ranking import rank_descending

AS_THEY_ARE = {"order": ["normalise"], "denominate": None}

RULES = {
    "amean": "arithmetic",
    "gmean": "geometric",
    "hmean": "harmonic",
    "genmean_p-1": {"method": "generalised", "power": -1},
    "genmean_p0.5": {"method": "generalised", "power": 0.5},
    "genmean_p2": {"method": "generalised", "power": 2},
    "genmean_p3": {"method": "generalised", "power": 3},
    "w_none_median": "median",
}


def scored(coinr, which, method, varied=None):
    """Aggregate the file's normalised input as it is."""
    codes = list(coinr.framework(which).indicators)
    plain = {f"indicators.{code}.direction": 1 for code in codes}
    framework = coinr.framework(which, AS_THEY_ARE | {"normalise": "none"} | method)
    framework = framework.vary(plain | (varied or {}))
    figures = coinr.table(f"aggregate/{which}_INPUT_minmax_1_100.csv")
    return build_index(framework, figures, parity="COINr")


def same(coinr, index, name):
    expected = coinr.matrix(f"aggregate/{name}.csv", index.plan.nodes)
    np.testing.assert_allclose(index.scores, expected, rtol=1e-12, atol=0)


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
@pytest.mark.parametrize("name", RULES)
def test_an_aggregator_gives_coinrs_numbers(coinr, which, name):
    index = scored(coinr, which, {"aggregate": RULES[name]})

    same(coinr, index, f"{which}_{name}")


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
def test_another_aggregator_at_the_top_gives_coinrs_numbers(coinr, which):
    top = coinr.framework(which).root
    index = scored(coinr, which, {}, {f"nodes.{top}.aggregate": "geometric"})

    same(coinr, index, f"{which}_mix_amean_then_gmean_top")


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
def test_copeland_at_the_top_gives_coinrs_numbers(coinr, which):
    framework = coinr.framework(which)
    index = scored(coinr, which, {}, {f"nodes.{framework.root}.aggregate": "copeland"})
    expected = coinr.matrix(f"aggregate/{which}_amean_then_copeland_top.csv", index.plan.nodes)
    complete = ~np.isnan(index.scores[:, :-1]).any()

    np.testing.assert_allclose(index.scores[:, :-1], expected[:, :-1], rtol=1e-12)
    if complete:  # with holes COINr's outcome depends on the order of the rows
        np.testing.assert_array_equal(index.scores[:, -1], expected[:, -1])


@pytest.mark.shared
def test_copeland_at_every_node_gives_coinrs_numbers(coinr):
    index = scored(coinr, "asem", {"aggregate": "copeland"})

    same(coinr, index, "asem_copeland_all")


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
def test_a_data_threshold_gives_coinrs_numbers(coinr, which):
    index = scored(coinr, which, {"missing": {"rule": "share", "share": 0.6}})

    same(coinr, index, f"{which}_amean_datthresh0.6")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["amean", "gmean", "hmean"])
def test_custom_weights_give_coinrs_numbers(coinr, name):
    weights = {
        row["iCode"]: row["Weight"]
        for row in coinr.table("aggregate/asem_custom_w.csv").iter_rows(named=True)
    }
    framework = coinr.framework("asem")
    varied = {
        f"{'nodes' if code in framework.nodes else 'indicators'}.{code}.weight": weight
        for code, weight in weights.items()
    }
    index = scored(coinr, "asem", {"aggregate": RULES[name]}, varied)

    same(coinr, index, f"asem_{name}_custom_w")


@pytest.mark.shared
def test_the_outranking_matrix_is_coinrs(coinr):
    codes = ["Goods", "Services", "FDI", "PRemit", "ForPort"]
    x = coinr.matrix("aggregate/asem_INPUT_minmax_1_100.csv", codes)
    w = np.array([1, 2, 1, 1, 0.5])
    table = coinr.table("aggregate/outrankMatrix_ConEcFin.csv")
    said = coinr.json("aggregate/outrankMatrix_ConEcFin.json")

    got = outranking_matrix(x, w)

    expected = table.drop(table.columns[0]).cast(pl.Float64).to_numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(aggregate_copeland(x, w), said["copeland"])


@pytest.mark.shared
def test_ranks_and_tables_of_results_are_coinrs(coinr):
    codes = list(coinr.framework("asem").indicators)
    method = AS_THEY_ARE | {"normalise": "none"}
    plain = {f"indicators.{code}.direction": 1 for code in codes}
    framework = coinr.framework("asem", method).vary(plain)
    index = build_index(framework, coinr.table("asem_stages/Normalised.csv"))
    nodes = index.plan.nodes
    order = {unit: row for row, unit in enumerate(index.units)}

    scores = coinr.table("results/asem_Aggs_scores.csv")
    rows = [order[unit] for unit in scores["uCode"]]
    np.testing.assert_allclose(
        np.round(index.scores[rows], 6), scores.select(nodes).to_numpy(), atol=1.5e-6
    )
    assert index.ranking["unit"].to_list() == scores["uCode"].to_list()

    full = coinr.table("results/asem_Full_scores.csv")
    np.testing.assert_allclose(
        index.normalised[[order[u] for u in full["uCode"]]],
        full.select(index.plan.indicators).to_numpy(),
        atol=1.5e-6,
    )

    ranks = coinr.table("results/asem_Aggs_ranks.csv")
    rows = [order[unit] for unit in ranks["uCode"]]
    np.testing.assert_array_equal(index.ranks[rows], ranks.select(nodes).to_numpy())

    summary = coinr.table("results/unit_summary_IND.csv")
    for row in summary.iter_rows(named=True):
        place = nodes.index(row["Code"])
        assert index.scores[order["IND"], place] == pytest.approx(row["Score"], rel=1e-12)
        assert index.ranks[order["IND"], place] == row["Rank"]


@pytest.mark.shared
def test_ranks_inside_groups_are_coinrs(coinr):
    table = coinr.table("results/asem_Aggs_groupranks_GDPpc.csv")
    scores = coinr.table("asem_stages/Aggregated.csv")
    nodes = table.columns[2:]

    for (_,), members in table.group_by("GDPpc_group"):
        chosen = members.select("uCode").join(scores, on="uCode", how="left")
        got = rank_descending(chosen.select(nodes).to_numpy())
        np.testing.assert_array_equal(got, members.select(nodes).to_numpy())


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
def test_a_data_threshold_for_each_level_gives_coinrs_numbers(coinr, which):
    """COINr's thresholds by level are the nodes' own here: 0.7 in the pillars, 0.5 at the top."""
    pillars = {"rule": "share", "share": 0.7}
    above = {
        f"nodes.{node}.missing": {"rule": "share", "share": 0.5}
        for node, height in coinr.framework(which).heights().items()
        if height > 2
    }
    index = scored(coinr, which, {"missing": pillars}, above)

    same(coinr, index, f"{which}_amean_datthresh_vec")
