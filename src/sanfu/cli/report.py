"""The commands of `report`: list, build, rebuild, export, edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import (
    FOUND_PROBLEMS,
    day_of,
    fail,
    file_words,
    firm_said,
    progress,
    say,
    say_json,
    t,
)
from sanfu.cli.index_source import LEAVE_ABSENT
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.report import Report


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    report = typer.Typer(
        no_args_is_help=True,
        help=t(
            "报告：网页、PDF、Word、Excel；每个数字可追到公式和单元格",
            "reports as HTML, PDF, Word and Excel; every number leads to its formula and cells",
        ),
    )
    report.command("list", help=t("列出自带的报告提纲", "list the outlines that ship"))(list_)
    report.command("build", help=t("由工作区写成报告", "write a report from a workspace"))(build)
    report.command(
        "firms",
        help=t("为许多企业各写一页，可中断、可续写", "a page for each of many firms; resumable"),
    )(firms)
    report.command(
        "rebuild",
        help=t("由清单重做同一份报告", "make the same report again from its manifest"),
    )(rebuild)
    report.command(
        "export", help=t("导出提纲，改字、改顺序后再用", "copy an outline to change its words")
    )(export)
    report.command(
        "edit",
        help=t(
            "改写一段文字；重做报告时保留", "put a paragraph in your own words; rebuilds keep it"
        ),
    )(edit)
    app.add_typer(report, name="report")


def list_(
    json_: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """List the outlines with what each needs."""
    from sanfu.report import read_outline, shipped_outlines

    found = {name: read_outline(name) for name in shipped_outlines()}
    if json_:
        say_json(
            [
                {"name": name, "title": str(one.title.text()), "needs": list(one.needs)}
                for name, one in found.items()
            ]
        )
        return
    for name, one in found.items():
        say(f"{name:18} {one.title.text()}   ({', '.join(one.needs)})")


def build(
    name: str = typer.Argument(help=t("提纲名称，或自己的 .yaml", "an outline, or your own .yaml")),
    workspace: Path = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    out: list[Path] = typer.Option(
        [],
        "--out",
        "-o",
        help=t(
            "写到哪里，可多次；按扩展名写成 .html .pdf .docx .xlsx；缺省写网页到 out/",
            "files to write, may be repeated; .html .pdf .docx .xlsx; by default a page in out/",
        ),
    ),
    framework: str = typer.Option(
        "shanghai-srdi", "--framework", help=t("指标体系", "the index's framework")
    ),
    year: int = typer.Option(0, "--year", help=t("年份；缺省为最近一年", "the latest by default")),
    focus: str = typer.Option(
        "", "--unit", help=t("写哪个区或哪家企业", "the region or firm that it is about")
    ),
    before: int = typer.Option(
        0,
        "--before",
        help=t(
            "与台账的哪一版相比，写出修订表", "the ledger's version to set beside it (revisions)"
        ),
    ),
    leave_absent: bool = LEAVE_ABSENT,
    on: str = typer.Option("", "--on", help=t("截至哪一天；缺省为今天", "as of this day; today")),
    records: Path | None = typer.Option(
        None, "--records", help=t("服务记录表（service-year）", "list of services (service-year)")
    ),
    book: Path | None = typer.Option(
        None, "--book", help=t("跟进记录文件 follow.sqlite", "the book of needs, follow.sqlite")
    ),
    min_firms: int | None = typer.Option(
        None,
        "--min-firms",
        min=1,
        help=t("企业数少于此数不公布；缺省 3", "hide figures of fewer firms; 3 by default"),
    ),
    dominance: str | None = typer.Option(
        None,
        "--dominance",
        help=t(
            "最大的几户占合计超过多少就不公布，写作 户数:占比；缺省 1:75%",
            "hide totals of which the largest firms hold more, as firms:share; 1:75% by default",
        ),
    ),
    template: Path | None = typer.Option(
        None, "--template", help=t("本单位的 Word 模板（.docx）", "the office's own Word file")
    ),
    boundary: Path | None = typer.Option(
        None,
        "--boundary",
        help=t(
            "边界文件的说明（.yaml，须有审图号、来源、坐标基准）；缺省用格子地图",
            "declaration of a boundary file (.yaml with approval number, source and datum); "
            "maps are of tiles without one",
        ),
    ),
    archive: bool | None = typer.Option(
        None, "--archive/--no-archive", help=t("PDF 写成 PDF/A-2b", "write PDF as PDF/A-2b")
    ),
    accessible: bool | None = typer.Option(
        None,
        "--accessible/--no-accessible",
        help=t("PDF 写成 PDF/UA-1", "write PDF as PDF/UA-1"),
    ),
    seed: int = typer.Option(1, "--seed", help=t("随机种子", "seed")),
    json_: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Write a report; says what it read, what became of edits and where it wrote."""
    from sanfu.cli.report_results import Results
    from sanfu.report import read_edits, read_outline
    from sanfu.report.edits import edits_beside
    from sanfu.report.figures.ahead import drawing_ahead
    from sanfu.report.manifest import build as build_files
    from sanfu.report.manifest import new_manifest, refuse_folders
    from sanfu.report.options import read_options
    from sanfu.workspace import open_workspace

    office = open_workspace(workspace)
    outline = read_outline(name)
    options = read_options(
        office.settings,
        office.folder,
        min_firms=min_firms,
        dominance=dominance,
        template=None if template is None else str(template),
        boundary=None if boundary is None else str(boundary),
        archive=archive,
        accessible=accessible,
    )
    stem = Path(name).stem + (f"_{file_words(focus)}" if focus else "")
    if office.ledger.is_synthetic:
        stem = t(f"合成数据_{stem}", f"synthetic_{stem}")
    files = out or [office.out / f"{stem}.html"]
    beside = files[0].with_name(f"{files[0].stem}.manifest.json")
    refuse_folders([*files, beside])
    if template is not None and not any(file.suffix.lower() == ".docx" for file in files):
        raise fail(
            t(
                "--template 只用于 Word；请用 -o 写出一个 .docx，或去掉 --template。",
                "--template is for Word only: write a .docx by -o, or leave --template out.",
            )
        )
    settings = {
        "workspace": str(office.folder.resolve()),
        "version": str(office.ledger.number),
        "framework": framework,
        "year": str(year),
        "before": str(before),
        "leave_absent": "yes" if leave_absent else "",
        "on": str(day_of(on)),
        "records": "" if records is None else str(records.resolve()),
        "book": "" if book is None else str(book.resolve()),
    }
    with drawing_ahead(), progress() as bars:
        task = bars.add_task(t("计算", "computing"), total=None)
        results = Results(settings, seed, focus, options)
        made = results.of(outline)
        bars.update(task, description=t("撰写", "composing"))
        manifest = new_manifest(
            name,
            inputs=results.inputs(),
            command=["sanfu", *sys.argv[1:]],
            settings={**settings, "ledger": results.ledger.hash},
            seed=seed,
            focus=results.focus,
            edits=read_edits(edits_beside(files[0])),
            options=options,
        )
        report, _ = build_files(
            manifest,
            made,
            files,
            beside,
            told=lambda what, done, of: bars.update(
                task, description=str(what), completed=done, total=of
            ),
            written=lambda file: None if json_ else _say_written(file),
        )
        log = files[0].with_name(f"{files[0].stem}.hidden.csv")
        if report.withheld:
            report.write_withheld(log)
        else:
            log.unlink(missing_ok=True)
    _tell(report, files, beside, log if report.withheld else None, json_=json_)


