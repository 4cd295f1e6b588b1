"""The papers of an event: personal schedules, host sheets, the room plan, badges, changes.

Each is a document of the one block model, so that HTML, PDF, Word and Excel say the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.meetings.calendars import calendar_of
from sanfu.exchange.meetings.repair import KINDS
from sanfu.exchange.meetings.sheets import named
from sanfu.language import Text, current_language
from sanfu.report.blocks import (
    Block,
    Callout,
    Card,
    Cards,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    TableColumn,
)
from sanfu.report.figures import gantt
from sanfu.report.html import write_html
from sanfu.report.pdf import write_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sanfu.exchange.meetings.event import Guest, Host
    from sanfu.exchange.meetings.repair import Repair
    from sanfu.exchange.meetings.timetable import Timetable
    from sanfu.report.figures import Figure

_CODE_BYTES = 300
"""A code with more than this is hard to read off a badge."""


def file_name(words: Text, form: str, *, synthetic: bool) -> str:
    """Name a file; where its data are synthetic, the name says so."""
    return f"{words}{Text('_合成数据', '_synthetic') if synthetic else ''}.{form}"


def page_name(table: Timetable, party: str) -> str:
    """Give the file name of a party's own page: a hash, so that no one guesses another's."""
    made = hashlib.sha256(f"{table.event.content_hash()}:{party}".encode()).hexdigest()
    return f"{made[:12]}{'_synthetic' if table.event.synthetic else ''}.html"


def personal_schedule(table: Timetable, party: str) -> Document:
    """Give one guest's or host's schedule: its meetings, where, with whom, about what.

    Raises
    ------
    InputError
        The event has no such party.
    """
    return _document(table, _called(table, party), tuple(_page(table, party, own=True)))


def personal_schedules(table: Timetable) -> Document:
    """Give every guest's schedule, one page each."""
    guests = [guest.id for guest in table.event.guests if not guest.absent]
    return _document(
        table, Text("来宾日程（每家一页）", "Guests' schedules, one page each"),
        tuple(_pages(table, guests)),
    )  # fmt: skip


def host_sheets(table: Timetable) -> Document:
    """Give every host's sheet, one page each, with room for notes."""
    hosts = [host.id for host in table.event.hosts if not host.absent]
    return _document(
        table, Text("主办桌日程与记录", "Hosts' sheets"), tuple(_pages(table, hosts, notes=True))
    )


def room_plan(table: Timetable) -> Document:
    """Give the plan of each room: which table is whose, and who sits there when."""
    event, frame = table.event, named(table)
    hosts = {host.id: host.called() for host in event.hosts}
    blocks: list[Block] = []
    for room in event.rooms:
        here = frame.filter(pl.col("room") == room.id)
        tables = [one for one in event.tables if one.room == room.id]
        blocks.append(Heading(room.name or room.id))
        rows = tuple(
            (
                one.id,
                hosts.get(one.host, str(Text("公用", "common"))),
                str(here.filter(pl.col("table") == one.id).height),
            )
            for one in tables
        )
        columns = (
            TableColumn(str(Text("桌号", "table"))),
            TableColumn(str(Text("主办桌", "host")), share=4),
            TableColumn(str(Text("场次", "meetings")), "right"),
        )
        blocks.append(Table("", columns, rows))
        blocks += [
            Picture(_timetable_figure(table, room.name or room.id, day))
            for day in here.partition_by("date", maintain_order=True)
        ]
        for slot in table.slots:
            now = here.filter(pl.col("slot") == slot.number + 1).sort("table")
            if now.height:
                blocks.append(Heading(f"{slot.start:%m-%d} {slot.label()}", 2))
                listed = tuple(
                    (row["table"], row["host_name"], row["guest_name"]) for row in now.to_dicts()
                )
                blocks.append(Table("", _who_sits(), listed))
        blocks.append(PageBreak())
    return _document(table, Text("场地与桌次", "Rooms and tables"), tuple(blocks[:-1]))


def _timetable_figure(table: Timetable, room: str, meetings: pl.DataFrame) -> Figure:
    """Draw a room's meetings of one day: a line a table, a bar a meeting."""
    day = meetings["date"][0]
    ordered = meetings.sort("table", "start")
    return gantt(
        ordered.select(
            pl.col("table").alias("lane"),
            pl.col("guest_name").alias("label"),
            *(
                (pl.col("date").dt.to_string() + " " + pl.col(end))
                .str.to_datetime("%Y-%m-%d %H:%M")
                .alias(end)
                for end in ("start", "end")
            ),
        ),
        lanes=Text("桌号", "table"),
        title=str(Text(f"{room}：{day} 日程图", f"{room}: timetable of {day}")),
        unit=str(Text("时刻；横条为一场会谈", "time of day; a bar is a meeting")),
        source=str(Text("本次活动的日程", "this event's timetable")),
        as_of=str(day),
        n=str(Text(f"{meetings.height} 场会谈", f"{meetings.height} meetings")),
        method=str(Text("按意愿和匹配求解排定", "scheduled from wishes and matches")),
        synthetic=table.event.synthetic,
    )


