"""The exact interpreter on small cases worked out by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from sanfu.errors import InputError
from sanfu.ladder import amended, check_firm, make_book, read_rulebook, rulebooks, which

MAY = dt.date(2026, 5, 1)
WAN = 1_000_000
"""Fen in 10,000 yuan."""


def little_giant(**changed):
    """A firm that meets everything of the 2026 little-giant standard, with changes."""
    row = {
        "size": "small", "holds_srdi": True, "niche_years": 3,
        "revenue": 5000 * WAN, "revenue_1": 4800 * WAN, "revenue_2": 4500 * WAN,
        "main_revenue": 4500 * WAN, "assets": 4000 * WAN, "liabilities": 3000 * WAN,
        "rd_expense": 700 * WAN, "rd_expense_1": 500 * WAN,
        "class1_ip": 4, "market_share": 0.1, "market_rank": None, "platform_score": 60,
        "national_award_top3_3y": False,
    }  # fmt: skip
    flags = (
        "legal_person", "listing_clear", "product_allowed", "record_clear", "not_excluded",
        "ip_linked", "ip_original", "field_fits",
    )  # fmt: skip
    return {**row, **dict.fromkeys(flags, True), **changed}


def outcome(changed, rule="verdict", book="cn-2026/little-giant", kind="new"):
    found = check_firm(make_book(book, kind=kind, on=MAY), little_giant(**changed))
    return found.findings[rule].outcome


def test_every_rulebook_that_ships_can_be_made_ready_for_its_kinds():
    assert len(rulebooks()) >= 8
    for name in rulebooks():
        for kind in read_rulebook(name).kinds:
            assert make_book(name, kind=kind, on=MAY).measures


def test_a_firm_on_every_edge_is_met():
    assert outcome({}) == "met"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"revenue": 5000 * WAN - 1}, "revenue"),
        ({"main_revenue": 4500 * WAN - 1}, "main_share"),
        ({"liabilities": 3000 * WAN + 1}, "debt"),
        ({"rd_expense": 700 * WAN - 1}, "rd_amount"),
        ({"class1_ip": 3}, "ip_count"),
        ({"market_share": 0.099999}, "market_share"),
        ({"platform_score": 59.5}, "platform_now"),
        ({"niche_years": 2}, "niche"),
        ({"holds_srdi": False}, "prior"),
    ],
)
def test_the_least_step_below_an_edge_is_not_met(changed, rule):
    assert outcome(changed, rule) == "unmet"


def test_compound_growth_is_compared_by_its_square():
    assert outcome({"revenue": 6615 * WAN, "revenue_2": 6000 * WAN}, "growth") == "met"
    assert outcome({"revenue": 6615 * WAN - 1, "revenue_2": 6000 * WAN}, "growth") == "unmet"


def test_a_missing_figure_leaves_the_rule_missing_and_never_met():
    assert outcome({"assets": None}, "debt") == "missing"
    assert outcome({"assets": None}) == "missing"
    assert outcome({"assets": 0}, "debt") == "missing"


def test_what_a_person_decides_is_for_a_person_until_decided():
    assert outcome({"field_fits": None}) == "judge"
    assert outcome({"field_fits": False}) == "unmet"


def test_missing_data_come_before_judgement_and_a_failure_before_both():
    assert outcome({"field_fits": None, "assets": None}) == "missing"
    assert outcome({"field_fits": None, "assets": None, "revenue": 1}) == "unmet"


def test_an_alternative_for_a_person_comes_before_one_without_data():
    changed = {"ip_linked": None, "national_award_top3_3y": None}

    assert outcome(changed, "ip") == "judge"
    assert outcome({**changed, "class1_ip": None}, "ip") == "missing"


def test_an_exemption_stands_in_for_the_rule():
    assert outcome({"class1_ip": 0, "national_award_top3_3y": True}) == "met"
    assert outcome({"class1_ip": 0, "national_award_top3_3y": None}) == "missing"


def test_growth_is_not_checked_at_review():
    book = make_book("cn-2026/little-giant", kind="review", on=MAY)

    assert "growth" not in book.by_id


def test_points_have_bounds_while_data_are_missing():
    book = make_book("cn-2022/innovative", kind="new", on=MAY)
    row = {"rd_expense": 3 * WAN, "revenue": 100 * WAN, "class1_ip": 1, "class1_ip_own": 0}

    found = check_firm(book, row).findings

    assert (found["rd_share"].points, found["rd_share"].outcome) == (15, "unmet")
    assert (found["ip"].points, found["ip"].low, found["ip"].high) == (None, 10, 20)
    assert (found["total"].low, found["total"].high) == (10 + 15 + 0 + 0 + 5 + 0, 20 + 15 + 60)


def test_a_floor_is_unmet_only_when_no_missing_figure_could_reach_it():
    book = make_book("cn-2022/innovative", kind="new", on=MAY)
    row = {"class1_ip_high_value": 0, "class1_ip_own": 0, "class1_ip": 0, "class2_ip": 0}

    assert check_firm(book, row).findings["score_innovation"].outcome == "missing"
    known = {**row, "rd_expense": 4 * WAN, "revenue": 100 * WAN}
    assert check_firm(book, known).findings["score_innovation"].outcome == "unmet"


def test_the_mean_of_two_growth_rates_is_exact_on_its_edge():
    book = make_book("cn-2022/little-giant", kind="review", on=MAY)
    row = {"main_revenue": 10710, "main_revenue_1": 10200, "main_revenue_2": 10200}

    on_edge = check_firm(book, {**row, "main_revenue": 11220}).findings["main_growth"]
    below = check_firm(book, {**row, "main_revenue": 11219}).findings["main_growth"]

    assert (on_edge.outcome, below.outcome) == ("met", "unmet")


def test_a_wrong_value_says_its_column_and_what_is_wanted():
    with pytest.raises(InputError, match=r"列 revenue（营业收入）= “1\.5”，应为整数（分）"):
        outcome({"revenue": 1.5})


def test_sichuan_replaces_the_local_indicator_by_its_own_three():
    book = make_book("cn-2022/srdi+sichuan", kind="new", on=dt.date(2026, 1, 1))

    assert [one.max for one in book.groups["character"]] == [8, 4, 3]


def test_a_change_leaves_the_rulebook_as_it_was():
    base = read_rulebook("cn-2026/srdi")
    eased = amended(base, {"criteria/revenue/when": "revenue >= 1000 万元", "criteria/debt": None})

    assert "debt" not in [one.id for one in eased.clauses()]
    assert "debt" in [one.id for one in base.clauses()]
    with pytest.raises(InputError, match="没有“revenu”"):
        amended(base, {"criteria/revenu/when": "true"})


@pytest.mark.parametrize(
    ("tier", "kind", "on", "expected"),
    [
        ("little-giant", "new", "2026-05-01", ("cn-2026/little-giant",)),
        ("little-giant", "new", "2026-03-31", ("cn-2022/little-giant",)),
        ("little-giant", "review", "2026-05-01", ("cn-2022/little-giant",)),
        ("little-giant", "review", "2027-01-01", ("cn-2026/little-giant",)),
        ("srdi", "new", "2026-03-31", ("cn-2022/srdi",)),
        ("srdi", "review", "2026-04-01", ("cn-2026/srdi",)),
        ("tier-1", "new", "2026-05-01", ("cn-2022/innovative", "cn-2017/tech-sme")),
    ],
)
def test_which_rulebook_holds_is_a_rule_of_its_own(tier, kind, on, expected):
    assert which(tier, kind, dt.date.fromisoformat(on)).rulebooks == expected


def test_no_rulebook_before_the_first_one():
    with pytest.raises(InputError, match="2022-08-01"):
        which("srdi", "new", dt.date(2020, 1, 1))
