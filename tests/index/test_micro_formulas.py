"""Each aggregate function gives what its definition gives by hand; backends agree."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sanfu.errors import DeclarationFaults, InputError
from sanfu.index.micro import FUNCTIONS, measure_regions

DAY = dt.date
FIRMS = pl.DataFrame(
    {
        "firm": [1, 2, 3, 4, 5, 6],
        "district": ["甲", "甲", "甲", "乙", "乙", None],
        "industry": ["39", "39", "35", "40", None, "40"],
        "founded": [DAY(2010, 3, 1), DAY(2012, 7, 1), DAY(2022, 2, 1), DAY(2000, 1, 1), None, None],
        "high_tech": [True, False, True, None, True, True],
    }
)
FIGURES = pl.DataFrame(
    {
        "firm": [1, 2, 3, 4, 5, 1, 2, 4],
        "year": [2022] * 5 + [2021] * 3,
        "revenue": [100, 300, 600, 50, None, 80, 320, 50],
        "rd_expense": [3, 8, None, 5, 9, 2, 4, 5],
        "staff": [10, 20, 30, 5, 4, 8, 20, 5],
    }
)
TITLES = pl.DataFrame(
    {
        "firm": [1, 1, 2, 4],
        "tier": ["little-giant", "municipal-srdi", "municipal-srdi", "little-giant"],
        "granted": [DAY(2020, 1, 1), DAY(2019, 1, 1), DAY(2022, 6, 1), DAY(2019, 1, 1)],
        "expires": [DAY(2022, 12, 31), DAY(2024, 1, 1), DAY(2025, 6, 1), DAY(2022, 1, 1)],
    }
)
TAGS = pl.DataFrame({"firm": [1, 1, 2], "scheme": ["s"] * 3, "tag": ["a", "b", "a"]})
FRAMES = {"firms": FIRMS, "figures": FIGURES, "titles": TITLES, "tags": TAGS}

BY_HAND = [
    # formula, 甲, 乙, 全市 (firm 6 has no district and is in none)
    ("count()", 3, 2, 5),
    ('count(where=tier == "little-giant")', 1, 0, 1),
    ('count(where=tier != "little-giant")', 2, 2, 4),
    ("count(where=tier is missing)", 1, 2, 3),
    ('count(where=tier in ["little-giant", "municipal-srdi"])', 2, 0, 2),
    ("share(rd_expense / revenue >= 3%)", 1 / 2, 1, 2 / 3),
    ("share(high_tech)", 2 / 3, 1, 3 / 4),
    ("mean(high_tech)", 2 / 3, 1, 3 / 4),
    ('share(tagged("a", scheme="s"))', 2 / 3, 0, 2 / 5),
    ('share(tagged("b"))', 1 / 3, 0, 1 / 5),
    ("sum(revenue)", 1000, 50, 1050),
    ("sum(revenue, where=staff >= 20 人)", 900, 0, 900),
    ("sum(rd_expense) / sum(revenue)", 11 / 1000, 14 / 50, 25 / 1050),
    ("ratio(rd_expense, revenue)", 11 / 400, 5 / 50, 16 / 450),
    ("mean(rd_expense / revenue)", (0.03 + 8 / 300) / 2, 0.1, (0.03 + 8 / 300 + 0.1) / 3),
    ("mean(rd_expense / revenue, weight=revenue)", 11 / 400, 0.1, 16 / 450),
    ("median(revenue)", 300, 50, 200),
    ("quantile(revenue, q=25%)", 200, 50, 87.5),
    ("trimmed_mean(staff, trim=20%)", 20, 4.5, (5 + 10 + 20) / 3),
    ("std(staff)", 10, 0.5**0.5, (488.8 / 4) ** 0.5),
    ("min(revenue)", 100, 50, 50),
    ("max(revenue)", 600, 50, 600),
    ("hhi(revenue)", 0.46, 1, (100**2 + 300**2 + 600**2 + 50**2) / 1050**2),
    ("top_share(revenue, k=2)", 0.9, 1, 900 / 1050),
    ("distinct(industry)", 2, 1, 3),
    ("growth(sum(revenue))", 1000 / 400 - 1, 0, 1050 / 450 - 1),
    ("matched_growth(revenue)", 0, 0, 0),
    ("growth(count())", 0.5, 0, 0.25),
    ("entry_rate()", 0.5, 0, 0.25),
    ("exit_rate()", 0, 0, 0),
    ('entry_rate(where=tier == "municipal-srdi")', 1, None, 1),
    ('exit_rate(where=tier == "little-giant")', 0, 1, 0.5),
    ("median(revenue / revenue_1 - 1)", (0.25 - 20 / 320) / 2, 0, 0),
    ("mean(age)", (12 + 10 + 0) / 3, 22, (12 + 10 + 0 + 22) / 4),
    ('count(where=starts_with(industry, "3"))', 3, 0, 3),
    ('count(where=title(tier == "municipal-srdi" and granted >= granted))', 2, 0, 2),
    ("count(where=not high_tech or staff > 100)", 1, 0, 1),
    ("sum(revenue) / count() * 2 + 1", 2000 / 3 + 1, 51, 421),
    ("-sum(staff)", -60, -9, -69),
]


def measure(formulas, frames=FRAMES, **more):
    more = {"years": 2022, "roll_up": {"city": "全市"}, **more}
    return measure_regions(formulas, frames, **more)


@pytest.fixture(scope="module")
def measured():
    return measure({row[0]: row[0] for row in BY_HAND}).frame


@pytest.mark.parametrize("row", BY_HAND, ids=[row[0] for row in BY_HAND])
def test_a_formula_gives_what_its_definition_gives(measured, row):
    formula, *expected = row
    got = dict(measured.filter(pl.col("indicator") == formula).select("unit", "value").iter_rows())

    for unit, value in zip(("甲", "乙", "全市"), expected, strict=True):
        assert got[unit] == (None if value is None else pytest.approx(value, rel=1e-12))


def test_every_function_is_worked_by_hand():
    shown = " ".join(row[0] for row in BY_HAND)

    assert [name for name in FUNCTIONS if f"{name}(" not in shown] == []


@pytest.mark.parametrize("backend", ["duckdb", "pandas", "lazy"])
def test_another_backend_gives_the_same_figures(measured, backend):
    turn = {
        "duckdb": lambda frame: duckdb.from_arrow(frame.to_arrow()),
        "pandas": lambda frame: frame.to_pandas(),
        "lazy": lambda frame: frame.lazy(),
    }[backend]
    frames = {name: turn(frame) for name, frame in FRAMES.items()}

    found = measure({row[0]: row[0] for row in BY_HAND}, frames).frame

    assert_frame_equal(found, measured, rel_tol=1e-12)


def test_a_threshold_is_decided_exactly_on_its_edge():
    figures = pl.DataFrame(
        {"firm": [1, 2], "year": [2022] * 2, "district": ["甲"] * 2, "a": [3, 29], "b": [100, 1000]}
    )

    found = measure({"x": "share(a / b >= 3%)"}, {"figures": figures}).frame

    assert found.filter(pl.col("unit") == "甲")["value"].to_list() == [0.5]


def test_all_faults_of_all_formulas_are_said_at_once():
    formulas = {
        "a": "sum(revenu)",
        "b": "revenue",
        "c": "total(revenue)",
        "d": "sum(mean(revenue))",
        "e": "sum(revenue",
        "f": "count(revenue)",
        "g": "1 + 1",
        "h": "revenue >= 3",
        "i": "trimmed_mean(revenue, trim=60%)",
    }

    with pytest.raises(DeclarationFaults) as caught:
        measure({code: formula for code, formula in formulas.items() if code != "a"})

    assert {fault.where for fault in caught.value.faults} == set(formulas) - {"a"}
    with pytest.raises(DeclarationFaults, match="相近的有：revenue"):
        measure({"a": formulas["a"]})


def test_frames_of_two_backends_are_refused():
    frames = {**FRAMES, "titles": duckdb.from_arrow(TITLES.to_arrow())}

    with pytest.raises(InputError, match="同一种数据引擎"):
        measure({"n": "count()"}, frames)


def test_firms_without_a_district_are_counted_and_said():
    found = measure({"n": "count()"})

    assert "有 1 户没有“district”" in str(found.problems[0])


def test_titles_without_dates_count_in_no_year_and_are_said_where_titles_are_read():
    bare = TITLES.with_columns(granted=None, expires=None).cast(TITLES.schema)
    frames = {**FRAMES, "titles": pl.concat([TITLES, bare])}
    formulas = {"lg": 'count(where=tier == "little-giant")', "all": "count()"}

    found = measure(formulas, frames)

    assert found.frame.equals(measure(formulas).frame)
    assert "另有 4 项称号没有日期" in str(found.problems[0])
    assert "称号" not in str(measure({"all": "count()"}, frames).problems)


def test_a_unit_of_two_columns_is_their_combination():
    found = measure({"n": "count()"}, by=["district", "industry"])

    assert found.wide("district·industry").height == 3


def test_figures_of_the_region_itself_may_stand_outside_aggregates():
    units = pl.DataFrame({"unit": ["甲", "乙"], "population": [30_000, 10_000]})

    found = measure({"d": "count() / population * 10000"}, {**FRAMES, "units": units})

    assert found.frame["value"].to_list() == [2.0, 1.0, 1.25]


def test_a_figure_is_followed_to_its_firms_and_cells():
    origins = pl.DataFrame(
        {
            "frame": ["figures"] * 3,
            "firm": [1, 4, 1],
            "year": [2022, 2022, 2021],
            "column": ["revenue"] * 3,
            "file": ["a.xlsx"] * 3,
            "sheet": ["表1"] * 3,
            "row": [5, 6, 7],
            "raw": ["100", "50", "80"],
        }
    )
    found = measure({"r": "sum(revenue)"}, {**FRAMES, "origins": origins})

    trace = found.trace("甲", "r")

    assert trace.rows["firm"].to_list() == [1, 2, 3]
    assert trace.rows["revenue"].sum() == trace.value == 1000
    assert trace.cells["row"].to_list() == [5]
    assert found.trace("全市", "r").rows.height == 5
    assert "依据 3 户企业" in str(found.explain("甲", "r"))


@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁"), st.one_of(st.none(), st.integers(0, 10**12))),
        min_size=1,
        max_size=40,
    )
)
def test_what_the_districts_have_adds_up_to_what_the_city_has(rows):
    figures = pl.DataFrame(
        {
            "firm": range(len(rows)),
            "year": [2022] * len(rows),
            "district": [row[0] for row in rows],
            "x": [row[1] for row in rows],
        },
        schema_overrides={"x": pl.Int64},
    )
    formulas = {"n": "count()", "sum": "sum(x)", "mean": "mean(x)", "median": "median(x)"}

    frame = measure(formulas, {"figures": figures}).frame
    city = dict(frame.filter(pl.col("level") == "city").select("indicator", "value").iter_rows())
    districts = frame.filter(pl.col("level") == "district")
    n, total = (
        districts.filter(pl.col("indicator") == code)["value"].fill_null(0).sum()
        for code in ("n", "sum")
    )

    assert city["n"] == n == len(rows)
    assert (city["sum"] or 0) == pytest.approx(total)
    assert city["mean"] == pytest.approx(figures["x"].mean())
    assert city["median"] == pytest.approx(figures["x"].median())


def test_the_result_goes_to_excel(tmp_path):
    found = measure({"r": "sum(revenue)"})

    found.to_excel(tmp_path / "figures.xlsx")

    sheet = pl.read_excel(tmp_path / "figures.xlsx", sheet_name="指标值", engine="calamine")
    assert sheet["值"].to_list() == [50, 1000, 1050] or sheet["值"].to_list() == [1000, 50, 1050]


def test_the_same_frames_give_the_same_figures_to_the_last_bit():
    rng = np.random.default_rng(0)
    figures = pl.DataFrame(
        {
            "firm": [str(i) for i in range(40_000)],
            "year": 2023,
            "district": rng.choice(["a", "b", "c"], 40_000),
            "revenue": rng.integers(1, 10**12, 40_000),
            "staff": rng.integers(1, 500, 40_000),
        }
    )
    formulas = {"p": "ratio(revenue / 1 万元, staff)", "m": "mean(revenue / staff)"}

    runs = [
        measure_regions(formulas, {"figures": figures}, years=2023).frame.sort("unit", "indicator")
        for _ in range(6)
    ]

    assert all(run["value"].equals(runs[0]["value"]) for run in runs)
