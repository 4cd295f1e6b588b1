"""Gaps and weak pillars become suggested services, by a mapping that is data."""

from __future__ import annotations

import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.exchange import sample_services, suggest_services
from sanfu.exchange.needs import BOARDS
from sanfu.exchange.services import read_mapping, shipped_mapping

GAPS = pl.DataFrame(
    {
        "firm": ["F1", "F1", "F2"],
        "criterion": ["class1_ip", "rd_expense", "moonlight"],
        "gap": [2.0, None, 1.0],
        "unit_of": ["项", None, None],
    }
)


def test_a_gap_in_ip_leads_to_the_board_of_science():
    found = suggest_services(GAPS, sample_services())

    first = found.frame.row(0, named=True)
    assert (first["who"], first["board"]) == ("F1", "science")
    assert first["zh"].startswith("Ⅰ类知识产权差 2 项 → 赋智：")
    assert "专利布局" in first["zh"] or "成果" in first["zh"]
    assert first["offer"].startswith("示例-赋智")


def test_a_gap_without_a_rule_stays_and_says_so():
    found = suggest_services(GAPS).frame.filter(pl.col("who") == "F2")

    assert found["rule"].to_list() == [None]
    assert "暂无对应服务" in found["zh"][0]


def test_a_weak_pillar_of_an_index_is_mapped_by_its_words():
    pillars = pl.DataFrame({"unit": ["杨浦区"], "node": ["p3"], "label": ["数字化水平"]})

    found = suggest_services(pillars, sample_services())

    assert found.frame["board"].to_list()[0] == "digital"
    assert found.frame["zh"][0].startswith("数字化水平偏弱 → 赋能：")
    assert "digital" in found.explain("杨浦区").en


def test_every_rule_finds_a_sample_service_of_its_board():
    mapping = shipped_mapping()
    gaps = pl.DataFrame({"who": ["x"] * len(mapping.rules), "about": [r.id for r in mapping.rules]})
    named = {rule.id: rule.about[0] for rule in mapping.rules}
    gaps = gaps.with_columns(pl.col("about").replace_strict(named))
    boards = {offer.id: offer.board for offer in sample_services()}

    found = suggest_services(gaps, sample_services()).frame

    assert found["offer"].null_count() == 0
    assert all(boards[row["offer"]] == row["board"] for row in found.iter_rows(named=True))
    assert set(found["board"]) == set(BOARDS)


def test_sample_services_are_labelled():
    assert all(offer.synthetic and "示例" in offer.title for offer in sample_services())


def test_an_office_brings_its_own_mapping(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "id: own\nversion: 1\n"
        "boards: {digital: {zh: 赋能, en: digital, short_zh: 赋能, short_en: digital}}\n"
        "rules: [{id: m, about: [moonlight], board: digital, zh: 赏月, en: look up, seek: 月}]\n",
        encoding="utf-8",
    )

    found = suggest_services(GAPS, mapping=read_mapping(path))

    assert found.frame["zh"].to_list()[2] == "moonlight差 1 → 赋能：赏月"
    assert found.trace["mapping"][0] == "own@1"


def test_a_frame_that_does_not_say_who_is_refused_with_the_names():
    with pytest.raises(InputError, match="who"):
        suggest_services(pl.DataFrame({"about": ["x"]}))


def test_the_suggestions_are_written(tmp_path):
    suggest_services(GAPS, sample_services()).to_excel(tmp_path / "s.xlsx")

    assert pl.read_excel(tmp_path / "s.xlsx", engine="calamine", has_header=False).height > 3


def test_a_word_that_only_sounds_alike_leads_nowhere_in_either_language():
    size = pl.DataFrame(
        {"who": ["x", "y"], "about": ["size", "size"],
         "label": ["符合中小企业划型标准", "an SME by the size rule"]}
    )  # fmt: skip

    assert suggest_services(size, sample_services()).frame["rule"].to_list() == [None, None]
