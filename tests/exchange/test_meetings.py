"""Timetables: every constraint by an independent checker, the optimum by brute force, the bound."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
import xlsxwriter

from sanfu.errors import DeclarationFaults
from sanfu.exchange import allocate, check_timetable, read_event, schedule
from sanfu.exchange.meetings.event import Event, find_faults
from sanfu.exchange.meetings.event_files import write_event
from sanfu.exchange.meetings.plan import find_plan
from sanfu.exchange.meetings.problem import Problem, make_problem, pair_value
from sanfu.exchange.meetings.slots import slots_of
from sanfu.exchange.meetings.timetable import BadEvent
from sanfu.language import use_language
from tests.exchange.events import random_event

ROW = {
    "date": pl.Date, "start": pl.String, "end": pl.String, "table": pl.String,
    "host": pl.String, "guest": pl.String,
}  # fmt: skip


def random_events(seeds, **sizes):
    found = (random_event(seed, **sizes) for seed in seeds)
    return [event for event in found if not find_faults(event)]


def broken(event, table):
    """Violations, but for must-meet pairs that the timetable itself says do not fit."""
    found = check_timetable(event, table.frame)
    return [one for one in found if one.rule != "must"] + [
        one for one in found if one.rule == "must" and not table.unmet
    ]


def brute_force(event):
    """Try every slot for every wish; the most must-meet pairs first, then the most points."""
    slots, guests = slots_of(event), {one.id: one for one in event.guests}
    wishes = [w for w in event.wishes if pair_value(w, guests[w.guest], event.rules) is not None]
    values = [pair_value(w, guests[w.guest], event.rules) for w in wishes]
    best = (0, 0)
    for chosen in itertools.product([None, *slots], repeat=len(wishes)):
        held = [
            (wish, slot, value)
            for wish, slot, value in zip(wishes, chosen, values, strict=True)
            if slot is not None
        ]
        worth = sum(value for *_, value in held)
        worth += event.rules.first_meeting_points * len({wish.guest for wish, *_ in held})
        score = (sum(wish.must for wish, *_ in held), worth)
        if score <= best:
            continue
        rows = [
            {
                "date": slot.start.date(),
                "start": f"{slot.start:%H:%M}",
                "end": f"{slot.end:%H:%M}",
                "table": None,
                "host": wish.host,
                "guest": wish.guest,
            }
            for wish, slot, _ in held
        ]
        if all(v.rule == "must" for v in check_timetable(event, pl.DataFrame(rows, schema=ROW))):
            best = score
    return best


def test_no_constraint_is_broken_and_no_value_exceeds_its_bound_on_1000_random_events():
    meetings = kinds = 0
    for event in random_events(range(1000)):
        table = schedule(event)

        assert broken(event, table) == [], event.event
        assert table.value <= table.bound
        assert table.proven
        meetings += table.frame.height
        kinds += bool(event.walks) + bool(event.breaks) + event.rules.interpreters

    assert meetings > 2000
    assert kinds > 300


def test_the_value_is_that_of_trying_everything():
    for event in random_events(range(120), guests=4, hosts=3, slots=3, wishes=5):
        table = schedule(event)

        assert (table.frame["must"].sum(), table.value) == brute_force(event), event.event


def test_with_everyone_free_the_flow_is_reached_exactly():
    for event in random_events(range(40), plain=True, guests=30, hosts=6, slots=6, wishes=120):
        problem, _ = make_problem(event)
        table = schedule(event)

        assert table.value == allocate(event).value
        assert broken(event, table) == []
        assert [one.stage for one in table.stages] == ["colouring"], problem.too_far


def test_the_checker_finds_what_is_broken():
    event = next(e for e in random_events(range(50)) if schedule(e).frame.height > 3)
    frame = schedule(event).frame

    twice = pl.concat([frame, frame[:1]])
    unknown = frame.with_columns(guest=pl.lit("nobody"))
    at_night = frame.with_columns(start=pl.lit("03:00"), end=pl.lit("03:20"))

    assert {"twice", "overlap", "table"} <= {v.rule for v in check_timetable(event, twice)}
    assert "name" in {v.rule for v in check_timetable(event, unknown)}
    assert "time" in {v.rule for v in check_timetable(event, at_night)}


def random_problem(guests, hosts, *, wanted=10, slots=12, seed=0, first=0, free=0.5):
    rng = np.random.default_rng(seed)
    guest = np.repeat(np.arange(guests), wanted)
    host = np.concatenate([rng.choice(hosts, wanted, replace=False) for _ in range(guests)])
    value = rng.integers(1, 501, guest.size) + rng.integers(1, 501, guest.size)
    places = (rng.random((hosts, slots)) < 0.7) * rng.integers(1, 3, hosts)[:, None]
    return Problem(
        guest=guest,
        host=host,
        value=value,
        must=np.zeros(guest.size, dtype=bool),
        free=rng.random((guests, slots)) < free,
        places=places.astype(np.int64),
        most_guest=np.full(guests, 5),
        most_host=np.full(hosts, 10**6),
        first_points=first,
        room=np.zeros(hosts, dtype=np.int64),
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_hall_of_150_by_30_is_proven(seed):
    problem = random_problem(150, 30, seed=seed, first=300 * (seed % 2))

    plan = find_plan(problem)

    met = plan.at >= 0
    cells = list(zip(problem.guest[met].tolist(), plan.at[met].tolist(), strict=True))
    assert plan.value == plan.bound == problem.worth(met)
    assert len(cells) == len(set(cells))
    assert problem.open_cells()[np.flatnonzero(met), plan.at[met]].all()


def test_a_stopped_search_keeps_its_best_plan_and_a_bound_that_holds():
    problem = random_problem(150, 30)

    def stop(progress):
        if progress.stage == "slots":
            raise KeyboardInterrupt

    plan = find_plan(problem, report=stop)

    best = find_plan(problem).value
    assert plan.stopped
    assert 0.95 * best < plan.value <= best <= plan.bound


def test_a_time_limit_gives_a_plan_with_its_gap():
    plan = find_plan(random_problem(150, 30), time_limit=0.0)

    assert 0 < plan.value <= plan.bound


def test_a_first_meeting_is_worth_its_weight():
    unfair = random_problem(60, 4, wanted=3, first=0)

    fair = find_plan(replace(unfair, first_points=10_000))

    met = lambda plan: np.unique(unfair.guest[plan.at >= 0]).size  # noqa: E731 - said once
    assert met(fair) > met(find_plan(unfair))


EVENT = """\
event: day
name: {zh: 对接会, en: meetings}
days: [{date: 2026-06-10, start: "09:00", end: "10:15"}]
rooms: [{id: A}]
tables: [{id: A1, room: A}]
hosts: [{id: h, name: 甲}]
guests: [{id: g1}, {id: g2, arrives: "09:50"}, {id: g3, absent: true}, {id: g4}]
wishes:
  - {host: h, guest: g1, host_points: 90, guest_points: 90}
  - {host: h, guest: g2, host_points: 10, guest_points: 10, must: true}
  - {host: h, guest: g3}
  - {host: h, guest: g4, never: true}
