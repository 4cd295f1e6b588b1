"""Size classes at every edge of the table, and what a missing figure may decide."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.registry.sme_size import CLASSES, read_size_scheme, sme_size

WAN = 1_000_000


def size(industry, **figures):
    frame = pl.DataFrame(
        {"firm": ["f"], "industry": [industry], **{k: [v] for k, v in figures.items()}},
        schema_overrides={"industry": pl.String, **dict.fromkeys(figures, pl.Int64)},
    )
    return sme_size(frame)["size"][0]


@pytest.mark.parametrize(
    ("staff", "revenue", "expected"),
    [
        (1000, 40_000 * WAN, "large"), (999, 40_000 * WAN, "medium"),
        (1000, 40_000 * WAN - 1, "medium"), (300, 2000 * WAN, "medium"),
        (299, 2000 * WAN, "small"), (200, 50_000 * WAN, "small"), (20, 300 * WAN, "small"),
        (19, 300 * WAN, "micro"), (20, 300 * WAN - 1, "micro"), (5000, 100 * WAN, "micro"),
    ],
)  # fmt: skip
def test_industry_needs_both_lower_limits(staff, revenue, expected):
    assert size("3562", staff=staff, revenue=revenue) == expected


def test_every_edge_of_every_row_takes_the_better_class():
    for row in read_size_scheme().rows:
        limits = row.lower_limits()
        for i, name in enumerate(CLASSES):
            at = {measure: limit[i] for measure, limit in limits.items()}
            assert size(row.industries[0], **at) == name, row.name.en
            for measure in limits:
                below = size(row.industries[0], **{**at, measure: at[measure] - 1})
                assert below == (*CLASSES[1:], "micro")[i], (row.name.en, name, measure)


def test_a_missing_figure_decides_only_where_it_cannot_matter():
    assert size("3562", staff=19, revenue=None) == "micro"
    assert size("3562", staff=20, revenue=None) == "missing"
    assert size("3562", staff=None, revenue=10**15) == "missing"
    assert size("6510", staff=300, revenue=10_000 * WAN) == "large"


@pytest.mark.parametrize(
    ("industry", "reason"),
    [(None, "缺少行业代码"), ("6620", "不在划型标准"), ("5310", "不在划型标准")],
)
def test_what_the_table_does_not_cover_is_said(industry, reason):
    frame = pl.DataFrame(
        {"firm": ["f"], "industry": [industry]}, schema={"firm": str, "industry": str}
    )
    found = sme_size(frame)

    assert found["size"][0] == "missing"
    assert reason in found["reason"][0]


def test_a_section_letter_before_the_code_is_allowed():
    assert size("C3562", staff=20, revenue=300 * WAN) == "small"
