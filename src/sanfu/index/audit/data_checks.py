"""Checks 1 and 2 of the audit: coverage and outliers."""

from __future__ import annotations

import numpy as np
import polars as pl

from sanfu.index.audit.model import Check, make_table
from sanfu.index.audit.scene import Scene, first
from sanfu.index.finding import Finding
from sanfu.index.moments import median_present, range_present, skew_and_kurtosis
from sanfu.language import Text

_UNIT = Text("单元", "unit")
_CODE = Text("代码", "code")
_NAME = Text("指标", "indicator")


def check_coverage(scene: Scene) -> Check:
    """1. Are there enough data, by indicator, unit and pillar; zeros; distinct values."""
    limit, raw = scene.thresholds.available, scene.step("raw")
    there = ~np.isnan(raw)
    by_indicator, by_unit = there.mean(axis=0), there.mean(axis=1)
    zeros = np.divide((raw == 0).sum(axis=0), np.maximum(there.sum(axis=0), 1))
    distinct = np.array([len(np.unique(column[~np.isnan(column)])) for column in raw.T])
    findings: list[Finding] = []
    thin = [scene.name(c) for c, s in zip(scene.codes, by_indicator, strict=True) if s < limit]
    if thin:
        who = first(thin)
        findings.append(
            Finding(
                "thin-indicator",
                "warning",
                thin[0],
                Text(
                    f"指标数据覆盖低于 {limit:.0%}：{who.zh}；建议替换或说明",
                    f"indicators with data for less than {limit:.0%} of units: {who.en}",
                ),
                "coverage",
            )
        )
    gaps = [u for u, s in zip(scene.units, by_unit, strict=True) if s < limit]
    if gaps:
        who = first(gaps)
        findings.append(
            Finding(
                "thin-unit",
                "warning",
                gaps[0],
                Text(
                    f"单元数据覆盖低于 {limit:.0%}：{who.zh}；其得分主要由填补值决定",
                    f"units with less than {limit:.0%} of the data: {who.en}; their scores rest "
                    "on filled values",
                ),
                "coverage",
            )
        )
    findings += _pillar_gaps(scene, there)
    findings += [found for found in scene.index.findings if found.severity != "note"]
    many = [
        (scene.name(c), float(s))
        for c, s in zip(scene.codes, zeros, strict=True)
        if s > 1 - scene.thresholds.nonzero
    ]
    for name, share in many:
        findings.append(
            Finding(
                "many-zeros",
                "note",
                name,
                Text(f"“{name}”有 {share:.0%} 是 0", f"{share:.0%} of “{name}” are 0"),
                "coverage",
            )
        )
    few = [
        scene.name(c)
        for c, d in zip(scene.codes, distinct, strict=True)
        if d < scene.thresholds.distinct
    ]
    if few and len(scene.units) >= scene.thresholds.distinct:
        who = first(few)
        findings.append(
            Finding(
                "few-values",
                "note",
                few[0],
                Text(
                    f"不同取值少于 {scene.thresholds.distinct} 个：{who.zh}；名次会大量并列",
                    f"fewer than {scene.thresholds.distinct} distinct values: {who.en}; ties",
                ),
                "coverage",
            )
        )
    filled = int((~scene.index.observed[scene.rows] & ~np.isnan(scene.step("normalise"))).sum())
    missing = int((~there).sum())
    findings.append(
        Finding(
            "data",
            "note",
            "",
            Text(
                f"{len(scene.units)} 个单元 × {len(scene.codes)} 个指标，缺 {missing} 个数"
                f"（{missing / raw.size:.1%}），其中 {filled} 个已填补",
                f"{len(scene.units)} units × {len(scene.codes)} indicators, {missing} missing "
                f"({missing / raw.size:.1%}), of which {filled} were filled",
            ),
            "coverage",
        )
    )
    tables = (
        make_table(
            "indicators",
            Text("指标的数据覆盖", "coverage by indicator"),
            pl.DataFrame(
                {
                    "code": list(scene.codes),
                    "name": [scene.name(code) for code in scene.codes],
                    "available": by_indicator,
                    "zeros": zeros,
                    "distinct": distinct,
                    "median": np.asarray(median_present(raw)).reshape(-1),
                    "lowest": np.asarray(range_present(raw)[0]).reshape(-1),
                    "highest": np.asarray(range_present(raw)[1]).reshape(-1),
                }
            ),
            {
                "code": _CODE,
                "name": _NAME,
                "available": Text("有数据", "available"),
                "zeros": Text("其中为 0", "of which 0"),
                "distinct": Text("不同取值", "distinct values"),
                "median": Text("中位数", "median"),
                "lowest": Text("最小", "lowest"),
                "highest": Text("最大", "highest"),
            },
            shares=("available", "zeros"),
        ),
        make_table(
            "units",
            Text("单元的数据覆盖", "coverage by unit"),
            pl.DataFrame({"unit": scene.units, "available": by_unit}).sort(
                "available", maintain_order=True
            ),
            {"unit": _UNIT, "available": Text("有数据", "available")},
            shares=("available",),
        ),
    )
    return Check(
        1,
        "coverage",
        Text("数据覆盖", "coverage"),
        Text(
            f"每个指标、单元、分项的数据覆盖是否达到 {limit:.0%}（COIN Tool 常见问题）；"
            "有无过多的 0、过少的取值。",
            f"Do indicators, units and pillars have {limit:.0%} of their data (COIN Tool FAQ); "
            "are there too many zeros or too few distinct values?",
        ),
        tuple(findings),
        tables,
    )


