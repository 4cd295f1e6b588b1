"""COIN Tool workbooks: laid out as COINr's import_coin_tool reads them, and all faults at once.

The cells are those of COINr 1.1.14, ``R/coinToolIn.R``: Database E16:CY315 with rows 7 to 16 above,
Framework C4:H52 (C5:H53 in tools before 2019), ``n/a`` missing, ``--`` unused. No workbook of the
JRC itself was at hand.
"""

from __future__ import annotations

import numpy as np
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.errors import DeclarationFaults, FileFault
from sanfu.index import build_index
from sanfu.index.coin_tool import read_coin_tool

INDICATORS = [
    # code, name, sub-pillar, pillar, direction, weight
    ("ind.01", "R&D intensity", "sp.01", "p.01", 1, 0.5),
    ("ind.02", "Researchers", "sp.01", "p.01", 1, 0.5),
    ("ind.03", "Patents", "sp.02", "p.01", 1, 1),
    ("ind.04", "Emissions", "sp.03", "p.02", -1, 1),
]
GROUPS = [
    ("sp.01", 1, "Input"),
    ("sp.02", 2, "Output"),
    ("sp.03", 1, "Air"),
    ("p.01", 3, "Innovation"),
    ("p.02", 1, "Environment"),
    ("si.01", 1, "All"),
    ("Index", 1, "Test index"),
]
FIGURES = [(1.0, 20.0, 5.0, 9.0), (3.0, None, 7.0, 4.0), (2.0, 60.0, 1.0, 6.0)]


@pytest.fixture
def tool(tmp_path):
    """A small workbook with every row and column where the tool has it."""
    book = openpyxl.Workbook()
    data = book.active
    data.title = "Database"
    for place, (code, name, low, high, direction, weight) in enumerate(INDICATORS):
        column = 5 + place
        above = (weight, direction, "n/a", "n/a", "Index", "si.01", high, low, name, code)
        for row, value in enumerate(above, start=7):
            data.cell(row, column, value)
        for line, figures in enumerate(FIGURES):
            value = figures[place]
            data.cell(17 + line, column, "n/a" if value is None else value)
    for line, (code, name) in enumerate((("AA", "Aland"), ("BB", "Borg"), ("CC", "Cyan"))):
        data.cell(17 + line, 2, name)
        data.cell(17 + line, 3, code)
    for column in range(5 + len(INDICATORS), 104):  # to CY: codes that are not in use
        data.cell(16, column, f"ind.{column - 4:02d}")
        for row in (11, 12, 13, 14, 15):
            data.cell(row, column, "--")
    data.cell(2, 2, "COIN Tool")
    data.cell(330, 3, "below the table")
    data.cell(16, 106, "right of the table")
    data.cell(17, 106, 5)
    write_groups(book.create_sheet("Framework"), heading_row=4)
    path = tmp_path / "tool.xlsx"
    book.save(path)
    return path, book


def write_groups(sheet, heading_row):
    heading = ("Code", "Level", "Weight", "Parent", "Children", "Dimension/indicator")
    for place, words in enumerate(heading):
        sheet.cell(heading_row, 3 + place, words)
    for line in range(48):
        code, weight, name = GROUPS[line] if line < len(GROUPS) else ("--", None, "--")
        sheet.cell(heading_row + 1 + line, 3, code)
        sheet.cell(heading_row + 1 + line, 5, weight)
        sheet.cell(heading_row + 1 + line, 8, name)


def test_the_tools_own_layout_is_read_with_its_groups_weights_and_missing_figures(tool):
    framework, figures = read_coin_tool(tool[0])

    assert framework.root == "Index"
    assert framework.children("Index") == {"p_01": 3, "p_02": 1}  # si.01 holds all: left out
    assert framework.children("sp_01") == {"ind_01": 0.5, "ind_02": 0.5}
    assert framework.indicators["ind_04"].direction == -1
    assert str(framework.label("sp_02")) == "Output"
    assert figures.columns == ["unit", "name", "ind_01", "ind_02", "ind_03", "ind_04"]
    assert figures.row(1) == ("BB", "Borg", 3.0, None, 7.0, 4.0)


def test_a_workbook_with_macros_and_one_of_before_2019_are_read_alike(tool, tmp_path):
    path, book = tool
    framework, figures = read_coin_tool(path)
    del book["Framework"]
    write_groups(book.create_sheet("Framework"), heading_row=5)
    book.save(tmp_path / "old.xlsm")

    old, again = read_coin_tool(tmp_path / "old.xlsm")

    assert old == framework
    assert again.equals(figures)


def test_the_index_of_a_tool_is_built_as_worked_by_hand(tool):
    index = build_index(*read_coin_tool(tool[0]))

    x = np.array([[0, 0, 400 / 6, 0], [100, np.nan, 100, 100], [50, 100, 0, 60]])
    inputs = np.nanmean(x[:, :2], axis=1)
    innovation = (inputs + 2 * x[:, 2]) / 3
    np.testing.assert_allclose(index.value("Index"), (3 * innovation + x[:, 3]) / 4)


def test_all_faults_are_said_at_once_with_sheet_and_cell(tool):
    path, book = tool
    data = book["Database"]
    data["F17"] = "twenty"
    data["G14"] = "sp.09"
    data["H8"] = 2
    data["C19"] = "AA"
    book.save(path)

    with pytest.raises(DeclarationFaults) as wrong:
        read_coin_tool(path)

    found = {fault.where: fault.text.zh for fault in wrong.value.faults}
    assert set(found) == {"Database!F17", "Database!G14", "Database!H8", "Database!C19"}
    assert "twenty" in found["Database!F17"]
    assert "sp.01" in found["Database!G14"]
    assert "应为 1 或 -1" in found["Database!H8"]
    assert "Database!C17" in found["Database!C19"]


def test_an_empty_tool_says_where_codes_should_stand(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Database"
    book.create_sheet("Framework")
    book.save(tmp_path / "empty.xlsx")

    with pytest.raises(DeclarationFaults) as wrong:
        read_coin_tool(tmp_path / "empty.xlsx")
    with pytest.raises(FileFault):
        read_coin_tool(tmp_path / "nowhere.xlsx")

    assert {fault.where for fault in wrong.value.faults} == {"Database!E16", "Database!C17"}


def test_a_tool_is_converted_on_the_command_line_and_builds_the_same_index(tool, tmp_path):
    def sanfu(*words):
        said = [str(word) for word in words]
        return CliRunner().invoke(build_app(said), said)

    done = sanfu("index", "convert", tool[0], "--out", tmp_path / "out", "--code", "mine")
    built = sanfu(
        "index", "build", tmp_path / "out" / "mine.yaml", tmp_path / "out" / "mine.csv", "--json"
    )

    assert done.exit_code == 0, done.output
    assert "4 个指标" in done.output
    assert built.exit_code == 0, built.output
    framework, figures = read_coin_tool(tool[0])
    direct = build_index(framework, figures).ranking
    table = pl.read_csv(tmp_path / "out" / "mine.csv")
    assert table.columns[:2] == ["unit", "name"]
    assert '"unit": "BB"' in built.output
    for unit, score in direct.select("unit", "score").rows():
        assert f'"unit": "{unit}"' in built.output
        assert str(score)[:10] in built.output
