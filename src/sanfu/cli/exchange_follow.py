"""The commands of `exchange` about what came of it: follow, funnel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import FOUND_PROBLEMS, day_of, fail, say, say_json, t
from sanfu.cli.exchange_files import (
    BOOK,
    JSON_OPTION,
    ON_OPTION,
    WORKSPACE_OPTION,
    find_book,
    firms_of,
    needs_of,
    say_problems,
)
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt

    from sanfu.cli.exchange_files import Firms
    from sanfu.exchange import FollowBook

_BOOK = typer.Option(
    None,
    "--book",
    help=t(
        f"跟进记录文件，缺省为工作区或表所在文件夹的 {BOOK}.sqlite",
        f"the book; by default {BOOK}.sqlite of the workspace, or beside the form",
    ),
)


def register(exchange: typer.Typer) -> None:
    """Add the commands to `exchange`."""
    exchange.command(
        "follow", help=t("记录进展，显示提醒与漏斗。", "Record what came of it; reminders, funnel.")
    )(follow)
    exchange.command("funnel", help=t("漏斗：走到哪一步、多久、卡在哪里。", "The funnel."))(funnel)


def follow(
    form: Path | None = typer.Argument(None, help=t("填好的跟进记录", "the filled form")),
    book: Path | None = _BOOK,
    workspace: Path | None = WORKSPACE_OPTION,
    new: bool = typer.Option(
        False, "--new", help=t("还没有跟进记录文件时新建", "start a book where there is none")
    ),
    needs: Path | None = typer.Option(
        None,
        "--needs",
        help=t("先把这个需求文件记为已发布；可新建", "announce the needs of this file; may start"),
    ),
    event: str = typer.Option("", "--event", help=t("活动名称", "the event's name")),
    blank: Path | None = typer.Option(
        None, "--write-form", help=t("写出待填的表 .xlsx", "write a form to fill in, .xlsx")
    ),
    by: str = typer.Option("", "--by", help=t("记录人", "who records")),
    need: str = typer.Option("", "--need", help=t("需求编号", "need")),
    party: str = typer.Option("", "--party", help=t("对接方编号", "party")),
    title: str = typer.Option("", "--title", help=t("需求名称", "the need's title")),
    stage: str = typer.Option("", "--stage", help=t("阶段，如 签约", "stage, such as contract")),
    amount: str = typer.Option("", "--amount", help=t("金额，如 80万元", "amount, such as 80万元")),
    next_step: str = typer.Option("", "--next", help=t("下一步", "next step")),
    due: str = typer.Option("", "--due", help=t("截止日期", "due day")),
    evidence: str = typer.Option("", "--evidence", help=t("凭证", "evidence")),
    reason: str = typer.Option("", "--reason", help=t("原因", "reason")),
    on: str = ON_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Record a filled form, or one step, and say what needs looking at; prints the funnel."""
    from sanfu.exchange import FollowBook, build_funnel, record_form

    firms = firms_of(workspace, None, required=False)
    starts = new or needs is not None
    held = FollowBook(_book_path(book, form or needs, workspace, starts=starts))
    day = day_of(on)
    added, known, problems = 0, 0, None
    if needs is not None:
        added = held.announce(needs_of(needs, on, firms), by=by, on=day, event=event)
    if blank is not None:
        _write_blank(blank, held)
    if form is not None:
        done = record_form(form, held, by=by, on=day)
        problems, added, known = done.problems, added + done.added, done.known
    elif need or stage or not (new or needs or blank):
        fresh = _record_one(
            held, day, firms, need=need, party=party, stage=stage, amount=amount, title=title,
            next_step=next_step, due=due, evidence=evidence, reason=reason, by=by, event=event,
        )  # fmt: skip
        added, known = added + fresh, 1 - fresh
    ahead = sum(entry.on > day for entry in held.history())
    reminders, result = held.reminders(day), build_funnel(held, on=day)
    if json:
        say_json(
            {
                "added": added,
                "known": known,
                "problems": [] if problems is None else problems.to_dicts(),
                "reminders": reminders.to_dicts(),
                "funnel": result.frame.to_dicts(),
                "year": result.yearly(day.year),
                "later_than_on": ahead,
            }
        )
    else:
        if problems is not None:
            say_problems(problems)
        say(
            Text(
                f"新记 {added} 条，已有 {known} 条",
                f"{added} entries added, {known} were known",
            )
        )
        kinds = reminders.group_by("what", maintain_order=True).len().rows()
        counted = t("，", ", ").join(f"{what} {count}" for what, count in kinds) or "—"
        say(Text(f"提醒（{day}）：{counted}", f"reminders ({day}): {counted}"))
        for row in reminders.head(10).to_dicts():
            parts = [row["need"], row["title"], row["party_name"], row["stage"], row["owner"]]
            days = Text(f"{row['days']} 天", f"{row['days']} days")
            say(f"  {row['what']} {days}{t('：', ': ')}" + " · ".join(p for p in parts if p))
        if reminders.height > 10:
            say(
                Text(
                    "  …全部见 sanfu exchange funnel --out",
                    "  … all of them: sanfu exchange funnel --out",
                )
            )
        if blank is not None:
            say(Text(f"待填的表：{blank}", f"to be filled in: {blank}"))
        say(result.explain())
        say(result.yearly_text(day.year))
        if ahead:
            say(
                Text(
                    f"另有 {ahead} 条的日期在 {day} 之后，以上没有计入。",
                    f"{ahead} entries are dated after {day} and are not counted above.",
                )
            )
    if problems is not None and problems.height:
        raise typer.Exit(FOUND_PROBLEMS)


