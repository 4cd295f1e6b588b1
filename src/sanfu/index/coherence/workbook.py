"""Write coherence as an Excel workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.index.coherence.assess import Coherence
    from sanfu.workbook import Show

_TITLES = {
    "statistics": Text("统计量", "statistics"),
    "availability": Text("数据覆盖", "availability"),
    "correlations": Text("相关", "correlations"),
    "belonging": Text("归属", "belonging"),
    "nodes": Text("节点", "nodes"),
    "items": Text("下级", "items"),
    "components": Text("主成分", "components"),
    "importance": Text("权重与重要性", "importance"),
    "size": Text("规模", "size"),
    "thresholds": Text("阈值与来源", "thresholds"),
}
_HEADINGS = {
    "code": Text("代码", "code"),
    "unit": Text("单元", "unit"),
    "node": Text("节点", "node"),
    "child": Text("下级", "child"),
    "a": Text("甲", "a"),
    "b": Text("乙", "b"),
    "r": Text("相关系数", "r"),
    "n": Text("单元数", "n"),
    "p": Text("p 值", "p"),
    "flag": Text("标记", "flag"),
    "min": Text("最小", "min"),
    "max": Text("最大", "max"),
    "mean": Text("均值", "mean"),
    "median": Text("中位数", "median"),
    "sd": Text("标准差", "sd"),
    "skew": Text("偏度", "skewness"),
    "kurtosis": Text("超值峰度", "excess kurtosis"),
    "available": Text("有数据的份额", "available"),
    "missing": Text("缺失", "missing"),
    "zeros": Text("为 0", "zeros"),
    "own": Text("与自己的分项", "own node"),
    "other": Text("最相关的别的分项", "best other"),
    "other_r": Text("与它的相关", "its correlation"),
    "index": Text("与总指数", "index"),
    "alpha": Text("Cronbach α", "Cronbach's alpha"),
    "alpha_if_dropped": Text("去掉后的 α", "alpha without it"),
    "item_rest": Text("与其余下级的相关", "item-rest correlation"),
    "loading": Text("第一主成分载荷", "loading"),
    "inflation": Text("方差膨胀因子", "variance inflation"),
    "components": Text("特征值大于 1 的个数", "components"),
    "explained": Text("解释的份额", "explained"),
    "eigenvalue": Text("特征值", "eigenvalue"),
    "weight": Text("权重份额", "weight"),
    "linear": Text("相关平方", "squared correlation"),
    "ratio": Text("相关比 S", "correlation ratio S"),
    "share": Text("重要性份额", "importance share"),
    "times": Text("重要性 ÷ 权重", "importance / weight"),
    "denominator": Text("规模", "size"),
    "threshold": Text("阈值", "threshold"),
    "value": Text("取值", "value"),
    "source": Text("来源", "source"),
}


def write_coherence(found: Coherence, path: Path | str) -> None:
    """Write findings, tables and thresholds."""
    said = pl.DataFrame(
        {
            "severity": [f.severity for f in found.findings],
            "item": [f.item for f in found.findings],
            "text": [str(f.text) for f in found.findings],
        },
        schema={"severity": pl.String, "item": pl.String, "text": pl.String},
    )
    columns = (
        Column("severity", Text("程度", "severity"), tones={"warning": "warn"}),
        Column("item", Text("对象", "item"), width=20),
        Column("text", Text("发现", "finding"), width=100),
    )
    note = str(Text("自检/测算结果，不是认定或评价", "a self-check, not an official evaluation"))
    sheets = [Sheet(str(Text("发现", "findings")), said, columns, [note])]
    for name, title in _TITLES.items():
        frame = getattr(found, name)
        if frame.height:
            sheets.append(
                Sheet(str(title), frame, [_column(n, t) for n, t in frame.schema.items()])
            )
    write_workbook(path, sheets)


def _column(name: str, dtype: pl.DataType) -> Column:
    show: Show = "text"
    if dtype.is_float():
        show = "number"
    elif dtype.is_integer():
        show = "integer"
    return Column(name, _HEADINGS.get(name, Text(name, name)), show, width=16)
