"""Where a ledger's numbers come from: version, filter and the columns of the files, not each firm.

A count or a sum over hundreds of firms is followed to what it reads as a whole: the ledger's
version and hash, which firms and which measure of which year, and where that measure stands in
each file, with how many rows. Rows are counted over the whole ledger, so that no trace tells how
many firms of a district or a group there are.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.language import Text
from sanfu.report.confidential import HIDDEN
from sanfu.report.facts import Derived, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.registry import Ledger
    from sanfu.report.facts import Show

SHOWN = 6
"""Columns of files that a trace names before it says how many more there are."""
_NAMES = {
    "firms": Text("企业信息", "firms"),
    "figures": Text("年度数据", "figures of the years"),
    "titles": Text("称号", "titles"),
}
Read = tuple[str, str, int | None]
"""Frame, measure (all of the frame where empty) and year (every year where missing)."""
TITLES: Read = ("titles", "tier", None)


def in_force_words(year: str) -> Text:
    """Say how firms that hold a tier are counted."""
    return Text(
        f"{year} 年末该层级称号有效的不同企业的户数（认定日 ≤ 当日 ≤ 到期日）",
        f"count of distinct firms with a title of the tier in force at the end of {year} "
        "(granted ≤ the day ≤ expires)",
    )


def ledger_version(ledger: Ledger) -> tuple[str, str]:
    """Give a ledger's version and hash as an input of a trace."""
    number, digest = ledger.number, ledger.hash[:16]
    said = Text(f"第 {number} 版，哈希 {digest}", f"version {number}, hash {digest}")
    return str(Text("台账", "ledger")), str(said)


class LedgerTraces:
    """Makes the facts of a ledger, each with its trace."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def fact(
        self,
        value: float | str | None,
        home: str,
        what: Text,
        formula: Text,
        *reads: Read,
        show: Show = "count",
        decimals: int = 1,
        more: Iterable[tuple[str, str | Fact]] = (),
    ) -> Fact:
        """Give a number with its trace.

        Parameters
        ----------
        formula
            In words, with the filter: which firms, in which year.
        reads
            What it is read from; the trace names the files' columns.
        more
            Inputs besides the ledger.
        """

        def trace() -> Derived:
            cells, total = self._cells(reads)
            return Derived(str(what), str(formula), (*more, self._version), cells, total)

        if value == HIDDEN:
            return Fact(HIDDEN)  # it says of itself why it is not told
        return Fact(value, show, decimals, trace, home)

    @cached_property
    def _version(self) -> tuple[str, str]:
        return ledger_version(self.ledger)

    def _cells(self, reads: Iterable[Read]) -> tuple[tuple[str, ...], int]:
        found = [row for read in reads for row in self._columns(read)]
        shown = [
            f"{what}：{file} › {sheet} › " + str(Text(f"{place}，{n:,} 行", f"{place}, {n:,} rows"))
            for what, file, sheet, place, n in found[:SHOWN]
        ]
        if len(found) > SHOWN:
            shown.append(str(Text(f"……共 {len(found)} 列", f"… {len(found)} columns in all")))
        return tuple(shown), sum(n for *_, n in found)

    def _columns(self, read: Read) -> list[tuple[str, str, str, str, int]]:
        frame, measure, year = read
        own = self._homes.filter(pl.col("frame") == frame)
        if year is not None:
            own = own.filter(pl.col("year").is_null() | (pl.col("year") == year))
        if measure:
            own = own.filter(pl.col("column") == measure)
            what = f"{measure}{'' if year is None else f' {year}'}"
            places = own.group_by("file", "sheet", "letter").agg(pl.col("rows").sum())
            return [
                (what, file, sheet, str(Text(f"{letter} 列", f"column {letter}")), n)
                for file, sheet, letter, n in places.sort("file", "sheet", "letter").iter_rows()
            ]
        places = own.group_by("file", "sheet").agg(pl.len(), pl.col("rows").max())
        return [
            (str(_NAMES[frame]), file, sheet, str(Text(f"{n} 列", f"{n} columns")), rows)
            for file, sheet, n, rows in places.sort("file", "sheet").iter_rows()
        ]

    @cached_property
    def _homes(self) -> pl.DataFrame:
        """Where each measure stands: frame, column, year, file, sheet, letter, rows."""
        by = ("frame", "column", "year", "file", "sheet")
        if self.ledger.origins.is_empty():
            words = dict.fromkeys((*by, "letter"), pl.String)
            return pl.DataFrame(schema={**words, "year": pl.Int32, "rows": pl.UInt32})
        letter = pl.col("row").str.extract(r"^([A-Z]+)")
        return self.ledger.origins.group_by(*by, letter.alias("letter")).agg(rows=pl.len())
