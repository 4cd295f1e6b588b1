"""The commands of `exchange`: import, check, match, invite; the others in their own modules."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli import exchange_day, exchange_desk, exchange_event, exchange_follow
from sanfu.cli.app import FOUND_PROBLEMS, day_of, say, say_json, t
from sanfu.cli.exchange_files import (
    EMBEDDER_OPTION,
    JSON_OPTION,
    LEDGER_OPTION,
    OFFERS_OPTION,
    ON_OPTION,
    WORKSPACE_OPTION,
    embedder_of,
    firms_of,
    needs_of,
    offers_of,
    say_problems,
)
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.cli.exchange_files import Firms
    from sanfu.exchange import Matches


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    exchange = typer.Typer(
        name="exchange",
        no_args_is_help=True,
        help=t(
            "益企融通：需求、匹配、邀请、日程、跟进。",
            "Needs, matches, invitations, timetables, follow-up.",
        ),
    )
    exchange.command("import", help=t("导入需求文件或供给文件。", "Import needs or offers."))(
        import_file
    )
    exchange.command("check", help=t("发布前检查需求。", "Check needs before publishing."))(check)
    exchange.command("match", help=t("为需求排出供给，附理由。", "Rank offers, with reasons."))(
        match
    )
    exchange.command("invite", help=t("写邀请名单与邀请函。", "Write invitations."))(invite)
    exchange_event.register(exchange)
    exchange_day.register(exchange)
    exchange_follow.register(exchange)
    exchange_desk.register(exchange)
    app.add_typer(exchange)


_NEEDS = typer.Argument(help=t("需求文件（.xlsx .csv 或导入后的 .json）", "needs file"))


def import_file(
    file: Path = typer.Argument(help=t("需求或供给文件", "needs or offers file")),
    out: Path = typer.Option(..., "--out", help=t("写入的 .json", "the .json to write")),
    offers: bool = typer.Option(False, "--offers", help=t("这是供给文件", "these are offers")),
    workspace: Path | None = WORKSPACE_OPTION,
    on: str = ON_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Read a file, say every finding beside its cell, and keep what could be read."""
    from sanfu.exchange import link_needs, load_needs, load_offers, write_records

    firms = firms_of(workspace, None, required=False)
    if offers:
        services, problems = load_offers(file)
        write_records(out, services)
        count = len(services)
    else:
        needs, problems = load_needs(file, on=day_of(on))
        needs = needs if firms is None else link_needs(needs, firms.firms)
        write_records(out, needs)
        count = len(needs)
    if json:
        say_json({"read": count, "problems": problems.to_dicts(), "wrote": str(out)})
    else:
        say_problems(problems)
        say(
            Text(
                f"读到 {count} 条，发现 {problems.height} 处问题，写入 {out}",
                f"read {count} records, {problems.height} findings, wrote {out}",
            )
        )
    if problems.height:
        raise typer.Exit(FOUND_PROBLEMS)


def check(
    needs: Path = _NEEDS,
    workspace: Path | None = WORKSPACE_OPTION,
    on: str = ON_OPTION,
    out: Path | None = typer.Option(None, "--out", help=t("写入 .xlsx", "write .xlsx")),
    json: bool = JSON_OPTION,
) -> None:
    """Say what keeps each need from being published, and how to mend it."""
    from sanfu.exchange import check_needs

    review = check_needs(
        needs_of(needs, on, firms_of(workspace, None, required=False)), on=day_of(on)
    )
    if out is not None:
        review.to_excel(out)
    frame = review.frame
    if json:
        say_json({"publishable": review.publishable, "findings": frame.to_dicts()})
    else:
        for need in frame["need"].unique(maintain_order=True):
            say(f"{need} {frame.filter(frame['need'] == need)['title'][0]}")
            say(review.explain(need))
        say(
            Text(
                f"可以发布 {len(review.publishable)} 项，发现 {frame.height} 处",
                f"{len(review.publishable)} can be published, {frame.height} findings",
            )
        )
    if frame.height:
        raise typer.Exit(FOUND_PROBLEMS)


