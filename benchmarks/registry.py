"""Import, duplicates and the sample: how long, how much memory, and against what.

- The 74,799 real registrations from .xlsx, against reading the same file with the bare Excel reader
  into a frame. Wanted: at most 2.5 ×. Without the real data a synthetic list of that size is used.
- 1 million firms with a year of figures from Parquet, against reading and writing the same frame.
  Wanted: at most 3 ×, in less than 1 GiB.
- Likely duplicates among 1 million firms of which 2 % are misspelt, shortened or formerly named
  copies without a code; with precision and recall against what was put in. Wanted: minutes.
- A synthetic registry of 1 million firms, streamed to Parquet in bounded memory.

`FIRMS=100000 python -m benchmarks registry` runs smaller ones. Each case runs in a process of its
own, in turn with its peer, the best of three, with the dictionaries that ship loaded (0.2 s) and
the empty workspace made (0.05 s) before the clock starts; seconds are of wall clock, with those of
the processor beside them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sanfu.workspace import Workspace

FIRMS = int(os.environ.get("FIRMS", "1000000"))
REAL = 74_799
COPIES = 0.02
SHARED = Path(__file__).parent.parent.parent / "shared"
HEADINGS = {
    "uscc": "统一社会信用代码", "name": "企业名称", "registered_on": "成立日期",
    "type": "企业类型", "capital_raw": "注册资本", "business_scope": "经营范围",
    "district_label": "所属区", "address": "注册地址",
}  # fmt: skip


def write_list(path: Path) -> dict[str, Any]:
    """Write the registrations as a workbook; say whether they are real."""
    import polars as pl

    source = SHARED / "data/cn_enterprise_registration_1979_2004/shanghai_1979_2004.parquet"
    if source.exists():
        frame, kind = pl.read_parquet(source, columns=list(HEADINGS)).rename(HEADINGS), "real"
    else:
        from sanfu.registry.sample import shanghai

        frame, kind = shanghai(REAL).firms, "synthetic"
    frame.write_excel(path, worksheet="登记")
    return {"rows": frame.height, "kind": kind, "mib": path.stat().st_size / 2**20}


def write_million(folder: Path) -> dict[str, float]:
    """Write the firms with a year of figures as one file."""
    import polars as pl

    from sanfu.cli.sample import write_chunks

    write_chunks(folder, FIRMS, 7)
    firms = pl.scan_parquet(folder / "firms_合成数据" / "*.parquet")
    figures = pl.scan_parquet(folder / "figures_合成数据" / "*.parquet")
    both = firms.join(figures.filter(pl.col("year") == 2022), on="firm", how="left")
    both.drop("firm", "district_name", "synthetic").sink_parquet(folder / "million.parquet")
    return {"mib": (folder / "million.parquet").stat().st_size / 2**20}


def write_copies(folder: Path) -> None:
    """Add misspelt, shortened and formerly named copies without a code, with their truth."""
    import numpy as np
    import polars as pl

    from sanfu.registry.sample.dirty.lists import _short, _typo

    rng = np.random.default_rng(11)
    firms = pl.read_parquet(folder / "million.parquet", columns=["uscc", "name", "district"])
    firms = firms.with_row_index("of").select(
        pl.format("F{}", "of").alias("firm"),
        pl.col("of").cast(pl.Int64),
        *("uscc", "name", "district"),
    )
    drawn = firms[rng.choice(firms.height, int(firms.height * COPIES), replace=False).tolist()]
    ways = rng.random(drawn.height)
    said = [
        _short(name)
        if way < 0.4
        else _typo(name, rng)
        if way < 0.85
        else f"上海旧称{of}贸易有限公司"
        for of, name, way in zip(drawn["of"], drawn["name"], ways, strict=True)
    ]
    copies = drawn.with_columns(
        firm=pl.format("C{}", "of"), uscc=pl.lit(None, dtype=pl.String), name=pl.Series(said)
    )
    former = drawn.select("firm", name=pl.Series(said)).filter(pl.Series(ways >= 0.85))
    former.write_parquet(folder / "aliases.parquet")
    pl.concat([firms, copies]).write_parquet(folder / "copies.parquet")


def bare_excel(path: Path) -> None:
    """Read a workbook into a frame, and nothing else."""
    import polars as pl

    assert pl.read_excel(path, engine="calamine").height > 1000


def copy_parquet(path: Path) -> None:
    """Read a Parquet file and write it again."""
    import polars as pl

    pl.read_parquet(path).write_parquet(Path(scratch().name) / "copy.parquet")


@cache
def office() -> Workspace:
    """Give the empty workspace of this process."""
    from sanfu.workspace import new_workspace

    return new_workspace(Path(scratch().name) / "office")


@cache
def scratch() -> tempfile.TemporaryDirectory[str]:
    """Give a folder that goes when the process ends."""
    return tempfile.TemporaryDirectory()


def take(path: Path) -> None:
    """Import a file into the empty workspace."""
    done = office().take(path)
    assert done.new_firms == done.rows


def duplicates(path: Path) -> dict[str, float]:
    """Search a million firms and their copies; give precision and recall."""
    import polars as pl

    from sanfu.registry.duplicates import find_duplicates

    rows = pl.read_parquet(path)
    found = find_duplicates(rows, aliases=pl.read_parquet(path.parent / "aliases.parquet"))
    of = rows.select("firm", "of")
    judged = found.join(of, on="firm").join(of.rename({"firm": "other", "of": "of_2"}), on="other")
    right = judged.filter(pl.col("of") == pl.col("of_2"))
    return {
        "proposed": found.height,
        "precision": right.height / max(found.height, 1),
        "recall": right["of"].n_unique() / rows.filter(pl.col("uscc").is_null()).height,
    }


def sample(path: Path) -> None:
    """Stream a synthetic registry to Parquet."""
    from sanfu.cli.sample import write_chunks

    write_chunks(path / "again", FIRMS, 8)


CASES = {
    "write_list": write_list,
    "write_million": write_million,
    "write_copies": write_copies,
    "bare_excel": bare_excel,
    "copy_parquet": copy_parquet,
    "take": take,
    "duplicates": duplicates,
    "sample": sample,
}


def run_case(what: str, path: Path) -> None:
    """Time one case and print it for the parent."""
    import fastexcel  # noqa: F401 - loaded before the clock starts
    import numpy as np  # noqa: F401
    import polars as pl

    from sanfu.content.measures import measures
    from sanfu.registry.problems import problem_kinds
    from sanfu.registry.reading.headings import known_measure
    from sanfu.registry.regions import read_region

    _ = measures(), known_measure("营业收入"), problem_kinds(), read_region("shanghai")
    _ = scratch(), office()
    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a").sum()).collect()
    start, used = time.perf_counter(), time.process_time()
    said = CASES[what](path) or {}
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "cpu": cpu, "gib": gib, **said}))


def alone(what: str, path: Path) -> dict[str, Any]:
    """Run one case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.registry", what, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def against(what: str, peer: str, path: Path, wanted: str, tries: int = 3) -> None:
    """Run a case and its peer in turn and print the best of each with their ratio."""
    runs = [(alone(peer, path), alone(what, path)) for _ in range(tries)]
    bare = min((run for run, _ in runs), key=lambda run: run["seconds"])
    ours = min((run for _, run in runs), key=lambda run: run["seconds"])
    for name, run in ((peer, bare), (what, ours)):
        print(
            f"  {name:13} {run['seconds']:6.2f} s  ({run['cpu']:6.2f} s of processor)  "
            f"{run['gib']:5.2f} GiB peak"
        )
    print(
        f"  RATIO {ours['seconds'] / bare['seconds']:.2f} x {peer}, "
        f"{ours['cpu'] / bare['cpu']:.2f} x by processor time   (wanted: {wanted})"
    )


