"""Repair on the day: nothing broken, the past untouched, changes minimal by trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.exchange import check_timetable, repair, schedule
from sanfu.exchange.meetings.event import find_faults
from tests.exchange.events import random_event


def disrupted(seed, **sizes):
    """Give a timetable and something that happened to it; None where there is nothing to repair."""
    event = random_event(seed, **sizes)
    if find_faults(event):
        return None
    table = schedule(event)
    if not table.frame.height:
        return None
    rng = np.random.default_rng(seed)
    now = max(1, int(rng.integers(-3, len(table.slots) + 1)))
    happened = {"now": now, "absent": []}
    if rng.random() < 0.4:
        happened["absent"].append(str(rng.choice([one.id for one in event.guests])))
    if rng.random() < 0.3:
        happened["absent"].append(str(rng.choice([one.id for one in event.hosts])))
    if rng.random() < 0.5:
        happened["late"] = {str(rng.choice([one.id for one in event.guests])): "09:50"}
    if rng.random() < 0.7:
        happened["lost_tables"] = [str(rng.choice(table.frame["table"].to_list()))]
    return table, happened


def test_nothing_is_broken_and_the_past_stays_on_400_random_days():
    kinds = set()
    for seed in range(400):
        day = disrupted(seed)
        if day is None:
            continue
        table, happened = day
        mended = repair(table, **happened)

        now = happened["now"]
        frame = mended.timetable.frame
        found = check_timetable(mended.timetable.event, frame)
        assert [one for one in found if one.rule != "must"] == [], seed
        assert frame.filter(pl.col("slot") < now).equals(table.frame.filter(pl.col("slot") < now))
        assert mended.proven
        kinds |= set(mended.changes["kind"])

    assert kinds == {"lost", "cancelled", "moved", "table", "added"}


def fewest_by_trying_everything(table, mended, now, cancel=3):
    """The least sum over all ways to keep, move or cancel each meeting that could be held."""
    event, slots = mended.timetable.event, table.slots
    past = table.frame.filter(pl.col("slot") < now)
    rest = table.frame.filter(pl.col("slot") >= now).to_dicts()

    def rows(chosen):
        held = [
            {
                "date": slots[slot - 1].start.date(),
                "start": f"{slots[slot - 1].start:%H:%M}",
                "end": f"{slots[slot - 1].end:%H:%M}",
                "table": None,
                "host": row["host"],
                "guest": row["guest"],
            }
            for row, slot in zip(rest, chosen, strict=True)
            if slot is not None
        ]
        before = past.select("date", "start", "end", "table", "host", "guest")
        return pl.concat([before, pl.DataFrame(held, schema=before.schema)])

    def fits(chosen):
        return all(v.rule == "must" for v in check_timetable(event, rows(chosen)))

    free = [slot.number + 1 for slot in slots if slot.number + 1 >= now]
    alone = [
        any(fits([s if at == one else None for at in range(len(rest))]) for s in free)
        for one in range(len(rest))
    ]
    best = cancel * sum(alone)
    for chosen in itertools.product([None, *free], repeat=len(rest)):
        cost = sum(
            0 if slot == row["slot"] else 1 if slot is not None else cancel * could
            for row, slot, could in zip(rest, chosen, alone, strict=True)
        )
        if cost < best and fits(chosen):
            best = cost
    return best


def test_changes_are_the_fewest_by_trying_everything():
    costs = []
    for seed in range(400):
        day = disrupted(seed, guests=4, hosts=3, slots=4, wishes=7)
        if day is None or day[0].frame.height > 6:
            continue
        table, happened = day
        mended = repair(table, **happened, fill=False)

        assert mended.cost == fewest_by_trying_everything(table, mended, happened["now"]), seed
        counted = mended.changes["kind"].value_counts()
        kinds = dict(counted.rows())
        assert mended.cost == kinds.get("moved", 0) + 3 * kinds.get("cancelled", 0)
        costs.append(mended.cost)

    assert sum(cost > 0 for cost in costs) >= 15


def test_filling_touches_no_other_meeting():
    for seed in range(150):
        day = disrupted(seed)
        if day is None:
            continue
        table, happened = day
        bare, filled = repair(table, **happened, fill=False), repair(table, **happened)

        key = ["slot", "host", "guest"]
        assert set(bare.timetable.frame.select(key).rows()) <= set(
            filled.timetable.frame.select(key).rows()
        )
        assert filled.timetable.value >= bare.timetable.value


def test_who_is_not_known_is_refused():
    table = next(day[0] for day in map(disrupted, range(20)) if day)

    with pytest.raises(InputError, match="nobody"):
        repair(table, absent=["nobody"])
    with pytest.raises(InputError, match="时段 99"):
        repair(table, now=99)


def test_changes_are_said_in_words():
    table = next(day[0] for day in map(disrupted, range(20)) if day)
    guest = table.frame["guest"][0]

    said = repair(table, absent=[guest]).explain()

    assert "无法进行" in said.zh
    assert "proven" in said.en
