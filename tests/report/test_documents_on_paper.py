"""Every kind of document that ships, on paper: pages, glyphs, captions, links, numbers.

Each is made once a session; CI leaves its pages and a contact sheet in ``out/report``.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pikepdf
import pypdf
import pytest

from sanfu.exchange import (
    desk_report,
    desk_rules,
    make_event,
    match,
    repair,
    sample_event,
    schedule,
)
from sanfu.exchange.desk.sample import sample_desk
from sanfu.language import Text, use_language
from sanfu.registry.sample import shanghai
from sanfu.report import compose
from sanfu.report.blocks import Document, Picture, Table, Traced
from sanfu.report.event import badges, change_notice, host_sheets, personal_schedules, room_plan
from sanfu.report.firm import FirmPages
from sanfu.report.fonts import FontFault, find_typeface
from sanfu.report.html import to_html
from sanfu.report.pdf import write_pdf
from sanfu.report.word import write_docx
from tests.report.conftest import ON
from tests.report.outside import (
    GLYPH_WIDTH,
    STREAM_LENGTH,
    ends_of_streams,
    findings,
    fonts,
    is_font,
    respelt,
)
from tests.report.test_all_writers import (
    coded_numbers,
    elements,
    gallery_document,
    plain_document,
    shown,
    squeezed,
)

OUTLINES = ("city-index", "district", "index-page", "interpretation")
EVENT = {
    "personal-schedules": personal_schedules, "host-sheets": host_sheets, "room-plan": room_plan,
    "badges": badges,
}  # fmt: skip
PAGES = {
    "city-index": (50, 95), "district": (8, 20), "index-page": (4, 16), "interpretation": (6, 20),
    "firm": (2, 8), "service-year": (2, 10), "personal-schedules": (2, 40), "host-sheets": (2, 40),
    "room-plan": (1, 12), "badges": (1, 12), "change-notice": (1, 3), "gallery": (12, 20),
}  # fmt: skip
"""Kind of document → fewest and most pages that one would sign."""


@dataclass
class Paper:
    """A document and its PDF."""

    name: str
    document: Document
    path: Path

    @cached_property
    def reader(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(self.path)

    @cached_property
    def pages(self) -> list[str]:
        return [page.extract_text() for page in self.reader.pages]

    @property
    def text(self) -> str:
        return "".join(self.pages)


def made(name: str, results_of, office) -> Document:
    if name in OUTLINES:
        return compose(name, *results_of(name), focus="杨浦区").document
    if name == "gallery":
        return gallery_document()
    if name == "firm":
        pages = FirmPages(office.ledger, ON, year=2023)
        return compose("firm", pages.page(next(iter(pages.holds)))).document
    if name == "service-year":
        sample = shanghai(firms=500, seed=3)
        records = sample_desk(sample.firms, year=2023, bookings=400)
        first, last = dt.date(2023, 1, 1), dt.date(2023, 12, 31)
        found = desk_report(
            records, sample.firms, sample.titles, start=first, end=last, rules=desk_rules()
        )
        return compose("service-year", found).document
    sample = sample_event()
    found = match(sample.needs, sample.providers, top=5)
    event, _ = make_event(found, name=Text("对接会", "meetings"), day=dt.date(2026, 6, 10))
    table = schedule(event)
    if name == "change-notice":
        return change_notice(repair(table, absent=[table.frame["guest"][0]]))
    return EVENT[name](table)


@pytest.fixture(scope="session", params=PAGES)
def paper(request, tmp_path_factory, results_of, report_office) -> Paper:
    use_language("zh")
    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))
    document = made(request.param, results_of, report_office)
    path = tmp_path_factory.mktemp("paper") / f"{request.param}.pdf"
    return Paper(request.param, document, write_pdf(document, path, standards=["a-2b", "ua-1"]))


def numbers(document: Document) -> dict[str, str]:
    """The traced numbers of a document by their codes."""
    found: dict[str, str] = {}
    for block in document.blocks:
        lines = block.rows if isinstance(block, Table) else (getattr(block, "line", ()),)
        found |= {p.key: p.text for line in lines for p in line if isinstance(p, Traced)}
    return found


def test_it_has_as_many_pages_as_one_would_sign(paper):
    least, most = PAGES[paper.name]

    assert least <= len(paper.reader.pages) <= most


def test_no_glyph_is_missing_in_its_text_and_its_fonts(paper):
    fonts = {
        font.idnum: font.get_object()
        for page in paper.reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }

    assert fonts
    assert not re.search("[\ufffd\x00\u25a1]", paper.text)
    assert all("/ToUnicode" in font for font in fonts.values())
    assert all(
        "/FontFile3" in part.get_object()["/FontDescriptor"]
        for font in fonts.values() for part in font["/DescendantFonts"]
    )  # fmt: skip


def test_every_caption_stands_on_paper_and_every_picture_has_its_words(paper):
    text = squeezed(paper.text)
    pictures = [block for block in paper.document.blocks if isinstance(block, Picture)]
    tables = [b for b in paper.document.blocks if isinstance(b, Table) and b.caption]
    alternatives = [
        str(element["/Alt"]).strip()
        for element in elements(paper.reader) if element.get("/S") == "/Figure"
    ]  # fmt: skip

    for number, picture in enumerate(pictures, start=1):
        assert f"图{number}{squeezed(picture.figure.title)}" in text
    for number, table in enumerate(tables, start=1):
        assert f"表{number}{squeezed(table.caption)}" in text
    assert len(alternatives) >= len(pictures)
    assert all(alternatives)


def test_every_link_leads_somewhere(paper):
    links = [
        note.get_object() for page in paper.reader.pages for note in page.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Link"
    ]  # fmt: skip

    assert all("/Dest" in link or "/A" in link for link in links)
    assert len(links) >= len(numbers(paper.document))


def test_its_numbers_and_their_codes_stand_on_paper(paper):
    expected = numbers(paper.document)
    text = squeezed(paper.text)

    assert [key for key, words in expected.items() if f"{squeezed(words)}[{key}]" not in text] == []
    explained = set(re.findall(r"n\d+", paper.text.rpartition("附：数字来源")[2]))
    assert set(expected) <= explained


@pytest.mark.parametrize("profile", ["ua1", "2b"])
def test_an_outside_validator_finds_no_fault(paper, tmp_path, profile):
    assert findings(respelt(paper.path, tmp_path / "respelt.pdf"), profile) == {}
    assert findings(paper.path, profile).keys() <= STREAM_LENGTH | GLYPH_WIDTH


def test_what_that_validator_misreads_is_right_in_the_file(paper):
    """Each stream is as long as it says, each glyph as wide as the PDF says."""
    typefaces = fonts(paper.path)

    assert ends_of_streams(paper.path) == {(b"\n", b"\nendstream\nendobj\n")}
    assert [font.wrong() for font in typefaces] == [{}] * len(typefaces)
    assert sum(len(font.drawn) for font in typefaces) > 20


def test_that_validator_says_what_a_pdf_without_the_standards_lacks(tmp_path):
    pdf = write_pdf(plain_document(), tmp_path / "plain.pdf")

    assert "PDFUA1-ID-SCHEMA-001" in findings(pdf, "ua1")
    assert "PDFA2B-ID-SCHEMA-001" in findings(pdf, "2b")


def test_a_wrong_length_and_a_wrong_width_are_found_both_ways(tmp_path):
    pdf = write_pdf(plain_document(), tmp_path / "plain.pdf", standards=["a-2b", "ua-1"])
    short, wide = tmp_path / "short.pdf", tmp_path / "wide.pdf"
    cut = re.compile(rb"(?<=/Length )(\d*)([1-9])(?=[/>])")
    by_one = cut.sub(lambda found: found[1] + b"%d" % (int(found[2]) - 1), pdf.read_bytes(), 1)
    short.write_bytes(by_one)
    with pikepdf.open(pdf) as file:
        for one in file.objects:
            if is_font(one):
                one["/W"][2] += 9
        file.save(wide)

    assert len(ends_of_streams(short)) == 2
    assert findings(short, "2b").keys() & STREAM_LENGTH
    assert all(font.wrong() for font in fonts(wide))
    assert findings(respelt(wide, tmp_path / "respelt.pdf"), "2b").keys() <= GLYPH_WIDTH
    assert findings(tmp_path / "respelt.pdf", "2b")


def test_synthetic_data_are_said_to_be_so_on_every_page(paper):
    assert paper.document.synthetic
    assert all("合成数据" in page for page in paper.pages)


def test_its_pages_can_be_looked_at_and_a_contact_sheet_is_left(paper):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    root = Path(__file__).parents[2]
    folder = (root / "out" / "report" if os.environ.get("CI") else paper.path.parent) / paper.name
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["pdftoppm", "-r", "34", "-png", str(paper.path), str(folder / "page")], check=True
    )  # fmt: skip
    pages = sorted(folder.glob("page-*.png"))
    sheet = "".join(f'<img src="{page.name}" style="border:1px solid #999">' for page in pages)
    (folder / "contact-sheet.html").write_text(f"<!doctype html>{sheet}", encoding="utf-8")

    assert len(pages) == len(paper.reader.pages)
    assert all(page.stat().st_size > 1000 for page in pages)


def test_page_paper_and_word_print_the_numbers_of_the_result(tmp_path, results_of):
    """Parsed back out of each format, the scores of a district's report are the index's."""
    made_of = results_of("district")
    index = next(one for one in made_of if type(one).__name__ == "Index")
    document = compose("district", *made_of, focus="杨浦区").document
    expected = {
        unit: f"{score:.1f}" for unit, score in index.ranking.select("unit", "score").iter_rows()
    }
    scores = next(
        block for block in document.blocks
        if isinstance(block, Table) and "得分表" in block.caption
    )  # fmt: skip
    codes = {row[1]: row[2].key for row in scores.rows}
    assert set(codes) == set(expected)

    said = to_html(document).partition('class="traces"')[0]  # below, inputs lead on as well
    page = dict(re.findall(r'href="#t-(n\d+)">([^<]+)</a>', said))
    word = coded_numbers(shown(write_docx(document, tmp_path / "a.docx")))
    printed = coded_numbers(squeezed(shown(write_pdf(document, tmp_path / "a.pdf"))))

    for found in (page, word, printed):
        assert {unit: found[codes[unit]] for unit in expected} == expected


def test_every_traced_number_is_the_same_on_page_on_paper_and_in_word(tmp_path, results_of):
    document = compose("district", *results_of("district"), focus="杨浦区").document
    expected = numbers(document)

    said = to_html(document).partition('class="traces"')[0]  # below, inputs lead on as well
    said = re.sub(
        r"<(figcaption|caption)\b.*?</\1>", "", said, flags=re.DOTALL
    )  # whole tables' links
    page = dict(re.findall(r'href="#t-(n\d+)">([^<]+)</a>', said))
    word = squeezed(shown(write_docx(document, tmp_path / "a.docx")))

    assert len(expected) > 100
    assert page == expected
    assert [key for key, words in expected.items() if f"{squeezed(words)}[{key}]" not in word] == []
