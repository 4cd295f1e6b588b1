"""`sanfu index check|build` through the door: words, JSON and exit codes."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app

FRAMEWORK = """
framework: small
name: {zh: 小指数, en: small index}
nodes:
  index: {name: {zh: 总, en: all}}
indicators:
  a: {name: {zh: 甲, en: A}, parent: index, weight: 3}
  b: {name: {zh: 乙, en: B}, parent: index, direction: -1}
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "small.yaml").write_text(FRAMEWORK, encoding="utf-8")
    table = pl.DataFrame({"unit": ["杨浦", "虹口", "宝山"], "a": [0, 5, 10], "b": [3, 1, 2]})
    table.write_csv(tmp_path / "figures.csv")
    return tmp_path


def sanfu(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words)


def test_a_good_framework_is_summed_up(files):
    done = sanfu("index", "check", files / "small.yaml", "--figures", files / "figures.csv")

    assert done.exit_code == 0
    assert "2 个指标" in done.output
    assert "3 行" in done.output


def test_faults_come_with_their_lines_and_exit_code_1_for_machines(files):
    broken = FRAMEWORK.replace("parent: index, weight", "parent: indx, weight")
    (files / "small.yaml").write_text(broken, encoding="utf-8")

    done = sanfu("index", "check", files / "small.yaml", "--json")

    assert done.exit_code == 1
    (fault,) = json.loads(done.output)["faults"]
    assert "indx" in fault["text"]
    assert fault["line"] == FRAMEWORK[: FRAMEWORK.index("  a:")].count("\n") + 1
    spoken = sanfu("index", "check", files / "small.yaml")
    assert spoken.exit_code == 1
    assert "第 7 行" in spoken.output


def test_an_index_is_built_shown_and_written(files):
    out = files / "out.xlsx"

    done = sanfu("index", "build", files / "small.yaml", files / "figures.csv", "--out", out)

    assert done.exit_code == 0
    assert done.output.index("宝山") < done.output.index("虹口") < done.output.index("杨浦")
    assert out.stat().st_size > 4000


def test_an_index_is_given_to_machines_as_json(files):
    done = sanfu("index", "build", files / "small.yaml", files / "figures.csv", "--json")

    told = json.loads(done.output)
    assert [row["unit"] for row in told["ranking"]] == ["宝山", "虹口", "杨浦"]
    assert told["ranking"][0]["score"] == 87.5
    assert len(told["hash"]) == 64


def test_a_parity_that_is_not_known_is_bad_use(files):
    done = sanfu("index", "build", files / "small.yaml", files / "figures.csv", "--parity", "SAS")

    assert done.exit_code == 2
