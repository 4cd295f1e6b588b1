"""The commands of the ledger: `new`, `import`, `ledger`, `backup`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import FOUND_PROBLEMS, fail, progress, say, say_json, t
from sanfu.cli.ledger import add_ledger
from sanfu.cli.tables import label_of, print_table, say_kinds
from sanfu.errors import SanfuError

if TYPE_CHECKING:
    from sanfu.registry import Reading
    from sanfu.registry.importing import Imported
    from sanfu.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    where = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    )
    as_json = typer.Option(False, "--json", help=t("输出 JSON", "print JSON"))
    _new(app)
    _import(app, where, as_json)
    _backup(app, where)
    add_ledger(app, where, as_json)


def _new(app: typer.Typer) -> None:
    @app.command("new", help=t("新建工作区", "make an office's workspace"))
    def _(
        folder: Path = typer.Argument(help=t("新文件夹", "the new folder")),
        region: str = typer.Option("shanghai", help=t("地区", "region")),
    ) -> None:
        from sanfu.workspace import new_workspace

        office = new_workspace(folder, region=region)
        say(
            t(
                f"工作区已建好：{office.folder}\n把表格放进 {office.inbox}，然后运行："
                f"sanfu import {office.inbox}/*.xlsx -w {office.folder} --dry-run",
                f"made {office.folder}\nput your files into {office.inbox}, then run: "
                f"sanfu import {office.inbox}/*.xlsx -w {office.folder} --dry-run",
            )
        )


def _import(app: typer.Typer, where: Any, as_json: Any) -> None:
    @app.command(
        "import",
        help=t(
            "导入表格（.xlsx .xls .et .csv .parquet）；--dry-run 先看会怎样",
            "import spreadsheets (.xlsx .xls .et .csv .parquet); look first with --dry-run",
        ),
    )
    def _(
        files: list[Path] = typer.Argument(help=t("要导入的文件", "files to import")),
        workspace: Path = where,
        dry_run: bool = typer.Option(
            False, "--dry-run", help=t("只检查，不写入", "check only, write nothing")
        ),
        map_: list[str] = typer.Option(
            [],
            "--map",
            help=t("表头=指标，例如 营业额=revenue；以后记住", "heading=measure; remembered"),
        ),
        unit: list[str] = typer.Option(
            [],
            "--unit",
            help=t("表头=单位，例如 营业收入=万元；以后记住", "heading=unit; remembered"),
        ),
        year: int = typer.Option(
            0, help=t("表里没写年份时的年份", "year, where the file states none")
        ),
        json_: bool = as_json,
    ) -> None:
        from sanfu.registry import Hints
        from sanfu.workspace import open_workspace

        office = open_workspace(workspace)
        hints = Hints(_pairs(map_), _pairs(unit), year or None)
        several = bool(map_ or unit) and len(files) > 1
        readings = [office.read(file, hints) for file in files] if several else []
        if several:  # what is said of a heading is for whichever file has it
            hints.refuse_unmet(readings)
        done = []
        with progress() as bars:
            task = bars.add_task(t("导入", "import"), total=len(files))
            for file in files:
                bars.update(task, description=file.name)
                try:
                    reading = readings.pop(0) if several else office.read(file, hints)
                    if dry_run and not json_:
                        _describe(reading, file)
                    said = hints.said_of(reading) if several else hints
                    done.append(office.take(reading, said, dry_run=dry_run))
                except SanfuError:
                    _say_stopped(done)
                    raise
                bars.advance(task)
        _report(office, files, done, dry_run=dry_run, json_=json_)


def _say_stopped(done: list[Imported]) -> None:
    """Say which files came in before the one that stopped the import."""
    came = "、".join(f"{one.file}（{one.version.number}）" for one in done if one.version)
    if came:
        say(t(f"在此之前已导入（第几版）：{came}", f"imported before (version): {came}"))


def _describe(reading: Reading, file: Path) -> None:
    """Show how each column was understood, before anything is written."""
    import polars as pl

    mapping = reading.mapping()
    terms = [
        f"{label_of(m)} {m}" if m else t("—（原样保留）", "— (kept as it is)")
        for m in mapping["measure"].to_list()
    ]
    print_table(
        mapping.with_columns(measure=pl.Series(terms, dtype=pl.String)),
        {
            "sheet": t("工作表", "sheet"), "column": t("列", "column"), "heading": t("表头", "heading"),
            "measure": t("指标", "measure"), "unit": t("单位", "unit"), "year": t("年份", "year"),
        },
        file.name,
    )  # fmt: skip


def _report(
    office: Workspace, files: list[Path], done: list[Imported], *, dry_run: bool, json_: bool
) -> None:
    import polars as pl

    from sanfu.registry.problems_book import write_problems

    summaries = [one.summary() for one in done]
    problems = pl.concat([one.problems for one in done])
    book = None
    if problems.height:
        name = "problems-dry-run.xlsx" if dry_run else "problems.xlsx"
        book = write_problems(problems, files, office.out / name)
    if json_:
        say_json({"imports": summaries, "problems_file": book})
    else:
        if dry_run:
            say_kinds(problems)
        print_table(
            pl.DataFrame([{**s, **s.pop("problems")} for s in [dict(s) for s in summaries]]),
            {
                "file": t("文件", "file"), "rows": t("行", "rows"), "new_firms": t("新企业", "new"),
                "known_firms": t("已有企业", "known"), "figures": t("年度数据", "figures"),
                "titles": t("称号", "titles"), "set_aside": t("另存", "set aside"),
                "error": t("错误", "errors"), "warning": t("提醒", "warnings"), "note": t("说明", "notes"),
            },
            t("检查结果（未写入）", "checked, nothing written") if dry_run else t("导入结果", "imported"),
        )  # fmt: skip
        for one in done:
            if one.version is None and not dry_run:
                say(t(f"{one.file}：没有可导入的行，台账没有变化",
                      f"{one.file}: no rows to import, the ledger is as it was"))  # fmt: skip
        if book:
            say(t(f"每一处问题和改法：{book}", f"every finding and its remedy: {book}"))
    if any(s["problems"]["error"] for s in summaries):
        raise typer.Exit(FOUND_PROBLEMS)


def _backup(app: typer.Typer, where: Any) -> None:
    @app.command("backup", help=t("备份整个工作区为一个文件", "back the workspace up to one file"))
    def _(
        to: Path = typer.Argument(help=t("备份文件 .zip", "the .zip to write")),
        workspace: Path = where,
        restore_: bool = typer.Option(
            False,
            "--restore",
            help=t("反过来：从备份恢复到新工作区", "the other way: restore into a new folder"),
        ),
    ) -> None:
        from sanfu.workspace import open_workspace, restore

        if restore_:
            restore(to, workspace)
            say(t(f"已恢复到 {workspace}", f"restored to {workspace}"))
        else:
            say(t(f"已备份到 {open_workspace(workspace).backup(to)}", f"backed up to {to}"))


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, mark, value = one.rpartition("=")
        if not mark or not name or not value:
            raise fail(t(f"“{one}”应写成 表头=值", f"“{one}” should be heading=value"))
        pairs[name] = value
    return pairs
