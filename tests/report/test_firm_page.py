"""A firm's page: what the check says, followed to the cells; peers that give no firm away."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import polars as pl
import pypdf
import pytest

from sanfu.errors import InputError
from sanfu.index import Confidentiality
from sanfu.ladder import VERDICT, check
from sanfu.language import use_language
from sanfu.report import compose
from sanfu.report.blocks import Paragraph, Table
from sanfu.report.firm import LEAST_PEERS, FirmPages, _quartiles
from sanfu.report.firm_batch import write_pages
from sanfu.report.html import to_html
from sanfu.report.materials.firm import _rough
from sanfu.report.pdf import write_pdf
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


def of_tier_all(pages, tier):
    return [firm for firm in pages.rows["firm"] if pages.holds.get(firm, "") == tier]


def of_tier(pages, tier):
    return of_tier_all(pages, tier)[0]


def table(report, words):
    return next(
        block
        for block in report.document.blocks
        if isinstance(block, Table) and words in block.caption
    )


def words(paragraph):
    return "".join(one if isinstance(one, str) else one.text for one in paragraph.line)


def cell(inline):
    return inline if isinstance(inline, str) else inline.text


@pytest.mark.parametrize("tier", ["", "innovative", "srdi", "little-giant"])
def test_the_criteria_printed_are_those_of_the_check(pages, tier):
    page = pages.page(of_tier(pages, tier))

    report = compose("firm", page)

    printed = table(report, "条件逐条自检")
    kind = page.kind
    alone = pages.rows.filter(pl.col("firm") == page.code)
    found = check(alone, page.result.book.rulebook, kind=kind, on=ON)
    verdict = found.frame.filter(pl.col("criterion") == VERDICT)["outcome"][0]
    scored = len(found.book.indicators)
    points = table(report, "评分项得分").rows if scored else ()
    assert len(printed.rows) + len(points) == len(found.book.reading_order)
    assert len(points) == scored
    words = {"met": "符合", "unmet": "不符合", "missing": "缺数据", "judge": "需人工判断"}
    assert cell(printed.rows[-1][2]) == words[verdict]


@pytest.mark.parametrize("tier", ["", "innovative", "srdi", "little-giant"])
def test_only_what_is_needed_is_called_unmet_and_the_first_page_counts_the_same(pages, tier):
    page = pages.page(of_tier(pages, tier))
    report = compose("firm", page)
    rows = [[cell(one) for one in row] for row in table(report, "条件逐条自检").rows[:-1]]

    said = [(kind, outcome) for _, kind, outcome, *_ in rows]
    assert {kind for kind, outcome in said if outcome == "不符合"} <= {"必备", "满足其一"}
    assert {kind for kind, outcome in said if outcome == "未达到"} <= {"备选", "豁免", "直通"}
    tops = [row for row in rows if not row[0].startswith("　")]
    counted = "；".join(
        words(block) for block in report.document.blocks if isinstance(block, Paragraph)
    )
    for word in ("符合", "不符合", "缺数据", "需人工判断"):
        assert f"{word} {sum(row[2] == word for row in tops)} 项" in counted
    assert f"必备条件 {len(tops)} 项" in counted


def test_what_is_not_taken_has_no_gap_and_a_share_lacks_points(pages):
    rows = [
        [cell(one) for one in row]
        for firm in pages.rows["firm"].head(60)
        for row in table(compose("firm", pages.page(firm)), "条件逐条自检").rows
    ]

    assert any(row[2] == "未用此项" for row in rows)
    assert all(row[5] == "—" for row in rows if row[2] in ("未用此项", "符合"))
    assert any(row[5].endswith("个百分点") for row in rows)
    assert not [row for row in rows if row[5].endswith("%")]


def test_the_first_page_holds_all_that_a_firm_reads(pages, tmp_path):
    heads = ("1 现状与结论", "2 还差什么", "3 怎么提升", "4 可找的服务", "5 与同类比较")
    tiers = dict.fromkeys(pages.holds.values())
    firms = [firm for tier in ("", *tiers) for firm in of_tier_all(pages, tier)[:3]]
    longest = max(pages.rows.select("firm", "name").iter_rows(), key=lambda row: len(row[1]))[0]
    for number, firm in enumerate([*firms, longest, longest]):
        page = pages.page(firm)
        if number > len(firms):  # a name that nobody bears
            page = replace(page, firm={**page.firm, "name": "长名" * 60})
        file = write_pdf(compose("firm", page).document, tmp_path / "a.pdf")

        first, second, *_ = [one.extract_text() for one in pypdf.PdfReader(file).pages]

        flat = "".join(first.split())
        places = [flat.index("".join(head.split())) for head in heads]
        assert places == sorted(places)
        assert "".join(page.name.split()) in flat
        assert "有数据户数" in flat or "不作比较" in flat
        assert ("有效期至" in flat) == (page.holds != "")
        assert "附件：条件逐条自检" in "".join(second.split())


def test_each_step_of_the_way_up_says_what_it_is_for(pages):
    steps = 0
    for firm in pages.rows["firm"].head(60):
        page = pages.page(firm)
        rows = table(compose("firm", page), "").rows if page.plan and page.plan.steps else ()
        for row in rows:
            steps += 1
            assert cell(row[2]) not in ("", "—"), (firm, row)
    assert steps > 20


def test_points_summed_here_are_told_from_the_platforms_score(pages):
    told = 0
    for firm in of_tier_all(pages, "innovative")[:20]:
        page = pages.page(firm)
        total = page.criteria.filter(pl.col("criterion") == "score_total")["value"][0]
        filed = page.firm.get("platform_score")
        document = compose("firm", page).document
        said = [words(block) for block in document.blocks if isinstance(block, Paragraph)]
        both = [one for one in said if "自算" in one and "平台测评" in one]
        assert len(both) == (filed is not None and total is not None)
        if both:
            told += 1
            assert f"{total:g} 分" in both[0]
            assert f"{float(filed):g} 分" in both[0]
    assert told


def test_what_is_a_direct_route_is_no_shortfall_and_asks_for_no_service(pages):
    for firm in pages.rows["firm"].head(60):
        blocks = compose("firm", pages.page(firm)).document.blocks
        said = "\n".join(words(block) for block in blocks if isinstance(block, Paragraph))
        assert "暂无对应服务" not in said
        assert "创客中国" not in said
        assert "科技奖励" not in said


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


def test_nobody_is_told_of_fewer_than_ten_peers_whatever_the_office_allows(office):
    lax = Confidentiality(min_firms=2, dominance=None)
    least = FirmPages(office.ledger, ON, rules=lax).least
    staff = [10 + number for number in range(10)]

    told = [_quartiles(pl.DataFrame({"staff": staff[:n]}), least, lax).height for n in (9, 10)]

    assert least == 10
    assert told == [0, 1]


def test_a_quartile_is_the_mean_of_the_firms_nearest_to_it():
    told = _quartiles(
        pl.DataFrame({"staff": [1, 2, 3, 40, 50, 96, 97, 98, 990, 1000, 1010, 2000, 2000]}),
        LEAST_PEERS,
        Confidentiality(),
    )

    assert told.rows() == [("staff", 13, 31.0, 97.0, 1000.0)]  # (3 + 40 + 50) / 3 and so on


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (13_000_000_000, "1.3亿元", "130 m yuan"),
        (190_000_000_000, "19亿元", "1.9 bn yuan"),
        (1_900_000_000, "1,900万元", "19 m yuan"),
        (-620_000_000, "-620万元", "-6.2 m yuan"),
        (2_100_000, "2.1万元", "21,000 yuan"),
    ],
)
def test_a_quartile_is_printed_with_both_its_figures_in_both_languages(fen, zh, en):
    assert _rough(fen, money=True).printed("zh") == zh
    use_language("en")
    assert _rough(fen, money=True).printed("en") == en


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

    printed = table(compose("firm", page), "")  # the first table of the page

    assert page.plan == among.plan
    if page.plan is not None and page.plan.steps:
        said = [str(step_words(step, page.plan.ahead, page.year)) for step in page.plan.steps]
        assert [cell(row[1]) for row in printed.rows] == said
