"""Whether units grow together: σ convergence (less spread), β convergence (the low catch up)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.companions.base import Companion
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_sigma_convergence(
    panel: pl.DataFrame, value: str, *, measure: Literal["log_sd", "cv"] = "log_sd"
) -> Companion:
    """Give the spread of the units year by year, and its trend.

    Parameters
    ----------
    panel
        ``unit, year`` and the column `value` (positive); units that lack a year are left out, so
        that the spread is of the same units.
    measure
        Standard deviation of logarithms, or the coefficient of variation (both with n).

    Returns
    -------
    Companion
        ``year, units, spread, slope, p_value``: the least-squares trend a year and its two-sided
        p-value, the same in every row. A negative slope is σ convergence.

    References
    ----------
    Barro and Sala-i-Martin (1992), Convergence, Journal of Political Economy 100(2), 223-251.
    """
    years, wide = _balanced(panel, value)
    spread = (
        np.log(wide).std(axis=0) if measure == "log_sd" else wide.std(axis=0) / wide.mean(axis=0)
    )
    slope = p_value = None
    if len(years) > 2:
        from scipy.stats import linregress  # noqa: PLC0415 - slow to import

        line = linregress(np.array(years, float), spread)
        slope, p_value = float(line.slope), float(line.pvalue)
    frame = pl.DataFrame(
        {
            "year": years,
            "units": [wide.shape[0]] * len(years),
            "spread": spread,
            "slope": [slope] * len(years),
            "p_value": [p_value] * len(years),
        },
        schema_overrides={"slope": pl.Float64, "p_value": pl.Float64},
    )
    formula = "σ_t = sd(ln y_it)" if measure == "log_sd" else "σ_t = sd(y_it) / mean(y_it)"
    return Companion(frame, formula, "Barro and Sala-i-Martin (1992), JPE 100(2), 223-251")


def find_beta_convergence(
    panel: pl.DataFrame, value: str, *, controls: Sequence[str] = ()
) -> Companion:
    """Regress growth over the whole span on the start, to see whether the low grow faster.

    Parameters
    ----------
    panel
        ``unit, year``, the positive column `value`, and the controls.
    controls
        Columns read in the first year; with them the convergence is conditional.

    Returns
    -------
    Companion
        ``term, coefficient, standard_error, p_value, speed, half_life, units, r_squared``; a row
        a term, heteroskedasticity-robust (HC1) errors. The row ``ln_start`` is β: below 0 is
        convergence, at `speed` λ = −ln(1 + βT)/T a year and half-life ln 2 / λ.

    References
    ----------
    (ln y_T − ln y_0)/T = α + β ln y_0 + γ'x; Barro and Sala-i-Martin (1992).
    """
    import statsmodels.api as sm  # noqa: PLC0415 - slow to import

    years, wide = _balanced(panel, value)
    span = years[-1] - years[0]
    units = _units(panel, value)
    first = panel.filter(pl.col("year") == years[0], pl.col("unit").is_in(units)).sort("unit")
    columns = [np.log(wide[:, 0]), *(first[name].cast(pl.Float64).to_numpy() for name in controls)]
    names = ["constant", "ln_start", *controls]
    if len(units) <= len(names) + 1:
        raise InputError(
            Text(
                f"只有 {len(units)} 个单位两端都有数，不足以估计 {len(names)} 个参数。",
                f"{len(units)} units are too few for {len(names)} parameters.",
            )
        )
    growth = (np.log(wide[:, -1]) - np.log(wide[:, 0])) / span
    fit = sm.OLS(growth, sm.add_constant(np.column_stack(columns), has_constant="add")).fit(
        cov_type="HC1"
    )
    beta = float(fit.params[1])
    inside = 1 + beta * span
    speed = -float(np.log(inside)) / span if inside > 0 else None
    half_life = float(np.log(2) / speed) if speed is not None and speed > 0 else None
    frame = pl.DataFrame(
        {
            "term": names,
            "coefficient": fit.params,
            "standard_error": fit.bse,
            "p_value": fit.pvalues,
            "speed": [speed] * len(names),
            "half_life": [half_life] * len(names),
            "units": [len(units)] * len(names),
            "r_squared": [float(fit.rsquared)] * len(names),
        },
        schema_overrides={"speed": pl.Float64, "half_life": pl.Float64},
    )
    formula = "(ln y_T − ln y_0)/T = α + β ln y_0 + γ'x; λ = −ln(1 + βT)/T"
    return Companion(frame, formula, "Barro and Sala-i-Martin (1992), JPE 100(2), 223-251")


def _units(panel: pl.DataFrame, value: str) -> list[str]:
    known = panel.filter(pl.col(value).is_not_null(), pl.col(value) > 0)
    n_years = known["year"].n_unique()
    full = known.group_by("unit").agg(pl.col("year").n_unique()).filter(pl.col("year") == n_years)
    return sorted(full["unit"].to_list())


def _balanced(panel: pl.DataFrame, value: str) -> tuple[list[int], np.ndarray]:
    units = _units(panel, value)
    years = sorted(panel.filter(pl.col(value).is_not_null())["year"].unique().to_list())
    if len(units) < 2 or len(years) < 2:
        raise InputError(
            Text(
                "要至少两个单位、两个年份，且数值大于 0。",
                "at least two units and two years with values above 0 are needed.",
            )
        )
    rows = panel.filter(pl.col("unit").is_in(units)).sort("unit", "year")
    wide = rows.select("unit", "year", value).pivot("year", index="unit", values=value)
    return years, wide.select(str(year) for year in years).to_numpy().astype(float)
