"""Read an aggregate formula: from its tree to sums over firms and what is done with them.

A formula such as ``sum(rd_expense) / sum(revenue)`` becomes a `Plan`: a small tree of arithmetic
(`Op`) over `Primitive`s, each a sum, a count, a quantile … of one `Cell`, which is computed firm
by firm. The same plan is worked out for the point estimate, for every level of the roll-up and
for every bootstrap replicate, so the three cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from sanfu.errors import Fault
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
    Node,
    Not,
    Number,
    Truth,
    Within,
    parse_formula,
)
from sanfu.index.micro.functions import FUNCTIONS, AggregateFunction
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["sum", "count", "max", "min", "quantile", "trimmed", "top", "distinct"]
ADDITIVE: frozenset[str] = frozenset({"sum", "count"})
"""Primitives that may be added up from districts to the city; the others are taken anew."""


@dataclass(frozen=True)
class Cell:
    """What is worked out for each firm: a value, or only whether the firm counts."""

    value: Node | None
    where: Node | None = None
    lag: int = 0
    """Years back: 1 reads the figures and titles of the year before."""
    power: int = 1


@dataclass(frozen=True)
class Primitive:
    """One aggregate of one cell over the firms of a unit; missing cells are left out."""

    kind: Kind
    cell: Cell
    parameter: Fraction = Fraction(0)
    """Quantile's probability, share trimmed at each end, or number of the largest."""


@dataclass(frozen=True)
class Given:
    """A figure of the unit itself (population, area), from the frame ``units``."""

    name: str


@dataclass(frozen=True)
class Op:
    """Arithmetic on terms; ``guarded`` is a sum that is missing when no firm gave a value."""

    name: Literal["+", "-", "*", "/", "neg", "guarded", "growth", "variance"]
    terms: tuple[Term, ...]


Term = Fraction | Primitive | Given | Op


@dataclass(frozen=True)
class Plan:
    """A formula, ready to be worked out."""

    indicator: str
    formula: str
    term: Term
    support: tuple[Primitive, ...]
    """Counts of the firms that the figure rests on; the smallest is its n."""
    totals: tuple[Cell, ...] = ()
    """Cells whose sums are shown or can be worked out, for the dominance rule."""
    shape: Literal["share", "mean", "other"] = "other"
    """Which kind of shrinkage fits it."""
    parts: tuple[Primitive, ...] = ()
    """``share``: successes and trials; ``mean``: sum, sum of squares and count."""
    additive: bool = False
    """A plain sum or count: what the districts have adds up to what the city has."""

    def primitives(self) -> tuple[Primitive, ...]:
        """Give every primitive that the plan reads, each once."""
        found = dict.fromkeys([*_primitives(self.term), *self.support, *self.parts])
        return tuple(found)

    def counts(self) -> tuple[Primitive, ...]:
        """Give the counts of firms that the figure is made of, each once."""
        found = (one for one in _primitives(self.term) if one.kind == "count")
        return tuple(dict.fromkeys(found))

    def given(self) -> tuple[str, ...]:
        """Give the names it reads from the frame ``units``."""
        return tuple(dict.fromkeys(_given(self.term)))


def _primitives(term: Term) -> list[Primitive]:
    match term:
        case Primitive():
            return [term]
        case Op(_, terms):
            return [one for below in terms for one in _primitives(below)]
        case _:
            return []


def _given(term: Term) -> list[str]:
    match term:
        case Given(name):
            return [name]
        case Op(_, terms):
            return [one for below in terms for one in _given(below)]
        case _:
            return []


