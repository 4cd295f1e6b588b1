"""The calendar of duties: yearly updates, filing windows, change reports, titles that run out.

Duties are data (``content/ladder/calendar.yaml``, an office adds its own), each with its source and
mark. They become dated entries, an ``.ics`` file for any calendar program, and a sheet.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from pydantic import Field, model_validator

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.ladder.rulebook import MARKS
from sanfu.ladder.standing import standing
from sanfu.ladder.validity import months_after
from sanfu.ladder.which import TIER_WORDS
from sanfu.language import Language, Text, current_language

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA: dict[str, Any] = {
    "start": pl.Date, "end": pl.Date, "kind": pl.String, "id": pl.String, "tiers": pl.String,
    "firms": pl.Int64, "zh": pl.String, "en": pl.String, "note_zh": pl.String,
    "note_en": pl.String, "source": pl.String, "mark": pl.String,
}  # fmt: skip

ATTESTED: dict[str, Text] = {
    "published": MARKS["published"],
    "encoded elsewhere": MARKS["encoded"],
    "to be checked": MARKS["to-check"],
    "setting": Text("本单位设置", "the office's own setting"),
}
"""How well a duty is attested, in words."""


class Duty(Declaration):
    """One duty or window: when it falls, for whom, and where that is written."""

    id: str
    kind: Literal["yearly", "window", "after-change"]
    tiers: tuple[str, ...]
    label: Label
    note: Label
    month: int = Field(default=0, ge=0, le=12)
    day: int = Field(default=0, ge=0, le=31)
    months: int = 0
    opens: dt.date | None = None
    closes: dt.date | None = None
    since: dt.date = Field(default=dt.date.min, alias="from")
    until: dt.date = dt.date.max
    source: str
    mark: str

    @model_validator(mode="after")
    def _whole(self) -> Duty:
        if self.kind == "yearly":
            try:
                dt.date(2001, self.month, self.day)
            except ValueError:
                raise ValueError(
                    Text(
                        f"没有 {self.month} 月 {self.day} 日；每年的日子例如 month: 5、day: 31",
                        f"there is no day {self.day} of month {self.month}; a day of every year is "
                        "such as month: 5, day: 31",
                    )
                ) from None
        if self.kind == "window" and not (self.opens and self.closes and self.opens <= self.closes):
            raise ValueError(
                Text(
                    "窗口期要写两日，opens ≤ closes，例如 2026-04-25 和 2026-05-25",
                    "a window needs opens ≤ closes, e.g. 2026-04-25 and 2026-05-25",
                )
            )
        if self.kind == "after-change" and self.months < 1:
            raise ValueError(
                Text("after-change 要写 months，例如 3", "after-change needs months, e.g. 3")
            )
        return self


class DutyCalendar(Declaration):
    """The file calendar.yaml."""

    remind_days: tuple[int, ...] = (30, 7)
    prepare_days: int = 180
    duties: tuple[Duty, ...]


def read_calendar(own: Path | None = None) -> DutyCalendar:
    """Read the duties that ship; an office's own file adds to them, and replaces the same id."""
    shipped = read_declaration(content_path("ladder", "calendar.yaml"), DutyCalendar)
    if own is None or not own.is_file():
        return shipped
    theirs = read_declaration(own, DutyCalendar)
    named = {duty.id: duty for duty in (*shipped.duties, *theirs.duties)}
    return theirs.model_copy(update={"duties": tuple(named.values())})


