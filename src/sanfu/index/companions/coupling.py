"""Coupling coordination: whether several systems are at a like level, and how high that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.companions.base import Array, Companion, scores_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.result import Index

GRADES: tuple[Text, ...] = (
    Text("极度失调", "extremely discordant"),
    Text("严重失调", "seriously discordant"),
    Text("中度失调", "moderately discordant"),
    Text("轻度失调", "slightly discordant"),
    Text("濒临失调", "near discordant"),
    Text("勉强协调", "barely coordinated"),
    Text("初级协调", "primarily coordinated"),
    Text("中级协调", "moderately coordinated"),
    Text("良好协调", "well coordinated"),
    Text("优质协调", "superbly coordinated"),
)
"""Steps of 0.1 of D (廖重斌 1999)."""


def couple_systems(
    given: Index | pl.DataFrame,
    systems: Sequence[str] | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    form: Literal["standard", "corrected"] = "standard",
) -> Companion:
    """Give the degree of coupling coordination of several systems.

    Parameters
    ----------
    given
        A built index (its pillars, scores of 0 to 100 divided by 100), or a frame with one column
        a system, in [0, 1].
    systems
        Two or more nodes or columns; all pillars if nothing is said.
    weights
        Of the systems in T; equal if nothing is said.
    form
        ``standard``: C = (Π U)^(1/n) / (Σ U / n). ``corrected``: 王淑佳 et al. (2021), whose C is
        spread over [0, 1].

    Returns
    -------
    Companion
        ``unit, (year,) C, T, D, grade``: T = Σ α U, D = √(C T).

    Raises
    ------
    InputError
        Fewer than two systems, or scores outside [0, 1].

    References
    ----------
    廖重斌 (1999), 环境与经济协调发展的定量评判及其分类体系, 热带地理 19(2), 171-177.
    王淑佳, 孔伟, 任亮 et al. (2021), 国内耦合协调度模型的误区及修正, 自然资源学报 36(3), 793-810.
    """
    frame, columns = scores_of(given, systems)
    if len(columns) < 2:
        raise InputError(Text("至少要两个系统。", "at least two systems are needed."))
    u = frame.select(columns).to_numpy().astype(float)
    if np.nanmin(u) < -1e-9 or np.nanmax(u) > 1 + 1e-9:
        raise InputError(
            Text(
                f"各系统得分应在 0 与 1 之间，找到 {np.nanmin(u):g} 至 {np.nanmax(u):g}。",
                f"scores must lie in [0, 1]; found {np.nanmin(u):g} to {np.nanmax(u):g}.",
            )
        )
    u = np.clip(u, 0, 1)
    share = np.array([1.0 if weights is None else float(weights[name]) for name in columns])
    coupling = _standard(u) if form == "standard" else _corrected(u)
    level = u @ (share / share.sum())
    degree = np.sqrt(coupling * level)
    grades = [
        None if np.isnan(d) else str(GRADES[min(int(d * 10 + 1e-12), 9)]) for d in degree.tolist()
    ]
    keys = [name for name in ("unit", "year") if name in frame.columns]
    found = frame.select(keys).with_columns(
        C=pl.Series(coupling), T=pl.Series(level), D=pl.Series(degree), grade=pl.Series(grades)
    )
    formula = "C = (ΠU)^(1/n) / (ΣU/n); T = Σ αU; D = √(C·T)"
    source = "廖重斌 (1999), 热带地理 19(2), 171-177"
    if form == "corrected":
        formula = "C = √[(1 − Σ|Ui−Uj| / (n(n−1)/2)) · (Π Ui/maxU)^(1/(n−1))]; T = Σ αU; D = √(C·T)"
        source = "王淑佳等 (2021), 自然资源学报 36(3), 793-810"
    return Companion(found.fill_nan(None), formula, source)


def _standard(u: Array) -> Array:
    n = u.shape[1]
    mean = u.mean(axis=1)
    product = np.prod(u, axis=1) ** (1 / n)
    out = np.where(np.isnan(mean), np.nan, 0.0)
    np.divide(product, mean, out=out, where=mean > 0)
    return np.minimum(out, 1)


def _corrected(u: Array) -> Array:
    n = u.shape[1]
    i, j = np.triu_indices(n, 1)
    apart = np.abs(u[:, i] - u[:, j]).mean(axis=1)
    top = u.max(axis=1)
    relative = np.zeros_like(u)
    np.divide(u, top[:, None], out=relative, where=top[:, None] > 0)
    product = np.prod(relative, axis=1) ** (1 / (n - 1))
    return np.asarray(np.sqrt((1 - apart) * product))
