"""What would it take for a unit to gain places: the least change, verified by building anew.

The least change is found on the scores (see `sanfu.index.why.least`), brought back to figures of
the raw table by bisection over rebuilt indices, and built once more with the rounded figures. It
tells what the arithmetic of the index would need, not what would happen or ought to be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.why.least import Least, least_change
from sanfu.index.why.rescore import peers_of, refuse_growth
from sanfu.index.why.strengths import rows_at, unit_of
from sanfu.index.why.words import listed, number, row_name
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.figures import Figures
    from sanfu.index.moments import Array
    from sanfu.index.result import Index

_TRIES = 8
_SAID = 6
_HALVINGS = 40
SCHEMA = {
    "indicator": pl.String,
    "name": pl.String,
    "unit": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "change": pl.Float64,
    "points": pl.Float64,
    "best": pl.Float64,
}


@dataclass(frozen=True)
class Gain:
    """What it would take.

    Attributes
    ----------
    feasible
        Whether the rank wanted was reached when the index was built anew with the figures.
    proven
        Whether the change is proven least, with weights, statistics and the others held.
    reached
        The rank after building anew: with the figures of `frame`, or, where it is not feasible,
        with every figure that may be changed at its limit.
    frame
        ``indicator, name, unit, before, after, change`` (figures of the raw table), ``points``
        (normalised; null where the change leaves the indicator without spread), ``best`` (the
        limit: the best figure among the same year's units).
    overtaken
        The units that are behind now and were not before.
    """

    unit: str
    year: int | None
    rank: int
    wanted: int
    reached: int
    feasible: bool
    proven: bool
    least: Least
    score: float
    score_after: float
    frame: pl.DataFrame
    overtaken: tuple[str, ...]

    def in_words(self) -> Text:
        """Say the change, or that it is out of reach; it is arithmetic, not a forecast."""
        who = row_name(self.unit, self.year)
        if not self.feasible:
            return Text(
                f"{who.zh}现列第 {self.rank}。即使可变动的指标都达到同期最好水平，"
                f"也只到第 {self.reached}，到不了第 {self.wanted}。",
                f"{who.en} ranks {self.rank}. With every figure that may change at the best level "
                f"of the year it would rank {self.reached}, short of {self.wanted}.",
            )
        said = [
            f"{row['name']} {change_in_words(row)}" for row in self.frame.head(_SAID).to_dicts()
        ]
        more = self.frame.height - len(said)
        parts = listed(said)
        how = {
            "total": Text("合计变动最小", "smallest in total"),
            "largest": Text("最大一项的变动最小", "smallest in its largest part"),
        }[self.least]
        sure = Text("已证明", "proven") if self.proven else Text("未证明最小", "not proven least")
        score, after = number(self.score), number(self.score_after)
        return Text(
            f"{who.zh}现列第 {self.rank}（{score} 分）。其他单元不变时，若 {parts.zh}"
            + (f"，另有 {more} 项见表" if more else "")
            + f"，则列第 {self.reached}（{after} 分）；这是{how.zh}的一组（{sure.zh}），"
            "已按改后的数值重新计算核实。这是指数的算术，不是预测，也不是建议。",
            f"{who.en} ranks {self.rank} ({score}). The others unchanged, {parts.en}"
            + (f" and {more} more (see the table)" if more else "")
            + f" would make it rank {self.reached} ({after}); the change is {how.en} ({sure.en}) "
            "and was verified by building the index anew. This is the index's arithmetic, "
            "not a forecast and no advice.",
        )


def gain_places(
    index: Index,
    unit: str,
    places: int = 1,
    *,
    year: int | None = None,
    least: Least = "total",
    only: Sequence[str] | None = None,
    limits: Mapping[str, float] | None = None,
    effort: Mapping[str, float] | None = None,
) -> Gain:
    """Find the least change of a unit's own figures that gains it places in the index.

    Parameters
    ----------
    index
        A built index (of levels, not chained growth).
    unit, year
        Whose rank; the last year if nothing is said.
    places
        How many places up, at least 1; equal scores share the better rank.
    least
        What is made least, in normalised points times effort: the total, or the largest one.
    only
        Indicators that may change; all observed ones if nothing is said.
    limits
        Indicator → figure beyond which it may not go; by default the year's best figure.
    effort
        Indicator → what a normalised point costs, 1 by default.

    Returns
    -------
    Gain
        ``.frame``, ``.feasible``, ``.in_words()``.

    Raises
    ------
    InputError
        The unit has no score, or not so many places above it; an indicator is unknown.
    """
    refuse_growth(index)
    row = index.row(unit, year)
    rank = index.ranks[row, -1]
    if np.isnan(rank) or places < 1 or rank - places < 1:
        found = "—" if np.isnan(rank) else int(rank)
        raise InputError(
            Text(
                f"“{unit}”现列第 {found}，不能再上升 {places} 位",
                f"{unit} ranks {found} and cannot gain {places} place(s)",
            )
        )
    search = _Search(index, row, int(rank) - places, only, limits, effort)
    return search.run(least)


class _Search:
    def __init__(
        self,
        index: Index,
        row: int,
        wanted: int,
        only: Sequence[str] | None,
        limits: Mapping[str, float] | None,
        effort: Mapping[str, float] | None,
    ) -> None:
        self.index, self.row, self.wanted = index, row, wanted
        self.codes = index.plan.indicators
        named = {*(only or ()), *(limits or {}), *(effort or {})}
        for code in sorted(named - set(self.codes)):
            index.value(code)  # says so if there is no such part
            raise InputError(Text(f"“{code}”不是指标", f"{code} is no indicator"))
        self.raw: Figures = index.steps["raw"].figures
        self.raw_row = int(rows_at(index, "raw")[row])
        self.places = np.array([self.raw.codes.index(code) for code in self.codes])
        self.start = self.raw.values[self.raw_row, self.places]
        self.limit = self._limits(limits or {})
        allowed = np.array([only is None or code in only for code in self.codes])
        self.free = allowed & ~np.isnan(self.start) & ~np.isnan(self.limit)
        self.limit = np.where(self.free, self.limit, self.start)
        self.effort = np.array([(effort or {}).get(code, 1.0) for code in self.codes])

    def _limits(self, said: Mapping[str, float]) -> Array:
        """Give the best raw figure of each indicator among the year's units, or what was said."""
        from sanfu.index.moments import range_present  # noqa: PLC0415 - circular

        index = self.index
        rows = rows_at(index, "raw")[np.asarray(peers_of(index, self.row), dtype=bool)]
        low, high = (
            np.asarray(end).reshape(-1)
            for end in range_present(self.raw.values[rows][:, self.places])
        )
        of = index.framework.indicators
        best = np.array(
            [
                said.get(code, h if of[code].direction > 0 else lo)
                for code, lo, h in zip(self.codes, low, high, strict=True)
            ]
        )
        turn = np.array([of[code].direction for code in self.codes])
        worse = (best - self.start) * turn < 0
        return np.asarray(np.where(worse, self.start, best))

    def build(self, figures: Array) -> Index:
        """Build the index anew with other raw figures of the unit."""
        from sanfu.index.build import build_index  # noqa: PLC0415 - circular

        values = self.raw.values.copy()
        values[self.raw_row, self.places] = figures
        index = self.index
        return build_index(index.framework, self.raw.with_values(values), index.parity)

    def standing(self, built: Index) -> tuple[int, float, float]:
        """Give the unit's rank, its score, and the score that the rank wanted needs."""
        row = built.row(str(self.index.units[self.row]), self.year)
        peers = np.asarray(peers_of(built, row), dtype=bool)
        peers[row] = False
        scores = built.scores[peers, -1]
        above = np.sort(scores[~np.isnan(scores)])[::-1]
        needed = float(above[self.wanted - 1]) if len(above) >= self.wanted else -np.inf
        rank = built.ranks[row, -1]
        place = len(above) + 1 if np.isnan(rank) else int(rank)
        return place, float(built.scores[row, -1]), needed

    @property
    def year(self) -> int | None:
        return None if self.index.years is None else int(self.index.years[self.row])

    def run(self, least: Least) -> Gain:
        """Search; the target is raised until the rebuilt index shows the rank."""
        most = self.build(self.limit)
        best_rank = self.standing(most)[0]
        if best_rank > self.wanted:
            return self._gain(self.limit, most, least, proven=False)
        room = self._room(most)
        rank, score, needed = self.standing(self.index)
        target, proven = needed, True
        for turn in range(_TRIES):
            target += 1e-9 * max(1.0, abs(target))
            answer = least_change(self.index, self.row, target, room, self.effort, least)
            if answer is None:
                break
            proven = answer.proven and turn == 0
            figures = self._figures(answer.change)
            for tried in (self._rounded(figures), figures):
                built = self.build(tried)
                rank, score, needed = self.standing(built)
                if rank <= self.wanted:
                    return self._gain(tried, built, least, proven=proven)
            target += max(needed - score, 0.0) * 1.001
        return self._along(least)

    def _room(self, most: Index) -> Array:
        """Give how far each normalised figure can rise, as the limits build it."""
        row = most.row(str(self.index.units[self.row]), self.year)
        own = self.index.normalised[self.row]
        top = self._normalised(most, row)
        return np.where(self.free, np.maximum(np.nan_to_num(top - own), 0), 0)

    def _normalised(self, built: Index, row: int) -> Array:
        """Give a row's normalised figures; NaN for one that the change has left without spread."""
        there = dict(zip(built.plan.indicators, built.normalised[row], strict=True))
        return np.array([there.get(code, np.nan) for code in self.codes])

    def _figures(self, change: Array) -> Array:
        """Find the raw figures whose normalised values rise by `change`, all at once."""
        moving = change > 1e-12
        wanted = self.index.normalised[self.row] + change
        near, far = self.start.copy(), np.where(moving, self.limit, self.start)
        for _ in range(_HALVINGS):
            middle = np.where(moving, (near + far) / 2, self.start)
            built = self.build(middle)
            row = built.row(str(self.index.units[self.row]), self.year)
            got = self._normalised(built, row)
            enough = got >= wanted - 1e-12
            far = np.where(moving & enough, middle, far)
            near = np.where(moving & ~enough, middle, near)
            if np.all(np.abs(far - near)[moving] <= 1e-10 * np.abs(far - self.start)[moving]):
                break
        return far

    def _rounded(self, figures: Array) -> Array:
        """Round each new figure away from the old one, to a hundredth of its change."""
        found = figures.copy()
        for place in _moved(self.start, figures):
            change = float(figures[place] - self.start[place])
            step = 10.0 ** np.floor(np.log10(abs(change)) - 2)
            units = figures[place] / step
            away = np.ceil(units - 1e-9) if change > 0 else np.floor(units + 1e-9)
            decimals = max(0, round(-np.log10(step)))
            value = round(float(away * step), decimals)
            beyond = (value - self.limit[place]) * np.sign(change) > 0
            found[place] = self.limit[place] if beyond else value
        return found

    def _along(self, least: Least) -> Gain:
        """Fall back to the straight way from the figures as they are to their limits."""
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            built = self.build(self.start + middle * (self.limit - self.start))
            if self.standing(built)[0] <= self.wanted:
                high = middle
            else:
                low = middle
        figures = self.start + high * (self.limit - self.start)
        return self._gain(figures, self.build(figures), least, proven=False)

    def _gain(self, figures: Array, built: Index, least: Least, *, proven: bool) -> Gain:
        index = self.index
        unit = index.units[self.row]
        row = built.row(unit, self.year)
        reached, score, _ = self.standing(built)
        got = self._normalised(built, row)
        moved = _moved(self.start, figures)
        frame = pl.DataFrame(
            [
                (
                    self.codes[c],
                    str(index.framework.label(self.codes[c])),
                    unit_of(index, self.codes[c]),
                    float(self.start[c]),
                    float(figures[c]),
                    float(figures[c] - self.start[c]),
                    float(got[c] - index.normalised[self.row, c]),
                    float(self.limit[c]),
                )
                for c in moved
            ],
            schema=SCHEMA,
            orient="row",
        )
        frame = frame.with_columns(pl.col("points").fill_nan(None))
        frame = frame.sort("points", descending=True, nulls_last=True, maintain_order=True)
        return Gain(
            unit,
            self.year,
            int(index.ranks[self.row, -1]),
            self.wanted,
            reached,
            reached <= self.wanted,
            proven and reached <= self.wanted,
            least,
            float(index.scores[self.row, -1]),
            score,
            frame,
            _overtaken(index, built, self.row, row),
        )


def _moved(start: Array, figures: Array) -> list[int]:
    return [int(c) for c in np.flatnonzero(np.abs(figures - start) > 0)]


def change_in_words(row: Mapping[str, object]) -> str:
    """Say a row of `Gain.frame`: the figure before and after, in its measure."""
    before, after = float(str(row["before"])), float(str(row["after"]))
    if row["unit"] == "share":
        return f"{_pair(100 * before, 100 * after)} %"
    return _pair(before, after) + (f" {row['unit']}" if row["unit"] else "")


def _pair(before: float, after: float) -> str:
    """Print two figures so that their difference shows."""
    size = max(abs(before), abs(after), 1e-300)
    digits = max(4, int(np.ceil(np.log10(size / max(abs(after - before), 1e-300)))) + 2)
    decimals = min(12, max(0, digits - 1 - int(np.floor(np.log10(size)))))
    shown = (number(value, decimals) for value in (before, after))
    return " → ".join(t.rstrip("0").rstrip(".") if "." in t else t for t in shown)


def _overtaken(before: Index, after: Index, row: int, new_row: int) -> tuple[str, ...]:
    def ahead(index: Index, at: int) -> dict[str, bool]:
        peers = np.flatnonzero(peers_of(index, at))
        return {index.units[p]: bool(index.scores[p, -1] > index.scores[at, -1]) for p in peers}

    was, now = ahead(before, row), ahead(after, new_row)
    return tuple(unit for unit, yes in was.items() if yes and not now.get(unit, True))


def gain_alone(
    index: Index, unit: str, places: int = 1, *, year: int | None = None
) -> pl.DataFrame:
    """Say for each indicator what it alone would have to be for the unit to gain places.

    Returns
    -------
    pl.DataFrame
        ``indicator, name, unit, before, after, change, points, best, reached, feasible``;
        the smallest change in points first, infeasible ones last.
    """
    lines = []
    row = index.row(unit, year)
    raw = index.steps["raw"].figures
    at = int(rows_at(index, "raw")[row])
    for code in index.plan.indicators:
        if np.isnan(raw.values[at, raw.codes.index(code)]):
            continue
        found = gain_places(index, unit, places, year=year, only=[code])
        line = found.frame.row(0, named=True) if found.frame.height else None
        if line is not None:
            lines.append({**line, "reached": found.reached, "feasible": found.feasible})
    frame = pl.DataFrame(lines, schema={**SCHEMA, "reached": pl.Int64, "feasible": pl.Boolean})
    return frame.sort(
        ["feasible", "points"], descending=[True, False], nulls_last=True, maintain_order=True
    )
