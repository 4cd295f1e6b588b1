"""Panels of COINr 1.1.14 (its "purse"): treatment per year, normalisation, panel imputation.

Calls: ``build_example_purse()``, ``Normalise(purse, global = ...)``, ``impute_panel``;
../shared/golden/coinr/INDEX.csv. ``trends_CAGR_Time2020_2022_BUG`` is never matched.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index import build_index, parse_framework
from sanfu.index.impute import impute_panel

YEARS = (2018, 2019, 2020, 2021, 2022)


def purse(coinr, normalise):
    method = {
        "order": ["screen", "treat", "normalise"],
        "denominate": None,
        "screen": {"available": 0.9},
        "treat": {"over": "year"},
        "normalise": normalise,
    }
    return build_index(coinr.framework("asem", method), coinr.figures("asem_panel"), parity="COINr")


def of_year(figures, year):
    rows = np.flatnonzero(figures.years == year)
    return rows[np.argsort(figures.units[rows].astype(str))]


@pytest.mark.shared
@pytest.mark.parametrize(("step", "name"), [("treat", "Treated"), ("normalise", "Normalised")])
def test_every_year_of_a_panel_is_coinrs(coinr, step, name):
    index = purse(coinr, "minmax")
    figures = index.steps[step].figures

    for year in YEARS:
        rows = of_year(figures, year)
        expected = coinr.matrix(f"purse/{name}_{year}.csv", figures.codes)
        np.testing.assert_allclose(figures.values[rows], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("normalise", "name"),
    [
        ("minmax", "Aggregated"),
        ({"method": "minmax", "over": "year"}, "Aggregated_local_normalisation"),
    ],
)
def test_scores_of_a_panel_are_coinrs(coinr, normalise, name):
    index = purse(coinr, normalise)
    expected = coinr.table(f"purse/{name}.csv").sort("Time", "uCode")
    rows = np.lexsort((np.asarray(index.units), index.years))

    np.testing.assert_array_equal(index.years[rows], expected["Time"].to_numpy())
    wanted = expected.select(index.plan.nodes).to_numpy()
    np.testing.assert_allclose(index.scores[rows], wanted, rtol=1e-12, atol=0)


@pytest.mark.shared
def test_treatment_tests_of_every_year_are_coinrs(coinr):
    table = purse(coinr, "minmax").steps["treat"].table
    expected = coinr.table("purse/Treated_Dets_Table.csv")

    ours = table.sort("year", "indicator").select("skew_before", "kurtosis_before").to_numpy()
    theirs = expected.sort("Time", "iCode")
    theirs = theirs.select("check_SkewKurt0.Skew", "check_SkewKurt0.Kurt").to_numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


IMPUTED = {
    "panel_latest": {"method": "latest"},
    "panel_latest_max2": {"method": "latest", "max_years": 2},
    "panel_constant": {"method": "constant"},
    "panel_linear-constant": {"method": "linear_constant"},
}


@pytest.mark.shared
@pytest.mark.parametrize("name", IMPUTED)
def test_filling_from_other_years_gives_coinrs_numbers(coinr, name):
    given = coinr.table("purse/panel_INPUT.csv").sort("Time", "uCode")
    columns = given.columns[2:]
    expected = coinr.table(f"purse/{name}.csv").sort("Time", "uCode")

    got = impute_panel(
        given.select(columns).fill_null(np.nan).to_numpy(),
        given["uCode"].to_list(),
        given["Time"].to_list(),
        count_points=True,
        **IMPUTED[name],
    )

    wanted = expected.select(columns).fill_null(np.nan).to_numpy()
    np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.shared
def test_linear_filling_gives_coinrs_numbers(coinr):
    expected = coinr.table("purse/panel_linear_x1.csv").sort("Time", "uCode")
    given = coinr.table("purse/panel_INPUT.csv").sort("Time", "uCode")
    given = given.join(expected.select("uCode", "Time"), on=["uCode", "Time"], how="semi")

    got = impute_panel(
        given.select("x1").fill_null(np.nan).to_numpy(),
        given["uCode"].to_list(),
        given["Time"].to_list(),
        method="linear_constant",  # COINr's "linear" holds the ends constant
    )

    np.testing.assert_allclose(got[:, 0], expected["x1"].to_numpy(), rtol=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["panel_latest", "panel_latest_max2"])
def test_the_year_that_a_filling_comes_from_is_coinrs(coinr, name):
    given = coinr.table("purse/panel_INPUT.csv").sort("Time", "uCode").rename({"Time": "year"})
    codes = given.columns[2:]
    expected = coinr.table(f"purse/{name}_DataT.csv").sort("Time", "uCode")
    step = fill_panel(given, codes, IMPUTED[name]).steps["impute"]

    words = {mark: str(text) for mark, text in step.meaning} | {0: ""}
    for column, code in enumerate(codes):
        for row, (unit, year, used) in enumerate(expected.select("uCode", "Time", code).rows()):
            said = words[int(step.marks[row, column])]
            assert (step.figures.units[row], step.figures.years[row]) == (unit, year)
            assert np.isnan(step.figures.values[row, column]) == (used is None)
            assert said == ("" if used in (None, year) else f"填补（取自 {used} 年）")


def fill_panel(figures, codes, rule):
    def name(code):
        return {"zh": code, "en": code}

    framework = parse_framework(
        {
            "framework": "panel",
            "name": name("panel"),
            "figures": {"unit": "uCode"},
            "nodes": {"top": {"name": name("top")}},
            "indicators": {code: {"name": name(code), "parent": "top"} for code in codes},
            "method": {"impute": rule, "order": ["impute", "normalise"]},
        }
    )
    return build_index(framework, figures, parity="COINr")
