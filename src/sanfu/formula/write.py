"""Write a formula's tree back as text, so that a reader sees what was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.formula.tree import (
    Binary,
    Both,
    Call,
    Compare,
    Either,
    Missing,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    Within,
    Words,
)

if TYPE_CHECKING:
    from fractions import Fraction


def write_formula(node: Node) -> str:  # noqa: C901 - one arm a kind of node
    """Write a node in the grammar of formulas, with brackets where they help."""
    match node:
        case Number():
            return _number(node)
        case Words(value):
            return f'"{value}"'
        case Truth(value):
            return "true" if value else "false"
        case Name(name):
            return name
        case Negate(x):
            return f"-{_inner(x)}"
        case Binary(operator, left, right) | Compare(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Not(x):
            return f"not {_inner(x)}"
        case Both(items):
            return " and ".join(_inner(item) for item in items)
        case Either(items):
            return " or ".join(_inner(item) for item in items)
        case Within(x, choices):
            return f"{_inner(x)} in [{', '.join(write_formula(one) for one in choices)}]"
        case Missing(x):
            return f"missing({write_formula(x)})"
        case Call(function, arguments, keywords):
            said = [write_formula(one) for one in arguments]
            said += [f"{key}={write_formula(value)}" for key, value in keywords]
            return f"{function}({', '.join(said)})"


def _inner(node: Node) -> str:
    text = write_formula(node)
    loose = isinstance(node, Binary | Compare | Both | Either | Not | Negate)
    return f"({text})" if loose else text


def _number(node: Number) -> str:
    if node.kind == "share":
        return f"{_decimal(node.value * 100)}%"
    if node.kind == "money":
        return f"{_decimal(node.value / 100)} yuan"
    return _decimal(node.value)


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):g}"
