"""Kinds of indices that need no code: each a framework file, with its result worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from sanfu.index import build_index

FRAMEWORKS = Path(__file__).parent / "frameworks"


def test_an_index_of_percentile_ranks():
    figures = {
        "unit": ["a", "b", "c", "d", "e"],
        "poverty": [10, 30, 20, 40, 50],
        "schooling": [9, 9, 12, 6, 15],
    }

    index = build_index(FRAMEWORKS / "percentile-rank.yaml", figures)

    # PERCENTRANK of poverty: 0, .5, .25, .75, 1; of schooling with its tie: .25, .25, .75, 0, 1
    expected = [(0 + 0.75) / 2, (0.5 + 0.75) / 2, (0.25 + 0.25) / 2, (0.75 + 1) / 2, (1 + 0) / 2]
    assert index.scores[:, 0].tolist() == expected
    negated = index.framework.vary({"method.normalise.reverse": "negate"})
    # PERCENTRANK(−9) with its tie is .5, not 1 − .25
    assert build_index(negated, figures).scores[0, 0] == (0 + 0.5) / 2


def test_an_index_of_exponentials_of_ranks():
    figures = {
        "unit": ["a", "b", "c", "d"],
        "low_income": [1.0, 2.0, 3.0, 4.0],
        "benefits": [1.0, 2.0, 3.0, 4.0],
        "jobless": [8.0, 2.0, 6.0, 4.0],
    }

    index = build_index(FRAMEWORKS / "exponential-rank.yaml", figures)

    def scale(rank):
        return -23 * math.log(1 - rank / 4 * (1 - math.exp(-100 / 23)))

    expected = [0.6 * scale(i) + 0.4 * scale(w) for i, w in ((1, 4), (2, 1), (3, 3), (4, 2))]
    np.testing.assert_allclose(index.value("index"), expected, rtol=1e-12)
    assert index.value("income")[3] == pytest.approx(100)


def test_an_index_of_z_scores_rescaled_each_year():
    figures = {
        "unit": ["x", "y", "z"] * 2,
        "year": [2020] * 3 + [2021] * 3,
        "a": [1.0, 2.0, 3.0, 10.0, 10.0, 40.0],
        "b": [4.0, 4.0, 1.0, 0.0, 3.0, 3.0],
    }

    index = build_index(FRAMEWORKS / "z-by-year.yaml", figures)

    # 2020: z(a) = −1, 0, 1; b has mean 3 and sd √3; the sums are then standardised again
    first = np.array([-1.0, 0.0, 1.0]) * 2 - np.array([1.0, 1.0, -2.0]) / math.sqrt(3)
    second = 2 * np.array([-10.0, -10, 20]) / math.sqrt(300) - np.array([-2.0, 1, 1]) / math.sqrt(3)
    for rows, total in ((slice(0, 3), first), (slice(3, 6), second)):
        expected = 100 + 10 * (total - total.mean()) / total.std(ddof=1)
        np.testing.assert_allclose(index.scores[rows, 0], expected, rtol=1e-12)


def test_weights_that_sum_to_less_than_one_are_not_rescaled_in_a_plain_sum():
    figures = {"unit": ["x", "y", "z"], "year": [2020] * 3, "a": [1.0, 2, 3], "b": [3.0, 2, 1]}
    framework = build_index(FRAMEWORKS / "z-by-year.yaml", figures).framework.vary(
        {"nodes.index.rescale": None, "indicators.a.weight": 0.5, "indicators.b.weight": 0.499}
    )

    index = build_index(framework, figures)

    assert index.scores[2, 0] == pytest.approx(0.999)


def test_an_index_weighted_by_a_factor_analysis():
    random = np.random.default_rng(8)
    trait = random.normal(size=200)
    data = {"unit": [f"u{i}" for i in range(200)]}
    for code, noise in (("a", 0.2), ("b", 0.5), ("c", 3.0)):
        data[code] = trait + noise * random.normal(size=200)
    declared = {
        "framework": "factor",
        "name": {"zh": "因子", "en": "factor"},
        "nodes": {"index": {"name": {"zh": "总", "en": "all"}}},
        "indicators": {
            code: {"name": {"zh": code, "en": code}, "parent": "index"} for code in "abc"
        },
        "method": {"normalise": "zscore", "weights": "factor"},
    }

    index = build_index(declared, data)

    weights = index.weights["index"] / index.weights["index"].sum()
    assert weights[0] > weights[1] > weights[2] > 0  # the noisier, the less
    by_hand = index.normalised @ weights
    np.testing.assert_allclose(index.value("index"), by_hand, rtol=1e-12)
