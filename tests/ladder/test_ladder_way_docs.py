"""The pages and the example of the way up: what they show runs."""

import re
import runpy
import shlex
from pathlib import Path

from typer.testing import CliRunner

from sanfu.cli.root import build_app

ROOT = Path(__file__).parents[2]


def test_every_command_of_the_pages_is_known_with_its_options():
    said = ""
    for page in ("tutorial/ladder.md", "howto/ladder-season.md"):
        said += (ROOT / "docs" / page).read_text(encoding="utf-8")
    commands = set(re.findall(r"^(sanfu ladder .*)$|`(sanfu ladder [^`…]*)`", said, re.MULTILINE))
    lines = [shlex.split(first or second)[1:] for first, second in commands]

    assert len(lines) >= 4
    for _, command, *rest in lines:
        shown = CliRunner().invoke(
            build_app(["ladder"]), ["ladder", command, "--help"], env={"COLUMNS": "200"}
        )
        assert shown.exit_code == 0, command
        for option in rest:
            if option.startswith("-"):
                assert option in shown.output, f"{command} {option}"


def test_the_example_runs(capsys):
    runpy.run_path(str(ROOT / "examples" / "ladder_way.py"))

    shown = capsys.readouterr().out
    assert "自检/测算" in shown
    assert "提升路径" in shown
    assert "条日程" in shown
