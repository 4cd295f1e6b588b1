"""`make changelog` gathers the fragments under the rooms and keeps what was released."""

from __future__ import annotations

import runpy
from pathlib import Path

tool = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "changelog.py"))

OLD = "# Changelog\n\nWords.\n\n## Unreleased\n\n- stale\n\n## 0.1.0 (2026-01-01)\n\n- first\n"


def test_fragments_are_gathered_by_room(tmp_path):
    (tmp_path / "ladder-plan.md").write_text("Plans are cheapest.\n", encoding="utf-8")
    (tmp_path / "demo.md").write_text("- The demo opens.\n\nIt ends.\n", encoding="utf-8")

    text = tool["gather"](tmp_path)

    assert text == (
        "### The house\n\n- The demo opens.\n- It ends.\n\n### Ladder\n\n- Plans are cheapest."
    )


def test_what_is_unreleased_is_replaced_and_what_was_released_kept():
    once = tool["renewed"](OLD, "- new", "## Unreleased")

    assert "stale" not in once
    assert once.endswith("## Unreleased\n\n- new\n\n## 0.1.0 (2026-01-01)\n\n- first\n")
    assert tool["renewed"](once, "- new", "## Unreleased") == once


def test_a_release_stands_below_an_empty_unreleased():
    released = tool["renewed"](OLD, "- new", "## 0.2.0 (2026-02-02)")

    assert "## Unreleased\n\n## 0.2.0 (2026-02-02)\n\n- new\n\n## 0.1.0" in released
