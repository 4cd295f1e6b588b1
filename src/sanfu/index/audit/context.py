"""Check 11 of the audit: groups, income, and whether editions and years can be compared."""

from __future__ import annotations

import numpy as np
import polars as pl

from sanfu.index.audit.model import AuditTable, Check, make_table
from sanfu.index.audit.scene import Scene, first
from sanfu.index.compare import compare_results
from sanfu.index.correlation import correlate
from sanfu.index.finding import Finding
from sanfu.language import Text

_SHIFT = 0.1


def check_context(scene: Scene) -> Check:
    """11. Groups and peers, income, comparability over years and editions."""
    asks = Text(
        "分组看名次；总指数与收入水平（对数）的关系及偏离它的单元；各年、各版之间能否比较。",
        "Ranks by group; the index against log income and who departs from it; can years and "
        "editions be compared?",
    )
    findings: list[Finding] = []
    tables: list[AuditTable] = []
    for part in (_groups, _income, _years, _editions):
        found, table = part(scene)
        findings += found
        tables += table
    title = Text("分组、收入与可比性", "groups, income, comparability")
    skipped = None
    if not findings and not tables:
        skipped = Text(
            "没有给出分组列（group）、收入列（income）、其他年份或上一版（previous）",
            "no groups (group), income (income), other years or earlier edition (previous) given",
        )
    return Check(11, "context", title, asks, tuple(findings), tuple(tables), skipped)


Part = tuple[list["Finding"], list[AuditTable]]


def _groups(scene: Scene) -> Part:
    others = scene.index.keys.others
    if scene.group is None or scene.group not in others.columns:
        return [], []
    root = scene.index.plan.nodes[-1]
    frame = pl.DataFrame(
        {
            "group": others.get_column(scene.group).cast(pl.String)[scene.rows],
            "unit": scene.units,
            "score": scene.index.value(root)[scene.rows],
        }
    ).with_columns(pl.col("score").fill_nan(None))
    ranked = frame.with_columns(
        rank=pl.col("score").rank("min", descending=True).over("group").cast(pl.Int64),
        overall=pl.col("score").rank("min", descending=True).cast(pl.Int64),
    ).sort("group", "rank", "unit", nulls_last=True)
    present = frame.drop_nulls()
    total = float(((present["score"] - present["score"].mean()) ** 2).sum())
    means = present.group_by("group").agg(n=pl.len(), mean=pl.col("score").mean())
    grand = float(present["score"].to_numpy().mean())
    between = float((means["n"] * (means["mean"] - grand) ** 2).sum())
    share = between / total if total > 0 else 0.0
    finding = Finding(
        "groups",
        "note",
        scene.group,
        Text(
            f"总指数的差异中 {share:.0%} 在各组（{scene.group}）之间，其余在组内",
            f"{share:.0%} of the index's variance lies between the groups of {scene.group}",
        ),
        "context",
    )
    table = make_table(
        "groups",
        Text("组内名次", "ranks within groups"),
        ranked,
        {
            "group": Text("组", "group"),
            "rank": Text("组内名次", "rank in group"),
            "unit": Text("单元", "unit"),
            "score": Text("得分", "score"),
            "overall": Text("总名次", "overall rank"),
        },
    )
    return [finding], [table]


