"""Explain a unit and compare results on the command line: `sanfu index explain|compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import typer

from sanfu.cli import index_source as given
from sanfu.cli.app import say, say_json, t
from sanfu.cli.index_audit import show_table
from sanfu.cli.index_firms import last_year_of
from sanfu.cli.index_source import Source, say_left_out, wrote
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

    from sanfu.index import Index
    from sanfu.index.compare import Comparison


def explain(
    framework: str = given.FRAMEWORK,
    figures: Path | None = given.FIGURES,
    workspace: Path | None = given.WORKSPACE,
    unit: str = typer.Option(..., "--unit", "-u", help=t("哪个单元", "which unit")),
    node: str = typer.Option("", "--node", help=t("哪个节点或指标", "which node or indicator")),
    year: list[int] = given.YEARS,
    by: str = given.BY,
    as_of: str = given.AS_OF,
    parity: str = given.PARITY,
    leave_absent: bool = given.LEAVE_ABSENT,
    against: str = typer.Option(
        "mean", "--against", help=t("与谁比：mean、median 或一个单元", "mean, median or a unit")
    ),
    gain: int = typer.Option(
        0, "--gain", min=0, help=t("上升几位最少要改什么", "what it would take to gain places")
    ),
    least: str = typer.Option(
        "total", "--least", help=t("total 合计最小，largest 最大一项最小", "total or largest")
    ),
    only: list[str] = typer.Option(
        [], "--only", help=t("只许改这些指标，可多次", "only these may change; may be repeated")
    ),
    since: int = typer.Option(
        0, "--since", help=t("与哪一年比，变化由什么构成", "what changed since which year")
    ),
    cells: bool = typer.Option(
        False, "--cells", help=t("逐层列到文件的单元格", "follow down to the cells of the files")
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出工作簿 .xlsx", "write a workbook .xlsx")
    ),
    json: bool = given.JSON,
) -> None:
    """Say why a unit stands where it does, in words and numbers, down to the cells if wanted."""
    if least not in ("total", "largest"):
        raise typer.BadParameter(t("--least 应为 total 或 largest", "--least is total or largest"))
    years = tuple(year)
    if since and (year or workspace is not None):
        last = max(year) if year else last_year_of(cast("Path", workspace))
        years = tuple(range(min(since, last), max(since, last) + 1))
    source = Source(framework, figures, workspace, years, by, as_of, parity, leave_absent)
    index = source.build()
    when = max(year) if year else None
    told, found = _told(index, unit, node, when, against)
    if gain:
        wanted = cast("Literal['total', 'largest']", least)
        found["gain"] = index.gain(unit, gain, year=when, least=wanted, only=list(only) or None)
        told["gain"] = found["gain"].frame.to_dicts()
        told["words"].append(str(found["gain"].in_words()))
    if since:
        from sanfu.index import explain_change

        change = explain_change(
            index, index, unit, from_year=since, to_year=when, node=node or None
        )
        told["change"] = change.frame.to_dicts()
        told["words"].append(str(change.in_words()))
    trace = _cells(index, unit, node, when) if cells else []
    if out is not None:
        from sanfu.index.why import write_explanation

        write_explanation(out, index, unit, when, **found)
    if json:
        say_json({**told, "trace": trace})
        return
    say(source.read_words(index))
    say_left_out(index)
    for sentence in told["words"]:
        say(sentence)
    _show_children(told)
    _show_contributions(told)
    _show_change(told)
    for line in trace:
        say(line)
    if out is not None:
        wrote(out)


def _told(
    index: Index, unit: str, node: str, year: int | None, against: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what is said of a unit, and the results that it is said from."""
    from sanfu.index.why import say_summary

    words = [str(say_summary(index, unit, year))]
    told: dict[str, Any] = {"unit": unit, "year": year, "words": words}
    results: dict[str, Any] = {}
    if not node or node in index.plan.children:
        told["children"] = index.explain(unit, node or None, year).to_dicts()
        if index.framework.method.time.method == "levels":
            found = index.contributions(unit, node or None, year, against=against)
            words.append(str(found.in_words()))
            told["contributions"] = found.frame.to_dicts()
            results["contributions"] = found
    strong = results["strengths"] = index.strengths(unit, year)
    words.append(str(strong.in_words()))
    told["strengths"] = strong.strengths.to_dicts()
    told["weaknesses"] = strong.weaknesses.to_dicts()
    told["summary"] = index.summary(unit, year).to_dicts()
    return told, results


