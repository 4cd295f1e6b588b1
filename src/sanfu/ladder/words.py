"""A formula in words that a lawyer reads: 研发费用 ÷ 营业收入 ≥ 3 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.formula import (
    Binary,
    Both,
    Call,
    Compare,
    Either,
    FormulaError,
    Missing,
    Name,
    Negate,
    Not,
    Number,
    Truth,
    Within,
    Words,
    parse_formula,
)
from sanfu.formula.parse import UNITS
from sanfu.ladder.values import measure_of, years_back
from sanfu.language import Text

if TYPE_CHECKING:
    from fractions import Fraction

    from sanfu.formula import Node

_SIGNS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠", ">": ">", "<": "<"}
_ARITHMETIC = {"+": "+", "-": "−", "*": "×", "/": "÷"}
CATEGORIES = {
    "medium": Text("中型", "medium"),
    "small": Text("小型", "small"),
    "micro": Text("微型", "micro"),
    "large": Text("大型", "large"),
}


def measure_words(column: str) -> Text:
    """Give a column's official term, with the year before said: 营业收入（前一年）."""
    measure = measure_of(column)
    if measure is None:
        return Text(column, column)
    back = years_back(column)
    if not back:
        return measure.label()
    ago = {1: Text("前一年", "the year before"), 2: Text("前两年", "two years before")}
    when = ago.get(back, Text(f"前{back}年", f"{back} years before"))
    return Text(f"{measure.zh}（{when.zh}）", f"{measure.en} ({when.en})")


def formula_words(formula: str | Node) -> Text:
    """Say a formula in words, in both languages; one that cannot be read stays as it is written.

    Examples
    --------
    >>> formula_words("rd_expense / revenue >= 3%").zh
    '研发费用 ÷ 营业收入 ≥ 3%'
    """
    if not isinstance(formula, str):
        return _say(formula)
    try:
        return _say(parse_formula(formula))
    except FormulaError:
        return Text(formula, formula)


def amount(value: Fraction, unit: str) -> str:
    """Write an amount in its unit without needless zeros: 1200 万元, 3%."""
    size = UNITS[unit][1] if unit in UNITS else 1
    number = value / size
    whole = number.denominator == 1
    shown = f"{int(number):d}" if whole else f"{float(number):.6f}".rstrip("0").rstrip(".")
    return f"{shown}{'' if unit in ('%', '') else ' '}{unit}"


def _say(node: Node) -> Text:  # noqa: C901, PLR0912 - one arm a kind of node
    match node:
        case Number(value, _, unit):
            return Text(amount(value, unit), amount(value, unit))
        case Words(word):
            return CATEGORIES.get(word, Text(f"“{word}”", f"“{word}”"))
        case Truth(truth):
            return Text("是" if truth else "否", "yes" if truth else "no")
        case Name(name):
            return measure_words(name)
        case Negate(x):
            return _joined("", (x,), before="−")
        case Binary(operator, left, right):
            return _joined(f" {_ARITHMETIC[operator]} ", (left, right))
        case Compare(operator, left, right):
            a, b, sign = _say(left), _say(right), _SIGNS[operator]
            return Text(f"{a.zh} {sign} {b.zh}", f"{a.en} {sign} {b.en}")
        case Both(items):
            found = [_inside(item) for item in items]
            return Text(" 且 ".join(t.zh for t in found), " and ".join(t.en for t in found))
        case Either(items):
            found = [_inside(item) for item in items]
            return Text(" 或 ".join(t.zh for t in found), " or ".join(t.en for t in found))
        case Not(Missing(x)):
            said = _say(x)
            return Text(f"{said.zh} 有数据", f"{said.en} is known")
        case Not(x):
            said = _inside(x)
            return Text(f"非 {said.zh}", f"not {said.en}")
        case Missing(x):
            said = _say(x)
            return Text(f"{said.zh} 缺数据", f"{said.en} is missing")
        case Within(x, choices):
            what, found = _say(x), [_say(one) for one in choices]
            return Text(
                f"{what.zh}为{'、'.join(t.zh for t in found)}之一",
                f"{what.en} is one of {', '.join(t.en for t in found)}",
            )
        case Call("compound_growth", (last, first, years)):
            now, then, n = _say(last), _say(first), _say(years)
            return Text(
                f"（{now.zh} ÷ {then.zh}）的 {n.zh} 年复合增长率",
                f"compound growth of ({now.en} ÷ {then.en}) over {n.en} years",
            )
        case Call(function, _):
            return Text(function, function)


def _joined(sign: str, nodes: tuple[Node, ...], *, before: str = "") -> Text:
    found = [_inside(node) for node in nodes]
    return Text(before + sign.join(t.zh for t in found), before + sign.join(t.en for t in found))


def _inside(node: Node) -> Text:
    said = _say(node)
    if isinstance(node, Both | Either) or (isinstance(node, Binary) and node.operator in "+-"):
        return Text(f"（{said.zh}）", f"({said.en})")
    return said
