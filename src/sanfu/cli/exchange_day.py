"""The commands of `exchange` about the day itself: schedule, repair."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import FOUND_PROBLEMS, fail, say, say_json, t
from sanfu.cli.exchange_files import JSON_OPTION
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sanfu.exchange import Event, Timetable
    from sanfu.exchange.meetings.plan import Progress

FORMS = ("html", "pdf", "xlsx", "ics")
LIMIT_OPTION = typer.Option(
    None, "--time-limit", min=0.0, help=t("最多算几秒，缺省算到证明最优", "seconds; until proven")
)
FORMS_OPTION = typer.Option(
    ",".join(FORMS), "--forms", help=t("写哪些格式", "which forms to write")
)


def register(exchange: typer.Typer) -> None:
    """Add the commands to `exchange`."""
    exchange.command(
        "schedule", help=t("为活动排日程并打印。", "Make an event's timetable and its papers.")
    )(schedule)
    exchange.command(
        "repair", help=t("当天改日程：变动最少。", "Repair a timetable with the fewest changes.")
    )(repair)


def schedule(
    file: Path = typer.Argument(help=t("活动文件 .yaml 或 .xlsx", "event file, .yaml or .xlsx")),
    out: Path | None = typer.Option(None, "--out", help=t("输出文件夹", "folder to write")),
    limit: float | None = LIMIT_OPTION,
    forms: str = FORMS_OPTION,
    explain: list[str] = typer.Option(
        [], "--explain", help=t("说明某一方，或两方为何见/不见", "say why: one party, or two")
    ),
    json: bool = JSON_OPTION,
) -> None:
    """Make the best timetable of an event, say how good it is, and write its papers."""
    from sanfu.exchange import find_party, read_event

    held = read_event(file)
    parties = [find_party(held, words) for words in explain]
    if len(parties) > 2:
        raise fail(Text("--explain 最多两个。", "--explain takes two at most."))
    table = make_timetable(held, limit, json=json)
    if out is not None:
        write_table(table, out, forms)
    if json:
        say_json(facts_of(table) | {"meetings": table.frame.to_dicts()})
    else:
        say(table.summary())
        _say_fairness(table)
        for row in table.left_out.to_dicts():
            say(
                Text(
                    f"未安排：{row['name']}（{row['why']}）",
                    f"left out: {row['name']} ({row['why']})",
                )
            )
        for host, guest in table.unmet:
            typer.echo(
                str(
                    Text(
                        f"必见排不下：{host} × {guest}", f"must-meet does not fit: {host} × {guest}"
                    )
                ),
                err=True,
            )
        if parties:
            say(table.explain(*parties))
        if out is not None:
            say(Text(f"写入 {out}", f"wrote {out}"))
    if table.unmet:
        raise typer.Exit(FOUND_PROBLEMS)


def repair(
    told: Path = typer.Argument(
        help=t("发出的日程（timetable.json）", "the timetable told (timetable.json)")
    ),
    now: str = typer.Option(
        "1", "--now", help=t("从第几场（或几点）起可改", "first slot, or time, that may change")
    ),
    absent: list[str] = typer.Option(
        [], "--absent", help=t("没来的，编号或名称", "who does not come")
    ),
    late: list[str] = typer.Option(
        [], "--late", help=t("迟到，如 甲公司=10:30", "who comes late, as A=10:30")
    ),
    lost_table: list[str] = typer.Option([], "--lost-table", help=t("不能用的桌", "tables lost")),
    changed: Path | None = typer.Option(
        None, "--event", help=t("改过的活动文件", "the event file, changed")
    ),
    fill: bool = typer.Option(True, "--fill/--no-fill", help=t("是否补满空位", "fill free places")),
    out: Path | None = typer.Option(None, "--out", help=t("输出文件夹", "folder to write")),
    forms: str = FORMS_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Repair a timetable on the day, and say what changes for whom."""
    from sanfu.exchange import find_party, find_slot, find_table, load_timetable, read_event
    from sanfu.exchange import repair as mend
    from sanfu.exchange.meetings.repair import repair_for
    from sanfu.report.event import write_change_notice

    table = load_timetable(told)
    first = find_slot(table, now)
    coming = {}
    for words in late:
        who, _, when = words.rpartition("=")
        if not who:
            raise fail(Text(f"“{words}”应写作 甲公司=10:30。", f"write “{words}” as A=10:30."))
        coming[find_party(table.event, who)] = when
    if changed is not None:
        if absent or late or lost_table:
            raise fail(
                Text(
                    "用 --event 时，把没来、迟到和桌子写在活动文件里。",
                    "with --event, write who is away, late and tables into the event file.",
                )
            )
        done = repair_for(table, read_event(changed), now=first, fill=fill)
    else:
        done = mend(
            table,
            now=first,
            absent=[find_party(table.event, words) for words in absent],
            late=coming,
            lost_tables=[find_table(table.event, words) for words in lost_table],
            fill=fill,
        )
    if out is not None:
        write_table(done.timetable, out, forms)
        write_change_notice(done, out, forms=_forms_of(forms))
    if json:
        say_json(
            {"cost": done.cost, "proven": done.proven, "changes": done.changes.to_dicts()}
            | facts_of(done.timetable)
        )
    else:
        say(done.explain())
        if out is not None:
            say(Text(f"写入 {out}", f"wrote {out}"))


