"""From firms to regions: 10 million firms × 40 measures → 16 districts × 40 indicators.

The limit is reading the same Parquet columns and adding each up once. Wanted: at most 2.5 × that,
in less than 2 GiB; and 1,000 bootstrap replicates over 8,288 firms × 40 indicators in 10 s.
`FIRMS=1000000 python -m benchmarks micro` runs a smaller one.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._alone import alone

FIRMS = int(os.environ.get("FIRMS", "10000000"))
MEASURES = 40
CHUNK = 1_000_000


def write_firms(path: Path, firms: int) -> None:
    """Write firms in chunks: a district, a year, and 40 measures, 2 % of them missing."""
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq

    generator = np.random.default_rng(1)
    writer = None
    for start in range(0, firms, CHUNK):
        size = min(CHUNK, firms - start)
        columns = {
            f"m{i}": np.exp(generator.normal(14, 1.2, size)).astype(np.int64)
            for i in range(MEASURES)
        }
        frame = pl.DataFrame(
            {
                "district": generator.integers(0, 16, size),
                "year": np.full(size, 2023),
                **columns,
            }
        )
        holes = [
            pl.when(pl.int_range(pl.len()) % 50 != i).then(f"m{i}").alias(f"m{i}")
            for i in range(MEASURES)
        ]
        table = frame.with_columns(*holes, pl.col("district").cast(pl.String)).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def formulas(*, ordered: bool) -> dict[str, str]:
    """Give 40 indicators over 40 measures; four need the order of the firms."""
    found = {}
    for i in range(10):
        found[f"ratio{i}"] = f"sum(m{i}) / sum(m{i + 10})"
    for i in range(10):
        found[f"mean{i}"] = f"mean(m{i + 10} / m{i + 20})"
    for i in range(10):
        found[f"share{i}"] = f"share(m{i + 20} / m{i + 30} >= 3%)"
    for i in range(4):
        found[f"hhi{i}"] = f"hhi(m{i + 30})"
    found["count"] = "count()"
    found["big"] = "count(where=m34 >= 100 万元)"
    if ordered:
        found["median0"], found["median1"] = "median(m36)", "median(m37)"
        found["top"], found["trimmed"] = "top_share(m38, k=10)", "trimmed_mean(m39, trim=5%)"
    else:
        found |= {f"sum{i}": f"sum(m{i})" for i in range(36, 40)}
    return found


def scan(path: Path) -> None:
    """Read the same columns and add each up: the limit."""
    import polars as pl

    frame = pl.scan_parquet(path)
    frame.select(pl.col("^m.*$").sum(), pl.col("district").max()).collect(engine="streaming")


def measure(path: Path, *, ordered: bool) -> None:
    """Compute the 40 indicators."""
    import polars as pl

    from sanfu.index.micro import measure_regions

    frames = {"figures": pl.scan_parquet(path)}
    found = measure_regions(formulas(ordered=ordered), frames, years=2023)
    assert found.frame.height == 16 * 40


def bootstrap() -> None:
    """Draw 8,288 firms a thousand times and work out 40 indicators for 16 districts."""
    import polars as pl

    from sanfu.index.micro import measure_regions

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "firms.parquet"
        write_firms(path, 8288)
        frames = {"figures": pl.read_parquet(path)}
    found = measure_regions(formulas(ordered=True), frames, years=2023)
    for method in ("poisson", "multinomial"):
        start = time.perf_counter()
        drawn = found.replicates(replicates=1000, seed=1, method=method)
        seconds = time.perf_counter() - start
        print(
            f"bootstrap, {method:11} {seconds:6.2f} s   {seconds / 10:5.2f} x the 10 s wanted   "
            f"{drawn.values.shape}"
        )


def run_case(what: str, path: Path) -> None:
    """Time one case and print it for the parent."""
    import polars as pl

    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a").sum()).collect(engine="streaming")
    import sanfu.index.micro  # noqa: F401 - loaded before the clock starts

    start = time.perf_counter()
    if what == "scan":
        scan(path)
    else:
        measure(path, ordered=what == "ordered")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "gib": peak}))


def run() -> list[dict]:
    """Measure all cases, twice each, and take the better time."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "firms.parquet"
        write_firms(path, FIRMS)
        for what in ("scan", "additive", "ordered"):
            tries = [alone("micro", what, path) for _ in range(2)]
            rows.append(
                {
                    "case": what,
                    "seconds": min(seconds for seconds, _ in tries),
                    "gib": max(gib for _, gib in tries),
                }
            )
    for row in rows:
        row["ratio"] = row["seconds"] / rows[0]["seconds"]
    return rows


def main() -> None:
    """Print each case, its peak memory and its ratio to the scan."""
    if len(sys.argv) == 3:
        run_case(sys.argv[1], Path(sys.argv[2]))
        return
    print(f"{FIRMS:,} firms x {MEASURES} measures -> 16 districts x 40 indicators")
    for row in run():
        print(
            f"{row['case']:10} {row['seconds']:6.2f} s   {row['gib']:5.2f} GiB   "
            f"{row['ratio']:5.2f} x the scan"
        )
    bootstrap()


if __name__ == "__main__":
    main()
