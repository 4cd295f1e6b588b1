"""Checks 7 to 9 of the audit: uncertainty, sensitivity, leave-one-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.index.audit.model import Check
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.audit.scene import Scene

_NOT_YET = Text("尚未提供", "not available yet")


def check_uncertainty(scene: Scene) -> Check:
    """7. Do the ranks stand when the choices vary."""
    t = scene.thresholds
    return Check(
        7,
        "uncertainty",
        Text("不确定性", "uncertainty"),
        Text(
            f"{scene.replicates} 次模拟（权重 ±25%、归一化、合成方式、离群值处理）：90% 名次区间；"
            f"名次在 ±{t.within} 之内的比例。",
            f"{scene.replicates} simulations (weights ± 25 %, normalisation, aggregation, "
            f"treatment): 90 % rank intervals; share of units within ±{t.within} places.",
        ),
        skipped=_NOT_YET,
    )


def check_sensitivity(scene: Scene) -> Check:
    """8. Which choice moves the ranks."""
    del scene
    return Check(
        8,
        "sensitivity",
        Text("敏感性", "sensitivity"),
        Text("哪个选择最影响名次：Sobol 一阶与总效应及其区间。", "Sobol indices with intervals."),
        skipped=_NOT_YET,
    )


def check_leave_one_out(scene: Scene) -> Check:
    """9. Does one part, or one unit, decide."""
    del scene
    return Check(
        9,
        "leave-one-out",
        Text("逐一剔除", "leave one out"),
        Text(
            "剔除任一指标、分项或单元，名次如何变。", "Ranks without each indicator, pillar, unit."
        ),
        skipped=_NOT_YET,
    )
