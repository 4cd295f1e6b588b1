"""Maximise a program in whole numbers over the columns that matter, with the proof.

The linear program is solved over some columns; its dual prices price all others, and those that
could add are taken in until none can. What remains is a search in whole numbers over the columns
whose reduced cost is within the gap, widened until no column left out could lead to more.

Dantzig, Wolfe (1960), Decomposition principle for linear programs, Operations Research 8(1);
Barnhart et al. (1998), Branch-and-price, Operations Research 46(3).
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.exchange.meetings.program import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sanfu.exchange.meetings.program import Program

Stage = Literal["flow", "colouring", "slots", "linear", "whole"]
_SAFE = 1e-6


def round_down(bound: float) -> float:
    """Round a bound down to whole points, leaving room for sums in floating point."""
    return (
        math.floor(bound + _SAFE * max(1.0, abs(bound) * 1e-3)) if math.isfinite(bound) else bound
    )


class Best:
    """The best solution and the least bound so far; values are whole."""

    def __init__(
        self,
        program: Program,
        start: NDArray[np.float64] | None,
        bound: float,
        report: Callable[[Stage, int, float], None] | None,
        time_limit: float | None,
    ) -> None:
        self.program = program
        self.x = np.zeros(program.cost.size) if start is None else start
        self.value = -1 if start is None else self._worth(start)
        self.bound = bound
        self.stopped = False
        self._report = report
        self._until = None if time_limit is None else time.monotonic() + time_limit

    def _worth(self, x: NDArray[np.float64]) -> int:
        return round(float(self.program.cost @ x))

    def proven(self) -> bool:
        """Tell whether nothing can be better."""
        return self.value >= self.bound

    def left(self) -> float | None:
        """Give the seconds left; None without a limit."""
        return None if self._until is None else max(self._until - time.monotonic(), 0.0)

    def offer(self, x: NDArray[np.float64]) -> None:
        """Take a whole solution if it is better."""
        value = self._worth(x)
        if value > self.value:
            self.x, self.value = x, value

    def lower(self, bound: float) -> None:
        """Take a bound if it is lower."""
        self.bound = min(self.bound, round_down(bound))

    def say(self, stage: Stage) -> None:
        """Report where the search stands."""
        if self._report is not None:
            self._report(stage, self.value, self.bound)


def maximise(
    program: Program,
    inside: NDArray[np.bool_],
    *,
    start: NDArray[np.float64] | None = None,
    bound: float = math.inf,
    complete: Callable[[NDArray[np.float64]], NDArray[np.float64] | None] | None = None,
    report: Callable[[Stage, int, float], None] | None = None,
    time_limit: float | None = None,
) -> Best:
    """Maximise a program whose costs are whole.

    Parameters
    ----------
    inside
        The columns to begin with; rows that must reach a least value need theirs among them.
    start, bound
        A whole solution and a bound that are known already.
    complete
        Makes a whole solution of a fractional one, or gives None.
    time_limit
        Seconds; the best so far is given then, as on a keyboard interrupt.
    """
    best = Best(program, start, bound, report, time_limit)
    if not program.cost.size:
        best.value, best.bound = 0, 0
        return best
    try:
        losses = _price(best, inside.copy(), complete)
        if losses is not None:
            _search(best, losses, inside)
    except KeyboardInterrupt:
        best.stopped = True
    return best


def _price(
    best: Best,
    inside: NDArray[np.bool_],
    complete: Callable[[NDArray[np.float64]], NDArray[np.float64] | None] | None,
) -> NDArray[np.float64] | None:
    """Solve the linear program over all columns; None where that decides, or time is over."""
    program = best.program
    while True:
        columns = np.flatnonzero(inside)
        found = solve(program.part(columns))
        best.lower(program.bound(found.prices))
        losses = program.losses(found.prices)
        x = np.zeros(program.cost.size)
        x[columns] = found.x
        if np.abs(x - x.round()).max() < 1e-6:
            best.offer(x.round())
        elif complete is not None and not best.proven():
            whole = complete(x)
            if whole is not None:
                best.offer(whole)
        best.say("linear")
        if best.proven():
            return None
        if best.left() == 0:
            best.stopped = True
            return None
        fresh = ~inside & (losses > 1e-7)
        if not fresh.any():
            return losses
        inside |= losses > -0.002 * float(np.abs(program.cost).mean())


def _search(best: Best, losses: NDArray[np.float64], needed: NDArray[np.bool_]) -> None:
    """Search whole numbers over columns within the gap, ever wider, until it is proven."""
    program = best.program
    has_least = bool((program.least > 0).any())
    top, gap = best.bound + 1, 1.0
    n_meetings = program.pair.size
    while True:
        keep = (losses > -gap) | (best.x > 0.5)
        keep[n_meetings:] = True
        if has_least:
            keep |= needed
        columns = np.flatnonzero(keep)

        def tell(value: float, bound: float, left_out: float = top - gap) -> None:
            del value  # it counts when its solution is here
            before = best.bound
            if math.isfinite(bound):
                best.lower(max(bound, left_out))
            if best.bound != before:
                best.say("whole")

        found = solve(
            program.part(columns),
            whole=True,
            start=best.x[columns] if best.value >= 0 else None,
            time_limit=best.left(),
            report=tell,
        )
        if found.value is not None:
            x = np.zeros(program.cost.size)
            x[columns] = found.x.round()
            best.offer(x)
        everything = bool(keep.all())
        best.lower(found.bound if everything else max(found.bound, top - gap))
        best.say("whole")
        if best.proven():
            return
        if found.stopped or not found.optimal:
            best.stopped = True
            return
        if everything:
            best.lower(best.value)
            return
        gap = max(8 * gap, top - best.value)
