"""Firms are found as people write them; where not, it is said what is near, double or merged."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.language import use_language
from sanfu.registry import FirmFinder
from sanfu.registry.identity import fold_name, fold_names
from sanfu.registry.uscc import with_check
from sanfu.workspace import new_workspace

A, B, C = (with_check(f"9131011{n}TTAB1234{n}") for n in (0, 1, 2))
FIRMS = pl.DataFrame(
    {
        "firm": ["F1", "F2", "F3", "F4"],
        "uscc": [A, B, None, C],
        "name": [
            "上海甲材料有限公司",
            "乙设备（上海）有限公司",
            "丙软件有限公司",
            "丙软件有限公司",
        ],
        "district": ["310110", "310115", "310110", "310115"],
    }
)


def finder(**more):
    return FirmFinder(FIRMS, districts={"310110": "杨浦区", "310115": "浦东新区"}, **more)


def refused(said, made=None, **more):
    with pytest.raises(InputError) as error:
        (made or finder()).one(said, **more)
    return error.value.text


@pytest.mark.parametrize(
    "said", ["F2", "f2", B, B.lower(), "乙设备(上海)有限公司", " 乙设备（上海） 有限公司"]
)
def test_id_code_and_name_find_a_firm_in_any_width_case_and_spacing(said):
    assert finder().one(said) == finder().find(said) == "F2"


ASSIGNED = st.characters(exclude_categories=["Cs", "Cn", "Co"])


@given(st.text(ASSIGNED, max_size=20) | st.text("甲乙（）()·.,，Ａａ １²ﬁ 　", max_size=8))
def test_one_name_is_folded_as_a_column_of_names_is(name):
    assert fold_name(name) == fold_names(pl.Series([name]))[0]


def test_an_id_counts_before_a_code_and_a_code_before_a_name():
    odd = pl.DataFrame({"firm": ["a", "b", "c"], "uscc": ["b", "x", None], "name": ["c", "a", "x"]})

    assert [FirmFinder(odd).one(said) for said in "abcx"] == ["a", "b", "c", "b"]


def test_a_part_of_a_name_finds_a_firm_only_where_that_is_asked_for_and_it_is_the_only_one():
    assert finder().one("甲材料", by_part=True) == "F1"
    assert "上海甲材料有限公司（F1）" in refused("甲材料").zh
    assert "F1" in refused("有限公司", by_part=True).zh
    assert "名称含“有限公司”的企业不止一家（4 家）" in refused("有限公司", by_part=True).zh


def test_firms_of_one_name_are_listed_with_id_code_and_district():
    said = refused("丙软件有限公司")

    assert finder().find("丙软件有限公司") is None
    assert "不止一家（2 家）：F3（丙软件有限公司，杨浦区）" in said.zh
    assert f"F4（丙软件有限公司，{C}，浦东新区）" in said.zh
    assert "2 firms are called “丙软件有限公司”: F3 (丙软件有限公司, 杨浦区), F4 (" in said.en
    assert "give the id" in said.en


def test_the_first_that_is_known_of_what_a_row_says_finds_its_firm():
    assert finder().find("", "F9", "上海甲材料有限公司", "F2") == "F1"
    assert finder().find("", "没有") is None


def test_nothing_like_it_says_what_may_be_written():
    assert refused("zzz") == (
        "没有企业“zzz”；可写编号、信用代码或全称",
        "no firm “zzz”; give an id, a credit code or a full name",
    )
    assert FirmFinder(pl.DataFrame({"firm": ["1"]})).find("1") == "1"
    assert "“甲”" in refused("甲", FirmFinder(pl.DataFrame({"firm": ["1"]}))).zh


@pytest.fixture
def office(tmp_path):
    use_language("zh")
    made = new_workspace(tmp_path / "office")
    rows = "".join(
        f"{name},{code}\n" for name, code in (("甲公司", A), ("乙公司", B), ("丙公司", C))
    )
    (tmp_path / "list.csv").write_text(f"企业名称,信用代码\n{rows}", encoding="utf-8")
    made.take(tmp_path / "list.csv")
    return made


def test_a_firm_listed_twice_says_as_which_it_stands(office):
    office.merge("F0000002", "F0000001")
    found = FirmFinder.of(office.ledger)

    assert refused("F0000002", found).zh.startswith("F0000002 已并入")
    for said in ("F0000002", "乙公司", B):
        assert "已并入 甲公司（F0000001）；请写 F0000001" in refused(said, found).zh
    assert found.one("F0000001") == "F0000001"


def test_a_merged_firm_is_found_in_the_ledger_and_told_of_where_it_is_gone(office):
    office.confirm_merger("F0000002", "F0000001", on=dt.date(2023, 6, 30))
    book = office.ledger
    left = book.firms.filter(pl.col("merged_into").is_null())

    assert FirmFinder.of(book).one("乙公司") == "F0000002"
    assert "已于 2023-06-30 并入 甲公司（F0000001）" in refused(B, FirmFinder.of(book, left)).zh
    assert "on 2023-06-30; say F0000001" in refused(B, FirmFinder.of(book, left)).en
