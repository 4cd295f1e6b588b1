"""What an audit is: checks, each with findings in plain language and the tables behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.workbook import weights_sheets
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sanfu.index.audit.thresholds import Thresholds
    from sanfu.index.finding import Finding
    from sanfu.index.result import Index
    from sanfu.workbook import Show

SEVERITIES = {
    "error": Text("严重", "serious"),
    "warning": Text("注意", "attention"),
    "note": Text("说明", "note"),
}


MADE_FROM = {
    "framework": Text("体系", "framework"),
    "hash": Text("体系哈希", "hash of the framework"),
    "seed": Text("随机种子", "seed"),
    "replicates": Text("模拟次数", "simulations"),
    "units": Text("参评单元", "units scored"),
}


@dataclass(frozen=True)
class AuditTable:
    """One table of a check, as it is shown and as it is written to Excel."""

    code: str
    title: Text
    frame: pl.DataFrame
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Check:
    """One question of the audit.

    Attributes
    ----------
    asks
        What is asked, with the thresholds and where they come from.
    skipped
        Why the question was not answered; None where it was.
    """

    number: int
    code: str
    title: Text
    asks: Text
    findings: tuple[Finding, ...] = ()
    tables: tuple[AuditTable, ...] = ()
    skipped: Text | None = None

    @property
    def worst(self) -> str:
        """``skipped``, ``warning``, ``note`` or ``fine``: the most serious finding."""
        if self.skipped is not None:
            return "skipped"
        found = {finding.severity for finding in self.findings}
        return next((s for s in ("error", "warning") if s in found), "fine")

    def in_words(self) -> Text:
        """Say how many findings there are, or why there are none."""
        if self.skipped is not None:
            return Text(f"未检查：{self.skipped.zh}", f"not checked: {self.skipped.en}")
        warned = sum(finding.severity != "note" for finding in self.findings)
        if not warned:
            return Text("没有需要注意之处", "nothing that needs attention")
        return Text(f"{warned} 处需要注意", f"{warned} thing(s) need attention")


@dataclass(frozen=True)
class Audit:
    """An audited index: eleven checks, what they found, and what it was made from."""

    index: Index
    checks: tuple[Check, ...]
    thresholds: Thresholds
    year: int | None
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Framework's hash, seed, replicates and so on, so that it can be made again."""

    @cached_property
    def frame(self) -> pl.DataFrame:
        """All findings: number, check, severity, code, item, text."""
        rows = [
            (check.number, check.code, f.severity, f.code, f.item, str(f.text))
            for check in self.checks
            for f in check.findings
        ]
        names = ("number", "check", "severity", "code", "item", "text")
        types = (pl.Int64, *[pl.String] * 5)
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of the checks."""
        return tuple(finding for check in self.checks for finding in check.findings)

    def __getitem__(self, code: str) -> Check:
        """Give a check by its code."""
        return next(check for check in self.checks if check.code == code)

    def in_words(self) -> Text:
        """Say each check's outcome on a line."""
        lines = [
            Text(
                f"{check.number}. {check.title.zh}：{check.in_words().zh}",
                f"{check.number}. {check.title.en}: {check.in_words().en}",
            )
            for check in self.checks
        ]
        return Text("\n".join(s.zh for s in lines), "\n".join(s.en for s in lines))

    def to_excel(self, path: Path | str) -> None:
        """Write the findings, each check's tables, a sheet each, the weights and the thresholds."""
        sheets = [self._findings_sheet()]
        for check in self.checks:
            for table in check.tables:
                name = f"{check.number:02d} {table.title}"
                notes = [str(table.title), str(check.asks)]
                sheets.append(Sheet(name, table.frame, table.columns, notes))
        sheets += weights_sheets(self.index)
        t = self.threshold_table
        sheets.append(Sheet(str(t.title), t.frame, t.columns, [str(t.title)]))
        write_workbook(path, sheets)

    @property
    def threshold_table(self) -> AuditTable:
        """The thresholds with their sources, as a table."""
        labels = {
            "threshold": Text("阈值", "threshold"),
            "value": Text("取值", "value"),
            "source": Text("出处", "source"),
        }
        title = Text("阈值与出处", "thresholds and sources")
        return make_table("thresholds", title, self.thresholds.frame, labels)

    def name_of(self, item: str) -> str:
        """Name what a finding is about: a part by its label, a unit as it is."""
        framework = self.index.framework
        if item in framework.nodes or item in framework.indicators:
            return str(framework.label(item))
        return item

    def _findings_sheet(self) -> Sheet:
        words = {code: str(text) for code, text in SEVERITIES.items()}
        titles = {check.code: f"{check.number}. {check.title}" for check in self.checks}
        shown = self.frame.with_columns(
            pl.col("severity").replace_strict(words, default=""),
            pl.col("check").replace_strict(titles, default=""),
            pl.Series("item", [self.name_of(item) for item in self.frame["item"]], pl.String),
        ).drop("number", "code")
        notes = [
            f"{self.index.framework.name.text()} · {self.index.framework.version}"
            + ("" if self.year is None else f" · {self.year}"),
            *(f"{MADE_FROM.get(name, name)}: {value}" for name, value in self.made_from.items()),
            *(f"{c.number}. {c.title}: {c.in_words()}" for c in self.checks if c.skipped),
            str(Text("自检/测算结果，不是认定或评价", "a self-check, not an official evaluation")),
        ]
        columns = (
            Column("check", Text("检查", "check"), width=26),
            Column(
                "severity",
                Text("程度", "severity"),
                tones={words["warning"]: "warn", words["error"]: "bad"},
            ),
            Column("item", Text("对象", "item"), width=20),
            Column("text", Text("发现", "finding"), width=90),
        )
        return Sheet(str(Text("发现", "findings")), shown, columns, notes)


def make_table(
    code: str,
    title: Text,
    frame: pl.DataFrame,
    labels: Mapping[str, Text],
    *,
    shares: Sequence[str] = (),
) -> AuditTable:
    """Make a table with a heading for each column; floats are numbers, `shares` percent.

    Columns without a label are left out.
    """
    kept = frame.select([name for name in labels if name in frame.columns])
    clean = kept.with_columns(pl.col(pl.Float64).fill_nan(None))
    columns = tuple(
        Column(name, labels[name], _show(dtype, share=name in shares), width=18)
        for name, dtype in clean.schema.items()
    )
    return AuditTable(code, title, clean, columns)


def _show(dtype: pl.DataType, *, share: bool) -> Show:
    if share:
        return "percent"
    if dtype.is_float():
        return "number"
    return "integer" if dtype.is_integer() else "text"
