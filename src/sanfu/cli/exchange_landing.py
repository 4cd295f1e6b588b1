"""The page that leads to everything that `exchange event` wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.exchange import Timetable

_BEFORE = (
    ("1 *", Text("需求检查", "needs check"), Text("每处提示附改法", "each with its remedy")),
    ("2 *", Text("匹配与理由", "matches"), Text("每项需求的排名与理由", "ranks and reasons")),
    ("3 *", Text("邀请", "invitations"), Text("名单与邀请函", "who is invited, and the letters")),
    ("4 *", Text("活动", "event"), Text("可在 Excel 中修改后重排", "change it, schedule again")),
)
_DAY = (
    (Text("来宾日程", "guests"), Text("来宾日程，每家一页", "guests' schedules, one page each")),
    (Text("主办桌日程", "hosts"), Text("主办桌日程，带记录栏", "hosts' sheets, room for notes")),
    (Text("场地桌次", "rooms"), Text("哪桌是谁，每场谁在", "whose table, and who sits there when")),
    (Text("胸牌", "badges"), Text("每页八张，带二维码，可裁开", "eight a page, to be cut out")),
    (Text("日程", "timetable"), Text("总表与日历", "the whole timetable, and a calendar")),
)


def write_event_landing(
    out: Path, table: Timetable, *, papers: Path, event_file: Path, told: Path, follow: str
) -> Path:
    """Write ``index.html`` of an event's folder.

    Parameters
    ----------
    papers, event_file, told
        The folder of the day's papers, the event in Excel, the timetable as it is told.
    follow
        The command that records what came of it.
    """
    from sanfu.report.event import file_name
    from sanfu.report.landing import Entry, Group, write_landing

    def found(pattern: str) -> tuple[Path, ...]:
        return tuple(sorted(path for path in out.glob(pattern) if path.is_file()))

    synthetic = table.event.synthetic
    before = [Entry(name, about, found(pattern)) for pattern, name, about in _BEFORE]
    day = [
        Entry(
            name,
            about,
            tuple(
                sorted(p for p in papers.glob(file_name(name, "*", synthetic=synthetic))
                       if p != told)
            ),
        )
        for name, about in _DAY
    ]  # fmt: skip
    after = Entry(
        Text("跟进记录", "follow-up"), Text("填好后导入", "fill in and import"), found("6 *")
    )
    return write_landing(
        out,
        [
            Group(Text("活动前", "before the day"), tuple(before)),
            Group(Text("当天", "on the day"), tuple(entry for entry in day if entry.files)),
            Group(Text("活动后", "afterwards"), (after,)),
        ],
        title=table.event.name.text(),
        subtitle=table.summary(),
        synthetic=synthetic,
        next_steps=(
            f'sanfu exchange schedule "{event_file}" --out "{papers}"',
            f'sanfu exchange repair "{told}" --now 10:30 --absent … --out "{out / "repair"}"',
            follow,
        ),
    )
