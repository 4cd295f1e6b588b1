"""Principal components and factors, and the weights that are made of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sanfu.index.correlation import correlate
from sanfu.index.weights.matrix import Missing, WeightsFault, as_matrix, as_shares
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.moments import Array


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of a correlation matrix, the largest first."""

    eigenvalues: Array
    """``(component,)``; they sum to the number of children."""
    vectors: Array
    """``(child, component)`` of length 1, each turned so that it sums to at least 0."""
    correlations: Array
    """``(child, child)``: what was decomposed."""
    n: int
    """Units that it rests on: the complete ones, or the fewest that any pair has."""

    @property
    def explained(self) -> Array:
        """``(component,)``: shares of variance."""
        return np.asarray(self.eigenvalues / self.eigenvalues.sum())

    @property
    def loadings(self) -> Array:
        """``(child, component)``: correlations of children with components."""
        return np.asarray(self.vectors * np.sqrt(np.maximum(self.eigenvalues, 0)))


def principal_components(data: Any, *, missing: Missing = "complete") -> Components:
    """Decompose the correlation matrix of ``(unit, child)`` data.

    Parameters
    ----------
    data
        ``(unit, child)``; constant columns are refused.
    missing
        ``complete`` (as R's prcomp after na.omit, and COINr) or pairwise correlations.

    Raises
    ------
    WeightsFault
        Fewer than three units, or a child without spread.
    """
    x = as_matrix(data, missing)
    found = correlate(x)
    n = int(found.n.min())
    flat = np.flatnonzero(np.isnan(np.diag(found.r)))
    if n < 3 or len(flat):
        raise WeightsFault(
            Text(
                f"主成分分析至少需要 3 个数据齐全的单元且各列有差异；现有 {n} 个，"
                f"无差异的列：{[int(c) + 1 for c in flat]}",
                f"principal components need at least 3 units and columns with spread; there are "
                f"{n} units, columns without spread: {[int(c) + 1 for c in flat]}",
            )
        )
    np.fill_diagonal(found.r, 1.0)
    values, vectors = np.linalg.eigh(found.r)
    values, vectors = values[::-1], vectors[:, ::-1]
    sign = np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    return Components(values, vectors * sign, found.r, n)


def pca_weights(
    data: Any,
    *,
    convention: Literal["loadings", "squared", "rotated", "composite"],
    missing: Missing = "complete",
) -> Array:
    """Give weights from principal components; they sum to 1 and may be negative for two of them.

    Parameters
    ----------
    data
        ``(unit, child)``.
    convention
        ``loadings``: the first eigenvector, as COINr's get_PCA gives it (there not summing to 1).
        ``squared``: its squares. ``rotated``: squared varimax loadings of the components with an
        eigenvalue above 1, scaled to 1 in each component; each child takes its largest, times its
        component's share of the variance. ``composite``: Σ_k vector_k · explained_k over the same
        components.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, §6.1; Nicoletti, Scarpetta and
    Boylaud (2000), OECD Economics Department Working Paper 226 (``rotated``).
    """
    x = as_matrix(data, missing)
    if x.shape[1] == 1:
        return np.ones(1)
    found = principal_components(x, missing=missing)
    kept = max(int((found.eigenvalues > 1 + 1e-9).sum()), 1)
    match convention:
        case "loadings":
            return as_shares(found.vectors[:, 0])
        case "squared":
            return as_shares(found.vectors[:, 0] ** 2)
        case "rotated":
            loadings = rotate_varimax(found.loadings[:, :kept])
            squared = loadings**2
            variance = squared.sum(axis=0)
            within = squared / variance
            home = squared.argmax(axis=1)
            rows = np.arange(len(squared))
            return as_shares(within[rows, home] * (variance / variance.sum())[home])
        case "composite":
            return as_shares(found.vectors[:, :kept] @ found.explained[:kept])


def rotate_varimax(loadings: Array) -> Array:
    """Rotate ``(child, factor)`` loadings by varimax (statsmodels); one factor stays as it is."""
    if loadings.shape[1] < 2:
        return loadings
    from statsmodels.multivariate.factor_rotation import rotate_factors  # noqa: PLC0415 - slow

    rotated, _ = rotate_factors(loadings, "varimax")
    return np.asarray(rotated, dtype=np.float64)


def factor_loadings(
    data: Any,
    *,
    extraction: Literal["ml", "principal_axis", "components"] = "ml",
    missing: Missing = "complete",
) -> tuple[Array, Array]:
    """Give the loadings and the score coefficients of one common factor.

    Returns
    -------
    tuple
        Two arrays ``(child,)``, turned so that the loadings sum to at least 0. Standardised data
        times the coefficients are the regression (Thurstone) factor scores.

    Raises
    ------
    WeightsFault
        Too few units, a child without spread, repeated children, or a Heywood case.
    """
    found = principal_components(data, missing=missing)
    if extraction == "components" or len(found.eigenvalues) < 3:
        loadings = found.loadings[:, 0]
        return loadings, found.vectors[:, 0] / np.sqrt(found.eigenvalues[0])
    from statsmodels.multivariate.factor import Factor  # noqa: PLC0415 - slow to load

    method = "ml" if extraction == "ml" else "pa"
    model = Factor(corr=found.correlations, n_factor=1, method=method, nobs=found.n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # judged by what comes out, below
        loadings, again = (
            np.asarray(
                model.fit(
                    maxiter=1000, tol=1e-12, opt={"gtol": 1e-11, "maxiter": 1000}, rng=start
                ).loadings,
                dtype=np.float64,
            )[:, 0]
            for start in (0, 1)  # statsmodels begins anywhere: a solution is where both arrive
        )
    proper = np.isfinite(loadings).all() and np.abs(loadings).max() <= 0.999
    same = np.abs(np.abs(loadings) - np.abs(again)).max() < 1e-4
    if found.eigenvalues[-1] < 1e-8 or not (proper and same):
        raise WeightsFault(
            Text(
                "因子分析没有可用的解：指标完全相关或某个共同度达到 1"
                f"（Heywood，{found.n} 个单元）；请改用 extraction: components",
                "factor analysis has no proper solution: children repeat each other or a "
                f"communality reaches 1 (Heywood, {found.n} units); say extraction: components",
            )
        )
    loadings = -loadings if loadings.sum() < 0 else loadings
    unique = np.maximum(1 - loadings**2, 1e-12)
    implied = np.outer(loadings, loadings)
    implied[np.diag_indices_from(implied)] = loadings**2 + unique
    return loadings, np.asarray(np.linalg.solve(implied, loadings), dtype=np.float64)


def factor_weights(
    data: Any,
    *,
    extraction: Literal["ml", "principal_axis", "components"] = "ml",
    weights: Literal["scores", "loadings", "squared"] = "scores",
    missing: Missing = "complete",
) -> Array:
    """Give weights from one common factor; they sum to 1 and may be negative.

    With fewer than three children no factor is identified and components are taken.

    Parameters
    ----------
    data
        ``(unit, child)``.
    extraction
        Maximum likelihood or principal axes (statsmodels), or the first component, as Compind's
        ``ci_factor(method = "ONE")``.
    weights
        ``scores``: coefficients of the factor score, so that a weighted mean of standardised
        children ranks as the factor; ``loadings``; ``squared`` loadings.
    """
    x = as_matrix(data, missing)
    if x.shape[1] == 1:
        return np.ones(1)
    loadings, coefficients = factor_loadings(x, extraction=extraction, missing=missing)
    match weights:
        case "scores":
            return as_shares(coefficients)
        case "loadings":
            return as_shares(loadings)
        case "squared":
            return as_shares(loadings**2)