def _income(scene: Scene) -> Part:
    values = None if scene.income is None else scene.column(scene.income)
    if values is None:
        return [], []
    root = scene.index.plan.nodes[-1]
    score = scene.index.value(root)[scene.rows]
    logs = np.log(np.where(values > 0, values, np.nan))
    found = correlate(score[:, None], logs[:, None])
    r, n = float(found.r[0, 0]), int(found.n[0, 0])
    if n < 3 or not np.isfinite(r):
        return [], []
    both = ~(np.isnan(score) | np.isnan(logs))
    slope, level = np.polyfit(logs[both], score[both], 1)
    expected = level + slope * logs
    left = score - expected
    spread = float(np.sqrt(np.nansum(left**2) / max(n - 2, 1)))
    frame = (
        pl.DataFrame(
            {"unit": scene.units, "income": values, "score": score, "expected": expected}
            | {"departure": left, "in_sd": left / spread if spread > 0 else left}
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .drop_nulls()
        .sort("departure", descending=True)
    )
    above = frame.filter(pl.col("in_sd") > 1)["unit"].to_list()
    below = frame.filter(pl.col("in_sd") < -1)["unit"].to_list()[::-1]
    up, down = first(above), first(below)
    finding = Finding(
        "income",
        "note",
        scene.income or "",
        Text(
            f"总指数与{scene.income}（对数）的相关为 {r:.2f}（R² {r * r:.2f}，{n} 个单元）"
            + (f"；明显高于同等水平的：{up.zh}" if above else "")
            + (f"；明显低于的：{down.zh}" if below else "")
            + "。相关不说明因果",
            f"the index correlates {r:.2f} with log {scene.income} (R² {r * r:.2f}, {n} units)"
            + (f"; well above their level: {up.en}" if above else "")
            + (f"; well below: {down.en}" if below else "")
            + ". No cause is implied",
        ),
        "context",
    )
    table = make_table(
        "income",
        Text("与收入水平相比", "against income"),
        frame,
        {
            "unit": Text("单元", "unit"),
            "income": Text(scene.income or "", scene.income or ""),
            "score": Text("得分", "score"),
            "expected": Text("按收入水平预期", "expected of its income"),
            "departure": Text("偏离", "departure"),
            "in_sd": Text("偏离（标准差）", "in standard deviations"),
        },
    )
    return [finding], [table]


def _years(scene: Scene) -> Part:
    index = scene.index
    if index.years is None or len(np.unique(index.years)) < 2 or scene.year is None:
        return [], []
    findings = []
    method = index.framework.method
    rules = [index.framework.indicators[c].normalise or method.normalise for c in scene.codes]
    if method.time.method == "levels" and any(rule.over == "year" for rule in rules):
        findings.append(
            Finding(
                "years-apart",
                "warning",
                "",
                Text(
                    "有指标按年分别标准化（over: year），各年得分的标尺不同，不能跨年相减；"
                    "跨年比较请用 over: all、固定 goalposts 或定基 over: base",
                    "indicators are normalised year by year (over: year): scores of different "
                    "years have different scales; use over: all, goalposts or over: base",
                ),
                "context",
            )
        )
    if method.treat is not None and method.treat.over == "year":
        findings.append(
            Finding(
                "treated-apart",
                "warning",
                "",
                Text(
                    "离群值按年分别处理，同一指标有的年份改动、有的年份不改，会造成跨年断点",
                    "outliers are treated year by year, which breaks series in time",
                ),
                "context",
            )
        )
    earlier = index.years[index.years < scene.year]
    if not earlier.size or len(scene.units) < 3:
        return findings, []
    before = int(earlier.max())
    compared = compare_results(index, index, before=before, after=scene.year)
    findings.append(_compared(compared.correlation, compared.frame, str(before), "years"))
    return findings, [
        make_table(
            "years", Text("与上一年相比", "against the year before"), compared.frame, _LABELS
        )
    ]


def _editions(scene: Scene) -> Part:
    if scene.previous is None:
        return [], []
    old = scene.previous.framework
    compared = compare_results(scene.previous, scene.index, after=scene.year)
    gone = sorted(set(scene.previous.plan.indicators) - set(scene.codes))
    new = sorted(set(scene.codes) - set(scene.previous.plan.indicators))
    findings = [_compared(compared.correlation, compared.frame, old.version, "editions")]
    if gone or new:
        a, b = first(new), first(gone)
        findings.append(
            Finding(
                "indicators-changed",
                "warning",
                "",
                Text(
                    f"指标有增减（增 {len(new)}：{a.zh or '无'}；减 {len(gone)}：{b.zh or '无'}），"
                    "两版得分不能直接相减；请用重叠年份链接（link_chain）",
                    f"indicators changed (new {len(new)}: {a.en or 'none'}; gone {len(gone)}: "
                    f"{b.en or 'none'}); link the editions over a common year (link_chain)",
                ),
                "context",
            )
        )
    return findings, [
        make_table(
            "editions", Text("与上一版相比", "against the edition before"), compared.frame, _LABELS
        )
    ]


_LABELS = {
    "unit": Text("单元", "unit"),
    "rank_before": Text("此前名次", "rank before"),
    "rank_after": Text("现名次", "rank now"),
    "rank_change": Text("名次变动", "places gained"),
    "score_before": Text("此前得分", "score before"),
    "score_after": Text("现得分", "score now"),
    "score_change": Text("得分变动", "change of score"),
}


def _compared(r: float, frame: pl.DataFrame, what: str, code: str) -> Finding:
    both = frame.drop_nulls("rank_change")
    most = both.sort(pl.col("rank_change").abs(), descending=True, maintain_order=True).row(
        0, named=True
    )
    moved = float((both["rank_change"].abs() > both.height * _SHIFT).to_numpy().mean())
    return Finding(
        code,
        "note",
        most["unit"],
        Text(
            f"与 {what} 相比名次相关 {r:.2f}（Spearman）；{moved:.0%} 的单元变动超过"
            f"总数的十分之一，最大的是{most['unit']}"
            f"（第 {most['rank_before']} → 第 {most['rank_after']}）",
            f"against {what}: rank correlation {r:.2f} (Spearman); {moved:.0%} of units move by "
            f"more than a tenth of the field, {most['unit']} most ({most['rank_before']} → "
            f"{most['rank_after']})",
        ),
        "context",
    )
