"""The room `ladder`: where each firm stands against every rule that is live. All is a self-check.

`read_rulebook` → `make_book` (one kind of check, one day) → `check_firm` (exact, one firm), `check`
(frames of any kind) or `to_sql` (a statement); the three give the same outcomes.
"""

from sanfu.ladder.book import TOTAL, VERDICT, Book, Rule, Scored, Steps, make_book
from sanfu.ladder.checking import SELF_CHECK, CheckResult, check
from sanfu.ladder.firm_rows import HOLDS, firm_rows
from sanfu.ladder.interpret import Finding, FirmCheck, check_firm, evaluate, holds, read_row
from sanfu.ladder.lint import LintFinding, lint
from sanfu.ladder.rulebook import (
    MARKS,
    CheckKind,
    Criterion,
    Indicator,
    Rulebook,
    amended,
    read_rulebook,
    rulebooks,
)
from sanfu.ladder.side_by_side import check_both
from sanfu.ladder.sql import to_sql
from sanfu.ladder.values import OUTCOME_WORDS, OUTCOMES, Outcome
from sanfu.ladder.which import TIER_WORDS, Which, which

__all__ = [
    "HOLDS",
    "MARKS",
    "OUTCOMES",
    "OUTCOME_WORDS",
    "SELF_CHECK",
    "TIER_WORDS",
    "TOTAL",
    "VERDICT",
    "Book",
    "CheckKind",
    "CheckResult",
    "Criterion",
    "Finding",
    "FirmCheck",
    "Indicator",
    "LintFinding",
    "Outcome",
    "Rule",
    "Rulebook",
    "Scored",
    "Steps",
    "Which",
    "amended",
    "check",
    "check_both",
    "check_firm",
    "evaluate",
    "firm_rows",
    "holds",
    "lint",
    "make_book",
    "read_row",
    "read_rulebook",
    "rulebooks",
    "to_sql",
    "which",
]
