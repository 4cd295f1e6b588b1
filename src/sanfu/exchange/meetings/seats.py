"""Tables for the meetings of a plan: a host's own, else common ones of its room, kept in place."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sanfu.exchange.meetings.slots import is_usable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.exchange.meetings.event import Event
    from sanfu.exchange.meetings.slots import Slot

Meeting = tuple[int, str, str]
"""Slot number, host, guest."""


def seat(
    event: Event,
    slots: Sequence[Slot],
    meetings: Sequence[Meeting],
    before: Mapping[Meeting, str] | None = None,
) -> dict[Meeting, str]:
    """Give each meeting a table.

    A meeting keeps the table it had `before`; else a host keeps the tables of its last slot; else
    it takes the first free one. The plan's limits see to it that there are enough.
    """
    own: dict[str, list[str]] = defaultdict(list)
    common: dict[str, list[str]] = defaultdict(list)
    usable: dict[str, list[bool]] = {}
    for table in event.tables:
        (own[table.host] if table.host else common[table.room]).append(table.id)
        usable[table.id] = [is_usable(table, slot) for slot in slots]
    room = {host.id: event.room_of(host) for host in event.hosts}
    by_slot: dict[int, list[Meeting]] = defaultdict(list)
    for meeting in sorted(meetings):
        by_slot[meeting[0]].append(meeting)
    seats: dict[Meeting, str] = {}
    last: dict[str, list[str]] = defaultdict(list)
    for slot in sorted(by_slot):
        taken: set[str] = set()
        waiting: list[tuple[Meeting, list[str]]] = []
        for meeting in by_slot[slot]:
            host = meeting[1]
            could = own[host] or common[room[host]]
            held = (before or {}).get(meeting)
            wanted = [held] if held in could else [t for t in last[host] if t in could]
            kept = next((t for t in wanted if t not in taken and usable[t][slot]), None)
            if kept is None:
                waiting.append((meeting, could))
            else:
                taken.add(kept)
                seats[meeting] = kept
        for meeting, could in waiting:
            free = next((t for t in could if t not in taken and usable[t][slot]), None)
            if free is None:  # the limits of the plan forbid it
                raise AssertionError(meeting)
            taken.add(free)
            seats[meeting] = free
        for host in {meeting[1] for meeting in by_slot[slot]}:
            last[host] = [seats[m] for m in by_slot[slot] if m[1] == host]
    return seats