def firms(
    workspace: Path = typer.Option(
        Path(), "--workspace", "-w", help=t("工作区文件夹", "the workspace's folder")
    ),
    out: Path = typer.Option(..., "--out", "-o", help=t("写到哪个文件夹", "folder to write into")),
    on: str = typer.Option("", "--on", help=t("自检的日期；缺省为今天", "day of the self-check")),
    year: int = typer.Option(0, "--year", help=t("最近完整年度", "the last full year")),
    form: str = typer.Option("html", "--form", help=t("html、pdf 或 docx", "html, pdf or docx")),
    tier: str = typer.Option("", "--tier", help=t("只写现有此称号的企业", "holders of this title")),
    only: list[str] = typer.Option(
        [], "--firm", help=t("只写这些企业，可多次", "these firms only")
    ),
    workers: int = typer.Option(0, "--workers", help=t("进程数；缺省为核数", "processes")),
    outline: str = typer.Option("firm", "--outline", help=t("提纲", "the outline")),
) -> None:
    """Write a page for each firm; stop it with Ctrl-C and call it again to go on."""
    import polars as pl

    from sanfu.ladder.standing import holders
    from sanfu.registry import FirmFinder, firms_on
    from sanfu.report.firm_batch import write_pages
    from sanfu.workbook import write_csv
    from sanfu.workspace import open_workspace

    if form not in ("html", "pdf", "docx"):
        raise typer.BadParameter(t("--form 只能是 html、pdf 或 docx", "--form: html, pdf or docx"))
    ledger = open_workspace(workspace).ledger
    when = day_of(on)
    firms = firms_on(ledger.firms, when)
    finder = FirmFinder.of(ledger, firms)
    said = dict.fromkeys(firm_said(finder, one) for one in only)
    chosen = list(said) or firms["firm"].to_list()
    if tier:
        held = set(holders(ledger.titles, tier, when))
        chosen = [firm for firm in chosen if firm in held]
    with progress() as bars:
        task = bars.add_task(t("企业页", "pages"), total=len(chosen))
        made = write_pages(
            workspace,
            chosen,
            out,
            when,
            year=year or None,
            form=form,
            outline=outline,
            workers=workers or None,
            progress=lambda done, _all: bars.update(task, completed=done),
        )
    names = ledger.firms.select("firm", "name")
    there = [*made.written, *made.kept]
    write_csv(out / "index.csv", names.filter(names["firm"].is_in(there)))
    wrote, kept = len(made.written), len(made.kept)
    say(
        t(
            f"写了 {wrote:,} 页，沿用 {kept:,} 页，在 {out}（目录 index.csv）",
            f"wrote {wrote:,} pages, kept {kept:,}, in {out} (listed in index.csv)",
        )
    )
    listed = out / "failed.csv"
    listed.unlink(missing_ok=True)
    if made.failed:
        failed = pl.DataFrame(made.failed, schema=["firm", "why"], orient="row")
        failed = failed.join(names, on="firm", how="left", maintain_order="left")
        write_csv(listed, failed.select("firm", "name", "why"))
        count = failed.height
        say(t(f"  ! {count:,} 页没有写成：", f"  ! {count:,} pages could not be written:"))
        for firm, why, name in failed.head(10).iter_rows():
            say(t(f"    {firm} {name}：{why}", f"    {firm} {name}: {why}"))
        say(t(f"    全部见 {listed}", f"    all are listed in {listed}"))
        raise typer.Exit(FOUND_PROBLEMS)


