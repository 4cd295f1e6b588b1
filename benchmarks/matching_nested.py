"""How well needs find achievements where no need is judged by what was chosen with it.

Three readings over all needs with a relevant achievement; the words common to needs are counted
without the need itself throughout.

1. Nothing chosen: the mean over all settings of a grid that was laid down beforehand.
2. Nested: each need is judged by the setting that was best on other needs, in folds by the hash of
   its id (several ways of falling into ten, and leave-one-out). Best by average precision, which
   says more of a ranking than nDCG@10 does and is less moved by chance (Yilmaz, Robertson 2010, On
   the choice of effectiveness measures for learning to rank, Information Retrieval 13(3)); best by
   nDCG@10 itself is printed beside it.
3. How many single settings are better than plain BM25, and what each addition does: the mean over
   all settings that have it against the mean over those that have not.

What none can undo: the additions themselves were thought of with the choosing half in view.

uv run --group bench python -m benchmarks.matching_nested
"""

from __future__ import annotations

import hashlib
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks._needs import Plain, ngrams, read_graded
from sanfu.exchange.matching.inverted import Inverted, best
from sanfu.exchange.matching.quality import compare, interval, ndcg, precision, recall
from sanfu.exchange.matching.query import Commonness, cut_need, weigh
from sanfu.exchange.matching.settings import shipped_settings

