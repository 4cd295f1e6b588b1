"""The small golden set that lives in the project: expected results from the definitions.

Made by ``uv run python tools/index_golden.py`` (Python 3.11, standard library only), which
computes them row by row without anything of Sanfu.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index, parse_framework

KNOWN = Path(__file__).parent / "known"
TOOL = Path(__file__).parents[2] / "tools" / "index_golden.py"
CODES = ("i1", "i2", "i3", "i4", "i5", "i6")


def known(name) -> pl.DataFrame:
    return pl.read_csv(KNOWN / name, infer_schema_length=None)


def numbers(frame, columns):
    return frame.select(list(columns)).cast(pl.Float64).fill_null(np.nan).to_numpy()


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("index_golden", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def framework(tool, *, denominate=False, **method):
    def name(code):
        return {"zh": code, "en": code}

    pillar_of = {code: pillar for pillar, codes in tool.PILLARS.items() for code in codes}
    indicators = {
        code: {
            "name": name(code),
            "parent": pillar_of[code],
            "weight": tool.WEIGHT[code],
            "direction": tool.SIGN[code],
        }
        for code in CODES
    }
    if denominate:
        for code in tool.DENOMINATED:
            indicators[code] |= {"denominator": "people", "scale": 100}
    nodes = {"IDX": {"name": name("IDX")}}
    nodes |= {p: {"name": name(p), "parent": "IDX", "weight": tool.WEIGHT[p]} for p in tool.PILLARS}
    return parse_framework(
        {
            "framework": "golden",
            "name": name("golden"),
            "nodes": nodes,
            "indicators": indicators,
            "method": method,
        }
    )


@pytest.fixture(scope="module")
def whole(tool):
    plan = framework(
        tool,
        denominate=True,
        impute={"method": "group_mean", "group": "group"},
        treat={},
        normalise={"method": "minmax", "low": 1},
    )
    return build_index(plan, known("input.csv"))


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("denominate", "denominated"),
        ("impute", "imputed"),
        ("treat", "treated"),
        ("normalise", "normalised"),
    ],
)
def test_every_step_is_that_of_the_definitions(whole, step, name):
    got = whole.steps[step].figures

    expected = numbers(known(f"{name}.csv"), got.codes)
    np.testing.assert_allclose(got.values, expected, rtol=1e-12, atol=1e-12)


def test_scores_and_ranks_are_those_of_the_definitions(whole):
    expected = known("scores.csv")

    nodes = whole.plan.nodes
    np.testing.assert_allclose(whole.scores, numbers(expected, nodes), rtol=1e-12)
    assert whole.ranks[:, -1].tolist() == expected["rank"].to_list()


NORMALISATIONS = {
    "efficacy_exponential": {"method": "efficacy", "form": "exponential"},
    "quantile_normal": {"method": "quantile", "distribution": "normal"},
}


def test_every_normalisation_is_that_of_the_definitions(tool):
    expected = known("normalisations.csv")
    names = dict.fromkeys(column.split(":")[0] for column in expected.columns[1:])

    for name in names:
        rule = NORMALISATIONS.get(name, name)
        index = build_index(framework(tool, normalise=rule), known("input.csv"))
        wanted = numbers(expected, [f"{name}:{code}" for code in index.plan.indicators])
        np.testing.assert_allclose(index.normalised, wanted, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    "kind", ["arithmetic", "geometric", "harmonic", "generalised", "median", "minimum", "mpi"]
)
def test_every_mean_is_that_of_the_definitions(tool, kind):
    rule = {"method": "generalised", "power": 0.5} if kind == "generalised" else kind
    plan = framework(tool, normalise={"method": "minmax", "low": 1}, aggregate=rule)

    index = build_index(plan, known("input.csv"))

    wanted = numbers(known("aggregations.csv"), [f"{kind}:{node}" for node in index.plan.nodes])
    np.testing.assert_allclose(index.scores, wanted, rtol=1e-12)


def test_the_tool_makes_the_very_files(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "FOLDER", tmp_path)

    tool.main()

    for made in sorted(tmp_path.iterdir()):
        assert made.read_text(encoding="utf-8") == (KNOWN / made.name).read_text(encoding="utf-8")
