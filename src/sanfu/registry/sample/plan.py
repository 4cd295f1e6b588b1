"""What is wanted of a synthetic registry: its declaration, read from ``content/samples``."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Literal

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.registry.schemes import Scheme, read_scheme

Section = Literal["C", "I", "M", "X"]
Tier = Literal["little_giant", "other"]
SECTIONS: tuple[Section, ...] = ("C", "I", "M", "X")
TIERS: tuple[Tier, ...] = ("little_giant", "other")


class District(Declaration):
    """One district's wanted firms; ``assumed`` counts are a modelling choice, not data."""

    code: str
    name: str
    srdi: int
    little_giant: int
    belt: Literal["centre", "mixed", "outer"]
    status: Literal["anchored", "assumed"]
    basis: str


class Batch(Declaration):
    """One batch of titles: its name, its day, how many firms, how many lose it at review."""

    batch: str
    granted: dt.date
    firms: int = 0
    lost: int = 0


class Regained(Declaration):
    """Old titles that ran out before the firm was recognised again."""

    batch: str
    granted: dt.date
    firms: int
    failed: float


class Spread(Declaration):
    """A distribution by its mean (million yuan, years or percent) and its form."""

    mean: float
    sigma: float = 0.0
    shape: float = 0.0
    k: float = 0.0
    least: float = 0.0
    most: float = 0.0


class TierNumbers(Declaration):
    """The distributions of one tier; shares are fractions of 1."""

    capital: Spread
    revenue: Spread
    rd_extra_pct: Spread
    inventions: Spread
    age: Spread
    listed: float
    neeq: float
    funded: float
    sei: float
    high_tech: float
    private: float
    other_ip_mean: float


class Numbers(Declaration):
    """How the figures are drawn; money in million yuan."""

    copula: float
    little_giant: TierNumbers
    other: TierNumbers
    rd_least: float
    small_revenue: float
    small_equity: float
    rd_staff: dict[str, float]
    growth: dict[str, float]
    net_margin: dict[str, float]
    exits: float


class Target(Declaration):
    """One published aggregate: what is wanted, how it is met, and where it is printed."""

    id: str
    what: Label
    measure: str = ""
    value: float
    how: Literal["exact", "sampled", "left"]
    source: str
    reason: Label | None = None


class Plan(Declaration):
    """The whole declaration of a sample registry."""

    sample: str
    label: Label
    as_of: dt.date
    firms: int
    little_giants: int
    years: tuple[int, ...]
    base_year: int
    districts: tuple[District, ...]
    sections: dict[str, dict[Section, float]]
    section_seed: dict[str, dict[Section, float]]
    tag_shares: dict[Tier, dict[str, float]]
    little_giant_batches: tuple[Batch, ...]
    srdi_batches: tuple[Batch, ...]
    srdi_regained: Regained
    innovative_batches: tuple[Batch, ...]
    numbers: Numbers
    honours: dict[str, int]
    institutions: dict[str, float]
    foreign_currency: dict[str, float]
    assumed: dict[Tier, dict[str, float]]
    targets: tuple[Target, ...]

    def of_tier(self, tier: Tier) -> TierNumbers:
        """Give the distributions of a tier."""
        return self.numbers.little_giant if tier == "little_giant" else self.numbers.other


class Line(Declaration):
    """A line of business: its class of GB/T 4754-2017 and the words it is told with."""

    code: str
    section: Section
    weight: float
    trades: tuple[str, ...]
    products: tuple[str, ...]
    scope: str


class Lines(Declaration):
    """All lines of business of a sample."""

    source: str
    mark: str
    lines: tuple[Line, ...]


@cache
def shanghai_plan() -> Plan:
    """Read the declaration of the synthetic Shanghai registry."""
    return read_declaration(content_path("samples", "shanghai.yaml"), Plan)


@cache
def shanghai_lines() -> tuple[Line, ...]:
    """Read the lines of business of the synthetic Shanghai registry."""
    return read_declaration(content_path("samples", "shanghai_lines.yaml"), Lines).lines


@cache
def shanghai_scheme() -> Scheme:
    """Read Shanghai's industry system of 2023 and its tag rules."""
    return read_scheme("shanghai_industry_2023")