def make_timetable(held: Event, limit: float | None, *, json: bool) -> Timetable:
    """Make the timetable, telling value, bound and gap meanwhile."""
    from sanfu.exchange import schedule as make

    return make(held, time_limit=limit, report=_reporter(json=json))


def _reporter(*, json: bool) -> Callable[[Progress], None] | None:
    if json:
        return None

    def tell(stand: Progress) -> None:
        line = Text(
            f"  {stand.seconds:.1f} 秒：{stand.value:,} 分，上界 {stand.bound:,}，差距 {stand.gap:.3%}",
            f"  {stand.seconds:.1f} s: {stand.value:,} points, bound {stand.bound:,}, gap {stand.gap:.3%}",
        )
        typer.echo(str(line), err=True)

    return tell


def facts_of(table: Timetable) -> dict[str, object]:
    """Give what a machine wants to know of a timetable."""
    return {
        "meetings_held": table.frame.height,
        "guests": table.frame["guest"].n_unique(),
        "value": table.value,
        "bound": table.bound,
        "gap": table.gap,
        "proven": table.proven,
        "stopped": table.stopped,
        "unmet_musts": [list(pair) for pair in table.unmet],
    }


def _say_fairness(table: Timetable) -> None:
    for row in table.fairness.to_dicts():
        mark = t("（本次）", " (this one)") if row["declared"] else ""
        say(
            Text(
                f"首场加 {row['points']} 分{mark}：{row['guests']} 家有安排，总分少 {row['loss']:.2%}",
                f"{row['points']} points for a first meeting{mark}: {row['guests']} guests, "
                f"{row['loss']:.2%} fewer points",
            )
        )


def write_table(table: Timetable, folder: Path, forms: str) -> Path:
    """Write the papers, and the timetable as it is told; gives the latter, for repairs."""
    from sanfu.exchange import save_timetable
    from sanfu.report.event import file_name, write_event_papers

    write_event_papers(table, folder, forms=_forms_of(forms))
    told = folder / file_name(
        Text("timetable", "timetable"), "json", synthetic=table.event.synthetic
    )
    save_timetable(table, told)
    return told


def _forms_of(words: str) -> list[str]:
    forms = [one.strip() for one in words.split(",") if one.strip()]
    unknown = [one for one in forms if one not in FORMS]
    if unknown:
        names = ", ".join(FORMS)
        raise fail(
            Text(
                f"--forms 不认识 {'、'.join(unknown)}，可用：{names}",
                f"--forms does not know {', '.join(unknown)}; it takes {names}",
            )
        )
    return forms
