"""What an event is: days, rooms, tables, hosts, guests and who wishes to meet whom.

A host sits at its tables (a large firm with needs, a service provider); a guest (an SME) goes from
table to table. An event is a declaration in YAML, or the same in Excel (`event_files`).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sanfu.content import Declaration, Label, line_of, load_yaml, validate_declaration
from sanfu.errors import DeclarationFaults, Fault
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Mutual = Literal["required", "preferred", "ignored"]
Place = tuple[str | int, ...]
"""Where in a declaration something stands, as pydantic says it: ``("guests", 3, "arrives")``."""

CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d$"
_MOMENT = re.compile(r"^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})$")
_WINDOW = re.compile(r"^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$")


class Day(Declaration):
    """One day of the event, in local time."""

    date: dt.date
    start: str = Field(pattern=CLOCK)
    end: str = Field(pattern=CLOCK)


class Break(Declaration):
    """A time in which nobody meets; on every day where no date is given."""

    name: str = ""
    date: dt.date | None = None
    start: str = Field(pattern=CLOCK)
    end: str = Field(pattern=CLOCK)


class Room(Declaration):
    """A room, or a part of a hall that is far from its other parts."""

    id: str = Field(min_length=1)
    name: str = ""


class Walk(Declaration):
    """How long it takes to walk between two rooms; nothing is said: no time."""

    between: tuple[str, str]
    minutes: int = Field(ge=0)


class Table(Declaration):
    """A table; a host's own, or (without host) one of the room's common tables."""

    id: str = Field(min_length=1)
    room: str
    host: str = ""
    unavailable: tuple[str, ...] = ()
    """Windows such as ``"09:00-10:00"`` or ``"2026-06-10 09:00-10:00"``."""


class Party(Declaration):
    """What hosts and guests have in common."""

    id: str = Field(min_length=1)
    name: str = ""
    contact: str = ""
    most: int | None = Field(default=None, ge=0)
    """At most so many meetings."""
    arrives: str = ""
    """``"10:30"`` or ``"2026-06-10 10:30"``; from the beginning where nothing is said."""
    leaves: str = ""
    unavailable: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("zh",)
    absent: bool = False
    """Does not come at all."""

    def called(self) -> str:
        """Give the name, or the id where there is none."""
        return self.name or self.id


class Host(Party):
    """Who sits at tables."""

    room: str = ""
    """Where its tables are; may be left out with own tables, or where there is one room."""
    teams: int = Field(default=1, ge=1)
    """So many meetings at once, each at a table of its own."""


class Guest(Party):
    """Who goes from table to table."""

    priority: int = Field(default=1, ge=1, le=100)
    district: str = ""


class Wish(Declaration):
    """A pair that may meet: how much each side wants it, in points from 0 to 100."""

    host: str
    guest: str
    host_points: int = Field(default=50, ge=0, le=100)
    guest_points: int = Field(default=50, ge=0, le=100)
    priority: int = Field(default=1, ge=1, le=100)
    must: bool = False
    never: bool = False
    about: str = ""
    """What they would talk about; printed on both sides' schedules."""


class Rules(Declaration):
    """What counts: limits and weights, all in points."""

    most_meetings: int = Field(default=5, ge=0)
    """Of a guest, unless the guest says otherwise."""
    host_percent: int = Field(default=50, ge=0, le=100)
    """The host's part in a pair's value; the guest has the rest."""
    mutual: Mutual = "preferred"
    """Whether pairs that only one side wants may meet, and whether a mutual wish earns more."""
    mutual_points: int = Field(default=20, ge=0, le=1000)
    first_meeting_points: int = Field(default=30, ge=0, le=100_000)
    """What a guest's first meeting earns beside its value: everyone-gets-one as a weight."""
    interpreters: int = Field(default=0, ge=0)
    """So many meetings at once may be between parties without a common language."""


