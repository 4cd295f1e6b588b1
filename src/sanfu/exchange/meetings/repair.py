"""Repair a timetable on the day with the fewest changes: no-shows, late comers, a table lost.

A change is a meeting that could still be held and is moved to another slot (1) or cancelled
(`cancel`, 3 by default: one cancelled meeting is as bad as three moved ones). Meetings whose party
is gone are lost, which no plan can change. The sum is minimal, proven; among the plans with that
sum one of most value is taken. Then the places that became free are filled with further wished
pairs at most value, without touching any other meeting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.meetings.columns import maximise
from sanfu.exchange.meetings.event import moment
from sanfu.exchange.meetings.plan import Plan, as_columns, as_plan
from sanfu.exchange.meetings.problem import make_problem
from sanfu.exchange.meetings.program import Program, meetings_program, solve
from sanfu.exchange.meetings.quick import no_plan, open_to
from sanfu.exchange.meetings.timetable import Timetable
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.exchange.meetings.event import Event, Party
    from sanfu.exchange.meetings.problem import Problem
    from sanfu.exchange.meetings.slots import Slot

Kind = Literal["lost", "cancelled", "moved", "table", "added"]
KINDS: dict[Kind, Text] = {
    "lost": Text("无法进行", "cannot be held"),
    "cancelled": Text("取消（排不下）", "cancelled (no room)"),
    "moved": Text("改时间", "moved"),
    "table": Text("换桌", "other table"),
    "added": Text("新增", "added"),
}
_CHANGES = {
    "kind": pl.String, "host": pl.String, "guest": pl.String, "slot_before": pl.Int64,
    "table_before": pl.String, "slot": pl.Int64, "table": pl.String, "about": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """A repaired timetable and what changed.

    Attributes
    ----------
    timetable
        The meetings before `now` as they were, and the repaired rest.
    changes
        A row a change: kind (lost, cancelled, moved, table, added), host, guest, slots (from 1)
        and tables before and now.
    cost, proven
        The sum of changes (moved 1, cancelled `cancel`), and whether it is proven minimal.
    """

    timetable: Timetable
    changes: pl.DataFrame
    cost: int
    proven: bool

    def explain(self) -> Text:
        """Say each change, and to whom it must be told."""
        event = self.timetable.event
        names = {one.id: one.called() for one in (*event.hosts, *event.guests)}
        zh, en = [], []
        for row in self.changes.to_dicts():
            kind = KINDS[row["kind"]]
            pair = f"{names[row['host']]} × {names[row['guest']]}"
            before = self._when(row["slot_before"], row["table_before"])
            now = self._when(row["slot"], row["table"])
            arrow = " → ".join(part for part in (before, now) if part)
            zh.append(f"{kind.zh}：{pair}（{arrow}）")
            en.append(f"{kind.en}: {pair} ({arrow})")
        if not zh:
            return Text("没有变动。", "nothing changes.")
        counted = self.changes.group_by("kind", maintain_order=True).len().to_dicts()
        total_zh = "，".join(f"{KINDS[one['kind']].zh} {one['len']}" for one in counted)
        total_en = ", ".join(f"{KINDS[one['kind']].en}: {one['len']}" for one in counted)
        state = Text("已证明变动最少", "fewest changes, proven")
        if not self.proven:
            state = Text("未证明变动最少", "not proven to be the fewest")
        return Text(
            "\n".join([*zh, f"合计：{total_zh}（{state.zh}）"]),
            "\n".join([*en, f"in all: {total_en} ({state.en})"]),
        )

    def _when(self, slot: int | None, table: str | None) -> str:
        if slot is None:
            return ""
        times = self.timetable.slots[slot - 1]
        return f"{times.start:%m-%d} {times.label()} {table}"


def disrupt(
    event: Event,
    slots: Sequence[Slot],
    *,
    now: int,
    absent: Iterable[str] = (),
    late: Mapping[str, str] | None = None,
    lost_tables: Iterable[str] = (),
) -> Event:
    """Write what happened into the event.

    Parameters
    ----------
    now
        The first slot (from 1) that can still be changed.
    absent
        Hosts and guests who do not come, or left: away from slot `now` on.
    late
        Who comes later → when (“10:30”, or with the date).
    lost_tables
        Tables that cannot be used from slot `now` on.

    Raises
    ------
    InputError
        The event has no such party, table or slot.
    """
    if not 1 <= now <= len(slots):
        raise InputError(
            Text(
                f"时段 {now} 不存在，应为 1 至 {len(slots)}。",
                f"no slot {now}; there are 1 to {len(slots)}.",
            )
        )
    away, gone, late = set(absent), set(lost_tables), dict(late or {})
    parties = {one.id for one in (*event.hosts, *event.guests)}
    unknown = sorted(((away | set(late)) - parties) | (gone - {t.id for t in event.tables}))
    if unknown:
        names = "、".join(unknown)
        raise InputError(
            Text(f"活动里没有“{names}”，请核对编号。", f"the event has no {names}; check the ids.")
        )
    spans = tuple(
        f"{slot.start:%Y-%m-%d} {slot.start:%H:%M}-{slot.end:%H:%M}" for slot in slots[now - 1 :]
    )

    def changed(one: Party) -> Party:
        fresh = one.unavailable
        if one.id in away:
            fresh = (*fresh, *spans)
        if one.id in late:
            when = _moment_of(late[one.id], slots[now - 1])
            pairs = zip(slots[now - 1 :], spans, strict=True)
            fresh = (*fresh, *(span for slot, span in pairs if slot.start < when))
        return one.model_copy(update={"unavailable": fresh})

    return event.model_copy(
        update={
            "hosts": tuple(changed(one) for one in event.hosts),
            "guests": tuple(changed(one) for one in event.guests),
            "tables": tuple(
                table.model_copy(update={"unavailable": (*table.unavailable, *spans)})
                if table.id in gone
                else table
                for table in event.tables
            ),
        }
    )


def _moment_of(words: str, slot: Slot) -> dt.datetime:
    when = moment(words, slot.start.date())
    if when is None:
        raise InputError(
            Text(f"“{words}”不是时刻，应写作 10:30。", f"“{words}” is no time; write 10:30.")
        )
    return when


def repair(
    timetable: Timetable,
    *,
    now: int = 1,
    absent: Iterable[str] = (),
    late: Mapping[str, str] | None = None,
    lost_tables: Iterable[str] = (),
    fill: bool = True,
    cancel: int = 3,
    time_limit: float | None = None,
) -> Repair:
    """Repair a timetable with the fewest changes.

    Parameters
    ----------
    timetable
        As it was told to everyone.
    now, absent, late, lost_tables
        What happened, see `disrupt`.
    fill
        Fill places that are free with further wished pairs.
    cancel
        A cancelled meeting that could be held counts as so many moved ones.

    Raises
    ------
    InputError
        The event has no such party, table or slot.
    """
    event = disrupt(
        timetable.event, timetable.slots, now=now, absent=absent, late=late, lost_tables=lost_tables
    )
    return repair_for(timetable, event, now=now, fill=fill, cancel=cancel, time_limit=time_limit)


def repair_for(
    timetable: Timetable,
    event: Event,
    *,
    now: int = 1,
    fill: bool = True,
    cancel: int = 3,
    time_limit: float | None = None,
) -> Repair:
    """Repair a timetable for an event that was changed in any way; see `repair`.

    The event's days, slots, rooms and its parties' ids must be the same.
    """
    problem, slots = make_problem(event)
    before = {
        (row["host"], row["guest"]): (row["slot"] - 1, row["table"])
        for row in timetable.frame.to_dicts()
    }
    ids = [
        (event.hosts[h].id, event.guests[g].id)
        for h, g in zip(problem.host.tolist(), problem.guest.tolist(), strict=True)
    ]
    old = np.array([before[pair][0] if pair in before else -1 for pair in ids], dtype=np.int64)
    past = np.where(old < now - 1, old, -1)
    at, possible, cost, proven = _fewest_changes(problem, old, past, now - 1, cancel, time_limit)
    if fill:
        at = _fill_places(problem, at, now - 1)
    plan = Plan(at, problem.worth(at >= 0), problem.worth(at >= 0), np.zeros(at.size))
    could = {pair for pair, can in zip(ids, possible.tolist(), strict=True) if can}
    seats = {(slot, *pair): table for pair, (slot, table) in before.items()}
    fresh = Timetable.of_plan(event, problem, slots, plan, seats)
    return Repair(fresh, _changes(timetable, fresh, could), cost, proven)


def _fewest_changes(
    problem: Problem,
    old: NDArray[np.int64],
    past: NDArray[np.int64],
    now: int,
    cancel: int,
    time_limit: float | None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], int, bool]:
    """Give the plan, which of its meetings could still be held, the changes, and the proof."""
    held = (old >= now) & (old >= 0)
    cells = open_to(problem, past) & held[:, None]
    cells[:, :now] = False
    possible = np.asarray(cells.any(axis=1), dtype=bool)
    stays = possible & cells[np.arange(old.size), np.maximum(old, 0)]
    rest = _rest_of_day(problem, past)
    program = meetings_program(rest, cells, must=False)
    n_meetings = program.pair.size
    program = replace(
        program,
        cost=np.where(program.slot == old[program.pair], cancel, cancel - 1).astype(np.float64),
        matrix=program.matrix[:, np.arange(n_meetings)],
    )
    same = program.slot == old[program.pair]
    inside = same | ~stays[program.pair]
    best = maximise(program, inside, time_limit=time_limit)
    cost = cancel * int(possible.sum()) - max(best.value, 0)
    x = best.x
    if cost and best.proven() and best.value < cancel * int(possible.sum()):
        x = _most_value(problem, program, best.value, x)
    at = as_plan(problem, program, x)
    return np.where(past >= 0, past, at), possible, cost, best.proven()


def _rest_of_day(problem: Problem, past: NDArray[np.int64]) -> Problem:
    """Give the problem whose limits are less what was met before; first meetings do not count."""
    met = past >= 0
    held_guest = np.bincount(problem.guest[met], minlength=problem.most_guest.size)
    held_host = np.bincount(problem.host[met], minlength=problem.most_host.size)
    return replace(
        problem,
        most_guest=np.maximum(problem.most_guest - held_guest, 0),
        most_host=np.maximum(problem.most_host - held_host, 0),
        first_points=0,
    )


def _most_value(
    problem: Problem, program: Program, fewest: int, x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Among the plans with the fewest changes, look a moment for one of more value."""
    from scipy.sparse import csc_array, vstack  # noqa: PLC0415 - when a repair needs it

    richer = replace(
        program,
        cost=problem.value[program.pair].astype(np.float64),
        matrix=csc_array(vstack([program.matrix, csc_array(program.cost[None, :])])),
        least=np.append(program.least, float(fewest)),
        most=np.append(program.most, np.inf),
    )
    found = solve(richer, whole=True, start=x, time_limit=2)
    return x if found.value is None else found.x.round()