def _pillar_gaps(scene: Scene, there: np.ndarray) -> list[Finding]:
    found = []
    for pillar in scene.pillars:
        below = [
            scene.codes.index(c) for c in scene.index.framework.below(pillar) if c in scene.codes
        ]
        share = there[:, below].mean(axis=1)
        who = [u for u, s in zip(scene.units, share, strict=True) if s < scene.thresholds.available]
        if who and len(below) > 1:
            names, label = first(who), scene.label(pillar)
            limit = f"{scene.thresholds.available:.0%}"
            found.append(
                Finding(
                    "thin-pillar",
                    "warning",
                    pillar,
                    Text(
                        f"“{label.zh}”中数据覆盖低于 {limit} 的单元：{names.zh}",
                        f"units with less than {limit} of the data of “{label.en}”: {names.en}",
                    ),
                    "coverage",
                )
            )
    return found


def check_outliers(scene: Scene) -> Check:
    """2. Do single units decide an indicator's scale."""
    t = scene.thresholds
    before, after = scene.step(scene.before("treat")), scene.step(scene.before("normalise"))
    skew, kurtosis = skew_and_kurtosis(before)
    skew_after, kurtosis_after = skew_and_kurtosis(after)
    was = (np.abs(skew) > t.skew) & (kurtosis > t.kurtosis)
    still = (np.abs(skew_after) > t.skew) & (kurtosis_after > t.kurtosis)
    changed = (before != after) & ~np.isnan(before)
    findings = []
    for place, code in enumerate(scene.codes):
        label = scene.label(code)
        if still[place]:
            far = np.abs(after[:, place] - np.nanmedian(after[:, place]))
            who = scene.units[int(np.nanargmax(far))]
            findings.append(
                Finding(
                    "outliers",
                    "warning",
                    code,
                    Text(
                        f"“{label.zh}”有离群值未处理（偏度 {skew_after[place]:.2f}，"
                        f"峰度 {kurtosis_after[place]:.2f}，最远的是{who}）；"
                        "它压缩了其余单元的差距，可在方法里写 treat: {}",
                        f"“{label.en}” has untreated outliers (skewness {skew_after[place]:.2f}, "
                        f"kurtosis {kurtosis_after[place]:.2f}; farthest: {who}); they squeeze the "
                        "others together; `treat: {}` in the method treats them",
                    ),
                    "outliers",
                )
            )
        elif was[place]:
            findings.append(
                Finding(
                    "treated",
                    "note",
                    code,
                    Text(
                        f"“{label.zh}”的离群值已处理（{int(changed[:, place].sum())} 个数改变）",
                        f"outliers of “{label.en}” were treated "
                        f"({int(changed[:, place].sum())} figures changed)",
                    ),
                    "outliers",
                )
            )
    if len(scene.units) < 10:
        findings.append(_few_units(len(scene.units)))
    table = make_table(
        "outliers",
        Text("偏度与峰度", "skewness and kurtosis"),
        pl.DataFrame(
            {
                "code": list(scene.codes),
                "name": [scene.name(code) for code in scene.codes],
                "skew": skew,
                "kurtosis": kurtosis,
                "changed": changed.sum(axis=0),
                "skew_after": skew_after,
                "kurtosis_after": kurtosis_after,
            }
        ),
        {
            "code": _CODE,
            "name": _NAME,
            "skew": Text("偏度", "skewness"),
            "kurtosis": Text("峰度（超值）", "excess kurtosis"),
            "changed": Text("改变的数", "figures changed"),
            "skew_after": Text("处理后偏度", "skewness after"),
            "kurtosis_after": Text("处理后峰度", "kurtosis after"),
        },
    )
    return Check(
        2,
        "outliers",
        Text("离群值", "outliers"),
        Text(
            f"|偏度| > {t.skew:g} 且峰度 > {t.kurtosis:g} 视为有离群值"
            "（JRC；全球创新指数用 2.25）。",
            f"Outliers where |skewness| > {t.skew:g} and kurtosis > {t.kurtosis:g} (JRC; the "
            "Global Innovation Index takes 2.25).",
        ),
        tuple(findings),
        (table,),
    )


def _few_units(n: int) -> Finding:
    return Finding(
        "few-units",
        "note",
        "",
        Text(
            f"只有 {n} 个单元，偏度、峰度和相关系数都很不稳定",
            f"with {n} units, skewness, kurtosis and correlations are unsteady",
        ),
        "outliers",
    )
