"""Formulas are parsed exactly, with their units, and never guessed at."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sanfu.formula import (
    Both,
    Call,
    Compare,
    FormulaError,
    Missing,
    Name,
    Not,
    Number,
    names_in,
    parse_formula,
)  # fmt: skip


def test_money_is_converted_to_fen_and_percent_to_a_fraction():
    assert parse_formula("100 万元") == Number(Fraction(100_000_000), "money", "万元")
    assert parse_formula("0.5%") == Number(Fraction(1, 200), "share", "%")


def test_and_binds_tighter_than_or():
    tree = parse_formula("a > 1 or b > 1 and c > 1")

    assert isinstance(tree.operands[1], Both)


def test_names_are_given_once_in_reading_order():
    assert names_in(parse_formula("b / a >= 3% and b > mean(c, where=a > 0)")) == ("b", "a", "c")


def test_a_call_keeps_its_keywords():
    tree = parse_formula('share(tier == "little-giant", of=1)')

    assert isinstance(tree, Call)
    assert isinstance(tree.arguments[0], Compare)
    assert tree.keywords == (("of", Number(Fraction(1))),)


def test_words_that_begin_like_a_keyword_are_names():
    assert names_in(parse_formula("order + android + note + island + inner")) == (
        "order", "android", "note", "island", "inner",
    )  # fmt: skip


@pytest.mark.parametrize("formula", ["a >=", "", "a b", "a >= 3 公斤", "__import__('os')[0]"])
def test_what_is_not_a_formula_is_refused(formula):
    with pytest.raises(FormulaError, match="读不下去"):
        parse_formula(formula)


def test_a_dotted_name_is_a_name():
    assert parse_formula("prior.revenue") == Name("prior.revenue")


@pytest.mark.parametrize("word", ["not", "or", "and", "in", "is", "missing", "true", "false"])
@pytest.mark.parametrize("rest", ["hing", "_there", "ice", "2", ".x"])
def test_a_name_may_begin_with_a_word_of_the_language(word, rest):
    name = word + rest

    assert parse_formula(name) == Name(name)
    assert parse_formula(f"a and {name}") == Both((Name("a"), Name(name)))
    assert parse_formula(f"{name} is not missing") == Not(Missing(Name(name)))
