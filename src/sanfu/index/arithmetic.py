"""Evaluate a formula over arrays: the reader of `sanfu.formula` trees for scores.

Numbers, names, ``+ − * /``, and the functions ``sqrt``, ``log`` (natural), ``exp``, ``abs``,
``min``, ``max``, ``power(x, p)`` and ``clip(x, low, high)``. Missing in any part is missing out;
a division by zero is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sanfu.errors import InputError
from sanfu.formula import Binary, Call, Name, Negate, Number, parse_formula
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sanfu.formula import Node
    from sanfu.index.moments import Array

_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "abs": np.abs,
    "min": lambda *parts: np.minimum.reduce(np.broadcast_arrays(*parts)),
    "max": lambda *parts: np.maximum.reduce(np.broadcast_arrays(*parts)),
    "power": np.power,
    "clip": np.clip,
}


def evaluate(formula: str, values: Mapping[str, Array]) -> Array:
    """Give the value of a formula over named arrays of one shape.

    Raises
    ------
    InputError
        A name or a function is not known; the message lists those that are.
    """
    shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    with np.errstate(invalid="ignore", divide="ignore"):
        result = np.broadcast_to(_value(parse_formula(formula), values), shape)
    return np.asarray(np.where(np.isfinite(result), result, np.nan))


def _value(node: Node, values: Mapping[str, Array]) -> Array:
    match node:
        case Number(value):
            return np.asarray(float(value))
        case Name(name):
            if name not in values:
                known = ", ".join(values)
                raise InputError(
                    Text(f"公式中没有“{name}”，可用：{known}", f"no “{name}” here; known: {known}")
                )
            return values[name]
        case Negate(operand):
            return -_value(operand, values)
        case Binary(operator, left, right):
            a, b = _value(left, values), _value(right, values)
            match operator:
                case "+":
                    return np.asarray(a + b)
                case "-":
                    return np.asarray(a - b)
                case "*":
                    return np.asarray(a * b)
                case "/":
                    return np.asarray(a / b)
        case Call(function, arguments) if function in _FUNCTIONS:
            return _FUNCTIONS[function](*(_value(part, values) for part in arguments))
        case _:
            known = ", ".join(sorted(_FUNCTIONS))
            raise InputError(
                Text(
                    f"得分公式只用加减乘除和这些函数：{known}",
                    f"a score's formula uses + - * / and the functions {known}",
                )
            )
