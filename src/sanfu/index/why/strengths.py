"""Strengths and weaknesses of a unit, and its summary at every level.

As COINr's ``get_str_weak`` and ``get_unit_summary``. By default what COINr gets wrong is put right:
the last place is no strength but remains a weakness (COINr drops it from both), nothing is a
strength and a weakness at once, ranks of indicators with holes are compared by their share of the
units ranked, and any level may be reported (COINr refuses those above the indicators).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.moments import median_present
from sanfu.index.ranking import rank_descending
from sanfu.index.why.rescore import peers_of
from sanfu.index.why.words import in_unit, listed, number, row_name
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity
    from sanfu.index.result import Index

_COLUMNS = {
    "part": pl.String,
    "name": pl.String,
    "node": pl.String,
    "rank": pl.Int64,
    "of": pl.Int64,
    "level_with": pl.Int64,
    "value": pl.Float64,
    "median": pl.Float64,
    "unit": pl.String,
}


@dataclass(frozen=True)
class Strengths:
    """What a unit is best and worst placed in.

    Attributes
    ----------
    strengths, weaknesses
        ``part, name, node`` (the part above, at the level asked for), ``rank, of`` (units ranked),
        ``level_with`` (other units of the same rank), ``value, median`` (in the table's own
        unit), ``unit``; best first, and worst last.
    group
        The group inside which ranks were taken.
    """

    of: str
    year: int | None
    strengths: pl.DataFrame
    weaknesses: pl.DataFrame
    group: str | None = None

    def in_words(self, most: int = 3) -> Text:
        """Name the first strengths and the last weaknesses with their ranks; ties are said."""
        who = row_name(self.of, self.year)
        within = "" if self.group is None else f"（{self.group}）"
        within_en = "" if self.group is None else f" within {self.group}"
        good = listed_ranks(self.strengths.head(most))
        bad = listed_ranks(self.weaknesses.reverse().head(most))
        return Text(
            f"{who.zh}{within}名次靠前的是 {good.zh or '无'}；名次靠后的是 {bad.zh or '无'}。",
            f"{who.en}{within_en} ranks best in {good.en or 'none'}; worst in {bad.en or 'none'}.",
        )


def listed_ranks(rows: pl.DataFrame) -> Text:
    """List parts with their ranks: 研发强度（第 2/16，中位数 3.1）."""
    said = []
    for row in rows.to_dicts():
        tie_zh = "，并列" if row["level_with"] else ""
        tie_en = ", tied" if row["level_with"] else ""
        value, middle = (in_unit(row[name], row["unit"]) for name in ("value", "median"))
        said.append(
            Text(
                f"{row['name']}（第 {row['rank']}/{row['of']}{tie_zh}；{value}，中位数 {middle}）",
                f"{row['name']} ({row['rank']} of {row['of']}{tie_en}; {value}, median {middle})",
            )
        )
    return Text(listed([s.zh for s in said]).zh, listed([s.en for s in said]).en)


def find_strengths(
    index: Index,
    unit: str,
    year: int | None = None,
    *,
    most: int = 5,
    step: str | None = None,
    level: int = 1,
    under: int = 2,
    group: str | None = None,
    distinct: float | None = None,
    parity: Parity = None,
) -> Strengths:
    """Find what a unit is best and worst placed in.

    Parameters
    ----------
    index
        A built index.
    unit, year
        Whose; of the last year if nothing is said.
    most
        At most so many of each.
    step
        Table in which the ranks are taken: ``raw`` (the default, turned by direction), or any
        step's name; of nodes their scores.
    level
        1 ranks indicators, 2 and more the nodes of that height.
    under
        The height of the part above that is named, e.g. 2 the pillar, 3 the sub-index.
    group
        A column of the figures: ranks among the units of the same group.
    distinct
        Leaves out parts of which at most this share of values are distinct (yes/no indicators).
    parity
        ``"COINr"`` ranks and drops exactly as COINr's ``get_str_weak``.

    Raises
    ------
    InputError
        No such unit, level, step or group.
    """
    row = index.row(unit, year)
    parts, values, shown = _table(index, level, step)
    peers, name = _group(index, row, group)
    place = int(np.flatnonzero(np.flatnonzero(peers) == row)[0])
    here = values[peers]
    ranks = rank_descending(here)
    kept = ~np.isnan(ranks[place])
    if distinct is not None:
        everyone = shown if parity == "COINr" else shown[peers]
        kept &= _distinct(everyone, parity) > distinct
    last = ranks[place] == _last(ranks)
    ranked = (~np.isnan(ranks)).sum(axis=0)
    order: Array = ranks[place]
    at = np.arange(len(parts))
    if parity == "COINr":  # the last rank is that of the largest group, and counts in neither table
        good = bad = kept & (ranks[place] != _last_of_all(index, row, values, group))
        at = np.array(sorted(at, key=lambda c: _above(index, parts[c], 2)))  # as new_coin sorts
    else:
        order = (ranks[place] - 1) / np.maximum(ranked - 1, 1)
        middle = np.asarray(median_present(here)).reshape(-1)
        good = kept & ~last & (here[place] > middle)
        bad = kept & (here[place] < middle)
    middles = np.asarray(median_present(shown[peers])).reshape(-1)

    def rows(chosen: Sequence[int]) -> pl.DataFrame:
        return pl.DataFrame(
            [
                (
                    parts[c],
                    str(index.framework.label(parts[c])),
                    _above(index, parts[c], under),
                    int(ranks[place, c]),
                    int(ranked[c]),
                    int((ranks[:, c] == ranks[place, c]).sum()) - 1,
                    float(shown[row, c]),
                    float(middles[c]),
                    unit_of(index, parts[c]),
                )
                for c in chosen
            ],
            schema=_COLUMNS,
            orient="row",
        )

    sequence = at[np.argsort(order[at], kind="stable")]
    best = [int(c) for c in sequence if good[c]][:most]
    worst = [int(c) for c in sequence if bad[c]][-most:]
    when = None if index.years is None else int(index.years[row])
    return Strengths(unit, when, rows(best), rows(worst), name)


def _table(index: Index, level: int, step: str | None) -> tuple[tuple[str, ...], Array, Array]:
    """Give the parts of a level, their values larger-is-better, and as they are shown."""
    if level > 1:
        heights = index.framework.heights()
        parts = tuple(node for node in index.plan.nodes if heights[node] == level)
        if not parts:
            top = max(heights.values())
            raise InputError(Text(f"没有第 {level} 级；共 {top} 级", f"no level {level} of {top}"))
        scores = np.column_stack([index.value(node) for node in parts])
        return parts, scores, scores
    name = step or "raw"
    if name not in index.steps:
        known = "、".join(index.steps)
        raise InputError(Text(f"没有步骤“{name}”；有：{known}", f"no step {name} among {known}"))
    figures = index.steps[name].figures
    rows = rows_at(index, name)
    places = [figures.codes.index(code) for code in index.plan.indicators]
    shown = figures.values[rows][:, places]
    of = index.framework.indicators
    turn = np.array([of[code].direction for code in index.plan.indicators], dtype=float)
    turned = shown if name == "normalise" else shown * turn
    return index.plan.indicators, turned, shown


def rows_at(index: Index, step: str) -> NDArray[np.int64]:
    """Give where the rows of the index stand in an earlier table (screening may have dropped)."""
    before, now = index.steps[step].figures, index.keys

    def keys(units: NDArray[np.object_], years: NDArray[np.int64] | None) -> list[tuple[str, int]]:
        when = [0] * len(units) if years is None else years.tolist()
        return list(zip(map(str, units), when, strict=True))

    at = {key: place for place, key in enumerate(keys(before.units, before.years))}
    return np.array([at[key] for key in keys(now.units, now.years)], dtype=np.int64)


def _group(index: Index, row: int, group: str | None) -> tuple[NDArray[np.bool_], str | None]:
    peers = np.asarray(peers_of(index, row), dtype=bool)
    if group is None:
        return peers, None
    others = index.keys.others
    if group not in others.columns:
        known = "、".join(others.columns) or "—"
        raise InputError(
            Text(f"数据里没有分组列“{group}”；有：{known}", f"no column {group} among {known}")
        )
    names = others.get_column(group).cast(pl.String).to_list()
    same = np.array([name == names[row] for name in names])
    return peers & same, names[row]


def _last(ranks: Array) -> Array:
    """Give the last rank of each column, −1 where nothing is ranked."""
    return np.asarray(np.where(np.isnan(ranks), -1, ranks).max(axis=0))


def _last_of_all(index: Index, row: int, values: Array, group: str | None) -> Array:
    peers = np.flatnonzero(peers_of(index, row))
    if group is None:
        return _last(rank_descending(values[peers]))
    names = index.keys.others.get_column(group).cast(pl.String).to_numpy()[peers]
    inside = [peers[names == name] for name in set(names.tolist())]
    return np.asarray(np.max([_last(rank_descending(values[rows])) for rows in inside], axis=0))


def _distinct(values: Array, parity: Parity) -> Array:
    """Give each part's share of distinct values among those present (COINr: among all)."""
    shares = []
    for column in values.T:
        present = column[~np.isnan(column)]
        if parity == "COINr":  # a missing value counts as one more
            found = len(np.unique(present)) + int(len(present) < len(column))
            shares.append(found / len(column))
        else:
            shares.append(len(np.unique(present)) / max(len(present), 1))
    return np.asarray(shares)


