"""What the followed part of an audit page shows: units, their nodes, figures, firms and cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanfu.report.blocks import Picture


@dataclass(frozen=True)
class Child:
    """A line of a node's table."""

    name: str
    key: str
    score: str
    share: str
    contribution: str
    rank: str


@dataclass(frozen=True)
class NodeView:
    """One score and what it is made of."""

    key: str
    name: str
    score: str
    rank: str
    how: str
    worked: str
    children: tuple[Child, ...]


@dataclass(frozen=True)
class StepLine:
    """One step that an indicator's figure went through, the last first."""

    name: str
    value: str
    done: str
    formula: str


@dataclass(frozen=True)
class PartLine:
    """One sum or count over firms."""

    letter: str
    what: str
    value: str


@dataclass(frozen=True)
class FirmLine:
    """One firm in one figure: its name, its card, and what it adds to each part."""

    name: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class FirmPage:
    """Up to a hundred firms, folded away."""

    title: str
    lines: tuple[FirmLine, ...]


@dataclass(frozen=True)
class FirmsView:
    """A figure over firms: its formula with numbers, and the firms themselves if listed."""

    formula: str
    worked: str
    said: str
    parts: tuple[PartLine, ...]
    pages: tuple[FirmPage, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class IndicatorView:
    """One indicator of a unit: from the normalised figure down to its cells."""

    key: str
    name: str
    unit: str
    score: str
    steps: tuple[StepLine, ...]
    extremes: tuple[tuple[str, str, str], ...] = ()
    """What the normalisation took from others: words, value, key of that unit's figure."""
    cells: tuple[str, ...] = ()
    firms: FirmsView | None = None


@dataclass(frozen=True)
class CardLine:
    """One cell of a firm: what it is, its value, and where it stands."""

    measure: str
    year: str
    value: str
    cell: str


@dataclass(frozen=True)
class FirmCard:
    """All cells of a firm that any figure of the page reads."""

    key: str
    name: str
    code: str
    lines: tuple[CardLine, ...]


@dataclass(frozen=True)
class UnitView:
    """One unit with everything below its rank."""

    key: str
    name: str
    score: str
    rank: str
    words: tuple[str, ...]
    nodes: tuple[NodeView, ...]
    indicators: tuple[IndicatorView, ...]
    pictures: tuple[Picture, ...] = ()
    followed: bool = False
    """Whether its firms and cells are on the page."""


@dataclass(frozen=True)
class FollowView:
    """All units, and the cards of the firms of those that are followed."""

    units: tuple[UnitView, ...]
    cards: tuple[FirmCard, ...] = ()
    files: tuple[str, ...] = ()
    synthetic: bool = False
