"""Statistics, availability, correlations, p-values, flags and alpha of COINr 1.1.14.

Calls: ``get_stats``, ``get_data_avail``, ``get_corr``, ``get_pvals``, ``get_corr_flags``,
``get_cronbach``, ``get_denom_corr``; ../shared/golden/coinr/INDEX.csv.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index.coherence import (
    Limits,
    assess_coherence,
    correlate_with_size,
    count_availability,
    cronbach_alpha,
    describe_columns,
)
from sanfu.index.correlation import correlate

METHOD = {
    "order": ["denominate", "impute", "screen", "treat", "normalise"],
    "impute": {"method": "group_mean", "group": "EurAsia_group"},
    "screen": {"available": 0.9},
    "treat": {},
}
OURS = {
    "n": "N.Avail",
    "min": "Min",
    "max": "Max",
    "mean": "Mean",
    "median": "Median",
    "sd": "Std",
    "skew": "Skew",
    "kurtosis": "Kurt",
    "nonzero": "N.NonZero",
    "unique": "N.Unique",
    "same": "N.Same",
    "available": "Frc.Avail",
    "nonzero_share": "Frc.NonZero",
    "unique_share": "Frc.Unique",
    "same_share": "Frc.Same",
}
FLAGS = {
    "low_data": ("Flag.Avail", "LOW"),
    "low_nonzero": ("Flag.NonZero", "LOW"),
    "low_unique": ("Flag.Unique", "LOW"),
    "outliers": ("Flag.SkewKurt", "OUT"),
}
CON = ["Goods", "Services", "FDI", "PRemit", "ForPort"]


@pytest.fixture(scope="module")
def asem(coinr):
    figures = coinr.figures("asem").sort("uCode")
    return build_index(coinr.framework("asem", METHOD), figures, parity="COINr")


def rounds_to(values, expected, digits=3):
    """R rounds 9.205 down and Python up; either is a right rounding."""
    size = 10 ** (np.floor(np.log10(np.abs(np.where(values == 0, 1, values)))) - digits + 1)
    return bool((np.abs(values - expected) <= size / 2 * (1 + 1e-6)).all())


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "source", "limits"),
    [
        ("asem_raw_stats", "asem_stages/Raw.csv", Limits()),
        ("asem_raw_stats_3sf", "asem_stages/Raw.csv", Limits()),
        ("synth_raw_stats", "input/synth_iData.csv", Limits()),
        (
            "asem_norm_stats_thr",
            "asem_stages/Normalised.csv",
            Limits(skew=1.5, kurtosis=2, available=0.9, nonzero=0.7, unique=0.8),
        ),
    ],
)
def test_statistics_are_coinrs(coinr, name, source, limits):
    expected = coinr.table(f"stats/{name}.csv")
    codes = expected["iCode"].to_list()

    got = describe_columns(coinr.matrix(source, codes), codes, limits)

    for ours, theirs in OURS.items():
        value = got[ours].cast(pl.Float64).to_numpy()
        wanted = expected[theirs].cast(pl.Float64).to_numpy()
        if name.endswith("3sf"):
            assert rounds_to(value, wanted), ours
        else:
            np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-12, err_msg=ours)
    for ours, (theirs, word) in FLAGS.items():
        assert got[ours].to_list() == (expected[theirs] == word).to_list(), ours


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
def test_data_availability_is_coinrs(coinr, which):
    framework = coinr.framework(which)
    summary = coinr.table(f"stats/{which}_dat_avail_summary.csv")
    groups = coinr.table(f"stats/{which}_dat_avail_bygroup.csv")
    data = coinr.table(f"input/{which}_iData.csv").sort("uCode")
    codes = list(framework.indicators)
    nodes = [column for column in groups.columns if column != "uCode"]

    got = count_availability(
        data.select(codes).cast(pl.Float64).fill_null(np.nan).to_numpy(),
        data["uCode"].to_list(),
        codes,
        {node: framework.below(node) for node in nodes},
    )

    assert got["unit"].to_list() == summary["uCode"].to_list() == groups["uCode"].to_list()
    theirs = ("N_missing", "N_zero", "N_miss_or_zero", "Dat_Avail", "Non_Zero")
    ours = ("missing", "zeros", "missing_or_zero", "available", "nonzero")
    for mine, column in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(got[mine], summary[column].cast(pl.Float64), rtol=1e-12)
    for node in nodes:
        np.testing.assert_allclose(got[node], groups[node].cast(pl.Float64), rtol=1e-12)


def pairs(coinr, name):
    """Rows of a golden file, with holes for what COINr left out as not significant."""
    return coinr.table(f"correlation/{name}.csv").rows()


def column(asem, code):
    return asem.value(code)[:, None]


@pytest.mark.shared
@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_correlations_of_indicators_are_coinrs(coinr, asem, method):
    for a, b, expected in pairs(coinr, f"L1_L1_ConEcFin_{method}"):
        got = correlate(column(asem, a), column(asem, b), method=method).r[0, 0]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.shared
def test_correlations_that_are_not_significant_are_those_that_coinr_leaves_out(coinr, asem):
    codes = list(asem.plan.indicators)
    found = correlate(coinr.matrix("asem_stages/Treated.csv", codes))  # so by the signs in the file
    place = {code: k for k, code in enumerate(codes)}

    rows = pairs(coinr, "L1_L1_all_pearson_p05")

    assert len(rows) == 49 * 49
    for a, b, expected in rows:
        i, j = place[a], place[b]
        assert (found.p[i, j] > 0.05) == (expected is None)
        if expected is not None:
            assert found.r[i, j] == pytest.approx(expected, rel=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["L2_L3_withparent", "L1_L4_index", "L2_grouplev3"])
def test_correlations_between_levels_are_coinrs(coinr, asem, name):
    rows = pairs(coinr, name)
    assert rows
    for a, b, expected in rows:
        got = correlate(column(asem, a), column(asem, b)).r[0, 0]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.shared
def test_correlations_with_the_family_are_coinrs(coinr, asem):
    table = assess_coherence(asem).belonging
    own = dict(table.select("code", "own").iter_rows())
    index = dict(table.select("code", "index").iter_rows())
    sub = {c: n for n in ("Conn", "Sust") for c in asem.framework.below(n)}

    for family, code, expected in pairs(coinr, "family_L1"):
        match family:
            case "Pillar":
                got = own[code]
            case "Index":
                got = index[code]
            case _:
                got = correlate(column(asem, code), column(asem, sub[code])).r[0, 0]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.shared
def test_correlations_of_raw_figures_with_their_directions_are_coinrs(coinr, asem):
    rows = pairs(coinr, "raw_use_directions_Social")
    codes = sorted({a for a, _, _ in rows})
    sign = [asem.framework.indicators[c].direction for c in codes]
    found = correlate(coinr.matrix("asem_stages/Raw.csv", codes) * sign)

    for a, b, expected in rows:
        got = found.r[codes.index(a), codes.index(b)]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.shared
def test_p_values_are_coinrs(coinr, asem):
    expected = coinr.matrix("correlation/pvals_pearson_ConEcFin.csv", CON)
    raw = coinr.matrix("asem_stages/Raw.csv", CON)
    ranked = coinr.matrix("correlation/pvals_spearman_exactF_ConEcFin_raw.csv", CON)
    off = ~np.eye(len(CON), dtype=bool)

    found = correlate(np.stack([asem.value(c) for c in CON], axis=1))

    np.testing.assert_allclose(found.p[off], expected[off], rtol=1e-12)
    got = correlate(raw, method="spearman").p
    np.testing.assert_allclose(got[off], ranked[off], rtol=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "level", "keep"),
    [
        ("flags_high0.75_lev2", 2, lambda r: r > 0.75),
        ("flags_low-0.5_lev3", 3, lambda r: r < -0.5),
    ],
)
def test_flags_within_groups_are_coinrs(coinr, asem, name, level, keep):
    height = asem.framework.heights()
    home = {
        code: node
        for node in asem.plan.nodes
        if height[node] == level
        for code in asem.framework.below(node)
    }

    table = assess_coherence(asem).correlations.filter(pl.col("a").is_in(list(home)))
    flagged = {
        (home[a], frozenset((a, b)), round(r, 3))
        for a, b, r in table.select("a", "b", "r").iter_rows()
        if b in home and home[a] == home[b] and keep(r)
    }

    expected = {
        (group, frozenset((a, b)), r)
        for group, a, b, r in coinr.table(f"correlation/{name}.csv").iter_rows()
    }
    assert flagged == expected


@pytest.mark.shared
def test_cronbachs_alpha_is_coinrs(coinr, asem):
    expected = coinr.json("correlation/cronbach.json")
    nodes = assess_coherence(asem).nodes
    alpha = dict(nodes.select("node", "alpha").iter_rows())
    raw = coinr.matrix("asem_stages/Raw.csv", asem.framework.below("P2P"))

    for node, value in expected.items():
        if not node.startswith("raw"):
            assert alpha[node.removesuffix("_L2")] == pytest.approx(value, rel=1e-12)
    pairwise, complete = cronbach_alpha(raw), cronbach_alpha(raw, missing="complete")
    assert pairwise == pytest.approx(expected["raw_P2P_pairwise"], rel=1e-12)
    assert complete == pytest.approx(expected["raw_P2P_complete"], rel=1e-12)


@pytest.mark.shared
def test_correlations_with_denominators_are_coinrs(coinr):
    expected = coinr.table("denominate/denom_corr_thresh0.5.csv")
    codes = list(coinr.framework("asem").indicators)
    names = ["Area", "Energy", "GDP", "Population"]
    data = coinr.table("input/asem_iData.csv").sort("uCode")

    def matrix(columns):
        return data.select(columns).cast(pl.Float64).fill_null(np.nan).to_numpy()

    got = correlate_with_size(matrix(codes), codes, matrix(names), names, limit=0.5)

    ours = {(code, name): r for code, name, r in got.select("code", "denominator", "r").rows()}
    assert set(ours) == {(a, b) for a, b, _ in expected.rows()}
    for a, b, r in expected.rows():
        assert ours[a, b] == pytest.approx(r, rel=1e-12)
