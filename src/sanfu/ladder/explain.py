"""One firm explained: clause, value, threshold, gap in its natural unit, what would suffice."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.formula import Binary, Compare, Name, Number
from sanfu.ladder.book import VERDICT
from sanfu.ladder.checking import SELF_CHECK
from sanfu.ladder.interpret import columns_missing
from sanfu.ladder.plan_words import english, number_words
from sanfu.ladder.units import UNITS_EN, kind_of
from sanfu.ladder.values import OUTCOME_WORDS, measure_of, unit_of
from sanfu.ladder.words import formula_words, measure_words
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sanfu.formula import Node
    from sanfu.ladder.book import Book
    from sanfu.ladder.interpret import Finding, FirmCheck, Row
    from sanfu.ladder.values import Outcome

NOTHING = Text("", "")


class Evidence(Declaration):
    """The file evidence.yaml: measure → what to hold ready."""

    mark: str
    evidence: dict[str, Label]


@dataclass(frozen=True)
class Line:
    """One clause of the page: what it says, how the firm stands, what is lacking."""

    id: str
    depth: int
    label: Text
    article: str
    outcome: Outcome
    points: str
    rule: Text
    value: Text
    gap: Text
    """What is lacking, in the natural unit."""
    otherwise: Text
    """Which alternative would suffice."""


@dataclass(frozen=True)
class Explanation:
    """The page of one firm: `missing` inputs, `to_judge` by a person, `evidence` to hold ready."""

    firm: str
    check: FirmCheck
    lines: tuple[Line, ...]
    missing: tuple[Text, ...]
    to_judge: tuple[Text, ...]
    evidence: tuple[Text, ...]

    def text(self) -> Text:
        """Give the page as plain text in both languages."""
        return Text(_page(self, "zh"), _page(self, "en"))


@cache
def read_evidence(path: Path | None = None) -> Evidence:
    """Read what to hold ready: as it ships, or an office's own."""
    return read_declaration(path or content_path("ladder", "evidence.yaml"), Evidence)


def explain(firm: str, check: FirmCheck, *, evidence: Evidence | None = None) -> Explanation:
    """Explain a check of one firm.

    Parameters
    ----------
    firm
        Name to print.
    check
        From `check_firm`.
    """
    book = check.book
    lines = tuple(_line(name, check) for name in book.reading_order if name != VERDICT)
    gone = columns_missing(book, check.row)
    judged = {rule.column for rule in book.rules if rule.how == "judge"}
    missing = tuple(measure_words(name) for name in gone if name not in judged)
    to_judge = tuple(measure_words(name) for name in gone if name in judged)
    known = (evidence or read_evidence()).evidence
    wanted = [one.text() for one in book.rulebook.evidence]
    for name in book.columns:
        measure = measure_of(name)
        if measure is not None and measure.name in known:
            wanted.append(known[measure.name].text())
    return Explanation(firm, check, lines, missing, to_judge, tuple(dict.fromkeys(wanted)))


def _line(name: str, check: FirmCheck) -> Line:
    book, finding = check.book, check.findings[name]
    rule = book.by_id.get(name)
    clause = book.clause(name)
    label = clause.label.text() if clause else Text(name, name)
    points = ""
    if rule is None:
        most = next(one.max for one in book.indicators if one.id == name)
        low, high = finding.low, finding.high
        points = f"{low}" if low == high else f"{low}–{high}"
        points += f"/{most}"
    formula = rule.formula if rule else None
    return Line(
        name,
        rule.depth - 1 if rule else 0,
        label,
        book.inherited(name, "article"),
        finding.outcome,
        points,
        _in_english(formula_words(formula)) if formula is not None else _rule_words(name, book),
        value_words(finding, formula, name, book),
        gap_words(finding, formula, check.row, name, book),
        _otherwise(name, check),
    )


def _in_english(said: Text) -> Text:
    """Give a formula's words with the units of its amounts in English."""
    words = said.en
    for zh, en in UNITS_EN.items():
        words = words.replace(f" {zh}", f" {en}")
    return Text(said.zh, words.replace(" 项", "").replace(" 人", ""))


def _rule_words(name: str, book: Book) -> Text:
    rule = book.by_id.get(name)
    if rule is None:
        return NOTHING
    if rule.how == "points":
        return Text(f"≥ {rule.at_least} 分", f"≥ {rule.at_least} points")
    if rule.how == "judge":
        return Text("由人判断", "for a person to judge")
    every = Text("以下各项都要符合", "all of the following")
    return every if rule.how == "all" else Text("以下满足一项即可", "any one of the following")


def value_words(finding: Finding, formula: Node | None, name: str, book: Book) -> Text:
    """Write the firm's value in its natural unit; empty where there is none."""
    value = finding.value
    if isinstance(value, Fraction):
        unit, size = unit_of(_kind(formula, name, book))
        said = number_words(value / size, unit, up=False)
        return Text(said, english(said))
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    return NOTHING if value is None else Text(str(value), str(value))


