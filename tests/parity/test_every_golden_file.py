"""No golden file is forgotten: each is read by a test of this folder, or stands below with why.

The other tests are run once more by themselves, and what they read is told by `conftest`.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NO_RESULT = {
    r"coinr/(README\.md|INDEX\.csv|sessionInfo\.txt|defects\.out)": "says what the files are",
    r"hdi/README\.md": "says what the files are",
    r".*_BUG.*": "records an error of COINr or Compind, never a target",
    r"coinr/aggregate/synth_copeland_all_NAs_ORDER_DEPENDENT\.csv": "records an error of COINr",
    r"coinr/extras/export_to_excel_sheets\.csv": "names and sizes of R's own sheets of a `coin`",
    r"coinr/extras/compare_df\.json": "R's comparison of two R tables; no figure of an index",
    r"coinr/extras/names_to_codes\.txt": "R's look-up of codes by names; no figure of an index",
    r"coinr/approx_df\.json": "a result without the input that it was made from",
}


@pytest.fixture(scope="module")
def read(tmp_path_factory, shared) -> set[str]:
    assert (shared / "golden").is_dir()
    told = tmp_path_factory.mktemp("golden") / "read.txt"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "no:xdist", str(HERE), f"--ignore={__file__}"],
        env={**os.environ, "SANFU_GOLDEN_READ": str(told)},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return set(told.read_text(encoding="utf-8").splitlines())


def excused(name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in NO_RESULT)


@pytest.mark.shared
def test_every_usable_golden_file_is_read_by_a_test(shared, read):
    golden = shared / "golden"
    there = {str(path.relative_to(golden)) for path in golden.rglob("*") if path.is_file()}

    assert sorted(name for name in there - read if not excused(name)) == []
    assert sorted(name for name in read if not (golden / name).is_file()) == []


@pytest.mark.shared
def test_no_excuse_is_stale_and_the_list_of_coinr_names_every_file(shared, read):
    golden = shared / "golden"
    there = {str(path.relative_to(golden)) for path in golden.rglob("*") if path.is_file()}
    with (golden / "coinr/INDEX.csv").open(encoding="utf-8") as file:
        listed = {f"coinr/{row['file']}" for row in csv.DictReader(file)}

    for pattern in NO_RESULT:
        assert any(re.fullmatch(pattern, name) for name in there), pattern
    kept = {name for name in listed if name in there}
    assert {name for name in kept if not excused(name)} <= read
