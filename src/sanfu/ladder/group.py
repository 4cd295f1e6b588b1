"""Which one measure would lift most firms of a district over the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.ladder.plan import FirmPlan, Planner


def one_measure(planner: Planner, rows: pl.DataFrame, *, by: str = "district") -> pl.DataFrame:
    """Count, for each lever alone, the firms that it would lift over the line.

    Parameters
    ----------
    rows
        As for `Planner.plans`, with the column `by`.

    Returns
    -------
    DataFrame
        by, measure, zh, en, firms (lifted by this measure alone, beside those that qualify or only
        need time), effort (their median effort without waiting); most firms first. A district of
        which no firm is lifted by one measure has no row.
    """
    alone = planner.plans(rows, planner.settings.only())
    open_rows = rows.filter(pl.Series([plan is None for plan in alone]))
    parts = []
    for lever in planner.settings.levers:
        plans = planner.plans(open_rows, planner.settings.only(lever.measure))
        lifted = pl.DataFrame(
            {
                by: open_rows[by],
                "effort": pl.Series([_own(plan, planner) for plan in plans], dtype=pl.Float64),
            }
        ).drop_nulls("effort")
        parts.append(
            lifted.group_by(by)
            .agg(pl.len().alias("firms"), pl.col("effort").median())
            .with_columns(
                measure=pl.lit(lever.measure), zh=pl.lit(lever.how.zh), en=pl.lit(lever.how.en)
            )
        )
    schema: dict[str, Any] = {"firms": pl.UInt32, "effort": pl.Float64}
    found = pl.concat(parts) if parts else pl.DataFrame(schema={by: pl.String, **schema})
    return found.select(by, "measure", "zh", "en", "firms", "effort").sort(
        by, "firms", "effort", descending=[False, True, False]
    )


def _own(plan: FirmPlan | None, planner: Planner) -> float | None:
    return None if plan is None else plan.effort - planner.settings.wait * plan.ahead


__all__: Sequence[str] = ["one_measure"]