def _fill_places(problem: Problem, at: NDArray[np.int64], now: int) -> NDArray[np.int64]:
    """Put further pairs into free places, at most value; no meeting of the plan moves."""
    cells = open_to(problem, at)
    cells[:, :now] = False
    if not cells.any():
        return at
    met = at >= 0
    busy_guest = np.zeros_like(problem.free)
    busy_guest[problem.guest[met], at[met]] = True
    taken = np.zeros_like(problem.places)
    np.add.at(taken, (problem.host[met], at[met]), 1)
    rest = _rest_of_day(problem, at)
    has_one = np.bincount(problem.guest[met], minlength=problem.most_guest.size) > 0
    rest = replace(
        rest,
        free=problem.free & ~busy_guest,
        places=np.maximum(problem.places - taken, 0),
        first_points=problem.first_points,
        pools=tuple(
            replace(
                pool,
                places=pool.places - np.bincount(at[met & pool.uses], minlength=problem.n_slots),
            )
            for pool in problem.pools
        ),
    )
    program = meetings_program(rest, cells, must=False)
    cost = program.cost.copy()
    if rest.first_points:
        cost[program.pair.size + np.flatnonzero(has_one)] = 0
    program = replace(program, cost=cost)
    best = maximise(
        program,
        np.ones(cost.size, dtype=bool),
        start=as_columns(rest, program, no_plan(problem)),
        time_limit=5,
    )
    added = as_plan(problem, program, best.x)
    return np.where(added >= 0, added, at)


def _changes(before: Timetable, after: Timetable, could: set[tuple[str, str]]) -> pl.DataFrame:
    """List what differs; `could` are the pairs that could still be held."""
    old = {(r["host"], r["guest"]): r for r in before.frame.to_dicts()}
    new = {(r["host"], r["guest"]): r for r in after.frame.to_dicts()}
    rows = []
    for pair in sorted({*old, *new}, key=lambda p: (new.get(p) or old[p])["slot"]):
        was, now_is = old.get(pair), new.get(pair)
        if was and now_is and (was["slot"], was["table"]) == (now_is["slot"], now_is["table"]):
            continue
        kind: Kind = "added"
        if was and now_is:
            kind = "moved" if was["slot"] != now_is["slot"] else "table"
        elif was:
            kind = "cancelled" if pair in could else "lost"
        rows.append(
            {
                "kind": kind,
                "host": pair[0],
                "guest": pair[1],
                "slot_before": was["slot"] if was else None,
                "table_before": was["table"] if was else None,
                "slot": now_is["slot"] if now_is else None,
                "table": now_is["table"] if now_is else None,
                "about": (now_is or was or {})["about"],
            }
        )
    return pl.DataFrame(rows, schema=_CHANGES, orient="row")
