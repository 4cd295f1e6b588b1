"""What a ledger offers to reports: its own numbers, and none that would give a firm away."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.language import Text
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report.facts import Facts
from sanfu.report.materials.ledger import ledger_material
from sanfu.report.materials.ledger_protected import ProtectedTables, hide_small


class Ledger:
    """The parts of a ledger that its material reads."""

    number, hash, is_synthetic = 1, "0" * 64, True

    def __init__(self, sample):
        self.firms, self.figures, self.titles = sample.firms, sample.figures, sample.titles
        self.schemes = (read_scheme("shanghai_industry_2023"),)
        self.tags = apply_schemes(self.firms, self.schemes)
        self.region = read_region("shanghai")
        self.problems = pl.DataFrame(schema={"severity": pl.String, "code": pl.String})
        self.set_aside = pl.DataFrame()
        self.origins = pl.DataFrame(schema={"file": pl.String, "sheet": pl.String})


@pytest.fixture(scope="module")
def ledger():
    return Ledger(shanghai(firms=400, seed=2))


def test_small_counts_are_blanked_and_zero_is_not():
    counts = pl.DataFrame({"firms": [0, 2, 3], "share": [0.0, 0.1, 0.2]})

    hidden = hide_small(counts, ["firms", "share"])

    assert hidden["firms"].to_list() == [0, None, 3]
    assert hidden["share"].to_list() == [0.0, None, 0.2]


def test_no_published_count_of_firms_by_district_and_tier_is_one_or_two(ledger):
    tiers = {"little-giant": Text("小巨人", "LG"), "srdi": Text("专精特新", "SRDI")}
    held = ledger.titles.filter(pl.col("tier").is_in(list(tiers)))

    made = ProtectedTables(ledger, held, ledger.region.names(), tiers, "2023").by_tier

    shown = made.frame.filter(~pl.col("hidden"))["value"].to_list()
    assert made.log.height > 0
    assert not {1.0, 2.0} & set(shown)


def test_a_district_is_told_of_its_own_firms_alone(ledger):
    whole = ledger_material(ledger)
    part = ledger_material(ledger, focus="浦东新区")

    own = ledger.firms.filter(pl.col("district") == "310115").height
    assert part.facts["district.firms"].value == own
    assert part.facts["ledger.firms"].value == ledger.firms.height
    assert "district.firms" not in whole.facts


def test_the_table_of_industries_names_rule_and_denominator(ledger):
    material = ledger_material(ledger)

    table = material.tables["ledger.industries"](None, Facts({}, "zh"))

    assert f"全部 {ledger.firms.height:,} 户" in table.caption
    assert {row[-1] for row in table.rows} == set(ledger.tags["rule"])
    assert "assumed" in table.source
