"""The audit finds what was put into the figures, and says nothing where there is nothing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from sanfu.errors import InputError
from sanfu.index import build_index, coherence
from sanfu.index.audit import Thresholds, audit_index, structure

OF_THE_DATA = {"low-data", "constant-column"}
"""Findings of coherence that checks 1 to 3 make themselves."""
CODES = ["a1", "a2", "a3", "b1", "b2", "b3"]


def framework(**method):
    return {
        "framework": "audited",
        "name": {"zh": "受检指数", "en": "audited index"},
        "nodes": {
            "index": {"name": {"zh": "总指数", "en": "index"}},
            "a": {"name": {"zh": "甲", "en": "A"}, "parent": "index"},
            "b": {"name": {"zh": "乙", "en": "B"}, "parent": "index"},
        },
        "indicators": {
            code: {"name": {"zh": f"指标{code}", "en": f"indicator {code}"}, "parent": code[0]}
            for code in CODES
        },
        "method": {"impute": "median"} | method,
    }


def figures(n=40, seed=5):
    """Two independent traits; three indicators of each; population and income beside them."""
    random = np.random.default_rng(seed)
    traits = random.normal(size=(n, 2))
    table = traits.repeat(3, axis=1) + 0.6 * random.normal(size=(n, 6)) + 10
    return pl.DataFrame(
        {"unit": [f"u{i:02d}" for i in range(n)]}
        | dict(zip(CODES, table.T, strict=True))
        | {
            "population": random.lognormal(10, 1, n),
            "income": np.exp(10 + 0.3 * traits[:, 0]),
            "kind": ["城区" if i % 2 else "郊区" for i in range(n)],
        }
    )


def audited(data=None, **choices):
    index = build_index(framework(), figures() if data is None else data)
    return audit_index(index, replicates=50, sobol=0, **choices)


def codes_of(check):
    return {finding.code for finding in check.findings if finding.severity != "note"}


def test_there_are_eleven_checks_in_order_each_with_its_question_in_both_languages():
    audit = audited()

    assert [check.number for check in audit.checks] == list(range(1, 12))
    for check in audit.checks:
        assert check.title.zh
        assert check.title.en
        assert check.asks.zh
        assert check.asks.en
        assert (check.skipped is None) or not check.findings
    assert audit.in_words().zh.count("\n") == 10


def test_missing_figures_are_found_by_indicator_unit_and_pillar():
    data = figures().with_columns(
        a1=pl.when(pl.int_range(40) < 20).then(None).otherwise(pl.col("a1")),
        b1=pl.when(pl.col("unit") == "u39").then(None).otherwise(pl.col("b1")),
        b2=pl.when(pl.col("unit") == "u39").then(None).otherwise(pl.col("b2")),
        b3=pl.when(pl.col("unit") == "u39").then(None).otherwise(pl.col("b3")),
    )

    check = audited(data)["coverage"]

    found = {finding.code: finding.text.zh for finding in check.findings}
    assert {"thin-indicator", "thin-unit", "thin-pillar"} <= codes_of(check)
    assert "指标a1" in found["thin-indicator"]
    assert "u39" in found["thin-unit"]
    assert "“乙”" in found["thin-pillar"]
    assert "缺 23 个数" in found["data"]
    assert "23 个已填补" in found["data"]
    table = check.tables[0].frame
    assert table.filter(pl.col("code") == "a1")["available"].item() == pytest.approx(0.5)


def test_what_the_build_left_out_is_said_in_the_audit():
    data = figures().with_columns(b2=pl.lit(3.0))

    check = audited(data)["coverage"]

    assert any(finding.item == "b2" for finding in check.findings if finding.severity != "note")


def test_an_outlier_is_found_and_named_and_gone_once_treated():
    data = figures().with_columns(
        a2=pl.when(pl.col("unit") == "u07").then(500.0).otherwise(pl.col("a2"))
    )

    plain = audited(data)["outliers"]
    treated = audit_index(build_index(framework(treat={}), data), replicates=50, sobol=0)

    assert codes_of(plain) == {"outliers"}
    assert "u07" in next(f.text.zh for f in plain.findings if f.code == "outliers")
    assert codes_of(treated["outliers"]) == set()
    assert any(f.code == "treated" and f.item == "a2" for f in treated["outliers"].findings)


def test_nothing_is_found_where_nothing_is_wrong():
    audit = audited()

    for code in ("coverage", "outliers", "compensation"):
        assert audit[code].worst == "fine", audit[code].findings


def test_size_is_asked_about_where_an_indicator_grows_with_it():
    data = figures().with_columns(a1=pl.col("population").log() * 2)

    check = audited(data, size=["population"])["size"]

    strong = {finding.item for finding in check.findings}
    r = check.tables[0].frame.filter(pl.col("code") == "a1")["r"].item()
    assert "a1" in strong
    assert r == pytest.approx(1)
    assert audited(figures())["size"].skipped is not None


def test_trade_offs_and_dominance_are_counted_by_hand():
    told = framework(normalise="none")
    data = pl.DataFrame(
        {"unit": ["p", "q", "r"], **{c: [3.0, 2.0, 1.0] for c in ("a1", "a2", "a3")}}
        | {c: [2.0, 1.0, 3.0] for c in ("b1", "b2", "b3")}
    )

    check = audit_index(build_index(told, data), replicates=20, sobol=0)["compensation"]

    # p is better than q in both pillars; r trades off with p and with q
    said = next(f.text.zh for f in check.findings if f.code == "tradeoffs")
    assert "3 对单元中，2 对（67%）" in said
    assert "1 对（33%）一方" in said


def test_groups_income_and_the_edition_before_are_looked_at():
    index = build_index(framework(), figures())
    older = framework()
    del older["indicators"]["b3"]
    before = build_index(older, figures())

    audit = audit_index(
        index, group="kind", income="income", previous=before, replicates=20, sobol=0
    )
    check = audit["context"]

    found = {finding.code for finding in check.findings}
    assert {"groups", "income", "editions", "indicators-changed"} <= found
    groups = next(table for table in check.tables if table.code == "groups").frame
    assert groups.filter(pl.col("group") == "城区")["rank"].max() == 20
    assert "相关不说明因果" in next(f.text.zh for f in check.findings if f.code == "income")
    with pytest.raises(InputError, match="没有列"):
        audit_index(index, group="nowhere")


def test_years_on_their_own_scales_are_said_not_to_be_comparable():
    both = pl.concat([figures().with_columns(year=2022), figures(seed=6).with_columns(year=2023)])

    apart = build_index(framework(normalise={"method": "minmax", "over": "year"}), both)
    together = build_index(framework(), both)

    assert "years-apart" in codes_of(audit_index(apart, replicates=20, sobol=0)["context"])
    context = audit_index(together, replicates=20, sobol=0)["context"]
    assert "years-apart" not in codes_of(context)
    ranks = {row["unit"]: row for row in context.tables[0].frame.to_dicts()}
    old = together.ranking.filter(pl.col("year") == 2022)
    for unit, rank in old.select("unit", "rank").rows():
        assert ranks[unit]["rank_before"] == rank
    assert audit_index(apart, year=2022, replicates=20, sobol=0).year == 2022
    with pytest.raises(InputError, match="没有 1999 年"):
        audit_index(apart, year=1999)


def test_an_office_may_set_its_own_thresholds():
    data = figures().with_columns(
        a1=pl.when(pl.int_range(40) < 10).then(None).otherwise(pl.col("a1"))
    )

    assert codes_of(audited(data)["coverage"]) == set()
    strict = audited(data, thresholds=Thresholds(available=0.9))["coverage"]
    assert "thin-indicator" in codes_of(strict)
    assert "90%" in strict.asks.zh
    assert set(Thresholds().sources()) == set(Thresholds.__dataclass_fields__)


def test_the_workbook_has_the_findings_and_every_table(tmp_path):
    audit = audited(size=["population"], group="kind")

    audit.to_excel(tmp_path / "audit.xlsx")

    book = openpyxl.load_workbook(tmp_path / "audit.xlsx")
    tables = sum(len(check.tables) for check in audit.checks)
    assert len(book.sheetnames) == 1 + tables + 3  # findings, tables, weights, thresholds, words
    sources = [row[2].value for row in book["阈值与出处"].iter_rows()]
    assert any("JRC" in str(source) for source in sources)
    texts = [cell.value for row in book["发现"].iter_rows() for cell in row if cell.value]
    assert any("自检/测算" in str(text) for text in texts)
    for finding in audit.findings:
        assert str(finding.text) in texts


def test_the_workbook_says_where_weights_come_from_and_how_consistent_people_were(tmp_path):
    judged = {"method": "ahp", "judgements": [{"expert": "专家一", "pairs": {"a/b": 3}}]}
    three = {"a1/a2": 3, "a1/a3": 5, "a2/a3": 4}
    document = framework()
    document["nodes"]["index"]["weights"] = judged
    document["nodes"]["a"]["weights"] = {"method": "ahp", "judgements": [{"pairs": three}]}
    document["nodes"]["b"]["weights"] = {"method": "entropy", "convention": "shift"}
    audit = audit_index(build_index(document, figures()), replicates=20, sobol=0)

    audit.to_excel(tmp_path / "audit.xlsx")

    book = openpyxl.load_workbook(tmp_path / "audit.xlsx")
    rules = {row[1].value: row[6].value for row in book["权重"].iter_rows()}
    assert rules["a2"] == "层次分析法（AHP）（一致性比率 CR=0.07394）"
    assert rules["b1"] == "熵权法"
    told = [[cell.value for cell in row] for row in book["权重-a"].iter_rows()]
    assert told[1][:3] == ["专家", "一致性比率 CR", "最应修改的比较"]
    assert told[2][1] == pytest.approx(0.07394, abs=1e-5)


def test_every_kind_of_coherence_finding_has_its_check():
    source = (Path(coherence.__file__).parent / "findings.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))

    placed = structure._PAIRS | structure._DIMENSIONS | structure._IMPORTANCE
    of_checks_1_to_3 = {code for code in codes if code not in placed}
    assert of_checks_1_to_3 <= OF_THE_DATA, of_checks_1_to_3 - OF_THE_DATA


def test_an_indicator_that_opposes_its_pillar_and_one_that_repeats_another_are_found():
    data = figures().with_columns(a3=-pl.col("a1"), b2=pl.col("b1") * 3 + 1)

    audit = audited(data)

    found = {finding.code for finding in audit["correlations"].findings}
    assert {"negative-within", "redundant"} <= found
    assert "mixed-signs" in {finding.code for finding in audit["dimensions"].findings}
    pairs = audit["correlations"].tables[0].frame
    assert pairs.filter(pl.col("a") == "指标a1", pl.col("b") == "指标a3")["r"].item() == (
        pytest.approx(-1)
    )


def test_ranks_that_hang_on_the_choices_are_called_unsteady():
    random = np.random.default_rng(1)
    close = figures().with_columns(
        pl.Series(code, 10 + 0.01 * random.normal(size=40)) for code in CODES
    )

    loose = audit_index(build_index(framework(), close), replicates=200, sobol=32)

    assert "unsteady" in codes_of(loose["uncertainty"])
    assert loose["uncertainty"].tables[0].frame["rank_low"].null_count() == 0
    assert loose["sensitivity"].tables[0].frame["total"].max() > 0
    assert len(loose["leave-one-out"].tables) == 3


def test_the_same_seed_gives_the_same_audit():
    first, again = audited(seed=7), audited(seed=7)

    assert first.frame.equals(again.frame)
    for one, other in zip(first.checks, again.checks, strict=True):
        for a, b in zip(one.tables, other.tables, strict=True):
            assert a.frame.equals(b.frame)
