"""Figures of explanations: contributions as a waterfall, strengths and weaknesses as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.report.figures.parts import bars, waterfall

if TYPE_CHECKING:
    from typing import Unpack

    from sanfu.index.why import Contributions, Strengths
    from sanfu.report.figures.model import About, Figure


def contribution_steps(
    found: Contributions, *, most: int = 10, decimals: int = 1, **about: Unpack[About]
) -> Figure:
    """Draw how a unit's score comes about from its reference, part by part.

    Parameters
    ----------
    found
        A difference from the mean, the median or a peer (`Index.contributions(against=…)`), or
        an additive score from nothing.
    most
        Parts drawn by themselves, the largest first; the others are one step.

    Raises
    ------
    ValueError
        The contributions are logarithms, which do not add up to a score.
    """
    if found.kind == "log":
        raise ValueError("contributions to a logarithm have no waterfall; compare with the mean")
    size = pl.col("contribution").abs()
    ordered = found.frame.sort(size, descending=True, maintain_order=True)
    shown = ordered.head(most)
    parts = shown.select(name=pl.col("name"), value=pl.col("contribution"))
    left = ordered.height - shown.height
    if left:
        rest = float(ordered["contribution"][most:].sum())
        name = str(Text(f"其余 {left} 项", f"the other {left}"))
        parts = pl.concat([parts, pl.DataFrame({"name": [name], "value": [rest]})])
    start = (str(Text("零", "nothing")), 0.0)
    if found.against is not None and found.reference_score is not None:
        start = (str(found.against), found.reference_score)
    return waterfall(parts, start=start, end=found.unit, decimals=decimals, **about)


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
