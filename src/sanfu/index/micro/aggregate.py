"""Sum the cells of firms by unit, at every level of the roll-up from the same firms.

Sums, counts, minima and maxima run in the backend's own engine through Narwhals and are added up
from the finest units. Quantiles, trimmed means, top-k sums and distinct counts cannot be added;
they are taken anew at each level, always in Polars, so that no backend's convention enters.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.formula import Call
from sanfu.index.micro.plan import ADDITIVE, Cell, Primitive
from sanfu.index.micro.table import YearTable
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sanfu.index.micro.combine import Array
    from sanfu.index.micro.plan import Plan
    from sanfu.index.micro.table import Frames

UNIT = "unit"
MERGEABLE = frozenset({*ADDITIVE, "min", "max"})


@dataclass(frozen=True)
class RollUp:
    """The levels above the finest units: each maps a unit below to its unit above."""

    base: str
    levels: Mapping[str, Mapping[str, str]]

    def chain(self, units: Sequence[str]) -> dict[str, list[str | None]]:
        """Give, level by level, the unit above of each finest unit (None: not mapped)."""
        now: list[str | None] = list(units)
        found: dict[str, list[str | None]] = {self.base: list(units)}
        for level, above in self.levels.items():
            now = [None if unit is None else above.get(unit, above.get("*")) for unit in now]
            found[level] = now
        return found


@dataclass(frozen=True)
class Units:
    """The axis of units: level after level, within a level in the order of their names."""

    base: tuple[str, ...]
    levels: tuple[str, ...]
    names: tuple[str, ...]
    membership: Array
    """Units × finest units, 1 where the finest unit belongs to the unit."""
    above: Mapping[str, Mapping[str, str]]
    """Level → finest unit → its unit at that level."""

    @classmethod
    def of(cls, base: Iterable[str], roll_up: RollUp) -> Units:
        """Lay out the units of all levels over the finest ones."""
        finest = tuple(sorted(base))
        levels: list[str] = []
        names: list[str] = []
        rows = []
        above = {}
        for level, parents in roll_up.chain(finest).items():
            above[level] = {
                low: up for low, up in zip(finest, parents, strict=True) if up is not None
            }
            for name in sorted({up for up in parents if up is not None}):
                levels.append(level)
                names.append(name)
                rows.append([float(up == name) for up in parents])
        membership = np.array(rows, dtype=float).reshape(len(names), len(finest))
        return cls(finest, tuple(levels), tuple(names), membership, above)


@dataclass(frozen=True)
class YearCells:
    """The table of one year with every cell worked out firm by firm; nothing is collected yet."""

    lazy: nw.LazyFrame[Any]
    """Columns: ``unit`` (may be missing), ``firm`` if there is one, and one for each cell."""
    columns: Mapping[Cell, str]
    table: YearTable
    names: Mapping[str, str]
    """Unit in the frames → how it is called in the result."""
    wide: nw.LazyFrame[Any]
    """The table before the cells, with the columns ``name@years back`` that they read."""


def cells_of_year(
    plans: Sequence[Plan],
    frames: Frames,
    year: int,
    by: Sequence[str],
    *,
    day: tuple[int, int] = (12, 31),
    names: Mapping[str, str] | None = None,
) -> YearCells:
    """Work out every cell that the plans read, firm by firm."""
    table = YearTable(frames, year, day)
    cells = dict.fromkeys(one.cell for plan in plans for one in plan.primitives())
    cells[Cell(None)] = None
    cells = dict.fromkeys(sorted(cells, key=lambda cell: cell.power))
    columns: dict[Cell, str] = {}
    expressions: list[nw.Expr] = []
    for position, cell in enumerate(cells):
        name = f"c{position}"
        columns[cell] = name
        expressions.append(_cell(cell, table).alias(name))
    wide = table.build(by)
    has = wide.collect_schema().names()
    unit = nw.col(by[0]).cast(nw.String)
    if len(by) > 1:
        unit = nw.concat_str(
            [nw.col(name).cast(nw.String) for name in by], separator=" · ", ignore_nulls=False
        )
    firm = [nw.col("firm")] if "firm" in has else []
    cells_of = wide.select(unit.alias(UNIT), *firm, *expressions)
    return YearCells(cells_of, columns, table, names or {}, wide)


def _cell(cell: Cell, table: YearTable) -> nw.Expr:
    emit = table.emitter
    tests = []
    flow = isinstance(cell.where, Call) and cell.where.function == "ever"
    there = None if flow else table.exists(cell.lag, filed=cell.value is not None)
    if there is not None:
        tests.append(there)
    if cell.where is not None:
        tests.append(emit.condition(cell.where, cell.lag))
    if cell.value is None:
        value = nw.lit(1)
    else:
        value = emit.value(cell.value, cell.lag)
        if cell.power == 2:
            value = value.cast(nw.Float64)
            value = value * value
    if not tests:
        return value
    keep = tests[0] if len(tests) == 1 else tests[0] & tests[1]
    return nw.when(keep).then(value)


def sum_up(
    cells: YearCells, primitives: Sequence[Primitive], roll_up: RollUp
) -> tuple[Units, dict[Primitive, Array], int]:
    """Work out the primitives for every unit of every level.

    Returns
    -------
    tuple
        The units; each primitive, shape (units,); how many firms had no unit.
    """
    merged = [one for one in primitives if one.kind in MERGEABLE]
    found = _grouped(cells, merged)
    lost = found.filter(pl.col(UNIT).is_null())
    unplaced = int(lost["rows"].sum()) if lost.height else 0
    found = found.filter(pl.col(UNIT).is_not_null()).sort(UNIT)
    units = Units.of(found[UNIT].to_list(), roll_up)
    values: dict[Primitive, Array] = {}
    for position, one in enumerate(merged):
        finest = found[f"p{position}"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        values[one] = _merge(one.kind, finest, units)
    ordered = [one for one in primitives if one.kind not in MERGEABLE]
    if ordered:
        values |= _in_order(cells, ordered, units)
    return units, values, unplaced


def _merge(kind: str, finest: Array, units: Units) -> Array:
    if kind in ADDITIVE:
        return np.asarray(units.membership @ np.nan_to_num(finest))
    out = np.full(len(units.names), np.nan)
    best = np.fmin if kind == "min" else np.fmax
    for row, member in enumerate(units.membership):
        out[row] = best.reduce(finest[member > 0])
    return out


def _grouped(cells: YearCells, merged: Sequence[Primitive]) -> pl.DataFrame:
    aggregates = [nw.len().alias("rows")]
    for position, one in enumerate(merged):
        column = nw.col(cells.columns[one.cell])
        match one.kind:
            case "sum":
                found = column.sum()
            case "count":
                found = column.count()
            case "min":
                found = column.min()
            case _:
                found = column.max()
        aggregates.append(found.alias(f"p{position}"))
    return _named(cells, collect(cells.lazy.group_by(UNIT).agg(*aggregates)))


def _named(cells: YearCells, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(UNIT).replace(cells.names)) if cells.names else frame


def collect(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """Run a lazy frame and give it as Polars.

    Frames in memory are summed in one fixed order, so that the same ledger gives the same figures
    to the last bit; files are streamed, whose sums of fractions can differ in the last digit.
    """
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        streams = "SCAN" in native.explain(optimized=False)
        return native.collect(engine="streaming" if streams else "in-memory")
    with warnings.catch_warnings():
        # pandas group-by of several aggregates is announced as slow by Narwhals
        warnings.simplefilter("ignore", UserWarning)
        done: pl.DataFrame = frame.collect("polars").to_native()
    return done


def firm_cells(cells: YearCells, wanted: Sequence[Cell]) -> pl.DataFrame:
    """Give the wanted cells firm by firm as Polars: ``unit``, ``firm`` if any, and the cells."""
    has = cells.lazy.collect_schema().names()
    firm = ["firm"] if "firm" in has else []
    names = dict.fromkeys(cells.columns[cell] for cell in wanted)
    return _named(cells, collect(cells.lazy.select(UNIT, *firm, *names)))


def raw_cells(cells: YearCells) -> pl.DataFrame | None:
    """Give what the formulas read, firm by firm: ``firm``, and ``name`` or ``name (year)``."""
    if "firm" not in cells.wide.collect_schema().names():
        return None
    year = cells.table.year
    return collect(
        cells.wide.select(
            "firm",
            *(
                nw.col(f"{name}@{lag}").alias(f"{name} ({year - lag})" if lag else name)
                for name, lag in cells.table.read
            ),
        )
    )


def _in_order(
    cells: YearCells, ordered: Sequence[Primitive], units: Units
) -> dict[Primitive, Array]:
    rows = firm_cells(cells, [one.cell for one in ordered])
    found: dict[Primitive, list[Array]] = {one: [] for one in ordered}
    for level, above in units.above.items():
        of_level = [name for name, of in zip(units.names, units.levels, strict=True) if of == level]
        placed = rows.with_columns(
            pl.col(UNIT).replace_strict(above, default=None, return_dtype=pl.String)
        )
        out = placed.lazy().group_by(UNIT).agg(
            *(_order_aggregate(one, cells.columns[one.cell]).alias(f"p{position}")
              for position, one in enumerate(ordered))
        ).collect()  # fmt: skip
        out = pl.DataFrame({UNIT: of_level}, schema={UNIT: pl.String}).join(
            out, on=UNIT, how="left", maintain_order="left"
        )
        for position, one in enumerate(ordered):
            column = out[f"p{position}"].cast(pl.Float64).fill_null(float("nan"))
            found[one].append(column.to_numpy())
    return {one: np.concatenate(parts) for one, parts in found.items()}


def _order_aggregate(one: Primitive, column: str) -> pl.Expr:
    x = pl.col(column)
    match one.kind:
        case "quantile":
            return x.cast(pl.Float64).quantile(float(one.parameter), "linear")
        case "top":
            return x.drop_nulls().top_k(int(one.parameter)).sum()
        case "trimmed":
            p = one.parameter
            n = x.count().cast(pl.Int64)
            cut = n * p.numerator // p.denominator
            return x.drop_nulls().sort().slice(cut, n - 2 * cut).mean()
        case _:
            return x.drop_nulls().n_unique()


def check_roll_up(roll_up: Mapping[str, Mapping[str, str] | str] | None, base: str) -> RollUp:
    """Take the levels as given: a mapping of units, or one name for all."""
    levels: dict[str, Mapping[str, str]] = {}
    for level, above in (roll_up or {}).items():
        if level == base or level in levels:
            raise InputError(Text(f"层级“{level}”重复。", f"the level “{level}” is given twice."))
        levels[level] = {"*": above} if isinstance(above, str) else dict(above)
    return RollUp(base, levels)
