"""How much a child matters for a score: squared correlation and nonlinear correlation ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sanfu.index.moments import Array

_MOST = 2000
"""Beyond so many distinct values they are gathered in quantile bins; the curve is smooth."""
_PIECES = 15
"""Pieces of the spline; the penalty, not their number, decides how much it bends."""


def squared_correlation(x: Array, y: Array) -> float:
    """Give r² of two columns over the units that have both: the linear importance."""
    both = ~(np.isnan(x) | np.isnan(y))
    a, b = x[both] - x[both].mean(), y[both] - y[both].mean() if both.any() else y[both]
    under = float((a * a).sum() * (b * b).sum())
    return float((a * b).sum() ** 2 / under) if under > 0 else math.nan


def correlation_ratio(x: Array, y: Array) -> float:
    """Give S = V(E(y | x)) / V(y), the share of the score's variance that a child explains.

    E(y | x) is a penalised cubic spline whose penalty generalised cross-validation chooses
    (basis from SciPy); with fewer than five distinct values the means of the groups. It equals r²
    where the relation is a line, and is larger where it is bent. With few units the curve may
    follow chance: below 50 take it as a hint.

    Parameters
    ----------
    x, y
        ``(unit,)``; units that lack one are left out.

    Returns
    -------
    float
        In [0, 1]; NaN for fewer than three units or no spread.

    References
    ----------
    Paruolo, Saisana and Saltelli (2013), Ratings and rankings: voodoo or science?, JRSS A 176;
    Becker, Saisana, Paruolo and Vandecasteele (2017), Ecological Indicators 80; Eilers and Marx
    (1996), Flexible smoothing with B-splines and penalties.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    place, means, counts = _gather(x, y)
    fitted = means if len(place) < 5 else _smooth(place, means, counts)
    centre = float((counts * fitted).sum() / counts.sum())
    between = float((counts * (fitted - centre) ** 2).sum())
    return float(np.clip(between / ((y - y.mean()) ** 2).sum(), 0, 1))


def _gather(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Give the distinct values (or bins), the mean of y at each, and how many there are."""
    values, member = np.unique(x, return_inverse=True)
    if len(values) > _MOST:
        edges = np.unique(np.quantile(x, np.linspace(0, 1, _MOST // 4 + 1)))
        member = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
        _, member = np.unique(member, return_inverse=True)
        values = np.bincount(member, weights=x) / np.bincount(member)
    counts = np.bincount(member).astype(np.float64)
    return values, np.bincount(member, weights=y) / counts, counts


def _smooth(x: Array, y: Array, counts: Array) -> Array:
    """Fit a penalised cubic spline; the penalty with the least generalised cross-validation.

    With the basis made orthonormal (for the weights) and the penalty diagonal, every penalty's fit
    and its degrees of freedom cost one product.
    """
    from scipy.interpolate import BSpline  # noqa: PLC0415 - slow to load
    from scipy.linalg import eigh  # noqa: PLC0415 - slow to load

    scaled = (x - x[0]) / (x[-1] - x[0])
    pieces = int(min(max(len(x) // 2, 2), _PIECES))
    knots = np.quantile(scaled, np.linspace(0, 1, pieces + 1))
    knots = np.unique(np.round(knots, 12))
    knots[0], knots[-1] = 0.0, 1.0
    padded = np.concatenate([np.zeros(3), knots, np.ones(3)])
    basis = BSpline.design_matrix(scaled, padded, 3).toarray()
    centres = np.array([padded[k + 1 : k + 4].mean() for k in range(basis.shape[1])])
    rough = _second_differences(centres)
    gram = basis.T @ (counts[:, None] * basis)
    gram += 1e-10 * np.trace(gram) / len(gram) * np.eye(len(gram))
    values, vectors = eigh(rough.T @ rough, gram)
    turned = basis @ vectors
    coefficients = turned.T @ (counts * y)
    n = counts.sum()
    best, found = math.inf, y
    for penalty in np.logspace(-8, 6, 57) / max(float(values[-1]), 1e-300):
        shrink = 1 / (1 + penalty * np.maximum(values, 0))
        fitted = turned @ (shrink * coefficients)
        error = float((counts * (y - fitted) ** 2).sum())
        score = n * error / max(n - float(shrink.sum()), 1e-9) ** 2
        if score < best:
            best, found = score, fitted
    return np.asarray(found)


def _second_differences(centres: Array) -> Array:
    """Give the matrix of divided second differences over unevenly spaced centres."""
    n = len(centres)
    rough = np.zeros((n - 2, n))
    for k in range(n - 2):
        left, right = centres[k + 1] - centres[k], centres[k + 2] - centres[k + 1]
        rough[k, k : k + 3] = 1 / left, -1 / left - 1 / right, 1 / right
    return rough
