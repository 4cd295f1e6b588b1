"""Obstacle degree: which indicators hold a unit back, by weight and distance from the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.companions.base import Companion
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.result import Index


def find_obstacles(index: Index) -> Companion:
    """Give each indicator's share in what a unit lacks.

    Parameters
    ----------
    index
        Built on indicators normalised to a range with a best end (min-max, goalposts, efficacy).

    Returns
    -------
    Companion
        ``unit, year, part, name, kind ("indicator" | "node"), deviation, weight, obstacle, rank``.
        The obstacles of a unit's indicators sum to 1; a pillar's is the sum of its indicators';
        all are missing for a unit that lacks nothing.

    Raises
    ------
    InputError
        The normalisation has no best end (z-scores, for instance).

    References
    ----------
    O_j = F_j I_j / Σ F_j I_j with F the indicator's weight in the index and I = 1 − normalised
    figure; 鲁春阳, 文枫, 杨庆媛 et al. (2011), 资源科学 33(3), 535-541.
    """
    low, high = _range(index)
    codes = index.plan.indicators
    deviation = (high - index.normalised) / (high - low)
    weights = np.array([index.effective_weights[code] for code in codes])
    lack = np.clip(np.nan_to_num(deviation), 0, None) * weights
    total = lack.sum(axis=1, keepdims=True)
    shares = np.divide(lack, total, out=np.full_like(lack, np.nan), where=total > 0)
    shares[np.isnan(deviation) & (total > 0)] = np.nan
    keys = index.keys.keys()
    parts = []
    for j, code in enumerate(codes):
        parts.append(
            keys.with_columns(
                part=pl.lit(code),
                name=pl.lit(str(index.framework.label(code))),
                kind=pl.lit("indicator"),
                deviation=pl.Series(deviation[:, j]).fill_nan(None),
                weight=pl.lit(float(weights[j])),
                obstacle=pl.Series(shares[:, j]).fill_nan(None),
            )
        )
    for node in index.plan.nodes[:-1]:
        under = [codes.index(code) for code in index.framework.below(node) if code in codes]
        known = np.isfinite(shares[:, under]).any(axis=1)
        summed = np.where(known, np.nansum(shares[:, under], axis=1), np.nan)
        parts.append(
            keys.with_columns(
                part=pl.lit(node),
                name=pl.lit(str(index.framework.label(node))),
                kind=pl.lit("node"),
                deviation=pl.lit(None, pl.Float64),
                weight=pl.lit(float(weights[under].sum())),
                obstacle=pl.Series(summed).fill_nan(None),
            )
        )
    frame = pl.concat(parts).with_columns(
        rank=pl.col("obstacle").rank("min", descending=True).over("unit", "year", "kind")
    )
    formula = "O_j = F_j (1 − x_j) / Σ F_j (1 − x_j)"
    return Companion(
        frame, formula, "障碍度模型 (obstacle degree model): 鲁春阳等 (2011), 资源科学 33(3)"
    )


def _range(index: Index) -> tuple[float, float]:
    rule = index.framework.method.normalise
    low, high = getattr(rule, "low", None), getattr(rule, "high", None)
    if rule.method == "efficacy":
        return rule.floor, rule.floor + rule.span
    own = [part.normalise for part in index.framework.indicators.values() if part.normalise]
    if low is None or high is None or high <= low or own:
        raise InputError(
            Text(
                "障碍度要求各指标归一到同一区间（minmax、goalposts、efficacy），"
                f"找到 {rule.method}。",
                f"obstacle degrees need one range for all indicators (minmax, goalposts, "
                f"efficacy); found {rule.method}.",
            )
        )
    return float(low), float(high)
