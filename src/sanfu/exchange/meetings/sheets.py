"""A timetable as a workbook: the list, the grid by table, hosts, guests, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.exchange.meetings.timetable import Timetable

_WHEN = (
    Column("date", Text("日期", "date"), "date", 12),
    Column("start", Text("开始", "start"), width=8),
    Column("end", Text("结束", "end"), width=8),
)
_WHERE = (
    Column("room_name", Text("场地", "room"), width=14),
    Column("table", Text("桌号", "table"), width=10),
)
_HOST = Column("host_name", Text("主办桌", "host"), width=30)
_GUEST = Column("guest_name", Text("来宾", "guest"), width=34)
_ABOUT = Column("about", Text("洽谈内容", "about"), width=50)
_IDS = (
    Column("host", Text("主办桌编号", "host id")),
    Column("guest", Text("来宾编号", "guest id")),
)
_VALUE = Column(
    "value",
    Text("分值", "points"),
    "integer",
    8,
    Text(
        "双方意愿分按权重相加，加互有意愿的奖励，乘优先级；算法见说明文档",
        "both sides' points weighted, the reward of a mutual wish, times the priorities",
    ),
)


_TRACE = (
    Column("host", Text("主办桌编号", "host id")),
    Column("guest", Text("来宾编号", "guest id")),
    Column("host_points", Text("主办方意愿分", "host's points"), "integer"),
    Column("guest_points", Text("来宾意愿分", "guest's points"), "integer"),
    Column(
        "formula", Text("算法", "formula"), width=44,
        meaning=Text(
            "（权重×主办方分+权重×来宾分）/100，互有意愿加分，乘优先级，四舍五入",
            "points weighted, the mutual points, times priorities, rounded half up",
        ),
    ),
    Column("value", Text("分值", "points"), "integer"),
    Column(
        "slot", Text("时段号", "slot"), "integer",
        meaning=Text("空：未安排", "empty: no meeting"),
    ),
    Column(
        "loss", Text("若安排至少少几分", "what arranging it costs at least"), "points",
        meaning=Text("由分配的价格算出的下界", "a lower bound from the flow's prices"),
    ),
)  # fmt: skip


def named(table: Timetable) -> pl.DataFrame:
    """Give the timetable's frame with the names of hosts, guests and rooms."""
    event = table.event
    columns = (("host", event.hosts), ("guest", event.guests))
    frame = table.frame.with_columns(
        pl.col(kind).replace({one.id: one.called() for one in parties}).alias(f"{kind}_name")
        for kind, parties in columns
    )
    rooms = {room.id: room.name or room.id for room in event.rooms}
    return frame.with_columns(pl.col("room").replace(rooms).alias("room_name"))


def grid(table: Timetable) -> pl.DataFrame:
    """Give a row a slot and a column a table: who sits there, as names."""
    frame = named(table)
    used = sorted(set(frame["table"]))
    guests = {
        (row["slot"], row["table"]): row["guest_name"]
        for row in frame.select("slot", "table", "guest_name").to_dicts()
    }
    return pl.DataFrame(
        [
            {
                "date": slot.start.date(),
                "slot": slot.label(),
                **{one: guests.get((slot.number + 1, one), "") for one in used},
            }
            for slot in table.slots
        ],
        schema={"date": pl.Date, "slot": pl.String, **dict.fromkeys(used, pl.String)},
    )


def write_timetable(table: Timetable, path: Path | str) -> None:
    """Write the workbook; the officers' own, with every name."""
    frame = named(table)
    stamp = ["合成数据 / synthetic"] if table.event.synthetic else []
    notes = [str(table.event.name.text()), str(table.summary()), *stamp]
    seats = grid(table)
    hosts = {
        row["table"]: row["host_name"]
        for row in frame.group_by("table").agg(pl.col("host_name").unique().sort()).with_columns(
            pl.col("host_name").list.join("、")
        ).to_dicts()
    }  # fmt: skip
    by_table = [
        Column("date", Text("日期", "date"), "date", 12),
        Column("slot", Text("时段", "slot"), width=14),
        *(
            Column(one, Text(f"{one} {hosts[one]}", f"{one} {hosts[one]}"), width=22)
            for one in seats.columns[2:]
        ),
    ]
    slot = Column("slot", Text("时段号", "slot"), "integer", 8)
    left = (
        Column("guest", Text("来宾编号", "guest id")),
        Column("name", Text("名称", "name"), width=34),
        Column("wishes", Text("意愿数", "wishes"), "integer", 8),
        Column("why", Text("原因", "why"), width=60),
    )
    fair = (
        Column("points", Text("首场加分", "points of a first meeting"), "integer"),
        Column("guests", Text("有安排的来宾", "guests with a meeting"), "integer"),
        Column("meetings", Text("场次", "meetings"), "integer"),
        Column("value", Text("总分（不含加分）", "points without them"), "integer"),
        Column(
            "loss",
            Text("为公平付出", "price of fairness"),
            "percent",
            meaning=Text("总分比不加分时少的比例", "share of points lost against no weight"),
        ),
        Column("declared", Text("本次采用", "as declared")),
    )
    write_workbook(
        path,
        [
            Sheet(
                str(Text("日程", "timetable")),
                frame,
                (slot, *_WHEN, *_WHERE, _HOST, _GUEST, _ABOUT, _VALUE, *_IDS),
                notes,
            ),
            Sheet(str(Text("桌次表", "by table")), seats, by_table, notes[:1]),
            Sheet(
                str(Text("按主办桌", "by host")),
                frame.sort("host_name", "slot", "table"),
                (_HOST, *_WHEN, *_WHERE, _GUEST, _ABOUT),
            ),
            Sheet(
                str(Text("按来宾", "by guest")),
                frame.sort("guest_name", "slot"),
                (_GUEST, *_WHEN, *_WHERE, _HOST, _ABOUT),
            ),
            Sheet(str(Text("分值来历", "trace")), table.trace, _TRACE, notes[:1]),
            Sheet(str(Text("未安排", "left out")), table.left_out, left),
            Sheet(str(Text("公平的代价", "price of fairness")), table.fairness, fair),
        ],
    )
