"""The ledger: identity, versions, vintages, undo, merges, and the home of every number."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import sanfu
from sanfu.errors import WorkspaceError
from sanfu.registry import Hints
from sanfu.registry.regions import find_units, read_region
from sanfu.registry.store import Overtaken
from sanfu.registry.uscc import with_check
from sanfu.workspace import new_workspace, open_workspace, restore

A = with_check("91310110TTAB12345")
B = with_check("91310115TTAB54321")
LAST_YEAR = 2022


@pytest.fixture
def office(tmp_path):
    return new_workspace(tmp_path / "office")


def csv(office, name, text):
    path = office.inbox / name
    path.write_text(text, encoding="utf-8")
    return path


def first_list(office):
    return csv(
        office, "2022.csv",
        "企业名称,统一社会信用代码,所属区,营业收入(万元)\n"
        f"上海甲有限公司,{A},杨浦区,10\n上海乙（集团）有限公司,{B},南汇区,20\n",
    )  # fmt: skip


def test_an_import_makes_firms_figures_and_their_homes(office):
    done = office.take(first_list(office))
    ledger = office.ledger

    assert done.new_firms == 2
    assert ledger.firms.select("firm", "uscc", "district", "synthetic").rows() == [
        ("F0000001", A, "310110", True), ("F0000002", B, "310115", True),
    ]  # fmt: skip
    assert ledger.figures.select("year", "revenue").rows() == [
        (2022, 10_000_000),
        (2022, 20_000_000),
    ]
    assert ledger.origin("F0000002", "revenue", 2022).select("file", "cell", "raw").rows() == [
        ("2022.csv", "D3", "20")
    ]
    assert ledger.problems["code"].to_list() == ["district-old"]


def test_the_same_firm_is_found_by_code_by_organisation_code_and_by_name(office):
    office.take(first_list(office))
    more = csv(
        office, "b.csv",
        "企业名称,信用代码,所属区,地址\n"
        f"上海甲有限公司,{A.lower()},杨浦,一\n"
        f"别名,{B[8:17]},,二\n"
        "上海乙(集团)有限公司,,浦东新区,三\n"
        "上海乙(集团)有限公司,,杨浦区,四\n",
    )  # fmt: skip

    done = office.take(more)

    assert done.new_firms == 1
    assert office.ledger.firms.height == 3
    assert sorted(set(done.problems["code"])) == ["code-old", "identity-unsure", "name-changed"]


def test_a_wrong_code_never_decides_and_is_not_guessed(office):
    office.take(first_list(office))
    wrong = A[:-1] + ("1" if A[-1] != "1" else "2")
    confused = next(A[:i] + "O" + A[i + 1 :] for i, mark in enumerate(A) if mark == "0")

    done = office.take(
        csv(
            office,
            "c.csv",
            f"企业名称,信用代码,所属区\n上海甲有限公司,{wrong},杨浦\n上海甲有限公司,{confused},杨浦\n",
        )
    )

    assert done.new_firms == 0
    assert office.ledger.firms["uscc"].to_list() == [A, B]
    assert sorted(set(done.problems["code"])) == ["code-check", "code-mended", "identity-unsure"]


def test_a_restated_figure_is_a_new_vintage_and_both_are_kept(office):
    office.take(first_list(office))
    done = office.take(
        csv(office, "2022年修订.csv", f"企业名称,信用代码,营业收入(万元)\n上海甲有限公司,{A},11\n")
    )

    assert office.ledger.figures.filter(firm="F0000001")["revenue"].to_list() == [11_000_000]
    assert office.ledger.vintages().filter(firm="F0000001").select("version", "revenue").rows() == [
        (1, 10_000_000), (2, 11_000_000),
    ]  # fmt: skip
    assert "100000.00 元" in done.problems.filter(code="figure-restated")["zh"][0]


def test_two_values_in_one_import_are_a_conflict_and_the_first_is_used(office):
    done = office.take(
        csv(office, "2022.csv", f"企业名称,信用代码,从业人员\n甲,{A},10\n甲,{A},12\n")
    )

    assert office.ledger.figures["staff"].to_list() == [10]
    assert done.problems.filter(code="figure-conflict")["value"].to_list() == ["12"]


def test_versions_are_listed_compared_and_undone(office):
    office.take(first_list(office))
    before = office.ledger.hash
    office.take(csv(office, "2023.csv", f"企业名称,信用代码,营业收入(元)\n甲改名,{A},5\n"))
    changed = office.diff(1, 2)
    office.undo()

    assert changed.filter(column="revenue").select("firm", "year", "after").rows() == [
        ("F0000001", 2023, "500")
    ]
    assert office.ledger.hash == before
    assert [version.kind for version in office.store.versions()] == ["import", "import", "undo"]
    office.undo()
    assert office.ledger.figures.filter(year=2023).height == 1


def test_the_hash_is_of_the_content_not_of_the_way(tmp_path):
    hashes = []
    for order in ((0, 1), (1, 0)):
        office = new_workspace(tmp_path / f"o{order[0]}")
        rows = [f"甲,{A},1", f"乙,{B},2"]
        lines = "\n".join(rows[i] for i in order)
        office.take(csv(office, "2022.csv", f"企业名称,信用代码,从业人员\n{lines}\n"))
        hashes.append(office.ledger.firms.select("uscc", "name").sort("uscc").rows())

    assert hashes[0] == hashes[1]


def test_a_merge_by_hand_can_be_taken_back(office):
    office.take(first_list(office))
    office.take(csv(office, "x.csv", "企业名称,所属区,地址\n上海甲公司,杨浦,长阳路\n"))

    office.merge("F0000003", "F0000001", reason="同一地址")
    merged = office.ledger
    office.unmerge("F0000003")

    assert merged.firms["firm"].to_list() == ["F0000001", "F0000002"]
    assert merged.firms.filter(firm="F0000001")["address"].to_list() == ["长阳路"]
    assert merged.firms.filter(firm="F0000001")["name"].to_list() == ["上海甲有限公司"]
    assert office.ledger.firms.height == 3


def test_a_rule_merges_whole_groups_in_one_version_and_is_undone_at_once(office):
    office.take(first_list(office))
    office.take(csv(office, "x.csv", "企业名称,所属区\n甲公司,杨浦\n甲甲公司,杨浦\n"))

    pairs = [("F0000003", "F0000004", "近"), ("F0000001", "F0000004", "近")]
    version = office.merge_many(pairs, rule="score >= 0.95")
    merged = office.ledger.firms["firm"].to_list()
    office.undo()

    assert merged == ["F0000001", "F0000002"]
    assert version.about["merged"] == 2
    assert office.ledger.firms.height == 4


def test_a_dated_merger_leaves_earlier_years_to_each_and_gives_later_ones_to_the_other(office):
    for year, (first, second) in {2020: (5, 7), 2021: (6, 8), 2022: (20, 9)}.items():
        told = f"企业名称,信用代码,营业收入(万元)\n甲,{A},{first}\n乙,{B},{second}\n"
        office.take(csv(office, f"{year}.csv", told))
    office.confirm_merger("F0000002", "F0000001", on=dt.date(2021, 6, 30))
    book = office.ledger

    wan = book.figures.select("firm", "year", pl.col("revenue") // 1_000_000).rows()
    assert [row for row in wan if row[1] < 2022] == [
        ("F0000001", 2020, 5), ("F0000001", 2021, 6), ("F0000002", 2020, 7), ("F0000002", 2021, 8),
    ]  # fmt: skip
    assert [row for row in wan if row[1] == 2022] == [("F0000001", 2022, 20)]
    assert book.firms.filter(firm="F0000002").select("merged_into", "merged_on").row(0) == (
        "F0000001", dt.date(2021, 6, 30),
    )  # fmt: skip
    office.undo()
    assert office.ledger.mergers.is_empty()
    assert office.ledger.figures["firm"].to_list() == ["F0000001"] * 3 + ["F0000002"] * 3


def test_merging_what_is_not_there_is_refused(office):
    with pytest.raises(WorkspaceError, match="F9"):
        office.confirm_merger("F9", "F0000001", on=dt.date(2021, 6, 30))
    office.take(first_list(office))

    with pytest.raises(WorkspaceError, match="F9"):
        office.merge("F9", "F0000001")
    with pytest.raises(WorkspaceError, match="没有被合并"):
        office.unmerge("F0000001")


def test_a_renaming_and_a_move_are_events_to_confirm(office):
    office.take(first_list(office))
    done = office.take(
        csv(office, "n.csv", f"企业名称,信用代码,所属区\n上海新甲有限公司,{A},静安\n")
    )

    assert office.ledger.firms["name"].to_list()[0] == "上海甲有限公司"
    assert office.ledger.events.select("kind", "before", "after").rows() == [
        ("renamed", "上海甲有限公司", "上海新甲有限公司"), ("moved", "310110", "310106"),
    ]  # fmt: skip
    assert sorted(done.problems["code"]) == ["district-moved", "name-changed"]


def test_a_confirmed_renaming_and_move_are_in_force_dated_and_no_news_again(office):
    office.take(first_list(office))
    told = csv(office, "n.csv", f"企业名称,信用代码,所属区\n上海新甲有限公司,{A},静安\n")
    office.take(told)

    office.confirm("F0000001", "name", on=dt.date(2023, 5, 1))
    office.confirm("F0000001", "district", "闸北区")
    ledger = office.ledger
    again = csv(office, "o.csv", f"企业名称,信用代码,所属区\n上海甲有限公司,{A},杨浦\n新丁,,\n")
    done = office.take(again)

    assert ledger.firms.row(0)[2:4] == ("上海新甲有限公司", "310106")
    assert ledger.events.filter("confirmed").select("kind", "before", "after", "on").rows() == [
        ("renamed", "上海甲有限公司", "上海新甲有限公司", dt.date(2023, 5, 1)),
        ("moved", "310110", "310106", None),
    ]  # fmt: skip
    assert "上海甲有限公司" in ledger.aliases["name"].to_list()
    assert done.problems.is_empty()
    office.undo(2)
    assert office.ledger.firms["name"][0] == "上海甲有限公司"


@pytest.mark.parametrize(
    ("firm", "column", "value", "words"),
    [("F9", "name", "x", "没有企业"), ("F0000001", "capital", "1", "只能确认"),
     ("F0000001", "name", None, "没有名单"), ("F0000001", "district", "火星", "不认识区名")],
)  # fmt: skip
def test_what_cannot_be_confirmed_is_said(office, firm, column, value, words):
    office.take(first_list(office))

    with pytest.raises(WorkspaceError, match=words):
        office.confirm(firm, column, value)


def test_the_lists_of_all_batches_merge_into_one_history(office):
    head = "企业名称,信用代码,称号,批次,认定日期,复核结果\n"
    office.take(csv(office, "a.csv", head + f"甲,{A},专精特新,第四批,2021-03-01,\n"))
    office.take(csv(office, "b.csv", head + f"甲,{A},专精特新中小企业,第四批,,通过\n"))
    done = office.take(
        csv(office, "c.csv", head + f"甲,{A},小巨人,一,2024-02-29,\n甲,{A},小巨人,一,2024-03-01,\n")
    )

    assert office.ledger.titles.rows() == [
        ("F0000001", "srdi", "第四批", dt.date(2021, 3, 1), dt.date(2024, 3, 1), "passed"),
        ("F0000001", "little-giant", "一", dt.date(2024, 2, 29), dt.date(2027, 2, 28), None),
    ]
    assert "title-conflict" in set(done.problems["code"])


def test_a_title_told_otherwise_by_a_later_list_is_named_with_its_row(office):
    head = "企业名称,信用代码,称号,批次,认定日期,有效期至\n"
    office.take(csv(office, "a.csv", head + f"甲,{A},小巨人,第四批,2022-08-08,\n"))
    done = office.take(
        csv(
            office, "b.csv",
            head + f"乙,{B},小巨人,第四批,2022-08-08,2022-08-01\n"
            f"甲,{A},小巨人,第 四 批,2022-08-09,2025-08-08\n",
        )
    )  # fmt: skip
    conflict = done.problems.filter(code="title-conflict")

    assert conflict.select("file", "row", "column", "value").rows() == [
        ("b.csv", 3, "E 认定日期", "2022-08-09")
    ]
    assert "2022-08-08" in conflict["zh"][0]
    assert done.problems.filter(code="title-expires-early")["row"].to_list() == [2]
    assert office.ledger.titles.filter(firm="F0000001")["granted"].to_list() == [
        dt.date(2022, 8, 8)
    ]


def test_a_dry_run_finds_everything_and_writes_nothing(office):
    done = office.take(first_list(office), dry_run=True)

    assert done.new_firms == 2
    assert done.version is None
    assert office.ledger.firms.is_empty()
    assert list(office.store.parts_folder.iterdir()) == []


def test_what_the_officer_confirmed_is_remembered(office):
    path = csv(office, "2022.csv", f"企业名称,信用代码,营业额\n甲,{A},1\n")
    office.take(path, Hints(mapping={"营业额": "revenue"}, units={"营业额": "万元"}))

    again = open_workspace(office.folder).take(path)

    assert again.figures == 1
    assert "column-unknown" not in set(again.problems["code"])


def test_an_import_overtaken_by_another_writes_nothing(office):
    office.take(first_list(office))
    latest = office.store.latest()
    office.store.commit("import", {}, latest.manifest, after=1)

    with pytest.raises(Overtaken):
        office.store.commit("import", {}, latest.manifest, after=1)
    assert len(office.store.versions()) == 2


def test_a_backup_is_the_whole_office(office, tmp_path):
    office.take(first_list(office))
    copy = restore(office.backup(tmp_path / "b.zip"), tmp_path / "copy")

    assert copy.ledger.hash == office.ledger.hash
    with pytest.raises(WorkspaceError, match="不是空的"):
        restore(tmp_path / "b.zip", tmp_path / "copy")


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path):
    with pytest.raises(WorkspaceError, match="sanfu new"):
        open_workspace(tmp_path)


def test_a_second_workspace_in_the_same_folder_is_refused(office):
    with pytest.raises(WorkspaceError, match="已经是工作区"):
        new_workspace(office.folder)


def test_one_file_can_be_read_without_a_workspace(office):
    ledger = sanfu.read(first_list(office))

    assert ledger.firms.height == 2


@pytest.mark.parametrize(
    ("name", "code"),
    [("杨浦", "310110"), ("上海市杨浦区", "310110"), ("浦东新区", "310115"), ("浦东", "310115"),
     ("闸北区", "310106"), ("卢湾", "310101"), ("南汇", "310115"), ("崇明县", "310151"),
     ("自贸区", "310115"), ("310110", "310110"), ("Yangpu", "310110"), ("火星区", None)],
)  # fmt: skip
def test_a_district_is_found_by_any_of_its_names(name, code):
    assert find_units(read_region("shanghai"), pl.Series([name])).code.to_list() == [code]
