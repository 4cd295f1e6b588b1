"""The weights of replicates at a node: varied by choice, and 0 for what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sanfu.index.robustness.design import draw_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.graph import Plan
    from sanfu.index.moments import Array
    from sanfu.index.robustness.design import Design
    from sanfu.index.robustness.factors import Factor


class Weigher:
    """Vary a node's weights for the replicates of one batch."""

    def __init__(
        self,
        design: Design,
        factors: Sequence[Factor],
        plan: Plan,
        replicates: NDArray[np.int64],
        absent: Mapping[str, NDArray[np.bool_]],
    ) -> None:
        self.design, self.plan, self.replicates = design, plan, replicates
        self.factors = [f for f in factors if f.choice.weights is not None]
        self.absent = {
            code: gone[replicates]
            for code, gone in absent.items()
            if code in plan.indicators and gone[replicates].any()
        }
        for node in plan.nodes:  # a node all of whose children are left out is left out
            gone = [self.absent.get(child) for child in plan.children[node]]
            if all(one is not None for one in gone):
                self.absent[node] = np.logical_and.reduce([one for one in gone if one is not None])

    def __call__(self, node: str, weights: Array, replicates: NDArray[np.int64]) -> Array:
        """Give the weights of the replicates; the very array handed in where nothing varies."""
        children = self.plan.children[node]
        found = weights
        for factor in self.factors:
            known = dict(factor.weights_of).get(node)
            if known is None:
                continue
            at = [known.index(child) for child in children]
            full = np.full((len(replicates), len(known)), np.nan)
            full[:, at] = found
            drawn = draw_weights(self.design, factor, node, full, self.replicates[replicates])
            found = drawn[:, at]
        for place, child in enumerate(children):
            gone = self.absent.get(child)
            if gone is not None:
                if found is weights:
                    found = np.array(np.broadcast_to(weights, (len(replicates), len(children))))
                found[gone[replicates], place] = 0
        return found
