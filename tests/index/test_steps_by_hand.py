"""Normalising, treating and filling worked by hand on a few figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sanfu.errors import InputError
from sanfu.index import build_index, method_normalise, parse_framework
from sanfu.index.impute import impute_em, impute_nearest, impute_row
from sanfu.index.method import TreatRule, TreatStage
from sanfu.index.normalise import normalise
from sanfu.index.treat import apply_stage, treat, winsorise

NAN = math.nan
UP, DOWN = np.array([1.0]), np.array([-1.0])


def column(*values):
    return np.array(values, dtype=float)[:, None]


def scale(rule, x, direction=UP, **more):
    return normalise(x, rule, direction, **more)[:, 0].tolist()


def test_goalposts_cut_at_their_ends_unless_told_not_to():
    x, posts = column(-5, 0, 5, 20, NAN), np.array([[0.0, 10.0]])
    inside = method_normalise.Goalposts()
    outside = method_normalise.Goalposts(truncate=False)

    np.testing.assert_equal(scale(inside, x, goalposts=posts), [0, 0, 50, 100, NAN])
    np.testing.assert_equal(scale(inside, x, DOWN, goalposts=posts), [100, 100, 50, 0, NAN])
    np.testing.assert_equal(scale(outside, x, goalposts=posts), [-50, 0, 50, 200, NAN])


def test_the_efficacy_coefficient_runs_from_60_to_100_in_both_forms():
    x = column(2, 4, 6)
    linear = method_normalise.Efficacy()
    exponential = method_normalise.Efficacy(form="exponential")

    assert scale(linear, x) == [60, 80, 100]
    np.testing.assert_allclose(scale(exponential, x), [60, math.sqrt(6000), 100])
    assert scale(linear, x, DOWN) == [100, 80, 60]


def test_a_value_on_an_edge_takes_the_better_class():
    by_value = method_normalise.Categorical(by="value", edges=(3, 5), scores=(0, 50, 100))
    by_share = method_normalise.Categorical(edges=(0.5,), scores=(1, 2))

    np.testing.assert_equal(scale(by_value, column(2.9, 3, 5, NAN)), [0, 50, 100, NAN])
    assert scale(by_share, column(10, 20, 30, 40)) == [1, 2, 2, 2]


def test_classes_of_a_reversed_indicator_are_in_its_own_unit():
    days = method_normalise.Categorical(by="value", edges=(3, 5), scores=(0, 50, 100))

    assert scale(days, column(2.9, 3, 4, 5, 5.1), DOWN) == [100, 100, 50, 50, 0]


def test_edges_of_percentiles_that_are_values_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="by: value"):
        method_normalise.Categorical(edges=(30, 50), scores=(1, 2, 3))


def test_figures_that_differ_but_score_alike_are_a_finding():
    def name(code):
        return {"zh": code, "en": code}

    framework = parse_framework(
        {
            "framework": "alike",
            "name": name("alike"),
            "nodes": {"top": {"name": name("top")}},
            "indicators": {
                "a": {"name": name("a"), "parent": "top", "goalposts": [0, 10]},
                "b": {"name": name("b"), "parent": "top", "goalposts": [0, 10]},
            },
            "method": {"normalise": "goalposts"},
        }
    )

    index = build_index(framework, {"unit": ["x", "y"], "a": [1, 2], "b": [300, 400]})

    (found,) = index.findings
    assert (found.code, found.item, found.severity) == ("same-score", "b", "warning")
    assert "上下限" in found.text.zh


def test_quantiles_of_ties_are_the_middle_of_their_places():
    uniform = method_normalise.Quantile(scale=1)

    assert scale(uniform, column(1, 1, 5, 9)) == [0.25, 0.25, 0.625, 0.875]


def test_robust_z_is_not_moved_by_one_wild_figure():
    rule = method_normalise.RobustZ()

    calm, wild = scale(rule, column(1, 2, 3, 4, 5)), scale(rule, column(1, 2, 3, 4, 5e9))

    assert calm[:4] == wild[:4]
    assert calm[0] == pytest.approx(-2 / 1.482602218505602)


def test_a_batch_is_normalised_layer_by_layer():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4, 9, 3))
    x[1, 2, 0] = NAN
    direction = np.array([1.0, -1.0, 1.0])

    for name in ("minmax", "zscore", "robust_z", "rank", "percentile_rank", "quantile", "ampi"):
        rule = next(
            r
            for r in vars(method_normalise).values()
            if isinstance(r, type)
            and "method" in getattr(r, "model_fields", {})
            and r.model_fields["method"].default == name
        )()
        whole = normalise(x, rule, direction)
        for layer in range(4):
            np.testing.assert_allclose(whole[layer], normalise(x[layer], rule, direction))


def test_a_treatment_that_is_always_made_needs_no_test():
    rule = TreatRule(always=True, first=TreatStage(method="sqrt"), second=TreatStage(method="none"))

    done = treat(column(0, 4, 9), rule)

    assert done.x[:, 0].tolist() == [0, 2, 3]
    assert done.stage.tolist() == [1]


def test_winsorising_pulls_in_the_lower_end_of_a_left_tail():
    x = np.array([-90.0, *range(20)], dtype=float)

    done = winsorise(x, points=3)

    assert done.x.min() == 0
    assert done.low.tolist() == [True] + [False] * 20


def test_an_estimated_box_cox_makes_a_lognormal_column_nearly_symmetric():
    from sanfu.index.moments import skew_and_kurtosis

    x = np.exp(np.random.default_rng(3).normal(size=(400, 1)))

    treated = apply_stage(x, TreatStage(method="boxcox"))

    assert abs(skew_and_kurtosis(x)[0][0]) > 2
    assert abs(skew_and_kurtosis(treated)[0][0]) < 0.3
    assert (np.argsort(treated[:, 0]) == np.argsort(x[:, 0])).all()


def test_a_row_is_filled_from_its_own_pillar_on_a_common_scale():
    x = np.array([[0.0, 100.0, 5.0], [10.0, 200.0, 7.0], [5.0, NAN, 9.0]])

    filled = impute_row(x, np.array([1.0, -1.0, 1.0]), [[0, 1], [2]])

    # 5 stands half way up its column; half way down the turned second column is 150
    assert filled[2, 1] == 150


def test_models_fill_near_the_truth_and_touch_nothing_else():
    rng = np.random.default_rng(8)
    a = rng.normal(size=300)
    full = np.stack([a, 3 * a + rng.normal(size=300) / 10, rng.normal(size=300)], axis=1)
    holed = full.copy()
    holed[:30, 1] = NAN

    for filled in (impute_em(holed), impute_nearest(holed)):
        assert np.abs(filled[:30, 1] - full[:30, 1]).mean() < 0.6
        np.testing.assert_array_equal(filled[30:], full[30:])
    assert np.abs(impute_em(holed)[:30, 1] - full[:30, 1]).mean() < 0.15


def framework(**fields):
    return parse_framework(
        {
            "framework": "t",
            "name": {"zh": "t", "en": "t"},
            "nodes": {"all": {"name": {"zh": "all", "en": "all"}}},
            "indicators": {"a": {"name": {"zh": "a", "en": "a"}, "parent": "all"} | fields},
        }
    )


def test_a_prescribed_transformation_moves_the_goalposts_along():
    plan = framework(
        transform="log",
        goalposts=[1, 100],
        cap=[1, None],
        normalise="goalposts",
    )

    index = build_index(plan, {"unit": ["x", "y", "z"], "a": [0.5, 10, 100]})

    np.testing.assert_allclose(index.scores[:, 0], [0, 50, 100])
    assert index.steps["transform"].changes["done"].to_list()[0] == "按上下限取值并变换"


def test_a_figure_that_cannot_be_transformed_is_named():
    with pytest.raises(InputError, match="“a”有 1 个数不能取 log（y）"):
        build_index(framework(transform="log"), {"unit": ["x", "y"], "a": [1, -3]})


def test_the_trace_writes_the_formula_with_its_numbers():
    index = build_index(framework(direction=-1), {"unit": ["x", "y", "z"], "a": [1, 2, 5]})

    trace = index.trace("y")

    formula = trace.filter(step="normalise")["formula"].item()
    assert formula.startswith("x := −x; (x − min)/(max − min)")
    assert "min=-5; max=-1" in formula
    assert trace.filter(step="score")["formula"].item() == "Σwx/Σw"


def test_the_sheets_of_a_coin_tool_workbook_are_read(tmp_path):
    import polars as pl
    import xlsxwriter

    from sanfu.index.coin_tool import read_coin_tool

    path = tmp_path / "tool.xlsx"
    with xlsxwriter.Workbook(path) as book:
        pl.DataFrame({"uCode": ["A", "B"], "x": [1.0, 3.0]}).write_excel(book, "Database")
        pl.DataFrame(
            {
                "Level": [1, 2],
                "iCode": ["x", "I"],
                "Direction": [1, 1],
                "Weight": [1.0, 1.0],
                "Parent": ["I", None],
                "Type": ["Indicator", "Aggregate"],
            }
        ).write_excel(book, "Framework")

    plan, figures = read_coin_tool(path)

    assert build_index(plan, figures).scores[:, 0].tolist() == [0, 100]


def test_a_workbook_without_the_sheets_says_which_are_missing(tmp_path):
    import xlsxwriter

    from sanfu.errors import DeclarationFaults
    from sanfu.index.coin_tool import read_coin_tool

    with xlsxwriter.Workbook(tmp_path / "other.xlsx") as book:
        book.add_worksheet("Tabelle1").write(0, 0, "x")

    with pytest.raises(DeclarationFaults) as wrong:
        read_coin_tool(tmp_path / "other.xlsx")

    assert {fault.where for fault in wrong.value.faults} == {"Database", "Framework"}
