"""Divide indicators by what makes units of different size comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sanfu.index.moments import Array


def denominate(x: Array, denominators: Array, scale: Array | float = 1) -> Array:
    """Give x / denominator · scale.

    Parameters
    ----------
    x, denominators
        ``(..., unit, indicator)``; a denominator of NaN leaves the figure missing, and so does 0,
        which the engine reports.
    scale
        One number, or one an indicator.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(denominators == 0, np.nan, x / denominators) * scale)
