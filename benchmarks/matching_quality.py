"""How well needs find achievements: each addition, and its peers, on the half not chosen on.

uv run --group bench python -m benchmarks.matching_quality
"""

from __future__ import annotations

import importlib.util

from benchmarks._needs import Plain, Telling, ngrams, rankings, read_graded
from sanfu.exchange.matching.quality import compare, interval, ndcg, recall, reliability


def methods(graded):
    """Name → ranking; each of Sanfu's additions taken away in turn."""
    found = {
        "BM25, trigrams (as FTS5)": Plain(graded, ngrams(3)),
        "BM25, characters": Plain(graded, ngrams(1)),
        "BM25, bigrams": Plain(graded, ngrams(2)),
        "BM25, characters + bigrams (base)": Plain(graded, ngrams(1, 2)),
        "Sanfu": Telling(graded),
        "Sanfu without common words of needs": Telling(graded, common=False),
        "Sanfu without set phrases of calls": Telling(graded, generic_share=0.0),
        "Sanfu without either": Telling(graded, common=False, generic_share=0.0),
        "Sanfu without the limit of 128 terms": Telling(graded, terms=100_000),
        "Sanfu without the glossary": Telling(graded, expansion=0.0),
    }
    if importlib.util.find_spec("jieba"):
        import jieba

        jieba.setLogLevel(60)
        found = {
            "BM25, jieba": Plain(graded, lambda text: [t for t in jieba.cut(text) if t.strip()]),
            "BM25, jieba for search": Plain(
                graded, lambda text: [t for t in jieba.cut_for_search(text) if t.strip()]
            ),
        } | found
    return found


def run(*, choosing: bool = False) -> list[dict]:
    graded = read_graded()
    measured = {}
    for name, rank in methods(graded).items():
        ranked = rankings(graded, rank, choosing=choosing)
        measured[name] = (
            [ndcg(r, dict.fromkeys(graded.relevant(n), 1.0)) for n, r in ranked.items()],
            [recall(r, graded.relevant(n)) for n, r in ranked.items()],
            judged(graded, rank, choosing=choosing),
        )
    base = measured["BM25, characters + bigrams (base)"]
    rows = []
    for name, (gain, found, among) in measured.items():
        against = compare(gain, base[0], seed=1)
        rows.append(
            {
                "method": name,
                "needs": len(gain),
                "ndcg": interval(gain, seed=1),
                "recall": interval(found, seed=1),
                "judged": interval(among, seed=1),
                "gain": against,
                "recall_gain": compare(found, base[1], seed=1),
            }
        )
    return rows


def judged(graded, rank, *, choosing: bool) -> list[float]:
    """Re-rank each need's own judged achievements: nDCG@10 over grade − 1."""
    number = {one: at for at, (one, _) in enumerate(graded.achievements)}
    out = []
    for need, title, text in graded.half(choosing=choosing):
        gains = {one: float(grade - 1) for one, grade in graded.grades.get(need, {}).items()}
        if any(gains.values()):
            scores = rank(title, text)
            out.append(ndcg(sorted(gains, key=lambda o: -scores[number[o]]), gains))
    return out


def said_and_so(*, choosing: bool = False):
    """Said probabilities and outcomes of all judged pairs of a half."""
    graded = read_graded()
    sanfu = Telling(graded)
    number = {one: at for at, (one, _) in enumerate(graded.achievements)}
    chances, outcomes = [], []
    for need, title, text in graded.half(choosing=choosing):
        said = sanfu.chances(title, text)
        for one, grade in graded.grades.get(need, {}).items():
            chances.append(float(said[number[one]]))
            outcomes.append(grade >= 3)
    return chances, outcomes


def main() -> None:
    for choosing in (False, True):
        rows = run(choosing=choosing)
        half = "choosing half" if choosing else "held-back half"
        print(f"\n{half}: {rows[0]['needs']} needs with a relevant achievement of 12,272")
        for row in rows:
            n, r, j, g = row["ndcg"], row["recall"], row["judged"], row["gain"]
            print(
                f"{row['method']:38} nDCG@10 {n.mean:.3f} [{n.low:.3f}, {n.high:.3f}]  "
                f"R@100 {r.mean:.3f} [{r.low:.3f}, {r.high:.3f}] (p {row['recall_gain'].p:.4f})  "
                f"judged {j.mean:.3f}  ratio {1 + g.relative:.2f} "
                f"[{1 + g.low:.2f}, {1 + g.high:.2f}] p {g.p:.4f}"
            )
        chances, outcomes = said_and_so(choosing=choosing)
        brier = sum((c - o) ** 2 for c, o in zip(chances, outcomes, strict=True)) / len(chances)
        share = sum(outcomes) / len(outcomes)
        print(f"reliability (said, so, pairs), Brier {brier:.4f} / {share * (1 - share):.4f}")
        print("  ", [f"{s:.2f} {o:.2f} {n}" for s, o, n in reliability(chances, outcomes, bins=8)])


if __name__ == "__main__":
    main()
