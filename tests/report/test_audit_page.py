"""A statistician follows one district's rank from the index down to the cell of the file."""

from __future__ import annotations

import html
import re
import shutil

import docx
import openpyxl
import polars as pl
import pytest
from playwright.sync_api import sync_playwright

from sanfu.errors import InputError
from sanfu.index import build_index, measure_regions, parse_framework
from sanfu.index.table_cells import find_table_cells
from sanfu.language import use_language
from sanfu.registry import sample
from sanfu.report.audit import audit_document, audit_html, write_audit
from sanfu.report.audit.pictures import contribution_steps, gain_bars, strength_bars
from sanfu.report.blocks import Table
from sanfu.report.figures import draw_svg
from sanfu.workspace import new_workspace

ABOUT = {
    "title": "题", "unit": "分", "source": "样例", "as_of": "2023", "n": "3", "method": "和",
    "synthetic": True,
}  # fmt: skip
ANCHOR = re.compile(r' id="([^"]+)"')
LINK = re.compile(r' href="#([^"]+)"')


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Twelve synthetic firms in three districts, in one workbook."""
    folder = tmp_path_factory.mktemp("office")
    districts = ["徐汇区", "长宁区", "静安区"]
    rows = [
        (
            "企业名称",
            "统一社会信用代码",
            "所属区",
            "成立日期",
            "营业收入（元）",
            "研发费用（元）",
            "年度",
        )
    ]
    codes = sample_codes(12)
    for i in range(12):
        firm = (f"上海合成{i}号有限公司", codes[i], districts[i % 3], "2015-01-01")
        rows += [(*firm, 1_000_000 * (i + 1), 10_000 * (i * i % 7 + 1), 2023)]
    book = openpyxl.Workbook()
    book.active.title = "填报"
    for row in rows:
        book.active.append(row)
    book.save(folder / "企业_合成数据.xlsx")
    space = new_workspace(folder / "office")
    space.take(folder / "企业_合成数据.xlsx")
    return space


def sample_codes(n):
    return sample.shanghai(firms=100, seed=3).firms["uscc"].to_list()[:n]


FRAMEWORK = {
    "framework": "three",
    "name": {"zh": "三区指数", "en": "three districts"},
    "nodes": {"index": {"name": {"zh": "总指数", "en": "index"}}},
    "indicators": {
        "intensity": {
            "name": {"zh": "研发强度", "en": "R&D intensity"},
            "parent": "index",
            "unit": "share",
            "formula": "ratio(rd_expense, revenue)",
        },
        "size": {
            "name": {"zh": "户均营业收入", "en": "mean revenue"},
            "parent": "index",
            "formula": "mean(revenue)",
        },
    },
}


@pytest.fixture(scope="module")
def index(office):
    names = {code: str(name) for code, name in office.region.names().items()}
    framework = parse_framework(FRAMEWORK)
    figures = measure_regions(framework, office.ledger, years=2023, names=names)
    return build_index(framework, figures)


@pytest.fixture(scope="module")
def audit(index):
    use_language("zh")
    return index.audit(replicates=30, sobol=0)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_every_link_of_the_page_leads_to_an_anchor_on_it(audit):
    page = audit_html(audit, ["静安区"])

    anchors = set(ANCHOR.findall(page))
    assert len(anchors) == len(ANCHOR.findall(page))
    missing = set(LINK.findall(page)) - anchors
    assert not missing
    assert "<script" not in page
    assert "https://" not in page


def test_a_rank_is_followed_step_by_step_to_the_cell_of_the_file(audit, index):
    page = audit_html(audit, ["静安区"])

    row = index.row("静安区")
    # the ranking links the score to the node, the node to the indicator, that to firms and cells
    assert f'href="#t-u{row}-n0"' in page
    node = page.split(f'id="t-u{row}-n0"')[1].split("</article>")[0]
    assert f'href="#t-u{row}-i0"' in node
    indicator = page.split(f'id="t-u{row}-i0"')[1].split("</article>")[0]
    firms = re.findall(r'href="#t-(f-F\d+)"', indicator)
    assert len(firms) == 4
    card = text_of(page.split(f'id="t-{firms[0]}"')[1].split("</article>")[0])
    assert "研发费用" in card
    assert re.search(r"F1 › 填报 › F\d+ = \d+", card)
    assert "F1 = 企业_合成数据.xlsx" in text_of(page)


def test_the_numbers_on_the_way_are_those_of_the_workbook(audit, index, office):
    page = audit_html(audit, ["静安区"])
    row = index.row("静安区")
    indicator = text_of(page.split(f'id="t-u{row}-i0"')[1].split("</article>")[0])

    ledger = office.ledger
    mine = ledger.firms.filter(pl.col("district") == "310106")["firm"]
    own = ledger.figures.filter(pl.col("firm").is_in(mine.to_list()))
    share = own["rd_expense"].sum() / own["revenue"].sum()
    assert f"A ÷ B = {share:.4g}" in re.sub(r"\s+", " ", indicator)


def test_a_followed_unit_is_drawn_against_the_mean_and_the_steps_add_up(audit, index):
    found = index.contributions("静安区", against="mean")

    figure = contribution_steps(found, most=1, **ABOUT)

    assert figure.table["value"][0] == pytest.approx(found.reference_score)
    assert figure.table["value"][-1] == pytest.approx(found.score)
    assert figure.table["value"][1:-1].sum() == pytest.approx(found.difference)
    page = audit_html(audit, ["静安区"])
    assert page.count("<svg") == 2
    assert "静安区与各单元均值的差距由哪些指标构成" in page


def test_the_bars_of_strengths_are_the_units_that_stand_behind(index):
    found = index.strengths("静安区")

    figure = strength_bars(found, **ABOUT)

    rows = [*found.strengths.to_dicts(), *found.weaknesses.to_dicts()]
    expected = [(row["of"] - row["rank"]) / (row["of"] - 1) * 100 for row in rows]
    assert figure.table["value"].to_list() == pytest.approx(expected)


def test_the_bars_of_a_gain_are_its_points_with_the_figures_before_and_after(index):
    last = index.ranking["unit"][-1]
    found = index.gain(last, 1)

    figure = gain_bars(found, **ABOUT)

    assert figure.table["value"].to_list() == found.frame["points"].to_list()
    assert all("→" in name for name in figure.table["name"])
    assert "→" in draw_svg(figure)


def test_contributions_to_a_logarithm_are_bars_to_both_sides(index):
    scaled = {"method": "minmax", "low": 1}
    geometric = index.framework.vary({"method.normalise": scaled, "method.aggregate": "geometric"})
    built = build_index(geometric, index.steps["raw"].figures)
    found = built.contributions(built.ranking["unit"][0])

    figure = contribution_steps(found, most=1, **ABOUT)

    assert found.kind == "log"
    assert figure.table["value"].sum() == pytest.approx(found.frame["contribution"].sum())
    assert "<svg" in draw_svg(figure)


def test_only_the_units_asked_for_show_their_firms_and_the_page_says_so(audit):
    page = audit_html(audit, ["静安区"])

    assert "只供经办人员核对" in page
    assert page.count('<article id="t-f-') == 4
    assert '--unit "徐汇区"' in html.unescape(page)
    with pytest.raises(InputError, match="没有“静安”"):
        audit_html(audit, ["静安"])


def test_the_page_is_stamped_as_synthetic_and_is_complete_in_english(audit, index, tmp_path):
    assert "合成数据 / synthetic" in audit_html(audit)
    use_language("en")

    path = write_audit(index.audit(replicates=30, sobol=0), tmp_path / "audit.html")

    page = text_of(path.read_text(encoding="utf-8"))
    assert "Where every number comes from" in page
    assert "officer's eyes" in page
    for check in audit.checks:
        assert check.title.en in page


def test_the_checks_are_a_document_of_the_report_room(audit):
    document = audit_document(audit)

    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert len(tables) == 3 + sum(len(check.tables) for check in audit.checks)
    assert document.made_from


def test_the_checks_are_written_as_word_too(audit, tmp_path):
    path = write_audit(audit, tmp_path / "audit.docx")

    words = "\n".join(p.text for p in docx.Document(path).paragraphs)
    assert "检查 7：不确定性" in words
    assert "只供经办人员" not in words  # no firm is named in it


def test_an_index_of_a_table_is_followed_to_the_cells_of_the_table(tmp_path):
    told = {
        **FRAMEWORK,
        "indicators": {k: {**v, "formula": None} for k, v in FRAMEWORK["indicators"].items()},
    }
    table = pl.DataFrame(
        {"unit": ["甲", "乙", "丙"], "intensity": [0.1, 0.2, 0.3], "size": [3.0, 1.0, 2.0]}
    )
    table.write_excel(tmp_path / "figures.xlsx", worksheet="指标")
    framework = parse_framework(told)
    cells = find_table_cells(tmp_path / "figures.xlsx", framework)
    weighed = framework.vary({"method.weights": {"method": "standard_deviation"}})
    index = build_index(weighed, tmp_path / "figures.xlsx")  # its cells are found by themselves

    page = text_of(audit_html(index.audit(replicates=30, sobol=0)))

    at = cells.filter(pl.col("unit") == "乙", pl.col("column") == "size")
    assert at["row"].item() == "C3"
    assert "row=C3" in page
    assert "权重：" in page
    assert "不得公开" not in page  # no firm's data on it


def test_in_a_browser_four_clicks_lead_from_the_rank_to_the_cell(audit, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    path = write_audit(audit, tmp_path / "audit.html", ["静安区"])

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.goto(path.as_uri())
        row = page.locator("tr", has_text="静安区").first
        row.locator("a.num").nth(1).click()  # its score in the ranking
        at = page.locator(f"[id='{page.url.split('#')[1]}']")
        at.locator("a.num").first.click()  # its first part: an indicator
        indicator = page.locator(f"[id='{page.url.split('#')[1]}']")
        assert indicator.is_visible()
        assert "研发强度" in indicator.inner_text()
        indicator.locator("details.firms summary").first.click()
        indicator.locator("details.firms a").first.click()  # a firm
        card = page.locator(f"[id='{page.url.split('#')[1]}']")
        assert card.is_visible()
        assert re.search(r"F1 › 填报 › F\d+ = \d+", card.inner_text())
        browser.close()