def _above(index: Index, code: str, height: int) -> str:
    heights = index.framework.heights()
    node = code
    while heights[node] < height:
        above = list(index.framework.part(node).edges())
        if not above:
            break
        node = above[0]
    return node


def unit_of(index: Index, code: str) -> str:
    """Give the measure that an indicator is counted in, empty where none is declared."""
    if code not in index.framework.indicators:
        return ""
    unit = index.framework.indicators[code].unit
    return "" if unit is None else unit if isinstance(unit, str) else str(unit.text())


def summarise_unit(
    index: Index,
    unit: str,
    year: int | None = None,
    *,
    levels: Sequence[int] | None = None,
    group: str | None = None,
) -> pl.DataFrame:
    """Give a unit's score and rank at every level, the highest first.

    Parameters
    ----------
    levels
        Heights wanted, 1 the indicators (their normalised figures); all if nothing is said.
    group
        A column of the figures: adds ``group_rank`` and ``group_of``.

    Returns
    -------
    pl.DataFrame
        ``part, name, level, score, rank, of, level_with, coverage``.
    """
    row = index.row(unit, year)
    peers, _ = _group(index, row, None)
    close, _ = _group(index, row, group)
    heights = index.framework.heights()
    parts = [*reversed(index.plan.nodes), *index.plan.indicators]
    declared = (*index.framework.nodes, *index.framework.indicators)
    order = {code: place for place, code in enumerate(declared)}
    wanted = sorted(
        (code for code in parts if levels is None or heights[code] in levels),
        key=lambda code: (-heights[code], order[code]),
    )
    lines = []
    for code in wanted:
        value = index.value(code)
        rank, of, tied = _placed(value[peers], value[row])
        line = {
            "part": code,
            "name": str(index.framework.label(code)),
            "level": heights[code],
            "score": None if np.isnan(value[row]) else float(value[row]),
            "rank": rank,
            "of": of,
            "level_with": tied,
            "coverage": _covered(index, code, row),
        }
        if group is not None:
            line["group_rank"], line["group_of"], _ = _placed(value[close], value[row])
        lines.append(line)
    return pl.DataFrame(lines, infer_schema_length=None)


