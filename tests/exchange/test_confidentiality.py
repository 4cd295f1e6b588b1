"""Confidential needs never reach a wrong party: in no list, reason, export, letter or log."""

from __future__ import annotations

import json
import logging
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sanfu.exchange import (
    ANYONE,
    OFFICER,
    Need,
    Offer,
    Viewer,
    invite,
    load_needs,
    match,
    show_need,
    show_needs,
    write_records,
)
from sanfu.exchange.access import bare_name, blot

FIRMS = ("F1", "F2", "F3")
SECRETS = ("超导量子磁力计", "航空涡轮叶片冷却", "深海钛合金耐压舱")
OFFERS = [
    Offer(id=f"O{at}", firm=firm, name=f"{firm}公司", products=SECRETS)
    for at, firm in enumerate(FIRMS)
]


@st.composite
def needs(draw):
    return [
        Need(
            id=f"N{at}",
            title=f"{secret}研制",
            problem=f"某某重工集团有限公司现需{secret}，联系王小明13900001111",
            firm=draw(st.sampled_from(FIRMS)),
            firm_name="某某重工集团有限公司",
            short_name="某某重工",
            contact="王小明",
            phone="13900001111",
            unnamed=draw(st.booleans()),
            openness=draw(st.sampled_from(["public", "matched", "confidential"])),
            released_to=tuple(draw(st.sets(st.sampled_from(FIRMS), max_size=2))),
        )
        for at, secret in enumerate(SECRETS)
    ]


VIEWERS = st.one_of(
    st.just(ANYONE),
    st.builds(Viewer.party, st.sampled_from(FIRMS)),
    st.builds(Viewer.party, st.sampled_from([offer.id for offer in OFFERS])),
    st.just(Viewer.party("stranger")),
)


def may_read(need, viewer, listed):
    """The table of `sanfu.exchange.access`, written out once more."""
    if need.firm in viewer.parties or viewer.parties & set(need.released_to):
        return True
    if need.openness == "public":
        return True
    return need.openness == "matched" and bool(viewer.parties & listed)


def everything_said(result, folder):
    """All that a result can give away, as one text."""
    path = Path(folder) / "out.xlsx"
    result.to_excel(path)
    with zipfile.ZipFile(path) as book:
        cells = "".join(book.read(name).decode() for name in book.namelist() if "xml" in name)
    parts = [
        cells,
        str(result.frame.rows()),
        str(result.trace.rows()),
        repr(result),
        str(list(result.hits)),
        str(result.unanswered),
        json.dumps([need.model_dump(mode="json") for need in result.needs], ensure_ascii=False),
    ]
    parts += [str(result.explain(hit.need, hit.offer).zh) for hit in result.hits]
    return "\n".join(parts)


@settings(max_examples=25, deadline=None)
@given(needs(), VIEWERS, st.sampled_from(["need", "offer"]))
def test_a_viewer_reads_only_the_needs_that_the_rules_allow(held, viewer, by):
    whole = match(held, OFFERS, by=by)
    listed = {need.id: whole.parties(need.id) for need in held}

    result = match(held, OFFERS, by=by, viewer=viewer)

    allowed = {need.id for need in held if may_read(need, viewer, listed[need.id])}
    assert {need.id for need in result.needs} == allowed
    with TemporaryDirectory() as folder:
        said = everything_said(result, folder)
    for need, secret in zip(held, SECRETS, strict=True):
        if need.id not in allowed:
            assert secret not in said
            assert f'"{need.id}"' not in said
        elif need.unnamed and need.firm not in viewer.parties:
            shown = next(one for one in result.needs if one.id == need.id)
            read = shown.model_dump_json() + str(
                [str(h.reasons_text()) for h in result.hits if h.need == need.id]
            )
            for word in ("某某重工", "王小明", "13900001111"):
                assert word not in read


@settings(max_examples=25, deadline=None)
@given(needs())
def test_a_party_reads_no_other_partys_hits_nor_whom_a_need_was_shown(held):
    result = match(held, OFFERS, viewer=Viewer.party("F2"))

    own = {need.id for need in held if need.firm == "F2"}
    for hit in result.hits:
        assert hit.need in own or hit.party == "F2"
    assert all(need.released_to == () for need in result.needs)


@settings(max_examples=25, deadline=None)
@given(needs())
def test_a_letter_holds_only_what_its_reader_may_read(held):
    for letter in invite(match(held, OFFERS)).letters:
        offer = next(offer for offer in OFFERS if offer.firm == letter.party)
        for need, secret in zip(held, SECRETS, strict=True):
            if need.openness == "confidential" and not (
                {offer.firm, offer.id} & set(need.released_to)
            ):
                assert secret not in letter.letter.zh
            if need.unnamed:
                shown = [one for one in letter.needs if one.id == need.id]
                assert all(not one.firm_name for one in shown)


@settings(max_examples=20, deadline=None)
@given(needs())
def test_logs_and_prints_hold_no_word_of_a_need(held):
    log, heard = logging.getLogger("sanfu"), []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        result = match(held, OFFERS)
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)

    said = "".join(heard) + repr(held) + str(held[0]) + f"{held[0]}" + repr(result)
    assert heard
    assert not any(secret in said for secret in SECRETS)


def test_a_faulty_need_is_refused_without_its_content():
    with pytest.raises(ValidationError) as refused:
        Need.model_validate({"id": "n", "title": "深海钛合金耐压舱", "budget_most": "深海"})

    assert "深海" not in str(refused.value)


def test_an_officer_reads_everything():
    need = Need(id="n", title="x", openness="confidential", released_to=("F1",), firm="F2")

    assert show_need(need, OFFICER) == need


def test_a_list_shows_each_need_as_its_reader_may_see_it():
    held = [
        Need(id="open", title="甲"),
        Need(id="matched", title="乙", openness="matched"),
        Need(id="secret", title="丙", openness="confidential"),
    ]
    pairs = {("matched", "F1"), ("secret", "F1")}

    assert [n.id for n in show_needs(held, ANYONE, pairs)] == ["open"]
    assert [n.id for n in show_needs(held, Viewer.party("F1"), pairs)] == ["open", "matched"]
    assert [n.id for n in show_needs(held, OFFICER, pairs)] == ["open", "matched", "secret"]


@pytest.mark.parametrize(
    "text", ["某某重工的产线", "某 某 重 工", "手机139-0000-1111", "１３９００００１１１１"]
)
def test_names_are_blotted_in_whatever_spacing_and_width(text):
    need = Need(id="n", title="x", short_name="某某重工", phone="13900001111")

    assert blot(text, need) not in (text, "")
    assert "×××" in blot(text, need)


def test_the_bare_name_is_the_legal_name_without_place_and_form():
    assert bare_name("上海甲乙材料有限公司") == "甲乙材料"
    assert bare_name("甲乙（上海）科技有限公司") == "甲乙"


def test_kept_needs_come_back_as_they_were(tmp_path):
    held = [Need(id="n", title="x", openness="confidential", released_to=("F1",))]

    write_records(tmp_path / "n.json", held)

    assert load_needs(tmp_path / "n.json").needs == held
