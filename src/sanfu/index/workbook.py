"""Write an index as an Excel workbook that can be recomputed sheet by sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.method_words import STEP_NAMES, weighting_text
from sanfu.index.tracing import aggregator_text
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, Show, write_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.index.result import Index

_UNIT = Column("unit", Text("单元", "unit"), width=18)
_YEAR = Column("year", Text("年份", "year"), "integer", 8)


def write_index(index: Index, path: Path | str) -> None:
    """Write the ranking, scores, weights, every step's table, treatments and findings."""
    sheets = [_ranking(index), _scores(index), *weights_sheets(index)]
    for name, step in index.steps.items():
        sheets.append(_table(index, name))
        changes = step.changes
        if name in ("impute", "treat") and changes.height:
            sheets.append(
                Sheet(
                    f"{STEP_NAMES[name]}-{Text('改动', 'cells')}",
                    changes,
                    (
                        *_keys(index),
                        Column("indicator", Text("指标", "indicator"), width=20),
                        Column("value", Text("之后的值", "value after"), "number"),
                        Column("done", Text("所做处理", "what was done"), width=24),
                    ),
                )
            )
        if name == "treat" and step.table is not None:
            sheets.append(_plain(f"{STEP_NAMES[name]}-{Text('检验', 'tests')}", step.table))
    sheets.append(_findings(index))
    write_workbook(path, sheets)


def _keys(index: Index) -> tuple[Column, ...]:
    return (_UNIT,) if index.years is None else (_UNIT, _YEAR)


def _ranking(index: Index) -> Sheet:
    label = index.framework.name.text()
    notes = [
        f"{label} · {index.framework.version} · {index.framework.content_hash()[:16]}",
        str(Text("自检/测算结果，不是认定或评价", "a self-check, not an official evaluation")),
    ]
    columns = (
        *_keys(index),
        Column("score", Text("得分", "score"), "number"),
        Column("rank", Text("名次", "rank"), "integer", 8, Text("1 为最好", "1 is best")),
        Column(
            "coverage",
            Text("数据覆盖", "coverage"),
            "percent",
            meaning=Text("由实有数据支撑的权重份额", "share of weight that rests on observed data"),
        ),
    )
    return Sheet(str(Text("排名", "ranking")), index.ranking, columns, notes)


def _scores(index: Index) -> Sheet:
    wide = index.keys.keys().with_columns(
        **{
            node: pl.Series(index.scores[:, place]).fill_nan(None)
            for place, node in enumerate(index.plan.nodes)
        }
    )
    columns = [
        Column(node, index.framework.label(node), "number", meaning=_how(index, node))
        for node in reversed(index.plan.nodes)
    ]
    return Sheet(str(Text("各级得分", "scores")), wide, (*_keys(index), *columns))


def _how(index: Index, node: str) -> Text:
    return aggregator_text(index.framework.aggregate_of(node))


def weights_sheets(index: Index) -> list[Sheet]:
    """Give the weights with the rule that they come from, and what each rule says in detail."""
    rules = {node: str(weighting_text(found)) for node, found in index.weightings.items()}
    rows = [
        {
            "node": node,
            "child": child,
            "name": str(index.framework.label(child)),
            "weight": float(weight),
            "share": float(weight / index.weights[node].sum()),
            "effective": index.effective_weights[child],
            "rule": rules.get(node),
        }
        for node in reversed(index.plan.nodes)
        for child, weight in zip(index.plan.children[node], index.weights[node], strict=True)
    ]
    columns = (
        Column("node", Text("上级", "node")),
        Column("child", Text("代码", "code")),
        Column("name", Text("名称", "name"), width=30),
        Column("weight", Text("权重", "weight"), "number"),
        Column("share", Text("在上级中的份额", "share in the node"), "percent"),
        Column("effective", Text("在总指数中的份额", "share in the index"), "percent"),
        Column(
            "rule",
            Text("由来", "rule"),
            width=36,
            meaning=Text("权重的算法及其检验值，如一致性比率", "method, and what it measured"),
        ),
    )
    title = Text("权重", "weights")
    details = [
        _plain(f"{title}-{node}", found.table, [rules[node]])
        for node, found in index.weightings.items()
        if found.table is not None
    ]
    return [Sheet(str(title), pl.DataFrame(rows), columns), *details]


def _table(index: Index, name: str) -> Sheet:
    step = index.steps[name]
    columns = [Column(code, index.framework.label(code), "number") for code in step.figures.codes]
    title = str(STEP_NAMES[name])
    return Sheet(title, step.frame, (*_keys(index), *columns), [str(step.what)])


def _plain(name: str, frame: pl.DataFrame, notes: Sequence[str] = ()) -> Sheet:
    def show(dtype: pl.DataType) -> Show:
        if dtype.is_float():
            return "number"
        return "integer" if dtype.is_integer() else "text"

    columns = [
        Column(column, _WORDS.get(column, Text(column, column)), show(dtype))
        for column, dtype in frame.schema.items()
    ]
    clean = frame.with_columns(pl.col(pl.Float64).fill_nan(None))
    return Sheet(name, clean, columns, notes)


_WORDS = {
    "indicator": Text("指标", "indicator"),
    "year": Text("年份", "year"),
    "stage": Text("第几步", "stage"),
    "skew_before": Text("处理前偏度", "skewness before"),
    "kurtosis_before": Text("处理前峰度", "kurtosis before"),
    "skew_after": Text("处理后偏度", "skewness after"),
    "kurtosis_after": Text("处理后峰度", "kurtosis after"),
    "points": Text("收缩的数", "points pulled in"),
    "passed": Text("通过检验", "passed"),
    "expert": Text("专家", "expert"),
    "consistency": Text("一致性比率 CR", "consistency ratio CR"),
    "pair": Text("最应修改的比较", "comparison to mend first"),
    "given": Text("现为", "it is"),
    "proposed": Text("建议改为", "proposed"),
    "consistency_after": Text("改后的 CR", "CR after"),
    "child": Text("代码", "code"),
    "weight": Text("权重", "weight"),
    "correlation": Text("与上级的相关", "correlation with the node"),
    "importance": Text("重要性份额", "share of importance"),
    "target": Text("目标份额", "target share"),
    "combined": Text("组合权重", "combined"),
}
"""Headings of the details, where a column is not named by an indicator or a method."""


def _findings(index: Index) -> Sheet:
    frame = pl.DataFrame(
        {
            "step": [finding.step for finding in index.findings],
            "severity": [finding.severity for finding in index.findings],
            "item": [finding.item for finding in index.findings],
            "text": [str(finding.text) for finding in index.findings],
        },
        schema={"step": pl.String, "severity": pl.String, "item": pl.String, "text": pl.String},
    )
    columns = (
        Column("step", Text("步骤", "step")),
        Column("severity", Text("程度", "severity"), tones={"warning": "warn", "error": "bad"}),
        Column("item", Text("对象", "item"), width=20),
        Column("text", Text("发现", "finding"), width=80),
    )
    return Sheet(str(Text("发现", "findings")), frame, columns)
