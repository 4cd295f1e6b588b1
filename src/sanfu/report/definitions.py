"""What each column of a document's tables and figures means: its meaning, unit and formula.

Read off what the document holds: what a table says of its column, the traces of the column's
numbers, the dictionary of measures, and the words that many tables share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.content.measures import measures
from sanfu.language import Text
from sanfu.report.blocks import Traced, plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sanfu.report.blocks import Document, Table, Trace
    from sanfu.report.figures import Figure

MOST_FORMULAS = 3
"""Of more formulas in one column the definition says how many, and where they stand."""
_PART = " · "
_NAMED = "："
_NAME, _QUOTED = re.compile(r"(?<![\w.])[a-z][a-z0-9_]*(?![\w(])"), re.compile(r'"[^"]*"')
_POINTS, _PLACES = Text("分", "points"), Text("位", "place")
_FIRMS, _SHARE = Text("户", "firms"), Text("%", "%")


@dataclass(frozen=True)
class Definition:
    """One column's meaning, unit and formula; unit and formula are empty where it has none."""

    meaning: str
    unit: str = ""
    formula: str = ""


def table_definitions(block: Table, document: Document) -> list[Definition]:
    """Define the columns of a table, in their order."""
    made = []
    for place, column in enumerate(block.columns):
        cells = [row[place] for row in block.rows]
        traces = [
            document.traces[cell.key]
            for cell in cells
            if isinstance(cell, Traced) and cell.key in document.traces
        ]
        words = [plain_words((cell,)) for cell in cells]
        known, unit = _SHARED.get(_plain(column.label), (None, None))
        own = [column.meaning, _one(trace.what.rpartition(_PART)[2] for trace in traces)]
        said = [part for part in own if part and part != column.label]
        if known is not None:
            said.append(str(known))
        said += _made_of(traces)
        if not said:
            said.append(_measure(column.label) or _cell_of(block, column.label))
        made.append(
            Definition(
                str(Text("；", "; ")).join(dict.fromkeys(said)),
                column.unit or _unit(column.label, words) or str(unit or ""),
                _formula(traces),
            )
        )
    return made


def figure_definitions(figure: Figure) -> Mapping[str, Definition]:
    """Define the columns of a figure's data, by name."""
    made = {}
    for name, dtype in figure.table.schema.items():
        label = figure.heading(name)
        known, unit = _SHARED.get(_plain(label), (None, None))
        shown = dtype.is_numeric() and name not in {"year", "rank"}
        said = str(known) if known is not None else ""
        if shown and unit is not None and str(unit) != figure.unit:
            said = ""  # the heading is the shared one, what stands under it is not
        if shown:
            said = f"{figure.title}{Text('：', ': ')}{label}" + (f"（{said}）" if said else "")
        made[name] = Definition(
            said or _measure(label) or f"{figure.title}{Text('：', ': ')}{label}",
            figure.unit if shown else str(unit or ""),
            _glossed(figure.method) if shown else "",
        )
    return made


def _one(names: Iterable[str]) -> str:
    """Give what all have in common: the whole name, or what stands before its colon."""
    found = set(names)
    if len(found) > 1:
        found = {name.partition(_NAMED)[0] if _NAMED in name else "" for name in found}
    return found.pop() if len(found) == 1 else ""


def _formula(traces: Iterable[Trace]) -> str:
    found = list(dict.fromkeys(trace.formula for trace in traces if trace.formula))
    if len(found) > MOST_FORMULAS:
        many = len(found)
        return str(
            Text(
                f"各行不同，共 {many} 种，见“数字来源”表",
                f"differs by row, {many} in all; see the sheet “traces”",
            )
        )
    return _glossed(str(Text("；", "; ")).join(found))


def _made_of(traces: Iterable[Trace]) -> list[str]:
    """Say what the numbers were worked out from, where it is the same in each row."""
    found = {tuple(name for name, _ in trace.inputs) for trace in traces}
    names = found.pop() if len(found) == 1 else ()
    if len(names) < 2:  # one input alone, such as how many firms there are, says nothing
        return []
    return [str(Text("由" + "、".join(names) + "算出", "worked out from " + ", ".join(names)))]


def _glossed(formula: str) -> str:
    """Add the terms of the measures that a formula names."""
    named = dict.fromkeys(_NAME.findall(_QUOTED.sub("", formula)))
    terms = [f"{name}: {measures()[name].label()}" for name in named if name in measures()]
    if not terms:
        return formula
    return str(Text(f"{formula}（{'，'.join(terms)}）", f"{formula} ({', '.join(terms)})"))


def _unit(label: str, words: Iterable[str]) -> str:
    """Read a unit off the heading's brackets, or off how all the cells are printed."""
    head = label.rstrip()
    for left, right in (("（", "）"), ("(", ")")):
        inner = head.rpartition(left)[2].removesuffix(right)
        if head.endswith(right) and 0 < len(inner) <= _LONGEST and inner in _UNITS:
            return inner
    numbers = [word for word in words if any(mark.isdigit() for mark in word)]
    for unit in _UNITS:
        if numbers and all(
            word.endswith(unit) and word.removesuffix(unit).strip()[-1:].isdigit()
            for word in numbers
        ):
            return unit
    return ""


def _measure(label: str) -> str:
    """Say which measure of the dictionary a heading is, where it is one."""
    for one in measures().values():
        if _plain(label) in {_plain(one.zh), _plain(one.en)}:
            note = f"（{one.note}）" if one.note else ""
            return str(
                Text(
                    f"台账指标 {one.name}：{one.zh}{note}",
                    f"the ledger's measure {one.name}: {one.en}" + (note and f" ({one.note})"),
                )
            )
    return ""


