"""The reference page names every aggregate function with its example."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sanfu.index import measure_regions, parse_framework
from sanfu.index.micro import FUNCTIONS
from sanfu.registry import sample

PAGE = Path(__file__).parents[2] / "docs/reference/formulas.md"


def test_every_function_stands_in_the_reference_with_its_example():
    page = PAGE.read_text(encoding="utf-8")

    assert [f.name for f in FUNCTIONS.values() if f"`{f.example}`" not in page] == []


def test_every_example_of_the_reference_is_measured_on_the_sample_registry():
    def name(code):
        return {"zh": code, "en": code}

    framework = parse_framework(
        {
            "framework": "examples",
            "name": name("examples"),
            "nodes": {"top": {"name": name("top")}},
            "indicators": {
                function.name: {
                    "name": name(function.name),
                    "parent": "top",
                    "formula": function.example,
                }
                for function in FUNCTIONS.values()
            },
        }
    )

    figures = measure_regions(
        framework,
        sample.shanghai(firms=300, seed=7),
        years=[2022, 2023],
        roll_up={"city": "上海市"},
    )

    city = figures.frame.filter((pl.col("level") == "city") & (pl.col("year") == 2023))
    assert figures.problems == []
    assert set(city["indicator"]) == set(FUNCTIONS)
    missing = set(city.filter(pl.col("value").is_null())["indicator"])
    assert missing <= {"entry_rate", "exit_rate"}  # nobody had the title a year before
