"""The result of building an index: scores, and the whole way from the cells to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.graph import effective_weights
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from sanfu.index.audit import Audit
    from sanfu.index.figures import Figures
    from sanfu.index.finding import Finding
    from sanfu.index.framework import Framework
    from sanfu.index.graph import Plan
    from sanfu.index.micro import RegionFigures
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity
    from sanfu.index.robustness import LeaveOneOut, Robustness
    from sanfu.index.steps import Step
    from sanfu.index.weights import Weighting
    from sanfu.index.why import Contributions, Gain, Strengths


@dataclass(frozen=True, eq=False, repr=False)
class Index:
    """A built index. Nothing in it changes any more."""

    framework: Framework
    plan: Plan
    weights: Mapping[str, Array]
    """Node → the weights of its children, as used; not rescaled."""
    scores: Array
    """``(row, node)`` in the order of ``plan.nodes``; the index itself is last."""
    ranks: Array
    """As `scores`: 1 is best, equal scores share the better rank, each year by itself."""
    coverage: Array
    """As `scores`: the share of weight that rests on observed figures."""
    observed: NDArray[np.bool_]
    """``(row, indicator)``: which figures were there before filling."""
    keys: Figures
    """The normalised figures, with the units and years of the rows."""
    steps: Mapping[str, Step]
    """Every intermediate table with what was done, from ``raw`` to ``normalise``."""
    findings: tuple[Finding, ...]
    parity: Parity = None
    draws: Array | None = None
    """Multiple imputation's figures ``(draw, row, indicator)``, as measurement uncertainty."""
    origins: Any = None
    regions: RegionFigures | None = None
    """The figures' own way from the firms, where they were computed from a ledger."""
    weightings: Mapping[str, Weighting] = field(default_factory=dict)
    """Node → how its weights were derived, with what the method measured."""

    def __repr__(self) -> str:
        """Say what it is, not all that it holds."""
        years = "" if self.years is None else f" × {len(np.unique(self.years))} years"
        return (
            f"<Index {self.framework.framework} {self.framework.version}: "
            f"{len(set(self.units))} units{years} × {len(self.plan.indicators)} indicators, "
            f"{len(self.findings)} findings>"
        )

    @property
    def normalised(self) -> Array:
        """``(row, indicator)``: the normalised figures, larger is better."""
        return self.keys.values

    @property
    def units(self) -> list[str]:
        """The unit of each row."""
        return [str(unit) for unit in self.keys.units]

    @property
    def years(self) -> NDArray[np.int64] | None:
        """The year of each row, if the index has years."""
        return self.keys.years

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Tidy: unit, year, node, score, rank, coverage; a row a unit, year and node."""
        n, m = self.scores.shape
        keys = self.keys.keys()
        nodes = pl.Series("node", self.plan.nodes, dtype=pl.Enum(self.plan.nodes))
        return pl.DataFrame(
            {
                "unit": pl.concat([keys["unit"]] * m),
                "year": pl.concat([keys["year"]] * m),
                "node": nodes.gather(np.repeat(np.arange(m), n)).cast(pl.String),
                "score": pl.Series(self.scores.T.ravel()).fill_nan(None),
                "rank": pl.Series(self.ranks.T.ravel()).fill_nan(None).cast(pl.Int64),
                "coverage": pl.Series(self.coverage.T.ravel()).fill_nan(None),
            }
        )

    @property
    def ranking(self) -> pl.DataFrame:
        """The index itself, best first: unit, year, score, rank, coverage."""
        root = self.frame.filter(pl.col("node") == self.plan.nodes[-1]).drop("node")
        return root.sort(["year", "rank", "unit"], nulls_last=True)

    @cached_property
    def effective_weights(self) -> dict[str, float]:
        """Each part's share in the index: weights multiplied down the graph."""
        return effective_weights(self.plan, self.weights)

    def row(self, unit: str, year: int | None = None) -> int:
        """Find a unit's row; without a year the latest.

        Raises
        ------
        InputError
            No such unit (near names are proposed), or not in that year.
        """
        rows = np.flatnonzero(self.keys.units == unit)
        if self.years is not None and year is not None:
            rows = rows[self.years[rows] == year]
        if not len(rows):
            from difflib import get_close_matches  # noqa: PLC0415 - only for a fault

            near = "、".join(get_close_matches(unit, set(self.units), n=3))
            when = "" if year is None else f" {year}"
            raise InputError(
                Text(
                    f"结果中没有“{unit}”{when}" + (f"；相近的有：{near}" if near else ""),
                    f"no “{unit}”{when} in the result" + (f"; near: {near}" if near else ""),
                )
            )
        if self.years is None:
            return int(rows[0])
        return int(rows[np.argmax(self.years[rows])])

    def value(self, code: str) -> Array:
        """Give the ``(row,)`` scores of a node, or normalised figures of an indicator."""
        if code in self.plan.indicators:
            return np.asarray(self.normalised[:, self.plan.indicators.index(code)])
        if code not in self.plan.nodes:
            known = ", ".join((*self.plan.nodes, *self.plan.indicators))
            raise InputError(
                Text(f"没有“{code}”；有：{known}", f"no “{code}” in the index; there are: {known}")
            )
        return np.asarray(self.scores[:, self.plan.nodes.index(code)])

    def explain(self, unit: str, node: str | None = None, year: int | None = None) -> pl.DataFrame:
        """Say what a score is made of: the children of a node for one unit.

        Returns
        -------
        pl.DataFrame
            ``child, name, score, weight, contribution, rank, median, coverage``. `weight` is the
            share among the children that have a score. `contribution` adds up to the score of an
            arithmetic mean or sum, and to the logarithm of a geometric mean's; null for others.
        """
        from sanfu.index.tracing import explain_node  # noqa: PLC0415 - circular

        return explain_node(self, unit, node, year)

    def trace(self, unit: str, node: str | None = None, year: int | None = None) -> pl.DataFrame:
        """Follow a score down to its cells: one row a part and step, in reading order.

        Returns
        -------
        pl.DataFrame
            ``depth, code, name, step, value, done``, then ``formula`` and the columns of `origins`
            (file, sheet, row, raw …) for the figures themselves.
        """
        from sanfu.index.tracing import trace_node  # noqa: PLC0415 - circular

        return trace_node(self, unit, node, year)

    def contributions(
        self,
        unit: str,
        node: str | None = None,
        year: int | None = None,
        *,
        against: str | None = None,
        depth: Literal["indicators", "children"] = "indicators",
    ) -> Contributions:
        """Split a score, or its distance from ``"mean"``, ``"median"`` or a peer, over its parts.

        Returns
        -------
        Contributions
            ``.frame`` adds up exactly; ``.in_words()``. See `sanfu.index.why.find_contributions`.
        """
        from sanfu.index.why import find_contributions  # noqa: PLC0415 - circular

        return find_contributions(self, unit, node, year, against=against, depth=depth)

    def strengths(self, unit: str, year: int | None = None, **choices: Any) -> Strengths:
        """Find what a unit is best and worst placed in; see `sanfu.index.why.find_strengths`."""
        from sanfu.index.why import find_strengths  # noqa: PLC0415 - circular

        return find_strengths(self, unit, year, **choices)

    def summary(self, unit: str, year: int | None = None, **choices: Any) -> pl.DataFrame:
        """Give a unit's score and rank at every level; see `sanfu.index.why.summarise_unit`."""
        from sanfu.index.why import summarise_unit  # noqa: PLC0415 - circular

        return summarise_unit(self, unit, year, **choices)

    def gain(self, unit: str, places: int = 1, **choices: Any) -> Gain:
        """Say what it would take to gain places; see `sanfu.index.why.gain_places`."""
        from sanfu.index.why import gain_places  # noqa: PLC0415 - circular

        return gain_places(self, unit, places, **choices)

    def robustness(
        self, choices: Any = None, replicates: int = 1000, seed: int = 1, **options: Any
    ) -> Robustness:
        """Build the index again with its choices varied, and see what stays of the ranking.

        Parameters as `sanfu.index.robustness.run_robustness`; without choices the usual ones.
        """
        from sanfu.index.robustness import run_robustness  # noqa: PLC0415 - loaded when asked for

        return run_robustness(self, choices, replicates, seed, **options)

    def audit(self, **choices: Any) -> Audit:
        """Ask the eleven questions of a JRC audit; see `sanfu.index.audit.audit_index`."""
        from sanfu.index.audit import audit_index  # noqa: PLC0415 - loaded when asked for

        return audit_index(self, **choices)

    def leave_one_out(
        self, what: Literal["indicators", "pillars", "units"] = "indicators", **options: Any
    ) -> LeaveOneOut:
        """Build the index again without each part; see `sanfu.index.robustness.leave_one_out`."""
        from sanfu.index.robustness import leave_one_out  # noqa: PLC0415 - loaded when asked for

        return leave_one_out(self, what, **options)

    def to_excel(self, path: Path | str) -> None:
        """Write the ranking, all scores, weights, every step's table, treatments and findings."""
        from sanfu.index.workbook import write_index  # noqa: PLC0415 - loaded when asked for

        write_index(self, path)
