"""The whole way: lists into a workspace, a framework's formulas, an index, and back to a cell."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.index import build_index, measure_regions, read_framework
from sanfu.registry import sample
from sanfu.workspace import new_workspace


@pytest.fixture(scope="module")
def registry():
    return sample.shanghai(firms=1600, seed=7)


def test_the_sixteen_districts_are_ranked_on_synthetic_firms(registry):
    figures = measure_regions(
        "shanghai-srdi", registry, years=2023, as_of=(7, 28), roll_up={"city": "上海市"}
    )
    index = build_index("shanghai-srdi", figures)

    assert index.ranking.height == 16
    assert index.ranking["rank"].null_count() == 0
    assert not [f for f in index.findings if f.severity != "note"]
    city = figures.frame.filter(pl.col("unit") == "上海市", pl.col("indicator") == "firms")
    assert city["value"].item() == 1600
    assert figures.wide().null_count().sum_horizontal().item() == 0


def test_a_score_of_the_sample_is_the_mean_worked_by_hand(registry):
    figures = measure_regions("shanghai-srdi", registry, years=2023)
    framework = read_framework("shanghai-srdi")

    index = build_index(framework, figures)

    wide = figures.wide()
    pillars = []
    for pillar in framework.children("index"):
        scaled = []
        for code in framework.children(pillar):
            x = wide[code]
            part = (x - x.min()) / (x.max() - x.min()) * 100
            scaled.append(100 - part if framework.indicators[code].direction < 0 else part)
        pillars.append(sum(scaled) / len(scaled))
    by_hand = dict(zip(wide["unit"], sum(pillars) / 5, strict=True))
    for unit, score in index.ranking.select("unit", "score").rows():
        assert score == pytest.approx(by_hand[unit])


def test_an_indicator_of_the_sample_is_counted_by_hand(registry):
    figures = measure_regions("shanghai-srdi", registry, years=2023, as_of=(7, 28)).wide()
    day = dt.date(2023, 7, 28)
    held = registry.titles.filter(
        pl.col("tier") == "little-giant", pl.col("granted") <= day, pl.col("expires") >= day
    )
    firms = registry.firms.filter(pl.col("firm").is_in(held["firm"].implode()))

    by_hand = dict(firms.group_by("district").len().iter_rows())

    found = dict(figures.select("unit", "little_giants").rows())
    assert {unit: n for unit, n in found.items() if n} == by_hand


def test_a_district_framework_runs_with_shrinkage_and_says_what_it_hides(registry):
    from sanfu.index import Confidentiality

    figures = measure_regions(
        "district-srdi",
        registry,
        years=2023,
        by=["district", "ownership"],
        shrink=True,
        confidentiality=Confidentiality(min_firms=5),
    )

    assert figures.log.filter(pl.col("rule") == "min_firms").height > 0
    assert figures.frame.filter(pl.col("shrunk").is_not_null()).height > 0


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    rows = ["企业名称,所属区,年度,营业收入(万元),研发费用(万元),从业人员"]
    for i in range(12):
        district = ("黄浦区", "徐汇区", "杨浦区")[i % 3]
        name = f"上海示例{'甲乙丙丁戊己庚辛壬癸子丑'[i]}科技有限公司"
        rows.append(f"{name},{district},2023,{1000 + i * 100},{50 + i},{20 + i}")
    file = folder / "填报.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    workspace = new_workspace(folder / "office")
    workspace.take(file)
    return folder / "office"


SMALL = """
framework: small
name: {zh: 小, en: small}
nodes: {index: {name: {zh: 总, en: index}}}
indicators:
  revenue: {name: {zh: 营收, en: revenue}, parent: index, formula: sum(revenue) / 1 万元}
  rd: {name: {zh: 研发, en: R&D}, parent: index, formula: "ratio(rd_expense, revenue)"}
  funded: {name: {zh: 融资, en: funded}, parent: index, formula: share(funded)}
