"""The commands `ladder explain`, `plan` and `office`: one firm's page, the way up, the season."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from sanfu.cli.app import day_of, fail, firm_said, progress, say, say_json, t
from sanfu.cli.ladder_rows import chosen, ledger_of, rows_of, rows_of_list
from sanfu.language import Text

if TYPE_CHECKING:
    import polars as pl

    from sanfu.ladder.explain import Explanation
    from sanfu.ladder.plan import FirmPlan, Planner
    from sanfu.ladder.rulebook import CheckKind

WORKSPACE: Any = typer.Option(
    Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
)
ON: Any = typer.Option("", "--on", help=t("日期，缺省为今天", "a day; today if not given"))
YEAR: Any = typer.Option(
    None, "--year", help=t("最近完整年度；缺省为上一年", "last full year; else the one before")
)
RULEBOOK: Any = typer.Option(
    "", "--rulebook", "-r", help=t("规则书；缺省按 --tier 选", "a rulebook; else by --tier")
)
TIER: Any = typer.Option("", "--tier", help=t("层级，按日期选规则书", "choose by tier"))
KIND: Any = typer.Option("new", "--kind", help=t("new 新申报，review 复核", "new or review"))
JSON: Any = typer.Option(False, "--json", help=t("输出 JSON", "print JSON"))
OUT: Any = typer.Option(None, "--out", "-o", help=t("写出文件", "a file to write"))


def register(ladder: typer.Typer) -> None:
    """Add the commands to `ladder`."""
    ladder.command(
        "explain",
        help=t(
            "一户一页：逐条说明、差多少、缺什么、备什么、怎么提升。",
            "One firm's page: clause by clause, gaps, what is missing, the way up.",
        ),
    )(explain)
    ladder.command(
        "plan",
        help=t(
            "提升路径：每户最省的改变，最早哪天可能符合。",
            "The way up: each firm's change of least effort, and from when it can hold.",
        ),
    )(plan)
    ladder.command(
        "office",
        help=t(
            "一次写出：自检清单、第二梯队、复核风险、日历。",
            "Write the lists, the second echelon, the review's risks and the calendar at once.",
        ),
    )(office)


def explain(
    firm: str = typer.Argument(..., help=t("企业编号、代码或名称", "id, credit code or name")),
    workspace: Path = WORKSPACE,
    list_: Path | None = typer.Option(
        None,
        "--list",
        "-l",
        help=t("从这份名单里找企业，不用工作区", "find it in this list instead"),
    ),
    rulebook: str = RULEBOOK,
    tier: str = TIER,
    kind: str = KIND,
    on: str = ON,
    year: int | None = YEAR,
    out: Path | None = OUT,
    json: bool = JSON,
) -> None:
    """Explain one firm: clause, value, threshold, gap, alternatives, evidence, the way up."""
    from sanfu.ladder import check_firm, make_book
    from sanfu.ladder.explain import explain as tell
    from sanfu.ladder.explain import read_evidence
    from sanfu.ladder.plan_words import PLAN_NOTE, plan_words
    from sanfu.registry import FirmFinder

    if out is not None and out.suffix.lower() not in (".txt", ".md"):
        raise fail(
            Text(
                f"{out}：这里写纯文本 .txt；Word、PDF 用 sanfu report build firm --unit {firm}",
                f"{out}: plain text .txt is written here; for Word or PDF say "
                f"sanfu report build firm --unit {firm}",
            )
        )
    books = chosen(rulebook, tier, kind, on)
    if list_ is not None:
        rows = rows_of_list(list_, on, year, None, quiet=True)
        last = day_of(on).year - 1 if year is None else year
        finder = FirmFinder(rows)
    else:
        rows, last = rows_of(workspace, on, year)
        finder = FirmFinder.of(ledger_of(workspace), rows)
    row = rows.filter(rows["firm"] == firm_said(finder, firm, by_part=True))
    name = str(row["name"][0] if "name" in row.columns else row["firm"][0])
    own = workspace / "evidence.yaml"
    evidence = read_evidence(own if own.is_file() else None)
    facts: list[dict[str, Any]] = []
    told: list[str] = []
    for book in books:
        made = make_book(book, kind=cast("CheckKind", kind), on=day_of(on))
        page = tell(name, check_firm(made, row.row(0, named=True)), evidence=evidence)
        planner = _planner(workspace, book, kind, on)
        best, others = _ways(planner, row)
        ways = [plan_words(one, day_of(on), last) for one in (best, *others)]
        facts.append(_facts(page, book, [str(way) for way in ways]))
        told += [*([""] if told else []), str(page.text()), "", t("提升路径：", "the way up:")]
        told += [f"  {number}. {way}" for number, way in enumerate(ways, start=1)]
        told.append(f"  {PLAN_NOTE}")
    if "synthetic" in row.columns and row["synthetic"][0]:
        told.append(t("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n".join(told) + "\n", encoding="utf-8")
    if json:
        say_json(facts[0] if len(facts) == 1 else facts)
        return
    say("\n".join(told))
    if out is not None:
        say(Text(f"已写出 {out}", f"wrote {out}"))


def _facts(page: Explanation, book: str, ways: list[str]) -> dict[str, Any]:
    from sanfu.ladder import SELF_CHECK

    return {
        "firm": page.firm,
        "rulebook": book,
        "self_check": True,
        "outcome": page.check.outcome,
        "lines": [
            {
                "id": line.id,
                "outcome": line.outcome,
                "label": str(line.label),
                "article": line.article,
                "value": str(line.value),
                "points": line.points,
                "gap": str(line.gap),
                "otherwise": str(line.otherwise),
            }
            for line in page.lines
        ],
        "missing": [str(one) for one in page.missing],
        "to_judge": [str(one) for one in page.to_judge],
        "evidence": [str(one) for one in page.evidence],
        "ways": ways,
        "note": str(SELF_CHECK),
    }


def plan(
    workspace: Path = WORKSPACE,
    rulebook: str = RULEBOOK,
    tier: str = TIER,
    kind: str = KIND,
    on: str = ON,
    year: int | None = YEAR,
    by: str = typer.Option(
        "", "--by", help=t("再按此列看：哪一项带动最多", "which measure lifts most, by this column")
    ),
    out: Path | None = OUT,
    json: bool = JSON,
) -> None:
    """Give every firm's way up; with --by also which one measure lifts most firms."""
    from sanfu.ladder import SELF_CHECK
    from sanfu.ladder.group import one_measure
    from sanfu.ladder.list_book import firm_columns, plan_columns, settings_sheet
    from sanfu.ladder.plan_words import PLAN_NOTE, plan_frame
    from sanfu.workbook import Sheet, write_workbook

    (book,) = chosen(rulebook, tier, kind, on)[:1]
    rows, last = rows_of(workspace, on, year)
    planner = _planner(workspace, book, kind, on)
    if by and by not in rows.columns:
        raise fail(
            Text(
                f"没有列“{by}”；常用：district、industry、size",
                f"no column {by!r}; try district, industry, size",
            )
        )
    with progress() as bars:
        bars.add_task(t("求最省路径", "planning"), total=None)
        told = plan_frame(rows["firm"].to_list(), planner.plans(rows), day_of(on), last)
        lifts = one_measure(planner, rows, by=by) if by else None
    columns = firm_columns(rows)
    table = rows.select(c.name for c in columns).join(told, on="firm", maintain_order="left")
    if out is not None:
        notes = [book, str(SELF_CHECK), str(PLAN_NOTE)]
        sheet = Sheet(t("提升路径", "the way up"), table, [*columns, *plan_columns()], notes)
        write_workbook(out, [sheet, settings_sheet(planner.settings)])
    if json:
        found = {"rulebook": book, "self_check": True, "plans": table.to_dicts()}
        say_json(found if lifts is None else {**found, "one_measure": lifts.to_dicts()})
        return
    say(f"{book}  {SELF_CHECK}")
    words = {
        "met": Text("测算已符合（人工判断项未计）", "met, judged matters apart"),
        "wait": Text("只需等待", "only time is needed"),
        "plan": Text("有提升路径", "there is a way"),
        "none": Text("所设条件下没有路径", "no way within the settings"),
    }
    counts = dict(told["state"].value_counts().rows())
    for state, said in words.items():
        say(f"  {said}  {counts.get(state, 0):,}")
    say(str(PLAN_NOTE))
    if lifts is not None:
        language = t("zh", "en")
        for row in lifts.group_by(by, maintain_order=True).head(2).iter_rows(named=True):
            say(f"  {row[by]}  {row[language]}  {row['firms']:,}")
    if out is not None:
        say(Text(f"已写出 {out}", f"wrote {out}"))


