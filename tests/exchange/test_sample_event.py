"""The sample event is synthetic, labelled so, the same for a seed, and finds its answers."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from sanfu.exchange import check_needs, invite, match, sample_event
from sanfu.registry.sample import shanghai

DAY = dt.date(2026, 5, 6)


def test_the_same_seed_gives_the_same_event():
    assert sample_event(3) == sample_event(3)
    assert sample_event(3) != sample_event(4)


def test_there_are_40_needs_and_30_providers_all_synthetic():
    event = sample_event()

    assert (len(event.needs), len(event.providers)) == (40, 30)
    assert len({need.title for need in event.needs}) == 40
    assert all(need.synthetic and need.uscc[8:10] == "TT" for need in event.needs)
    assert all(offer.synthetic and "示例" in offer.name for offer in event.providers)


def test_every_board_and_every_openness_is_there():
    event = sample_event()

    assert {o.board for o in event.providers} == {"digital", "science", "quality", "integration"}
    assert {n.openness for n in event.needs} == {"public", "matched", "confidential"}


def test_a_few_needs_have_the_faults_that_the_check_is_for():
    review = check_needs(sample_event().needs, on=DAY)

    assert 0 < len(review.publishable) < 40
    assert {"no_budget"} <= set(review.frame["code"])


def test_the_workbooks_say_that_they_are_synthetic(tmp_path, found):
    check_needs(sample_event().needs, on=DAY).to_excel(tmp_path / "check.xlsx")
    invite(found[1]).to_excel(tmp_path / "letters.xlsx")

    for name in ("check", "letters"):
        book = pl.read_excel(
            tmp_path / f"{name}.xlsx", sheet_id=1, engine="calamine", has_header=False
        )
        assert "合成数据" in book.row(0)[0]


@pytest.fixture(scope="module")
def found():
    event, book = sample_event(), shanghai(firms=1000)
    return event, match(event.needs, event.offers(book.firms, book.titles, book.figures), on=DAY)


def test_most_needs_are_answered_with_reasons(found):
    first = {hit.need: hit for hit in found[1].hits if hit.rank == 1}

    assert len(first) >= 34
    assert all(hit.reasons for hit in first.values())


def test_letters_are_written_and_say_that_all_is_synthetic(found):
    letters = invite(found[1], event="示例对接会").letters

    assert len(letters) > 20
    assert all("合成数据" in letter.letter.zh for letter in letters)
