"""What an analysis varied, as a reader of its report would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanfu.index.method_words import NORMALISER_NAMES
from sanfu.index.tracing import AGGREGATOR_NAMES
from sanfu.index.why.words import listed
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.robustness.declaration import Choice, DropChoice, WeightChoice

TRACE_NAMES: Mapping[str, Text] = {
    "framework": Text("稳健性：指标体系哈希", "robustness: framework hash"),
    "choices": Text("稳健性：各项选择的哈希", "robustness: hash of the choices"),
    "replicates": Text("稳健性：试算次数", "robustness: replicates"),
    "seed": Text("稳健性：随机种子", "robustness: seed"),
    "sampler": Text("稳健性：抽样法", "robustness: sampler"),
    "node": Text("稳健性：所排名次", "robustness: ranking of"),
    "year": Text("稳健性：年度", "robustness: year"),
    "parity": Text("稳健性：对照软件", "robustness: parity"),
}
"""Names of the entries of `Robustness.trace`."""
_RANGES = {
    "low": Text("最低 {} 分", "lowest {}"),
    "high": Text("最高 {} 分", "highest {}"),
    "mean": Text("平均 {}", "mean {}"),
    "sd": Text("标准差 {}", "standard deviation {}"),
}


def choice_words(choice: Choice) -> Text:
    """Say how one choice varies.

    Examples
    --------
    >>> from sanfu.index.robustness.declaration import Choice
    >>> choice_words(Choice(weights={"noise": 0.25})).zh
    '每项权重各乘以 75% 至 125% 之间的随机数'
    """
    if choice.weights is not None:
        return _weights(choice.weights)
    if choice.drop is not None:
        return _drop(choice.drop)
    if choice.between is not None:
        low, high = choice.between
        return Text(f"在 {low:g} 至 {high:g} 之间均匀抽取", f"uniform from {low:g} to {high:g}")
    if choice.draws is not None:
        return Text("有放回地重抽企业（自助法）", "firms drawn again with replacement (bootstrap)")
    if choice.imputations is not None:
        n = choice.imputations
        return Text(f"缺数用多重插补，从 {n} 套数据中抽取", f"one of {n} multiple imputations")
    if choice.options is not None:
        labels = [_label(option.label, option.set) for option in choice.options]
        return _either(labels)
    return _either([_value(value) for value in choice.values or ()])


def named(items: Sequence[Text]) -> Text:
    """Join names as a list, each language's own."""
    return Text(listed([one.zh for one in items]).zh, listed([one.en for one in items]).en)


def _either(options: list[Text]) -> Text:
    said = named(options)
    return Text(f"从以下各项中随机取一：{said.zh}", f"one at random of: {said.en}")


def _label(label: Any, settings: Mapping[str, Any]) -> Text:
    if label is None:
        found = [_value(value) for value in settings.values()]
        return Text(" 和 ".join(t.zh for t in found), " and ".join(t.en for t in found))
    return label.text() if hasattr(label, "text") else Text(str(label), str(label))


def _value(value: Any) -> Text:
    """Name a value of a framework's entry: a method with its range, else as it is."""
    if value is None:
        return Text("不做", "none")
    given = dict(value) if hasattr(value, "items") else {"method": value}
    method = str(given.pop("method", ""))
    name = NORMALISER_NAMES.get(method) or AGGREGATOR_NAMES.get(method) or Text(method, method)
    told = [
        (_RANGES[key].zh.format(f"{part:g}"), _RANGES[key].en.format(f"{part:g}"))
        for key, part in given.items()
        if key in _RANGES
    ]
    if not told:
        return name
    ends = named([Text(zh, en) for zh, en in told])
    return Text(f"{name.zh}（{ends.zh}）", f"{name.en} ({ends.en})")


def _weights(of: WeightChoice) -> Text:
    if of.noise is not None:
        low, high = f"{1 - of.noise:.0%}", f"{1 + of.noise:.0%}"
        return Text(
            f"每项权重各乘以 {low} 至 {high} 之间的随机数",
            f"each weight times a random number from {low} to {high}",
        )
    if of.simplex:
        return Text("在一切可能的权重组合中均匀抽取", "uniform over all possible weights")
    if of.precision is not None:
        return Text(
            f"围绕所定权重随机抽取（狄利克雷分布，集中度 {of.precision:g}）",
            f"around the weights declared (Dirichlet, concentration {of.precision:g})",
        )
    if of.order is not None:
        return Text(
            "在符合所定重要性次序的权重中均匀抽取",
            "uniform over the weights in the order of importance declared",
        )
    n = len(of.sets or ())
    return Text(f"从 {n} 套权重中随机取一套", f"one of {n} sets of weights")


def _drop(of: DropChoice) -> Text:
    what = Text("项指标", "indicators")
    if of.nodes is not None:
        what = Text("个分项", "nodes")
    elif of.units is not None:
        what = Text("个地区", "units")
    return Text(f"每次去掉 {of.count} {what.zh}", f"{of.count} {what.en} left out at a time")
