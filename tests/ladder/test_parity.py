"""The same rulebook by every reader: interpreter, Polars, DuckDB, pandas, PyArrow, PySpark, SQL.

Firms are synthetic; three in four stand on or one step beside an edge, and a tenth of the cells is
missing. Every cell of outcomes and points must be equal.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sanfu.ladder import OUTCOMES, check_firm, make_book, read_rulebook, rulebooks
from sanfu.ladder.checking import check
from sanfu.ladder.edges import edge_firms
from sanfu.ladder.sql import to_sql

MAY = dt.date(2026, 5, 1)
PAIRS = [(name, kind) for name in rulebooks() for kind in read_rulebook(name).kinds]
MANY = 100_000
FEW = MANY if "SANFU_SOAK" in os.environ else MANY // len(PAIRS)
"""By the exact interpreter a book and kind: 100,000 in all, in `make soak` 100,000 each."""


def by_interpreter(book, firms):
    """The wide frame as the exact interpreter has it."""
    rows = []
    for raw in firms.iter_rows(named=True):
        found = check_firm(book, raw).findings
        row = {"firm": raw["firm"]}
        for name, finding in found.items():
            if name == "total":
                row |= {
                    "score": finding.points,
                    "score_low": finding.low,
                    "score_high": finding.high,
                }
            elif name in book.groups:
                row[f"{name}_points"] = finding.points
            else:
                row[name] = OUTCOMES.index(finding.outcome)
        row |= {f"{one.id}_points": found[one.id].points for one in book.indicators}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def same(expected, found):
    """Compare all cells, whatever the widths of the integers."""
    names = sorted(expected.columns)
    assert sorted(found.columns) == names
    numbers = [pl.col(name).cast(pl.Int64) for name in names if name != "firm"]
    assert_frame_equal(
        expected.select("firm", *numbers).sort("firm"), found.select("firm", *numbers).sort("firm")
    )


def wide(frame, book):
    return check(frame, book.rulebook, kind=book.kind, on=MAY).wide


def drawn(pair):
    """A book, 100,000 firms at its edges, and what Polars finds."""
    book = make_book(pair[0], kind=pair[1], on=MAY)
    firms = edge_firms(book, MANY, seed=4)
    return book, firms, wide(firms, book)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_polars_duckdb_and_sql_equal_the_exact_interpreter(pair):
    import duckdb

    book = make_book(pair[0], kind=pair[1], on=MAY)
    firms = edge_firms(book, FEW, seed=1)
    expected = by_interpreter(book, firms)

    same(expected, wide(firms.lazy(), book).collect())
    with duckdb.connect() as base:
        base.register("firms", firms.to_arrow())
        same(expected, wide(base.table("firms"), book).pl())
        same(expected, base.sql(to_sql(book, "firms")).pl())


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_every_engine_in_this_process_equals_polars_on_100000_firms(pair):
    import duckdb
    import pandas as pd
    import pyarrow as pa

    book, firms, expected = drawn(pair)
    table = wide(firms.to_arrow(), book)
    frame = wide(firms.to_pandas(), book)

    for rule in book.rules:
        assert expected[rule.id].n_unique() >= 2, rule.id
    same(expected, wide(firms.lazy(), book).collect(engine="streaming"))
    assert isinstance(table, pa.Table)
    same(expected, pl.from_arrow(table))
    assert isinstance(frame, pd.DataFrame)
    same(expected, pl.from_pandas(frame))
    with duckdb.connect() as base:
        base.register("firms", firms.to_arrow())
        same(expected, wide(base.table("firms"), book).pl())
        same(expected, base.sql(to_sql(book, "firms")).pl())


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_pyspark_equals_polars_on_100000_firms(pair, tmp_path):
    spark = spark_session()
    book, firms, expected = drawn(pair)
    firms.write_parquet(tmp_path / "firms.parquet")
    frame = spark.read.parquet(str(tmp_path / "firms.parquet"))
    frame.createOrReplaceTempView("firms")
    by_frame = wide(frame, book)
    by_sql = spark.sql(to_sql(book, "firms", dialect="spark"))

    for number, found in enumerate((by_frame, by_sql)):
        folder = tmp_path / f"found-{number}"
        found.write.parquet(str(folder))
        same(expected, pl.read_parquet(folder / "*.parquet"))


def spark_session():
    """A local Spark, else the test is skipped with the reason."""
    pyspark = pytest.importorskip(
        "pyspark", reason="PySpark is not installed (uv sync --group spark)"
    )
    del pyspark
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java runtime; tools/setup.sh installs one")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.codegen.hugeMethodLimit", "8000")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
