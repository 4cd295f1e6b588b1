"""The follow-up form: written with every meeting, filled in by officers, read into the book."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.access import owner_of
from sanfu.exchange.follow.stages import Entry
from sanfu.exchange.read import Findings, read_records
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.exchange.follow.book import FollowBook
    from sanfu.exchange.matching.result import Matches

_EMPTY = (
    "stage", "on", "owner", "next_step", "due", "evidence", "amount", "reason", "note",
)  # fmt: skip


class Recorded(NamedTuple):
    """What became of a filled form."""

    added: int
    known: int
    """Rows that said nothing new."""
    problems: pl.DataFrame


def write_follow_form(
    path: Path | str,
    rows: Sequence[dict[str, object]],
    book: FollowBook,
    *,
    synthetic: bool = False,
) -> None:
    """Write a form with a row a need and party; what is not given is left to be filled in.

    Parameters
    ----------
    rows
        ``need``, ``title``, ``party``, ``party_name`` and any field of the form.
    """
    fields = {field.name: field for field in book.rules.fields}
    order = ["need", "title", "party", "party_name", *_EMPTY]
    frame = pl.DataFrame(
        [{name: _shown(row.get(name)) for name in order} for row in rows],
        schema=dict.fromkeys(order, pl.String),
    )
    widths = {"title": 36, "party_name": 30, "next_step": 30, "evidence": 24, "reason": 24}
    stages = "、".join(rule.zh for rule in book.rules.stages)
    meanings = {"stage": Text(stages, ", ".join(rule.en for rule in book.rules.stages))}
    columns = [
        Column(
            name,
            Text(fields[name].zh, fields[name].en),
            width=widths.get(name, 14),
            meaning=meanings.get(name, Text("", "")),
        )
        for name in order
    ]
    notes = ["合成数据 / synthetic"] if synthetic else []
    write_workbook(path, [Sheet(str(Text("跟进记录", "follow-up")), frame, columns, notes)])


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def meeting_rows(matches: Matches, pairs: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """Give the form's rows for the pairs (host, guest) that met: one a need they could speak of."""
    met = set(pairs)
    needs = {need.id: need for need in matches.needs}
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for hit in matches.hits:
        need, party = needs[hit.need], hit.party or hit.offer
        if (owner_of(need), party) in met:
            rows.setdefault(
                (need.id, party),
                {"need": need.id, "title": need.title, "party": party, "party_name": hit.name},
            )
    return [rows[key] for key in sorted(rows)]


def record_form(path: Path | str, book: FollowBook, *, by: str = "", on: dt.date) -> Recorded:
    """Read a filled form into the book; each row stands for itself.

    Rows without a stage are passed over. A row that cannot be recorded is a finding with its
    place and remedy; the others are recorded all the same. Reading a form twice adds nothing.

    Raises
    ------
    FileFault
        The file cannot be read, or holds no such table.
    """
    findings = Findings()
    added = known = 0
    for line, values in read_records(path, book.rules.fields, findings):
        if not values.get("stage"):
            continue
        cell = line.cells["stage"]
        stage = book.rules.read_stage(values["stage"])
        if stage is None:
            names = "、".join(rule.zh for rule in book.rules.stages)
            findings.say(
                "stage",
                cell,
                Text(f"没有“{cell.raw}”这个阶段。", f"there is no stage “{cell.raw}”."),
                Text(f"可写：{names}。", f"write one of: {names}."),
            )
            continue
        given = {key: value for key, value in values.items() if key not in ("title", "stage")}
        given.setdefault("on", on)
        try:
            fresh = book.record(Entry(**given, stage=stage, by=by))
        except InputError as error:
            findings.say(
                "refused", cell, error.text, Text("改好后重新导入。", "mend it and import again.")
            )
            continue
        added += fresh
        known += not fresh
    return Recorded(added, known, findings.frame())
