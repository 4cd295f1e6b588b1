"""How long reports take, on synthetic content; the peer is WeasyPrint on the same page.

Wanted: a report of 60 pages with 40 figures, all formats, <= 30 s; a 120-page PDF's typesetting
<= 6 s; 8,288 firm pages as HTML <= 180 s, as PDF in a batch that can be resumed. Firm pages are
the real ones of the synthetic registry, 2,000 as HTML and 240 as PDF (all with ``--all``).

    python -m benchmarks report          python -m benchmarks.report --all
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf

from sanfu.registry.sample import shanghai
from sanfu.registry.sample.dirty import write_dirty
from sanfu.report.blocks import (
    Contents,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    Trace,
    Traced,
)
from sanfu.report.composing import write_document
from sanfu.report.firm_batch import write_pages
from sanfu.report.html import to_html
from sanfu.report.pdf import write_pdf
from sanfu.workspace import new_workspace

if TYPE_CHECKING:
    from sanfu.workspace import Workspace

FIRMS = 8_288
WORDS = "本区专精特新企业数量与质量同步提升，研发投入保持增长，名次与上年相比变化不大。"


def sample_figures() -> dict:
    """The gallery's figures, made anew at each call."""
    file = Path(__file__).parents[1] / "examples" / "report_figures.py"
    spec = importlib.util.spec_from_file_location("report_figures", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FIGURES


def table(rows: int) -> Table:
    """A table of traced numbers."""
    return Table(
        "各区分项得分",
        (TableColumn("区", share=2), *(TableColumn(f"指标{i}", "right") for i in range(6))),
        tuple((f"地区{r:02d}", *(Traced(f"{(r * 7 + c) % 100}.{c}", f"n{(r * 6 + c) % 200}")
                              for c in range(6))) for r in range(rows)),
        source="示例", synthetic=True,
    )  # fmt: skip


def report(figures: int, chapters: int, rows: int) -> Document:
    """A report of chapters with text, a table and figures; figures differ by their titles."""
    import dataclasses

    samples = list(sample_figures().values())
    blocks: list = [Contents()]
    drawn = 0
    for chapter in range(chapters):
        blocks.append(Heading(f"第 {chapter + 1} 章"))
        for part in range(2):
            blocks += [Heading(f"第 {part + 1} 节", 2), *(
                Paragraph((WORDS * 4, Traced(f"{61 + i}.3", f"n{i}"), "。")) for i in range(3)
            )]  # fmt: skip
            blocks.append(table(rows))
            while drawn * chapters * 2 < figures * (chapter * 2 + part + 1):
                figure = samples[drawn % len(samples)]()
                words = f"{figure.title}（{drawn + 1}）"
                spec = {**figure.spec, "description": words}  # no picture is drawn from a cache
                blocks.append(Picture(dataclasses.replace(figure, title=words, spec=spec)))
                drawn += 1
    traces = {f"n{i}": Trace(f"n{i}", f"第 {i} 个数", "mean(x)", (("x", "1"),), ("a.xlsx › B2",))
              for i in range(200)}  # fmt: skip
    return Document("基准报告（合成数据）", "zh", tuple(blocks), synthetic=True, traces=traces,
                    created=dt.date(2026, 1, 1))  # fmt: skip


def sample_office(folder: Path) -> Workspace:
    """The synthetic registry, imported from its dirty files."""
    office = new_workspace(folder, region="shanghai")
    write_dirty(shanghai(firms=FIRMS, seed=7), office.inbox / "files", 7)
    for file in sorted((office.inbox / "files").glob("*.*")):
        office.take(file)
    return office


def clock(name: str, do) -> float:
    """Print how long it takes."""
    start, used = time.perf_counter(), processor()
    said = do()
    seconds, busy = time.perf_counter() - start, processor() - used
    print(f"{name:58} {seconds:8.2f} s  ({busy:7.2f} s of processor)  {said or ''}", flush=True)
    return seconds


def processor() -> float:
    """Seconds of processor that this process and its children have used; free of others' load."""
    both = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def city_report(folder: Path) -> None:
    """Time the city's report in each format."""
    made: dict = {}

    def city() -> str:
        made["city"] = report(40, 10, 28)
        return "40 figures"

    total = clock("city report: compose", city)
    for ending in ("html", "pdf", "docx", "xlsx", "pptx"):
        file = folder / f"city.{ending}"
        total += clock(
            f"city report: {ending}", lambda f=file: _size(write_document(made["city"], f))
        )
    pages = len(pypdf.PdfReader(folder / "city.pdf").pages)
    print(f"{'city report: all five formats':58} {total:8.2f} s   {pages} pages, wanted <= 30 s")


def long_report(folder: Path) -> None:
    """Time the setting of a long report, and the peer's."""
    long = report(40, 29, 58)
    write_pdf(long, folder / "long.pdf")  # its figures are drawn and kept
    name = "long report: typesetting, figures drawn before"
    ours = clock(name, lambda: _size(write_pdf(long, folder / "long.pdf")))
    pages = len(pypdf.PdfReader(folder / "long.pdf").pages)
    print(f"{'':58} {pages} pages, wanted 120 in <= 6 s")
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        print(f"WeasyPrint cannot run here: {error}")
        return
    page = to_html(long)
    peer = folder / "peer.pdf"
    theirs = clock(
        "long report: WeasyPrint (peer), the same page as PDF",
        lambda: weasyprint.HTML(string=page).write_pdf(peer),
    )
    print(f"{'':58} {len(pypdf.PdfReader(peer).pages)} pages")
    print(f"{'RATIO WeasyPrint / typst':58} {theirs / ours:8.1f} x")


def firm_pages(folder: Path, *, every: bool) -> None:
    """Time a page a firm of the sample in all processes, and the same batch again."""
    office = sample_office(folder / "office")
    keys = office.ledger.firms["firm"].to_list()

    def batch(form: str, firms: list[str]) -> str:
        on, out = dt.date(2024, 5, 1), folder / form
        done = write_pages(office.folder, firms, out, on, year=2023, form=form)
        return f"{len(done.written)} written, {len(done.kept)} kept"

    for form, some in (("html", 2_000), ("pdf", 240)):
        firms = keys if every else keys[:some]
        seconds = clock(f"{len(firms)} firm pages, {form}", lambda f=form, k=firms: batch(f, k))
        wanted = ", wanted <= 180 s" if form == "html" else ""
        print(f"{'':58} {seconds / len(firms) * FIRMS:8.1f} s for {FIRMS:,}{wanted}")
        clock("the same batch again", lambda f=form, k=firms: batch(f, k))


def main() -> None:
    """Print every time, and the ratio to WeasyPrint's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_document(report(1, 1, 2), folder / "warm.pdf")
        city_report(folder)
        long_report(folder)
        firm_pages(folder, every="--all" in sys.argv)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak:.0f} MiB")


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