def _kind(formula: Node | None, name: str, book: Book) -> str:
    if isinstance(formula, Compare):
        return kind_of(formula.left)
    rule = book.by_id.get(name)
    if rule is not None and rule.how == "points":
        return "points"
    for one in book.indicators:
        if one.id == name and len(one.steps) == 1 and one.steps[0].of is not None:
            return kind_of(one.steps[0].of)
    return "number"


def gap_words(finding: Finding, formula: Node | None, row: Row, name: str, book: Book) -> Text:
    """Say what is lacking: 研发费用还差 38.2 万元; of a ratio, how much its upper figure lacks."""
    if finding.outcome != "unmet" or finding.gap is None:
        return NOTHING
    of_ratio = _gap_above(formula, row)
    if of_ratio is not None:
        return of_ratio
    unit, size = unit_of(_kind(formula, name, book))
    lack = number_words(abs(finding.gap) / size, "个百分点" if unit == "%" else unit)
    over = isinstance(formula, Compare) and formula.operator in ("<=", "<")
    what = NOTHING
    if isinstance(formula, Compare) and isinstance(formula.left, Name):
        what = measure_words(formula.left.name)
    if name not in book.by_id:
        return Text(f"距下一档还差 {lack}", f"{english(lack)} short of the next band")
    if over:
        return Text(f"{what.zh}超出 {lack}", f"{what.en} exceeds it by {english(lack)}".strip())
    return Text(f"{what.zh}还差 {lack}", f"{what.en} lacks {english(lack)}".strip())


def _gap_above(formula: Node | None, row: Row) -> Text | None:
    match formula:
        case Compare(operator, Binary("/", Name(above), Name(below)), Number(edge)):
            a, b = row.get(above), row.get(below)
            if not isinstance(a, Fraction) or not isinstance(b, Fraction):
                return None
            measure = measure_of(above)
            unit, size = unit_of(measure.kind if measure else "count")
            lack = edge * b - a
            shown = number_words(abs(lack) / size, unit)
            name = measure_words(above)
            if operator in ("<=", "<"):
                return Text(f"{name.zh}须减 {shown}", f"{name.en} must fall by {english(shown)}")
            return Text(f"{name.zh}还差 {shown}", f"{name.en} lacks {english(shown)}")
        case _:
            return None


def _otherwise(name: str, check: FirmCheck) -> Text:
    """Of a choice that is not met, say each alternative and what it lacks."""
    rule = check.book.by_id.get(name)
    if rule is None or rule.how != "any" or check.findings[name].outcome == "met":
        return NOTHING
    zh, en = [], []
    for child in rule.children:
        clause = check.book.clause(child)
        found = check.findings[child]
        formula = check.book.by_id[child].formula
        lack = gap_words(found, formula, check.row, child, check.book)
        word = OUTCOME_WORDS[found.outcome]
        label = clause.label.text() if clause else Text(child, child)
        zh.append(f"{label.zh}（{lack.zh or word.zh}）")
        en.append(f"{label.en} ({lack.en or word.en})")
    return Text("满足一项即可：" + "；".join(zh), "any one would do: " + "; ".join(en))


def _page(page: Explanation, language: str) -> str:
    def say(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    book = page.check.book
    said = [
        page.firm,
        f"{say(book.rulebook.name.text())}（{book.rulebook.rulebook}，{book.on}）",
        say(SELF_CHECK),
        say(Text("结论：", "verdict: ")) + say(OUTCOME_WORDS[page.check.outcome]),
    ]
    score = page.check.score
    if score is not None:
        total = f"{score.low}" if score.low == score.high else f"{score.low}–{score.high}"
        said.append(say(Text(f"总分：{total}", f"points: {total}")))
    said.append("")
    for line in page.lines:
        said += _said(line, say)
    if page.missing:
        said += ["", say(Text("缺少的数据：", "missing inputs: "))]
        said += [f"  - {say(one)}" for one in page.missing]
    if page.to_judge:
        said += ["", say(Text("由人判断（核实后填入）：", "for a person to judge: "))]
        said += [f"  - {say(one)}" for one in page.to_judge]
    if page.evidence:
        said += ["", say(Text("请备好：", "hold ready: "))]
        said += [f"  - {say(one)}" for one in page.evidence]
    return "\n".join(said)


_MARKS = {"met": "✓", "unmet": "✗", "missing": "?", "judge": "…"}


def _said(line: Line, say: Callable[[Text], str]) -> list[str]:
    parts = [f"{'  ' * line.depth}{_MARKS[line.outcome]} {say(line.label)}"]
    if line.points:
        parts.append(say(Text(f"{line.points} 分", f"{line.points} points")))
    elif say(line.rule) and line.outcome != "judge":
        parts.append(say(line.rule))
    if say(line.value):
        parts.append(say(Text(f"本企业 {line.value.zh}", f"here {line.value.en}")))
    if say(line.gap):
        parts.append(say(line.gap))
    if line.outcome in ("missing", "judge"):
        parts.append(say(OUTCOME_WORDS[line.outcome]))
    if line.article:
        parts.append(f"[{line.article}]")
    otherwise = say(line.otherwise)
    return ["  ".join(parts), *(["  " * (line.depth + 2) + otherwise] if otherwise else [])]
