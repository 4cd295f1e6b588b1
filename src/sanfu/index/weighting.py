"""Where a node's weights come from, when the engine asks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.method import WeightsRule
    from sanfu.index.moments import Array


def find_weights(
    rule: WeightsRule, x: Array, declared: Array, children: Sequence[str], node: str
) -> Array:
    """Give the weights of a node's children.

    Parameters
    ----------
    rule
        The method and its arguments. All but ``declared`` and ``equal`` are computed by
        ``sanfu.index.weights.derive_weights``.
    x
        ``(row, child)``: the children's normalised figures or scores.
    declared
        ``(child,)``: the weights as the framework declares them.

    Returns
    -------
    Array
        ``(child,)``; need not sum to 1.
    """
    if rule.method == "declared":
        return declared
    if rule.method == "equal":
        return np.ones_like(declared)
    derive = import_module("sanfu.index.weights").derive_weights
    found = derive(rule, x, declared=declared, children=tuple(children), node=node)
    return np.asarray(found, dtype=np.float64)
