"""Which choice moves a unit, and what a reader must know of the whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.index.finding import Finding
from sanfu.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.robustness.factors import Factor
    from sanfu.index.robustness.result import Robustness

_WIDE = 0.25
"""An interval wider than this share of the units is called wide."""


def explain_unit(found: Robustness, place: int) -> pl.DataFrame:
    """Give the unit's ranks under each alternative of every choice.

    Returns
    -------
    pl.DataFrame
        ``choice, name, alternative, replicates, rank_mean, rank_low, rank_high, score_mean,
        share_explained``: the last is the share of the variance of the unit's rank that lies
        between the alternatives of the choice (a first-order index from the sample itself, biased
        upwards by about (alternatives − 1) / replicates; `sobol` estimates it properly).
    """
    ranks, scores = found.ranks[:, place], found.compared_scores[:, place]
    there = ~np.isnan(ranks)
    tail = (1 - found.coverage) / 2
    rows = []
    for factor in found.design.factors:
        groups = _groups(found, factor)
        if groups is None:
            continue
        labels, codes = groups
        spread = float(np.var(ranks[there])) if there.any() else 0.0
        between = 0.0
        told = []
        for code, label in enumerate(labels):
            mine = there & (codes == code)
            if not mine.any():
                continue
            own = ranks[mine]
            low, high = np.quantile(own, [tail, 1 - tail])
            between += mine.sum() * (own.mean() - ranks[there].mean()) ** 2
            told.append(
                (label, int(mine.sum()), float(own.mean()), low, high, float(scores[mine].mean()))
            )
        share = float(between / there.sum() / spread) if spread > 0 else 0.0
        name = factor.choice.name
        rows += [
            (factor.name, factor.name if name is None else str(name.text()), *one, share)
            for one in told
        ]
    return pl.DataFrame(
        rows,
        schema={
            "choice": pl.String,
            "name": pl.String,
            "alternative": pl.String,
            "replicates": pl.Int64,
            "rank_mean": pl.Float64,
            "rank_low": pl.Float64,
            "rank_high": pl.Float64,
            "score_mean": pl.Float64,
            "share_explained": pl.Float64,
        },
        orient="row",
    )


def explain_weights(found: Robustness, place: int) -> pl.DataFrame:
    """Give each varied weight's correlation with a unit's rank; see `Robustness`."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - heavy

    nodes = {n: None for f in found.design.factors for n, _ in f.weights_of}
    ranks = found.ranks[:, place]
    rows = []
    for node in nodes:
        used = found.weights_used(node).drop("replicate")
        table = used.fill_null(np.nan).to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = table / np.nansum(table, axis=1, keepdims=True)
        for column, child in enumerate(used.columns):
            share = shares[:, column]
            there = ~np.isnan(share) & ~np.isnan(ranks)
            mine, own = share[there], ranks[there]
            if len(mine) < 3 or np.ptp(mine) < 1e-12:
                continue
            low, high = np.quantile(mine, [1 / 3, 2 / 3])
            still = np.ptp(own) == 0
            rows.append(
                (
                    node,
                    child,
                    str(found.index.framework.label(child)),
                    0.0 if still else float(spearmanr(mine, own).statistic),
                    float(own[mine <= low].mean()),
                    float(own[mine >= high].mean()),
                )
            )
    schema = {
        "node": pl.String,
        "child": pl.String,
        "name": pl.String,
        "correlation": pl.Float64,
        "rank_if_low": pl.Float64,
        "rank_if_high": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sort(pl.col("correlation").abs(), descending=True, maintain_order=True)


def _groups(found: Robustness, factor: Factor) -> tuple[list[str], NDArray[np.int64]] | None:
    """Give the alternatives of a choice and each replicate's; null for many-sided ones."""
    design = found.design
    if factor.name in design.values:
        value = design.values[factor.name]
        edges = np.unique(np.quantile(value, [0, 1 / 3, 2 / 3, 1]))
        codes = np.clip(np.searchsorted(edges, value, side="right") - 1, 0, max(len(edges) - 2, 0))
        ends = [f"{a:g} – {b:g}" for a, b in pairwise(edges)]
        return ends or [f"{edges[0]:g}"], codes
    if factor.name not in design.codes:
        return None
    codes = design.codes[factor.name]
    if factor.name in design.dropped:
        sets = design.dropped[factor.name]
        return ["+".join(out) if out else "—" for out in sets], codes
    if factor.labels:
        return list(factor.labels), codes
    return (
        None
        if len(factor.edges if factor.edges is not None else ()) > 50
        else (
            [str(k + 1) for k in range(int(codes.max()) + 1)],
            codes,
        )
    )


def find_in(found: Robustness) -> tuple[Finding, ...]:
    """Give the findings of a run."""
    frame, findings = found.frame, []
    n = len(found.units)
    percent = f"{found.coverage:.0%}"
    wide = frame.filter((pl.col("rank_high") - pl.col("rank_low")) > _WIDE * n)
    for unit, rank, low, high in wide.select("unit", "rank", "rank_low", "rank_high").iter_rows():
        findings.append(
            Finding(
                "wide-interval",
                "warning",
                unit,
                Text(
                    f"“{unit}”第 {rank} 名不稳：{percent} 的试算在第 {low} 至第 {high} 名之间",
                    f"rank {rank} of “{unit}” is not robust: {percent} of the replicates lie "
                    f"between {low} and {high}",
                ),
                "robustness",
            )
        )
    outside = frame.filter(
        (pl.col("rank") < pl.col("rank_low")) | (pl.col("rank") > pl.col("rank_high"))
    )
    for unit, rank, low, high in outside.select(
        "unit", "rank", "rank_low", "rank_high"
    ).iter_rows():
        findings.append(
            Finding(
                "outside-interval",
                "warning",
                unit,
                Text(
                    f"“{unit}”公布的第 {rank} 名在其 {percent} 区间（{low}—{high}）之外，"
                    "说明名次靠的是某一个特定的选择",
                    f"rank {rank} of “{unit}” lies outside its own {percent} interval "
                    f"({low}–{high}): it hangs on one particular choice",
                ),
                "robustness",
            )
        )
    share = float(found.stability.filter(pl.col("k") == 2)["units"].item())
    findings.append(
        Finding(
            "stability",
            "note",
            found.node,
            Text(
                f"{share:.0%} 的单元在 {percent} 的试算中名次变动不超过 2 位",
                f"{share:.0%} of the units stay within ± 2 places in {percent} of the replicates",
            ),
            "robustness",
        )
    )
    if not found.same_scale:
        findings.append(
            Finding(
                "different-scales",
                "note",
                found.node,
                Text(
                    "各次试算的得分量纲不同；比较得分时，已按各次的平均数和标准差换算到公布得分的尺度"
                    "（名次不受影响）",
                    "the replicates' scores are on different scales; where they are compared, each "
                    "replicate was brought to the mean and spread of the nominal scores (ranks "
                    "are not affected)",
                ),
                "robustness",
            )
        )
    mended = int((found.offsets > 0).sum())
    if mended:
        findings.append(
            Finding(
                "mended",
                "note",
                found.node,
                Text(
                    f"{mended} 次试算的几何（或调和）平均遇到不大于 0 的得分，已按声明加 "
                    f"{found.offsets.max():g}",
                    f"in {mended} replicates a geometric or harmonic mean met scores ≤ 0; the "
                    f"declared offset {found.offsets.max():g} was added",
                ),
                "robustness",
            )
        )
    drawn = any(factor.choice.kind == "draws" for factor in found.design.factors)
    regions = found.index.regions
    if drawn and regions is not None and regions.frame["shrunk"].drop_nulls().len():
        findings.append(
            Finding(
                "draws-not-shrunk",
                "warning",
                found.node,
                Text(
                    "指标经过小样本收缩，而企业抽样得到的是未收缩的数，区间会偏宽",
                    "the figures were shrunk for small regions, the draws of firms are not; the "
                    "intervals are too wide",
                ),
                "robustness",
            )
        )
    unscored = frame.filter(pl.col("scored") < 1)
    for unit, seen in unscored.select("unit", "scored").iter_rows():
        findings.append(
            Finding(
                "not-always-scored",
                "note",
                unit,
                Text(
                    f"“{unit}”只在 {seen:.0%} 的试算中有得分",
                    f"“{unit}” has a score in {seen:.0%} of the replicates",
                ),
                "robustness",
            )
        )
    return tuple(findings)
