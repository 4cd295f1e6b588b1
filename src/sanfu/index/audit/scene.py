"""What the checks look at: one year of an index, its tables and its thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.why.strengths import rows_at
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sanfu.index.audit.thresholds import Thresholds
    from sanfu.index.moments import Array
    from sanfu.index.result import Index


@dataclass
class Scene:
    """One year of an index, as the checks see it."""

    index: Index
    year: int | None
    thresholds: Thresholds
    size: tuple[str, ...] = ()
    group: str | None = None
    income: str | None = None
    previous: Index | None = None
    choices: Any = None
    replicates: int = 1000
    sobol: int = 512
    seed: int = 1
    progress: Callable[[str], None] | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    """Results that one check leaves for another, such as the robustness run."""

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The index's rows of the year."""
        if self.index.years is None:
            return np.arange(len(self.index.units))
        return np.flatnonzero(self.index.years == self.year)

    @cached_property
    def units(self) -> list[str]:
        """Their units."""
        return [self.index.units[row] for row in self.rows]

    @property
    def codes(self) -> tuple[str, ...]:
        """The indicators in use."""
        return self.index.plan.indicators

    @property
    def pillars(self) -> tuple[str, ...]:
        """What stands directly below the index."""
        return self.index.plan.children[self.index.plan.nodes[-1]]

    def name(self, code: str) -> str:
        """Name a part."""
        return str(self.index.framework.label(code))

    def label(self, code: str) -> Text:
        """Name a part in both languages."""
        return self.index.framework.label(code)

    def step(self, name: str) -> Array:
        """Give a step's table ``(unit, indicator)`` of the year's rows and the used indicators."""
        figures = self.index.steps[name].figures
        places = [figures.codes.index(code) for code in self.codes]
        return np.asarray(figures.values[rows_at(self.index, name)[self.rows]][:, places])

    def before(self, name: str) -> str:
        """Give the step before a named one, or before the last where there is none of the name."""
        order = list(self.index.steps)
        return order[order.index(name) - 1] if name in order else order[-2]

    def scores(self, codes: Sequence[str]) -> Array:
        """Give ``(unit, part)`` normalised figures or scores of the year."""
        return np.column_stack([self.index.value(code)[self.rows] for code in codes])

    def column(self, name: str) -> Array | None:
        """Give a numeric column beside the figures, NaN where missing; None if there is none."""
        others = self.index.keys.others
        if name not in others.columns:
            return None
        numbers = others.get_column(name).cast(pl.Float64, strict=False)
        return np.asarray(numbers.fill_null(np.nan).to_numpy()[self.rows], dtype=np.float64)


def first(names: Sequence[str], most: int = 5) -> Text:
    """List the first few names and how many more there are."""
    shown = list(names[:most])
    more = len(names) - len(shown)
    zh, en = "、".join(shown), ", ".join(shown)
    return Text(f"{zh} 等 {len(names)} 个", f"{en} and {more} more") if more else Text(zh, en)
