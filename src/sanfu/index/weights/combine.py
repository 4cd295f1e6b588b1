"""Several sets of weights made one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index.weights.matrix import WeightsFault, as_shares
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.moments import Array


def combine_weights(
    sets: Sequence[Array] | Array,
    *,
    by: Literal["game", "mean", "product"] = "game",
    shares: Sequence[float] | None = None,
) -> tuple[Array, Array | None]:
    """Combine sets of weights, e.g. subjective (AHP) and objective (entropy).

    Parameters
    ----------
    sets
        ``(set, child)``; each is made to sum to 1 first.
    by
        ``game`` 博弈论组合赋权: a_1 … a_L minimise the distances of Σ a_l w_l to every w_k, which
        gives Σ_l a_l (w_k · w_l) = w_k · w_k; a is then made to sum to 1. ``mean`` with `shares`.
        ``product``: Π w_l, made to sum to 1.
    shares
        One share a set, for ``mean``; equal if not given.

    Returns
    -------
    tuple
        The weights ``(child,)`` and the share of each set (None for ``product``).

    Raises
    ------
    WeightsFault
        No set, or the product leaves nothing.
    """
    w = np.stack([as_shares(np.asarray(one, dtype=np.float64)) for one in sets])
    match by:
        case "mean":
            a = as_shares(np.ones(len(w)) if shares is None else np.asarray(shares))
        case "product":
            product = w.prod(axis=0)
            if not product.sum() > 0:
                raise WeightsFault(
                    Text(
                        "各组权重的乘积全为 0，无法合成；请改用 by: game 或 mean",
                        "the product of the weights is 0 for every child; use by: game or mean",
                    )
                )
            return as_shares(product), None
        case "game":
            gram = w @ w.T
            # least squares: equal sets make the system singular, and then any split is right
            found = np.linalg.lstsq(gram, np.diag(gram), rcond=None)[0]
            a = as_shares(np.abs(np.asarray(found, dtype=np.float64)))
    return as_shares(a @ w), a
