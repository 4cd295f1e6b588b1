"""What a firm typed never becomes a formula in a file that a spreadsheet opens."""

from __future__ import annotations

import openpyxl
import polars as pl

from sanfu.cli.ladder import _write
from sanfu.workbook import write_csv

NASTY = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", '=HYPERLINK("http://x")']


def test_text_that_looks_like_a_formula_is_defused_in_csv(tmp_path):
    names = [*NASTY, "上海甲=乙有限公司", "-3.5", "+86", None, ""]
    frame = pl.DataFrame({"firm": names, "growth": [-1.5] * len(names)})
    write_csv(tmp_path / "out.csv", frame)

    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    back = pl.read_csv(tmp_path / "out.csv")
    assert back["firm"].to_list() == [
        *("'" + one for one in NASTY),
        "上海甲=乙有限公司",
        "-3.5",
        "+86",
        None,
        "",
    ]
    assert back["growth"].to_list() == [-1.5] * len(names)


def test_text_that_looks_like_a_formula_stays_text_in_a_workbook(tmp_path):
    class Result:
        frame = wide = pl.DataFrame({"firm": NASTY})

    _write(Result, tmp_path / "out.xlsx", wide=True, synthetic=False, notes=[])
    cells = [
        row[0] for row in openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(min_row=2)
    ]
    assert [(cell.value, cell.data_type) for cell in cells] == [(one, "s") for one in NASTY]
