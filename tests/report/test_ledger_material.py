"""What a ledger offers to reports: its own numbers, and none that would give a firm away."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.language import Text
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report.blocks import Callout, Picture, plain_words
from sanfu.report.composing import compose_from
from sanfu.report.facts import Fact, Facts
from sanfu.report.html import to_html
from sanfu.report.material import Material
from sanfu.report.materials.ledger import ledger_material
from sanfu.report.materials.ledger_linked import LedgerCounts
from sanfu.report.materials.ledger_protected import ProtectedTables
from sanfu.report.options import ReportOptions
from sanfu.report.outline import read_outline


class Ledger:
    """The parts of a ledger that its material reads."""

    number, hash, is_synthetic = 1, "0" * 64, True

    def __init__(self, sample):
        self.firms, self.figures, self.titles = sample.firms, sample.figures, sample.titles
        self.schemes = (read_scheme("shanghai_industry_2023"),)
        self.tags = apply_schemes(self.firms, self.schemes)
        self.region, self.aliases = read_region("shanghai"), None
        self.problems = pl.DataFrame(schema={"severity": pl.String, "code": pl.String})
        self.set_aside = pl.DataFrame()
        self.origins = pl.DataFrame(schema={"file": pl.String, "sheet": pl.String})


@pytest.fixture(scope="module")
def ledger():
    return Ledger(shanghai(firms=400, seed=2))


def test_no_published_count_of_firms_by_district_and_tier_is_one_or_two(ledger):
    tiers = {"little-giant": Text("小巨人", "LG"), "srdi": Text("专精特新", "SRDI")}
    counts = LedgerCounts(ledger, list(tiers), ReportOptions().rules())

    made = ProtectedTables(counts, tiers).by_tier

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


def test_a_district_with_industries_of_its_own_is_told_by_them_first_and_they_say_sample(ledger):
    table = ledger_material(ledger, focus="杨浦").tables["district.industries"](
        None, Facts({}, "zh")
    )

    groups = [row[0] for row in table.rows if row[0]]
    ours = [group for group in groups if "示例" in group]
    assert len(ours) >= 3
    assert groups[: len(ours)] == ours == sorted(ours)
    assert {"sample@1"} < {row[-1] for row in table.rows}
    assert "district-sample：sample" in table.source


@pytest.mark.parametrize("name", ["310110", "杨浦", "杨浦区", "Yangpu", "yangpu district"])
def test_a_district_goes_by_any_of_its_names_in_either_language(ledger, name):
    material = ledger_material(ledger, focus=name)

    own = ledger.firms.filter(pl.col("district") == "310110").height
    assert material.facts["district.firms"].value == own


def test_likely_duplicates_are_counted_and_said_beside_the_firms(ledger):
    twin = ledger.firms.head(2).with_columns(
        firm=pl.Series(["F9000001", "F9000002"]), uscc=pl.lit(None, pl.String)
    )
    made = Ledger.__new__(Ledger)
    made.__dict__.update(ledger.__dict__)
    made.firms = pl.concat([ledger.firms, twin])

    material = ledger_material(made)

    assert material.facts["ledger.duplicates"].value == 2
    assert material.facts["ledger.duplicates-note"].value == "（含疑似重复 2 户，待人工核对）"
    assert "含疑似重复 2 户" in material.figures["ledger.pyramid"](None).n
    assert ledger_material(ledger).facts["ledger.duplicates-note"].value == ""


def test_counts_of_titles_over_the_years_are_those_of_the_titles(ledger):
    material = ledger_material(ledger)
    figure = material.figures["ledger.tiers-trend"](None)

    last = max(ledger.figures["year"])
    held = ledger.titles.filter(
        pl.col("granted") <= pl.date(last, 12, 31), pl.col("expires") >= pl.date(last, 12, 31)
    )
    by = dict(held.group_by("tier").agg(pl.col("firm").n_unique()).iter_rows())
    shown = figure.table.filter(pl.col("year") == last)
    assert dict(shown.select("name", "value").iter_rows())["专精特新中小企业"] == by["srdi"]
    assert "升降" in material.figures["ledger.tier-flows"](None).title


def test_titles_without_dates_are_not_counted_and_said_where_titles_are(ledger):
    bare = Ledger.__new__(Ledger)
    bare.__dict__.update(ledger.__dict__)
    none = pl.lit(None, pl.Date)
    again = ledger.titles.head(7).with_columns(granted=none, expires=none)
    bare.titles = pl.concat([ledger.titles, again])

    made, before = ledger_material(bare), ledger_material(ledger)

    assert {n: f for n, f in made.facts.items() if ".tier." in n} == {
        n: f for n, f in before.facts.items() if ".tier." in n
    }
    said = "另有 7 项称号没有日期，不知是否有效，未计入"
    for name in ("ledger.tiers", "ledger.by-district"):
        assert said in made.tables[name](None, Facts({}, "zh")).source
        assert "没有日期" not in before.tables[name](None, Facts({}, "zh")).source
    for name in ("pyramid", "structure", "tiers-trend", "tier-flows"):
        assert said in made.figures[f"ledger.{name}"](None).method
        assert "没有日期" not in before.figures[f"ledger.{name}"](None).method


def test_a_stricter_office_hides_more(ledger):
    usual = ledger_material(ledger).facts["ledger.hidden"].value
    strict = (
        ledger_material(ledger, options=ReportOptions(min_firms=10, dominance="1:20%"))
        .facts["ledger.hidden"]
        .value
    )

    assert strict > usual


class OddLedger(Ledger):
    """A ledger of another shape than the sample's."""

    def __init__(self, shape):
        super().__init__(shanghai(firms=120, seed=3))
        if shape == "no titles":
            self.titles = self.titles.head(0)
        elif shape == "no industries":
            none = pl.lit(None, pl.String)
            self.firms = self.firms.with_columns(industry=none, products=none, scope=none)
            self.tags = apply_schemes(self.firms, self.schemes)
        elif shape == "no districts":
            none = pl.lit(None, pl.String)
            self.firms = self.firms.with_columns(district=none, district_name=none)
        elif shape == "no yearly figures":
            self.figures = self.figures.head(0)
        elif shape == "one firm":
            self.firms = self.firms.head(1)


@pytest.mark.parametrize("least", [3, 100])
@pytest.mark.parametrize("shape", [
    "as sampled", "no titles", "no industries", "no districts", "no yearly figures", "one firm",
])  # fmt: skip
@pytest.mark.parametrize(("name", "chapter"), [("city-index", "firms"), ("district", "industries")])
def test_a_report_of_any_ledger_is_written_and_says_what_is_not_drawn(name, chapter, shape, least):
    whole = read_outline(name)
    kept = tuple(one for one in whole.chapters if one.id == chapter)
    outline = whole.model_copy(update={"chapters": kept, "subtitle": None})
    ledger = OddLedger(shape)
    offered = ledger_material(ledger, focus="浦东新区", options=ReportOptions(min_firms=least))

    made = compose_from(outline, offered | Material(facts={"focus": Fact("浦东新区")}))

    drawn = [b.figure.title for b in made.document.blocks if isinstance(b, Picture)]
    said = [plain_words(b.line) for b in made.document.blocks if isinstance(b, Callout)]
    asked = [p.figure for p in kept[0].parts if p.figure and not p.optional]
    assert len(drawn) + len(said) >= len(asked)
    if shape == "as sampled" and least == 100:
        assert any("为保护企业信息都没有公布" in words for words in said)
        assert made.withheld
    if shape == "no industries":
        assert any("产业" in words and "没有可画的数据" in words for words in said)
    to_html(made.document)
