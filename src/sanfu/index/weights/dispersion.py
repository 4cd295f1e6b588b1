"""Weights from how the values are spread: entropy, deviation, variation, Gini, CRITIC, MEREC.

Each takes ``(unit, child)`` values, larger is better, NaN missing, and gives ``(child,)`` weights
that are at least 0 and sum to 1. A constant column gets 0; if all are constant all get the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sanfu.index.correlation import Correlation, correlate
from sanfu.index.moments import count_present, deviation_present, is_constant, mean_present
from sanfu.index.weights.matrix import (
    Missing,
    WeightsFault,
    as_matrix,
    as_shares,
    refuse_below_zero,
    to_unit_range,
)
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.moments import Array

Scale = Literal["minmax", "as_given"]


def entropy_weights(
    data: Any,
    *,
    convention: Literal["raw", "shift", "clip"],
    shift: float = 1e-4,
    missing: Missing = "pairwise",
) -> Array:
    """Give 熵权法 weights: w ∝ 1 − e, e = −Σ p ln p / ln n, p = z / Σ z.

    Parameters
    ----------
    data
        ``(unit, child)``; of a panel all units and years below each other, which is the panel form
        (n is then their number together).
    convention
        What z is: ``raw`` the values as they are, ``shift`` min-max to [0, 1] plus `shift`,
        ``clip`` min-max to [0, 1] with 0·ln 0 = 0. The choice moves weights by several points.
    shift
        Only for ``shift``.

    Raises
    ------
    WeightsFault
        ``raw`` and a value is below 0.

    References
    ----------
    Shannon (1948); convention names are ours, for the practices that are met with.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 1.0], [2.0, 1.0], [3.0, 4.0]])
    >>> entropy_weights(x, convention="raw").round(4).tolist()
    [0.2708, 0.7292]
    """
    x = as_matrix(data, missing)
    if convention == "raw":
        refuse_below_zero(x, "entropy (raw)")
        z = x
    else:
        z = to_unit_range(x) + (shift if convention == "shift" else 0)
    return as_shares(np.where(is_constant(x), 0, 1 - _entropy(z)))


def _entropy(z: Array) -> Array:
    n = count_present(z)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        p = z / np.nansum(z, axis=0)
        plogp = np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)
        e = -plogp.sum(axis=0) / np.log(n)
    return np.where(np.isfinite(e), e, 1)


def deviation_weights(
    data: Any, *, scale: Scale = "minmax", missing: Missing = "pairwise"
) -> Array:
    """Give w ∝ standard deviation, after min-max or of the values as they are."""
    x = as_matrix(data, missing)
    z = to_unit_range(x) if scale == "minmax" else x
    return as_shares(deviation_present(z)[0])


def variation_weights(data: Any, *, missing: Missing = "pairwise") -> Array:
    """Give 变异系数 weights: w ∝ sd / mean (n − 1).

    Raises
    ------
    WeightsFault
        A mean is not above 0: the coefficient says nothing there.
    """
    x = as_matrix(data, missing)
    mean = mean_present(x)[0]
    if (mean <= 0).any():
        place = int(np.flatnonzero(mean <= 0)[0])
        raise WeightsFault(
            Text(
                f"变异系数要求均值大于 0，第 {place + 1} 列的均值是 {mean[place]:g}",
                f"a coefficient of variation needs a mean above 0; that of column {place + 1} "
                f"is {mean[place]:g}",
            )
        )
    return as_shares(deviation_present(x)[0] / mean)


def gini_weights(data: Any, *, missing: Missing = "pairwise") -> Array:
    """Give w ∝ the Gini coefficient of each column's values.

    Raises
    ------
    WeightsFault
        A value is below 0.
    """
    x = as_matrix(data, missing)
    refuse_below_zero(x, "Gini")
    ordered = np.sort(x, axis=0)  # missing last
    n = count_present(x)[0]
    places = np.arange(1, len(x) + 1)[:, None]
    total = np.nansum(x, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        gini = np.nansum((2 * places - n - 1) * ordered, axis=0) / (n * total)
    return as_shares(np.where(is_constant(x), 0, gini))


def critic_weights(
    data: Any,
    *,
    correlation: Correlation = "pearson",
    conflict: Literal["signed", "absolute"] = "signed",
    scale: Scale = "minmax",
    missing: Missing = "pairwise",
) -> Array:
    """Give CRITIC weights: w_j ∝ sd_j Σ_k (1 − r_jk).

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), Determining objective weights in multiple
    criteria problems: the CRITIC method, Computers & Operations Research 22(7).
    """
    x = as_matrix(data, missing)
    z = to_unit_range(x) if scale == "minmax" else x
    deviation = np.nan_to_num(deviation_present(z)[0])
    if x.shape[1] == 1:
        return np.ones(1)
    r = correlate(z, method=correlation).r
    r = np.abs(r) if conflict == "absolute" else r
    against = np.where(np.isnan(r) | (r > 1 - 1e-12), 0, 1 - r)  # rounding is no conflict
    np.fill_diagonal(against, 0)
    return as_shares(deviation * against.sum(axis=1))


def merec_weights(data: Any, *, missing: Missing = "complete") -> Array:
    """Give MEREC weights: by how much the units' performance changes without each child.

    n = min / x; S_i = ln(1 + Σ_j |ln n_ij| / m); S'_ij the same without j; w_j ∝ Σ_i |S'_ij − S_i|.

    Raises
    ------
    WeightsFault
        A value is not above 0.

    References
    ----------
    Keshavarz-Ghorabaee et al. (2021), Determination of objective weights using a new method based
    on the removal effects of criteria (MEREC), Symmetry 13(4), 525.
    """
    x = as_matrix(data, missing)
    refuse_below_zero(x, "MEREC", zero=False)
    logs = np.abs(np.log(np.nanmin(x, axis=0) / x))
    m = (~np.isnan(x)).sum(axis=1, keepdims=True)
    total = np.nansum(logs, axis=1, keepdims=True)
    whole = np.log1p(total / m)
    without = np.log1p((total - logs) / m)
    return as_shares(np.nansum(np.abs(without - whole), axis=0))
