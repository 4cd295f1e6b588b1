"""How unequal the units are, and how much of it lies between groups of them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.companions.base import Array, Companion, as_labels, clean_values

if TYPE_CHECKING:
    from collections.abc import Sequence


def decompose_theil(
    values: Sequence[float] | pl.Series | Array,
    groups: Sequence[Any] | pl.Series,
    *,
    weights: Sequence[float] | pl.Series | Array | None = None,
) -> Companion:
    """Give the Theil index, within and between groups.

    Parameters
    ----------
    values
        One positive number a unit; with `weights` the mean over them (GDP a head, say).
    groups
        The group of each unit.
    weights
        Population of each unit; equal if nothing is said.

    Returns
    -------
    Companion
        ``group, units, value_share, theil, within, between, contribution``; a row a group, then
        ``total``, whose within + between is its theil. `theil` of a group is the index inside it;
        `within` = share × theil; `between` = S ln(S / P); contributions are shares of the total.

    References
    ----------
    Theil (1967), Economics and Information Theory, ch. 4; Shorrocks (1980), Econometrica 48(3).
    """
    y = clean_values(values, positive=True)
    labels = np.array(as_labels(groups, len(y)))
    p = np.ones(len(y)) if weights is None else clean_values(weights, positive=True)
    p = p / p.sum()
    s = p * y / (p * y).sum()
    total = float((s * np.log(s / p)).sum())
    rows = []
    for group in sorted(set(labels)):
        here = labels == group
        big_s, big_p = float(s[here].sum()), float(p[here].sum())
        inner = s[here] / big_s
        theil = float((inner * np.log(inner / (p[here] / big_p))).sum())
        between = big_s * np.log(big_s / big_p)
        rows.append((group, int(here.sum()), big_s, theil, big_s * theil, between))
    within, between = (float(sum(row[i] for row in rows)) for i in (4, 5))
    rows.append(("total", len(y), 1.0, total, within, between))
    frame = pl.DataFrame(
        rows,
        schema=["group", "units", "value_share", "theil", "within", "between"],
        orient="row",
    )
    share = (frame["within"] + frame["between"]) / total if total > 0 else pl.lit(None, pl.Float64)
    return Companion(
        frame.with_columns(contribution=share),
        "T = Σ s ln(s/p) = Σ S_g T_g + Σ S_g ln(S_g/P_g)",
        "Theil (1967); Shorrocks (1980), Econometrica 48(3), 613-625",
    )


def decompose_gini(
    values: Sequence[float] | pl.Series | Array, groups: Sequence[Any] | pl.Series
) -> Companion:
    """Give the Gini coefficient in Dagum's three parts.

    Parameters
    ----------
    values
        One number a unit, not negative, mean above 0.
    groups
        The group of each unit.

    Returns
    -------
    Companion
        ``part, first, second, value, contribution``: rows ``within`` (G_w), ``between`` (G_nb, the
        net difference of groups) and ``overlap`` (G_t), which sum to ``total``; then ``group``
        (the Gini inside each) and ``pair`` (the Gini between two groups, G_jh).

    References
    ----------
    Dagum (1997), A new approach to the decomposition of the Gini income inequality ratio,
    Empirical Economics 22(4), 515-531.
    """
    y = clean_values(values)
    labels = np.array(as_labels(groups, len(y)))
    names = sorted(set(labels))
    parts = {name: np.sort(y[labels == name]) for name in names}
    n, mean = len(y), float(y.mean())
    total = _difference(np.sort(y), np.sort(y)) / (2 * mean)
    p = {name: len(part) / n for name, part in parts.items()}
    s = {name: len(part) * float(part.mean()) / (n * mean) for name, part in parts.items()}
    rows: list[tuple[str, str, str | None, float]] = []
    within = 0.0
    for name, part in parts.items():
        own = float(part.mean())
        gini = _difference(part, part) / (2 * own) if own > 0 else 0.0
        within += gini * p[name] * s[name]
        rows.append(("group", name, None, gini))
    between = overlap = 0.0
    for j, h in combinations(names, 2):
        high, low = (j, h) if parts[j].mean() >= parts[h].mean() else (h, j)
        over = _excess(parts[high], parts[low])
        under = _excess(parts[low], parts[high])
        gini = (over + under) / (parts[j].mean() + parts[h].mean())
        affluence = (over - under) / (over + under) if over + under > 0 else 0.0
        share = gini * (p[j] * s[h] + p[h] * s[j])
        between += share * affluence
        overlap += share * (1 - affluence)
        rows.append(("pair", j, h, float(gini)))
    top = [
        ("within", "", None, within),
        ("between", "", None, float(between)),
        ("overlap", "", None, float(overlap)),
        ("total", "", None, float(total)),
    ]
    frame = pl.DataFrame([*top, *rows], schema=["part", "first", "second", "value"], orient="row")
    share_of = pl.when(pl.col("part").is_in(["within", "between", "overlap"])).then(
        pl.col("value") / (total if total > 0 else None)
    )
    return Companion(
        frame.with_columns(contribution=share_of),
        "G = Σ G_jj p_j s_j + Σ q_jh G_jh D_jh + Σ q_jh G_jh (1 − D_jh), q_jh = p_j s_h + p_h s_j",
        "Dagum (1997), Empirical Economics 22(4), 515-531",
    )


def _excess(a: Array, b: Array) -> float:
    """Give the mean of max(a_i − b_r, 0) over all pairs; both sorted."""
    below = np.searchsorted(b, a, "right")
    sums = np.concatenate([[0.0], np.cumsum(b)])
    return float((a * below - sums[below]).sum() / (len(a) * len(b)))


def _difference(a: Array, b: Array) -> float:
    """Give the mean absolute difference over all pairs."""
    return _excess(a, b) + _excess(b, a)
