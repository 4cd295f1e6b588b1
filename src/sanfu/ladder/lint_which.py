"""Check ``which.yaml``: that every clause names a rulebook that fits, without gaps or overlaps."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from sanfu.content import content_path, line_of, load_yaml
from sanfu.errors import InputError
from sanfu.ladder.lint import LintFinding
from sanfu.ladder.rulebook import read_rulebook
from sanfu.ladder.which import which_clauses
from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.ladder.which import Applies


def lint_which(path: Path | None = None) -> tuple[LintFinding, ...]:
    """Find clauses whose rulebook is unknown or unfit, and days with none or with two.

    Parameters
    ----------
    path
        An office's own file, else the one that ships.
    """
    source = path or content_path("rulebooks", "which.yaml")
    document, clauses = load_yaml(source), which_clauses(source)
    found: list[LintFinding] = []

    def say(position: int, key: str, zh: str, en: str) -> None:
        line = line_of(document, [position, key])
        found.append(LintFinding("error", line, f"{position}/{key}", Text(zh, en)))

    for position, clause in enumerate(clauses):
        if clause.until is not None and clause.until < clause.since:
            say(position, "until", "止日早于起日", "the last day lies before the first")
        try:
            book = read_rulebook(clause.rulebook)
        except InputError as wrong:
            say(position, "rulebook", wrong.text.zh, wrong.text.en)
            continue
        if book.tier != clause.tier:
            say(
                position,
                "rulebook",
                f"{clause.rulebook} 是 {book.tier} 的规则书，不是 {clause.tier} 的",
                f"{clause.rulebook} is for {book.tier}, not for {clause.tier}",
            )
        unfit = sorted(set(clause.kinds) - set(book.kinds))
        if unfit:
            say(
                position,
                "kinds",
                f"{clause.rulebook} 不用于 {'、'.join(unfit)}",
                f"{clause.rulebook} is not for {', '.join(unfit)}",
            )
    for tier, kind in sorted({(c.tier, kind) for c in clauses for kind in c.kinds}):
        _in_turn(clauses, tier, kind, say)
    return tuple(found)


def _in_turn(clauses: tuple[Applies, ...], tier: str, kind: str, say: object) -> None:
    """Check that the clauses of a tier and kind follow each other day by day."""
    mine = sorted(
        (c.since, c.until or dt.date.max, position)
        for position, c in enumerate(clauses)
        if c.tier == tier and kind in c.kinds
    )
    for (_, last, _), (first, _, position) in pairwise(mine):
        if not callable(say):
            raise TypeError
        if last >= first:
            say(
                position,
                "since",
                f"{tier}（{kind}）在 {first} 有两条适用",
                f"two clauses hold for {tier} ({kind}) on {first}",
            )
        elif last + dt.timedelta(days=1) < first:
            say(
                position,
                "since",
                f"{tier}（{kind}）在 {last} 与 {first} 之间没有适用的规则书",
                f"no rulebook for {tier} ({kind}) between {last} and {first}",
            )
