"""Sobol indices and Shapley effects against functions whose indices are known exactly.

Ishigami (a = 7, b = 0.1): S = (0.3139, 0.4424, 0), ST = (0.5576, 0.4424, 0.2437); Saltelli et al.
(2008), Global Sensitivity Analysis, 4.6.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index.robustness import sobol
from sanfu.index.robustness.design import sample_uniforms

FIRST = np.array([0.3139, 0.4424, 0.0])
TOTAL = np.array([0.5576, 0.4424, 0.2437])
SHAPLEY = np.array([0.3139 + 0.2437 / 2, 0.4424, 0.2437 / 2])
ONE_BY_ONE = [np.array([k]) for k in range(3)]


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def blocks(function, n, subsets, *, columns=ONE_BY_ONE, seed=1, sampler="sobol", width=3):
    both = sample_uniforms(n, 2 * width, seed, sampler)
    stacked = sobol.pick_freeze(both[:, :width], both[:, width:], columns, subsets)
    return function(stacked).reshape(len(subsets) + 2, n, 1)


@pytest.mark.parametrize("estimator", ["janon", "jansen", "saltelli"])
def test_ishigamis_indices_are_found(estimator):
    found = [
        sobol.estimate_sobol(
            blocks(ishigami, 4096, sobol.singles(3), seed=seed), estimator=estimator, bootstrap=0
        )
        for seed in range(8)
    ]

    first = np.mean([one.first.value[:, 0] for one in found], axis=0)
    total = np.mean([one.total.value[:, 0] for one in found], axis=0)
    np.testing.assert_allclose(first, FIRST, atol=0.006)
    np.testing.assert_allclose(total, TOTAL, atol=0.006)
    assert np.isnan(found[0].first.low).all()


def test_total_and_saltelli_indices_are_salibs_on_the_same_sample():
    from SALib.analyze.sobol import first_order, total_order

    y = blocks(ishigami, 512, sobol.singles(3), sampler="random")
    found = sobol.estimate_sobol(y, estimator="saltelli", bootstrap=0)
    a, b, *mixed = (y - y[:2].mean())[:, :, 0]

    for factor, frozen in enumerate(mixed):
        np.testing.assert_allclose(
            found.first.value[factor, 0], np.squeeze(first_order(a, frozen, b)), rtol=1e-10
        )
        np.testing.assert_allclose(
            found.total.value[factor, 0], np.squeeze(total_order(a, frozen, b)), rtol=1e-10
        )


def test_scrambled_sequences_come_nearer_than_independent_rows():
    def error(sampler):
        off = [
            sobol.estimate_sobol(
                blocks(ishigami, 1024, sobol.singles(3), seed=seed, sampler=sampler), bootstrap=0
            ).total.value[:, 0]
            - TOTAL
            for seed in range(8)
        ]
        return float(np.sqrt(np.mean(np.square(off))))

    assert error("sobol") < error("random")


@pytest.mark.parametrize("estimator", ["janon", "jansen", "saltelli"])
def test_bootstrap_intervals_cover_the_truth_as_often_as_they_say(estimator):
    slopes = np.array([1.0, 2.0, 3.0])
    truth = slopes**2 / (slopes**2).sum()
    hits = {"first": 0, "total": 0}
    seeds = 150

    for seed in range(seeds):
        y = blocks(lambda u: u @ slopes, 200, sobol.singles(3), seed=seed, sampler="random")
        found = sobol.estimate_sobol(
            y, estimator=estimator, bootstrap=200, confidence=0.9, seed=seed
        )
        for kind in hits:
            one = getattr(found, kind)
            hits[kind] += int(((one.low[:, 0] <= truth) & (truth <= one.high[:, 0])).sum())

    for kind, count in hits.items():  # 450 draws of 0.9, correlated in threes; ± 4 sd
        assert 0.82 <= count / (3 * seeds) <= 0.97, kind


def test_an_output_that_does_not_vary_has_no_index():
    y = blocks(lambda u: np.full(len(u), 3.7), 64, sobol.singles(3))

    found = sobol.estimate_sobol(y, bootstrap=10)

    assert np.isnan(found.first.value).all()
    assert np.isnan(found.total.value).all()
    assert found.variance[0] == pytest.approx(0)


def test_a_row_with_a_missing_output_is_left_out():
    y = blocks(ishigami, 128, sobol.singles(3))
    holed = y.copy()
    holed[3, 17, 0] = np.nan

    found = sobol.estimate_sobol(holed, bootstrap=0)
    without = sobol.estimate_sobol(np.delete(y, 17, axis=1), bootstrap=0)

    np.testing.assert_allclose(found.first.value, without.first.value, rtol=1e-12)
    np.testing.assert_allclose(found.total.value, without.total.value, rtol=1e-12)


def test_grouped_factors_have_the_indices_of_the_group():
    columns = [np.array([0, 2]), np.array([1])]
    y = blocks(ishigami, 8192, sobol.singles(2), columns=columns)

    found = sobol.estimate_sobol(y, bootstrap=0)

    np.testing.assert_allclose(found.first.value[:, 0], [1 - 0.4424, 0.4424], atol=0.02)
    np.testing.assert_allclose(found.total.value[:, 0], [1 - 0.4424, 0.4424], atol=0.02)


@pytest.mark.parametrize("permutations", [None, 60])
def test_shapley_effects_share_interactions_and_add_up_to_one(permutations):
    chains = sobol.shapley_chains(3, permutations, seed=2)
    y = blocks(ishigami, 8192, chains.subsets)

    found, variance = sobol.estimate_shapley(y, chains, bootstrap=20)

    assert found.value.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(
        found.value[:, 0], SHAPLEY, atol=0.01 if permutations is None else 0.06
    )
    assert variance[0] == pytest.approx(13.8446, rel=0.02)
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()


def test_all_subsets_are_needed_once_each():
    chains = sobol.shapley_chains(4, None, seed=0)

    assert len(chains.subsets) == 2**4 - 2
    for factor in range(4):
        assert sum(share for f, _, _, share in chains.terms if f == factor) == pytest.approx(1)
