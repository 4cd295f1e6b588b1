"""Compute a framework's indicators from the ledger's frames, for every region and year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.errors import DeclarationFaults, Fault, InputError
from sanfu.index.finding import NothingToScore
from sanfu.index.framework import Framework, as_framework
from sanfu.index.micro.aggregate import (
    RollUp,
    Units,
    YearCells,
    cells_of_year,
    check_roll_up,
    sum_up,
)
from sanfu.index.micro.combine import Array, firms_behind, work_out
from sanfu.index.micro.figures import SCHEMA, RegionFigures
from sanfu.index.micro.plan import Cell, Plan, Primitive, read_plan
from sanfu.index.micro.table import Frames, faults_of
from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.index.micro.confidential import Confidentiality

Indicators = Framework | Mapping[str, str] | str


@dataclass(frozen=True)
class Measured:
    """One year, worked out: the units, the primitives and each figure."""

    year: int
    cells: YearCells
    units: Units
    values: Mapping[Primitive, Array]
    given: Mapping[str, Array]
    unplaced: int


def measure_regions(
    indicators: Indicators | Path,
    frames: Any,
    *,
    years: int | Sequence[int],
    by: str | Sequence[str] = "district",
    roll_up: Mapping[str, Mapping[str, str] | str] | None = None,
    as_of: tuple[int, int] = (12, 31),
    confidentiality: Confidentiality | None = None,
    shrink: bool | Sequence[str] = False,
    absent: Literal["refuse", "missing"] = "refuse",
    names: Mapping[str, str] | None = None,
) -> RegionFigures:
    """Compute indicators from firms, for every region and year and every level at once.

    Parameters
    ----------
    indicators
        A framework (its indicators that have a ``formula``), or indicator → formula.
    frames
        The ledger, or a mapping with ``firms`` and ``figures`` and, where formulas read them,
        ``titles`` and ``tags``; Polars, DuckDB or pandas frames, all of one backend. ``units``
        (columns ``unit``, and ``year`` if wanted) holds figures of the regions themselves, such
        as population; they may stand in formulas outside the aggregates, and pass into the
        result for denominators.
    years
        The year or years wanted; the years before are read where a formula needs them.
    by
        The column (or columns, then units are their combinations) of the finest units.
    roll_up
        Levels above, in order: level → {unit below: unit above}, or level → the one unit above
        all. Sums and counts of a level come from the same firms as those below.
    as_of
        Month and day of the year at which titles must be valid and firms must exist.
    confidentiality
        Hides figures that rest on too few firms or are dominated by one; says which and why.
    shrink
        True, or the indicators wanted: shares and means of small regions are drawn towards the
        level's mean (empirical Bayes), each with its factor in ``shrunk``.
    absent
        A formula that reads a column which no frame has: refuse the run, or leave the indicator
        missing everywhere and say so in ``.problems``.
    names
        Unit as the frames call it → name wanted (a ledger holds codes of districts); one to one.

    Returns
    -------
    RegionFigures
        ``.frame`` is tidy: level, unit, year, indicator, value, n, population …

    Raises
    ------
    DeclarationFaults
        All faults of all formulas at once.
    """
    plans = read_plans(indicators)
    taken = Frames.take(frames)
    faults = faults_of(plans, taken)
    if faults and absent == "refuse":
        raise DeclarationFaults("formulas", faults)
    left_out = {fault.where: fault.text for fault in faults}
    plans = [plan for plan in plans if plan.indicator not in left_out]
    columns = (by,) if isinstance(by, str) else tuple(by)
    missing = [
        name
        for name in columns
        if name not in taken.columns["firms"] and name not in taken.columns["figures"]
    ]
    if missing:
        shown = ", ".join(missing)
        known = ", ".join(sorted(taken.columns["firms"]))
        raise InputError(
            Text(
                f"没有分组列：{shown}；企业表的列有：{known}。",
                f"no column to group by: {shown}; those of the firms are: {known}.",
            )
        )
    if names and len(set(names.values())) < len(names):
        raise InputError(
            Text("names 里有两个单位同名。", "two units have the same name in `names`.")
        )
    rolled = check_roll_up(roll_up, "·".join(columns))
    wanted = (years,) if isinstance(years, int) else tuple(years)
    outside = _outside(frames, plans)
    measured = [
        _one_year(plans, taken, year, columns, rolled, as_of, outside, names) for year in wanted
    ]
    if not any(one.units.names for one in measured):
        shown = "、".join(columns)
        raise NothingToScore(
            Text(
                f"没有一户企业有“{shown}”（或当年没有存续的企业），无从按地区计算。"
                "请在企业表里填写所在区，再导入一次。",
                f"no firm has a “{shown}”, or none exists in these years: there is no region to "
                "compute. Fill in the firms' districts and import them again.",
            )
        )
    result = RegionFigures(
        frame=_tidy(plans, measured),
        plans={plan.indicator: plan for plan in plans},
        measured={one.year: one for one in measured},
        frames=taken,
        origins=_origins(frames),
        by=columns,
        day=as_of,
        left_out=left_out,
        names=names or {},
    )
    if shrink is not False:
        from sanfu.index.micro.shrink import shrink_figures  # noqa: PLC0415 - on request

        result = shrink_figures(result, None if shrink is True else list(shrink))
    if confidentiality is not None:
        from sanfu.index.micro.confidential import protect  # noqa: PLC0415 - on request

        result = protect(result, confidentiality)
    return result


def read_plans(indicators: Indicators | Path) -> list[Plan]:
    """Read the formulas of a framework, or of a mapping, all faults at once.

    Raises
    ------
    DeclarationFaults
        One fault for each formula that cannot be read, with its indicator.
    """
    if isinstance(indicators, Mapping) and all(isinstance(v, str) for v in indicators.values()):
        formulas = dict(indicators)
    else:
        framework = as_framework(indicators)
        formulas = {code: one.formula for code, one in framework.indicators.items() if one.formula}
    plans: list[Plan] = []
    faults: list[Fault] = []
    for code, formula in formulas.items():
        plan, wrong = read_plan(code, formula)
        faults += wrong
        if plan is not None:
            plans.append(plan)
    if not formulas:
        faults.append(
            Fault(
                None,
                "indicators",
                Text(
                    "没有一个指标写了 formula，无从由企业算起",
                    "no indicator has a `formula`, so nothing can be computed from firms",
                ),
            )
        )
    if faults:
        raise DeclarationFaults("formulas", faults)
    return plans


def _one_year(
    plans: Sequence[Plan],
    frames: Frames,
    year: int,
    by: tuple[str, ...],
    roll_up: RollUp,
    as_of: tuple[int, int],
    outside: pl.DataFrame | None,
    names: Mapping[str, str] | None,
) -> Measured:
    cells = cells_of_year(plans, frames, year, by, day=as_of, names=names)
    primitives = list(
        dict.fromkeys(
            [*(one for plan in plans for one in plan.primitives()), Primitive("count", Cell(None))]
        )
    )
    units, values, unplaced = sum_up(cells, primitives, roll_up)
    read = {name for plan in plans for name in plan.given()}
    given = {} if outside is None else {n: _given(outside, n, year, units) for n in read}
    return Measured(year, cells, units, values, given, unplaced)


def _outside(frames: Any, plans: Sequence[Plan]) -> pl.DataFrame | None:
    given = frames.get("units") if hasattr(frames, "get") else None
    names = {name: plan.indicator for plan in plans for name in plan.given()}
    table = None if given is None else pl.DataFrame(given)
    has = [] if table is None else table.columns
    faults = [
        Fault(
            None,
            indicator,
            Text(
                f"“{name}”在汇总函数之外，而地区表 units 里没有这一列；"
                f"若是企业指标，请写 sum({name}) 或 median({name})",
                f"“{name}” stands outside an aggregate and the frame `units` has no such column; "
                f"if it is a firm's, write sum({name}) or median({name})",
            ),
        )
        for name, indicator in names.items()
        if name not in has
    ]
    if faults:
        raise DeclarationFaults("formulas", faults)
    return table


def _given(outside: pl.DataFrame, name: str, year: int, units: Units) -> Array:
    rows = outside.filter(pl.col("year") == year) if "year" in outside.columns else outside
    found = dict(zip(rows["unit"].to_list(), rows[name].cast(pl.Float64).to_list(), strict=True))
    finest = np.array([_number(found.get(unit)) for unit in units.base])
    values = units.membership @ np.nan_to_num(finest) + np.where(
        units.membership @ np.isnan(finest) > 0, np.nan, 0.0
    )
    own = np.array([_number(found.get(unit)) for unit in units.names])
    return np.where(np.isnan(own), values, own)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _tidy(plans: Sequence[Plan], measured: Sequence[Measured]) -> pl.DataFrame:
    parts = []
    everyone = Primitive("count", Cell(None))
    for year in measured:
        size = len(year.units.names)
        population = np.broadcast_to(year.values[everyone], (size,))
        for plan in plans:
            value = np.broadcast_to(work_out(plan.term, year.values, year.given), (size,))
            n = np.broadcast_to(firms_behind(plan, year.values), (size,))
            parts.append(
                pl.DataFrame(
                    {
                        "level": list(year.units.levels),
                        "unit": list(year.units.names),
                        "year": [year.year] * size,
                        "indicator": [plan.indicator] * size,
                        "value": value,
                        "n": np.nan_to_num(n).astype(np.int64),
                        "population": population.astype(np.int64),
                        "note": [None] * size,
                        "shrunk": [None] * size,
                    },
                    schema=SCHEMA,
                    nan_to_null=True,
                )
            )
    if not parts:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(parts)


def _origins(frames: Any) -> Callable[[], Any]:
    """Give how to get the cells' homes: a ledger makes them only when one is followed."""
    if hasattr(frames, "get"):
        return lambda: frames.get("origins")
    return lambda: getattr(frames, "origins", None)
