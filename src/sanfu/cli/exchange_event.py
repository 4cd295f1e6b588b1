"""The command `exchange event`: from the needs file to printed schedules, in one go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import FOUND_PROBLEMS, day_of, fail, say, say_json, t
from sanfu.cli.exchange_day import FORMS_OPTION, LIMIT_OPTION, facts_of, make_timetable, write_table
from sanfu.cli.exchange_files import (
    BOOK,
    EMBEDDER_OPTION,
    JSON_OPTION,
    LEDGER_OPTION,
    OFFERS_OPTION,
    ON_OPTION,
    WORKSPACE_OPTION,
    embedder_of,
    find_book,
    firms_of,
    needs_of,
    offers_of,
)
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from sanfu.cli.exchange_files import Firms
    from sanfu.exchange import Event, FollowBook, Matches, Need, Suggestions, Timetable


def register(exchange: typer.Typer) -> None:
    """Add the command to `exchange`."""
    exchange.command(
        "event",
        help=t(
            "一条命令：从需求文件到匹配、邀请、日程与打印件。",
            "One command: from the needs file to matches, invitations, timetable and papers.",
        ),
    )(event)


def event(
    needs: Path | None = typer.Argument(
        None, help=t("需求文件；用 --sample 时不要", "needs file; none with --sample")
    ),
    offers: list[Path] = OFFERS_OPTION,
    workspace: Path | None = WORKSPACE_OPTION,
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
    booths: bool = typer.Option(
        True,
        "--booths/--no-booths",
        help=t(
            "按梯度差距和指数弱项，给服务机构设展位",
            "booths for the providers whose services close firms' gaps",
        ),
    ),
    book: Path | None = typer.Option(
        None,
        "--book",
        help=t(
            "跟进记录文件；缺省在工作区，没有工作区则在输出文件夹",
            "book of follow-up; by default the workspace's, else in the folder written",
        ),
    ),
    sample: bool = typer.Option(
        False, "--sample", help=t("用合成样本（8288 家企业、40 项需求、30 家机构）", "the sample")
    ),
    embedder: str = EMBEDDER_OPTION,
    limit: float | None = LIMIT_OPTION,
    forms: str = FORMS_OPTION,
    on: str = ON_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Go from the needs file to ranked lists, invitations, a timetable and printed schedules."""
    from sanfu.cli.exchange_landing import write_event_landing
    from sanfu.exchange import booth_ids, check_needs, make_event, match, write_event

    if (needs is None) != sample:
        raise fail(
            Text(
                "请给出需求文件，或用 --sample 试用合成样本，二者取一。",
                "give a needs file, or --sample to try the synthetic sample; one of both.",
            )
        )
    today = day_of(on)
    held_on = day_of(day) if day else today
    title = Text(name, name) if name else Text("供需对接会", "Matching day")
    firms = firms_of(workspace, ledger, sample=sample)
    asked, capable = _read_inputs(needs, offers, firms, on)
    asked = asked[:most_needs] if most_needs else asked
    _tell(
        Text(
            f"需求 {len(asked)} 项，供给 {capable.height} 条",
            f"{len(asked)} needs, {capable.height} offers",
        ),
        json,
    )
    found = match(asked, capable, top=20, on=today, embedder=embedder_of(embedder))
    services = _suggest(firms, capable, today, json=json) if booths else None
    made, kept_back = make_event(
        found,
        name=title,
        day=held_on,
        place=place,
        page=page,
        per_need=per_need,
        most_guests=most_guests,
        services=services,
    )
    folder = _Folder(out, synthetic=made.synthetic)
    follow = folder.open_book(book, workspace)
    fresh = follow.announce(found.needs, on=held_on, event=str(title))
    review = check_needs(asked, on=today)
    review.to_excel(folder.path("1 需求检查", "1 needs check"))
    found.to_excel(folder.path("2 匹配与理由", "2 matches and reasons"))
    invited = folder.write_letters(found, made, _when(title, held_on, place), per_need)
    event_file = folder.path("4 活动", "4 event")
    write_event(made, event_file)
    papers = out / str(Text("5 日程", "5 timetable"))
    table = make_timetable(made, limit, json=json)
    told = write_table(table, papers, forms)
    form = folder.write_form(found, table, follow, sample=sample)
    landing = write_event_landing(
        out,
        table,
        papers=papers,
        event_file=event_file,
        told=told,
        follow=_follow_command(form, follow.path),
    )
    done = {
        "needs": len(asked),
        "findings": review.frame.height,
        "publishable": len(review.publishable),
        "matches": len(found.hits),
        "unanswered": len(found.unanswered),
        "invited": invited,
        "not_at_a_table": kept_back,
        "booths": len(booth_ids(made)),
        "announced": fresh,
        **facts_of(table),
        "wrote": str(out),
        "book": str(follow.path),
    }
    if json:
        say_json(done)
    else:
        _say_done(done, table, landing, _follow_command(form, follow.path))
    if table.unmet:
        raise typer.Exit(FOUND_PROBLEMS)


