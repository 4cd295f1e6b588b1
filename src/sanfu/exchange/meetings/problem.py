"""An event as numbers: pairs with their values, who is free when, and what limits them.

Axes are named: pair (p), guest (g), host (h), slot (t), room (r).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.meetings.slots import is_free, is_usable, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.exchange.meetings.event import Event, Guest, Host, Rules, Table, Wish
    from sanfu.exchange.meetings.slots import Slot


@dataclass(frozen=True)
class Pool:
    """What several pairs draw on in each slot: a room's common tables, the interpreters."""

    uses: NDArray[np.bool_]
    """Whether a pair draws on it, shape (p,)."""
    places: NDArray[np.int64]
    """How many at once, shape (t,)."""


@dataclass(frozen=True)
class TooFar:
    """Two rooms and two slots between which nobody gets in time: room at the first, far after."""

    room: int
    far: NDArray[np.bool_]
    """Rooms too far from `room`, shape (r,)."""
    first: int
    second: int


@dataclass(frozen=True)
class Problem:
    """The numbers of an event."""

    guest: NDArray[np.int64]
    host: NDArray[np.int64]
    value: NDArray[np.int64]
    must: NDArray[np.bool_]
    free: NDArray[np.bool_]
    """Guests, shape (g, t)."""
    places: NDArray[np.int64]
    """Hosts, shape (h, t): so many meetings at once."""
    most_guest: NDArray[np.int64]
    most_host: NDArray[np.int64]
    first_points: int
    room: NDArray[np.int64]
    """Of each host."""
    pools: tuple[Pool, ...] = ()
    too_far: tuple[TooFar, ...] = ()

    @property
    def n_slots(self) -> int:
        """Give the number of slots."""
        return int(self.free.shape[1])

    def open_cells(self) -> NDArray[np.bool_]:
        """Tell in which slots a pair could meet, looking at that pair alone; shape (p, t)."""
        cells = self.free[self.guest] & (self.places[self.host] > 0)
        for pool in self.pools:
            cells &= ~pool.uses[:, None] | (pool.places > 0)[None, :]
        return cells

    def worth(self, chosen: NDArray[np.bool_]) -> int:
        """Give the value of a set of pairs: their values, and each met guest's first meeting."""
        met = np.unique(self.guest[chosen]).size
        return int(self.value[chosen].sum()) + self.first_points * int(met)


def pair_value(wish: Wish, guest: Guest, rules: Rules) -> int | None:
    """Give the value of a pair in points; None where it may not meet.

    Both sides' points, weighted, and the reward of a mutual wish; times the pair's and the
    guest's priorities. Rounded half up to whole points.
    """
    mutual = wish.host_points > 0 and wish.guest_points > 0
    if wish.never or (rules.mutual == "required" and not mutual and not wish.must):
        return None
    both = rules.host_percent * wish.host_points + (100 - rules.host_percent) * wish.guest_points
    points = (2 * both + 100) // 200
    if rules.mutual == "preferred" and mutual:
        points += rules.mutual_points
    return points * wish.priority * guest.priority


def formula_of(wish: Wish, guest: Guest, rules: Rules) -> str:
    """Write out how a pair's value is made from its numbers."""
    if wish.never:
        return "never"
    mine, other = rules.host_percent, 100 - rules.host_percent
    said = f"({mine}×{wish.host_points} + {other}×{wish.guest_points})/100"
    mutual = wish.host_points > 0 and wish.guest_points > 0
    if rules.mutual == "preferred" and mutual:
        said = f"({said} + {rules.mutual_points})"
    return f"{said} × {wish.priority} × {guest.priority}"


