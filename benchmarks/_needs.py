"""Graded needs and achievements: the split, the rankings to compare, and their measures.

The data lies in ../shared and is never shipped (competition terms). A need belongs to the choosing
half where the SHA-256 of its id is even; everything that Sanfu ships was chosen there.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy.sparse as sp

from sanfu.exchange.matching.inverted import Inverted
from sanfu.exchange.matching.query import Commonness, tell
from sanfu.exchange.matching.settings import shipped_settings
from sanfu.exchange.matching.terms import fold

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "zh_need_achievement"


class Graded(NamedTuple):
    """Needs, achievements and the grades 1 to 4 of their pairs."""

    needs: list[tuple[str, str, str]]
    achievements: list[tuple[str, str]]
    grades: dict[str, dict[str, int]]

    def half(self, *, choosing: bool) -> list[tuple[str, str, str]]:
        return [need for need in self.needs if is_choosing(need[0]) == choosing]

    def relevant(self, need: str) -> set[str]:
        return {one for one, grade in self.grades.get(need, {}).items() if grade >= 3}


def is_choosing(need: str) -> bool:
    return int(hashlib.sha256(need.encode()).hexdigest(), 16) % 2 == 0


def read_graded(folder: Path = SHARED) -> Graded:
    def lines(name):
        return (folder / name).read_text(encoding="utf-8").splitlines()

    def clean(text):
        return (text or "").replace("\\n", "\n").replace("\\t", " ")

    needs = [json.loads(line) for line in lines("needs.jsonl")]
    achievements = [json.loads(line) for line in lines("achievements.jsonl")]
    grades: dict[str, dict[str, int]] = {}
    for line in lines("qrels.tsv"):
        need, achievement, grade = line.split("\t")
        grades.setdefault(need, {})[achievement] = int(grade)
    return Graded(
        [(n["id"], clean(n["title"]), clean(n["content"])) for n in needs],
        [(a["id"], "".join(a["title_tokens"])) for a in achievements],
        grades,
    )


class Telling:
    """Sanfu's ranking with the settings given; common words are counted in the choosing half."""

    def __init__(self, graded: Graded, *, common: bool = True, **changes):
        self.settings = shipped_settings().model_copy(update=changes)
        self._inverted = Inverted(k1=self.settings.k1, b=self.settings.b)
        self._inverted.add([text for _, text in graded.achievements])
        seen = [f"{title}\n{text}" for _, title, text in graded.half(choosing=True)]
        self._common = Commonness(seen if common else [], settings=self.settings)

    def size(self):
        return len(self._inverted)

    def frequency(self, terms, spelled):  # noqa: ARG002 - the protocol has it
        return self._inverted.frequency(terms)

    def ask(self, title, text):
        return tell(title, text, self, self._common, settings=self.settings)

    def __call__(self, title, text):
        query = self.ask(title, text)
        return self._inverted.scores(query.terms, query.weights)

    def chances(self, title, text):
        query = self.ask(title, text)
        share = self._inverted.scores(query.terms, query.weights) / (self.settings.k1 + 1)
        share = np.clip(share / query.ideal, 0, 1)
        line = self.settings.calibration
        return 1 / (1 + np.exp(-(line.intercept + line.slope * np.sqrt(share))))


class Plain:
    """Plain BM25 (k1 1.2, b 0.75) over the tokens that `cut` makes; title and text as one query."""

    def __init__(self, graded: Graded, cut: Callable[[str], list[str]]):
        self._cut = cut
        self._known: dict[str, int] = {}
        rows, columns, times = [], [], []
        for row, (_, text) in enumerate(graded.achievements):
            for token, count in Counter(cut(fold(text))).items():
                rows.append(row)
                columns.append(self._known.setdefault(token, len(self._known)))
                times.append(float(count))
        shape = (len(graded.achievements), len(self._known))
        tf = np.array(times)
        lengths = np.bincount(rows, weights=tf, minlength=shape[0])
        n = np.bincount(columns, minlength=shape[1])
        rarity = np.log1p((shape[0] - n + 0.5) / (n + 0.5))
        size = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
        part = tf * 2.2 / (tf + size[rows]) * rarity[columns]
        self._parts = sp.csr_matrix((part, (rows, columns)), shape=shape)

    def __call__(self, title, text):
        query = np.zeros(len(self._known))
        for token, count in Counter(self._cut(fold(f"{title}\n{text}"))).items():
            if token in self._known:
                query[self._known[token]] = count
        return self._parts @ query


def ngrams(*sizes: int) -> Callable[[str], list[str]]:
    """Cut runs of letters into pieces of the sizes given."""

    def cut(text):
        runs = "".join(c if c.isalnum() else " " for c in text).split()
        return [
            run[at : at + size]
            for run in runs
            for size in sizes
            for at in range(len(run) - size + 1)
        ]

    return cut


def rankings(graded: Graded, rank: Callable, *, choosing: bool) -> dict[str, list[str]]:
    """Rank all achievements for each need of a half that has a relevant one."""
    ids = [one for one, _ in graded.achievements]
    return {
        need: [ids[at] for at in np.argsort(-rank(title, text), kind="stable")[:100]]
        for need, title, text in graded.half(choosing=choosing)
        if graded.relevant(need)
    }