def badges(table: Timetable) -> Document:
    """Give a badge for each host and guest, eight a page, to be cut out."""
    event = table.event
    parties: list[tuple[Host | Guest, Text]] = [
        *((host, Text("主办桌", "host")) for host in event.hosts),
        *((guest, Text("来宾", "guest")) for guest in event.guests),
    ]
    blocks: list[Block] = []
    cards = [
        Card(
            party.called(),
            (
                str(kind) + (f"　{_tables(table, party.id)}" if kind.en == "host" else ""),
                f"{event.name.text()}　{event.days[0].date}",
                party.id if kind.en == "guest" else "",  # a host's code may tell who it is
            ),
            _code(table, party.id),
        )
        for party, kind in parties
        if not party.absent
    ]
    for at in range(0, len(cards), 8):
        blocks += [Cards(tuple(cards[at : at + 8])), PageBreak()]
    return _document(table, Text("胸牌", "Badges"), tuple(blocks[:-1]))


def change_notice(mended: Repair) -> Document:
    """Give the notice of what changed on the day, by whom it concerns."""
    table, event = mended.timetable, mended.timetable.event
    names = {one.id: one.called() for one in (*event.hosts, *event.guests)}

    def when(slot: int | None, seat: str | None) -> str:
        return "—" if slot is None else f"{table.slots[slot - 1].label()} {seat}"

    rows = tuple(
        (
            str(KINDS[row["kind"]]),
            names[row["host"]],
            names[row["guest"]],
            when(row["slot_before"], row["table_before"]),
            when(row["slot"], row["table"]),
        )
        for row in mended.changes.to_dicts()
    )
    columns = (
        TableColumn(str(Text("变动", "change")), share=1.4),
        TableColumn(str(Text("主办桌", "host")), share=2),
        TableColumn(str(Text("来宾", "guest")), share=2.4),
        TableColumn(str(Text("原定", "before")), share=1.6),
        TableColumn(str(Text("改为", "now")), share=1.6),
    )
    last = mended.explain().in_language(current_language()).splitlines()[-1]
    blocks: tuple[Block, ...] = (Callout((last,)), Table("", columns, rows))
    return _document(table, Text("日程变动通知", "Changes to the timetable"), blocks)


def write_change_notice(mended: Repair, folder: Path, *, forms: Sequence[str]) -> None:
    """Write the notice of what changed, as HTML and PDF where they are among the forms."""
    document, synthetic = change_notice(mended), mended.timetable.event.synthetic
    for form, write in (("pdf", write_pdf), ("html", write_html)):
        if form in forms:
            name = file_name(Text("变动通知", "changes"), form, synthetic=synthetic)
            write(document, folder / name)