def make_problem(event: Event) -> tuple[Problem, list[Slot]]:
    """Turn an event into numbers; pairs are the wishes that may meet at all, in their order."""
    slots = slots_of(event)
    hosts = {one.id: at for at, one in enumerate(event.hosts)}
    guests = {one.id: at for at, one in enumerate(event.guests)}
    rooms = {one.id: at for at, one in enumerate(event.rooms)}
    room = np.array([rooms[event.room_of(one)] for one in event.hosts], dtype=np.int64)
    places = _places(event, slots)
    kept: list[tuple[int, int, int, bool]] = []
    speaks: list[bool] = []
    for wish in event.wishes:
        host, guest = event.hosts[hosts[wish.host]], event.guests[guests[wish.guest]]
        value = pair_value(wish, guest, event.rules)
        common = not set(host.languages).isdisjoint(guest.languages)
        if value is None or not (common or event.rules.interpreters):
            continue
        kept.append((guests[wish.guest], hosts[wish.host], value, wish.must))
        speaks.append(common)
    pairs = np.array(kept, dtype=np.int64).reshape(-1, 4)
    pools = _table_pools(event, slots, room, pairs[:, 1])
    foreign = ~np.array(speaks, dtype=bool)
    if foreign.any():
        pools.append(Pool(foreign, np.full(len(slots), event.rules.interpreters, dtype=np.int64)))
    plenty = max(len(slots), 1) * 1_000
    problem = Problem(
        guest=pairs[:, 0],
        host=pairs[:, 1],
        value=pairs[:, 2],
        must=pairs[:, 3].astype(bool),
        free=np.array(
            [[is_free(one, slot) for slot in slots] for one in event.guests], dtype=bool
        ).reshape(len(event.guests), len(slots)),
        places=places,
        most_guest=np.array([_most(one, event) for one in event.guests], dtype=np.int64),
        most_host=np.array(
            [plenty if one.most is None else one.most for one in event.hosts], dtype=np.int64
        ),
        first_points=event.rules.first_meeting_points,
        room=room,
        pools=tuple(pools),
        too_far=tuple(_too_far(event, slots, rooms)),
    )
    return problem, slots


def _most(guest: Guest, event: Event) -> int:
    return event.rules.most_meetings if guest.most is None else guest.most


def _places(event: Event, slots: list[Slot]) -> NDArray[np.int64]:
    rows = []
    for host in event.hosts:
        own = [table for table in event.tables if table.host == host.id]
        rows.append([_seats(host, own, slot) for slot in slots])
    return np.array(rows, dtype=np.int64).reshape(len(event.hosts), len(slots))


def _seats(host: Host, own: list[Table], slot: Slot) -> int:
    if not is_free(host, slot):
        return 0
    if not own:
        return host.teams
    return min(host.teams, sum(is_usable(table, slot) for table in own))


def _table_pools(
    event: Event, slots: list[Slot], room: NDArray[np.int64], pair_host: NDArray[np.int64]
) -> list[Pool]:
    """Give a pool for each room whose common tables could run out."""
    with_own = {table.host for table in event.tables if table.host}
    pools = []
    for at, one in enumerate(event.rooms):
        common = [table for table in event.tables if table.room == one.id and not table.host]
        sharing = np.array(
            [room[h] == at and host.id not in with_own for h, host in enumerate(event.hosts)],
            dtype=bool,
        )
        if not sharing.any():
            continue
        places = np.array([sum(is_usable(t, slot) for t in common) for slot in slots], np.int64)
        wanted = sum(host.teams for h, host in enumerate(event.hosts) if sharing[h])
        if len(places) and wanted > places.min():
            pools.append(Pool(sharing[pair_host], places))
    return pools


def _too_far(event: Event, slots: list[Slot], rooms: dict[str, int]) -> list[TooFar]:
    minutes = np.zeros((len(rooms), len(rooms)))
    for walk in event.walks:
        one, other = (rooms[name] for name in walk.between)
        minutes[one, other] = minutes[other, one] = walk.minutes
    found = []
    for first in slots:
        for second in slots[first.number + 1 :]:
            between = (second.start - first.end).total_seconds() / 60
            if between >= minutes.max():
                break
            for room in range(len(rooms)):
                far = minutes[room] > between
                if far.any():
                    found.append(TooFar(room, far, first.number, second.number))
    return found
