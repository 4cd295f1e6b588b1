"""A need's telling terms: what of its long text is worth searching, and with what weight.

Three things lift retrieval over plain BM25 (docs/explanation/matching-quality.md): the title
keeps its weight however long the text is; a word that stands in many needs (技术, 提高, 企业) tells
little and weighs less; only the heaviest terms are searched.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sanfu.exchange.matching.inverted import rarity
from sanfu.exchange.matching.settings import Settings, generic_words, glossary, shipped_settings
from sanfu.exchange.matching.terms import count_terms, cut, spell_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


class Frequencies(Protocol):
    """What weighing terms needs of an index."""

    def size(self) -> int:
        """Give the number of texts."""
        ...

    def frequency(self, terms: NDArray[np.uint64], spelled: Mapping[int, str]) -> NDArray[np.int64]:
        """Count in how many texts each term stands."""
        ...


@dataclass(frozen=True)
class Query:
    """A need as weighted terms.

    `weights` holds the rarity; `title` tells which part of each weight came from the title.
    `spelled` maps a term to how it is written; `meant` a glossary term to the need's own word.
    """

    terms: NDArray[np.uint64]
    weights: NDArray[np.float64]
    title: NDArray[np.float64]
    spelled: Mapping[int, str]
    ideal: float
    """The score of an offer that holds every telling word the need wrote, over and over."""
    meant: Mapping[str, str] = field(default_factory=dict)


class Commonness:
    """How common terms are in needs: in those of the office, and in the set phrases of calls."""

    def __init__(self, texts: Iterable[str] = (), *, settings: Settings | None = None) -> None:
        self._settings = settings or shipped_settings()
        self._share: Counter[int] = Counter()
        self._needs = 0
        self.add(texts)
        words = generic_words()
        terms, _ = cut([*words.zh, *words.en])
        self._generic = set(terms.tolist())

    def add(self, texts: Iterable[str]) -> None:
        """Count the terms of more needs."""
        held = list(texts)
        if not held:
            return
        counts = count_terms(held)
        terms, times = np.unique(counts.term, return_counts=True)
        self._share.update(dict(zip(terms.tolist(), times.tolist(), strict=True)))
        self._needs += len(held)

    def under(self, settings: Settings) -> Commonness:
        """Give the same counts under other settings."""
        other = Commonness(settings=settings)
        other._share, other._needs = self._share, self._needs
        return other

    def factor(self, terms: Sequence[int]) -> NDArray[np.float64]:
        """Give for each term the factor in (0, 1] that its weight is multiplied by."""
        total = self._needs + self._settings.smoothing
        share = np.array(
            [
                max(
                    self._share[term] / total if total else 0.0,
                    self._settings.generic_share if term in self._generic else 0.0,
                )
                for term in terms
            ]
        )
        return np.asarray(1 / (1 + self._settings.commonness * share), dtype=np.float64)


@dataclass(frozen=True)
class Said:
    """A need's text as terms, before they are weighed: how often each stands in title and all."""

    in_title: Mapping[int, float]
    in_all: Mapping[int, float]
    spelled: Mapping[int, str]
    own: frozenset[int]
    """The terms that the need itself wrote; the others come from the glossary."""
    meant: Mapping[str, str]


def cut_need(title: str, body: str, *, settings: Settings | None = None) -> Said:
    """Cut a need's title and the rest of its text into terms, with what the glossary adds."""
    settings = settings or shipped_settings()
    in_title, in_all = _times(title), _times(f"{title}\n{body}")
    spelled = spell_terms(f"{title}\n{body}")
    own = frozenset(in_all)
    meant = _expand(title, body, in_title, in_all, spelled, settings.expansion)
    return Said(in_title, in_all, spelled, own, meant)


def tell(
    title: str,
    body: str,
    index: Frequencies,
    common: Commonness,
    *,
    settings: Settings | None = None,
) -> Query:
    """Find the telling terms of a need.

    Parameters
    ----------
    title, body
        Its title, and the rest of its text.
    index
        Where it will be searched; terms that stand nowhere in it are left out.
    common
        How common each term is among needs.
    """
    return weigh(cut_need(title, body, settings=settings), index, common, settings=settings)


def weigh(
    said: Said, index: Frequencies, common: Commonness, *, settings: Settings | None = None
) -> Query:
    """Weigh the terms of a need, and keep the heaviest; see `tell`."""
    settings = settings or shipped_settings()
    in_title, in_all = said.in_title, said.in_all
    if not in_all:
        nothing = np.empty(0)
        return Query(np.empty(0, dtype=np.uint64), nothing, nothing, {}, 0.0)
    every = np.array(sorted(in_all), dtype=np.uint64)
    frequency = index.frequency(every, said.spelled)
    codes = every.tolist()
    telling = rarity(frequency, index.size() + settings.unseen) * common.factor(codes)
    first = np.array([in_title.get(code, 0.0) for code in codes])
    rest = np.array([in_all[code] for code in codes])
    written = np.array([code in said.own for code in codes])
    held = frequency > 0
    from_title = _unit(first * telling, held)
    weights = from_title + settings.whole * _unit(rest * telling, held)
    ideal = float(np.sort(weights[written])[::-1][: settings.terms].sum())
    kept = np.flatnonzero(held)
    kept = np.sort(kept[np.argsort(-weights[kept], kind="stable")[: settings.terms]])
    shown = {code: said.spelled[code] for code in every[kept].tolist()}
    return Query(every[kept], weights[kept], from_title[kept], shown, ideal, said.meant)


def _times(text: str) -> dict[int, float]:
    terms, _ = cut([text])
    return {code: float(times) for code, times in Counter(terms.tolist()).items()}


def _expand(
    title: str,
    body: str,
    in_title: dict[int, float],
    in_all: dict[int, float],
    spelled: dict[int, str],
    weight: float,
) -> dict[str, str]:
    """Add the terms of words that mean the same, in place; give word added → word written.

    A word added weighs in all what the word written does, times `weight`, in however few terms.
    """
    meant: dict[str, str] = {}
    if weight == 0:
        return meant
    for text, into in ((title, in_title), (f"{title}\n{body}", in_all)):
        for written, others in glossary().expand(text).items():
            size = len(spell_terms(written))
            for other in others:
                meant.setdefault(other, written)
                added = spell_terms(other)
                each = weight * size / len(added)
                for code, spelling in added.items():
                    into[code] = max(into.get(code, 0.0), each)
                    spelled.setdefault(code, spelling)
    return meant


def _unit(weights: NDArray[np.float64], held: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scale to length 1 over the terms that the index holds, over all where it holds none."""
    length = float(np.sqrt((weights[held] ** 2).sum())) or float(np.sqrt((weights**2).sum()))
    return weights / length if length else weights
