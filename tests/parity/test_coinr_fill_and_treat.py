"""Denomination, imputation and treatment of COINr 1.1.14 on ASEM and synthetic data.

Calls: ``Denominate``, ``Impute``, ``Treat``, ``qTreat`` and the vector functions;
../shared/golden/coinr/INDEX.csv.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index import treat as treating
from sanfu.index.moments import skew_and_kurtosis

ONLY_IMPUTE = {"order": ["denominate", "impute", "normalise"]}


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-300)


def sorted_values(index, step):
    got = index.steps[step].figures
    return got.codes, got.values[np.argsort(got.units.astype(str))]


@pytest.mark.shared
def test_denominators_of_imeta_give_coinrs_numbers(coinr):
    framework = coinr.framework("asem", {"order": ["denominate", "normalise"]})

    codes, values = sorted_values(
        build_index(framework, coinr.figures("asem"), parity="COINr"), "denominate"
    )

    close(values, coinr.matrix("denominate/asem_iMeta_denoms.csv", codes))


@pytest.mark.shared
def test_a_denominator_from_another_table_with_a_scale_gives_coinrs_numbers(coinr):
    world = coinr.table("input/world_denoms.csv").select("uCode", world_gdp="GDP")
    figures = coinr.figures("asem").join(world, on="uCode", how="left")
    framework = coinr.framework("asem", {"order": ["denominate", "normalise"]}).vary(
        {"indicators.Goods.denominator": "world_gdp", "indicators.Goods.scale": 1000}
    )

    codes, values = sorted_values(build_index(framework, figures, parity="COINr"), "denominate")

    expected = coinr.matrix("denominate/asem_goods_world_gdp_x1000.csv", ["Goods"])
    close(values[:, [codes.index("Goods")]], expected)


IMPUTE = {
    "i_mean": {"method": "mean"},
    "i_median": {"method": "median"},
    "i_mean_grp_EurAsia": {"method": "group_mean", "group": "EurAsia_group"},
    "i_median_grp_GDPpc": {"method": "group_median", "group": "GDPpc_group"},
    "row_mean_normfirst": {"method": "row_mean"},
    "row_mean_normfirst_grouplev2": {"method": "row_mean", "within": "2"},
    "row_median_grouplev3": {"method": "row_median", "within": "3"},
    "synth_i_mean": {"method": "mean"},
    "synth_i_median": {"method": "median"},
    "synth_i_mean_grp": {"method": "group_mean", "group": "grp"},
    "synth_row_mean_normfirst": {"method": "row_mean"},
    "synth_row_mean_normfirst_lev2": {"method": "row_mean", "within": "2"},
}


@pytest.mark.shared
@pytest.mark.parametrize("name", IMPUTE)
def test_an_imputation_gives_coinrs_numbers(coinr, name):
    which = "synth" if name.startswith("synth") else "asem"
    method = ONLY_IMPUTE | {"impute": IMPUTE[name]}
    if which == "synth":  # imputed from Raw, not denominated
        method |= {"order": ["impute", "normalise"], "denominate": None}
    index = build_index(coinr.framework(which, method), coinr.figures(which), parity="COINr")

    codes, values = sorted_values(index, "impute")

    expected = coinr.matrix(f"impute/{name}.csv", codes)
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-13)


WIN1 = {"first": {"method": "winsorise", "points": 1}}
TREAT = {
    "asem_default_win5_logCT": {},
    "asem_win1_logCT": WIN1,
    "asem_combine_true_win1": WIN1 | {"combine": True},
    "asem_win1_logCTplus": WIN1 | {"second": "log_ct_plus"},
    "asem_win1_boxcox0.3": WIN1 | {"second": {"method": "boxcox", "power": 0.3}},
    "asem_thresh_1.5_3": {"skew": 1.5, "kurtosis": 3},
    "synth_default": {},
    "synth_win1_logCT": WIN1,
    "synth_win1_logCTplus": WIN1 | {"second": "log_ct_plus"},
    "synth_combine_win2": {"first": {"method": "winsorise", "points": 2}, "combine": True},
}


def treated(coinr, name, rule, own=None):
    which = name.split("_")[0]
    source = "asem_stages/Screened.csv" if which == "asem" else "input/synth_iData.csv"
    framework = coinr.framework(which, {"treat": rule, "denominate": None})
    if own:
        framework = framework.vary({f"indicators.{c}.treat": r for c, r in own.items()})
    return build_index(framework, coinr.table(source), parity="COINr").steps["treat"]


@pytest.mark.shared
@pytest.mark.parametrize("name", TREAT)
def test_a_treatment_gives_coinrs_numbers_tests_and_points(coinr, name):
    step = treated(coinr, name, TREAT[name])

    codes = step.figures.codes
    close(step.figures.values, coinr.matrix(f"treat/{name}_x.csv", codes))

    details = coinr.table(f"treat/{name}_dets.csv")
    table = step.table
    wanted = details.select("check_SkewKurt0.Skew", "check_SkewKurt0.Kurt").to_numpy()
    np.testing.assert_allclose(
        table.select("skew_before", "kurtosis_before").to_numpy(), wanted, rtol=1e-12
    )
    last = "check_SkewKurt2" if "check_SkewKurt2.Skew" in details.columns else "check_SkewKurt1"
    twice = details[f"{last}.Skew"].is_not_null().to_numpy()
    np.testing.assert_allclose(
        table.select("skew_after", "kurtosis_after").to_numpy()[twice],
        details.select(f"{last}.Skew", f"{last}.Kurt").to_numpy()[twice],
        rtol=1e-12,
    )
    _same_points(coinr.table(f"treat/{name}_points.csv"), step, boxcox="boxcox" in name)


def _same_points(points, step, *, boxcox) -> None:
    words = {0: "", 1: "winhi", -1: "winlo", 2: "log"}
    for column in points.columns[1:]:
        marks = step.marks[:, step.figures.codes.index(column)]
        for theirs, mark in zip(points[column].fill_null("").to_list(), marks, strict=True):
            if mark == 2:  # COINr labels its logs, and Box-Cox not at all
                assert ("log" in theirs) or boxcox, (column, theirs)
            else:
                assert words[int(mark)] == theirs.split("+")[0], (column, theirs, mark)


@pytest.mark.shared
def test_a_treatment_of_single_indicators_gives_coinrs_numbers(coinr):
    own = {"i2": "none"}
    step = treated(coinr, "synth_indiv", {}, own)

    close(step.figures.values, coinr.matrix("treat/synth_indiv_x.csv", step.figures.codes))
    details = coinr.table("treat/synth_indiv_dets.csv")
    table = step.table.filter(pl.col("indicator").is_in(details["iCode"].to_list()))
    assert table["indicator"].to_list() == details["iCode"].to_list()
    for ours, theirs in (("before", "0"), ("after", "1")):
        wanted = details.select(f"check_SkewKurt{theirs}.Skew", f"check_SkewKurt{theirs}.Kurt")
        there = wanted.to_series(0).is_not_null().to_numpy()
        got = table.select(f"skew_{ours}", f"kurtosis_{ours}").to_numpy()
        np.testing.assert_allclose(got[there], wanted.to_numpy()[there], rtol=1e-12)
    _same_points(coinr.table("treat/synth_indiv_points.csv"), step, boxcox=False)


@pytest.mark.shared
def test_quick_treatment_gives_coinrs_numbers(coinr):
    step = treated(coinr, "synth_q", {"first": {"method": "winsorise", "points": 3}})

    close(step.figures.values, coinr.matrix("treat/synth_qTreat_winmax3.csv", step.figures.codes))


@pytest.fixture
def raw(coinr):
    codes = list(coinr.framework("asem").indicators)
    return codes, coinr.matrix("asem_stages/Raw.csv", codes)


VECTORS = {
    "log_CT": treating.transform_log_ct,
    "log_CT_plus": treating.transform_log_ct_plus,
    "log_CT_orig": treating.transform_log_ct_orig,
    "boxcox_0": lambda x: treating.transform_boxcox(x, power=0),
    "boxcox_0.5": lambda x: treating.transform_boxcox(x, power=0.5),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", VECTORS)
def test_a_transformation_gives_coinrs_numbers(coinr, raw, name):
    codes, x = raw

    expected = coinr.matrix(f"treat/vec_{name}.csv", codes)
    np.testing.assert_allclose(VECTORS[name](x), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.shared
def test_skewness_and_kurtosis_are_coinrs(coinr, raw):
    codes, x = raw
    table = coinr.table("treat/skew_kurt_raw.csv")

    g1, g2 = skew_and_kurtosis(x)

    by_code = {row[0]: row for row in table.iter_rows()}
    wanted = np.array([[by_code[c][table.columns.index(k)] for k in _pair(table)] for c in codes])
    np.testing.assert_allclose(np.stack([g1, g2], axis=1), wanted, rtol=1e-12)


def _pair(table):
    skew = next(c for c in table.columns if "skew" in c.lower() and "kurt" not in c.lower())
    kurt = next(c for c in table.columns if "kurt" in c.lower() and "skew" not in c.lower())
    return skew, kurt


@pytest.mark.shared
def test_the_grid_of_winsorisations_is_coinrs(coinr, raw):
    codes, x = raw
    grid = coinr.table("treat/vec_winsorise_grid.csv")

    for row in grid.iter_rows(named=True):
        limit = None if not str(row["winmax"]).isdigit() else int(row["winmax"])
        value = x[:, codes.index(row["iCode"])]
        done = treating.winsorise(value, points=limit, parity="COINr")
        g1, g2 = skew_and_kurtosis(done.x[:, None])

        assert done.points == row["nwin"], row
        got = [np.nanmax(done.x), np.nanmin(done.x), g1[0], g2[0]]
        wanted = [row["max"], row["min"], row["skew"], row["kurt"]]
        np.testing.assert_allclose(got, wanted, rtol=1e-12, err_msg=str(row))
