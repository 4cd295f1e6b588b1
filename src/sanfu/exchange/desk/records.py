"""The desk's declaration, and its records read from the lists that officers keep."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl
from pydantic import Field

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.exchange.cells import read_words
from sanfu.exchange.files import Field as FileField
from sanfu.exchange.matching.terms import fold
from sanfu.exchange.read import Findings, read_records
from sanfu.language import Text
from sanfu.registry import FirmFinder

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.exchange.files import Cell, Line

Measure = Literal[
    "served_share", "satisfied_share", "attendance_share", "in_time_share", "firms", "services"
]
RECORD_SCHEMA: dict[str, type[pl.DataType]] = {
    "line": pl.String, "service": pl.String, "day": pl.Date, "firm": pl.String,
    "name": pl.String, "booked": pl.Int64, "attended": pl.Boolean, "satisfaction": pl.Int64,
    "closed": pl.Date, "note": pl.String,
}  # fmt: skip


class ServiceLine(Declaration):
    """One line of service; `days` is the time limit of what is opened and closed."""

    id: str
    zh: str
    en: str
    words: tuple[str, ...]
    days: int | None = None

    def label(self) -> Text:
        """Give the line's name."""
        return Text(self.zh, self.en)


class Goal(Declaration):
    """One target: a measure of a line, or of all, that should reach `least`.

    Shares are in percent, counts in units.
    """

    id: str
    zh: str
    en: str
    measure: Measure
    least: int = Field(ge=0)
    line: str = ""


class Section(Declaration):
    """A section of GB/T 4754-2017 and the first and last of its divisions."""

    zh: str
    en: str
    divisions: tuple[int, int]


class DeskRules(Declaration):
    """Lines, targets, words and headings of the desk."""

    id: str
    version: int
    note: str
    satisfied_from: int
    lines: tuple[ServiceLine, ...]
    targets: tuple[Goal, ...]
    satisfaction: dict[str, tuple[str, ...]]
    fields: tuple[FileField, ...]
    sections: dict[str, Section]

    def line(self, words: str) -> ServiceLine | None:
        """Find a line by its id, its name or one of its words."""
        key = fold(words).strip()
        return next(
            (
                line
                for line in self.lines
                if key in {fold(word) for word in (line.id, line.zh, line.en, *line.words)}
            ),
            None,
        )


@cache
def desk_rules() -> DeskRules:
    """Give the rules that ship with Sanfu; their limits and targets are examples."""
    return read_declaration(content_path("services", "desk.yaml"), DeskRules)


class DeskRead(NamedTuple):
    """Records of service and what was found on reading them."""

    records: pl.DataFrame
    """A row a firm and service (`RECORD_SCHEMA`); `firm` is null where it is not in the ledger."""
    problems: pl.DataFrame


def read_desk(path: Path | str, firms: pl.DataFrame, *, rules: DeskRules | None = None) -> DeskRead:
    """Read a list of bookings, attendance, satisfaction and appeals.

    Parameters
    ----------
    firms
        The ledger's firms: ``firm``, and where present ``uscc`` and ``name``, by which a row's
        firm is found. A firm that is not there is kept, and said.

    Raises
    ------
    FileFault
        The file cannot be read, or holds no such table.
    """
    rules = rules or desk_rules()
    findings = Findings()
    known = FirmFinder(firms)
    rows = []
    for line, values in read_records(path, rules.fields, findings):
        kind = rules.line(values["line"])
        if kind is None:
            names = "、".join(one.zh for one in rules.lines)
            findings.say(
                "line",
                line.cells["line"],
                Text("没有这条服务条线，这一行没有导入。", "no such line; the row was left out."),
                Text(f"可写：{names}。", f"write one of: {names}."),
            )
            continue
        rows.append(
            {
                "line": kind.id,
                "service": values.get("service", ""),
                "day": values["day"],
                "firm": _find_firm(values, known, line, findings),
                "name": values.get("name", ""),
                "booked": values.get("booked"),
                "attended": _attended(line.cells.get("attended"), findings),
                "satisfaction": _satisfaction(line.cells.get("satisfaction"), rules, findings),
                "closed": _closed(values, line, findings),
                "note": values.get("note", ""),
            }
        )
    return DeskRead(pl.DataFrame(rows, schema=RECORD_SCHEMA, orient="row"), findings.frame())


def _find_firm(
    values: dict[str, Any], known: FirmFinder, line: Line, findings: Findings
) -> str | None:
    firm = known.find(*(values.get(name, "") for name in ("firm", "uscc", "name")))
    if firm is not None:
        return firm
    cell = next((line.cells[n] for n in ("name", "uscc", "firm") if n in line.cells), line)
    findings.say(
        "unknown_firm",
        cell,
        Text("台账里没有这家企业，已计入服务，未计入覆盖。",
             "this firm is not in the ledger; its service counts, coverage does not."),
        Text("核对名称或代码，或先导入台账。", "check name or code, or import it first."),
        severity="warning",
    )  # fmt: skip
    return None


def _attended(cell: Cell | None, findings: Findings) -> bool | None:
    if cell is None:
        return None
    said = read_words(cell.raw, "flag")
    if said is None:
        findings.add("unreadable", cell, "flag")
        return None
    return said == ("true",)


def _satisfaction(cell: Cell | None, rules: DeskRules, findings: Findings) -> int | None:
    if cell is None:
        return None
    key = fold(cell.raw).strip()
    for points, words in rules.satisfaction.items():
        if key in {fold(word) for word in words}:
            return int(points)
    findings.say(
        "unreadable",
        cell,
        Text("看不懂这一格。", "this cell cannot be read."),
        Text("改为 1 至 5，或“满意”等。", "write 1 to 5, or “satisfied”."),
    )
    return None


def _closed(values: dict[str, Any], line: Line, findings: Findings) -> Any:
    closed = values.get("closed")
    if closed is not None and closed < values["day"]:
        findings.say(
            "closed_before",
            line.cells["closed"],
            Text("办结早于受理，办结日期没有采用。", "closed before it was opened; left empty."),
            Text("核对两个日期。", "check both days."),
        )
        return None
    return closed
