"""Growth indices, chain-linking, vintages and what a change is made of.

Published figures (facts) of the China Innovation Index, 2005 = 100:
money.163.com/14/0218/13/9LCBVPOT00254TI5.html (2005-2012); totals of later years:
big5.china.com.cn 2015-03-03, m.bohe.cn/news/view/46634, soldbyted.com/cf/2021/1029/7274.
Yangpu innovation index: recitymedia.com/57519.html, dtymj.cn.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.index import build_index, parse_framework
from sanfu.index.change import explain_change, log_mean, split_change
from sanfu.index.over_time import (
    chain_growth,
    compare_vintages,
    grow_symmetrically,
    imply_restatement,
    link_chain,
)

YEARS = list(range(2005, 2013))
ENVIRONMENT = {
    "college": [100, 111.9, 121.2, 123.7, 134.3, 161.7, 184.7, 194.7],
    "gdp_per_head": [100, 112.1, 127.3, 138.9, 150.9, 165.9, 180.4, 193.8],
    "informatisation": [100, 103.7, 107.4, 111.1, 115.7, 120.0, 124.3, 128.4],
    "science_budget": [100, 106.2, 107.9, 104.8, 107.4, 116.4, 114.1, 113.0],
    "tax_deduction": [100, 98.7, 99.0, 98.2, 106.0, 103.0, 106.3, 113.5],
}
PUBLISHED_ENVIRONMENT = [100, 106.4, 112.1, 114.4, 121.7, 131.0, 138.1, 144.0]
FIELDS = {  # year: environment, input, output, effect, published total
    2012: (144.0, 152.2, 164.2, 132.4, 148.2),
    2013: (150.1, 154.1, 168.4, 138.4, 152.8),
    2015: (163.7, 164.3, 208.3, 149.5, 171.5),
    2016: (172.0, 172.2, 223.3, 157.3, 181.2),
    2020: (266.3, 209.7, 319.8, 174.7, 242.6),
    2021: (296.2, 219.0, 353.6, 189.5, 264.6),
}


def china(years, environment, others):
    table = {"unit": ["中国"] * len(years), "year": years, **environment}
    for name, values in zip(("input", "output", "effect"), others, strict=True):
        table[f"{name}_field"] = values
    return pl.DataFrame(table, strict=False)


def test_the_china_innovation_index_meets_the_published_field_within_a_tenth():
    figures = china(YEARS, ENVIRONMENT, [[100.0] * 8] * 3)

    index = build_index("china-innovation-index", figures)

    found = index.value("environment")
    assert np.abs(found - PUBLISHED_ENVIRONMENT).max() <= 0.1
    assert np.abs(found.round(1) - PUBLISHED_ENVIRONMENT).max() <= 0.1 + 1e-9
    plain = np.mean(list(ENVIRONMENT.values()), axis=0)
    assert np.abs(plain - PUBLISHED_ENVIRONMENT).max() > 4


@pytest.mark.parametrize("year", FIELDS)
def test_the_total_is_the_published_mean_of_the_field_indices(year):
    *fields, total = FIELDS[year]
    both = [[100.0, value] for value in fields]
    figures = china([year - 1, year], dict.fromkeys(ENVIRONMENT, both[0]), both[1:])
    framework = {"time": {"method": "nbs_growth", "base": year - 1}}

    index = build_index(vary("china-innovation-index", framework), figures)

    assert index.scores[1, -1] == pytest.approx(total, abs=0.05 + 1e-9)


def vary(name, method):
    from sanfu.index import read_framework

    return read_framework(name).vary({f"method.{key}": value for key, value in method.items()})


def test_growth_needs_years_without_a_gap_and_the_base_among_them():
    figures = china(YEARS, ENVIRONMENT, [[100.0] * 8] * 3)

    with pytest.raises(InputError, match="缺年份"):
        build_index("china-innovation-index", figures.filter(pl.col("year") != 2008))
    with pytest.raises(InputError, match="基期 2005 不在"):
        build_index("china-innovation-index", figures.filter(pl.col("year") > 2005))
    with pytest.raises(InputError, match="需要年份"):
        build_index("china-innovation-index", figures.head(1).drop("year"))


def test_a_missing_indicator_leaves_the_growth_to_the_others():
    broken = {**ENVIRONMENT, "tax_deduction": [100, None, None, *ENVIRONMENT["tax_deduction"][3:]]}
    four = [values for name, values in ENVIRONMENT.items() if name != "tax_deduction"]

    index = build_index("china-innovation-index", china(YEARS, broken, [[100.0] * 8] * 3))

    moved = np.mean([grow_symmetrically(v[1], v[0]) for v in np.array(four)])
    assert index.value("environment")[1] == pytest.approx(100 * (200 + moved) / (200 - moved))
    assert np.isfinite(index.value("environment")).all()


TWO = {
    "framework": "two",
    "name": {"zh": "二", "en": "two"},
    "nodes": {"index": {"name": {"zh": "总", "en": "index"}}},
    "indicators": {
        "good": {"name": {"zh": "好", "en": "good"}, "parent": "index", "weight": 3},
        "bad": {"name": {"zh": "坏", "en": "bad"}, "parent": "index", "direction": -1},
    },
    "method": {"normalise": "none", "time": {"method": "growth_index", "base": 2020}},
}


def two(good, bad):
    years = list(range(2020, 2020 + len(good)))
    return pl.DataFrame({"unit": ["a"] * len(good), "year": years, "good": good, "bad": bad})


def test_a_growth_index_is_a_weighted_geometric_mean_with_reciprocals_for_less_is_better():
    index = build_index(parse_framework(TWO), two([50.0, 60, 80], [10.0, 8, 5]))

    assert index.scores[:, -1] == pytest.approx(
        [100, 100 * (1.2**3 * 1.25) ** 0.25, 100 * (1.6**3 * 2) ** 0.25]
    )
    assert index.value("bad") == pytest.approx([100, 125, 200])


def test_a_base_year_in_the_middle_is_chained_backwards():
    growth = grow_symmetrically(np.array([110.0, 121.0]), np.array([100.0, 110.0]))

    found = chain_growth(np.array([np.nan, *growth]), base=1)

    assert found == pytest.approx([100 / 1.1, 100, 110])


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_symmetric_growth_is_odd_in_time_and_under_reciprocals(a, b):
    assert grow_symmetrically(a, b) == pytest.approx(-grow_symmetrically(b, a))
    assert grow_symmetrically(1 / a, 1 / b) == pytest.approx(-grow_symmetrically(a, b), abs=1e-9)
    assert abs(grow_symmetrically(a, b)) <= 200


@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=8))
def test_chaining_one_indicator_gives_its_own_ratio(values):
    x = np.array(values)
    growth = np.array([np.nan, *grow_symmetrically(x[1:], x[:-1])])

    assert chain_growth(growth) == pytest.approx(100 * x / x[0], rel=1e-6)


def test_editions_are_linked_so_that_the_new_set_itself_moves_nothing():
    def edition(rows):
        return pl.DataFrame(rows, schema=["unit", "year", "score"], orient="row")

    old = edition([("a", 2020, 100.0), ("a", 2021, 110.0), ("b", 2021, 90.0)])
    new = edition([("a", 2021, 55.0), ("a", 2022, 66.0), ("b", 2021, 45.0), ("c", 2022, 9.0)])

    ratio = link_chain(old, new, overlap=2021)
    points = link_chain(old, new, overlap=2021, how="difference")

    assert ratio.filter(pl.col("unit") == "a")["score"].to_list() == [100, 110, 132]
    assert points.filter(pl.col("unit") == "a")["score"].to_list() == [100, 110, 121]
    assert "c" not in ratio["unit"].to_list()
    with pytest.raises(InputError, match="没有共同的单位"):
        link_chain(old, new, overlap=2025)


def test_vintages_show_that_the_yangpu_index_restates_the_year_before():
    # each release prints its value and its growth; the growth implies last year's value
    releases = {2022: (340.0, 0.086), 2023: (374.0, 0.095), 2024: (405.8, 0.083)}
    rows = []
    for year, (value, growth) in releases.items():
        rows.append(("杨浦", year, year, value))
        rows.append(("杨浦", year - 1, year, imply_restatement(value, growth)))
    published = pl.DataFrame(rows, schema=["unit", "year", "vintage", "value"], orient="row")

    table = compare_vintages(published)
    of_2022 = table.filter(pl.col("year") == 2022).row(0, named=True)
    of_2023 = table.filter(pl.col("year") == 2023).row(0, named=True)

    assert of_2022["first"] == 340.0
    assert of_2022["last"] == pytest.approx(374.0 / 1.095)
    assert of_2022["revision"] == pytest.approx(1.55, abs=0.01)
    assert of_2023["growth_first"] == pytest.approx(0.095)
    assert of_2023["growth_last"] == pytest.approx(374.7 / 341.55 - 1, abs=1e-4)
    assert of_2023["first"] / of_2022["first"] - 1 == pytest.approx(0.1, abs=1e-9)


LEVELS = {
    **TWO,
    "nodes": {
        "index": {"name": {"zh": "总", "en": "index"}},
        "p": {"name": {"zh": "甲", "en": "p"}, "parent": "index", "weight": 2},
        "q": {"name": {"zh": "乙", "en": "q"}, "parent": "index"},
    },
    "indicators": {
        code: {
            "name": {"zh": code, "en": code},
            "parent": parent,
            "weight": weight,
            "goalposts": [0, 100],
        }
        for code, parent, weight in (("a", "p", 1), ("b", "p", 3), ("c", "q", 1), ("d", "q", 1))
    },
    "method": {"normalise": {"method": "goalposts", "low": 1, "high": 100}},
}


def levels(top="arithmetic", below="arithmetic", **changes):
    document = {**LEVELS, "nodes": {k: dict(v) for k, v in LEVELS["nodes"].items()}}
    document["nodes"]["index"]["aggregate"] = top
    for node in ("p", "q"):
        document["nodes"][node]["aggregate"] = below
    document["nodes"]["p"]["weight"] = changes.get("weight", 2)
    return parse_framework(document)


values = st.lists(st.floats(1, 100), min_size=8, max_size=8)


@given(
    values,
    st.sampled_from(["arithmetic", "geometric", "harmonic", "minimum"]),
    st.sampled_from(["arithmetic", "geometric", "median"]),
    st.floats(0.5, 5),
)
def test_the_effects_of_a_change_add_up_whatever_the_means(numbers, top, below, weight):
    years = [2020, 2021]
    columns = {code: numbers[2 * i : 2 * i + 2] for i, code in enumerate("abcd")}
    table = pl.DataFrame({"unit": ["u", "u"], "year": years, **columns})
    before = build_index(levels(top, below), table)
    after = build_index(levels(top, below, weight=weight), table)

    change = explain_change(before, after, "u", from_year=2020, to_year=2021)

    assert change.frame["effect"].sum() == pytest.approx(change.after - change.before, abs=1e-8)


def test_a_change_of_method_is_told_apart_from_a_change_of_figures():
    table = pl.DataFrame(
        {"unit": ["u", "u"], "year": [1, 2], "a": [20.0, 40], "b": [50.0, 50], "c": [9.0, 9],
         "d": [9.0, 9]}
    )  # fmt: skip
    plain, strict = build_index(levels(), table), build_index(levels("geometric"), table)

    change = explain_change(
        plain, strict, "u", from_year=1, to_year=2, same_method=build_index(levels(), table)
    )

    by_part = dict(change.frame.select("part", "effect").iter_rows())
    assert by_part["a"] == pytest.approx(2 / 3 / 4 * 0.99 * 20)
    assert by_part["b"] == 0
    assert "c" not in by_part
    assert by_part["method"] == pytest.approx(strict.scores[1, -1] - plain.scores[1, -1])
    assert "主要来自" in str(change.in_words())


def test_a_geometric_change_is_split_by_the_log_mean_as_by_hand():
    x0, x1 = np.array([10.0, 40.0]), np.array([20.0, 40.0])
    half = np.array([0.5, 0.5])

    parts, weights = split_change(x0, x1, half, half, geometric=True)

    assert parts == pytest.approx([np.sqrt(800) - 20, 0])
    assert weights == pytest.approx([0, 0])
    assert log_mean(2.0, 2.0) == 2.0
    assert log_mean(np.e, 1.0) == pytest.approx(np.e - 1)


def chained(method):
    return {
        "framework": "chained",
        "name": {"zh": "链接", "en": "chained"},
        "nodes": {
            "index": {"name": {"zh": "总", "en": "all"}},
            "p": {"name": {"zh": "甲", "en": "P"}, "parent": "index", "weight": 2},
            "q": {"name": {"zh": "乙", "en": "Q"}, "parent": "index"},
        },
        "indicators": {
            code: {
                "name": {"zh": code, "en": code},
                "parent": code[0],
                "direction": -1 if code == "q2" else 1,
            }
            for code in ("p1", "p2", "q1", "q2")
        },
        "method": {"time": {"method": method, "base": 2020}},
    }


@pytest.mark.parametrize("method", ["nbs_growth", "growth_index"])
def test_the_change_of_a_chained_index_is_split_exactly_over_its_indicators(method):
    random = np.random.default_rng(5)
    table = 10 * np.cumprod(1 + random.normal(0.05, 0.1, (5, 4)), axis=0)
    data = pl.DataFrame(
        {"unit": ["全国"] * 5, "year": range(2020, 2025)}
        | dict(zip(("p1", "p2", "q1", "q2"), table.T, strict=True))
    )
    index = build_index(chained(method), data)

    for year in (2021, 2024):
        change = explain_change(index, index, "全国", from_year=2020, to_year=year)

        assert change.before == pytest.approx(100)
        assert change.frame["effect"].sum() == pytest.approx(change.after - 100, abs=1e-9)
        assert set(change.frame["part"]) == {"p1", "p2", "q1", "q2"}
    one = explain_change(index, index, "全国", from_year=2020, to_year=2021, node="p").frame
    if method == "nbs_growth":  # in one year the shares are those of the growth rates
        grown = [200 * (b - a) / (b + a) for a, b in table[:2, :2].T]
        assert one["effect"][0] / one["effect"][1] == pytest.approx(grown[0] / grown[1])
    back = explain_change(index, index, "全国", from_year=2024, to_year=2020)
    there = explain_change(index, index, "全国", from_year=2020, to_year=2024)
    np.testing.assert_allclose(back.frame["effect"], -there.frame["effect"], atol=1e-9)
