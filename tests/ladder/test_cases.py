"""The table of cases typed from the official text, against the exact interpreter."""

import datetime as dt

import polars as pl
import pytest

from sanfu.content import load_yaml, plain
from sanfu.ladder import OUTCOMES, check, check_firm, which
from sanfu.registry.sme_size import sme_size

from .case_table import CASES, RULE_FILES, TERMS, amount, book_of, read_cases

EVERY = [case for name in RULE_FILES for case in read_cases(name)]


def test_the_table_has_at_least_150_cases_each_with_its_article():
    assert len(EVERY) >= 300
    assert all(case.article for case in EVERY)
    assert len({case.name for case in EVERY}) == len(EVERY)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.name)
def test_the_interpreter_decides_as_the_text_does(case):
    found = check_firm(book_of(case), case.row).findings[case.item]

    assert (case.points, case.outcome) == (
        found.points if case.points is not None else None,
        found.outcome if case.outcome is not None else None,
    )


@pytest.mark.parametrize("name", RULE_FILES)
def test_check_on_a_frame_decides_as_the_text_does(name):
    cases = read_cases(name)
    book = book_of(cases[0])
    rows = [{"firm": str(n), **case.row} for n, case in enumerate(cases)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame = frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))

    wide = check(frame, book.rulebook, kind=book.kind, on=book.on).wide

    wrong = []
    for case, row in zip(cases, wide.to_dicts(), strict=True):
        if case.points is not None:
            found = row[f"{case.item}_points"]
            wrong += [(case.name, found)] if found != case.points else []
        else:
            word = OUTCOMES[row[case.item]]
            wrong += [(case.name, word)] if word != case.outcome else []
    assert wrong == []


def test_each_version_holds_when_the_transition_says():
    for tier, kind, day, expected in plain(load_yaml(CASES / "which.yaml"))["rows"]:
        on = dt.date.fromisoformat(str(day))
        found = which(TERMS["tiers"][tier], TERMS["kinds"][kind], on)

        assert list(found.rulebooks) == expected, (tier, kind, day)


def test_size_classes_are_those_of_the_2011_table():
    rows = plain(load_yaml(CASES / "sme_size.yaml"))["rows"]
    frame = pl.DataFrame(
        [
            {
                "firm": str(number),
                "industry": industry,
                "staff": amount(staff),
                "revenue": amount(revenue),
                "assets": amount(assets),
            }
            for number, (industry, staff, revenue, assets, _) in enumerate(rows)
        ],
        schema_overrides={"staff": pl.Int64, "revenue": pl.Int64, "assets": pl.Int64},
    )

    found = dict(sme_size(frame).select("firm", "size").rows())

    assert [found[str(n)] for n in range(len(rows))] == [TERMS["sizes"][row[4]] for row in rows]
