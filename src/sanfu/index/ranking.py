"""Ranks with ties and holes, along the unit axis of arrays of any number of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sanfu.index.method_normalise import Ties
    from sanfu.index.moments import Array


def rank_ascending(x: Array, ties: Ties = "min") -> Array:
    """Rank the units of each column from the smallest (1).

    Parameters
    ----------
    x
        ``(..., unit, indicator)``; NaN is missing and stays NaN.
    ties
        Equal values all get the smallest, largest or mean of their places.

    Returns
    -------
    Array
        As `x`.
    """
    turned = np.ascontiguousarray(np.swapaxes(x, -1, -2))
    order = np.argsort(turned, axis=-1)
    ordered = np.take_along_axis(turned, order, axis=-1)
    n = turned.shape[-1]
    place = np.arange(n)
    new = np.ones(turned.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    if ties == "min":
        places = first + 1.0
    else:
        ends = np.ones(turned.shape, dtype=bool)
        ends[..., :-1] = new[..., 1:]
        behind = np.where(ends, place, n - 1)[..., ::-1]
        last = np.minimum.accumulate(behind, axis=-1)[..., ::-1]
        places = last + 1.0 if ties == "max" else (first + last) / 2 + 1.0
    ranks = np.empty_like(turned)
    np.put_along_axis(ranks, order, places, axis=-1)
    ranks[np.isnan(turned)] = np.nan
    return np.ascontiguousarray(np.swapaxes(ranks, -1, -2))


def rank_descending(x: Array, ties: Ties = "min") -> Array:
    """Rank the units of each column from the largest (1); see `rank_ascending`."""
    return rank_ascending(-x, ties)
