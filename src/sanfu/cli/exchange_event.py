"""The commands of `exchange` about meetings: event, schedule, repair."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import FOUND_PROBLEMS, fail, say, say_json, t
from sanfu.cli.exchange_files import (
    JSON_OPTION,
    LEDGER_OPTION,
    OFFERS_OPTION,
    ON_OPTION,
    day_of,
    offers_of,
    say_problems,
)
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import polars as pl

    from sanfu.exchange import Event, Need, Repair, Timetable
    from sanfu.exchange.meetings.plan import Progress

TIMETABLE = "timetable.json"
BOOK = "follow.sqlite"
_LIMIT = typer.Option(
    None, "--time-limit", min=0.0, help=t("最多算几秒，缺省算到证明最优", "seconds; until proven")
)
_FORMS = typer.Option("html,pdf,xlsx,ics", "--forms", help=t("写哪些格式", "which forms to write"))


def register(exchange: typer.Typer) -> None:
    """Add the commands to `exchange`."""
    exchange.command(
        "event",
        help=t(
            "一条命令：从需求文件到匹配、邀请、日程与打印件。",
            "One command: from the needs file to matches, invitations, timetable and papers.",
        ),
    )(event)
    exchange.command(
        "schedule", help=t("为活动排日程并打印。", "Make an event's timetable and its papers.")
    )(schedule)
    exchange.command(
        "repair", help=t("当天改日程：变动最少。", "Repair a timetable with the fewest changes.")
    )(repair)


def event(
    needs: Path | None = typer.Argument(
        None, help=t("需求文件；用 --sample 时不要", "needs file; none with --sample")
    ),
    offers: list[Path] = OFFERS_OPTION,
    ledger: Path | None = LEDGER_OPTION,
    out: Path = typer.Option(..., "--out", help=t("输出文件夹", "folder to write")),
    name: str = typer.Option("", "--name", help=t("活动名称", "the event's name")),
    day: str = typer.Option("", "--day", help=t("活动日期，如 2026-06-10", "its day")),
    place: str = typer.Option("", "--place", help=t("地点", "place")),
    page: str = typer.Option("", "--page", help=t("二维码所指网址，可空", "address of QR codes")),
    per_need: int = typer.Option(8, "--per-need", min=1, help=t("每项需求几家", "parties a need")),
    most_guests: int = typer.Option(
        150, "--most-guests", min=1, help=t("最多几家来宾", "guests at most")
    ),
    most_needs: int = typer.Option(
        0, "--most-needs", min=0, help=t("只取前几项需求，0 为全部", "only the first needs; 0: all")
    ),
    sample: bool = typer.Option(
        False, "--sample", help=t("用合成样本（8288 家企业、40 项需求、30 家机构）", "the sample")
    ),
    limit: float | None = _LIMIT,
    forms: str = _FORMS,
    on: str = ON_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Go from the needs file to ranked lists, invitations, a timetable and printed schedules."""
    from sanfu.exchange import (
        FollowBook,
        check_needs,
        invite,
        make_event,
        match,
        meeting_rows,
        write_event,
        write_follow_form,
    )

    if (needs is None) != sample:
        raise fail(
            Text(
                "请给出需求文件，或用 --sample 试用合成样本，二者取一。",
                "give a needs file, or --sample to try the synthetic sample; one of both.",
            )
        )
    out.mkdir(parents=True, exist_ok=True)
    today = day_of(on)
    asked, capable = _read_inputs(needs, offers, ledger, out, today, sample=sample)
    asked = asked[:most_needs] if most_needs else asked
    held = day_of(day) if day else today
    title = Text(name, name) if name else Text("供需对接会", "Matching day")
    _tell(
        Text(
            f"需求 {len(asked)} 项，供给 {capable.height} 条",
            f"{len(asked)} needs, {capable.height} offers",
        ),
        json,
    )
    review = check_needs(asked, on=today)
    review.to_excel(out / str(Text("1 需求检查.xlsx", "1 needs check.xlsx")))
    found = match(asked, capable, top=20, on=today)
    found.to_excel(out / str(Text("2 匹配与理由.xlsx", "2 matches and reasons.xlsx")))
    when = Text(
        f"{title.zh}（{held}{place and '，' + place}）",
        f"{title.en} ({held}{place and ', ' + place})",
    )
    letters = invite(found, event=str(when), per_need=per_need)
    made, kept_back = make_event(
        found,
        name=title,
        day=held,
        place=place,
        page=page,
        per_need=per_need,
        most_guests=most_guests,
    )
    letters = letters.only({guest.id for guest in made.guests})
    letters.to_excel(out / str(Text("3 邀请.xlsx", "3 invitations.xlsx")))
    write_event(made, out / str(Text("4 活动.xlsx", "4 event.xlsx")))
    table = _schedule(made, limit, json=json)
    _write_table(table, out / str(Text("5 日程", "5 timetable")), forms)
    book = FollowBook(out / BOOK)
    fresh = book.announce(found.needs, on=held, event=str(title))
    rows = meeting_rows(found, table.frame.select("host", "guest").rows())
    form = out / str(Text("6 跟进记录.xlsx", "6 follow-up.xlsx"))
    write_follow_form(form, rows, book, synthetic=made.synthetic)
    if sample:
        from sanfu.exchange.follow.sample import sample_outcomes

        filled = sample_outcomes(rows, start=held, shortlist=book.rules.shortlist_most)
        form = out / str(Text("6 跟进记录_合成结果.xlsx", "6 follow-up_synthetic outcomes.xlsx"))
        write_follow_form(form, filled, book, synthetic=True)
    landing = _write_landing(out, table, len(letters.letters), form, synthetic=made.synthetic)
    done = {
        "needs": len(asked),
        "findings": review.frame.height,
        "publishable": len(review.publishable),
        "matches": len(found.hits),
        "unanswered": len(found.unanswered),
        "invited": len(letters.letters),
        "not_at_a_table": kept_back,
        "announced": fresh,
        **_facts(table),
        "wrote": str(out),
    }
    if json:
        say_json(done)
    else:
        said = [
            Text(
                f"检查：{done['publishable']} 项可以发布，{done['findings']} 处提示",
                f"check: {done['publishable']} can be published, {done['findings']} findings",
            ),
            Text(
                f"匹配：{done['matches']} 对，{done['unanswered']} 项没有合适的供给",
                f"matches: {done['matches']} pairs, {done['unanswered']} needs without",
            ),
            Text(f"邀请：{done['invited']} 家", f"invited: {done['invited']}"),
            Text(
                f"不上桌的需求 {len(kept_back)} 项（匿名或保密且未授权）",
                f"{len(kept_back)} needs are kept from tables (unnamed or confidential)",
            ),
            table.summary(),
            Text(f"打开 {landing} 查看全部文件", f"open {landing} to see everything"),
            Text(
                f'活动后：sanfu exchange follow "{form}"',
                f'afterwards: sanfu exchange follow "{form}"',
            ),
        ]
        for line in said:
            say(line)
    if table.unmet:
        raise typer.Exit(FOUND_PROBLEMS)


