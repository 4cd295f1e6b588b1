"""Check 10 of the audit: how far a high score makes up for a low one, and whether it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.index.aggregate import aggregate_arithmetic, aggregate_geometric
from sanfu.index.audit.model import Check, make_table
from sanfu.index.finding import Finding
from sanfu.index.ranking import rank_descending
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.audit.scene import Scene
    from sanfu.index.moments import Array

_MOST_UNITS = 2000


def check_compensation(scene: Scene) -> Check:
    """10. Trade-offs between pillars, and ranks under the arithmetic and the geometric mean."""
    asks = Text(
        "两两比较中有多少对单元在分项上互有高低；总指数若改用几何平均（更少以长补短），"
        f"名次变动超过总数十分之一的单元是否多于 {scene.thresholds.tradeoff:.0%}（本软件自定）。",
        "In how many pairs of units is each better in some pillar; would more than "
        f"{scene.thresholds.tradeoff:.0%} of units (ours) move by over a tenth of the field if "
        "the index were a geometric mean, which makes up less?",
    )
    title = Text("以长补短", "compensability")
    root, pillars = scene.index.plan.nodes[-1], scene.pillars
    if len(pillars) < 2:
        return Check(10, "compensation", title, asks, skipped=Text("只有一个分项", "one pillar"))
    x = scene.scores(pillars)
    whole = np.flatnonzero(~np.isnan(x).any(axis=1))
    if len(whole) < 3:
        return Check(
            10, "compensation", title, asks, skipped=Text("完整的单元太少", "too few whole units")
        )
    pairs, tradeoffs, dominating = _pairs(x[whole[:_MOST_UNITS]])
    table, moved, offset = _both_means(scene, x, root)
    findings = [
        Finding(
            "tradeoffs",
            "note",
            root,
            Text(
                f"{pairs} 对单元中，{tradeoffs} 对（{tradeoffs / pairs:.0%}）在分项上互有高低，"
                f"{dominating} 对（{dominating / pairs:.0%}）一方在所有分项上都不低于另一方；"
                "后者的先后不取决于权重",
                f"of {pairs} pairs of units, {tradeoffs} ({tradeoffs / pairs:.0%}) trade off; in "
                f"{dominating} ({dominating / pairs:.0%}) one is at least as good in every pillar, "
                "so that no weights change their order",
            ),
            "compensation",
        )
    ]
    share = float((moved > len(scene.units) / 10).mean())
    far = table.sort(pl.col("shift").abs(), descending=True, maintain_order=True).row(0, named=True)
    findings.append(
        Finding(
            "mean-matters",
            "warning" if share > scene.thresholds.tradeoff else "note",
            far["unit"],
            Text(
                f"算术平均与几何平均相比，{share:.0%} 的单元名次变动超过总数的十分之一；"
                f"变动最大的是{far['unit']}（第 {far['arithmetic']} → 第 {far['geometric']}）"
                + (f"；为取对数，得分先加 {offset:.2f}" if offset else ""),
                f"from the arithmetic to the geometric mean {share:.0%} of units move by more than "
                f"a tenth of the field; {far['unit']} most ({far['arithmetic']} → "
                f"{far['geometric']})" + (f"; {offset:.2f} was added first" if offset else ""),
            ),
            "compensation",
        )
    )
    made = make_table(
        "means",
        Text("两种平均下的名次", "ranks under both means"),
        table,
        {
            "unit": Text("单元", "unit"),
            "arithmetic": Text("算术平均", "arithmetic mean"),
            "geometric": Text("几何平均", "geometric mean"),
            "shift": Text("变动", "shift"),
            "lowest": Text("最弱的分项", "weakest pillar"),
        },
    )
    return Check(10, "compensation", title, asks, tuple(findings), (made,))


def _pairs(x: Array) -> tuple[int, int, int]:
    """Count pairs, those that trade off, and those in which one is nowhere worse."""
    n, tradeoffs = len(x), 0
    for row in range(n - 1):
        gap = x[row + 1 :] - x[row]
        tradeoffs += int(((gap > 0).any(axis=1) & (gap < 0).any(axis=1)).sum())
    pairs = n * (n - 1) // 2
    return pairs, tradeoffs, pairs - tradeoffs


def _both_means(scene: Scene, x: Array, root: str) -> tuple[pl.DataFrame, Array, float]:
    weights = scene.index.weights[root]
    lowest = float(np.nanmin(x))
    offset = 0.0 if lowest > 0 else 1.0 - lowest
    plain = rank_descending(aggregate_arithmetic(x, weights)[:, None])[:, 0]
    curved = rank_descending(aggregate_geometric(x + offset, weights)[:, None])[:, 0]
    weakest = [
        "" if np.isnan(row).all() else scene.name(scene.pillars[int(np.nanargmin(row))])
        for row in x
    ]
    table = pl.DataFrame(
        {
            "unit": scene.units,
            "arithmetic": pl.Series(plain).fill_nan(None).cast(pl.Int64),
            "geometric": pl.Series(curved).fill_nan(None).cast(pl.Int64),
            "lowest": weakest,
        }
    ).with_columns(shift=pl.col("geometric") - pl.col("arithmetic"))
    kept = table.drop_nulls("shift").sort("arithmetic", "unit")
    return kept, kept["shift"].abs().cast(pl.Float64).to_numpy(), offset
