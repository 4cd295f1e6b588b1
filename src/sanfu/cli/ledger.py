"""The commands `sanfu ledger …`: show, problems, versions, diff, undo, history, origin, merge."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import day_of, day_said, fail, firm_said, say, say_json, t
from sanfu.cli.tables import for_people, label_of, print_table, say_kinds
from sanfu.errors import near_first
from sanfu.language import current_language

if TYPE_CHECKING:
    import polars as pl

    from sanfu.registry.ledger import Ledger
    from sanfu.registry.store import Version
    from sanfu.workspace import Workspace

SHOWN = 200
"""Rows of a long list that are printed; `--json` gives all."""


def add_ledger(app: typer.Typer, where: Any, as_json: Any) -> None:
    """Add the commands to the root."""
    ledger = typer.Typer(
        help=t(
            "台账：查看、比较、撤销、溯源、合并",
            "the ledger: show, compare, undo, follow home, merge",
        ),
        no_args_is_help=True,
    )
    app.add_typer(ledger, name="ledger")
    _show(ledger, where, as_json)
    _versions(ledger, where, as_json)
    _undo(ledger, where)
    _one_firm(ledger, where, as_json)
    _decisions(ledger, where, as_json)


def _show(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command("show", help=t("概况", "an overview"))
    def _(
        workspace: Path = where,
        at: int = typer.Option(0, help=t("第几版，默认最新", "version; the newest by default")),
        json_: bool = as_json,
    ) -> None:
        import polars as pl

        from sanfu.registry import firms_on

        office = _open(workspace)
        book = office.ledger_at(at) if at else office.ledger
        names = office.region.names()
        firms = firms_on(book.firms, day_of(""))
        by = firms.group_by("district").len().sort("len", descending=True)
        overview: dict[str, Any] = {
            "version": book.number, "firms": firms.height,
            "merged": book.firms.height - firms.height, "figures": book.figures.height,
            "titles": book.titles.height, "set_aside": book.set_aside.height,
            "problems": book.problems.height, "synthetic": book.is_synthetic, "hash": book.hash,
            "districts": {
                str(names.get(code, code or t("不明", "unknown"))): count for code, count in by.rows()
            },
        }  # fmt: skip
        if json_:
            say_json(overview)
            return
        words = {
            "version": t("第几版", "version"), "firms": t("企业", "firms"),
            "merged": t("已并入其他企业（不计在内）", "merged into others, not among them"),
            "figures": t("年度数据（企业×年）", "figures (firm x year)"), "titles": t("称号", "titles"),
            "set_aside": t("另存的行", "rows set aside"), "problems": t("发现的问题", "findings"),
            "hash": t("内容指纹", "hash of the content"),
        }  # fmt: skip
        if not overview["merged"]:
            del words["merged"]
        for name, label in words.items():
            say(f"{label}\t{overview[name]}")
        if book.is_synthetic:
            say(t("含合成数据，不代表任何真实企业", "holds synthetic data: no real firms"))
        print_table(
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
            say_kinds(problems)


def _versions(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command("versions", help=t("列出各版", "list the versions"))
    def _list(workspace: Path = where, json_: bool = as_json) -> None:
        import polars as pl

        found = _open(workspace).store.versions()
        if json_:
            say_json([{"number": v.number, "at": v.made_at, "kind": v.kind, "about": v.about}
                      for v in found])  # fmt: skip
            return
        rows = [
            (v.number, v.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"), _about(v))
            for v in found
        ]
        print_table(
            pl.DataFrame(rows, schema=["number", "at", "about"], orient="row"),
            {"number": t("版", "version"), "at": t("时间", "time"), "about": t("做了什么", "what")},
            "",
        )

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
            return
        print_table(
            _changes_for_people(changes.head(SHOWN)),
            {"frame": t("表", "frame"), "firm": t("企业", "firm"), "year": t("年", "year"),
             "column": t("指标", "measure"), "before": t("旧版", "before"), "after": t("新版", "after")},
            "",
        )  # fmt: skip
        say(t(f"共 {changes.height} 处变化", f"{changes.height} changes"))
        if changes.height > SHOWN:
            say(
                t(
                    f"只列出前 {SHOWN} 处；全部：--json",
                    f"the first {SHOWN} are listed; all: --json",
                )
            )


def _undo(ledger: typer.Typer, where: Any) -> None:
    @ledger.command(
        "undo", help=t("撤销最近一版（或退回某版），可再撤销", "undo the newest version")
    )
    def _(
        workspace: Path = where,
        to: int = typer.Option(-1, help=t("退回到第几版", "go back to this version")),
    ) -> None:
        version = _open(workspace).undo(None if to < 0 else to)
        say(t(f"现为第 {version.number} 版，内容同第 {version.about['to']} 版；再撤销即恢复",
              f"now version {version.number}, as version {version.about['to']}; undo again to go back"))  # fmt: skip


def _one_firm(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command(
        "origin", help=t("一个数从哪个文件哪一格来", "the cell that a number came from")
    )
    def _origin(
        firm: str = _firm_argument(),
        column: str = typer.Argument(
            help=t("指标，例如 revenue 或 营业收入", "measure, such as revenue")
        ),
        year: int = typer.Option(0, help=t("年份", "year")),
        workspace: Path = where,
        json_: bool = as_json,
    ) -> None:
        book = _open(workspace).ledger
        one = _find(book, firm)
        found = book.origin(one, _measure(column), year or None)
        if json_:
            say_json(found.to_dicts())
        elif found.is_empty():
            raise fail(_no_measure(book, one, column, year))
        else:
            print_table(
                found,
                {"file": t("文件", "file"), "sheet": t("工作表", "sheet"), "cell": t("单元格", "cell"),
                 "heading": t("表头", "heading"), "raw": t("原值", "as written"),
                 "year": t("年", "year"), "version": t("版", "version")},
                f"{one} {column}",
            )  # fmt: skip

    @ledger.command(
        "history",
        help=t("一家企业的数据修订、称号、更名迁址", "one firm's vintages, titles, events"),
    )
    def _history(
        firm: str = _firm_argument(), workspace: Path = where, json_: bool = as_json
    ) -> None:
        import polars as pl

        office = _open(workspace)
        book = office.ledger
        one = _find(book, firm)
        parts = {
            "firm": book.firms.filter(pl.col("firm") == one),
            "vintages": book.vintages().filter(pl.col("firm") == one).sort("year", "version"),
            "titles": book.titles.filter(pl.col("firm") == one),
            "events": book.events.filter(
                (pl.col("firm") == one) | ((pl.col("kind") == "merged") & (pl.col("after") == one))
            ),
        }
        if json_:
            say_json({name: frame.to_dicts() for name, frame in parts.items()})
            return
        labels = {
            "firm": t("企业", "firm"),
            "vintages": t("各年数据（金额为万元；每行一次报送）", "figures, a row a filing (万元)"),
            "titles": t("称号", "titles"),
            "events": t("更名、迁移与合并", "renamings, moves and mergers"),
        }
        names = {code: str(text) for code, text in office.region.names().items()}
        for name, frame in parts.items():
            if frame.is_empty():
                say(f"{labels[name]}: {t('无', 'none')}")
                continue
            shown, headings = for_people(frame, names)
            if name == "firm":  # one firm reads better down than across
                shown = shown.transpose(
                    include_header=True, header_name="what", column_names=["is"]
                )
                shown = shown.with_columns(shown["what"].replace(headings))
                headings = {"what": labels[name], "is": ""}
            print_table(shown, headings, labels[name])


def _decisions(ledger: typer.Typer, where: Any, as_json: Any) -> None:
    @ledger.command(
        "merge", help=t("两条是同一家企业：并为一家（可撤）", "two entries are one firm")
    )
    def _merge(
        firm: str = _firm_argument(),
        into: str = typer.Argument(help=t("并入哪一家", "the firm that stays")),
        reason: str = typer.Option("", help=t("理由", "why")),
        on: str = typer.Option("", help=t("从哪天起，例如 2023-05-01", "the day, if there is one")),
        workspace: Path = where,
    ) -> None:
        office = _open(workspace)
        book = office.ledger
        firm, into = _find(book, firm), _find(book, into)
        office.merge(firm, into, reason=reason, on=day_said(on))
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
        from sanfu.registry import firms_on
        from sanfu.registry.duplicates import find_duplicates

        office = _open(workspace)
        book = office.ledger
        firms = firms_on(book.firms, day_of(""))
        found = find_duplicates(firms, propose=least, aliases=book.aliases)
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
        print_table(
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

    @ledger.command(
        "confirm",
        help=t(
            "确认一家企业更名、迁移或被合并，台账随之改写",
            "confirm that a firm was renamed, has moved or was merged into another",
        ),
    )
    def _confirm(
        firm: str = _firm_argument(),
        column: str = typer.Argument(
            help=t("name 名称、district 所属区 或 merger 被合并", "name, district or merger")
        ),
        value: str = typer.Argument(
            "",
            help=t(
                "新的值；不写则取名单所说的；merger 写并入哪家企业",
                "the new value; what the lists told by default; for a merger the firm that lives on",
            ),
        ),
        on: str = typer.Option("", help=t("生效日期，例如 2023-05-01", "the day it took effect")),
        workspace: Path = where,
    ) -> None:
        office = _open(workspace)
        book = office.ledger
        one, day = _find(book, firm), day_said(on)
        if column == "merger":
            if day is None:
                raise fail(t("请写合并日期：--on 2023-05-01", "say the day: --on 2023-05-01"))
            into = _find(book, value)
            office.confirm_merger(one, into, on=day)
            say(t(f"{one} 于 {day} 并入 {into}；此前各年的数据各归各；撤销：sanfu ledger undo",
                  f"{one} was merged into {into} on {day}; each keeps what it filed before; take back: sanfu ledger undo"))  # fmt: skip
            return
        about = office.confirm(one, column, value or None, on=day).about
        say(t(f"{one} 由“{about['before']}”改为“{about['after']}”；原值留在历史里，撤销：sanfu ledger undo",
              f"{one} changed from “{about['before']}” to “{about['after']}”; take back: sanfu ledger undo"))  # fmt: skip

    @ledger.command("unmerge", help=t("撤回合并", "take a merge back"))
    def _unmerge(firm: str = _firm_argument(), workspace: Path = where) -> None:
        _open(workspace).unmerge(firm)
        say(t(f"{firm} 已恢复", f"{firm} stands for itself"))


def _firm_argument() -> Any:
    return typer.Argument(
        help=t(
            "企业编号、信用代码或全称，例如 F0000001",
            "id, credit code or full name of a firm, such as F0000001",
        )
    )


def _find(book: Ledger, said: str) -> str:
    from sanfu.registry import FirmFinder

    return firm_said(FirmFinder.of(book), said)


def _no_measure(book: Ledger, firm: str, said: str, year: int) -> str:
    """Say what is known of the firm instead, near names first."""
    known = book.origins.filter(firm=firm)
    if known.filter(column=_measure(said)).height and year:
        years = known.filter(column=_measure(said))["year"].drop_nulls().unique().sort()
        told = "、".join(map(str, years))
        return t(f"{firm} 没有 {year} 年的 {said}；有：{told}", f"no {said} of {firm} in {year}; there are {told}")  # fmt: skip
    names = [f"{label_of(name)} {name}" for name in known["column"].unique(maintain_order=True)]
    shown = "、".join(near_first(said, names, most=len(names)))
    return t(f"{firm} 没有“{said}”；有：{shown}", f"no “{said}” of {firm}; there are {shown}")


def _measure(said: str) -> str:
    from sanfu.registry.reading.headings import known_measure

    return known_measure(said) or said


def _about(version: Version) -> str:
    """Say what a version did."""
    about = version.about
    if version.kind == "import":
        found = about["problems"]
        return t(
            f"导入 {about['file']}：{about['rows']} 行，新企业 {about['new_firms']}，"
            f"错误 {found['error']}、提醒 {found['warning']}、说明 {found['note']}",
            f"imported {about['file']}: {about['rows']} rows, {about['new_firms']} new firms, "
            f"{found['error']} errors, {found['warning']} warnings, {found['note']} notes",
        )
    if version.kind == "undo":
        return t(f"退回到第 {about['to']} 版的内容", f"went back to version {about['to']}")
    if version.kind == "confirm" and about["column"] == "merger":
        return t(f"确认 {about['firm']} 于 {about['on']} 并入 {about['after']}",
                 f"confirmed that {about['firm']} was merged into {about['after']} on {about['on']}")  # fmt: skip
    if version.kind == "confirm":
        return t(f"确认 {about['firm']} 由“{about['before']}”改为“{about['after']}”",
                 f"confirmed {about['firm']}: “{about['before']}” is now “{about['after']}”")  # fmt: skip
    if version.kind == "merge" and "merges" in about:
        return t(f"按规则（{about['rule']}）合并 {about['merged']} 家",
                 f"merged {about['merged']} by rule ({about['rule']})")  # fmt: skip
    if version.kind == "merge":
        return t(f"{about['firm']} 并入 {about['into']}：{about['reason'] or '未写理由'}",
                 f"{about['firm']} stands as {about['into']}: {about['reason'] or 'no reason given'}")  # fmt: skip
    return t(f"撤回合并 {about['firm']}", f"took back the merge of {about['firm']}")


def _changes_for_people(changes: pl.DataFrame) -> pl.DataFrame:
    """Give changes with the official terms, and money in 万元."""
    import polars as pl

    from sanfu.cli.tables import shown_value

    rows = [
        {**row, "column": label_of(row["column"]),
         **{end: shown_value(row["column"], row[end]) for end in ("before", "after")}}
        for row in changes.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=changes.schema)


def _open(folder: Path) -> Workspace:
    from sanfu.workspace import open_workspace

    return open_workspace(folder)
