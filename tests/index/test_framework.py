"""Frameworks: what is read, and that every fault is said at once with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sanfu.content import content_path
from sanfu.errors import DeclarationFaults, FileFault
from sanfu.index import parse_framework, read_framework
from sanfu.index.framework import framework_schema

GOOD = """
framework: small
name: {zh: 小指数, en: small index}
nodes:
  index: {name: {zh: 总, en: all}, aggregate: {method: geometric, offset: 1}}
  deep: {name: {zh: 深, en: deep}, parent: index, weight: 2}
  deeper: {name: {zh: 更深, en: deeper}, parent: deep}
indicators:
  a: {name: {zh: 甲, en: A}, parent: index}
  b: {name: {zh: 乙, en: B}, parents: {deep: 1, deeper: 3}, shared: true}
  c: {name: {zh: 丙, en: C}, parent: deeper, direction: -1}
"""


def read(text):
    return parse_framework(YAML(typ="rt").load(text), "small.yaml")


def faults_of(text):
    with pytest.raises(DeclarationFaults) as wrong:
        read(text)
    return wrong.value.faults


def test_a_ragged_graph_with_a_shared_indicator_is_laid_out():
    framework = read(GOOD)

    assert framework.root == "index"
    assert framework.order() == ("deeper", "deep", "index")
    assert framework.children("index") == {"deep": 2.0, "a": 1.0}
    assert framework.children("deeper") == {"b": 3.0, "c": 1.0}
    assert framework.heights() == {"a": 1, "b": 1, "c": 1, "deeper": 2, "deep": 3, "index": 4}
    assert framework.below("deep") == ("b", "c")


def test_all_faults_are_said_at_once_each_with_its_line():
    broken = (
        GOOD.replace("parent: deep}", "parent: deeep}")
        .replace(", shared: true", "")
        .replace("direction: -1", "direction: 2")
    )

    faults = faults_of(broken)

    lines = broken.splitlines()
    said = {fault.where: lines[fault.line - 1] for fault in faults}
    assert "deeep" in said["nodes.deeper.parent"]
    assert "parents" in said["indicators.b.parents"]
    assert "direction: 2" in said["indicators.c.direction"]
    assert len(faults) >= 3


def test_parents_in_a_circle_are_a_fault():
    text = GOOD.replace(
        "deep: {name: {zh: 深, en: deep}, parent: index",
        "deep: {name: {zh: 深, en: deep}, parent: deeper",
    )

    assert any("circle" in fault.text.en for fault in faults_of(text))


def test_two_tops_are_a_fault():
    text = GOOD.replace("parent: index, weight: 2", "weight: 2")

    assert any("only one node" in fault.text.en for fault in faults_of(text))


def test_an_unknown_method_names_those_there_are():
    (fault,) = faults_of(GOOD + "method: {normalise: minmaks}\n")

    assert "minmax" in fault.text.en
    assert fault.line == GOOD.count("\n") + 1


def test_a_geometric_mean_over_a_scale_that_reaches_zero_is_refused_with_the_remedy():
    (fault,) = faults_of(GOOD.replace(", offset: 1", ""))

    assert "low: 1" in fault.text.en
    assert "offset" in fault.text.zh


@pytest.mark.parametrize("rule", ["copeland", "promethee", "vikor"])
def test_a_geometric_mean_over_wins_and_losses_is_refused_before_the_run(rule):
    text = GOOD.replace(", offset: 1", "") + "method: {normalise: {method: minmax, low: 1}}\n"
    wins = text.replace("parent: index, weight: 2", f"parent: index, weight: 2, aggregate: {rule}")
    rescaled = wins.replace(
        f"aggregate: {rule}", f"aggregate: {rule}, rescale: {{method: minmax, low: 1}}"
    )

    (fault,) = faults_of(wins)

    assert "rescale" in fault.text.zh
    assert "rescale" in fault.text.en
    read(rescaled)


@pytest.mark.parametrize(
    "wrong",
    [
        "normalise: {method: minmax, over: base}",
        "normalise: {method: categorical, edges: [30, 50], scores: [1, 2, 3]}",
        "normalise: {method: categorical, edges: [0.5], scores: [1]}",
        "impute: {method: group_mean}",
        "impute: {method: value}",
        "order: [impute]",
        "weights: {method: votes, ballots: [{votes: {a-b: 3}}]}",
        "weights: {method: ahp, judgements: [{pairs: {a/b: 0}}]}",
        "weights: bod",
        "aggregate: {method: generalised, power: 0}",
        "aggregate: owa",
        "aggregate: {method: promethee, preference: gaussian}",
        "aggregate: {method: bod, direction: {deep: 0}}",
    ],
)
def test_what_a_rule_lacks_is_said_in_both_languages(wrong):
    faults = faults_of(GOOD + f"method: {{{wrong}}}\n")

    assert faults
    for fault in faults:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.text.zh)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in fault.text.en)


@pytest.mark.parametrize(
    "mend",
    [
        "method: {normalise: {method: minmax, low: 1}}",
        "method: {normalise: rank}",
        "method: {normalise: efficacy}",
    ],
)
def test_a_positive_scale_mends_a_geometric_mean(mend):
    read(GOOD.replace(", offset: 1", "") + mend + "\n")


def test_goalposts_that_a_method_needs_are_asked_of_every_indicator():
    faults = faults_of(GOOD + "method: {normalise: goalposts}\n")

    assert {fault.where for fault in faults} == {"indicators.a", "indicators.b", "indicators.c"}


def test_a_step_out_of_order_is_a_fault():
    (fault,) = faults_of(GOOD + "method: {order: [normalise, treat], treat: {}}\n")

    assert "end with normalise" in fault.text.en


def test_a_varied_framework_is_checked_and_the_first_stays_as_it_was():
    framework = read(GOOD)

    varied = framework.vary({"method.normalise": {"method": "zscore", "mean": 100}})

    assert varied.method.normalise.method == "zscore"
    assert framework.method.normalise.method == "minmax"
    assert varied.content_hash() != framework.content_hash()
    with pytest.raises(DeclarationFaults):
        framework.vary({"nodes.index.aggregate": "geometric"})


def test_the_hash_is_of_the_meaning_not_of_the_spelling():
    spelt_out = GOOD + "method: {normalise: {method: minmax, low: 0, high: 100}}\n"

    assert read(spelt_out).content_hash() == read(GOOD).content_hash()


def test_an_unknown_name_lists_the_shipped_frameworks():
    with pytest.raises(FileFault, match="hdi"):
        read_framework("no-such-framework")


def test_the_schema_for_editors_is_that_of_the_models():
    shipped = Path(content_path("frameworks", "schema.json")).read_text(encoding="utf-8")

    assert json.loads(shipped) == json.loads(json.dumps(framework_schema())), (
        "run: uv run python tools/framework_schema.py"
    )
