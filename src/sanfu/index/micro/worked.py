"""Write a region's figure out with its numbers: each sum or count over firms, then the result."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from sanfu.formula import Both, Call, Missing, Not, write_formula
from sanfu.index.micro.plan import Given, Op, Primitive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.formula import Node
    from sanfu.index.micro.combine import Array
    from sanfu.index.micro.plan import Cell, Plan, Term

SCHEMA = {"part": pl.String, "what": pl.String, "value": pl.Float64, "cell": pl.String}
_KINDS = {
    "sum": "sum",
    "count": "count",
    "max": "max",
    "min": "min",
    "quantile": "quantile",
    "trimmed": "trimmed mean",
    "top": "sum of the largest",
    "distinct": "distinct",
}


def parts_of(
    plan: Plan, values: Mapping[Primitive, Array], place: int, cells: Sequence[Cell]
) -> pl.DataFrame:
    """Give the aggregates over firms that a figure's formula is made of.

    Parameters
    ----------
    plan
        The formula.
    values
        Each primitive by unit.
    place
        The unit's place.
    cells
        The cells in the order in which the trace shows them, ``cell 1`` first.

    Returns
    -------
    pl.DataFrame
        ``part`` (A, B …), ``what`` (the aggregate in words of the formula), ``value``, ``cell``
        (the column of the trace's rows that it is taken over).
    """
    rows = [
        (
            _letter(number),
            say_primitive(one),
            float(values[one][place]),
            f"cell {cells.index(one.cell) + 1}",
        )
        for number, one in enumerate(_in_term(plan.term))
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return frame.with_columns(pl.col("value").fill_nan(None))


def worked_out(plan: Plan) -> str:
    """Write the arithmetic over the parts, e.g. ``A ÷ B``."""
    letters = {one: _letter(number) for number, one in enumerate(_in_term(plan.term))}
    return _write(plan.term, letters)


def say_primitive(one: Primitive) -> str:
    """Say an aggregate over firms: ``sum(net_profit) where …``."""
    cell = one.cell
    value = "" if cell.value is None else write_formula(cell.value)
    value = "" if value == "true" else value
    squared = f"({value})²" if cell.power == 2 else value
    parameter = f", {float(one.parameter):g}" if one.parameter else ""
    said = f"{_KINDS[one.kind]}({squared}{parameter})"
    if cell.where is not None:
        said += f" where {write_formula(_known(cell.where))}"
    return said + (f" [year − {cell.lag}]" if cell.lag else "")


def _known(where: Node) -> Node:
    """Say that a value must be there in one word."""
    match where:
        case Both(items):
            return Both(tuple(dict.fromkeys(_known(item) for item in items)))
        case Not(Missing(x)):
            return Call("known", (x,))
        case _:
            return where


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number}"


def _in_term(term: Term) -> list[Primitive]:
    match term:
        case Primitive():
            return [term]
        case Op("guarded", (total, _, _)):
            return _in_term(total)
        case Op(_, terms):
            return list(dict.fromkeys(one for below in terms for one in _in_term(below)))
        case _:
            return []


def _write(term: Term, letters: Mapping[Primitive, str]) -> str:
    match term:
        case Fraction():
            return f"{float(term):g}"
        case Primitive():
            return letters[term]
        case Given(name):
            return name
        case Op("guarded", (total, _, _)):
            return _write(total, letters)
        case Op("neg", (x,)):
            return f"−{_write(x, letters)}"
        case Op("growth", (now, then)):
            return f"({_write(now, letters)} − {_write(then, letters)}) ÷ {_write(then, letters)}"
        case Op("variance", (total, squares, n)):
            t, s, c = (_write(x, letters) for x in (total, squares, n))
            return f"√(({s} − {t}²÷{c}) ÷ ({c} − 1))"
        case Op(name, (left, right)):
            sign = {"*": "×", "/": "÷", "-": "−"}.get(name, name)
            a, b = (
                f"({_write(x, letters)})" if isinstance(x, Op) else _write(x, letters)
                for x in (left, right)
            )
            return f"{a} {sign} {b}"
        case _:  # pragma: no cover - the union has no other member
            raise AssertionError(term)
