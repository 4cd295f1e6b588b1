"""Fill missing figures by a declared rule.

Arrays have the axes ``(..., unit, indicator)``; NaN is missing. What cannot be filled (a group
without any figure, a unit before its first one) stays missing. The model-based methods are
scikit-learn's.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index.moments import mean_present, median_present, range_present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array

Statistic = Literal["mean", "median"]
FromYears = Literal["latest", "constant", "linear", "linear_constant"]


def _middle(x: Array, statistic: Statistic) -> Array:
    return mean_present(x) if statistic == "mean" else median_present(x)


def impute_column(x: Array, *, statistic: Statistic = "mean") -> Array:
    """Fill with the indicator's mean or median over the units."""
    return np.asarray(np.where(np.isnan(x), _middle(x, statistic), x))


def impute_group(x: Array, groups: Sequence[str | None], *, statistic: Statistic = "mean") -> Array:
    """Fill with the mean or median of the unit's group; an empty group stays missing."""
    result = x.copy(order="K")
    known, code = np.unique(["" if g is None else f"={g}" for g in groups], return_inverse=True)
    if statistic == "median":
        for group in np.flatnonzero(known != "").tolist():
            rows = np.flatnonzero(code == group)
            result[..., rows, :] = impute_column(x[..., rows, :], statistic=statistic)
        return result
    gone = np.isnan(x)
    for *layer, column in np.argwhere(gone.any(axis=-2)):
        place = (*layer, slice(None), column)
        here, there = gone[place], ~gone[place]
        count = np.bincount(code[there], minlength=len(known)).astype(np.float64)
        total = np.bincount(code[there], weights=x[place][there], minlength=len(known))
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = np.where(known == "", np.nan, total / count)
        result[(*layer, here, column)] = middle[code[here]]
    return result


def impute_row(
    x: Array,
    direction: Array,
    neighbourhoods: Sequence[Sequence[int]],
    *,
    statistic: Statistic = "mean",
    normalise_first: bool = True,
) -> Array:
    """Fill with the mean or median of the unit's other indicators in the same neighbourhood.

    Parameters
    ----------
    x
        ``(..., unit, indicator)``.
    direction
        1 or −1 an indicator.
    neighbourhoods
        Columns that fill each other, for instance the indicators of one pillar.
    normalise_first
        Turn and stretch each indicator to [0, 1] before and back after; without it the plain
        figures are mixed, which only indicators of one unit of measure allow.
    """
    low, high = np.zeros_like(x[..., :1, :]), np.ones_like(x[..., :1, :])
    scaled = x
    if normalise_first:
        low, high = range_present(x * direction)
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = (x * direction - low) / (high - low)
    result = x.copy()
    for columns in neighbourhoods:
        part = scaled[..., list(columns)]
        middle = np.swapaxes(_middle(np.swapaxes(part, -1, -2), statistic), -1, -2)
        back = middle
        if normalise_first:
            span = (high - low)[..., list(columns)]
            back = (middle * span + low[..., list(columns)]) * direction[list(columns)]
        here = x[..., list(columns)]
        result[..., list(columns)] = np.where(np.isnan(here), back, here)
    return result


def impute_panel(
    x: Array,
    units: Sequence[str],
    years: Sequence[int],
    *,
    method: FromYears,
    max_years: int | None = None,
    count_points: bool = False,
) -> Array:
    """Fill from the unit's own other years.

    Parameters
    ----------
    x
        ``(row, indicator)``, a row being a unit in a year, in any order.
    method
        ``latest`` the last earlier figure; ``constant`` the same, and before the first figure the
        first; ``linear`` between two figures only; ``linear_constant`` and the nearest figure
        outside them.
    max_years
        ``latest``: not from further back than this.
    count_points
        Count `max_years` in rows of the unit instead of calendar years, as COINr does.
    """
    result = x.copy()
    names, when = np.asarray(units, dtype=object), np.asarray(years, dtype=np.int64)
    codes, place = np.unique(names.astype(str), return_inverse=True)
    for code in range(len(codes)):
        rows = np.flatnonzero(place == code)
        rows = rows[np.argsort(when[rows], kind="stable")]
        time = when[rows]
        clock = np.arange(len(rows)) if count_points else time
        for column in range(x.shape[1]):
            value = x[rows, column]
            seen = np.flatnonzero(~np.isnan(value))
            if 0 < len(seen) < len(value):
                result[rows, column] = _fill_series(value, seen, time, clock, method, max_years)
    return result


def _fill_series(
    value: Array,
    seen: NDArray[np.int64],
    time: NDArray[np.int64],
    clock: NDArray[np.int64],
    method: str,
    max_years: int | None,
) -> Array:
    if method in ("linear", "linear_constant"):
        ends = np.nan if method == "linear" else None
        line = np.interp(time, time[seen], value[seen], left=ends, right=ends)
        return np.where(np.isnan(value), line, value)
    before = np.searchsorted(seen, np.arange(len(value)), side="right") - 1
    source = seen[np.maximum(before, 0)]
    filled = np.where(before >= 0, value[source], np.nan)
    if method == "constant":
        return np.where(before >= 0, filled, value[seen[0]])
    if max_years is not None:
        filled = np.where(clock - clock[source] <= max_years, filled, np.nan)
    return np.where(np.isnan(value), filled, value)


def impute_em(x: Array, *, iterations: int = 50, seed: int = 1) -> Array:
    """Fill each indicator by its regression on the others, in turns until they settle.

    scikit-learn's IterativeImputer with Bayesian ridge regressions: expectation–maximisation by
    chained equations. ``(unit, indicator)``.
    """
    return _chained(x, iterations=iterations, seed=seed, draw=False)


def impute_multiple(x: Array, *, draws: int = 20, iterations: int = 10, seed: int = 1) -> Array:
    """Give several filled tables drawn from the regressions' predictive distributions.

    Returns
    -------
    Array
        ``(draw, unit, indicator)``; the spread over draws is the uncertainty of the filling.
    """
    return np.stack(
        [_chained(x, iterations=iterations, seed=seed + k, draw=True) for k in range(draws)]
    )


def _chained(x: Array, *, iterations: int, seed: int, draw: bool) -> Array:
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - heavy
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401, PLC0415 - a switch
    from sklearn.impute import IterativeImputer  # noqa: PLC0415

    known = ~np.isnan(x).all(axis=0)  # a column without any figure cannot be filled
    scale = np.nanstd(x[:, known], axis=0)
    scale[~(scale > 0)] = 1
    centre = np.nanmean(x[:, known], axis=0)
    imputer = IterativeImputer(max_iter=iterations, random_state=seed, sample_posterior=draw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # reported by the number of turns
        filled = imputer.fit_transform((x[:, known] - centre) / scale) * scale + centre
    result = x.copy()
    result[:, known] = np.where(np.isnan(x[:, known]), filled, x[:, known])
    return result


def impute_nearest(x: Array, *, neighbours: int = 5) -> Array:
    """Fill with the mean of the nearest units on standardised figures (scikit-learn's KNN)."""
    from sklearn.impute import KNNImputer  # noqa: PLC0415 - heavy

    known = ~np.isnan(x).all(axis=0)
    scale = np.nanstd(x[:, known], axis=0)
    scale[~(scale > 0)] = 1
    filled = KNNImputer(n_neighbors=neighbours).fit_transform(x[:, known] / scale) * scale
    result = x.copy()
    result[:, known] = np.where(np.isnan(x[:, known]), filled, x[:, known])
    return result
