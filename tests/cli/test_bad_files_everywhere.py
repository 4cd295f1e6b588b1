"""Every command that takes a file ends with words, never with a traceback, whatever it is given."""

from __future__ import annotations

import random

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.errors import SanfuError
from sanfu.workspace import new_workspace

COMMANDS = """
import X -w WS --dry-run
backup X --restore -w NEW
ladder lint X
ladder check X --tier srdi
ladder check --rulebook X -w WS --on 2024-05-01 --year 2023
ladder check -w WS --tier srdi --on 2024-05-01 --year 2023 --inputs X
ladder reform X --to cn-2026/srdi -w WS
ladder consistency -w WS --checks X --year 2023
ladder office X --out OUT
index check X
index check shanghai-srdi --figures X
index build shanghai-srdi X
index audit hdi X --out OUT
index robustness hdi X --out OUT
index robustness shanghai-srdi -w WS --year 2023 --choices X
index explain hdi X --unit 甲
index compare hdi hdi --figures X
index convert X -o OUT/z
index companion shares hdi X
exchange import X --out OUT/n.json
exchange check X
exchange match X --offers X
exchange match X --ledger X
exchange event X --out OUT
exchange schedule X --out OUT
exchange repair X
exchange follow X --book X
exchange funnel --book X
exchange desk X
exchange desk --sample --rules X
report build city-index -w WS --framework X --year 2023 --out OUT
report build X -w WS --out OUT
report firms -w WS --out OUT --outline X --year 2023
report rebuild X -o OUT
report edit X p1 words
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    pl.DataFrame({"企业名称": ["甲"], "所属区": ["杨浦"]}).write_excel(folder / "firms.xlsx")
    whole = (folder / "firms.xlsx").read_bytes()
    (folder / "renamed.csv").write_bytes(whole)
    (folder / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    (folder / "nothing.csv").write_bytes(b"")
    (folder / "headings.csv").write_text("企业名称,所属区\n", encoding="utf-8")
    for name in ("junk.xlsx", "junk.json", "junk.yaml", "junk.parquet"):
        (folder / name).write_bytes(random.Random(7).randbytes(3000))
    (folder / "list.json").write_text("[1, 2]", encoding="utf-8")
    with xlsxwriter.Workbook(str(folder / "blank.xlsx")) as made:
        made.add_worksheet()
    (folder / "folder").mkdir()
    office = new_workspace(folder / "office")
    (folder / "2023.csv").write_text(
        "企业名称,所属区,营业收入(万元)\n甲,杨浦,5\n乙,静安,7\n", encoding="utf-8"
    )
    office.take(folder / "2023.csv")
    return folder


@pytest.mark.parametrize("command", COMMANDS.strip().splitlines())
def test_a_bad_file_ends_with_words(place, command, subtests):
    names = {
        "WS": "office",
        "NEW": "new",
        "OUT": "out",
        "OUT/z": "out/z",
        "OUT/n.json": "out/n.json",
    }
    app = build_app(["--help"])
    for bad in (
        "nope.csv", "folder", "nothing.csv", "headings.csv", "renamed.csv", "cut.xlsx",
        "junk.xlsx", "junk.json", "junk.yaml", "junk.parquet", "list.json", "blank.xlsx",
    ):  # fmt: skip
        given = {**names, "X": bad}
        words = [str(place / given[w]) if w in given else w for w in command.split()]
        with subtests.test(bad):
            wrong = CliRunner().invoke(app, words).exception
            told = isinstance(wrong, SystemExit | SanfuError | None) or (
                isinstance(wrong, OSError) and wrong.filename is not None
            )
            assert told, f"{type(wrong).__name__}: {wrong}"
