"""Formulas: one grammar, one small typed tree, read by the ladder and by the index."""

from sanfu.formula.parse import UNITS, FormulaError, parse_formula
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
    children,
    names_in,
    walk,
)
from sanfu.formula.write import write_formula

__all__ = [
    "UNITS",
    "Binary",
    "Both",
    "Call",
    "Compare",
    "Either",
    "FormulaError",
    "Kind",
    "Missing",
    "Name",
    "Negate",
    "Node",
    "Not",
    "Number",
    "Truth",
    "Within",
    "Words",
    "children",
    "names_in",
    "parse_formula",
    "walk",
    "write_formula",
]
