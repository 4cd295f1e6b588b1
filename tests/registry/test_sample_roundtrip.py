"""The twelve dirty files come back equal to their answer key, cell by cell."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.registry.reading import read_file
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.sample.dirty import write_dirty
from sanfu.registry.sample.dirty.compare import compare_reading


@pytest.mark.slow
def test_every_cell_is_equal_or_declared_undecidable_and_said(tmp_path):
    """600,000 cells; none wrong, none undecidable without a finding."""
    key = write_dirty(shanghai(), tmp_path)
    region = read_region("shanghai")
    outcomes: dict[str, int] = {}
    for path in key.files:
        compared = compare_reading(key.cells, key.rows, read_file(path), region)
        for outcome, count in compared["outcome"].value_counts().rows():
            outcomes[outcome] = outcomes.get(outcome, 0) + count

    assert set(outcomes) == {"equal", "undecidable", "set-aside"}
    assert sum(outcomes.values()) == key.cells.height
    assert outcomes["equal"] > 600_000
    assert outcomes["undecidable"] < 3_000
    assert key.rows.filter(pl.col("kind") == "broken").height > 0
