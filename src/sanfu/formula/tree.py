"""The small typed tree into which every formula is parsed.

Rulebooks (ladder) and frameworks (index) share it; each reader of the tree (exact interpreter,
Narwhals, SQL, aggregates) is a function elsewhere.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from fractions import Fraction

Arithmetic = Literal["+", "-", "*", "/"]
Comparison = Literal["==", "!=", ">=", "<=", ">", "<"]
COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
"""What a comparison does to two numbers, arrays or column expressions."""
Kind = Literal["money", "share", "years", "months", "count", "points", "number"]


@dataclass(frozen=True)
class Number:
    """A literal as an exact fraction; money is in fen, a share is a fraction of 1."""

    value: Fraction
    kind: Kind = "number"
    unit: str = ""


@dataclass(frozen=True)
class Words:
    """A text literal, such as a category."""

    value: str


@dataclass(frozen=True)
class Truth:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True)
class Name:
    """A measure or an attribute, by its name in the dictionary of measures."""

    name: str


@dataclass(frozen=True)
class Negate:
    """The negative of a number."""

    operand: Node


@dataclass(frozen=True)
class Binary:
    """Arithmetic on two numbers."""

    operator: Arithmetic
    left: Node
    right: Node


@dataclass(frozen=True)
class Compare:
    """A comparison; missing on either side makes it unknown."""

    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True)
class Not:
    """Kleene negation."""

    operand: Node


@dataclass(frozen=True)
class Both:
    """Kleene conjunction of two or more conditions."""

    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """Kleene disjunction of two or more conditions."""

    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Within:
    """Whether a value is one of a list."""

    operand: Node
    choices: tuple[Node, ...]


@dataclass(frozen=True)
class Missing:
    """Whether a value is missing; never itself unknown."""

    operand: Node


@dataclass(frozen=True)
class Call:
    """A named function with positional and keyword arguments; its reader gives it its meaning."""

    function: str
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()


Node = (
    Number
    | Words
    | Truth
    | Name
    | Negate
    | Binary
    | Compare
    | Not
    | Both
    | Either
    | Within
    | Missing
    | Call
)


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes directly below a node, in reading order."""
    match node:
        case Negate(x) | Not(x) | Missing(x):
            return (x,)
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Both(items) | Either(items):
            return items
        case Within(x, choices):
            return (x, *choices)
        case Call(_, arguments, keywords):
            return (*arguments, *(value for _, value in keywords))
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: Node) -> tuple[str, ...]:
    """Give the names that a formula reads, each once, in reading order."""
    return tuple(dict.fromkeys(item.name for item in walk(node) if isinstance(item, Name)))
