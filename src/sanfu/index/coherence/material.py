"""What coherence is judged on: the figures and scores of one year, and which belongs where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.index.figures import to_polars
from sanfu.index.result import Index
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.moments import Array


@dataclass(frozen=True, eq=False)
class Material:
    """Columns of one year: indicators first, then the nodes that were scored."""

    units: tuple[str, ...]
    codes: tuple[str, ...]
    """Indicators, then nodes."""
    indicators: int
    """How many of the codes are indicators."""
    values: Array
    """``(unit, code)``: normalised figures and scores; of bare figures as they are."""
    raw: Array
    """``(unit, indicator of raw_codes)``: the figures as they came in."""
    raw_codes: tuple[str, ...]
    raw_units: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, Array]
    """Node → shares of its children's weights."""
    labels: Mapping[str, Text]
    sizes: tuple[str, ...]
    denominators: Array
    """``(unit, size)``."""
    year: int | None = None

    def columns(self, codes: Sequence[str]) -> Array:
        """Give ``(unit, code)`` of some codes."""
        return np.asarray(self.values[:, [self.codes.index(code) for code in codes]])

    def label(self, code: str) -> Text:
        """Name a code."""
        return self.labels.get(code, Text(code, code))


def material_of(given: Any, *, year: int | None = None, sizes: Sequence[str] = ()) -> Material:
    """Take an index (of several years the latest, or the one named) or any table of figures.

    Raises
    ------
    InputError
        A named year or size is not there, or the table has no column of numbers.
    """
    if isinstance(given, Index):
        return _of_index(given, year, sizes)
    frame = to_polars(given)
    if year is not None and "year" in frame.columns:
        frame = frame.filter(frame.get_column("year") == year)
    numbers = [
        name
        for name, dtype in frame.schema.items()
        if dtype.is_numeric() and name != "year" and name not in sizes
    ]
    if not numbers:
        raise InputError(Text("表里没有数字列", "the table has no column of numbers"))
    words = [name for name in frame.columns if not frame.schema[name].is_numeric()]
    units = frame.get_column(words[0]).cast(str).to_list() if words else range(1, frame.height + 1)
    values = frame.select(numbers).to_numpy().astype(np.float64)
    return Material(
        units=tuple(str(unit) for unit in units),
        codes=tuple(numbers),
        indicators=len(numbers),
        values=values,
        raw=values,
        raw_codes=tuple(numbers),
        raw_units=tuple(str(unit) for unit in units),
        children={"all": tuple(numbers)},
        weights={},
        labels={"all": Text("全部", "all")},
        sizes=tuple(sizes),
        denominators=_sizes_of(frame, sizes),
        year=year,
    )


def _of_index(index: Index, year: int | None, sizes: Sequence[str]) -> Material:
    plan, years = index.plan, index.years
    chosen = year
    if years is not None and chosen is None:
        chosen = int(years.max())
    rows = (
        np.arange(len(index.units))
        if years is None or chosen is None
        else np.flatnonzero(years == chosen)
    )
    if not len(rows):
        raise InputError(Text(f"结果中没有 {chosen} 年", f"the index has no year {chosen}"))
    of = index.framework.indicators
    wanted = tuple(sizes) or tuple(
        dict.fromkeys(
            str(i.denominator)
            for i in of.values()
            if i.denominator and i.denominator in index.keys.others.columns
        )
    )
    raw = index.steps["raw"].figures
    if chosen is not None and raw.years is not None:
        raw = raw.take(raw.years == chosen)
    units = [index.units[row] for row in rows]
    return Material(
        units=tuple(units),
        codes=(*plan.indicators, *plan.nodes),
        indicators=len(plan.indicators),
        values=np.concatenate([index.normalised[rows], index.scores[rows]], axis=1),
        raw=raw.values,
        raw_codes=raw.codes,
        raw_units=tuple(str(unit) for unit in raw.units),
        children=plan.children,
        weights={node: w / w.sum() for node, w in index.weights.items() if w.sum() > 0},
        labels={c: index.framework.label(c) for c in (*of, *index.framework.nodes)},
        sizes=wanted,
        denominators=_sizes_of(index.keys.others, wanted)[rows],
        year=chosen,
    )


def _sizes_of(frame: Any, sizes: Sequence[str]) -> Array:
    missing = [name for name in sizes if name not in frame.columns]
    if missing:
        has = ", ".join(frame.columns)
        raise InputError(
            Text(
                f"数据里没有规模列：{'、'.join(missing)}；有：{has}",
                f"the figures have no column {', '.join(missing)}; there are: {has}",
            )
        )
    if not sizes:
        return np.empty((frame.height, 0))
    return np.asarray(frame.select(list(sizes)).cast(float).fill_null(np.nan).to_numpy())
