"""The design: which alternative of every choice each replicate takes, from uniform numbers.

A replicate is one row of uniform numbers, some columns for each choice; every choice turns its
columns into what it takes by the inverse of its distribution, so that the same declaration serves
random samples, scrambled Sobol sequences and the frozen columns of a Sobol analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.robustness.declaration import DropChoice, RobustnessPlan
    from sanfu.index.robustness.factors import Factor

Sampler = Literal["random", "sobol"]
Dropped = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Design:
    """What every replicate takes."""

    plan: RobustnessPlan
    factors: tuple[Factor, ...]
    uniforms: Array
    """``(replicate, column)``, in [0, 1)."""
    codes: Mapping[str, NDArray[np.int64]]
    """Choice → alternative, draw or data set of each replicate, for those that have such."""
    values: Mapping[str, Array]
    """Choice → value of each replicate, for ``between``."""
    dropped: Mapping[str, tuple[Dropped, ...]]
    """Choice → what each code of a drop leaves out."""

    def __len__(self) -> int:
        """Give the number of replicates."""
        return len(self.uniforms)


def sample_uniforms(n: int, columns: int, seed: int, sampler: Sampler = "random") -> Array:
    """Give ``(n, columns)`` uniform numbers in [0, 1): independent, or a scrambled Sobol sequence.

    References
    ----------
    Owen (1998), Scrambling Sobol' and Niederreiter-Xing points; SciPy's ``stats.qmc.Sobol``.
    """
    if sampler == "random":
        return np.random.default_rng(seed).random((n, columns))
    from scipy.stats import qmc  # noqa: PLC0415 - heavy

    if columns > qmc.Sobol.MAXDIM:
        raise InputError(
            Text(
                f"需要 {columns} 维的 Sobol 序列，最多 {qmc.Sobol.MAXDIM} 维；请减少变动的权重",
                f"a Sobol sequence of {columns} dimensions is needed, at most {qmc.Sobol.MAXDIM} "
                "are there; let fewer weights vary",
            )
        )
    points = qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(seed))
    whole = points.random_base2(int(np.ceil(np.log2(max(n, 1)))))
    return np.minimum(whole[:n], np.nextafter(1.0, 0.0))


def realise(plan: RobustnessPlan, factors: Sequence[Factor], uniforms: Array) -> Design:
    """Turn uniform numbers into what every replicate takes."""
    codes: dict[str, NDArray[np.int64]] = {}
    values: dict[str, Array] = {}
    dropped: dict[str, tuple[Dropped, ...]] = {}
    for factor in factors:
        u = uniforms[:, factor.columns]
        if factor.edges is not None:
            codes[factor.name] = realise_codes(u[:, 0], factor.edges)
        elif factor.choice.between is not None:
            low, high = factor.choice.between
            if factor.choice.whole:
                values[factor.name] = np.floor(low + u[:, 0] * (high - low + 1))
            else:
                values[factor.name] = low + u[:, 0] * (high - low)
        elif factor.choice.drop is not None:
            codes[factor.name], dropped[factor.name] = _drops(u, factor, factor.choice.drop)
    return Design(plan, tuple(factors), uniforms, codes, values, dropped)


def realise_codes(u: Array, edges: Array) -> NDArray[np.int64]:
    """Give the alternative (from 0) of each uniform number, by cumulated shares up to 1."""
    return np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1).astype(np.int64)


def _drops(
    u: Array, factor: Factor, rule: DropChoice
) -> tuple[NDArray[np.int64], tuple[Dropped, ...]]:
    """Draw `count` different candidates; the first column also decides whether any is dropped."""
    many = len(factor.candidates)
    none = 1 / (many + 1) if rule.none is None else rule.none
    if none >= 1:
        return np.zeros(len(u), dtype=np.int64), ((),)
    spared = u[:, 0] < none
    first = np.clip((u[:, 0] - none) / (1 - none), 0, np.nextafter(1.0, 0.0))
    chosen = np.zeros((len(u), rule.count), dtype=np.int64)
    for place in range(rule.count):
        v = first if place == 0 else u[:, place]
        pick = np.floor(v * (many - place)).astype(np.int64)
        for earlier in np.sort(chosen[:, :place], axis=1).T:  # step over those already taken
            pick += pick >= earlier
        chosen[:, place] = pick
    chosen = np.sort(chosen, axis=1)
    chosen[spared] = -1
    rows, code = np.unique(chosen, axis=0, return_inverse=True)
    sets = tuple(tuple(factor.candidates[c] for c in row if c >= 0) for row in rows.tolist())
    return code.reshape(-1).astype(np.int64), sets


def coinr_codes(u: Array, alternatives: int) -> NDArray[np.int64]:
    """Give COINr's alternatives (from 0): equal bins over the sample's own range, R's ``cut``.

    The ends are moved out by 0.1 % of the range; a bin includes its upper edge. For parity only:
    what a replicate takes then depends on the other replicates.
    """
    low, high = float(u.min()), float(u.max())
    edges = np.linspace(low, high, alternatives + 1)
    edges[0] -= (high - low) / 1000
    edges[-1] += (high - low) / 1000
    return np.clip(np.searchsorted(edges, u, side="left") - 1, 0, alternatives - 1).astype(np.int64)


def draw_weights(
    design: Design, factor: Factor, node: str, weights: Array, rows: NDArray[np.int64]
) -> Array:
    """Give the node's weights under one choice.

    Parameters
    ----------
    weights
        ``(child,)`` or ``(replicate, child)`` as they stand, in the framework's order of children;
        NaN for a child that is not there.
    rows
        The replicates.

    Returns
    -------
    Array
        ``(replicate, child)``; the sum stays what it was, but for `noise` and `sets`.
    """
    rule = factor.choice.weights
    assert rule is not None  # noqa: S101 - it is of that kind
    stand = np.broadcast_to(weights, (len(rows), weights.shape[-1]))
    children = dict(factor.weights_of)[node]
    if rule.sets is not None:
        table = np.asarray([[s.get(c, np.nan) for c in children] for s in rule.sets])
        chosen = table[design.codes[factor.name][rows]]
        return np.asarray(np.where(np.isnan(chosen), stand, chosen))
    at = factor.columns.start
    for other, others in factor.weights_of:
        if other == node:
            break
        at += len(others)
    u = design.uniforms[rows, at : at + len(children)]
    if rule.noise is not None:
        return np.asarray(stand * (1 + rule.noise * (2 * u - 1)))
    there = ~np.isnan(stand)
    total = np.nansum(stand, axis=1, keepdims=True)
    if rule.precision is not None:
        from scipy.special import gammaincinv  # noqa: PLC0415 - heavy

        alpha = np.where(there, rule.precision * stand / total, 0)
        mass = np.where(alpha > 0, gammaincinv(np.where(alpha > 0, alpha, 1), u), 0)
    else:
        mass = np.where(there, -np.log1p(-u), 0)
    share = mass / mass.sum(axis=1, keepdims=True)
    if rule.order is not None:
        share = _ordered(share, rule.order, children)
    return np.asarray(share * total)


def _ordered(
    share: Array, order: Sequence[str | tuple[str, ...]], children: Sequence[str]
) -> Array:
    """Sort uniform shares so that the most important child has the largest; ties share a mean."""
    ranked = -np.sort(-share, axis=1)
    result = np.empty_like(share)
    place = 0
    for step in order:
        names = (step,) if isinstance(step, str) else step
        columns = [children.index(name) for name in names]
        result[:, columns] = ranked[:, place : place + len(names)].mean(axis=1, keepdims=True)
        place += len(names)
    return result
