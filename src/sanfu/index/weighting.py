"""Where a node's weights come from, when the engine asks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.method_weights import Weights
    from sanfu.index.moments import Array
    from sanfu.index.weights import Weighting


def find_weights(
    rule: Weights,
    x: Array,
    declared: Array,
    children: Sequence[str],
    node: str,
    **more: Any,
) -> Array:
    """Give the weights of a node's children.

    Parameters
    ----------
    rule
        The method and its arguments.
    x
        ``(row, child)``: the children's normalised figures or scores.
    declared
        ``(child,)``: the weights as the framework declares them.
    more
        ``figures``, ``years`` and ``score`` of `sanfu.index.weights.derive_weights`.

    Returns
    -------
    Array
        ``(child,)``; need not sum to 1.
    """
    if rule.method == "declared":
        return declared
    if rule.method == "equal":
        return np.ones_like(declared)
    return weigh(rule, x, declared, children, node, **more).weights


def weigh(
    rule: Weights,
    x: Array,
    declared: Array,
    children: Sequence[str],
    node: str,
    **more: Any,
) -> Weighting:
    """Give a node's weights with what a reader must know of them; arguments as `find_weights`."""
    derive = import_module("sanfu.index.weights").derive_weights
    found: Weighting = derive(
        rule, x, declared=declared, children=tuple(children), node=node, **more
    )
    return found
