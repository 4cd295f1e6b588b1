"""Checks 7 to 9 of the audit: uncertainty, sensitivity, leave-one-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from sanfu.errors import InputError
from sanfu.index.audit.model import Check, make_table
from sanfu.index.audit.scene import first
from sanfu.index.finding import Finding
from sanfu.index.robustness import ImpossibleCombination
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.audit.scene import Scene
    from sanfu.index.robustness import Robustness, Sensitivity

_RUN = "robustness"
_UNIT = Text("单元", "unit")


def check_uncertainty(scene: Scene) -> Check:
    """7. Do the ranks stand when the choices vary."""
    t = scene.thresholds
    title = Text("不确定性", "uncertainty")
    asks = Text(
        f"{scene.replicates} 次模拟（缺省：权重 ±25%、归一化、合成方式、离群值处理），"
        "90% 名次区间；"
        f"名次是否在 ±{t.within} 之内，区间是否宽于总数的 {t.interval:.0%}。",
        f"{scene.replicates} simulations (by default weights ± 25 %, normalisation, aggregation, "
        f"treatment), 90 % rank intervals: do units stay within ±{t.within} places; is an interval "
        f"wider than {t.interval:.0%} of the field?",
    )
    try:
        found = scene.index.robustness(scene.choices, scene.replicates, scene.seed, year=scene.year)
    except ImpossibleCombination as wrong:
        return Check(7, "uncertainty", title, asks, skipped=wrong.text)
    except InputError as wrong:
        if scene.choices is not None:
            raise
        return Check(7, "uncertainty", title, asks, skipped=wrong.text)
    scene.kept[_RUN] = found
    frame = found.frame.with_columns(tier=_tiers(found))
    within = f"within_{t.within}" if f"within_{t.within}" in frame.columns else "within_3"
    unsteady = frame.filter(pl.col(within) < t.stays)["unit"].to_list()
    n = frame.drop_nulls("rank").height
    wide = frame.filter(pl.col("rank_high") - pl.col("rank_low") > t.interval * n)
    steady = float((frame[within].drop_nulls() >= t.stays).to_numpy().mean())
    findings = [
        Finding(
            "steady",
            "note",
            found.node,
            Text(
                f"{steady:.0%} 的单元在至少 {t.stays:.0%} 的模拟中名次变动不超过 {t.within} 位",
                f"{steady:.0%} of units stay within {t.within} places in {t.stays:.0%} of runs",
            ),
            "uncertainty",
        )
    ]
    if unsteady:
        who = first(unsteady)
        findings.append(
            Finding(
                "unsteady",
                "warning",
                unsteady[0],
                Text(
                    f"名次不稳的单元：{who.zh}；公布时应给区间或分档，不宜只给一个名次",
                    f"units whose rank is unsteady: {who.en}; publish intervals or tiers",
                ),
                "uncertainty",
            )
        )
    if wide.height:
        widest = wide.sort(pl.col("rank_high") - pl.col("rank_low"), descending=True).row(
            0, named=True
        )
        findings.append(
            Finding(
                "wide",
                "warning",
                widest["unit"],
                Text(
                    f"{wide.height} 个单元的 90% 名次区间宽于总数的 {t.interval:.0%}，最宽的是"
                    f"{widest['unit']}（第 {widest['rank_low']}–{widest['rank_high']}）",
                    f"{wide.height} rank intervals are wider than {t.interval:.0%} of the field; "
                    f"widest: {widest['unit']} ({widest['rank_low']}–{widest['rank_high']})",
                ),
                "uncertainty",
            )
        )
    findings += [f for f in found.findings if f.code in ("outside-interval", "mended")]
    tiers = frame["tier"].drop_nulls().n_unique()
    if tiers:
        findings.append(
            Finding(
                "tiers",
                "note",
                found.node,
                Text(
                    f"以 95% 把握只能分出 {tiers} 档；同一档内的先后不足以区分",
                    f"{tiers} tiers can be told apart with 95 % confidence; within one, ranks are "
                    "not distinguished",
                ),
                "uncertainty",
            )
        )
    labels = {
        "unit": _UNIT,
        "rank": Text("名次", "rank"),
        "rank_low": Text("区间下", "interval from"),
        "rank_high": Text("区间上", "to"),
        "rank_median": Text("名次中位数", "median rank"),
        "best": Text("最好", "best"),
        "worst": Text("最差", "worst"),
        within: Text(f"±{t.within} 之内", f"within ±{t.within}"),
        "tier": Text("档", "tier"),
    }
    table = make_table(
        "intervals", Text("90% 名次区间", "90 % rank intervals"), frame, labels, shares=(within,)
    )
    plan = pl.DataFrame(
        {
            "choice": list(found.plan.choices),
            "said": [_choice(found, name) for name in found.plan.choices],
        }
    )
    choices = make_table(
        "choices",
        Text("所变动的选择", "choices varied"),
        plan,
        {"choice": Text("代码", "code"), "said": Text("选择", "choice")},
    )
    return Check(7, "uncertainty", title, asks, tuple(findings), (table, choices))


def _choice(found: Robustness, name: str) -> str:
    return str(_label(found, name))


def _label(found: Robustness, name: str) -> Text:
    label = found.plan.choices[name].name
    return Text(name, name) if label is None else label.text()


def _tiers(found: Robustness) -> pl.Series:
    try:
        tiers = dict(found.tiers.select("unit", "tier").rows())
    except InputError:  # too many units for all pairs
        tiers = {}
    return pl.Series([tiers.get(unit) for unit in found.frame["unit"]], dtype=pl.Int64)


def check_sensitivity(scene: Scene) -> Check:
    """8. Which choice moves the ranks."""
    title = Text("敏感性", "sensitivity")
    asks = Text(
        "哪个选择最影响名次：Sobol 一阶（单独）与总（含交互）效应及 95% 区间，"
        "对全体的平均名次变动和对每个单元。",
        "Which choice moves the ranks most: first-order (alone) and total (with interactions) "
        "Sobol indices with 95 % intervals, for the mean rank shift and for each unit.",
    )
    found: Robustness | None = scene.kept.get(_RUN)
    if found is None or scene.sobol < 1 or len(found.plan.choices) < 2:
        why = Text("未要求，或没有可变动的选择", "not asked for, or there are no choices to vary")
        return Check(8, "sensitivity", title, asks, skipped=why)
    indices: Sensitivity = found.sobol(n=scene.sobol)
    names = {name: _choice(found, name) for name in found.plan.choices}
    shown = indices.summary.with_columns(name=pl.col("choice").replace(names))
    labels = {
        "name": Text("选择", "choice"),
        "first": Text("一阶", "first order"),
        "first_low": Text("区间下", "from"),
        "first_high": Text("区间上", "to"),
        "total": Text("总效应", "total"),
        "total_low": Text("总效应区间下", "total from"),
        "total_high": Text("总效应区间上", "total to"),
    }
    overall = make_table("sobol", Text("对平均名次变动", "on the mean rank shift"), shown, labels)
    by_unit = (
        indices.frame.filter(pl.col("target") == "rank", pl.col("total").is_not_null())
        .with_columns(name=pl.col("choice").replace(names))
        .sort("unit", "total", descending=[False, True], maintain_order=True)
    )
    units = make_table(
        "sobol-units",
        Text("对每个单元的名次", "on each unit's rank"),
        by_unit,
        {"unit": _UNIT, **labels},
    )
    labels_of = {name: _label(found, name) for name in found.plan.choices}
    findings = [
        Finding(f.code, f.severity, f.item, _named(f.text, labels_of), "sensitivity")
        for f in indices.findings
    ]
    return Check(8, "sensitivity", title, asks, tuple(findings), (overall, units))


def _named(text: Text, names: dict[str, Text]) -> Text:
    """Put the choices' names in the place of their codes."""
    zh, en = text
    for code, name in names.items():
        zh, en = zh.replace(f"“{code}”", f"“{name.zh}”"), en.replace(f"“{code}”", f"“{name.en}”")
    return Text(zh, en)


