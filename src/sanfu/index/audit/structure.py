"""Checks 4 to 6 of the audit: correlations, dimensions, weights against importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.index.audit.model import Check
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.audit.scene import Scene


def check_correlations(scene: Scene) -> Check:
    """4. Do the indicators of a pillar belong together."""
    t = scene.thresholds
    return Check(
        4,
        "correlations",
        Text("分项内相关", "correlations"),
        Text(
            f"分项内相关为负或低于 {t.low:g} 为不一致，高于 {t.high:g} 为重复（JRC）；"
            "每个指标应与自己的分项最相关。",
            f"Within a pillar, correlations below {t.low:g} or negative are incoherent, above "
            f"{t.high:g} redundant (JRC); each indicator should correlate most with its own "
            "pillar.",
        ),
        skipped=_NOT_YET,
    )


def check_dimensions(scene: Scene) -> Check:
    """5. Is each pillar one thing."""
    t = scene.thresholds
    return Check(
        5,
        "dimensions",
        Text("主成分与信度", "dimensions"),
        Text(
            f"每个分项一个特征值大于 1 的成分、载荷同号；KMO > {t.kmo:g}，Bartlett 检验；"
            f"Cronbach α ≥ {t.alpha:g}（手册）。",
            f"One component with an eigenvalue above 1 and loadings of one sign in each pillar; "
            f"KMO > {t.kmo:g}, Bartlett; Cronbach's alpha ≥ {t.alpha:g} (Handbook).",
        ),
        skipped=_NOT_YET,
    )


def check_importance(scene: Scene) -> Check:
    """6. Are weights what they seem."""
    return Check(
        6,
        "importance",
        Text("权重与重要性", "weights and importance"),
        Text(
            "权重不等于重要性：把申明的权重与相关平方、非线性相关比对照"
            f"（Becker 等 2017）；相差 {scene.thresholds.importance:g} 倍以上者列出。",
            "Weights are not importance: declared weights against squared correlation and the "
            "nonlinear correlation ratio (Becker et al. 2017); those apart by a factor of "
            f"{scene.thresholds.importance:g} are named.",
        ),
        skipped=_NOT_YET,
    )


_NOT_YET = Text("尚未提供", "not available yet")