class Event(Declaration):
    """A whole event."""

    event: str = Field(min_length=1)
    name: Label
    place: str = ""
    page: str = ""
    """Address of the event's pages, to which the printed QR codes lead; may be empty."""
    synthetic: bool = False
    meeting_minutes: int = Field(default=20, ge=1, le=600)
    changeover_minutes: int = Field(default=5, ge=0, le=600)
    days: tuple[Day, ...] = Field(min_length=1)
    breaks: tuple[Break, ...] = ()
    rooms: tuple[Room, ...] = Field(min_length=1)
    walks: tuple[Walk, ...] = ()
    tables: tuple[Table, ...] = ()
    hosts: tuple[Host, ...] = ()
    guests: tuple[Guest, ...] = ()
    wishes: tuple[Wish, ...] = ()
    rules: Rules = Rules()

    def room_of(self, host: Host) -> str:
        """Give the room in which a host sits."""
        own = {table.room for table in self.tables if table.host == host.id}
        return host.room or (min(own) if own else self.rooms[0].id)


@lru_cache(maxsize=65_536)
def moment(text: str, date: dt.date) -> dt.datetime | None:
    """Read “10:30” as that time of `date`, “2026-06-10 10:30” as itself.

    Returns
    -------
    datetime.datetime or None
        None where the text is no moment.
    """
    found = _MOMENT.match(text.strip())
    if not found:
        return None
    try:
        day = dt.date.fromisoformat(found[1]) if found[1] else date
        hour, minute = map(int, found[2].split(":"))
        return dt.datetime.combine(day, dt.time(hour, minute))
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def window(text: str, date: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
    """Read “09:00-10:00” as that time of `date`; with a date before it, of that date."""
    found = _WINDOW.match(text.strip())
    if not found:
        return None
    day = f"{found[1]} " if found[1] else ""
    start, end = moment(day + found[2], date), moment(day + found[3], date)
    return None if start is None or end is None or end <= start else (start, end)


def read_event(path: Path | str) -> Event:
    """Read an event from YAML (``.yaml``) or Excel (``.xlsx``).

    Raises
    ------
    FileFault
        The file cannot be read.
    DeclarationFaults
        All faults at once, each with its line (or its sheet, row and column) and its remedy.
    """
    if not str(path).lower().endswith((".yaml", ".yml")):
        from sanfu.exchange.meetings.event_files import read_event_workbook  # noqa: PLC0415

        return read_event_workbook(path)
    document = load_yaml(path)
    event: Event = validate_declaration(document, Event, path)
    faults = [
        Fault(line_of(document, place), ".".join(map(str, place)), text)
        for place, text in find_faults(event)
    ]
    if faults:
        raise DeclarationFaults(path, faults)
    return event


def find_faults(event: Event) -> list[tuple[Place, Text]]:
    """Find what the parts of an event say against each other."""
    return [
        *_twice(event),
        *_unknown_names(event),
        *_unreadable_times(event),
        *_misplaced_hosts(event),
    ]


def _twice(event: Event) -> Iterator[tuple[Place, Text]]:
    for kind in ("rooms", "tables", "hosts", "guests"):
        seen: set[str] = set()
        for at, one in enumerate(getattr(event, kind)):
            if one.id in seen:
                yield (
                    (kind, at, "id"),
                    Text(f"编号“{one.id}”重复，请改成不同的。", f"id “{one.id}” stands twice."),
                )
            seen.add(one.id)
    pairs: set[tuple[str, str]] = set()
    for at, wish in enumerate(event.wishes):
        if (wish.host, wish.guest) in pairs:
            yield (
                ("wishes", at, "guest"),
                Text(
                    f"“{wish.host}”与“{wish.guest}”的意愿写了两次，请留一行。",
                    f"the pair {wish.host} and {wish.guest} stands twice; keep one.",
                ),
            )
        pairs.add((wish.host, wish.guest))
    for at, host in enumerate(event.hosts):
        if host.id in {guest.id for guest in event.guests}:
            yield (
                ("hosts", at, "id"),
                Text(f"“{host.id}”既是主办桌又是来宾。", f"{host.id} is a host and a guest."),
            )


def _unknown_names(event: Event) -> Iterator[tuple[Place, Text]]:
    names = {
        "room": {room.id for room in event.rooms},
        "host": {host.id for host in event.hosts},
        "guest": {guest.id for guest in event.guests},
    }

    def look(kind: str, name: str, place: Place) -> Iterator[tuple[Place, Text]]:
        if name not in names[kind]:
            known = "、".join(sorted(names[kind])[:8])
            yield (
                place,
                Text(
                    f"没有编号为“{name}”的（{kind}）；现有：{known}…",
                    f"there is no {kind} “{name}”; there are {known} …",
                ),
            )

    for at, table in enumerate(event.tables):
        yield from look("room", table.room, ("tables", at, "room"))
        if table.host:
            yield from look("host", table.host, ("tables", at, "host"))
    for at, walk in enumerate(event.walks):
        for room in walk.between:
            yield from look("room", room, ("walks", at, "between"))
    for at, host in enumerate(event.hosts):
        if host.room:
            yield from look("room", host.room, ("hosts", at, "room"))
    for at, wish in enumerate(event.wishes):
        yield from look("host", wish.host, ("wishes", at, "host"))
        yield from look("guest", wish.guest, ("wishes", at, "guest"))
        if wish.must and wish.never:
            yield (
                ("wishes", at, "must"),
                Text("既要必见又要不见，请删去一个。", "cannot be both must and never."),
            )


def _unreadable_times(event: Event) -> Iterator[tuple[Place, Text]]:
    timed: tuple[tuple[str, tuple[Day | Break, ...]], ...] = (
        ("days", event.days), ("breaks", event.breaks),
    )  # fmt: skip
    for kind, spans in timed:
        for at, span in enumerate(spans):
            if window(f"{span.start}-{span.end}", event.days[0].date) is None:
                yield (
                    (kind, at, "end"),
                    Text(
                        f"结束“{span.end}”应晚于开始“{span.start}”。",
                        f"the end {span.end} should be after the start {span.start}.",
                    ),
                )
    dates = [day.date for day in event.days]
    for at, date in enumerate(dates):
        if date in dates[:at]:
            yield ("days", at, "date"), Text(f"{date} 写了两次。", f"{date} stands twice.")
    kinds: tuple[tuple[str, Iterable[Party | Table]], ...] = (
        ("tables", event.tables), ("hosts", event.hosts), ("guests", event.guests),
    )  # fmt: skip
    for kind, things in kinds:
        for at, one in enumerate(things):
            for words in one.unavailable:
                if window(words, dates[0]) is None:
                    yield (
                        (kind, at, "unavailable"),
                        Text(
                            f"“{words}”不是时段，应写作 09:00-10:00 或 {dates[0]} 09:00-10:00。",
                            f"“{words}” is no span; write 09:00-10:00 or {dates[0]} 09:00-10:00.",
                        ),
                    )
            for name in ("arrives", "leaves"):
                words = getattr(one, name, "")
                if words and moment(words, dates[0]) is None:
                    yield (
                        (kind, at, name),
                        Text(
                            f"“{words}”不是时刻，应写作 10:30 或 {dates[0]} 10:30。",
                            f"“{words}” is no time; write 10:30 or {dates[0]} 10:30.",
                        ),
                    )


def _misplaced_hosts(event: Event) -> Iterator[tuple[Place, Text]]:
    for at, host in enumerate(event.hosts):
        own = {table.room for table in event.tables if table.host == host.id}
        if len(own | ({host.room} - {""})) > 1:
            rooms = "、".join(sorted(own | {host.room}))
            yield (
                ("hosts", at, "room"),
                Text(
                    f"“{host.id}”的桌子在几个场地（{rooms}）；请按场地分成几个主办桌。",
                    f"the tables of {host.id} are in several rooms ({rooms}); make it several "
                    "hosts, one a room.",
                ),
            )
        if not own and not any(
            table.room == event.room_of(host) and not table.host for table in event.tables
        ):
            yield (
                ("hosts", at, "room"),
                Text(
                    f"“{host.id}”没有自己的桌子，场地“{event.room_of(host)}”也没有公用桌。",
                    f"{host.id} has no table, and room {event.room_of(host)} has no common table.",
                ),
            )
