"""The loop to the end: a gap leads to a service, and its provider's booth meets the firm."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.exchange import (
    Need,
    Offer,
    booth_ids,
    check_timetable,
    invite,
    make_event,
    match,
    schedule,
    suggest_services,
)
from sanfu.exchange.meetings.booths import GAP_POINTS
from sanfu.language import Text

NEEDS = [Need(id="n1", title="锂电池隔膜涂布", firm="H", firm_name="甲集团")]
SERVICES = [
    Offer(id="s1", kind="service", firm="P", name="专利机构", board="science", title="专利布局",
          scope="专利布局 知识产权 技术转让"),
    Offer(id="s2", kind="service", firm="Q", name="涂布机构", board="digital", title="隔膜涂布",
          scope="锂电池隔膜涂布检测"),
]  # fmt: skip
FIRMS = [Offer(id=f"F{at}", firm=f"F{at}", name=f"企业{at}", scope="隔膜涂布机") for at in range(3)]
GAPS = pl.DataFrame(
    {
        "firm": ["F0", "F9", "H"],
        "who_name": ["企业0", "企业9", "甲集团"],
        "about": ["class1_ip", "class1_ip", "class1_ip"],
        "gap": [2.0, 1.0, 1.0],
        "unit_of": ["项", "项", "项"],
    }
)


def made(**options):
    found = match(NEEDS, [*SERVICES, *FIRMS])
    services = suggest_services(GAPS, SERVICES)
    event, _ = make_event(
        found, name=Text("活动", "event"), day=dt.date(2026, 6, 10), services=services, **options
    )
    return found, event


def test_the_provider_has_a_booth_and_the_firms_with_the_gap_wish_to_come():
    _, event = made()

    assert booth_ids(event) == {"P"}
    wishes = {w.guest: w for w in event.wishes if w.host == "P"}
    assert set(wishes) == {"F0", "F9"}  # who sits at a table itself does not come
    assert wishes["F0"].host_points == GAP_POINTS
    assert next(g for g in event.guests if g.id == "F9").name == "企业9"


def test_what_a_firm_is_short_of_is_not_printed():
    _, event = made()

    about = {w.about for w in event.wishes if w.host == "P"}
    assert about == {"赋智：对接高校院所成果转让与许可，布局发明专利"}


def test_who_matched_a_need_comes_before_who_only_seeks_services():
    _, event = made(most_guests=4)

    assert {g.id for g in event.guests} == {"F0", "F1", "F2", "Q"}


def test_the_booths_are_too_far_to_go_to_in_one_changeover():
    _, event = made()
    (walk,) = event.walks

    assert walk.minutes > event.changeover_minutes
    table = schedule(event)
    assert table.proven
    assert check_timetable(event, table.frame) == []
    slots = {row["host"]: row["slot"] for row in table.frame.to_dicts() if row["guest"] == "F0"}
    assert set(slots) == {"H", "P"}
    assert abs(slots["H"] - slots["P"]) > 1


@pytest.mark.parametrize("party", ["P", "F9"])
def test_the_provider_and_who_comes_for_services_get_a_letter(party):
    found, event = made()

    letters = invite(found, event="六月对接会").with_booths(event, event="六月对接会")

    letter = next(one for one in letters.letters if one.party == party).letter.zh
    assert "六月对接会" in letter
    assert "布局发明专利" in letter
    assert "差 " not in letter
    assert party in letters.frame["party"].to_list()


def test_without_suggestions_there_are_no_booths():
    event, _ = make_event(
        match(NEEDS, [*SERVICES, *FIRMS]), name=Text("a", "a"), day=dt.date(2026, 6, 10)
    )

    assert booth_ids(event) == frozenset()
    assert "Q" in {guest.id for guest in event.guests}
