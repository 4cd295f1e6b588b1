"""Matching at scale: 1 million offers indexed, asked, added to; beside bm25s, tantivy and FTS5.

    uv run --group bench python -m benchmarks.matching [n_offers] [alone]
    uv run --group bench python -m benchmarks.matching batch [n_needs]

The offers are made up from the achievement titles of ../shared (six a text, about 72 characters);
the needs are the real ones, in the batch each title with each other text. Each engine runs in a
process of its own, so that memory is its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks._needs import ngrams, read_graded

NEEDS = 100


def make_texts(n: int, seed: int = 1) -> list[str]:
    titles = [text for _, text in read_graded().achievements]
    picks = np.random.default_rng(seed).integers(len(titles), size=(n, 6))
    return ["；".join(titles[at] for at in row) for row in picks.tolist()]


def make_needs() -> list[tuple[str, str]]:
    return [(title, text) for _, title, text in read_graded().needs[:NEEDS]]


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Times:
    """Wall and processor seconds of what is done within it, one pair a time."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __enter__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    def __exit__(self, *fault: object) -> None:
        self.wall.append(time.perf_counter() - self._start[0])
        self.cpu.append(time.process_time() - self._start[1])


def sanfu(n: int) -> dict:
    from sanfu.exchange import LocalIndex, Need, match, offer_frame
    from sanfu.exchange.matching.inverted import best
    from sanfu.exchange.matching.query import Commonness, tell

    texts = make_texts(n)
    frame = pl.DataFrame({"offer": [f"O{at}" for at in range(n)], "scope": texts})
    del texts
    before, build, took = peak_gib(), Times(), Times()
    with build:
        index = LocalIndex(frame)
    asked = make_needs()
    common = Commonness(f"{title}\n{text}" for title, text in asked)
    for title, text in asked:
        with took:
            index.search(tell(title, text, index, common), top=100)
    same = []
    for title, text in asked:
        query = tell(title, text, index, common)
        inverted = index._inverted  # noqa: SLF001 - what is measured
        rows, _ = inverted.search(query.terms, query.weights, 20)
        whole = best(inverted.scores(query.terms, query.weights), 20)
        same.append(len(set(rows.tolist()) & set(whole.tolist())) / 20)
    needs = [Need(id=str(at), title=t, problem=p) for at, (t, p) in enumerate(asked)]
    start = time.perf_counter()
    match(needs, index, top=20)
    each = (time.perf_counter() - start) / len(needs)
    added = []
    for at in range(20):
        one = offer_frame(pl.DataFrame({"offer": [f"new{at}"], "scope": ["锂电池隔膜涂布检测"]}))
        start = time.perf_counter()
        index.add(one)
        added.append(time.perf_counter() - start)
    return figures("sanfu", build, took, before) | {
        "match_ms": 1000 * each,
        "same_top_20": float(np.mean(same)),
        "add_ms": 1000 * float(np.median(added)),
    }


def batch(n_needs: int, n_offers: int = 1_000_000) -> dict:
    """Match many needs with a million offers in one call, reasons included."""
    from sanfu.exchange import LocalIndex, Need, match

    index = LocalIndex(
        pl.DataFrame({"offer": [f"O{at}" for at in range(n_offers)], "scope": make_texts(n_offers)})
    )
    real = read_graded().needs
    pairs = [
        (one, other) for step in range(len(real)) for one, other in enumerate_pairs(real, step)
    ]
    needs = [
        Need(id=str(at), title=one[1], problem=other[2])
        for at, (one, other) in enumerate(pairs[:n_needs])
    ]
    start, cpu = time.perf_counter(), time.process_time()
    found = match(needs, index, top=20)
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "needs": len(needs), "offers": n_offers, "seconds": took, "cpu_s": cpu,
        "hits": len(found.hits), "unanswered": len(found.unanswered), "peak_gib": peak_gib(),
    }  # fmt: skip


def enumerate_pairs(needs: list, step: int) -> list[tuple]:
    """Put each need's title to the text of the need so many places on."""
    return [(need, needs[(at + step) % len(needs)]) for at, need in enumerate(needs)]


