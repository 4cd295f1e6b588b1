"""An indicator's formula in words that a statistician reads: 营业收入合计 ÷ 从业人员合计."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.formula import (
    Binary,
    Call,
    Compare,
    FormulaError,
    Name,
    Number,
    Within,
    Words,
    parse_formula,
)
from sanfu.formula.tree import walk
from sanfu.ladder.words import amount, formula_words
from sanfu.language import Text
from sanfu.report.materials.ledger_facts import TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.formula import Node

_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_YUAN = {"万元": "10,000 yuan", "亿元": "100 million yuan"}
_FIRMS = Text("企业", "firms")
_OF_ALL: Mapping[str, Text] = {
    "sum": Text("{x}合计", "total {x}"),
    "mean": Text("各户{x}的平均数", "mean over firms of {x}"),
    "median": Text("各户{x}的中位数", "median over firms of {x}"),
    "trimmed_mean": Text(
        "各户{x}去掉两端各 {trim} 后的平均数", "mean over firms of {x} without {trim} at each end"
    ),
    "quantile": Text("各户{x}的 {q} 分位数", "{q} quantile over firms of {x}"),
    "std": Text("各户{x}的标准差", "standard deviation over firms of {x}"),
    "min": Text("各户{x}的最小值", "smallest {x} of a firm"),
    "max": Text("各户{x}的最大值", "largest {x} of a firm"),
    "ratio": Text("{x}合计 ÷ {y}合计", "total {x} ÷ total {y}"),
    "share": Text(
        "{x}的企业数 ÷ 该项有数据的企业数", "firms with {x} ÷ firms for which it is known"
    ),
    "growth": Text("{x}比上年的增长率", "growth of {x} on the year before"),
    "matched_growth": Text(
        "{x}合计 ÷ 同一批企业上年{x}合计 − 1",
        "total {x} ÷ the same firms' total a year before − 1",
    ),
    "hhi": Text("各户{x}份额的平方和", "sum of the squared shares of firms in {x}"),
    "top_share": Text(
        "{x}最大的 {k} 户合计 ÷ 全部企业合计", "the {k} firms largest in {x} ÷ the total of all"
    ),
    "distinct": Text("{x}不同取值的个数", "number of different values of {x}"),
    "count": Text("{who}户数", "number of {who}"),
    "entry_rate": Text("本年新增的{who}户数 ÷ 上年{who}户数", "new {who} ÷ {who} a year before"),
    "exit_rate": Text(
        "上年有而本年不再有的{who}户数 ÷ 上年{who}户数",
        "{who} of a year before that are none now ÷ those a year before",
    ),
}  # fmt: skip


def indicator_words(formula: str) -> Text:
    """Say an indicator's formula in words; one that cannot be read stays as it is written.

    Examples
    --------
    >>> indicator_words("ratio(rd_expense, revenue)").zh
    '研发费用合计 ÷ 营业收入合计'
    """
    try:
        return _say(parse_formula(formula))
    except FormulaError:
        return Text(formula, formula)


def _say(node: Node) -> Text:
    if isinstance(node, Call):
        return _called(node)
    if isinstance(node, Binary) and any(isinstance(one, Call) for one in walk(node)):
        left, right = node.left, node.right
        if node.operator == "/" and isinstance(right, Number) and right.unit:
            return _in_unit(_say(left), right)
        a, b, sign = _bracketed(left), _bracketed(right), _SIGNS[node.operator]
        return Text(f"{a.zh} {sign} {b.zh}", f"{a.en} {sign} {b.en}")
    if (
        isinstance(node, Binary)
        and node.operator == "/"
        and isinstance(node.right, Number)
        and node.right.unit
    ):
        return _in_unit(formula_words(node.left), node.right)
    return _condition(node) or formula_words(node)


def _in_unit(what: Text, unit: Number) -> Text:
    name = amount(unit.value, unit.unit).removeprefix("1 ")
    return Text(f"{what.zh}（{name}）", f"{what.en} ({_YUAN.get(name, name)})")


def _bracketed(node: Node) -> Text:
    said = _say(node)
    plain = isinstance(node, Number) or (isinstance(node, Call) and "÷" not in said.zh)
    return said if plain else Text(f"（{said.zh}）", f"({said.en})")


def _called(node: Call) -> Text:
    given = dict(node.keywords)
    if node.function == "tag":
        return _condition(node.arguments[0]) or formula_words(node.arguments[0])
    pattern = _OF_ALL.get(node.function)
    if pattern is None:
        return formula_words(node)
    who = _FIRMS
    if "where" in given:
        who = _holders(given["where"])
    said = {"who": who}
    for place, argument in zip(("x", "y"), node.arguments, strict=False):
        own = _say(argument)
        loose = isinstance(argument, Binary) and "÷" in own.zh
        said[place] = Text(f"（{own.zh}）", f"({own.en})") if loose else own
        if isinstance(argument, Compare):
            said[place] = Text(f"“{own.zh}”", f"“{own.en}”")
        elif node.function == "share" and isinstance(argument, Name):
            said[place] = Text(own.zh, f"“{own.en}”")
    for key, value in given.items():
        if isinstance(value, Number):
            said[key] = formula_words(value)
    zh = pattern.zh.format(**{key: one.zh for key, one in said.items()})
    en = pattern.en.format(**{key: one.en for key, one in said.items()})
    if "where" in given and "{who}" not in pattern.zh:
        return Text(f"{zh}（限{who.zh}）", f"{en} ({who.en} only)")
    return Text(zh, en)


def _holders(where: Node) -> Text:
    """Name the firms for which a condition holds."""
    tiers = _choices(where, "tier")
    if tiers and all(tier in TIERS for tier in tiers):
        return _joined([TIERS[tier] for tier in tiers], Text("和", "and"))
    said = _say(where)
    return Text(f"符合“{said.zh}”的企业", f"firms with “{said.en}”")


def _condition(node: Node) -> Text | None:
    """Say a condition on titles or industries; None for any other."""
    tiers, tags = _choices(node, "tier"), _choices(node, "tag")
    if tiers:
        names = _joined([TIERS.get(tier, Text(tier, tier)) for tier in tiers], Text("或", "or"))
        return Text(f"属于{names.zh}", f"standing as {names.en}")
    if tags:
        names = _joined([Text(tag, tag) for tag in tags], Text("或", "or"))
        return Text(f"属于{names.zh}", f"industry {names.en}")
    return None


def _choices(node: Node, name: str) -> list[str]:
    match node:
        case Compare("==", Name(found), Words(word)) if found == name:
            return [word]
        case Within(Name(found), choices) if found == name:
            return [one.value for one in choices if isinstance(one, Words)]
        case _:
            return []


def _joined(names: list[Text], word: Text) -> Text:
    zh = "、".join(name.zh for name in names[:-1])
    en = ", ".join(name.en for name in names[:-1])
    last = names[-1]
    return last if len(names) == 1 else Text(f"{zh}{word.zh}{last.zh}", f"{en} {word.en} {last.en}")
