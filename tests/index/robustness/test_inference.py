"""Ranks of replicates: intervals, acceptability, pairs and tiers, worked by hand."""

from __future__ import annotations

import numpy as np

from sanfu.index.robustness import inference

NAN = np.nan
SCORES = np.array([[3.0, 2, 1], [3, 1, 2], [1, 1, 0], [5, NAN, 6]])
RANKS = np.array([[1.0, 2, 3], [1, 3, 2], [1, 1, 3], [2, NAN, 1]])


def test_equal_scores_share_the_better_rank_and_missing_ones_have_none():
    np.testing.assert_array_equal(inference.rank_replicates(SCORES), RANKS)


def test_scores_that_differ_by_rounding_only_are_equal():
    scores = np.array([[0.1 + 0.2, 0.3, 0.2]])

    np.testing.assert_array_equal(inference.rank_replicates(scores), [[1, 1, 3]])


def test_acceptability_is_the_share_of_each_rank_among_the_replicates_that_score_the_unit():
    for ranks in (RANKS, np.pad(RANKS, ((0, 0), (0, 40)), constant_values=NAN)):
        unit, rank, share = inference.rank_acceptability(ranks)

        table = np.zeros((3, 3))
        table[unit, rank - 1] = share
        np.testing.assert_allclose(
            table, [[3 / 4, 1 / 4, 0], [1 / 3, 1 / 3, 1 / 3], [1 / 4, 1 / 4, 1 / 2]]
        )


def test_ties_count_half_for_who_beats_whom_over_the_replicates_that_score_both():
    beats = inference.winning_probability(RANKS)

    np.testing.assert_allclose(beats[0], [NAN, 2.5 / 3, 3 / 4])
    np.testing.assert_allclose(beats[1], [0.5 / 3, NAN, 2 / 3])
    np.testing.assert_allclose(beats[2], [1 / 4, 1 / 3, NAN])


def test_a_tier_ends_before_the_first_unit_that_its_leader_surely_beats():
    beats = np.array(
        [
            [NAN, 0.80, 0.97, 1.00],
            [0.20, NAN, 0.70, 1.00],
            [0.03, 0.30, NAN, 0.90],
            [0.00, 0.00, 0.10, NAN],
        ]
    )

    tier, leader = inference.find_tiers(beats, [0, 1, 2, 3], 0.95)

    assert tier.tolist() == [1, 1, 2, 2]
    assert leader.tolist() == [0, 0, 2, 2]
    assert inference.clear_cut(beats, tier, 0.95).tolist() == [True, True, False, True]


def test_quantiles_leave_out_the_replicates_without_a_score():
    found = inference.quantiles(RANKS, [0, 0.5, 1])

    np.testing.assert_allclose(found[:, 1], [1, 2, 3])


def test_the_mean_shift_is_over_the_units_that_are_scored():
    np.testing.assert_allclose(
        inference.mean_shift(RANKS, np.array([1.0, 2, 3])), [0, 2 / 3, 1 / 3, 1.5]
    )


def test_scores_on_other_scales_are_brought_to_the_nominal_mean_and_spread():
    nominal = np.array([60.0, 50, 40, NAN])
    scores = np.array([[6.0, 5, 4, 9], [-1, NAN, 1, 2]])

    found = inference.to_nominal_scale(scores, nominal)

    np.testing.assert_allclose(found[0], [60, 50, 40, 90])
    np.testing.assert_allclose(found[1], [40, NAN, 60, 70])


def test_a_confidence_set_counts_what_is_surely_above_and_surely_below():
    nominal = np.array([10.0, 9.9, 5.0, NAN])
    rng = np.random.default_rng(0)
    draws = nominal + rng.normal(0, 0.3, (500, 4))

    best, worst = inference.rank_confidence_sets(draws, nominal, 0.9)

    np.testing.assert_array_equal(best, [1, 1, 3, NAN])
    np.testing.assert_array_equal(worst, [2, 2, 3, NAN])