def _cell_of(block: Table, label: str) -> str:
    """Say of which row a cell tells, where nothing more is known of its column."""
    first = next((one.label for one in block.columns if one.align == "left"), label)
    if label == first:
        return str(Text(f"每行一项：{label}", f"what each row is about: {label}"))
    if not block.caption:
        return label
    return str(
        Text(f"该行“{first}”的{label}，见“{block.caption}”",
             f"{label} of the row's “{first}”, in “{block.caption}”")
    )  # fmt: skip


def _plain(words: str) -> str:
    return words.strip().casefold()


_UNITS = ("亿元", "万元", "元", "%", "个百分点", "户", "家", "项", "人", "分", "天", "年", "个",
          "bn yuan", "m yuan", "yuan", "firms", "points", "days", "years")  # fmt: skip
_LONGEST = max(map(len, _UNITS))

_MEANINGS: tuple[tuple[Text, Text, Text | None], ...] = (
    (
        Text("名次", "rank"),
        Text("从高到低的次序，同分同名次", "place from the highest; equal scores share it"),
        _PLACES,
    ),
    (
        Text("位次", "rank"),
        Text("该项在各地区中从高到低的次序", "place among the regions by that item"),
        _PLACES,
    ),
    (Text("地区", "region"), Text("被评价的地区", "the region that is measured"), None),
    (
        Text("区", "district"),
        Text("企业台账所记的所属区", "the district that the ledger states of a firm"),
        None,
    ),
    (
        Text("名称", "name"),
        Text("图中每个标记所指的对象", "what each mark of the figure is about"),
        None,
    ),
    (Text("年份", "year"), Text("数字所属的年度", "the year that the number is of"), None),
    (
        Text("总分", "score"),
        Text("全部分项合成的得分，0 到 100", "the pillars put together, 0 to 100"),
        _POINTS,
    ),
    (
        Text("得分", "score"),
        Text("标准化以后的分数，越高越好", "the score after normalising; higher is better"),
        _POINTS,
    ),
    (
        Text("得分下限", "score, low"),
        Text("重复计算中得分区间的下端", "lower end of the scores over repeated runs"),
        _POINTS,
    ),
    (
        Text("得分上限", "score, high"),
        Text("重复计算中得分区间的上端", "upper end of the scores over repeated runs"),
        _POINTS,
    ),
    (Text("分项", "pillar"), Text("指数的上一层维度", "the dimension of the index"), None),
    (Text("维度", "pillar"), Text("指数的上一层维度", "the dimension of the index"), None),
    (
        Text("指标", "indicator"),
        Text("指标体系中的指标名", "the indicator's name in the framework"),
        None,
    ),
    (
        Text("方向", "direction"),
        Text("值越高越好，还是越低越好", "whether higher or lower is better"),
        None,
    ),
    (Text("节点", "node"), Text("指标体系中的一层或一项", "a node of the framework"), None),
    (
        Text("合成", "aggregation"),
        Text("下级得分合成上级得分的方法", "how children make the parent's score"),
        None,
    ),
    (
        Text("梯队", "tier"),
        Text("优质中小企业梯度培育的层级", "a rung of the ladder of quality SMEs"),
        None,
    ),
    (
        Text("层级", "tier"),
        Text("优质中小企业梯度培育的层级", "a rung of the ladder of quality SMEs"),
        None,
    ),
    (Text("数量", "count"), Text("符合条件的个数", "how many meet the condition"), None),
    (
        Text("有效企业数", "firms in force"),
        Text("称号在该时点仍有效的企业", "firms whose title is in force on the date"),
        _FIRMS,
    ),
    (
        Text("企业数", "firms"),
        Text("符合该行条件的企业个数", "firms that meet the row's condition"),
        _FIRMS,
    ),
    (
        Text("占全部企业", "of all firms"),
        Text("该行企业数 ÷ 全部企业数", "the row's firms ÷ all firms"),
        _SHARE,
    ),
    (
        Text("产业", "industry"),
        Text("产业分类方案中的类别", "a class of the industry scheme"),
        None,
    ),
    (Text("产业组", "group"), Text("产业分类方案中的组", "a group of the industry scheme"), None),
    (
        Text("判定规则", "rule"),
        Text("企业归入该产业所依据的条件", "the condition that puts a firm into the industry"),
        None,
    ),
    (Text("程度", "severity"), Text("问题的轻重", "how grave the finding is"), None),
    (
        Text("处数", "places"),
        Text("发现该问题的单元格或行数", "cells or rows where it was found"),
        None,
    ),
    (
        Text("障碍度", "degree"),
        Text(
            "该指标造成的失分占全部失分的比例",
            "the indicator's part of all points that are missing",
        ),
        None,
    ),
    (
        Text("归类把握", "certainty"),
        Text("重复聚类中归入同一类的比例", "part of repeated clusterings that agree"),
        None,
    ),
    (Text("中位数", "median"), Text("排在正中的值", "the value in the middle"), None),
    (
        Text("下四分位", "lower quartile"),
        Text("四分之一的值不高于它", "a quarter of the values are not above it"),
        None,
    ),
    (
        Text("上四分位", "upper quartile"),
        Text("四分之三的值不高于它", "three quarters of the values are not above it"),
        None,
    ),
)
_SHARED: dict[str, tuple[Text, Text | None]] = {}
for _label, _meaning, _of in _MEANINGS:
    for _words in _label:
        _SHARED.setdefault(_plain(_words), (_meaning, _of))
