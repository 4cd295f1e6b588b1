"""All 74,799 real registrations come in, and their dirt is found again as it was measured."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.registry.duplicates import find_duplicates
from sanfu.registry.regions import find_units, read_region
from sanfu.registry.sample.dirty.lists import _short, _typo
from sanfu.workspace import new_workspace

pytestmark = pytest.mark.shared
HEADINGS = {
    "uscc": "统一社会信用代码", "name": "企业名称", "registered_on": "成立日期",
    "type": "企业类型", "capital_raw": "注册资本", "business_scope": "经营范围",
    "district_label": "所属区", "address": "注册地址",
}  # fmt: skip
ROWS = 74_799


@pytest.fixture(scope="module")
def registrations(shared):
    path = shared / "data/cn_enterprise_registration_1979_2004/shanghai_1979_2004.parquet"
    return pl.read_parquet(path, columns=list(HEADINGS)).rename(HEADINGS)


@pytest.fixture(scope="module")
def taken(registrations, tmp_path_factory):
    """The ledger of each kind of file."""
    folder = tmp_path_factory.mktemp("real")
    registrations.write_excel(folder / "real.xlsx", worksheet="登记")
    registrations.write_csv(folder / "real.csv", include_bom=True)
    registrations.write_parquet(folder / "real.parquet")
    offices = {}
    for ending in ("xlsx", "csv", "parquet"):
        office = new_workspace(folder / ending)
        done = office.take(folder / f"real.{ending}")
        offices[ending] = (done, office.ledger)
    return offices


@pytest.mark.parametrize("ending", ["xlsx", "csv", "parquet"])
def test_every_registration_is_a_firm_from_every_kind_of_file(taken, ending):
    done, ledger = taken[ending]

    assert done.rows == done.new_firms == ledger.firms.height == ROWS
    assert done.set_aside == 0


def test_the_three_kinds_of_file_give_the_same_ledger(taken):
    assert len({ledger.hash for _, ledger in taken.values()}) == 1


def test_nothing_of_a_row_is_changed_or_lost(taken, registrations):
    firms = taken["csv"][1].firms
    both = registrations.join(firms, left_on="统一社会信用代码", right_on="uscc")

    assert both.height == ROWS
    assert (both["企业名称"].str.strip_chars() == both["name"]).all()
    assert (both["成立日期"] == both["founded"].cast(pl.String)).all()


def within(found, measured):
    """Whether a share lies within 0.1 point of the measured one."""
    return abs(found * 100 - measured) <= 0.1


def test_the_dirt_is_found_again_at_the_measured_rates(taken):
    firms = taken["xlsx"][1].firms
    region = read_region("shanghai")
    division = firms["uscc"].str.slice(2, 6)
    unit = find_units(region, division).code
    comparable = unit.is_not_null() & firms["district"].is_not_null()
    names = [n for u in region.units for n in (u.name.zh, *(f.name for f in u.former))]
    shorts = [n.removesuffix("新区").removesuffix("区").removesuffix("县") for n in names]
    named = firms["address"].str.contains("(" + "|".join(shorts) + ")(新区|区|县)|自由贸易试验区")

    assert within((division == "310000").mean(), 8.9)
    assert within((unit != firms["district"]).filter(comparable).mean(), 1.9)
    assert within(1 - named.fill_null(value=False).mean(), 12.7)
    assert within(firms["capital"].is_null().mean(), 12.8)
    currencies = dict(firms["currency"].value_counts().iter_rows())
    assert currencies["USD"] == 4161
    assert within((firms["capital"].is_not_null() & (firms["currency"] != "CNY")).mean(), 5.7)


def test_traditional_characters_and_brackets_stay_in_legal_names(taken):
    from opencc import OpenCC

    names = taken["xlsx"][1].firms["name"]
    convert = OpenCC("t2s").convert

    assert within(sum(convert(n) != n for n in names.to_list()) / ROWS, 0.26)
    # the 2.7 % of half-width brackets were counted in a sample of 2,000: 54, standard error 7.2
    assert abs(names.str.contains(r"\(").mean() * 2000 - 54) < 3 * 7.2


def test_old_districts_and_shifted_rows_are_named(taken):
    done, _ = taken["xlsx"]
    counts = dict(done.problems.group_by("code").len().iter_rows())

    assert counts["district-old"] == 3875 + 444
    assert counts["district-unknown"] == 1
    assert counts["own-unit-unread"] == 8
    assert done.problems.filter(code="own-unit-unread")["remedy_zh"].str.contains("万元").all()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_rows_broken_on_purpose_are_set_aside_and_the_rest_comes_in(
    registrations, tmp_path, encoding
):
    lines = registrations.write_csv(line_terminator="\r\n").encode(encoding).split(b"\r\n")
    broken = list(range(100, ROWS, 2000))
    for at in broken:
        place = next(i for i, byte in enumerate(lines[at]) if byte >= 0x81)
        lines[at] = lines[at][: place + 1] + b"\xff" + lines[at][place + 2 :]
    path = tmp_path / "real.csv"
    path.write_bytes(b"\r\n".join(lines))

    office = new_workspace(tmp_path / "office")
    done = office.take(path)

    assert done.set_aside == len(broken)
    assert done.new_firms == ROWS - len(broken)
    aside = office.ledger.set_aside
    assert aside["row"].to_list() == [at + 1 for at in broken]
    assert set(aside["code"]) == {"broken-encoding"}
    assert done.problems.filter(code="broken-encoding").height == len(broken)


def test_slips_in_real_names_are_found_and_firms_that_are_not_there_are_not(registrations):
    """1,500 misspelt or shortened copies, among 3,000 names whose firms are not in the ledger."""
    rng = np.random.default_rng(5)
    known = registrations.filter(pl.col("企业名称").str.len_chars() >= 9)
    rows = known.select(
        pl.int_range(pl.len()).cast(pl.String).alias("of"), uscc="统一社会信用代码",
        name="企业名称", district=find_units(read_region("shanghai"), known["所属区"]).code,
    )  # fmt: skip
    drawn = rows[rng.choice(rows.height, 4500, replace=False).tolist()]
    copied, gone = drawn[:1500], drawn[1500:]
    said = [
        _short(name) if way < 0.5 else _typo(name, rng)
        for name, way in zip(copied["name"], rng.random(1500), strict=True)
    ]
    copies = copied.with_columns(name=pl.Series(said)).filter(pl.Series(said) != copied["name"])
    listed = pl.concat([copies, gone]).with_columns(uscc=pl.lit(None, dtype=pl.String))
    ledger = rows.join(gone, on="of", how="anti")

    found = find_duplicates(
        pl.concat([ledger.with_columns(firm="F" + pl.col("of")),
                   listed.with_columns(firm="C" + pl.col("of"))])
    )  # fmt: skip
    right = found.filter(pl.col("firm").str.slice(1) == pl.col("other").str.slice(1))

    assert right.height / found.height >= 0.99
    assert right["other"].n_unique() / copies.height >= 0.97