def schedule(
    file: Path = typer.Argument(help=t("活动文件 .yaml 或 .xlsx", "event file, .yaml or .xlsx")),
    out: Path | None = typer.Option(None, "--out", help=t("输出文件夹", "folder to write")),
    limit: float | None = _LIMIT,
    forms: str = _FORMS,
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
    table = _schedule(held, limit, json=json)
    if out is not None:
        _write_table(table, out, forms)
    if json:
        say_json(_facts(table) | {"meetings": table.frame.to_dicts()})
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
        help=t(f"发出的日程（{TIMETABLE}）", f"the timetable told ({TIMETABLE})")
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
    forms: str = _FORMS,
    json: bool = JSON_OPTION,
) -> None:
    """Repair a timetable on the day, and say what changes for whom."""
    from sanfu.exchange import find_party, find_table, load_timetable, read_event
    from sanfu.exchange import repair as mend
    from sanfu.exchange.meetings.repair import repair_for

    table = load_timetable(told)
    first = _slot(table, now)
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
        _write_table(done.timetable, out, forms)
        _write_notice(done, out, forms)
    if json:
        say_json(
            {"cost": done.cost, "proven": done.proven, "changes": done.changes.to_dicts()}
            | _facts(done.timetable)
        )
    else:
        say(done.explain())
        if out is not None:
            say(Text(f"写入 {out}", f"wrote {out}"))


def _slot(table: Timetable, words: str) -> int:
    if words.isdecimal():
        return int(words)
    from sanfu.exchange.meetings.event import moment

    when = moment(words, table.slots[0].start.date())
    later = [slot.number + 1 for slot in table.slots if when is not None and slot.start >= when]
    if not later:
        raise fail(
            Text(
                f"“{words}”应是场次号，或活动时间内的时刻如 10:30。",
                f"“{words}” should be a slot's number or a time such as 10:30.",
            )
        )
    return later[0]


