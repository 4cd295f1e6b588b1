"""Checks 4 to 6 of the audit: correlations, dimensions, weights against importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.audit.model import AuditTable, Check, make_table
from sanfu.index.coherence import Coherence, assess_coherence
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index.audit.scene import Scene
    from sanfu.index.finding import Finding

_RUN = "coherence"
_PAIRS = frozenset(
    (
        "negative-within",
        "low-within",
        "redundant",
        "belongs-elsewhere",
        "against-own",
        "collinear",
        "few-units",
    )
)
_DIMENSIONS = frozenset(
    (
        "low-alpha",
        "several-dimensions",
        "weak-component",
        "mixed-signs",
        "low-kmo",
        "no-correlation",
    )
)
_IMPORTANCE = frozenset(("weight-not-importance",))
_NODE = Text("节点", "node")
_CHILD = Text("下级", "part")
_R = Text("相关", "correlation")
_FLAGS = {
    "negative": Text("为负", "negative"),
    "low": Text("偏低", "low"),
    "redundant": Text("重复", "redundant"),
    "fine": Text("", ""),
}


def _assessed(scene: Scene) -> Coherence:
    """Judge coherence once for the three checks."""
    if _RUN not in scene.kept:
        scene.kept[_RUN] = assess_coherence(scene.index, year=scene.year, limits=scene.thresholds)
    found: Coherence = scene.kept[_RUN]
    return found


def _findings(scene: Scene, codes: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(finding for finding in _assessed(scene).findings if finding.code in codes)


def _table(
    scene: Scene, code: str, title: Text, frame: pl.DataFrame, labels: Mapping[str, Text]
) -> AuditTable:
    """Make a table in which parts are named instead of coded."""
    known = {*scene.index.plan.nodes, *scene.codes}
    names = {part: scene.name(part) for part in known}
    coded = [name for name in ("a", "b", "node", "child", "code", "other") if name in frame.columns]
    shown = frame.with_columns(pl.col(coded).replace(names))
    shares = ("weight", "share", "explained")
    return make_table(code, title, shown, labels, shares=shares)


def _too_few(scene: Scene) -> Text | None:
    if len(scene.units) < 3:
        return Text("单元太少", "too few units")
    return None


def check_correlations(scene: Scene) -> Check:
    """4. Do the indicators of a pillar belong together."""
    t = scene.thresholds
    title = Text("分项内相关", "correlations")
    asks = Text(
        f"分项内相关为负或低于 {t.low:g} 为不一致，高于 {t.high:g} 为重复（JRC）；"
        "每个指标应与自己的分项最相关。",
        f"Within a pillar, correlations below {t.low:g} or negative are incoherent, above "
        f"{t.high:g} redundant (JRC); each indicator should correlate most with its own pillar.",
    )
    few = _too_few(scene)
    if few is not None:
        return Check(4, "correlations", title, asks, skipped=few)
    found = _assessed(scene)
    flags = {code: str(text) for code, text in _FLAGS.items()}
    within = found.correlations.filter(
        pl.col("node").is_not_null() | (pl.col("flag") != "fine")
    ).with_columns(pl.col("flag").replace(flags))
    pairs = _table(
        scene,
        "pairs",
        Text("分项内各对的相关", "correlations within pillars"),
        within,
        {
            "node": _NODE,
            "a": Text("甲", "a"),
            "b": Text("乙", "b"),
            "r": _R,
            "p": Text("p 值", "p"),
            "n": Text("单元数", "units"),
            "flag": Text("标记", "flag"),
        },
    )
    homes = _table(
        scene,
        "belonging",
        Text("指标与自己的分项、其他分项", "indicators with their own and other pillars"),
        found.belonging,
        {
            "code": Text("指标", "indicator"),
            "node": _NODE,
            "own": Text("与自己的分项", "with its own"),
            "other": Text("最相关的其他分项", "best other"),
            "other_r": Text("与它的相关", "with that one"),
            "index": Text("与总指数", "with the index"),
        },
    )
    return Check(4, "correlations", title, asks, _findings(scene, _PAIRS), (pairs, homes))


def check_dimensions(scene: Scene) -> Check:
    """5. Is each pillar one thing."""
    t = scene.thresholds
    title = Text("主成分与信度", "dimensions")
    asks = Text(
        f"每个分项一个特征值大于 1 的成分、载荷同号；KMO ≥ {t.kmo:g}（Kaiser），Bartlett 检验；"
        f"Cronbach α ≥ {t.alpha:g}（Nunnally；手册 §3.1）。",
        "One component with an eigenvalue above 1 and loadings of one sign in each pillar; "
        f"KMO ≥ {t.kmo:g} (Kaiser), Bartlett's test; Cronbach's alpha ≥ {t.alpha:g} (Nunnally; "
        "Handbook §3.1).",
    )
    few = _too_few(scene)
    if few is not None:
        return Check(5, "dimensions", title, asks, skipped=few)
    found = _assessed(scene)
    nodes = _table(
        scene,
        "nodes",
        Text("各节点", "nodes"),
        found.nodes,
        {
            "node": _NODE,
            "children": Text("下级数", "parts"),
            "n": Text("完整单元", "whole units"),
            "alpha": Text("Cronbach α", "Cronbach's alpha"),
            "components": Text("特征值>1 的成分", "components above 1"),
            "explained": Text("第一主成分解释", "first component explains"),
            "kmo": Text("KMO", "KMO"),
            "p": Text("Bartlett p", "Bartlett p"),
        },
    )
    items = _table(
        scene,
        "items",
        Text("各下级在节点内", "parts in their node"),
        found.items,
        {
            "node": _NODE,
            "child": _CHILD,
            "item_rest": Text("与其余之和的相关", "item-rest correlation"),
            "alpha_if_dropped": Text("去掉后 α", "alpha without it"),
            "loading": Text("第一主成分载荷", "loading"),
            "kmo": Text("KMO", "KMO"),
            "inflation": Text("方差膨胀因子", "variance inflation"),
        },
    )
    return Check(5, "dimensions", title, asks, _findings(scene, _DIMENSIONS), (nodes, items))


def check_importance(scene: Scene) -> Check:
    """6. Are weights what they seem."""
    title = Text("权重与重要性", "weights and importance")
    asks = Text(
        "权重不等于重要性：把申明的权重与相关平方、非线性相关比（Becker 等 2017）对照；"
        f"相差 {scene.thresholds.importance:g} 倍以上者列出（本软件自定）。",
        "Weights are not importance: declared weights against squared correlation and the "
        "nonlinear correlation ratio (Becker et al. 2017); those apart by a factor of "
        f"{scene.thresholds.importance:g} (ours) are named.",
    )
    few = _too_few(scene)
    if few is not None:
        return Check(6, "importance", title, asks, skipped=few)
    table = _table(
        scene,
        "importance",
        Text("权重与重要性", "weights and importance"),
        _assessed(scene).importance,
        {
            "node": _NODE,
            "child": _CHILD,
            "weight": Text("权重", "weight"),
            "linear": Text("相关平方", "squared correlation"),
            "ratio": Text("非线性相关比 S", "correlation ratio S"),
            "share": Text("重要性份额", "share of importance"),
            "times": Text("份额 ÷ 权重", "share over weight"),
        },
    )
    return Check(6, "importance", title, asks, _findings(scene, _IMPORTANCE), (table,))
