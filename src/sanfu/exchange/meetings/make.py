"""Make an event from matches: whoever has needs sits at a table, matched parties come to it.

Where services are suggested to firms, the providers have booths in a hall of their own, and those
firms come to them as well (`booths`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sanfu.content import Label
from sanfu.exchange.access import Viewer, owner_of, relate
from sanfu.exchange.meetings.booths import HALL, Booths
from sanfu.exchange.meetings.event import (
    Break,
    Day,
    Event,
    Guest,
    Host,
    Room,
    Rules,
    Table,
    Walk,
    Wish,
)
from sanfu.exchange.meetings.slots import slots_of
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sanfu.exchange.matching.result import Hit, Matches
    from sanfu.exchange.needs import Need
    from sanfu.exchange.services import Suggestions

HOSTS_A_ROOM = 10
WALK_MINUTES = 5
"""From a hall to the next; the booths lie one hall further. Ours, to be changed in Excel."""


def make_event(
    matches: Matches,
    *,
    name: Text,
    day: dt.date,
    place: str = "",
    page: str = "",
    start: str = "09:00",
    end: str = "17:00",
    lunch: tuple[str, str] = ("12:00", "13:30"),
    per_need: int = 5,
    most_guests: int = 150,
    services: Suggestions | None = None,
    rules: Rules | None = None,
) -> tuple[Event, list[str]]:
    """Make an event from an officer's matches, to be looked through and changed in Excel.

    Parameters
    ----------
    per_need
        So many of a need's hits are wishes.
    most_guests
        The hall's limit: the parties with the best hits come first, then the firms for whom
        services are suggested, in the order of the suggestions.
    services
        What would help firms (``who`` is the firm's id). The providers named have booths, and who
        has a booth stays at it: its answers to needs are left to letters.

    Returns
    -------
    Event, list of str
        The event, and the needs that are not put at a table: those that wish to stay unnamed or
        confidential and were not released to any matched party. Both sides' points are the
        match's probability in percent, until they say themselves how much they want to meet.
    """
    needs = {need.id: need for need in matches.needs}
    booths = Booths(services, {owner_of(need) for need in needs.values()})
    open_hits = [
        hit
        for hit in matches.hits
        if hit.rank <= per_need
        and _party(hit) not in booths.providers
        and _may_sit_together(needs[hit.need], hit)
    ]
    seated = {hit.need for hit in open_hits}
    kept_back = sorted({hit.need for hit in matches.hits} - seated)
    coming = _choose_guests(open_hits, booths, most_guests)
    pairs: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in open_hits:
        if _party(hit) in coming:
            pairs[owner_of(needs[hit.need]), _party(hit)].append(hit)
    days = (Day(date=day, start=start, end=end),)
    breaks = (Break(name="午餐 / lunch", start=lunch[0], end=lunch[1]),) if lunch[0] else ()
    hosts, tables, rooms = _seat_hosts(pairs, needs, _count_slots(days, breaks))
    wishes = booths.wishes(coming)
    stands, booth_tables = booths.hosts(wishes)
    rooms = (*rooms, HALL) if stands else rooms
    names = {_party(hit): hit.name or hit.title or hit.offer for hit in open_hits}
    event = Event(
        event=f"{day.isoformat()}-{len(hosts) + len(stands)}x{len(coming)}",
        name=Label(zh=name.zh, en=name.en),
        place=place,
        page=page,
        synthetic=any(hit.synthetic for hit in open_hits)
        or any(needs[need].synthetic for need in seated)
        or (bool(stands) and booths.synthetic),
        days=days,
        breaks=breaks,
        rooms=rooms,
        walks=_walks(rooms),
        tables=(*tables, *booth_tables),
        hosts=(*hosts, *stands),
        guests=tuple(
            Guest(id=party, name=names.get(party) or booths.firms[party])
            for party in sorted(coming)
        ),
        wishes=(*(_wish(pair, hits, needs) for pair, hits in sorted(pairs.items())), *wishes),
        rules=rules or Rules(),
    )
    return event, kept_back


def _choose_guests(hits: Sequence[Hit], booths: Booths, most: int) -> frozenset[str]:
    best: dict[str, float] = defaultdict(float)
    for hit in hits:
        best[_party(hit)] = max(best[_party(hit)], hit.score)
    matched = sorted(best, key=lambda party: (-best[party], party))
    return frozenset(list(dict.fromkeys([*matched, *booths.firms]))[:most])


def _walks(rooms: Sequence[Room]) -> tuple[Walk, ...]:
    """Lay the halls in a row, the booths one place behind the last."""
    places = [at + (room == HALL) for at, room in enumerate(rooms)]
    return tuple(
        Walk(between=(one.id, rooms[to].id), minutes=WALK_MINUTES * (places[to] - places[at]))
        for at, one in enumerate(rooms)
        for to in range(at + 1, len(rooms))
    )


def _wish(pair: tuple[str, str], hits: Sequence[Hit], needs: dict[str, Need]) -> Wish:
    return Wish(
        host=pair[0],
        guest=pair[1],
        host_points=_points(hits),
        guest_points=_points(hits),
        about="；".join(dict.fromkeys(needs[hit.need].title for hit in hits)),
    )


def _may_sit_together(need: Need, hit: Hit) -> bool:
    """Tell whether a party may learn, by sitting down with it, who asks."""
    ids = {hit.offer, hit.party} - {""}
    if need.unnamed and ids.isdisjoint(need.released_to):
        return False
    return relate(need, Viewer.party(*ids), ids) == "matched"


def _party(hit: Hit) -> str:
    return hit.party or hit.offer


def _points(hits: Sequence[Hit]) -> int:
    return max(1, min(100, round(100 * max(hit.score for hit in hits))))


def _hidden(need: Need) -> Text:
    """Name a host that wishes to stay unnamed: the room plan and its badge are seen by all."""
    return Text(f"匿名需求方（{need.id}）", f"unnamed host ({need.id})")


def _count_slots(days: tuple[Day, ...], breaks: tuple[Break, ...]) -> int:
    name = Label(zh="", en="")
    rooms = (Room(id="A"),)
    return len(slots_of(Event(event="-", name=name, days=days, breaks=breaks, rooms=rooms)))


def _seat_hosts(
    pairs: Mapping[tuple[str, str], Sequence[Hit]],
    needs: dict[str, Need],
    n_slots: int,
) -> tuple[tuple[Host, ...], tuple[Table, ...], tuple[Room, ...]]:
    """Give each host tables of its own, ten hosts a room.

    A host brings as many teams as its wishes need to fit into the day, but not more than it has
    needs; the organiser changes it in Excel.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    for (host, _), hits in pairs.items():
        asked[host] |= {hit.need for hit in hits}
    hosts, tables = [], []
    letters = "ABCDEFGHIJKLMNOPQR"
    for number, host in enumerate(sorted(asked)):
        room = letters[min(number // HOSTS_A_ROOM, len(letters) - 1)]
        wanted = sum(one == host for one, _ in pairs)
        teams = max(1, min(len(asked[host]), -(-wanted // max(n_slots, 1))))
        named = [one for one in sorted(asked[host]) if not needs[one].unnamed]
        need = needs[named[0] if named else min(asked[host])]
        hosts.append(
            Host(
                id=host,
                name=need.firm_name if named else str(_hidden(need)),
                contact=need.contact if named else "",
                room=room,
                teams=teams,
            )
        )
        for team in range(teams):
            suffix = "abcdefghij"[team] if teams > 1 else ""
            at = number % HOSTS_A_ROOM + 1 if room != letters[-1] else number + 1
            tables.append(Table(id=f"{room}{at:02d}{suffix}", room=room, host=host))
    rooms = sorted({host.room for host in hosts}) or ["A"]
    return (
        tuple(hosts),
        tuple(tables),
        tuple(Room(id=room, name=f"{room} 厅 / Hall {room}") for room in rooms),
    )
