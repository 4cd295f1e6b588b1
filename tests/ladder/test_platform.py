"""An estimated score of the platform is the sector's mean and says that it is an estimate."""

import polars as pl

from sanfu.ladder.platform import with_estimated_scores

ROWS = pl.DataFrame(
    {
        "firm": list("abcdef"),
        "industry": ["C3562", "3511", "C3599", "I6513", "I6520", None],
        "platform_score": [60, 71, None, 80, None, None],
    }
)


def test_a_missing_score_is_the_mean_of_its_sector_rounded_down():
    found = with_estimated_scores(ROWS, least=2)

    assert found["platform_score"].to_list() == [60, 71, 65, 80, None, None]
    assert found["platform_score_estimated"].to_list() == [False, False, True, False, False, False]


def test_a_sector_of_few_scores_gives_no_estimate():
    assert (
        with_estimated_scores(ROWS)["platform_score"].to_list() == ROWS["platform_score"].to_list()
    )
