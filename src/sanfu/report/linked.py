"""Counts of firms that several tables and documents print: what is hidden in one is in all.

A city's table of districts and tiers, the district's own report and the index print sums of the
same firms. Here every such number is a cell, what ties them is an equation, and one pattern of
hiding is found for all (see `suppress`), so that no document prints what another one hides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sanfu.language import Text
from sanfu.report.suppress import CannotProtect, Problem, Reader, suppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sanfu.index import Confidentiality

Key = tuple[str, ...]
_NEARLY = 1e-4

PROTECTION = 0.1
"""How close a reader may come to a hidden value, as a share of it (never closer than one firm)."""
TOTAL, WHOLE = 5.0, 50.0
"""What hiding a total costs against an inner cell; and what many documents print."""


class Withheld(NamedTuple):
    """One number that is not printed: in which table, which cell, by which rule."""

    table: Text
    cell: Text
    rule: str


def crossed(*names: Text | str) -> Text:
    """Name a cell by the names of its row, its column and so on."""
    both = [Text(one, one) if isinstance(one, str) else one for one in names]
    return Text(" × ".join(one.zh for one in both), " × ".join(one.en for one in both))


class _Cell(NamedTuple):
    value: float
    cost: float
    told: bool | None
    small: bool
    seen: bool


class Linked:
    """Cells that are sums of one another, and which of them must be hidden.

    Parameters
    ----------
    rules
        Of which the fewest firms and whether more is hidden over totals apply: cells are counts.
    """

    def __init__(self, rules: Confidentiality) -> None:
        self.rules = rules
        self.cells: dict[Key, _Cell] = {}
        self.ties: list[dict[Key, float]] = []
        self.exposed: tuple[Key, ...] = ()
        """Cells that can be worked out from what other documents print, whatever is hidden here;
        known once `hidden` was asked for."""
        self._unseen = 0

    def add(
        self,
        key: Key,
        count: int,
        *,
        told: bool | None = None,
        cost: float = 1.0,
        small: bool | None = None,
    ) -> None:
        """Add a count of firms that a document prints.

        Parameters
        ----------
        told
            Whether it is printed (True) or hidden (False) elsewhere, whatever is done here.
        cost
            What hiding it costs; 1 for a cell among many.
        small
            Whether too few firms stand behind it; by default, whether it is itself too small.
        """
        if small is None:
            small = self.rules.min_firms is not None and 0 < count < self.rules.min_firms
        self.cells[key] = _Cell(float(count), cost, told, small, seen=True)

    def unseen(self, value: float) -> Key:
        """Add a number that no document prints, such as how many firms two counts share."""
        self._unseen += 1
        key = ("\0unseen", str(self._unseen))
        self.cells[key] = _Cell(float(value), 1.0, None, small=False, seen=False)
        return key

    def tie(self, total: Key, parts: Iterable[Key]) -> None:
        """Say that a cell is the sum of others."""
        self.ties.append(dict.fromkeys(parts, 1.0) | {total: -1.0})

    def within(self, whole: Key, parts: Iterable[Key]) -> None:
        """Say that parts, which may overlap, lie in a whole and nothing of it lies outside them."""
        values = {key: self.cells[key].value for key in parts}
        size = self.cells[whole].value
        for key, value in values.items():
            self.tie(whole, [key, self.unseen(size - value)])
        together = self.unseen(sum(values.values()) - size)
        self.ties.append(dict.fromkeys(values, 1.0) | {whole: -1.0, together: -1.0})

    def count(self, key: Key) -> int:
        """Give a cell's value; nothing was counted where there is no cell, as of no firms."""
        return int(self.cells[key].value) if key in self.cells else 0

    def hidden(self) -> Mapping[Key, str]:
        """Find what must be hidden: the cell and its rule, those that no document prints left out.

        What other documents print is never hidden here. Where that gives more of a cell away than
        its level allows, all the uncertainty that can be kept is.
        """
        keys = list(self.cells)
        found = {key: "min_firms" for key in keys if self.cells[key].small}
        forced = [k for k in keys if self.cells[k].told is False and k not in found]
        loose = [k for k in keys if not self.cells[k].seen]
        found |= dict.fromkeys(forced, "complementary")
        if not self.rules.complementary or not self.ties or not found:
            return found
        hidden = self._suppressed(keys, [*found, *loose], found)
        return {
            key: found.get(key, "complementary")
            for key, out in zip(keys, hidden, strict=True)
            if out and self.cells[key].seen
        }

    def _suppressed(
        self, keys: list[Key], always: list[Key], found: Mapping[Key, str]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - when something is hidden

        place = {key: number for number, key in enumerate(keys)}
        entries = [
            (row, place[key], sign)
            for row, tie in enumerate(self.ties)
            for key, sign in tie.items()
        ]
        rows, columns, signs = zip(*entries, strict=True)
        values = np.array([self.cells[key].value for key in keys])
        small = np.array([found.get(key) == "min_firms" for key in always])
        sensitive = np.array([place[key] for key in always], dtype=np.int64)
        away = np.where(small, np.maximum(PROTECTION * values[sensitive], 1.0), 0.0)
        most = max(float(values.max(initial=0.0)), 1.0)
        told = np.array([self.cells[k].told is True and k not in found for k in keys])
        problem = Problem(
            values=values,
            equations=csr_matrix((signs, (rows, columns)), shape=(len(self.ties), len(keys))),
            sensitive=sensitive,
            below=np.minimum(away, values[sensitive]),
            above=away,
            costs=np.array([self.cells[key].cost for key in keys]) + values / most,
            told=told,
        )
        try:
            return suppress(problem)
        except CannotProtect:
            problem, exposed = _lowered(problem)
            self.exposed = tuple(keys[place] for place in exposed)
            return suppress(problem)


def _lowered(problem: Problem) -> tuple[Problem, list[int]]:
    """Lower the levels to what can be kept from a reader, and say which cells cannot be kept."""
    reader = Reader(problem)
    reader.hide(problem.may_hide)
    below, above = problem.below.copy(), problem.above.copy()
    exposed = []
    for number, place in enumerate(problem.sensitive.tolist()):
        if below[number] <= 0 and above[number] <= 0:
            continue
        low, high = reader.bounds(place)
        value = problem.values[place]
        below[number] = min(below[number], np.floor(value - low + _NEARLY))
        above[number] = min(above[number], np.floor(high - value + _NEARLY))
        if below[number] <= 0 and above[number] <= 0:
            exposed.append(place)
    return replace(problem, below=below, above=above), exposed


def hide_among(counts: Mapping[str, int], rules: Confidentiality) -> Mapping[str, str]:
    """Find which parts of a whole to hide where the whole is printed: part → rule.

    Parts of one size are treated alike, so that the order in which a document has them does not
    matter.
    """
    linked = Linked(rules)
    whole: Key = ("\0whole",)
    linked.add(whole, sum(counts.values()), told=True)
    for name, count in counts.items():
        linked.add((name,), count)
    linked.tie(whole, [(name,) for name in counts])
    hidden = {key[0]: rule for key, rule in linked.hidden().items() if key != whole}
    sizes = {counts[name] for name in hidden}
    return {
        name: hidden.get(name, "complementary") for name, count in counts.items() if count in sizes
    }


def not_drawn(note: Text, count: int, what: Text) -> Text:
    """Add to a figure's note how many things it leaves out to protect firms."""
    if not count:
        return note
    return Text(
        f"{note.zh}；{count} 个{what.zh}为保护企业信息未画",
        f"{note.en}; {count} {what.en} not drawn, to protect firms",
    )
