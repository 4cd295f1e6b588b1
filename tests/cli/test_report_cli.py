"""`sanfu report`: list, build, edit and rebuild, as an office would call them."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.registry.sample import shanghai
from sanfu.registry.sample.dirty import write_dirty
from sanfu.workspace import new_workspace


def run(*arguments):
    return CliRunner().invoke(build_app(list(arguments)), list(arguments))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = new_workspace(tmp_path_factory.mktemp("office") / "o", region="shanghai")
    write_dirty(shanghai(firms=500, seed=6), made.inbox / "脏表", 6)
    for file in sorted((made.inbox / "脏表").glob("*.*")):
        made.take(file)
    return made


def test_the_list_names_every_outline_with_what_it_needs():
    found = json.loads(run("report", "list", "--json").output)

    assert {one["name"] for one in found} >= {"city-index", "district", "index-page"}
    assert all(one["needs"] for one in found)


def test_a_report_is_built_edited_and_rebuilt_with_the_edit(office, tmp_path):
    page = tmp_path / "r.html"
    build = ("report", "build", "index-page", "-w", str(office.folder), "-o", str(page))
    assert run(*build).exit_code == 0

    edited = run("report", "edit", str(page), "why.lead", "编辑的话。", "--editor", "甲")
    assert edited.exit_code == 0, edited.output
    again = run(*build)

    assert again.exit_code == 0
    assert "编辑的话。" in page.read_text(encoding="utf-8")
    assert "保留了 1 段" in again.output


def test_an_unknown_paragraph_is_refused_with_those_there_are(office, tmp_path):
    page = tmp_path / "r.html"
    run("report", "build", "index-page", "-w", str(office.folder), "-o", str(page))

    done = run("report", "edit", str(page), "nowhere", "x")

    assert done.exit_code != 0
    assert "why.lead" in str(done.exception)


def test_a_manifest_makes_the_same_report_again_after_the_ledger_moved_on(office, tmp_path):
    page, paper = tmp_path / "r.html", tmp_path / "r.pdf"
    run(
        "report", "build", "index-page", "-w", str(office.folder), "-o", str(page), "-o", str(paper)
    )
    office.undo()

    again = run("report", "rebuild", str(tmp_path / "r.manifest.json"), "-o", str(tmp_path / "b"))
    office.undo()

    assert again.exit_code == 0, again.output
    assert (tmp_path / "b" / "r.html").read_bytes() == page.read_bytes()
    assert (tmp_path / "b" / "r.pdf").read_bytes() == paper.read_bytes()


def test_an_exported_outline_can_be_changed_and_built(office, tmp_path):
    own = tmp_path / "own.yaml"
    assert run("report", "export", "index-page", str(own)).exit_code == 0
    own.write_text(own.read_text(encoding="utf-8").replace("zh: 结果,", "zh: 我们的结果,"), "utf-8")
    page = tmp_path / "own.html"

    done = run("report", "build", str(own), "-w", str(office.folder), "-o", str(page))

    assert done.exit_code == 0, done.output
    assert re.search("<h2[^>]*>我们的结果</h2>", page.read_text(encoding="utf-8"))


def test_a_region_that_is_not_there_is_refused_with_near_names(office, tmp_path):
    done = run(
        "report", "build", "district", "-w", str(office.folder), "--unit", "杨埔区",
        "-o", str(tmp_path / "d.html"),
    )  # fmt: skip

    assert done.exit_code != 0
    assert "杨浦区" in str(done.exception)
