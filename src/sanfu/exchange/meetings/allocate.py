"""Who meets whom, before any slot is chosen: the most value under everyone's limits.

Minimum-cost flow as a linear program: its matrix is a network, so its best solution is whole
(only interpreters, who are shared across rooms, can break that; then whole numbers are asked for).
Slots may only lower the value: this is an upper bound on every timetable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.exchange.meetings.problem import make_problem
from sanfu.exchange.meetings.program import Program, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sanfu.exchange.meetings.event import Event
    from sanfu.exchange.meetings.problem import Problem


@dataclass(frozen=True)
class Flow:
    """The best set of pairs without slots."""

    chosen: NDArray[np.bool_]
    value: int
    bound: float
    losses: NDArray[np.float64]
    """What a pair that is not chosen would cost, at least; 0 for chosen ones; shape (p,)."""


def best_flow(problem: Problem) -> Flow:
    """Solve the flow of a problem; must-meet pairs have to be in it.

    `Flow.bound` is above every timetable's value whatever the solver's tolerances.
    """
    program = _flow_program(problem)
    found = solve(program)
    n_pairs = problem.value.size
    losses = program.losses(
        np.where(np.isneginf(program.least), np.maximum(found.prices, 0), found.prices)
    )
    bound = program.bound(found.prices)
    x = found.x
    if x.size and np.abs(x - x.round()).max() > 1e-6:
        x = solve(program, whole=True, time_limit=60).x
    chosen = x[:n_pairs] > 0.5 if x.size else np.zeros(n_pairs, dtype=bool)
    lost = np.where(chosen, 0.0, np.maximum(-losses[:n_pairs], 0.0))
    return Flow(chosen, problem.worth(chosen), bound, lost)


def _flow_program(problem: Problem) -> Program:
    from scipy.sparse import coo_array, csc_array  # noqa: PLC0415 - when meetings are planned

    n_pairs, n_guests, n_hosts = (
        problem.value.size,
        problem.most_guest.size,
        problem.most_host.size,
    )
    pair = np.arange(n_pairs)
    possible = problem.open_cells().any(axis=1)
    rows = [problem.guest, n_guests + problem.host, n_guests + n_hosts + pair]
    columns = [pair, pair, pair]
    limits = [
        np.minimum(problem.most_guest, problem.free.sum(axis=1)),
        np.minimum(problem.most_host, problem.places.sum(axis=1)),
        possible.astype(np.int64),
    ]
    least = np.full(n_guests + n_hosts + n_pairs, -np.inf)
    least[n_guests + n_hosts + np.flatnonzero(problem.must)] = 1
    count = least.size
    for pool in problem.pools:
        uses = np.flatnonzero(pool.uses)
        rows.append(np.full(uses.size, count))
        columns.append(uses)
        limits.append(np.array([pool.places.sum()]))
        count += 1
    entries = [np.ones(sum(len(row) for row in rows))]
    guests = np.arange(n_guests)
    rows += [problem.guest + count, guests + count]
    columns += [pair, n_pairs + guests]
    entries += [-np.ones(n_pairs), np.ones(n_guests)]
    limits.append(np.zeros(n_guests, dtype=np.int64))
    matrix = coo_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
        shape=(count + n_guests, n_pairs + n_guests),
    )
    return Program(
        np.concatenate([problem.value, np.full(n_guests, problem.first_points)]).astype(float),
        csc_array(matrix),
        np.concatenate([least, np.full(count + n_guests - least.size, -np.inf)]),
        np.concatenate(limits).astype(np.float64),
        pair,
        np.zeros(n_pairs, dtype=np.int64),
    )


class Allocation:
    """Who meets whom, and what fairness costs.

    Attributes
    ----------
    frame
        A row a pair: host, guest, value (points), must.
    value
        Total points, first meetings included.
    """

    def __init__(self, event: Event, problem: Problem, flow: Flow) -> None:
        self.event = event
        self.value = flow.value
        self._problem = problem
        chosen = np.flatnonzero(flow.chosen)
        self.frame = pl.DataFrame(
            {
                "host": [event.hosts[at].id for at in problem.host[chosen].tolist()],
                "guest": [event.guests[at].id for at in problem.guest[chosen].tolist()],
                "value": problem.value[chosen],
                "must": problem.must[chosen],
            },
            schema={
                "host": pl.String, "guest": pl.String, "value": pl.Int64, "must": pl.Boolean,
            },
        ).sort("host", "guest")  # fmt: skip

    @property
    def fairness(self) -> pl.DataFrame:
        """Give the price of fairness, see `price_of_fairness`."""
        return price_of_fairness(self._problem)


def allocate(event: Event) -> Allocation:
    """Choose who meets whom, at most value, without choosing slots.

    Raises
    ------
    InputError
        The must-meet pairs do not fit together; `sanfu.schedule` says which.
    """
    from sanfu.exchange.meetings.musts import keep_possible_musts  # noqa: PLC0415 - one way

    problem, _ = make_problem(event)
    problem, _, _ = keep_possible_musts(problem)
    return Allocation(event, problem, best_flow(problem))


def price_of_fairness(problem: Problem, points: Sequence[int] | None = None) -> pl.DataFrame:
    """Show what it costs that more guests get a meeting.

    Parameters
    ----------
    points
        The weights of a first meeting to compare; by default none, half of, as declared, four
        times, and so much that everyone who can gets one.

    Returns
    -------
    polars.DataFrame
        A row a weight: points, guests with a meeting, meetings, value without the weight, and its
        loss (share) against weight 0. Computed on the flow: slots may lower all values alike.
    """
    most = int(problem.value.max(initial=0)) * 10 + 1
    declared = problem.first_points
    chosen = sorted({0, declared // 2, declared, 4 * declared, most} if points is None else points)
    rows = []
    for weight in chosen:
        flow = best_flow(replace(problem, first_points=weight))
        rows.append(
            {
                "points": weight,
                "guests": int(np.unique(problem.guest[flow.chosen]).size),
                "meetings": int(flow.chosen.sum()),
                "value": int(problem.value[flow.chosen].sum()),
            }
        )
    frame = pl.DataFrame(
        rows,
        schema={"points": pl.Int64, "guests": pl.Int64, "meetings": pl.Int64, "value": pl.Int64},
    )
    top = max(frame["value"].to_list(), default=0)
    return frame.with_columns(
        loss=(1 - pl.col("value") / top) if top else pl.lit(0.0),
        declared=pl.col("points") == declared,
    )
