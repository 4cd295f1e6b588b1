"""The best timetable of a problem, and the proof that it is.

1. The flow without slots gives a bound and says which pairs could matter.
2. Where everyone is free in every slot, its slots are an edge colouring: exact, at once.
3. Else one assignment a slot gives a good plan at once.
4. The time-indexed linear program by columns gives a near-best plan and a tight bound, and a
   search in whole numbers over what is left open closes it (`columns.maximise`).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.meetings.allocate import Flow, best_flow
from sanfu.exchange.meetings.columns import Stage, maximise, round_down
from sanfu.exchange.meetings.musts import keep_possible_musts
from sanfu.exchange.meetings.program import Program, meetings_program
from sanfu.exchange.meetings.quick import colour, everyone_is_free, fill, no_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sanfu.exchange.meetings.problem import Problem

_SLOTS_FROM, _PRICES_FROM = 2.5, 1.25
"""Pairs considered first, as a multiple of those in the flow: by slots, and by prices."""


@dataclass(frozen=True)
class Progress:
    """Where the search stands."""

    stage: Stage
    seconds: float
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """Give the part of the bound that could still be gained."""
        return gap_of(self.value, self.bound)


@dataclass(frozen=True)
class Plan:
    """A plan with its bound; `at` is the slot of each pair, -1 where it does not meet."""

    at: NDArray[np.int64]
    value: int
    bound: int
    losses: NDArray[np.float64]
    stopped: bool = False
    stages: tuple[Progress, ...] = ()


def gap_of(value: int, bound: int) -> float:
    """Give the gap between a value and its bound, as a part of the bound."""
    return 0.0 if bound <= value else (bound - value) / bound


class _Search:
    """The best plan and the least bound so far."""

    def __init__(self, problem: Problem, report: Callable[[Progress], None] | None) -> None:
        self.problem = problem
        self.at = no_plan(problem)
        self.value = 0
        self.bound = math.inf
        self.stages: list[Progress] = []
        self._report = report
        self._start = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._start

    def done(self) -> bool:
        return self.value >= self.bound

    def offer(self, at: NDArray[np.int64]) -> None:
        """Take a plan if it is better and keeps all must-meet pairs."""
        value = self.problem.worth(at >= 0)
        if value > self.value and (at[self.problem.must] >= 0).all():
            self.at, self.value = at, value

    def say(self, stage: Stage, value: int, bound: float) -> None:
        self.bound = min(self.bound, bound)
        known = value if math.isinf(self.bound) else int(self.bound)
        self.stages.append(Progress(stage, self.seconds(), value, known))
        if self._report is not None:
            self._report(self.stages[-1])


def find_plan(
    problem: Problem,
    *,
    time_limit: float | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Plan:
    """Find the best plan of a problem.

    Parameters
    ----------
    time_limit
        Seconds after which the best plan so far is given; no limit when it is not given.
    report
        Called at every stage with the value, the bound and the gap.

    Notes
    -----
    A keyboard interrupt ends the search and keeps the best plan; `Plan.stopped` says so.
    """
    problem, base, _ = keep_possible_musts(problem)
    search = _Search(problem, report)
    search.offer(base)
    losses = np.zeros(problem.value.size)
    stopped = False
    try:
        flow = best_flow(problem)
        losses = flow.losses
        free = everyone_is_free(problem)
        if free:
            search.offer(colour(problem, flow.chosen))
        search.say("colouring" if free else "flow", search.value, round_down(flow.bound))
        if not search.done():
            search.offer(fill(problem, base, _likely(problem, flow, _SLOTS_FROM)))
            search.say("slots", search.value, search.bound)
        if not search.done():
            stopped = _search_columns(search, flow, time_limit)
    except KeyboardInterrupt:
        stopped = True
    bound = search.value if math.isinf(search.bound) else int(search.bound)
    return Plan(search.at, search.value, bound, losses, stopped, tuple(search.stages))


def _likely(problem: Problem, flow: Flow, times: float) -> NDArray[np.bool_]:
    """Give the cells of the pairs that cost least in the flow: so many times the chosen ones."""
    wanted = min(int(times * flow.chosen.sum()) + 20, flow.losses.size)
    limit = np.partition(flow.losses, wanted - 1)[wanted - 1] if wanted else 0.0
    likely = (flow.losses <= limit) | problem.must
    return problem.open_cells() & likely[:, None]


def _search_columns(search: _Search, flow: Flow, time_limit: float | None) -> bool:
    """Go on by columns; tell whether it was stopped before the proof."""
    problem = search.problem
    program = meetings_program(problem)
    n_meetings = program.pair.size
    inside = np.ones(program.cost.size, dtype=bool)
    inside[:n_meetings] = _likely(problem, flow, _PRICES_FROM)[program.pair, program.slot]

    def complete(x: NDArray[np.float64]) -> NDArray[np.float64] | None:
        held = np.where(x[:n_meetings] > 1 - 1e-6, 1.0, 0.0)
        at = fill(problem, as_plan(problem, program, held))
        return as_columns(problem, program, at) if (at[problem.must] >= 0).all() else None

    best = maximise(
        program,
        inside,
        start=as_columns(problem, program, search.at),
        bound=search.bound,
        complete=complete,
        report=search.say,
        time_limit=None if time_limit is None else max(time_limit - search.seconds(), 0.0),
    )
    search.offer(as_plan(problem, program, best.x))
    search.bound = min(search.bound, best.bound)
    return best.stopped


def as_plan(problem: Problem, program: Program, x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the plan that a whole solution of a program stands for."""
    at = no_plan(problem)
    held = np.flatnonzero(x[: program.pair.size] > 0.5)
    at[program.pair[held]] = program.slot[held]
    return at


def as_columns(problem: Problem, program: Program, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give a plan as a whole solution of a program."""
    n_meetings = program.pair.size
    x = np.zeros(program.cost.size)
    x[:n_meetings] = at[program.pair] == program.slot
    if program.cost.size > n_meetings:
        x[n_meetings + np.unique(problem.guest[at >= 0])] = 1
    return x
