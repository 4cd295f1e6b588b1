"""Credit codes: the check digit, by hand and against python-stdnum."""

from __future__ import annotations

import numpy  # noqa: F401, ICN001 - loaded before hypothesis looks at its clock
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from sanfu.registry.uscc import (
    ALPHABET,
    is_synthetic,
    is_valid,
    mend_code,
    organisation_part,
    tidy_code,
    with_check,
)

SEVENTEEN = st.text(ALPHABET, min_size=17, max_size=17)


def valid(codes):
    return pl.DataFrame({"uscc": codes}).select(is_valid(pl.col("uscc")))["uscc"].to_list()


@given(SEVENTEEN)
def test_a_made_code_passes_here_and_in_stdnum(first17):
    code = with_check(first17)

    assert valid([code]) == [True]
    assert oracle.calc_check_digit(code[:17]) == code[17]


@given(SEVENTEEN, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_caught(first17, place, mark):
    code = with_check(first17)
    wrong = code[:place] + mark + code[place + 1 :]

    assert valid([wrong]) == [wrong == code]


def test_a_code_of_the_standard_passes():
    assert valid(["91350100M000100Y43", "91350100M000100Y44", "91350100M000100Y4", None, ""]) == [
        True, False, False, None, False,
    ]  # fmt: skip


def test_width_case_and_spaces_are_folded():
    frame = pl.DataFrame({"uscc": [" ９1350100m000100y43 ", "91350100-M000100Y43", "  "]})

    assert frame.select(tidy_code())["uscc"].to_list() == ["91350100M000100Y43"] * 2 + [None]


def test_confused_letters_are_mended_only_when_the_check_digit_agrees():
    assert mend_code("9135O100M000100Y43") == "91350100M000100Y43"
    assert mend_code("9135O100M000100Y44") is None
    assert mend_code("91350100M000100Y43") is None


def test_the_organisation_part_and_the_synthetic_mark():
    frame = pl.DataFrame({"uscc": [with_check("91310110TTAB12345"), "91350100M000100Y43", None]})

    assert frame.select(organisation_part(pl.col("uscc")))["uscc"].to_list()[0] == "TTAB12345"
    assert frame.select(is_synthetic(pl.col("uscc")))["uscc"].to_list() == [True, False, False]
