"""The rulebook as a document for the lawyer: each rule beside its official sentence, to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.errors import InputError
from sanfu.ladder import MARKS, SELF_CHECK, TIER_WORDS, read_rulebook
from sanfu.ladder.words import formula_words
from sanfu.language import Language, Text, current_language
from sanfu.report.blocks import (
    Block,
    Callout,
    Document,
    Heading,
    Paragraph,
    Table,
    TableColumn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sanfu.ladder import Rulebook
    from sanfu.ladder.lint import LintFinding
    from sanfu.ladder.rulebook import Band, Clause, Criterion, Indicator

ROLES: dict[str, Text] = {
    "condition": Text("条件", "condition"),
    "exemption": Text("豁免/替代", "exemption"),
    "route": Text("直通", "direct route"),
    "score": Text("评分", "points"),
}
SHORT: dict[str, Text] = {
    "published": Text("已公开", "published"),
    "encoded": Text("已编码", "encoded"),
    "derived": Text("推出", "derived"),
    "to-check": Text("待核对", "to check"),
}
"""The marks as they stand in a narrow column."""
KINDS: dict[str, Text] = {"new": Text("新申报", "new"), "review": Text("复核", "review")}


def rulebook_document(
    rulebook: str | Path | Rulebook,
    *,
    findings: Sequence[LintFinding] = (),
    language: Language | None = None,
) -> Document:
    """Lay a rulebook out as a document.

    Parameters
    ----------
    rulebook
        A shipped name, a path, or a `Rulebook`.
    findings
        From `sanfu.ladder.lint`; they are printed before the rules.
    language
        The current one if not given. Official sentences stay Chinese.
    """
    book = read_rulebook(rulebook)
    return _Printer(book, language or current_language()).document(findings)


def print_rulebook(
    rulebook: str | Path | Rulebook, path: Path, *, findings: Sequence[LintFinding] = ()
) -> Path:
    """Write a rulebook as Word (.docx), a web page (.html) or PDF (.pdf).

    Raises
    ------
    InputError
        Another ending.
    """
    return write_printed(rulebook_document(rulebook, findings=findings), path)


def write_printed(document: Document, path: Path) -> Path:
    """Write a document for the lawyer by the ending of its file.

    Raises
    ------
    InputError
        Another ending than .docx, .html, .pdf.
    """
    match path.suffix.lower():
        case ".docx":
            from sanfu.report.word import write_docx  # noqa: PLC0415 - when written

            write_docx(document, path)
        case ".html" | ".htm":
            from sanfu.report.html import write_html  # noqa: PLC0415 - when written

            write_html(document, path)
        case ".pdf":
            from sanfu.report.pdf import write_pdf  # noqa: PLC0415 - when written

            write_pdf(document, path)
        case other:
            raise InputError(
                Text(
                    f"不会写“{other}”；请用 .docx、.html 或 .pdf",
                    f"cannot write “{other}”; use .docx, .html or .pdf",
                )
            )
    return path


def signature_table(language: Language, source: str) -> Table:
    """Give the table that is signed by those who compared a rule with its official text."""
    columns = {Text("角色", "role"): 1, Text("签名", "signature"): 2, Text("日期", "date"): 1}
    roles = Text("核对人", "compared by"), Text("法务", "lawyer"), Text("负责人", "head")
    return Table(
        Text("与原文核对后签名", "Signed after comparing").in_language(language),
        tuple(TableColumn(one.in_language(language), share=n) for one, n in columns.items()),
        tuple((role.in_language(language), "", "") for role in roles),
        source=source,
    )


class _Printer:
    def __init__(self, book: Rulebook, language: Language) -> None:
        self.book = book
        self.language = language

    def say(self, zh: str, en: str) -> str:
        return Text(zh, en).in_language(self.language)

    def words(self, text: Text) -> str:
        return text.in_language(self.language)

    def document(self, findings: Sequence[LintFinding]) -> Document:
        book = self.book
        blocks: list[Block] = [
            Callout((self.words(SELF_CHECK),), "warning"),
            Heading(self.say("文件", "The document")),
            self.about(),
        ]
        if book.note is not None:
            blocks.append(Callout((self.words(book.note.text()),), "note"))
        notes = [("约定", "Conventions", one.text()) for one in book.conventions]
        notes += [("过渡", "Transitions", one.label.text()) for one in book.transitions]
        for zh, en, text in notes:
            blocks.append(Paragraph((f"{self.say(zh, en)}：{self.words(text)}",)))
        blocks.append(self.found(findings))
        blocks += [Heading(self.say("全部须符合的条件", "Criteria, all needed")), self.criteria()]
        if book.indicators:
            blocks += [Heading(self.say("评分指标", "Indicators that give points"))]
            blocks += [self.groups(), self.indicators()]
        blocks += [Heading(self.say("来源与审签", "Sources and signature")), *self.signature()]
        return Document(
            title=self.words(book.name.text()),
            subtitle=f"{book.instrument.number} {book.instrument.annex}",
            language=self.language,
            blocks=tuple(blocks),
            made_from=(
                (self.say("规则书", "rulebook"), book.rulebook),
                ("SHA-256", book.content_hash()),
            ),
        )

    def table(
        self, caption: tuple[str, str], columns: Sequence[tuple[str, str, float]], rows: object
    ) -> Table:
        heads = tuple(TableColumn(self.say(zh, en), share=share) for zh, en, share in columns)
        made = tuple(tuple(str(cell) for cell in row) for row in rows)  # type: ignore[attr-defined]
        return Table(self.say(*caption), heads, made, source=self.source())

    def source(self) -> str:
        return f"{self.words(self.book.instrument.name.text())} {self.book.instrument.number}"

    def about(self) -> Table:
        book = self.book
        until = book.effective.until or self.say("现行", "in force")
        rows = [
            (self.say("规则书", "rulebook"), book.rulebook),
            (self.say("层级", "tier"), self.words(TIER_WORDS[book.tier])),
            (self.say("文件", "instrument"), f"{self.source()} {book.instrument.annex}"),
            (
                self.say("施行", "effective"),
                f"{book.effective.since} — {until}（{self.words(MARKS[book.effective.mark])}）",
            ),
            (
                self.say("用于", "for"),
                self.say("、", ", ").join(self.words(KINDS[kind]) for kind in book.kinds),
            ),
            (self.say("有效期", "validity"), book.validity),
        ]
        return self.table(("文件信息", "About"), [("项", "item", 1), ("内容", "content", 4)], rows)

    def found(self, findings: Sequence[LintFinding]) -> Block:
        if not findings:
            said = self.say(
                "机器检查（lint）：没有发现问题。机器检查不能代替与原文逐条核对。",
                "Machine check (lint): nothing found. It does not replace comparing with the text.",
            )
            return Callout((said,), "note")
        rows = [
            (one.line or "—", one.where, self.words(one.text), one.severity) for one in findings
        ]
        columns = [("行", "line", 0.6), ("位置", "place", 2), ("问题", "fault", 4), ("", "", 1)]
        return self.table(("机器检查发现的问题", "Faults found by lint"), columns, rows)

    def criteria(self) -> Table:
        columns = [
            ("编号", "no.", 0.7),
            ("条件", "criterion", 1.8),
            ("规则", "rule", 2.6),
            ("官方条文", "official text", 3.2),
            ("出处与标记", "article and mark", 1.7),
        ]
        rows = []
        for position, one in enumerate(self.book.criteria, start=1):
            rows += list(self.criterion(str(position), one, one))
        return self.table(("条件", "Criteria"), columns, rows)

    def criterion(
        self, number: str, one: Criterion, above: Criterion
    ) -> Iterator[tuple[str, str, str, str, str]]:
        inside = one.all or one.any or ()
        role = "" if one.role == "condition" else f"（{self.words(ROLES[one.role])}）"
        label = self.words(one.label.text()) + role + self.limits(one)
        yield number, label, self.rule(one), one.text, self.standing(one, above)
        for position, child in enumerate(inside, start=1):
            yield from self.criterion(f"{number}.{position}", child, one)

    def rule(self, one: Criterion) -> str:
        if one.when is not None:
            return self.words(formula_words(one.when))
        if one.judge is not None:
            return self.say("由人判断", "for a person to judge")
        if one.points_of is not None:
            name = self.group_name(one.points_of)
            return self.say(f"{name} 得分 ≥ {one.at_least}", f"points of {name} ≥ {one.at_least}")
        if one.all is not None:
            return self.say("下列全部符合", "all of the following")
        return self.say("下列任一符合", "any of the following")

    def group_name(self, name: str) -> str:
        known = {group.id: self.words(group.label.text()) for group in self.book.groups}
        return known.get(name, self.say("总分", "total") if name == "total" else name)

    def standing(self, one: Clause, above: Clause | None = None) -> str:
        parts = [one.article if above is None or one.article != above.article else ""]
        if above is one or above is None:
            parts = [one.article]
        if one.mark is not None:
            parts.append(self.words(SHORT[one.mark]))
        if one.note is not None:
            parts.append(self.words(one.note.text()))
        return "；".join(part for part in parts if part)

    def limits(self, one: Clause) -> str:
        said = []
        if set(one.kinds) != set(self.book.kinds):
            said.append(self.say("、", ", ").join(self.words(KINDS[kind]) for kind in one.kinds))
        if one.since or one.until:
            said.append(f"{one.since or ''}—{one.until or ''}")
        return "".join(f" [{part}]" for part in said)

    def groups(self) -> Table:
        rows = [
            (
                self.words(group.label.text()),
                self.say("、", ", ").join(
                    f"{self.words(one.label.text())}（{one.max}）"
                    for one in self.book.indicators
                    if one.group == group.id
                ),
                str(group.max),
            )
            for group in self.book.groups
        ]
        rows.append((self.say("合计", "total"), "", str(self.book.maximum or "")))
        columns = [("分组", "group", 1), ("指标（满分）", "indicators", 4), ("满分", "max", 0.6)]
        return self.table(("分组", "Groups"), columns, rows)

    def indicators(self) -> Table:
        rows: list[tuple[str, str, str, str, str]] = []
        for position, one in enumerate(self.book.indicators, start=1):
            label = f"{self.words(one.label.text())}（{one.max}）{self.limits(one)}"
            standing = self.standing(one)
            rows.append((str(position), label, one.text, "", standing))
            rows += [("", "", what, points, "") for what, points in self.bands(one)]
        columns = [
            ("序号", "no.", 0.5),
            ("指标（满分）", "indicator", 1.8),
            ("官方条文；其下各档自优至劣，界含本数", "official text, then bands, best first", 4),
            ("分", "pts", 0.5),
            ("出处与标记", "article and mark", 1.8),
        ]
        return self.table(("评分指标", "Indicators"), columns, rows)

    def bands(self, one: Indicator) -> Iterator[tuple[str, str]]:
        if one.bands is not None:
            yield from self.scale(one.of or "", one.bands)
        for position, scale in enumerate(one.best_of or ()):
            if position:
                yield self.say("—— 或（取高者）——", "— or (the better) —"), ""
            yield from self.scale(scale.of, scale.bands)
        for case in one.cases or ():
            what = case.when or self.say("其他", "else")
            yield self.words(formula_words(what)) if case.when else what, str(case.points)
        if one.each is not None:
            for item in one.each.items:
                yield self.words(item.label.text()), f"+{one.each.points}"
        if one.per is not None:
            of = self.words(formula_words(one.per.of))
            said = self.say(f"{of} 每满 {one.per.every}", f"{of}, each {one.per.every}")
            yield said, f"+{one.per.points}"
        if one.given is not None:
            yield (
                self.say("由办公室填写整数分", "whole points, filled in by the office"),
                f"0–{one.max}",
            )

    def scale(self, of: str, bands: Sequence[Band]) -> Iterator[tuple[str, str]]:
        for position, band in enumerate(bands):
            start = f"{self.words(formula_words(of))} " if position == 0 else ""
            if band.rest:
                yield self.say("其余", "else"), str(band.points)
            else:
                sign = "≥" if band.from_ else "≤"
                yield f"{start}{sign} {band.from_ or band.to}", str(band.points)

    def signature(self) -> list[Block]:
        sources = "；".join(self.book.instrument.sources) or "—"
        marks = "；".join(
            f"{self.words(SHORT[name])} = {self.words(text)}" for name, text in MARKS.items()
        )
        return [
            Paragraph((f"{self.say('参考来源', 'Sources')}：{sources}",)),
            Paragraph((f"{self.say('标记', 'Marks')}：{marks}",)),
            signature_table(self.language, self.source()),
        ]


__all__ = ["print_rulebook", "rulebook_document", "signature_table", "write_printed"]
