"""`sanfu index audit|robustness|explain|compare` through the door: words, JSON, files, codes."""

from __future__ import annotations

import json
import re

import numpy as np
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app

FRAMEWORK = """
framework: six
name: {zh: 六区指数, en: six districts}
nodes:
  index: {name: {zh: 总, en: all}}
  p: {name: {zh: 投入, en: input}, parent: index}
  q: {name: {zh: 产出, en: output}, parent: index}
indicators:
  a: {name: {zh: 甲, en: A}, parent: p}
  b: {name: {zh: 乙, en: B}, parent: p, direction: -1}
  c: {name: {zh: 丙, en: C}, parent: q, unit: share}
  d: {name: {zh: 丁, en: D}, parent: q}
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "six.yaml").write_text(FRAMEWORK, encoding="utf-8")
    geometric = FRAMEWORK + "method: {aggregate: geometric, normalise: {method: minmax, low: 1}}\n"
    (tmp_path / "geo.yaml").write_text(geometric.replace("six,", "geo,"), encoding="utf-8")
    random = np.random.default_rng(4)
    table = pl.DataFrame(
        {"unit": ["东区", "南区", "西区", "北区", "中区", "新区"]}
        | {name: random.gamma(2, 3, 6).round(2) for name in "abcd"}
        | {"people": random.lognormal(3, 1, 6).round(1)}
    )
    table.write_excel(tmp_path / "figures.xlsx", worksheet="数据")
    both = pl.concat([table.with_columns(year=y, a=pl.col("a") * (y - 2020)) for y in (2022, 2023)])
    both.write_csv(tmp_path / "years.csv")
    return tmp_path


def sanfu(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words)


def test_the_audit_writes_a_page_and_a_workbook_and_says_what_it_read(files):
    page = files / "audit.html"

    done = sanfu(
        "index", "audit", files / "six.yaml", files / "figures.xlsx",
        "--out", page, "-n", 50, "--sobol", 0, "--size", "people", "--unit", "西区",
    )  # fmt: skip

    assert done.exit_code in (0, 1), done.output
    assert "读入：体系 six 1" in done.output
    assert "6 行 × 4 个指标" in done.output
    assert "随机种子 1" in done.output
    assert len(re.findall(r"^ ?\d+\. ", done.output, re.MULTILINE)) == 11
    assert f"已写出 {page}" in done.output
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "数据 › C4" in html or "sheet=数据" in html  # 西区's b stands in C4
    book = openpyxl.load_workbook(page.with_suffix(".xlsx"))
    assert book.sheetnames[0] == "发现"


def test_the_audit_speaks_json_and_english_and_its_exit_code_says_if_anything_was_found(files):
    done = sanfu(
        "index", "audit", files / "six.yaml", files / "figures.xlsx",
        "--out", files / "a.html", "-n", 50, "--sobol", 0, "--json",
    )  # fmt: skip

    told = json.loads(done.output)
    assert [check["number"] for check in told["checks"]] == list(range(1, 12))
    assert told["made_from"]["seed"] == "1"
    needs = any(finding["severity"] != "note" for finding in told["findings"])
    assert done.exit_code == (1 if needs else 0)


def test_an_unknown_unit_to_follow_is_refused_with_near_names(files):
    done = sanfu(
        "index", "audit", files / "six.yaml", files / "figures.xlsx", "--unit", "西",
        "--out", files / "a.html", "-n", 20, "--sobol", 0,
    )  # fmt: skip

    assert done.exit_code != 0
    assert "没有“西”" in str(done.exception)
    assert not (files / "a.html").exists()


def test_a_unit_is_explained_in_words_and_down_to_its_cell(files):
    done = sanfu(
        "index", "explain", files / "six.yaml", files / "figures.xlsx",
        "--unit", "西区", "--cells", "--gain", 1, "--out", files / "why.xlsx",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "西区得 " in done.output
    assert "与各单元均值" in done.output
    assert "现列第" in done.output
    assert "row=C4" in done.output
    book = openpyxl.load_workbook(files / "why.xlsx")
    assert book.sheetnames[:5] == ["概况", "差距构成", "强项", "弱项", "上升位次"]
    assert "C4" in [cell.value for row in book["从得分到单元格"] for cell in row]


def test_the_explanation_for_machines_adds_up(files):
    done = sanfu(
        "index", "explain", files / "six.yaml", files / "figures.xlsx",
        "--unit", "西区", "--against", "东区", "--json",
    )  # fmt: skip

    told = json.loads(done.output)
    scores = {row["part"]: row["score"] for row in told["summary"]}
    assert sum(child["contribution"] for child in told["children"]) == pytest.approx(
        scores["index"]
    )
    assert "东区" in told["words"][1]


def test_what_changed_since_a_year_adds_up(files):
    done = sanfu(
        "index", "explain", files / "six.yaml", files / "years.csv",
        "--unit", "东区", "--since", 2022, "--json",
    )  # fmt: skip

    told = json.loads(done.output)
    now = {row["part"]: row["score"] for row in told["summary"]}["index"]
    effects = sum(row["effect"] for row in told["change"])
    assert f"→ {now:.2f}" in told["words"][-1]
    assert f"（{effects:+.2f}）" in told["words"][-1]


def test_the_ranks_are_shown_with_their_intervals_and_the_seed_repeats_them(files):
    arguments = ["index", "robustness", files / "six.yaml", files / "figures.xlsx", "-n", 100]

    first, again, other = (sanfu(*arguments, "--seed", seed, "--json") for seed in (3, 3, 4))
    shown = sanfu(*arguments, "--without", "units", "--sobol", 16)

    assert first.exit_code == 0, first.output
    assert json.loads(first.output) == json.loads(again.output)
    assert json.loads(first.output)["units"] != json.loads(other.output)["units"]
    assert "90% 区间" in shown.output
    assert "总效应" in shown.output
    assert "先后颠倒" in shown.output
    assert "随机种子 1" in shown.output


def test_two_methods_two_years_and_two_tables_are_compared(files):
    methods = sanfu(
        "index", "compare", files / "six.yaml", files / "geo.yaml",
        "--figures", files / "figures.xlsx", "--out", files / "methods.xlsx",
    )  # fmt: skip
    years = sanfu(
        "index", "compare", files / "six.yaml", "-f", files / "years.csv", "-y", 2022, "-y", 2023,
        "--json",
    )  # fmt: skip
    for name, framework in (("one", "six"), ("two", "geo")):
        sanfu(
            "index", "build", files / f"{framework}.yaml", files / "figures.xlsx",
            "-o", files / f"{name}.xlsx",
        )  # fmt: skip
    tables = sanfu("index", "compare", files / "one.xlsx", files / "two.xlsx", "--json")

    assert methods.exit_code == 0, methods.output
    assert "6 个共同单元" in methods.output
    assert (files / "methods.xlsx").exists()
    assert len(json.loads(years.output)["units"]) == 6
    told = json.loads(tables.output)
    assert told["before"] == "one.xlsx"
    assert len(told["units"]) == 6
    assert all(row["score_before"] is not None for row in told["units"])


def test_first_published_and_revised_values_are_set_side_by_side(files):
    pl.DataFrame(
        {"unit": ["全国"] * 3, "year": [2022, 2023, 2022], "vintage": [2023, 2024, 2024]}
        | {"value": [100.0, 110.0, 102.0]}
    ).write_csv(files / "releases.csv")

    done = sanfu("index", "compare", files / "releases.csv", "--vintages", "--json")
    shown = sanfu("index", "compare", files / "releases.csv", "--vintages")

    rows = {row["year"]: row for row in json.loads(done.output)}
    assert rows[2022]["revision"] == pytest.approx(2)
    assert rows[2023]["growth_first"] == pytest.approx(110 / 102 - 1)
    assert "1 个后来修订过" in shown.output


def test_what_cannot_be_meant_is_refused(files):
    none = sanfu("index", "explain", files / "six.yaml", "--unit", "东区")
    one = sanfu("index", "compare", files / "six.yaml", "-f", files / "years.csv", "-y", 2022)

    assert none.exit_code == 2
    assert one.exit_code == 2


@pytest.mark.parametrize("kind", ["coupling", "obstacles", "classes"])
def test_a_companion_analysis_prints_its_formula_and_source(files, kind):
    arguments = ["index", "companion", kind, files / "six.yaml", files / "figures.xlsx"]

    shown = sanfu(*arguments, "--out", files / "companion.xlsx", "--classes", 2)
    told = json.loads(sanfu(*arguments, "--json", "--classes", 2).output)

    assert shown.exit_code == 0, shown.output
    assert told["formula"] in shown.output
    assert told["source"] in shown.output
    assert told["frame"]
    assert (files / "companion.xlsx").exists()


def test_inequality_needs_groups_and_convergence_needs_years(files):
    table = pl.read_excel(files / "figures.xlsx").with_columns(
        kind=pl.Series(["城", "郊"] * 3), a=pl.col("a") + 1
    )
    table.write_csv(files / "grouped.csv")

    theil = sanfu(
        "index", "companion", "gini", files / "six.yaml", files / "grouped.csv",
        "--group", "kind", "--json",
    )  # fmt: skip
    no_group = sanfu("index", "companion", "gini", files / "six.yaml", files / "grouped.csv")
    no_years = sanfu("index", "companion", "sigma", files / "six.yaml", files / "grouped.csv")
    unknown = sanfu("index", "companion", "magic", files / "six.yaml", files / "grouped.csv")

    parts = {row["part"]: row["value"] for row in json.loads(theil.output)["frame"]}
    assert parts["within"] + parts["between"] + parts["overlap"] == pytest.approx(parts["total"])
    assert "kind" in str(no_group.exception)
    assert "两年以上" in str(no_years.exception)
    assert unknown.exit_code == 2
