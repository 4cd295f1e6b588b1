"""The slots of an event, and who and what is free in each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.exchange.meetings.event import moment, window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.exchange.meetings.event import Event, Party, Table


@dataclass(frozen=True)
class Slot:
    """One slot: its number over all days (from 0) and its times."""

    number: int
    start: dt.datetime
    end: dt.datetime

    def label(self) -> str:
        """Give the times, such as “09:00–09:20”."""
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


def slots_of(event: Event) -> list[Slot]:
    """Lay out the slots: a meeting, a changeover, a meeting …; after a break a new row begins."""
    length = dt.timedelta(minutes=event.meeting_minutes)
    gap = dt.timedelta(minutes=event.changeover_minutes)
    slots: list[Slot] = []
    for day in sorted(event.days, key=lambda one: one.date):
        breaks = sorted(
            span
            for one in event.breaks
            if one.date in (None, day.date)
            and (span := window(f"{one.start}-{one.end}", day.date)) is not None
        )
        opened = window(f"{day.start}-{day.end}", day.date)
        if opened is None:
            continue
        start, end = opened
        while start + length <= end:
            over = [stop for begin, stop in breaks if start < stop and begin < start + length]
            if over:
                start = max(over)
                continue
            slots.append(Slot(len(slots), start, start + length))
            start += length + gap
    return slots


def is_free(party: Party, slot: Slot) -> bool:
    """Tell whether a host or a guest is there for the whole of a slot."""
    if party.absent:
        return False
    arrives = moment(party.arrives, slot.start.date()) if party.arrives else None
    leaves = moment(party.leaves, slot.start.date()) if party.leaves else None
    if arrives is not None and slot.start < arrives:
        return False
    if leaves is not None and slot.end > leaves:
        return False
    return _outside(party.unavailable, slot)


def is_usable(table: Table, slot: Slot) -> bool:
    """Tell whether a table can be used for the whole of a slot."""
    return _outside(table.unavailable, slot)


def _outside(windows: Iterable[str], slot: Slot) -> bool:
    spans = (window(words, slot.start.date()) for words in windows)
    return all(span is None or slot.end <= span[0] or span[1] <= slot.start for span in spans)
