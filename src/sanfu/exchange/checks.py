"""Check needs before they are published: each finding with its remedy.

What is looked for, how severe it is and how it is said are data (``content/exchange/checks.yaml``).
A finding helps an officer to judge; it refuses nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

import polars as pl

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.errors import InputError
from sanfu.exchange.access import identifying
from sanfu.exchange.matching.settings import generic_words
from sanfu.exchange.matching.terms import fold
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sanfu.exchange.needs import Need

Severity = Literal["error", "warning"]


class Wording(Declaration):
    """How one kind of finding is said, and how severe it is."""

    severity: Severity
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


class Words(Declaration):
    """The words that point to a purchase, to development, and to a need already solved."""

    purchase: tuple[str, ...]
    research: tuple[str, ...]
    solved: tuple[str, ...]


class NeedChecks(Declaration):
    """What needs are checked for."""

    id: str
    version: int
    most_years: int
    shortest_problem: int
    words: Words
    findings: dict[str, Wording]


@cache
def shipped_checks() -> NeedChecks:
    """Give the checks that ship with Sanfu."""
    return read_declaration(content_path("exchange", "checks.yaml"), NeedChecks)


@dataclass(frozen=True)
class Finding:
    """One thing about one need that a person should look at."""

    need: str
    code: str
    severity: Severity
    text: Text
    remedy: Text
    facts: Mapping[str, str] = field(default_factory=dict)


_MEASURED = re.compile(
    r"(?:≥|≤|>|<|=|＝|±|不低于|不高于|不超过|不少于|不大于|不小于|大于|小于|高于|低于|达到|优于|少于|超过|"
    r"at least|at most|less than|more than|below|above|within)\s*(?:到|至|约)?\s*\d"
    r"|\d+(?:\.\d+)?\s*(?:%|％|‰|℃|°c|μm|um|nm|mm|cm|m/s|kg|mg|g/|mpa|gpa|kpa|pa\b|kw|wh|mah|v\b|hz|khz|ghz|"
    r"ppm|ppb|db|lux|rpm|ms\b|秒|毫秒|分钟|小时|微米|毫米|纳米|克/|倍|次|吨|度|转/|个/|件/|米/|以上|以下|以内|级)",
    re.IGNORECASE,
)
_YEAR_OR_MONEY = re.compile(
    r"\d{4}\s*年|\d+(?:\.\d+)?\s*(?:万元|亿元|元|million|yuan)", re.IGNORECASE
)
_PERSONAL = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}[\- ]?\d{7,8}(?!\d)|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])"
)
_PLACES: dict[str, Text] = {
    "title": Text("名称", "the title"),
    "problem": Text("问题描述", "the problem"),
    "targets_text": Text("目标指标", "the targets"),
    "present": Text("现有水平", "the present level"),
    "payment": Text("支付方式", "the payment"),
    "ip_term": Text("知识产权", "the IP term"),
    "chain": Text("产业链", "the chain"),
    "keywords": Text("关键词", "the keywords"),
}


def check_needs(
    needs: Iterable[Need], *, on: dt.date | None = None, checks: NeedChecks | None = None
) -> NeedReview:
    """Check needs before they are published.

    Parameters
    ----------
    needs
        The needs to check.
    on
        The day of publishing, from which deadlines count; today when it is not given.
    checks
        An office's own checks instead of those shipped.
    """
    held = list(needs)
    checks = checks or shipped_checks()
    day = on or dt.datetime.now(tz=dt.UTC).date()
    findings = [
        _say(need, code, facts, checks)
        for need in held
        for code, facts in _look(need, day, checks)
        if code in checks.findings
    ]
    return NeedReview(tuple(held), tuple(findings))


def _say(need: Need, code: str, facts: dict[str, Text], checks: NeedChecks) -> Finding:
    wording = checks.findings[code]
    zh = {name: text.zh for name, text in facts.items()}
    en = {name: text.en for name, text in facts.items()}
    return Finding(
        need.id,
        code,
        wording.severity,
        Text(wording.zh.format(**zh), wording.en.format(**en)),
        Text(wording.remedy_zh.format(**zh), wording.remedy_en.format(**en)),
        zh,
    )


def _look(need: Need, day: dt.date, checks: NeedChecks) -> Iterator[tuple[str, dict[str, Text]]]:
    parts = _parts(need)
    whole = fold("\n".join(parts.values()))
    if len(need.problem.strip()) < checks.shortest_problem:
        yield "no_problem", {"least": _both(checks.shortest_problem)}
    if not any(target.value for target in need.targets) and not has_measure(
        f"{need.targets_text}\n{need.problem}"
    ):
        yield "no_target", {}
    yield from _look_at_money(need)
    yield from _look_at_names(need, parts)
    yield from _look_at_kind(need, whole, checks)
    yield from _look_at_dates(need, day, checks)
    missing = {
        "no_ip_term": not need.ip_term,
        "no_cooperation": not need.cooperation,
        "no_contact": not (need.contact or need.phone),
        "nothing_telling": not _is_telling(need.title),
    }
    yield from ((code, {}) for code, is_missing in missing.items() if is_missing)


def _look_at_names(need: Need, parts: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Text]]]:
    if need.unnamed:
        for place, text in parts.items():
            for word in identifying(need):
                if fold(word).replace(" ", "") in fold(text).replace(" ", ""):
                    yield "identifies", {"found": _both(word), "where": _PLACES[place]}
                    break
    personal = _PERSONAL.search("\n".join(parts.values()))
    if personal:
        yield "contact_in_text", {"found": _both(personal.group())}


def _look_at_money(need: Need) -> Iterator[tuple[str, dict[str, Text]]]:
    least, most = need.budget_least, need.budget_most
    if not need.negotiable and not (least or most):
        yield "no_budget", {}
    if least is not None and most is not None and least > most:
        yield "budget_reversed", {}


def _look_at_kind(
    need: Need, whole: str, checks: NeedChecks
) -> Iterator[tuple[str, dict[str, Text]]]:
    words = checks.words
    bought = _first(words.purchase, whole)
    only_bought = need.cooperation == ("purchase",)
    if (bought or only_bought) and not _first(words.research, whole):
        yield "off_the_shelf", {"found": _both(bought or "产品采购")}
    solved = _first(words.solved, whole)
    if solved:
        yield "self_solvable", {"found": _both(solved)}


def _look_at_dates(
    need: Need, day: dt.date, checks: NeedChecks
) -> Iterator[tuple[str, dict[str, Text]]]:
    start, years = need.published or day, _both(checks.most_years)
    if need.deadline is None:
        yield "no_deadline", {"years": years}
    elif need.deadline < day:
        yield "deadline_past", {"found": _both(need.deadline.isoformat())}
    elif need.deadline > years_after(start, checks.most_years):
        yield "deadline_long", {"found": _both(need.deadline.isoformat()), "years": years}
    if need.valid_until is not None and need.valid_until < day:
        yield "validity_past", {"found": _both(need.valid_until.isoformat())}


def years_after(day: dt.date, years: int) -> dt.date:
    """Give the same day so many years on; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def has_measure(text: str) -> bool:
    """Tell whether a text holds a number that can be measured, other than a year or a sum."""
    return _MEASURED.search(_YEAR_OR_MONEY.sub(" ", fold(text))) is not None


