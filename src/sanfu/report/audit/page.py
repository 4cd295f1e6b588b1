"""Write an audit as one HTML page (or any other document): checks first, then the way down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sanfu.errors import writing
from sanfu.index.audit.model import MADE_FROM, SEVERITIES
from sanfu.index.why.words import figure, number
from sanfu.language import Text, current_language
from sanfu.report.audit.follow import Follow
from sanfu.report.blocks import (
    Callout,
    Contents,
    Document,
    Heading,
    Paragraph,
    Table,
    TableColumn,
    Traced,
)
from sanfu.report.html import to_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.audit import Audit, AuditTable, Check
    from sanfu.report.blocks import Block, Inline
    from sanfu.workbook import Column

MOST_ROWS = 120
"""Rows of a table on the page; the workbook has all."""


def audit_document(audit: Audit, units: Sequence[str] = ()) -> Document:
    """Lay an audit out as a document that any writer of the report room can write.

    Parameters
    ----------
    audit
        What `Index.audit` gave.
    units
        Units whose firms and cells the HTML page shows; where none is named, the best one.
    """
    return _Page(audit, units, linked=False).document()


def audit_html(audit: Audit, units: Sequence[str] = ()) -> str:
    """Give the audit as one HTML page without scripts, each number a link to what it is made of."""
    page = _Page(audit, units)
    return to_html(page.document(), "audit.html.j2", follow=page.follow.view())


def write_audit(audit: Audit, path: Path | str, units: Sequence[str] = ()) -> Path:
    """Write the audit to ``.html`` (with the way down), ``.pdf`` or ``.docx`` (the checks)."""
    path = Path(path)
    if path.suffix == ".docx":
        from sanfu.report.word import write_docx  # noqa: PLC0415 - only for Word

        return write_docx(audit_document(audit, units), path)
    if path.suffix == ".pdf":
        from sanfu.report.pdf import write_pdf  # noqa: PLC0415 - only for PDF

        return write_pdf(audit_document(audit, units), path)
    page = audit_html(audit, units)
    with writing(path) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")
    return path


class _Page:
    def __init__(self, audit: Audit, units: Sequence[str], *, linked: bool = True) -> None:
        self.audit, self.linked = audit, linked
        self.follow = Follow(audit.index, audit.year, units)
        index = audit.index
        self.rows = {index.units[row]: row for row in self.follow.order}

    def document(self) -> Document:
        framework = self.audit.index.framework
        title = Text(
            f"{framework.name.text().zh}：体检", f"Audit of the {framework.name.text().en}"
        )
        year = "" if self.audit.year is None else f" · {self.audit.year}"
        return Document(
            title=str(title),
            language=current_language(),
            blocks=(
                *self._opening(),
                *(block for check in self.audit.checks for block in _of(check, self)),
                Heading(str(self.audit.threshold_table.title), 1),
                _table(self.audit.threshold_table, self),
            ),
            subtitle=f"{framework.framework} {framework.version}{year}",
            synthetic=self.follow.firms.synthetic,
            made_from=tuple(
                (str(MADE_FROM.get(name, name)), value)
                for name, value in self.audit.made_from.items()
            ),
        )

    def _opening(self) -> list[Block]:
        blocks: list[Block] = []
        if self.linked and self.follow.firms.known:
            said = Text(
                "本页列有企业逐户的数据和单元格，只供经办人员核对，不得公开或外传。",
                "This page lists firms' own data and cells: for the officer's eyes, not to be "
                "published or passed on.",
            )
            blocks.append(Callout((str(said),), "warning"))
        how = Text(
            "怎么读：先看结论和十一项检查；再点任何一个得分，逐层看到它由什么算出——"
            "分项、指标、标准化、处理、原值、公式，直到企业和文件里的单元格。",
            "How to read: the eleven checks come first; then click any score to see what it is "
            "made of: pillars, indicators, normalisation, treatment, figures, the formula, and "
            "down to firms and the cells of the files.",
        )
        blocks += [Paragraph((str(how),))] if self.linked else []
        blocks += [Contents(1), Heading(str(Text("结论", "summary")), 1), self._outcomes()]
        blocks += [Heading(str(Text("排名", "ranking")), 1), self._ranking()]
        return blocks

    def _outcomes(self) -> Table:
        columns = (
            TableColumn(str(Text("检查", "check")), "left", 1.2),
            TableColumn(str(Text("结果", "outcome")), "left", 3),
        )
        rows: tuple[tuple[Inline, ...], ...] = tuple(
            (f"{check.number}. {check.title}", str(check.in_words())) for check in self.audit.checks
        )
        return Table(str(Text("十一项检查", "the eleven checks")), columns, rows)

    def _ranking(self) -> Table:
        index = self.audit.index
        root = index.plan.nodes[-1]
        pillars = index.plan.children[root]
        labels = [str(index.framework.label(code)) for code in pillars]
        columns = (
            TableColumn(str(Text("名次", "rank")), "right", 0.5),
            TableColumn(str(Text("单元", "unit")), "left", 1.4),
            TableColumn(str(Text("得分", "score")), "right", 0.8),
            TableColumn(str(Text("数据覆盖", "coverage")), "right", 0.8),
            *(TableColumn(label, "right", 0.8) for label in labels),
        )
        rows: list[tuple[Inline, ...]] = []
        for row in self.follow.order:
            name = index.units[row]
            shown = [
                self.link(number(float(index.value(code)[row])), self.follow.key(row, code))
                for code in pillars
            ]
            rows.append(
                (
                    str(int(index.ranks[row, -1])),
                    self.link(name, self.follow.key(row)),
                    self.link(number(float(index.scores[row, -1])), self.follow.key(row, root)),
                    f"{index.coverage[row, -1]:.0%}",
                    *shown,
                )
            )
        caption = Text("排名与分项得分", "ranks and pillars")
        return Table(str(caption), columns, tuple(rows), synthetic=self.follow.firms.synthetic)

    def link(self, text: str, key: str) -> Inline:
        """Link a word to its way down, where the way stands on the page."""
        return Traced(text, key) if self.linked else text

    def cell(self, value: object, column: Column, row: dict[str, object]) -> Inline:
        """Print a table's cell; a unit links to its way down."""
        if column.name == "unit" and isinstance(value, str) and value in self.rows:
            return self.link(value, self.follow.key(self.rows[value]))
        del row
        if value is None:
            return "—"
        if column.show == "percent" and isinstance(value, float):
            return f"{value:.1%}"
        if isinstance(value, float):
            return figure(value)
        return f"{value:,}" if isinstance(value, int) else str(value)