@dataclass
class _Reader:
    indicator: str
    faults: list[Fault] = field(default_factory=list)
    support: list[Primitive] = field(default_factory=list)
    totals: list[Cell] = field(default_factory=list)

    def say(self, zh: str, en: str) -> Term:
        self.faults.append(Fault(None, self.indicator, Text(zh, en)))
        return Fraction(0)

    def term(self, node: Node, lag: int) -> Term:
        match node:
            case Number(value):
                return value
            case Negate(x):
                return Op("neg", (self.term(x, lag),))
            case Binary(operator, left, right):
                return Op(operator, (self.term(left, lag), self.term(right, lag)))
            case Name(name):
                return Given(name)
            case Call():
                return self.call(node, lag)
            case _:
                return self.say(
                    "最外层应是数，不是条件；例如 share(rd_expense / revenue >= 3%)",
                    "the formula must give a number, not a condition; "
                    "for instance share(rd_expense / revenue >= 3%)",
                )

    def call(self, node: Call, lag: int) -> Term:
        function = FUNCTIONS.get(node.function)
        if function is None:
            known = ", ".join(FUNCTIONS)
            return self.say(
                f"没有汇总函数“{node.function}”；可用的有：{known}",
                f"no aggregate function “{node.function}”; there are: {known}",
            )
        given = dict(node.keywords)
        unknown = [key for key in given if key not in function.keywords]
        if len(node.arguments) != function.arguments or unknown:
            return self.say(
                f"{function.name} 的写法不对，例如：{function.example}",
                f"{function.name} is not written so; for instance: {function.example}",
            )
        for row in (*node.arguments, *given.values()):
            nested = _aggregate_inside(row)
            if nested and function.name != "growth":
                return self.say(
                    f"{function.name} 里面不能再有汇总函数 {nested}",
                    f"{function.name} cannot contain the aggregate {nested}",
                )
        return self.one(function, node.arguments, given, lag)

    def constant(self, given: Mapping[str, Node], key: str, usual: Fraction) -> Fraction:
        node = given.get(key)
        if node is None:
            return usual
        if not isinstance(node, Number):
            self.say(f"{key} 应为数字，例如 {key}=5%", f"{key} must be a number, such as {key}=5%")
            return usual
        return node.value

    def one(  # noqa: C901, PLR0912, PLR0915 - one arm a function
        self,
        function: AggregateFunction,
        arguments: tuple[Node, ...],
        given: Mapping[str, Node],
        lag: int,
    ) -> Term:
        where = given.get("where")
        x: Node = arguments[0] if arguments else Truth(value=True)
        cell = Cell(x, where, lag)
        n = Primitive("count", cell)
        cases = Primitive("count", Cell(None, where, lag))
        total = Primitive("sum", cell)
        match function.name:
            case "count":
                self.rest_on(cases, lag)
                return cases
            case "share":
                yes = Primitive("count", Cell(None, _both(where, x), lag))
                known = Primitive("count", Cell(None, _both(where, Not(Missing(x))), lag))
                self.rest_on(known, lag)
                return Op("/", (yes, known))
            case "sum":
                self.rest_on(n, lag, cell)
                return Op("guarded", (total, n, cases))
            case "mean" if "weight" in given:
                both = _present(where, x, given["weight"])
                weight = Cell(given["weight"], both, lag)
                self.rest_on(Primitive("count", weight), lag, weight)
                product = Cell(Binary("*", x, given["weight"]), both, lag)
                return Op("/", (Primitive("sum", product), Primitive("sum", weight)))
            case "mean":
                self.rest_on(n, lag, cell)
                return Op("/", (total, n))
            case "ratio":
                both = _present(where, *arguments)
                above, below = (Cell(part, both, lag) for part in arguments)
                self.rest_on(Primitive("count", below), lag, above, below)
                return Op("/", (Primitive("sum", above), Primitive("sum", below)))
            case "trimmed_mean":
                share = self.constant(given, "trim", Fraction(1, 20))
                if not 0 <= share < Fraction(1, 2):
                    return self.say("trim 应在 0 与 50% 之间", "trim must lie in [0, 50%)")
                self.rest_on(n, lag, cell)
                return Primitive("trimmed", cell, share)
            case "median" | "quantile":
                q = Fraction(1, 2)
                if function.name == "quantile":
                    q = self.constant(given, "q", q)
                if not 0 <= q <= 1:
                    return self.say("q 应在 0 与 1 之间", "q must lie in [0, 1]")
                self.rest_on(n, lag)
                return Primitive("quantile", cell, q)
            case "std":
                self.rest_on(n, lag)
                return Op("variance", (total, Primitive("sum", replace(cell, power=2)), n))
            case "min" | "max":
                self.rest_on(n, lag)
                return Primitive("min" if function.name == "min" else "max", cell)
            case "growth":
                return Op("growth", (self.term(x, lag), self.term(x, lag + 1)))
            case "matched_growth":
                before = _earlier(x)
                both = _present(where, x, before)
                now, then = Cell(x, both, lag), Cell(before, both, lag)
                self.rest_on(Primitive("count", now), lag, now, then)
                return Op("growth", (Primitive("sum", now), Primitive("sum", then)))
            case "hhi":
                self.rest_on(n, lag, cell)
                return Op(
                    "/",
                    (Primitive("sum", replace(cell, power=2)), Op("*", (total, total))),
                )
            case "top_share":
                k = self.constant(given, "k", Fraction(10))
                self.rest_on(n, lag, cell)
                return Op("/", (Primitive("top", cell, k), total))
            case "distinct":
                self.rest_on(n, lag)
                return Primitive("distinct", cell)
            case "entry_rate" | "exit_rate":
                return self.flow(function.name, where or Truth(value=True), lag)
            case _:  # pragma: no cover - every function of the table is above
                raise AssertionError(function.name)

    def flow(self, name: str, where: Node, lag: int) -> Term:
        stock = Primitive("count", Cell(None, where, lag + 1))
        now, then = Call("now", (where,)), Call("then", (where,))
        change = (now, Not(then)) if name == "entry_rate" else (Not(now), then)
        self.rest_on(stock, lag)
        cell = Cell(None, Call("ever", (Both(change),)), lag)
        return Op("/", (Primitive("count", cell), stock))

    def rest_on(self, n: Primitive, lag: int, *totals: Cell) -> None:
        if lag == 0:
            self.support.append(n)
            self.totals.extend(totals)