def check_leave_one_out(scene: Scene) -> Check:
    """9. Does one part, or one unit, decide."""
    from sanfu.index.robustness.leave_out import leave_one_out  # noqa: PLC0415 - large

    title = Text("逐一剔除", "leave one out")
    asks = Text(
        "剔除任一指标、分项或单元后名次如何变；剔除一个单元会不会让其余单元互换先后（名次逆转）。",
        "Ranks without each indicator, each pillar, each unit; does leaving out a unit turn the "
        "order of the others (rank reversal)?",
    )
    findings, tables = [], []
    skipped = Text("没有可剔除的部分", "nothing to leave out")
    for what, name in _WHAT.items():
        if what == "units" and len(scene.units) > _MOST_UNITS:
            continue
        try:
            found = leave_one_out(scene.index, what, year=scene.year)
        except InputError as wrong:
            skipped = wrong.text
            continue
        findings += [f for f in found.findings if f.code != "no-shift"][:_SHOWN]
        table = found.summary.head(_MOST_UNITS)
        tables.append(make_table(what, name, table, {**_LEFT, "name": _WITHOUT[what]}))
    if not tables:
        return Check(9, "leave-one-out", title, asks, skipped=skipped)
    return Check(9, "leave-one-out", title, asks, tuple(findings), tuple(tables))


_MOST_UNITS = 200
_SHOWN = 3
_WHAT: dict[Literal["indicators", "pillars", "units"], Text] = {
    "indicators": Text("剔除一个指标", "without one indicator"),
    "pillars": Text("剔除一个分项", "without one pillar"),
    "units": Text("剔除一个单元", "without one unit"),
}
_WITHOUT = {
    "indicators": Text("剔除的指标", "indicator left out"),
    "pillars": Text("剔除的分项", "pillar left out"),
    "units": Text("剔除的单元", "unit left out"),
}
_LEFT = {
    "name": Text("剔除", "left out"),
    "mean_shift": Text("名次平均变动", "mean shift"),
    "largest_shift": Text("最大变动", "largest shift"),
    "moves": Text("变动最大的单元", "unit that moves most"),
    "spearman": Text("名次相关", "rank correlation"),
    "reversals": Text("先后颠倒的对数", "pairs reversed"),
    "leader": Text("剔除后的第一", "first without it"),
}
