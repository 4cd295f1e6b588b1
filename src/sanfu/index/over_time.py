"""An index over the years: chained growth, growth with a base of 100, chain-linking.

The innovation index of the National Bureau of Statistics (国家统计局《中国创新指数研究》): an
indicator's growth from one year to the next is taken against the mean of the two years, so that a
rise and the fall back cancel, v = 200 (x_t − x_{t−1}) / (x_t + x_{t−1}); a field's growth is the
weighted mean V of its indicators'; its index is chained, I_t = I_{t−1} (200 + V) / (200 − V), 100
in the base year; the total is the weighted mean of the field indices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sanfu.index.graph import Plan
    from sanfu.index.method import TimeRule
    from sanfu.index.moments import Array


def grow_symmetrically(now: Array, before: Array) -> Array:
    """Give growth against the mean of both years, in percent, between −200 and 200.

    Missing where a figure is missing or negative; 0 where both are 0. Reversing the years turns
    the sign, and so does taking the reciprocal of the figures.
    """
    now, before = np.broadcast_arrays(np.asarray(now, float), np.asarray(before, float))
    total = now + before
    found = np.full(now.shape, np.nan)
    fine = (now >= 0) & (before >= 0)
    np.divide(200 * (now - before), total, out=found, where=fine & (total > 0))
    found[fine & (total == 0)] = 0.0
    return found


def chain_growth(growth: Array, *, base: int = 0, start: float = 100.0) -> Array:
    """Chain yearly growth to an index.

    Parameters
    ----------
    growth
        ``(year, …)`` symmetric growth in percent of each year against the year before; the first
        row is not read.
    base
        Row of the base year, where the index is `start`.

    Returns
    -------
    Array
        ``(year, …)``. A missing growth breaks the chain: what lies beyond it is missing.
    """
    growth = np.asarray(growth, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        links = np.where(np.abs(growth) < 200, (200 + growth) / (200 - growth), np.nan)
    index = np.full(growth.shape, np.nan)
    index[base] = start
    for year in range(base + 1, len(growth)):
        index[year] = index[year - 1] * links[year]
    for year in range(base, 0, -1):
        index[year - 1] = index[year] / links[year]
    return index


def mean_of_known(values: Array, weights: Array) -> Array:
    """Give the weighted mean over the last axis of what is known; missing if nothing is."""
    known = np.isfinite(values)
    weight = known @ weights
    total = np.nan_to_num(values) @ weights
    found = np.full(weight.shape, np.nan)
    np.divide(total, weight, out=found, where=weight > 0)
    return found


@dataclass(frozen=True)
class _Panel:
    """Rows laid out as unit × year."""

    units: tuple[str, ...]
    years: tuple[int, ...]
    place: NDArray[np.int64]
    """``(unit, year)`` → row, −1 where there is none."""

    def spread(self, values: Array) -> Array:
        """``(row, column)`` → ``(year, unit, column)``."""
        laid = values[np.maximum(self.place, 0)]
        laid[self.place < 0] = np.nan
        return np.asarray(np.swapaxes(laid, 0, 1))

    def gather(self, laid: Array, rows: int) -> Array:
        """``(year, unit)`` → ``(row,)``."""
        found = np.full(rows, np.nan)
        u, t = np.nonzero(self.place >= 0)
        found[self.place[u, t]] = laid[t, u]
        return found


def _panel(units: list[str], years: NDArray[np.int64]) -> _Panel:
    names = tuple(dict.fromkeys(units))
    axis = tuple(int(year) for year in np.unique(years))
    place = np.full((len(names), len(axis)), -1, dtype=np.int64)
    at_unit = {name: i for i, name in enumerate(names)}
    at_year = {year: i for i, year in enumerate(axis)}
    for row, (unit, year) in enumerate(zip(units, years, strict=True)):
        place[at_unit[unit], at_year[int(year)]] = row
    return _Panel(names, axis, place)


def score_over_time(
    plan: Plan,
    figures: Array,
    units: list[str],
    years: NDArray[np.int64] | None,
    directions: Array,
    weights: Mapping[str, Array],
    rule: TimeRule,
) -> tuple[Array, Array]:
    """Score every node by the growth of its indicators.

    Parameters
    ----------
    plan
        The graph.
    figures
        ``(row, indicator)`` as they stand before normalisation.
    units, years
        Of the rows. The years must follow one another without a gap.
    directions
        1 or −1 an indicator; growth of −1 counts with its sign turned.
    weights
        Node → weights of its children.
    rule
        ``nbs_growth``: nodes over indicators chain the mean growth of their children, nodes above
        are means of the nodes' indices. ``growth_index``: every indicator is 100 · x_t / x_base
        (its reciprocal for −1), nodes are weighted geometric means.

    Returns
    -------
    tuple
        ``(row, indicator)`` each indicator's own index, base = 100; ``(row, node)`` the scores.

    Raises
    ------
    InputError
        There are no years, the base year is not among them, or years are left out.
    """
    if years is None:
        zh = "按增长计算需要年份；请给出 year 列"
        raise InputError(Text(zh, "growth needs years; give a column `year`"))
    panel = _panel(units, years)
    base = panel.years[0] if rule.base is None else rule.base
    if base not in panel.years:
        shown = f"{panel.years[0]}–{panel.years[-1]}"
        raise InputError(
            Text(f"基期 {base} 不在数据的年份 {shown} 之内", f"base {base} is not in {shown}")
        )
    gaps = [b for a, b in zip(panel.years, panel.years[1:], strict=False) if b - a != 1]
    if gaps:
        raise InputError(
            Text(f"{gaps[0]} 年之前缺年份，无法逐年链接", f"years are missing before {gaps[0]}")
        )
    at = panel.years.index(base)
    laid = panel.spread(figures)
    own, growth = _indicator_series(laid, directions, at, rule.method)
    series: dict[str, Array] = {}
    moves: dict[str, Array] = {}
    for place, code in enumerate(plan.indicators):
        series[code], moves[code] = own[..., place], growth[..., place]
    for node in plan.nodes:
        children = plan.children[node]
        if rule.method == "growth_index":
            logs = np.log(np.stack([series[child] for child in children], axis=-1))
            series[node] = np.exp(mean_of_known(logs, weights[node]))
        elif any(child in plan.indicators for child in children):
            moved = np.stack([moves[child] for child in children], axis=-1)
            series[node] = chain_growth(mean_of_known(moved, weights[node]), base=at)
        else:
            levels = np.stack([series[child] for child in children], axis=-1)
            series[node] = mean_of_known(levels, weights[node])
        moves[node] = _moves(series[node])
    rows = len(units)
    return (
        np.column_stack([panel.gather(series[code], rows) for code in plan.indicators]),
        np.column_stack([panel.gather(series[node], rows) for node in plan.nodes]),
    )


def _moves(series: Array) -> Array:
    growth = np.full(series.shape, np.nan)
    growth[1:] = grow_symmetrically(series[1:], series[:-1])
    return growth


def _indicator_series(
    laid: Array, directions: Array, base: int, method: str
) -> tuple[Array, Array]:
    growth = _moves(laid) * directions
    if method == "nbs_growth":
        return chain_growth(growth, base=base), growth
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 100 * (laid / laid[base]) ** directions
    level[~np.isfinite(level) | (level <= 0)] = np.nan
    return level, growth


def link_chain(
    before: pl.DataFrame,
    after: pl.DataFrame,
    *,
    overlap: int,
    how: Literal["ratio", "difference"] = "ratio",
) -> pl.DataFrame:
    """Join two editions of an index whose indicators or method changed, at an overlap year.

    The new edition is brought to the level of the old one in the year that both cover, so that the
    change of the set itself does not show as a change of the unit.

    Parameters
    ----------
    before, after
        ``unit, year, score``; the old edition up to the overlap year or beyond, the new from it.
    overlap
        The year that both editions cover.
    how
        ``ratio`` multiplies (indices with a base of 100), ``difference`` adds (scores in points).

    Returns
    -------
    DataFrame
        ``unit, year, score, edition ("before" | "after"), link``: the factor or the points by
        which the new scores were moved; a unit that one edition lacks in the overlap year is
        left out of the linked years.

    Raises
    ------
    InputError
        No unit is in both editions in the overlap year.
    """
    at_before = before.filter(pl.col("year") == overlap).select("unit", old="score")
    at_after = after.filter(pl.col("year") == overlap).select("unit", new="score")
    both = at_before.join(at_after, on="unit").drop_nulls()
    if both.height == 0:
        raise InputError(
            Text(
                f"两版指数在 {overlap} 年没有共同的单位，无法链接",
                f"the two editions share no unit in {overlap}",
            )
        )
    old, new = pl.col("old"), pl.col("new")
    link = old / new if how == "ratio" else old - new
    links = both.select("unit", link=link)
    moved = pl.col("score") * pl.col("link") if how == "ratio" else pl.col("score") + pl.col("link")
    linked = (
        after.filter(pl.col("year") > overlap)
        .join(links, on="unit")
        .select("unit", "year", score=moved, edition=pl.lit("after"), link="link")
    )
    kept = before.filter(pl.col("year") <= overlap).select(
        "unit", "year", "score", edition=pl.lit("before"), link=pl.lit(None, pl.Float64)
    )
    return pl.concat([kept, linked]).sort("unit", "year")


def compare_vintages(published: pl.DataFrame) -> pl.DataFrame:
    """Set what was first published beside what it was revised to.

    Parameters
    ----------
    published
        ``unit, year, vintage, value``: every value as it was printed; `vintage` orders the
        releases (a year, a date). A release may restate earlier years.

    Returns
    -------
    DataFrame
        ``unit, year, first_vintage, first, last_vintage, last, revision, revision_pct,
        growth_first, growth_last``. Growth is against the year before: `growth_first` as the
        first release that printed both years shows it (else from the two first values),
        `growth_last` from the last values. Fractions of 1.
    """
    ordered = published.drop_nulls("value").sort("unit", "year", "vintage")
    table = (
        ordered.group_by("unit", "year", maintain_order=True)
        .agg(
            first_vintage=pl.col("vintage").first(),
            first=pl.col("value").first(),
            last_vintage=pl.col("vintage").last(),
            last=pl.col("value").last(),
        )
        .with_columns(revision=pl.col("last") - pl.col("first"))
        .with_columns(revision_pct=pl.col("revision") / pl.col("first"))
    )
    before = ordered.select("unit", "vintage", pl.col("year") + 1, restated="value")
    same = (
        ordered.join(before, on=["unit", "year", "vintage"], how="left")
        .filter(pl.col("restated").is_not_null())
        .group_by("unit", "year", maintain_order=True)
        .agg(same_release=pl.col("value").first() / pl.col("restated").first() - 1)
    )
    earlier = table.select("unit", pl.col("year") + 1, old_first="first", old_last="last")
    return (
        table.join(same, on=["unit", "year"], how="left", maintain_order="left")
        .join(earlier, on=["unit", "year"], how="left", maintain_order="left")
        .with_columns(
            growth_first=pl.coalesce("same_release", pl.col("first") / pl.col("old_first") - 1),
            growth_last=pl.col("last") / pl.col("old_last") - 1,
        )
        .drop("same_release", "old_first", "old_last")
        .sort("unit", "year")
    )


def imply_restatement(value: float, growth: float) -> float:
    """Give the previous year's value that a printed value and growth rate imply.

    Where it is not the value printed a year ago, the release restated it without saying so.
    """
    return value / (1 + growth)
