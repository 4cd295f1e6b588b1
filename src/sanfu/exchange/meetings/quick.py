"""Good timetables at once: slot by slot, and exactly where everyone is free in every slot.

`at` is a plan everywhere here: the slot of each pair, shape (p,), -1 where it does not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.meetings.program import Program, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.exchange.meetings.problem import Problem


def no_plan(problem: Problem) -> NDArray[np.int64]:
    """Give the plan in which nobody meets."""
    return np.full(problem.value.size, -1, dtype=np.int64)


def open_to(problem: Problem, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell where a further meeting fits into a plan, one at a time; shape (p, t)."""
    cells = problem.open_cells() & (at < 0)[:, None]
    met = np.flatnonzero(at >= 0)
    guest, host, slot = problem.guest[met], problem.host[met], at[met]
    busy = np.zeros(problem.free.shape, dtype=np.int64)
    np.add.at(busy, (guest, slot), 1)
    taken = np.zeros(problem.places.shape, dtype=np.int64)
    np.add.at(taken, (host, slot), 1)
    left_guest = problem.most_guest - busy.sum(axis=1)
    left_host = problem.most_host - taken.sum(axis=1)
    cells &= (busy[problem.guest] == 0) & (taken < problem.places)[problem.host]
    cells &= ((left_guest[problem.guest] > 0) & (left_host[problem.host] > 0))[:, None]
    for pool in problem.pools:
        used = np.bincount(slot[pool.uses[met]], minlength=problem.n_slots)
        cells &= ~pool.uses[:, None] | (used < pool.places)[None, :]
    room = problem.room[problem.host]
    for far in problem.too_far:
        pairs_of = (
            (far.first, room[met] == far.room, far.second, far.far[room]),
            (far.second, far.far[room[met]], far.first, room == far.room),
        )
        for slot_met, here, slot_new, there in pairs_of:
            walkers = np.zeros(problem.most_guest.size, dtype=bool)
            walkers[guest[here & (slot == slot_met)]] = True
            cells[there & walkers[problem.guest], slot_new] = False
    return cells


def fill(
    problem: Problem, at: NDArray[np.int64], allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Fill the free places of a plan, one assignment problem a slot, scarcest slot first.

    Parameters
    ----------
    allowed
        Where a pair may be put, shape (p, t); everywhere when it is not given.
    """
    at = at.copy()
    for slot in np.argsort(problem.free.sum(axis=0), kind="stable").tolist():
        cells = open_to(problem, at)[:, slot]
        if allowed is not None:
            cells &= allowed[:, slot]
        pairs = np.flatnonzero(cells)
        if pairs.size:
            at[_best_in_slot(problem, at, pairs, slot)] = slot
    return at


def _best_in_slot(
    problem: Problem, at: NDArray[np.int64], pairs: NDArray[np.int64], slot: int
) -> NDArray[np.int64]:
    from scipy.sparse import coo_array, csc_array  # noqa: PLC0415 - when meetings are planned

    met = np.flatnonzero(at >= 0)
    here = met[at[met] == slot]
    hosts, host = np.unique(problem.host[pairs], return_inverse=True)
    guests, guest = np.unique(problem.guest[pairs], return_inverse=True)
    held = np.bincount(problem.host[met], minlength=problem.most_host.size)
    now = np.bincount(problem.host[here], minlength=problem.most_host.size)
    seats = np.minimum(problem.places[:, slot] - now, problem.most_host - held)[hosts]
    column = np.arange(pairs.size)
    rows, columns = [guest, guests.size + host], [column, column]
    limits = [np.ones(guests.size), seats.astype(np.float64)]
    count = guests.size + hosts.size
    for pool in problem.pools:
        uses = np.flatnonzero(pool.uses[pairs])
        rows.append(np.full(uses.size, count))
        columns.append(uses)
        limits.append(np.array([pool.places[slot] - pool.uses[here].sum()], dtype=np.float64))
        count += 1
    row, which = np.concatenate(rows), np.concatenate(columns)
    matrix = csc_array(coo_array((np.ones(row.size), (row, which)), shape=(count, pairs.size)))
    first = np.bincount(problem.guest[met], minlength=problem.most_guest.size) == 0
    cost = problem.value[pairs] + problem.first_points * first[problem.guest[pairs]]
    program = Program(
        cost.astype(np.float64),
        matrix,
        np.full(count, -np.inf),
        np.concatenate(limits),
        pairs,
        np.full(pairs.size, slot),
    )
    found = solve(program)
    if found.x.size and np.abs(found.x - found.x.round()).max() > 1e-6:
        found = solve(program, whole=True, time_limit=5)
    return pairs[found.x > 0.5] if found.x.size else pairs[:0]


def everyone_is_free(problem: Problem) -> bool:
    """Tell whether slots do not matter: all free in all slots, and nothing else binds."""
    active = np.unique(problem.guest)
    return bool(
        problem.n_slots
        and problem.free[active].all()
        and (problem.places == problem.places[:, :1]).all()
        and not problem.pools
        and not problem.too_far
    )


def colour(problem: Problem, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give a set of meetings its slots where everyone is free: bipartite edge colouring.

    A host with several places becomes so many hosts of one place. By Kőnig's theorem a bipartite
    graph whose degrees are at most the number of slots can be coloured with them; each meeting is
    put in by swapping two slots along an alternating path (Kőnig 1916).
    """
    n_slots = problem.n_slots
    at = no_plan(problem)
    given: dict[int, int] = {}
    at_guest: dict[tuple[int, int], int] = {}
    at_seat: dict[tuple[int, int], int] = {}
    seat_of = np.zeros(problem.value.size, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(problem.places[:, 0])])
    for pair in np.flatnonzero(chosen).tolist():
        guest, host = int(problem.guest[pair]), int(problem.host[pair])
        number = given.get(host, 0)
        given[host] = number + 1
        seat = int(offsets[host]) + number // n_slots
        seat_of[pair] = seat
        mine = next(s for s in range(n_slots) if (guest, s) not in at_guest)
        theirs = next(s for s in range(n_slots) if (seat, s) not in at_seat)
        if mine != theirs:  # make `mine` free at the seat, along the path mine, theirs, mine …
            path, seat_side, node, wanted = [], True, seat, mine
            while True:
                held = (at_seat if seat_side else at_guest).get((node, wanted))
                if held is None:
                    break
                path.append(held)
                node = int(problem.guest[held]) if seat_side else int(seat_of[held])
                seat_side, wanted = not seat_side, theirs if wanted == mine else mine
            for one in path:
                del at_guest[int(problem.guest[one]), int(at[one])]
                del at_seat[int(seat_of[one]), int(at[one])]
            for one in path:
                at[one] = theirs if at[one] == mine else mine
                at_guest[int(problem.guest[one]), int(at[one])] = one
                at_seat[int(seat_of[one]), int(at[one])] = one
        at[pair] = mine
        at_guest[guest, mine] = pair
        at_seat[seat, mine] = pair
    return at