def office(
    given: Path | None = typer.Argument(
        None, metavar="WORKSPACE", help=t("工作区文件夹，同 --workspace", "as --workspace")
    ),
    workspace: Path = WORKSPACE,
    on: str = ON,
    year: int | None = YEAR,
    months: int = typer.Option(
        12, "--months", min=1, help=t("看多少个月", "how many months ahead")
    ),
    out: Path = typer.Option(..., "--out", "-o", help=t("输出文件夹", "folder to write")),
) -> None:
    """Write what an officer takes into the season, into one folder."""
    from sanfu.ladder import SELF_CHECK
    from sanfu.ladder.changes import changes_of
    from sanfu.ladder.office import write_office
    from sanfu.workspace import open_workspace

    workspace = given or workspace
    desk = open_workspace(workspace)
    ledger = desk.ledger
    with progress() as bars:
        bars.add_task(t("测算", "reckoning"), total=None)
        rows, last = rows_of(workspace, on, year)
        written = write_office(
            rows,
            ledger.titles,
            day_of(on),
            out,
            year=last,
            months=months,
            synthetic=ledger.is_synthetic,
            folder=workspace,
            changes=changes_of(desk, day_of(on)),
        )
    say(str(SELF_CHECK))
    if ledger.is_synthetic:
        say(Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms."))
    say(Text(f"{rows.height:,} 户，{last} 年数据", f"{rows.height:,} firms, figures of {last}"))
    for path in written:
        say(Text(f"已写出 {path}", f"wrote {path}"))


def _planner(workspace: Path, book: str, kind: str, on: str) -> Planner:
    from sanfu.ladder.plan import Planner
    from sanfu.ladder.plan_settings import read_plan_settings

    settings = read_plan_settings(workspace / "plan.yaml")
    return Planner(book, kind=cast("CheckKind", kind), on=day_of(on), settings=settings)


def _ways(planner: Planner, row: pl.DataFrame) -> tuple[FirmPlan | None, list[FirmPlan]]:
    (best,) = planner.plans(row)
    return best, [] if best is None else planner.alternatives(row, best)
