"""Normalise rows that are units in years: over all, year by year, or against a base year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sanfu.errors import InputError
from sanfu.index.normalise import Parity, normalise
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.method_normalise import Normalise
    from sanfu.index.moments import Array


def normalise_panel(
    x: Array,
    rule: Normalise,
    direction: Array,
    *,
    years: NDArray[np.int64] | None,
    units: Sequence[str] | None = None,
    goalposts: Array | None = None,
    target: Array | None = None,
    parity: Parity = None,
) -> Array:
    """Normalise by the rule with the statistics of the rows that `rule.over` names.

    Parameters
    ----------
    x
        ``(..., row, indicator)``, a row being a unit in a year.
    years
        One a row; None where there are no years, and ``over`` does not matter.

    Raises
    ------
    InputError
        The base year is not among the years; the message lists them.
    """

    def run(part: Array, names: Sequence[str] | None, reference: Array | None = None) -> Array:
        return normalise(
            part,
            rule,
            direction,
            goalposts=goalposts,
            target=target,
            units=names,
            reference=reference,
            parity=parity,
        )

    if years is None or (rule.over == "all" and rule.method != "distance_to_reference"):
        return run(x, units)
    if rule.over == "base":
        rows = np.flatnonzero(years == rule.base)
        if not len(rows):
            known = ", ".join(str(year) for year in np.unique(years))
            raise InputError(
                Text(
                    f"基期 {rule.base} 不在数据的年份之中：{known}",
                    f"the base year {rule.base} is not among the years: {known}",
                )
            )
        return run(x, units, x[..., rows, :])
    result = np.empty_like(x)
    for year in np.unique(years):
        rows = np.flatnonzero(years == year)
        names = None if units is None else [units[int(row)] for row in rows]
        result[..., rows, :] = run(x[..., rows, :], names)
    return result
