"""The papers of an event: everyone's own page, nothing of a need that may not be shown."""

from __future__ import annotations

import datetime as dt
import io
import re

import icalendar
import polars as pl
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sanfu.errors import InputError
from sanfu.exchange import (
    Need,
    Offer,
    calendar_of,
    check_timetable,
    make_event,
    match,
    repair,
    sample_event,
    schedule,
)
from sanfu.language import Text, use_language
from sanfu.report.blocks import Cards, Document, Heading, Table
from sanfu.report.codes import code_png, draw_code
from sanfu.report.event import (
    badges,
    change_notice,
    host_sheets,
    page_name,
    personal_schedule,
    personal_schedules,
    room_plan,
    write_event_papers,
)
from sanfu.report.html import to_html
from sanfu.report.pdf import write_pdf
from sanfu.report.word import write_docx

DAY = {"name": Text("对接会", "meetings"), "day": dt.date(2026, 6, 10)}


def needs_and_offers():
    needs = [
        Need(id="N1", title="锂电池隔膜涂布在线检测", firm="F1", firm_name="甲重工有限公司"),
        Need(id="N2", title="反渗透膜污水回用", firm="F2", firm_name="乙水务有限公司",
             unnamed=True),
        Need(id="N3", title="深海钛合金耐压舱", firm="F3", openness="confidential"),
        Need(id="N4", title="协作机器人柔性装配", firm="F4", openness="confidential",
             released_to=("G4",)),
    ]  # fmt: skip
    offers = [
        Offer(id=f"O{at}", firm=f"G{at}", name=f"来宾{at}有限公司", products=(need.title,))
        for at, need in enumerate(needs, start=1)
    ]
    return needs, offers


@pytest.fixture(scope="module")
def table():
    made = sample_event()
    found = match(made.needs, made.providers, top=5)
    return schedule(make_event(found, **DAY)[0])


def words_of(document):
    return to_html(document)


def test_no_need_that_may_not_be_shown_comes_to_a_table():
    needs, offers = needs_and_offers()

    event, kept_back = make_event(match(needs, offers), **DAY)

    assert {wish.about for wish in event.wishes} == {"锂电池隔膜涂布在线检测", "协作机器人柔性装配"}
    assert kept_back == ["N2", "N3"]
    everything = "".join(
        words_of(make(schedule(event)))
        for make in (personal_schedules, host_sheets, room_plan, badges)
    )
    assert "甲重工" in everything
    assert "乙水务" not in everything
    assert "反渗透" not in everything
    assert "钛合金" not in everything


def test_a_confidential_need_stands_only_on_the_page_of_whom_it_was_released_to():
    needs, offers = needs_and_offers()
    done = schedule(make_event(match(needs, offers), **DAY)[0])

    told = [
        one.id for one in done.event.guests if "机器人" in words_of(personal_schedule(done, one.id))
    ]

    assert told == ["G4"]
    assert "机器人" not in words_of(room_plan(done)) + words_of(badges(done))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_paper_says_more_than_its_reader_may_know(data):
    """For every openness, naming and release: pages, plans, badges, calendars, forms."""
    words = ("锂电池隔膜涂布", "反渗透膜污水", "深海钛合金", "协作机器人装配")
    firms = [f"重工{at}号有限公司" for at in range(len(words))]
    needs = [
        Need(
            id=f"N{at}",
            title=f"{word}研制",
            firm=data.draw(st.sampled_from([f"CODE{at}X", ""])),
            firm_name=firms[at],
            unnamed=data.draw(st.booleans()),
            openness=data.draw(st.sampled_from(["public", "matched", "confidential"])),
            released_to=tuple(data.draw(st.sets(st.sampled_from(["G0", "G1"]), max_size=1))),
        )
        for at, word in enumerate(words)
    ]
    offers = [
        Offer(id=f"O{at}", firm=f"G{at}", name=f"来宾{at}公司", products=tuple(words))
        for at in range(2)
    ]
    event, _ = make_event(match(needs, offers), **DAY)
    done = schedule(event)

    public = words_of(room_plan(done)) + words_of(badges(done))
    for need, word, firm in zip(needs, words, firms, strict=True):
        assert word not in public
        if need.unnamed:
            assert firm not in public
            assert not need.firm or need.firm not in public
        for guest in ("G0", "G1"):
            if guest not in {one.id for one in event.guests}:
                continue
            read = words_of(personal_schedule(done, guest)) + str(calendar_of(done, guest))
            released = guest in need.released_to
            if need.openness == "confidential" and not released:
                assert word not in read
            if need.unnamed:
                assert firm not in read
                assert not need.firm or need.firm not in read


