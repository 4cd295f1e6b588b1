"""Check a timetable against its event, meeting by meeting; knows nothing of how it was made.

For timetables from anywhere: Sanfu's, changed by hand, or made by someone else.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from sanfu.exchange.meetings.event import Event, Guest, Host, Table


@dataclass(frozen=True)
class Violation:
    """One constraint that a timetable breaks."""

    rule: str
    who: str
    text: Text


@dataclass(frozen=True)
class _Meeting:
    start: dt.datetime
    end: dt.datetime
    table: str | None
    host: str
    guest: str


def check_timetable(event: Event, frame: pl.DataFrame) -> list[Violation]:
    """Find every constraint of the event that a timetable breaks.

    Parameters
    ----------
    frame
        A row a meeting: ``date``, ``start`` and ``end`` (“09:00”), ``host``, ``guest`` (ids), and
        ``table``; where the table is null, the tables of the room are counted instead.

    Returns
    -------
    list of Violation
        Empty where the timetable is right. Must-meet pairs that are not met are violations too.
    """
    meetings = [
        _Meeting(
            _at(row["date"], row["start"]), _at(row["date"], row["end"]), row["table"],
            row["host"], row["guest"],
        )
        for row in frame.select("date", "start", "end", "table", "host", "guest").to_dicts()
    ]  # fmt: skip
    return [
        *_check_names(event, meetings),
        *_check_times(event, meetings),
        *_check_presence(event, meetings),
        *_check_guests(event, meetings),
        *_check_hosts(event, meetings),
        *_check_tables(event, meetings),
        *_check_pairs(event, meetings),
        *_check_interpreters(event, meetings),
    ]


def _at(date: dt.date | str, clock: str) -> dt.datetime:
    day = date if isinstance(date, dt.date) else dt.date.fromisoformat(date)
    return dt.datetime.combine(day, dt.time.fromisoformat(clock.zfill(5)))


def _broken(rule: str, who: str, zh: str, en: str) -> Violation:
    return Violation(rule, who, Text(zh, en))


def _say(meeting: _Meeting) -> str:
    return f"{meeting.start:%m-%d %H:%M} {meeting.host} × {meeting.guest}"


def _spans(words: Iterable[str], date: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    for one in words:
        text = one.strip().replace("–", "-").replace("~", "-").replace("至", "-").replace("—", "-")
        day = date
        if text[4:5] == "-":
            day, text = dt.date.fromisoformat(text[:10]), text[11:]
        start, end = (part.strip() for part in text.split("-"))
        yield _at(day, start), _at(day, end)


def _edge(text: str, date: dt.date) -> dt.datetime:
    return _at(text[:10], text[11:]) if text[4:5] == "-" else _at(date, text)


def _check_names(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    hosts, guests = {h.id for h in event.hosts}, {g.id for g in event.guests}
    for one in meetings:
        for name, known in ((one.host, hosts), (one.guest, guests)):
            if name not in known:
                yield _broken("name", name, f"没有“{name}”", f"there is no {name}")


def _check_times(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    length = dt.timedelta(minutes=event.meeting_minutes)
    for one in meetings:
        date = one.start.date()
        opened = [day for day in event.days if day.date == date]
        inside = any(
            _at(date, d.start) <= one.start and one.end <= _at(date, d.end) for d in opened
        )
        if not inside or one.end - one.start != length:
            yield _broken("time", one.host, f"{_say(one)}：不在活动时间内", f"{_say(one)}: no slot")
        for pause in event.breaks:
            if pause.date in (None, date) and (
                one.start < _at(date, pause.end) and _at(date, pause.start) < one.end
            ):
                yield _broken(
                    "break", one.host, f"{_say(one)}：在休息时间", f"{_say(one)}: a break"
                )


def _check_presence(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    parties: dict[str, Host | Guest] = {h.id: h for h in event.hosts}
    parties |= {g.id: g for g in event.guests}
    for one in meetings:
        date = one.start.date()
        for name in (one.host, one.guest):
            party = parties.get(name)
            if party is None:
                continue
            late = bool(party.arrives) and one.start < _edge(party.arrives, date)
            gone = bool(party.leaves) and one.end > _edge(party.leaves, date)
            away = any(
                one.start < end and start < one.end
                for start, end in _spans(party.unavailable, date)
            )
            if party.absent or late or gone or away:
                yield _broken(
                    "presence", name, f"{_say(one)}：{name} 不在", f"{_say(one)}: {name} is away"
                )


def _check_guests(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    walks: dict[frozenset[str], int] = {}
    for walk in event.walks:
        walks[frozenset(walk.between)] = walk.minutes  # as declared last, in either direction
    room = {host.id: event.room_of(host) for host in event.hosts}
    by_guest = _by(meetings, "guest")
    for guest in event.guests:
        own = sorted(by_guest.get(guest.id, []), key=lambda one: one.start)
        most = event.rules.most_meetings if guest.most is None else guest.most
        if len(own) > most:
            yield _broken(
                "most", guest.id,
                f"{guest.id} 有 {len(own)} 场，最多 {most}", f"{guest.id} has {len(own)} of {most}",
            )  # fmt: skip
        for first, second in pairwise(own):
            if second.start < first.end:
                yield _broken(
                    "overlap", guest.id,
                    f"{guest.id} 同时有两场", f"{guest.id} is in two meetings at once",
                )  # fmt: skip
        for number, first in enumerate(own):
            for second in own[number + 1 :]:
                pair = frozenset((room.get(first.host, ""), room.get(second.host, "")))
                pause = (second.start - first.end).total_seconds() / 60
                if len(pair) == 2 and 0 <= pause < walks.get(pair, 0):
                    yield _broken(
                        "walk", guest.id,
                        f"{guest.id} 走不到：{_say(first)} → {_say(second)}",
                        f"{guest.id} cannot get from {_say(first)} to {_say(second)} in time",
                    )  # fmt: skip


def _check_hosts(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    by_host = _by(meetings, "host")
    for host in event.hosts:
        own = by_host.get(host.id, [])
        if host.most is not None and len(own) > host.most:
            yield _broken(
                "most", host.id, f"{host.id} 超过 {host.most} 场", f"{host.id} has over {host.most}"
            )
        if _at_once(own) > host.teams:
            yield _broken(
                "teams", host.id,
                f"{host.id} 同时超过 {host.teams} 场", f"{host.id} has over {host.teams} at once",
            )  # fmt: skip


def _check_tables(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    tables = {table.id: table for table in event.tables}
    hosts = {host.id: host for host in event.hosts}
    with_own = {table.host for table in event.tables if table.host}
    for one in meetings:
        if one.table is None or one.host not in hosts:
            continue
        table = tables.get(one.table)
        allowed = table is not None and (
            table.host == one.host
            or (
                not table.host
                and one.host not in with_own
                and table.room == event.room_of(hosts[one.host])
            )
        )
        if table is None or not allowed or not _usable(table, one):
            yield _broken(
                "table", one.host, f"{_say(one)}：桌 {one.table} 不可用",
                f"{_say(one)}: table {one.table} cannot be used",
            )  # fmt: skip
    for name, held in _by([m for m in meetings if m.table is not None], "table").items():
        if _at_once(held) > 1:
            yield _broken("table", name, f"桌 {name} 同时有两场", f"table {name} is taken twice")
    yield from _count_tables(event, [m for m in meetings if m.table is None])


def _count_tables(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    hosts = {host.id: host for host in event.hosts}
    with_own = {table.host for table in event.tables if table.host}
    drawn: dict[tuple[dt.datetime, str, str], list[_Meeting]] = defaultdict(list)
    for one in meetings:
        if one.host in hosts:
            owner = one.host if one.host in with_own else ""
            drawn[one.start, owner, event.room_of(hosts[one.host])].append(one)
    for (_, owner, room), held in drawn.items():
        there = [
            table for table in event.tables
            if table.host == owner and table.room == room and _usable(table, held[0])
        ]  # fmt: skip
        if len(held) > len(there):
            yield _broken("table", room, f"{room} 桌子不够", f"{room} has too few tables")


def _check_pairs(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    wishes = {(wish.host, wish.guest): wish for wish in event.wishes}
    seen: set[tuple[str, str]] = set()
    for one in meetings:
        pair = (one.host, one.guest)
        wish = wishes.get(pair)
        unwanted = wish is None or wish.never or (
            event.rules.mutual == "required" and not wish.must
            and 0 in (wish.host_points, wish.guest_points)
        )  # fmt: skip
        if unwanted:
            yield _broken("wish", one.guest, f"{_say(one)}：不该见", f"{_say(one)}: not wished")
        if pair in seen:
            yield _broken("twice", one.guest, f"{_say(one)}：见了两次", f"{_say(one)}: twice")
        seen.add(pair)
    for pair, wish in wishes.items():
        if wish.must and pair not in seen:
            said = " × ".join(pair)
            yield _broken("must", pair[1], f"必见没有安排：{said}", f"must-meet not met: {said}")


def _check_interpreters(event: Event, meetings: Sequence[_Meeting]) -> Iterator[Violation]:
    spoken = {one.id: set(one.languages) for one in (*event.hosts, *event.guests)}
    foreign = [
        one for one in meetings
        if spoken.get(one.host, set()).isdisjoint(spoken.get(one.guest, set()))
    ]  # fmt: skip
    if foreign and _at_once(foreign) > event.rules.interpreters:
        yield _broken("language", "", "译员不够", "too few interpreters")


def _usable(table: Table, one: _Meeting) -> bool:
    return all(
        one.end <= start or end <= one.start
        for start, end in _spans(table.unavailable, one.start.date())
    )


def _at_once(meetings: Sequence[_Meeting]) -> int:
    """Give the most meetings that run at the same time."""
    edges = sorted([(m.start, 1) for m in meetings] + [(m.end, -1) for m in meetings])
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def _by(meetings: Sequence[_Meeting], name: str) -> dict[str, list[_Meeting]]:
    groups: dict[str, list[_Meeting]] = defaultdict(list)
    for one in meetings:
        groups[getattr(one, name)].append(one)
    return groups