def rebuild(
    manifest: Path = typer.Argument(help=t("报告旁的 .manifest.json", "the report's manifest")),
    out: Path = typer.Option(..., "--out", "-o", help=t("写到哪个文件夹", "folder to write into")),
    workspace: Path | None = typer.Option(
        None,
        "--workspace",
        "-w",
        help=t("工作区现在的文件夹，若已搬动", "the workspace's folder now, if it was moved"),
    ),
    json_: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
) -> None:
    """Make a report again from its manifest, and say whether it is the same."""
    from sanfu.cli.report_results import Results
    from sanfu.report import read_outline
    from sanfu.report.figures.ahead import drawing_ahead
    from sanfu.report.manifest import Manifest, moved_to, read_manifest
    from sanfu.report.manifest import rebuild as rebuild_files

    def results_of(recorded: Manifest) -> list[Any]:
        results = Results(recorded.settings, recorded.seed or 0, recorded.focus, recorded.options)
        was = recorded.settings["ledger"]
        if results.ledger.hash != was:
            raise fail(
                Text(
                    f"台账第 {results.ledger.number} 版已不是当时的内容（{was[:12]}），不能重做。",
                    f"version {results.ledger.number} of the ledger is not what it was "
                    f"({was[:12]}); the report cannot be made again.",
                )
            )
        kept = {one.path for one in recorded.inputs if one.role in ("region", "scheme")}
        now = {str(path) for _, path in results.declarations()}
        if kept and kept != now:
            changed = "、".join(sorted(Path(path).name for path in kept ^ now))
            raise fail(
                Text(
                    f"sanfu.toml 里的地区或产业分类方案与当时不同（{changed}），不能重做。"
                    "请改回当时的设置，或用 sanfu report build 做一份新报告。",
                    f"sanfu.toml names another region or other industry systems than then "
                    f"({changed}); the report cannot be made again. Set them back, or make a new "
                    "report by sanfu report build.",
                )
            )
        return results.of(read_outline(recorded.outline))

    recorded = read_manifest(manifest)
    if workspace is not None:
        recorded = moved_to(recorded, workspace)
    out.mkdir(parents=True, exist_ok=True)
    with drawing_ahead(), progress() as bars:
        bars.add_task(t("重做", "rebuilding"), total=None)
        found = rebuild_files(recorded, results_of, out)
    if json_:
        say_json(
            {
                "files": found.files,
                "same": found.same,
                "differs": found.differs,
                "versions": found.versions,
            }
        )
    else:
        for file in found.files:
            _say_written(file)
        if found.same:
            say(
                t(
                    "与原报告完全一致（网页和 PDF 逐字节相同）",
                    "the same (HTML and PDF byte for byte)",
                )
            )
        for name in found.differs:
            say(t(f"  ! {name} 与原文件不同", f"  ! {name} differs"))
        for name, (old, new) in found.versions.items():
            say(t(f"  ! {name}：当时 {old}，现在 {new}", f"  ! {name}: was {old}, is {new}"))
    if not found.same:
        raise typer.Exit(FOUND_PROBLEMS)


