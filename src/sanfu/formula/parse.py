"""Parse a formula such as ``rd_expense >= 100 万元 and rd_expense / revenue >= 3%``."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput

from sanfu.errors import InputError
from sanfu.formula.tree import (
    Binary,
    Both,
    Call,
    Compare,
    Either,
    Kind,
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
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.formula.tree import Comparison

UNITS: dict[str, tuple[Kind, Fraction]] = {
    "元": ("money", Fraction(100)),
    "万元": ("money", Fraction(1_000_000)),
    "亿元": ("money", Fraction(10_000_000_000)),
    "%": ("share", Fraction(1, 100)),
    "个百分点": ("share", Fraction(1, 100)),
    "年": ("years", Fraction(1)),
    "个月": ("months", Fraction(1)),
    "人": ("count", Fraction(1)),
    "名": ("count", Fraction(1)),
    "项": ("count", Fraction(1)),
    "家": ("count", Fraction(1)),
    "件": ("count", Fraction(1)),
    "个": ("count", Fraction(1)),
    "分": ("points", Fraction(1)),
}
_SAME = {"≥": ">=", "≤": "<=", "≠": "!="}


class FormulaError(InputError):
    """A formula cannot be parsed; says the column at which reading stopped."""

    def __init__(self, formula: str, column: int) -> None:
        rest = formula[max(column - 1, 0) :][:20]
        super().__init__(
            Text(
                f"公式“{formula}”在第 {column} 个字符处读不下去：“{rest}”。"
                "写法例如：rd_expense >= 100 万元 and rd_expense / revenue >= 3%",
                f"formula “{formula}” cannot be read from character {column}: “{rest}”. "
                "Write for instance: rd_expense >= 100 万元 and rd_expense / revenue >= 3%",
            )
        )
        self.formula = formula
        self.column = column


class _Build(Transformer[Token, Node]):
    def quantity(self, items: list[Any]) -> Node:
        kind, factor = UNITS[str(items[1])]
        return Number(Fraction(str(items[0])) * factor, kind, str(items[1]))

    def number(self, items: list[Any]) -> Node:
        return Number(Fraction(str(items[0])))

    def text(self, items: list[Any]) -> Node:
        return Words(str(items[0])[1:-1])

    def true(self, _: list[Any]) -> Node:
        return Truth(value=True)

    def false(self, _: list[Any]) -> Node:
        return Truth(value=False)

    def name(self, items: list[Any]) -> Node:
        return Name(str(items[0]))

    def negate(self, items: list[Any]) -> Node:
        return Negate(items[0])

    def add(self, items: list[Any]) -> Node:
        return Binary("+", *items)

    def subtract(self, items: list[Any]) -> Node:
        return Binary("-", *items)

    def multiply(self, items: list[Any]) -> Node:
        return Binary("*", *items)

    def divide(self, items: list[Any]) -> Node:
        return Binary("/", *items)

    def compare(self, items: list[Any]) -> Node:
        operator = _SAME.get(str(items[1]), str(items[1]))
        return Compare(cast("Comparison", operator), items[0], items[2])

    def in_(self, items: list[Any]) -> Node:
        return Within(items[0], tuple(items[1:]))

    def is_missing(self, items: list[Any]) -> Node:
        return Missing(items[0])

    def is_present(self, items: list[Any]) -> Node:
        return Not(Missing(items[0]))

    def not_(self, items: list[Any]) -> Node:
        return Not(items[0])

    def and_(self, items: list[Any]) -> Node:
        return items[0] if len(items) == 1 else Both(tuple(items))

    def or_(self, items: list[Any]) -> Node:
        return items[0] if len(items) == 1 else Either(tuple(items))

    def positional(self, items: list[Any]) -> Any:
        return (None, items[0])

    def keyword(self, items: list[Any]) -> Any:
        return (str(items[0]), items[1])

    def arguments(self, items: list[Any]) -> Any:
        return items

    def call(self, items: list[Any]) -> Node:
        given = items[1] or []
        return Call(
            str(items[0]),
            tuple(value for key, value in given if key is None),
            tuple((key, value) for key, value in given if key is not None),
        )


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_Build(), maybe_placeholders=True)


def parse_formula(formula: str) -> Node:
    """Parse a formula into its tree.

    Units stand in the text of the formula and are converted here: ``100 万元`` is 10,000,000 fen,
    ``3%`` is 3/100, both exact.

    Raises
    ------
    FormulaError
        The text is not a formula; says where reading stopped.

    Examples
    --------
    >>> parse_formula("rd_expense / revenue >= 3%").operator
    '>='
    """
    try:
        return cast("Node", _parser().parse(formula))
    except UnexpectedInput as error:
        column = getattr(error, "column", 1)
        raise FormulaError(formula, column if column and column > 0 else len(formula)) from None
