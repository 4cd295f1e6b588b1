"""`sanfu demo`: the whole way on synthetic data, from dirty files to pages that one can open."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli.app import fail, progress, say, show_page, t
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.cli.report_results import Results
    from sanfu.index import Index
    from sanfu.registry.importing import Imported
    from sanfu.report import Report
    from sanfu.report.fonts import FontFault
    from sanfu.report.landing import Group
    from sanfu.workspace import Workspace

MARK = ".sanfu-demo"
"""A folder with this file was made by the demo, which may make it anew."""
YEAR = 2023
ON = dt.date(2024, 5, 1)
"""The day of the self-check: the first season after the sample's last year."""
YANGPU = "310110"
FORMATS = (".html", ".pdf", ".docx", ".xlsx")


def register(app: typer.Typer) -> None:
    """Add the command to the root."""

    @app.command(
        "demo",
        help=t(
            "演示：生成合成样本，导入十二份“脏”表，算出 16 区指数，写出可打开的网页",
            "a demonstration: a synthetic sample, twelve dirty files imported, the index of the "
            "16 districts, and pages to open",
        ),
    )
    def _demo(
        out: Path = typer.Option(Path("demo"), "--out", help=t("输出文件夹", "folder to write")),
        firms: int = typer.Option(
            8288, min=300, max=20_000, help=t("合成企业数", "number of synthetic firms")
        ),
        seed: int = typer.Option(7, help=t("随机种子", "seed")),
    ) -> None:
        from sanfu.report.figures.ahead import drawing_ahead

        _clear(out)
        with drawing_ahead(), progress() as bars:
            task = bars.add_task(t("演示", "demo"), total=None)
            demo = Demo(out, firms, seed)
            for what, step in demo.steps():
                bars.update(task, description=str(what))
                step()
        page = demo.finish()
        say("")
        if show_page(page):
            say(
                t(f"已在浏览器里打开：{page.resolve()}", f"opened in the browser: {page.resolve()}")
            )
        else:
            say(t(f"打开：{page.resolve()}", f"open: {page.resolve()}"))
        say(
            t(
                f"或运行 make serve，在浏览器看 http://127.0.0.1:8765/（台账在 {demo.office.folder}）",
                f"or run `make serve` for http://127.0.0.1:8765/ (the ledger is {demo.office.folder})",
            )
        )
        if first := activation():
            say(
                t(
                    f"以后要用 sanfu 命令，先在终端运行：{first}",
                    f"to use the command sanfu from now on, first run in your terminal: {first}",
                )
            )


def activation() -> str:
    """Give the command that puts `sanfu` on the path; empty where it is there already."""
    scripts = Path(sys.executable).parent
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if "UV_RUN_RECURSION_DEPTH" in os.environ and folders[0] == str(scripts):
        folders = folders[1:]  # `uv run` put it there for this command alone
    script = scripts / ("activate.bat" if sys.platform == "win32" else "activate")
    if shutil.which("sanfu", path=os.pathsep.join(folders)) or not script.exists():
        return ""
    here = script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script
    return str(here) if sys.platform == "win32" else f". {shlex.quote(str(here))}"