def _of(check: Check, page: _Page) -> list[Block]:
    blocks: list[Block] = [
        Heading(str(_title(check)), 1),
        Paragraph((str(check.asks),)),
    ]
    if check.skipped is not None:
        blocks.append(Callout((str(check.in_words()),)))
    blocks.extend(
        Callout((f"{SEVERITIES[finding.severity]}{Text('：', ': ')}{finding.text}",), "warning")
        if finding.severity != "note"
        else Paragraph((str(finding.text),))
        for finding in check.findings
    )
    blocks.extend(_table(table, page) for table in check.tables)
    return blocks


def _title(check: Check) -> Text:
    return Text(f"检查 {check.number}：{check.title.zh}", f"Check {check.number}: {check.title.en}")


def _table(table: AuditTable, page: _Page) -> Table:
    shown = table.frame.head(MOST_ROWS)
    more = table.frame.height - shown.height
    caption = str(table.title)
    if more > 0:
        caption += str(
            Text(f"（共 {table.frame.height} 行，其余见 Excel）", f" ({more} more in the workbook)")
        )
    columns = tuple(
        TableColumn(str(column.label), "left" if column.show == "text" else "right")
        for column in table.columns
    )
    rows = tuple(
        tuple(page.cell(row[column.name], column, row) for column in table.columns)
        for row in shown.to_dicts()
    )
    return Table(caption, columns, rows)
