"""Decide which units and indicators have enough data.

Arrays have the axes ``(unit, indicator)``; NaN is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.method import ScreenRule
    from sanfu.index.moments import Array


@dataclass(frozen=True)
class Screened:
    """The shares that were looked at and who stays; one entry a unit, or an indicator."""

    available: Array
    nonzero: Array
    units: NDArray[np.bool_]
    indicators: NDArray[np.bool_]
    indicator_available: Array


def screen(x: Array, rule: ScreenRule, units: Sequence[str]) -> Screened:
    """Give the units and indicators that stay.

    A unit stays if its share of non-missing values reaches `rule.available` and its share of
    non-zero values among them reaches `rule.nonzero`; a name in `keep` or `drop` decides first.
    Indicators are judged before units, so that an empty indicator costs no unit its place.
    """
    there = ~np.isnan(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_indicator = there.mean(axis=0)
        keep = np.ones(x.shape[1], dtype=bool)
        if rule.indicators is not None:
            keep = by_indicator >= rule.indicators - 1e-12
        seen = there[:, keep]
        available = seen.sum(axis=1) / max(int(keep.sum()), 1)
        nonzero = (seen & (x[:, keep] != 0)).sum(axis=1) / seen.sum(axis=1)
    stays = np.ones(x.shape[0], dtype=bool)
    if rule.available is not None:
        stays &= available >= rule.available - 1e-12
    if rule.nonzero is not None:
        stays &= np.nan_to_num(nonzero, nan=0) >= rule.nonzero - 1e-12
    names = np.asarray(list(units), dtype=object)
    stays |= np.isin(names, list(rule.keep))
    stays &= ~np.isin(names, list(rule.drop))
    return Screened(available, nonzero, stays, keep, by_indicator)
