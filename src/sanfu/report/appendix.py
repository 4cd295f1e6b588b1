"""The appendix of traces as paper carries it: what numbers share is said once.

A report has a thousand traced numbers but some fifty formulas. PDF and Word group the traces by
what they are, formula and inputs; below each group one short line a number has its codes, the
region, the inputs' values and the first cell. Files are named once. HTML and Excel list all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.language import Text
from sanfu.report.blocks import Traced, plain_words, printed_keys, sorted_traces

if TYPE_CHECKING:
    from sanfu.report.blocks import Document, Inline, Trace

CELLS_ON_PAPER = 1
_CELL = re.compile(r"^(?P<what>.*?)：(?P<sheet>.+ › .*) › (?P<row>[^›]+)$")
_PART = " · "


@dataclass(frozen=True)
class TraceLine:
    """One line of a group: the codes that it explains, whose number it is, values and cells."""

    keys: tuple[str, ...]
    what: str
    values: tuple[str, ...]
    cells: tuple[str, ...]

    def words(self) -> str:
        """Give what stands after the codes."""
        parts = [self.what, "，".join(self.values), *self.cells]
        return "  ".join(part for part in parts if part)


@dataclass(frozen=True)
class TraceGroup:
    """Traces of one formula over the same inputs."""

    what: str
    formula: str
    inputs: tuple[str, ...]
    lines: tuple[TraceLine, ...]

    def words(self) -> str:
        """Give formula and inputs in one line."""
        inputs = str(Text("、", ", ")).join(self.inputs)
        return str(Text("；", "; ")).join(part for part in (self.formula, inputs) if part)


@dataclass(frozen=True)
class Appendix:
    """All groups, and the sheets that their cells name by number."""

    groups: tuple[TraceGroup, ...]
    sheets: tuple[tuple[str, str], ...]
    """Mark and ``file › sheet``."""


def appendix_of(document: Document) -> Appendix:
    """Group the traces of a document for paper, in the order of their first codes.

    Only those of numbers that the document prints: what they derive from besides is written out
    in HTML and Excel.
    """
    printed = printed_keys(document)
    sheets: dict[str, str] = {}
    groups: dict[tuple[str, str, tuple[str, ...]], dict[tuple[str, ...], list[Trace]]] = {}
    for trace in (one for one in sorted_traces(document) if one.key in printed):
        own, _, part = trace.what.rpartition(_PART)
        names = tuple(name for name, _ in trace.inputs)
        group = groups.setdefault((part if own else "", trace.formula, names), {})
        values = tuple(_coded(value, printed) for _, value in trace.inputs)
        same = (trace.what, *values, *trace.cells)
        group.setdefault(same, []).append(trace)
    made = []
    for (part, formula, names), found in groups.items():
        lines = []
        for traces in found.values():
            first = traces[0]
            lines.append(
                TraceLine(
                    tuple(trace.key for trace in traces),
                    first.what.removesuffix(_PART + part) if part else first.what,
                    tuple(_coded(value, printed) for _, value in first.inputs),
                    _cells(first, document, sheets),
                )
            )
        made.append(TraceGroup(part, formula, names, tuple(lines)))
    return Appendix(tuple(made), tuple((mark, name) for name, mark in sheets.items()))


def _coded(value: Inline, printed: set[str]) -> str:
    """Give an input's value, with its code where the appendix has it."""
    if isinstance(value, Traced):
        return f"{value.text} [{value.key}]" if value.key in printed else value.text
    return plain_words((value,))


def _cells(trace: Trace, document: Document, sheets: dict[str, str]) -> tuple[str, ...]:
    """Give the first cells with their sheets by number, and how many more there are."""
    shown = []
    for cell in trace.cells[:CELLS_ON_PAPER]:
        found = _CELL.match(cell)
        if found is None:
            if not trace.total:  # else it only says how to list them all
                shown.append(cell)
            continue
        mark = sheets.setdefault(found["sheet"], f"〔{len(sheets) + 1}〕")
        shown.append(f"{found['what']} {mark}{found['row']}")
    total = trace.total or len(trace.cells)
    if total > len(shown):
        rest = Text(f"等 {total:,} 格", f"… {total:,} cells")
        shown.append(rest.in_language(document.language))
    return tuple(shown)


def reading_help(document: Document) -> str:
    """Say how the appendix is read."""
    return Text(
        "正文中数字旁的编号在此说明：同一算法列在一起，先写公式和输入，再逐行写编号、地区、各输入的值和"
        "第一个单元格（〔〕为文件和工作表，见末尾）；其余单元格见网页或 Excel 版，"
        "或用 sanfu index explain 逐格列出。",
        "Codes beside numbers are explained here, grouped by formula: first formula and inputs, "
        "then a line with the codes, the region, the inputs' values and the first cell (file and "
        "sheet by number, listed at the end); the HTML and Excel versions have more cells, and "
        "sanfu index explain lists each.",
    ).in_language(document.language)
