"""Take a long table (unit, year, indicator, value) as the wide one that an index reads."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

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
        The wide table, and one fault for each cell that is given twice with different values. Two
        roundings of one number (569,519.3 and 569,519) are no fault; the finer is taken.
    """
    names = next((name for name in _NAMES if name in frame.columns), None)
    values = next((name for name in _VALUES if name in frame.columns), None)
    if set(wanted) & set(frame.columns) or names is None or values is None:
        return frame, []
    year = year or ("year" if "year" in frame.columns else None)
    keys = [key for key in (unit, year) if key is not None and key in frame.columns]
    rows = frame.filter(pl.col(names).is_in(list(wanted)), pl.col(values).is_not_null())
    cells = rows.group_by(*keys, names, maintain_order=True).agg(pl.col(values).unique())
    found, faults = [], []
    for row in cells.filter(pl.col(values).list.len() > 1).iter_rows(named=True):
        finest = _one_number(row[values])
        if finest is None:
            shown = "、".join(str(value) for value in sorted(row[values], key=str))
            place = f"“{row[unit]}”{row.get(year or '', '')}"
            faults.append(
                Text(
                    f"{place} 的“{row[names]}”给了不同的数：{shown}",
                    f"“{row[names]}” of {place} is given different values: {shown}",
                )
            )
        found.append({**row, values: finest})
    single = cells.filter(pl.col(values).list.len() == 1).explode(values)
    if found:
        single = pl.concat([single, pl.DataFrame(found, schema=single.schema)])
    return single.pivot(names, index=keys, values=values), faults


def _one_number(given: list[Any]) -> Any:
    """Give the finest of several roundings of one number; None if they are different numbers."""
    if not all(isinstance(value, (int, float)) for value in given):
        return None
    written = {value: _decimals(value) for value in given}
    finest = max(written, key=lambda value: written[value])
    same = all(
        abs(value - finest) <= 0.5 * 10.0**-places * (1 + 1e-9)
        for value, places in written.items()
        if value != finest
    )
    return finest if same else None


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
