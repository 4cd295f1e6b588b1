"""The pages about events say what is there: the event file runs, fields and commands are named."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import sanfu.exchange
from sanfu.cli.exchange import register
from sanfu.content import content_path
from sanfu.exchange import check_timetable, desk_rules, follow_rules, schedule
from sanfu.exchange.meetings.event import Guest, Host, Rules, Wish
from tools.event_schema import schema_text

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    DOCS / name
    for name in (
        "tutorial/exchange.md", "howto/event-day.md", "howto/event-repair.md",
        "howto/follow-up.md", "howto/service-desk.md", "howto/embedder.md",
        "reference/event-file.md",
    )
]  # fmt: skip


def test_the_event_of_the_reference_runs(tmp_path):
    page = (DOCS / "reference" / "event-file.md").read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "event.yaml").write_text(yaml, encoding="utf-8")

    table = schedule(tmp_path / "event.yaml")

    assert table.proven
    assert {("h1", "g1"), ("h2", "g2")} >= set(table.frame.select("host", "guest").rows())
    assert [v.rule for v in check_timetable(table.event, table.frame)] == []


def test_every_field_with_a_meaning_of_its_own_is_in_the_reference():
    page = (DOCS / "reference" / "event-file.md").read_text(encoding="utf-8")
    fields = {*Host.model_fields, *Guest.model_fields, *Wish.model_fields, *Rules.model_fields}

    assert {name for name in fields if name not in page} <= {"contact", "district"}


def commands():
    app = typer.Typer()
    register(app)
    (group,) = app.registered_groups
    return {command.name: command for command in group.typer_instance.registered_commands}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_and_options_of_a_page_exist(page):
    known = commands()
    text = page.read_text(encoding="utf-8")
    used = re.findall(r"sanfu exchange ([a-z]+)([^`\n]*)", text)

    for name, rest in used:
        assert name in known, name
        said = typer.main.get_command_from_info(
            known[name], pretty_exceptions_short=True, rich_markup_mode=None
        )
        options = {option for parameter in said.params for option in parameter.opts}
        options |= {option for p in said.params for option in p.secondary_opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, (name, rest)


def test_every_command_is_named_beside_its_functions():
    page = (DOCS / "tutorial" / "exchange.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `([a-z]+)` \| ((?:`\w+`(?:, )?)+) \|$", page, re.MULTILINE))

    assert set(table) == set(commands())
    for names in table.values():
        assert set(re.findall(r"`(\w+)`", names)) <= set(sanfu.exchange.__all__)


def test_stages_and_lines_are_named_as_they_are():
    follow = (DOCS / "howto" / "follow-up.md").read_text(encoding="utf-8")

    assert all(rule.zh.removeprefix("已") in follow for rule in follow_rules().stages)
    assert len(desk_rules().lines) == 5


def test_the_schema_for_editors_is_up_to_date():
    shipped = content_path("exchange", "event.schema.json").read_text(encoding="utf-8")

    assert shipped == schema_text()


def test_the_example_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(ROOT / "examples" / "exchange_event.py")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "已证明最优" in done.stdout
