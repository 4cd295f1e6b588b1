"""The stages of the official steps, and what a record of follow-up holds.

大企业“发榜”中小企业“揭榜” (工信厅企业函〔2023〕88号, 〔2024〕221号): needs are announced, answered
by SMEs, one to three are shortlisted, a contract is made on market terms, the large firm accepts
the result and decides on its supplier list.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.exchange.files import Field as FileField
from sanfu.exchange.matching.terms import fold
from sanfu.language import Text

Stage = Literal[
    "announced", "answered", "shortlisted", "negotiating", "contract", "accepted", "supplier",
    "closed",
]  # fmt: skip
STEPS: tuple[Stage, ...] = (
    "announced", "answered", "shortlisted", "negotiating", "contract", "accepted", "supplier",
)  # fmt: skip
"""In their order; a case may be closed from any of them."""


class StageRule(Declaration):
    """How a stage is called, and after how many days without a move a case counts as stuck."""

    id: Stage
    zh: str
    en: str
    stuck_days: int | None = None

    def label(self) -> Text:
        """Give the stage's name."""
        return Text(self.zh, self.en)


class FollowRules(Declaration):
    """The stages, the limits and the headings of follow-up files."""

    id: str
    version: int
    shortlist_most: int
    soon_days: int
    stages: tuple[StageRule, ...]
    words: dict[Stage, tuple[str, ...]]
    fields: tuple[FileField, ...]

    def label(self, stage: Stage) -> Text:
        """Give a stage's name."""
        return self.rule(stage).label()

    def rule(self, stage: Stage) -> StageRule:
        """Give a stage's rule."""
        return next(rule for rule in self.stages if rule.id == stage)

    def read_stage(self, words: str) -> Stage | None:
        """Read a stage from its name; None where it is not known."""
        key = fold(words).strip()
        return next(
            (stage for stage, said in self.words.items() if key in {fold(w) for w in said}), None
        )


@cache
def follow_rules() -> FollowRules:
    """Give the rules that ship with Sanfu."""
    return read_declaration(content_path("exchange", "follow.yaml"), FollowRules)


class Entry(BaseModel):
    """One record of the history; money in fen. It is never changed, only followed by another."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    need: str = Field(min_length=1)
    party: str = ""
    """Firm or provider; empty for what concerns the need as a whole."""
    stage: Stage
    on: dt.date
    """The day on which it happened."""
    by: str = ""
    """Who recorded it."""
    party_name: str = ""
    title: str = ""
    owner: str = ""
    """The officer who looks after it."""
    next_step: str = ""
    due: dt.date | None = None
    evidence: str = ""
    amount: int | None = Field(default=None, ge=0)
    reason: str = ""
    note: str = ""
    event: str = ""
    district: str = ""
    industry: str = ""
    synthetic: bool = False

    def __repr__(self) -> str:
        """Give need and stage, never what may be confidential."""
        return f"Entry(need={self.need!r}, stage={self.stage!r})"

    __str__ = __repr__


@dataclass
class Case:
    """One need with one party: where it stands, folded from its entries."""

    need: str
    party: str
    stage: Stage
    since: dt.date
    party_name: str = ""
    title: str = ""
    owner: str = ""
    next_step: str = ""
    due: dt.date | None = None
    evidence: tuple[str, ...] = ()
    amount: int | None = None
    reason: str = ""
    event: str = ""
    district: str = ""
    industry: str = ""
    synthetic: bool = False
    reached: dict[Stage, dt.date] = field(default_factory=dict)
    """The day on which it came to each stage that it came to."""

    @property
    def furthest(self) -> Stage:
        """Give the last step that it reached, whether it was closed later or not."""
        return max((s for s in self.reached if s != "closed"), key=STEPS.index, default="announced")

    def take(self, entry: Entry) -> None:
        """Go on with a further entry: what it leaves empty stays as it was."""
        if entry.stage != self.stage:
            back = entry.stage in STEPS and STEPS.index(entry.stage) < STEPS.index(self.furthest)
            if back and self.stage != "closed":  # a correction: later steps were not reached
                at = STEPS.index(entry.stage)
                self.reached = {s: d for s, d in self.reached.items() if STEPS.index(s) <= at}
            self.stage, self.since = entry.stage, entry.on
            if entry.stage != "closed":
                self.reached.pop("closed", None)
                self.reason = ""
        self.reached.setdefault(entry.stage, entry.on)
        for name in (
            "party_name", "title", "owner", "event", "district", "industry", "reason",
        ):  # fmt: skip
            setattr(self, name, getattr(entry, name) or getattr(self, name))
        self.next_step, self.due = entry.next_step, entry.due
        self.amount = self.amount if entry.amount is None else entry.amount
        if entry.evidence and entry.evidence not in self.evidence:
            self.evidence = (*self.evidence, entry.evidence)
        self.synthetic = self.synthetic or entry.synthetic
