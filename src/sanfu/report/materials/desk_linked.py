"""Counts of firms that a year of the service desk prints, under one pattern of what is hidden."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.report.linked import TOTAL, WHOLE, Key, Linked, Withheld, crossed, hide_among
from sanfu.report.materials.ledger_linked import UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sanfu.exchange import DeskReport
    from sanfu.index import Confidentiality

GROUPED_BY = ("district", "industry", "tier", "street")
PARTS: dict[str, Text] = {
    "firms": Text("企业", "firms"),
    "served": Text("已服务", "served"),
    "never": Text("从未服务", "never"),
}
_LINES = Text("各条线服务", "services by line")
_ALL = Text("全部", "all")


class DeskCounts:
    """Firms of each group, of these the served and the never served, and those of each line.

    Parameters
    ----------
    found
        A period of the service desk.
    """

    def __init__(self, found: DeskReport, rules: Confidentiality) -> None:
        self.found = found
        self.rules = rules
        self.coverage: dict[str, pl.DataFrame] = {}
        for by in GROUPED_BY:
            try:
                self.coverage[by] = found.coverage(by)  # type: ignore[arg-type]
            except InputError:
                continue  # the ledger does not say that of its firms

    @cached_property
    def firms(self) -> tuple[Linked, Mapping[Key, str]]:
        """All counts of firms, and which are hidden."""
        found = self.found
        linked = Linked(self.rules)
        total, served = found.firms["firm"].n_unique(), found.coverage_total()
        whole = {"firms": total, "served": served, "never": found.never_served.height}
        for part, count in whole.items():
            linked.add(("all", part), count, cost=WHOLE if part == "firms" else TOTAL)
        linked.tie(("all", "firms"), [("all", "served"), ("all", "never"), self._rest(
            linked, total, (served, whole["never"]))])  # fmt: skip
        districts = self._told_districts()
        for by, coverage in self.coverage.items():
            rows = coverage.sort("group").to_dicts()
            for row in rows:
                cells = {part: (by, row["group"], part) for part in PARTS}
                for part, key in cells.items():
                    told = (
                        districts.get(row["group"]) if (by, part) == ("district", "firms") else None
                    )
                    cost = WHOLE if by == "tier" and part == "firms" else 1.0
                    linked.add(key, row[part], told=told, cost=cost)
                linked.tie(cells["firms"], [cells["served"], cells["never"]])
            for part, count in whole.items():
                keys = [(by, row["group"], part) for row in rows]
                if by != "tier":
                    rest = self._rest(linked, count, (row[part] for row in rows))
                    linked.tie(("all", part), [*keys, rest])
                elif all(row[part] <= count for row in rows) and count <= sum(
                    row[part] for row in rows
                ):
                    linked.within(("all", part), keys)  # a firm can hold several titles
        lines = {row["line"]: row["firms"] for row in found.frame.to_dicts()}
        for line, count in lines.items():
            linked.add(("line", line), count)
        if lines and max(lines.values()) <= served <= sum(lines.values()):
            linked.within(("all", "served"), [("line", line) for line in lines])
        return linked, linked.hidden()

    def _rest(self, linked: Linked, whole: int, parts: Iterable[int]) -> Key:
        """Add what a whole has beside its parts: firms that the ledger does not place."""
        return linked.unseen(whole - sum(parts))

    def _told_districts(self) -> dict[str, bool]:
        """Give whether reports of the ledger print how many firms a district has."""
        firms = self.found.firms
        if "district" not in firms.columns:
            return {}
        named = "district_name" if "district_name" in firms.columns else "district"
        code, label = pl.col("district").fill_null(UNPLACED), pl.col(named).cast(pl.String)
        counts = firms.group_by(code=code.cast(pl.String), label=label).len()
        hidden = hide_among(dict(counts.select("code", "len").iter_rows()), self.rules)
        return {
            name: code not in hidden
            for code, name in counts.select("code", "label").iter_rows()
            if name is not None
        }

    @cached_property
    def attended(self) -> tuple[Linked, Mapping[Key, str]]:
        """Attendances of each line, and which are hidden: those of lines with too few firms."""
        linked = Linked(self.rules)
        rows = self.found.frame.to_dicts()
        linked.add(("all",), sum(row["attended"] for row in rows), cost=TOTAL, small=False)
        few = self.firms[1]
        for row in rows:
            line = row["line"]
            small = few.get(("line", line)) == "min_firms" and row["attended"] > 0
            linked.add((line,), row["attended"], small=small)
        linked.tie(("all",), [(row["line"],) for row in rows])
        return linked, linked.hidden()

    def group(self, by: str, group: str, part: str) -> int | None:
        """Count the firms of a group, the served or the never served; None where hidden."""
        return self._printed((by, group, part))

    def whole(self, part: str) -> int | None:
        """Count all firms, the served or the never served; None where hidden."""
        return self._printed(("all", part))

    def line(self, line: str) -> int | None:
        """Count the firms served in a line; None where hidden."""
        return self._printed(("line", line))

    def attendances(self, line: str = "all") -> int | None:
        """Count attendances of a line, or all; None where hidden."""
        linked, hidden = self.attended
        return None if (line,) in hidden else linked.count((line,))

    def _printed(self, key: Key) -> int | None:
        linked, hidden = self.firms
        return None if key in hidden else linked.count(key)

    def lines_withheld(self) -> list[Withheld]:
        """List what the table of lines hides."""
        labels = {line.id: line.label() for line in self.found.rules.lines}
        found = [
            Withheld(_LINES, crossed(labels[key[1]], Text("服务企业", "firms")), rule)
            for key, rule in self.firms[1].items()
            if key[0] == "line"
        ]
        return found + [
            Withheld(_LINES, crossed(labels.get(key[0], _ALL), Text("到场", "attended")), rule)
            for key, rule in self.attended[1].items()
        ]

    def coverage_withheld(self, by: str) -> list[Withheld]:
        """List what the table of a grouping hides."""
        from sanfu.exchange.desk.report import GROUPS  # noqa: PLC0415 - when a report is made

        label = GROUPS[by]  # type: ignore[index]
        table = Text(f"服务覆盖（按{label.zh}）", f"coverage by {label.en}")
        return [
            Withheld(table, crossed(key[1], PARTS[key[2]]), rule)
            for key, rule in self.firms[1].items()
            if key[0] == by
        ]

    def whole_withheld(self) -> list[Withheld]:
        """List which totals are hidden."""
        return [
            Withheld(Text("服务企业", "firms served"), crossed(_ALL, PARTS[key[1]]), rule)
            for key, rule in self.firms[1].items()
            if key[0] == "all"
        ]
