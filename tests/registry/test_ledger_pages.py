"""The pages about the ledger say what the code does."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from sanfu.cli import registry, sample
from sanfu.content.measures import measures
from sanfu.registry.reading.headings import known_measure

ROOT = Path(__file__).parent.parent.parent


def test_the_page_of_headings_is_what_the_dictionary_gives():
    tool = ROOT / "tools" / "headings_page.py"
    spec = importlib.util.spec_from_file_location("headings_page", tool)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)

    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run python tools/headings_page.py"


def test_every_heading_on_the_page_is_understood_as_it_says():
    for measure in measures().values():
        if measure.frame in ("firms", "figures", "titles"):
            for heading in measure.headings:
                assert known_measure(heading) == measure.name, heading


def test_the_tutorial_runs_as_it_stands(tmp_path, monkeypatch):
    import typer
    from typer.testing import CliRunner

    app = typer.Typer()
    registry.register(app)
    sample.register(app)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "tutorial" / "ledger.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ sanfu (.+)$", page, re.MULTILINE)
    codes = []
    for command in commands:
        words = []
        for word in shlex.split(command):
            found = (
                sorted(str(p.relative_to(tmp_path)) for p in tmp_path.glob(word))
                if "*" in word
                else []
            )
            words += found or [word]
        done = CliRunner().invoke(app, words)
        assert not done.exception or isinstance(done.exception, SystemExit), command
        codes.append(done.exit_code)

    assert len(commands) >= 9
    assert set(codes) <= {0, 1}
    assert (tmp_path / "办公室" / "out" / "problems.xlsx").exists()


@pytest.mark.parametrize(
    "page", ["tutorial/ledger.md", "howto/messy-files.md", "explanation/identity.md"]
)
def test_links_between_the_pages_lead_somewhere(page):
    path = ROOT / "docs" / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
