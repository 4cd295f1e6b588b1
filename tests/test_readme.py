"""Every command and example that the README and the tutorials show runs as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/tutorial/report.md")


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands(page: str) -> list[str]:
    return [
        line.removeprefix("$ ")
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


@pytest.fixture(scope="module", params=PAGES)
def walked(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SANFU_LANG": "zh"}
    done = []
    for command in commands(request.param):
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        done.append((command, ran))
    return request.param, folder, done


def test_every_command_shown_runs(walked):
    _, _, done = walked

    # 1 says that problems were found, which a dirty sample has
    failed = [(command, ran.stderr) for command, ran in done if ran.returncode not in (0, 1)]
    assert done
    assert failed == []
    assert not any("Traceback" in ran.stderr for _, ran in done)


def test_the_python_shown_runs_beside_the_commands(walked, monkeypatch, capsys):
    page, folder, _ = walked
    shown = blocks(page, "python")
    monkeypatch.chdir(folder)

    for block in shown:
        exec(compile(block, page, "exec"), {})

    assert not shown or capsys.readouterr().out


def test_both_readmes_show_the_same_commands():
    assert commands("README.zh.md") == commands("README.md")
