"""What might have come of a sample event: made up by a seed, synthetic, to try the funnel."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.follow.stages import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

_ON = (0.45, 0.55, 0.7, 0.45, 0.6, 0.7)
"""Made up: the chance that a case goes on from each step to the next."""
_DAYS = (6, 10, 14, 45, 150, 20)
"""Made up: mean days of each step."""


def sample_outcomes(
    meetings: Sequence[dict[str, object]], *, start: dt.date, shortlist: int = 3, seed: int = 7
) -> list[dict[str, object]]:
    """Make up the rows of a filled follow-up form; everything in it is synthetic.

    Parameters
    ----------
    meetings
        The form's rows, one a need and party that met.
    start
        The day of the event.
    shortlist
        At most so many parties of a need go beyond the answer.
    """
    rng = np.random.default_rng(seed)
    listed: dict[object, int] = {}
    rows: list[dict[str, object]] = []
    for meeting in meetings:
        day, going = start, True
        for step, chance, days in zip(STEPS[1:], _ON, _DAYS, strict=True):
            full = step == "shortlisted" and listed.get(meeting["need"], 0) >= shortlist
            going = not full and bool(rng.random() < chance)
            if not going:
                break
            if step == "shortlisted":
                listed[meeting["need"]] = listed.get(meeting["need"], 0) + 1
            day += dt.timedelta(days=int(rng.geometric(1 / days)))
            row: dict[str, object] = {**meeting, "stage": step, "on": day}
            if step == "contract":
                row["amount"] = f"{10 * int(rng.integers(3, 40))}万元"
                row["evidence"] = "示例合同（合成）"
            if rng.random() < 0.7:
                row["next_step"] = "示例：约定下一次沟通"
                row["due"] = day + dt.timedelta(days=int(rng.integers(7, 40)))
            rows.append(row)
    return rows
