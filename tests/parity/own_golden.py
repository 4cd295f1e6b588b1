"""What the tests of the project's own golden set share: its files, tools and framework."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl

from sanfu.index import parse_framework

KNOWN = Path(__file__).parent / "known"
TOOLS = Path(__file__).parents[2] / "tools"
CODES = ("i1", "i2", "i3", "i4", "i5", "i6")


def load(name):
    """Load a tool that made the files."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def known(name) -> pl.DataFrame:
    return pl.read_csv(KNOWN / name, infer_schema_length=None)


def numbers(frame, columns):
    return frame.select(list(columns)).cast(pl.Float64).fill_null(np.nan).to_numpy()


def assert_made_again(tool, folder, rtol=0.0):
    """The tool makes the very files, into an empty folder."""
    tool.main()

    assert sorted(folder.iterdir())
    for file in folder.iterdir():
        made, kept = pl.read_csv(file), known(file.name)
        words = made.select(pl.col(pl.String))
        assert words.equals(kept.select(pl.col(pl.String)), null_equal=True)
        assert made.columns == kept.columns
        others = [column for column in made.columns if column not in words.columns]
        np.testing.assert_allclose(numbers(made, others), numbers(kept, others), rtol=rtol)


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
