"""A firm's page: what the check says, followed to the cells; peers that give no firm away."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.index import Confidentiality
from sanfu.ladder import VERDICT, check
from sanfu.language import use_language
from sanfu.report import compose
from sanfu.report.blocks import Table
from sanfu.report.firm import LEAST_PEERS, FirmPages, _quartiles
from sanfu.report.firm_batch import write_pages
from sanfu.report.html import to_html
from sanfu.workspace import new_workspace

ON = dt.date(2024, 5, 1)


@pytest.fixture(scope="module")
def office(sample_office):
    return sample_office(400, 9)


@pytest.fixture(scope="module")
def pages(office):
    return FirmPages(office.ledger, ON)


def holder(pages, tier):
    return next(firm for firm, held in pages.holds.items() if held == tier)


def table(report, words):
    return next(
        block
        for block in report.document.blocks
        if isinstance(block, Table) and words in block.caption
    )


def cell(inline):
    return inline if isinstance(inline, str) else inline.text


def test_the_criteria_printed_are_those_of_the_check(pages):
    page = pages.page(holder(pages, "srdi"))

    printed = table(compose("firm", page), "逐条自检")

    alone = pages.rows.filter(pl.col("firm") == page.code)
    found = check(alone, page.result.book.rulebook, kind="new", on=ON)
    verdict = found.frame.filter(pl.col("criterion") == VERDICT)["outcome"][0]
    assert page.next == "little-giant"
    assert len(printed.rows) == len(found.book.reading_order)
    words = {"met": "符合", "unmet": "不符合", "missing": "缺数据", "judge": "需人工判断"}
    assert cell(printed.rows[-1][1]) == words[verdict]


def test_a_figure_leads_to_its_cell(office, pages):
    page = pages.page(holder(pages, "srdi"))
    document = compose("firm", page).document

    asked = set(re.findall(r'href="#t-(n\d+)"', to_html(document)))
    assert asked == set(document.traces)
    origin = office.ledger.origin(page.code, "revenue", 2023).row(0, named=True)
    cells = [one for trace in document.traces.values() for one in trace.cells]
    assert any(f"{origin['cell']} = {origin['raw']}" in one for one in cells)


def test_a_firm_at_the_top_is_held_to_its_review(pages):
    page = pages.page(holder(pages, "little-giant"))

    assert (page.next, page.kind) == ("little-giant", "review")


def test_peers_are_told_of_enough_firms_and_no_single_ones_figure_is_printed(pages):
    for firm in pages.rows["firm"].head(40):
        peers = pages.page(firm).peers

        assert peers.filter(pl.col("n") < LEAST_PEERS).height == 0
    revenues = pl.Series([float(100_003 + 7_919 * number) for number in range(21)])  # n = 4k + 1
    exact = [revenues.quantile(at, "linear") for at in (0.25, 0.5, 0.75)]
    assert set(exact) <= set(revenues)  # a plain quartile would be one firm's own figure

    told = _quartiles(pl.DataFrame({"revenue": revenues}), LEAST_PEERS, Confidentiality())

    for name, plain in zip(("q1", "median", "q3"), exact, strict=True):
        assert told[name][0] == pytest.approx(plain, rel=0.05)
        assert told[name][0] not in set(revenues)


def test_a_quartile_is_the_mean_of_the_firms_nearest_to_it():
    told = _quartiles(
        pl.DataFrame({"staff": [1, 2, 3, 40, 50, 96, 97, 98, 990, 1000, 1010, 2000, 2000]}),
        LEAST_PEERS,
        Confidentiality(),
    )

    assert told.rows() == [("staff", 13, 31.0, 97.0, 1000.0)]  # (3 + 40 + 50) / 3 and so on


def test_the_offices_rules_hold_for_peers(office):
    firm = office.ledger.firms["firm"][0]
    usual = FirmPages(office.ledger, ON).page(firm).peers
    many = FirmPages(office.ledger, ON, rules=Confidentiality(min_firms=9999)).page(firm).peers
    even = pl.DataFrame({"revenue": [100.0] * 12, "staff": [10] * 11 + [9999]})

    assert usual.height > 0
    assert many.height == 0
    assert _quartiles(even, LEAST_PEERS, Confidentiality())["measure"].to_list() == ["revenue"]
    rules = Confidentiality(dominance=None)
    assert _quartiles(even, LEAST_PEERS, rules)["measure"].to_list() == ["revenue", "staff"]


def test_without_a_year_the_page_takes_the_last_full_year_that_the_ledger_has(office):
    pages = FirmPages(office.ledger, dt.date(2026, 11, 24))

    assert office.ledger.figures["year"].max() < 2025
    assert pages.year == office.ledger.figures["year"].max()


def test_a_firm_is_found_by_id_name_or_code_and_an_unknown_one_refused(pages):
    row = pages.rows.row(3, named=True)

    assert pages.find(row["firm"]) == pages.find(row["name"]) == row["firm"]
    with pytest.raises(InputError, match="没有企业"):
        pages.page("不存在的企业")


def test_the_page_says_it_is_a_self_check_in_both_languages(pages):
    firm = holder(pages, "innovative")
    zh = to_html(compose("firm", pages.page(firm)).document)
    use_language("en")
    en = to_html(compose("firm", pages.page(firm)).document)

    assert "自检/测算" in zh
    assert "self-check" in en
    assert "合成数据 / synthetic" in zh


def test_a_stopped_batch_goes_on_and_another_day_begins_anew(office, pages, tmp_path):
    firms = pages.rows["firm"].head(5).to_list()
    write_pages(office.folder, firms[:3], tmp_path, ON, workers=1)

    on = write_pages(office.folder, firms, tmp_path, ON, workers=1)
    anew = write_pages(office.folder, firms[:2], tmp_path, dt.date(2024, 6, 1), workers=1)

    assert (len(on.written), len(on.kept)) == (2, 3)
    assert (len(anew.written), len(anew.kept)) == (2, 0)
    assert len(list(tmp_path.glob("*.html"))) == 2


def test_pages_of_another_ledger_or_format_are_written_anew(tmp_path):
    office, out = new_workspace(tmp_path / "o", region="shanghai"), tmp_path / "p"
    filed = pl.DataFrame(
        {"企业名称": ["甲有限公司", "乙有限公司"], "年份": 2023, "营业收入（万元）": [900, 800]}
    )

    def take(extra):
        filed.with_columns(pl.col("营业收入（万元）") + extra).write_csv(tmp_path / f"{extra}.csv")
        office.take(tmp_path / f"{extra}.csv")

    def write(form="html"):
        firms = office.ledger.firms["firm"].to_list()
        made = write_pages(office.folder, firms, out, ON, form=form, workers=1)
        return len(made.written), len(made.kept), (out / f"{firms[0]}.html").read_text("utf-8")

    take(0)
    first, other_form, again = write(), write("docx"), write()
    take(7)
    changed = write()

    assert [one[:2] for one in (first, other_form, again, changed)] == [
        (2, 0), (2, 0), (0, 2), (2, 0)
    ]  # fmt: skip
    assert changed[2] != first[2]
    assert not list(out.glob("*.docx"))


def test_two_processes_write_the_same_pages_as_one(office, pages, tmp_path):
    firms = pages.rows["firm"].head(30).to_list()
    counted = []

    write_pages(office.folder, firms[:2], tmp_path / "a", ON, workers=1)
    made = write_pages(
        office.folder, firms, tmp_path / "b", ON, workers=2,
        progress=lambda done, of: counted.append((done, of)),
    )  # fmt: skip

    assert made.written == tuple(firms)
    assert (counted[0], counted[-1]) == ((0, 30), (30, 30))
    for firm in firms[:2]:
        one, other = (tmp_path / side / f"{firm}.html" for side in "ab")
        assert one.read_bytes() == other.read_bytes()


def test_the_way_up_on_the_page_is_the_planners_alone_or_among_many(office, pages):
    from sanfu.ladder.plan_words import step_words

    firm = holder(pages, "srdi")
    page = pages.page(firm)
    among = FirmPages(office.ledger, ON, many=True).page(firm)

    printed = table(compose("firm", page), "提升办法")

    assert page.plan == among.plan
    if page.plan is not None and page.plan.steps:
        said = [str(step_words(step, page.plan.ahead, page.year)) for step in page.plan.steps]
        assert [cell(row[1]) for row in printed.rows] == said
