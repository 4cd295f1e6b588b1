"""A PDF held to its standards by an outside validator, and by its own bytes where that one errs.

`page` (PyPI's page-validation) checks 104 rules of PDF/UA-1 and 144 of PDF/A-2b. It errs in two:

- `STREAM_LENGTH` (ISO 19005-2, 6.1.7.1): it takes a CR LF before ``endstream`` for one end of
  line, also where the CR is the last byte of the data, as of one compressed stream in 256. veraPDF
  counts as ``/Length`` says there (``checkEndstreamSpacings`` of its ``SeekableCOSParser``).
- `GLYPH_WIDTH` (6.2.11.5; PDF/UA-1, 7.21.5): it reads the real number ``0.001`` of a CFF program's
  FontMatrix as 0, and with it each width; spelt ``.001`` it reads it.

`respelt` writes the same document so that it stumbles over neither; there it must find nothing.
What the two rules ask for, `ends_of_streams` and `fonts` read from the file as we wrote it.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pikepdf
from fontTools.cffLib import CFFFontSet
from fontTools.pens.basePen import NullPen

if TYPE_CHECKING:
    from pathlib import Path

STREAM_LENGTH = {"PDFA2B-STREAM-LENGTH-001"}
GLYPH_WIDTH = {"PDFUA1-FONT-GLYPH-WIDTH-001", "PDFA2B-TRUETYPE-GLYPH-WIDTH-001"}
MISREAD = bytes.fromhex("1e 0a 00 1f")
"""0.001 as typst spells it in a CFF program: the digits 0 . 0 0 1 of four bits each, and an end."""
READ = bytes.fromhex("1e a0 01 ff")
"""The same number as .001."""


def findings(pdf: Path, profile: str) -> dict[str, str]:
    """Give each rule of ``ua1`` or ``2b`` that the validator finds broken, with what it says."""
    import page

    found = page.validate_pdf(str(pdf), profile=profile)
    assert found.rules.total > 100
    return {one.rule_id: one.message for one in found.failures}


def respelt(pdf: Path, into: Path) -> Path:
    """Save the same document with .001 for 0.001, and unpacked what ends in a CR when packed."""
    with pikepdf.open(pdf) as file:
        for one in file.objects:
            if not isinstance(one, pikepdf.Stream):
                continue
            if one.get("/Subtype") == "/CIDFontType0C":
                one.write(one.read_bytes().replace(MISREAD, READ, 2))  # width and height
            elif one.read_raw_bytes().endswith(b"\r"):
                one.write(one.read_bytes())
        file.save(into, compress_streams=False)
    return into


def ends_of_streams(pdf: Path) -> set[tuple[bytes, bytes]]:
    """Give what stands before and after the data of the streams, as long as ``/Length`` says.

    Before: from the keyword ``stream``; after: to the next object. They are found by the offsets
    of the file's table of objects, and by nothing else.
    """
    file, found = pdf.read_bytes(), set()
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\s*$", file)[1])
    starts = sorted(int(at) for at in re.findall(rb"(\d{10}) \d{5} n", file[table:]))
    for start, end in zip(starts, [*starts[1:], table], strict=True):
        part = file[start:end]
        if head := re.match(rb"\d+ 0 obj\n<<.*?>>\s*stream(\s*?\n)", part, re.DOTALL):
            (length,) = re.findall(rb"/Length (\d+)(?=[/>])", head[0])
            found.add((head[1], part[head.end() + int(length) :]))
    return found


@dataclass
class Font:
    """A typeface in the file: what the PDF says of its glyphs and what its program says."""

    stated: dict[int, float]
    """Widths by CID, as of ``/W``."""
    otherwise: float
    """The width of what is not there, as of ``/DW``."""
    drawn: dict[int, float]
    """Widths by CID, as the CFF program draws them, in thousandths."""

    def wrong(self) -> dict[int, tuple[float, float]]:
        """Give what is drawn and what is stated where they differ."""
        both = {
            cid: (width, self.stated.get(cid, self.otherwise)) for cid, width in self.drawn.items()
        }
        return {cid: (one, other) for cid, (one, other) in both.items() if abs(one - other) > 0.001}


def fonts(pdf: Path) -> list[Font]:
    """Read both widths of every glyph of every typeface; fontTools reads the programs."""
    with pikepdf.open(pdf) as file:
        return [_font(one) for one in file.objects if is_font(one)]


def is_font(one: pikepdf.Object) -> bool:
    """Whether it is what a PDF says of a typeface whose program is CFF."""
    return isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/CIDFontType0"


def _font(part: pikepdf.Dictionary) -> Font:
    stated: dict[int, float] = {}
    ranges = list(part["/W"])
    while ranges:
        first, second, *ranges = ranges
        if isinstance(second, pikepdf.Array):
            stated |= {int(first) + at: float(width) for at, width in enumerate(second)}
        else:
            width, *ranges = ranges
            stated |= dict.fromkeys(range(int(first), int(second) + 1), float(width))
    file = CFFFontSet()
    file.decompile(io.BytesIO(part["/FontDescriptor"]["/FontFile3"].read_bytes()), None)
    program = file[0]
    drawn = {}
    for at, name in enumerate(program.charset):
        glyph = program.CharStrings[name]
        glyph.draw(NullPen())
        matrix = program.FDArray[program.FDSelect[at]].FontMatrix
        cid = 0 if name == ".notdef" else int(name.removeprefix("cid"))
        drawn[cid] = glyph.width * program.FontMatrix[0] * matrix[0] * 1000
    return Font(stated, float(part.get("/DW", 1000)), drawn)
