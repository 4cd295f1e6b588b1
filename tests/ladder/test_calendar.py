"""The calendar of duties: which entries fall when, and a file that calendar programs read."""

import datetime as dt

import icalendar
import polars as pl
import pytest

from sanfu.content import validate_declaration
from sanfu.errors import DeclarationFaults
from sanfu.ladder.calendar import (
    DutyCalendar,
    calendar_entries,
    read_calendar,
    write_ics,
)
from sanfu.ladder.standing import expiring, holders, standing

D = dt.date
MADE = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
TITLES = pl.DataFrame(
    [
        ("a", "srdi", "1", D(2023, 7, 20), D(2026, 7, 20), None),
        ("b", "srdi", "1", D(2023, 7, 20), D(2026, 7, 20), None),
        ("b", "little-giant", "5", D(2023, 7, 14), D(2026, 7, 14), None),
        ("c", "srdi", "0", D(2019, 1, 1), D(2022, 1, 1), "failed"),
        ("d", "srdi", "x", None, None, None),
    ],
    schema={
        "firm": pl.String,
        "tier": pl.String,
        "batch": pl.String,
        "granted": pl.Date,
        "expires": pl.Date,
        "review": pl.String,
    },
    orient="row",
)


def days(entries, name):
    return entries.filter(pl.col("id") == name).select("start", "end").rows()


def test_the_yearly_update_moved_from_30_april_to_31_may_with_the_rule_of_2026():
    entries = calendar_entries(read_calendar(), D(2025, 1, 1), D(2027, 12, 31))

    assert days(entries, "yearly-update-2022") == [(D(2025, 4, 30), D(2025, 4, 30))]
    assert [start for start, _ in days(entries, "yearly-update-2026")] == [
        D(2026, 5, 31),
        D(2027, 5, 31),
    ]


def test_filing_windows_are_those_of_2026():
    entries = calendar_entries(read_calendar(), D(2026, 1, 1), D(2026, 12, 31))

    assert days(entries, "little-giant-2026-filing") == [(D(2026, 4, 25), D(2026, 5, 25))]
    assert days(entries, "tech-2026-filing") == [(D(2026, 6, 1), D(2026, 8, 31))]
    assert entries["source"].str.len_chars().min() > 0


def test_a_window_that_only_touches_the_days_asked_for_is_shown():
    entries = calendar_entries(read_calendar(), D(2026, 5, 25), D(2026, 5, 25))

    assert days(entries, "little-giant-2026-filing") == [(D(2026, 4, 25), D(2026, 5, 25))]


def test_titles_that_run_out_are_counted_by_tier_and_day_with_time_to_prepare():
    entries = calendar_entries(read_calendar(), D(2026, 1, 1), D(2026, 12, 31), titles=TITLES)

    assert entries.filter(pl.col("id") == "expiry-srdi")["firms"].to_list() == [2]
    assert days(entries, "expiry-srdi") == [(D(2026, 7, 20), D(2026, 7, 20))]
    assert days(entries, "prepare-little-giant") == [(D(2026, 1, 15), D(2026, 1, 15))]


def test_a_change_is_to_be_reported_within_three_months():
    changes = pl.DataFrame(
        {"firm": ["a"], "name": ["甲"], "kind": ["更名"], "date": [D(2025, 11, 30)]}
    )

    entries = calendar_entries(read_calendar(), D(2026, 1, 1), D(2026, 12, 31), changes=changes)

    assert days(entries, "change-report") == [(D(2026, 2, 28), D(2026, 2, 28))]
    assert "甲" in entries.filter(pl.col("id") == "change-report")["zh"].item()