def _clear(out: Path) -> None:
    """Make the folder anew; one that the demo did not make is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise fail(
                t(
                    f"{out} 里有别的文件，没有改动。换一个文件夹：sanfu demo --out 新文件夹",
                    f"{out} holds other files and is left alone; name another: sanfu demo --out new",
                )
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()


@dataclass
class Demo:
    """The steps of the demonstration; each adds what it wrote to the page that lists it all."""

    out: Path
    firms: int
    seed: int
    groups: list[Group] = field(default_factory=list)
    _office: Workspace | None = None
    _results: Results | None = None
    _skipped: bool = False

    @property
    def office(self) -> Workspace:
        """The office's workspace, once it is made."""
        assert self._office is not None  # noqa: S101 - the steps run in order
        return self._office

    @property
    def results(self) -> Results:
        """The results that the reports are written from, each computed once."""
        from sanfu.cli.report_results import Results

        if self._results is None:
            number = self.office.ledger.number
            settings = {
                "workspace": str(self.office.folder.resolve()),
                "version": str(number),
                "framework": "shanghai-srdi",
                "year": str(YEAR),
                "before": str(max(number - 6, 1)),
            }
            self._results = Results(settings, self.seed)
        return self._results

    @property
    def index(self) -> Index:
        """The index of the districts."""
        return self.results.index

    def steps(self) -> list[tuple[Text, Any]]:
        """Give the steps in order, each with what it does."""
        return [
            (Text("生成合成样本", "making the sample"), self.make_sample),
            (Text("导入", "importing"), self.import_files),
            (Text("计算指数", "building the index"), self.build),
            (Text("写速览页", "writing the page"), self.write_page),
            (Text("写城市报告和解读", "writing the city's report"), self.write_city),
            (Text("写杨浦区报告", "writing a district's report"), self.write_district),
            (Text("梯度培育测算", "reckoning the ladder"), self.write_season),
            (Text("写企业页", "writing firms' pages"), self.write_firms),
            (Text("供需对接会", "a matching day"), self.hold_event),
        ]

    def make_sample(self) -> None:
        """Make the synthetic registry and write it as twelve dirty files."""
        from sanfu.registry.sample import shanghai
        from sanfu.registry.sample.dirty import write_dirty
        from sanfu.workspace import new_workspace

        say(t("1. 生成合成企业（不代表任何真实企业）", "1. synthetic firms (no real ones)"))
        registry = shanghai(firms=self.firms, seed=self.seed)
        self._office = new_workspace(self.out / _named("工作区", "workspace"), region="shanghai")
        write_dirty(registry, self.office.inbox / "合成数据_脏表", self.seed)
        say(
            t(
                f"   {registry.firms.height:,} 户，种子 {self.seed}，写成十二份像实际收到的表："
                f"{self.office.inbox}",
                f"   {registry.firms.height:,} firms, seed {self.seed}, as twelve files such as an "
                f"office receives: {self.office.inbox}",
            )
        )

    def import_files(self) -> None:
        """Import the files and say what was found and mended."""
        import polars as pl

        from sanfu.registry.problems_book import write_problems
        from sanfu.report.landing import Entry, Group

        folder = self.office.inbox / "合成数据_脏表"
        files = sorted(f for f in folder.iterdir() if f.suffix in (".xlsx", ".csv", ".xls"))
        say(t("2. 导入：", "2. import:"))
        done: list[Imported] = []
        for file in files:
            done.append(self.office.take(file))
            said = done[-1].summary()
            found = said["problems"]
            say(
                t(
                    f"   {file.name}：{said['rows']:,} 行，错误 {found['error']}，"
                    f"提醒 {found['warning']}，说明 {found['note']}，另存 {said['set_aside']} 行",
                    f"   {file.name}: {said['rows']:,} rows, {found['error']} errors, "
                    f"{found['warning']} warnings, {found['note']} notes, "
                    f"{said['set_aside']} set aside",
                )
            )
        problems = pl.concat([one.problems for one in done])
        book = write_problems(
            problems,
            files,
            self.office.out / t("problems_合成数据.xlsx", "problems_synthetic.xlsx"),
        )
        ledger = self.office.ledger
        say(
            t(
                f"   台账：{ledger.firms.height:,} 户、{ledger.figures.height:,} 条年度数据、"
                f"{ledger.titles.height:,} 个称号",
                f"   ledger: {ledger.firms.height:,} firms, {ledger.figures.height:,} firm-years, "
                f"{ledger.titles.height:,} titles",
            )
        )
        for kind, zh, en, count in _kinds(problems, 6):
            say(t(f"   {count:>6} 处 {zh}", f"   {count:>6} × {en}") + f" [{kind}]")
        say(t(f"   每一处的位置和改法：{book}", f"   every place and remedy: {book}"))
        self.groups.append(
            Group(
                Text("台账", "The ledger"),
                (
                    Entry(
                        Text("导入时发现的问题", "What was found on import"),
                        Text(
                            f"{problems.height:,} 处，每处有位置和改法；附标出问题单元格的副本",
                            f"{problems.height:,} places with remedies, and copies with the cells marked",
                        ),
                        (book,),
                    ),
                ),
            )
        )

    def build(self) -> None:
        """Build the index of the districts from the ledger's firms."""
        say(
            t("3. 16 个区的发展指数（示例体系，合成数据）：", "3. index of the districts (sample):")
        )
        ranking = self.index.ranking
        for row in (*ranking.head(3).rows(named=True), *ranking.tail(1).rows(named=True)):
            say(f"   {row['rank']:>2}  {row['unit']}  {row['score']:.1f}")

    def write_page(self) -> None:
        """Write the index on one page, and its workbook."""
        from sanfu.report.landing import Entry, Group

        pages = self._build("index-page", _named("指数速览", "index-on-one-page"))
        book = self.out / (_named("指数_全部步骤", "index_every-step") + ".xlsx")
        self.index.to_excel(book)
        self.groups.append(
            Group(
                Text("指数", "The index"),
                (
                    Entry(
                        Text("指数速览", "The index on one page"),
                        Text(
                            "排名、16 区图、首末两区为什么；每个数字可追到公式和单元格",
                            "ranking, map, why for the first and the last; every number followed home",
                        ),
                        pages,
                    ),
                    Entry(
                        Text("全部步骤", "Every step"),
                        Text("从指标值到得分的每张中间表", "each table from figures to scores"),
                        (book,),
                    ),
                ),
            )
        )

    def write_city(self) -> None:
        """Write the city's report, with what the later files changed, and its slides."""
        from sanfu.report import compose, read_outline
        from sanfu.report.landing import Entry, Group

        say(t("4. 报告：", "4. reports:"))
        files = self._build("city-index", _named("城市指数报告", "city-index-report"))
        slides = compose("interpretation", *self.results.of(read_outline("interpretation")))
        said = self._try(slides, self.out / (_named("报告解读", "interpretation") + ".pptx"))
        entries = [
            Entry(
                Text("城市年度指数报告", "The city's yearly report"),
                Text(
                    "摘要、产业结构、排名、分项、各区、类型、稳健性、修订表、方法、来源",
                    "summary, industries, ranking, pillars, districts, robustness, revisions",
                ),
                files,
            )
        ]
        if said is not None:  # slides need a typeface
            about = Text("封面和十页发现，附讲稿", "a cover and ten slides with speaker notes")
            entries.append(Entry(Text("报告解读", "The interpretation"), about, (said,)))
        self.groups.append(Group(Text("报告", "Reports"), tuple(entries)))

    def write_district(self) -> None:
        """Write Yangpu's report."""
        from sanfu.report.landing import Entry, Group

        name = str(self.office.region.names()[YANGPU])  # as the index calls it in this language
        entry = Entry(
            Text("杨浦区报告", "A district's report: Yangpu"),
            Text("一个区的得分、位次、产业和比较", "one district: score, ranks, industries, peers"),
            self._build("district", _named("杨浦区报告", "Yangpu-report"), focus=name),
        )
        last = self.groups.pop()
        self.groups.append(Group(last.title, (*last.entries, entry)))

    def _build(self, outline: str, name: str, focus: str = "") -> tuple[Path, ...]:
        """Write a report with its manifest, from which `sanfu report rebuild` makes it again."""
        from sanfu.report import compose, read_outline
        from sanfu.report.manifest import new_manifest

        self.results.focus = focus  # a report of one region asks for it
        made = self.results.of(read_outline(outline))
        manifest = new_manifest(
            outline,
            inputs=self.results.inputs(),
            command=["sanfu", *sys.argv[1:]],
            settings={**self.results.settings, "ledger": self.office.ledger.hash},
            seed=self.seed,
            focus=focus,
        )
        report = compose(outline, *made, focus=focus, manifest=manifest)
        files = self._write(report, name)
        manifest.completed(report, files).write(self.out / f"{name}.manifest.json")
        return files

    def write_season(self) -> None:
        """Write the officer's lists: self-check, second echelon, risks at the review, calendar."""
        from sanfu.cli.ladder_rows import rows_of
        from sanfu.ladder.changes import changes_of
        from sanfu.ladder.office import write_office
        from sanfu.report.landing import Entry, Group

        say(t(f"5. 梯度培育（自检，{ON}）：", f"5. the ladder (self-check, {ON}):"))
        rows, year = rows_of(self.office.folder, ON.isoformat(), YEAR)
        written = write_office(
            rows,
            self.office.ledger.titles,
            ON,
            self.out / _named("梯度培育", "ladder"),
            year=year,
            synthetic=True,
            folder=self.office.folder,
            changes=changes_of(self.office, ON),
        )
        for path in written:
            say(f"   {path.name}")
        entries = tuple(
            Entry(Text(_bare(path), _bare(path)), Text("", ""), (path,)) for path in written
        )
        self.groups.append(Group(Text("梯度培育（自检）", "The ladder (self-check)"), entries))

    def write_firms(self) -> None:
        """Write the pages of three firms, one of each tier."""
        from sanfu.report import compose
        from sanfu.report.firm import FirmPages
        from sanfu.report.landing import Entry, Group

        pages = FirmPages(self.office.ledger, ON, year=YEAR)
        entries = []
        for tier in ("innovative", "srdi", "little-giant"):
            firm = next((one for one, held in pages.holds.items() if held == tier), None)
            if firm is None:
                continue
            page = pages.page(firm)
            files = self._write(compose("firm", page), _named(f"企业页_{firm}", f"firm_{firm}"))
            about = Text("自检、差距、提升办法、服务、来源", "self-check, gaps, way up, services")
            entries.append(Entry(Text(page.name, page.name), about, files))
        self.groups.append(Group(Text("企业页", "Firms' pages"), tuple(entries)))

    def hold_event(self) -> None:
        """Match the sample's needs and print a proven timetable."""
        from sanfu.cli.exchange_event import event
        from sanfu.report.fonts import FontFault, find_typeface
        from sanfu.report.landing import Entry, Group

        say(t("6. 供需对接会（合成需求 40 项）：", "6. a matching day (40 synthetic needs):"))
        out, forms = self.out / _named("对接会", "matching-day"), "html,pdf,xlsx,ics"
        try:
            find_typeface()
        except FontFault as fault:
            forms = forms.replace("pdf,", "")
            self._say_skipped(fault)
        event(
            needs=None, offers=[], workspace=self.office.folder, ledger=None, out=out, name="",
            day="2024-06-12", place="", page="", per_need=8, most_guests=150, most_needs=0,
            booths=True, book=None, sample=True, embedder="", limit=30.0, forms=forms,
            on=ON.isoformat(), json=False,
        )  # fmt: skip
        about = Text(
            "需求检查、匹配与理由、邀请、日程、跟进", "checks, matches, invitations, timetable"
        )
        entry = Entry(
            Text("对接会的全部文件", "All papers of the day"), about, (out / "index.html",)
        )
        self.groups.append(Group(Text("益企融通", "The exchange"), (entry,)))

    def _write(self, report: Report, name: str) -> tuple[Path, ...]:
        """Write a report in every format that this machine can, and say so."""
        stem = self.out / name
        files = [self._try(report, stem.with_suffix(form)) for form in FORMATS]
        written = tuple(path for path in files if path is not None)
        say(f"   {stem.name}: {', '.join(path.suffix[1:] for path in written)}")
        return written

    def _try(self, report: Report, path: Path) -> Path | None:
        """Write one file; without a Chinese typeface skip what needs it, and say why once."""
        from sanfu.report.fonts import FontFault

        try:
            return report.write(path)
        except FontFault as fault:
            self._say_skipped(fault)
            return None

    def _say_skipped(self, fault: FontFault) -> None:
        if not self._skipped:
            say(
                t(
                    f"   跳过 PDF 和带图的 Word、幻灯片：{fault.text.zh}",
                    f"   PDF, and Word and slides with figures, are skipped: {fault.text.en}",
                )
            )
        self._skipped = True

    def finish(self) -> Path:
        """Write the page that lists all that was made."""
        from sanfu.report.landing import write_landing

        return write_landing(
            self.out,
            self.groups,
            title=Text("三赋 Sanfu 演示", "Sanfu 三赋, a demonstration"),
            subtitle=Text(
                f"合成企业 {self.firms:,} 户，种子 {self.seed}", f"{self.firms:,} synthetic firms"
            ),
            synthetic=True,
            next_steps=(
                *filter(None, [activation()]),
                "sanfu --help",
                f"sanfu ledger show -w {self.office.folder}",
                f"sanfu index build shanghai-srdi -w {self.office.folder} --year {YEAR}",
                t(
                    "sanfu new 我的办公室 --region shanghai",
                    "sanfu new my-office --region shanghai",
                ),
            ),
        )


def _bare(path: Path) -> str:
    """Name a file without what every name of the demo carries."""
    return path.stem.removeprefix("合成数据_").removeprefix("synthetic_")


def _named(zh: str, en: str) -> str:
    """Name a file in the language of the demo; every name says that its data are synthetic."""
    return str(t(f"合成数据_{zh}", f"synthetic_{en}"))


def _kinds(problems: Any, most: int) -> list[tuple[str, str, str, int]]:
    """Give the commonest findings: code, sentence in both languages, how many."""
    import polars as pl

    from sanfu.registry import problem_kinds
    from sanfu.report.materials.ledger import without_values

    kinds = problem_kinds()
    counts = problems.group_by("code").len().sort("len", "code", descending=[True, False])
    return [
        (code, without_values(kinds[code].zh), without_values(kinds[code].en), count)
        for code, count in counts.head(most).select("code", pl.col("len")).rows()
    ]
