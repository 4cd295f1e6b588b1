"""Figures of explanations: contributions as a waterfall, strengths and gains as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.why.gain import change_in_words
from sanfu.language import Text
from sanfu.report.figures.parts import bars, pillar_bars, waterfall

if TYPE_CHECKING:
    from typing import Unpack

    from sanfu.index.why import Contributions, Gain, Strengths
    from sanfu.report.figures.model import About, Figure


def contribution_steps(
    found: Contributions, *, most: int = 10, decimals: int = 1, **about: Unpack[About]
) -> Figure:
    """Draw how a unit's score comes about from its reference, part by part.

    Parameters
    ----------
    found
        A difference from the mean, the median or a peer (`Index.contributions(against=…)`), or
        an additive score from nothing. Contributions to a logarithm (of a geometric mean) are
        drawn as bars to both sides of 0, since they do not add up to a score.
    most
        Parts drawn by themselves, the largest first; the others are one step.
    """
    size = pl.col("contribution").abs()
    ordered = found.frame.sort(size, descending=True, maintain_order=True)
    shown = ordered.head(most)
    parts = shown.select(name=pl.col("name"), value=pl.col("contribution"))
    left = ordered.height - shown.height
    if left:
        rest = float(ordered["contribution"][most:].sum())
        name = str(Text(f"其余 {left} 项", f"the other {left}"))
        parts = pl.concat([parts, pl.DataFrame({"name": [name], "value": [rest]})])
    if found.kind == "log":
        return pillar_bars(parts, decimals=max(decimals, 3), **about)
    start = (str(Text("零", "nothing")), 0.0)
    if found.against is not None and found.reference_score is not None:
        start = (str(found.against), found.reference_score)
    return waterfall(parts, start=start, end=found.unit, decimals=decimals, **about)


def gain_bars(found: Gain, *, decimals: int = 1, **about: Unpack[About]) -> Figure:
    """Draw the least change that gains places: normalised points by indicator, with the figures.

    Parameters
    ----------
    found
        What `Index.gain` gave; where the rank is out of reach, all at their limits.
    """
    rows = [
        {"name": f"{row['name']} {change_in_words(row)}", "value": row["points"]}
        for row in found.frame.to_dicts()
    ]
    return bars(pl.DataFrame(rows), decimals=decimals, **about)


def strength_bars(found: Strengths, *, most: int = 5, **about: Unpack[About]) -> Figure:
    """Draw what a unit is best and worst placed in: the share of units that stand behind it.

    Parameters
    ----------
    found
        What `Index.strengths` gave; strengths first, then weaknesses, the worst last.
    """
    rows = pl.concat([found.strengths.head(most), found.weaknesses.tail(most)])
    behind = (pl.col("of") - pl.col("rank")) / (pl.col("of") - 1).clip(1) * 100
    place = pl.format("{} ({}/{})", "name", "rank", "of")
    return bars(rows.select(name=place, value=behind), **about)
