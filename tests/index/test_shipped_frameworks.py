"""The frameworks that ship: valid, honest about what is official, and runnable."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.index import FiguresFault, build_index, read_framework, shipped_frameworks
from sanfu.index.micro import read_plans

OURS = ("shanghai-srdi", "district-srdi", "province-science")


@pytest.mark.parametrize("name", shipped_frameworks())
def test_a_shipped_framework_is_valid_and_says_whose_it_is(name):
    framework = read_framework(name)

    assert framework.framework == name
    assert framework.standing == ("ours" if name in OURS else framework.standing)
    assert all(part.name.zh and part.name.en for part in framework.indicators.values())


@pytest.mark.parametrize("name", ["shanghai-srdi", "district-srdi"])
def test_an_srdi_framework_has_five_pillars_of_equal_weight_computed_from_the_ledger(name):
    framework = read_framework(name)

    pillars = framework.children("index")

    assert len(pillars) == 5
    assert len(framework.indicators) >= 15
    assert set(pillars.values()) == {1.0}
    assert {plan.indicator for plan in read_plans(framework)} == set(framework.indicators)


def test_the_two_unpublished_pillar_names_are_marked_ours():
    framework = read_framework("shanghai-srdi")
    names = [framework.nodes[code].name.zh for code in framework.children("index")]

    assert [name.removesuffix("（自拟）") for name in names if "自拟" not in name] == [
        "活跃力", "成长力", "引领力",
    ]  # fmt: skip
    assert sum("自拟" in name for name in names) == 2
    assert "示例" in framework.name.zh


def test_the_place_half_names_no_indicator_that_was_not_at_hand():
    framework = read_framework("place-75")

    names = [framework.nodes[code].name.zh for code in framework.children("index")]
    assert names == ["培育质量", "培育基础", "培育工作"]
    assert all(part.name.zh.startswith("待填") for part in framework.indicators.values())


@pytest.mark.shared
def test_the_real_provinces_are_ranked_from_a_wide_file(shared):
    path = shared / "data/china_province_science_tech_panel/panel_wide.csv"
    panel = pl.read_csv(path, infer_schema_length=None)
    provinces = panel.filter(pl.col("adcode") != 100_000, pl.col("year") == 2022)

    index = build_index("province-science", provinces)

    assert index.ranking["rank"].null_count() == 0
    assert index.ranking.height == 31
    assert set(index.ranking["unit"].head(4)) >= {"北京", "广东"}


@pytest.mark.shared
def test_the_long_file_of_the_provinces_gives_the_same_index_as_the_wide_one(shared):
    folder = shared / "data/china_province_science_tech_panel"
    frames = [
        pl.read_csv(folder / name, infer_schema_length=None).filter(
            pl.col("adcode") != 100_000, pl.col("year").is_between(2016, 2022)
        )
        for name in ("panel_wide.csv", "panel_long.csv")
    ]

    wide, long = (build_index("province-science", frame).ranking for frame in frames)

    assert_frame_equal(long, wide, rel_tol=1e-4)  # the wide file has the coarser rounding
    assert wide.height == 31 * 7


def test_two_roundings_of_one_number_are_one_number_and_the_finer_is_taken():
    rows = [("le", 70.0), ("le", 70.3), ("eys", 10.0), ("mys", 8.0), ("gnipc", 9000.0)]
    table = pl.DataFrame(
        [("a", 1, code, value) for code, value in rows],
        schema=["unit", "year", "indicator", "value"],
        orient="row",
    )

    index = build_index("hdi", table)

    assert index.value("le").item() == pytest.approx((70.3 - 20) / 65)


def test_a_long_table_that_contradicts_itself_is_refused():
    table = pl.DataFrame(
        {"unit": ["a", "a"], "year": [1, 1], "indicator": ["le", "le"], "value": [70.0, 71.0]}
    )

    with pytest.raises(FiguresFault, match="不同的数"):
        build_index("hdi", table)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["panel_wide.csv", "panel_long.csv"])
def test_the_files_of_the_provinces_run_through_the_command(shared, name):
    path = shared / "data/china_province_science_tech_panel" / name
    words = ["index", "build", "province-science", str(path), "--year", "2022", "--json"]

    done = CliRunner().invoke(build_app(words), words)

    ranking = json.loads(done.stdout)["ranking"]
    assert [row["rank"] for row in ranking] == list(range(1, 32))
    assert ranking[0]["unit"] == "北京"


@pytest.mark.shared
def test_the_shipped_hdi_meets_every_published_country_and_year(shared):
    path = shared / "golden/hdi/HDR23-24_Composite_indices_complete_time_series.csv"
    table = pl.read_csv(path, encoding="latin-1", infer_schema_length=None)
    parts = [
        table.select(
            unit="iso3",
            year=pl.lit(year),
            **{
                code: pl.col(f"{code}_{year}").cast(pl.Float64)
                for code in ("le", "eys", "mys", "gnipc", "hdi")
            },
        )
        for year in range(1990, 2023)
    ]
    rows = pl.concat(parts)

    index = build_index("hdi", rows)

    published = rows["hdi"].fill_null(float("nan")).to_numpy()
    apart = np.abs(index.scores[:, -1] - published)
    assert np.isfinite(apart).sum() == 6171
    assert np.nanmax(apart) <= 0.0005 + 1e-9
