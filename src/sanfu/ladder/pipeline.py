"""From prepared columns to every outcome and all points: the steps that both emitters follow.

Each step is a set of named expressions over the columns of the steps before. The names between
carry prefixes (see `emit`); `finished` gives the names that a person gets.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from sanfu.ladder.book import TOTAL, VERDICT
from sanfu.ladder.emit import CODE, HIGH, LOW, POINTS, bounds_if_missing, is_simple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sanfu.ladder.book import Book, Rule, Scored
    from sanfu.ladder.emit import Emitter

SCORE, SCORE_LOW, SCORE_HIGH = "score", "score_low", "score_high"


def steps(emitter: Emitter) -> Iterator[dict[str, Any]]:
    """Yield each step's expressions by name: points, sums of points, codes from the leaves up.

    Ids that the emitter skips are taken as computed already; empty steps are left out.
    """
    return (step for step in _steps(emitter) if step)


def _steps(emitter: Emitter) -> Iterator[dict[str, Any]]:
    book, skip = emitter.book, emitter.skip
    if book.indicators:
        new = [one for one in book.indicators if one.id not in skip]
        scored: dict[str, Any] = {}
        for one in new:
            scored |= emitter.scored(one)
        yield scored
        yield {
            emitter.name(POINTS, one.id): _known(emitter, one.id) for one in new if two_sided(one)
        }
        yield _sums(emitter)
        yield {emitter.name(CODE, one.id): _code_of_points(emitter, one) for one in new} | {
            emitter.name(POINTS, name): _known(emitter, name)
            for name in book.groups
            if name not in skip
        }
    for level in levels(book):
        yield {
            emitter.name(CODE, rule.id): emitter.code(rule) for rule in level if rule.id not in skip
        }


def two_sided(one: Scored) -> bool:
    """Tell whether an indicator's fewest and most points are columns of their own."""
    return not is_simple(one)


def levels(book: Book) -> list[list[Rule]]:
    """Give the rules by height: leaves first, the root last."""
    height: dict[str, int] = {}
    for rule in book.rules:
        height[rule.id] = 1 + max((height[child] for child in rule.children), default=-1)
    return [
        [rule for rule in book.rules if height[rule.id] == level]
        for level in range(max(height.values()) + 1)
    ]


def finished(book: Book) -> dict[str, str]:
    """Give each column that a person gets and the column between that holds it.

    ``<id>`` is an outcome code (0 unmet, 1 missing, 2 judge, 3 met) of each indicator and rule,
    last of ``verdict``; ``<id>_points`` the points of an indicator or group, null while data that
    matter are missing; ``score``, ``score_low`` and ``score_high`` all points and their bounds.
    """
    names: dict[str, str] = {}
    for one in book.indicators:
        names[one.id] = CODE + one.id
        names[f"{one.id}_points"] = POINTS + one.id
    for name in book.groups:
        if name != TOTAL:
            names[f"{name}_points"] = POINTS + name
    if book.indicators:
        names[SCORE] = POINTS + TOTAL
        names[SCORE_LOW], names[SCORE_HIGH] = LOW + TOTAL, HIGH + TOTAL
    for rule in book.rules:
        if rule.id != VERDICT:
            names[rule.id] = CODE + rule.id
    names[VERDICT] = CODE + VERDICT
    return names


def _known(emitter: Emitter, name: str) -> Any:
    low, high = emitter.between(LOW, name), emitter.between(HIGH, name)
    return emitter.ops.when(low == high).then(low)


def _sums(emitter: Emitter) -> dict[str, Any]:
    book, found = emitter.book, {}
    targets = {rule.points_of for rule in book.rules if rule.how == "points"}
    single = {one.id: (one,) for one in book.indicators if one.id in targets and is_simple(one)}
    for name, members in {**book.groups, **single}.items():
        if name in emitter.skip and name not in single:
            continue
        low = [_bound(emitter, one, high=False) for one in members]
        high = [_bound(emitter, one, high=True) for one in members]
        found[emitter.name(LOW, name)] = reduce(add, low)
        found[emitter.name(HIGH, name)] = reduce(add, high)
    return found


def _bound(emitter: Emitter, one: Scored, *, high: bool) -> Any:
    if two_sided(one):
        return emitter.between(HIGH if high else LOW, one.id)
    least, most = bounds_if_missing(one)
    return emitter.between(POINTS, one.id).fill_null(most if high else least)


def _code_of_points(emitter: Emitter, one: Scored) -> Any:
    points = emitter.between(POINTS, one.id)
    return emitter.outcome(points == one.max, points < one.max)
