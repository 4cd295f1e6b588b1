"""A timetable: who meets whom, when and at which table; its value, its bound, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.meetings.allocate import price_of_fairness
from sanfu.exchange.meetings.event import Event, find_faults, read_event
from sanfu.exchange.meetings.plan import Plan, Progress, find_plan, gap_of
from sanfu.exchange.meetings.problem import formula_of, make_problem, pair_value
from sanfu.exchange.meetings.seats import seat
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sanfu.exchange.meetings.event import Guest, Host
    from sanfu.exchange.meetings.problem import Problem
    from sanfu.exchange.meetings.seats import Meeting
    from sanfu.exchange.meetings.slots import Slot

SCHEMA: dict[str, type[pl.DataType]] = {
    "slot": pl.Int64,
    "date": pl.Date,
    "start": pl.String,
    "end": pl.String,
    "room": pl.String,
    "table": pl.String,
    "host": pl.String,
    "guest": pl.String,
    "value": pl.Int64,
    "must": pl.Boolean,
    "about": pl.String,
}


class BadEvent(InputError):
    """An event's parts contradict each other."""


def schedule(
    event: Event | Path | str,
    *,
    time_limit: float | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Timetable:
    """Make the best timetable of an event, with its proof.

    Parameters
    ----------
    event
        An event, or the path of one in YAML or Excel.
    time_limit
        Seconds after which the best timetable so far is given, with its gap; none by default.
    report
        Called at every stage with the value, the bound and the gap. Ctrl-C keeps the best.

    Returns
    -------
    Timetable
        ``.frame`` has a row a meeting; ``.value .bound .proven .gap`` are in points.

    Raises
    ------
    DeclarationFaults, BadEvent
        The event cannot be read, or its parts contradict each other.

    References
    ----------
    docs/explanation/meetings.md: how the optimum is proven.
    """
    held = event if isinstance(event, Event) else read_event(event)
    faults = find_faults(held)
    if faults:
        said = [text for _, text in faults]
        raise BadEvent(Text("；".join(t.zh for t in said), "; ".join(t.en for t in said)))
    problem, slots = make_problem(held)
    plan = find_plan(problem, time_limit=time_limit, report=report)
    return Timetable.of_plan(held, problem, slots, plan)


class Timetable:
    """Meetings with their slots and tables.

    Attributes
    ----------
    event, slots
        What it was made for, and the event's slots.
    frame
        A row a meeting: slot (from 1), date, start, end, room, table, host, guest (ids), value
        (points), must, about.
    value, bound
        Points of the meetings and of the first meetings, and what no timetable can exceed.
    unmet
        The must-meet pairs (host, guest) that do not fit; empty as a rule.
    """

    def __init__(
        self,
        event: Event,
        frame: pl.DataFrame,
        *,
        slots: list[Slot],
        value: int,
        bound: int,
        losses: Mapping[tuple[str, str], float],
        unmet: tuple[tuple[str, str], ...] = (),
        stages: tuple[Progress, ...] = (),
        stopped: bool = False,
    ) -> None:
        self.event = event
        self.frame = frame
        self.slots = slots
        self.value = value
        self.bound = bound
        self.unmet = unmet
        self.stages = stages
        self.stopped = stopped
        self.losses = losses

    @classmethod
    def of_plan(
        cls,
        event: Event,
        problem: Problem,
        slots: list[Slot],
        plan: Plan,
        before: Mapping[Meeting, str] | None = None,
    ) -> Timetable:
        """Put names and tables to a plan."""

        def pair(at: int) -> tuple[str, str]:
            return event.hosts[problem.host[at]].id, event.guests[problem.guest[at]].id

        meetings = [(int(plan.at[at]), *pair(at)) for at in np.flatnonzero(plan.at >= 0).tolist()]
        planned = {(host, guest) for _, host, guest in meetings}
        tables = seat(event, slots, meetings, before)
        values = {pair(at): int(value) for at, value in enumerate(problem.value.tolist())}
        return cls(
            event,
            frame_of(event, slots, tables, values),
            slots=slots,
            value=plan.value,
            bound=plan.bound,
            losses={pair(at): float(loss) for at, loss in enumerate(plan.losses.tolist())},
            unmet=tuple(
                (wish.host, wish.guest)
                for wish in event.wishes
                if wish.must and (wish.host, wish.guest) not in planned
            ),
            stages=plan.stages,
            stopped=plan.stopped,
        )

    def __repr__(self) -> str:
        """Give the sizes and the proof."""
        state = "proven" if self.proven else f"gap {self.gap:.2%}"
        return f"Timetable({self.frame.height} meetings, value {self.value}, {state})"

    @property
    def proven(self) -> bool:
        """Tell whether no timetable can be better."""
        return self.value >= self.bound

    @property
    def gap(self) -> float:
        """Give the part of the bound that could still be gained."""
        return gap_of(self.value, self.bound)

    @property
    def fairness(self) -> pl.DataFrame:
        """Show what it costs that more guests get a meeting, see `price_of_fairness`."""
        return price_of_fairness(make_problem(self.event)[0])

    @property
    def trace(self) -> pl.DataFrame:
        """Give a row a wish: what its value was made from, whether it meets, and what it costs.

        Columns: host, guest, host_points, guest_points, formula, value (null where the pair may
        not meet), slot (from 1, null where it does not meet), loss (points that arranging it
        would cost at least; null where the pair may not meet).
        """
        rules, guests = self.event.rules, {one.id: one for one in self.event.guests}
        at = {(r["host"], r["guest"]): r["slot"] for r in self.frame.to_dicts()}
        rows = [
            {
                "host": wish.host,
                "guest": wish.guest,
                "host_points": wish.host_points,
                "guest_points": wish.guest_points,
                "formula": formula_of(wish, guests[wish.guest], rules),
                "value": pair_value(wish, guests[wish.guest], rules)
                if (wish.host, wish.guest) in self.losses
                else None,
                "slot": at.get((wish.host, wish.guest)),
                "loss": self.losses.get((wish.host, wish.guest)),
            }
            for wish in self.event.wishes
        ]
        schema = {
            "host": pl.String, "guest": pl.String, "host_points": pl.Int64,
            "guest_points": pl.Int64, "formula": pl.String, "value": pl.Int64,
            "slot": pl.Int64, "loss": pl.Float64,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema)

    @property
    def left_out(self) -> pl.DataFrame:
        """Give the guests with wishes and without a meeting: guest, name, wishes, why."""
        met = set(self.frame["guest"])
        wanted: dict[str, list[str]] = {}
        for wish in self.event.wishes:
            if not wish.never:
                wanted.setdefault(wish.guest, []).append(wish.host)
        rows = [
            {
                "guest": guest.id,
                "name": guest.called(),
                "wishes": len(wanted.get(guest.id, ())),
                "why": str(self._why_none(guest, wanted.get(guest.id, []))),
            }
            for guest in self.event.guests
            if guest.id not in met
        ]
        schema = {"guest": pl.String, "name": pl.String, "wishes": pl.Int64, "why": pl.String}
        return pl.DataFrame(rows, schema=schema)

    def _why_none(self, guest: Guest, hosts: list[str]) -> Text:
        if guest.absent:
            return Text("不来", "does not come")
        if not hosts:
            return Text("没有意愿", "no wishes")
        whys = [self._why_not(host, guest.id) for host in hosts]
        distinct = {why.zh: why for why in whys}
        if len(distinct) == 1:
            return whys[0]
        return Text("各桌都有更高的安排", "every host it wants has meetings that earn more")

    def explain(self, one: str, other: str | None = None) -> Text:
        """Say a party's meetings, or why a pair meets when it does, or why it does not.

        Parameters
        ----------
        one, other
            A host's or a guest's id; with two, the pair.

        Raises
        ------
        InputError
            There is no such party.
        """
        hosts = {host.id: host for host in self.event.hosts}
        guests = {guest.id: guest for guest in self.event.guests}
        for name in (one, other):
            if name is not None and name not in hosts and name not in guests:
                raise InputError(
                    Text(f"活动里没有“{name}”。", f"there is no party “{name}” in the event.")
                )
        if other is None:
            return self._say_party(hosts.get(one) or guests[one])
        host, guest = (one, other) if one in hosts else (other, one)
        if host not in hosts or guest not in guests:
            raise InputError(
                Text("请给出一个主办桌和一家来宾。", "give one host and one guest, please.")
            )
        row = self.frame.filter((pl.col("host") == host) & (pl.col("guest") == guest))
        names = f"{hosts[host].called()} × {guests[guest].called()}"
        if row.height:
            found = row.row(0, named=True)
            when = f"{found['date']} {found['start']}–{found['end']}"
            must = Text("（必见）", " (must meet)") if found["must"] else Text("", "")
            return Text(
                f"{names}：{when}，桌 {found['table']}，{found['value']} 分{must.zh}",
                f"{names}: {when}, table {found['table']}, {found['value']} points{must.en}",
            )
        why = self._why_not(host, guest)
        return Text(f"{names}：未安排。{why.zh}。", f"{names}: no meeting. {why.en}.")

    def _why_not(self, host: str, guest: str) -> Text:
        wish = next((w for w in self.event.wishes if (w.host, w.guest) == (host, guest)), None)
        if wish is None:
            return Text("双方都没有提出", "neither side asked for it")
        if wish.never:
            return Text("已写明不见", "it was declared never to meet")
        if (host, guest) in self.unmet:
            return Text(
                "必见，但与其他必见冲突", "must meet, but other must-meet pairs stand against"
            )
        if (host, guest) not in self.losses:
            if self.event.rules.mutual == "required" and 0 in (wish.host_points, wish.guest_points):
                return Text("只有一方有意", "only one side wants it")
            return Text("没有共同语言，也没有译员", "no common language and no interpreter")
        if not self._common_slots(host, guest):
            return Text("没有双方都有空的时段", "there is no slot in which both are free")
        loss = self.losses[host, guest]
        if loss >= 1:
            return Text(
                f"若安排，总分至少少 {loss:.0f} 分（名额要让给分更高的）",
                f"arranging it would cost at least {loss:.0f} points elsewhere",
            )
        return Text(
            "名额与时段已被同样或更高的安排占用", "places and slots went to equal or better pairs"
        )

    def _common_slots(self, host: str, guest: str) -> int:
        from sanfu.exchange.meetings.slots import is_free  # noqa: PLC0415 - for explanations only

        parties: list[Host | Guest] = [h for h in self.event.hosts if h.id == host]
        parties += [g for g in self.event.guests if g.id == guest]
        return sum(all(is_free(one, slot) for one in parties) for slot in self.slots)

    def _say_party(self, party: Host | Guest) -> Text:
        column = "host" if any(h.id == party.id for h in self.event.hosts) else "guest"
        other = "guest" if column == "host" else "host"
        names = {one.id: one.called() for one in (*self.event.hosts, *self.event.guests)}
        own = self.frame.filter(pl.col(column) == party.id)
        lines = [
            f"{row['date']} {row['start']}–{row['end']}  {row['table']}  {names[row[other]]}"
            for row in own.to_dicts()
        ]
        head = Text(
            f"{party.called()}：{own.height} 场", f"{party.called()}: {own.height} meetings"
        )
        return Text("\n".join([head.zh, *lines]), "\n".join([head.en, *lines]))

    def summary(self) -> Text:
        """Say how good the timetable is, in one line."""
        met = self.frame["guest"].n_unique()
        zh = (
            f"{self.frame.height} 场，{met}/{len(self.event.guests)} 家来宾有安排，"
            f"{self.value:,} 分，"
        )
        en = (
            f"{self.frame.height} meetings, {met} of {len(self.event.guests)} guests have one, "
            f"{self.value:,} points, "
        )
        if self.proven:
            return Text(zh + "已证明最优", en + "proven best")
        return Text(
            zh + f"上界 {self.bound:,}，差距不超过 {self.gap:.2%}",
            en + f"bound {self.bound:,}, at most {self.gap:.2%} short",
        )

    def to_excel(self, path: Path | str) -> None:
        """Write the timetable, the grid, each host's and guest's list as a workbook."""
        from sanfu.exchange.meetings.sheets import write_timetable  # noqa: PLC0415 - when written

        write_timetable(self, path)


def frame_of(
    event: Event,
    slots: list[Slot],
    tables: Mapping[Meeting, str],
    values: Mapping[tuple[str, str], int],
) -> pl.DataFrame:
    """Give meetings with their tables as a frame, in the order of time and table."""
    wishes = {(wish.host, wish.guest): wish for wish in event.wishes}
    room = {table.id: table.room for table in event.tables}
    rows = [
        {
            "slot": slot + 1,
            "date": slots[slot].start.date(),
            "start": f"{slots[slot].start:%H:%M}",
            "end": f"{slots[slot].end:%H:%M}",
            "room": room[table],
            "table": table,
            "host": host,
            "guest": guest,
            "value": values.get((host, guest), 0),
            "must": wishes[host, guest].must,
            "about": wishes[host, guest].about,
        }
        for (slot, host, guest), table in tables.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("slot", "table")
