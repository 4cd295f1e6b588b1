"""Score one unit's row anew with other children, everything else held as it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sanfu.errors import InputError
from sanfu.index.graph import RELATIVE, score_graph, score_part
from sanfu.index.moments import mean_present, median_present
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.moments import Array
    from sanfu.index.result import Index

_AT_ONCE = 4_000_000
"""Numbers held at once while rows are scored within their population."""


def refuse_growth(index: Index) -> None:
    """Refuse an index whose scores are chained growth, not a function of normalised figures.

    Raises
    ------
    InputError
        It is one.
    """
    method = index.framework.method.time.method
    if method != "levels":
        raise InputError(
            Text(
                f"此指数按增长链接（{method}），得分不是当年标准化值的函数，不能这样分解；"
                "请用 explain_change 看历年变化",
                f"this index chains growth ({method}): its scores are no function of one year's "
                "normalised figures; see explain_change for what moved it over the years",
            )
        )


def stands_alone(index: Index, node: str) -> bool:
    """Tell whether a node's score depends on the unit's own children alone."""
    framework = index.framework
    return (
        framework.aggregate_of(node).method not in RELATIVE
        and framework.missing_of(node).rule != "impute"
        and framework.nodes[node].rescale is None
    )


def children_of(index: Index, node: str) -> Array:
    """Give the ``(row, child)`` scores of a node's children, filled where its rule fills them."""
    x = np.stack([index.value(child) for child in index.plan.children[node]], axis=-1)
    rule = index.framework.missing_of(node)
    if rule.rule != "impute":
        return x
    fill = mean_present(x) if rule.by == "mean" else median_present(x)
    return np.asarray(np.where(np.isnan(x), fill, x))


def score_rows(index: Index, node: str, row: int, rows: Array) -> Array:
    """Score a node for one unit with other scores of its children.

    Parameters
    ----------
    node
        The node.
    row
        Whose row is replaced; the other units stay as they are.
    rows
        ``(variant, child)``.

    Returns
    -------
    Array
        ``(variant,)``.
    """
    weights = index.weights[node]
    if stands_alone(index, node):
        return score_part(index.plan, node, rows, weights, None, index.parity)
    table = np.stack([index.value(child) for child in index.plan.children[node]], axis=-1)
    at_once = max(1, _AT_ONCE // table.size)
    found = []
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        tables = np.repeat(table[None], len(part), axis=0)
        tables[:, row] = part
        score = score_part(index.plan, node, tables, weights, index.years, index.parity)
        found.append(score[:, row])
    return np.concatenate(found)


def score_indicators(index: Index, row: int, rows: Array) -> Array:
    """Score the whole graph for one unit with other normalised figures.

    Parameters
    ----------
    rows
        ``(variant, indicator)``.

    Returns
    -------
    Array
        ``(variant, node)``, by the weights as they were built.
    """
    plan = index.plan
    if all(stands_alone(index, node) for node in plan.nodes):
        return score_graph(plan, rows, index.weights, parity=index.parity)
    at_once = max(1, _AT_ONCE // index.normalised.size)
    found = []
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        tables = np.repeat(index.normalised[None], len(part), axis=0)
        tables[:, row] = part
        scores = score_graph(plan, tables, index.weights, years=index.years, parity=index.parity)
        found.append(scores[:, row])
    return np.concatenate(found)


def peers_of(index: Index, row: int) -> Array:
    """Give the rows of the same year, as booleans."""
    if index.years is None:
        return np.ones(len(index.units), dtype=bool)
    return np.asarray(index.years == index.years[row])