"""


def command(*arguments):
    words = ["index", *map(str, arguments)]
    return CliRunner().invoke(build_app(words), words)


def test_an_index_is_built_from_a_workspace_in_one_command(office, tmp_path):
    framework = tmp_path / "small.yaml"
    framework.write_text(SMALL.replace("share(funded)", "median(staff)"), encoding="utf-8")

    done = command("build", framework, "--workspace", office, "--year", 2023, "--json")

    assert done.exit_code == 0, done.output
    assert {row["unit"] for row in json.loads(done.stdout)["ranking"]} == {
        "黄浦区", "徐汇区", "杨浦区",
    }  # fmt: skip


def test_a_column_that_the_ledger_lacks_is_refused_or_left_missing_and_said(office, tmp_path):
    framework = tmp_path / "small.yaml"
    framework.write_text(SMALL, encoding="utf-8")
    out = tmp_path / "figures.csv"

    left = command("measure", framework, "-w", office, "--leave-absent", "-o", out)
    refused = command("measure", framework, "-w", office)

    assert left.exit_code == 1
    assert "funded”无法计算" in left.output
    assert pl.read_csv(out).select("unit", "revenue").row(0) == ("徐汇区", 6200.0)
    assert refused.exit_code != 0


def test_a_figure_of_a_workspace_is_followed_to_the_cell_of_the_file(office):
    from sanfu.workspace import open_workspace

    figures = measure_regions(
        {"r": "sum(revenue)"},
        open_workspace(office).ledger,
        years=2023,
        names={"310101": "黄浦区", "310104": "徐汇区", "310110": "杨浦区"},
    )

    trace = figures.trace("黄浦区", "r")

    assert trace.rows.height == 4
    assert trace.rows["revenue"].sum() == trace.value
    assert trace.cells.filter(pl.col("column") == "revenue")["file"].unique().to_list() == [
        "填报.csv"
    ]


def test_columns_that_the_ledger_lacks_may_be_left_missing_on_the_command_line(tmp_path):
    space = new_workspace(tmp_path / "office")
    pl.DataFrame(
        {
            "企业名称": [f"上海合成{i}号有限公司" for i in range(6)],
            "统一社会信用代码": sample.shanghai(firms=100, seed=3).firms["uscc"].to_list()[:6],
            "所属区": ["徐汇区", "长宁区", "静安区"] * 2,
            "营业收入（元）": [10, 20, 30, 40, 50, 60],
            "研发费用（元）": [1, 2, 2, 3, 4, 9],
            "年度": [2023] * 6,
        }
    ).write_csv(tmp_path / "f.csv")
    space.take(tmp_path / "f.csv")
    words = ["index", "build", "district-srdi", "-w", str(tmp_path / "office"), "-y", "2023"]

    refused = CliRunner().invoke(build_app(words), words)
    left = CliRunner().invoke(build_app(words), [*words, "--leave-absent", "--json"])

    assert refused.exit_code != 0
    assert left.exit_code == 0, left.output
    assert len(json.loads(left.output)["ranking"]) == 3


def test_a_traced_figure_is_written_out_with_its_sums_over_firms(registry):
    figures = measure_regions("shanghai-srdi", registry, years=2023)

    traced = figures.trace(figures.frame["unit"][0], "profit_margin")

    values = dict(traced.parts.select("part", "value").rows())
    assert traced.worked == "A ÷ B"
    assert traced.parts["what"].to_list() == [
        "sum(net_profit) where known(net_profit) and known(revenue)",
        "sum(revenue) where known(net_profit) and known(revenue)",
    ]
    assert values["A"] / values["B"] == pytest.approx(traced.value)
    for part in traced.parts.to_dicts():
        assert traced.rows[part["cell"]].sum() == part["value"]


def test_every_traced_figure_of_the_sample_is_its_parts_worked_out(registry):
    figures = measure_regions("shanghai-srdi", registry, years=2023)
    for code in figures.plans:
        traced = figures.trace(figures.frame["unit"][0], code)
        values = dict(traced.parts.select("part", "value").rows())
        text = traced.worked.replace("÷", "/").replace("×", "*").replace("−", "-")

        worked = eval(text.replace("²", "**2"), {"__builtins__": {}}, values)

        assert worked == pytest.approx(traced.value, rel=1e-9), code
