"""The Shapley value of a game over a few players: exact, or by sampled orders.

Shapley (1953); sampling as Castro, Gómez and Tejada (2009, Computers & Operations Research 36,
1726-1730), each order beside its reverse.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sanfu.index.moments import Array

MOST_EXACT = 12
"""Up to so many players every coalition is looked at (4,096)."""


def shapley_exact(value: Callable[[NDArray[np.bool_]], Array], players: int) -> Array:
    """Give each player's mean marginal value over all orders.

    Parameters
    ----------
    value
        ``(coalition, player)`` of who is in → ``(coalition,)`` values.
    players
        How many; the number of coalitions is 2 to the power of it.

    Returns
    -------
    Array
        ``(player,)``; the sum is the value of all less that of none.
    """
    numbers = np.arange(2**players)
    masks = ((numbers[:, None] >> np.arange(players)) & 1).astype(bool)
    values, size = value(masks), masks.sum(axis=1)
    share = np.array([1 / (players * comb(players - 1, s)) for s in range(players)])
    effects = np.empty(players)
    for player in range(players):
        without = numbers[~masks[:, player]]
        gain = values[without | (1 << player)] - values[without]
        effects[player] = share[size[without]] @ gain
    return effects


def shapley_sampled(
    value: Callable[[NDArray[np.bool_]], Array], players: int, *, orders: int, seed: int
) -> tuple[Array, Array]:
    """Give each player's mean marginal value over sampled orders, and its standard error.

    Parameters
    ----------
    orders
        How many orders are drawn; each is also taken backwards.

    Returns
    -------
    tuple
        ``(player,)`` effects, which add up exactly, and ``(player,)`` standard errors.
    """
    random = np.random.default_rng(seed)
    pairs = np.empty((orders, players))
    for turn in range(orders):
        order = random.permutation(players)
        pairs[turn] = (_along(value, order) + _along(value, order[::-1])) / 2
    error = pairs.std(axis=0, ddof=1) / np.sqrt(orders) if orders > 1 else np.full(players, np.nan)
    return pairs.mean(axis=0), error


def _along(value: Callable[[NDArray[np.bool_]], Array], order: NDArray[np.int64]) -> Array:
    masks = np.zeros((len(order) + 1, len(order)), dtype=bool)
    for place, player in enumerate(order):
        masks[place + 1 :, player] = True
    gained = np.empty(len(order))
    gained[order] = np.diff(value(masks))
    return gained