def write_event_papers(
    table: Timetable, folder: Path, *, forms: Sequence[str] = ("html", "pdf", "xlsx", "ics")
) -> list[Path]:
    """Write all papers of an event into a folder.

    Parameters
    ----------
    forms
        Which of html, pdf, xlsx, ics. HTML gives each party a page of its own, with a name that
        cannot be guessed from another's; hand it out, or put the folder where `Event.page` points.

    Returns
    -------
    list of pathlib.Path
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []

    def name(zh: str, en: str, form: str) -> Path:
        written.append(folder / file_name(Text(zh, en), form, synthetic=table.event.synthetic))
        return written[-1]

    papers = (
        (("来宾日程", "guests"), personal_schedules), (("主办桌日程", "hosts"), host_sheets),
        (("场地桌次", "rooms"), room_plan), (("胸牌", "badges"), badges),
    )  # fmt: skip
    for words, make in papers:
        document = make(table)
        if "pdf" in forms:
            write_pdf(document, name(*words, "pdf"))
        if "html" in forms:
            write_html(document, name(*words, "html"))
    if "xlsx" in forms:
        table.to_excel(name("日程", "timetable", "xlsx"))
    if "html" in forms or "ics" in forms:
        _write_own_pages(table, folder, forms, written)
    return written


def _write_own_pages(
    table: Timetable, folder: Path, forms: Sequence[str], written: list[Path]
) -> None:
    pages = folder / str(Text("个人页", "pages"))
    pages.mkdir(exist_ok=True)
    for party in (*table.event.hosts, *table.event.guests):
        if party.absent:
            continue
        path = pages / page_name(table, party.id)
        if "html" in forms:
            write_html(personal_schedule(table, party.id), path)
        if "ics" in forms:
            path.with_suffix(".ics").write_bytes(calendar_of(table, party.id))
    written.append(pages)
    if "ics" in forms:
        path = folder / file_name(Text("日程", "timetable"), "ics", synthetic=table.event.synthetic)
        path.write_bytes(calendar_of(table))
        written.append(path)


def _pages(table: Timetable, parties: Sequence[str], *, notes: bool = False) -> Iterator[Block]:
    for at, party in enumerate(parties):
        if at:
            yield PageBreak()
        yield Heading(str(_called(table, party)))
        yield from _page(table, party, notes=notes)


def _page(
    table: Timetable, party: str, *, notes: bool = False, own: bool = False
) -> Iterator[Block]:
    """Write a party's page; on a document of its `own`, the subtitle says the event already."""
    event, frame = table.event, named(table)
    is_host = any(host.id == party for host in event.hosts)
    held = frame.filter(pl.col("host" if is_host else "guest") == party).sort("slot", "table")
    several = len(event.days) > 1
    where = " ".join(part for part in (event.place,) if part)
    first = f"{event.name.text()}　{event.days[0].date}" + (f"　{where}" if where else "")
    count = str(Text(f"共 {held.height} 场", f"{held.height} meetings"))
    yield Paragraph((count if own else f"{first}　{count}",))
    if not held.height:
        none = Text(
            "本次没有安排洽谈；现场如有空位，请到服务台询问。",
            "No meeting is arranged; please ask at the desk for free places.",
        )
        yield Callout((str(none),))
    columns = [
        TableColumn(str(Text("时间", "time")), share=2.6 if several else 1.7),
        TableColumn(str(Text("桌号", "table")), share=1 if is_host else 1.5),
        TableColumn(str(Text("对方", "with")), share=4 if notes else 3),  # a name in one line
        TableColumn(str(Text("洽谈内容", "about")), share=3.4 if notes else 4),
    ]
    if notes:
        columns.append(TableColumn(str(Text("记录", "notes")), share=2.6))
    rows = tuple(_rows(held.to_dicts(), is_host=is_host, several=several, notes=notes))
    tip = Text(
        "扫码看本页" if event.page else "扫码存日程",
        "scan for this page" if event.page else "scan to keep it",
    )
    lines = (str(tip), str(Text("变动以现场通知为准", "changes are announced on the spot")))
    card = Cards((Card(str(_called(table, party)), lines, _code(table, party)),), 1)
    parts: list[Block] = [Table("", tuple(columns), rows), card] if rows else [card]
    yield from reversed(parts) if notes else parts  # a long sheet's last page holds meetings


def _rows(
    rows: Sequence[dict[str, Any]], *, is_host: bool, several: bool, notes: bool
) -> Iterator[tuple[str, ...]]:
    for row in rows:
        day = f"{row['date']:%m-%d} " if several else ""
        seat = row["table"] if is_host else f"{row['room_name'].split(' / ')[0]} {row['table']}"
        other = row["guest_name"] if is_host else row["host_name"]
        cells = (f"{day}{row['start']}–{row['end']}", seat, other, row["about"])
        yield (*cells, "") if notes else cells


def _code(table: Timetable, party: str) -> str:
    """Give what a party's QR code says: its page's address, or the schedule itself as text."""
    if table.event.page:
        return f"{table.event.page.rstrip('/')}/{page_name(table, party)}"
    said = str(table.explain(party))
    while len(said.encode()) > _CODE_BYTES and "\n" in said:
        said = said.rsplit("\n", 1)[0]
    return said


def _called(table: Timetable, party: str) -> Text:
    for one in (*table.event.hosts, *table.event.guests):
        if one.id == party:
            return Text(one.called(), one.called())
    raise InputError(Text(f"活动里没有“{party}”。", f"there is no party “{party}” in the event."))


def _tables(table: Timetable, host: str) -> str:
    return str(Text("、", ", ")).join(one.id for one in table.event.tables if one.host == host)


def _who_sits() -> tuple[TableColumn, ...]:
    return (
        TableColumn(str(Text("桌号", "table"))),
        TableColumn(str(Text("主办桌", "host")), share=3),
        TableColumn(str(Text("来宾", "guest")), share=3),
    )


def _document(table: Timetable, title: Text, blocks: tuple[Block, ...]) -> Document:
    event = table.event
    days = str(Text("、", ", ")).join(str(day.date) for day in event.days)
    place = f"　{event.place}" if event.place else ""
    return Document(
        title=str(title),
        subtitle=f"{event.name.text()}　{days}{place}",
        language=current_language(),
        blocks=blocks,
        synthetic=event.synthetic,
        numbered=False,
        self_check=False,
    )
