"""A year of the service centre: what the report prints is what the desk and the book hold."""

from __future__ import annotations

import datetime as dt

import pytest

from sanfu.exchange import desk_report, desk_rules
from sanfu.exchange.desk.sample import sample_desk
from sanfu.language import use_language
from sanfu.registry.sample import shanghai
from sanfu.report import compose
from sanfu.report.blocks import Heading, Paragraph, Table, plain_words
from sanfu.report.confidential import HIDDEN
from sanfu.report.facts import Facts
from sanfu.report.materials.service import funnel_material
from sanfu.report.options import ReportOptions


@pytest.fixture(scope="module")
def desk():
    sample = shanghai(firms=500, seed=3)
    records = sample_desk(sample.firms, year=2023, bookings=400)
    return desk_report(
        records,
        sample.firms,
        sample.titles,
        start=dt.date(2023, 1, 1),
        end=dt.date(2023, 12, 31),
        rules=desk_rules(),
    )


def words(block):
    return "".join(part if isinstance(part, str) else part.text for part in block.line)


def tables(report):
    return [block for block in report.document.blocks if isinstance(block, Table)]


def test_the_year_in_short_counts_what_the_desk_counts(desk):
    report = compose("service-year", desk)

    lead = words(next(b for b in report.document.blocks if isinstance(b, Paragraph)))
    assert f"服务企业 {desk.coverage_total():,} 户" in lead
    assert f"还有 {desk.never_served.height:,} 户从未服务" in lead
    assert report.document.synthetic


def test_a_group_of_few_firms_is_not_shown_by_itself(desk):
    report = compose("service-year", desk)

    printed = [
        int(cell.replace(",", ""))
        for table in tables(report)
        if "覆盖" in table.caption
        for row in table.rows
        for cell in (plain_words((one,)) for one in row[1:4])
        if cell != HIDDEN
    ]
    assert printed
    assert not {1, 2} & set(printed)


def test_without_a_book_of_needs_there_is_no_chapter_of_them(desk):
    headings = [
        b.text for b in compose("service-year", desk).document.blocks if isinstance(b, Heading)
    ]

    assert "需求对接" not in headings


def test_with_a_book_the_funnel_is_told_by_case_numbers_alone(desk, tmp_path):
    from sanfu.exchange import FollowBook, build_funnel, sample_event

    event = sample_event()
    book = FollowBook(tmp_path / "follow.sqlite")
    book.announce(event.needs[:6], on=dt.date(2023, 3, 1), event="样例")
    funnel = build_funnel(book, on=dt.date(2027, 1, 1))

    use_language("en")
    report = compose("service-year", desk, funnel)

    headings = [b.text for b in report.document.blocks if isinstance(b, Heading)]
    assert "Needs and what came of them" in headings
    said = " ".join(str(cell) for table in tables(report) for row in table.rows for cell in row)
    assert not any(need.title in said for need in event.needs[:6])


def test_an_office_s_own_rules_reach_the_year_and_its_log(desk):
    usual = compose("service-year", desk)
    strict = compose("service-year", desk, options=ReportOptions(min_firms=12))

    assert len(strict.withheld) > len(usual.withheld)
    cells = [row[1:4] for t in tables(strict) if "覆盖" in t.caption for row in t.rows]
    numbers = {int(plain_words((c,)).replace(",", "")) for row in cells for c in row if c != HIDDEN}
    assert not numbers & set(range(1, 12))
    log = next(table for table in tables(strict) if "未公布的数" in table.caption)
    assert len(log.rows) == len(strict.withheld)
    said = [words(b) for b in strict.document.blocks if isinstance(b, Paragraph)]
    assert any("少于 12 户企业的数" in sentence for sentence in said)


def test_rows_with_something_hidden_stand_last_by_name(desk):
    strict = compose("service-year", desk, options=ReportOptions(min_firms=12))

    for table in tables(strict):
        if "覆盖" in table.caption:
            crossed = [HIDDEN in row for row in table.rows]
            assert crossed == sorted(crossed)
            last = [row[0] for row in table.rows if HIDDEN in row]
            assert last == sorted(last)


def test_the_sum_of_contracts_of_too_few_firms_is_not_told(desk, tmp_path):
    from sanfu.exchange import FollowBook, build_funnel, sample_event
    from sanfu.exchange.follow.stages import Entry

    event = sample_event()
    book = FollowBook(tmp_path / "follow.sqlite")
    book.announce(event.needs[:6], on=dt.date(2023, 3, 1), event="样例")
    amounts = {"甲": 4_000_000, "乙": 5_000_000, "丙": 6_000_000, "丁": 7_000_000}
    for need, (party, amount) in zip(event.needs, amounts.items(), strict=False):
        stages = ("contract", "accepted") if party != "丁" else ("contract",)
        for month, stage in enumerate(stages, start=5):
            on = dt.date(2023, month, 1)
            book.record(Entry(need=need.id, party=party, stage=stage, on=on, amount=amount))
    funnel = build_funnel(book, on=dt.date(2023, 12, 31))
    material = funnel_material(funnel)

    rows = material.tables["funnel.stages"](None, Facts(material.facts, "zh")).rows
    shown = {row[0]: plain_words(row[-1:]) for row in rows}

    assert list(shown.values()).count(HIDDEN) == 1  # 4 signed, 3 accepted: the difference is 丁's
    assert "22.0万元" in shown.values()
    assert material.facts["funnel.contract-fen"].value == 22_000_000
    few = funnel_material(funnel, options=ReportOptions(min_firms=5))
    assert few.facts["funnel.contract-fen"].value == HIDDEN
