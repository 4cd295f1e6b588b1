"""The comparisons that an examiner makes before believing a filing, as findings with remedies.

Each check is declared (``content/ladder/consistency.yaml``) in the grammar of the rulebooks and is
decided exactly, on whole numbers; a figure that is missing is not checked.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from pydantic import RootModel

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.ladder.checking import check
from sanfu.ladder.rulebook import Criterion, Effective, Instrument, Rulebook
from sanfu.ladder.values import measure_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Severity = Literal["error", "warning", "note"]
SCHEMA: dict[str, Any] = {
    "firm": pl.String,
    "check": pl.String,
    "severity": pl.String,
    "zh": pl.String,
    "en": pl.String,
    "values": pl.String,
    "remedy_zh": pl.String,
    "remedy_en": pl.String,
}
_ORDER = {"error": 0, "warning": 1, "note": 2}


class Check(Declaration):
    """One comparison: what must hold, and what mends it where it does not."""

    id: str
    severity: Severity
    holds: str
    shows: tuple[str, ...]
    """The figures that are printed with the finding."""
    label: Label
    remedy: Label
    mark: str = "derived"
    """``ours``: the limit is this software's, not an official one."""


class _Checks(RootModel[tuple[Check, ...]]):
    """The file content/ladder/consistency.yaml."""


@cache
def shipped_checks() -> tuple[Check, ...]:
    """Read the checks that ship."""
    return read_checks(content_path("ladder", "consistency.yaml"))


def read_checks(path: Path | str) -> tuple[Check, ...]:
    """Read an office's own checks.

    Raises
    ------
    FileFault, DeclarationFaults
        There is no such file, or its faults with their lines.
    """
    return read_declaration(path, _Checks).root


def find_inconsistencies(
    rows: pl.DataFrame, *, year: int, checks: Sequence[Check] | None = None
) -> pl.DataFrame:
    """Compare each firm's figures with one another and with those of last year.

    Parameters
    ----------
    rows
        One row a firm, as `firm_rows` gives it.
    year
        The last full year, at whose end ages are counted.

    Returns
    -------
    pl.DataFrame
        ``firm, check, severity, zh, en, values, remedy_zh, remedy_en``: a row a finding, the worst
        first. `values` prints the figures compared, money in 万元.
    """
    wanted = tuple(shipped_checks() if checks is None else checks)
    aged = _with_age(rows, year)
    book = _as_rulebook(wanted)
    found = check(aged, book, kind="new", on=dt.date(year + 1, 1, 1))
    unmet = [
        aged.filter(found.wide[one.id] == 0).select(
            pl.col("firm").cast(pl.String),
            pl.lit(one.id).alias("check"),
            pl.lit(one.severity).alias("severity"),
            pl.lit(one.label.zh).alias("zh"),
            pl.lit(one.label.en).alias("en"),
            _printed(aged, one.shows).alias("values"),
            pl.lit(one.remedy.zh).alias("remedy_zh"),
            pl.lit(one.remedy.en).alias("remedy_en"),
        )
        for one in wanted
    ]
    findings = pl.concat(unmet) if unmet else pl.DataFrame(schema=SCHEMA)
    rank = pl.col("severity").replace_strict(_ORDER, return_dtype=pl.Int8)
    return findings.sort(rank, "firm", "check")


def find_restatements(vintages: pl.DataFrame, *, least: float = 0.1) -> pl.DataFrame:
    """Find figures of a year that a later filing states quite otherwise than an earlier one.

    Parameters
    ----------
    vintages
        As `Ledger.vintages` gives them: firm, year, measures, version.
    least
        Smallest change that is reported, as a share of the first figure; ours.

    Returns
    -------
    pl.DataFrame
        ``firm, year, column, first, last, change``: `change` is last / first − 1.
    """
    names = [
        name
        for name, kind in vintages.schema.items()
        if kind.is_integer() and name not in ("year", "version")
    ]
    long = vintages.unpivot(
        names, index=["firm", "year", "version"], variable_name="column", value_name="value"
    ).drop_nulls("value")
    ends = (
        long.sort("version")
        .group_by("firm", "year", "column")
        .agg(pl.col("value").first().alias("first"), pl.col("value").last().alias("last"))
    )
    moved = ends.filter((pl.col("first") != 0) & (pl.col("first") != pl.col("last")))
    return (
        moved.with_columns((pl.col("last") / pl.col("first") - 1).alias("change"))
        .filter(pl.col("change").abs() >= least)
        .sort(pl.col("change").abs(), "firm", "year", "column", descending=[True, *[False] * 3])
    )


def _with_age(rows: pl.DataFrame, year: int) -> pl.DataFrame:
    if "founded" not in rows.columns:
        return rows
    whole = (pl.col("founded").dt.month() == 1) & (pl.col("founded").dt.day() == 1)
    years = year - pl.col("founded").dt.year() + whole.cast(pl.Int32)
    return rows.with_columns(founded_years=years.clip(lower_bound=0).cast(pl.Int64))


def _as_rulebook(checks: Sequence[Check]) -> Rulebook:
    """Make the checks a rulebook, so that the ladder's own readers decide them."""
    name = Label(zh="填报一致性检查", en="consistency of a filing")
    return Rulebook(
        rulebook="office/consistency",
        name=name,
        tier="srdi",
        standing="office",
        instrument=Instrument(name=name),
        effective=Effective(since=dt.date(1900, 1, 1), mark="derived"),
        criteria=tuple(
            Criterion(id=one.id, label=one.label, when=one.holds, mark="derived") for one in checks
        ),
    )


def _printed(rows: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """Print figures as a reader knows them: ``营业收入 1,234.5 万元；…``."""
    parts = [_one(name) for name in names if name in rows.columns]
    return pl.concat_str(parts, separator="；") if parts else pl.lit("")


def _one(name: str) -> pl.Expr:
    stem, _, back = name.rpartition("_")
    earlier = back in ("1", "2") and measure_of(stem) is not None
    measure = measure_of(stem if earlier else name)
    label = name if measure is None else str(Text(measure.zh, measure.en))
    if earlier:
        label += str(Text(f"（{'上年' if back == '1' else '前年'}）", f" ({back} y before)"))
    column = pl.col(name)
    kind = "" if measure is None else measure.kind
    if kind == "money":
        shown = (column / 1_000_000).round(2).cast(pl.String) + str(Text(" 万元", " × 10,000 yuan"))
    elif kind == "share":
        shown = (column.cast(pl.Float64) * 100).round(2).cast(pl.String) + "%"
    else:
        shown = column.cast(pl.String)
    missing = str(Text("缺", "missing"))
    return pl.lit(f"{label} ") + pl.coalesce(shown, pl.lit(missing))
