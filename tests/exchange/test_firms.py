"""Firms are found as they are written, and put to their needs."""

from __future__ import annotations

import polars as pl

from sanfu.exchange import Condition, Need, link_needs, match, offers_from_ledger
from sanfu.exchange.access import owner_of
from sanfu.registry import FirmFinder

FIRMS = pl.DataFrame(
    {
        "firm": ["F1", "F2", "F3", "F4"],
        "uscc": ["91310110TT00000001", "91310110TT00000002", None, None],
        "name": ["甲材料有限公司", "乙设备（上海）有限公司", "丙软件有限公司", "丙软件有限公司"],
        "district": ["310110", "310115", "310110", "310115"],
        "district_name": ["杨浦区", "浦东新区", "杨浦区", "浦东新区"],
        "scope": ["锂电池隔膜", "隔膜涂布机", "软件", "软件"],
        "group": ["甲集团", None, None, None],
    }
)


def test_a_firm_is_found_by_id_code_and_name_in_any_width():
    finder = FirmFinder(FIRMS)

    assert finder.find("F2") == "F2"
    assert finder.find("91310110tt00000001") == "F1"
    assert finder.find("", "乙设备(上海)有限公司") == "F2"


def test_a_name_of_two_firms_finds_neither_and_near_ones_are_named():
    finder = FirmFinder(FIRMS)

    assert finder.find("丙软件有限公司") is None
    assert finder.near("甲材料公司")[0] == "F1"


def test_a_need_takes_from_its_firm_what_it_does_not_say_itself():
    need = Need(id="n", title="隔膜", firm_name="甲材料有限公司", district="闵行区")

    (linked,) = link_needs([need], FIRMS)

    assert (linked.firm, linked.group, linked.uscc) == ("F1", "甲集团", "91310110TT00000001")
    assert linked.district == "闵行区"
    assert link_needs([Need(id="m", title="x", firm_name="无此公司")], FIRMS)[0].firm == ""


def test_a_linked_need_is_not_answered_by_its_own_firm():
    need = Need(id="n", title="锂电池隔膜", uscc="91310110TT00000001")
    offers = offers_from_ledger(FIRMS)

    before = {hit.offer for hit in match([need], offers).hits}
    after = {hit.offer for hit in match(link_needs([need], FIRMS), offers).hits}

    assert "F1" in before
    assert "F1" not in after


def test_districts_are_told_by_name_with_or_without_their_kind():
    for written in ("浦东新区", "浦东", "浦东新区 "):
        asked = Condition(kind="district", values=(written,))
        found = match(
            [Need(id="n", title="隔膜涂布", conditions=(asked,))], offers_from_ledger(FIRMS)
        )
        assert [hit.offer for hit in found.hits] == ["F2"]


def test_needs_of_one_firm_share_a_table_and_an_unnamed_one_stands_alone():
    named = Need(id="a", title="x", firm_name="甲材料有限公司")

    assert owner_of(named) == "甲材料有限公司"
    assert owner_of(named.model_copy(update={"firm": "F1"})) == "F1"
    assert owner_of(named.model_copy(update={"unnamed": True})) == "a"
