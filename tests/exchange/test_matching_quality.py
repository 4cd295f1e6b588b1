"""Retrieval on graded real needs that nothing was chosen on; and the example runs."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from sanfu.exchange.matching.quality import (
    compare,
    interval,
    ndcg,
    precision,
    recall,
    reliability,
)

ROOT = Path(__file__).parents[2]


def test_measures_worked_by_hand():
    assert ndcg(["b", "a"], {"a": 1.0}) == pytest.approx(1 / np.log2(3))
    assert recall(["a", "x"], {"a", "b"}) == 0.5
    assert precision(["x", "a", "b"], {"a", "b", "c"}) == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert interval([1.0, 1.0], seed=1, draws=50) == (1.0, 1.0, 1.0)
    assert compare([1.0] * 12, [0.5] * 12, seed=1, draws=500).p < 0.05
    assert compare([0.5] * 4, [0.5] * 4, seed=1, draws=50).p == 1.0
    assert reliability([0.1, 0.9], [False, True], bins=2) == [(0.1, 0.0, 1), (0.9, 1.0, 1)]


@pytest.mark.slow
@pytest.mark.shared
def test_needs_find_more_than_by_plain_bm25_on_the_half_not_chosen_on(shared, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    from benchmarks._needs import Plain, Telling, ngrams, rankings, read_graded

    graded = read_graded(shared / "data" / "zh_need_achievement")
    mine = rankings(graded, Telling(graded), choosing=False)
    base = rankings(graded, Plain(graded, ngrams(1, 2)), choosing=False)

    def gains(ranked):
        return [ndcg(r, dict.fromkeys(graded.relevant(n), 1.0)) for n, r in ranked.items()]

    def found(ranked):
        return [recall(r, graded.relevant(n)) for n, r in ranked.items()]

    assert np.mean(gains(mine)) >= 1.10 * np.mean(gains(base))
    assert compare(found(mine), found(base), seed=1).p < 0.05


@pytest.mark.slow
@pytest.mark.shared
def test_needs_that_chose_nothing_find_more_than_by_plain_bm25(shared, monkeypatch):
    """The readings of docs/explanation/matching-quality.md; the same figures on every run."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    from benchmarks import matching_nested as nested
    from benchmarks._needs import read_graded

    graded = read_graded(shared / "data" / "zh_need_achievement")
    mine, base = nested.measure(graded), nested.measure_plain(graded)

    def against(values, plain=base.ndcg):
        return compare(values.tolist(), plain.tolist(), seed=1)

    assert base.ndcg.size == 125
    readings = [against(mine.ndcg.mean(axis=0))]  # nothing is chosen at all
    for way in ("fold", "alone"):  # each need by what was best for others
        chosen = nested.nested(mine.precision, nested.folds_of(graded, way))
        readings.append(against(mine.ndcg[chosen, np.arange(125)]))
    for gain in readings:
        assert gain.relative >= 0.10
        assert gain.p < 0.05
        assert gain.low > 0
    assert against(mine.recall.mean(axis=0), base.recall).p < 0.01


@pytest.mark.slow
def test_the_example_runs(capsys):
    runpy.run_path(str(ROOT / "examples" / "exchange_match.py"))

    assert "合适的概率" in capsys.readouterr().out
