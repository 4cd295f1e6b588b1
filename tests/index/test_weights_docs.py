"""The pages on weights and coherence: their examples run, and they name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sanfu.index
from sanfu.index.coherence import LIMITS, Coherence
from sanfu.index.framework import parse_framework
from sanfu.index.method_weights import WEIGHTINGS

PAGES = Path(__file__).parents[2] / "docs" / "reference"
WEIGHTS = (PAGES / "index-weights.md").read_text(encoding="utf-8")
COHERENCE = (PAGES / "index-coherence.md").read_text(encoding="utf-8")


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("page", [WEIGHTS, COHERENCE], ids=["weights", "coherence"])
def test_the_examples_run_one_after_another(page, capsys):
    names: dict[str, object] = {}

    for block in blocks(page, "python"):
        exec(compile(block, "example", "exec"), names)

    assert capsys.readouterr().out.strip()


def test_every_rule_of_weights_stands_in_the_reference():
    assert {rule for rule in WEIGHTINGS if f"| `{rule}` |" not in WEIGHTS} == set()


def test_the_weights_shown_are_a_valid_declaration():
    from ruamel.yaml import YAML

    shown = YAML(typ="safe").load(blocks(WEIGHTS, "yaml")[0])

    def name(code):
        return {"zh": code, "en": code}

    children = {code: {"name": name(code), "parent": "people"} for code in ("staff", "degree")}
    people = {"name": name("people"), "parent": "top"} | shown["nodes"]["people"]
    framework = parse_framework(
        {
            "framework": "shown",
            "name": name("shown"),
            "nodes": {"top": {"name": name("top")}, "people": people},
            "indicators": children | {"turnover": {"name": name("turnover"), "parent": "people"}},
            "method": shown["method"],
        }
    )

    assert framework.weights_of("people").method == "ahp"
    assert framework.weights_of("top").method == "entropy"


def test_every_table_and_public_function_of_coherence_stands_in_the_reference():
    tables = {"statistics", "availability", "correlations", "belonging", "nodes", "items"}
    tables |= {"components", "importance", "size", "thresholds"}

    assert all(f"| `{table}` |" in COHERENCE for table in tables)
    assert all(hasattr(Coherence, t) or t in Coherence.__dataclass_fields__ for t in tables)


def test_every_public_weighting_function_stands_in_the_reference():
    public = [name for name in sanfu.index.__all__ if name.endswith("_weights")]

    assert [name for name in public if f"`{name}(" not in WEIGHTS] == []
    assert LIMITS.frame.height == len(LIMITS.sources())
