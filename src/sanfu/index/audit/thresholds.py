"""The thresholds of the audit, each with where it comes from; an office may set its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

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

    @property
    def frame(self) -> pl.DataFrame:
        """Name, value and source of every threshold."""
        sources = self.sources()
        names = [field.name for field in fields(self)]
        return pl.DataFrame(
            {
                "threshold": [str(NAMES[name]) for name in names],
                "value": [float(getattr(self, name)) for name in names],
                "source": [str(sources[name]) for name in names],
            }
        )


NAMES: Mapping[str, Text] = {
    "coverage": Text("数据覆盖，至少", "coverage, at least"),
    "zeros": Text("0 的份额，至多", "share of zeros, at most"),
    "distinct": Text("不同取值，至少", "distinct values, at least"),
    "skew": Text("离群值：偏度绝对值", "outliers: absolute skewness"),
    "kurtosis": Text("离群值：峰度（超值）", "outliers: excess kurtosis"),
    "size": Text("与规模的相关", "correlation with size"),
    "low": Text("分项内相关，低于", "correlation within a pillar, below"),
    "high": Text("重复：相关，高于", "redundant: correlation, above"),
    "kmo": Text("KMO，至少", "KMO, at least"),
    "alpha": Text("Cronbach α，至少", "Cronbach's alpha, at least"),
    "importance": Text("重要性与权重之比", "importance over weight"),
    "within": Text("名次稳定：±", "steady ranks: ±"),
    "stays": Text("名次稳定：模拟的份额，至少", "steady ranks: share of runs, at least"),
    "interval": Text("区间宽：占单元数", "wide interval: share of units"),
    "tradeoff": Text("两种平均：移动的单元份额", "both means: share of units that move"),
}
THRESHOLDS = Thresholds()
