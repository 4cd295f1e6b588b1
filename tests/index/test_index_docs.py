"""The pages of the index say what is there: every method by its name, and the tutorial works."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from sanfu.index import build_index, method_weights, read_framework
from sanfu.index.method import ImputeRule, TreatStage
from sanfu.index.method_aggregate import AGGREGATORS
from sanfu.index.method_normalise import NORMALISATIONS
from sanfu.index.method_words import NORMALISER_NAMES, WEIGHT_NAMES

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


def test_the_reference_of_the_command_line_names_every_command_and_framework():
    import typer

    from sanfu.cli.index import register
    from sanfu.index import shipped_frameworks

    app = typer.Typer()
    register(app)
    commands = {one.name for one in app.registered_groups[0].typer_instance.registered_commands}
    page = (DOCS / "reference" / "index-cli.md").read_text(encoding="utf-8")

    assert {name for name in commands if f"| `{name} " not in page} == set()
    assert {name for name in shipped_frameworks() if f"`{name}`" not in page} == set()


def test_every_command_has_its_python_call_and_an_example_that_makes_it():
    import typer

    from sanfu.cli.index import register

    app = typer.Typer()
    register(app)
    commands = {one.name for one in app.registered_groups[0].typer_instance.registered_commands}
    page = (DOCS / "reference" / "index-cli.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| \[`(\w+\.py)`\]", page, re.MULTILINE)

    assert {command for command, _, _ in rows} == commands
    for _, calls, example in rows:
        code = (DOCS.parent / "examples" / example).read_text(encoding="utf-8")
        called = re.findall(r"(\w+)\(", calls)
        assert called
        assert [name for name in called if name not in code] == []


def test_every_way_of_weighting_and_normalising_has_a_name_for_readers():
    methods = {
        model.model_fields["method"].default
        for model in vars(method_weights).values()
        if isinstance(model, type) and "method" in getattr(model, "model_fields", {})
    }

    assert {m for m in methods if m and isinstance(m, str)} <= set(WEIGHT_NAMES)
    assert set(NORMALISATIONS) <= set(NORMALISER_NAMES)


def test_the_how_to_of_companions_names_every_kind():
    from sanfu.cli.index_companion import KINDS
    from sanfu.index import companions

    page = (DOCS / "howto" / "index-companions.md").read_text(encoding="utf-8")

    named = {
        line.split("`")[-2].split()[0]
        for line in page.splitlines()
        if line.startswith("| ") and "`" in line
    }
    assert set(KINDS) <= named
    for name in re.findall(r"\| `(\w+)\(", page):
        assert hasattr(companions, name)
