"""What a firm says of itself in the platform's yearly filing, beside its figures.

No shares are published for these; they are assumed, so that the rules of the ladder find firms that
meet them, firms that do not, and some of which little is known. They are drawn from a stream of
their own: the rest of the sample is the same with them or without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.registry.sample.plan import Plan

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def said_flags(plan: Plan, giant: Flags, rng: np.random.Generator) -> dict[str, Flags]:
    """Draw each honour and proof (n,); the stronger of a kind implies the weaker."""
    found = {
        name: rng.random(len(giant)) < np.where(giant, often, plan.assumed["other"][name])
        for name, often in plan.assumed["little_giant"].items()
    }
    found["national_award_top5_3y"] |= found["national_award_top3_3y"]
    found["maker_top500_3y"] |= found["maker_top50_3y"]
    found["science_award_3y"] = found["provincial_award_top3_3y"] | found["national_award_top5_3y"]
    return found


def said_figures(
    giant: Flags, class1_ip: Ints, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Draw what is filed for the last year (n,): counts, and the market share as a fraction."""
    n = len(giant)
    own = rng.binomial(class1_ip, np.where(giant, 0.92, 0.85))
    level = rng.normal(np.where(giant, 2.7, 2.1), 0.7)
    share = np.where(giant, 150, 45) * np.exp(0.7 * rng.standard_normal(n))
    points = rng.normal(np.where(giant, 12, 10), 2.5)
    return {
        "class1_ip_own": own,
        "class1_ip_high_value": rng.binomial(own, 0.3),
        "digital_level": np.clip(np.rint(level), 1, 4).astype(np.int64),
        "local_points": np.clip(np.rint(points), 0, 15).astype(np.int64),
        "market_share": np.clip(np.rint(share), 1, 900) / 1000,
    }
