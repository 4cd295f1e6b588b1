"""Which rulebook holds: by tier, new or review, and date. That is itself a rule, kept as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import RootModel

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.errors import InputError
from sanfu.ladder.rulebook import CheckKind, Mark, Tier
from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path

TierName = Literal["innovative", "tech", "srdi", "little-giant", "tier-1"]
FIRST_TIER: tuple[Tier, ...] = ("innovative", "tech")
"""Both count as the first tier until the merged standard is published."""
TIER_WORDS: dict[str, Text] = {
    "tier-1": Text("科技和创新型中小企业", "technology and innovative SME"),
    "innovative": Text("创新型中小企业", "innovative SME"),
    "tech": Text("科技型中小企业", "technology SME"),
    "srdi": Text("专精特新中小企业", "SRDI SME"),
    "little-giant": Text("专精特新“小巨人”企业", "little giant"),
}


class Applies(Declaration):
    """One clause: for this tier and kind, from `since` to `until`, this rulebook holds."""

    tier: Tier
    kinds: tuple[CheckKind, ...]
    since: dt.date
    until: dt.date | None = None
    """Last day; null while it holds."""
    rulebook: str
    why: Label
    mark: Mark
    source: str = ""

    def holds(self, tier: str, kind: str, on: dt.date) -> bool:
        """Tell whether the clause is about this case."""
        return (
            self.tier == tier
            and kind in self.kinds
            and self.since <= on
            and (self.until is None or on <= self.until)
        )


class _Clauses(RootModel[tuple[Applies, ...]]):
    """The file ``which.yaml``."""


@dataclass(frozen=True)
class Which:
    """The answer: the clauses that hold (two for the first tier), and the question."""

    tier: TierName
    kind: CheckKind
    on: dt.date
    clauses: tuple[Applies, ...]

    @property
    def rulebook(self) -> str:
        """Name of the rulebook; the first where either of two will do."""
        return self.clauses[0].rulebook

    @property
    def rulebooks(self) -> tuple[str, ...]:
        """Names of all rulebooks, any of which will do."""
        return tuple(clause.rulebook for clause in self.clauses)

    @property
    def why(self) -> Text:
        """The reason, clause by clause."""
        return Text(
            "".join(clause.why.zh for clause in self.clauses),
            " ".join(clause.why.en for clause in self.clauses),
        )


@cache
def which_clauses(path: Path | None = None) -> tuple[Applies, ...]:
    """Read the clauses that ship, or an office's own; the first that fits decides."""
    return read_declaration(path or content_path("rulebooks", "which.yaml"), _Clauses).root


def which(
    tier: TierName, kind: CheckKind, on: dt.date, *, clauses: tuple[Applies, ...] | None = None
) -> Which:
    """Tell which rulebook holds, and why.

    Parameters
    ----------
    tier
        ``"innovative"``, ``"tech"``, ``"srdi"``, ``"little-giant"``, or ``"tier-1"`` for both of
        the first tier.
    kind
        ``"new"`` application or ``"review"``.
    on
        The day of the application or review.
    clauses
        An office's own, in place of those that ship.

    Raises
    ------
    InputError
        No such tier or kind, or no rulebook is known for the day.

    Examples
    --------
    >>> import datetime as dt
    >>> which("little-giant", "review", dt.date(2026, 5, 1)).rulebook
    'cn-2022/little-giant'
    """
    if tier not in get_args(TierName):
        listed = "、".join(get_args(TierName))
        raise InputError(
            Text(f"没有层级“{tier}”；有：{listed}", f"no tier “{tier}”; there are: {listed}")
        )
    if kind not in get_args(CheckKind):
        raise InputError(
            Text(f"没有“{kind}”；可以是 new 或 review", f"no kind “{kind}”; it is new or review")
        )
    known = which_clauses() if clauses is None else clauses
    tiers: tuple[str, ...] = FIRST_TIER if tier == "tier-1" else (tier,)
    found = []
    for one in tiers:
        fitting = [clause for clause in known if clause.holds(one, kind, on)]
        found += fitting[:1]
    if not found:
        first = min((c.since for c in known if c.tier in tiers and kind in c.kinds), default=None)
        raise InputError(
            Text(
                f"{on} 没有适用于 {tier}（{kind}）的规则书；最早从 {first} 起",
                f"no rulebook for {tier} ({kind}) on {on} is known; the first holds from {first}",
            )
        )
    return Which(tier, kind, on, tuple(found))
