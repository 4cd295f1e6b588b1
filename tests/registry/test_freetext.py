"""Scraped pinyin is taken out, legitimate brackets stay, and damage is named."""

from __future__ import annotations

import csv
import sys

import polars as pl
import pytest

from sanfu.registry.freetext import _SYLLABLES, _toneless, clean_scraped_text


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ("企業(yè)發(fā)展與創(chuàng)新", "企业发展与创新"),
        ("專精特新企業(yè)", "专精特新企业"),
        ("企業（yè）", "企业"),
        ("行業(yè)與銀行(háng)", "行业与银行"),
        ("企業(ye)發(fa)展和創(chuang)新", "企业发展和创新"),
        ("女性(nǚ xing)", "女性(nǚ xing)"),
        ("中国(zhōngguó)制造(zhìzào)", "中国制造"),
    ],
)
def test_annotations_that_can_be_read_so_are_taken_out(given, mended):
    assert clean_scraped_text(given).text == mended


@pytest.mark.parametrize(
    "given",
    [
        "尺寸(mm)與壓力(bar)",
        "阿里(ali)巴巴",
        "上海乾元(集團)",
        "氧化铝(al)粉",
        "苏州(suzhou)工业园",
        "",
    ],
)
def test_legitimate_brackets_and_traditional_text_stay_as_they_are(given):
    assert clean_scraped_text(given).text == given
    assert clean_scraped_text(given).removed == ()


def test_what_cannot_be_mended_is_named():
    cleaned = clean_scraped_text("企業(yè)發(fā)展，設(shè)立上??h，墓I(yè)")

    assert cleaned.text.startswith("企业发展，设立上")
    assert cleaned.residues
    assert cleaned.raw.startswith("企業(yè)")


def test_every_reading_of_the_dictionary_has_the_shape_of_pinyin():
    from pypinyin.constants import PINYIN_DICT

    readings = {_toneless(one) for readings in PINYIN_DICT.values() for one in readings.split(",")}

    assert {one for one in readings if not _SYLLABLES.fullmatch(one)} == set()
    assert not _SYLLABLES.fullmatch("smart")


def excerpts(shared):
    csv.field_size_limit(sys.maxsize)
    path = shared / "data/scraped_pinyin_defect/excerpts.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (row[0], row[-1]) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def test_the_real_pages_are_mended_as_measured(shared):
    pages = {name: clean_scraped_text(text) for name, text in excerpts(shared) if name[0] in "DN"}
    removed = sum(len(page.removed) for name, page in pages.items() if name[0] == "D")
    flagged = sum(bool(page.residues) for name, page in pages.items() if name[0] == "D")

    assert removed == 1100
    assert sum(len(page.removed) for name, page in pages.items() if name[0] == "N") == 0
    assert 6 <= flagged <= 12


@pytest.mark.slow
def test_no_real_business_scope_is_changed(shared):
    path = shared / "data/cn_enterprise_registration_1979_2004/shanghai_1979_2004.parquet"
    scopes = pl.read_parquet(path, columns=["business_scope"])["business_scope"].drop_nulls()

    assert [s for s in scopes.to_list() if clean_scraped_text(s).changed] == []
