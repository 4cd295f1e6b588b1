"""The figures of regions, each with its formula, its firms and its way back to the cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from sanfu.errors import InputError
from sanfu.index.micro.aggregate import UNIT, cells_of_year, firm_cells, raw_cells
from sanfu.index.micro.table import LINKED, row_names
from sanfu.index.micro.worked import parts_of, worked_out
from sanfu.language import Text
from sanfu.registry.schemes import TAGGED_BY
from sanfu.registry.titles import undated, undated_note
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sanfu.index.micro.aggregate import YearCells
    from sanfu.index.micro.bootstrap import Replicates
    from sanfu.index.micro.measure import Measured
    from sanfu.index.micro.plan import Plan
    from sanfu.index.micro.table import Frames

SCHEMA = {
    "level": pl.String,
    "unit": pl.String,
    "year": pl.Int64,
    "indicator": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "population": pl.Int64,
    "note": pl.String,
    "shrunk": pl.Float64,
}
LOG_SCHEMA = {
    "level": pl.String,
    "unit": pl.String,
    "year": pl.Int64,
    "indicator": pl.String,
    "rule": pl.String,
    "found": pl.Float64,
    "limit": pl.Float64,
}


@dataclass(frozen=True)
class WorkedFigure:
    """One figure written out over its firms.

    Attributes
    ----------
    n
        The firms that it rests on.
    parts
        ``part, what, value, cell``: each sum or count over the firms, by its letter in `worked`.
    worked
        The arithmetic over the parts, e.g. ``A ÷ B``.
    """

    unit: str
    indicator: str
    year: int
    formula: str
    value: float | None
    n: int
    parts: pl.DataFrame
    worked: str


@dataclass(frozen=True)
class FigureTrace(WorkedFigure):
    """Where one figure comes from.

    Attributes
    ----------
    rows
        One row a firm: what the formula reads of it and what it gives (the columns ``cell 1`` …
        that `parts` names).
    cells
        The cells of the files those came from, where the ledger knows them; those of ``titles``
        are all that the ledger has of the firm, whichever list they stood in.
    """

    rows: pl.DataFrame
    cells: pl.DataFrame | None


@dataclass(frozen=True, repr=False)
class RegionFigures:
    """Indicators of regions, computed from firms.

    Attributes
    ----------
    frame
        level, unit, year, indicator, value (missing where it cannot be computed or is hidden),
        n (firms behind it), population (firms of the unit), note (why it is hidden), shrunk
        (the weight on the unit's own figure, where it was drawn to the mean).
    log
        What the confidentiality rules found: level, unit, year, indicator, rule, found, limit.
    """

    frame: pl.DataFrame
    plans: Mapping[str, Plan]
    measured: Mapping[int, Measured]
    frames: Frames
    by: tuple[str, ...]
    day: tuple[int, int] = (12, 31)
    origins: Callable[[], Any] | None = None
    """Gives the frame of cells' homes; asked only when a figure is followed to its cells."""
    names: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, Text] = field(default_factory=dict)
    """Indicators that read a column which the ledger does not have."""
    log: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LOG_SCHEMA))

    def __repr__(self) -> str:
        """Say what it is, not all that it holds."""
        levels = ", ".join(f"{self.frame.filter(level=one)['unit'].n_unique()} {one}"
                           for one in self.levels)  # fmt: skip
        years = ", ".join(str(year) for year in self.measured)
        return f"<RegionFigures: {levels}; {years}; {len(self.plans)} indicators>"

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels, finest first."""
        return tuple(self.frame["level"].unique(maintain_order=True))

    @property
    def problems(self) -> list[Text]:
        """What a reader of the figures should know."""
        found = [
            Text(f"指标“{code}”无法计算：{text.zh}", f"{code} cannot be computed: {text.en}")
            for code, text in self.left_out.items()
        ]
        if self._undated is not None:
            found.append(self._undated)
        for year, one in self.measured.items():
            if one.unplaced:
                shown = "·".join(self.by)
                zh = f"{year} 年有 {one.unplaced} 户没有“{shown}”，未计入任何地区"
                en = f"{year}: {one.unplaced} firms have no {shown} and are in no region"
                found.append(Text(zh, en))
            for level in self.levels[1:]:
                lost = [u for u in one.units.base if u not in one.units.above[level]]
                if lost:
                    shown = "、".join(lost[:8])
                    zh = f"{year} 年：{shown} 等 {len(lost)} 个单位没有上级“{level}”"
                    en = f"{year}: {len(lost)} units have no {level} above them: {shown}"
                    found.append(Text(zh, en))
        return found

    @cached_property
    def _undated(self) -> Text | None:
        """Say how many titles count in no year for want of dates, where a formula reads titles."""
        titles = self.frames.titles
        cells = [one.cell for plan in self.plans.values() for one in plan.primitives()]
        if titles is None or not any(LINKED & set(row_names(cell)) for cell in cells):
            return None
        dates = nw.col("granted"), nw.col("expires")
        return undated_note(titles.filter(undated(*dates)).select(*dates).collect().to_polars())

    def wide(self, level: str | None = None) -> pl.DataFrame:
        """Give unit × year rows with one column an indicator, ready for `build_index`."""
        level = level or self.levels[0]
        rows = self.frame.filter(pl.col("level") == level)
        wide = rows.pivot("indicator", index=["unit", "year"], values="value").sort("year", "unit")
        return wide.with_columns(pl.lit(None, pl.Float64).alias(code) for code in self.left_out)

    def explain(self, unit: str, indicator: str, year: int | None = None) -> Text:
        """Say in a sentence what a figure is and rests on."""
        row = self._row(unit, indicator, year)
        plan = self.plans[indicator]
        shown = "—" if row["value"] is None else f"{row['value']:.6g}"
        note = f"（{row['note']}）" if row["note"] else ""
        drawn_zh = drawn_en = ""
        if row["shrunk"] is not None:
            own = row["shrunk"]
            drawn_zh = f"；小样本收缩：本单位自身数据占 {own:.0%}"
            drawn_en = f"; drawn to the mean, own data weigh {own:.0%}"
        return Text(
            f"{unit} {row['year']} 年 {indicator} = {shown}{note}：{plan.formula}，"
            f"依据 {row['n']} 户企业（该地区共 {row['population']} 户）{drawn_zh}。",
            f"{unit} {row['year']} {indicator} = {shown}{note}: {plan.formula}, "
            f"from {row['n']} firms (of {row['population']} in the region){drawn_en}.",
        )

    def trace(self, unit: str, indicator: str, year: int | None = None) -> FigureTrace:
        """List the firms and cells that a figure came from.

        Parameters
        ----------
        unit, indicator, year
            Which figure; the year may be left out if there is one.

        Returns
        -------
        FigureTrace
            With one row a firm, in the order of the firms, and the files' cells if the ledger
            was given with its ``origins``.
        """
        row = self._row(unit, indicator, year)
        measured = self.measured[row["year"]]
        plan = self.plans[indicator]
        cells = list(dict.fromkeys(one.cell for one in plan.primitives()))
        members = [low for low, up in measured.units.above[row["level"]].items() if up == unit]
        alone = cells_of_year(
            [plan], self.frames, row["year"], self.by, day=self.day, names=self.names
        )
        found = firm_cells(alone, cells).filter(pl.col(UNIT).is_in(members))
        columns = alone.columns
        used = found.filter(
            pl.any_horizontal(pl.col(columns[cell]).is_not_null() for cell in cells)
        )
        used = used.rename({columns[cell]: f"cell {i}" for i, cell in enumerate(cells, start=1)})
        raw = raw_cells(alone)
        if raw is not None:
            firms = used.select("unit", "firm")
            used = firms.join(raw, "firm", how="left").join(used.drop("unit"), "firm").sort("firm")
        worked = self.work(unit, indicator, year)
        return FigureTrace(**vars(worked), rows=used, cells=self._cells_behind(alone, used, plan))

    def work(self, unit: str, indicator: str, year: int | None = None) -> WorkedFigure:
        """Write a figure out over its firms, without listing them; see `trace`."""
        row = self._row(unit, indicator, year)
        measured, plan = self.measured[row["year"]], self.plans[indicator]
        cells = list(dict.fromkeys(one.cell for one in plan.primitives()))
        return WorkedFigure(
            unit=unit,
            indicator=indicator,
            year=row["year"],
            formula=plan.formula,
            value=row["value"],
            n=row["n"],
            parts=parts_of(plan, measured.values, _place(measured, row["level"], unit), cells),
            worked=worked_out(plan),
        )

    def replicates(
        self, *, replicates: int = 1000, seed: int = 1, method: str = "poisson"
    ) -> Replicates:
        """Draw firms again and work out every figure each time; see `bootstrap_figures`."""
        from sanfu.index.micro.bootstrap import bootstrap_figures  # noqa: PLC0415 - on request

        return bootstrap_figures(self, replicates=replicates, seed=seed, method=method)

    def to_excel(self, path: Path | str) -> None:
        """Write the figures, their formulas and the confidentiality log."""
        formulas = pl.DataFrame(
            {
                "indicator": list(self.plans),
                "formula": [plan.formula for plan in self.plans.values()],
            }
        )
        sheets = [
            Sheet(str(Text("指标值", "figures")), self.frame, _FIGURE_COLUMNS),
            Sheet(
                str(Text("公式", "formulas")),
                formulas,
                [
                    Column("indicator", Text("指标", "indicator"), width=24),
                    Column("formula", Text("公式", "formula"), width=70),
                ],
            ),
        ]
        if self.log.height:
            columns = [
                Column(name, label, "number" if name in ("found", "limit") else "text")
                for name, label in _LOG_LABELS.items()
            ]
            log = self.log.with_columns(pl.col("year").cast(pl.String))
            sheets.append(Sheet(str(Text("保密处理", "confidentiality")), log, columns))
        write_workbook(path, sheets)

    def _row(self, unit: str, indicator: str, year: int | None) -> dict[str, Any]:
        rows = self.frame.filter(
            pl.col("unit") == unit,
            pl.col("indicator") == indicator,
            *([] if year is None else [pl.col("year") == year]),
        )
        if rows.height == 0:
            raise InputError(
                Text(
                    f"没有“{unit}”的指标“{indicator}”（{year or '任何年份'}）。",
                    f"no figure of {unit}, {indicator}, {year or 'any year'}.",
                )
            )
        return rows.sort("year").row(-1, named=True)

    def _cells_behind(
        self, alone: YearCells, used: pl.DataFrame, plan: Plan
    ) -> pl.DataFrame | None:
        """Give the cells that the formula reads, each of the year that it reads it of.

        What only tells whether a firm was there, as its founding, is listed where the formula
        reads nothing else.
        """
        origins = None if self.origins is None else self.origins()
        if origins is None or "firm" not in used.columns:
            return None
        table = pl.DataFrame(nw.to_native(origins, pass_through=True))
        titles = any(call.function == "title" for call, _ in alone.table.held)
        tags = any(call.function != "title" for call, _ in alone.table.held)
        read = [*alone.table.read, *((name, 0) for name in TAGGED_BY if tags)]
        named = {name for one in plan.primitives() for name in row_names(one.cell)}
        homes = {name: self.frames.home("founded" if name == "age" else name) for name in named}
        stems = {
            "founded" if name == "age" else name if not home[1] else name.rpartition("_")[0]
            for name, home in homes.items()
            if home is not None
        } | set(TAGGED_BY if tags else ())
        if stems or titles:
            read = [pair for pair in read if pair[0] in stems]
        wanted = pl.DataFrame(
            [(name, alone.table.year - lag) for name, lag in read],
            schema={"column": pl.String, "_of": pl.Int64},
            orient="row",
        )
        not_titles = pl.col("frame") != "titles" if "frame" in table.columns else pl.lit(value=True)
        own = table.filter(pl.col("firm").is_in(used["firm"].to_list()))
        cells = (
            own.filter(not_titles)
            .join(wanted, on="column", how="inner", maintain_order="left")
            .filter(pl.col("year").is_null() | (pl.col("year") == pl.col("_of")))
            .drop("_of")
            .unique(maintain_order=True)
        )
        if titles and "frame" in table.columns:
            cells = pl.concat([cells, own.filter(pl.col("frame") == "titles")])
        return cells.sort("firm", "column", "year", maintain_order=True)


def _place(measured: Measured, level: str, unit: str) -> int:
    pairs = zip(measured.units.levels, measured.units.names, strict=True)
    return list(pairs).index((level, unit))


_FIGURE_COLUMNS = [
    Column("level", Text("层级", "level")),
    Column("unit", Text("地区", "unit")),
    Column("year", Text("年份", "year"), "text"),
    Column("indicator", Text("指标", "indicator"), width=24),
    Column("value", Text("值", "value"), "number"),
    Column(
        "n",
        Text("企业数", "firms"),
        "integer",
        meaning=Text("该数所依据的企业数", "firms that the figure rests on"),
    ),
    Column("population", Text("地区企业总数", "firms of the unit"), "integer"),
    Column(
        "note",
        Text("说明", "note"),
        meaning=Text("未显示的原因（保密规则）", "why it is hidden (confidentiality rule)"),
    ),
    Column(
        "shrunk",
        Text("收缩后自身权重", "own weight"),
        "percent",
        meaning=Text(
            "小样本收缩时本单位自身数据的权重", "weight of the unit's own data after shrinkage"
        ),
    ),
]
_LOG_LABELS = {
    "level": Text("层级", "level"),
    "unit": Text("地区", "unit"),
    "year": Text("年份", "year"),
    "indicator": Text("指标", "indicator"),
    "rule": Text("规则", "rule"),
    "found": Text("实际", "found"),
    "limit": Text("限值", "limit"),
}
