"""Whether the children of a node measure one thing: alpha, item and rest, KMO, Bartlett."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.index.correlation import correlate, covariances
from sanfu.index.weights.matrix import Missing, as_matrix

if TYPE_CHECKING:
    from sanfu.index.moments import Array


def cronbach_alpha(data: Array, *, missing: Missing = "pairwise") -> float:
    """Give Cronbach's alpha, k² c̄ / Σ C with c̄ the mean covariance between children.

    Parameters
    ----------
    data
        ``(unit, child)`` on one scale, larger is better.
    missing
        ``pairwise`` covariances (COINr's default), or complete units only.

    Returns
    -------
    float
        At most 1; NaN for fewer than two children. Below 0 where children run against each other.

    References
    ----------
    Cronbach (1951), Coefficient alpha and the internal structure of tests.
    """
    c = covariances(as_matrix(data, missing))
    k = c.shape[0]
    total = c.sum()
    if k < 2 or not np.isfinite(total) or total == 0:
        return math.nan
    between = (total - np.trace(c)) / (k * (k - 1))
    return float(k * k * between / total)


def alpha_if_dropped(data: Array, *, missing: Missing = "pairwise") -> Array:
    """Give alpha without each child in turn, ``(child,)``; NaN where one is left."""
    x = as_matrix(data, missing)
    return np.asarray([cronbach_alpha(np.delete(x, j, axis=1)) for j in range(x.shape[1])])


def item_rest_correlations(data: Array) -> Array:
    """Give each child's correlation with the mean of the others that a unit has, ``(child,)``."""
    x = np.asarray(data, dtype=np.float64)
    there = ~np.isnan(x)
    total = np.where(there, x, 0).sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (total - np.where(there, x, 0)) / (there.sum(axis=1, keepdims=True) - there)
    columns = range(x.shape[1])
    return np.asarray([correlate(x[:, [j]], rest[:, [j]]).r[0, 0] for j in columns])


@dataclass(frozen=True, eq=False)
class Adequacy:
    """Whether a correlation matrix is worth a factor analysis."""

    kmo: float
    """Kaiser, Meyer and Olkin's measure of sampling adequacy, in [0, 1]; NaN if singular."""
    of_each: Array
    """``(child,)``: the same for each child."""
    chi_square: float
    """Bartlett's test that there is no correlation at all."""
    degrees: int
    p: float


def sampling_adequacy(data: Array, *, missing: Missing = "complete") -> Adequacy:
    """Give the KMO measure and Bartlett's test of sphericity of ``(unit, child)`` data.

    KMO = Σ r² / (Σ r² + Σ q²) over pairs, q the partial correlations given all others;
    χ² = −(n − 1 − (2 k + 5) / 6) ln det R with k (k − 1) / 2 degrees of freedom.

    References
    ----------
    Kaiser (1974), An index of factorial simplicity; Bartlett (1951), The effect of standardization
    on a χ² approximation in factor analysis.
    """
    from scipy.special import chdtrc  # noqa: PLC0415 - slow to load

    x = as_matrix(data, missing)
    found = correlate(x)
    r, n, k = found.r.copy(), int(found.n.min()), x.shape[1]
    degrees = k * (k - 1) // 2
    nothing = Adequacy(math.nan, np.full(k, math.nan), math.nan, degrees, math.nan)
    if k < 2 or np.isnan(r).any() or n <= k:
        return nothing
    np.fill_diagonal(r, 1)
    values = np.linalg.eigvalsh(r)
    if values[0] < 1e-10:
        return nothing
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    off = ~np.eye(k, dtype=bool)
    r2, q2 = np.where(off, r**2, 0), np.where(off, partial**2, 0)
    kmo = float(r2.sum() / (r2.sum() + q2.sum())) if r2.sum() > 0 else math.nan
    with np.errstate(invalid="ignore"):
        each = r2.sum(axis=0) / (r2.sum(axis=0) + q2.sum(axis=0))
    chi = float(-(n - 1 - (2 * k + 5) / 6) * np.log(values).sum())
    return Adequacy(kmo, np.asarray(each), chi, degrees, float(chdtrc(degrees, chi)))


def variance_inflation(data: Array, *, missing: Missing = "complete") -> Array:
    """Give each child's variance inflation factor, 1 / (1 − R²) given its brothers; ``(child,)``.

    Infinite where a child is a combination of the others, NaN where units are too few.
    """
    x = as_matrix(data, missing)
    r = correlate(x).r.copy()
    k = x.shape[1]
    if np.isnan(r).any() or len(x) <= k:
        return np.full(k, math.nan)
    np.fill_diagonal(r, 1)
    values, vectors = np.linalg.eigh(r)
    if values[0] > 1e-10:
        return np.asarray(np.diag(np.linalg.inv(r)))
    touched = (np.abs(vectors[:, values <= 1e-10]) > 1e-6).any(axis=1)
    safe = np.where(values > 1e-10, values, np.inf)
    return np.where(touched, np.inf, (vectors**2 / safe).sum(axis=1))
