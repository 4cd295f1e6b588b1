"""Errors planted into shipped rulebooks: each is found, on its line, with what mends it."""

# ruff: noqa: E501 - each planted error on its line
from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sanfu
from sanfu.content import content_path
from sanfu.ladder import amended, lint, rulebooks
from sanfu.ladder.lint_sizes import lint_sizes
from sanfu.ladder.lint_which import lint_which
from sanfu.language import use_language

SRDI, GIANT, TECH = "cn-2022/srdi", "cn-2026/little-giant", "cn-2017/tech-sme"

PLANTED = {
    "an edge equal to the one above": (
        SRDI, "- {from: 70%, points: 3}", "- {from: 80%, points: 3}", "重叠"),
    "an edge above the one above": (
        SRDI, "- {from: 8%, points: 8}", "- {from: 18%, points: 8}", "永远取不到"),
    "an edge in yuan instead of 万元": (
        SRDI, "- {from: 500 万元, points: 10}", "- {from: 500 元, points: 10}", "重叠"),
    "an edge without its unit": (
        SRDI, "- {from: 20%, points: 5}", "- {from: '20', points: 5}", "单位与指标（share）不符"),
    "an edge of another unit": (
        SRDI, "- {from: 400 万元, points: 8}", "- {from: 400 人, points: 8}", "单位与指标（money）不符"),
    "an edge that is no number": (
        SRDI, "- {from: 300 万元, points: 6}", "- {from: revenue, points: 6}", "不是带单位的数"),
    "an edge of ten times the text, still in order": (
        SRDI, "- {from: 200 万元, points: 4}", "- {from: 250 万元, points: 4}", "条文里没有数字 250"),
    "a floor where less is better": (
        SRDI, "- {to: 60%, points: 3}", "- {from: 60%, points: 3}", "界应写 to"),
    "points that rise": (
        SRDI, "- {from: 60%, points: 1}", "- {from: 60%, points: 4}", "分数应从高到低"),
    "top points below the maximum": (
        SRDI, "- {when: gap_filling, points: 5}", "- {when: gap_filling, points: 4}", "写的满分是 5"),
    "points above the maximum": (
        SRDI, "- {when: gap_filling, points: 5}", "- {when: gap_filling, points: 6}",
        "分数超过满分：有 6 分的档，满分 max 是 5"),
    "a gap below the last band": (
        SRDI, "- {from: '2', points: 3}\n      - {rest: true, points: 0}", "- {from: '2', points: 3}",
        "有空档"),
    "an indicator's maximum that does not add up": (
        SRDI, "{id: refinement, label: {zh: 精细化, en: refinement}, max: 25}",
        "{id: refinement, label: {zh: 精细化, en: refinement}, max: 30}", "合计 25，写的是 30"),
    "a total that does not add up": (SRDI, "maximum: 100", "maximum: 110", "合计 100，写的是 110"),
    "a group that is not there": (
        SRDI, "    group: character", "    group: charakter", "没有分组 charakter"),
    "a measure that is not there": (
        SRDI, "of: net_profit / revenue", "of: net_profits / revenue", "相近的有：net_profit"),
    "money compared with people": (
        GIANT, "when: revenue >= 5000 万元", "when: revenue >= 5000 人", "金额与个数不能相比较"),
    "a share compared with a bare number": (
        GIANT, "when: main_revenue / revenue >= 90%", "when: main_revenue / revenue >= 90",
        "比例与没有单位的数不能相比较"),
    "money added to people": (
        GIANT, "when: rd_expense + rd_expense_1 >= 1200 万元",
        "when: rd_expense + staff >= 1200 万元", "金额与个数不能相加减"),
    "a formula that cannot be read": (
        GIANT, "when: niche_years >= 3 年", "when: niche_years >=> 3 年", "读不下去"),
    "a number where a condition is wanted": (
        GIANT, "when: liabilities / assets <= 75%", "when: liabilities / assets", "这里应是条件"),
    "a function that is not known": (
        GIANT, "compound_growth(revenue, revenue_2, 2) >= 5%", "growth(revenue) >= 5%",
        "没有函数 growth"),
    "a compound growth of a broken number of years": (
        GIANT, "revenue_2, 2) >= 5%", "revenue_2, 1.5) >= 5%", "算不出这个比较"),
    "a judgement on a number": (GIANT, "judge: field_fits", "judge: staff", "应是“是否”项"),
    "a threshold that the text does not have": (
        GIANT, "when: class1_ip >= 4 项", "when: class1_ip >= 2 项", "条文里没有数字 2"),
    "an id used twice": (GIANT, "{id: rd_share_1,", "{id: rd_share,", "编号 rd_share 重复"),
    "a reserved id": (GIANT, "- id: market\n", "- id: total\n", "保留名"),
    "a last day before the first": (
        SRDI, "effective: {since: 2022-08-01, until: 2026-03-31, mark: to-check}",
        "effective: {since: 2026-08-01, until: 2026-03-31, mark: to-check}", "早于起日"),
    "a clause outside the rulebook's days": (
        GIANT, "    judge: field_fits", "    judge: field_fits\n    until: 2025-01-01", "永不适用"),
    "a day that does not exist": (
        SRDI, "effective: {since: 2022-08-01,", "effective: {since: 2022-13-01,", "日期"),
    "a validity that is no time": (
        TECH, "validity: 1 年", "validity: 1 人", "应写成年数"),
    "a kind that does not exist": (
        GIANT, "    kinds: [review]\n    when: holds", "    kinds: [revieu]\n    when: holds", "review"),
    "a mark that is missing": (
        GIANT, "    mark: derived\n", "", "缺少 mark"),
    "a floor above all points": (
        TECH, "points_of: total, at_least: 60 分", "points_of: total, at_least: 160 分", "达不到"),
    "points of nothing": (TECH, "points_of: people", "points_of: persons", "没有 persons 的分数"),
    "the same condition twice": (
        GIANT, "when: rd_expense_1 / revenue_1 >= 3%", "when: rd_expense / revenue >= 3%",
        "条件相同"),
    "a case covered by the one above": (
        TECH, "- {when: class2_ip >= 4 项, points: 24}", "- {when: class2_ip >= 1 项, points: 24}",
        "上面的条件已包含它"),
    "a misspelt key": (GIANT, "    judge: field_fits", "    juge: field_fits", "不认识这一项"),
    "two ways at once": (
        GIANT, "    judge: field_fits", "    judge: field_fits\n    when: 'true'",
        "when、judge、points_of、all、any 只写其中一项；现有：when、judge"),
    "a key given twice": (
        GIANT, "    judge: field_fits", "    judge: field_fits\n    judge: not_excluded", "judge"),
    "a division by nothing": (
        GIANT, "when: liabilities / assets <= 75%", "when: liabilities / 0 <= 75 万元", "除以零"),
    "quantities multiplied beyond 38 digits": (
        GIANT, "when: liabilities / assets <= 75%",
        "when: liabilities * assets * revenue >= 75 万元", "38 位"),
}  # fmt: skip


