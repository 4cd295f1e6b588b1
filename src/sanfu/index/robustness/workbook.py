"""Write a robustness analysis as an Excel workbook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.index.finding import Finding
    from sanfu.index.robustness.leave_out import LeaveOneOut
    from sanfu.index.robustness.result import Robustness
    from sanfu.index.robustness.sensitivity import Sensitivity

UNIT = Column("unit", Text("单元", "unit"), width=18)
_MOST_CELLS = 300_000
"""A longer list stays in Python: Excel would not open it comfortably."""


def write_robustness(found: Robustness, path: Path | str) -> None:
    """Write intervals, tiers, acceptability, pairs, stability, replicates and findings."""
    sheets = [_intervals(found), _stability(found)]
    if len(found.units) <= 500:
        sheets += [_tiers(found), _acceptability(found), _pairs(found)]
        if any(choice.kind == "draws" for choice in found.plan.choices.values()):
            sheets.append(_confident(found))
    sheets += [_choices(found), _replicates(found), findings_sheet(found.findings)]
    write_workbook(path, sheets)


def _intervals(found: Robustness) -> Sheet:
    percent = f"{found.coverage:.0%}"
    inside = Text(f"{percent} 的重复在此区间内", f"{percent} of the replicates lie within")
    columns = [
        UNIT,
        Column("score", Text("得分", "score"), "number"),
        Column("rank", Text("名次", "rank"), "integer", 8),
        Column("rank_low", Text("名次区间：好", "rank interval: best"), "integer", 10, inside),
        Column("rank_median", Text("名次中位数", "median rank"), "points", 10),
        Column("rank_high", Text("名次区间：差", "rank interval: worst"), "integer", 10, inside),
        Column("rank_mean", Text("平均名次", "mean rank"), "points", 10),
        Column("best", Text("最好", "best"), "integer", 8),
        Column("worst", Text("最差", "worst"), "integer", 8),
        Column("score_low", Text("得分区间：低", "score interval: low"), "number"),
        Column("score_median", Text("得分中位数", "median score"), "number"),
        Column("score_high", Text("得分区间：高", "score interval: high"), "number"),
        *(
            Column(
                f"within_{k}",
                Text(f"±{k} 位以内", f"within ± {k}"),
                "percent",
                meaning=Text(
                    "名次与公布名次相差不超过此数的重复所占份额",
                    "share of replicates at most so many places from the nominal rank",
                ),
            )
            for k in (1, 2, 3, 5)
        ),
        Column("scored", Text("有得分的份额", "share scored"), "percent"),
    ]
    return Sheet(str(Text("名次区间", "rank intervals")), found.frame, columns, _head(found))


def _head(found: Robustness) -> list[str]:
    """Say whose ranking it is, and what it takes to run it again."""
    told = found.trace
    n, framework, choices = len(found.design), told["framework"][:16], told["choices"][:16]
    name = found.index.framework.name.text()
    label = found.index.framework.label(found.node)
    year = "" if found.year is None else f" · {found.year}"
    return [
        f"{name} · {label}{year}",
        str(
            Text(
                f"{n} 次试算，种子 {found.seed}，抽样 {found.sampler}；"
                f"体系 {framework}，选择 {choices}",
                f"{n} replicates, seed {found.seed}, sampler {found.sampler}; "
                f"framework {framework}, choices {choices}",
            )
        ),
        str(Text("自检/测算结果，不是认定或评价", "a self-check, not an official evaluation")),
    ]


def _stability(found: Robustness) -> Sheet:
    columns = [
        Column("k", Text("变动不超过（位）", "places at most"), "integer"),
        Column("share", Text("单元×重复的份额", "share of units and replicates"), "percent", 20),
        Column("units", Text("单元的份额", "share of units"), "percent", 20),
    ]
    return Sheet(str(Text("稳定程度", "stability")), found.stability, columns)


def _tiers(found: Robustness) -> Sheet:
    yes, no = str(Text("是", "yes")), str(Text("否", "no"))
    frame = found.tiers.with_columns(
        pl.when("clear_cut").then(pl.lit(yes)).otherwise(pl.lit(no)).alias("clear_cut")
    )
    sure = f"{found.confidence:.0%}"
    columns = [
        UNIT,
        Column("rank_mean", Text("平均名次", "mean rank"), "points"),
        Column(
            "tier",
            Text("梯队", "tier"),
            "integer",
            meaning=Text(
                f"梯队的首位不能以 {sure} 的把握排在其余成员之前",
                f"its leader does not rank before the others with {sure} confidence",
            ),
        ),
        Column("leader", Text("梯队首位", "leader"), width=18),
        Column("led_by", Text("首位在前的概率", "P(leader before)"), "percent"),
        Column(
            "clear_cut",
            Text("与上一梯队全部可分", "told from all of the tier above"),
            meaning=Text(
                f"上一梯队的每个单元都以 {sure} 的把握在前",
                f"every unit of the tier above ranks before with {sure} confidence",
            ),
        ),
    ]
    return Sheet(str(Text("梯队", "tiers")), frame, columns)


def _confident(found: Robustness) -> Sheet:
    sure = f"{found.coverage:.0%}"
    meaning = Text(
        f"真实名次以 {sure} 的把握在最好与最差之间",
        f"the true rank lies between best and worst with {sure} confidence",
    )
    columns = [
        UNIT,
        Column("rank", Text("名次", "rank"), "integer", 8),
        Column("best", Text("最好", "best"), "integer", 8, meaning),
        Column("worst", Text("最差", "worst"), "integer", 8, meaning),
    ]
    name = str(Text("名次置信区间", "rank confidence"))
    return Sheet(name, found.confident_ranks(), columns)


def _acceptability(found: Robustness) -> Sheet:
    wide = found.acceptability.sort("rank").pivot(on="rank", index="unit", values="share")
    order = found.frame.select("unit")
    wide = order.join(wide, on="unit", how="left", maintain_order="left")
    columns = [
        Column(name, Text(f"第 {name} 名", f"rank {name}"), "percent", 8)
        for name in wide.columns
        if name != "unit"
    ]
    return Sheet(str(Text("名次概率", "rank acceptability")), wide, [UNIT, *columns])


def _pairs(found: Robustness) -> Sheet:
    wide = found.beats.pivot(on="other", index="unit", values="probability")
    order = found.frame["unit"].to_list()
    wide = found.frame.select("unit").join(wide, on="unit", how="left", maintain_order="left")
    columns = [Column(unit, Text(unit, unit), "percent", 10) for unit in order]
    note = str(Text("行在列之前的概率", "probability that the row ranks before the column"))
    return Sheet(str(Text("两两比较", "pairs")), wide, [UNIT, *columns], [note])


def _choices(found: Robustness) -> Sheet:
    rows = []
    for name, choice in found.plan.choices.items():
        label = name if choice.name is None else str(choice.name.text())
        told = choice.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
        said = json.dumps(told, ensure_ascii=False)
        rows.append({"choice": name, "name": label, "what": said[:1000]})
    columns = [
        Column("choice", Text("代码", "code")),
        Column("name", Text("选择", "choice"), width=24),
        Column("what", Text("可取的做法", "alternatives"), width=100),
    ]
    return Sheet(str(Text("选择", "choices")), pl.DataFrame(rows), columns)


def _replicates(found: Robustness) -> Sheet:
    frame = found.replicates
    most = max(1, _MOST_CELLS // frame.width)
    notes = []
    if frame.height > most:
        notes = [
            str(
                Text(
                    f"只列出前 {most} 次，共 {frame.height} 次；全部见 Python 的 .replicates",
                    f"the first {most} of {frame.height}; all are in .replicates (Python)",
                )
            )
        ]
    columns = [
        Column("replicate", Text("重复", "replicate"), "integer"),
        *(
            Column(
                name,
                Text(name, name),
                "number" if frame.schema[name].is_float() else "text",
                20,
            )
            for name in found.plan.choices
        ),
        Column("offset", Text("所加常数", "offset"), "points"),
        Column("scored", Text("有得分的单元", "units scored"), "integer"),
        Column("mean_shift", Text("平均名次变动", "mean rank shift"), "number"),
    ]
    return Sheet(str(Text("每次重复", "replicates")), frame.head(most), columns, notes)


def findings_sheet(findings: Sequence[Finding]) -> Sheet:
    """Give findings as a sheet."""
    frame = pl.DataFrame(
        {
            "severity": [finding.severity for finding in findings],
            "item": [finding.item for finding in findings],
            "text": [str(finding.text) for finding in findings],
        },
        schema={"severity": pl.String, "item": pl.String, "text": pl.String},
    )
    columns = [
        Column("severity", Text("程度", "severity"), tones={"warning": "warn", "error": "bad"}),
        Column("item", Text("对象", "item"), width=20),
        Column("text", Text("发现", "finding"), width=90),
    ]
    return Sheet(str(Text("发现", "findings")), frame, columns)


def write_sensitivity(found: Sensitivity, path: Path | str) -> None:
    """Write the indices for the mean shift, then for every unit."""
    names = {
        "first": Text("单独作用", "first order"),
        "total": Text("总作用", "total"),
        "effect": Text("Shapley 效应", "Shapley effect"),
    }

    def columns(frame: pl.DataFrame) -> list[Column]:
        shown = [
            Column(name, Text(name, name)) for name in ("target", "unit") if name in frame.columns
        ]
        shown.append(Column("choice", Text("选择", "choice"), width=24))
        for name, text in names.items():
            if name in frame.columns:
                low, high = (
                    Text(f"{text.zh}：下", f"{text.en}: low"),
                    Text(f"{text.zh}：上", f"{text.en}: high"),
                )
                shown += [
                    Column(name, text, "number"),
                    Column(f"{name}_low", low, "number"),
                    Column(f"{name}_high", high, "number"),
                ]
        return [*shown, Column("variance", Text("方差", "variance"), "number")]

    notes = [", ".join(f"{key}={value}" for key, value in found.trace.items())]
    write_workbook(
        path,
        [
            Sheet(
                str(Text("平均名次变动", "mean rank shift")),
                found.summary,
                columns(found.summary),
                notes,
            ),
            Sheet(str(Text("各单元", "units")), found.frame, columns(found.frame)),
            findings_sheet(found.findings),
        ],
    )


def write_leave_one_out(found: LeaveOneOut, path: Path | str) -> None:
    """Write what each part does to the ranking, every unit's ranks and the findings."""
    out = Text("去掉", "left out")
    summary = [
        Column("out", out, width=18),
        Column("name", Text("名称", "name"), width=28),
        Column("mean_shift", Text("平均名次变动", "mean rank shift"), "points"),
        Column(
            "largest_shift",
            Text("最大变动", "largest shift"),
            "integer",
            meaning=Text("正数为后退", "above 0: places lost"),
        ),
        Column("moves", Text("变动最大的单元", "unit that moves most"), width=18),
        Column("spearman", Text("与原名次的相关", "correlation with the ranking"), "number"),
        Column("reversals", Text("颠倒的对数", "pairs that change order"), "integer"),
        Column("leader", Text("首位", "leader"), width=18),
    ]
    units = [
        Column("out", out, width=18),
        UNIT,
        Column("score", Text("得分", "score"), "number"),
        Column("rank", Text("名次", "rank"), "integer"),
        Column("score_without", Text("去掉后得分", "score without"), "number"),
        Column("rank_without", Text("去掉后名次", "rank without"), "integer"),
        Column("shift", Text("变动", "shift"), "integer"),
    ]
    most = _MOST_CELLS // len(units)
    write_workbook(
        path,
        [
            Sheet(str(Text("逐一去掉", "leave one out")), found.summary, summary),
            Sheet(str(Text("各单元", "units")), found.frame.head(most), units),
            findings_sheet(found.findings),
        ],
    )
