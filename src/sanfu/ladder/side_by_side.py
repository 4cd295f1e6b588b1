"""Two rulebooks over the same firms in one pass: what a change of rules would change.

What both books say alike is computed once, so that a reform of one clause costs little more than
the check itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from sanfu.errors import InputError
from sanfu.ladder.book import TOTAL, VERDICT, Book, Rule, Scored, make_book
from sanfu.ladder.checking import computed, given_back, workable
from sanfu.ladder.emit import CODE, HIGH, LOW, POINTS
from sanfu.ladder.pipeline import SCORE, SCORE_HIGH, SCORE_LOW, finished
from sanfu.ladder.prepare import prepare
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.ladder.rulebook import CheckKind, Rulebook

AFTER = "after_"
"""Prefix of the columns by the second rulebook."""


def check_both(
    frame: Any,
    before: str | Path | Rulebook,
    after: str | Path | Rulebook,
    *,
    kind: CheckKind,
    on: dt.date,
    firm: str = "firm",
    keep: Sequence[str] = (),
) -> Any:
    """Check firms against two rulebooks at once.

    Parameters
    ----------
    frame, kind, on, firm, keep
        As for `check`.
    before, after
        The rulebooks; `after` may be `amended` from `before`.

    Returns
    -------
    frame of the same kind
        One row a firm: the columns of ``check(…, before).wide``; then, with ``after_`` before
        their names, the code of every rule and the points of every indicator and group that
        `after` decides otherwise or anew, always ``after_verdict``, and ``after_score``,
        ``after_score_low``, ``after_score_high`` where it gives points.

    Raises
    ------
    InputError
        As for `check`.
    """
    one, two = make_book(before, kind=kind, on=on), make_book(after, kind=kind, on=on)
    names = (firm, *keep)
    wanted = {**finished(one), **changed_columns(one, two)}
    clash = sorted(set(wanted) & set(names))
    if clash:
        raise InputError(
            Text(
                f"要保留的列 {'、'.join(clash)} 与规则的名称相同；请先改列名",
                f"the columns to keep {', '.join(clash)} have names of rules; rename them first",
            )
        )
    prepared = prepare(workable(frame, one, two), (one, two), names)
    prepared = computed(computed(prepared, one), two, skip=alike(one, two), prefix=AFTER)
    columns = [nw.col(between).alias(name) for name, between in wanted.items()]
    return given_back(prepared.select(*names, *columns), frame)


def alike(one: Book, two: Book) -> frozenset[str]:
    """Give the ids of `two` that come to the same as in `one` for every firm."""
    scored = {each.id: each for each in one.indicators}
    same = {each.id for each in two.indicators if _same_points(each, scored.get(each.id))}
    for name, members in two.groups.items():
        before = [each.id for each in one.groups.get(name, ())]
        if before == [each.id for each in members] and set(before) <= same:
            same.add(name)
    for rule in two.rules:
        if _same_rule(rule, one.by_id.get(rule.id), same):
            same.add(rule.id)
    return frozenset(same)


def changed_columns(one: Book, two: Book) -> dict[str, str]:
    """Give each column by the second book and the column between that holds it."""
    same = alike(one, two)
    found: dict[str, str] = {}
    for each in two.indicators:
        if each.id not in same:
            found[f"{AFTER}{each.id}"] = CODE + AFTER + each.id
            found[f"{AFTER}{each.id}_points"] = POINTS + AFTER + each.id
    for name in two.groups:
        if name not in same and name != TOTAL:
            found[f"{AFTER}{name}_points"] = POINTS + AFTER + name
    for rule in two.rules:
        if rule.id not in same:
            found[f"{AFTER}{rule.id}"] = CODE + AFTER + rule.id
    found.setdefault(f"{AFTER}{VERDICT}", CODE + VERDICT)
    if two.indicators:
        total = TOTAL if TOTAL in same else AFTER + TOTAL
        for name, prefix in ((SCORE, POINTS), (SCORE_LOW, LOW), (SCORE_HIGH, HIGH)):
            found[AFTER + name] = prefix + total
    return found


def _same_points(one: Scored, other: Scored | None) -> bool:
    return other is not None and (one.steps, one.join, one.given, one.max) == (
        other.steps,
        other.join,
        other.given,
        other.max,
    )


def _same_rule(one: Rule, other: Rule | None, same: set[str]) -> bool:
    if other is None or one.how != other.how:
        return False
    if (one.formula, one.column, one.at_least, one.points_of, one.children) != (
        other.formula,
        other.column,
        other.at_least,
        other.points_of,
        other.children,
    ):
        return False
    below = set(one.children) | ({one.points_of} if one.points_of else set())
    return below <= same
