"""The same rules on the same firms: Sanfu, OpenFisca-core and zen-engine (a decision table engine).

Rules: the innovative-SME standard of 2022 (six banded indicators, three group floors, six direct
routes). Wanted: at least 10 × and 100 × faster. Firms are synthetic, one million in memory, none
with missing data (neither peer knows missing values), three in four on an edge. OpenFisca is timed
with every outcome and all points, as Sanfu is, in floats of 64 bits, which decide as Sanfu does,
and of 32, its own; and by hand, two-valued, with score and verdict only. zen-engine decides one
firm at a call and gives score and verdict; it is timed on 20,000 of them.

Each contender runs in processes of its own, three times each in three rounds by turns; the median
of nine counts, and the most memory over what was held before. Sanfu uses every core (Polars has so
many threads); OpenFisca, which is NumPy, and zen-engine use one, so seconds of the processor stand
beside those of the wall, and Sanfu is timed on one thread too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import polars as pl

FIRMS = int(os.environ.get("FIRMS", "1000000"))
FEW = 20_000
ROUNDS = TRIES = 3
BOOK = "cn-2022/innovative"
ON = dt.date(2026, 5, 1)


def book():
    from sanfu.ladder import make_book

    return make_book(BOOK, kind="new", on=ON)


def firms() -> pl.DataFrame:
    """Draw firms without missing or impossible figures; what a person judges is judged well."""
    from benchmarks._openfisca import ROUTES
    from sanfu.ladder.edges import edge_firms

    made = book()
    drawn = edge_firms(made, FIRMS, seed=5)
    whole = [pl.col(pl.Int64).abs().clip(1, 10**14).fill_null(10**9)]
    flags = [pl.col(pl.Boolean).fill_null(value=False)]
    drawn = drawn.with_columns(*whole, *flags).with_columns(pl.col(pl.String).fill_null("其他"))
    good = [rule.column for rule in made.rules if rule.column]
    routes = [(pl.col(name) & (pl.int_range(pl.len()) % 7 == 0)).alias(name) for name in ROUTES]
    return drawn.with_columns(
        *(pl.lit(value=True).alias(name) for name in good if name), *routes, size=pl.lit("small")
    )


def by_sanfu(frame: pl.DataFrame, *, everything: bool) -> tuple[float, float, pl.DataFrame]:
    """Check as a user does; or ask a lazy frame for score and verdict only."""
    from sanfu.ladder import check

    start, used = time.perf_counter(), time.process_time()
    if everything:
        found = check(frame, BOOK, kind="new", on=ON).wide
    else:
        found = check(frame.lazy(), BOOK, kind="new", on=ON).wide.select("score", "verdict")
        found = found.collect()
    return time.perf_counter() - start, time.process_time() - used, found


def openfisca(frame: pl.DataFrame, *, bits: int) -> tuple[float, float, pl.DataFrame]:
    from benchmarks._openfisca import by_book

    return by_book(frame, book(), bits=bits)


def openfisca_by_hand(frame: pl.DataFrame) -> tuple[float, float, pl.DataFrame]:
    from benchmarks._openfisca import by_hand

    return by_hand(frame, bits=32)


def zen(frame: pl.DataFrame) -> tuple[float, float, pl.DataFrame]:
    from benchmarks._zen import by_tables

    return by_tables(frame.head(FEW))


SANFU = "sanfu, all"
CONTENDERS = {
    SANFU: partial(by_sanfu, everything=True),
    "sanfu, all, 1 thread": partial(by_sanfu, everything=True),
    "sanfu, verdict": partial(by_sanfu, everything=False),
    "openfisca, all, 64 bit": partial(openfisca, bits=64),
    "openfisca, all, 32 bit": partial(openfisca, bits=32),
    "openfisca, by hand": openfisca_by_hand,
    "zen-engine": zen,
}


def run_contender(name: str, folder: Path) -> None:
    """Time one contender for the parent, and leave what it found."""
    frame = pl.read_parquet(folder / "firms.parquet").rechunk()
    run = CONTENDERS[name]
    run(frame.head(1000))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    held = memory("VmRSS")
    times = [run(frame) for _ in range(TRIES)]
    peak = memory("VmHWM") - held
    times[-1][2].write_parquet(folder / f"{name}.parquet")
    print(json.dumps([[wall, cpu, peak] for wall, cpu, _ in times]))


def memory(line: str) -> float:
    """Give a line of Linux's account of this process, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def alone(name: str, folder: Path) -> list[list[float]]:
    """Time one contender in a process of its own: wall, processor, MiB of each try."""
    threads = {"POLARS_MAX_THREADS": "1"} if "1 thread" in name else {}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ladder_peers", name, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **threads},
    )
    if done.returncode:
        print(f"  {name:23} could not run: {done.stderr.strip().splitlines()[-1]}")
        return []
    found: list[list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def differing(ours: pl.DataFrame, theirs: pl.DataFrame) -> str:
    """Tell how many firms are decided otherwise than Sanfu decides them."""
    names = theirs.columns if "firm" not in theirs.columns else theirs.columns[1:]
    mine = ours.head(theirs.height)
    wrong = pl.any_horizontal(
        mine[name].cast(pl.Int64).ne_missing(theirs[name].cast(pl.Int64)) for name in names
    )
    share = theirs.select(wrong.mean()).item()
    return f"{len(names):2} columns, {share:.3%} of {theirs.height:,} otherwise"


def main() -> None:
    """Time all by turns, and count how many firms each decides otherwise than Sanfu."""
    if len(sys.argv) == 3:
        run_contender(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        firms().write_parquet(folder / "firms.parquet")
        tries: dict[str, list[list[float]]] = {each: [] for each in CONTENDERS}
        for _ in range(ROUNDS):
            for each in tries:
                tries[each] += alone(each, folder)
        print(f"{FIRMS:,} firms, {BOOK}, in memory; Polars has {pl.thread_pool_size()} threads")
        ours, rates = pl.read_parquet(folder / f"{SANFU}.parquet"), {}
        for each, known in tries.items():
            if not known:
                continue
            wall, cpu, _ = (statistics.median(column) for column in zip(*known, strict=True))
            theirs = pl.read_parquet(folder / f"{each}.parquet")
            rates[each] = (wall / theirs.height, cpu / theirs.height)
            by_wall, by_cpu = (a / b for a, b in zip(rates[each], rates[SANFU], strict=True))
            peak = max(each_try[2] for each_try in known)
            print(
                f"  {each:23} {wall:7.3f} s (processor {cpu:7.3f} s) +{peak:5.0f} MiB  "
                f"{by_wall:7.1f} x sanfu, all (processor {by_cpu:7.1f} x)  "
                f"{differing(ours, theirs)}"
            )


if __name__ == "__main__":
    main()
