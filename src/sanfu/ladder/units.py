"""The kind of a formula: money, share, count, years … so that units are never mixed in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.formula import (
    Binary,
    Both,
    Call,
    Compare,
    Either,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    Within,
    Words,
    children,
)
from sanfu.ladder.values import measure_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator


UNITS_EN = {
    "万元": "×10,000 yuan",
    "亿元": "×100 million yuan",
    "年": "years",
    "分": "points",
    "个百分点": "percentage points",
}
"""Shown units in English."""


def kind_of(node: Node) -> str:
    """Give the kind of a formula's value; ``number`` where it has no unit, ``condition`` for logic.

    A quotient of like is a share; money over people is money; an unknown name is ``unknown``.
    """
    match node:
        case Number(_, kind):
            return kind
        case Words():
            return "text"
        case Name(name):
            measure = measure_of(name)
            return "unknown" if measure is None else measure.kind
        case Negate(x):
            return kind_of(x)
        case Binary("+" | "-", left, right):
            a, b = kind_of(left), kind_of(right)
            return b if a == "number" else a
        case Binary("*", left, right):
            return _product(kind_of(left), kind_of(right))
        case Binary(_, left, right):
            a, b = kind_of(left), kind_of(right)
            return a if b == "number" else "share" if a == b else a
        case Call("compound_growth"):
            return "share"
        case _:
            return "condition"


def _product(a: str, b: str) -> str:
    weights = ("number", "share")
    return b if a in weights else a if b in weights else "number"


def mixed_units(node: Node) -> Iterator[Text]:
    """Yield what is wrong with the units of a formula, each fault once."""
    yield from _here(node)
    below = node.choices[:0] if isinstance(node, Within) else children(node)
    for child in below:
        yield from mixed_units(child)


def _here(node: Node) -> Iterator[Text]:
    match node:
        case Binary("+" | "-", left, right):
            yield from _like(left, right, ("相加减", "added"))
        case Compare(_, left, right):
            yield from _like(left, right, ("相比较", "compared"))
        case Binary(_, left, right):
            for side in (left, right):
                if kind_of(side) in ("text", "category", "flag", "condition", "date"):
                    yield _no_number(side)
        case Both(items) | Either(items):
            for item in items:
                yield from _condition(item)
        case Not(x):
            yield from _condition(x)
        case Within(x, choices):
            for choice in choices:
                yield from _like(x, choice, ("相比较", "compared"))
        case _:
            pass


def _condition(node: Node) -> Iterator[Text]:
    kind = kind_of(node)
    if kind not in ("condition", "flag", "unknown") and not isinstance(node, Truth):
        yield Text(f"这里应是条件，找到{_word(kind)}", f"a condition is wanted, found {kind}")


def wants_condition(node: Node) -> Iterator[Text]:
    """Yield a fault where a whole formula is no condition."""
    yield from _condition(node)


def _like(left: Node, right: Node, how: tuple[str, str]) -> Iterator[Text]:
    a, b = kind_of(left), kind_of(right)
    if "unknown" in (a, b) or _is_zero(left) or _is_zero(right):
        return
    if _fit(a, b) and not (how[1] == "compared" and {a, b} == {"share", "number"}):
        return
    yield Text(
        f"{_word(a)}与{_word(b)}不能{how[0]}",
        f"{a} cannot be {how[1]} with {b}",
    )


def _fit(a: str, b: str) -> bool:
    if a == b and a != "condition":
        return True
    texts = ("text", "category", "code")
    if a in texts and b in texts:
        return True
    if {a, b} == {"flag", "condition"}:
        return True
    return {a, b} in ({"number", "share"}, {"number", "count"})


def _is_zero(node: Node) -> bool:
    return isinstance(node, Number) and not node.value and node.kind == "number"


def _no_number(node: Node) -> Text:
    kind = kind_of(node)
    return Text(f"{_word(kind)}不能参加乘除", f"{kind} cannot be multiplied or divided")


def _word(kind: str) -> str:
    return {
        "money": "金额",
        "share": "比例",
        "years": "年数",
        "months": "月数",
        "count": "个数",
        "points": "分数",
        "number": "没有单位的数",
        "text": "文字",
        "category": "类别",
        "code": "代码",
        "flag": "是否项",
        "date": "日期",
        "condition": "条件",
    }.get(kind, kind)