def test_an_office_adds_its_own_windows_and_replaces_a_duty_of_the_same_id(tmp_path):
    own = tmp_path / "calendar.yaml"
    own.write_text(
        """
prepare_days: 90
duties:
  - id: ours
    kind: window
    tiers: [srdi]
    label: {zh: 本市申报, en: our city's filing}
    note: {zh: "", en: ""}
    opens: 2026-09-01
    closes: 2026-09-30
    source: 市经信委通知
    mark: setting
  - id: change-report
    kind: after-change
    tiers: [srdi]
    label: {zh: 改, en: changed}
    note: {zh: "", en: ""}
    months: 1
    source: 本市
    mark: setting
""",
        encoding="utf-8",
    )

    calendar = read_calendar(own)

    assert calendar.prepare_days == 90
    assert {"ours", "little-giant-2026-filing"} <= {duty.id for duty in calendar.duties}
    assert [duty.months for duty in calendar.duties if duty.id == "change-report"] == [1]


def test_a_window_that_closes_before_it_opens_is_refused():
    duty = {
        "id": "x",
        "kind": "window",
        "tiers": [],
        "label": {"zh": "", "en": ""},
        "note": {"zh": "", "en": ""},
        "opens": "2026-05-02",
        "closes": "2026-05-01",
        "source": "",
        "mark": "",
    }

    with pytest.raises(DeclarationFaults, match="opens ≤ closes"):
        validate_declaration({"duties": [duty]}, DutyCalendar, "calendar.yaml")


def test_the_file_is_read_back_with_whole_days_and_reminders(tmp_path):
    path = tmp_path / "calendar.ics"
    entries = calendar_entries(read_calendar(), D(2026, 4, 1), D(2026, 6, 30), titles=TITLES)

    write_ics(entries, path, made=MADE, language="zh")

    book = icalendar.Calendar.from_ical(path.read_bytes())
    events = book.walk("VEVENT")
    assert len(events) == entries.height
    filing = next(e for e in events if "第八批" in str(e["SUMMARY"]))
    assert filing.decoded("DTSTART") == D(2026, 4, 25)
    # the end of a whole-day event is the first day after it
    assert filing.decoded("DTEND") == D(2026, 5, 26)
    alarms = filing.walk("VALARM")
    assert [alarm.decoded("TRIGGER") for alarm in alarms] == [
        dt.timedelta(days=-30),
        dt.timedelta(days=-7),
    ]
    assert all(alarm["TRIGGER"].params["RELATED"] == "END" for alarm in alarms)


def test_an_entry_keeps_its_identity_when_the_file_is_written_again(tmp_path):
    entries = calendar_entries(read_calendar(), D(2026, 1, 1), D(2026, 12, 31), titles=TITLES)
    more = pl.concat([TITLES, TITLES.filter(pl.col("firm") == "a").with_columns(firm=pl.lit("z"))])
    again = calendar_entries(read_calendar(), D(2026, 1, 1), D(2026, 12, 31), titles=more)

    write_ics(entries, tmp_path / "1.ics", made=MADE)
    write_ics(again, tmp_path / "2.ics", made=MADE + dt.timedelta(days=1))

    def identities(name):
        book = icalendar.Calendar.from_ical((tmp_path / name).read_bytes())
        return [str(event["UID"]) for event in book.walk("VEVENT")]

    assert identities("1.ics") == identities("2.ics")
    assert len(set(identities("1.ics"))) == entries.height


def test_standing_takes_the_latest_period_and_says_what_is_valid():
    table = standing(TITLES, D(2026, 7, 14))

    assert dict(table.select("firm", "valid").filter(pl.col("firm") != "b").rows()) == {
        "a": True,
        "c": False,
        "d": False,
    }
    assert table.filter(tier="little-giant")["days_left"].item() == 0
    assert holders(TITLES, "little-giant", D(2026, 7, 14)).to_list() == ["b"]
    assert holders(TITLES, "little-giant", D(2026, 7, 15)).to_list() == []


def test_what_runs_out_within_the_months_asked_for_is_listed_soonest_first():
    assert expiring(TITLES, D(2026, 1, 20), months=6).select("firm", "tier").rows() == [
        ("b", "little-giant"),
        ("a", "srdi"),
        ("b", "srdi"),
    ]
    assert expiring(TITLES, D(2026, 1, 1), months=6).is_empty()
