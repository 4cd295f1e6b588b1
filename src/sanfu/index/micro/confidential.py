"""Hide figures from which one firm's own could be read, and say which and why.

Rules: a smallest number of firms, also for any count that a figure is made of (of 41 firms one is
funded: the share tells that); (n, k) dominance (the n largest hold more than k of the total);
p % (the second largest could estimate the largest to within p of it); and a second figure hidden
where one hidden figure would follow from the total above and the others, with all that are made of
a hidden count. Hundepool et al. (2012),
Statistical Disclosure Control, ch. 4. What a combination of several indicators gives away is not
searched for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.micro.aggregate import UNIT, firm_cells
from sanfu.index.micro.figures import LOG_SCHEMA
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.index.micro.figures import RegionFigures
    from sanfu.index.micro.measure import Measured
    from sanfu.index.micro.plan import Cell

Key = tuple[str, str, int, str]
"""Level, unit, year, indicator."""
Found = dict[Key, tuple[str, float, float]]
"""Figure → rule, what was found, limit."""
SAYS = {
    "min_firms": Text("企业数过少，不公布", "too few firms"),
    "dominance": Text("少数企业占比过大，不公布", "dominated by few firms"),
    "p_percent": Text("可推算出个别企业，不公布", "one firm could be worked out"),
    "complementary": Text("为防倒推，不公布", "hidden so that another cannot be worked out"),
}


@dataclass(frozen=True)
class Confidentiality:
    """The rules; one that is None is not applied.

    Attributes
    ----------
    min_firms
        Smallest number of firms behind a figure (a figure of no firm may be shown).
    dominance
        (n, k): hide where the n largest contributions exceed the share k of a total.
    p_percent
        Hide where total − largest − second largest < p · largest, e.g. 0.1.
    complementary
        Hide a second unit where the total above would give the first away.
    """

    min_firms: int | None = 3
    dominance: tuple[int, float] | None = (1, 0.75)
    p_percent: float | None = None
    complementary: bool = True

    def __post_init__(self) -> None:
        if self.dominance is not None and not (
            self.dominance[0] >= 1 and 0 < self.dominance[1] <= 1
        ):
            raise InputError(
                Text(
                    f"优势规则应为 (n, k)，n ≥ 1、0 < k ≤ 1，例如 (1, 0.75)；"
                    f"找到 {self.dominance}。",
                    f"dominance is (n, k) with n ≥ 1 and 0 < k ≤ 1, such as (1, 0.75); "
                    f"found {self.dominance}.",
                )
            )


def protect(figures: RegionFigures, rules: Confidentiality) -> RegionFigures:
    """Hide the figures that a rule forbids; `.log` lists each with what was found."""
    found: Found = {}
    for year, measured in figures.measured.items():
        rows = figures.frame.filter(pl.col("year") == year)
        if rules.min_firms is not None:
            for row in rows.filter(pl.col("n").is_between(1, rules.min_firms - 1)).iter_rows(
                named=True
            ):
                found[_key(row)] = ("min_firms", float(row["n"]), float(rules.min_firms))
            _few_counted(figures, measured, rules.min_firms, found)
        if rules.dominance is not None or rules.p_percent is not None:
            _by_size(figures, measured, rules, found)
        if rules.complementary:
            _complementary(figures, measured, rows, found)
            _made_of_hidden(figures, measured, found)
    return _hide(figures, found)


def hide_also(figures: RegionFigures, keys: Iterable[Key]) -> RegionFigures:
    """Hide further figures (level, unit, year, indicator) that would give another document away."""
    nan = float("nan")
    return _hide(figures, dict.fromkeys(keys, ("complementary", nan, nan)))


def _hide(figures: RegionFigures, found: Found) -> RegionFigures:
    log = pl.DataFrame(
        [(*key, *why) for key, why in found.items()], schema=LOG_SCHEMA, orient="row"
    )
    hidden = log.select(
        "level",
        "unit",
        "year",
        "indicator",
        pl.col("rule")
        .replace_strict({rule: str(text) for rule, text in SAYS.items()})
        .alias("why"),
    )
    frame = (
        figures.frame.join(
            hidden, on=["level", "unit", "year", "indicator"], how="left", maintain_order="left"
        )
        .with_columns(
            value=pl.when(pl.col("why").is_null()).then("value"),
            n=pl.when(pl.col("why").is_null()).then("n"),
            note=pl.coalesce("why", "note"),
        )
        .drop("why")
    )
    return replace(figures, frame=frame, log=pl.concat([figures.log, log]))


def _few_counted(figures: RegionFigures, measured: Measured, least: int, found: Found) -> None:
    """Hide figures made of a count of too few firms, such as a share of one firm in forty-one."""
    for plan in figures.plans.values():
        for one in plan.counts():
            counts = measured.values[one]
            few = np.flatnonzero((counts > 0) & (counts < least))
            for place in few:
                level, unit = measured.units.levels[place], measured.units.names[place]
                key = (level, unit, measured.year, plan.indicator)
                found.setdefault(key, ("min_firms", float(counts[place]), float(least)))


def _made_of_hidden(figures: RegionFigures, measured: Measured, found: Found) -> None:
    """Hide figures made of a count that is hidden as a figure of its own."""
    alone = {plan.term: plan.indicator for plan in figures.plans.values() if plan.additive}
    units = list(zip(measured.units.levels, measured.units.names, strict=True))
    for plan in figures.plans.values():
        for one in plan.counts():
            if one not in alone:
                continue
            for (level, unit), value in zip(units, measured.values[one].tolist(), strict=True):
                if (level, unit, measured.year, alone[one]) in found:
                    key = (level, unit, measured.year, plan.indicator)
                    found.setdefault(key, ("complementary", value, np.nan))


def _key(row: dict[str, Any]) -> Key:
    return row["level"], row["unit"], row["year"], row["indicator"]


def _by_size(
    figures: RegionFigures,
    measured: Measured,
    rules: Confidentiality,
    found: Found,
) -> None:
    totals = list(dict.fromkeys(cell for p in figures.plans.values() for cell in p.totals))
    if not totals:
        return
    rows = firm_cells(measured.cells, totals)
    n, k = rules.dominance or (1, 1.0)
    for level, above in measured.units.above.items():
        placed = rows.with_columns(pl.col(UNIT).replace_strict(above, default=None)).drop_nulls(
            UNIT
        )
        largest: dict[Cell, dict[str, tuple[float, float, float, float]]] = {}
        for cell in totals:
            x = pl.col(measured.cells.columns[cell]).cast(pl.Float64).abs().drop_nulls()
            top = placed.group_by(UNIT).agg(
                x.sum().alias("all"),
                x.top_k(n).sum().alias("top"),
                x.top_k(1).sum().alias("first"),
                x.top_k(2).sum().alias("two"),
            )
            largest[cell] = {unit: tuple(sizes) for unit, *sizes in top.iter_rows()}
        for plan in figures.plans.values():
            for cell in plan.totals:
                for unit, (total, top_n, first, two) in largest[cell].items():
                    key = (level, unit, measured.year, plan.indicator)
                    if total <= 0 or key in found:
                        continue
                    if rules.dominance is not None and top_n / total > k:
                        found[key] = ("dominance", top_n / total, k)
                    elif rules.p_percent is not None and total - two < rules.p_percent * first:
                        found[key] = ("p_percent", (total - two) / first, rules.p_percent)


def _complementary(
    figures: RegionFigures,
    measured: Measured,
    rows: pl.DataFrame,
    found: Found,
) -> None:
    n = {_key(row): row["n"] for row in rows.iter_rows(named=True)}
    chain = list(measured.units.above.items())
    for plan in figures.plans.values():
        if not plan.additive:
            continue
        for (low, units_low), (high, units_high) in pairwise(chain):
            families: dict[str, dict[str, None]] = {}
            for base, parent in units_high.items():
                families.setdefault(parent, {})[units_low[base]] = None
            for parent, children in families.items():
                if (high, parent, measured.year, plan.indicator) in found:
                    continue
                keys = [(low, child, measured.year, plan.indicator) for child in children]
                hidden = [key for key in keys if key in found]
                shown = [key for key in keys if key not in found and n.get(key)]
                if len(hidden) == 1 and shown:
                    second = min(shown, key=lambda key: (n[key], key))
                    found[second] = ("complementary", float(n[second]), np.nan)
