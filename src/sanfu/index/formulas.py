"""The formula of every normalisation and aggregator, as a statistician would write it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index.method_aggregate import Aggregate
    from sanfu.index.method_normalise import Normalise
    from sanfu.index.moments import Array

NORMALISE: Mapping[str, str] = {
    "minmax": "(x − min)/(max − min)·(high − low) + low",
    "zscore": "(x − mean)/sd·sd* + mean*",
    "robust_z": "(x − median)/(1.4826·MAD)·spread + centre",
    "rank": "rank",
    "percentile_rank": "(rank − 1)/(n − 1)·scale",
    "borda": "rank − 1",
    "exponential_rank": "−s·ln(1 − R(1 − exp(−100/s))), R = rank/n",
    "goalposts": "(x − lower)/(upper − lower)·(high − low) + low",
    "distance_to_target": "(x − min)/(target − min)",
    "distance_to_maximum": "1 − (max − x)/(max − min)",
    "distance_to_reference": "1 − (x_ref − x)/(x_ref − min)",
    "fraction_of_maximum": "x/max",
    "scaled": "(x − start)/(stop − start)·scale",
    "efficacy": "floor + span·(x − x_s)/(x_h − x_s)",
    "quantile": "(rank − ½)/n·scale",
    "categorical": "score of the class of x",
    "ampi": "(x − (ref − d))/(2d)·60 + 70",
    "none": "x",
}
AGGREGATE: Mapping[str, str] = {
    "arithmetic": "Σwx/Σw",
    "sum": "Σwx",
    "geometric": "exp(Σw·ln x/Σw)",
    "harmonic": "Σw/Σ(w/x)",
    "generalised": "(Σw·x^p/Σw)^(1/p)",
    "median": "median(x)",
    "minimum": "min(x)",
    "maximum": "max(x)",
    "mpi": "M ∓ S²/M",
    "owa": "Σ v_k·x_(k)",
    "topsis": "d⁻/(d⁺ + d⁻)",
    "vikor": "1 − Q",
    "wroclaw": "1 − d/(mean d + 2 sd d)",
    "copeland": "wins − losses",
    "promethee": "φ⁺ − φ⁻",
    "bod": "max Σwx, all units Σwx ≤ 1, w ≥ 0",
    "choquet": "Σ m(A)·min_A x",
    "formula": "",
}
_TOLD = ("low", "high", "mean", "sd", "ddof", "scale", "floor", "span", "start", "stop", "ties")
_STATISTICS = ("minmax", "zscore", "distance_to_maximum", "efficacy", "ampi", "fraction_of_maximum")


def normalise_formula(rule: Normalise, direction: int, column: Array) -> str:
    """Write out a normalisation with its arguments and the statistics that it took.

    Parameters
    ----------
    rule
        The normalisation.
    direction
        1 or −1; −1 turns x first.
    column
        The figures that gave the statistics, in their own direction.
    """
    formula = NORMALISE[rule.method]
    if rule.method == "efficacy" and getattr(rule, "form", "") == "exponential":
        formula = "floor·exp((x − x_s)/(x_h − x_s)·ln((floor + span)/floor))"
    parts = [formula] if direction > 0 else [f"x := −x; {formula}"]
    told = rule.model_dump(include=set(_TOLD))
    parts += [f"{name}={value:g}" for name, value in told.items() if not isinstance(value, str)]
    turned = column * direction
    turned = turned[~np.isnan(turned)]
    if rule.method in _STATISTICS and len(turned) > 1:
        found = {"min": turned.min(), "max": turned.max()}
        if rule.method in ("zscore", "ampi"):
            found["mean"] = turned.mean()
        if rule.method == "zscore":
            found["s"] = turned.std(ddof=int(getattr(rule, "ddof", 1)))
        parts += [f"{name}={value:.17g}" for name, value in found.items()]
    return "; ".join(parts)


def aggregate_formula(rule: Aggregate) -> str:
    """Write out an aggregator."""
    return str(getattr(rule, "formula", "")) or AGGREGATE[rule.method]
