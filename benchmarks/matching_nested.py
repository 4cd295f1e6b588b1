"""How well needs find achievements when each need is judged by settings chosen without it.

Nested cross-validation: the needs fall into ten folds by the hash of their id; for each fold the
settings are chosen by nDCG@10 on the other nine, and the words common to needs are counted there.
Whether to use each addition at all is part of the choice. What it cannot undo: the additions
themselves were thought of with the choosing half in view.

The stated rule takes the setting that was best; a second rule chooses each number by its effect.

uv run --group bench python -m benchmarks.matching_nested
"""

from __future__ import annotations

import hashlib
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks._needs import Plain, ngrams, read_graded
from sanfu.exchange.matching.inverted import Inverted, best
from sanfu.exchange.matching.quality import compare, interval, ndcg, recall
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


def fold_of(need: str) -> int:
    return int(hashlib.sha256(f"fold {need}".encode()).hexdigest(), 16) % FOLDS


class Index:
    """What weighing a need's terms asks of an index."""

    def __init__(self, texts, k1: float, b: float):
        self.inverted = Inverted(k1=k1, b=b)
        self.inverted.add(texts)

    def size(self):
        return len(self.inverted)

    def frequency(self, terms, spelled):  # noqa: ARG002 - the protocol has it
        return self.inverted.frequency(terms)


def measure(graded, choices):
    """Measure nDCG@10 and Recall@100 of every need under every setting: two (setting, need)."""
    shipped = shipped_settings()
    ids = [one for one, _ in graded.achievements]
    texts = [text for _, text in graded.achievements]
    indices = {b: Index(texts, shipped.k1, b) for b in GRID["b"]}
    judged = [need for need in graded.needs if graded.relevant(need[0])]
    said = [cut_need(title, text, settings=shipped) for _, title, text in judged]
    others = [
        [f"{t}\n{x}" for n, t, x in graded.needs if fold_of(n) != fold] for fold in range(FOLDS)
    ]
    counted = [Commonness(texts_of, settings=shipped) for texts_of in others]
    gains, found = (np.zeros((len(choices), len(judged))) for _ in range(2))
    for at, choice in enumerate(choices):
        settings = shipped.model_copy(update=choice)
        index = indices[choice["b"]]
        common = [one.under(settings) for one in counted]
        for place, (need, _, _) in enumerate(judged):
            query = weigh(said[place], index, common[fold_of(need)], settings=settings)
            scores = index.inverted.scores(query.terms, query.weights)
            ranked = [ids[i] for i in best(scores, 100).tolist()]
            gains[at, place] = ndcg(ranked, dict.fromkeys(graded.relevant(need), 1.0))
            found[at, place] = recall(ranked, graded.relevant(need))
    return judged, gains, found


def nested(judged, gains):
    """Give for each need the setting that was best on the other folds."""
    folds = np.array([fold_of(need) for need, _, _ in judged])
    picks = [int(np.argmax(gains[:, folds != fold].mean(axis=1))) for fold in range(FOLDS)]
    return np.array([picks[fold] for fold in folds]), picks


class Judged(NamedTuple):
    """One number a need."""

    ndcg: list[float]
    recall: list[float]


def judge(graded) -> tuple[Judged, Judged]:
    """Judge every need by settings chosen without it, and by plain BM25."""
    judged, gains, found = measure(graded, choices_of(GRID))
    chosen, _ = nested(judged, gains)
    across = np.arange(len(judged))
    return (
        Judged(gains[chosen, across].tolist(), found[chosen, across].tolist()),
        plain_of(graded, judged),
    )


def choices_of(grid) -> list[dict]:
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def plain_of(graded, judged) -> Judged:
    plain = Plain(graded, ngrams(1, 2))
    ids = [one for one, _ in graded.achievements]
    rows = []
    for need, title, text in judged:
        ranked = [ids[i] for i in np.argsort(-plain(title, text), kind="stable")[:100]]
        relevant = graded.relevant(need)
        rows.append((ndcg(ranked, dict.fromkeys(relevant, 1.0)), recall(ranked, relevant)))
    return Judged(*map(list, zip(*rows, strict=True)))


def by_effect(judged, gains):
    """Choose each number by its mean over all settings of the others: a rule with less variance."""
    folds = np.array([fold_of(need) for need, _, _ in judged])
    choices = choices_of(GRID)
    picks = []
    for fold in range(FOLDS):
        mean = gains[:, folds != fold].mean(axis=1)
        pick = {
            name: max(
                values,
                key=lambda v, n=name, m=mean: np.mean(
                    [m[at] for at, choice in enumerate(choices) if choice[n] == v]
                ),
            )
            for name, values in GRID.items()
        }
        picks.append(choices.index(pick))
    return np.array([picks[fold] for fold in folds]), picks


def main() -> None:
    graded = read_graded()
    choices = choices_of(GRID)
    judged, gains, found = measure(graded, choices)
    across, base = np.arange(len(judged)), plain_of(graded, judged)
    n = interval(base.ndcg, seed=1)
    print(f"BM25, characters + bigrams: nDCG@10 {n.mean:.3f} [{n.low:.3f}, {n.high:.3f}], "
          f"Recall@100 {np.mean(base.recall):.3f}, {len(judged)} needs")  # fmt: skip
    for name, rule in (("the best setting (stated)", nested), ("by each effect", by_effect)):
        chosen, picks = rule(judged, gains)
        n = interval(gains[chosen, across].tolist(), seed=1)
        g = compare(gains[chosen, across].tolist(), base.ndcg, seed=1)
        r = compare(found[chosen, across].tolist(), base.recall, seed=1)
        print(f"chosen within folds as {name}: nDCG@10 {n.mean:.3f} [{n.low:.3f}, {n.high:.3f}]")
        print(f"  ratio {1 + g.relative:.3f} [{1 + g.low:.3f}, {1 + g.high:.3f}] p {g.p:.4f}")
        print(
            f"  Recall@100 {found[chosen, across].mean():.3f}: "
            f"ratio {1 + r.relative:.2f} [{1 + r.low:.2f}, {1 + r.high:.2f}] p {r.p:.4f}"
        )
        print(f"  chosen in the folds: {[choices[i] for i in sorted(set(picks))]}")


if __name__ == "__main__":
    main()
