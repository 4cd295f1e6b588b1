"""The companion analyses, each worked by hand on a small table and held to its laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.index import build_index, parse_framework
from sanfu.index.companions import (
    break_naturally,
    couple_systems,
    decompose_gini,
    decompose_theil,
    find_beta_convergence,
    find_obstacles,
    find_sigma_convergence,
    find_types,
)


def frame(**columns):
    n = len(next(iter(columns.values())))
    return pl.DataFrame({"unit": [f"u{i}" for i in range(n)], **columns})


# --- coupling coordination


def test_two_systems_are_coupled_as_by_hand():
    found = couple_systems(frame(a=[0.4, 0.9, 0.0], b=[0.9, 0.9, 0.5])).frame

    assert found["C"].to_list() == pytest.approx([0.6 / 0.65, 1.0, 0.0])
    assert found["T"].to_list() == pytest.approx([0.65, 0.9, 0.25])
    assert found["D"].to_list() == pytest.approx([0.6**0.5, 0.9**0.5, 0.0])
    assert found["grade"].to_list() == ["中级协调", "优质协调", "极度失调"]


def test_the_corrected_coupling_is_that_of_its_paper():
    found = couple_systems(frame(a=[0.4], b=[0.9]), form="corrected").frame

    assert found["C"].item() == pytest.approx(((1 - 0.5) * (0.4 / 0.9)) ** 0.5)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=5), st.sampled_from(["standard", "corrected"])
)
def test_coupling_and_coordination_lie_between_0_and_1(levels, form):
    found = couple_systems(frame(**{f"s{i}": [x] for i, x in enumerate(levels)}), form=form).frame

    assert 0 <= found["C"].item() <= 1 + 1e-12
    assert 0 <= found["D"].item() <= 1 + 1e-12
    alike = couple_systems(frame(**{f"s{i}": [0.7] for i in range(len(levels))}), form=form).frame
    assert alike["C"].item() == pytest.approx(1)


def test_scores_that_are_no_fractions_and_single_systems_are_refused():
    with pytest.raises(InputError, match="0 与 1 之间"):
        couple_systems(frame(a=[40.0], b=[0.5]))
    with pytest.raises(InputError, match="两个系统"):
        couple_systems(frame(a=[0.4]))


# --- obstacles

SMALL = {
    "framework": "small",
    "name": {"zh": "小", "en": "small"},
    "nodes": {
        "index": {"name": {"zh": "总", "en": "index"}},
        "p": {"name": {"zh": "甲", "en": "p"}, "parent": "index", "weight": 3},
        "q": {"name": {"zh": "乙", "en": "q"}, "parent": "index", "weight": 1},
    },
    "indicators": {
        code: {"name": {"zh": code, "en": code}, "parent": parent}
        for code, parent in (("a", "p"), ("b", "p"), ("c", "q"))
    },
}


def test_obstacles_are_weight_times_what_is_lacking():
    index = build_index(
        parse_framework(SMALL), frame(a=[0.0, 5.0, 10.0], b=[4.0, 8.0, 8.0], c=[1.0, 0.0, 2.0])
    )

    found = find_obstacles(index).frame

    # u1 lacks a: ½ × 3/8, b: 0, c: 1 × 1/4
    of_u1 = dict(found.filter(pl.col("unit") == "u1").select("part", "obstacle").iter_rows())
    assert of_u1["a"] == pytest.approx((3 / 16) / (3 / 16 + 1 / 4))
    assert of_u1["b"] == 0
    assert of_u1["c"] == pytest.approx(of_u1["q"])
    assert of_u1["p"] + of_u1["q"] == pytest.approx(1)
    best = found.filter(pl.col("unit") == "u2")
    assert best["obstacle"].null_count() == best.height
    assert couple_systems(index).frame["D"].is_between(0, 1).all()


def test_obstacles_need_a_best_end():
    framework = parse_framework({**SMALL, "method": {"normalise": "zscore"}})
    index = build_index(framework, frame(a=[0.0, 5, 10], b=[4.0, 8, 9], c=[1.0, 0, 2]))

    with pytest.raises(InputError, match="同一区间"):
        find_obstacles(index)


# --- inequality

VALUES = [1.0, 3.0, 2.0, 6.0]
GROUPS = ["x", "x", "y", "y"]


def test_theil_is_decomposed_as_by_hand():
    found = decompose_theil(VALUES, GROUPS).frame

    rows = {row["group"]: row for row in found.iter_rows(named=True)}
    inner = 0.25 * np.log(0.5) + 0.75 * np.log(1.5)  # both groups are 1 : 3
    assert rows["x"]["theil"] == rows["y"]["theil"] == pytest.approx(inner)
    assert rows["total"]["within"] == pytest.approx(inner)
    assert rows["total"]["between"] == pytest.approx(np.log(2 / 3) / 3 + 2 / 3 * np.log(4 / 3))
    assert rows["total"]["theil"] == pytest.approx(
        rows["total"]["within"] + rows["total"]["between"]
    )


def test_dagums_gini_is_decomposed_as_by_hand():
    found = decompose_gini(VALUES, GROUPS).frame

    value = dict(found.filter(pl.col("part").is_in(["within", "between", "overlap", "total"]))
                 .select("part", "value").iter_rows())  # fmt: skip
    apart = np.abs(np.subtract.outer(VALUES, VALUES)).mean()
    assert value["total"] == pytest.approx(apart / 6)
    # inside: mean |Δ| is 1 of mean 2 and 2 of mean 4: Gini ¼ each; p = ½, s = ⅓ and ⅔
    assert value["within"] == pytest.approx(0.25 * (0.5 / 3 + 0.5 * 2 / 3))
    # y over x: (1 + 5 + 0 + 3) / 4; x over y: (0 + 0 + 1 + 0) / 4; G_xy = (9 + 1)/4 / 6
    share = 10 / 24 * (0.5 * 2 / 3 + 0.5 / 3)
    assert value["between"] == pytest.approx(share * 8 / 10)
    assert value["overlap"] == pytest.approx(share * 2 / 10)
    assert found.filter(pl.col("part") == "pair")["value"].item() == pytest.approx(10 / 24)


people = st.lists(
    st.tuples(st.floats(0.01, 1e4), st.sampled_from("xyz"), st.floats(0.1, 50)),
    min_size=2,
    max_size=20,
)


@given(people)
def test_the_parts_of_theil_and_gini_add_up_and_scale_does_not_matter(rows):
    values, groups, weights = zip(*rows, strict=True)
    theil = decompose_theil(values, groups, weights=weights).frame.row(-1, named=True)
    gini = dict(decompose_gini(values, groups).frame.select("part", "value").rows())
    scaled = dict(
        decompose_gini([1000 * v for v in values], groups).frame.select("part", "value").rows()
    )

    assert theil["theil"] == pytest.approx(theil["within"] + theil["between"], abs=1e-9)
    assert theil["theil"] >= -1e-12
    assert gini["total"] == pytest.approx(
        gini["within"] + gini["between"] + gini["overlap"], abs=1e-9
    )
    assert 0 <= gini["total"] < 1
    assert scaled["total"] == pytest.approx(gini["total"])
    assert min(gini["between"], gini["overlap"]) >= -1e-12


def test_equal_values_have_no_inequality_and_missing_ones_are_refused():
    assert decompose_theil([2.0, 2, 2], "xyz").frame.row(-1, named=True)["theil"] == pytest.approx(
        0
    )
    assert decompose_gini([2.0, 2, 2], "xyz").frame["value"][3] == 0
    with pytest.raises(InputError, match="缺失"):
        decompose_gini([1.0, None], ["x", "y"])
    with pytest.raises(InputError, match="大于 0"):
        decompose_theil([1.0, 0.0], ["x", "y"])
    with pytest.raises(InputError, match="一一对应"):
        decompose_theil([1.0, 2.0], ["x"])


# --- convergence


def panel(start, rate, years=11):
    rows = [
        (f"u{i}", 2000 + t, float(y * np.exp(g * t)))
        for i, (y, g) in enumerate(zip(start, rate, strict=True))
        for t in range(years)
    ]
    return pl.DataFrame(rows, schema=["unit", "year", "y"], orient="row")


def test_beta_convergence_finds_the_slope_that_the_data_were_made_with():
    start = np.exp(np.array([1.0, 2, 3, 4, 5]))
    found = find_beta_convergence(panel(start, 0.1 - 0.02 * np.log(start)), "y").frame

    row = found.filter(pl.col("term") == "ln_start").row(0, named=True)
    assert row["coefficient"] == pytest.approx(-0.02)
    assert row["speed"] == pytest.approx(-np.log(1 - 0.2) / 10)
    assert row["half_life"] == pytest.approx(np.log(2) / row["speed"])


def test_sigma_convergence_is_the_fall_of_the_spread():
    start = np.exp(np.array([1.0, 2, 3]))
    found = find_sigma_convergence(panel(start, [0.1, 0.05, 0.0]), "y").frame

    assert found["spread"][0] == pytest.approx(np.std([1, 2, 3]))
    assert found["slope"][0] == pytest.approx(-0.05 * np.std([1, 2, 3]))
    cv = find_sigma_convergence(panel(start, [0.1, 0.1, 0.1]), "y", measure="cv").frame
    assert cv["spread"].to_list() == pytest.approx([start.std() / start.mean()] * 11)


def test_convergence_leaves_out_units_without_every_year_and_needs_some():
    table = panel([1.0, 2, 3, 4, 5, 6], [0.1, 0.2, 0.1, 0.3, 0.1, 0.2])
    broken = table.filter((pl.col("unit") != "u0") | (pl.col("year") != 2004))

    assert find_sigma_convergence(broken, "y").frame["units"][0] == 5
    with pytest.raises(InputError, match="至少两个单位"):
        find_sigma_convergence(table.filter(pl.col("unit") == "u0"), "y")
    with pytest.raises(InputError, match="不足以估计"):
        find_beta_convergence(table.filter(pl.col("unit").is_in(["u0", "u1", "u2"])), "y")


# --- groups


def test_natural_breaks_lie_in_the_gaps_and_their_certainty_in_the_replicates():
    values = [1.0, 2, 3, 10, 11, 12, 30, 31]
    shaken = np.random.default_rng(1).normal(values, 0.2, (20, 8))
    units = list("abcdefgh")

    found = break_naturally(units, values, classes=3, replicates=shaken)

    assert found.frame["class"].to_list() == [1, 1, 1, 2, 2, 2, 3, 3]
    assert found.edges == (3.0, 12.0, 31.0)
    assert found.frame["certainty"].to_list() == [1.0] * 8
    assert found.fit == pytest.approx(1 - 4.5 / np.var(values) / 8)
    with pytest.raises(InputError, match="等级数"):
        break_naturally(units, [1.0] * 8)


@given(st.lists(st.integers(0, 30), min_size=4, max_size=9, unique=True))
def test_no_other_cut_of_three_classes_fits_better(numbers):
    values = sorted(float(x) for x in numbers)
    found = break_naturally([str(x) for x in values], values, classes=3)

    def unfit(first, second):
        parts = (values[:first], values[first:second], values[second:])
        return sum(float(((np.array(p) - np.mean(p)) ** 2).sum()) for p in parts)

    n = len(values)
    best = min(unfit(i, j) for i in range(1, n - 1) for j in range(i + 1, n))
    total = float(((np.array(values) - np.mean(values)) ** 2).sum())
    assert 1 - found.fit == pytest.approx(best / total, abs=1e-9)
    assert all(a <= b for a, b in pairwise(found.frame["class"].to_list()))


@pytest.mark.parametrize("method", ["kmeans", "ward"])
def test_three_clear_types_are_found_described_and_stable(method):
    generator = np.random.default_rng(2)
    centres = np.repeat([[0.9, 0.2], [0.2, 0.8], [0.1, 0.1]], 6, axis=0)
    table = frame(industry=centres[:, 0], research=centres[:, 1]).with_columns(
        pl.col("industry") + pl.Series(generator.normal(0, 0.02, 18)),
        pl.col("research") + pl.Series(generator.normal(0, 0.02, 18)),
    )

    found = find_types(table, method=method, replicates=20)

    assert len(found.silhouettes) == 5
    assert found.frame["type"].n_unique() == 3
    assert all(len(set(found.frame["type"][i : i + 6])) == 1 for i in (0, 6, 12))
    assert found.profiles["stability"].min() > 0.9
    assert found.frame["certainty"].min() > 0.9
    again = find_types(table, method=method, replicates=2).frame
    kind = found.frame["type"][0]
    assert "industry 较强" in str(found.in_words(kind))
    assert found.frame["type"].to_list() == again["type"].to_list()


def test_noise_makes_types_that_say_they_are_not_stable():
    noise = np.random.default_rng(0).normal(size=(16, 5))
    table = frame(**{f"p{j}": noise[:, j] for j in range(5)})

    found = find_types(table, types=5, replicates=40)

    assert found.profiles["stability"].median() < 0.75


def test_units_that_are_all_alike_have_no_types():
    with pytest.raises(InputError, match="不能分成"):
        find_types(frame(a=[1.0] * 8, b=[2.0] * 8))


def test_a_companion_names_its_formula_and_goes_to_excel(tmp_path):
    found = couple_systems(frame(a=[0.4], b=[0.9]))

    found.to_excel(tmp_path / "coupling.xlsx")

    assert "√(C·T)" in found.trace["formula"]
    assert (tmp_path / "coupling.xlsx").stat().st_size > 0
