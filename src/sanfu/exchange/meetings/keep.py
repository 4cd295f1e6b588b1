"""Keep a timetable as it was told to everyone, so that the day's repairs start from it."""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import ValidationError

from sanfu.errors import FileFault, InputError
from sanfu.exchange.meetings.event import Event, moment
from sanfu.exchange.meetings.slots import slots_of
from sanfu.exchange.meetings.timetable import SCHEMA, Timetable
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMAT = "sanfu/timetable/1"


def save_timetable(table: Timetable, path: Path | str) -> None:
    """Write a timetable with its event; readable by the owner of the file only."""
    path = Path(path)
    held: dict[str, Any] = {
        "format": _FORMAT,
        "event": table.event.model_dump(mode="json", exclude_defaults=True),
        "value": table.value,
        "bound": table.bound,
        "unmet": [list(pair) for pair in table.unmet],
        "losses": [[host, guest, loss] for (host, guest), loss in table.losses.items()],
        "meetings": table.frame.with_columns(pl.col("date").cast(pl.String)).to_dicts(),
    }
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - the mode is given on opening
        json.dump(held, file, ensure_ascii=False, indent=1)
    fresh.replace(path)


def load_timetable(path: Path | str) -> Timetable:
    """Read a kept timetable.

    Raises
    ------
    FileFault
        The file is missing, damaged or of another format.
    """
    path = Path(path)
    try:
        held = {"format": "", **json.loads(path.read_text(encoding="utf-8"))}
        if held["format"] != _FORMAT:
            raise _damaged(path)
        event = Event.model_validate(held["event"])
        frame = pl.DataFrame(
            held["meetings"], schema={**SCHEMA, "date": pl.String}, orient="row"
        ).with_columns(pl.col("date").str.to_date())
        return Timetable(
            event,
            frame,
            slots=slots_of(event),
            value=held["value"],
            bound=held["bound"],
            losses={(host, guest): loss for host, guest, loss in held["losses"]},
            unmet=tuple((host, guest) for host, guest in held["unmet"]),
        )
    except FileNotFoundError:
        raise FileFault(path, Text("文件不存在。", "no such file.")) from None
    except (ValueError, KeyError, TypeError, ValidationError, pl.exceptions.PolarsError):
        raise _damaged(path) from None


def _damaged(path: Path) -> FileFault:
    return FileFault(
        path,
        Text(
            "文件已损坏，或不是由 sanfu exchange schedule 写出的日程（timetable.json）。",
            "is damaged, or no timetable (timetable.json) of `sanfu exchange schedule`.",
        ),
    )


def find_party(event: Event, words: str) -> str:
    """Find the id of a host or guest from its id, its name or a part that only it has.

    Raises
    ------
    InputError
        No one, or more than one, is called so.
    """
    return _find(words, [(one.id, one.called()) for one in (*event.hosts, *event.guests)])


def find_table(event: Event, words: str) -> str:
    """Find the id of a table.

    Raises
    ------
    InputError
        There is no such table.
    """
    return _find(words, [(table.id, table.id) for table in event.tables])


def find_slot(table: Timetable, words: str) -> int:
    """Find the number (from 1) of the first slot at or after a time such as “10:30”.

    A number stands for itself; a time without a date is of the first day.

    Raises
    ------
    InputError
        It is neither, or no slot begins so late.
    """
    if words.isdecimal():
        return int(words)
    when = moment(words, table.slots[0].start.date())
    later = [slot.number + 1 for slot in table.slots if when is not None and slot.start >= when]
    if not later:
        raise InputError(
            Text(
                f"“{words}”应是场次号，或活动时间内的时刻如 10:30。",
                f"“{words}” should be a slot's number or a time such as 10:30.",
            )
        )
    return later[0]


def _find(words: str, named: Iterable[tuple[str, str]]) -> str:
    held = list(named)
    for test in (
        lambda one: one[0] == words,
        lambda one: one[1] == words,
        lambda one: words in one[1],
    ):
        found = [one for one in held if test(one)]
        if len(found) == 1:
            return found[0][0]
        if found:
            names = "、".join(f"{name}（{key}）" for key, name in found[:6])
            raise InputError(
                Text(
                    f"“{words}”有 {len(found)} 个：{names}；请写编号。",
                    f"“{words}” may be {len(found)}: {names}; write the id.",
                )
            )
    near = _near(words, held)
    raise InputError(
        Text(
            f"活动里没有“{words}”；相近的有：{'、'.join(near)}。",
            f"the event has no “{words}”; near are {', '.join(near)}.",
        )
    )


def _near(words: str, held: Sequence[tuple[str, str]]) -> list[str]:
    """Name the ids and names written most like it, each as it would be found."""
    said = {spelling.lower(): spelling for pair in held for spelling in pair}
    found = get_close_matches(words.lower(), said, n=4, cutoff=0.3) or sorted(said)[:4]
    return [said[one] for one in found]
