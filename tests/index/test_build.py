"""Building an index: by hand, with holes, constants and faults, and followed to the cells."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from openpyxl import load_workbook

import sanfu
from sanfu.errors import InputError
from sanfu.index import FiguresFault, NotPositive, build_index, parse_framework
from sanfu.language import use_language


def label(code):
    return {"zh": code, "en": code}


def framework(indicators, nodes=None, **method):
    """Give a framework of one node, or more; `indicators` code → fields."""
    nodes = nodes or {"all": {}}
    top = next(iter(nodes))
    return parse_framework(
        {
            "framework": "t",
            "name": label("t"),
            "nodes": {code: {"name": label(code)} | node for code, node in nodes.items()},
            "indicators": {
                code: {"name": label(code), "parent": top} | fields
                for code, fields in indicators.items()
            },
            "method": method,
        }
    )


TOWNS = {"unit": ["甲", "乙", "丙"], "a": [0.0, 5.0, 10.0], "b": [3.0, 1.0, 2.0]}


def scores(index, node=None):
    return dict(zip(index.units, index.value(node or index.plan.nodes[-1]), strict=True))


def test_an_index_by_hand():
    plan = framework({"a": {"weight": 3}, "b": {"direction": -1}})

    index = build_index(plan, TOWNS)

    # a → 0, 50, 100; b turned → 0, 100, 50; weights 3 : 1
    assert scores(index) == {"甲": 0.0, "乙": 62.5, "丙": 87.5}
    assert index.ranking["unit"].to_list() == ["丙", "乙", "甲"]
    assert index.frame.columns == ["unit", "year", "node", "score", "rank", "coverage"]


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "pyarrow", "duckdb", "rows"])
def test_any_dataframe_gives_the_same_index(kind):
    frame = pl.DataFrame(TOWNS)
    import duckdb

    given = {
        "polars": lambda: frame,
        "lazy": frame.lazy,
        "pandas": frame.to_pandas,
        "pyarrow": frame.to_arrow,
        "duckdb": lambda: duckdb.from_arrow(frame.to_arrow()),
        "rows": lambda: TOWNS,
    }[kind]()

    index = build_index(framework({"a": {}, "b": {}}), given)

    assert scores(index) == {"甲": 50.0, "乙": 25.0, "丙": 75.0}


def test_an_index_says_what_it_is_in_a_line():
    assert repr(build_index(framework({"a": {}, "b": {}}), TOWNS)) == (
        "<Index t 1: 3 units × 2 indicators, 0 findings>"
    )


def test_the_public_door_is_the_same():
    assert sanfu.build_index is build_index


def test_a_hole_is_reweighted_counted_and_never_zero():
    holed = TOWNS | {"b": [3.0, None, 2.0]}

    index = build_index(framework({"a": {}, "b": {}}), holed)

    assert scores(index)["乙"] == 50.0
    assert dict(zip(index.units, index.coverage[:, -1], strict=True))["乙"] == 0.5


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("reweight", 50.0),
        ("propagate", math.nan),
        ({"rule": "share", "share": 0.7}, math.nan),
        ({"rule": "share", "share": 0.2}, 50.0),
        ({"rule": "share", "share": 0.5, "basis": "count"}, 50.0),
        ({"rule": "impute", "by": "mean"}, (50 * 1 + 50 * 3) / 4),
    ],
)
def test_a_node_treats_a_missing_child_as_declared(rule, expected):
    holed = TOWNS | {"b": [3.0, None, 2.0]}
    plan = framework({"a": {}, "b": {"weight": 3}}, missing=rule)

    got = scores(build_index(plan, holed))["乙"]

    assert got == expected or (math.isnan(expected) and math.isnan(got))


def test_a_share_of_weight_is_not_a_share_of_children():
    holed = TOWNS | {"b": [3.0, None, 2.0]}
    by_weight = framework({"a": {"weight": 9}, "b": {}}, missing={"rule": "share", "share": 0.8})

    assert scores(build_index(by_weight, holed))["乙"] == 50.0
    assert math.isnan(scores(build_index(by_weight, holed, parity="COINr"))["乙"])


def test_a_unit_without_any_figure_has_no_score_and_is_a_finding():
    holed = TOWNS | {"a": [0.0, None, 10.0], "b": [3.0, None, 2.0]}

    index = build_index(framework({"a": {}, "b": {}}), holed)

    assert math.isnan(scores(index)["乙"])
    assert index.ranking["rank"].to_list() == [1, 1, None]
    assert [f.item for f in index.findings if f.code == "no-score"] == ["乙"]


def test_a_constant_column_is_a_finding_and_leaves_the_index():
    flat = TOWNS | {"b": [2.0, 2.0, 2.0]}

    index = build_index(framework({"a": {}, "b": {}}, missing="propagate"), flat)

    assert scores(index) == {"甲": 0.0, "乙": 50.0, "丙": 100.0}
    (finding,) = [f for f in index.findings if f.code == "constant-column"]
    assert finding.item == "b"
    assert "没有区分度" in finding.text.zh
    assert "tells nothing apart" in finding.text.en


def test_a_constant_column_may_give_the_middle_or_refuse():
    flat = TOWNS | {"b": [2.0, 2.0, 2.0]}
    middle = framework({"a": {}, "b": {}}, normalise={"method": "minmax", "constant": "middle"})
    refuse = framework({"a": {}, "b": {}}, normalise={"method": "minmax", "constant": "refuse"})

    assert scores(build_index(middle, flat)) == {"甲": 25.0, "乙": 50.0, "丙": 75.0}
    with pytest.raises(InputError, match="没有区分度"):
        build_index(refuse, flat)


def test_a_node_whose_indicators_are_all_empty_is_a_finding():
    plan = framework({"a": {}, "b": {"parent": "low"}}, nodes={"all": {}, "low": {"parent": "all"}})

    index = build_index(plan, TOWNS | {"b": [None, None, None]})

    assert {f.code for f in index.findings} == {"empty-column", "empty-node"}
    assert index.plan.nodes == ("all",)


def test_a_single_unit_can_be_scored_against_goalposts():
    plan = framework({"a": {"goalposts": [0, 20]}}, normalise="goalposts")

    assert scores(build_index(plan, {"unit": ["甲"], "a": [5]})) == {"甲": 25.0}


def test_zero_under_a_geometric_mean_is_refused_naming_the_unit_and_the_remedy():
    plan = framework(
        {"a": {"goalposts": [0, 10]}, "b": {"goalposts": [0, 10]}},
        normalise="goalposts",
        aggregate="geometric",
    )

    with pytest.raises(NotPositive) as wrong:
        build_index(plan, TOWNS)

    assert "甲" in wrong.value.text.zh
    assert "offset" in wrong.value.text.en


def test_zero_under_a_geometric_mean_may_be_mended_or_let_count():
    posts = {"a": {"goalposts": [0, 10]}, "b": {"goalposts": [0, 10]}}
    offset = framework(posts, normalise="goalposts", aggregate={"method": "geometric", "offset": 1})
    zero = framework(
        posts, normalise="goalposts", aggregate={"method": "geometric", "zero": "zero"}
    )

    assert scores(build_index(offset, TOWNS))["甲"] == pytest.approx(math.sqrt(1 * 31) - 1)
    assert scores(build_index(zero, TOWNS))["甲"] == 0


def test_faults_of_the_figures_are_said_at_once():
    wrong = {"unit": ["甲", "甲", "丙"], "a": ["1", "x", "—"], "c": [1, 2, 3]}

    with pytest.raises(FiguresFault) as fault:
        build_index(framework({"a": {}, "b": {}}), wrong)

    said = [str(text) for text in fault.value.faults]
    assert said[0].startswith("缺少列“b”")
    assert "“甲”的“a”是“x”" in said[1]
    assert said[2:] == ["“甲”出现了 2 次"]


def test_the_english_of_every_message_is_there():
    use_language("en")

    with pytest.raises(FiguresFault, match="no column “b”"):
        build_index(framework({"a": {}, "b": {}}), {"unit": ["x"], "a": [1]})


def test_scores_are_followed_to_cells_and_steps():
    plan = framework(
        {
            "a": {"denominator": "people", "scale": 100, "formula": "count(firms)"},
            "b": {"parent": "low"},
        },
        nodes={"all": {}, "low": {"parent": "all"}},
        impute="mean",
        treat={},
    )
    figures = TOWNS | {"people": [10, 20, 40], "b": [3.0, None, 2.0]}
    origins = pl.DataFrame(
        {"unit": ["乙"], "column": ["a"], "file": ["报表.xlsx"], "sheet": ["一"], "row": [7]}
    )

    trace = build_index(plan, figures, origins=origins).trace("乙")

    steps = trace.filter(pl.col("code") == "a")
    assert steps["step"].to_list() == ["normalise", "treat", "impute", "denominate", "raw", "cell"]
    assert steps.filter(step="raw")["value"].item() == 5.0
    assert steps.filter(step="denominate")["value"].item() == 25.0
    assert steps.filter(step="raw")["formula"].item() == "count(firms)"
    assert steps.filter(step="cell")["cell_file"].item() == "报表.xlsx"
    filled = trace.filter((pl.col("code") == "b") & (pl.col("step") == "impute"))
    assert filled["value"].item() == 2.5
    assert "填补" in filled["done"].item()
    assert trace.filter(code="low")["depth"].item() == 1


def test_an_explanation_adds_up_to_the_score():
    index = build_index(framework({"a": {"weight": 3}, "b": {}}), TOWNS)

    told = index.explain("丙")

    assert told["contribution"].sum() == pytest.approx(scores(index)["丙"])
    assert told["weight"].to_list() == [0.75, 0.25]


def test_a_logarithm_of_a_geometric_mean_is_explained_by_parts():
    plan = framework(
        {"a": {}, "b": {}}, normalise={"method": "minmax", "low": 1}, aggregate="geometric"
    )
    index = build_index(plan, TOWNS)

    assert index.explain("乙")["contribution"].sum() == pytest.approx(math.log(scores(index)["乙"]))


def test_an_unknown_unit_is_told_with_near_names():
    index = build_index(framework({"a": {}}), {"unit": ["浦东新区", "杨浦区"], "a": [1, 2]})

    with pytest.raises(InputError, match="浦东新区"):
        index.explain("浦东区")


def test_the_workbook_holds_every_step(tmp_path):
    plan = framework(
        {"a": {"denominator": "n"}, "b": {}}, impute="median", treat={}, screen={"available": 0.5}
    )
    figures = TOWNS | {"n": [1, 2, 4], "b": [3.0, None, 2.0]}

    build_index(plan, figures).to_excel(tmp_path / "index.xlsx")

    names = load_workbook(tmp_path / "index.xlsx").sheetnames
    wanted = {"排名", "各级得分", "权重", "原值", "除以分母", "填补后", "离群值处理后", "标准化"}
    assert wanted <= set(names)
    assert "填补后-改动" in names


def test_years_are_ranked_each_by_itself_and_scaled_as_declared():
    panel = {
        "unit": ["甲", "乙", "甲", "乙"],
        "year": [2020, 2020, 2021, 2021],
        "a": [0.0, 10.0, 30.0, 20.0],
    }
    over_all = build_index(framework({"a": {}}), panel)
    by_year = build_index(
        framework({"a": {}}, normalise={"method": "minmax", "over": "year"}), panel
    )
    base = framework({"a": {}}, normalise={"method": "minmax", "over": "base", "base": 2020})

    assert over_all.scores[:, 0].round(6).tolist() == [0, 33.333333, 100, 66.666667]
    assert by_year.scores[:, 0].tolist() == [0, 100, 100, 0]
    assert build_index(base, panel).scores[:, 0].tolist() == [0, 100, 300, 200]
    assert over_all.ranks[:, 0].tolist() == [2, 1, 1, 2]


def test_a_base_year_that_is_not_there_is_refused_with_those_that_are():
    panel = {"unit": ["甲", "乙"], "year": [2020, 2020], "a": [0.0, 1.0]}
    base = framework({"a": {}}, normalise={"method": "minmax", "over": "base", "base": 2015})

    with pytest.raises(InputError, match="2020"):
        build_index(base, panel)


def test_multiple_imputation_hands_its_draws_on():
    rng = np.random.default_rng(5)
    x = rng.normal(size=40)
    figures = {
        "unit": [f"u{k}" for k in range(40)],
        "a": x,
        "b": [None if k < 5 else v for k, v in enumerate(2 * x + rng.normal(size=40) / 10)],
    }
    plan = framework({"a": {}, "b": {}}, impute={"method": "multiple", "draws": 6})

    index = build_index(plan, figures)

    assert index.draws.shape == (6, 40, 2)
    assert index.draws[:, :5, 1].std(axis=0).min() > 0
    assert np.ptp(index.draws[:, 5:, 1], axis=0).max() == 0
    assert np.abs(index.draws[:, :5, 1].mean(axis=0) - 2 * x[:5]).max() < 0.5
