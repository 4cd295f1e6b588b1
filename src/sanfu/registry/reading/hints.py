"""What the officer says about a file beyond what stands in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sanfu.content.measures import measures
from sanfu.errors import InputError, near_first
from sanfu.language import Text
from sanfu.registry.reading.headings import (
    COUNT_UNITS,
    MONEY_UNITS,
    OWN_UNIT,
    fold_heading,
    known_measure,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sanfu.registry.reading.model import Reading

FIRST_YEAR = 1978
"""Figures of firms before the reform's first year are a slip of the pen."""
UNITS = (*MONEY_UNITS, *sorted(COUNT_UNITS), "%", "年", OWN_UNIT)
"""What may be said of a heading's unit."""


@dataclass(frozen=True)
class Hints:
    """What the officer says about a file beyond what stands in it; remembered by the workspace.

    Attributes
    ----------
    mapping
        Heading → measure (or ``"-"`` to leave the column out).
    units
        Heading → unit such as ``"万元"``.
    year
        The year of figures whose year stands nowhere in the file.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    year: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no file can mean, before it is used or remembered.

        Raises
        ------
        InputError
            An unknown measure or unit, or a year before 1978 or after the next.
        """
        for heading, measure in self.mapping.items():
            if measure != "-" and measure not in measures():
                near = near_first(measure, measures())
                raise InputError(
                    Text(
                        f"{heading}={measure}：没有指标“{measure}”；相近的：{'、'.join(near)}",
                        f"{heading}={measure}: no such measure; near ones: {', '.join(near)}",
                    )
                )
        for heading, unit in self.units.items():
            if unit not in UNITS:
                raise InputError(
                    Text(
                        f"{heading}={unit}：不认识单位“{unit}”；可用：{'、'.join(UNITS)}",
                        f"{heading}={unit}: no such unit; there are {', '.join(UNITS)}",
                    )
                )
        last = dt.datetime.now(tz=dt.UTC).year + 1
        if self.year is not None and not FIRST_YEAR <= self.year <= last:
            raise InputError(
                Text(
                    f"年份 {self.year} 不对；应在 {FIRST_YEAR} 到 {last} 之间。",
                    f"year {self.year} cannot be; it is from {FIRST_YEAR} to {last}.",
                )
            )

    def refuse_unmet(self, readings: Iterable[Reading]) -> None:
        """Refuse what is said of a heading that stands in none of the files, or of another kind.

        Raises
        ------
        InputError
            No such heading; or a unit that a column of its measure cannot have.
        """
        headings = [one for read in readings for part in read.sheets for one in part.headings]
        met = {fold_heading(one.words): one.measure for one in headings if one.words}
        for words in (*self.mapping, *self.units):
            if fold_heading(words) not in met:
                near = near_first(words, dict.fromkeys(h.words for h in headings if h.words))
                raise InputError(
                    Text(
                        f"没有表头“{words}”；有：{'、'.join(near) or '（找不到表头）'}",
                        f"no heading “{words}”; there are {', '.join(near) or 'none'}",
                    )
                )
        for words, unit in self.units.items():
            named = self.mapping.get(words) or met[fold_heading(words)] or known_measure(words)
            measure = measures().get(named or "")
            if measure and measure.kind == "money" and unit not in (*MONEY_UNITS, OWN_UNIT):
                raise InputError(
                    Text(
                        f"{words}={unit}：“{measure.zh}”是金额；可用：{'、'.join(MONEY_UNITS)}",
                        f"{words}={unit}: {measure.en} is money; "
                        f"there are {', '.join(MONEY_UNITS)}",
                    )
                )

    def after(self, mapping: Mapping[str, str], units: Mapping[str, str]) -> Hints:
        """Add what was remembered, where it still means something and nothing newer is said."""
        kept = {words: name for words, name in mapping.items() if name == "-" or name in measures()}
        known = {words: unit for words, unit in units.items() if unit in UNITS}
        return Hints({**kept, **self.mapping}, {**known, **self.units}, self.year)

    def said_of(self, reading: Reading) -> Hints:
        """Give the part that speaks of the headings of one file."""
        met = {fold_heading(one.words) for part in reading.sheets for one in part.headings}

        def kept(said: Mapping[str, str]) -> dict[str, str]:
            return {words: value for words, value in said.items() if fold_heading(words) in met}

        return replace(self, mapping=kept(self.mapping), units=kept(self.units))
