"""The reference page names every aggregate function with its example."""

from __future__ import annotations

from pathlib import Path

from sanfu.index.micro import FUNCTIONS

PAGE = Path(__file__).parents[2] / "docs/reference/formulas.md"


def test_every_function_stands_in_the_reference_with_its_example():
    page = PAGE.read_text(encoding="utf-8")

    assert [f.name for f in FUNCTIONS.values() if f"`{f.example}`" not in page] == []
