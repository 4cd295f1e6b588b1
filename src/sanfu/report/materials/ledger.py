"""What a ledger offers to a report: ``ledger.…`` facts and the table of what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text, current_language
from sanfu.registry import problem_kinds
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Fact
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from sanfu.registry import Ledger
    from sanfu.report.facts import Facts


def ledger_material(ledger: Ledger) -> Material:
    """Offer a ledger to a report."""
    problems = ledger.problems
    by = dict(problems.group_by("severity").len().iter_rows())
    facts = {
        "ledger.firms": Fact(ledger.firms.height, "count"),
        "ledger.figures": Fact(ledger.figures.height, "count"),
        "ledger.titles": Fact(ledger.titles.height, "count"),
        "ledger.set-aside": Fact(ledger.set_aside.height, "count"),
        "ledger.version": Fact(ledger.number, "count"),
        **{
            f"ledger.{kind}s": Fact(by.get(kind, 0), "count")
            for kind in ("error", "warning", "note")
        },
    }

    def found(_: Item | None, __: Facts) -> Table:
        kinds = problem_kinds()
        language = current_language()
        counts = problems.group_by("code").agg(pl.len(), pl.col("severity").first())
        ordered = counts.sort("len", "code", descending=[True, False])
        rows = tuple(
            (
                severity,
                without_values(getattr(kinds[code], language)),
                f"{count:,}",
                without_values(getattr(kinds[code], f"remedy_{language}")),
            )
            for code, count, severity in ordered.iter_rows()
        )
        columns = (
            TableColumn(str(Text("程度", "severity")), "left", 0.6),
            TableColumn(str(Text("发现", "finding")), "left", 3),
            TableColumn(str(Text("处数", "places")), "right", 0.6),
            TableColumn(str(Text("改法", "remedy")), "left", 3),
        )
        caption = str(Text("导入时发现的问题", "found on import"))
        return Table(caption, columns, rows, synthetic=ledger.is_synthetic)

    return Material(
        facts=facts,
        tables={"ledger.problems": found},
        synthetic=ledger.is_synthetic,
        made_from=(
            (str(Text("台账版本", "ledger version")), str(ledger.number)),
            (str(Text("台账哈希", "ledger hash")), ledger.hash),
        ),
    )


def without_values(sentence: str) -> str:
    """Show a finding's sentence without the values of one place."""
    plain = sentence.replace("{value}", "…").replace("{column}", "…")
    return plain.replace(" {more}", " …").replace("“{more}”", "“…”").replace("{more}", "")
