"""The commands of `index`: check, build, audit, robustness, explain, compare."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import FOUND_PROBLEMS, say, say_json, t
from sanfu.cli.index_audit import audit, robustness
from sanfu.cli.index_companion import companion
from sanfu.cli.index_convert import convert
from sanfu.cli.index_explain import compare, explain
from sanfu.cli.index_firms import measure
from sanfu.cli.index_source import LEAVE_ABSENT, Source, wrote
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index import Index


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    index = typer.Typer(
        name="index",
        no_args_is_help=True,
        help=t(
            "综合指数：检查体系、计算、体检、稳健性、说明、比较。",
            "Composite indices: check a framework, build, audit, robustness, explain, compare.",
        ),
    )
    index.command("check", help=t("检查指标体系文件。", "Check a framework file."))(check)
    index.command("build", help=t("由体系和数据计算指数。", "Build an index from figures."))(build)
    index.command(
        "audit",
        help=t(
            "体检：十一项检查，写成可逐层追到单元格的网页和工作簿。\n\n"
            "有需要注意之处时退出码为 1，否则为 0；命令或输入不能用时为 2。",
            "Audit: eleven checks, as a page that can be followed to the cells, and a workbook.\n\n"
            "Exit code 1 where something needs attention, else 0; 2 where the input is unusable.",
        ),
    )(audit)
    index.command(
        "robustness",
        help=t(
            "稳健性：换选择再算，名次区间、分档、敏感性。",
            "Vary the choices: rank intervals, tiers, sensitivity.",
        ),
    )(robustness)
    index.command(
        "explain",
        help=t(
            "说明一个单元为何在此名次，上升几位要改什么，直到单元格。",
            "Say why a unit stands where it does, and what gaining places would take.",
        ),
    )(explain)
    index.command(
        "compare",
        help=t(
            "比较两种方法、两版、两年、两张结果表，或首次公布与修订。",
            "Compare two methods, editions, years or tables, or first published with revised.",
        ),
    )(compare)
    index.command(
        "convert",
        help=t(
            "把 COIN Tool 工作簿或 COINr 的两张表转成体系文件和数据表。",
            "Turn a COIN Tool workbook, or COINr's two tables, into a framework and figures.",
        ),
    )(convert)
    index.command(
        "companion",
        help=t(
            "伴随分析：耦合协调、障碍度、泰尔与基尼分解、收敛、分档、类型。",
            "Companion analyses: coupling, obstacles, Theil, Gini, convergence, classes, types.",
        ),
    )(companion)
    index.command(
        "measure",
        help=t("由企业台账汇总各地区的指标。", "Compute regions' indicators from the ledger."),
    )(measure)
    app.add_typer(index)


def check(
    framework: str = typer.Argument(help=t("体系文件或自带名称", "a file, or a shipped name")),
    figures: Path | None = typer.Option(
        None, "--figures", "-f", help=t("同时核对数据文件", "check a table of figures too")
    ),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Say all faults at once with their lines, else what the framework holds."""
    from sanfu.errors import DeclarationFaults
    from sanfu.index import FiguresFault, read_figures, read_framework

    try:
        found = read_framework(framework)
        table = None if figures is None else read_figures(str(figures), found)
    except DeclarationFaults as wrong:
        faults = [
            {"line": f.line, "where": f.where, "text": str(f.text), "said": str(f.in_words())}
            for f in wrong.faults
        ]
        raise _faulty(faults, json=json) from None
    except FiguresFault as wrong:
        raise _faulty([{"text": str(f), "said": str(f)} for f in wrong.faults], json=json) from None
    order = [step for step in found.method.order if getattr(found.method, step) is not None]
    summary = {
        "ok": True,
        "framework": found.framework,
        "version": found.version,
        "hash": found.content_hash(),
        "nodes": len(found.nodes),
        "indicators": len(found.indicators),
        "levels": max(found.heights().values()),
        "order": order,
        "rows": None if table is None else len(table.units),
    }
    if json:
        say_json(summary)
        return
    say(found.name.text())
    say(
        Text(
            f"{summary['indicators']} 个指标，{summary['nodes']} 个节点，{summary['levels']} 级；"
            f"步骤：{' → '.join(order)}",
            f"{summary['indicators']} indicators, {summary['nodes']} nodes, "
            f"{summary['levels']} levels; steps: {' → '.join(order)}",
        )
    )
    if table is not None:
        say(Text(f"数据 {summary['rows']} 行，可以计算", f"{summary['rows']} rows of figures fit"))


