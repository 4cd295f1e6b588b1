"""Numbers are rounded as a reader does, and every one that a sentence prints has its trace."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.report.blocks import Trace, Traced
from sanfu.report.facts import Fact, Facts, UnknownFact, fill_in, money


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (Fact(61.25), "61.3", "61.3"),
        (Fact(2.675, decimals=2), "2.68", "2.68"),
        (Fact(8288, "count"), "8,288", "8,288"),
        (Fact(Fraction(1, 3), "percent"), "33.3%", "33.3%"),
        (Fact(Fraction(-1, 30000), "percent"), "0.0%", "0.0%"),
        (Fact(178_000_000, "money"), "178.0万元", "1.8 m yuan"),
        (Fact(1_234_567_890_12, "money"), "12.3亿元", "1.2 bn yuan"),
        (Fact(12_345, "money"), "123元", "123 yuan"),
        (Fact(-0.04, "signed"), "0.0", "0.0"),
        (Fact(3.14, "signed"), "+3.1", "+3.1"),
        (Fact(None), "缺", "missing"),
        (Fact("杨浦", "words"), "杨浦", "杨浦"),
    ],
)
def test_a_fact_is_printed_by_its_kind_and_language(fact, zh, en):
    assert fact.printed("zh") == zh
    assert fact.printed("en") == en


def test_a_sentence_links_each_number_to_its_trace():
    facts = Facts({"score": Fact(61.25, trace=Trace("", "得分", "mean(a)"))}, "zh")

    line = fill_in("杨浦得 {score} 分，仍是 {score} 分。", facts)

    assert line == ("杨浦得 ", Traced("61.3", "n1"), " 分，仍是 ", Traced("61.3", "n1"), " 分。")
    assert facts.traces()["n1"].what == "得分"


def test_a_sentence_that_names_an_unknown_number_is_refused_with_near_ones():
    facts = Facts({"index.score": Fact(1)}, "zh")

    with pytest.raises(UnknownFact, match=r"index\.score"):
        fill_in("{index.scor}", facts)


@given(st.integers(-(10**15), 10**15))
def test_money_printed_in_yuan_never_differs_by_more_than_its_rounding(fen):
    words = money(Decimal(fen), "zh", 1)
    size = {"亿元": 10**10, "万元": 10**6, "元": 100}
    unit = next(u for u in ("亿元", "万元", "元") if words.endswith(u))
    printed = Decimal(words.removesuffix(unit).replace(",", "")) * size[unit]

    assert abs(printed - fen) <= Decimal(size[unit]) * (
        Decimal("0.05") if unit != "元" else Decimal("0.5")
    )
