"""The ASEM example of COINr, stage by stage, from its own inputs.

COINr 1.1.14 @ b968203: ``build_example_coin()``; see ../shared/golden/coinr/README.md.
"""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest

from sanfu.index import build_index
from sanfu.index.coherence import count_availability

METHOD = {
    "order": ["denominate", "impute", "screen", "treat", "normalise"],
    "impute": {"method": "group_mean", "group": "EurAsia_group"},
    "screen": {"available": 0.9},
    "treat": {},
}
STAGES = {
    "raw": "Raw",
    "denominate": "Denominated",
    "impute": "Imputed",
    "screen": "Screened",
    "treat": "Treated",
    "normalise": "Normalised",
}


@pytest.fixture(scope="module")
def asem(coinr):
    return build_index(coinr.framework("asem", METHOD), coinr.figures("asem"), parity="COINr")


@pytest.mark.shared
@pytest.mark.parametrize("step", STAGES)
def test_every_stage_of_asem_is_coinrs(coinr, asem, step):
    expected = coinr.table(f"asem_stages/{STAGES[step]}.csv")
    got = asem.steps[step].figures
    order = np.argsort(got.units.astype(str))

    wanted = expected.select(got.codes).cast(pl.Float64).to_numpy()

    assert got.units[order].tolist() == expected["uCode"].to_list()
    np.testing.assert_allclose(got.values[order], wanted, rtol=1e-12, atol=0)


@pytest.mark.shared
def test_every_node_of_asem_has_coinrs_score(coinr, asem):
    index = asem
    expected = coinr.table("asem_stages/Aggregated.csv")
    order = np.argsort(np.asarray(index.units))

    wanted = expected.select(index.plan.nodes).to_numpy()

    np.testing.assert_allclose(index.scores[order], wanted, rtol=1e-12, atol=0)


@pytest.mark.shared
def test_the_declaration_is_as_coinr_keeps_it(coinr, asem):
    framework = asem.framework
    rows = coinr.table("asem_stages/Meta_Ind.csv").rows(named=True)
    parts = {**framework.nodes, **framework.indicators}

    assert {row["iCode"] for row in rows if row["Type"] in ("Indicator", "Aggregate")} == set(parts)
    for row in rows:
        if row["iCode"] in parts:
            part = parts[row["iCode"]]
            above = {row["Parent"]: row["Weight"]} if row["Parent"] else {}
            assert (part.edges(), part.name.en) == (above, row["iName"])
        if row["Type"] == "Indicator":
            told = (part.direction, part.unit, part.denominator, part.target)
            assert told == (row["Direction"], row["Unit"], row["Denominator"], row["Target"])


@pytest.mark.shared
def test_every_indicator_has_coinrs_lineage(coinr, asem):
    table = coinr.table("asem_stages/Meta_Lineage.csv")
    framework = asem.framework

    assert sorted(table["Indicator"]) == sorted(framework.indicators)
    for line in table.rows():
        for child, parent in itertools.pairwise(line):
            assert child in framework.children(parent)


@pytest.mark.shared
def test_declared_weights_are_coinrs(coinr, asem):
    table = coinr.table("asem_stages/Meta_Weights_Original.csv")
    framework = asem.framework
    parts = {**framework.nodes, **framework.indicators}

    assert {code: part.weight for code, part in parts.items()} == dict(
        table.select("iCode", "Weight").rows()
    )
    assert dict(table.select("iCode", "Level").rows()) == {
        **framework.heights(), **dict.fromkeys(framework.indicators, 1)
    }  # fmt: skip


@pytest.mark.shared
def test_groups_and_denominators_of_every_unit_are_coinrs(coinr, asem):
    expected = coinr.table("asem_stages/Meta_Unit.csv")
    figures = asem.steps["raw"].figures
    order = np.argsort(figures.units.astype(str))

    got = figures.others[order].with_columns(cs.float().fill_nan(None))

    assert figures.units[order].tolist() == expected["uCode"].to_list()
    for column in expected.columns[1:]:
        assert got[column].to_list() == expected[column].to_list(), column


@pytest.mark.shared
def test_the_screening_summary_is_coinrs(coinr, asem):
    expected = coinr.table("asem_stages/Screened_DataSummary.csv")
    before = asem.steps["impute"].figures
    order = np.argsort(before.units.astype(str))

    counted = count_availability(before.values[order], before.units[order], before.codes)

    theirs = ("N_missing", "N_zero", "N_miss_or_zero", "Dat_Avail", "Non_Zero")
    ours = ("missing", "zeros", "missing_or_zero", "available", "nonzero")
    for name, column in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(counted[column], expected[name].cast(float), rtol=1e-12)
    kept = expected.filter(expected["Included"].cast(str).str.to_uppercase() == "TRUE")
    assert sorted(asem.steps["screen"].figures.units) == kept["uCode"].to_list()


@pytest.mark.shared
def test_treatment_tests_and_points_of_asem_are_coinrs(coinr, asem):
    expected = coinr.table("asem_stages/Treated_Dets_Table.csv")
    points = coinr.table("asem_stages/Treated_Points.csv")
    step = asem.steps["treat"]
    table = step.table

    assert table["indicator"].to_list() == expected["iCode"].to_list()
    for ours, theirs in (("before", "0"), ("after", "1")):
        wanted = expected.select(f"check_SkewKurt{theirs}.Skew", f"check_SkewKurt{theirs}.Kurt")
        there = wanted.to_series(0).is_not_null().to_numpy()
        got = table.select(f"skew_{ours}", f"kurtosis_{ours}").to_numpy()
        np.testing.assert_allclose(got[there], wanted.to_numpy()[there], rtol=1e-12)
    order = np.argsort(step.figures.units.astype(str))
    words = {0: "", 1: "winhi", -1: "winlo", 2: "log"}
    for column in points.columns[1:]:
        marks = step.marks[order, step.figures.codes.index(column)]
        said = points[column].fill_null("").to_list()
        assert [words[int(m)] for m in marks] == [
            "log" if "log" in word else word.split("+")[0] for word in said
        ], column
    pulled = {c: int(n) for c, n in expected.select("iCode", "winsorise.nwin").rows() if n}
    for code, count in pulled.items():
        marks = step.marks[:, step.figures.codes.index(code)]
        assert int((np.abs(marks) == 1).sum()) == (0 if (marks == 2).any() else count), code
