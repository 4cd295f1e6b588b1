"""What tests of reports share: one office with its results, computed once a session."""

from __future__ import annotations

import datetime as dt

import pytest

from sanfu.report.outline import read_outline

ON = dt.date(2024, 5, 1)


@pytest.fixture(scope="session")
def report_office(sample_office):
    """A workspace of 700 synthetic firms, imported from dirty files."""
    return sample_office(700, 4)


@pytest.fixture(scope="session")
def results_of(report_office):
    """Gives the results that a shipped outline needs, as the command line computes them."""
    from sanfu.cli.report_results import Results

    settings = {
        "workspace": str(report_office.folder),
        "version": str(report_office.ledger.number),
        "framework": "shanghai-srdi",
        "year": "2023",
        "before": "6",
        "on": ON.isoformat(),
    }
    made = Results(settings, 1, "杨浦区")  # for outlines of one region
    return lambda outline: made.of(read_outline(outline))
