"""Import needs and offers from Excel, CSV or forms, with every finding beside the cell."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from sanfu.exchange.cells import (
    read_budget,
    read_day,
    read_due,
    read_money,
    read_targets,
    read_tiers,
    read_words,
    split_list,
)
from sanfu.exchange.files import Cell, Field, Line, Unknown, exchange_files, read_lines
from sanfu.exchange.needs import Condition, Need
from sanfu.exchange.offers import Offer
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PROBLEM_COLUMNS = (
    "file", "sheet", "row", "column", "value", "code", "severity", "zh", "en", "remedy_zh",
    "remedy_en",
)  # fmt: skip

_SAID: dict[str, tuple[str, Text, Text]] = {
    "unreadable": (
        "error",
        Text("看不懂这一格。", "this cell cannot be read."),
        Text("改为例子中的写法：", "write it as in the example: "),
    ),
    "missing_title": (
        "error",
        Text("没有名称，这一行没有导入。", "there is no title; the row was not imported."),
        Text("填写名称后重新导入。", "fill in the title and import again."),
    ),
    "id_twice": (
        "error",
        Text("编号重复，这一行没有导入。", "the id stands twice; the row was not imported."),
        Text("改为不同的编号。", "give it another id."),
    ),
    "unknown_heading": (
        "warning",
        Text("不认识这一列，没有读取。", "this column is not known and was not read."),
        Text(
            "改为常用表头，或在 content 里加上这一写法（exchange/files.yaml，跟进记录 "
            "exchange/follow.yaml，服务台 services/desk.yaml）。",
            "use a usual heading, or add this one to content (exchange/files.yaml, for follow-up "
            "exchange/follow.yaml, for the desk services/desk.yaml).",
        ),
    ),
}
_EXAMPLES: dict[str, str] = {
    "budget": "30-50万元、100万元以上、面议",
    "due": "2027-12-31、18个月",
    "date": "2026-06-30",
    "flag": "是、否",
    "openness": "公开、仅匹配方可见、保密",
    "cooperation": "委托开发、联合攻关、技术转让、作价入股、产品采购",
    "board": "数字化赋能、科技成果赋智、质量标准品牌赋值、融通创新",
    "offer_kind": "能力、服务",
    "count": "120",
    "money": "1500万元",
    "condition": "120",
}


class NeedsRead(NamedTuple):
    """The needs of a file and what was found on reading it."""

    needs: list[Need]
    problems: pl.DataFrame
    """One row a finding: file, sheet, row, column, value, code, severity, texts and remedies."""

    @staticmethod
    def no_problems() -> pl.DataFrame:
        """Give an empty frame of findings."""
        return Findings().frame()


class OffersRead(NamedTuple):
    """The offers of a file and what was found on reading it."""

    offers: list[Offer]
    problems: pl.DataFrame


class Findings:
    """What was found on reading a file, each with its cell, text and remedy."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def add(self, code: str, place: Cell | Line | Unknown, kind: str = "") -> None:
        """Add a finding of `_SAID`, with the example of a kind of cell."""
        severity, text, remedy = _SAID[code]
        example = _EXAMPLES.get(kind, "")
        remedy = Text(remedy.zh + example, remedy.en + example)
        self.say(code, place, text, remedy, severity=severity)

    def say(
        self,
        code: str,
        place: Cell | Line | Unknown,
        text: Text,
        remedy: Text,
        *,
        severity: str = "error",
    ) -> None:
        """Add a finding in words of its own."""
        self._rows.append(
            {
                "file": place.file,
                "sheet": place.sheet,
                "row": place.row,
                "column": "" if isinstance(place, Line) else place.column,
                "value": place.raw if isinstance(place, Cell) else "",
                "code": code,
                "severity": severity,
                "zh": text.zh,
                "en": text.en,
                "remedy_zh": remedy.zh,
                "remedy_en": remedy.en,
            }
        )

    def frame(self) -> pl.DataFrame:
        """Give one row a finding."""
        schema = {name: pl.Int64() if name == "row" else pl.String() for name in PROBLEM_COLUMNS}
        return pl.DataFrame(self._rows, schema=schema)


def read_needs(path: Path | str, *, on: dt.date | None = None) -> NeedsRead:
    """Read a needs file: a table with a need a row, or a form with a need a sheet.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xls``, ``.ods`` or ``.csv``; headings as in the reference of the needs file.
    on
        The day from which a deadline such as “18个月” counts where no day of publishing is given.

    Returns
    -------
    NeedsRead
        A cell that cannot be read leaves its field empty and is a finding; a row without a title,
        or with an id used before, is left out and is a finding. A need whose openness is empty
        or cannot be read is taken as confidential, and a firm of whose naming something is said
        that cannot be read as unnamed.

    Raises
    ------
    FileFault
        The file cannot be read, or holds no such table.
    """
    day = on or dt.datetime.now(tz=dt.UTC).date()
    fields = {field.name: field for field in exchange_files().needs}
    lines, unknown = read_lines(path, exchange_files().needs)
    findings = Findings()
    for heading in unknown:
        findings.add("unknown_heading", heading)
    needs: list[Need] = []
    taken: set[str] = set()
    for number, line in enumerate(lines, start=1):
        values = _read_cells(line, fields, findings)
        start = values.get("published") or day
        if "deadline" in line.cells:
            due = read_due(line.cells["deadline"].raw, start)
            if due is None:
                findings.add("unreadable", line.cells["deadline"], "due")
            values["deadline"] = due
        values.setdefault("openness", "confidential")
        values.setdefault("unnamed", "unnamed" in line.cells)  # said, but not in words we know
        values.setdefault("id", f"N{number:04d}")
        if _is_kept(line, values, taken, findings):
            values["targets"] = read_targets(values.get("targets_text", ""))
            needs.append(Need(**values))
    return NeedsRead(needs, findings.frame())


