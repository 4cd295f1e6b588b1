"""The commands `ladder reform` (what a change of the rules would do) and `ladder consistency`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from sanfu.cli.app import FOUND_PROBLEMS, day_of, fail, firm_said, progress, say, say_json, t
from sanfu.cli.ladder_rows import chosen, ledger_of, rows_of
from sanfu.language import Text, current_language

if TYPE_CHECKING:
    import polars as pl

    from sanfu.ladder.reform import Reform
    from sanfu.ladder.rulebook import CheckKind


def register(ladder: typer.Typer) -> None:
    """Add the commands to `ladder`."""
    ladder.command(
        "reform",
        help=t(
            "改规则试算：谁新符合、谁不再符合。", "Try a change of the rules: who gains, who loses."
        ),
    )(reform)
    ladder.command(
        "consistency",
        help=t("填报一致性检查：像审核人员那样比对。", "Compare a filing as an examiner does."),
    )(consistency)


def reform(
    rulebook: str = typer.Argument(help=t("现行规则书", "the rulebook as it is")),
    workspace: Path = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    to: str = typer.Option("", "--to", help=t("换成哪本规则书", "another rulebook")),
    set_: list[str] = typer.Option(
        [],
        "--set",
        help=t(
            "改一处，可多次：criteria/revenue/when=revenue >= 3000 万元；“=”后留空为删去",
            "change a place, may be repeated: criteria/revenue/when=revenue >= 3000 万元; "
            "nothing after = removes it",
        ),
    ),
    kind: str = typer.Option("new", "--kind", help=t("new 新申报，review 复核", "new or review")),
    on: str = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given")),
    year: int | None = typer.Option(
        None, "--year", help=t("最近完整年度；缺省为上一年", "last full year; else the one before")
    ),
    by: list[str] = typer.Option(
        ["district"],
        "--by",
        help=t(
            "按哪一列分组，可多次：district、industry（行业门类）、size",
            "column to group by, may be repeated: district, industry (its section), size",
        ),
    ),
    out: Path | None = typer.Option(None, "--out", "-o", help=t("写出 .xlsx", "write .xlsx")),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Check the same firms by two versions of the rules, side by side."""
    if bool(to) == bool(set_):
        raise typer.BadParameter(t("请给出 --to 或 --set，二者取一", "give --to or --set"))
    changes: Any = to or dict(_place(one) for one in set_)
    for name in (rulebook, to):
        if name:
            chosen(name, "", kind, on)
    with progress() as bars:
        bars.add_task(t("试算", "checking"), total=None)
        rows, _ = rows_of(workspace, on, year)
        unknown = [name for name in by if name not in rows.columns]
        if unknown:
            known = [name for name in ("district", "industry", "size") if name in rows.columns]
            raise fail(
                Text(
                    f"没有分组列 {'、'.join(unknown)}；常用：{'、'.join(known)}",
                    f"no column {', '.join(unknown)} to group by; try {', '.join(known)}",
                )
            )
        if "industry" in by:
            rows = _by_section(rows)
        found = _reform(rows, rulebook, changes, kind, on, by)
        if out is not None:
            found.to_excel(out)
    if json:
        say_json(
            {
                "summary": found.summary.to_dicts(),
                "by": {name: found.count_by(name).to_dicts() for name in by},
                "criteria": found.criteria.to_dicts(),
            }
        )
        return
    _tell(found, rows)
    if out is not None:
        say(Text(f"已写出 {out}", f"wrote {out}"))


def _reform(
    rows: pl.DataFrame, rulebook: str, changes: Any, kind: str, on: str, by: list[str]
) -> Reform:
    from sanfu.ladder.reform import reform as run

    return run(rows, rulebook, changes, kind=cast("CheckKind", kind), on=day_of(on), by=by)