def calendar_entries(
    calendar: DutyCalendar,
    start: dt.date,
    end: dt.date,
    *,
    titles: pl.DataFrame | None = None,
    changes: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Give every entry that touches the days from `start` to `end`, in order.

    Parameters
    ----------
    titles
        The titles frame: each day on which titles run out becomes an entry with the number of
        firms, and another `prepare_days` before.
    changes
        firm, name, kind, date: major changes, each to be reported in time.

    Returns
    -------
    DataFrame
        start, end, kind, id, tiers, firms, zh, en, note_zh, note_en, source, mark.
    """
    rows = [row for duty in calendar.duties for row in _dated(duty, start, end)]
    if titles is not None and titles.height:
        rows += _expiries(calendar, titles, start, end)
    if changes is not None and changes.height:
        for duty in calendar.duties:
            if duty.kind == "after-change":
                rows += _reports(duty, changes, start, end)
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("start", "end", "id")


def _dated(duty: Duty, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    if duty.kind == "window" and duty.opens and duty.closes:
        days = [(duty.opens, duty.closes)]
    elif duty.kind == "yearly":
        lasts = [dt.date(year, duty.month, duty.day) for year in range(start.year, end.year + 1)]
        days = [(last, last) for last in lasts if duty.since <= last <= duty.until]
    else:
        days = []
    return [
        _row(duty, first, last, None, duty.label.text())
        for first, last in days
        if first <= end and last >= start
    ]


def _row(
    duty: Duty, first: dt.date, last: dt.date, firms: int | None, label: Text
) -> dict[str, Any]:
    return {
        "start": first,
        "end": last,
        "kind": duty.kind,
        "id": duty.id,
        "tiers": " ".join(duty.tiers),
        "firms": firms,
        "zh": label.zh,
        "en": label.en,
        "note_zh": duty.note.zh,
        "note_en": duty.note.en,
        "source": duty.source,
        "mark": duty.mark,
    }


def _expiries(
    calendar: DutyCalendar, titles: pl.DataFrame, start: dt.date, end: dt.date
) -> list[dict[str, Any]]:
    current = standing(titles, start).filter("valid")
    counted = current.group_by("tier", "expires").agg(pl.len().alias("firms"))
    rows: list[dict[str, Any]] = []
    ahead = dt.timedelta(days=calendar.prepare_days)
    for row in counted.sort("expires", "tier").iter_rows(named=True):
        day, firms, name = row["expires"], row["firms"], TIER_WORDS[row["tier"]]
        common = {
            "tiers": row["tier"],
            "firms": firms,
            "source": "63号文：有效期三年；工信部企业〔2026〕2号 同",
            "mark": "published",
        }
        if start <= day <= end:
            note = Text("到期前须通过复核", "the review must be passed before")
            rows.append(
                {
                    "start": day, "end": day, "kind": "expiry", "id": f"expiry-{row['tier']}",
                    "zh": f"{firms} 家{name.zh}称号到期",
                    "en": f"titles of {firms} firms expire: {name.en}",
                    "note_zh": note.zh, "note_en": note.en, **common,
                }
            )  # fmt: skip
        if start <= day - ahead <= end:
            rows.append(
                {
                    "start": day - ahead, "end": day - ahead, "kind": "prepare",
                    "id": f"prepare-{row['tier']}",
                    "zh": f"开始准备 {firms} 家{name.zh}的复核（{day} 到期）",
                    "en": f"begin to prepare the review of {firms} firms: {name.en} ({day})",
                    "note_zh": f"到期前 {calendar.prepare_days} 天；本单位可改",
                    "note_en": f"{calendar.prepare_days} days ahead; the office may change it",
                    **common, "source": "本单位设置", "mark": "setting",
                }
            )  # fmt: skip
    return rows


def _reports(
    duty: Duty, changes: pl.DataFrame, start: dt.date, end: dt.date
) -> list[dict[str, Any]]:
    rows = []
    for change in changes.filter(pl.col("date").is_not_null()).iter_rows(named=True):
        last = months_after(change["date"], duty.months)
        if start <= last <= end:
            said = f"{change['name']}（{change['kind']}，{change['date']}）"
            label = Text(f"{duty.label.zh}：{said}", f"{duty.label.en}: {said}")
            rows.append(_row(duty, last, last, 1, label))
    return rows


def write_ics(
    entries: pl.DataFrame,
    path: Path,
    *,
    made: dt.datetime,
    remind_days: tuple[int, ...] = (30, 7),
    language: Language | None = None,
) -> None:
    """Write the entries as an iCalendar file (RFC 5545) of whole days with reminders.

    An entry keeps its identity from one writing to the next, so that importing the file again
    replaces it instead of doubling it.

    Parameters
    ----------
    made
        When the calendar was made, with its time zone.
    """
    import icalendar  # noqa: PLC0415 - loaded when a calendar is written

    language = language or current_language()
    book = icalendar.Calendar()
    book.add("prodid", "-//Sanfu 三赋//ladder//ZH")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add(
        "x-wr-calname",
        str(Text("优质中小企业梯度培育日历", "calendar of the SME ladder").in_language(language)),
    )
    for row in entries.iter_rows(named=True):
        event = icalendar.Event()
        # one firm's change is told apart from another's by its words
        words = row["zh"] if row["kind"] == "after-change" else ""
        key = f"{row['id']}|{row['start']}|{row['end']}|{words}"
        event.add("uid", hashlib.sha256(key.encode()).hexdigest()[:32] + "@sanfu.local")
        event.add("dtstamp", made.astimezone(dt.UTC))
        event.add("dtstart", row["start"])
        event.add("dtend", row["end"] + dt.timedelta(days=1))
        event.add("summary", row[language])
        note = row["note_zh"] if language == "zh" else row["note_en"]
        mark = ATTESTED.get(row["mark"], Text(row["mark"], row["mark"]))
        told = Text(
            f"{note}\n依据：{row['source']}（{mark.zh}）\n自检提醒，以主管部门通知为准。",
            f"{note}\nsource: {row['source']} ({mark.en})\n"
            "A reminder only; the authorities' notices prevail.",
        )
        event.add("description", told.in_language(language))
        event.add("transp", "TRANSPARENT")
        for days in remind_days:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", row[language])
            alarm.add("trigger", dt.timedelta(days=-days))
            # a window reminds of its last day, not of its first
            if row["end"] > row["start"]:
                alarm["TRIGGER"].params["RELATED"] = "END"
            event.add_component(alarm)
        book.add_component(event)
    path.write_bytes(book.to_ical())
