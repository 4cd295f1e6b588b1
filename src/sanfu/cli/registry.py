"""The commands of the ledger: `new`, `import`, `ledger`, `backup`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import FOUND_PROBLEMS, fail, progress, say, say_json, t
from sanfu.language import current_language

if TYPE_CHECKING:
    import polars as pl

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
    ledger = typer.Typer(
        help=t("台账：查看、比较、撤销、溯源", "the ledger: show, compare, undo, follow home"),
        no_args_is_help=True,
    )
    app.add_typer(ledger, name="ledger")
    _show(ledger, where, as_json)
    _versions(ledger, where, as_json)
    _firms(ledger, where, as_json)


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
        done = []
        with progress() as bars:
            task = bars.add_task(t("导入", "import"), total=len(files))
            for file in files:
                bars.update(task, description=file.name)
                if dry_run and not json_:
                    _describe(office, file, hints)
                done.append(_one(office, file, hints, dry_run=dry_run))
                bars.advance(task)
        _report(office, files, done, dry_run=dry_run, json_=json_)


def _one(office: Workspace, file: Path, hints: Any, *, dry_run: bool) -> Imported:
    return office.take(file, hints, dry_run=dry_run)


def _describe(office: Workspace, file: Path, hints: Any) -> None:
    """Show how each column was understood, before anything is written."""
    reading = office.read(file, hints)
    _table(
        reading.mapping(),
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
    if problems.height and not dry_run:
        book = write_problems(problems, files, office.out / "problems.xlsx")
    if json_:
        say_json({"imports": summaries, "problems_file": book})
    else:
        _table(
            pl.DataFrame([{**s, **s.pop("problems")} for s in [dict(s) for s in summaries]]),
            {
                "file": t("文件", "file"), "rows": t("行", "rows"), "new_firms": t("新企业", "new"),
                "known_firms": t("已有企业", "known"), "figures": t("年度数据", "figures"),
                "titles": t("称号", "titles"), "set_aside": t("另存", "set aside"),
                "error": t("错误", "errors"), "warning": t("提醒", "warnings"), "note": t("说明", "notes"),
            },
            t("检查结果（未写入）", "checked, nothing written") if dry_run else t("导入结果", "imported"),
        )  # fmt: skip
        _say_problems(problems, 0 if not dry_run else 30)
        if book:
            say(t(f"每一处问题和改法：{book}", f"every finding and its remedy: {book}"))
    if any(s["problems"]["error"] for s in summaries):
        raise typer.Exit(FOUND_PROBLEMS)


def _say_problems(problems: pl.DataFrame, most: int) -> None:
    language = current_language()
    shown = problems.head(most)
    if shown.height:
        _table(
            shown,
            {
                "file": t("文件", "file"), "row": t("行", "row"), language: t("问题", "finding"),
                f"remedy_{language}": t("改法", "remedy"),
            },
            t("问题", "findings"),
        )  # fmt: skip
    if problems.height > most > 0:
        say(t(f"……另有 {problems.height - most} 处", f"… and {problems.height - most} more"))


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


def _show(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command("show", help=t("概况", "an overview"))
    def _(
        workspace: Path = where,
        at: int = typer.Option(0, help=t("第几版，默认最新", "version; the newest by default")),
        json_: bool = as_json,
    ) -> None:
        import polars as pl

        office = _open(workspace)
        book = office.ledger_at(at) if at else office.ledger
        names = office.region.names()
        by = book.firms.group_by("district").len().sort("len", descending=True)
        overview: dict[str, Any] = {
            "version": book.number, "firms": book.firms.height, "figures": book.figures.height,
            "titles": book.titles.height, "set_aside": book.set_aside.height,
            "problems": book.problems.height, "synthetic": book.is_synthetic, "hash": book.hash,
            "districts": {
                str(names.get(code, code or t("不明", "unknown"))): count for code, count in by.rows()
            },
        }  # fmt: skip
        if json_:
            say_json(overview)
            return
        for name, value in overview.items():
            if name != "districts":
                say(f"{name:12} {value}")
        _table(
            pl.DataFrame(
                {"d": list(overview["districts"]), "n": list(overview["districts"].values())}
            ),
            {"d": t("区", "district"), "n": t("企业", "firms")},
            "",
        )

    @ledger.command("problems", help=t("所有发现的问题", "all findings"))
    def _problems(workspace: Path = where, json_: bool = as_json) -> None:
        problems = _open(workspace).ledger.problems
        if json_:
            say_json(problems.to_dicts())
        else:
            _say_problems(problems, 200)


def _versions(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command("versions", help=t("列出各版", "list the versions"))
    def _list(workspace: Path = where, json_: bool = as_json) -> None:
        import polars as pl

        found = _open(workspace).store.versions()
        rows = [
            {"number": v.number, "at": v.made_at.astimezone().isoformat(" ", "seconds"),
             "kind": v.kind, "about": ", ".join(f"{k}={x}" for k, x in v.about.items() if k != "version")}
            for v in found
        ]  # fmt: skip
        if json_:
            say_json(rows)
            return
        _table(
            pl.DataFrame(rows, schema=["number", "at", "kind", "about"]),
            {"number": t("版", "version"), "at": t("时间", "time"), "kind": t("操作", "kind"),
             "about": t("内容", "about")},
            "",
        )  # fmt: skip

    @ledger.command("diff", help=t("比较两版", "compare two versions"))
    def _diff(
        before: int = typer.Argument(help=t("旧版", "the older")),
        after: int = typer.Argument(help=t("新版", "the newer")),
        workspace: Path = where,
        json_: bool = as_json,
    ) -> None:
        changes = _open(workspace).diff(before, after)
        if json_:
            say_json(changes.to_dicts())
        else:
            _table(changes.head(200), {c: c for c in changes.columns}, "")
            say(t(f"共 {changes.height} 处变化", f"{changes.height} changes"))

    @ledger.command(
        "undo", help=t("撤销最近一版（或退回某版），可再撤销", "undo the newest version")
    )
    def _undo(
        workspace: Path = where,
        to: int = typer.Option(-1, help=t("退回到第几版", "go back to this version")),
    ) -> None:
        version = _open(workspace).undo(None if to < 0 else to)
        say(t(f"现为第 {version.number} 版，内容同第 {version.about['to']} 版",
              f"now version {version.number}, as version {version.about['to']}"))  # fmt: skip


def _firms(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    firm_name = typer.Argument(help=t("企业编号，例如 F0000001", "the firm's id, such as F0000001"))
    _decisions(ledger, where, as_json, firm_name)

    @ledger.command(
        "origin", help=t("一个数从哪个文件哪一格来", "the cell that a number came from")
    )
    def _origin(
        firm: str = firm_name,
        column: str = typer.Argument(help=t("指标，例如 revenue", "measure, such as revenue")),
        year: int = typer.Option(0, help=t("年份", "year")),
        workspace: Path = where,
        json_: bool = as_json,
    ) -> None:
        found = _open(workspace).ledger.origin(firm, column, year or None)
        if json_:
            say_json(found.to_dicts())
        elif found.is_empty():
            raise fail(t(f"没有 {firm} 的 {column}", f"no {column} of {firm}"))
        else:
            _table(found, {c: c for c in found.columns}, f"{firm} {column}")

    @ledger.command(
        "history",
        help=t("一家企业的数据修订、称号、更名迁址", "one firm's vintages, titles, events"),
    )
    def _history(firm: str = firm_name, workspace: Path = where, json_: bool = as_json) -> None:
        import polars as pl

        book = _open(workspace).ledger
        parts = {
            "firm": book.firms.filter(pl.col("firm") == firm),
            "vintages": book.vintages().filter(pl.col("firm") == firm).sort("year", "version"),
            "titles": book.titles.filter(pl.col("firm") == firm),
            "events": book.events.filter(pl.col("firm") == firm),
        }
        if json_:
            say_json({name: frame.to_dicts() for name, frame in parts.items()})
            return
        for name, frame in parts.items():
            _table(frame, {c: c for c in frame.columns}, name)


def _decisions(ledger: typer.Typer, where: Any, as_json: Any, firm_name: Any) -> None:
    @ledger.command("merge", help=t("把一家并入另一家（可撤）", "let one firm stand as another"))
    def _merge(
        firm: str = firm_name,
        into: str = typer.Argument(help=t("并入哪一家", "the firm that stays")),
        reason: str = typer.Option("", help=t("理由", "why")),
        workspace: Path = where,
    ) -> None:
        _open(workspace).merge(firm, into, reason=reason)
        say(
            t(
                f"{firm} 已并入 {into}；撤回：sanfu ledger unmerge {firm}",
                f"{firm} stands as {into}",
            )
        )

    @ledger.command(
        "duplicates",
        help=t("疑似重复的企业，附理由和分数", "likely duplicates with reasons and scores"),
    )
    def _duplicates(
        workspace: Path = where,
        least: float = typer.Option(0.75, help=t("最低分", "least score")),
        merge_from: float = typer.Option(
            0.0,
            "--merge-from",
            help=t("按规则合并不低于此分的（建议 0.95 以上）", "merge by rule from this score"),
        ),
        json_: bool = as_json,
    ) -> None:
        from sanfu.registry.duplicates import find_duplicates

        office = _open(workspace)
        book = office.ledger
        found = find_duplicates(book.firms, propose=least, aliases=book.aliases)
        sure = found.filter(found["score"] >= merge_from) if merge_from else found.clear()
        if sure.height:
            merged = office.merge_many(
                sure.select("firm", "other", "reasons").rows(), rule=f"score >= {merge_from}"
            )
        if json_:
            say_json(found.to_dicts())
            return
        names = dict(book.firms.select("firm", "name").iter_rows())
        why = "reasons" if current_language() == "zh" else "reasons_en"
        _table(
            found.with_columns(
                name=found["firm"].replace_strict(names, default=None),
                name_2=found["other"].replace_strict(names, default=None),
                score=found["score"].round(2),
            ),
            {"firm": t("企业", "firm"), "name": t("名称", "name"), "other": t("另一家", "other"),
             "name_2": t("名称", "name"), "score": t("分数", "score"), why: t("理由", "reasons")},
            "",
        )  # fmt: skip
        if sure.height:
            count = merged.about["merged"]
            say(t(f"已按规则合并 {count} 家；撤回一家：sanfu ledger unmerge 企业编号，全部撤回：sanfu ledger undo",
                  f"merged {count} by rule; take one back: sanfu ledger unmerge FIRM, all: sanfu ledger undo"))  # fmt: skip
        else:
            say(t(f"共 {found.height} 对；合并：sanfu ledger merge 另一家 企业 --reason 理由",
                  f"{found.height} pairs; merge one: sanfu ledger merge OTHER FIRM --reason WHY"))  # fmt: skip

    @ledger.command("unmerge", help=t("撤回合并", "take a merge back"))
    def _unmerge(firm: str = firm_name, workspace: Path = where) -> None:
        _open(workspace).unmerge(firm)
        say(t(f"{firm} 已恢复", f"{firm} stands for itself"))


def _open(folder: Path) -> Workspace:
    from sanfu.workspace import open_workspace

    return open_workspace(folder)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, mark, value = one.rpartition("=")
        if not mark or not name or not value:
            raise fail(t(f"“{one}”应写成 表头=值", f"“{one}” should be heading=value"))
        pairs[name] = value
    return pairs


def _table(frame: pl.DataFrame, headings: dict[str, str], title: str) -> None:
    """Print a frame as a table for a person; to a pipe as tab-separated text."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shown = frame.select(name for name in headings if name in frame.columns)
    if not console.is_terminal:
        say("\t".join(headings[name] for name in shown.columns))
        for row in shown.rows():
            say("\t".join("" if cell is None else str(cell) for cell in row))
        return
    table = Table(title=title or None, header_style="bold")
    for name, dtype in shown.schema.items():
        table.add_column(headings[name], justify="right" if dtype.is_numeric() else "left")
    for row in shown.rows():
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)