def read_offers(path: Path | str) -> OffersRead:
    """Read an offers file: a service or a capability a row.

    Raises
    ------
    FileFault
        The file cannot be read, or holds no such table.
    """
    fields = {field.name: field for field in exchange_files().offers}
    lines, unknown = read_lines(path, exchange_files().offers)
    findings = Findings()
    for heading in unknown:
        findings.add("unknown_heading", heading)
    offers: list[Offer] = []
    taken: set[str] = set()
    for number, line in enumerate(lines, start=1):
        values = _read_cells(line, fields, findings)
        values.setdefault("kind", "service" if values.get("board") else "capability")
        values.setdefault("id", f"S{number:04d}")
        if _is_kept(line, values, taken, findings):
            offers.append(Offer(**values))
    return OffersRead(offers, findings.frame())


def _is_kept(line: Line, values: dict[str, Any], taken: set[str], findings: Findings) -> bool:
    if not values.get("title"):
        findings.add("missing_title", line)
        return False
    if values["id"] in taken:
        findings.add("id_twice", line.cells.get("id", line))
        return False
    taken.add(values["id"])
    return True


def _read_cells(line: Line, fields: dict[str, Field], findings: Findings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    conditions: list[Condition] = []
    for name, cell in line.cells.items():
        field = fields[name]
        if field.kind == "due":
            continue  # read when the day of publishing is known
        if field.kind == "budget":
            budget = read_budget(cell.raw, cell.heading)
            if budget is None:
                findings.add("unreadable", cell, "budget")
            else:
                values["budget_least"], values["budget_most"], values["negotiable"] = budget
            continue
        if field.kind in ("condition", "wish"):
            condition = _read_condition(field, cell)
            if condition is None:
                findings.add("unreadable", cell, "condition")
            else:
                conditions.append(condition)
            continue
        value = READERS[field.kind](cell)
        if value is None:
            findings.add("unreadable", cell, field.kind)
        else:
            values[name] = value
    if conditions:
        values["conditions"] = tuple(conditions)
    return values


def _read_condition(field: Field, cell: Cell) -> Condition | None:
    kind: Any = field.condition
    hard = field.kind == "condition"
    if kind == "staff":
        count = _count(cell)
        return None if count is None else Condition(kind=kind, least=count, hard=hard)
    if kind == "revenue":
        fen = read_money(cell.raw, cell.heading if "元" in cell.heading else "（万元）")
        return None if fen is None else Condition(kind=kind, least=fen, hard=hard)
    listed: Sequence[str] = read_tiers(cell.raw) if kind == "tier" else split_list(cell.raw)
    return Condition(kind=kind, values=tuple(listed), hard=hard) if listed else None


def _count(cell: Cell) -> int | None:
    text = cell.raw.replace(",", "").removesuffix("人").removesuffix(".0").strip()
    return int(text) if text.isdecimal() else None


def _one_word(group: str) -> Callable[[Cell], str | None]:
    def read(cell: Cell) -> str | None:
        found = read_words(cell.raw, group)
        return found[0] if found and len(found) == 1 else None

    return read


def _flag(cell: Cell) -> bool | None:
    found = read_words(cell.raw, "flag")
    return None if found is None else found == ("true",)


READERS: dict[str, Callable[[Cell], Any]] = {
    "text": lambda cell: cell.raw,
    "list": lambda cell: split_list(cell.raw),
    "flag": _flag,
    "date": lambda cell: read_day(cell.raw, last=True),
    "money": lambda cell: read_money(cell.raw, cell.heading),
    "count": _count,
    "cooperation": lambda cell: read_words(cell.raw, "cooperation"),
    "openness": _one_word("openness"),
    "board": _one_word("board"),
    "offer_kind": _one_word("offer_kind"),
    "tiers": lambda cell: read_tiers(cell.raw),
}


def read_records(
    path: Path | str, fields: Sequence[Field], findings: Findings
) -> list[tuple[Line, dict[str, Any]]]:
    """Read the rows of any table whose headings are declared; faults go to the findings.

    A row in which a required field is empty or cannot be read is left out, and said.

    Raises
    ------
    FileFault
        The file cannot be read, or holds no such table.
    """
    named = {field.name: field for field in fields}
    lines, unknown = read_lines(path, fields)
    for heading in unknown:
        findings.add("unknown_heading", heading)
    records = []
    for line in lines:
        values = _read_cells(line, named, findings)
        missing = [f for f in fields if f.required and values.get(f.name) in (None, "")]
        if missing:
            zh, en = "、".join(f.zh for f in missing), ", ".join(f.en for f in missing)
            findings.say(
                "missing",
                line,
                Text(
                    f"缺少“{zh}”，这一行没有导入。", f"{en} is missing; the row was not imported."
                ),
                Text("补填后重新导入。", "fill it in and import again."),
            )
            continue
        records.append((line, values))
    return records
