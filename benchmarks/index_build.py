"""Speed of the index engine: full build, treatment, winsorising, outranking.

Peers: COINr 1.1.14 under R 4.2.2 on a machine of the same class (2 cores); its seconds are
published medians, cited from the project's reference notes (composite.md, section 5), not run
here. Physical limit: one pass that reads and writes the same matrix in memory. Of outranking: all
pairs compared with NumPy, at a size where that can be waited for, in the same run.

Run with ``uv run --group bench python -m benchmarks.index_build``.
"""

from __future__ import annotations

import resource
import statistics
import time

import numpy as np
import polars as pl

from sanfu.index import build_index, parse_framework
from sanfu.index.aggregate import aggregate_arithmetic
from sanfu.index.method import TreatRule, TreatStage
from sanfu.index.normalise import normalise_borda
from sanfu.index.outrank import aggregate_copeland, aggregate_promethee
from sanfu.index.treat import treat, winsorise

COINR_S = {
    ("full build", 51): 0.126,
    ("full build", 5_000): 6.1,
    ("full build", 50_000): 33.6,
    ("full build", 100_000): 58.7,
    ("treat", 51): 0.106,
    ("treat", 5_000): 1.9,
    ("treat", 50_000): 33.5,
    ("treat", 100_000): 58.5,
    ("Copeland, 8 children", 1_000): 1.54,
}
"""Regen (whole), Treat, and Copeland with matrix input: medians in seconds."""

INDICATORS = 49


def framework():
    """Give 49 indicators in 8 pillars in 2 halves in 1 index, as ASEM has."""

    def name(code):
        return {"zh": code, "en": code}

    nodes = {"Index": {"name": name("Index")}}
    nodes |= {f"S{k}": {"name": name(f"S{k}"), "parent": "Index"} for k in range(2)}
    nodes |= {f"P{k}": {"name": name(f"P{k}"), "parent": f"S{k // 5}"} for k in range(8)}
    indicators = {
        f"i{k}": {
            "name": name(f"i{k}"),
            "parent": f"P{k % 8}",
            "direction": -1 if k % 5 == 0 else 1,
            "denominator": "size" if k % 4 == 0 else None,
        }
        for k in range(INDICATORS)
    }
    method = {
        "order": ["denominate", "impute", "screen", "treat", "normalise"],
        "impute": {"method": "group_mean", "group": "group"},
        "screen": {"available": 0.9},
        "treat": {},
    }
    document = {
        "framework": "bench",
        "name": name("bench"),
        "nodes": nodes,
        "indicators": indicators,
        "method": method,
    }
    return parse_framework(document)


