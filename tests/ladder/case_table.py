"""Read the table of cases: official terms and amounts become a row that a check takes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sanfu.content import load_yaml, plain
from sanfu.ladder import VERDICT, make_book
from sanfu.ladder.rulebook import below, read_rulebook

CASES = Path(__file__).parent / "cases"
TERMS = plain(load_yaml(CASES / "terms.yaml"))
RULE_FILES = (
    "innovative_2022",
    "tech_sme_2017",
    "srdi_2022",
    "little_giant_2022",
    "srdi_2026",
    "little_giant_2026",
)
_UNITS = {
    "元": 100,
    "万元": 1_000_000,
    "亿元": 10_000_000_000,
    "件": 1,
    "人": 1,
    "年": 1,
    "分": 1,
    "级": 1,
    "项": 1,
}
_UNITS = {**_UNITS, "": 1}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    rulebook: str
    kind: str
    on: dt.date
    article: str
    item: str
    """Id of the criterion or indicator, or of the verdict."""
    row: dict[str, Any]
    points: int | None
    outcome: str | None


def amount(text: Any) -> Any:
    """Read ``49999999.99 元``, ``10%``, ``是`` or ``缺`` as a check takes it: money in fen."""
    said = str(text).strip()
    if said in ("缺", "是", "否"):
        return {"缺": None, "是": True, "否": False}[said]
    found = re.fullmatch(r"(-?[\d.]+) ?(\D*)", said)
    assert found, f"{said!r} is no amount"
    number = Decimal(found[1])
    if found[2] == "%":
        return number / 100
    value = number * _UNITS[found[2]]
    assert value == int(value), f"{said!r} is no whole number of fen"
    return int(value)


def values(term: str, said: Any) -> dict[str, Any]:
    """Give the columns that a term of the table sets."""
    if term in TERMS["sets"]:
        return dict(TERMS["sets"][term][str(said)])
    return {TERMS["measures"][term]: amount(said)}


def judged(rulebook: str) -> dict[str, bool]:
    """Give every matter of the rulebook that a person decides, decided in the firm's favour."""
    criteria = read_rulebook(rulebook).criteria
    every = [one for criterion in criteria for one in below(criterion)]
    return {one.judge: True for one in every if one.judge}


def read_cases(name: str) -> list[Case]:
    """Read one file of the table."""
    document = plain(load_yaml(CASES / f"{name}.yaml"))
    rulebook, kind = document["rulebook"], document["kind"]
    on = dt.date.fromisoformat(str(document["on"]))
    base = {**judged(rulebook), **TERMS["assumed"]}
    for term, said in document["base"].items():
        if term == "全部人工判断项":
            continue
        base |= values(term, said)
    cases = []
    for group in document["groups"]:
        *given, last = group["columns"]
        held = dict(base)
        for term, said in group.get("given", {}).items():
            held |= values(term, said)
        for row in group["rows"]:
            *said, expected = row
            assert len(said) == len(given), f"{group['item']}: {row}"
            firm = dict(held)
            for term, value in zip(given, said, strict=True):
                firm |= values(term, value)
            verdict = last == "结论"
            item = VERDICT if verdict else TERMS["items"][rulebook][group["item"]]
            points = expected if last == "得分" and isinstance(expected, int) else None
            outcome = None if points is not None else TERMS["outcomes"][str(expected)]
            shown = "，".join(f"{term} {value}" for term, value in zip(given, said, strict=True))
            label = f"{name}: {group['item']}: {shown} → {expected}"
            article = str(group["article"])
            cases.append(Case(label, rulebook, kind, on, article, item, firm, points, outcome))
    return cases


def book_of(case: Case) -> Any:
    """Make the rulebook of a case ready."""
    return make_book(case.rulebook, kind=case.kind, on=case.on)  # type: ignore[arg-type]
