"""Conditions on who may answer: hard ones exclude, soft ones move up, and each is said.

A hard condition whose value is not known of an offer excludes it: a need that asks for a
certificate is not answered by silence. The excluded are counted, so that an officer sees how
many a condition cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.exchange.matching.terms import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sanfu.exchange.needs import Condition, Need

Outcome = Literal["met", "unmet", "unknown"]

_DISTRICT = r"(新区|区|县)$"
_LISTS = {"tier": "tiers", "qualification": "qualifications"}
_TEXTS = {"district": "district", "board": "board"}
_NUMBERS = {"staff": "staff", "revenue": "revenue", "capacity": "capacity"}


@dataclass(frozen=True)
class Held:
    """Which offers meet one condition, and of which it is not known; each shape (n_offers,)."""

    condition: Condition
    met: NDArray[np.bool_]
    unknown: NDArray[np.bool_]

    def outcome(self, row: int) -> Outcome:
        """Give the outcome for one offer."""
        if self.met[row]:
            return "met"
        return "unknown" if self.unknown[row] else "unmet"


def short_district(name: str) -> str:
    """Give a district's name without its kind: who writes “杨浦” means “杨浦区”."""
    return re.sub(_DISTRICT, "", name.strip())


class Conditions:
    """The offers' facts, laid out once so that any need's conditions are quick to hold to them."""

    def __init__(self, offers: pl.DataFrame) -> None:
        self._offers = offers
        self._masks: dict[tuple[str, str], NDArray[np.bool_]] = {}
        self._filled: dict[str, NDArray[np.bool_]] = {}

    def hold(self, condition: Condition) -> Held:
        """Hold one condition to all offers."""
        size = self._offers.height
        kind = condition.kind
        if kind in _NUMBERS:
            column = self._offers[_NUMBERS[kind]]
            unknown = column.is_null().to_numpy()
            number = column.fill_null(0).to_numpy()
            met = ~unknown
            if condition.least is not None:
                met &= number >= condition.least
            if condition.most is not None:
                met &= number <= condition.most
            return Held(condition, met, unknown)
        if kind in ("exclude_firm", "exclude_group"):
            column_name = "firm" if kind == "exclude_firm" else "group"
            shut = np.zeros(size, dtype=bool)
            for value in condition.values:
                shut |= self._equal(column_name, value)
                if kind == "exclude_firm":
                    shut |= self._equal("name", value) | self._equal("offer", value)
            return Held(condition, ~shut, np.zeros(size, dtype=bool))
        met = np.zeros(size, dtype=bool)
        for value in condition.values:
            met |= self._has(kind, value)
        return Held(condition, met, ~met & ~self._known(kind))

    def _has(self, kind: str, value: str) -> NDArray[np.bool_]:
        if kind == "industry":
            return self._once(
                ("industry", value),
                lambda: (
                    self._offers["industry"]
                    .str.strip_chars_start("ABCDEFGHIJKLMNOPQRST")
                    .str.starts_with(value.lstrip("ABCDEFGHIJKLMNOPQRST"))
                    if value[1:]
                    else self._offers["industry"].str.starts_with(value)
                ),
            )
        if kind in _LISTS:
            wanted = fold(value)
            column = self._offers[_LISTS[kind]]
            folded = column.list.eval(pl.element().str.to_lowercase())
            return self._once((kind, value), lambda: folded.list.contains(wanted))
        if kind == "district":
            short = self._offers["district"].str.replace(_DISTRICT, "")
            return self._once((kind, value), lambda: short == short_district(value))
        return self._equal(_TEXTS[kind], value)

    def _equal(self, column: str, value: str) -> NDArray[np.bool_]:
        return self._once((column, value), lambda: self._offers[column] == value)

    def _once(self, key: tuple[str, str], make: Callable[[], pl.Series]) -> NDArray[np.bool_]:
        if key not in self._masks:
            self._masks[key] = make().fill_null(value=False).to_numpy()
        return self._masks[key]

    def _known(self, kind: str) -> NDArray[np.bool_]:
        if kind not in self._filled:
            name = _LISTS.get(kind) or _TEXTS.get(kind) or kind
            column = self._offers[name]
            filled = column.list.len() > 0 if kind in _LISTS else column != ""
            self._filled[kind] = filled.fill_null(value=False).to_numpy()
        return self._filled[kind]


def standing_conditions(need: Need) -> tuple[Condition, ...]:
    """Give a need's conditions, and those that go without saying: not itself, not its group."""
    from sanfu.exchange.needs import Condition  # noqa: PLC0415 - models load when needs do

    own = tuple(value for value in (need.firm, need.firm_name) if value)
    more: list[Condition] = []
    if own:
        more.append(Condition(kind="exclude_firm", values=own))
    if need.group:
        more.append(Condition(kind="exclude_group", values=(need.group,)))
    return (*need.conditions, *more)


def near_industry(wanted: str, industries: Sequence[str | None]) -> NDArray[np.float64]:
    """Say how near each industry is to the wanted one, by GB/T 4754 code.

    Returns
    -------
    NDArray
        1 for the same class (four digits), 0.75 group, 0.5 division, 0 else or unknown; a letter
        in front of the digits is passed over.
    """
    letters = "ABCDEFGHIJKLMNOPQRST"
    code = wanted.lstrip(letters)
    out = np.zeros(len(industries))
    if len(code) < 2:
        return out
    for at, industry in enumerate(industries):
        other = (industry or "").lstrip(letters)
        for digits, nearness in ((4, 1.0), (3, 0.75), (2, 0.5)):
            if len(code) >= digits and other[:digits] == code[:digits]:
                out[at] = nearness
                break
    return out