def _show_children(told: dict[str, Any]) -> None:
    if "children" not in told:
        return
    show_table(
        told["children"],
        {
            "name": Text("下级", "part"),
            "score": Text("得分", "score"),
            "weight": Text("份额", "share"),
            "contribution": Text("贡献", "contribution"),
            "rank": Text("名次", "rank"),
            "median": Text("中位数", "median"),
        },
        lambda row, name: (
            "—"
            if row[name] is None
            else f"{row[name]:.2%}"
            if name == "weight"
            else f"{row[name]:.4f}"
            if isinstance(row[name], float)
            else str(row[name])
        ),
    )


def _show_contributions(told: dict[str, Any]) -> None:
    rows = sorted(told.get("contributions", ()), key=lambda row: -abs(row["contribution"]))
    if not rows:
        return
    from sanfu.index.why.words import number, signed

    show_table(
        rows[:10],
        {
            "name": Text("与参照相差最多的", "largest differences"),
            "value": Text("得分", "score"),
            "reference": Text("参照", "reference"),
            "contribution": Text("对差距的贡献", "contribution"),
        },
        lambda row, name: (
            row["name"]
            if name == "name"
            else signed(row[name])
            if name == "contribution"
            else number(row[name])
        ),
    )


def _show_change(told: dict[str, Any]) -> None:
    rows = sorted(told.get("change", ()), key=lambda row: -abs(row["effect"]))
    if not rows:
        return
    from sanfu.index.why.words import number, signed

    show_table(
        rows[:10],
        {
            "name": Text("变化最大的", "largest effects"),
            "before": Text("原得分", "before"),
            "after": Text("现得分", "now"),
            "effect": Text("对变化的贡献", "effect"),
        },
        lambda row, name: (
            row["name"]
            if name == "name"
            else signed(row[name])
            if name == "effect"
            else number(row[name])
        ),
    )


def _cells(index: Index, unit: str, node: str, year: int | None) -> list[str]:
    """Give the way down as lines of text: steps, sums over firms, firms and cells."""
    lines = []
    for row in index.trace(unit, node or None, year).to_dicts():
        value = "" if row["value"] is None else f" = {row['value']:.10g}"
        formula = f"  [{row['formula']}]" if row.get("formula") else ""
        lines.append(
            f"{'  ' * row['depth']}{row['name']} · {row['step']}{value}  {row['done']}{formula}"
        )
    if index.regions is None or node not in index.plan.indicators:
        return lines
    traced = index.regions.trace(unit, node, year)
    lines.append(f"{traced.formula}：{traced.worked} = {traced.value}")
    lines += [f"  {p['part']} = {p['what']} = {p['value']:.10g}" for p in traced.parts.to_dicts()]
    for cell in () if traced.cells is None else traced.cells.to_dicts():
        when = "" if cell["year"] is None else f" {cell['year']}"
        lines.append(
            f"    {cell['firm']} {cell['column']}{when}："
            f"{cell['file']} › {cell['sheet']} › {cell['row']} = {cell['raw']}"
        )
    return lines


def compare(
    first: str = typer.Argument(
        help=t(
            "体系（文件或自带名称），或结果表 .xlsx/.csv",
            "a framework (file or shipped name), or a table of results",
        )
    ),
    second: str = typer.Argument(
        "", help=t("与之比较的另一个；比两年时不写", "the other one; none to compare two years")
    ),
    figures: Path | None = typer.Option(
        None, "--figures", "-f", help=t("数据：xlsx、csv 或 parquet", "xlsx, csv or parquet")
    ),
    workspace: Path | None = given.WORKSPACE,
    year: list[int] = given.YEARS,
    by: str = given.BY,
    as_of: str = given.AS_OF,
    vintages: bool = typer.Option(
        False,
        "--vintages",
        help=t(
            "第一个文件是历次公布表（unit, year, vintage, value）：首次公布与最新修订对照",
            "the file holds releases (unit, year, vintage, value): first published against revised",
        ),
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出工作簿 .xlsx", "write a workbook .xlsx")
    ),
    json: bool = given.JSON,
) -> None:
    """Set two methods, two editions, two years, two tables or two releases side by side."""
    if vintages:
        _vintages(first, out, json=json)
        return
    found = _compared(first, second, Source("", figures, workspace, tuple(year), by, as_of))
    if out is not None:
        found.to_excel(out)
    if json:
        say_json(
            {
                "before": found.before,
                "after": found.after,
                "spearman": found.correlation,
                "units": found.frame.to_dicts(),
            }
        )
        return
    say(found.in_words())
    from sanfu.index.compare import COLUMNS
    from sanfu.index.why.words import number, signed

    show_table(
        found.frame.to_dicts(),
        COLUMNS,
        lambda row, name: (
            "—"
            if row[name] is None
            else signed(row[name])
            if name == "score_change"
            else f"{row[name]:+d}"
            if name == "rank_change" and row[name]
            else number(row[name])
            if isinstance(row[name], float)
            else str(row[name])
        ),
    )
    if out is not None:
        wrote(out)


