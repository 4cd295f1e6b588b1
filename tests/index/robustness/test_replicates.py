"""Every replicate is what `build_index` gives for it, whatever is varied."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.errors import DeclarationFaults, InputError
from sanfu.index import ImpossibleCombination, build_index

POINTS = {"path": "method.treat.first.points", "values": [1, 2, 3]}
SCALES = {
    "path": "method.normalise",
    "values": [{"method": "minmax", "low": 1}, {"method": "zscore", "mean": 100, "sd": 10}],
}
CASES = {
    "treatment": {"t": POINTS, "s": {"path": "method.treat.skew", "between": [0.5, 2.5]}},
    "whole numbers": {"t": {"path": "method.treat.first.points", "between": [1, 4], "whole": True}},
    "normalisation": {"n": SCALES},
    "imputation": {
        "i": {
            "path": "method.impute",
            "values": [None, "mean", "median", {"method": "row_mean", "within": "parent"}],
        }
    },
    "imputed draws": {"i": {"imputations": 3}},
    "aggregation of nodes": {
        "top": {"path": "nodes.top.aggregate", "values": ["arithmetic", "geometric", "harmonic"]},
        "a": {
            "path": "nodes.a.aggregate",
            "values": ["geometric", "minimum", {"method": "owa", "orness": 0.3}, "maximum"],
        },
    },
    "generalised": {
        "m": {
            "path": "method.aggregate",
            "values": [{"method": "generalised", "power": 0.5}, "mpi", "median", "sum"],
        },
        "w": {"weights": {"noise": 0.4}},
    },
    "a power": {
        "p": {
            "options": [
                {"set": {"nodes.top.aggregate": {"method": "generalised", "power": p}}}
                for p in (0.5, 2)
            ]
        },
        "w": {"weights": {"noise": 0.2}},
    },
    "missing": {"m": {"path": "method.missing", "values": ["propagate", "share", "impute"]}},
    "noise": {"w": {"weights": {"noise": 0.5}}},
    "simplex": {"w": {"weights": {"simplex": True, "nodes": ["top"]}}},
    "precision": {"w": {"weights": {"precision": 20}}, "n": {"weights": {"noise": 0.1}}},
    "order": {"w": {"weights": {"order": ["b", ["a", "c"]]}}},
    "sets": {"w": {"weights": {"sets": [{"a": 1, "a1": 3}, {"c": 0, "b": 5}]}}},
    "entropy-like derived": {"m": {"path": "method.weights", "values": ["declared", "equal"]}},
    "indicators": {"d": {"drop": {"indicators": "all"}}, "w": {"weights": {"noise": 0.2}}},
    "several indicators": {"d": {"drop": {"indicators": ["b1", "b2", "a1"], "count": 2}}},
    "indicators under a median": {
        "d": {"drop": {"indicators": "all"}},
        "m": {"path": "nodes.a.aggregate", "values": ["arithmetic", "median"]},
    },
    "indicators before screening": {
        "d": {"drop": {"indicators": "all"}},
        "s": {"path": "method.screen", "values": [{"available": 0.8}, {"available": 0.5}]},
    },
    "pillars": {"d": {"drop": {"nodes": ["a", "b"], "none": 0.3}}, "n": SCALES},
    "units": {"d": {"drop": {"units": "all", "count": 2, "none": 0}}, "n": SCALES},
    "units under copeland": {
        "d": {"drop": {"units": ["u01", "u05"]}},
        "m": {"path": "nodes.top.aggregate", "values": ["copeland", "topsis"]},
        "i": {"path": "method.missing", "values": ["reweight", "impute"]},
    },
    "options together": {
        "o": {
            "options": [
                {"label": "as it was", "set": {}},
                {
                    "label": {"zh": "另一种", "en": "another"},
                    "set": {
                        "method.normalise": "rank",
                        "nodes.top.aggregate": "geometric",
                        "indicators.a3.direction": 1,
                        "indicators.b1.weight": 3,
                    },
                    "share": 2,
                },
            ]
        }
    },
}


@pytest.mark.parametrize("case", CASES)
def test_a_replicate_is_the_index_built_anew(small, case):
    found = small.robustness(CASES[case], replicates=12, seed=0)

    for replicate in (1, 4, 9) if case == "imputed draws" else range(1, 13):
        alone = found.replay(replicate)
        ours = dict(zip(found.units, found.scores[replicate - 1], strict=True))
        theirs = dict(zip(alone.units, alone.scores[:, -1], strict=True))
        for unit, score in ours.items():
            np.testing.assert_allclose(score, theirs.get(unit, np.nan), rtol=1e-11, atol=1e-12)


def test_draws_of_the_figures_are_scored_like_figures_of_their_own(small):
    raw = small.steps["raw"].figures.values
    draws = raw + np.random.default_rng(1).normal(0, 5, (4, *raw.shape))

    found = small.robustness({"firms": {"draws": "firms"}, "n": SCALES}, replicates=9, draws=draws)

    ran = found.replicates["firms"].cast(int).to_list()
    for replicate in (1, 5, 9):
        alone = found.replay(replicate)
        table = pl.DataFrame(draws[ran[replicate - 1] - 1], schema=list(small.plan.indicators))
        again = build_index(alone.framework, table.with_columns(unit=pl.Series(small.units)))
        np.testing.assert_allclose(found.scores[replicate - 1], again.scores[:, -1], rtol=1e-12)


def test_the_same_seed_gives_the_same_replicates_also_of_a_longer_run(small):
    choices = {"n": SCALES, "w": {"weights": {"noise": 0.3}}, "t": POINTS}

    short = small.robustness(choices, replicates=20, seed=5)
    long = small.robustness(choices, replicates=50, seed=5)

    np.testing.assert_allclose(short.scores, long.scores[:20], rtol=1e-13)
    np.testing.assert_array_equal(short.ranks, long.ranks[:20])
    assert short.replicates.equals(long.replicates[:20])


def test_seed_nought_is_a_seed_like_any_other(small):
    choices = {"w": {"weights": {"noise": 0.3}}}

    one, two = (small.robustness(choices, replicates=5, seed=0) for _ in range(2))
    other = small.robustness(choices, replicates=5, seed=1)

    np.testing.assert_array_equal(one.scores, two.scores)
    assert not np.array_equal(one.scores, other.scores)


def test_an_impossible_combination_is_refused_before_the_run_with_the_remedy(small):
    choices = {
        "n": {"path": "method.normalise", "values": ["minmax", "zscore"]},
        "a": {"path": "nodes.a.aggregate", "values": ["arithmetic", "geometric"]},
    }

    with pytest.raises(ImpossibleCombination) as refused:
        small.robustness(choices, replicates=50)

    said = refused.value.text
    assert "a=geometric" in said.en
    assert "offset" in said.zh
    assert {what for what, _ in refused.value.combinations} == {
        "n=minmax, a=geometric",
        "n=zscore, a=geometric",
    }


def test_what_only_the_scores_show_is_refused_too(small):
    choices = {
        "n": {"path": "method.normalise", "values": [{"method": "zscore", "mean": 1, "sd": 1}]},
        "a": {"path": "nodes.a.aggregate", "values": ["geometric"]},
    }

    with pytest.raises(ImpossibleCombination, match="low: 1"):
        small.robustness(choices, replicates=5)


def test_a_declared_offset_mends_an_impossible_combination_and_is_recorded(small):
    choices = {
        "choices": {
            "n": {
                "path": "method.normalise",
                "values": ["minmax", {"method": "zscore", "mean": 5}],
            },
            "a": {"path": "nodes.a.aggregate", "values": ["arithmetic", "geometric"]},
        },
        "impossible": {"offset": 1},
    }

    found = small.robustness(choices, replicates=30)

    ran = found.replicates
    assert set(ran.filter(pl.col("offset") > 0)["a"]) == {"geometric"}
    assert ran.filter((pl.col("n") == "minmax") & (pl.col("a") == "geometric"))["offset"].min() == 1
    mended = int(ran.filter(pl.col("offset") > 0)["replicate"][0])
    np.testing.assert_allclose(
        found.scores[mended - 1], found.replay(mended).scores[:, -1], rtol=1e-12
    )


def test_choices_that_name_what_is_not_there_are_said_all_at_once(small):
    choices = {
        "p": {"path": "method.normalize", "values": ["minmax"]},
        "w": {"weights": {"noise": 0.1, "nodes": ["aa"]}},
        "d": {"drop": {"indicators": ["zz"]}},
        "o": {"weights": {"order": ["a", "b"]}},
        "f": {"draws": "firms"},
    }

    with pytest.raises(InputError) as refused:
        small.robustness(choices)

    said = refused.value.text.en
    assert all(f"choice “{name}”" in said for name in choices)


@pytest.mark.parametrize(
    "choice",
    [
        {"path": "method.normalise"},
        {"values": ["minmax"]},
        {"path": "method.treat.skew", "between": [2, 1]},
        {"weights": {"noise": 0.1, "simplex": True}},
        {"drop": {"indicators": "all", "units": "all"}},
        {"path": "method.normalise", "values": ["minmax"], "drop": {"units": "all"}},
    ],
)
def test_a_choice_that_is_not_one_thing_is_a_fault(small, choice):
    with pytest.raises(DeclarationFaults):
        small.robustness({"x": choice})


def test_a_value_that_the_framework_cannot_take_is_refused_before_the_run(small):
    with pytest.raises(ImpossibleCombination, match="n=minmaxx"):
        small.robustness({"n": {"path": "method.normalise", "values": ["minmaxx"]}}, replicates=3)