def funnel(
    book: Path | None = _BOOK,
    workspace: Path | None = WORKSPACE_OPTION,
    by: str = typer.Option(
        "", "--by", help=t("按 event/district/industry/owner（专员）分", "group; owner: officer")
    ),
    event: str = typer.Option("", "--event", help=t("只看一个活动", "one event only")),
    on: str = ON_OPTION,
    out: Path | None = typer.Option(None, "--out", help=t("写入 .xlsx", "write .xlsx")),
    json: bool = JSON_OPTION,
) -> None:
    """Print the funnel: needs and cases at each stage, medians, contract amounts, stuck cases."""
    from sanfu.exchange import FollowBook, build_funnel
    from sanfu.exchange.follow.funnel import GROUPS

    by = "owner" if by == "officer" else by
    if by and by not in GROUPS:
        known = ", ".join(GROUPS)
        raise fail(Text(f"--by 可用：{known}", f"--by takes {known}"))
    held = FollowBook(_book_path(book, None, workspace))
    result = build_funnel(held, by=by or None, on=day_of(on), event=event)
    if out is not None:
        result.to_excel(out)
    if json:
        say_json(
            {
                "funnel": result.frame.to_dicts(),
                "stuck": result.stuck.to_dicts(),
                "year": result.yearly(result.on.year),
            }
        )
        return
    say(result.explain())
    for row in result.stuck.to_dicts():
        say(f"  {row['need']} {row['title']} {row['party_name']} {row['stage']} {row['days']}")
    if out is not None:
        say(Text(f"写入 {out}", f"wrote {out}"))


def _book_path(
    book: Path | None, file: Path | None, workspace: Path | None, *, starts: bool = False
) -> Path:
    """Find the book: named, of the workspace, beside a file, or here; a new one where it may be."""
    folder = workspace or (file.parent if file is not None else Path())
    found = book if book is not None else find_book(folder)
    named = found or folder / f"{BOOK}.sqlite"
    if not named.exists() and not starts:
        raise fail(
            Text(
                f"没有跟进记录文件 {named}；用 --book 指明，或新建：sanfu exchange follow --needs "
                "需求文件（没有需求文件则 --new），或先运行 sanfu exchange event。",
                f"there is no book {named}; name it by --book, start one by `sanfu exchange "
                "follow --needs FILE` (--new without a needs file), or run `sanfu exchange event`.",
            )
        )
    return named


def _write_blank(path: Path, held: FollowBook) -> None:
    """Write a form with a row a case, and one for each need that nobody has answered yet."""
    from sanfu.exchange import write_follow_form

    cases = held.cases()
    answered = {case.need for case in cases if case.party}
    rows: list[dict[str, object]] = [
        {"need": one.need, "title": one.title, "party": one.party, "party_name": one.party_name}
        for one in cases
        if one.party or one.need not in answered
    ]
    write_follow_form(path, rows, held, synthetic=any(case.synthetic for case in cases))


def _record_one(
    held: FollowBook,
    day: dt.date,
    firms: Firms | None,
    *,
    need: str,
    party: str,
    stage: str,
    amount: str,
    title: str,
    next_step: str,
    due: str,
    evidence: str,
    reason: str,
    by: str,
    event: str,
) -> int:
    from sanfu.exchange import Entry
    from sanfu.exchange.cells import read_money
    from sanfu.registry import FirmFinder

    step = held.rules.read_stage(stage)
    if not need or step is None:
        names = "、".join(rule.zh for rule in held.rules.stages)
        raise fail(
            Text(
                f"请给出填好的表，或 --need 与 --stage（可用：{names}）。",
                f"give a filled form, or --need and --stage (one of {names}).",
            )
        )
    fen = read_money(amount) if amount else None
    if amount and fen is None:
        raise fail(
            Text(f"金额“{amount}”要带单位，如 80万元。", f"write the unit, as 80万元: {amount}")
        )
    name = ""
    if firms is not None and party:
        party = FirmFinder(firms.firms).find(party) or party
        named = dict(firms.firms.select("firm", "name").iter_rows())
        name = named.get(party) or ""
    return int(
        held.record(
            Entry(
                need=need,
                title=title,
                party=party,
                party_name=name,
                event=event,
                stage=step,
                on=day,
                by=by,
                amount=fen,
                next_step=next_step,
                due=day_of(due) if due else None,
                evidence=evidence,
                reason=reason,
            )
        )
    )
