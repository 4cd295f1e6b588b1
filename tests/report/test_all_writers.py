"""Every writer, one document: nothing typed breaks it, and all print the same numbers."""

from __future__ import annotations

import html.parser
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pypdf
import pytest

from sanfu.errors import FileFault
from sanfu.language import use_language
from sanfu.report.blocks import (
    Callout,
    Contents,
    Document,
    Footnote,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Reference,
    SpeakerNotes,
    Table,
    TableColumn,
    Trace,
    Traced,
    UnknownReference,
)
from sanfu.report.composing import WRITERS
from sanfu.report.excel import write_xlsx
from sanfu.report.figures import ranking
from sanfu.report.fonts import FontFault, find_typeface, gb2312, readable
from sanfu.report.html import to_html, write_html
from sanfu.report.pdf import write_pdf
from sanfu.report.slides import write_pptx
from sanfu.report.word import write_docx

WRITE = {
    "html": write_html, "pdf": write_pdf, "docx": write_docx, "xlsx": write_xlsx,
    "pptx": write_pptx,
}  # fmt: skip
NASTY = (
    "a<b>&\"c'</td>", "$x$ #let y = 1 \\ ` ~ *b* _i_ @r", "=SUM(A1)", "+1-2", "@cmd",
    "{{ x }} {% if %} {fact}", "😀🏭", "㐂𠮷", "名" * 300, "x" * 300,
    "制\x07表\x00符", "孤\ud800代",
    "]]>", "﻿头", "行\n二", "'", "[:*?/\\]", "％（）“”", "a\u202eb",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _typeface():
    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))


def figure(names, title="排名"):
    frame = pl.DataFrame(
        {"name": list(names), "score": [90.5 - i for i in range(len(names))],
         "rank": list(range(1, len(names) + 1))}
    )  # fmt: skip
    return ranking(
        frame, title=title, unit="分", source="样例", as_of="2025", n="2", method="等权",
        synthetic=True,
    )  # fmt: skip


def nasty_document(words: str) -> Document:
    return Document(
        words or "x", "zh",
        (
            Contents(), Heading(words), Paragraph((words, Traced(words, "n1"), words)),
            Footnote((words,)), Callout((words,), "warning"), SpeakerNotes((words,)),
            Table(words, (TableColumn(words), TableColumn(words, "right")),
                  ((words, Traced("61.3", "n1")), (words, words)), source=words),
            Picture(figure([words.replace("\ud800", "?"), "甲"], words)), PageBreak(),
            Paragraph(("见", Reference("b8"))),
        ),
        subtitle=words, synthetic=True,
        traces={"n1": Trace("n1", words, words, ((words, words),), (words,))},
        made_from=((words, words),),
    )  # fmt: skip


def plain_document() -> Document:
    cells = tuple((f"区{i}", Traced(f"{60 + i}.{i}", f"n{i}"), f"{i * 7}.5%") for i in range(1, 9))
    return Document(
        "数", "zh",
        (
            Contents(), Heading("一章", anchor="one"),
            Paragraph(("甲 ", Traced("1,234.5", "n9"), " 万，乙 ", Traced("-0.7", "n10"), "。")),
            Footnote(("注来源",)),
            Table("各区",
                  (TableColumn("区"), TableColumn("分", "right"), TableColumn("率", "right")),
                  cells, anchor="tab"),
            Picture(figure(["甲", "乙"]), "fig"), Callout(("见", Reference("fig"))),
            Paragraph((Reference("tab"), "和", Reference("one"))),
        ),
        synthetic=True,
        traces={f"n{i}": Trace(f"n{i}", f"数{i}", "f(x)") for i in range(1, 11)},
    )  # fmt: skip


def shown(path: Path) -> str:
    """All words of a file, by reading it as its own format."""
    match path.suffix:
        case ".html":
            return page_words(path.read_text(encoding="utf-8"))
        case ".pdf":
            return "\n".join(p.extract_text() for p in pypdf.PdfReader(path).pages)
        case ".docx":
            import docx

            book = docx.Document(str(path))
            tags = {"}t": lambda e: e.text or "", "}p": lambda _: "\n"}
            body = book.element.body
            return "".join(tags[e.tag[-2:]](e) for e in body.iter() if e.tag[-2:] in tags)
        case ".xlsx":
            import openpyxl

            book = openpyxl.load_workbook(path)
            return "\n".join(str(c.value) for s in book for row in s.iter_rows() for c in row)
        case _:
            import pptx

            slides = pptx.Presentation(str(path)).slides
            found = [s.text_frame.text for p in slides for s in p.shapes if s.has_text_frame]
            found += [c.text for p in slides for s in p.shapes if s.has_table
                      for c in s.table.iter_cells()]  # fmt: skip
            return "\n".join(found)


def page_words(page: str) -> str:
    words: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_data(self, data):
            words.append(data)

    Reader().feed(page)
    return "".join(words)


def squeezed(words: str) -> str:
    """Words without spaces and breaks, which each format sets in its own way."""
    return re.sub(r"[\s\u200b\ufeff\u202e]|_x000D_", "", unicodedata.normalize("NFKC", words))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("ending", ["html", "xlsx"])
