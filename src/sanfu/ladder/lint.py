"""Find what is wrong in a rulebook beyond its form, each fault with its line and what mends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from sanfu.content import line_of, validate_declaration
from sanfu.content.measures import measures
from sanfu.errors import DeclarationFaults, InputError
from sanfu.formula import (
    Call,
    Compare,
    FormulaError,
    Node,
    NotComparable,
    clear,
    names_in,
    parse_formula,
    walk,
)
from sanfu.ladder.book import TOTAL, VERDICT, points
from sanfu.ladder.emit import WIDE
from sanfu.ladder.lint_points import check_groups, check_indicator
from sanfu.ladder.rulebook import Clause, Criterion, Rulebook, load_rulebook
from sanfu.ladder.units import kind_of, mixed_units, wants_condition
from sanfu.ladder.values import BOUNDS, SCALES, measure_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Severity = Literal["error", "warning"]
Place = tuple[str | int, ...]
RESERVED = (TOTAL, VERDICT, "score", "score_low", "score_high", "firm", "outcome", "points")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ORDINALS = {"1": "一", "2": "二两", "3": "三", "4": "四", "5": "五"}


@dataclass(frozen=True)
class LintFinding:
    """One fault: `where` is a path of keys and ids, as `amended` takes it."""

    severity: Severity
    line: int | None
    where: str
    text: Text

    def in_words(self) -> Text:
        """Give line, place and message as one sentence in each language."""
        zh = f"第 {self.line} 行 " if self.line else ""
        en = f"line {self.line}, " if self.line else ""
        return Text(f"{zh}{self.where}：{self.text.zh}", f"{en}{self.where}: {self.text.en}")


@dataclass
class Lint:
    """Gathers the findings of one rulebook."""

    document: Any
    rulebook: Rulebook
    found: list[LintFinding] = field(default_factory=list)

    def say(self, place: Place, zh: str, en: str, severity: Severity = "error") -> None:
        """Add a finding at a place of the document."""
        line = line_of(self.document, list(place))
        finding = LintFinding(severity, line, self.named(place), Text(zh, en))
        if finding not in self.found:
            self.found.append(finding)

    def named(self, place: Place) -> str:
        """Give a place as a path, with ids in place of positions."""
        node, said = self.document, []
        for step in place:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                node = None
            name = node.get("id") if isinstance(node, dict) and isinstance(step, int) else None
            said.append(str(step if name is None else name))
        return "/".join(said)

    def formula(self, place: Place, text: str, *, wants: Literal["condition", "number"]) -> None:
        """Check one formula: that it can be read, its measures, its units, its size."""
        try:
            node = parse_formula(text)
        except FormulaError as wrong:
            self.say(place, wrong.text.zh, wrong.text.en)
            return
        for name in names_in(node):
            self.measure(place, name)
        for fault in mixed_units(node):
            self.say(place, f"{fault.zh}：{text}", f"{fault.en}: {text}")
        if wants == "condition":
            for fault in wants_condition(node):
                self.say(place, f"{fault.zh}：{text}", f"{fault.en}: {text}")
        elif kind_of(node) in ("condition", "flag", "text", "category", "date"):
            self.say(place, f"这里应是一个数：{text}", f"a number is wanted here: {text}")
        self._computable(place, node, text)

    def _computable(self, place: Place, node: Node, text: str) -> None:
        for inner in walk(node):
            if isinstance(inner, Call) and inner.function != "compound_growth":
                self.say(
                    place,
                    f"没有函数 {inner.function}；规则里只有 compound_growth",
                    f"no function {inner.function}; rules know compound_growth only",
                )
                return
        if any(measure_of(name) is None for name in names_in(node)):
            return
        for inner in walk(node):
            if not isinstance(inner, Compare) or _texts(inner):
                continue
            try:
                cleared = clear(inner, {n: SCALES.get(_kind(n), 1) for n in names_in(inner)})
            except NotComparable:
                self.say(place, f"算不出这个比较：{text}", f"this cannot be computed: {text}")
                continue
            if cleared.undefined:
                self.say(place, f"除以零或负数：{text}", f"a division by zero or less: {text}")
            most = cleared.largest(lambda name: BOUNDS.get(_kind(name), 1))
            if most > WIDE:
                self.say(
                    place,
                    f"相乘的量太多，可能超过 38 位整数：{text}",
                    f"too many quantities multiplied, beyond 38 digits: {text}",
                )

    def measure(self, place: Place, name: str) -> None:
        """Check that a name is a measure of the dictionary."""
        if measure_of(name) is None:
            near = "、".join(get_close_matches(name, measures(), n=3))
            self.say(
                place,
                f"不认识指标 {name}" + (f"；相近的有：{near}" if near else ""),
                f"unknown measure {name}" + (f"; near: {near}" if near else ""),
            )

    def against_text(self, place: Place, clause_text: str, numbers: str) -> None:
        """Warn of a number that the official sentence beside it does not have."""
        if not clause_text:
            return
        said = {_plain(number) for number in _NUMBER.findall(clause_text)}
        for number in _NUMBER.findall(numbers):
            words = _ORDINALS.get(number, "")
            if _plain(number) in said or any(word in clause_text for word in words):
                continue
            self.say(
                place,
                f"条文里没有数字 {number}：“{clause_text[:40]}”；请对照原文",
                f"the text beside it has no number {number}; compare with the original",
                "warning",
            )


def lint(rulebook: str | Path | Rulebook) -> tuple[LintFinding, ...]:
    """Find the faults of a rulebook: bands, units, points, measures, dates, references.

    Parameters
    ----------
    rulebook
        A shipped name, a path, or a `Rulebook` (whose findings then have no lines).

    Returns
    -------
    tuple of LintFinding
        In the order of the file; empty where nothing was found. A warning is a number that the
        official sentence beside the rule does not have.

    Raises
    ------
    FileFault
        The file cannot be read at all.
    """
    if isinstance(rulebook, Rulebook):
        document: Any = rulebook.model_dump(mode="json", by_alias=True, exclude_none=True)
        book = rulebook
    else:
        try:
            document, source = load_rulebook(rulebook)
            book = validate_declaration(document, Rulebook, source)
        except DeclarationFaults as wrong:
            return tuple(LintFinding("error", f.line, f.where, f.text) for f in wrong.faults)
    found = Lint(document, book)
    _ids(found)
    _dates(found)
    for position, one in enumerate(book.indicators):
        place: Place = ("indicators", position)
        _clause(found, place, one, one.mark is not None)
        check_indicator(found, place, one)
    check_groups(found)
    for position, criterion in enumerate(book.criteria):
        _criterion(found, ("criteria", position), criterion, criterion, marked=False)
    return tuple(sorted(found.found, key=lambda finding: finding.line or 0))


def _ids(found: Lint) -> None:
    seen: set[str] = set()
    places: Iterator[tuple[Place, str]] = iter(
        [
            *((("groups", n), one.id) for n, one in enumerate(found.rulebook.groups)),
            *((("indicators", n), one.id) for n, one in enumerate(found.rulebook.indicators)),
            *_criterion_ids(found.rulebook.criteria, ("criteria",)),
        ]
    )
    for place, name in places:
        if name in seen:
            found.say((*place, "id"), f"编号 {name} 重复", f"the id {name} is used twice")
        if name in RESERVED or name.endswith("_points"):
            found.say(
                (*place, "id"),
                f"编号 {name} 是保留名，请换一个",
                f"the id {name} is reserved; choose another",
            )
        seen.add(name)


def _criterion_ids(criteria: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for position, one in enumerate(criteria):
        here: Place = (*place, position)
        yield here, one.id
        way = "all" if one.all is not None else "any"
        yield from _criterion_ids(one.all or one.any or (), (*here, way))


def _dates(found: Lint) -> None:
    book = found.rulebook
    since, until = book.effective.since, book.effective.until
    if until is not None and until < since:
        found.say(
            ("effective", "until"),
            f"施行止日 {until} 早于起日 {since}",
            f"the last day {until} lies before the first {since}",
        )
    if not book.kinds:
        found.say(("kinds",), "至少写 new 或 review 之一", "at least one of new and review")
    try:
        validity = parse_formula(book.validity)
    except FormulaError:
        validity = None
    if validity is None or kind_of(validity) not in ("years", "months"):
        found.say(
            ("validity",),
            f"有效期“{book.validity}”应写成年数，例如 3 年",
            f"the validity “{book.validity}” should be years, such as 3 年",
        )


def _clause(found: Lint, place: Place, one: Clause, marked: bool) -> None:  # noqa: FBT001 - internal
    book = found.rulebook
    if not marked:
        found.say(
            place,
            "缺少 mark：published、encoded、derived 或 to-check",
            "its mark is missing: published, encoded, derived or to-check",
        )
    if one.since and one.until and one.until < one.since:
        found.say(
            (*place, "until"),
            f"止日 {one.until} 早于起日 {one.since}",
            f"the last day {one.until} lies before the first {one.since}",
        )
    first, last = book.effective.since, book.effective.until
    if (one.until and one.until < first) or (last and one.since and one.since > last):
        key = "until" if one.until and one.until < first else "since"
        found.say(
            (*place, key),
            f"条款的日期在规则书施行期（{first} 至 {last or '今'}）之外，永不适用",
            f"its dates lie outside those of the rulebook ({first} to {last or 'now'})",
        )
    if not set(one.kinds) & set(book.kinds):
        found.say(
            (*place, "kinds"),
            f"只用于 {'、'.join(one.kinds) or '（空）'}，而规则书用于 {'、'.join(book.kinds)}",
            f"is for {', '.join(one.kinds) or 'nothing'}, the rulebook for {', '.join(book.kinds)}",
        )


def _criterion(found: Lint, place: Place, one: Criterion, top: Criterion, *, marked: bool) -> None:
    marked = marked or one.mark is not None
    _clause(found, place, one, marked)
    text = one.text or (top.text if one is not top else "")
    if one.when is not None:
        found.formula((*place, "when"), one.when, wants="condition")
        found.against_text((*place, "when"), text, _literals(one.when))
    if one.judge is not None:
        _judge(found, (*place, "judge"), one.judge)
    if one.points_of is not None:
        _floor(found, place, one)
        found.against_text((*place, "at_least"), text, one.at_least or "")
    way = "all" if one.all is not None else "any"
    inside = one.all or one.any or ()
    said: dict[str, str] = {}
    for position, child in enumerate(inside):
        here: Place = (*place, way, position)
        same = child.when or child.judge
        if same is not None and same in said:
            found.say(
                here,
                f"与 {said[same]} 的条件相同：{same}",
                f"has the same condition as {said[same]}: {same}",
            )
        if same is not None:
            said[same] = child.id
        nearest = child if child.text else one if one.text else top
        _criterion(found, here, child, nearest, marked=marked)


def _judge(found: Lint, place: Place, name: str) -> None:
    found.measure(place, name)
    measure = measure_of(name)
    if measure is not None and measure.kind != "flag":
        found.say(
            place,
            f"由人判断的 {name} 应是“是否”项，它是 {measure.kind}",
            f"{name}, which a person decides, should be a flag; it is {measure.kind}",
        )


def _floor(found: Lint, place: Place, one: Criterion) -> None:
    book = found.rulebook
    most = {group.id: group.max for group in book.groups}
    most |= {each.id: each.max for each in book.indicators}
    most[TOTAL] = sum(each.max for each in book.indicators)
    if one.points_of not in most:
        known = "、".join(most)
        found.say(
            (*place, "points_of"),
            f"没有 {one.points_of} 的分数；有：{known}",
            f"no points of {one.points_of}; there are: {known}",
        )
        return
    try:
        least = points(one.at_least or "")
    except InputError as wrong:
        found.say((*place, "at_least"), wrong.text.zh, wrong.text.en)
        return
    if not 0 < least <= most[one.points_of]:
        found.say(
            (*place, "at_least"),
            f"{one.points_of} 最多 {most[one.points_of]} 分，门槛 {least} 分永远"
            + ("达不到" if least > 0 else "成立"),
            f"{one.points_of} has at most {most[one.points_of]} points; a floor of {least} "
            + ("can never be reached" if least > 0 else "always holds"),
        )


def _literals(formula: str) -> str:
    """Give the numbers of a formula as written, without those that are part of names."""
    return " ".join(
        re.findall(r"(?<![A-Za-z0-9_])\d+(?:\.\d+)?(?=\s*[亿万元%个年月人名项家件分])", formula)
    )


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _texts(node: Compare) -> bool:
    kinds = ("text", "category", "code", "flag", "condition")
    return kind_of(node.left) in kinds or kind_of(node.right) in kinds


def _kind(name: str) -> str:
    measure = measure_of(name)
    return "" if measure is None else measure.kind