def match(
    needs: Path = _NEEDS,
    offers: list[Path] = OFFERS_OPTION,
    workspace: Path | None = WORKSPACE_OPTION,
    ledger: Path | None = LEDGER_OPTION,
    top: int = typer.Option(20, "--top", min=1, help=t("每项需求最多几个", "hits a need")),
    by_offer: bool = typer.Option(
        False, "--by-offer", help=t("反过来：为每个供给排需求", "best needs for each offer")
    ),
    public: bool = typer.Option(
        False, "--public-needs", help=t("只用公开的需求", "only needs that are public")
    ),
    embedder: str = EMBEDDER_OPTION,
    on: str = ON_OPTION,
    out: Path | None = typer.Option(None, "--out", help=t("写入 .xlsx", "write .xlsx")),
    json: bool = JSON_OPTION,
) -> None:
    """Rank offers for each need, or needs for each offer, with reasons."""
    result = _match(
        needs, offers, firms_of(workspace, ledger), top=top, by_offer=by_offer, public=public,
        embedder=embedder, on=on,
    )  # fmt: skip
    if out is not None:
        result.to_excel(out)
    if json:
        say_json(
            {
                "matches": result.frame.to_dicts(),
                "unanswered": [
                    {"need": one.need, "why": one.why, "nearest": one.nearest}
                    for one in result.unanswered
                ],
            }
        )
        return
    titles = {need.id: need.title for need in result.needs}
    previous = ""
    for hit in result.hits:
        head = hit.offer if by_offer else hit.need
        if head != previous:
            say(f"\n{head} {hit.name if by_offer else titles[head]}")
            previous = head
        other = f"{hit.need} {titles[hit.need]}" if by_offer else f"{hit.offer} {hit.name}"
        say(f"  {hit.rank}. {other} {hit.score:.0%} {hit.reasons_text()}")
    for one in result.unanswered:
        say(f"\n{one.need} {titles[one.need]}\n  {one.in_words()}")
    if out is not None:
        say(Text(f"写入 {out}", f"wrote {out}"))


def invite(
    needs: Path = _NEEDS,
    offers: list[Path] = OFFERS_OPTION,
    workspace: Path | None = WORKSPACE_OPTION,
    ledger: Path | None = LEDGER_OPTION,
    out: Path = typer.Option(..., "--out", help=t("写入的 .xlsx", "the .xlsx to write")),
    event: str = typer.Option("", "--event", help=t("活动名称、时间、地点", "event, day, place")),
    per_need: int = typer.Option(3, "--per-need", min=1, help=t("每项需求邀几家", "a need")),
    embedder: str = EMBEDDER_OPTION,
    on: str = ON_OPTION,
    json: bool = JSON_OPTION,
) -> None:
    """Write who is invited for which needs, and the letters; each as its reader may see it."""
    from sanfu.exchange import invite as write

    result = _match(needs, offers, firms_of(workspace, ledger), top=20, embedder=embedder, on=on)
    letters = write(result, event=event, per_need=per_need)
    letters.to_excel(out)
    if json:
        say_json({"invitations": letters.frame.to_dicts(), "wrote": str(out)})
    else:
        say(
            Text(
                f"邀请 {len(letters.letters)} 家，写入 {out}",
                f"{len(letters.letters)} parties are invited, wrote {out}",
            )
        )


def _match(
    needs: Path,
    offers: list[Path],
    firms: Firms | None,
    *,
    top: int,
    by_offer: bool = False,
    public: bool = False,
    embedder: str,
    on: str,
) -> Matches:
    from sanfu.exchange import match as rank

    capable = offers_of(offers, firms, on)
    asked = needs_of(needs, on, firms)
    if public:
        asked = [need for need in asked if need.openness == "public"]
    return rank(
        asked,
        capable,
        top=top,
        by="offer" if by_offer else "need",
        on=day_of(on),
        embedder=embedder_of(embedder),
    )
