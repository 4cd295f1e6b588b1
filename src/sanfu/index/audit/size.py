"""Check 3 of the audit: does the index measure size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.index.audit.model import Check, make_table
from sanfu.index.audit.scene import Scene, first
from sanfu.index.correlation import correlate
from sanfu.index.finding import Finding
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.moments import Array


def check_size(scene: Scene) -> Check:
    """3. Does the index measure size."""
    asks = Text(
        f"指标、分项、总指数与规模（人口、企业数等）的相关是否超过 {scene.thresholds.size:g}"
        "（本软件自定）；超过者要问是否该除以分母。",
        f"Do indicators, pillars or the index correlate with size beyond {scene.thresholds.size:g} "
        "(ours)? If so: should they be denominated?",
    )
    title = Text("与规模的关系", "size")
    sizes = _sizes(scene)
    if not sizes:
        return Check(
            3,
            "size",
            title,
            asks,
            skipped=Text(
                "数据里没有规模列；请用 size 指明（如 population）",
                "the figures have no column of size; name it with size, e.g. population",
            ),
        )
    parts = (*reversed(scene.index.plan.nodes), *scene.codes)
    rows = []
    strong: list[tuple[Text, str, float]] = []
    columns = np.column_stack([scene.index.value(code)[scene.rows] for code in parts])
    for size, values in sizes:
        logs = np.log(np.where(values > 0, values, np.nan))
        found = correlate(columns, logs[:, None])
        both = np.where(found.n > 2, found.r, np.nan)[:, 0]
        for code, r, n in zip(parts, both.tolist(), found.n[:, 0].tolist(), strict=True):
            rows.append((str(size), code, scene.name(code), r, int(n)))
            if abs(r) > scene.thresholds.size:
                strong.append((size, code, r))
    findings = _size_findings(scene, strong)
    frame = pl.DataFrame(rows, schema=["size", "code", "name", "r", "n"], orient="row")
    table = make_table(
        "size",
        Text("与规模（对数）的相关", "correlation with log size"),
        frame,
        {
            "size": Text("规模", "size"),
            "code": Text("代码", "code"),
            "name": Text("名称", "name"),
            "r": Text("相关系数", "correlation"),
            "n": Text("单元数", "units"),
        },
    )
    return Check(3, "size", title, asks, tuple(findings), (table,))


def _size_findings(scene: Scene, strong: list[tuple[Text, str, float]]) -> list[Finding]:
    """Say of the index by itself, and of all its parts together."""
    root = scene.index.plan.nodes[-1]
    label = scene.label(root)
    found = []
    top = [(size, r) for size, code, r in strong if code == root]
    if top:
        zh = "、".join(f"{size.zh}（{r:.2f}）" for size, r in top)
        en = ", ".join(f"{size.en} ({r:.2f})" for size, r in top)
        higher = top[0][1] > 0
        found.append(
            Finding(
                "size",
                "warning",
                root,
                Text(
                    f"“{label.zh}”与规模（对数）相关很强：{zh}；越大的单元"
                    f"{'越高' if higher else '越低'}，请说明这是否就是要衡量的",
                    f"“{label.en}” correlates strongly with log size: {en}; larger units stand "
                    f"{'higher' if higher else 'lower'}: is that what is meant?",
                ),
                "size",
            )
        )
    parts = {code: max((x for x in strong if x[1] == code), key=lambda x: abs(x[2]))
             for _, code, _ in strong if code != root}  # fmt: skip
    if parts:
        zh = first([f"{scene.label(c).zh}（{r:.2f}）" for c, (_, _, r) in parts.items()], 8).zh
        en = first([f"{scene.label(c).en} ({r:.2f})" for c, (_, _, r) in parts.items()], 8).en
        found.append(
            Finding(
                "size-parts",
                "note",
                next(iter(parts)),
                Text(
                    f"随规模（对数）而变的：{zh}；请逐一确认是否该除以分母",
                    f"vary with log size: {en}; should they be denominated?",
                ),
                "size",
            )
        )
    return found


def _sizes(scene: Scene) -> list[tuple[Text, Array]]:
    named = scene.size or tuple(
        dict.fromkeys(
            of.denominator for of in scene.index.framework.indicators.values() if of.denominator
        )
    )
    found = []
    for name in named:
        values = scene.column(name)
        if values is not None and np.isfinite(values).sum() > 2:
            found.append((Text(name, name), values))
    if not found and scene.index.regions is not None:
        frame = scene.index.regions.frame.filter(pl.col("year") == scene.year)
        firms = dict(frame.select("unit", "population").unique().rows())
        values = np.array([float(firms.get(unit, np.nan)) for unit in scene.units])
        found.append((Text("企业数", "number of firms"), values))
    return found