@dataclass(frozen=True)
class _Folder:
    """Where an event is written; the name of each file says whether it is synthetic."""

    out: Path
    synthetic: bool

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)

    def path(self, zh: str, en: str, form: str = "xlsx") -> Path:
        from sanfu.report.event import file_name

        return self.out / file_name(Text(zh, en), form, synthetic=self.synthetic)

    def open_book(self, book: Path | None, workspace: Path | None) -> FollowBook:
        from sanfu.exchange import FollowBook
        from sanfu.report.event import file_name

        home = workspace or self.out
        named = home / file_name(BOOK, "sqlite", synthetic=self.synthetic)
        return FollowBook(book or find_book(home) or named)

    def write_letters(self, found: Matches, made: Event, when: str, per_need: int) -> int:
        """Invite who has a seat or a booth; give how many letters there are."""
        from sanfu.exchange import booth_ids, invite

        coming = {guest.id for guest in made.guests} | booth_ids(made)
        letters = invite(found, event=when, per_need=per_need).only(coming)
        letters = letters.with_booths(made, event=when)
        letters.to_excel(self.path("3 邀请", "3 invitations"))
        return len(letters.letters)

    def write_form(
        self, found: Matches, table: Timetable, follow: FollowBook, *, sample: bool
    ) -> Path:
        """Write the form of follow-up, for the sample also what might have come of it."""
        from sanfu.exchange import meeting_rows, write_follow_form, write_records
        from sanfu.exchange.follow.sample import sample_outcomes

        rows = meeting_rows(found, table.frame.select("host", "guest").rows())
        form = self.path("6 跟进记录", "6 follow-up")
        write_follow_form(form, rows, follow, synthetic=self.synthetic)
        if sample:
            write_records(self.path("0 需求", "0 needs", "json"), found.needs)
            start, most = table.event.days[0].date, follow.rules.shortlist_most
            form = self.path("6 跟进记录_示例结果", "6 follow-up_sample outcomes")
            made_up = sample_outcomes(rows, start=start, shortlist=most)
            write_follow_form(form, made_up, follow, synthetic=True)
        return form


def _read_inputs(
    needs: Path | None, offers: list[Path], firms: Firms | None, on: str
) -> tuple[list[Need], pl.DataFrame]:
    if needs is not None:
        return needs_of(needs, on, firms), offers_of(offers, firms, on)
    from sanfu.exchange import join_offers, offer_frame, sample_event

    made = sample_event(start=day_of(on))
    return made.needs, join_offers([offers_of(offers, firms, on), offer_frame(made.providers)])


def _suggest(
    firms: Firms | None, capable: pl.DataFrame, on: dt.date, *, json: bool
) -> Suggestions | None:
    """Find the services that would help firms; None where there are no firms or no services."""
    import polars as pl

    from sanfu.cli.exchange_gaps import gaps_of
    from sanfu.errors import SanfuError
    from sanfu.exchange import suggest_services

    services = capable.filter(pl.col("kind") == "service", pl.col("board").is_not_null())
    if firms is None or services.is_empty():
        return None
    try:
        gaps = gaps_of(firms, on)
    except SanfuError as error:
        text = Text(
            f"没有按差距设展位：{error.text.zh}", f"no booths by firms' gaps: {error.text.en}"
        )
        _tell(text, json)
        return None
    return suggest_services(gaps, services, top=2)


def _when(title: Text, day: dt.date, place: str) -> str:
    return str(
        Text(
            f"{title.zh}（{day}{place and '，' + place}）",
            f"{title.en} ({day}{place and ', ' + place})",
        )
    )


def _follow_command(form: Path, book: Path) -> str:
    beside = "" if book.parent == form.parent else f' --book "{book}"'
    return f'sanfu exchange follow "{form}"{beside}'


def _tell(line: Text, json: bool) -> None:
    if not json:
        typer.echo(str(line), err=True)


def _say_done(done: dict[str, object], table: Timetable, landing: Path, follow: str) -> None:
    kept_back = done["not_at_a_table"]
    for line in (
        Text(
            f"检查：{done['publishable']} 项可以发布，{done['findings']} 处提示",
            f"check: {done['publishable']} can be published, {done['findings']} findings",
        ),
        Text(
            f"匹配：{done['matches']} 对，{done['unanswered']} 项没有合适的供给",
            f"matches: {done['matches']} pairs, {done['unanswered']} needs without",
        ),
        Text(
            f"邀请：{done['invited']} 家，服务展位 {done['booths']} 个",
            f"invited: {done['invited']}; booths of services: {done['booths']}",
        ),
        Text(
            f"不上桌的需求 {len(kept_back)} 项（匿名或保密且未授权）",  # type: ignore[arg-type]
            f"{len(kept_back)} needs are kept from tables (unnamed or confidential)",  # type: ignore[arg-type]
        ),
        table.summary(),
        Text(f"打开 {landing} 查看全部文件", f"open {landing} to see everything"),
        Text(f"活动后：{follow}", f"afterwards: {follow}"),
    ):
        say(line)
