"""Every number that a report prints leads to its trace: formula, inputs, cells or named source.

In HTML each digit of running text, tables and captions lies in a link to a trace. A figure's own
digits (its picture and its data table) lie behind the one trace that its caption links to. What
is no result is named here, kind by kind, and nothing else is let through.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from lxml import html

from sanfu.exchange import FollowBook, build_funnel, desk_report, desk_rules, sample_event
from sanfu.exchange.desk.sample import sample_desk
from sanfu.language import use_language
from sanfu.registry import problem_kinds
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import read_scheme
from sanfu.report.blocks import Picture, Table, Traced
from sanfu.report.composing import compose
from sanfu.report.firm import FirmPages
from sanfu.report.html import to_html
from sanfu.report.materials.ledger import without_values

NO_RESULT = re.compile(
    r"\d{4}-\d{2}-\d{2}"  # a date
    r"|(?<!\d)(19|20)\d\d(?!\d)"  # a year
    r"|(表|图|Table|Figure) \d+"  # numbering of the document
    r"|第 \d+ [类档]|(Type|Tier) \d+"  # numbering of groups, which the words before explain
    r"|第 \d+ 版|version \d+"  # a version of the ledger
    r"|\d+%? (区间|interval)"  # parameters of the method
    r"|(低于|below) 0\.75|(不超过|within) 2 (位|places)|(超过|more than) 100 ?%"
)
"""Digits that are no result: dates, numbering, versions, and bounds that the method sets."""
NAMES = {
    "",  # numbers the rows
    "算法或来源", "判定规则", "条款", "文件", "工作表", "类型", "改法", "责任人", "条件",
    "formula or source", "rule", "article", "file", "sheet", "type", "remedy", "officer",
    "criterion", "评分项", "scored item", "材料", "用来证明", "paper", "what it proves",
}  # fmt: skip
"""Headings of columns that hold names, codes, formulas and versions, no results."""


@pytest.fixture(scope="module")
def results(report_office, results_of):
    by_kind = {type(one).__name__: one for one in results_of("city-index")}
    robust = by_kind["Index"].robustness(replicates=200, seed=1)
    return {**by_kind, "Robustness": robust}


def untraced(page: str, names: set[str]) -> list[str]:
    """Give the pieces of the page's words that hold digits and no link to a trace.

    Names of indicators and industries, such as 营业收入增长 20% 以上企业占比, are read away first.
    """
    tree = html.document_fromstring(page)
    for gone in tree.xpath(
        "//head | //header | //footer | //nav | //svg | //h2 | //h3 | //h4 | //h5 | //sup"
        " | //figure/details | //section[@class='traces'] | //p[@class='source']"
        " | //p[@class='stamp'] | //section[@class='notes'] | //a[@class='num']"
    ):
        gone.drop_tree()
    for table in tree.xpath("//table"):
        heads = [cell.text_content() for cell in table.xpath(".//th")]
        for row in table.xpath(".//tbody/tr"):
            for head, cell in zip(heads, row.xpath("./td"), strict=True):
                if head in NAMES:
                    cell.text = ""
        for cell in table.xpath(".//th"):
            cell.drop_tree()
    pieces = [
        one.text_content() for one in tree.xpath("//p | //td | //caption | //figcaption | //li")
    ]
    known = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    return [w for w in pieces if re.search(r"\d", NO_RESULT.sub("", known.sub("", w)))]


def names_of(results) -> set[str]:
    """Give the names with digits that the method and the schemes declare."""
    framework = results["Index"].framework
    parts = {str(framework.label(code)) for code in (*framework.indicators, *framework.nodes)}
    ledger = results["Ledger"]
    schemes = (*ledger.schemes, *map(read_scheme, ledger.region.unit("杨浦区").schemes))
    tags = {rule.tag for scheme in schemes for rule in scheme.rules}
    groups = {str(group.label.text()) for scheme in schemes for group in scheme.groups}
    plan = results["Robustness"].plan.choices.values()
    choices = {str(choice.name.text()) for choice in plan if choice.name}
    problems = {
        without_values(getattr(kind, language))
        for kind in problem_kinds().values()
        for language in ("zh", "en")
    }
    found = parts | tags | groups | choices | problems
    return {name for name in found if re.search(r"\d", name)}


def check(report, names) -> None:
    """Hold one report to the rule."""
    document = report.document
    for trace in document.traces.values():
        assert trace.what, trace
        assert trace.formula or trace.cells, trace
        assert trace.inputs or trace.cells, trace
    keys = {trace.key for trace in document.traces.values()}
    leads = [v for t in document.traces.values() for _, v in t.inputs if isinstance(v, Traced)]
    assert {one.key for one in leads} <= keys
    for block in document.blocks:
        if isinstance(block, Picture):
            assert block.trace in keys
        if isinstance(block, Table) and block.trace:
            assert block.trace in keys
    assert untraced(to_html(document), names) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["index-page", "city-index", "district", "interpretation"])
def test_every_number_of_a_report_on_the_index_leads_to_its_trace(name, language, results):
    use_language(language)

    check(compose(name, *results.values(), focus="杨浦区"), names_of(results))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_of_a_firms_page_leads_to_its_trace(language, report_office):
    use_language(language)
    pages = FirmPages(report_office.ledger, dt.date(2024, 5, 1))
    by_tier = {}
    for firm in pages.rows["firm"]:
        by_tier.setdefault(pages.holds.get(firm, ""), []).append(firm)

    assert set(by_tier) >= {"", "innovative", "srdi", "little-giant"}
    for firms in by_tier.values():
        for firm in firms[:3]:
            page = pages.page(firm)
            book = str(page.result.book.rulebook.name.text())
            check(compose("firm", page), {book, page.name, page.code, str(page.firm["products"])})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_of_the_years_work_leads_to_its_trace(language, tmp_path):
    use_language(language)
    sample = shanghai(firms=500, seed=3)
    records = sample_desk(sample.firms, year=2023, bookings=400)
    days = {"start": dt.date(2023, 1, 1), "end": dt.date(2023, 12, 31)}
    desk = desk_report(records, sample.firms, sample.titles, rules=desk_rules(), **days)
    book = FollowBook(tmp_path / "follow.sqlite")
    needs = sample_event().needs[:6]
    book.announce(needs, on=dt.date(2023, 3, 1), event="样例")
    funnel = build_funnel(book, on=dt.date(2027, 1, 1))

    names = {need.id for need in needs} | set(desk.firms["district"].unique())
    check(compose("service-year", desk, funnel), names)


def test_the_chain_of_a_rank_goes_on_to_the_cells_of_the_regions(results):
    document = compose("index-page", results["Index"]).document
    traces = document.traces
    table = next(block for block in document.blocks if isinstance(block, Table))
    ends, now = set(), {row[0].key for row in table.rows}
    while now:
        found = [traces[key] for key in now]
        ends |= {trace.key for trace in found if trace.cells}
        now = {v.key for t in found for _, v in t.inputs if isinstance(v, Traced)} - ends

    regions = {traces[key].what.partition(" · ")[0] for key in ends}
    assert regions == {row[1] for row in table.rows}


def test_cells_named_are_those_of_the_measure_and_the_year_that_the_formula_reads(results):
    from sanfu.report.materials.index_view import IndexView

    view = IndexView(results["Index"])
    for code, columns in (
        ("revenue_total", {"revenue 2023"}),
        ("revenue_growth", {"revenue 2022", "revenue 2023"}),
        ("productivity", {"revenue 2023", "staff 2023"}),
        ("inventions", {"class1_ip 2023"}),
    ):
        for item in view.items:
            cells = view.raw(item, code).trace().cells
            named = {cell.partition("：")[0].partition(" ")[2] for cell in cells if " › " in cell}
            assert named <= columns
            assert named


def test_the_cells_named_are_the_first_of_all_that_a_figure_was_computed_from(results):
    from sanfu.report.materials.index_view import CELLS_SHOWN, IndexView

    index = results["Index"]
    view = IndexView(index)
    for item in view.items:
        unit = str(item.name)
        everything = index.regions.trace(unit, "productivity", view.year).cells
        listed = sorted(everything.to_dicts(), key=lambda cell: (cell["firm"], cell["column"]))

        trace = view.raw(item, "productivity").trace()

        shown = [cell for cell in trace.cells if " › " in cell]
        assert len(listed) > 2 * CELLS_SHOWN  # else the first and the last are the same
        assert trace.total == len(listed)
        assert len(shown) == CELLS_SHOWN
        for words, cell in zip(shown, listed, strict=False):
            assert words.startswith(f"{cell['firm']} {cell['column']} {cell['year']}：")
            assert words.endswith(f" › {cell['row']} = {cell['raw']}")
