"""Every command of the tutorial on the Shanghai sample runs as it is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "index-srdi.md"
COMMANDS = [
    line
    for block in re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]


def globbed(word):
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


def run(line):
    words = shlex.split(line.removeprefix("sanfu "))
    words = [name for word in words for name in globbed(word)]
    return CliRunner().invoke(build_app(words), words)


def test_the_commands_of_the_tutorial_run_one_after_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = {}
    for line in COMMANDS:
        done = run(line)
        fine = (0, 1) if " import " in line or " audit " in line else (0,)
        assert done.exit_code in fine, f"{line}\n{done.output}\n{done.exception}"
        said[line.split("--workspace")[0].strip()] = done.output

    assert "16 行 × 20 个指标" in said["sanfu index build shanghai-srdi"]
    assert "虹口区" in said["sanfu index explain shanghai-srdi"]
    assert "随机种子 1" in said["sanfu index robustness shanghai-srdi"]
    assert "16 个共同单元" in said["sanfu index compare shanghai-srdi"]
    page = (tmp_path / "office/out/体检_shanghai-srdi_2023.html").read_text(encoding="utf-8")
    assert "合成数据 / synthetic" in page
    assert re.search(r"F\d › 名单 › [A-Z]\d+ = ", page)
    assert (tmp_path / "office/out/problems.xlsx").exists()


@pytest.mark.parametrize("word", ["sample", "new", "import", "index"])
def test_the_tutorial_uses_the_commands_that_an_officer_needs(word):
    assert any(line.split()[1] == word for line in COMMANDS)
