"""The values that a check reads: one exact whole number a measure, or a text, or yes and no.

Money is whole fen, counts and years are whole; a share and points of the platform are kept as whole
millionths (10 % is 100,000; 62.5 points are 62,500,000), so that every reader compares integers.
Beyond the bounds below a value is no possible figure and counts as missing; with them every product
of a rule is known to fit 64 or 128 bits.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from sanfu.content.measures import Measure, measures
from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

Type = Literal["whole", "text", "flag"]
Outcome = Literal["unmet", "missing", "judge", "met"]
OUTCOMES: tuple[Outcome, ...] = ("unmet", "missing", "judge", "met")
"""An outcome's place here is its code in wide frames: 0 unmet, 1 missing, 2 judge, 3 met."""
UNMET, MISSING, JUDGE, MET = range(4)
OUTCOME_WORDS: dict[Outcome, Text] = {
    "met": Text("符合", "met"),
    "unmet": Text("不符合", "not met"),
    "missing": Text("缺数据", "data missing"),
    "judge": Text("需人工判断", "for a person to judge"),
}
MILLION = 1_000_000
SCALES: dict[str, int] = {"share": MILLION, "points": MILLION}
"""Kinds that are kept as a whole number of such parts."""
BOUNDS: dict[str, int] = {
    "money": 10**15,  # 10 trillion yuan, more than any firm on Earth has
    "count": 10**9,
    "years": 10**6,
    "share": 10**12,
    "points": 10**12,
}
"""Largest size of a possible figure, as kept."""
_LAG = re.compile(r"_(\d)$")


def measure_of(column: str) -> Measure | None:
    """Give the measure of a column; ``revenue_1`` is `revenue` of the year before."""
    known = measures()
    return known.get(column) or known.get(_LAG.sub("", column))


def years_back(column: str) -> int:
    """Give how many years before the last full year a column is of."""
    found = None if column in measures() else _LAG.search(column)
    return int(found[1]) if found else 0


def type_of(measure: Measure) -> Type:
    """Give the type in which a measure is kept for a check."""
    if measure.kind == "flag":
        return "flag"
    return "whole" if measure.kind in BOUNDS else "text"


def unit_of(kind: str) -> tuple[str, Fraction]:
    """Give the unit in which a kind is shown and how much of the value is one of it."""
    return {
        "money": ("万元", Fraction(MILLION)),
        "share": ("%", Fraction(1, 100)),
        "years": ("年", Fraction(1)),
        "points": ("分", Fraction(1)),
        "count": ("", Fraction(1)),
    }.get(kind, ("", Fraction(1)))


def kept(value: Any, column: str, measure: Measure) -> int | str | bool | None:
    """Give one value as it is kept for a check: a whole number, a text, a flag, or missing.

    Raises
    ------
    InputError
        The value is of another type, or money, a count or years are not whole.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is missing
        return None
    wanted = type_of(measure)
    if wanted == "text" and isinstance(value, str):
        return value
    if wanted == "flag" and value in (True, False):
        return bool(value)
    if wanted == "whole" and not isinstance(value, bool | str):
        whole = _whole(value, SCALES.get(measure.kind, 1))
        if whole is not None:
            return whole if abs(whole) <= BOUNDS[measure.kind] else None
    raise WrongValue(column, measure, value)


def _whole(value: Any, scale: int) -> int | None:
    try:
        exact = Fraction(repr(value) if isinstance(value, float) else value) * scale
    except (ValueError, TypeError, OverflowError):
        return None
    if scale != 1:
        return round(exact)
    return int(exact) if exact.denominator == 1 else None


class WrongValue(InputError):
    """A value in a frame for a check is not of its measure's kind."""

    def __init__(self, column: str, measure: Measure, value: Any) -> None:
        example = {
            "money": ("整数（分），例如 50000000 表示 50 万元", "whole fen, such as 50000000"),
            "count": ("整数，例如 120", "a whole number such as 120"),
            "years": ("整数年，例如 3", "whole years such as 3"),
            "share": ("小数，例如 0.12", "a fraction of 1 such as 0.12"),
            "points": ("分数，例如 62.5", "points such as 62.5"),
            "flag": ("true 或 false", "true or false"),
        }.get(measure.kind, ("文字", "text"))
        super().__init__(
            Text(
                f"列 {column}（{measure.zh}）= “{value}”，应为{example[0]}",
                f"column {column} ({measure.en}) = “{value}”; wanted is {example[1]}",
            )
        )
        self.column = column
        self.value = value


def unknown_columns(names: Iterable[str]) -> list[str]:
    """Give those names that are no measure of the dictionary."""
    return [name for name in names if measure_of(name) is None]
