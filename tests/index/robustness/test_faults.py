"""What is wrong is said in words that mend it; what must be known is a finding."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.index import ImpossibleCombination, build_index

NOISE = {"w": {"weights": {"noise": 0.3}}}


def flat(**method):
    """One node over three indicators: an index without pillars."""
    return {
        "framework": "flat",
        "name": {"zh": "平", "en": "flat"},
        "nodes": {"top": {"name": {"zh": "总", "en": "top"}}},
        "indicators": {c: {"name": {"zh": c, "en": c}, "parent": "top"} for c in "xyz"},
        "method": {"normalise": {"method": "minmax", "low": 1}, **method},
    }


def table(n=8):
    rng = np.random.default_rng(0)
    return pl.DataFrame({"unit": [f"u{k}" for k in range(n)], **{c: rng.random(n) for c in "xyz"}})


def test_a_step_that_cannot_be_done_names_its_combination(small):
    everyone = {"available": 0.5, "drop": small.units}
    choices = {"s": {"path": "method.screen", "values": [None, everyone]}}

    with pytest.raises(ImpossibleCombination, match=r"s=\(available=0.5"):
        small.robustness(choices, replicates=10)


def test_dropping_all_that_is_below_the_index_is_refused(document_of, figures_of):
    one = document_of()
    one["indicators"] = {c: p for c, p in one["indicators"].items() if p["parent"] == "a"}
    del one["nodes"]["b"]
    index = build_index(one, figures_of())

    with pytest.raises(InputError, match="只有 1 个"):
        index.robustness({"d": {"drop": {"nodes": ["a"]}}}, replicates=5)
    with pytest.raises(InputError, match="只有 1 个"):
        index.leave_one_out("pillars")
    one["nodes"]["deep"] = {"name": {"zh": "深", "en": "deep"}, "parent": "a"}
    one["indicators"]["a1"]["parent"] = "deep"
    deep = build_index(one, figures_of())
    with pytest.raises(InputError, match="没有剩下任何指标"):
        deep.robustness({"d": {"drop": {"nodes": ["a", "deep"], "none": 0}}}, replicates=20)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"replicates": 0}, "replicates"),
        ({"coverage": 1.0}, "coverage"),
        ({"node": "nowhere"}, "top, |a, b, top"),
        ({"draws": np.zeros((2, 3, 4))}, r"\(2, 3, 4\)"),
        ({"design": {"v": [0]}}, "w"),
    ],
)
def test_a_wrong_argument_is_said_with_what_is_expected(small, options, words):
    with pytest.raises(InputError, match=words):
        small.robustness(NOISE, **options)


def test_a_given_design_must_fit_the_alternatives(small):
    choices = {
        "n": {"path": "method.normalise", "values": [{"method": "minmax", "low": 1}, "rank"]}
    }

    with pytest.raises(InputError, match="0 到 1"):
        small.robustness(choices, design={"n": [0, 2]})
    with pytest.raises(InputError, match="n"):
        small.robustness({**choices, **NOISE}, design={"n": [0, 1], "w": [0]})


def test_a_growth_rule_cannot_be_a_choice(small):
    with pytest.raises(InputError, match=r"method\.time"):
        small.robustness({"t": {"path": "method.time", "values": ["levels"]}})


def test_dropping_all_units_is_refused(small):
    with pytest.raises(InputError, match="14"):
        small.robustness({"d": {"drop": {"units": "all", "count": 14}}})


def test_leave_one_out_says_what_it_can_leave_out():
    index = build_index(flat(), table())

    with pytest.raises(InputError, match="units"):
        index.leave_one_out("columns")
    with pytest.raises(InputError, match="支柱"):
        index.leave_one_out("pillars")
    with pytest.raises(InputError, match="x"):
        index.leave_one_out("indicators", parts=["q"])
    left = index.leave_one_out("indicators", parts=["x", "y"])
    assert left.parts == ("x", "y")
    assert left.explain("u0").height == 2
    with pytest.raises(InputError, match="u99"):
        left.explain("u99")
    with pytest.raises(InputError, match="z"):
        left.reversals("z")
    assert left.trace["what"] == "indicators"


def test_a_ranking_that_nothing_moves_says_so():
    index = build_index(flat(), table())

    found = index.robustness(
        {
            "a": {"path": "method.treat", "values": [None, None]},
            "b": {"path": "method.impute", "values": [None, "mean"]},
        },
        replicates=20,
    )

    assert found.frame["rank_low"].to_list() == found.frame["rank_high"].to_list()
    assert found.tiers["tier"].n_unique() == 8
    sensitivity = found.sobol(16, bootstrap=0)
    assert sensitivity.findings[0].code == "no-variance"
    assert sensitivity.summary["total"].null_count() == 2
    with pytest.raises(InputError, match="u0x"):
        sensitivity.explain("u0x")


def test_wide_intervals_and_ranks_outside_their_own_are_findings():
    index = build_index(flat(), table())
    choices = {"w": {"weights": {"sets": [{"x": 9, "y": 0.1, "z": 0.1}, {"x": 8, "y": 0, "z": 0}]}}}

    odd = index.robustness(choices, replicates=50)
    wide = index.robustness({"w": {"weights": {"simplex": True}}}, replicates=300)

    assert "outside-interval" in {finding.code for finding in odd.findings}
    assert "wide-interval" in {finding.code for finding in wide.findings}


def test_quantiles_are_of_ranks_or_scores(small):
    found = small.robustness(NOISE, replicates=20)

    assert found.quantiles([0.1, 0.9], of="score").columns == ["unit", "q0.1", "q0.9"]
    with pytest.raises(InputError, match="rank"):
        found.quantiles([0.5], of="weight")
    with pytest.raises(InputError, match="20"):
        found.replay(21)


def test_continuous_choices_and_drops_are_explained_by_groups(small):
    found = small.robustness(
        {
            "skew": {"path": "method.treat.skew", "between": [1, 3]},
            "out": {"drop": {"indicators": ["a1", "c"]}},
            "data": {"imputations": 2},
        },
        replicates=60,
        seed=0,
    )

    told = found.explain("u01")

    assert told.filter(pl.col("choice") == "skew").height == 3
    assert set(told.filter(pl.col("choice") == "out")["alternative"]) == {"—", "a1", "c"}
    assert set(told.filter(pl.col("choice") == "data")["alternative"]) == {"1", "2"}
    assert set(found.replicates["out"]) == {"—", "a1", "c"}


def test_a_unit_that_is_not_always_scored_is_a_finding(small):
    found = small.robustness(
        {"d": {"drop": {"units": ["u01"], "none": 0.5}}}, replicates=100, seed=1
    )

    row = found.frame.filter(pl.col("unit") == "u01")
    assert 0.3 < row["scored"].item() < 0.7
    (finding,) = [f for f in found.findings if f.code == "not-always-scored"]
    assert finding.item == "u01"
    assert found.acceptability.filter(pl.col("unit") == "u01")["share"].sum() == pytest.approx(1)


def test_too_many_units_for_all_pairs_are_refused_with_the_way_out():
    many = pl.DataFrame(
        {"unit": [f"u{k}" for k in range(3001)], **{c: np.arange(3001.0) for c in "xyz"}}
    )
    found = build_index(flat(), many).robustness(NOISE, replicates=2)

    with pytest.raises(InputError, match="名次区间"):
        _ = found.beats
