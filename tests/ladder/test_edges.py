"""Band edges generated from each rulebook: on the edge, and one fen or unit to either side."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from sanfu.content import content_path
from sanfu.ladder import amended, check_firm, make_book, read_rulebook, rulebooks
from sanfu.ladder.edges import comparisons, edge_cases
from sanfu.ladder.rulebook import rulebook_schema

MAY = dt.date(2026, 5, 1)
BOOKS = [
    make_book(name, kind=kind, on=MAY) for name in rulebooks() for kind in read_rulebook(name).kinds
]
CASES = [(book, case) for book in BOOKS for case in edge_cases(book)]


def named(value):
    return getattr(value, "id", None) or f"{value.rulebook.rulebook}-{value.kind}"


@pytest.mark.parametrize("book", BOOKS, ids=named)
def test_every_threshold_and_every_band_has_its_edge_case(book):
    assert len(edge_cases(book)) == len(list(comparisons(book))) > 0


@pytest.mark.parametrize(("book", "case"), CASES, ids=named)
def test_on_the_edge_the_better_and_one_step_below_the_worse(book, case):
    worse, on_edge, better = (
        check_firm(book, case.row(book, step)).findings[case.id] for step in (-1, 0, 1)
    )

    if case.points is None:
        assert [f.outcome for f in (worse, on_edge, better)] == ["unmet", "met", "met"]
        return
    one = next(each for each in book.indicators if each.id == case.id)
    if len(one.steps) == 1 and one.steps[0].of is not None:
        points = [p for _, p in one.steps[0].conditions] + [one.steps[0].rest]
        below = points[points.index(case.points) + 1]
        assert [f.points for f in (worse, on_edge)] == [below, case.points]
        assert better.points >= case.points
    else:
        assert worse.low <= on_edge.low
        assert on_edge.low >= min(case.points, one.max)
        assert worse.low < case.points


def test_the_edges_of_a_reform_move_with_it():
    eased = amended("cn-2026/srdi", {"criteria/revenue/when": "revenue >= 1000 万元"})
    (case,) = [c for c in edge_cases(make_book(eased, kind="new", on=MAY)) if c.id == "revenue"]

    assert case.edge == 1000 * 1_000_000


def test_the_schema_for_editors_is_that_of_the_model():
    shipped = json.loads(content_path("rulebooks", "schema.json").read_text(encoding="utf-8"))

    assert shipped == rulebook_schema(), "uv run python tools/rulebook_schema.py"
