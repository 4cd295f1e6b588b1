"""The house: imports run one way, the door is what it says, and nothing heavy loads early."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sanfu

SOURCE = Path(sanfu.__file__).parent

LEVELS: dict[str, int] = {
    "language": 0,
    "errors": 1,
    "workbook": 1,
    "formula": 2,
    "content": 3,
    "registry": 4,
    "ladder": 5,
    "index": 5,
    "exchange": 5,
    "workspace": 6,
    "report": 7,
    "portal": 8,
    "cli": 9,
}
"""A module may import what stands below it, and its own room; two rooms on one level never."""


def imports_of(path: Path) -> set[str]:
    """Names of the rooms of Sanfu that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("sanfu.")}


def test_no_import_runs_up_or_sideways():
    wrong = []
    for path in SOURCE.rglob("*.py"):
        room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        wrong += [
            f"{path.relative_to(SOURCE)} imports sanfu.{other}"
            for other in imports_of(path)
            if other != room and LEVELS[other] >= LEVELS[room]
        ]

    assert wrong == []


def test_every_room_has_its_level():
    rooms = {
        p.name.removesuffix(".py") for p in SOURCE.iterdir() if p.suffix == ".py" or p.is_dir()
    }

    assert rooms - {"__init__", "__pycache__", "py.typed"} <= set(LEVELS)


def test_no_module_is_over_600_lines():
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 600
    }

    assert long == {}


def test_every_public_name_can_be_had():
    assert all(getattr(sanfu, name) is not None for name in sanfu.__all__)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sanfu.nothing


def test_importing_sanfu_loads_nothing_heavy():
    code = "import sanfu, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"polars", "numpy", "pandas", "narwhals", "typer", "pydantic", "rich"} & set(loaded)
