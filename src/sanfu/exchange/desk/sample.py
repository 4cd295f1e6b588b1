"""A year of the desk made up for the sample's firms: synthetic, to learn and test with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.exchange.desk.records import RECORD_SCHEMA, desk_rules

if TYPE_CHECKING:
    from typing import Any


def sample_desk(
    firms: pl.DataFrame, *, year: int = 2026, bookings: int = 1500, seed: int = 7
) -> pl.DataFrame:
    """Make up records of service for some firms; few firms come often, most never.

    Returns
    -------
    polars.DataFrame
        As `read_desk` gives records; everything in it is synthetic.
    """
    rng = np.random.default_rng(seed)
    ids, names = firms["firm"].to_list(), firms["name"].to_list()
    weights = rng.pareto(1.2, len(ids)) + 0.05
    picks = rng.choice(len(ids), size=bookings, p=weights / weights.sum())
    lines = desk_rules().lines
    kinds = rng.choice(len(lines), size=bookings, p=[0.35, 0.2, 0.2, 0.1, 0.15])
    rows: list[dict[str, Any]] = []
    for pick, kind in zip(picks.tolist(), kinds.tolist(), strict=True):
        line = lines[kind]
        day = dt.date(year, 1, 1) + dt.timedelta(days=7 * int(rng.integers(0, 51)) + kind)
        case = line.days is not None
        came = None if case else bool(rng.random() < 0.8)
        answered = (case or came) and rng.random() < 0.5
        rows.append(
            {
                "line": line.id,
                "service": f"示例{line.zh}{day:%m%d}" if not case else "示例诉求",
                "day": day,
                "firm": ids[pick],
                "name": names[pick],
                "booked": int(rng.integers(1, 4)),
                "attended": came,
                "satisfaction": int(rng.choice([2, 3, 4, 5], p=[0.03, 0.07, 0.4, 0.5]))
                if answered
                else None,
                "closed": day + dt.timedelta(days=int(rng.geometric(0.12)))
                if case and rng.random() < 0.9
                else None,
                "note": "合成数据",
            }
        )
    return pl.DataFrame(rows, schema=RECORD_SCHEMA, orient="row")
