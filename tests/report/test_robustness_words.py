"""What a report says of robustness holds against the analysis itself, and claims no more."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest

from sanfu.index.robustness import Robustness
from sanfu.index.robustness.declaration import Choice, usual_plan
from sanfu.index.robustness.words import choice_words
from sanfu.report.blocks import plain_words
from sanfu.report.facts import Facts
from sanfu.report.materials.robustness import _RobustnessMaterial


@pytest.fixture(scope="module")
def material(results_of):
    found = next(one for one in results_of("city-index") if isinstance(one, Robustness))
    return _RobustnessMaterial(found)


def _with(material, rows):
    one = _RobustnessMaterial(material.found)
    frame = pl.DataFrame(
        rows, schema=["choice", "total", "total_low", "total_high"], orient="row"
    ).with_columns(target=pl.lit("mean |rank shift|"), unit=pl.lit(None), first=pl.lit(0.1))
    one.sensitivity = replace(material.sensitivity, frame=frame)
    one.sensitivity.__dict__["summary"] = frame
    return one


def test_a_choice_is_called_the_main_one_only_where_no_interval_reaches_its_own(material):
    apart = [("weights", 0.8, 0.7, 0.9), ("normalisation", 0.2, 0.1, 0.69)]
    over = [("weights", 0.60, 0.47, 0.74), ("normalisation", 0.57, 0.46, 0.68),
            ("aggregation", 0.1, 0.0, 0.2)]  # fmt: skip

    clear = _with(material, apart)._driver()
    alike = _with(material, over)._driver()
    assert "主要取决于“权重 ±25%”" in clear.zh
    assert "most on “weights ± 25 %”" in clear.en
    assert alike.zh == "“权重 ±25%”、“归一化”对名次变动的影响相近，区间重叠，分不出主次。"
    assert "most" not in alike.en


def test_no_term_of_the_method_stands_in_the_running_text(material):
    said = material._summary(None, Facts({}, "zh"))

    assert not re.search(r"Sobol|runs|等）", "".join(said))


def test_each_figure_names_its_own_number_of_runs(material):
    own, runs = len(material.found.design), material.sensitivity.settings["runs"]

    assert own != runs
    assert f"{own:,} 次" in material._acceptability(None).method
    sobol = material._sobol_figure(None).method
    assert f"{runs:,} 次" in sobol
    assert f"{own:,} 次" not in sobol


def test_each_tier_names_the_pair_that_changes_places_most_often(material):
    facts = Facts({}, "zh")
    said = material._tiers(None, facts)
    beats = {row[:2]: row[2] for row in material.found.beats.rows()}
    tiers = dict(material.found.tiers.select("unit", "tier").rows())

    assert len(said) == max(tiers.values()) > 1
    for tier in range(2, len(said) + 1):
        upper = [unit for unit, at in tiers.items() if at == tier - 1]
        lower = [unit for unit, at in tiers.items() if at == tier]
        most = max(beats[low, up] for low in lower for up in upper)
        if most:
            assert facts[f"robustness.swap.{tier}"].value == most
            assert f"{{robustness.swap.{tier}}}" in said[tier - 1]
        else:
            assert "各次试算中都排在上一档之后" in said[tier - 1]


def test_the_tables_hold_words_no_entries_of_files(material):
    facts = Facts({}, "zh")
    tables = [material._choices(None, facts), material._sensitivity(None, facts),
              material._findings(None, facts)]  # fmt: skip
    cells = [plain_words((cell,)) for table in tables for row in table.rows for cell in row]
    said = "；".join([*cells, *(table.source for table in tables)])

    assert not re.search(r"method|minmax|noise|janon|rows|warning|note|=", said)
    assert "极差标准化（最低 1 分、最高 100 分）" in said
    assert not any("None" in value for _, value in material.material().made_from)


@pytest.mark.parametrize(
    ("given", "zh"),
    [
        ({"weights": {"simplex": True}}, "一切可能的权重组合"),
        ({"weights": {"precision": 50}}, "集中度 50"),
        ({"path": "method.treat.first.points", "between": [1, 5]}, "在 1 至 5 之间均匀抽取"),
        ({"path": "method.treat.first.points", "values": [1, None]}, "随机取一：1、不做"),
        ({"drop": {"indicators": "all"}}, "每次去掉 1 项指标"),
        ({"drop": {"units": "all", "count": 2}}, "每次去掉 2 个地区"),
        ({"draws": "firms"}, "重抽企业"),
        ({"imputations": 5}, "5 套数据"),
        ({"options": [{"set": {"method.normalise": "zscore"}}]}, "随机取一：标准分"),
    ],
)
def test_every_way_to_vary_a_choice_has_its_words(given, zh):
    assert zh in choice_words(Choice.model_validate(given)).zh


def test_the_usual_choices_are_said_whole(material):
    plan = usual_plan(material.found.index.framework)

    said = {name: choice_words(choice).zh for name, choice in plan.choices.items()}
    assert said["weights"] == "每项权重各乘以 75% 至 125% 之间的随机数"
    assert said["aggregation"].endswith("加权算术平均、加权几何平均")
