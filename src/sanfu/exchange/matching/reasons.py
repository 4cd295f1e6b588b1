"""Why an offer was found: the words, products and patents that stand in both texts.

A reason names only what is written: a phrase is shown when it stands in the need and in the named
field of the offer, or when the need's word and the offer's word are one meaning of the glossary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sanfu.exchange.matching.settings import generic_words
from sanfu.exchange.matching.terms import fold, spell_terms
from sanfu.exchange.offers import TEXT_FIELDS
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sanfu.exchange.matching.query import Query


@dataclass(frozen=True)
class Reason:
    """One phrase that stands in both: where in the offer, and how much it weighed."""

    field: str
    phrase: str
    """As it stands in the offer, widths and case folded."""
    written: str
    """The need's own word for it; the same as `phrase`, or its glossary fellow."""
    whole: str
    """The product, patent or line of the offer that holds it."""
    weight: float

    def in_words(self) -> Text:
        """Give the reason as a phrase in both languages."""
        where = TEXT_FIELDS[self.field]
        said = self.phrase if self.phrase == self.written else f"{self.written}↔{self.phrase}"
        shown = self.whole if len(self.whole) <= 40 else ""
        zh = f"{where.zh}“{shown}”含“{said}”" if shown else f"{where.zh}含“{said}”"
        en = f"{where.en} “{shown}” has “{said}”" if shown else f"{where.en} has “{said}”"
        return Text(zh, en)


def find_reasons(
    need_text: str, query: Query, fields: Mapping[str, Iterable[str]], *, most: int = 6
) -> tuple[Reason, ...]:
    """Find the phrases that made an offer match, heaviest first.

    Parameters
    ----------
    need_text
        The need's title and body.
    query
        Its telling terms.
    fields
        The offer's text fields, each as its lines (one product, one patent, the scope …).
    """
    need = fold(need_text)
    weight = dict(zip(query.terms.tolist(), query.weights.tolist(), strict=True))
    words = {one for one in query.spelled.values() if one.isascii() and has_word(need, one)}
    found: dict[str, Reason] = {}
    for field, lines in fields.items():
        for line in lines:
            folded = fold(line)
            telling = {s: weight[c] for c, s in spell_terms(folded).items() if c in weight}
            same = [(p, p, w) for p, w in _shared_phrases(folded, need, words, telling)]
            for phrase, written, heavy in [*same, *_meant_phrases(folded, need, query, telling)]:
                if phrase in _set_phrases():
                    continue
                held = found.get(phrase)
                if held is None or heavy > held.weight:
                    found[phrase] = Reason(field, phrase, written, line, heavy)
    ordered = sorted(found.values(), key=lambda reason: (-reason.weight, reason.phrase))
    kept: list[Reason] = []
    for reason in ordered:
        if len(kept) == most:
            break
        if not any(reason.phrase in other.phrase for other in kept):
            kept.append(reason)
    return tuple(kept)


@cache
def _set_phrases() -> frozenset[str]:
    """Give the set phrases of calls, which are no reason."""
    words = generic_words()
    return frozenset(fold(word) for word in (*words.zh, *words.en))


def _shared_phrases(
    line: str, need: str, words: AbstractSet[str], telling: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """Find the longest runs of telling pairs that the need has too, and the shared Latin words."""
    at = 0
    while at < len(line) - 1:
        pair = line[at : at + 2]
        if pair not in telling or pair not in need:
            at += 1
            continue
        end, total = at + 2, telling[pair]
        while end < len(line) and line[end - 1 : end + 1] in telling and line[at : end + 1] in need:
            total += telling[line[end - 1 : end + 1]]
            end += 1
        yield line[at:end], total
        at = end
    for word in telling:
        if word in words and word[0].isascii() and len(word) > 1 and not word.isdigit():
            yield word, telling[word]


def _meant_phrases(
    line: str, need: str, query: Query, telling: Mapping[str, float]
) -> Iterator[tuple[str, str, float]]:
    """Find glossary words in the line whose fellow the need has and that itself does not."""
    for added, written in query.meant.items():
        if added in need or written not in need or not has_word(line, added):
            continue
        heavy = sum(telling.get(spelling, 0.0) for spelling in spell_terms(added).values())
        if heavy:
            yield added, written, heavy


def has_word(text: str, word: str) -> bool:
    """Tell whether a folded text holds a folded word; a Latin one only as whole words."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
