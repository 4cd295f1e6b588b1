"""One year of an index as reports read it: units in order, and each number with its trace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.index.formulas import aggregate_formula, normalise_formula
from sanfu.language import Text
from sanfu.report.blocks import Trace
from sanfu.report.facts import Fact
from sanfu.report.material import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from sanfu.index import Index
    from sanfu.index.moments import Array
    from sanfu.report.facts import Show

CELLS_SHOWN = 6
"""Cells listed in a trace before it says how many more there are and how to list them."""


@dataclass(frozen=True, eq=False)
class IndexView:
    """The latest year of an index, its units from the first to the last.

    Attributes
    ----------
    items
        The scored units in order of rank; their codes (``u01`` …) are the same for the same units.
    """

    index: Index

    @cached_property
    def year(self) -> int | None:
        """The latest year, if the index has years."""
        years = self.index.years
        return None if years is None else int(years.max())

    @cached_property
    def root(self) -> str:
        """Code of the index itself."""
        return self.index.plan.nodes[-1]

    @cached_property
    def pillars(self) -> tuple[str, ...]:
        """The parts directly under the index."""
        return self.index.plan.children[self.root]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The units, best first; equal ranks by name."""
        codes = {unit: f"u{place:02d}" for place, unit in enumerate(sorted(set(self.units)), 1)}
        return tuple(Item(codes[unit], Text(unit, unit)) for unit in self.units)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Names of the scored units, best first."""
        ranking = self.index.ranking.filter(pl.col("score").is_not_null())
        if self.year is not None:
            ranking = ranking.filter(pl.col("year") == self.year)
        return tuple(ranking["unit"])

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {
            item.code: self.index.row(unit, self.year)
            for item, unit in zip(self.items, self.units, strict=True)
        }

    def row(self, item: Item) -> int:
        """Give the index's row of a unit."""
        return self._row_of[item.code]

    def values(self, code: str) -> Array:
        """Give a part's scores over the units, best first."""
        return np.asarray(self.index.value(code))[[self.row(item) for item in self.items]]

    def name(self, code: str) -> str:
        """Name a part in the current language."""
        return str(self.index.framework.label(code))

    def rank_of(self, item: Item, code: str) -> int | None:
        """Rank a unit by one part: 1 is best, equal scores share the better rank."""
        own = float(self.index.value(code)[self.row(item)])
        return None if np.isnan(own) else int(np.sum(self.values(code) > own)) + 1

    def score(self, item: Item, code: str | None = None) -> Fact:
        """Give a part's score, or an indicator's normalised figure, with its trace."""
        code = code or self.root
        value = float(self.index.value(code)[self.row(item)])
        make = self._trace_of(item, code)
        return Fact(None if np.isnan(value) else value, "number", 1, make)

    def raw(self, item: Item, code: str) -> Fact:
        """Give an indicator's own figure before any step, with its cells."""
        figures = next(iter(self.index.steps.values())).figures
        value = float(figures.values[self._raw_row(item), figures.codes.index(code)])
        percent = self._is_share(code)
        show: Show = "percent" if percent else "number"
        decimals = 1 if percent or (abs(value) < 10_000 and not value.is_integer()) else 0
        return Fact(
            None if np.isnan(value) else value, show, decimals, lambda: self._cells(item, code)
        )

    def shift(self, item: Item, code: str) -> float | None:
        """Say what a part adds to, or takes from, the score of its parent against the mean.

        None where the parent is not an arithmetic mean, or the unit lacks the part.
        """
        parent = next(n for n, parts in self.index.plan.children.items() if code in parts)
        rule = self.index.framework.aggregate_of(parent)
        values = self.values(code)
        own = float(self.index.value(code)[self.row(item)])
        if rule.method != "arithmetic" or np.isnan(own):
            return None
        children = self.index.plan.children[parent]
        weights = self.index.weights[parent]
        share = float(weights[children.index(code)] / np.sum(weights))
        return share * (own - float(np.nanmean(values)))

    def _trace_of(self, item: Item, code: str) -> Callable[[], Trace]:
        return lambda: (
            self._normalised(item, code)
            if code in self.index.plan.indicators
            else self._aggregated(item, code)
        )

    def _aggregated(self, item: Item, code: str) -> Trace:
        rule = self.index.framework.aggregate_of(code)
        children = self.index.plan.children[code]
        weights = self.index.weights[code]
        inputs = tuple(
            (f"{self.name(child)}（{child}）", f"{self._own(item, child):.6g} × {weight:g}")
            for child, weight in zip(children, weights, strict=True)
        )
        return Trace("", f"{item.name} · {self.name(code)}", aggregate_formula(rule), inputs)

    def _normalised(self, item: Item, code: str) -> Trace:
        framework = self.index.framework
        rule = framework.indicators[code].normalise or framework.method.normalise
        before = list(self.index.steps.values())[-2].figures
        column = before.values[:, before.codes.index(code)]
        if before.years is not None and rule.over != "all":
            column = column[before.years == (self.year if rule.over == "year" else rule.base)]
        formula = normalise_formula(rule, framework.indicators[code].direction, column)
        raw = self.raw(item, code)
        return Trace(
            "",
            f"{item.name} · {self.name(code)}",
            formula,
            ((str(Text("原值 x", "figure x")), f"{raw.value:.10g}" if raw.value else "—"),),
            self._cells(item, code).cells,
        )

    def _cells(self, item: Item, code: str) -> Trace:
        """Follow a figure to the firms and the cells of the files that it was computed from."""
        formula = self.index.framework.indicators[code].formula or ""
        what = f"{item.name} · {self.name(code)}"
        regions = self.index.regions
        if regions is None or code not in regions.plans:
            return Trace("", what, formula or str(Text("读入的数据", "as read")))
        found = regions.trace(str(item.name), code, self.year)
        n = (str(Text("依据企业数", "firms behind it")), f"{found.n}")
        if found.cells is None or found.cells.is_empty():
            return Trace("", what, formula, (n,))
        cells = [
            f"{cell['firm']} {cell['column']}"
            f"{'' if cell['year'] is None else ' ' + str(cell['year'])}："
            f"{cell['file']} › {cell['sheet']} › {cell['row']} = {cell['raw']}"
            for cell in found.cells.head(CELLS_SHOWN).iter_rows(named=True)
        ]
        more = found.cells.height - len(cells)
        if more > 0:
            command = f'sanfu index explain --cells --unit "{item.name}" --node {code}'
            cells.append(
                str(
                    Text(
                        f"……共 {found.cells.height} 格，全部列出：{command}",
                        f"… {found.cells.height} cells in all; to list them: {command}",
                    )
                )
            )
        return Trace("", what, formula, (n,), tuple(cells))

    def _own(self, item: Item, code: str) -> float:
        return float(self.index.value(code)[self.row(item)])

    def _raw_row(self, item: Item) -> int:
        figures = next(iter(self.index.steps.values())).figures
        rows = np.flatnonzero(figures.units == str(item.name))
        if figures.years is not None and self.year is not None:
            rows = rows[figures.years[rows] == self.year]
        return int(rows[0])

    def _is_share(self, code: str) -> bool:
        """Say whether an indicator is a fraction of 1, which is printed as percent."""
        return self.index.framework.indicators[code].unit == "share"
