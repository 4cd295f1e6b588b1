"""Understand headings: which measure, in which unit, of which year."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sanfu.content.measures import measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.content.measures import Measure

MONEY_UNITS: dict[str, int] = {
    "元": 100, "人民币元": 100, "百元": 10_000, "千元": 100_000, "万元": 1_000_000,
    "万": 1_000_000, "百万元": 100_000_000, "千万元": 1_000_000_000, "亿元": 10_000_000_000,
    "亿": 10_000_000_000, "分": 1, "fen": 1, "yuan": 100,
}  # fmt: skip
"""Unit as written → fen."""
OWN_UNIT = "自带"
"""Said for a column whose cells carry their units themselves: 1200万元, 3.5亿元."""
COUNT_UNITS = frozenset(["人", "名", "项", "件", "个", "家", "户", "条", "次"])
_UNIT_WORDS = sorted((*MONEY_UNITS, *COUNT_UNITS, "%", "年", "人民币"), key=len, reverse=True)
_UNIT_IN_BRACKETS = re.compile(
    r"[(\[【]\s*(?:单位\s*[::]?\s*)?(" + "|".join(map(re.escape, _UNIT_WORDS)) + r")\s*[)\]】]"
)
_UNIT_LINE = re.compile(r"单位\s*[::]\s*([^\s,,;;、))]+)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*(?:年度|年|fy)?(?!\d)", re.IGNORECASE)
_RELATIVE = re.compile(
    r"^(?:(?P<before2>前年度?|上上年度?)|(?P<before>上年同期|上一?年度?|去年同期|去年|同期)"
    r"|本年度?|当年|今年|本期)"
)
_CHINESE_YEAR = re.compile(r"[一二][九〇零○0][〇零○0一二三四五六七八九]{2}(?=年)")
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_ROMAN = {"ⅰ": "1", "ⅱ": "2", "i类": "1类", "ii类": "2类", "一类": "1类", "二类": "2类"}


@dataclass(frozen=True)
class Heading:
    """One column as understood.

    Attributes
    ----------
    measure
        Name in the dictionary, or None where the heading is not known.
    unit
        Unit as written in the heading or above the table; empty where none is.
    certainty
        ``confirmed`` by the officer, ``exact`` by the dictionary, ``content`` by what stands below.
    """

    letter: str
    words: str
    measure: str | None
    unit: str = ""
    year: int | None = None
    certainty: str = ""


def fold_heading(words: str) -> str:
    """Fold a heading for comparison: width, case, spaces, brackets with units, years, Roman I."""
    text = unicodedata.normalize("NFKC", words).lower()
    text = _UNIT_IN_BRACKETS.sub("", text)
    text = _YEAR.sub("", text)
    text = re.sub(r"[\s*::_/()\[\]【】\-—.、,,]+", "", text)
    for seen, plain in _ROMAN.items():
        text = text.replace(seen, plain)
    return re.sub(r"^(全年|年末|期末|其中)", "", _RELATIVE.sub("", text))


@cache
def _dictionary() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for measure in measures().values():
        for heading in (measure.name, measure.zh, *measure.headings):
            known.setdefault(fold_heading(heading), measure.name)
    return known


def known_measure(words: str) -> str | None:
    """Give the measure that a heading names, by the dictionary, else None."""
    folded = fold_heading(words)
    if not folded:
        return None
    known = _dictionary()
    if folded in known:
        return known[folded]
    for suffix in ("总额", "合计", "数量", "情况", "名称", "数", "额"):
        if folded.endswith(suffix) and folded.removesuffix(suffix) in known:
            return known[folded.removesuffix(suffix)]
    return None


def unit_in(words: str) -> str:
    """Give the unit written in a heading's brackets or at its end, else an empty text."""
    text = unicodedata.normalize("NFKC", words)
    found = _UNIT_IN_BRACKETS.search(text)
    if found:
        return found[1]
    ending = re.search(r"[,,/、](亿元|万元|千元|元|人|项|件)$", text.strip())
    return ending[1] if ending else ""


def unit_above(words: str) -> str:
    """Give the unit of a line such as ``单位：万元``, else an empty text."""
    found = _UNIT_LINE.findall(unicodedata.normalize("NFKC", words))
    return next((unit for unit in found if unit in MONEY_UNITS), "")


def year_in(words: str) -> int | None:
    """Give the one year that a text names; None for none or several."""
    text = unicodedata.normalize("NFKC", words)
    text = _CHINESE_YEAR.sub(lambda year: year[0].translate(_CHINESE_DIGITS), text)
    found = {int(year) for year in _YEAR.findall(text)}
    return found.pop() if len(found) == 1 else None


def years_back(words: str) -> int:
    """Give how many years before the table's own a heading speaks of: 上年 1, 前年 2, else 0."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", words)).removeprefix("其中:")
    found = _RELATIVE.match(text)
    if not found:
        return 0
    return 2 if found["before2"] else 1 if found["before"] else 0


def is_unit(words: str) -> bool:
    """Whether a cell holds nothing but a unit, in brackets or not."""
    text = re.sub(r"[\s()\[\]]|单位:?", "", unicodedata.normalize("NFKC", words))
    return text in MONEY_UNITS or text in COUNT_UNITS or text in {"%", "年"}


def measure_named(name: str) -> Measure:
    """Give a measure of the dictionary."""
    return measures()[name]