def _faulty(faults: list[dict[str, Any]], *, json: bool) -> typer.Exit:
    if json:
        told = [{key: fault[key] for key in fault if key != "said"} for fault in faults]
        say_json({"ok": False, "faults": told})
    else:
        say(Text(f"有 {len(faults)} 处错误：", f"{len(faults)} faults:"))
        for fault in faults:
            say(f"  - {fault['said']}")
    return typer.Exit(FOUND_PROBLEMS)


def build(
    framework: str = typer.Argument(help=t("体系文件或自带名称", "a file, or a shipped name")),
    figures: Path | None = typer.Argument(
        None, help=t("数据：xlsx、csv 或 parquet", "xlsx, csv or parquet")
    ),
    workspace: Path | None = typer.Option(
        None, "--workspace", "-w", help=t("改由此工作区的企业台账计算", "take a ledger's firms")
    ),
    year: list[int] = typer.Option(
        [], "--year", "-y", help=t("只算这些年份，可多次", "only these years; may be repeated")
    ),
    by: str = typer.Option("district", "--by", help=t("台账按哪一列分组", "column to group by")),
    as_of: str = typer.Option(
        "", "--as-of", help=t("称号在每年的哪一天有效，月-日", "MM-DD at which titles count")
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出工作簿 .xlsx", "write a workbook .xlsx")
    ),
    parity: str = typer.Option(
        "", "--parity", help=t("COINr：与 COINr 同数（含其错误）", "COINr: its numbers, errors too")
    ),
    leave_absent: bool = LEAVE_ABSENT,
    top: int = typer.Option(20, "--top", help=t("显示前几名", "how many to show")),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Build the index, show the ranking and what was found, and write the workbook."""
    source = Source(framework, figures, workspace, tuple(year), by, as_of, parity, leave_absent)
    result = source.build()
    if out is not None:
        result.to_excel(out)
    if json:
        say_json(
            {
                "framework": result.framework.framework,
                "hash": result.framework.content_hash(),
                "ranking": result.ranking.to_dicts(),
                "findings": [
                    {"code": f.code, "item": f.item, "text": str(f.text)} for f in result.findings
                ],
            }
        )
        return
    say(source.read_words(result))
    _show(result, top)
    if out is not None:
        wrote(out)


def _show(result: Index, top: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from sanfu.index.method_words import STEP_NAMES

    say(result.framework.name.text())
    for step in result.steps.values():
        say(t(f"  {STEP_NAMES[step.name]}：{step.what}", f"  {STEP_NAMES[step.name]}: {step.what}"))
    table = Table()
    panel = result.years is not None
    for heading in (t("名次", "rank"), t("单元", "unit"), *([t("年份", "year")] if panel else [])):
        table.add_column(heading)
    table.add_column(t("得分", "score"), justify="right")
    table.add_column(t("数据覆盖", "coverage"), justify="right")
    ranking = result.ranking
    if panel:
        ranking = ranking.filter(ranking["year"] == ranking["year"].max())
    for row in ranking.head(top).iter_rows(named=True):
        score = "—" if row["score"] is None else f"{row['score']:.4f}"
        years = [str(row["year"])] if panel else []
        rank = "—" if row["rank"] is None else str(row["rank"])
        table.add_row(rank, row["unit"], *years, score, f"{row['coverage']:.0%}")
    Console().print(table)
    for finding in result.findings:
        say(f"  ! {finding.text}")
