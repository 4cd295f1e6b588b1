"""How numbers and names stand in the sentences of explanations.

Numbers are rounded half up on what is shown, after everything was ranked and compared.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


def number(value: float | None, decimals: int = 2) -> str:
    """Print a number rounded half up; a missing one as a dash, a negative zero as zero."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return "—"
    shown = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{shown or abs(shown):,}"


def signed(value: float, decimals: int = 2) -> str:
    """Print a number with its sign."""
    shown = number(value, decimals)
    return shown if shown.startswith("-") or not shown.strip("0.,") else f"+{shown}"


def figure(value: float | None) -> str:
    """Print a figure of unknown size to four significant digits."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return "—"
    if value == 0:
        return "0"
    exact = Decimal(repr(float(value)))
    places = max(0, 3 - exact.adjusted())
    shown = number(value, min(places, 12))
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def in_unit(value: float | None, unit: str) -> str:
    """Print a figure in its measure: a share of 1 (``share``) as percent, others as they are."""
    if unit != "share" or value is None:
        return figure(value)
    return f"{figure(100 * value)}%"


def listed(items: Sequence[str]) -> Text:
    """Join names as a list in each language."""
    return Text("、".join(items), ", ".join(items))


def ordinal(rank: int) -> Text:
    """Give a rank: 第 2, 2nd."""
    ending = (
        "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    )
    return Text(f"第 {rank}", f"{rank}{ending}")


def row_name(unit: str, year: int | None) -> Text:
    """Name a unit, with its year where there is one."""
    if year is None:
        return Text(unit, unit)
    return Text(f"{unit}（{year} 年）", f"{unit} ({year})")
