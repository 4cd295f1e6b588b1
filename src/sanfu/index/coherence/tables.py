"""The tables of coherence: correlations, belonging, nodes, their children, importance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.coherence.importance import correlation_ratio, squared_correlation
from sanfu.index.coherence.reliability import (
    alpha_if_dropped,
    cronbach_alpha,
    item_rest_correlations,
    sampling_adequacy,
    variance_inflation,
)
from sanfu.index.correlation import Correlation, correlate
from sanfu.index.moments import is_constant
from sanfu.index.weights.components import principal_components
from sanfu.index.weights.matrix import WeightsFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.coherence.limits import Limits
    from sanfu.index.coherence.material import Material


def pairs_table(material: Material, limits: Limits, method: Correlation) -> pl.DataFrame:
    """Give every pair of indicators, and every pair of children of one node.

    ``a, b, node`` (their common parent, null if none), ``r, n, p, flag``: within a node
    ``negative``, ``low``, ``redundant``; ``redundant`` also across; else ``fine``.
    """
    indicators = material.codes[: material.indicators]
    home = {
        (a, b): node
        for node, children in material.children.items()
        for k, a in enumerate(children)
        for b in children[k + 1 :]
    }
    wanted = [(a, b) for k, a in enumerate(indicators) for b in indicators[k + 1 :]]
    wanted += [pair for pair in home if pair not in set(wanted)]
    found = correlate(material.values, method=method)
    place = {code: k for k, code in enumerate(material.codes)}
    rows = []
    for a, b in wanted:
        i, j = place[a], place[b]
        node, r = home.get((a, b), home.get((b, a))), float(found.r[i, j])
        rows.append(
            (a, b, node, r, int(found.n[i, j]), float(found.p[i, j]), _flag(node, r, limits))
        )
    schema = {
        "a": pl.String,
        "b": pl.String,
        "node": pl.String,
        "r": pl.Float64,
        "n": pl.Int64,
        "p": pl.Float64,
        "flag": pl.String,
    }
    return _clean(pl.DataFrame(rows, schema=schema, orient="row"))


def _flag(node: str | None, r: float, limits: Limits) -> str:
    if r > limits.high:
        return "redundant"
    if node is None or np.isnan(r):
        return "fine"
    if round(r, 2) < 0:
        return "negative"
    return "low" if r < limits.low else "fine"


def belonging_table(material: Material, method: Correlation) -> pl.DataFrame:
    """Give each indicator's correlation with its own node and with the best other.

    ``code, node, own, own_p, other, other_r, index``: `node` its parent, `other` the node of the
    same kind with which it correlates most besides, `index` the correlation with the top node.
    """
    homes = {
        node: children
        for node, children in material.children.items()
        if node in material.codes
        and any(child in material.codes[: material.indicators] for child in children)
    }
    if not homes:
        return pl.DataFrame(schema=_BELONGING)
    indicators = material.codes[: material.indicators]
    nodes, top = list(homes), material.codes[-1]
    found = correlate(material.columns(indicators), material.columns([*nodes, top]), method=method)
    rows = []
    for i, code in enumerate(indicators):
        mine = [k for k, node in enumerate(nodes) if code in homes[node]]
        # a node that stands above another of its kind holds it; it is no rival
        rivals = [k for k in range(len(nodes)) if k not in mine and nodes[k] != top]
        best = max(rivals, key=lambda k: np.nan_to_num(found.r[i, k], nan=-2), default=None)
        other = (None, None) if best is None else (nodes[best], float(found.r[i, best]))
        rows += [
            (
                code,
                nodes[k],
                float(found.r[i, k]),
                float(found.p[i, k]),
                *other,
                float(found.r[i, -1]),
            )
            for k in mine
        ]
    return _clean(pl.DataFrame(rows, schema=_BELONGING, orient="row"))


_BELONGING = {
    "code": pl.String,
    "node": pl.String,
    "own": pl.Float64,
    "own_p": pl.Float64,
    "other": pl.String,
    "other_r": pl.Float64,
    "index": pl.Float64,
}


def dimension_tables(
    material: Material, limits: Limits
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Judge each node with two or more children.

    Returns
    -------
    tuple
        ``nodes`` (node, children, n, alpha, components, explained, kmo, bartlett, degrees, p,
        mixed_signs), ``items`` (node, child, item_rest, alpha_if_dropped, loading, kmo,
        inflation) and ``components`` (node, component, eigenvalue, explained, cumulative).
    """
    nodes: list[tuple[Any, ...]] = []
    items: list[tuple[Any, ...]] = []
    parts: list[tuple[Any, ...]] = []
    for node, every in material.children.items():
        whole = material.columns(every)
        children = [c for c, flat in zip(every, is_constant(whole), strict=True) if not flat]
        if len(children) < 2:
            continue
        one_node(node, children, material.columns(children), limits, (nodes, items, parts))
    return (
        _clean(pl.DataFrame(nodes, schema=_NODES, orient="row")),
        _clean(pl.DataFrame(items, schema=_ITEMS, orient="row")),
        _clean(pl.DataFrame(parts, schema=_PARTS, orient="row")),
    )


