"""The twelve dirty files come back equal to their answer key: cells, firms, facts, titles."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.registry.sample import shanghai
from sanfu.registry.sample.dirty import write_dirty
from sanfu.registry.sample.dirty.compare import compare_ledger, compare_titles
from sanfu.registry.sample.dirty.roundtrip import round_trip


def trip(folder, firms, seed):
    registry = shanghai(firms, seed=seed)
    key = write_dirty(registry, folder / "files", seed)
    return registry, key, round_trip(registry, key, folder / "ledger")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_small_sample_comes_back_whole(tmp_path, seed):
    registry, key, done = trip(tmp_path, 600, seed)

    assert done.wrong() == 0
    assert done.cells.height == key.cells.height
    assert done.identity.height == key.rows.height
    assert done.titles.height == registry.titles.height
    assert done.search()["precision"] == 1


@pytest.mark.slow
def test_the_whole_sample_comes_back_equal_but_for_what_is_declared_undecidable(tmp_path):
    """Every cell, row, fact and title; what cannot be decided is counted and said."""
    registry, key, done = trip(tmp_path, 8288, 7)
    outcomes, search = done.outcomes(), done.search()

    assert done.wrong() == 0
    assert outcomes["cells"]["equal"] > 600_000
    assert outcomes["cells"]["undecidable"] < 3_000
    assert sum(outcomes["cells"].values()) == key.cells.height
    assert outcomes["identity"].keys() == {"equal", "apart", "set-aside"}
    assert outcomes["identity"]["apart"] == key.duplicates().height
    assert outcomes["identity"]["apart"] < 0.005 * key.rows.height
    assert outcomes["facts"].keys() == {"equal"}
    assert outcomes["titles"]["equal"] > 15_000
    assert sum(outcomes["titles"].values()) == registry.titles.height
    assert search["precision"] >= 0.99
    assert search["recall"] >= 0.97
    assert done.ledger.firms.height == 8288 + search["to_find"]


def test_a_wrong_ledger_is_told_apart(tmp_path):
    """The comparison can fail: a figure changed, a title too many, dates a day later."""
    registry, key, done = trip(tmp_path, 200, 3)
    first = registry.firms["firm"][0]
    swapped = key.cells.with_columns(
        pl.when(pl.col("column") == "revenue").then(pl.lit("1")).otherwise("value").alias("value")
    )
    facts = compare_ledger(swapped, done.identity, done.ledger)
    fewer = registry.titles.filter(pl.col("firm") != first)
    later = registry.titles.with_columns(pl.col("granted").dt.offset_by("1d"))

    assert set(facts.filter(pl.col("outcome") == "wrong")["column"]) == {"revenue"}
    extra = compare_titles(fewer, key.cells, done.identity, done.ledger)
    assert extra.filter(pl.col("firm").is_null())["outcome"].to_list()
    moved = compare_titles(later, key.cells, done.identity, done.ledger)
    assert moved.filter(pl.col("outcome") == "equal").is_empty()
