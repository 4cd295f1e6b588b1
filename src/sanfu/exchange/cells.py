"""Read what stands in the cells of a needs file: sums, days, words; nothing is guessed."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import Decimal
from typing import NamedTuple, cast

from sanfu.exchange.files import exchange_files
from sanfu.exchange.matching.terms import fold
from sanfu.exchange.needs import Comparison, Target

_UNITS = {"亿": 10_000_000_000, "千万": 1_000_000_000, "百万": 100_000_000, "万": 1_000_000}
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_SIGNS: dict[str, Comparison] = {
    "≥": ">=", ">=": ">=", "不低于": ">=", "不少于": ">=", "不小于": ">=", "至少": ">=",
    "达到": ">=", "≤": "<=", "<=": "<=", "不高于": "<=", "不超过": "<=", "不大于": "<=",
    "大于": ">", "高于": ">", "超过": ">", ">": ">", "小于": "<", "低于": "<", "少于": "<",
    "<": "<", "=": "=",
}  # fmt: skip
_TARGET = re.compile(
    r"(?P<name>[^\d≥≤<>=；;。\n]{1,40}?)\s*(?P<sign>"
    + "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
    + rf")\s*(?P<value>{_NUMBER}(?:\s*[~\-—至]\s*{_NUMBER})?)"
    + r"\s*(?P<unit>[^\s\d，,；;。、（(]{0,16})"
)


class Budget(NamedTuple):
    """A budget in fen; none of it is known where all three say nothing."""

    least: int | None
    most: int | None
    negotiable: bool


def read_budget(raw: str, heading: str = "") -> Budget | None:
    """Read a budget: “30-50万”, “100万元以上”, “不超过80” under “预算（万元）”, “面议”.

    Returns
    -------
    Budget or None
        None where the cell cannot be read.
    """
    text = fold(raw).replace(",", "").replace(" ", "")
    negotiable = any(word in text for word in ("面议", "协商", "待定", "negotiable"))
    numbers = re.findall(r"(\d+(?:\.\d+)?)(亿|千万|百万|万)?", text)
    if not numbers:
        return Budget(None, None, negotiable=True) if negotiable else None
    head = fold(heading)
    default = next((unit for unit in ("亿", "千万", "百万", "万") if unit in head), "")
    last = next((unit for _, unit in reversed(numbers) if unit), default)
    if not last and "元" not in text and "元" not in head:
        return None  # a bare number without any unit: yuan or 万元 cannot be known
    sums = [int(Decimal(number) * _UNITS.get(unit or last, 100)) for number, unit in numbers[:2]]
    if len(sums) == 2:
        return Budget(min(sums), max(sums), negotiable)
    if re.search(r"以上|不低于|不少于|至少|≥|>=|起$|atleast", text):
        return Budget(sums[0], None, negotiable)
    if re.search(r"以内|以下|不超过|不高于|≤|<=|最高|upto", text):
        return Budget(None, sums[0], negotiable)
    return Budget(sums[0], sums[0], negotiable)


def read_money(raw: str, heading: str = "") -> int | None:
    """Read one sum, in fen; None where it cannot be read or has no unit."""
    budget = read_budget(raw, heading)
    return None if budget is None else budget.least


def read_day(raw: str, *, last: bool = False) -> dt.date | None:
    """Read a day: “2027-03-01”, “2027年3月”, “2027/3/1”, “20270301”, Excel's number, “2027年底”.

    `last` takes the last day of a month or a year where only those are given, else the first.
    """
    text = fold(raw).strip()
    full = re.match(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", text) or re.match(
        r"(\d{4})(\d{2})(\d{2})$", text
    )
    if full:
        return _day(*map(int, full.groups()))
    month = re.match(r"(\d{4})[-/.年](\d{1,2})月?(?:底|末|前)?$", text)
    if month:
        year, number = map(int, month.groups())
        if not 1 <= number <= 12:
            return None
        return _day(year, number, calendar.monthrange(year, number)[1] if last else 1)
    whole = re.match(r"(\d{4})年?(底|末|年底)?$", text)
    if whole and 1990 <= int(whole.group(1)) <= 2100:
        year = int(whole.group(1))
        return dt.date(year, 12, 31) if last or whole.group(2) else dt.date(year, 1, 1)
    serial = re.match(r"(\d{5})(?:\.0+)?$", text)
    if serial:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(serial.group(1)))
    return None


def read_due(raw: str, start: dt.date | None) -> dt.date | None:
    """Read a deadline: a day, or so many months or years (“18个月”, “2年”) from `start`."""
    day = read_day(raw, last=True)
    if day is not None or start is None:
        return day
    span = re.match(
        r"(?:约|签约后|合同签订后)?(\d+)\s*(个?月|年|months?|years?)", fold(raw).strip()
    )
    if not span:
        return None
    months = int(span.group(1)) * (12 if span.group(2)[0] in "年y" else 1)
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    if year > 9999:
        return None
    return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def read_words(raw: str, group: str) -> tuple[str, ...] | None:
    """Read one or several words of a group of ``files.yaml``; None where one is not known.

    A cell may hold several, parted by 、，；/ or line ends.
    """
    meanings = {
        _word_key(word): meaning
        for meaning, words in exchange_files().words[group].items()
        for word in (*words, meaning)
    }
    found = []
    for part in split_list(raw, slash=True):
        key = _word_key(part)
        if key not in meanings:
            return None
        found.append(meanings[key])
    return tuple(dict.fromkeys(found)) or None


def _word_key(word: str) -> str:
    return re.sub(r"[（(].*?[）)]|[“”\"'「」]", "", fold(word)).strip()


def split_list(raw: str, *, slash: bool = False) -> tuple[str, ...]:
    """Split a cell that holds several things."""
    marks = r"[、，,；;\n|]" if not slash else r"[、，,；;\n|/]"
    return tuple(part.strip() for part in re.split(marks, raw) if part.strip())


def read_tiers(raw: str) -> tuple[str, ...]:
    """Read tiers by their known names; a name not known is kept as it is written."""
    return tuple((read_words(part, "tiers") or (part,))[0] for part in split_list(raw))


def read_targets(raw: str) -> tuple[Target, ...]:
    """Read the metrics that are written as name, comparison, value and unit; the rest is left."""
    found = []
    for hit in _TARGET.finditer(fold(raw)):
        name = re.sub(r"^[\s\d.、)）:：,，（(]+", "", hit["name"]).strip(" :：,，")
        if name:
            value = re.sub(r"\s*[~\-—至]\s*", "~", hit["value"])
            sign: Comparison = "between" if "~" in value else _SIGNS[hit["sign"]]
            found.append(Target(name=name, comparison=sign, value=value, unit=hit["unit"]))
    return cast("tuple[Target, ...]", tuple(found))