def read_plan(indicator: str, formula: str) -> tuple[Plan | None, list[Fault]]:
    """Read one indicator's formula.

    Returns
    -------
    tuple
        The plan (None if it has faults) and all faults.
    """
    try:
        tree = parse_formula(formula)
    except FormulaError as wrong:
        return None, [Fault(None, indicator, wrong.text)]
    reader = _Reader(indicator)
    term = reader.term(tree, 0)
    if not reader.faults and not _primitives(term) and not _given(term):
        reader.say("公式里没有任何汇总函数", "the formula has no aggregate function")
    if not reader.faults and _given(term) and not _primitives(term) and not reader.support:
        shown = "、".join(_given(term))
        reader.say(
            f"“{shown}”不在汇总函数之内；例如 sum({_given(term)[0]}) 或 median(…)",
            f"“{shown}” stands outside an aggregate; for instance sum({_given(term)[0]})",
        )
    if reader.faults:
        return None, reader.faults
    shape, parts = _shape(tree, term)
    plan = Plan(
        indicator,
        formula,
        term,
        tuple(dict.fromkeys(reader.support)),
        tuple(dict.fromkeys(reader.totals)),
        shape,
        parts,
        isinstance(tree, Call) and tree.function in ("count", "sum"),
    )
    return plan, []


def _shape(tree: Node, term: Term) -> tuple[Any, tuple[Primitive, ...]]:
    if isinstance(tree, Call) and isinstance(term, Op):
        above, below = term.terms[0], term.terms[-1]
        if isinstance(above, Primitive) and isinstance(below, Primitive):
            if tree.function == "share":
                return "share", (above, below)
            if tree.function == "mean" and above.kind == "sum" and below.kind == "count":
                squares = Primitive("sum", replace(above.cell, power=2))
                return "mean", (above, squares, below)
    return "other", ()


def _aggregate_inside(node: Node) -> str:
    match node:
        case Call(function, arguments, keywords):
            if function in FUNCTIONS:
                return function
            below: tuple[Node, ...] = (*arguments, *(value for _, value in keywords))
        case Negate(x) | Not(x) | Missing(x):
            below = (x,)
        case Binary(_, left, right) | Compare(_, left, right):
            below = (left, right)
        case Both(items) | Either(items):
            below = items
        case Within(x, choices):
            below = (x, *choices)
        case _:
            below = ()
    return next((name for one in below if (name := _aggregate_inside(one))), "")


def _both(first: Node | None, second: Node) -> Node:
    return second if first is None else Both((first, second))


def _present(where: Node | None, *values: Node) -> Node:
    tests: tuple[Node, ...] = tuple(Not(Missing(value)) for value in values)
    return Both(tests if where is None else (where, *tests))


def _earlier(node: Node) -> Node:
    """Give the same expression a year before."""
    return Call("then", (node,))
