"""The command of `exchange` for the service desk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, cast

import typer

from sanfu.cli.app import FOUND_PROBLEMS, day_of, fail, say, say_json, t
from sanfu.cli.exchange_files import (
    JSON_OPTION,
    WORKSPACE_OPTION,
    firms_of,
    say_problems,
)
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

    from sanfu.exchange import DeskRead


def register(exchange: typer.Typer) -> None:
    """Add the command to `exchange`."""
    exchange.command(
        "desk",
        help=t(
            "服务台：服务了谁、到场、满意、谁从未服务、目标完成情况。",
            "The service desk: whom it served, how well, who was never served, targets.",
        ),
    )(desk)


def desk(
    records: Path | None = typer.Argument(None, help=t("服务记录表", "list of services")),
    workspace: Path | None = WORKSPACE_OPTION,
    ledger: Path | None = typer.Option(None, "--ledger", "-l", help=t("企业名单", "firm list")),
    sample: bool = typer.Option(False, "--sample", help=t("用合成样本", "the synthetic sample")),
    rules: Path | None = typer.Option(
        None, "--rules", help=t("本单位的条线与目标 .yaml", "your lines and targets, .yaml")
    ),
    start: str = typer.Option("", "--from", help=t("起始日，缺省为今年 1 月 1 日", "first day")),
    end: str = typer.Option("", "--to", help=t("截止日，缺省为今天", "last day; today by default")),
    by: str = typer.Option(
        "district", "--by", help=t("覆盖按 district/street/industry/tier", "coverage by")
    ),
    out: Path | None = typer.Option(None, "--out", help=t("写入 .xlsx", "write .xlsx")),
    json: bool = JSON_OPTION,
) -> None:
    """Say what the desk did in a period, for whom, and whom it never served."""
    from sanfu.content import read_declaration
    from sanfu.exchange import DeskRules, desk_report, desk_rules
    from sanfu.exchange.desk.report import GROUPS

    if by not in GROUPS:
        raise fail(Text(f"--by 可用：{', '.join(GROUPS)}", f"--by takes {', '.join(GROUPS)}"))
    last = dt.date(2023, 12, 31) if sample and not end else day_of(end)  # the sample's year
    first = day_of(start) if start else dt.date(last.year, 1, 1)
    declared = read_declaration(rules, DeskRules) if rules else desk_rules()
    held = firms_of(workspace, ledger, sample=sample)
    if held is None:
        raise fail(
            Text(
                "请用 --workspace 或 --ledger 给出企业，或用 --sample 试用。",
                "give the firms by --workspace or --ledger, or try --sample.",
            )
        )
    read = _records(records, held.firms, declared, last.year, sample=sample)
    say_problems(read.problems)
    report = desk_report(
        read.records, held.firms, held.titles, start=first, end=last, rules=declared
    )
    coverage = report.coverage(by)
    if out is not None:
        report.to_excel(out)
    if json:
        say_json(
            {
                "lines": report.frame.to_dicts(),
                "coverage": coverage.to_dicts(),
                "targets": report.targets.to_dicts(),
                "never_served": report.never_served.height,
                "problems": read.problems.to_dicts(),
            }
        )
    else:
        say(report.explain())
        label = GROUPS[by]
        say(Text(f"覆盖率最低（按{label.zh}）：", f"least covered, by {label.en}:"))
        for row in coverage.head(10).to_dicts():
            say(f"  {row['group']} {row['served']}/{row['firms']} {row['share']:.1%}")
        if out is not None:
            say(Text(f"写入 {out}", f"wrote {out}"))
    if read.problems.height:
        raise typer.Exit(FOUND_PROBLEMS)


def _records(
    records: Path | None, firms: pl.DataFrame, declared: object, year: int, *, sample: bool
) -> DeskRead:
    from sanfu.exchange import DeskRead, DeskRules, read_desk
    from sanfu.exchange.read import Findings

    if records is not None:
        return read_desk(records, firms, rules=cast("DeskRules", declared))
    if not sample:
        raise fail(Text("请给出服务记录表。", "give the list of services."))
    from sanfu.exchange.desk.sample import sample_desk

    return DeskRead(sample_desk(firms, year=year), Findings().frame())