def figures(name: str, build: Times, took: Times, before: float) -> dict:
    return {
        "engine": name,
        "build_s": build.wall[0],
        "build_cpu_s": build.cpu[0],
        "p50_ms": 1000 * float(np.percentile(took.wall, 50)),
        "p95_ms": 1000 * float(np.percentile(took.wall, 95)),
        "p95_cpu_ms": 1000 * float(np.percentile(took.cpu, 95)),
        "peak_gib": peak_gib(),
        "texts_gib": before,
    }


def bm25s_peer(n: int) -> dict:
    """bm25s with the same characters and bigrams."""
    import bm25s

    cut, texts = ngrams(1, 2), make_texts(n)
    before, build, took = peak_gib(), Times(), Times()
    known: dict[str, int] = {}
    engine = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    with build:
        ids = [[known.setdefault(token, len(known)) for token in cut(text)] for text in texts]
        engine.index((ids, known), show_progress=False)
    for title, text in make_needs():
        with took:
            tokens = [t for t in cut(f"{title}{text}") if t in known]
            engine.retrieve([tokens], k=100, show_progress=False, n_threads=1)
    return figures("bm25s", build, took, before)


def tantivy_peer(n: int) -> dict:
    """tantivy with the same characters and bigrams, cut beforehand."""
    import tantivy

    cut, texts = ngrams(1, 2), make_texts(n)
    before, build, took = peak_gib(), Times(), Times()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace")
    with build:
        index = tantivy.Index(builder.build())
        writer = index.writer(heap_size=500_000_000, num_threads=2)
        for text in texts:
            writer.add_document(tantivy.Document(text=[" ".join(cut(text))]))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
    searcher = index.searcher()
    for title, text in make_needs():
        with took:
            terms = [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.boost_query(
                        tantivy.Query.term_query(index.schema, "text", term), float(times)
                    ),
                )
                for term, times in Counter(cut(f"{title}{text}")).items()
            ]
            searcher.search(tantivy.Query.boolean_query(terms), 100)
    return figures("tantivy", build, took, before)


def fts5_peer(n: int) -> dict:
    """SQLite FTS5 with its trigram tokenizer, on disk."""
    texts = make_texts(n)
    before, build, took = peak_gib(), Times(), Times()
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(Path(folder) / "fts.db")
        with build:
            base.execute("create virtual table offers using fts5(text, tokenize='trigram')")
            base.executemany("insert into offers values (?)", ((text,) for text in texts))
            base.commit()
        for title, text in make_needs()[:20]:
            tokens = dict.fromkeys(ngrams(3)(f"{title}{text}"))
            words = " OR ".join(f'"{token}"' for token in tokens)
            with took:
                base.execute(
                    "select rowid from offers where offers match ? order by bm25(offers) limit 100",
                    (words,),
                ).fetchall()
        base.close()
    return figures("fts5 trigram", build, took, before)


def run(n: int = 1_000_000, *, alone: bool = False) -> list[dict]:
    """Each engine in a fresh process, one after another."""
    rows = []
    for engine in (sanfu,) if alone else (sanfu, tantivy_peer, bm25s_peer, fts5_peer):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows.append(pool.apply(engine, (n,)) | {"offers": n})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    if "batch" in sys.argv:
        row = batch(numbers[0] if numbers else 10_000)
        print(json.dumps(row), f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        return
    rows = run(numbers[0] if numbers else 1_000_000, alone="alone" in sys.argv)
    mine = rows[0]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ratios are of CPU seconds")
    for row in rows:
        build, late = (row[key] / mine[key] for key in ("build_cpu_s", "p95_cpu_ms"))
        print(
            f"{row['engine']:14} {row['offers']:,} offers  build {row['build_s']:.1f} s, CPU "
            f"{row['build_cpu_s']:.1f} (ratio {build:.2f})  p50 {row['p50_ms']:.1f} ms  p95 "
            f"{row['p95_ms']:.1f} ms, CPU {row['p95_cpu_ms']:.1f} (ratio {late:.2f})  "
            f"peak {row['peak_gib']:.2f} GiB (texts {row['texts_gib']:.2f})"
        )
    print(
        f"sanfu: match with reasons {mine['match_ms']:.1f} ms a need "
        f"(10,000 needs: {mine['match_ms'] * 10 / 60:.1f} minutes, extrapolated from {NEEDS}); "
        f"adding one offer {mine['add_ms']:.1f} ms; "
        f"the best 20 are those of scoring everything: {mine['same_top_20']:.1%}"
    )


if __name__ == "__main__":
    main()
