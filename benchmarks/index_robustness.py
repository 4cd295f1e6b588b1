"""Speed of the robustness analysis: replicates, Sobol indices, Shapley effects, leave-one-out.

Peers: COINr 1.1.14 under R 4.2.2 on a machine of the same class (2 cores), its medians as cited in
the project's reference notes (composite.md, section 5), not run here; and, in the same run, the
naive loop that builds the index anew for each replicate by `build_index`.

Wanted: 10,000 replicates of 51 units × 49 indicators in 1 s, at least 1,000 × COINr's rate; Sobol
with N = 1,024 and d = 4 in seconds. Run with ``python -m benchmarks index_robustness``.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import polars as pl

from benchmarks.index_build import INDICATORS, figures, framework, seconds
from sanfu.index import build_index
from sanfu.index.robustness.inference import rank_acceptability, winning_probability

COINR_REPLICATE_S = 0.146
COINR_SA_S = 118 / 600
"""A rebuild within its sensitivity analysis."""

CHOICES = {
    "treatment": {"path": "method.treat.first.points", "values": [1, 2, 3, 4, 5]},
    "normalisation": {
        "path": "method.normalise",
        "values": [
            {"method": "minmax", "low": 1, "high": 100},
            {"method": "zscore", "mean": 1000, "sd": 10},  # heavy tails, and no score ≤ 0
        ],
    },
    "weights": {"weights": {"noise": 0.25}},
    "aggregation": {"path": "method.aggregate", "values": ["arithmetic", "geometric"]},
}
"""COINr's own example: four choices, the weights of all nodes noisy."""


def row(what, units, runs, took, peer="", peer_s=None):
    """Give one line: time, peer's time for the same number of runs, and the ratio."""
    whole = None if peer_s is None else peer_s * runs
    line = {
        "what": what,
        "units": units,
        "runs": runs,
        "seconds": round(took, 3),
        "peer": peer,
        "peer_s": None if whole is None else round(whole, 2),
        "RATIO": None if whole is None else round(whole / took, 1),
        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(*(f"{key}={value}" for key, value in line.items() if value is not None), flush=True)
    return line


def naive(found, times):
    """Build replicates one by one; give the seconds of one."""
    start = time.perf_counter()
    for replicate in range(1, times + 1):
        again = found.replay(replicate)
        here = dict(zip(again.units, again.scores[:, -1], strict=True))
        ours = found.scores[replicate - 1]
        for unit, score in zip(found.units, ours, strict=True):
            assert unit not in here or np.isclose(here[unit], score, rtol=1e-9), unit
    return (time.perf_counter() - start) / times


def asem(rows):
    """Measure the shape of COINr's example."""
    index = build_index(framework(), figures(51))
    index.robustness(CHOICES, replicates=50)  # loads what loads once
    found = index.robustness(CHOICES, replicates=200)
    alone = naive(found, 40)
    for n in (100, 1_000, 10_000):
        took = seconds(lambda n=n: index.robustness(CHOICES, replicates=n))
        rows.append(row("replicates", 51, n, took, "COINr", COINR_REPLICATE_S))
    rows.append(row("replicates", 51, 10_000, took, "build_index one by one", alone))
    found = index.robustness(CHOICES, replicates=10_000)
    found.sobol(64, bootstrap=2)
    took = seconds(lambda: found.sobol(1024), 3)
    rows.append(row("Sobol, N 1,024, d 4, 103 outputs", 51, 6 * 1024, took, "COINr", COINR_SA_S))
    took = seconds(lambda: found.shapley(1024), 3)
    rows.append(row("Shapley, exact, N 1,024, d 4", 51, 16 * 1024, took, "one by one", alone))
    took = seconds(lambda: index.leave_one_out("units"), 3)
    rows.append(row("leave out each unit", 51, 51, took, "one by one", alone))
    took = seconds(lambda: index.leave_one_out("indicators"), 3)
    rows.append(row("leave out each indicator", 51, INDICATORS, took, "one by one", alone))

    def tables():
        rank_acceptability(found.ranks)
        return winning_probability(found.ranks)

    rows.append(row("acceptability and all pairs", 51, 10_000, seconds(tables, 3)))


def continuous(rows):
    """Measure choices that make a table of their own for each replicate."""
    index = build_index(framework(), figures(51))
    choices = {"skew": {"path": "method.treat.skew", "between": [1.5, 2.5]}, **CHOICES}
    took = seconds(lambda: index.robustness(choices, replicates=500), 3)
    rows.append(
        row("continuous threshold, a table each", 51, 500, took, "COINr", COINR_REPLICATE_S)
    )
    raw = index.steps["raw"].figures.values
    draws = raw * np.random.default_rng(1).normal(1, 0.05, (1000, *raw.shape))
    took = seconds(
        lambda: index.robustness({"f": {"draws": "firms"}, **CHOICES}, 1000, draws=draws), 3
    )
    rows.append(row("1,000 draws of the figures", 51, 1000, took, "COINr", COINR_REPLICATE_S))


def larger(rows):
    """Measure more units than COINr's users have."""
    for units, replicates in ((1_000, 1_000), (10_000, 200)):
        index = build_index(framework(), figures(units))
        found = index.robustness(CHOICES, replicates=8)
        alone = naive(found, 3)
        took = seconds(lambda index=index, n=replicates: index.robustness(CHOICES, n), 3)
        rows.append(row("replicates", units, replicates, took, "one by one", alone))


def run() -> list[dict]:
    """Measure everything; a row each."""
    rows: list[dict] = []
    asem(rows)
    continuous(rows)
    larger(rows)
    return rows


if __name__ == "__main__":
    pl.Config.set_tbl_rows(50).set_fmt_str_lengths(50).set_tbl_width_chars(160).set_tbl_cols(20)
    print(pl.DataFrame(run(), infer_schema_length=None))
