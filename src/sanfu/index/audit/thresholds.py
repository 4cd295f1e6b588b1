"""The thresholds of the audit, each with where it comes from; an office may set its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDBOOK = Text("OECD/JRC《综合指标构建手册》(2008)", "OECD/JRC Handbook (2008)")
JRC = Text("JRC 审计的通行做法", "usual in JRC audits")
COIN_TOOL = Text("JRC COIN Tool 常见问题", "JRC COIN Tool, FAQ")
OURS = Text("本软件自定", "ours")


@dataclass(frozen=True)
class Thresholds:
    """What counts as noteworthy. Shares and correlations are fractions of 1."""

    coverage: float = 0.65
    """Least share of data of an indicator, a unit, or a unit in a pillar."""
    zeros: float = 0.5
    """Largest share of zeros among an indicator's figures."""
    distinct: int = 5
    """Least number of distinct values of an indicator."""
    skew: float = 2.0
    kurtosis: float = 3.5
    """An indicator has outliers where both are reached (absolute skewness, excess kurtosis)."""
    size: float = 0.7
    """Absolute correlation with size from which a denominator is asked about."""
    low: float = 0.3
    """Correlation within a pillar below which an indicator says little of it."""
    high: float = 0.92
    """Correlation from which two indicators repeat each other."""
    kmo: float = 0.6
    alpha: float = 0.7
    importance: float = 2.0
    """Ratio of importance to weight (or its inverse) from which they are said to differ."""
    within: int = 3
    """Places around the rank within which a unit is said to stay."""
    stays: float = 0.8
    """Share of replicates in which it must stay there."""
    interval: float = 0.25
    """Width of a rank interval, as a share of the units, that is called wide."""
    tradeoff: float = 0.25
    """Share of units whose rank moves by more than a tenth of the field under the other mean."""

    def sources(self) -> Mapping[str, Text]:
        """Give each threshold's source."""
        return {
            "coverage": COIN_TOOL,
            "zeros": OURS,
            "distinct": OURS,
            "skew": JRC,
            "kurtosis": JRC,
            "size": OURS,
            "low": JRC,
            "high": JRC,
            "kmo": HANDBOOK,
            "alpha": HANDBOOK,
            "importance": OURS,
            "within": JRC,
            "stays": OURS,
            "interval": OURS,
            "tradeoff": OURS,
        }


THRESHOLDS = Thresholds()
