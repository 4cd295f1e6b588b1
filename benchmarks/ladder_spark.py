"""The same rulebook on PySpark local[2]: by Narwhals and as SQL, Parquet to Parquet.

`FIRMS=10000000 python -m benchmarks ladder_spark` (needs a Java runtime and the group `spark`). The
setting `spark.sql.codegen.hugeMethodLimit=8000` halves the processor time of long expressions.
The time of starting Spark is left out; Polars on the same file is the peer.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.ladder import BOOK, ON, book, check, write_firms

FIRMS = int(os.environ.get("FIRMS", "10000000"))


def session():
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "3g")
        .config("spark.sql.codegen.hugeMethodLimit", "8000")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )


def timed(name: str, work) -> float:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"  {name:16} {seconds:7.2f} s", flush=True)
    return seconds


def main() -> None:
    """Check on Polars, on Spark by Narwhals, and on Spark by SQL; print the ratios."""
    if shutil.which("java") is None:
        print("no Java runtime: skipped (tools/setup.sh installs one)")
        return
    try:
        spark = session()
    except ImportError:
        print("PySpark is not installed: skipped (uv sync --group spark)")
        return
    from sanfu.ladder import check as run
    from sanfu.ladder import to_sql

    print(f"{FIRMS:,} firms, {BOOK}")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        write_firms(folder / "firms.parquet", FIRMS)
        polars = timed("polars", lambda: check(folder))
        frame = spark.read.parquet(str(folder / "firms.parquet"))
        frame.createOrReplaceTempView("firms")

        def by_narwhals() -> None:
            run(frame, BOOK, kind="new", on=ON).wide.write.parquet(str(folder / "narwhals"))

        def by_sql() -> None:
            found = spark.sql(to_sql(book(), "firms", dialect="spark"))
            found.write.parquet(str(folder / "sql"))

        for label, work in (("spark, narwhals", by_narwhals), ("spark, sql", by_sql)):
            print(f"  {'':16} {timed(label, work) / polars:7.2f} x polars")
    spark.stop()


if __name__ == "__main__":
    main()
