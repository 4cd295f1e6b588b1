"""An event in Excel: one sheet a kind of thing, read with every fault at its cell, and written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl
from pydantic import ValidationError

from sanfu.content import validation_text
from sanfu.errors import DeclarationFaults, Fault, FileFault
from sanfu.exchange.cells import read_day
from sanfu.exchange.meetings.event import Event, find_faults
from sanfu.language import Text
from sanfu.registry.reading.sheets import column_letter, open_sheets
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sanfu.exchange.meetings.event import Place

Kind = Literal["text", "number", "flag", "list", "clock", "date", "mutual"]


class _Field(NamedTuple):
    name: str
    kind: Kind
    zh: str
    en: str
    hint: Text = Text("", "")
    width: int = 14


_SPANS = Text(
    "如 09:00-10:00；2026-06-10 13:00-14:00，几个用；隔开",
    "such as 09:00-10:00; 2026-06-10 13:00-14:00, parted by ;",
)
_ARRIVES = Text("如 10:30；空着表示从头", "such as 10:30; empty: from the beginning")
_POINTS = Text("0 至 100，0 表示无意", "0 to 100; 0: no interest")
_PARTY = (
    _Field("most", "number", "最多场次", "most meetings"),
    _Field("arrives", "clock", "到达", "arrives", _ARRIVES),
    _Field("leaves", "clock", "离开", "leaves"),
    _Field("unavailable", "list", "没空时段", "unavailable", _SPANS, 30),
    _Field("languages", "list", "语言", "languages", Text("如 zh；en", "such as zh; en")),
    _Field("absent", "flag", "不来", "absent", Text("是/否", "yes/no")),
)
_ID = _Field("id", "text", "编号", "id")
_NAME = _Field("name", "text", "名称", "name", width=34)
_CONTACT = _Field("contact", "text", "联系人", "contact")
_SETTINGS = (
    _Field("event", "text", "活动编号", "event id"),
    _Field("name.zh", "text", "活动名称", "name in Chinese"),
    _Field("name.en", "text", "英文名称", "name in English"),
    _Field("place", "text", "地点", "place"),
    _Field("page", "text", "网页", "page", Text("二维码所指，可空", "where QR codes lead")),
    _Field("synthetic", "flag", "合成数据", "synthetic"),
    _Field("meeting_minutes", "number", "每场分钟", "minutes a meeting"),
    _Field("changeover_minutes", "number", "换场分钟", "minutes between meetings"),
    _Field("rules.most_meetings", "number", "每家最多场次", "most meetings of a guest"),
    _Field("rules.host_percent", "number", "主办方权重", "host's weight (percent)"),
    _Field("rules.mutual", "mutual", "互有意愿", "mutual wish",
           Text("必须/加分/不计", "required/preferred/ignored")),
    _Field("rules.mutual_points", "number", "互有意愿加分", "points of a mutual wish"),
    _Field("rules.first_meeting_points", "number", "首场加分", "points of a first meeting"),
    _Field("rules.interpreters", "number", "译员数", "interpreters"),
)  # fmt: skip
_SHEETS: dict[str, tuple[Text, tuple[_Field, ...]]] = {
    "days": (Text("日程", "days"), (
        _Field("date", "date", "日期", "date"),
        _Field("start", "clock", "开始", "start"),
        _Field("end", "clock", "结束", "end"),
    )),
    "breaks": (Text("休息", "breaks"), (
        _NAME,
        _Field("date", "date", "日期", "date", Text("空着表示每天", "empty: every day")),
        _Field("start", "clock", "开始", "start"),
        _Field("end", "clock", "结束", "end"),
    )),
    "rooms": (Text("场地", "rooms"), (_ID, _NAME)),
    "walks": (Text("步行", "walks"), (
        _Field("between.0", "text", "场地一", "room 1"),
        _Field("between.1", "text", "场地二", "room 2"),
        _Field("minutes", "number", "分钟", "minutes"),
    )),
    "tables": (Text("桌位", "tables"), (
        _ID,
        _Field("room", "text", "场地", "room"),
        _Field("host", "text", "主办桌", "host", Text("空着表示公用桌", "empty: common table")),
        _Field("unavailable", "list", "不可用时段", "unavailable", _SPANS, 30),
    )),
    "hosts": (Text("主办桌", "hosts"), (
        _ID, _NAME, _CONTACT,
        _Field("room", "text", "场地", "room"),
        _Field("teams", "number", "同时几场", "meetings at once"),
        *_PARTY,
    )),
    "guests": (Text("来宾", "guests"), (
        _ID, _NAME, _CONTACT,
        _Field("district", "text", "所属区", "district"),
        _Field("priority", "number", "优先级", "priority"),
        *_PARTY,
    )),
    "wishes": (Text("意愿", "wishes"), (
        _Field("host", "text", "主办桌编号", "host id"),
        _Field("guest", "text", "来宾编号", "guest id"),
        _Field("host_points", "number", "主办方意愿分", "host's points", _POINTS),
        _Field("guest_points", "number", "来宾意愿分", "guest's points", _POINTS),
        _Field("priority", "number", "优先级", "priority"),
        _Field("must", "flag", "必见", "must"),
        _Field("never", "flag", "不见", "never"),
        _Field("about", "text", "洽谈内容", "about", width=50),
    )),
}  # fmt: skip
_FIRST = Text("活动", "event")
_YES = {"是", "yes", "y", "true", "1", "1.0", "√", "对"}
_NO = {"", "否", "no", "n", "false", "0", "0.0", "×"}
_MUTUAL = {
    "必须": "required", "required": "required", "加分": "preferred", "preferred": "preferred",
    "不计": "ignored", "ignored": "ignored",
}  # fmt: skip


class _Cell(NamedTuple):
    sheet: str
    row: int
    heading: str
    raw: str

    def where(self) -> str:
        return str(
            Text(
                f"表“{self.sheet}”第 {self.row} 行“{self.heading}”",
                f"sheet “{self.sheet}”, row {self.row}, “{self.heading}”",
            )
        )


def read_event_workbook(path: Path | str) -> Event:
    """Read an event from a workbook as `write_event` writes it.

    Raises
    ------
    FileFault
        The file cannot be read, or has no sheet of an event.
    DeclarationFaults
        All faults at once, each with sheet, row and column.
    """
    path = Path(path)
    cells: dict[Place, _Cell] = {}
    document: dict[str, Any] = {}
    known = {name: kind for kind, (text, _) in _SHEETS.items() for name in text}
    found = False
    for sheet in open_sheets(path):
        rows = [[(value or "").strip() for value in row] for row in sheet.cells.rows()]
        offset = sheet.first_row
        if sheet.name.strip() in _FIRST:
            found = True
            _read_settings(sheet.name, rows, offset, document, cells)
        elif sheet.name.strip() in known:
            found = True
            kind = known[sheet.name.strip()]
            document[kind] = _read_rows(kind, sheet.name, rows, offset, cells)
    if not found:
        names = "、".join(text.zh for text, _ in _SHEETS.values())
        raise FileFault(
            path,
            Text(
                f"没有活动的工作表（活动、{names}）。用 sanfu exchange event 可生成样例。",
                f"no sheet of an event ({names}). `sanfu exchange event` writes an example.",
            ),
        )
    try:
        event = Event.model_validate(document)
    except ValidationError as error:
        faults = [
            Fault(None, _nearest(cells, item["loc"]), validation_text(item))
            for item in error.errors()
        ]
        raise DeclarationFaults(path, faults) from None
    said = [Fault(None, _nearest(cells, place), text) for place, text in find_faults(event)]
    if said:
        raise DeclarationFaults(path, said)
    return event


def _nearest(cells: dict[Place, _Cell], place: Place) -> str:
    for key in _upwards(place):
        if key in cells:
            return cells[key].where()
    inside = next((cell for key, cell in cells.items() if key[:2] == place[:2]), None)
    if inside is not None:
        return inside._replace(heading=str(place[-1])).where()
    text = _SHEETS.get(str(place[0]))
    return str(text[0]) if text else ".".join(map(str, place))


def _upwards(place: Place) -> Iterator[Place]:
    yield from (place[:end] for end in range(len(place), 0, -1))


def _read_settings(
    sheet: str,
    rows: Sequence[Sequence[str]],
    offset: int,
    document: dict[str, Any],
    cells: dict[Place, _Cell],
) -> None:
    labels = {label: field for field in _SETTINGS for label in (field.zh, field.en)}
    for number, row in enumerate(rows, start=offset):
        field = labels.get(row[0]) if row else None
        value = row[1] if len(row) > 1 else ""
        if field is not None and value:
            place = tuple(field.name.split("."))
            cells[place] = _Cell(sheet, number, row[0], value)
            _put(document, place, _read(value, field.kind))
    if "name" in document and "en" not in document["name"]:
        document["name"]["en"] = document["name"].get("zh", "")


def _read_rows(
    kind: str,
    sheet: str,
    rows: Sequence[Sequence[str]],
    offset: int,
    cells: dict[Place, _Cell],
) -> list[dict[str, Any]]:
    fields = {label: field for field in _SHEETS[kind][1] for label in (field.zh, field.en)}
    top = next((at for at, row in enumerate(rows) if sum(v in fields for v in row) >= 2), None)
    if top is None:
        return []
    heads = [fields.get(value) for value in rows[top]]
    records: list[dict[str, Any]] = []
    for number, row in enumerate(rows[top + 1 :], start=offset + top + 1):
        if not any(row):
            continue
        record: dict[str, Any] = {}
        for at, (field, value) in enumerate(zip(heads, row, strict=True)):
            if field is None or not value:
                continue
            steps: Place = tuple(int(s) if s.isdecimal() else s for s in field.name.split("."))
            heading = f"{column_letter(at)} {field.zh if value else field.en}"
            cells[(kind, len(records), *steps)] = _Cell(sheet, number, heading, value)
            _put(record, steps, _read(value, field.kind))
        if isinstance(record.get("between"), dict):
            record["between"] = [record["between"].get(at, "") for at in (0, 1)]
        records.append(record)
    return records


def _put(record: dict[Any, Any], steps: Place, value: Any) -> None:
    for step in steps[:-1]:
        record = record.setdefault(step, {})
    record[steps[-1]] = value


def _read(raw: str, kind: Kind) -> Any:
    """Read a cell; what cannot be read is left as it is, for the model to refuse with its place."""
    match kind:
        case "number":
            return int(float(raw)) if re.fullmatch(r"-?\d+(\.0+)?", raw) else raw
        case "flag":
            low = raw.lower()
            return True if low in _YES else False if low in _NO else raw
        case "list":
            return [part.strip() for part in re.split(r"[;；、\n]", raw) if part.strip()]
        case "clock":
            return _clock(raw)
        case "date":
            return read_day(raw.split(" ", maxsplit=1)[0]) or raw
        case "mutual":
            return _MUTUAL.get(raw, raw)
        case _:
            return raw[:-2] if re.fullmatch(r"\d+\.0", raw) else raw


def _clock(raw: str) -> str:
    """Give “09:00” for 09:00, 09:00:00, 9：00, Excel's 0.375, or a date and one of these."""
    text = raw.replace("：", ":")
    if re.fullmatch(r"0?\.\d+", text):
        minutes = round(float(text) * 24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    found = re.fullmatch(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?", text)
    if not found:
        return raw
    day = found[1] or ""
    return f"{day} {found[2]}" if day and not day.startswith("1899") else found[2]


def write_event(event: Event, path: Path | str) -> None:
    """Write an event as a workbook that can be changed in Excel and read again."""
    record = event.model_dump(mode="json")
    settings = [
        {"what": str(Text(field.zh, field.en)), "value": _shown(_get(record, field.name), field),
         "hint": str(field.hint)}
        for field in _SETTINGS
    ]  # fmt: skip
    frame = pl.DataFrame(
        settings, schema={"what": pl.String, "value": pl.String, "hint": pl.String}
    )
    sheets = [
        Sheet(
            str(_FIRST),
            frame,
            (
                Column("what", Text("项目", "what"), width=22),
                Column("value", Text("内容", "value"), width=50),
                Column("hint", Text("说明", "hint"), width=40),
            ),
        )
    ]
    for kind, (name, fields) in _SHEETS.items():
        rows = [
            {field.name: _shown(_get(one, field.name), field) for field in fields}
            for one in record[kind]
        ]
        frame = pl.DataFrame(rows, schema={field.name: pl.String for field in fields})
        columns = [Column(f.name, Text(f.zh, f.en), width=f.width, meaning=f.hint) for f in fields]
        sheets.append(Sheet(str(name), frame, columns))
    write_workbook(path, sheets)


def _get(record: Any, name: str) -> Any:
    for step in name.split("."):
        record = record[int(step)] if step.isdecimal() else record[step]
    return record


def _shown(value: Any, field: _Field) -> str:
    if value is None or value is False or value in ("", []):
        return ""
    match field.kind:
        case "flag":
            return str(Text("是", "yes"))
        case "list":
            return "；".join(value)
        case "mutual":
            return str(Text(next(zh for zh, en in _MUTUAL.items() if en == value), value))
        case _:
            return str(value)