def _say_written(file: Path) -> None:
    """Say at once that a file can be opened, while others are being written."""
    say(t(f"已写出 {file}", f"wrote {file}"))


def _tell(
    report: Report, files: list[Path], manifest: Path, log: Path | None, *, json_: bool
) -> None:
    moved = [kept.name for kept in report.kept if kept.moved]
    if json_:
        say_json(
            {
                "files": files,
                "manifest": manifest,
                "hidden": len(report.withheld),
                "hidden_log": log,
                "hash": report.content_hash(),
                "edits_kept": [kept.name for kept in report.kept],
                "edits_to_read_again": moved,
                "edits_unused": report.unused,
            }
        )
    else:
        if log is not None:
            n = len(report.withheld)
            say(
                t(
                    f"为保护企业信息隐去 {n} 个数；哪些、按哪条规则见 {log}（内部使用，勿公布）",
                    f"hid {n} figures to protect firms; which and by which rule: {log} (not to be "
                    "published)",
                )
            )
        if report.kept:
            say(t(f"保留了 {len(report.kept)} 段人工文字", f"kept {len(report.kept)} edits"))
        for name in moved:
            say(t(f"  ! {name}：数字已变，请复核", f"  ! {name}: its numbers moved; read it again"))
        for name in report.unused:
            say(t(f"  ! {name}：提纲里已没有这一段", f"  ! {name}: no longer in the outline"))
    if moved or report.unused:
        raise typer.Exit(FOUND_PROBLEMS)


def export(
    name: str = typer.Argument(help=t("提纲名称", "the outline's name")),
    to: Path = typer.Argument(help=t("写到哪个 .yaml 文件", "the .yaml file to write")),
) -> None:
    """Copy a shipped outline, so that an office can change its words and order."""
    from sanfu.content import content_path
    from sanfu.report import read_outline

    read_outline(name)  # says which there are
    if to.exists():
        raise fail(t(f"{to} 已存在，没有改动。", f"{to} is there already and left alone."))
    to.write_bytes(content_path("outlines", f"{name}.yaml").read_bytes())
    say(
        t(
            f"已写出 {to}；改好后：sanfu report build {to} -w 工作区",
            f"wrote {to}; then: sanfu report build {to} -w WORKSPACE",
        )
    )


def edit(
    report: Path = typer.Argument(help=t("报告文件（.html）", "the report's .html file")),
    paragraph: str = typer.Argument(
        help=t("段落名，例如 summary.lead", "the paragraph, such as summary.lead")
    ),
    text: str = typer.Argument(
        help=t("新的文字；{…} 中的数仍相连", "your words; places {…} stay linked")
    ),
    editor: str = typer.Option("", help=t("谁改的", "who edits")),
) -> None:
    """Keep a paragraph in an editor's words beside the report."""
    from sanfu.report.edits import keep_edit_of_page

    kept = keep_edit_of_page(report, paragraph, text, editor=editor)
    say(
        t(
            f"已记在 {kept}；重做报告时使用，数字有变会提醒。",
            f"kept in {kept}; rebuilds use it and say when its numbers moved.",
        )
    )
