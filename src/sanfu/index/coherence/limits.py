"""The thresholds of coherence, each with where it comes from; an office may set its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

JRC = Text("JRC 审计的通行做法", "usual in JRC audits")
OURS = Text("本软件自定", "ours")
_COINR = Text("COINr 1.1.14 的默认值", "the default of COINr 1.1.14")
_KAISER = Text("Kaiser 准则；手册 §3.1", "Kaiser's criterion; Handbook §3.1")
_KAISER_RICE = Text("Kaiser (1974)；手册 §3.1", "Kaiser (1974); Handbook §3.1")
_NUNNALLY = Text("Nunnally (1978)；手册 §3.1", "Nunnally (1978); Handbook §3.1")


@dataclass(frozen=True)
class Limits:
    """What counts as noteworthy. Shares and correlations are fractions of 1."""

    available: float = 0.65
    """Least share of data of an indicator, a unit, or a unit in a pillar."""
    nonzero: float = 0.5
    """Least share of non-zero values."""
    unique: float = 0.5
    """Least share of distinct values."""
    skew: float = 2.0
    kurtosis: float = 3.5
    """Outliers where absolute skewness and excess kurtosis both exceed these."""
    significance: float = 0.05
    """p-value from which a correlation is not called significant."""
    low: float = 0.3
    """Correlation within a node below which a child says little of it."""
    high: float = 0.92
    """Correlation above which two indicators repeat each other."""
    inflation: float = 10.0
    """Variance inflation factor above which an indicator is explained by its brothers."""
    eigenvalue: float = 1.0
    """Eigenvalue above which a component counts."""
    explained: float = 0.4
    """Least share of variance of the first component."""
    kmo: float = 0.6
    alpha: float = 0.7
    importance: float = 2.0
    """Ratio of importance to weight (or its inverse) from which they are said to differ."""
    size: float = 0.7
    """Absolute correlation with a denominator or a size from which it is named."""

    def sources(self) -> Mapping[str, Text]:
        """Give each threshold's source."""
        return {
            "available": Text("JRC COIN Tool 常见问题", "JRC COIN Tool, FAQ"),
            "nonzero": _COINR,
            "unique": _COINR,
            "skew": JRC,
            "kurtosis": JRC,
            "significance": Text("通行的 5 %", "the usual 5 %"),
            "low": JRC,
            "high": JRC,
            "inflation": Text("O'Brien (2007) 所述经验值", "rule of thumb, see O'Brien (2007)"),
            "eigenvalue": _KAISER,
            "explained": JRC,
            "kmo": _KAISER_RICE,
            "alpha": _NUNNALLY,
            "importance": OURS,
            "size": OURS,
        }

    @property
    def frame(self) -> pl.DataFrame:
        """Name, value and source of every threshold."""
        sources = self.sources()
        names = [field.name for field in fields(self)]
        return pl.DataFrame(
            {
                "threshold": names,
                "value": [float(getattr(self, name)) for name in names],
                "source": [str(sources[name]) for name in names],
            }
        )


LIMITS = Limits()
