"""Run the declared steps one after another on the figures, and keep what each did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.denominate import denominate
from sanfu.index.finding import Finding
from sanfu.index.screen import screen
from sanfu.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.figures import Figures
    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the way from figures to scores."""

    name: str
    what: Text
    """What was done, with its arguments."""
    figures: Figures
    """The table after the step."""
    marks: NDArray[np.int8] | None = None
    """As the table: 0 where the step did nothing that is worth telling of a cell by itself."""
    meaning: tuple[tuple[int, Text], ...] = ()
    """What each mark means."""
    table: pl.DataFrame | None = None
    """Details: of treatment the tests, of screening the shares, of imputation the fillings."""

    @property
    def frame(self) -> pl.DataFrame:
        """The table after the step: unit, year, then a column an indicator."""
        return self.figures.frame

    @property
    def changes(self) -> pl.DataFrame:
        """The marked cells: unit, year, indicator, what was done."""
        if self.marks is None:
            rows, columns = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        else:
            rows, columns = np.nonzero(self.marks)
        words = {mark: str(text) for mark, text in self.meaning}
        done = [] if self.marks is None else [words[int(m)] for m in self.marks[rows, columns]]
        return self.figures.keys()[rows].with_columns(
            indicator=pl.Series([self.figures.codes[c] for c in columns], dtype=pl.String),
            value=pl.Series(self.figures.values[rows, columns], dtype=pl.Float64).fill_nan(None),
            done=pl.Series(done, dtype=pl.String),
        )


@dataclass
class Run:
    """The state of a build between steps."""

    framework: Framework
    figures: Figures
    observed: NDArray[np.bool_]
    """Which figures were there at the start, as the table."""
    parity: Parity
    goalposts: Array
    """``(indicator, 2)``, in the unit that the figures have now; NaN where none."""
    targets: Array
    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    draws: Array | None = None
    """Multiple imputation: ``(draw, row, indicator)``."""

    def find(self, step: str, code: str, severity: str, item: str, text: Text) -> None:
        """Note a finding."""
        assert severity in ("error", "warning", "note")  # noqa: S101 - ours to get right
        self.findings.append(Finding(code, severity, item, text, step))  # type: ignore[arg-type]

    def step(self, step: Step) -> None:
        """Take a step's table as the current one and keep the step."""
        self.figures = step.figures
        self.steps.append(step)

    def directions(self) -> Array:
        """Give 1 or −1 for each indicator in use."""
        of = self.framework.indicators
        return np.asarray([of[code].direction for code in self.figures.codes], dtype=np.float64)

    def narrow(self, columns: NDArray[np.bool_]) -> None:
        """Drop indicators from what is kept beside the figures."""
        self.observed = self.observed[:, columns]
        self.goalposts, self.targets = self.goalposts[columns], self.targets[columns]
        if self.draws is not None:
            self.draws = self.draws[:, :, columns]


def run_screen(run: Run) -> None:
    """Drop units and indicators with too few data."""
    rule = run.framework.method.screen
    if rule is None:
        return
    figures = run.figures
    seen = screen(figures.values, rule, figures.units.tolist())
    for place in np.flatnonzero(~seen.indicators):
        code = figures.codes[place]
        share = f"{seen.indicator_available[place]:.1%}"
        run.find(
            "screen",
            "indicator-dropped",
            "warning",
            code,
            Text(
                f"指标“{run.framework.label(code).zh}”只有 {share} 的单元有数据，已移出",
                f"“{run.framework.label(code).en}” has data for only {share} of units; left out",
            ),
        )
    gone = np.flatnonzero(~seen.units)
    for row in gone[:50]:
        unit, share = figures.units[row], f"{seen.available[row]:.1%}"
        run.find(
            "screen",
            "unit-dropped",
            "warning",
            str(unit),
            Text(
                f"“{unit}”的数据覆盖 {share}，低于要求，未参评",
                f"“{unit}” has {share} of the figures, below the threshold; not scored",
            ),
        )
    if not seen.units.any():
        raise InputError(
            Text(
                "没有一个单元达到数据覆盖要求；请检查数据，或调低 method.screen.available",
                "no unit has enough data; check the figures, or lower method.screen.available",
            )
        )
    table = figures.keys().with_columns(
        available=pl.Series(seen.available),
        nonzero=pl.Series(seen.nonzero).fill_nan(None),
        stays=pl.Series(seen.units),
    )
    run.observed = run.observed[seen.units]
    if run.draws is not None:
        run.draws = run.draws[:, seen.units]
    run.narrow(seen.indicators)
    run.step(
        Step(
            "screen",
            Text(
                f"筛选：留下 {int(seen.units.sum())} 个，移出 {len(gone)} 个"
                f"（覆盖 ≥ {rule.available}，非零 ≥ {rule.nonzero}）",
                f"Screened: {int(seen.units.sum())} stay, {len(gone)} go "
                f"(available ≥ {rule.available}, non-zero ≥ {rule.nonzero})",
            ),
            figures.take(seen.units).keep(seen.indicators),
            table=table,
        )
    )


