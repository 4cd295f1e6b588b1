"""A small index of three levels, with holes and a heavy tail, on which every choice does work."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index, parse_framework


def name(code):
    return {"zh": code, "en": code}


def document(**method):
    """Two pillars of three and two indicators, and one indicator right under the index."""
    return {
        "framework": "small",
        "name": name("small"),
        "nodes": {
            "top": {"name": name("top")},
            "a": {"name": name("a"), "parent": "top", "weight": 2},
            "b": {"name": name("b"), "parent": "top"},
        },
        "indicators": {
            "a1": {"name": name("a1"), "parent": "a"},
            "a2": {"name": name("a2"), "parent": "a", "weight": 0.5},
            "a3": {"name": name("a3"), "parent": "a", "direction": -1},
            "b1": {"name": name("b1"), "parent": "b"},
            "b2": {"name": name("b2"), "parent": "b"},
            "c": {"name": name("c"), "parent": "top", "weight": 0.7},
        },
        "method": {"treat": {}, "normalise": {"method": "minmax", "low": 1}, **method},
    }


def figures(n=14, seed=3):
    rng = np.random.default_rng(seed)
    data = {code: rng.normal(50, 10, n) for code in ("a1", "a2", "a3", "b1", "b2", "c")}
    data["a2"] = rng.lognormal(0, 2, n)
    data["b1"][2] = np.nan
    data["a1"][5] = np.nan
    return pl.DataFrame({"unit": [f"u{k:02}" for k in range(n)], **data}).with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


@pytest.fixture(scope="session")
def build():
    """Build the small index with a method and figures of one's own."""

    def made(table=None, **method):
        framework = parse_framework(document(**method))
        return build_index(framework, figures() if table is None else table)

    return made


@pytest.fixture(scope="session")
def small(build):
    return build()


@pytest.fixture(scope="session")
def document_of():
    """The declaration of the small index; a new one at each call."""
    return document


@pytest.fixture(scope="session")
def figures_of():
    """The figures of the small index, of any number of units and seed."""
    return figures
