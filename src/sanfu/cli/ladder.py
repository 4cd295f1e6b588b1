"""The commands of `ladder`: which, lint, check."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Any, cast

import typer

from sanfu.cli.app import FOUND_PROBLEMS, day_of, progress, say, say_json, t
from sanfu.cli.ladder_rows import chosen, rows_of, rows_of_list, table
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

    from sanfu.ladder import CheckResult
    from sanfu.ladder.rulebook import CheckKind
    from sanfu.ladder.which import TierName


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    ladder = typer.Typer(
        name="ladder",
        no_args_is_help=True,
        help=t(
            "梯度培育：哪一版规则、检查规则书、逐户自检/测算。不是认定：只有主管部门可以认定。",
            "The ladder: which rules, check a rulebook, self-check firms. Never recognition.",
        ),
    )
    ladder.command("which", help=t("哪一版规则适用，为什么。", "Which rulebook holds, and why."))(
        which
    )
    ladder.command(
        "lint",
        help=t("检查规则书；可打印成 Word/网页。", "Check a rulebook; print it for signing."),
    )(lint)
    ladder.command(
        "check", help=t("对照规则自检/测算企业。", "Self-check firms against a rulebook.")
    )(check)
    from sanfu.cli import ladder_forecast, ladder_reform, ladder_way

    ladder_reform.register(ladder)
    ladder_forecast.register(ladder)
    ladder_way.register(ladder)
    app.add_typer(ladder)


def which(
    tier: str = typer.Option(
        ...,
        "--tier",
        help=t(
            "层级：tier-1、innovative、tech、srdi、little-giant",
            "tier-1, innovative, tech, srdi, little-giant",
        ),
    ),
    kind: str = typer.Option("new", "--kind", help=t("new 新申报，review 复核", "new or review")),
    on: str = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given")),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Say which rulebook holds for a tier, kind and day, and why."""
    from sanfu.ladder import which as find

    found = find(cast("TierName", tier), cast("CheckKind", kind), day_of(on))
    if json:
        said = [clause.model_dump(mode="json") for clause in found.clauses]
        say_json({"tier": tier, "kind": kind, "on": found.on, "clauses": said})
        return
    from sanfu.ladder import MARKS, read_rulebook

    for clause in found.clauses:
        book = read_rulebook(clause.rulebook)
        say(f"{clause.rulebook}  {book.name.text()}")
        say(f"  {clause.why.text()}")
        say(f"  {t('依据', 'source')}：{clause.source}（{MARKS[clause.mark]}）")
    if len(found.clauses) > 1:
        say(Text("以上任一标准符合即可。", "Meeting any one of these will do."))