def _compared(first: str, second: str, base: Source) -> Comparison:
    from dataclasses import replace

    from sanfu.index.compare import compare_rankings, compare_results, read_ranking

    tables = [
        name for name in (first, second) if Path(name).suffix in (".xlsx", ".csv", ".parquet")
    ]
    if tables:
        if len(tables) != 2:
            raise typer.BadParameter(
                t("请给出两个结果表，或两个体系", "give two tables of results, or two frameworks")
            )
        frames = [read_ranking(name) for name in tables]
        return compare_rankings(*frames, names=(Path(first).name, Path(second).name))
    if second:
        indices = [replace(base, framework=name).build() for name in (first, second)]
        return compare_results(*indices)
    if len(base.years) != 2:
        raise typer.BadParameter(
            t("比较两年请写两个 --year", "to compare two years, give --year twice")
        )
    index = replace(base, framework=first).build()
    before, after = min(base.years), max(base.years)
    return compare_results(
        index, index, before=before, after=after, names=(str(before), str(after))
    )


_VINTAGES = {
    "unit": Text("单元", "unit"),
    "year": Text("年份", "year"),
    "first_vintage": Text("首次公布于", "first published in"),
    "first": Text("首次公布", "as first published"),
    "last_vintage": Text("最近修订于", "last revised in"),
    "last": Text("修订后", "as revised"),
    "revision": Text("修订", "revision"),
    "growth_first": Text("增长（首次）", "growth as published"),
    "growth_last": Text("增长（修订后）", "growth as revised"),
}


def _vintages(file: str, out: Path | None, *, json: bool) -> None:
    from sanfu.errors import InputError
    from sanfu.index import compare_vintages
    from sanfu.index.figures import load_frame

    table = load_frame(file)
    missing = [name for name in ("unit", "year", "vintage", "value") if name not in table.columns]
    if missing:
        raise InputError(
            Text(
                f"{file} 缺少列 {'、'.join(missing)}；应有 unit、year、vintage、value",
                f"{file} lacks {', '.join(missing)}; it needs unit, year, vintage, value",
            )
        )
    found = compare_vintages(table)
    if out is not None:
        _write_vintages(found, out)
    if json:
        say_json(found.to_dicts())
        return
    revised = int((found["revision"].fill_null(0).abs() > 0).sum())
    said = Text(
        f"{file}：{found.height} 个数，其中 {revised} 个后来修订过。",
        f"{file}: {found.height} values, {revised} of which were revised later.",
    )
    say(said)
    show_table(
        found.to_dicts(),
        _VINTAGES,
        lambda row, name: (
            "—"
            if row[name] is None
            else f"{row[name]:.2%}"
            if name.startswith("growth")
            else f"{row[name]:.6g}"
            if isinstance(row[name], float)
            else str(row[name])
        ),
    )
    if out is not None:
        wrote(out)


def _write_vintages(found: pl.DataFrame, out: Path) -> None:
    import polars as pl

    from sanfu.workbook import Column, Sheet, write_workbook

    shown = found.select(list(_VINTAGES)).with_columns(
        pl.col("first_vintage", "last_vintage").cast(pl.String)
    )
    columns = [
        Column(
            name,
            _VINTAGES[name],
            "percent"
            if name.startswith("growth")
            else "number"
            if dtype.is_float()
            else "integer"
            if dtype.is_integer()
            else "text",
        )
        for name, dtype in shown.schema.items()
    ]
    write_workbook(out, [Sheet(str(Text("修订对照", "revisions")), shown, columns)])
