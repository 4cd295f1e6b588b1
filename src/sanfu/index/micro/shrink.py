"""Draw the figures of small regions towards the mean of their level (empirical Bayes).

A share of three firms says little; its best estimate lies between the region's own share and that
of all regions, the nearer to the latter the fewer the firms. Shares: beta-binomial, its two
parameters by maximum likelihood (Skellam 1948; Carlin and Louis 2008, §5.2). Means: normal with
pooled within-region variance, the variance between regions by Paule and Mandel (1982) (the
area-level model of Fay and Herriot 1979 without covariates).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.micro.combine import Array
    from sanfu.index.micro.figures import RegionFigures
    from sanfu.index.micro.plan import Plan


@dataclass(frozen=True)
class Shrunken:
    """Estimates drawn to the mean.

    Attributes
    ----------
    values
        One a unit; NaN where the unit has no firm.
    own
        Weight on the unit's own figure, 0 to 1.
    centre
        What they are drawn to.
    """

    values: Array
    own: Array
    centre: float


def shrink_shares(successes: Array, trials: Array) -> Shrunken:
    """Draw shares to their centre by the beta-binomial model.

    Parameters
    ----------
    successes, trials
        Counts, shape (units,).

    Returns
    -------
    Shrunken
        (successes + α) / (trials + α + β); own weight trials / (trials + α + β).
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import
    from scipy.special import betaln, expit, logit  # noqa: PLC0415

    y, n = np.asarray(successes, float), np.asarray(trials, float)
    there = n > 0
    pooled = y[there].sum() / n[there].sum()
    if pooled in (0.0, 1.0):
        return Shrunken(np.where(there, pooled, np.nan), np.where(there, 0.0, np.nan), pooled)

    def loss(parameters: Array) -> float:
        mean, size = expit(parameters[0]), np.exp(parameters[1])
        a, b = mean * size, (1 - mean) * size
        return -float(np.sum(betaln(y[there] + a, n[there] - y[there] + b) - betaln(a, b)))

    best = min(
        (
            minimize(
                loss,
                [logit(pooled), start],
                method="Nelder-Mead",
                bounds=[(-20, 20), (-4, LARGEST_SIZE)],
                options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000},
            )
            for start in (0.0, 3.0, 6.0)
        ),
        key=lambda found: found.fun,
    )
    mean, size = float(expit(best.x[0])), float(np.exp(best.x[1]))
    with np.errstate(invalid="ignore"):
        values = np.where(there, (y + mean * size) / (n + size), np.nan)
        own = np.where(there, n / (n + size), np.nan)
    return Shrunken(values, own, mean)


LARGEST_SIZE = float(np.log(1e6))
"""α + β above this is no spread between regions beyond chance."""


def shrink_means(totals: Array, squares: Array, n: Array) -> Shrunken:
    """Draw means to their centre, with a pooled variance within regions.

    Parameters
    ----------
    totals, squares, n
        Sum, sum of squares and count of the firms' values, shape (units,).

    Returns
    -------
    Shrunken
        own weight τ² / (τ² + σ² / n).
    """
    n = np.asarray(n, float)
    there = n > 0
    k = int(there.sum())
    freedom = float((n[there] - 1).sum())
    y = np.where(there, totals / np.where(there, n, 1), np.nan)
    if k < 3 or freedom < 1:
        return Shrunken(y, np.where(there, 1.0, np.nan), float("nan"))
    within = float((squares[there] - totals[there] ** 2 / n[there]).sum()) / freedom
    noise = within / n[there]
    if within <= 0:
        return Shrunken(y, np.where(there, 1.0, np.nan), float(np.mean(y[there])))

    def excess(between: float) -> float:
        weight = 1 / (between + noise)
        centre = (weight * y[there]).sum() / weight.sum()
        return float((weight * (y[there] - centre) ** 2).sum() - (k - 1))

    between = 0.0
    if excess(0.0) > 0:
        from scipy.optimize import brentq  # noqa: PLC0415 - slow to import

        top = float(np.var(y[there], ddof=1)) * k + float(noise.max())
        between = float(brentq(excess, 0.0, top))
    weight = 1 / (between + noise)
    centre = float((weight * y[there]).sum() / weight.sum())
    own = np.full(n.shape, np.nan)
    own[there] = between / (between + noise)
    return Shrunken(np.where(there, centre + own * (y - centre), np.nan), own, centre)


def shrink_figures(figures: RegionFigures, wanted: Sequence[str] | None) -> RegionFigures:
    """Shrink the shares and means among the figures, level by level and year by year.

    Raises
    ------
    InputError
        An indicator is asked for by name that is neither a share nor a mean.
    """
    fitting = [code for code, plan in figures.plans.items() if plan.shape != "other"]
    unfit = [code for code in wanted or () if code not in fitting]
    if unfit:
        shown = "、".join(unfit)
        raise InputError(
            Text(
                f"只有 share(…) 与 mean(…) 可以收缩；这些不行：{shown}。",
                f"only share(…) and mean(…) can be shrunk; not: {shown}.",
            )
        )
    parts = []
    for year, measured in figures.measured.items():
        for level in figures.levels:
            at = [i for i, of in enumerate(measured.units.levels) if of == level]
            if len(at) < 3:
                continue
            for code in wanted or fitting:
                found = _one(figures.plans[code], [
                    measured.values[part][at] for part in figures.plans[code].parts
                ])  # fmt: skip
                parts.append(
                    pl.DataFrame(
                        {
                            "level": [level] * len(at),
                            "unit": [measured.units.names[i] for i in at],
                            "year": [year] * len(at),
                            "indicator": [code] * len(at),
                            "better": found.values,
                            "own": found.own,
                        },
                        nan_to_null=True,
                    )
                )
    if not parts:
        return figures
    keys = ["level", "unit", "year", "indicator"]
    joined = figures.frame.join(pl.concat(parts), on=keys, how="left", maintain_order="left")
    frame = joined.with_columns(
        value=pl.coalesce("better", "value"), shrunk=pl.coalesce("own", "shrunk")
    ).drop("better", "own")
    return replace(figures, frame=frame)


def _one(plan: Plan, parts: list[Array]) -> Shrunken:
    return shrink_shares(*parts) if plan.shape == "share" else shrink_means(*parts)
