"""Take a long table (unit, year, indicator, value) as the wide one that an index reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("indicator", "variable", "variables", "code", "指标", "指标代码", "变量")
_VALUES = ("value", "values", "值", "数值", "指标值")


def widen(
    frame: pl.DataFrame, unit: str, year: str | None, wanted: Sequence[str]
) -> tuple[pl.DataFrame, list[Text]]:
    """Pivot a long table; a wide one is given back as it is.

    A table is long if none of the wanted columns is there and it has a column of names
    (``indicator``, ``variables``, ``指标`` …) and one of values (``value``, ``值`` …).

    Parameters
    ----------
    frame
        The table as read.
    unit, year
        Names of the key columns; `year` None takes a column ``year`` if there is one.
    wanted
        Codes of the indicators and denominators; other names in the table are left out.

    Returns
    -------
    tuple
        The wide table, and one fault for each cell that is given twice with different values.
    """
    names = next((name for name in _NAMES if name in frame.columns), None)
    values = next((name for name in _VALUES if name in frame.columns), None)
    if set(wanted) & set(frame.columns) or names is None or values is None:
        return frame, []
    year = year or ("year" if "year" in frame.columns else None)
    keys = [key for key in (unit, year) if key is not None and key in frame.columns]
    rows = frame.filter(pl.col(names).is_in(list(wanted)), pl.col(values).is_not_null())
    cells = rows.group_by(*keys, names, maintain_order=True).agg(
        pl.col(values).first(), pl.col(values).n_unique().alias("different")
    )
    faults = [
        Text(
            f"“{row[unit]}”{row.get(year or '', '')} 的“{row[names]}”"
            f"给了 {row['different']} 个不同的数",
            f"“{row[names]}” of “{row[unit]}” {row.get(year or '', '')} is given "
            f"{row['different']} different values",
        )
        for row in cells.filter(pl.col("different") > 1).iter_rows(named=True)
    ]
    return cells.drop("different").pivot(names, index=keys, values=values), faults
