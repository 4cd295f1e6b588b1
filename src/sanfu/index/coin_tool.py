"""Read a workbook of the JRC's COIN Tool: its sheets Database and Framework.

Cells, as COINr's reader of the tool takes them (W. Becker, who also worked on the tool; COINr
1.1.14, ``R/coinToolIn.R``): Database holds E16:CY315, with units from row 17 (name in B, code in
C), figures from E17, and above them indicator codes in row 16, names in 15, the groups they belong
to in rows 14 (sub-pillar), 13 (pillar), 12 (sub-index) and 11 (index), goalposts in 10 (upper) and
9 (lower), directions in 8 and weights in 7; ``n/a`` is missing. Framework has its heading in row 4
(row 5 in tools before 2019) and 48 rows below it: group codes in C (``sp.``, ``p.``, ``si.``,
``Index``), weights in E, names under “Dimension/indicator” (H if no such heading is found), ``--``
where a row is not used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import DeclarationFaults, Fault, FileFault, reading
from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr
from sanfu.index.framework import Framework, parse_framework
from sanfu.index.table_cells import column_letter
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UNITS, _FIRST = 17, 4
"""First row of units (from 1), first column of figures (from 0, E)."""
_LAST_UNIT, _LAST = 315, 102
"""Last row of units, last column of figures (CY)."""
_GROUP_ROWS = 48
"""Rows of the sheet Framework below its heading."""
_CODES, _NAMES, _UPPER, _LOWER, _DIRECTION, _WEIGHT = 16, 15, 10, 9, 8, 7
_GROUPS = (14, 13, 12, 11)
"""Rows of the groups, the lowest first; the last is the index itself."""
_NONE = {"", "n/a", "--", "-"}


def read_coin_tool(
    path: Path | str, *, code: str = "coin-tool", method: Mapping[str, Any] | None = None
) -> tuple[Framework, pl.DataFrame]:
    """Read a COIN Tool workbook as a framework and its figures.

    Parameters
    ----------
    path
        The workbook. Besides the tool's own layout, two plain tables are read: ``Database`` with
        ``uCode`` and a column an indicator, ``Framework`` with the columns of COINr's iMeta.
    code
        The framework's code.
    method
        The ``method`` section; the two sheets do not hold it.

    Returns
    -------
    tuple
        The framework (codes with ``_`` for the tool's ``.``, e.g. ``ind_01``) and the figures:
        ``unit, name``, then a column an indicator. A level that all indicators share is left out.

    Raises
    ------
    FileFault, DeclarationFaults
        No such file; or all faults at once, each with its sheet and cell.
    """
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only for workbooks

    file = Path(path)
    if not file.is_file():
        raise FileFault(file, Text("没有这个文件", "no such file"))
    with reading(file):
        book = CalamineWorkbook.from_path(str(file))
    named = {name.strip().lower(): name for name in book.sheet_names}
    missing = [
        Fault(
            None,
            name,
            Text(
                f"没有工作表“{name}”；有：{'、'.join(book.sheet_names)}",
                f"no sheet “{name}”; there are: {', '.join(book.sheet_names)}",
            ),
        )
        for name in ("Database", "Framework")
        if name.lower() not in named
    ]
    if missing:
        raise DeclarationFaults(file, missing)
    sheets = {
        name: _Sheet(name, book.get_sheet_by_name(named[name.lower()]).to_python(False))
        for name in ("Database", "Framework")
    }
    if sheets["Framework"].find("iCode") and sheets["Framework"].find("Parent"):
        framework = framework_from_coinr(sheets["Framework"].frame(), code=code, method=method)
        data = sheets["Database"].frame()
        data = data if "uCode" in data.columns else data.rename({data.columns[0]: "uCode"})
        return framework, figures_from_coinr(data)
    return _Tool(file, sheets["Database"], sheets["Framework"]).read(code, method)


class _Sheet:
    """A sheet's cells by row (from 1) and column (from 0)."""

    def __init__(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        self.name, self.rows = name, rows

    def value(self, row: int, column: int) -> Any:
        line = self.rows[row - 1] if 0 < row <= len(self.rows) else ()
        value = line[column] if column < len(line) else None
        return value.strip() if isinstance(value, str) else value

    def text(self, row: int, column: int) -> str:
        value = self.value(row, column)
        if value is None or str(value).lower() in _NONE:
            return ""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def find(self, words: str) -> tuple[int, int] | None:
        """Find a heading among the first rows."""
        for row, line in enumerate(self.rows[:8], start=1):
            for column, value in enumerate(line):
                if isinstance(value, str) and value.strip().lower() == words.lower():
                    return row, column
        return None

    def frame(self) -> pl.DataFrame:
        """Take the sheet as a plain table with its heading in row 1."""
        names = [str(value) for value in self.rows[0] if value not in ("", None)]
        columns = {
            name: pl.Series(
                [None if line[c] == "" else line[c] for line in self.rows[1:]], strict=False
            )
            for c, name in enumerate(names)
        }
        return pl.DataFrame(columns)

    def cell(self, row: int, column: int) -> str:
        return f"{self.name}!{column_letter(column)}{row}"


class _Tool:
    """The tool's own layout."""

    def __init__(self, file: Path, database: _Sheet, groups: _Sheet) -> None:
        self.file, self.data, self.groups = file, database, groups
        self.faults: list[Fault] = []
        self.columns = self._columns()
        self.lines = [row for row in self._rows() if database.text(row, 2)]

    def say(self, sheet: _Sheet, row: int, column: int, zh: str, en: str) -> None:
        self.faults.append(Fault(None, sheet.cell(row, column), Text(zh, en)))

    def read(self, code: str, method: Mapping[str, Any] | None) -> tuple[Framework, pl.DataFrame]:
        weights, names = self._groups()
        document: dict[str, Any] = {
            "framework": code,
            "name": {"zh": code, "en": code},
            "figures": {"unit": "unit"},
            "nodes": {},
            "indicators": {},
            "method": dict(method or {}),
        }
        used = self._levels()
        for column in self.columns:
            self._indicator(document, column, used, weights, names)
        figures = self._figures()
        if not self.columns:
            self.say(
                self.data, _CODES, _FIRST,
                "此行从 E 列起应有指标代码，例如 ind.01",
                "from column E on this row should hold indicator codes such as ind.01",
            )  # fmt: skip
        if not self.lines:
            self.say(
                self.data, _UNITS, 2,
                "从此行起 C 列应有单元代码", "from this row on column C should hold unit codes",
            )  # fmt: skip
        if self.faults:
            raise DeclarationFaults(self.file, self.faults)
        return parse_framework(document, self.file), figures

    def _columns(self) -> list[int]:
        """Give the columns in use: those with figures, and those named in a group without any."""
        width = max((len(line) for line in self.data.rows), default=0)
        found = []
        for column in range(_FIRST, min(width, _LAST + 1)):
            if not self.data.text(_CODES, column):
                continue
            grouped = any(self.data.text(row, column) for row in _GROUPS[:-1])
            declared = grouped and bool(self.data.text(_NAMES, column))
            if declared or any(self.data.text(row, column) for row in self._rows()):
                found.append(column)
        return found

    def _rows(self) -> range:
        return range(_UNITS, min(len(self.data.rows), _LAST_UNIT) + 1)

    def _levels(self) -> tuple[int, ...]:
        """Give the rows of the groups that tell indicators apart, and that of the index."""
        kept = []
        for row in _GROUPS[:-1]:
            codes = {self.data.text(row, column) for column in self.columns}
            if len(codes) > 1:
                kept.append(row)
        return (*kept, _GROUPS[-1])

    def _groups(self) -> tuple[dict[str, float], dict[str, str]]:
        heading = self.groups.find("Dimension/indicator")
        top, name_column = heading or (4, 7)
        weights, names = {}, {}
        for row in range(top + 1, min(top + _GROUP_ROWS, len(self.groups.rows)) + 1):
            group = self.groups.text(row, 2)
            name = self.groups.text(row, name_column)
            if not group or not name:
                continue
            names[group] = name
            weight = self._number(self.groups, row, 4)
            if weight is not None:
                weights[group] = weight
        return weights, names

    def _indicator(
        self,
        document: dict[str, Any],
        column: int,
        used: Sequence[int],
        weights: Mapping[str, float],
        names: Mapping[str, str],
    ) -> None:
        data = self.data
        code = _plain(data.text(_CODES, column))
        if code in document["indicators"]:
            self.say(data, _CODES, column, f"代码 {code} 重复", f"the code {code} comes twice")
            return
        chain = []
        for row in used:
            group = data.text(row, column)
            if not group:
                self.say(data, row, column, "缺所属分组的代码", "the code of its group is missing")
                return
            if group not in names:
                shown = "、".join(list(names)[:8])
                self.say(
                    data, row, column,
                    f"分组“{group}”不在 Framework 表里；那里有：{shown}",
                    f"the group “{group}” is not in the sheet Framework; there are: {shown}",
                )  # fmt: skip
                return
            chain.append(group)
        for low, high in zip(chain, [*chain[1:], None], strict=True):
            node: dict[str, Any] = {"name": {"zh": names[low], "en": names[low]}}
            if high is not None:
                node |= {"parent": _plain(high), "weight": weights.get(low, 1.0)}
            document["nodes"].setdefault(_plain(low), node)
        name = data.text(_NAMES, column) or code
        part: dict[str, Any] = {"name": {"zh": name, "en": name}, "parent": _plain(chain[0])}
        direction = self._number(data, _DIRECTION, column)
        if direction not in (None, 1, -1):
            self.say(
                data, _DIRECTION, column,
                f"方向是 {direction:g}，应为 1 或 -1",
                f"the direction is {direction:g}, not 1 or −1",
            )  # fmt: skip
        elif direction is not None:
            part["direction"] = int(direction)
        weight = self._number(data, _WEIGHT, column)
        if weight is not None:
            part["weight"] = weight
        posts = [self._number(data, row, column) for row in (_LOWER, _UPPER)]
        if None not in posts:
            part["goalposts"] = sorted(float(str(post)) for post in posts)
        document["indicators"][code] = part

    def _number(self, sheet: _Sheet, row: int, column: int) -> float | None:
        value = sheet.value(row, column)
        if value is None or str(value).lower() in _NONE:
            return None
        try:
            return float(value)
        except (TypeError, ValueError):
            self.say(
                sheet, row, column,
                f"找到“{value}”，应为数字，例如 0.5；缺失写 n/a",
                f"found “{value}”, expected a number such as 0.5; n/a where missing",
            )  # fmt: skip
            return None

    def _figures(self) -> pl.DataFrame:
        units = [self.data.text(row, 2) for row in self.lines]
        seen: dict[str, int] = {}
        for row, unit in zip(self.lines, units, strict=True):
            if unit in seen:
                first = self.data.cell(seen[unit], 2)
                self.say(
                    self.data, row, 2,
                    f"单元代码 {unit} 与 {first} 重复",
                    f"the unit {unit} stands in {first} already",
                )  # fmt: skip
            seen.setdefault(unit, row)
        columns: dict[str, Any] = {
            "unit": units,
            "name": [self.data.text(row, 1) for row in self.lines],
        }
        for column in self.columns:
            values = [self._number(self.data, row, column) for row in self.lines]
            columns[_plain(self.data.text(_CODES, column))] = pl.Series(values, dtype=pl.Float64)
        return pl.DataFrame(columns)


def _plain(code: str) -> str:
    return code.replace(".", "_").replace(" ", "_")
