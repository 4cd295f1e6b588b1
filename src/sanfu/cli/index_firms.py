"""From the ledger to figures of regions on the command line: `sanfu index measure`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import FOUND_PROBLEMS, progress, say, say_json, t
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index import Confidentiality, Framework, RegionFigures


def figures_of_workspace(
    framework: Framework | str,
    workspace: Path,
    years: list[int],
    *,
    by: str = "district",
    as_of: str = "",
    rules: Confidentiality | None = None,
    shrink: bool = False,
    leave_absent: bool = False,
    version: int = 0,
) -> RegionFigures:
    """Compute a framework's indicators from the ledger of a workspace.

    Without years the last one in the ledger is taken, without a version the newest; the city above
    the districts is the workspace's region. Without rules of confidentiality nothing is hidden.
    """
    from sanfu.errors import InputError
    from sanfu.index import measure_regions
    from sanfu.workspace import open_workspace

    office = open_workspace(workspace)
    ledger = office.ledger_at(version) if version else office.ledger
    known = sorted(ledger.figures["year"].unique().to_list())
    if not years and not known:
        raise InputError(
            Text(
                f"{workspace} 的台账里还没有任何年度数据；请先 sanfu import。",
                f"the ledger of {workspace} has no figures yet; run sanfu import first.",
            )
        )
    if years and not set(years) & set(known):
        asked, there = ("、".join(map(str, some)) for some in (years, known))
        raise InputError(
            Text(
                f"台账里没有 {asked} 年的数据，有：{there}。",
                f"the ledger has no figures of {asked}, only of {there}.",
            )
        )
    try:
        day = dt.date.fromisoformat(f"2000-{as_of or '12-31'}")
    except ValueError:
        raise InputError(
            Text(f"--as-of 应写成 月-日，例如 07-28；找到“{as_of}”。", f"--as-of is MM-DD: {as_of}")
        ) from None
    region = office.region
    return measure_regions(
        framework,
        ledger,
        years=years or known[-1:],
        by=by,
        roll_up={"city": str(region.name.text())} if by == "district" else None,
        names={code: str(name) for code, name in region.names().items()},
        as_of=(day.month, day.day),
        confidentiality=rules,
        shrink=shrink,
        absent="missing" if leave_absent else "refuse",
    )


def last_year_of(workspace: Path) -> int:
    """Give the last year that a workspace's ledger has figures of; 0 where there are none."""
    from sanfu.workspace import open_workspace

    years = open_workspace(workspace).ledger.figures["year"].to_list()
    return max(years, default=0)


def rows_of_years(figures: Path, framework: str, years: list[int]) -> Any:
    """Read a table of figures, or only some of its years."""
    if not years:
        return str(figures)
    import polars as pl

    from sanfu.index import read_framework
    from sanfu.index.figures import load_frame

    column = read_framework(framework).figures.year or "year"
    table = load_frame(figures)
    return table.filter(pl.col(column).is_in(years)) if column in table.columns else table


def measure(
    framework: str = typer.Argument(help=t("体系文件或自带名称", "a file, or a shipped name")),
    workspace: Path = typer.Option(
        ..., "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    year: list[int] = typer.Option(
        [], "--year", "-y", help=t("年份，可多次；缺省为最近一年", "a year; may be repeated")
    ),
    by: str = typer.Option("district", "--by", help=t("按哪一列分组", "column to group by")),
    as_of: str = typer.Option(
        "", "--as-of", help=t("称号在每年的哪一天有效，月-日", "MM-DD at which titles count")
    ),
    min_firms: int = typer.Option(
        0, "--min-firms", help=t("企业数少于此数不公布", "hide figures of fewer firms")
    ),
    shrink: bool = typer.Option(False, "--shrink", help=t("小样本收缩", "shrink small regions")),
    leave_absent: bool = typer.Option(
        False, "--leave-absent", help=t("台账没有的列作缺失", "columns not in the ledger: missing")
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出 .xlsx 或 .csv", "write .xlsx, or .csv to build from")
    ),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Compute the indicators of every region from the firms of a workspace."""
    from sanfu.index import Confidentiality

    with progress() as bars:
        bars.add_task(t("汇总", "measuring"), total=None)
        found = figures_of_workspace(
            framework,
            workspace,
            year,
            by=by,
            as_of=as_of,
            rules=Confidentiality(min_firms=min_firms) if min_firms else None,
            shrink=shrink,
            leave_absent=leave_absent,
        )
        if out is not None and out.suffix == ".csv":
            found.wide().write_csv(out)
        elif out is not None:
            found.to_excel(out)
    if json:
        say_json(
            {
                "figures": found.frame.to_dicts(),
                "problems": [str(text) for text in found.problems],
                "hidden": found.log.to_dicts(),
            }
        )
    else:
        wide = found.wide()
        say(
            Text(
                f"{wide.height} 行 × {len(found.plans)} 个指标，层级：{'、'.join(found.levels)}",
                f"{wide.height} rows × {len(found.plans)} indicators; levels: "
                f"{', '.join(found.levels)}",
            )
        )
        for problem in found.problems:
            say(f"  ! {problem}")
        if found.log.height:
            say(
                Text(
                    f"  按保密规则隐去 {found.log.height} 个数",
                    f"  {found.log.height} figures hidden by the confidentiality rules",
                )
            )
        if out is not None:
            say(Text(f"已写出 {out}", f"wrote {out}"))
    if found.problems:
        raise typer.Exit(FOUND_PROBLEMS)
