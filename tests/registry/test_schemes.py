"""Industry systems: many tags a firm, each by a rule that is named."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.errors import FileFault
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme


def test_a_firm_can_hold_several_tags_and_each_names_its_rule():
    firms = pl.DataFrame(
        {
            "firm": ["a", "b", "c"],
            "industry": ["3973", "6591", None],
            "products": ["芯片", "x", None],
        }
    )

    tags = apply_schemes(firms, [read_scheme("shanghai_industry_2023")])

    assert tags.filter(pl.col("firm") == "a").select("tag", "rule").rows() == [
        ("电子信息", "key-broad@1"),
        ("集成电路", "leading@1"),
        ("3+6产业", "narrow@1"),
    ]
    assert "c" not in tags["firm"].to_list()


def test_the_frame_rule_and_the_single_rule_agree_on_the_sample():
    firms = shanghai(firms=600, seed=3).firms
    scheme = read_scheme("shanghai_industry_2023")

    tags = apply_schemes(firms, [scheme])

    by_hand = [
        (row["firm"], rule.tag)
        for row in firms.iter_rows(named=True)
        for rule in scheme.rules
        if rule.holds(row["industry"], row["products"])
    ]
    assert sorted(tags.select("firm", "tag").rows()) == sorted(by_hand)


def test_an_unknown_scheme_is_refused_with_those_that_ship():
    with pytest.raises(FileFault, match="shanghai_industry_2023"):
        read_scheme("nowhere")
