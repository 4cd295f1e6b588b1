"""The table of size classes as a document for the lawyer: every limit, to compare and sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.ladder import SELF_CHECK
from sanfu.language import Language, Text, current_language
from sanfu.registry.sme_size import CLASSES, read_size_scheme
from sanfu.report.blocks import Callout, Document, Heading, Paragraph, Table, TableColumn
from sanfu.report.rulebook import signature_table, write_printed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.ladder.lint import LintFinding

_MEASURES = {
    "staff": Text("从业人员", "staff"),
    "revenue": Text("营业收入", "revenue"),
    "assets": Text("资产总额", "assets"),
}
_MARKS = {"P": Text("已公开", "published"), "M": Text("待核对", "to check")}


def size_document(
    *, findings: Sequence[LintFinding] = (), language: Language | None = None
) -> Document:
    """Lay the table out: a row an industry and measure with the three lower limits."""
    scheme, spoken = read_size_scheme(), language or current_language()

    def say(zh: str, en: str) -> str:
        return Text(zh, en).in_language(spoken)

    rows = [
        (
            row.name.text().in_language(spoken) if first else "",
            say("、", ", ").join(row.industries) if first else "",
            _MEASURES[measure].in_language(spoken),
            *limits,
            _MARKS[row.mark].in_language(spoken),
        )
        for row in scheme.rows
        for first, (measure, limits) in zip((True, False, False), row.limits.items(), strict=False)
    ]
    heads = [
        (say("行业", "industry"), 1.4),
        (say("国民经济行业代码", "GB/T 4754 codes"), 2.2),
        (say("指标", "measure"), 1.0),
        *((say(*words), 1.1) for words in zip(("大型", "中型", "小型"), CLASSES, strict=True)),
        (say("标记", "mark"), 0.8),
    ]
    said = [one.in_words().in_language(spoken) for one in findings] or [
        say(
            "机器检查（lint）：没有发现问题。机器检查不能代替与原文逐条核对。",
            "Machine check (lint): nothing found. It does not replace comparing with the text.",
        )
    ]
    return Document(
        title=scheme.name.text().in_language(spoken),
        subtitle=scheme.source,
        language=spoken,
        blocks=(
            Callout((SELF_CHECK.in_language(spoken),), "warning"),
            Paragraph(
                (
                    say(
                        "表中为各类型的下限，含本数；各项都达到才属于该类型，有一项不到就下划一类；"
                        "小型以下为微型。",
                        "Lower limits, the number included; a class needs all of them, else the "
                        "firm drops one class; below small is micro.",
                    ),
                )
            ),
            *(Callout((line,), "note") for line in said),
            Heading(say("各行业下限", "Lower limits by industry")),
            Table(
                say("中小企业划型标准", "SME size classes"),
                tuple(TableColumn(label, share=share) for label, share in heads),
                tuple(rows),
                source=scheme.source,
            ),
            Heading(say("审签", "Signature")),
            signature_table(spoken, scheme.source),
        ),
        made_from=((say("方案", "scheme"), scheme.scheme),),
    )


def print_sizes(path: Path, *, findings: Sequence[LintFinding] = ()) -> Path:
    """Write the table as Word (.docx), a web page (.html) or PDF (.pdf).

    Raises
    ------
    InputError
        Another ending.
    """
    return write_printed(size_document(findings=findings), path)
