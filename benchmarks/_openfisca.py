"""A book on OpenFisca: as one variable a column of the pipeline, and by hand.

OpenFisca has no missing values and no integers above 32 bits. In the first form every value is a
float, NaN where missing, conditions are 1, 0 or NaN, and the expressions come from the same
`Emitter`, so that the peer does the same work. In 32 bits, OpenFisca's own, firms beside an edge
are decided wrongly; in 64 bits they are not. By hand is the innovative-SME standard of 2022 as an
author would write it, for firms without missing data: score and verdict only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from sanfu.ladder.book import Book

Found = dict[str, np.ndarray]

ROUTES = ("science_award_3y", "high_tech", "tech_demonstration", "ip_demonstration")
CODES: dict[str, int] = {}
"""Text → the number that stands for it."""


def code(text: str) -> int:
    return CODES.setdefault(text, len(CODES))


def _compare(operate):
    def run(self, other):
        right = lift(other)

        def value(get):
            a, b = self.run(get), right.run(get)
            found = operate(a, b).astype(a.dtype)
            gone = np.isnan(a) | np.isnan(b)
            return np.where(gone, a.dtype.type(np.nan), found)

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
            return np.where((a == 0) | (b == 0), a.dtype.type(0), a * b)

        return Np(value)

    def __or__(self, other):
        def value(get):
            a, b = self.run(get), other.run(get)
            return np.where((a == 1) | (b == 1), a.dtype.type(1), a + b)

        return Np(value)

    def __invert__(self):
        return Np(lambda get: 1 - self.run(get))

    def is_null(self):
        def gone(get):
            a = self.run(get)
            return np.isnan(a).astype(a.dtype)

        return Np(gone)

    def fill_null(self, value):
        def filled(get):
            a = self.run(get)
            return np.where(np.isnan(a), a.dtype.type(value), a)

        return Np(filled)

    def cast(self, _):
        return self


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
            return np.where(met, self.value.run(get), other.run(get))

        return Np(chosen)


class Ops:
    """Makes the expressions, with literals of 32 bits so that they take the width of a column."""

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


class System:
    """An OpenFisca system of firms, whose numbers are floats of so many bits."""

    def __init__(self, bits):
        from openfisca_core.entities import build_entity
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem

        self.firm = build_entity(key="firm", plural="firms", label="firm", is_person=True)
        self.system = TaxBenefitSystem([self.firm])
        self.dtype = np.dtype(f"float{bits}")

    def add(self, name, kind, formula=None):
        """Add a variable; its formula is given a function from name to array."""
        from openfisca_core.periods import YEAR
        from openfisca_core.variables import Variable

        body = {"value_type": kind, "entity": self.firm, "definition_period": YEAR, "label": name}
        if formula is not None:
            body["formula"] = lambda firms, period, _=None: formula(
                lambda other: firms(other, period), firms.count
            )
        self.system.add_variable(type(name, (Variable,), body))
        if kind is float:
            self.system.get_variable(name).dtype = self.dtype

    def timed(self, inputs: Found, wanted: list[str], count: int) -> tuple[float, float, Found]:
        """Set the inputs and compute; seconds by the wall and of the processor."""
        from openfisca_core.simulation_builder import SimulationBuilder

        start, used = time.perf_counter(), time.process_time()
        simulation = SimulationBuilder().build_default_simulation(self.system, count=count)
        for name, values in inputs.items():
            simulation.set_input(name, "2025", values)
        found = {name: simulation.calculate(name, "2025") for name in wanted}
        return time.perf_counter() - start, time.process_time() - used, found


def by_book(frame: pl.DataFrame, book: Book, *, bits: int) -> tuple[float, float, pl.DataFrame]:
    """Compute every outcome and all points of a book, three-valued, as Sanfu does."""
    from sanfu.ladder.emit import Emitter
    from sanfu.ladder.pipeline import finished, steps

    system, inputs = System(bits), {}
    for name in book.columns:
        system.add(f"v_{name}", float)
        column = frame[name]
        if column.dtype == pl.String:
            column = column.replace_strict({text: code(text) for text in column.unique()})
        inputs[f"v_{name}"] = column.cast(pl.Float64).to_numpy().astype(system.dtype)
    for step in steps(Emitter(book, ops=Ops())):
        for name, expression in step.items():
            system.add(
                name,
                float,
                lambda get, count, it=expression: np.broadcast_to(it.run(get), (count,)),
            )
    names = finished(book)
    wall, cpu, found = system.timed(inputs, list(names.values()), frame.height)
    return wall, cpu, pl.DataFrame({name: found[column] for name, column in names.items()})


def by_hand(frame: pl.DataFrame, *, bits: int) -> tuple[float, float, pl.DataFrame]:
    """Compute score and verdict as an OpenFisca author would, without missing data."""
    system = System(bits)

    def variable(name, kind, formula=None):
        system.add(name, kind, None if formula is None else lambda get, _: formula(get))

    money = (
        "rd_expense",
        "revenue",
        "main_revenue",
        "main_revenue_1",
        "liabilities",
        "assets",
        "new_equity_3y",
    )
    counts = ("class1_ip_high_value", "class1_ip_own", "class1_ip", "class2_ip")
    flags = (*ROUTES, "strategic_industry", "provincial_institution")
    for name in (*money, *counts):
        variable(name, float)
    for name in flags:
        variable(name, bool)

    def bands(value, edges, points):
        return np.select([value >= edge for edge in edges], points, 0)

    variable(
        "ip",
        float,
        lambda v: np.select(
            [
                v("class1_ip_high_value") >= 1,
                v("class1_ip_own") >= 1,
                v("class1_ip") >= 1,
                v("class2_ip") >= 1,
            ],
            [20, 15, 10, 5],
            0,
        ),
    )
    variable(
        "rd",
        float,
        lambda v: bands(v("rd_expense") / v("revenue"), (0.05, 0.03, 0.02, 0.01), (20, 15, 10, 5)),
    )
    variable(
        "growth",
        float,
        lambda v: bands(
            (v("main_revenue") - v("main_revenue_1")) / v("main_revenue_1"),
            (0.15, 0.10, 0.05, 0),
            (20, 15, 10, 5),
        ),
    )
    variable(
        "debt",
        float,
        lambda v: np.select(
            [v("liabilities") / v("assets") <= 0.55, v("liabilities") / v("assets") <= 0.75],
            [10, 5],
            0,
        ),
    )
    variable("field", float, lambda v: np.where(v("strategic_industry"), 10, 5))
    variable(
        "main_share",
        float,
        lambda v: bands(v("main_revenue") / v("revenue"), (0.7, 0.6, 0.55, 0.5), (20, 15, 10, 5)),
    )
    variable(
        "score",
        float,
        lambda v: v("ip") + v("rd") + v("growth") + v("debt") + v("field") + v("main_share"),
    )
    variable(
        "met",
        bool,
        lambda v: (
            (
                (v("score") >= 60)
                & (v("ip") + v("rd") >= 20)
                & (v("growth") + v("debt") >= 15)
                & (v("field") + v("main_share") >= 15)
            )
            | v("science_award_3y")
            | v("high_tech")
            | v("tech_demonstration")
            | v("ip_demonstration")
            | v("provincial_institution")
            | (v("new_equity_3y") >= 500_000_000)
        ),
    )

    columns = frame.with_columns(
        provincial_institution=pl.col("rd_institution").is_in(["国家级", "省级"])
    )
    inputs = {
        name: columns[name].cast(pl.Float64).to_numpy().astype(system.dtype)
        for name in (*money, *counts)
    } | {name: columns[name].to_numpy() for name in flags}
    wall, cpu, found = system.timed(inputs, ["score", "met"], frame.height)
    return (
        wall,
        cpu,
        pl.DataFrame({"score": found["score"], "verdict": np.where(found["met"], 3, 0)}),
    )