"""


def test_an_event_is_read_and_every_answer_explained(tmp_path):
    path = tmp_path / "event.yaml"
    path.write_text(EVENT, encoding="utf-8")

    table = schedule(path)

    assert table.frame.select("slot", "guest", "table").rows() == [(1, "g1", "A1"), (3, "g2", "A1")]
    assert "09:00–09:20，桌 A1，110 分" in table.explain("h", "g1").zh
    assert "必见" in table.explain("g2", "h").zh
    assert "never" in table.explain("h", "g4").en
    assert "没有双方都有空" in table.explain("h", "g3").zh
    assert table.explain("h").zh.startswith("甲：2 场")
    assert table.left_out["guest"].to_list() == ["g3", "g4"]
    assert "已证明最优" in table.summary().zh


def test_all_faults_are_said_with_their_lines(tmp_path):
    path = tmp_path / "event.yaml"
    wrong = EVENT.replace("guest: g1,", "guest: g9,").replace('"09:50"', '"9.50"')
    path.write_text(wrong, encoding="utf-8")

    with pytest.raises(DeclarationFaults) as refused:
        read_event(path)

    assert {fault.line for fault in refused.value.faults} == {7, 9}
    assert "g9" in str(refused.value)
    assert "10:30" in str(refused.value)


def test_an_event_that_contradicts_itself_is_refused():
    held = Event.model_validate(
        {
            "event": "x",
            "name": {"zh": "x", "en": "x"},
            "days": [{"date": "2026-06-10", "start": "10:00", "end": "09:00"}],
            "rooms": [{"id": "A"}],
            "hosts": [{"id": "h"}],
        }
    )

    with pytest.raises(BadEvent, match="晚于"):
        schedule(held)


def test_a_must_that_cannot_be_is_said():
    event = read_from(EVENT.replace('arrives: "09:50"', "absent: true"))

    table = schedule(event)

    assert table.unmet == (("h", "g2"),)
    assert table.proven


def read_from(text):
    from ruamel.yaml import YAML

    from sanfu.content import plain, validate_declaration

    return validate_declaration(plain(YAML(typ="rt").load(text)), Event, "event.yaml")


def test_the_price_of_fairness_falls_as_weights_rise():
    event = random_events([4], guests=40, hosts=3, slots=4, wishes=100)[0]

    frame = schedule(event).fairness

    assert frame["guests"].is_sorted()
    assert frame["value"].is_sorted(descending=True)
    assert frame["loss"][0] == 0


def test_a_break_starts_the_row_anew():
    event = read_from(EVENT.replace("rooms:", 'breaks: [{start: "09:10", end: "09:30"}]\nrooms:'))

    assert [slot.label() for slot in slots_of(event)] == ["09:30–09:50", "09:55–10:15"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_event_in_excel_comes_back_as_it_was(tmp_path, language):
    use_language(language)
    for event in random_events(range(25)):
        path = tmp_path / f"{event.event}.xlsx"

        write_event(event, path)

        assert read_event(path) == event


def test_a_fault_in_excel_names_sheet_row_and_column(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "活动.xlsx"))
    sheets = {
        "活动": ["活动编号|x", "活动名称|对接会"],
        "日程": ["日期|开始|结束", "2026-06-10|9:00|10：00"],
        "场地": ["编号|名称", "A|一号厅"],
        "桌位": ["编号|场地", "A1|A"],
        "主办桌": ["编号|名称|同时几场", "h|甲|两场"],
        "来宾": ["编号|名称|到达", "g|乙|"],
    }
    for name, lines in sheets.items():
        page = book.add_worksheet(name)
        for number, line in enumerate(lines):
            page.write_row(number, 0, line.split("|"))
    book.close()

    with pytest.raises(DeclarationFaults) as refused:
        read_event(tmp_path / "活动.xlsx")

    assert "表“主办桌”第 2 行“C 同时几场”" in str(refused.value)
    assert "两场" in str(refused.value)


def test_the_workbook_of_a_timetable_holds_every_meeting(tmp_path):
    event = next(e for e in random_events(range(50)) if schedule(e).frame.height > 3)
    table = schedule(event)

    table.to_excel(tmp_path / "日程.xlsx")

    sheets = pl.read_excel(tmp_path / "日程.xlsx", sheet_id=0, engine="calamine", has_header=False)
    listed = "\n".join(str(row) for row in sheets["日程"].rows())
    assert all(
        guest in listed and table_ in listed
        for guest, table_ in table.frame.select("guest", "table").rows()
    )
    assert "已证明最优" in listed


def test_the_trace_shows_how_each_value_was_made():
    for event in random_events(range(60)):
        table = schedule(event)
        met = {(r["host"], r["guest"]): r for r in table.frame.to_dicts()}

        assert table.trace.height == len(event.wishes)
        for row in table.trace.to_dicts():
            pair = row["host"], row["guest"]
            assert row["slot"] == (met[pair]["slot"] if pair in met else None)
            if row["value"] is not None:
                exact = Fraction(*_evaluate(row["formula"]))
                assert row["value"] == _half_up(exact, row["formula"])
            if pair in met:
                assert met[pair]["value"] == row["value"]


def _evaluate(formula):
    head = formula.split(" × ")[0]
    mine, theirs, more = re.fullmatch(
        r"\(?\((\d+×\d+) \+ (\d+×\d+)\)/100(?: \+ (\d+)\))?", head
    ).groups()
    both = sum(int(a) * int(b) for a, b in (mine.split("×"), theirs.split("×")))
    return both + 100 * int(more or 0), 100


def _half_up(exact, formula):
    times = 1
    for one in formula.split(" × ")[1:]:
        times *= int(one)
    return int(exact + Fraction(1, 2)) * times