def test_each_guest_has_one_page_with_its_meetings_and_a_code(table, tmp_path):
    document = personal_schedules(table)

    pages = pypdf.PdfReader(write_pdf(document, tmp_path / "all.pdf")).pages

    assert len(pages) == len(table.event.guests)
    for guest, page in zip(table.event.guests, pages, strict=True):
        assert guest.called()[:8] in re.sub(r"\s", "", page.extract_text())
    cards = [block for block in document.blocks if isinstance(block, Cards)]
    assert len(cards) == len(table.event.guests)
    assert all(card.cards[0].code for card in cards)


def test_sheets_hold_every_meeting(table):
    names = {guest.id: guest.called() for guest in table.event.guests}
    meetings = table.frame.select("table", "guest").rows()

    for make in (host_sheets, room_plan):
        rows = [row for b in make(table).blocks if isinstance(b, Table) for row in b.rows]
        for seat, guest in meetings:
            assert any(seat in row and names[guest] in row for row in rows)


def test_a_page_has_its_own_name_and_the_codes_lead_there(table):
    event = table.event.model_copy(update={"page": "https://example.org/day/"})
    online = schedule(event)
    guests = [guest.id for guest in event.guests]

    names = {page_name(online, guest) for guest in guests}
    card = next(b for b in personal_schedule(online, guests[0]).blocks if isinstance(b, Cards))

    assert len(names) == len(guests)
    assert card.cards[0].code == f"https://example.org/day/{page_name(online, guests[0])}"


def test_papers_are_written_in_all_forms(table, tmp_path):
    written = write_event_papers(table, tmp_path / "papers")

    names = {path.name for path in written}
    assert {
        "来宾日程_合成数据.pdf",
        "主办桌日程_合成数据.html",
        "场地桌次_合成数据.pdf",
        "胸牌_合成数据.pdf",
        "日程_合成数据.xlsx",
        "日程_合成数据.ics",
    } <= names
    own_files = [path for path in (tmp_path / "papers").rglob("*") if path.is_file()]
    assert all("合成数据" in path.name or "_synthetic" in path.name for path in own_files)
    real = schedule(table.event.model_copy(update={"synthetic": False}))
    for path in write_event_papers(real, tmp_path / "real", forms=["html"]):
        assert "合成" not in path.name
    own = list((tmp_path / "papers" / "个人页").glob("*.html"))
    assert len(own) == len(table.event.guests) + len(table.event.hosts)


def test_a_calendar_holds_the_meetings_with_their_zone(table):
    host = table.event.hosts[0].id
    calendar = icalendar.Calendar.from_ical(calendar_of(table, host))

    entries = list(calendar.walk("VEVENT"))
    own = table.frame.filter(pl.col("host") == host)

    assert len(entries) == own.height > 0
    first = entries[0].decoded("dtstart")
    assert first.utcoffset() == dt.timedelta(hours=8)
    assert f"{first:%H:%M}" == own["start"][0]


def test_the_notice_of_changes_says_each(table):
    guest = table.frame["guest"][0]
    mended = repair(table, absent=[guest])

    document = change_notice(mended)

    rows = next(b for b in document.blocks if isinstance(b, Table)).rows
    assert len(rows) == mended.changes.height
    assert check_timetable(mended.timetable.event, mended.timetable.frame) == []


def test_papers_are_said_in_english_and_labelled_synthetic(table):
    use_language("en")

    page = words_of(personal_schedule(table, table.frame["guest"][0]))

    assert "合成数据 / synthetic" in page
    assert "scan" in page
    assert "self-check" not in page


def test_cards_are_written_to_word(table, tmp_path):
    path = write_docx(badges(table), tmp_path / "胸牌.docx")

    assert path.stat().st_size > 10_000


def test_a_table_without_caption_carries_no_number():
    blocks = (Heading("x"), Table("", (), ()), Table("y", (), ()))

    page = to_html(Document("t", "zh", blocks))

    assert page.count("<caption>") == 1
    assert "表 1　y" in page


def test_codes_are_drawn():
    assert draw_code("https://example.org").startswith("<svg")
    assert Image.open(io.BytesIO(code_png("你好"))).width > 50


def test_a_party_that_is_not_there_has_no_page(table):
    with pytest.raises(InputError, match="nobody"):
        personal_schedule(table, "nobody")
