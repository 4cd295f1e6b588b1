"""Shares of passed reviews and times that titles were kept."""

import datetime as dt
from math import sqrt

import numpy as np
import polars as pl
import pytest
from scipy.stats import beta

from sanfu.content import Label
from sanfu.ladder.survival import (
    ReviewBatch,
    own_reviews,
    pass_rates,
    read_reviews,
    title_spells,
    title_survival,
)

D = dt.date


def title(firm, granted, expires, review=None, tier="srdi", batch="1"):
    return {
        "firm": firm,
        "tier": tier,
        "batch": batch,
        "granted": granted,
        "expires": expires,
        "review": review,
    }


def frame(*rows):
    schema = {
        "firm": pl.String,
        "tier": pl.String,
        "batch": pl.String,
        "granted": pl.Date,
        "expires": pl.Date,
        "review": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def test_the_national_batches_passed_as_published():
    rates = pass_rates(read_reviews().batches)

    assert rates["announced"].to_list() == [248, 1748, 2930, 4926]
    assert rates["passed"].to_list() == [142, 1079, 2430, 3651]
    assert [round(100 * rate) for rate in rates["rate"]] == [57, 62, 83, 74]


def test_wilson_s_interval_is_the_one_of_his_formula():
    rates = pass_rates(read_reviews().batches)
    z, n, p = 1.959963984540054, 248, 142 / 248
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))

    assert rates["low"][0] == pytest.approx(centre - half)
    assert rates["high"][0] == pytest.approx(centre + half)


def test_the_exact_interval_is_made_of_beta_quantiles():
    rates = pass_rates(read_reviews().batches)

    assert rates["exact_low"][1] == pytest.approx(beta.ppf(0.025, 1079, 1748 - 1079 + 1))
    assert rates["exact_high"][1] == pytest.approx(beta.ppf(0.975, 1079 + 1, 1748 - 1079))


def test_wilson_s_interval_holds_the_true_share_about_as_often_as_it_says():
    generator = np.random.default_rng(5)
    label = Label(zh="试", en="trial")
    drawn = generator.binomial(60, 0.83, 400)
    batches = [
        ReviewBatch(tier=str(i), batch=label, announced=60, passed=int(k))
        for i, k in enumerate(drawn)
    ]
    rates = pass_rates(tuple(batches))

    covered = ((rates["low"] <= 0.83) & (rates["high"] >= 0.83)).mean()

    assert 0.91 <= covered <= 0.985


def test_a_batch_of_none_has_no_share():
    label = Label(zh="空", en="empty")

    assert pass_rates((ReviewBatch(tier="srdi", batch=label, announced=0, passed=0),)).is_empty()


def test_own_reviews_count_only_periods_that_ended():
    titles = frame(
        title("a", D(2019, 1, 1), D(2022, 1, 1), "passed"),
        title("b", D(2019, 1, 1), D(2022, 1, 1), "failed"),
        title("c", D(2019, 1, 1), D(2022, 1, 1), "lapsed"),
        title("a", D(2022, 1, 1), D(2025, 1, 1), None, batch="1复核"),
    )

    (batch,) = own_reviews(titles, D(2023, 1, 1))

    assert (batch.announced, batch.passed) == (3, 1)


def test_periods_that_follow_on_each_other_are_one_spell():
    titles = frame(
        title("a", D(2019, 1, 1), D(2022, 1, 1), "passed"),
        title("a", D(2022, 1, 1), D(2025, 1, 1), None),
        title("b", D(2017, 1, 1), D(2020, 1, 1), "failed"),
        title("b", D(2022, 1, 1), D(2025, 1, 1), None),
    )

    spells = title_spells(titles, D(2023, 1, 1)).sort("firm", "began")

    assert spells["firm"].to_list() == ["a", "b", "b"]
    assert spells["lost"].to_list() == [False, True, False]
    assert spells["ended"].to_list() == [D(2023, 1, 1), D(2020, 1, 1), D(2023, 1, 1)]


def test_kaplan_meier_by_hand():
    """Four firms; one lost at 3 years of four at risk, one at 6 years of two: 3/4, then 3/8."""
    titles = frame(
        title("a", D(2015, 1, 1), D(2018, 1, 1), "failed"),
        title("b", D(2020, 6, 1), D(2023, 6, 1), None),
        title("c", D(2015, 1, 1), D(2018, 1, 1), "passed"),
        title("c", D(2018, 1, 1), D(2021, 1, 1), "lapsed"),
        title("d", D(2015, 1, 1), D(2018, 1, 1), "passed"),
        title("d", D(2018, 1, 1), D(2021, 1, 1), "passed"),
        title("d", D(2021, 1, 1), D(2024, 1, 1), None),
    )
    at = D(2023, 9, 1)

    curve = title_survival(titles.filter(pl.col("firm") != "b"), at)
    assert curve["kept"].to_list() == pytest.approx([2 / 3, 1 / 3])

    longer = pl.concat(
        [
            titles.filter(pl.col("firm") != "b"),
            frame(
                title("e", D(2019, 1, 1), D(2022, 1, 1), "passed"),
                title("e", D(2022, 1, 1), D(2025, 1, 1), None),
            ),
        ]
    )
    curve = title_survival(longer, at)

    assert curve["at_risk"].to_list() == [4, 2]
    assert curve["kept"].to_list() == pytest.approx([3 / 4, 3 / 8])
    # Greenwood: S² Σ d / (n (n − d))
    error = 3 / 4 * sqrt(1 / (4 * 3))
    assert curve["low"][0] == pytest.approx(3 / 4 - 1.959963984540054 * error)
    assert curve["high"][0] == 1


def test_a_tier_of_which_none_was_lost_has_no_curve():
    assert title_survival(frame(title("a", D(2022, 1, 1), D(2025, 1, 1))), D(2023, 1, 1)).is_empty()