def _by_section(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the section of GB/T 4754 in place of each industry's code: 制造业 for 3425."""
    import polars as pl

    from sanfu.exchange import desk_rules

    division = pl.col("industry").str.extract(r"^[A-T]?(\d\d)").cast(pl.Int64, strict=False)
    said = pl.lit(None, pl.String)
    for letter, section in desk_rules().sections.items():
        label = pl.lit(f"{letter} {Text(section.zh, section.en)}")
        said = pl.when(division.is_between(*section.divisions)).then(label).otherwise(said)
    return rows.with_columns(said.alias("industry"))


def _tell(found: Reform, rows: pl.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    from sanfu.ladder.reform_book import COUNTS
    from sanfu.ladder.words import CATEGORIES, measure_words

    say(found.in_words())
    if "synthetic" in rows.columns and bool(rows["synthetic"].any()):
        say(Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    judged = ("before_judged", "after_judged", "gains_judged", "loses_judged")
    ranges = {"before_high": "before_low", "after_high": "after_low"}
    heads = [
        COUNTS["firms"][0],
        Text("原规则", "before"),
        Text("新规则", "after"),
        Text("新增", "gain"),
        Text("掉出", "lose"),
        Text("原 低–高", "before l–h"),
        Text("新 低–高", "after l–h"),
    ]
    for name in found.by:
        table = Table()
        table.add_column(str(measure_words(name)), min_width=8, overflow="fold")
        for head in heads:
            table.add_column(str(head), justify="right", no_wrap=True)
        for row in found.count_by(name).iter_rows(named=True):
            cells = [f"{row[column]:,}" for column in ("firms", *judged)]
            cells += [_range(row[low], row[high]) for high, low in ranges.items()]
            table.add_row(str(CATEGORIES.get(row[name], row[name]) or "—"), *cells)
        Console().print(table)
    say(
        Text(
            "前几列：人工判断项按符合计，缺数据的按不符合；"
            "“低–高”：未定的（缺数据、需人工判断）全按不符合，到全按符合。",
            "counts: judged matters as met, missing data as unmet; "
            "low–high: what is open counted as unmet, and as met.",
        )
    )
    for row in found.criteria.head(8).iter_rows(named=True):
        say(
            Text(
                f"  {row['label']}：变差 {row['worse']:,} 户，变好 {row['better']:,} 户",
                f"  {row['label']}: worse for {row['worse']:,}, better for {row['better']:,}",
            )
        )


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{min(low, high):,}–{max(low, high):,}"


def consistency(
    workspace: Path = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    firm: str = typer.Option("", "--firm", help=t("只看一家企业", "one firm only")),
    on: str = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given")),
    year: int | None = typer.Option(
        None, "--year", help=t("最近完整年度；缺省为上一年", "last full year; else the one before")
    ),
    checks: Path | None = typer.Option(
        None, "--checks", help=t("本单位自己的检查项 .yaml", "the office's own checks, .yaml")
    ),
    out: Path | None = typer.Option(None, "--out", "-o", help=t("写出 .xlsx", "write .xlsx")),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """List what an examiner would ask about, with remedies; ends with 1 where there is any."""
    from sanfu.ladder.consistency import find_inconsistencies, find_restatements, read_checks
    from sanfu.registry import FirmFinder

    import polars as pl  # isort: skip

    rows, last = rows_of(workspace, on, year)
    if firm:
        finder = FirmFinder.of(ledger_of(workspace), rows)
        rows = rows.filter(pl.col("firm") == firm_said(finder, firm, by_part=True))
    own = None if checks is None else read_checks(checks)
    found = find_inconsistencies(rows, year=last, checks=own)
    restated = find_restatements(ledger_of(workspace).vintages())
    restated = restated.filter(pl.col("firm").is_in(rows["firm"].to_list()))
    if out is not None:
        _write(found, restated, rows, out)
    if json:
        say_json({"findings": found.to_dicts(), "restated": restated.to_dicts()})
    else:
        language = current_language()
        for row in found.head(60).iter_rows(named=True):
            say(f"{row['firm']} [{row['severity']}] {row[language]}：{row['values']}")
            say(f"    → {row[f'remedy_{language}']}")
        more = found.height - 60
        if more > 0:
            say(t(f"……另有 {more} 处，用 --out 写成表格", f"… {more} more; write them with --out"))
        say(
            Text(
                f"{rows.height:,} 户，{found.height:,} 处需要核对；另有 {restated.height:,} 个数前后填报相差一成以上",
                f"{rows.height:,} firms, {found.height:,} findings; {restated.height:,} figures "
                "restated by a tenth or more",
            )
        )
        if out is not None:
            say(Text(f"已写出 {out}", f"wrote {out}"))
    if found.height:
        raise typer.Exit(FOUND_PROBLEMS)


def _write(found: pl.DataFrame, restated: pl.DataFrame, rows: pl.DataFrame, out: Path) -> None:
    from sanfu.ladder import SELF_CHECK
    from sanfu.workbook import Column, Sheet, write_workbook

    language = current_language()
    names = rows.select("firm", *(c for c in ("name", "district") if c in rows.columns))
    notes = [str(SELF_CHECK)]
    if "synthetic" in rows.columns and bool(rows["synthetic"].any()):
        notes.append(t("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    who = [
        Column("firm", Text("企业编号", "firm")),
        Column("name", Text("企业名称", "name"), width=32),
    ]
    write_workbook(
        out,
        [
            Sheet(
                t("需要核对", "findings"),
                found.join(names, on="firm", how="left"),
                [
                    *who,
                    Column(
                        "severity",
                        Text("程度", "severity"),
                        tones={"error": "bad", "warning": "warn"},
                    ),
                    Column(language, Text("问题", "finding"), width=44),
                    Column("values", Text("数值", "figures"), width=48),
                    Column(f"remedy_{language}", Text("怎么办", "remedy"), width=48),
                ],
                notes,
            ),
            Sheet(
                t("前后填报不一", "restated"),
                restated.join(names, on="firm", how="left"),
                [
                    *who,
                    Column("year", Text("年度", "year"), "integer"),
                    Column("column", Text("指标", "measure")),
                    Column("first", Text("首次（分或个）", "first (fen or count)"), "integer"),
                    Column("last", Text("最新", "latest"), "integer"),
                    Column("change", Text("变动", "change"), "percent"),
                ],
                notes,
            ),
        ],
    )


def _place(given: str) -> tuple[str, Any]:
    place, mark, value = given.partition("=")
    if not mark or not place.strip():
        raise fail(t(f"“{given}”应写成 位置=内容", f"“{given}” should be place=value"))
    return place.strip(), value.strip() or None
