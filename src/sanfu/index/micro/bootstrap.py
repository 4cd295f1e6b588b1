"""Draw the firms again, a thousand times, and work out every figure each time.

The uncertainty that figures of few firms carry is handed on to the index as an array of
replicates. Sums and counts of all replicates are one matrix product of weights and cells a unit;
quantiles, trimmed means, top-k sums and distinct counts are exact for the drawn firms, from
cumulated weights along the sorted cells. Poisson weights: Hanley and MacGibbon (2006), Computer
Methods and Programs in Biomedicine 83, 57-62; multinomial weights are Efron's (1979) bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.micro.aggregate import UNIT, firm_cells
from sanfu.index.micro.combine import Array, work_out
from sanfu.index.micro.plan import ADDITIVE, Primitive
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.micro.aggregate import Units
    from sanfu.index.micro.figures import RegionFigures
    from sanfu.index.micro.plan import Cell

Draw = Literal["poisson", "multinomial"]
CELLS_AT_ONCE = 120_000_000
"""Weights (replicates × firms, one byte each) held at a time."""


@dataclass(frozen=True)
class Replicates:
    """Every figure, worked out on every draw of firms.

    Attributes
    ----------
    values
        Replicate × unit × indicator; NaN where a draw leaves a figure missing.
    """

    values: Array
    level: str
    units: tuple[str, ...]
    indicators: tuple[str, ...]
    year: int
    seed: int
    method: str

    def standard_errors(self) -> Array:
        """Give the standard deviation over the replicates, shape (unit, indicator)."""
        found = np.full(self.values.shape[1:], np.nan)
        enough = np.isfinite(self.values).sum(axis=0) > 1
        found[enough] = np.nanstd(self.values[:, enough], axis=0, ddof=1)
        return found

    def intervals(self, coverage: float = 0.9) -> pl.DataFrame:
        """Give percentile intervals: unit, indicator, low, high, standard_error, replicates."""
        tail = (1 - coverage) / 2
        errors = self.standard_errors()
        rows = []
        for j, indicator in enumerate(self.indicators):
            for i, unit in enumerate(self.units):
                drawn = self.values[:, i, j]
                drawn = drawn[np.isfinite(drawn)]
                low, high = np.quantile(drawn, [tail, 1 - tail]) if drawn.size else (None, None)
                error = float(errors[i, j]) if np.isfinite(errors[i, j]) else None
                rows.append((unit, indicator, low, high, error, drawn.size))
        return pl.DataFrame(
            rows,
            schema={
                "unit": pl.String,
                "indicator": pl.String,
                "low": pl.Float64,
                "high": pl.Float64,
                "standard_error": pl.Float64,
                "replicates": pl.Int64,
            },
            orient="row",
        )


def bootstrap_figures(
    figures: RegionFigures,
    *,
    replicates: int = 1000,
    seed: int = 1,
    method: str = "poisson",
    year: int | None = None,
    level: str | None = None,
) -> Replicates:
    """Draw firms with replacement within each finest unit and work out every figure again.

    Parameters
    ----------
    figures
        What `measure_regions` gave.
    replicates
        How many draws.
    seed
        The same seed gives the same draws, however the work is cut.
    method
        ``"poisson"`` gives each firm a Poisson(1) weight (the number of firms varies);
        ``"multinomial"`` draws exactly as many firms as there are.
    year, level
        The last year and the finest level, if nothing is said.

    Returns
    -------
    Replicates
        ``.values`` has shape (replicates, units, indicators).

    Raises
    ------
    InputError
        An unknown method, year or level.
    """
    year = max(figures.measured) if year is None else year
    level = level or figures.levels[0]
    if method not in ("poisson", "multinomial") or year not in figures.measured:
        raise InputError(
            Text(
                f"method 应为 poisson 或 multinomial，year 应为已计算的年份；"
                f"找到 {method}、{year}。",
                f"method is poisson or multinomial and year one that was computed; "
                f"found {method}, {year}.",
            )
        )
    measured = figures.measured[year]
    units = measured.units
    wanted = [i for i, of in enumerate(units.levels) if of == level]
    if not wanted:
        raise InputError(Text(f"没有层级“{level}”。", f"there is no level “{level}”."))
    plans = list(figures.plans.values())
    primitives = list(dict.fromkeys(one for plan in plans for one in plan.primitives()))
    rows = firm_cells(measured.cells, [one.cell for one in primitives])
    rows = rows.filter(pl.col(UNIT).is_not_null()).sort(UNIT, maintain_order=True)
    work = _Work(rows, measured.cells.columns, primitives, units)
    generators = np.random.default_rng(seed).spawn(len(units.base))
    at_once = max(1, min(replicates, CELLS_AT_ONCE // max(rows.height, 1)))
    parts = []
    for start in range(0, replicates, at_once):
        size = min(at_once, replicates - start)
        weights = [
            draw_weights(generator, size, len(block), method)
            for generator, block in zip(generators, work.blocks, strict=True)
        ]
        values = work.primitives_of(weights)
        given = measured.given
        done = [
            np.broadcast_to(work_out(plan.term, values, given), (size, len(units.names)))
            for plan in plans
        ]
        parts.append(np.stack(done, axis=-1)[:, wanted])
    return Replicates(
        np.concatenate(parts),
        level,
        tuple(units.names[i] for i in wanted),
        tuple(plan.indicator for plan in plans),
        year,
        seed,
        method,
    )


def draw_weights(
    generator: np.random.Generator, replicates: int, firms: int, method: str
) -> np.ndarray:
    """Give how often each firm is drawn, shape (replicates, firms)."""
    if method == "poisson":
        # inverse transform of one uniform a firm: four times as quick as Generator.poisson
        uniform = generator.random((replicates, firms))
        return np.searchsorted(_POISSON, uniform, side="right").astype(np.uint8)
    if firms == 0:
        return np.zeros((replicates, 0), np.uint8)
    picked = generator.integers(0, firms, (replicates, firms))
    picked += firms * np.arange(replicates)[:, None]
    counts = np.bincount(picked.ravel(), minlength=replicates * firms)
    return counts.reshape(replicates, firms).astype(np.uint16)


def _poisson_steps() -> Array:
    mass, total, steps = np.exp(-1.0), 0.0, []
    for k in range(18):
        total += mass
        steps.append(total)
        mass /= k + 1
    return np.array(steps)


_POISSON = _poisson_steps()
"""Cumulative distribution of Poisson(1), to the last digit of a double."""


class _Work:
    """The cells of all firms as arrays, unit by unit."""

    def __init__(
        self,
        rows: pl.DataFrame,
        columns: Mapping[Cell, str],
        primitives: Sequence[Primitive],
        units: Units,
    ) -> None:
        self.units = units
        self.primitives = primitives
        places = rows[UNIT].to_numpy()
        edges = np.searchsorted(places.astype(str), np.array(units.base, dtype=str), "left")
        edges = np.append(edges, rows.height)
        self.blocks = [range(edges[i], edges[i + 1]) for i in range(len(units.base))]
        self.summed = [one for one in primitives if one.kind in ADDITIVE]
        self.ordered = [one for one in primitives if one.kind not in ADDITIVE]
        names: dict[Primitive, str] = {one: columns[one.cell] for one in primitives}
        self.sums = np.empty((rows.height, len(self.summed)))
        for j, one in enumerate(self.summed):
            column = rows[names[one]]
            self.sums[:, j] = (
                column.is_not_null().to_numpy()
                if one.kind == "count"
                else column.cast(pl.Float64).fill_null(0).to_numpy()
            )
        self.cells = {
            one: (
                rows[names[one]].rank("dense")
                if one.kind == "distinct"
                else rows[names[one]].cast(pl.Float64)
            )
            .cast(pl.Float64)
            .fill_null(float("nan"))
            .to_numpy()
            for one in self.ordered
        }

    def primitives_of(self, weights: Sequence[np.ndarray]) -> dict[Primitive, Array]:
        """Give every primitive, shape (replicates, units), for these weights."""
        size = weights[0].shape[0] if weights else 0
        finest = np.empty((size, len(self.blocks), len(self.summed)))
        for i, (block, drawn) in enumerate(zip(self.blocks, weights, strict=True)):
            finest[:, i] = drawn.astype(np.float64) @ self.sums[block.start : block.stop]
        above = np.einsum("ub,rbk->ruk", self.units.membership, finest, optimize=True)
        values: dict[Primitive, Array] = {one: above[:, :, j] for j, one in enumerate(self.summed)}
        for one in self.ordered:
            values[one] = np.full((size, len(self.units.names)), np.nan)
        if self.ordered:
            for u, member in enumerate(self.units.membership):
                blocks = [int(b) for b in np.flatnonzero(member)]
                index = np.concatenate([np.asarray(self.blocks[b]) for b in blocks])
                drawn = np.concatenate([weights[b] for b in blocks], axis=1)
                for one in self.ordered:
                    values[one][:, u] = ordered_primitive(one, self.cells[one][index], drawn)
        return values


def ordered_primitive(one: Primitive, x: Array, weights: np.ndarray) -> Array:
    """Work out a primitive that needs the order of the cells, for every draw.

    Parameters
    ----------
    one
        Which primitive.
    x
        Cells of the firms, NaN where missing; shape (firms,).
    weights
        How often each firm is drawn; shape (replicates, firms).

    Returns
    -------
    ndarray
        Shape (replicates,); NaN where no firm with the cell was drawn.
    """
    there = np.flatnonzero(np.isfinite(x))
    order = there[np.argsort(x[there], kind="stable")]
    if one.kind == "top":
        order = order[::-1]
    values, drawn = x[order], weights[:, order].astype(np.int64)
    upto = np.cumsum(drawn, axis=1)
    n = upto[:, -1] if order.size else np.zeros(len(weights), np.int64)
    out = np.full(len(weights), np.nan)
    some = n > 0
    if not some.any():
        return np.zeros(len(weights)) if one.kind in ("top", "distinct") else out
    p = one.parameter
    match one.kind:
        case "quantile":
            place = (n - 1) * p.numerator
            low = place // p.denominator
            part = (place % p.denominator) / p.denominator
            first = values[_at(upto, low)]
            second = values[_at(upto, np.minimum(low + 1, n - 1))]
            out[some] = (first + part * (second - first))[some]
        case "min" | "max":
            chosen = np.zeros_like(n) if one.kind == "min" else n - 1
            out[some] = values[_at(upto, chosen)][some]
        case "top":
            k = int(p)
            kept = np.clip(np.minimum(upto, k) - (upto - drawn), 0, None)
            return np.asarray(kept @ values, dtype=np.float64)
        case "trimmed":
            cut = (n * p.numerator // p.denominator)[:, None]
            kept = np.minimum(upto, n[:, None] - cut) - np.maximum(upto - drawn, cut)
            kept = np.clip(kept, 0, None)
            out[some] = ((kept @ values) / np.maximum(kept.sum(axis=1), 1))[some]
        case _:
            starts = np.flatnonzero(np.append(True, np.diff(values) != 0))
            groups = np.add.reduceat(drawn, starts, axis=1) > 0
            return np.asarray(groups.sum(axis=1), dtype=np.float64)
    return out


def _at(upto: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Give which cell stands at a place (from 0) of the drawn firms in order."""
    found = (upto <= place[:, None]).sum(axis=1)
    return np.asarray(np.minimum(found, upto.shape[1] - 1))