def lint(
    rulebook: list[str] = typer.Argument(
        None,
        help=t(
            "规则书：自带名称（含划型标准 sme-size-2011）或 .yaml；缺省检查全部自带的",
            "names (also sme-size-2011) or files; all if none",
        ),
    ),
    print_: Path | None = typer.Option(
        None, "--print", help=t("打印成 .docx、.html 或 .pdf", "print as .docx, .html or .pdf")
    ),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Say all faults with their lines; print the rulebook for the lawyer."""
    from sanfu.ladder import lint as find
    from sanfu.ladder import rulebooks
    from sanfu.ladder.lint_sizes import SIZES, lint_sizes
    from sanfu.ladder.lint_which import lint_which

    names = list(rulebook or (*rulebooks(), SIZES))
    if print_ is not None and len(names) != 1:
        raise typer.BadParameter(t("--print 一次只印一本规则书", "--print takes one rulebook"))
    found = {name: lint_sizes() if name == SIZES else find(name) for name in names}
    if not rulebook:
        found["which"] = lint_which()
    wrong = sum(len(each) for each in found.values())
    if json:
        say_json(
            {
                name: [
                    {"severity": f.severity, "line": f.line, "where": f.where, "text": str(f.text)}
                    for f in each
                ]
                for name, each in found.items()
            }
        )
    else:
        for name, each in found.items():
            say(f"{name}：{t('没有发现问题', 'nothing found')}" if not each else f"{name}：")
            for finding in each:
                mark = "!" if finding.severity == "error" else "?"
                say(f"  {mark} {finding.in_words()}")
    if print_ is not None and not any(f.severity == "error" for f in found[names[0]]):
        from sanfu.report.rulebook import print_rulebook
        from sanfu.report.size_table import print_sizes

        if names[0] == SIZES:
            print_sizes(print_, findings=found[SIZES])
        else:
            print_rulebook(names[0], print_, findings=found[names[0]])
        say(Text(f"已写出 {print_}", f"wrote {print_}"))
    if wrong:
        raise typer.Exit(FOUND_PROBLEMS)


def check(
    firms: Path | None = typer.Argument(
        None,
        help=t(
            "企业清单：办公室的 Excel/CSV（中文表头），或列名为指标名的表；或用 --workspace",
            "a list of firms with Chinese headings, or whose columns are measures; or --workspace",
        ),
    ),
    workspace: Path | None = typer.Option(
        None, "--workspace", "-w", help=t("用此工作区的台账", "take this workspace's ledger")
    ),
    rulebook: str = typer.Option(
        "", "--rulebook", "-r", help=t("规则书；缺省按 --tier 选", "a rulebook; else by --tier")
    ),
    tier: str = typer.Option("", "--tier", help=t("层级，按日期选规则书", "choose by tier")),
    kind: str = typer.Option("new", "--kind", help=t("new 新申报，review 复核", "new or review")),
    on: str = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given")),
    year: int | None = typer.Option(
        None, "--year", help=t("最近完整年度；缺省为上一年", "last full year; else the one before")
    ),
    inputs: Path | None = typer.Option(
        None, "--inputs", help=t("补充数据表（firm 与各指标）", "a table of further inputs")
    ),
    estimate: bool = typer.Option(
        False,
        "--estimate-score",
        help=t(
            "没有发展评价得分的，用同行业平均值估计（注明是估计）",
            "where the platform's score is missing take the sector's mean, and say so",
        ),
    ),
    out: Path | None = typer.Option(
        None,
        "--out",
        "-o",
        help=t(
            "写出 .xlsx（一户一行、一条一列的清单）、.csv 或 .parquet（一户一条一行）",
            "write .xlsx (one row a firm, one column a criterion), .csv or .parquet (long)",
        ),
    ),
    wide: bool = typer.Option(
        False,
        "--wide",
        help=t("写宽表：一户一行，代码和得分", "write one row a firm, codes and points"),
    ),
    json: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Self-check every firm; show how many meet each criterion; write the results."""
    if (firms is None) == (workspace is None):
        raise typer.BadParameter(
            t("请给出企业表，或 --workspace，二者取一", "give a table of firms or --workspace")
        )
    from sanfu.ladder import check as run
    from sanfu.ladder.platform import ESTIMATE_NOTE, ESTIMATED, with_estimated_scores

    names = chosen(rulebook, tier, kind, on, quiet=json)
    more = None if inputs is None else table(inputs)
    with progress() as bars:
        bars.add_task(t("自检", "checking"), total=None)
        if workspace is not None:
            rows, _ = rows_of(workspace, on, year, more)
        else:
            rows = rows_of_list(cast("Path", firms), on, year, more, quiet=json)
        notes = []
        if estimate:
            rows = with_estimated_scores(rows)
            count = int(rows[ESTIMATED].sum())
            notes.append(
                str(
                    Text(
                        f"{count:,} 户的{ESTIMATE_NOTE.zh}", f"{count:,} firms: {ESTIMATE_NOTE.en}"
                    )
                )
            )
        keep = [name for name in ("name", "district") if name in rows.columns]
        results = [
            run(rows, name, kind=cast("CheckKind", kind), on=day_of(on), keep=keep)
            for name in names
        ]
        if out is not None:
            _write(results[0], out, wide=wide, synthetic=_synthetic(rows), notes=notes)
    if json:
        say_json([{**_summary(result), "notes": notes} for result in results])
        return
    for note in notes:
        say(note)
    for result in results:
        _show(result, synthetic=_synthetic(rows))
    if out is not None:
        say(Text(f"已写出 {out}", f"wrote {out}"))
        if len(results) > 1:
            say(Text(f"文件只含 {names[0]}", f"the file holds {names[0]} only"))


def _write(
    result: CheckResult, out: Path, *, wide: bool, synthetic: bool, notes: list[str]
) -> None:
    from sanfu.errors import FileFault
    from sanfu.ladder.list_book import write_list
    from sanfu.workbook import write_csv

    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() == ".xlsx" and not wide:
        write_list(out, result, synthetic=synthetic, notes=notes)
        return

    frame: pl.DataFrame = result.wide if wide else result.frame
    match out.suffix.lower():
        case ".parquet":
            frame.write_parquet(out)
        case ".csv":
            write_csv(out, frame)
        case ".xlsx":
            frame.write_excel(out)
        case other:
            raise FileFault(
                out,
                Text(
                    f"不会写“{other}”；请用 .csv、.parquet 或 .xlsx。",
                    f"cannot write “{other}”; use .csv, .parquet or .xlsx.",
                ),
            )


def _synthetic(rows: pl.DataFrame) -> bool:
    return "synthetic" in rows.columns and bool(rows["synthetic"].any())


VERDICT = "verdict"


def _summary(result: CheckResult) -> dict[str, Any]:
    counts = _counts(result)
    return {
        "rulebook": result.book.rulebook.rulebook,
        "hash": result.book.rulebook.content_hash(),
        "kind": result.book.kind,
        "on": result.book.on,
        "self_check": True,
        "firms": result.wide.height,
        "met_if_judged_met": _if_judged_met(counts[VERDICT]),
        "criteria": counts,
    }


def _if_judged_met(verdict: dict[str, int]) -> int:
    """Count the firms that meet everything but what a person has yet to judge."""
    return verdict["met"] + verdict["judge"]


def _counts(result: CheckResult) -> dict[str, dict[str, int]]:
    from sanfu.ladder import OUTCOMES

    return {
        name: {
            word: int((result.wide[name] == code).sum())
            for code, word in reversed(list(enumerate(OUTCOMES)))
        }
        for name in result.book.reading_order
    }


def _show(result: CheckResult, *, synthetic: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from sanfu.ladder import OUTCOME_WORDS, OUTCOMES, SELF_CHECK

    book = result.book
    say(f"{book.rulebook.name.text()}（{book.rulebook.rulebook}, {book.kind}, {book.on}）")
    say(str(SELF_CHECK))
    if synthetic:
        say(Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    shown = Table()
    shown.add_column(t("条件", "criterion"))
    for word in reversed(OUTCOMES):
        shown.add_column(str(OUTCOME_WORDS[word]), justify="right")
    all_counts = _counts(result)
    for name, counts in all_counts.items():
        clause = None if name == VERDICT else book.clause(name)
        depth = 0 if name not in book.by_id else max(book.by_id[name].depth - 1, 0)
        label = (
            t("结论（自检）", "verdict (self-check)")
            if clause is None
            else str(clause.label.text())
        )
        style = "bold" if clause is None else None
        shown.add_row("  " * depth + label, *map(str, counts.values()), style=style)
    Console().print(shown)
    verdict = all_counts[VERDICT]
    say(
        Text(
            f"人工判断项按符合计：{_if_judged_met(verdict):,} 户符合（其中各项都已核实的 "
            f"{verdict['met']:,} 户）；缺数据的 {verdict['missing']:,} 户未定。",
            f"Were all judged matters met, {_if_judged_met(verdict):,} firms would meet it "
            f"({verdict['met']:,} with every matter judged); {verdict['missing']:,} lack data.",
        )
    )
