"""Every line of docs/explanation/index-coinr-differences.md: what is by default, what in parity."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sanfu.index import ImpossibleCombination, NotPositive, build_index, parse_framework
from sanfu.index.aggregate import aggregate
from sanfu.index.impute import impute_panel
from sanfu.index.method import TreatStage
from sanfu.index.method_aggregate import Generalised, Harmonic
from sanfu.index.method_normalise import DistanceToReference, FractionOfMaximum
from sanfu.index.normalise import normalise
from sanfu.index.outrank import aggregate_copeland
from sanfu.index.robustness.design import coinr_codes, realise_codes
from sanfu.index.robustness.sobol import estimate_sobol
from sanfu.index.treat import apply_stage, winsorise
from sanfu.index.trends import find_trends
from sanfu.index.why import find_strengths

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "index-coinr-differences.md"
NAN = math.nan


def framework(indicators=("a",), *, own=None, **method):
    return parse_framework(
        {
            "framework": "d",
            "name": {"zh": "d", "en": "d"},
            "nodes": {"all": {"name": {"zh": "all", "en": "all"}}},
            "indicators": {
                code: {"name": {"zh": code, "en": code}, "parent": "all"} | (own or {})
                for code in indicators
            },
            "method": method,
        }
    )


def units(n):
    return [f"u{k}" for k in range(n)]


def log_gii():
    x = np.array([[1.0], [3.0], [11.0]])
    stage = TreatStage(method="log_gii")
    expected = np.log(10 * (x - 1) / 10 + 1)

    np.testing.assert_allclose(apply_stage(x, stage), expected)
    np.testing.assert_array_equal(apply_stage(x, stage, parity="COINr"), x)


def ties_overshoot():
    x = np.array([0.0] * 30 + [1.0] * 5 + [100.0] * 3)

    assert winsorise(x, points=2).points == 0
    assert winsorise(x, points=2, parity="COINr").points == 3


def never_constant():
    x = np.array([1.0] * 20 + [2.0])

    for parity in (None, "COINr"):
        assert set(winsorise(x, points=None, parity=parity).x) == {1.0, 2.0}


def own_treatment():
    x = [*np.linspace(0, 1, 20).tolist(), 500.0, None]
    plan = framework(own={"treat": {"first": {"method": "winsorise", "points": 3}}})

    for parity in (None, "COINr"):
        index = build_index(plan, {"unit": units(22), "a": x}, parity)
        assert np.nanmax(index.steps["treat"].figures.values) == 1.0


def panel_treatment():
    flat, tailed = np.linspace(0, 1, 12).tolist(), [*np.linspace(0, 1, 11).tolist(), 60.0]
    panel = {"unit": units(12) * 2, "year": [2020] * 12 + [2021] * 12, "a": flat + tailed}

    default = build_index(framework(treat={}), panel).steps["treat"].table
    parity = build_index(framework(treat={}), panel, "COINr").steps["treat"].table

    assert default["year"].to_list() == [None]
    assert dict(zip(parity["year"], parity["stage"], strict=True)) == {2020: 0, 2021: 1}


def empty_group():
    plan = framework(impute={"method": "group_mean", "group": "g"})
    figures = {"unit": units(4), "g": ["x", "x", "y", "y"], "a": [1.0, 2.0, None, None]}

    index = build_index(plan, figures)

    assert np.isnan(index.steps["impute"].figures.values[2:, 0]).all()
    assert [f.code for f in index.findings if f.step == "impute"] == ["still-missing"]


def years_not_rows():
    plan = framework(impute={"method": "latest", "max_years": 1})
    panel = {"unit": ["x", "x", "y", "y"], "year": [2010, 2020, 2010, 2020], "a": [1, None, 2, 3]}

    assert np.isnan(build_index(plan, panel).steps["impute"].figures.values[1, 0])
    assert build_index(plan, panel, "COINr").steps["impute"].figures.values[1, 0] == 1


def linear_ends():
    x, years = np.array([[NAN], [2.0], [NAN], [4.0], [NAN]]), [1, 2, 3, 4, 5]

    between = impute_panel(x, ["u"] * 5, years, method="linear")
    held = impute_panel(x, ["u"] * 5, years, method="linear_constant")

    np.testing.assert_array_equal(between[:, 0], [NAN, 2, 3, 4, NAN])
    np.testing.assert_array_equal(held[:, 0], [2, 2, 3, 4, 4])


def row_order():
    x = np.array([[NAN, 7.0], [1.0, 8.0], [NAN, 9.0]])

    got = impute_panel(x, ["u"] * 3, [2022, 2020, 2021], method="latest")

    np.testing.assert_array_equal(got, [[1, 7], [1, 8], [1, 9]])


def fraction_reversed():
    x, down = np.array([[1.0], [2.0], [4.0]]), np.array([-1.0])

    assert normalise(x, FractionOfMaximum(), down)[:, 0].tolist() == [1, 0.5, 0.25]
    coinrs = normalise(x, FractionOfMaximum(), down, parity="COINr")
    assert coinrs[:, 0].tolist() == [1, 2, 4]


def panel_parameters():
    plan = framework(own={"goalposts": [0, 10]}, normalise="goalposts")
    panel = {"unit": ["x", "y"] * 2, "year": [2020, 2020, 2021, 2021], "a": [1, 2, 3, 12]}

    for parity in (None, "COINr"):
        assert build_index(plan, panel, parity).scores[:, 0].tolist() == [10, 20, 30, 100]


def constant_column():
    figures = {"unit": units(3), "a": [1, 2, 3], "b": [5, 5, 5]}

    index = build_index(framework(("a", "b")), figures)

    assert index.scores[:, 0].tolist() == [0, 50, 100]
    assert [(f.code, f.item) for f in index.findings] == [("constant-column", "b")]


def division_by_zero():
    x, rule = np.array([[0.0], [2.0]]), DistanceToReference(unit="low")

    default = normalise(x, rule, np.ones(1), units=["low", "high"])
    coinrs = normalise(x, rule, np.ones(1), units=["low", "high"], parity="COINr")

    assert np.isnan(default).all()
    assert coinrs[1, 0] == math.inf


def generalised_holes():
    x, rule = np.array([[3.0, NAN, 4.0]]), Generalised(power=2)

    assert aggregate(x, np.ones(3), rule)[0] == pytest.approx(math.sqrt(12.5))
    assert math.isnan(aggregate(x, np.ones(3), rule, parity="COINr")[0])


def harmonic_negative():
    x = np.array([[-1.0, 2.0, 3.0]])

    with pytest.raises(NotPositive):
        aggregate(x, np.ones(3), Harmonic())
    assert aggregate(x, np.ones(3), Harmonic(), parity="COINr")[0] == pytest.approx(-18)


def copeland_holes():
    x = np.array([[1.0, NAN], [NAN, 2.0], [3.0, 1.0]])

    # the first two have nothing in common; each meets only the third
    assert aggregate_copeland(x, np.ones(2)).tolist() == [-1, 1, 0]
    assert aggregate_copeland(x[::-1], np.ones(2)).tolist() == [0, 1, -1]


def share_of_weight():
    plan = framework(("a", "b"), missing={"rule": "share", "share": 0.8}).vary(
        {"indicators.a.weight": 9}
    )
    figures = {"unit": units(3), "a": [0, 5, 10], "b": [1, None, 3]}

    assert build_index(plan, figures).scores[1, 0] == 50
    assert math.isnan(build_index(plan, figures, "COINr").scores[1, 0])


def last_place():
    plan = framework(("a", "b", "c"))
    figures = {"unit": units(5), "a": [1, 2, 3, 4, 5], "b": [1, 5, 4, 3, 2], "c": [5, 4, 3, 2, 1]}
    index = build_index(plan, figures)
    first = index.units[0]  # last in a and b, first in c

    default = find_strengths(index, first)
    coinrs = find_strengths(index, first, parity="COINr")

    assert default.weaknesses["part"].to_list() == ["a", "b"]
    assert default.strengths["part"].to_list() == ["c"]
    assert coinrs.weaknesses["part"].to_list() == coinrs.strengths["part"].to_list() == ["c"]


def report_level():
    plan = framework(("a", "b"))
    index = build_index(plan, {"unit": units(3), "a": [1, 2, 3], "b": [1, 2, 3]})

    top = max(plan.heights().values())
    assert find_strengths(index, index.units[2], under=top).strengths[
        "node"
    ].unique().to_list() == [plan.root]


PANEL = pl.DataFrame({"unit": ["u"] * 3, "year": [2018, 2019, 2020], "x": [1.0, 10.0, 40.0]})


def trend_years():
    assert find_trends(PANEL, years=[2019, 2020])["trend"].item() == pytest.approx(3)


def trend_single():
    found = find_trends(PANEL.with_columns(y="x"), ["x"], years=[2018, 2020])

    assert found["trend"].to_list() == [pytest.approx(40**0.5 - 1)]


def alternative_bins():
    u = np.array([0.1, 0.2, 0.3, 0.55])
    edges = np.array([0.5, 1.0])

    ours = realise_codes(u, edges)
    coinrs = coinr_codes(u, 2)

    assert ours.tolist() == [0, 0, 0, 1]
    assert coinrs.tolist() == [0, 0, 0, 1]
    assert realise_codes(u[:3], edges).tolist() == [0, 0, 0]
    assert coinr_codes(u[:3], 2).tolist() == [0, 0, 1]  # the third changes with its company


def failed_replicates():
    index = build_index(framework(("a", "b")), {"unit": units(3), "a": [1, 2, 3], "b": [3, 1, 2]})
    choices = {"m": {"path": "method.aggregate", "values": ["arithmetic", "geometric"]}}

    with pytest.raises(ImpossibleCombination, match="geometric"):
        index.robustness(choices, replicates=10)
    mended = index.robustness({"choices": choices, "impossible": {"offset": 1}}, replicates=10)
    assert not np.isnan(mended.scores).any()


def sobol_centred():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 64, 2))
    y = np.stack([100 + one.sum(axis=1) for one in (a, b, *_frozen(a, b))])[..., None]

    def off(parity):
        found = estimate_sobol(y, parity=parity, bootstrap=0).first.value
        return float(np.abs(found - 0.5).max())

    assert off(None) < 0.2
    assert off("COINr") > 1


def _frozen(a, b):
    for column in range(2):
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        yield mixed


def panel_robustness():
    table = pl.DataFrame(
        {"unit": units(3) * 2, "year": [2019] * 3 + [2020] * 3, "a": [1, 2, 3, 2, 5, 4]}
    ).with_columns(b=pl.Series([3, 1, 2, 6, 5, 7]))
    index = build_index(framework(("a", "b"), normalise={"method": "minmax", "over": "all"}), table)

    found = index.robustness({"w": {"weights": {"noise": 0.5}}}, replicates=20, year=2019)

    assert found.year == 2019
    assert found.scores.shape == (20, 3)


DIFFERENCES = {
    "log-gii": log_gii,
    "ties-overshoot": ties_overshoot,
    "never-constant": never_constant,
    "own-treatment": own_treatment,
    "panel-treatment": panel_treatment,
    "empty-group": empty_group,
    "years-not-rows": years_not_rows,
    "linear-ends": linear_ends,
    "row-order": row_order,
    "fraction-reversed": fraction_reversed,
    "panel-parameters": panel_parameters,
    "constant-column": constant_column,
    "division-by-zero": division_by_zero,
    "generalised-holes": generalised_holes,
    "harmonic-negative": harmonic_negative,
    "copeland-holes": copeland_holes,
    "share-of-weight": share_of_weight,
    "last-place": last_place,
    "report-level": report_level,
    "trend-years": trend_years,
    "trend-single": trend_single,
    "alternative-bins": alternative_bins,
    "failed-replicates": failed_replicates,
    "sobol-centred": sobol_centred,
    "panel-robustness": panel_robustness,
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_from_coinr_is_as_the_page_says(name):
    DIFFERENCES[name]()


def test_the_page_lists_exactly_the_tested_differences():
    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert listed == list(DIFFERENCES)
