"""Give the firms their titles: batches, days, reviews, and titles lost or run out before.

The counts of each batch are the declared ones exactly (scaled at other sizes). A title is a row for
each period of three years; a passed review opens another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.registry.sample.cells import apportion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.registry.sample.plan import Batch, Plan

VALID_YEARS = 3
PASSED, FAILED, LAPSED = "passed", "failed", "lapsed"


def make_titles(
    plan: Plan,
    firm: Sequence[str],
    giant: NDArray[np.bool_],
    age: NDArray[np.float64],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Make the `titles` frame of n firms.

    Parameters
    ----------
    firm, giant, age
        (n,) our ids, who is a little giant at the as-of date, years since founding.

    Returns
    -------
    polars.DataFrame
        A row for each period of a title: ``firm, tier, batch, granted, expires, review``. `tier` is
        ``innovative``, ``srdi`` or ``little-giant``; `review` tells how the period ended
        (``passed``, ``failed``, ``lapsed``) and is empty while it runs.
    """
    n = len(firm)
    rows: list[tuple[int, str, str, dt.date, dt.date, str | None]] = []
    older = age + rng.uniform(0, 4, n)  # the older a firm, the earlier its batch

    giants = np.flatnonzero(giant)
    giants = giants[np.argsort(-older[giants], kind="stable")]
    lg_batches = plan.little_giant_batches
    kept = np.array([b.firms - b.lost for b in lg_batches], float)
    lg_batch = np.repeat(np.arange(len(lg_batches)), apportion(kept, len(giants)))
    for position, number in zip(giants.tolist(), lg_batch.tolist(), strict=True):
        rows += _periods(position, "little-giant", lg_batches[number], plan.as_of)

    # municipal titles: a little giant had its own well before the batch of the higher one
    head_start = older.copy()
    head_start[giants] += np.where(lg_batch <= 2, 60, np.where(lg_batch == 3, 40, 15))
    lost = _losers(plan, giant, older, rng)
    head_start[[position for position, _ in lost]] += 60
    order = np.argsort(-head_start, kind="stable")
    counts = np.array([b.firms for b in plan.srdi_batches], float)
    srdi_batch = np.empty(n, np.int64)
    srdi_batch[order] = np.repeat(np.arange(len(counts)), apportion(counts, n))
    for position, number in enumerate(srdi_batch.tolist()):
        rows += _periods(position, "srdi", plan.srdi_batches[number], plan.as_of)
    for position, batch in lost:
        rows.append(
            (position, "little-giant", batch.batch, batch.granted, _end(batch.granted), FAILED)
        )

    rows += _regained(plan, srdi_batch, age, rng)
    rows += _innovative(plan, srdi_batch, rng)
    rows.sort(key=lambda row: (row[0], row[3], row[1]))
    return pl.DataFrame(
        {
            "firm": [firm[row[0]] for row in rows],
            "tier": [row[1] for row in rows],
            "batch": [row[2] for row in rows],
            "granted": [row[3] for row in rows],
            "expires": [row[4] for row in rows],
            "review": pl.Series([row[5] for row in rows], dtype=pl.String),
        }
    )


def _end(granted: dt.date) -> dt.date:
    return granted.replace(year=granted.year + VALID_YEARS)


def _periods(
    position: int, tier: str, batch: Batch, as_of: dt.date
) -> list[tuple[int, str, str, dt.date, dt.date, str | None]]:
    """List the periods of a title still in force: each ended one passed its review."""
    rows: list[tuple[int, str, str, dt.date, dt.date, str | None]] = []
    start, name = batch.granted, batch.batch
    while True:
        end = _end(start)
        ended = end <= as_of
        rows.append((position, tier, name, start, end, PASSED if ended else None))
        if not ended:
            return rows
        start, name = end, f"{batch.batch}复核"


def _losers(
    plan: Plan, giant: NDArray[np.bool_], older: NDArray[np.float64], rng: np.random.Generator
) -> list[tuple[int, Batch]]:
    """Choose the firms that were little giants and lost it at the review."""
    chosen = []
    old = np.flatnonzero(~giant & (older > 14))
    for batch in plan.little_giant_batches:
        count = round(batch.lost * len(giant) / plan.firms)
        picked = rng.choice(old, size=min(count, len(old)), replace=False)
        old = np.setdiff1d(old, picked)
        chosen += [(int(position), batch) for position in sorted(picked.tolist())]
    return chosen


def _regained(
    plan: Plan, srdi_batch: NDArray[np.int64], age: NDArray[np.float64], rng: np.random.Generator
) -> list[tuple[int, str, str, dt.date, dt.date, str | None]]:
    """Give some firms of late batches an early municipal title that ended."""
    old = plan.srdi_regained
    granted_in_time = np.array([b.granted > _end(old.granted) for b in plan.srdi_batches])
    able = np.flatnonzero(granted_in_time[srdi_batch] & (srdi_batch >= 4) & (age > 8))
    count = min(round(old.firms * len(age) / plan.firms), len(able))
    picked = np.sort(rng.choice(able, size=count, replace=False))
    failed = rng.random(count) < old.failed
    return [
        (int(p), "srdi", old.batch, old.granted, _end(old.granted), FAILED if f else LAPSED)
        for p, f in zip(picked, failed, strict=True)
    ]


def _innovative(
    plan: Plan, srdi_batch: NDArray[np.int64], rng: np.random.Generator
) -> list[tuple[int, str, str, dt.date, dt.date, str | None]]:
    """Give the tier-1 title, which exists since 2022: always before a municipal one of 2023."""
    needed = np.array([b.granted.year >= 2023 for b in plan.srdi_batches])[srdi_batch]
    has = needed | (rng.random(len(srdi_batch)) < 0.55)
    which = rng.integers(0, len(plan.innovative_batches), len(srdi_batch))
    return [
        (int(p), "innovative", batch.batch, batch.granted, _end(batch.granted), None)
        for p in np.flatnonzero(has)
        for batch in [plan.innovative_batches[int(which[p])]]
    ]