def _read_inputs(
    needs: Path | None,
    offers: Sequence[Path],
    ledger: Path | None,
    out: Path,
    today: dt.date,
    *,
    sample: bool,
) -> tuple[list[Need], pl.DataFrame]:
    from sanfu.exchange import load_needs, sample_event, write_records

    if not sample and needs is not None:
        read = load_needs(needs, on=today)
        say_problems(read.problems)
        return read.needs, offers_of(offers, ledger)
    from sanfu.registry.sample import shanghai

    made, book = sample_event(), shanghai(firms=8288)
    path = out / str(Text("0 需求_合成数据.json", "0 needs_synthetic.json"))
    write_records(path, made.needs)
    return load_needs(path).needs, made.offers(book.firms, book.titles, book.figures)


def _schedule(held: Event, limit: float | None, *, json: bool) -> Timetable:
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


def _tell(line: Text, json: bool) -> None:
    if not json:
        typer.echo(str(line), err=True)


def _facts(table: Timetable) -> dict[str, object]:
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


def _write_table(table: Timetable, folder: Path, forms: str) -> None:
    from sanfu.exchange import save_timetable
    from sanfu.report.event import write_event_papers

    write_event_papers(table, folder, forms=[one.strip() for one in forms.split(",")])
    save_timetable(table, folder / TIMETABLE)


def _write_notice(done: Repair, folder: Path, forms: str) -> None:
    from sanfu.report.event import change_notice
    from sanfu.report.html import write_html
    from sanfu.report.pdf import write_pdf

    document = change_notice(done)
    stem = str(Text("变动通知", "changes"))
    if "pdf" in forms:
        write_pdf(document, folder / f"{stem}.pdf")
    if "html" in forms:
        write_html(document, folder / f"{stem}.html")


def _write_landing(
    out: Path, table: Timetable, invited: int, form: Path, *, synthetic: bool
) -> Path:
    from sanfu.report.landing import Entry, Group, write_landing

    def found(pattern: str) -> tuple[Path, ...]:
        return tuple(sorted(path for path in out.glob(pattern) if path.is_file()))

    papers = out / str(Text("5 日程", "5 timetable"))
    named = {
        "来宾日程|guests": Text("来宾日程，每家一页", "guests' schedules, one page each"),
        "主办桌日程|hosts": Text("主办桌日程，带记录栏", "hosts' sheets with room for notes"),
        "场地桌次|rooms": Text("场地与桌次", "rooms and tables"),
        "胸牌|badges": Text("胸牌", "badges"),
        "日程|timetable": Text("总表与日历", "the whole timetable, and a calendar"),
    }
    day = [
        Entry(
            Text(*words.split("|")),
            about,
            tuple(sorted(papers.glob(f"{Text(*words.split('|'))}.*"))),
        )
        for words, about in named.items()
    ]
    before = [
        Entry(
            Text("需求检查", "needs check"),
            Text("每处提示附改法", "each with its remedy"),
            found("1 *"),
        ),
        Entry(
            Text("匹配与理由", "matches"),
            Text("每项需求的排名与理由", "ranks and reasons"),
            found("2 *"),
        ),
        Entry(
            Text("邀请", "invitations"),
            Text(f"{invited} 封邀请函", f"{invited} letters"),
            found("3 *"),
        ),
        Entry(
            Text("活动", "event"),
            Text("可在 Excel 中修改后重排", "change it in Excel, schedule again"),
            found("4 *"),
        ),
    ]
    after = [
        Entry(Text("跟进记录", "follow-up"), Text("填好后导入", "fill in and import"), found("6 *"))
    ]
    steps = (
        f'sanfu exchange schedule "{found("4 *")[0]}" --out "{papers}"',
        f'sanfu exchange repair "{papers / TIMETABLE}" --now 10:30 --absent … --out "{out / "repair"}"',
        f'sanfu exchange follow "{form}"',
    )
    return write_landing(
        out,
        [
            Group(Text("活动前", "before the day"), tuple(before)),
            Group(Text("当天", "on the day"), tuple(entry for entry in day if entry.files)),
            Group(Text("活动后", "afterwards"), tuple(after)),
        ],
        title=table.event.name.text(),
        subtitle=table.summary(),
        synthetic=synthetic,
        next_steps=steps,
    )