def main() -> None:
    """Run every case."""
    if len(sys.argv) == 3:
        run_case(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = alone("write_list", folder / "list.xlsx")
        print(f"import of {made['rows']:,} {made['kind']} registrations, {made['mib']:.0f} MiB")
        against("take", "bare_excel", folder / "list.xlsx", "at most 2.5")
        made = alone("write_million", folder)
        print(f"import of {FIRMS:,} firms from Parquet, {made['mib']:.0f} MiB")
        against("take", "copy_parquet", folder / "million.parquet", "at most 3, under 1 GiB")
        alone("write_copies", folder)
        found = alone("duplicates", folder / "copies.parquet")
        print(
            f"duplicates among {FIRMS:,} firms and {int(FIRMS * COPIES):,} copies: "
            f"{found['seconds']:.1f} s, {found['gib']:.2f} GiB peak, "
            f"{found['proposed']:,} proposed, precision {found['precision']:.4f}, "
            f"recall {found['recall']:.4f} "
            "(wanted: minutes, 0.99, 0.97)"
        )
        made = alone("sample", folder)
        print(
            f"a registry of {FIRMS:,} firms streamed to Parquet: {made['seconds']:.1f} s, "
            f"{made['gib']:.2f} GiB peak"
        )


if __name__ == "__main__":
    main()