_NODES = {
    "node": pl.String,
    "children": pl.Int64,
    "n": pl.Int64,
    "alpha": pl.Float64,
    "components": pl.Int64,
    "explained": pl.Float64,
    "kmo": pl.Float64,
    "bartlett": pl.Float64,
    "degrees": pl.Int64,
    "p": pl.Float64,
    "mixed_signs": pl.Boolean,
}
_ITEMS = {
    "node": pl.String,
    "child": pl.String,
    "item_rest": pl.Float64,
    "alpha_if_dropped": pl.Float64,
    "loading": pl.Float64,
    "kmo": pl.Float64,
    "inflation": pl.Float64,
}
_PARTS = {
    "node": pl.String,
    "component": pl.Int64,
    "eigenvalue": pl.Float64,
    "explained": pl.Float64,
    "cumulative": pl.Float64,
}


def one_node(
    node: str,
    children: Sequence[str],
    x: Any,
    limits: Limits,
    into: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]],
) -> None:
    """Add one node's rows to the three tables."""
    nodes, items, parts = into
    complete = int((~np.isnan(x).any(axis=1)).sum())
    nothing = np.full(len(children), np.nan)
    loadings, eigenvalues, kmo_each, inflation = nothing, np.empty(0), nothing, nothing
    kmo = chi = p = np.nan
    degrees = len(children) * (len(children) - 1) // 2
    try:
        found = principal_components(x)
        adequacy = sampling_adequacy(x)
    except WeightsFault:  # too few complete units: what can be said without them stands
        pass
    else:
        loadings, eigenvalues = found.loadings[:, 0], found.eigenvalues
        kmo_each, inflation = adequacy.of_each, variance_inflation(x)
        kmo, chi, p = adequacy.kmo, adequacy.chi_square, adequacy.p
    explained = eigenvalues / eigenvalues.sum() if len(eigenvalues) else eigenvalues
    mixed = bool((loadings > 0).any() and (loadings < 0).any())
    nodes.append(
        (
            node,
            len(children),
            complete,
            cronbach_alpha(x),
            int((eigenvalues > limits.eigenvalue).sum()) if len(eigenvalues) else None,
            float(explained[0]) if len(eigenvalues) else None,
            kmo,
            chi,
            degrees,
            p,
            mixed if len(eigenvalues) else None,
        )
    )
    without, rest = alpha_if_dropped(x), item_rest_correlations(x)
    for j, child in enumerate(children):
        items.append(
            (
                node,
                child,
                float(rest[j]),
                float(without[j]),
                float(loadings[j]),
                float(kmo_each[j]),
                float(inflation[j]),
            )
        )
    piled = np.cumsum(explained)
    for k, value in enumerate(eigenvalues):
        parts.append((node, k + 1, float(value), float(explained[k]), float(piled[k])))


def importance_table(material: Material) -> pl.DataFrame:
    """Set weights against importance, for the children of each node and all parts of the index.

    Returns
    -------
    pl.DataFrame
        ``node, child, weight`` (share among the children), ``r, linear`` (r²), ``ratio``
        (correlation ratio S), ``share`` (of S among the children) and ``times`` = share / weight.
    """
    rows = []
    for node, children in material.children.items():
        weights = material.weights.get(node)
        if node not in material.codes or weights is None or len(children) < 2:
            continue
        y, x = material.columns([node])[:, 0], material.columns(children)
        r = correlate(x, y[:, None]).r[:, 0]
        linear = [squared_correlation(column, y) for column in x.T]
        ratio = np.array([correlation_ratio(column, y) for column in x.T])
        total = np.nansum(ratio)
        share = ratio / total if total > 0 else np.full(len(ratio), np.nan)
        for j, child in enumerate(children):
            times = share[j] / weights[j] if weights[j] > 0 else np.nan
            rows.append(
                (node, child, weights[j], r[j], linear[j], ratio[j], share[j], float(times))
            )
    schema = dict.fromkeys(
        ("node", "child", "weight", "r", "linear", "ratio", "share", "times"), pl.Float64
    ) | {"node": pl.String, "child": pl.String}
    return _clean(pl.DataFrame(rows, schema=schema, orient="row"))


def _clean(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))
