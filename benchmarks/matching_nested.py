"""How well needs find achievements when each need is judged by settings chosen without it.

Nested cross-validation: the needs fall into ten folds by the hash of their id; for each fold the
settings are chosen by nDCG@10 on the other nine, and the words common to needs are counted there.
Whether to use each addition at all is part of the choice. What it cannot undo: the additions
themselves were thought of with the choosing half in view.

uv run --group bench python -m benchmarks.matching_nested
"""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np

from benchmarks._needs import Plain, ngrams, read_graded
from sanfu.exchange.matching.inverted import Inverted
from sanfu.exchange.matching.quality import compare, interval, ndcg, recall
from sanfu.exchange.matching.query import Commonness, tell
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
    gains, found = (np.zeros((len(choices), len(judged))) for _ in range(2))
    for at, choice in enumerate(choices):
        settings = shipped.model_copy(update=choice)
        index = indices[choice["b"]]
        common = [
            Commonness(
                [f"{t}\n{x}" for n, t, x in graded.needs if fold_of(n) != fold], settings=settings
            )
            for fold in range(FOLDS)
        ]
        for place, (need, title, text) in enumerate(judged):
            query = tell(title, text, index, common[fold_of(need)], settings=settings)
            scores = index.inverted.scores(query.terms, query.weights)
            ranked = [ids[i] for i in np.argsort(-scores, kind="stable")[:100]]
            gains[at, place] = ndcg(ranked, dict.fromkeys(graded.relevant(need), 1.0))
            found[at, place] = recall(ranked, graded.relevant(need))
    return judged, gains, found


def nested(judged, gains):
    """Give for each need the setting that was best on the other folds."""
    folds = np.array([fold_of(need) for need, _, _ in judged])
    best = [int(np.argmax(gains[:, folds != fold].mean(axis=1))) for fold in range(FOLDS)]
    return np.array([best[fold] for fold in folds]), best


def main() -> None:
    graded = read_graded()
    choices = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    judged, gains, found = measure(graded, choices)
    chosen, best = nested(judged, gains)
    across = np.arange(len(judged))
    mine, mine_found = gains[chosen, across], found[chosen, across]
    plain = Plain(graded, ngrams(1, 2))
    ids = [one for one, _ in graded.achievements]
    base, base_found = [], []
    for need, title, text in judged:
        ranked = [ids[i] for i in np.argsort(-plain(title, text), kind="stable")[:100]]
        base.append(ndcg(ranked, dict.fromkeys(graded.relevant(need), 1.0)))
        base_found.append(recall(ranked, graded.relevant(need)))
    for name, values in (("BM25, characters + bigrams", base), ("Sanfu, settings nested", mine)):
        n = interval(list(values), seed=1)
        print(f"{name:30} nDCG@10 {n.mean:.3f} [{n.low:.3f}, {n.high:.3f}], {len(judged)} needs")
    g, r = compare(list(mine), base, seed=1), compare(list(mine_found), base_found, seed=1)
    print(f"nDCG@10 ratio {1 + g.relative:.2f} [{1 + g.low:.2f}, {1 + g.high:.2f}] p {g.p:.4f}")
    print(
        f"Recall@100 {np.mean(mine_found):.3f} against {np.mean(base_found):.3f}: "
        f"ratio {1 + r.relative:.2f} [{1 + r.low:.2f}, {1 + r.high:.2f}] p {r.p:.4f}"
    )
    print(f"chosen in the folds: {[choices[i] for i in sorted(set(best))]}")


if __name__ == "__main__":
    main()