FOLDS = 10
GRID = {
    "whole": (0.3, 0.7, 1.2),
    "commonness": (0.0, 2.0, 5.0, 10.0),
    "generic_share": (0.0, 0.3),
    "terms": (64, 128, 100_000),
    "b": (0.75, 0.9),
}
CHOICES = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
EFFECTS = (
    ("commonness", (2.0, 5.0, 10.0), (0.0,)),
    ("generic_share", (0.3,), (0.0,)),
    ("whole", (0.7,), (0.3,)),
    ("terms", (128,), (100_000,)),
)
"""Each addition: its name, with it, without it."""
WAYS = ("fold", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Measured(NamedTuple):
    """Measures of rankings, one a need along the last axis; before it, where given, a setting."""

    ndcg: np.ndarray
    recall: np.ndarray
    precision: np.ndarray

    @classmethod
    def of(cls, ranked: list[str], relevant: set[str]) -> Measured:
        return cls(
            ndcg(ranked, dict.fromkeys(relevant, 1.0)),
            recall(ranked, relevant),
            precision(ranked, relevant),
        )


class Index:
    """What weighing a need's terms asks of an index."""

    def __init__(self, texts, k1: float, b: float):
        self.inverted = Inverted(k1=k1, b=b)
        self.inverted.add(texts)

    def size(self):
        return len(self.inverted)

    def frequency(self, terms, spelled):  # noqa: ARG002 - the protocol has it
        return self.inverted.frequency(terms)


def judged_needs(graded) -> list[tuple[str, str, str]]:
    return [need for need in graded.needs if graded.relevant(need[0])]


def measure(graded) -> Measured:
    """Measure every need under every setting, shape (setting, need)."""
    shipped = shipped_settings()
    ids = [one for one, _ in graded.achievements]
    texts = [text for _, text in graded.achievements]
    indices = {b: Index(texts, shipped.k1, b) for b in GRID["b"]}
    rows = []
    for need, title, text in judged_needs(graded):
        said = cut_need(title, text, settings=shipped)
        others = [f"{t}\n{x}" for other, t, x in graded.needs if other != need]
        common = Commonness(others, settings=shipped)
        found = []
        for choice in CHOICES:
            settings, index = shipped.model_copy(update=choice), indices[choice["b"]]
            query = weigh(said, index, common.under(settings), settings=settings)
            scores = index.inverted.scores(query.terms, query.weights)
            ranked = [ids[at] for at in best(scores, 100).tolist()]
            found.append(Measured.of(ranked, graded.relevant(need)))
        rows.append(found)
    return Measured(*np.array(rows).transpose(2, 1, 0))


def measure_plain(graded) -> Measured:
    """Measure every need under plain BM25 over characters and bigrams."""
    plain = Plain(graded, ngrams(1, 2))
    ids = [one for one, _ in graded.achievements]
    rows = []
    for need, title, text in judged_needs(graded):
        ranked = [ids[at] for at in np.argsort(-plain(title, text), kind="stable")[:100]]
        rows.append(Measured.of(ranked, graded.relevant(need)))
    return Measured(*np.array(rows).T)


def folds_of(graded, way: str) -> np.ndarray:
    """Let needs fall into folds by a hash; each alone where the way is “alone”."""
    needs = [need for need, _, _ in judged_needs(graded)]
    if way == "alone":
        return np.arange(len(needs))
    hashed = (hashlib.sha256(f"{way} {need}".encode()).hexdigest() for need in needs)
    return np.array([int(one, 16) % FOLDS for one in hashed])


def nested(criterion: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Give for each need the setting that was best by a criterion on the other folds."""
    picks = {f: int(np.argmax(criterion[:, folds != f].mean(axis=1))) for f in set(folds.tolist())}
    return np.array([picks[fold] for fold in folds.tolist()])


def mean_where(values: np.ndarray, **held: tuple) -> np.ndarray:
    """Give each need's mean over the settings that hold any of the values named."""
    chosen = [
        at
        for at, choice in enumerate(CHOICES)
        if all(choice[name] in some for name, some in held.items())
    ]
    return values[chosen].mean(axis=0)


def main() -> None:
    graded = read_graded()
    mine, base = measure(graded), measure_plain(graded)
    across = np.arange(base.ndcg.size)

    def told(name: str, values: np.ndarray, against: np.ndarray = base.ndcg) -> None:
        g = compare(values.tolist(), against.tolist(), seed=1)
        print(
            f"{name:46} {values.mean():.3f}  ratio {1 + g.relative:.3f} "
            f"[{1 + g.low:.2f}, {1 + g.high:.2f}] p {g.p:.4f}"
        )

    n = interval(base.ndcg.tolist(), seed=1)
    print(f"{across.size} needs; plain BM25, characters + bigrams: nDCG@10 {n.mean:.3f} "
          f"[{n.low:.3f}, {n.high:.3f}], Recall@100 {base.recall.mean():.3f}")  # fmt: skip
    told("nDCG@10, nothing chosen: mean over the grid", mine.ndcg.mean(axis=0))
    told("Recall@100, nothing chosen", mine.recall.mean(axis=0), base.recall)
    single = [compare(row.tolist(), base.ndcg.tolist(), seed=1) for row in mine.ndcg]
    print(
        f"of {len(CHOICES)} settings {sum(g.relative >= 0.1 for g in single)} gain 10 % or more, "
        f"{sum(g.relative > 0 and g.p < 0.05 for g in single)} with p < 0.05"
    )
    plainest = {"commonness": (0.0,), "generic_share": (0.0,), "terms": (100_000,)}
    told("nDCG@10, the title's own weight alone", mean_where(mine.ndcg, **plainest))
    for name, on, off in EFFECTS:
        with_it, without = ({name: values} for values in (on, off))
        for measure_name in ("ndcg", "recall"):
            values = getattr(mine, measure_name)
            told(
                f"  {measure_name}: {name} {on} for {off}",
                mean_where(values, **with_it),
                mean_where(values, **without),
            )
    for name, criterion in (("average precision", mine.precision), ("nDCG@10", mine.ndcg)):
        for way in (*WAYS, "alone"):
            chosen = nested(criterion, folds_of(graded, way))
            told(f"nDCG@10, chosen by {name}, folds “{way}”", mine.ndcg[chosen, across])
        told(f"Recall@100, chosen by {name}, “alone”", mine.recall[chosen, across], base.recall)
    ship = shipped_settings()
    at = CHOICES.index({name: getattr(ship, name) for name in GRID})
    told("nDCG@10, as shipped (chosen on one half of them)", mine.ndcg[at])


if __name__ == "__main__":
    main()