def _placed(values: Array, own: float) -> tuple[int | None, int, int]:
    there = values[~np.isnan(values)]
    if np.isnan(own):
        return None, len(there), 0
    return int((there > own).sum()) + 1, len(there), int((there == own).sum()) - 1


def _covered(index: Index, code: str, row: int) -> float:
    if code in index.plan.indicators:
        return float(index.observed[row, index.plan.indicators.index(code)])
    return float(index.coverage[row, index.plan.nodes.index(code)])


def say_summary(index: Index, unit: str, year: int | None = None) -> Text:
    """Say a unit's rank, score and ties in the index, and in the nodes right below it."""
    row = index.row(unit, year)
    root = index.plan.nodes[-1]
    frame = summarise_unit(index, unit, year)
    top = frame.filter(pl.col("part") == root).row(0, named=True)
    when = None if index.years is None else int(index.years[row])
    who = row_name(unit, when)
    if top["rank"] is None:
        return Text(f"{who.zh}数据不足，没有总分。", f"{who.en} has too little data for a score.")
    tie_zh = f"，与另外 {top['level_with']} 个单元并列" if top["level_with"] else ""
    tie_en = f", level with {top['level_with']} other(s)" if top["level_with"] else ""
    below = frame.filter(pl.col("part").is_in(list(index.plan.children[root]))).drop_nulls("rank")
    pillars = below.select("name", "rank").rows()
    zh = "、".join(f"{name}第 {rank}" for name, rank in pillars)
    en = ", ".join(f"{name} {rank}" for name, rank in pillars)
    score = number(top["score"])
    return Text(
        f"{who.zh}得 {score} 分，在 {top['of']} 个单元中列第 {top['rank']}{tie_zh}；分项：{zh}。",
        f"{who.en} scores {score}, rank {top['rank']} of {top['of']}{tie_en}; parts: {en}.",
    )