def run_denominate(run: Run) -> None:
    """Divide the indicators that declare a denominator."""
    if run.framework.method.denominate is None:
        return
    figures, of = run.figures, run.framework.indicators
    columns = [c for c, code in enumerate(figures.codes) if of[code].denominator is not None]
    if not columns:
        return
    names = [str(of[figures.codes[column]].denominator) for column in columns]
    below = figures.others.select(names_once := list(dict.fromkeys(names))).to_numpy()
    below = below[:, [names_once.index(name) for name in names]].astype(np.float64)
    scale = np.asarray([of[figures.codes[column]].scale for column in columns])
    values = figures.values.copy(order="K")
    values[:, columns] = denominate(values[:, columns], below, scale)
    lost = np.isnan(values) & ~np.isnan(figures.values)
    for place, column in enumerate(columns):
        count = int(lost[:, column].sum())
        if count:
            who = "、".join(str(unit) for unit in figures.units[lost[:, column]][:5])
            label = run.framework.label(figures.codes[column])
            run.find(
                "denominate",
                "no-denominator",
                "warning",
                figures.codes[column],
                Text(
                    f"“{label.zh}”的分母“{names[place]}”缺失或为 0，{count} 个数无法相除：{who}",
                    f"“{label.en}”: its denominator “{names[place]}” is missing or 0 for "
                    f"{count}: {who}",
                ),
            )
    run.observed &= ~lost
    marks = np.zeros_like(values, dtype=np.int8)
    marks[:, columns] = 1
    run.step(
        Step(
            "denominate",
            Text(f"{len(columns)} 个指标除以各自的分母", f"{len(columns)} indicators denominated"),
            figures.with_values(values),
            marks,
            ((1, Text("除以分母", "divided by its denominator")),),
        )
    )


_TRANSFORMS = {
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "square": np.square,
    "reciprocal": np.reciprocal,
}


def run_transform(run: Run) -> None:
    """Apply the caps and transformations that the framework prescribes for single indicators.

    Goalposts and targets are transformed along, so that they are declared in the plain unit.
    """
    figures, of = run.figures, run.framework.indicators
    declared = [c for c, code in enumerate(figures.codes) if of[code].cap or of[code].transform]
    if not declared:
        return
    values, marks = figures.values.copy(), np.zeros(figures.values.shape, dtype=np.int8)
    for column in declared:
        code = figures.codes[column]
        low, high = of[code].cap or (None, None)
        value = np.clip(values[:, column], low, high) if of[code].cap else values[:, column]
        marks[:, column] = np.where(value != values[:, column], 1, 0)
        name = of[code].transform
        if name is not None:
            with np.errstate(invalid="ignore", divide="ignore"):
                moved = _TRANSFORMS[name](value)
                posts = np.sort(_TRANSFORMS[name](run.goalposts[column]))
                run.goalposts[column] = posts
                run.targets[column] = _TRANSFORMS[name](run.targets[column])
            lost = ~np.isfinite(moved) & ~np.isnan(value)
            if lost.any():
                who = "、".join(str(unit) for unit in figures.units[lost][:5])
                raise InputError(
                    Text(
                        f"指标“{code}”有 {int(lost.sum())} 个数不能取 {name}（{who}）；"
                        "请核对数据，或用 cap 给出下限",
                        f"“{code}”: {int(lost.sum())} figures have no {name} ({who}); "
                        "check them, or give a lower bound with cap",
                    )
                )
            value = moved
            marks[:, column] |= 2
        values[:, column] = value
    marks[np.isnan(values)] = 0
    run.step(
        Step(
            "transform",
            Text("按体系规定封顶、封底或变换", "Capped or transformed as the framework prescribes"),
            figures.with_values(values),
            marks,
            (
                (1, Text("按上下限取值", "cut at its bound")),
                (2, Text("已变换", "transformed")),
                (3, Text("按上下限取值并变换", "cut at its bound and transformed")),
            ),
        )
    )