def figures(n: int, seed: int = 1) -> pl.DataFrame:
    """Give normal columns, a third of them heavy-tailed, 2 % of cells missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 10, size=(n, INDICATORS))
    heavy = np.arange(INDICATORS) % 3 == 0
    x[:, heavy] = rng.lognormal(0, 1.2, size=(n, int(heavy.sum())))
    x[rng.random(x.shape) < 0.02] = np.nan
    data = {f"i{k}": pl.Series(x[:, k]).fill_nan(None) for k in range(INDICATORS)}
    return pl.DataFrame(
        {
            "unit": [f"u{k}" for k in range(n)],
            "group": np.where(np.arange(n) % 2 == 0, "a", "b"),
            "size": rng.uniform(1, 100, size=n),
            **data,
        }
    )


def seconds(work, times: int = 5) -> float:
    """Give the median time of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(what: str, n: int, work, times: int = 5) -> dict:
    """Time one thing and set it beside its peer."""
    took = seconds(work, times)
    peer = COINR_S.get((what, n))
    return {
        "what": what,
        "units": n,
        "seconds": round(took, 4),
        "peer": "COINr" if peer else "",
        "peer_s": peer,
        "times_faster": None if peer is None else round(peer / took, 1),
        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def all_pairs(x, prefer):
    """Give PROMETHEE II net flows by comparing every pair: the definition, O(m n²)."""
    n = len(x)
    flow = np.zeros(n)
    for child in range(x.shape[1]):
        gap = x[:, child, None] - x[None, :, child]
        flow += (prefer(gap) - prefer(-gap)).sum(axis=1) / (n - 1)
    return flow / x.shape[1]


def against_all_pairs() -> list[dict]:
    """Set the fast outranking beside the comparison of all pairs, and check that they agree."""
    x = np.random.default_rng(5).normal(size=(2_000, 8))
    w = np.ones(8)
    rows = []
    for kind, arguments, prefer in (
        ("usual", {}, lambda d: (d > 0).astype(float)),
        ("linear", {"indifference": 0.1, "strict": 1.0}, lambda d: np.clip((d - 0.1) / 0.9, 0, 1)),
        ("gaussian", {"spread": 0.5}, lambda d: np.where(d > 0, 1 - np.exp(-2 * d * d), 0)),
    ):

        def fast(kind=kind, arguments=arguments):
            return aggregate_promethee(x, w, preference=kind, **arguments)

        np.testing.assert_allclose(fast(), all_pairs(x, prefer), rtol=0, atol=1e-12)
        slow = seconds(lambda prefer=prefer: all_pairs(x, prefer), 3)
        line = measure(f"PROMETHEE II, {kind}, 8 children", 2_000, fast)
        faster = round(slow / line["seconds"], 1)
        rows.append({**line, "peer": "all pairs", "peer_s": slow, "times_faster": faster})
    return rows


def run() -> list[dict]:
    """Measure everything; a row each."""
    plan, rows = framework(), []
    for n, times in ((51, 15), (5_000, 7), (50_000, 3), (100_000, 5)):
        table = figures(n)

        def build(table=table):
            return build_index(plan, table).frame

        rows.append(measure("full build", n, build, times))
        x = table.select(f"i{k}" for k in range(INDICATORS)).fill_null(np.nan).to_numpy().copy()
        rows.append(measure("treat", n, lambda x=x: treat(x, TreatRule()), times))
        if n == 100_000:
            limit = seconds(lambda x=x: x + 1.0)
            full = rows[-2]["seconds"]
            rows.append(
                {
                    "what": "one pass over the matrix (limit); full build is so many passes",
                    "units": n,
                    "seconds": round(limit, 4),
                    "times_faster": round(full / limit, 1),
                }
            )
    heavy = np.random.default_rng(2).lognormal(0, 3, size=100_000)
    for n in (10_000, 100_000, 1_000_000):
        column = np.random.default_rng(2).lognormal(0, 3, size=n)
        rows.append(
            measure("winsorise one column, no limit", n, lambda c=column: winsorise(c, points=None))
        )
        rows.append(measure("sort of the same column (limit)", n, lambda c=column: np.sort(c)))
    many = TreatRule(first=TreatStage(method="winsorise", points=None))
    wide = np.repeat(heavy[:, None], INDICATORS, axis=1)
    rows.append(measure("winsorise 49 columns, no limit", 100_000, lambda: treat(wide, many), 3))
    w = np.ones(INDICATORS)
    scores = np.random.default_rng(3).normal(size=(100_000, INDICATORS))
    for kind, arguments in (
        ("usual", {}),
        ("linear", {"indifference": 0.1, "strict": 1.0}),
        ("gaussian", {"spread": 0.5}),
    ):
        rows.append(
            measure(
                f"PROMETHEE II, {kind}, 49 children",
                100_000,
                lambda kind=kind, arguments=arguments: aggregate_promethee(
                    scores, w, preference=kind, **arguments
                ),
                3,
            )
        )
    rows.append(
        measure(
            "Borda points, 49 children",
            100_000,
            lambda: aggregate_arithmetic(normalise_borda(scores, ties="average"), w),
            3,
        )
    )
    rows += against_all_pairs()
    small = scores[:1_000, :8]
    rows.append(measure("Copeland, 8 children", 1_000, lambda: aggregate_copeland(small, w[:8])))
    ten = scores[:10_000]
    rows.append(measure("Copeland, 49 children", 10_000, lambda: aggregate_copeland(ten, w), 3))
    own = np.random.default_rng(4).random(INDICATORS)
    rows.append(
        measure("Copeland, 49 uneven weights", 10_000, lambda: aggregate_copeland(ten, own), 3)
    )
    return rows


if __name__ == "__main__":
    pl.Config.set_tbl_rows(50).set_fmt_str_lengths(70)
    print(pl.DataFrame(run(), infer_schema_length=None))