def test_the_data_of_a_figure_stand_under_words_in_the_reader_s_language(
    ending, language, tmp_path
):
    use_language(language)
    shape = figure(["甲", "乙"])
    expected = [str(shape.headings[name]) for name in shape.table.columns]
    document = Document("a", language, (Picture(shape),), synthetic=True)

    text = shown(WRITE[ending](document, tmp_path / f"a.{ending}"))

    assert {"zh": "名称", "en": "name"}[language] in expected
    assert all(words in text for words in expected)
    assert "('" not in text


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("words", NASTY, ids=range(len(NASTY)))
def test_whatever_is_typed_breaks_no_format(words, ending, tmp_path):
    document = nasty_document(words)

    text = shown(WRITE[ending](document, tmp_path / f"a.{ending}"))

    kept = "".join(m for m in words if m >= " " and not "\ud800" <= m <= "\udfff")
    expected = readable(kept) if ending == "pdf" else kept
    assert squeezed(expected)[:120] in squeezed(text)


@contextmanager
def full_disk(room: int):
    """No file may grow beyond this many bytes, as on a disk that has no more."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "xlsx"])
def test_a_full_disk_is_said_and_leaves_what_stood_there(ending, tmp_path, monkeypatch):
    path = tmp_path / f"a.{ending}"
    path.write_text("以前的", encoding="utf-8")
    monkeypatch.setattr("sanfu.report.pdf._compile", lambda *_, **__: [b"%PDF" * 2000])
    document = plain_document()

    with full_disk(1500), pytest.raises(FileFault, match=r"磁盘已满.*腾出空间"):
        WRITE[ending](document, path)

    assert path.read_text(encoding="utf-8") == "以前的"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "xlsx"])
def test_a_folder_of_the_file_s_name_is_said_and_nothing_is_left(ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    path.mkdir()

    with pytest.raises(FileFault, match="文件夹"):
        WRITE[ending](plain_document(), path)

    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_no_format_is_left_untested():
    assert set(WRITE) == set(WRITERS)


def coded_numbers(text: str) -> dict[str, str]:
    """Numbers and the codes beside them, as paper carries both."""
    return {key: number for number, key in re.findall(r"([+-]?[\d,]+\.?\d*)\[(n\d+)\]", text)}


def test_page_paper_and_word_print_the_same_numbers(tmp_path):
    document = plain_document()
    expected = {
        part.key: part.text
        for block in document.blocks
        for part in (
            block.line if isinstance(block, Paragraph)
            else [c for row in block.rows for c in row] if isinstance(block, Table) else ()
        )
        if isinstance(part, Traced)
    }  # fmt: skip
    page = to_html(document)
    linked = dict(re.findall(r'href="#t-(n\d+)">([^<]+)</a>', page))

    assert len(expected) == 10
    assert linked == expected
    assert coded_numbers(shown(write_docx(document, tmp_path / "a.docx"))) == expected
    assert coded_numbers(shown(write_pdf(document, tmp_path / "a.pdf"))) == expected


def test_the_cells_of_a_table_are_equal_in_every_format(tmp_path):
    import docx
    import openpyxl
    import pptx

    document = plain_document()
    word = docx.Document(str(write_docx(document, tmp_path / "a.docx"))).tables[0]
    of_word = [[re.sub(r"\[n\d+\]", "", c.text) for c in row.cells] for row in word.rows][1:]
    slides = pptx.Presentation(str(write_pptx(document, tmp_path / "a.pptx"))).slides
    table = next(s.table for p in slides for s in p.shapes if s.has_table)
    of_slide = [[c.text for c in row.cells] for row in table.rows][1:]
    sheet = openpyxl.load_workbook(write_xlsx(document, tmp_path / "a.xlsx")).worksheets[0]
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).startswith("区")][1:]
    page = re.findall(r"<tr><td[^>]*>(区\d)</td><td[^>]*><a[^>]*>([^<]+)</a></td><td[^>]*>([^<]+)<",
                      to_html(document))  # fmt: skip

    assert of_word == of_slide == [list(row) for row in page]
    assert [[r[0], f"{r[1]}", f"{round(r[2] * 100, 1)}%"] for r in rows] == of_word


def test_references_print_the_number_and_lead_to_the_place(tmp_path):
    document = plain_document()
    page = to_html(document)
    reader = pypdf.PdfReader(write_pdf(document, tmp_path / "a.pdf"))
    text = squeezed("".join(p.extract_text() for p in reader.pages))
    word = shown(write_docx(document, tmp_path / "a.docx"))

    assert '<a href="#fig">图 1</a>' in page
    assert 'id="fig"' in page
    for words in ("见图1", "表1和一章"):
        assert words in text
        assert words in squeezed(word)


def test_a_reference_to_nothing_is_refused_with_what_is_near():
    document = Document("x", "zh", (Picture(figure(["a"]), "fig"), Paragraph((Reference("figg"),))))

    with pytest.raises(UnknownReference, match="fig"):
        to_html(document)


def test_two_blocks_of_one_anchor_stay_apart():
    page = to_html(Document("x", "zh", (Heading("一", anchor="a"), Heading("二", anchor="a"))))

    assert 'id="a"' in page
    assert 'id="a-2"' in page


# What CI leaves to be looked at


def gallery_document() -> Document:
    """Every kind of block and every figure once."""
    import importlib.util

    file = Path(__file__).parents[2] / "examples" / "report_figures.py"
    spec = importlib.util.spec_from_file_location("report_figures", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    blocks = list(plain_document().blocks)
    for name, sample in module.FIGURES.items():
        blocks += [Heading(name, 2), Paragraph(("图样。",)), Picture(sample())]
    return Document("图样与文样（合成数据）", "zh", tuple(blocks), synthetic=True,
                    traces=plain_document().traces, made_from=(("seed", "7"),))  # fmt: skip


@pytest.fixture(scope="module")
def gallery(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    try:
        write_pdf(gallery_document(), folder / "gallery.pdf", standards=["a-2b", "ua-1"])
    except FontFault as fault:
        pytest.skip(str(fault))
    return folder / "gallery.pdf"


def test_every_page_can_be_looked_at_and_a_contact_sheet_is_left(gallery):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    root = Path(__file__).parents[2]
    folder = root / "out" / "report" if os.environ.get("CI") else gallery.parent
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["pdftoppm", "-r", "50", "-png", str(gallery), str(folder / "page")], check=True
    )  # fmt: skip
    pages = sorted(folder.glob("page-*.png"))
    sheet = "".join(f'<img src="{page.name}" style="border:1px solid #999">' for page in pages)
    (folder / "contact-sheet.html").write_text(f"<!doctype html>{sheet}", encoding="utf-8")

    assert len(pages) == len(pypdf.PdfReader(gallery).pages) >= 12
    assert all(page.stat().st_size > 2000 for page in pages)


def test_the_pdf_has_its_fonts_no_missing_glyph_and_every_caption(gallery):
    reader = pypdf.PdfReader(gallery)
    text = "".join(page.extract_text() for page in reader.pages)
    fonts = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    ]

    assert "\ufffd" not in text
    assert "\x00" not in text
    assert all("/ToUnicode" in font for font in fonts)
    assert all(
        "/FontFile3" in d.get_object()["/FontDescriptor"] for f in fonts
        for d in f["/DescendantFonts"]
    )  # fmt: skip
    captions = [f"图{i}" for i in range(1, 24)]
    assert all(words in squeezed(text) for words in captions)


def test_the_pdf_s_links_lead_somewhere_and_its_pictures_have_alternatives(gallery):
    reader = pypdf.PdfReader(gallery)
    links = [
        a.get_object() for page in reader.pages for a in page.get("/Annots", [])
        if a.get_object()["/Subtype"] == "/Link"
    ]  # fmt: skip
    figures = [e for e in elements(reader) if e.get("/S") == "/Figure"]

    assert len(links) >= 40
    assert all("/Dest" in link or "/A" in link for link in links)
    assert len(figures) == 23
    assert all(str(e["/Alt"]).strip() for e in figures)
    assert len(reader.outline) >= 2


def elements(reader):
    """All structure elements of a tagged PDF."""
    todo = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while todo:
        node = todo.pop().get_object()
        if isinstance(node, list):
            todo += list(node)
        elif isinstance(node, dict):
            yield node
            if "/K" in node and not isinstance(node["/K"], int):
                todo.append(node["/K"])


def test_the_pdf_states_both_standards(gallery):
    """An outside validator checks what they ask for: see `test_documents_on_paper`."""
    reader = pypdf.PdfReader(gallery)
    root = reader.trailer["/Root"]
    described = root["/Metadata"].get_object().get_data().decode("utf-8")

    assert re.search(r"pdfaid:part(>|=\")2", described)
    assert re.search(r"pdfaid:conformance(>|=\")B", described)
    assert re.search(r"pdfuaid:part(>|=\")1", described)
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(root["/Lang"]).startswith("zh")
    assert "/Encrypt" not in reader.trailer
    assert not any("JavaScript" in str(k) for k in root.get("/Names", {}))


def test_another_s_checker_of_accessibility_finds_no_fault(gallery):
    """pdfua: a second checker, of a sixth of PDF/UA-1's rules."""
    pytest.importorskip("pdfua", reason="pdfua is in the group `test`")

    done = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", str(gallery)], capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONWARNINGS": ""},
    )  # fmt: skip

    assert "errors=0 warnings=0" in done.stdout, done.stdout + done.stderr


def test_all_characters_of_gb_2312_can_be_printed(tmp_path):
    marks = "".join(sorted(gb2312()))
    lines = [marks[at : at + 40] for at in range(0, len(marks), 40)]
    document = Document("字", "zh", tuple(Paragraph((line,)) for line in lines))

    reader = pypdf.PdfReader(write_pdf(document, tmp_path / "a.pdf"))
    text = "".join(page.extract_text() for page in reader.pages)

    assert len(marks) == 6763
    assert readable(marks) == marks
    assert set(marks) <= set(unicodedata.normalize("NFKC", text)) | set(text)
