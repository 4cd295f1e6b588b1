"""The pages of the index say what is there: every method by its name, and the tutorial works."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from sanfu.index import build_index, read_framework
from sanfu.index.method import ImputeRule, TreatStage
from sanfu.index.method_aggregate import AGGREGATORS
from sanfu.index.method_normalise import NORMALISATIONS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")


def test_every_method_is_in_the_reference():
    imputations = ImputeRule.model_fields["method"].annotation.__args__
    treatments = TreatStage.model_fields["method"].annotation.__args__
    named = {*NORMALISATIONS, *AGGREGATORS, *imputations, *treatments}

    assert {name for name in named if f"`{name}`" not in REFERENCE} == set()


def test_the_tutorial_runs_as_it_is_written(tmp_path):
    page = (DOCS / "tutorial" / "index.md").read_text(encoding="utf-8")
    yaml, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    blocks = re.findall(r"```\w*\n(.*?)```", page, re.DOTALL)
    table = next(block for block in blocks if block.startswith("unit,"))
    (tmp_path / "first.yaml").write_text(yaml, encoding="utf-8")
    (tmp_path / "figures.csv").write_text(table, encoding="utf-8")

    index = build_index(tmp_path / "first.yaml", tmp_path / "figures.csv")

    assert index.ranking["unit"].to_list()[0] == "丙区"
    trace = index.trace("丙区", "people")
    filled = trace.filter((pl.col("code") == "turnover") & (pl.col("step") == "impute"))
    assert "median" in filled["done"].item()
    varied = index.framework.vary(
        {
            "method.normalise": {"method": "minmax", "low": 1},
            "nodes.index.aggregate": "geometric",
        }
    )
    assert build_index(varied, tmp_path / "figures.csv").ranking.height == 4


def test_the_fault_shown_in_the_tutorial_is_the_one_that_is_said(tmp_path):
    page = (DOCS / "tutorial" / "index.md").read_text(encoding="utf-8")
    yaml, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shown = re.search(r"  - (第 \d+ 行.*)", page).group(1)
    broken = tmp_path / "first.yaml"
    broken.write_text(
        yaml.replace("parent: people\n    direction", "parent: peple\n    direction"),
        encoding="utf-8",
    )

    try:
        read_framework(broken)
    except Exception as wrong:  # noqa: BLE001 - its words are the thing tested
        said = str(wrong)

    assert shown in said
