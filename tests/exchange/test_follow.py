"""Follow-up: stages and their rules, a history that only grows, the funnel, who sees what."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sanfu.errors import FileFault, InputError
from sanfu.exchange import (
    ANYONE,
    Entry,
    FollowBook,
    Need,
    Viewer,
    build_funnel,
    follow_rules,
    match,
    record_form,
    sample_event,
)
from sanfu.exchange.follow.form import meeting_rows, write_follow_form
from sanfu.exchange.follow.stages import STEPS
from sanfu.language import use_language

DAY = dt.date(2026, 6, 10)


def day(number):
    return DAY + dt.timedelta(days=number)


def entry(stage, number=0, party="G1", need="N1", **more):
    return Entry(need=need, party=party, stage=stage, on=day(number), **more)


@pytest.fixture
def book(tmp_path):
    made = FollowBook(tmp_path / "follow.sqlite")
    needs = [
        Need(id="N1", title="甲题", district="杨浦区", owner="张", event="六月", firm="F1"),
        Need(id="N2", title="乙题", district="闵行区", owner="李", event="六月", firm="F2"),
        Need(id="N3", title="丙题", district="杨浦区", owner="张", event="七月", firm="F1"),
    ]
    assert made.announce(needs, on=DAY, by="张") == 3
    return made


def walk(book, party, need, days, **more):
    """Take a case through so many stages, at these days."""
    for stage, number in zip(STEPS[1:], days, strict=False):
        book.record(entry(stage, number, party, need, **more))


def test_a_case_goes_the_official_way_to_the_supplier_list(book):
    walk(book, "G1", "N1", [5, 9, 12, 40, 200, 210], amount=50_000_000, evidence="合同.pdf")

    case = next(c for c in book.cases() if c.party == "G1")
    assert (case.stage, case.since, case.amount) == ("supplier", day(210), 50_000_000)
    assert case.district == "杨浦区"
    assert [e.stage for e in book.history("N1", "G1")] == list(STEPS[1:])
    assert book.verify() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (entry("answered", need="N9"), "还没有发布"),
        (entry("closed", 3), "原因"),
        (entry("answered", party=""), "对接方"),
        (entry("announced"), "只针对需求"),
        (entry("contract", -1), "早于"),
        (entry("answered", 8), "退回"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_recorded(book, wrong, said):
    book.record(entry("answered", 1))
    book.record(entry("shortlisted", 2))
    before = book.history()

    with pytest.raises(InputError, match=said):
        book.record(wrong)

    assert book.history() == before


def test_a_fourth_on_the_shortlist_is_refused_until_one_is_closed(book):
    for number in range(1, 5):
        book.record(entry("answered", 1, f"G{number}"))
    for number in range(1, 4):
        book.record(entry("shortlisted", 2, f"G{number}"))

    with pytest.raises(InputError, match="已有 3 家入围"):
        book.record(entry("shortlisted", 3, "G4"))
    book.record(entry("closed", 3, "G2", reason="报价过高"))

    assert book.record(entry("shortlisted", 4, "G4"))


def test_the_same_again_adds_nothing(book):
    first = entry("answered", 1, next_step="约谈", due=day(9))

    assert book.record(first)
    assert not book.record(first)
    assert book.record(first.model_copy(update={"next_step": "寄样品"}))
    assert len(book.history("N1", "G1")) == 2


def test_a_closed_case_can_be_opened_again_with_a_reason(book):
    book.record(entry("answered", 1))
    book.record(entry("closed", 2, reason="无暇"))
    book.record(entry("answered", 3, reason="重新有意"))

    case = next(c for c in book.cases() if c.party == "G1")
    assert case.stage == "answered"
    assert "closed" not in case.reached


def test_entries_cannot_be_changed_and_tampering_is_found(book):
    base = sqlite3.connect(book.path)
    with pytest.raises(sqlite3.DatabaseError, match="never changed"):
        base.execute("update entry set need = 'x'")
    with pytest.raises(sqlite3.DatabaseError, match="never deleted"):
        base.execute("delete from entry")
    base.execute("drop trigger entry_kept")
    base.execute("update entry set data = replace(data, '甲题', '丁题') where number = 1")
    base.commit()
    base.close()

    assert book.verify() == [1]


def test_the_file_is_its_owners_only(book):
    assert book.path.stat().st_mode & 0o077 == 0


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.sqlite").write_text("not a database, by far; long enough to be looked at" * 9)

    with pytest.raises(FileFault, match="不是跟进记录"):
        FollowBook(tmp_path / "x.sqlite")


def _add_many(path, start):
    book = FollowBook(path)
    for number in range(start, start + 15):
        book.record(entry("answered", 1, f"G{number}"))


def test_writers_at_once_lose_nothing(book):
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=_add_many, args=(book.path, 100 * at)) for at in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()

    assert len({c.party for c in book.cases() if c.party}) == 45
    assert book.verify() == []


def test_the_funnel_counts_needs_cases_days_and_money(book):
    walk(book, "G1", "N1", [4, 10, 12, 40], amount=80_000_000)
    walk(book, "G2", "N1", [6, 10])
    walk(book, "G3", "N2", [8])
    book.record(entry("closed", 20, "G2", reason="放弃"))

    funnel = build_funnel(book, on=day(50))

    rows = {row["stage"]: row for row in funnel.frame.to_dicts()}
    assert [rows[s]["needs"] for s in STEPS[:5]] == [3, 2, 1, 1, 1]
    assert [rows[s]["cases"] for s in STEPS[:5]] == [0, 3, 2, 1, 1]
    assert rows["answered"]["median_days"] == 6
    assert rows["shortlisted"]["median_days"] == 5
    assert rows["answered"]["share"] == pytest.approx(2 / 3)
    assert rows["contract"]["amount"] == 80_000_000
    assert "合同额 80 万元" in funnel.explain().zh
    assert funnel.yearly(2026)["contracts"] == 1
    assert "80 万元" in funnel.yearly_text(2026).zh


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("event", {"六月": 2, "七月": 1}),
        ("district", {"杨浦区": 2, "闵行区": 1}),
        ("owner", {"张": 2, "李": 1}),
    ],
)
def test_the_funnel_by_group(book, by, expected):
    frame = build_funnel(book, by=by, on=day(1)).frame.filter(pl.col("stage") == "announced")

    assert dict(frame.select("group", "needs").rows()) == expected


def test_the_funnel_as_of_a_day_leaves_out_what_came_later(book):
    walk(book, "G1", "N1", [4, 10, 12, 40])

    frame = build_funnel(book, on=day(11)).frame

    assert frame.filter(pl.col("needs") > 0)["stage"].to_list() == list(STEPS[:3])


def test_reminders_say_what_is_late_soon_stuck_and_bare(book):
    book.record(entry("answered", 1, "late", next_step="电话", due=day(20)))
    book.record(entry("answered", 29, "soon", next_step="电话", due=day(35)))
    book.record(entry("answered", 29, "bare"))
    walk(book, "money", "N1", [2, 3, 4, 30], next_step="付款")

    found = book.reminders(day(32))

    kinds = {(row["party_name"], row["kind"]) for row in found.to_dicts()}
    assert {("late", "overdue"), ("late", "stuck"), ("soon", "soon"), ("bare", "no_next_step"),
            ("money", "no_evidence")} == kinds  # fmt: skip
    assert found["kind"][0] == "overdue"


def test_needs_without_an_answer_are_stuck_after_their_days(book):
    stuck = build_funnel(book, on=day(61)).stuck

    assert stuck["need"].to_list() == ["N1", "N2", "N3"]


def write_form(path, rows):
    page = (made := xlsxwriter.Workbook(str(path))).add_worksheet("跟进记录")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row.split("|"))
    made.close()


def test_a_form_is_recorded_row_by_row_and_faults_are_said(book, tmp_path):
    path = tmp_path / "跟进.xlsx"
    rows = [
        "需求编号|对接方编号|对接方|阶段|日期|金额（万元）|原因|下一步|截止日期",
        "N1|G1|甲公司|揭榜|2026-06-12|||约谈|2026-07-01",
        "N1|G1|甲公司|签约|2026-07-20|80|||",
        "N1|G2|乙公司||||||",
        "N9|G2|乙公司|揭榜|2026-06-12||||",
        "N2|G3|丙公司|起飞|2026-06-12||||",
        "N2|G3|丙公司|已关闭|2026-06-12||||",
    ]
    write_form(path, rows)

    first = record_form(path, book, on=DAY, by="张")
    again = record_form(path, book, on=DAY, by="张")

    assert (first.added, first.known) == (2, 0)
    assert first.problems["row"].to_list() == [5, 6, 7]
    assert "还没有发布" in first.problems["zh"][0]
    assert "可写：已发布" in first.problems["remedy_zh"][1]
    assert again.added == 0
    case = next(c for c in book.cases() if c.party == "G1")
    assert (case.stage, case.amount) == ("contract", 80_000_000)


def test_the_form_of_an_event_lists_who_met_for_which_need(tmp_path):
    made = sample_event()
    found = match(made.needs, made.providers, top=3)
    book = FollowBook(tmp_path / "f.sqlite")
    hit = found.hits[0]
    owner = next(need.firm for need in made.needs if need.id == hit.need)

    rows = meeting_rows(found, [(owner, hit.party)])
    write_follow_form(tmp_path / "f.xlsx", rows, book, synthetic=True)

    assert {row["party"] for row in rows} == {hit.party}
    sheet = pl.read_excel(tmp_path / "f.xlsx", sheet_id=1, engine="calamine", has_header=False)
    assert hit.need in str(sheet.rows())
    assert "合成数据" in str(sheet.rows())


@st.composite
def histories(draw):
    needs = [
        Need(
            id=f"N{at}",
            title=f"秘密题目{at}",
            firm=f"F{at}",
            firm_name=f"隐名企业{at}有限公司",
            unnamed=draw(st.booleans()),
            openness=draw(st.sampled_from(["public", "matched", "confidential"])),
            released_to=tuple(draw(st.sets(st.sampled_from(["G1", "G2", "G3"]), max_size=2))),
        )
        for at in range(3)
    ]
    asked = draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["G1", "G2", "G3"])),
                          max_size=6, unique=True))  # fmt: skip
    return needs, asked


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.sampled_from(["G1", "G2", "F0", "F1", "stranger", ""]),
)
def test_no_one_reads_a_case_that_is_not_theirs(made, who):
    needs, asked = made
    viewer = Viewer.party(who) if who else ANYONE
    with TemporaryDirectory() as folder:
        book = FollowBook(Path(folder) / "f.sqlite")
        book.announce(needs, on=DAY, by="张")
        for at, party in asked:
            book.record(
                entry("answered", 1, party, f"N{at}", owner="专员甲", next_step="内部安排",
                      evidence="内部凭证", note="内部备注")
            )  # fmt: skip
        shown = book.frame(viewer, needs)
        held = repr(book.history()) + repr(list(book.history()))

    said = str(shown.rows())
    assert "秘密题目" not in held
    assert "内部" not in said
    assert "专员甲" not in said
    for row in shown.to_dicts():
        need = needs[int(row["need"][1:])]
        own = need.firm == who
        assert own or row["party"] == who
        if not own:
            assert need.openness != "confidential" or who in need.released_to
            assert not need.unnamed or "隐名企业" not in str(row)
    if who in ("stranger", ""):
        assert shown.is_empty()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_written_in_either_language_is_read_back_whole(tmp_path, language):
    use_language(language)
    book = FollowBook(tmp_path / "f.sqlite")
    book.announce([Need(id="N1", title="甲题")], on=DAY)
    stage = str(book.rules.label("contract"))
    row = {
        "need": "N1", "title": "甲题", "party": "G1", "party_name": "甲公司", "stage": stage,
        "on": day(1), "owner": "张", "next_step": "付款", "due": day(9), "evidence": "合同",
        "amount": "80万元", "reason": "好", "note": "备注",
    }  # fmt: skip

    write_follow_form(tmp_path / "f.xlsx", [row], book)
    done = record_form(tmp_path / "f.xlsx", book, on=DAY)

    assert done.problems.is_empty()
    (kept,) = book.history("N1", "G1")
    assert (kept.party_name, kept.stage, kept.amount) == ("甲公司", "contract", 80_000_000)
    assert (kept.owner, kept.due, kept.note) == ("张", day(9), "备注")


def test_both_labels_of_every_column_are_headings():
    from sanfu.exchange.desk.records import desk_rules
    from sanfu.exchange.files import heading_key

    for field in (*follow_rules().fields, *desk_rules().fields):
        known = {heading_key(one) for one in (*field.headings, field.zh)}
        assert {heading_key(field.zh), heading_key(field.en)} <= known, field.name