def _is_telling(title: str) -> bool:
    words = generic_words()
    left = fold(title)
    for word in sorted((*words.zh,), key=len, reverse=True):
        left = left.replace(word, " ")
    for word in words.en:
        left = re.sub(rf"\b{re.escape(word)}\b", " ", left)
    return len(re.sub(r"[\W\d的与和及等]", "", left)) >= 2


def _parts(need: Need) -> dict[str, str]:
    targets = "\n".join([need.targets_text, *(target.in_words() for target in need.targets)])
    return {
        "title": need.title,
        "problem": need.problem,
        "targets_text": targets,
        "present": need.present,
        "payment": need.payment,
        "ip_term": need.ip_term,
        "chain": need.chain,
        "keywords": " ".join(need.keywords),
    }


def _first(words: Iterable[str], text: str) -> str:
    return next((word for word in words if fold(word) in text), "")


def _both(value: object) -> Text:
    return Text(str(value), str(value))


class NeedReview:
    """The findings on some needs; those without an error can be published.

    The findings quote needs, confidential ones too: they are for officers and owners.
    """

    def __init__(self, needs: tuple[Need, ...], findings: tuple[Finding, ...]) -> None:
        self._needs = {need.id: need for need in needs}
        self.findings = findings

    def __repr__(self) -> str:
        """Give the sizes and nothing of the content."""
        return f"NeedReview({len(self._needs)} needs, {len(self.findings)} findings)"

    @property
    def publishable(self) -> tuple[str, ...]:
        """Give the ids of the needs without an error."""
        held = {finding.need for finding in self.findings if finding.severity == "error"}
        return tuple(need for need in self._needs if need not in held)

    @property
    def frame(self) -> pl.DataFrame:
        """Give one row a finding: need, title, code, severity, finding, remedy."""
        return pl.DataFrame(
            [
                {
                    "need": finding.need,
                    "title": self._needs[finding.need].title,
                    "code": finding.code,
                    "severity": finding.severity,
                    "finding": str(finding.text),
                    "remedy": str(finding.remedy),
                }
                for finding in self.findings
            ],
            schema=dict.fromkeys(
                ("need", "title", "code", "severity", "finding", "remedy"), pl.String()
            ),
        )

    @property
    def trace(self) -> pl.DataFrame:
        """Give one row a fact that a finding rests on: need, code, fact, value."""
        return pl.DataFrame(
            [
                {"need": finding.need, "code": finding.code, "fact": fact, "value": value}
                for finding in self.findings
                for fact, value in finding.facts.items()
            ],
            schema=dict.fromkeys(("need", "code", "fact", "value"), pl.String()),
        )

    def explain(self, need: str) -> Text:
        """Say what was found about one need, and how to mend it.

        Raises
        ------
        InputError
            No such need was checked.
        """
        if need not in self._needs:
            raise InputError(
                Text(f"没有检查过需求“{need}”。", f"no need “{need}” was checked."),
            )
        found = [finding for finding in self.findings if finding.need == need]
        if not found:
            return Text("没有发现问题，可以发布。", "nothing was found; it can be published.")
        return Text(
            "\n".join(f"· {one.text.zh}改法：{one.remedy.zh}" for one in found),
            "\n".join(f"· {one.text.en} Remedy: {one.remedy.en}" for one in found),
        )

    def to_excel(self, path: Path | str) -> None:
        """Write the findings as a workbook."""
        tones: dict[str, Literal["bad", "warn"]] = {"error": "bad", "warning": "warn"}
        columns = (
            Column("need", Text("需求编号", "need")),
            Column("title", Text("需求名称", "title"), width=36),
            Column("severity", Text("程度", "severity"), tones=tones),
            Column("finding", Text("发现", "finding"), width=60),
            Column("remedy", Text("改法", "remedy"), width=60),
        )
        stamp = any(need.synthetic for need in self._needs.values())
        notes = ["合成数据 / synthetic"] if stamp else []
        write_workbook(
            path, [Sheet(str(Text("需求检查", "needs check")), self.frame, columns, notes)]
        )