@pytest.mark.parametrize("name", rulebooks())
def test_the_rulebooks_that_ship_have_no_faults(name):
    assert [str(finding.in_words()) for finding in lint(name)] == []


def test_the_table_of_which_rulebook_holds_has_no_faults():
    assert lint_which() == ()


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_found_on_its_line(name, tmp_path):
    base, right, wrong, words = PLANTED[name]
    text = content_path("rulebooks", f"{base}.yaml").read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "planted.yaml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    first = text[: text.index(right)].count("\n") + 1
    lines = range(first - 9, first + wrong.count("\n") + 6)

    found = lint(path)

    said = [str(finding.in_words()) for finding in found]
    assert any(words in one for one in said), said
    assert any(words in str(f.in_words()) and (f.line in lines or f.line is None) for f in found), (
        first,
        said,
    )
    assert sum(f.line is not None for f in found) == len(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("points above the maximum", "points above the maximum: 6 points, max 5"),
        ("two ways at once",
         "exactly one of when, judge, points_of, all, any; found when, judge"),
    ],
)  # fmt: skip
def test_what_a_model_refuses_is_said_in_english_too(name, words, tmp_path):
    base, right, wrong, _ = PLANTED[name]
    text = content_path("rulebooks", f"{base}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "planted.yaml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    use_language("en")

    assert any(words in str(finding.in_words()) for finding in lint(path))


def test_every_validator_of_a_declaration_speaks_both_languages():
    plain = []
    for path in Path(sanfu.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            decorators = getattr(function, "decorator_list", [])
            if not any("_validator" in ast.unparse(one) for one in decorators):
                continue
            plain += [
                f"{path.name}:{node.lineno}"
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
                and ast.unparse(node.func) == "ValueError"
                and isinstance(node.args[0], (ast.Constant, ast.JoinedStr))
            ]

    assert plain == []


def test_a_gap_and_an_overlap_of_days_are_found_in_the_table(tmp_path):
    text = content_path("rulebooks", "which.yaml").read_text(encoding="utf-8")
    gap, overlap, unfit = (tmp_path / f"{name}.yaml" for name in ("gap", "overlap", "unfit"))
    gap.write_text(text.replace("until: 2026-12-31", "until: 2026-10-31"), encoding="utf-8")
    overlap.write_text(text.replace("until: 2026-03-31", "until: 2026-04-30"), encoding="utf-8")
    unfit.write_text(text.replace("cn-2017/tech-sme", "cn-2026/srdi"), encoding="utf-8")

    assert "没有适用的规则书" in lint_which(gap)[0].text.zh
    assert "有两条适用" in lint_which(overlap)[0].text.zh
    assert "不是 tech 的" in lint_which(unfit)[0].text.zh
    assert lint_which(gap)[0].line is not None


def test_a_reform_can_be_linted_before_it_is_used():
    reform = amended(SRDI, {"indicators/debt/bands/0/points": 4})

    assert any("写的满分是 5" in finding.text.zh for finding in lint(reform))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("staff: [200 人, 20 人, 5 人]", "staff: [200 万元, 20 人, 5 人]", "单位与指标"),
        ("staff: [200 人, 20 人, 5 人]", "staff: [200 人, 200 人, 5 人]", "不可能出现"),
        ("staff: [200 人, 20 人, 5 人]", "staff: [200 人, 20.5 人, 5 人]", "不是整数"),
        ("staff: [200 人, 20 人, 5 人]", "staff: [200 人, 二十人, 5 人]", "读不下去"),
        ('industries: ["51"]', 'industries: ["52"]', "与“批发业”的 52 重叠"),
        ('industries: ["51"]', 'industries: ["651"]', "重叠"),
        ('industries: ["51"]', 'industries: ["F51"]', "不是国民经济行业"),
    ],
)
def test_a_fault_in_the_size_classes_is_found_with_its_line(tmp_path, old, new, said):
    shipped = content_path("schemes", "sme_size_2011.yaml").read_text(encoding="utf-8")
    assert shipped.count(old) == 1
    mine = tmp_path / "sizes.yaml"
    mine.write_text(shipped.replace(old, new), encoding="utf-8")

    found = lint_sizes(mine)

    assert lint_sizes() == ()
    assert any(said in one.text.zh for one in found)
    assert all(one.line and one.line > 6 for one in found)
