"""The pages of the ladder: the example passes lint, the overlay applies, the code runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from sanfu.ladder import lint, make_book, read_rulebook, rulebooks
from sanfu.ladder.rulebook import Criterion, Indicator, Rulebook

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "rulebook.md").read_text(encoding="utf-8")


def test_the_reference_names_every_key_and_every_rulebook():
    keys = {*Rulebook.model_fields, *Criterion.model_fields, *Indicator.model_fields}
    said = set(re.findall(r"`([a-z_]+)[:`]", REFERENCE))

    assert keys - said == set()
    assert {name for name in rulebooks() if f"`{name}`" not in REFERENCE} == set()


def test_the_smallest_example_has_no_faults_and_can_be_made_ready(tmp_path):
    example, overlay = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    path, other = tmp_path / "example.yaml", tmp_path / "overlay.yaml"
    path.write_text(example, encoding="utf-8")
    other.write_text(overlay, encoding="utf-8")

    assert [str(found.in_words()) for found in lint(path)] == []
    assert [str(found.in_words()) for found in lint(other)] == []
    made = make_book(path, kind="new", on=read_rulebook(path).effective.since)
    assert made.reading_order[-1] == "verdict"


def test_the_explanation_runs_as_it_is_written(capsys):
    page = (DOCS / "explanation" / "ladder-outcomes.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    exec(compile(code, "ladder-outcomes.md", "exec"), {})

    shown = capsys.readouterr().out
    assert "unmet" in shown
    assert "WITH step_0 AS" in shown


def test_the_example_runs(tmp_path):
    example = DOCS.parent / "examples" / "ladder_check.py"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(example)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cn-2026/little-giant")
