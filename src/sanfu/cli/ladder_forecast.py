"""The command `ladder forecast`: who runs out, who is near the next tier, who is at risk."""

from __future__ import annotations

from pathlib import Path

import typer

from sanfu.cli.app import day_of, progress, say, say_json, t
from sanfu.cli.ladder_rows import ledger_of, rows_of
from sanfu.language import Text


def register(ladder: typer.Typer) -> None:
    """Add the command to `ladder`."""
    ladder.command(
        "forecast",
        help=t(
            "预测：谁到期、谁接近下一层级、谁复核有风险。",
            "Look ahead: who runs out, who is near the next tier, who is at risk.",
        ),
    )(forecast)


def forecast(
    workspace: Path = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    on: str = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given")),
    year: int | None = typer.Option(
        None, "--year", help=t("最近完整年度；缺省为上一年", "last full year; else the one before")
    ),
    months: int = typer.Option(
        12, "--months", min=1, help=t("看多少个月", "how many months ahead")
    ),
    near: int = typer.Option(
        2, "--near", min=0, help=t("第二梯队最多几项不符合", "most unmet criteria of a near firm")
    ),
    most_missing: int = typer.Option(
        3, "--most-missing", min=0, help=t("第二梯队最多几项缺数据", "most criteria without data")
    ),
    out: Path | None = typer.Option(None, "--out", "-o", help=t("写出 .xlsx", "write .xlsx")),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """List expiries, the second echelon, the review's risks and what 2026 makes stricter."""
    import polars as pl

    from sanfu.ladder import SELF_CHECK
    from sanfu.ladder.forecast import RISKS
    from sanfu.ladder.forecast import forecast as look
    from sanfu.ladder.forecast_book import write_forecast
    from sanfu.ladder.which import TIER_WORDS
    from sanfu.registry.titles import undated_note

    ledger = ledger_of(workspace)
    with progress() as bars:
        bars.add_task(t("预测", "looking ahead"), total=None)
        rows, _ = rows_of(workspace, on, year)
        found = look(
            rows, ledger.titles, day_of(on), months=months, near=near, most_missing=most_missing
        )
        if out is not None:
            write_forecast(found, out, synthetic=ledger.is_synthetic)
    if json:
        say_json(
            {
                "on": found.on,
                "self_check": True,
                "expiring": found.expiring.to_dicts(),
                "second_echelon": found.second_echelon.to_dicts(),
                "review_risk": found.review_risk.to_dicts(),
                "stricter": found.stricter.to_dicts(),
                "pass_rates": found.pass_rates.to_dicts(),
            }
        )
        return
    say(str(SELF_CHECK))
    if ledger.is_synthetic:
        say(Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    say(
        Text(
            f"{found.on} 起 {months} 个月内到期的称号 {found.expiring.height:,} 个",
            f"{found.expiring.height:,} titles run out within {months} months from {found.on}",
        )
    )
    if (without := undated_note(found.titles)) is not None:
        say(without)
    risks = found.review_risk.group_by("tier", "outcome").len().sort("tier", "outcome")
    for tier, outcome, count in risks.rows():
        say(f"  {TIER_WORDS[tier]}  {RISKS[outcome]}  {count:,}")
    ready = found.second_echelon.filter(pl.col("unmet") + pl.col("missing") == 0).height
    say(
        Text(
            f"第二梯队（不超过 {near} 项不符合、{most_missing} 项缺数据）"
            f"{found.second_echelon.height:,} 户，其中已无不符合、只待人工判断的 {ready:,} 户；"
            "还差一点、最近的：",
            f"{found.second_echelon.height:,} firms near the next tier (at most {near} criteria "
            f"unmet, {most_missing} without data), {ready:,} of them lacking a judgement only; the "
            "nearest that lack something:",
        )
    )
    for row in found.second_echelon.filter(pl.col("unmet") > 0).head(8).iter_rows(named=True):
        say(
            f"  {row['firm']} {row.get('name') or ''} → {TIER_WORDS[row['next']]}：{row['short_of']}"
        )
    say(
        Text(
            f"按 2022 年标准符合或未定、按 2026 年标准不符合的 {found.stricter.height:,} 户",
            f"{found.stricter.height:,} holders fail the standard of 2026 and not that of 2022",
        )
    )
    if out is not None:
        say(Text(f"已写出 {out}", f"wrote {out}"))
