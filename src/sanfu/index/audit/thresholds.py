"""The thresholds of the audit: those of coherence, and what the other checks need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.coherence.limits import JRC, OURS, Limits
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Thresholds(Limits):
    """What counts as noteworthy. Shares and correlations are fractions of 1."""

    distinct: int = 5
    """Least number of distinct values of an indicator."""
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
        own = dict.fromkeys(("distinct", "stays", "interval", "tradeoff"), OURS)
        return {**super().sources(), **own, "within": JRC}

    @property
    def frame(self) -> pl.DataFrame:
        """Name in words, value and source of every threshold."""
        named = {name: str(text) for name, text in NAMES.items()}
        return super().frame.with_columns(pl.col("threshold").replace_strict(named))


NAMES: Mapping[str, Text] = {
    "available": Text("数据覆盖，至少", "coverage, at least"),
    "nonzero": Text("非 0 的份额，至少", "share of non-zero values, at least"),
    "unique": Text("不同取值的份额，至少", "share of distinct values, at least"),
    "distinct": Text("不同取值，至少", "distinct values, at least"),
    "skew": Text("离群值：偏度绝对值", "outliers: absolute skewness"),
    "kurtosis": Text("离群值：峰度（超值）", "outliers: excess kurtosis"),
    "significance": Text("相关显著：p 值，低于", "significant correlation: p-value, below"),
    "size": Text("与规模的相关", "correlation with size"),
    "low": Text("分项内相关，低于", "correlation within a pillar, below"),
    "high": Text("重复：相关，高于", "redundant: correlation, above"),
    "inflation": Text("共线：方差膨胀因子，高于", "collinear: variance inflation factor, above"),
    "eigenvalue": Text("主成分的特征值，高于", "eigenvalue of a component, above"),
    "explained": Text("第一主成分的解释份额，至少", "explained by the first component, at least"),
    "kmo": Text("KMO，至少", "KMO, at least"),
    "alpha": Text("Cronbach α，至少", "Cronbach's alpha, at least"),
    "importance": Text("重要性与权重之比", "importance over weight"),
    "within": Text("名次稳定：±", "steady ranks: ±"),
    "stays": Text("名次稳定：模拟的份额，至少", "steady ranks: share of runs, at least"),
    "interval": Text("区间宽：占单元数", "wide interval: share of units"),
    "tradeoff": Text("两种平均：移动的单元份额", "both means: share of units that move"),
}
THRESHOLDS = Thresholds()
