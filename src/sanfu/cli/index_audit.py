"""Audit and robustness on the command line: `sanfu index audit`, `sanfu index robustness`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Any, cast

import typer

from sanfu.cli import index_source as given
from sanfu.cli.app import FOUND_PROBLEMS, progress, say, say_json, t
from sanfu.cli.index_source import Source, say_left_out, wrote
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

    from sanfu.index import Index
    from sanfu.index.audit import Audit
    from sanfu.index.robustness import Robustness
    from sanfu.index.robustness.leave_out import What


_SHOWN = 6
"""Findings of a check that the terminal lists; the page and the workbook have all."""


def audit(
    framework: str = given.FRAMEWORK,
    figures: Path | None = given.FIGURES,
    workspace: Path | None = given.WORKSPACE,
    year: list[int] = given.YEARS,
    by: str = given.BY,
    as_of: str = given.AS_OF,
    parity: str = given.PARITY,
    leave_absent: bool = given.LEAVE_ABSENT,
    unit: list[str] = typer.Option(
        [],
        "--unit",
        "-u",
        help=t(
            "网页里列出这些单元的逐户数据和单元格，可多次；缺省为第一名",
            "units whose firms and cells stand on the page; may be repeated; the first if none",
        ),
    ),
    size: list[str] = typer.Option(
        [], "--size", help=t("规模列（人口等），可多次", "columns of size; may be repeated")
    ),
    group: str = typer.Option("", "--group", help=t("分组列", "column of groups")),
    income: str = typer.Option("", "--income", help=t("人均收入列", "column of income a head")),
    previous: str = typer.Option(
        "", "--previous", help=t("上一版体系，用同一数据", "the framework of the edition before")
    ),
    choices: Path | None = typer.Option(
        None, "--choices", help=t("稳健性选择 .yaml", "what to vary, .yaml")
    ),
    replicates: int = given.REPLICATES,
    sobol: int = typer.Option(
        512, "--sobol", min=0, help=t("敏感性的基样本，0 为不做", "base sample of Sobol; 0 skips")
    ),
    seed: int = given.SEED,
    out: Path | None = typer.Option(
        None,
        "--out",
        "-o",
        help=t("网页 .html（或 .pdf、.docx，只含检查）", ".html, or .pdf, .docx: the checks only"),
    ),
    excel: Path | None = typer.Option(
        None, "--excel", help=t("各项检查的表 .xlsx", "the tables of the checks .xlsx")
    ),
    json: bool = given.JSON,
) -> None:
    """Ask the eleven questions, write the page that can be followed, and the workbook.

    Exit code 1 where something needs attention.
    """
    source = Source(framework, figures, workspace, tuple(year), by, as_of, parity, leave_absent)
    index = source.build()
    for name in unit:
        index.row(name)  # a unit that is not there is refused before anything is computed
    before = None
    if previous:
        before = Source(
            previous, figures, workspace, tuple(year), by, as_of, parity, leave_absent
        ).build()
    found = _audited(
        index,
        {
            "size": size,
            "group": group or None,
            "income": income or None,
            "previous": before,
            "choices": None if choices is None else str(choices),
            "replicates": replicates,
            "sobol": sobol,
            "seed": seed,
        },
    )
    said = str(Text("体检", "audit"))
    year_said = "" if found.year is None else f"_{found.year}"
    stem = f"{said}_{index.framework.framework}{year_said}"
    page = out or source.out(stem, ".html")
    book = excel or page.with_suffix(".xlsx")
    with progress() as bars:
        bars.add_task(t("写网页和工作簿", "writing the page and the workbook"), total=None)
        from sanfu.report.audit import write_audit

        write_audit(found, page, unit)
        found.to_excel(book)
    if json:
        say_json(
            {
                "checks": [
                    {"number": c.number, "code": c.code, "outcome": c.worst, "text": c.in_words()}
                    for c in found.checks
                ],
                "findings": found.frame.to_dicts(),
                "made_from": dict(found.made_from),
                "page": str(page),
                "workbook": str(book),
            }
        )
    else:
        say(source.read_words(index))
        say_left_out(index)
        _say_audit(found, seed)
        wrote(page)
        wrote(book)
    if any(finding.severity != "note" for finding in found.findings):
        raise typer.Exit(FOUND_PROBLEMS)


def _audited(index: Index, asked: dict[str, Any]) -> Audit:
    from sanfu.index.audit.run import CHECKS

    with progress() as bars:
        task = bars.add_task(t("体检", "auditing"), total=len(CHECKS))
        return index.audit(**asked, progress=lambda _: bars.advance(task))


def _say_audit(found: Audit, seed: int) -> None:
    from sanfu.index.audit.model import SEVERITIES

    say(found.index.framework.name.text())
    colon = t("：", ": ")
    for check in found.checks:
        say(f"{check.number:>2}. {check.title}{colon}{check.in_words()}")
        serious = [finding for finding in check.findings if finding.severity != "note"]
        for finding in serious[:_SHOWN]:
            say(f"      {SEVERITIES[finding.severity]}{colon}{finding.text}")
        left = len(serious) - _SHOWN
        if left > 0:
            say(t(f"      ……另有 {left} 处，见网页", f"      … {left} more on the page"))
        for finding in check.findings[:1] if not serious else ():
            say(f"      {finding.text}")
    say(Text(f"随机种子 {seed}", f"seed {seed}"))


def robustness(
    framework: str = given.FRAMEWORK,
    figures: Path | None = given.FIGURES,
    workspace: Path | None = given.WORKSPACE,
    year: list[int] = given.YEARS,
    by: str = given.BY,
    as_of: str = given.AS_OF,
    parity: str = given.PARITY,
    leave_absent: bool = given.LEAVE_ABSENT,
    choices: Path | None = typer.Option(
        None,
        "--choices",
        "-c",
        help=t(
            "变动哪些选择 .yaml；缺省：权重 ±25%、归一化、合成方式、离群值处理",
            "what to vary, .yaml; by default what a JRC audit varies",
        ),
    ),
    replicates: int = given.REPLICATES,
    sobol: int = typer.Option(
        0, "--sobol", min=0, help=t("敏感性的基样本，如 512", "base sample of Sobol, e.g. 512")
    ),
    without: str = typer.Option(
        "",
        "--without",
        help=t(
            "逐一剔除：indicators、pillars 或 units",
            "leave out one by one: indicators, pillars or units",
        ),
    ),
    node: str = typer.Option("", "--node", help=t("看哪个节点的名次", "whose ranking")),
    seed: int = given.SEED,
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出工作簿 .xlsx", "write a workbook .xlsx")
    ),
    json: bool = given.JSON,
) -> None:
    """Vary the declared choices and show how far the ranks hold."""
    if without not in ("", "indicators", "pillars", "units"):
        wanted = t("应为 indicators、pillars 或 units", "is indicators, pillars or units")
        raise typer.BadParameter(f"--without {wanted}")
    source = Source(framework, figures, workspace, tuple(year), by, as_of, parity, leave_absent)
    index = source.build()
    with progress() as bars:
        bars.add_task(t("模拟", "simulating"), total=None)
        found = index.robustness(
            None if choices is None else str(choices), replicates, seed, node=node or None
        )
        indices = found.sobol(n=sobol) if sobol else None
        left = index.leave_one_out(cast("What", without)) if without else None
        if out is not None:
            found.to_excel(out)
    findings = [*found.findings, *(() if indices is None else indices.findings)]
    findings += [] if left is None else list(left.findings)
    if json:
        say_json(
            {
                "trace": found.trace,
                "units": found.frame.to_dicts(),
                "tiers": _tiers(found).to_dicts(),
                "stability": found.stability.to_dicts(),
                "sobol": None if indices is None else indices.summary.to_dicts(),
                "leave_one_out": None if left is None else left.summary.to_dicts(),
                "findings": [
                    {"code": f.code, "item": f.item, "text": str(f.text)} for f in findings
                ],
            }
        )
        return
    say(source.read_words(index))
    say_left_out(index)
    tiers = dict(_tiers(found).select("unit", "tier").rows())
    show_table(
        found.frame.to_dicts(),
        {
            "unit": Text("单元", "unit"),
            "rank": Text("名次", "rank"),
            "interval": Text("90% 区间", "90 % interval"),
            "rank_median": Text("中位数", "median"),
            "tier": Text("档", "tier"),
            "within_3": Text("±3 之内", "within ±3"),
        },
        lambda row, name: {
            "interval": f"{row['rank_low']}–{row['rank_high']}",
            "tier": str(tiers.get(row["unit"], "—")),
            "within_3": "—" if row["within_3"] is None else f"{row['within_3']:.0%}",
            "rank_median": "—" if row["rank_median"] is None else f"{row['rank_median']:g}",
        }.get(name, str(row.get(name))),
    )
    if indices is not None:
        _show_sobol(indices.summary)
    if left is not None:
        _show_left(left.summary)
    for finding in findings:
        say(f"  {'!' if finding.severity != 'note' else '·'} {finding.text}")
    said = Text(
        f"{replicates} 次模拟，随机种子 {seed}；同一种子得同一结果。",
        f"{replicates} simulations, seed {seed}; the same seed gives the same result.",
    )
    say(said)
    if out is not None:
        wrote(out)


def _tiers(found: Robustness) -> pl.DataFrame:
    """Give the tiers; none where there are too many units to compare every pair."""
    import polars as pl

    from sanfu.errors import InputError

    try:
        return found.tiers
    except InputError:
        return pl.DataFrame(schema={"unit": pl.String, "tier": pl.Int64})


def _show_sobol(summary: pl.DataFrame) -> None:
    show_table(
        summary.to_dicts(),
        {
            "choice": Text("选择", "choice"),
            "first": Text("一阶", "first order"),
            "total": Text("总效应", "total"),
            "between": Text("总效应 95% 区间", "95 % interval of total"),
        },
        lambda row, name: (
            row["choice"]
            if name == "choice"
            else f"{row['total_low']:.2f}–{row['total_high']:.2f}"
            if name == "between"
            else f"{row[name]:.2f}"
        ),
    )


def _show_left(summary: pl.DataFrame) -> None:
    show_table(
        summary.head(20).to_dicts(),
        {
            "name": Text("剔除", "left out"),
            "mean_shift": Text("名次平均变动", "mean shift"),
            "largest_shift": Text("最大变动", "largest shift"),
            "moves": Text("变动最大的单元", "unit that moves most"),
            "reversals": Text("先后颠倒的对数", "pairs reversed"),
        },
        lambda row, name: (
            "—"
            if row[name] is None
            else f"{row[name]:.2f}"
            if isinstance(row[name], float)
            else str(row[name])
        ),
    )


def show_table(rows: list[dict[str, Any]], labels: dict[str, Text], cell: Any) -> None:
    """Print a table to the terminal; `cell` gives the text of a row's column."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for place, label in enumerate(labels.values()):
        table.add_column(str(label), justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*(str(cell(row, name)) for name in labels))
    Console().print(table)
