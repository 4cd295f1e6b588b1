"""The command `sample`: what it writes, prints and checks, as a process would see it."""

from __future__ import annotations

import json

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from sanfu.cli import sample
from sanfu.language import use_language


def run(*arguments):
    app = typer.Typer()
    app.callback()(lambda: None)
    sample.register(app)
    return CliRunner().invoke(app, ["sample", *map(str, arguments)])


def test_a_checked_sample_states_its_targets_and_what_came_back(tmp_path):
    done = run("shanghai", "--out", tmp_path, "--firms", 400, "--seed", 3, "--check")

    assert "C01" in done.stdout
    assert "与答案对照" in done.stdout
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    compared = {line[0]: line[1:] for line in lines if len(line) == 5}
    assert compared["单元格"][-1] == compared["称号历史"][-1] == "0"
    assert len(list((tmp_path / "合成数据_脏表").glob("*.*"))) == 12
    assert (tmp_path / "合成数据_脏表" / "answer_key" / "cells.parquet").exists()


def test_json_is_the_same_for_machines(tmp_path):
    use_language("en")
    done = run("shanghai", "--out", tmp_path, "--firms", 300, "--check", "--json")
    said = json.loads(done.stdout)

    assert said["seed"] == 7
    assert said["round_trip"]["identity"]["equal"] > 2000
    assert said["round_trip"]["duplicates"]["precision"] == 1


def test_a_large_registry_streams_to_parquet(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "STREAM_FROM", 200)
    done = run("shanghai", "--out", tmp_path, "--firms", 300)

    assert done.exit_code == 0
    firms = pl.read_parquet(tmp_path / "firms_合成数据" / "*.parquet")
    assert firms.height == 300
    assert firms["synthetic"].all()


@pytest.mark.parametrize("arguments", [("mars",), ("shanghai", "--firms", "5")])
def test_bad_use_is_exit_code_2(tmp_path, arguments):
    assert run(*arguments, "--out", tmp_path).exit_code == 2
