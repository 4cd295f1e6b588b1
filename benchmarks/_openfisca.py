"""A book as OpenFisca variables: one a column of the pipeline, so that the peer does the same work.

OpenFisca has no missing values and no integers above 32 bits; here every value is its 32-bit float,
NaN where missing, and conditions are 1, 0 or NaN. The expressions come from the same `Emitter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

CODES: dict[str, int] = {}
"""Text → the number that stands for it."""


def code(text: str) -> int:
    return CODES.setdefault(text, len(CODES))


def _compare(operate):
    def run(self, other):
        right = lift(other)

        def value(get):
            a, b = self.run(get), right.run(get)
            found = operate(a, b).astype(np.float32)
            gone = np.isnan(a) | np.isnan(b)
            return np.where(gone, np.float32(np.nan), found)

        return Np(value)

    return run


@dataclass(frozen=True, eq=False)
class Np:
    """An expression that is worked out on arrays."""

    run: Callable[[Any], Any]

    __ge__ = _compare(np.greater_equal)
    __le__ = _compare(np.less_equal)
    __gt__ = _compare(np.greater)
    __lt__ = _compare(np.less)
    __eq__ = _compare(np.equal)
    __ne__ = _compare(np.not_equal)
    __hash__ = None

    def __add__(self, other):
        right = lift(other)
        return Np(lambda get: self.run(get) + right.run(get))

    def __mul__(self, other):
        right = lift(other)
        return Np(lambda get: self.run(get) * right.run(get))

    def __and__(self, other):
        def value(get):
            a, b = self.run(get), other.run(get)
            return np.where((a == 0) | (b == 0), np.float32(0), a * b)

        return Np(value)

    def __or__(self, other):
        def value(get):
            a, b = self.run(get), other.run(get)
            return np.where((a == 1) | (b == 1), np.float32(1), a + b)

        return Np(value)

    def __invert__(self):
        return Np(lambda get: 1 - self.run(get))

    def is_null(self):
        return Np(lambda get: np.isnan(self.run(get)).astype(np.float32))

    def fill_null(self, value):
        def filled(get):
            a = self.run(get)
            return np.where(np.isnan(a), np.float32(value), a)

        return Np(filled)

    def cast(self, _):
        return self

    def is_in(self, choices):
        return reduce(lambda a, b: a | b, [self == one for one in choices])


@dataclass(frozen=True)
class When:
    condition: Np

    def then(self, value):
        return Then(self.condition, lift(value))


class Then(Np):
    def __init__(self, condition, value):
        object.__setattr__(self, "condition", condition)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "run", lambda get: self.otherwise(np.nan).run(get))

    def otherwise(self, value):
        other = lift(value)

        def chosen(get):
            met = self.condition.run(get) == 1
            return np.where(met, self.value.run(get), other.run(get)).astype(np.float32)

        return Np(chosen)


class Ops:
    Int8 = Int16 = Int64 = Boolean = None

    def col(self, name):
        return Np(lambda get: get(name))

    def lit(self, value, _=None):
        return lift(value)

    def when(self, condition):
        return When(condition)

    def min_horizontal(self, *found):
        return Np(lambda get: reduce(np.minimum, [one.run(get) for one in found]))

    def max_horizontal(self, *found):
        return Np(lambda get: reduce(np.maximum, [one.run(get) for one in found]))


def lift(value):
    if isinstance(value, Np):
        return value
    if isinstance(value, str):
        value = code(value)
    number = np.float32(np.nan if value is None else value)
    return Np(lambda _: np.asarray(number))
