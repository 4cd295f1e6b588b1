"""Types of regions, how coordinated their pillars are, and what holds each back most."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.report.blocks import TableColumn
from sanfu.report.facts import Derived, Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.companions import Types
    from sanfu.index.companions.base import Companion
    from sanfu.report.blocks import Inline, Table
    from sanfu.report.facts import Facts, Show
    from sanfu.report.material import Item
    from sanfu.report.materials.index_view import IndexView

STABLE = 0.75
"""Mean Jaccard similarity from which a type is a stable one: Hennig (2007), CSDA 52."""
KINDS = 5
"""The published report of 2023 sorts the districts into five types; their names and members are
not public."""

OBSTACLE = Text("障碍度", "obstacle degree")


class IndexTypes:
    """Companion analyses that city reports carry, each with its formula and source."""

    def __init__(self, view: IndexView, seed: int = 1) -> None:
        self.view = view
        self.seed = seed

    @cached_property
    def types(self) -> Types | None:
        """The types of the latest year's regions; None where there are too few to sort."""
        from sanfu.index.companions import find_types  # noqa: PLC0415 - slow to import

        try:
            return find_types(self.view.index, types=KINDS, seed=self.seed)
        except InputError:
            return None

    def tables(self) -> dict[str, Any]:
        """Give the tables."""
        return {
            "index.types": self._types,
            "index.coupling": self._coupling,
            "index.obstacles": self._obstacles,
        }

    def sentences(self, item: Item | None, facts: Facts) -> list[str]:
        """Describe each type by what it is strong and weak in, and how far it can be trusted."""
        if self.types is None:
            return [str(Text("地区太少，不分类型。", "Too few regions to sort into types."))]
        said = []
        members = self.types.frame
        for (kind,), rows in members.sort("type").group_by("type", maintain_order=True):
            profile = self.types.profiles.filter(pl.col("type") == kind)
            profile = profile.sort("standing", descending=True)
            best, worst = profile.row(0, named=True), profile.row(-1, named=True)
            name, units = f"index.type.{kind}", rows["unit"].to_list()
            if item is not None and str(item.name) not in units:
                continue
            facts.add(f"{name}.best", self._standing(best["standing"], best["part"], units))
            facts.add(f"{name}.worst", self._standing(worst["standing"], worst["part"], units))
            facts.add(f"{name}.stability", self._stability(best["stability"]))
            strong, weak = self._compared(best, name, "best"), self._compared(worst, name, "worst")
            listed = Text("、".join(units), ", ".join(units))
            sure = best["stability"] >= STABLE
            said.append(
                Text(
                    f"第 {kind} 类{'' if sure else '（只是提示）'}：{listed.zh}。"
                    f"最强的是{strong.zh}，最弱的是{weak.zh}；稳定性 {{{name}.stability}}"
                    + ("。" if sure else "，低于 0.75，换一些地区就可能归到别类。"),
                    f"Type {kind}{'' if sure else ' (a hint only)'}: {listed.en}. Strongest in "
                    f"{strong.en}, weakest in {weak.en}; stability {{{name}.stability}}"
                    + ("." if sure else ", below 0.75: with other regions it may fall apart."),
                )
            )
        return [str(text) for text in said]

    def _compared(self, part: dict[str, Any], name: str, end: str) -> Text:
        """Say how far from the mean a type stands in a part, and on which side."""
        label = self.view.index.framework.label(part["part"])
        over = part["standing"] >= 0
        return Text(
            f"{label.zh}（{'高' if over else '低'}于平均，"
            f"差距为各地区标准差的 {{{name}.{end}}} 倍）",
            f"{label.en} ({{{name}.{end}}} times the regions' standard deviation "
            f"{'above' if over else 'below'} the mean)",
        )

    def _types(self, _: Item | None, facts: Facts) -> Table:
        if self.types is None:
            return self.view.table(Text("类型", "types"), (TableColumn("—"),), ())
        rows: list[tuple[Inline, ...]] = []
        for row in self.types.frame.sort("type", "unit").iter_rows(named=True):
            sure = self._certainty(row["certainty"])
            name = facts.add(f"index.certainty.{row['unit']}", sure)
            rows.append((str(row["type"]), row["unit"], facts.print(name)))
        columns = (
            TableColumn(str(Text("类型", "type")), "right", 0.6),
            TableColumn(str(Text("地区", "region")), "left", 2),
            TableColumn(str(Text("归类把握", "certainty")), "right"),
        )
        caption = Text("地区类型（按分项得分聚类）", "types of regions (clusters of pillar scores)")
        return self.view.table(caption, columns, rows, f"{self.types.formula}; {self.types.source}")

    def _coupling(self, _: Item | None, facts: Facts) -> Table:
        from sanfu.index.companions import couple_systems  # noqa: PLC0415 - when asked for

        found = couple_systems(self.view.index)
        frame = self._latest(found.frame)
        return self._plain(
            Text("分项之间的耦合协调", "coordination between the pillars"),
            frame,
            facts,
            "coupling",
            found,
        )

    def _obstacles(self, item: Item | None, facts: Facts) -> Table:
        from sanfu.index.companions import find_obstacles  # noqa: PLC0415 - when asked for

        found = find_obstacles(self.view.index)
        used = self.view.index.plan.indicators
        frame = self._latest(found.frame).filter(
            pl.col("part").is_in(used), pl.col("obstacle").is_not_nan()
        )  # what is hidden or missing holds nobody back
        if item is not None:
            frame = frame.filter(pl.col("unit") == str(item.name))
        top = (
            frame.sort("obstacle", descending=True)
            .group_by("unit", maintain_order=True)
            .head(3)
            .group_by("unit", maintain_order=True)
            .agg("part", "obstacle")
        )
        rows: list[tuple[Inline, ...]] = []
        for unit, parts, degrees in top.select("unit", "part", "obstacle").iter_rows():
            cells: list[Inline] = [unit]
            for place in range(3):
                if place >= len(parts):
                    cells += ["—", "—"]
                    continue
                fact = self._of(found, OBSTACLE, degrees[place], used, "percent")
                name = facts.add(f"index.obstacle.{unit}.{place}", fact)
                cells += [self.view.name(parts[place]), facts.print(name)]
            rows.append(tuple(cells))
        columns = [TableColumn(str(Text("地区", "region")), "left", 1.1)]
        for number in (1, 2, 3):
            columns += [
                TableColumn(str(Text(f"障碍{number}", f"obstacle {number}")), "left", 1.6),
                TableColumn(str(Text("障碍度", "degree")), "right", 0.8),
            ]
        caption = Text("各地区的主要障碍因子", "what holds each region back most")
        return self.view.table(caption, tuple(columns), rows, f"{found.formula}; {found.source}")

    def _latest(self, frame: pl.DataFrame) -> pl.DataFrame:
        if "year" in frame.columns and self.view.year is not None:
            frame = frame.filter(pl.col("year") == self.view.year)
        return frame.drop("year", strict=False)

    def _of(
        self,
        found: Companion,
        what: Text,
        value: float,
        parts: Sequence[str],
        show: Show = "number",
        decimals: int = 1,
    ) -> Fact:
        """Give a number of a companion analysis of these parts' scores, by its own formula."""
        said = (str(Text("出处", "source")), found.source)
        trace = Derived(str(what), found.formula, (*self._scores_of(parts), said))
        return Fact(value, show, decimals, trace, f"index.{what.en}")

    def _scores_of(self, parts: Sequence[str]) -> tuple[tuple[str, Fact], ...]:
        return tuple((self.view.name(part), self.view.scores(part)[1]) for part in parts)

    def _standing(self, value: float, part: str, units: list[str]) -> Fact:
        name = self.view.name(part)
        words = Text(f"类型的相对强弱：{name}", f"standing of a type: {name}")
        rule = Text(
            "（该类地区平均 − 全体平均）的绝对值 ÷ 全体标准差",
            "size of (mean of the type's regions − mean of all) ÷ standard deviation of all",
        )
        members = (str(Text("该类地区", "regions of the type")), str(Text("、", ", ")).join(units))
        trace = Derived(str(words), str(rule), (members, self.view.scores(part)))
        return Fact(abs(value), "number", 1, trace, f"index.standing.{part}.{units[0]}")

    def _stability(self, value: float) -> Fact:
        rule = Text(
            "重抽地区再聚类时该类的平均 Jaccard 相似度",
            "mean Jaccard similarity of the type over clusterings of regions drawn again",
        )
        what = Text("类型的稳定性", "stability of a type")
        return self._clustered(value, "number", 2, what, rule)

    def _certainty(self, value: float) -> Fact:
        rule = Text(
            "重抽再聚类时该地区仍归入此类的比例",
            "share of the clusterings that put the region in this type",
        )
        return self._clustered(value, "percent", 0, Text("归类把握", "certainty of a type"), rule)

    def _clustered(self, value: float, show: Show, decimals: int, what: Text, rule: Text) -> Fact:
        types = self.types
        assert types is not None  # noqa: S101 - asked only where there are types
        more = (
            (str(Text("聚类", "clustering")), types.formula),
            (str(Text("随机种子", "seed")), str(self.seed)),
            (str(Text("出处", "source")), types.source),
        )
        trace = Derived(str(what), str(rule), (*self._scores_of(self.view.pillars), *more))
        return Fact(value, show, decimals, trace, f"index.{what.en}")

    def _plain(
        self, caption: Text, frame: pl.DataFrame, facts: Facts, key: str, found: Companion
    ) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for number, row in enumerate(frame.iter_rows()):
            cells: list[Inline] = []
            for name, value in zip(frame.columns, row, strict=True):
                if isinstance(value, float):
                    what = _HEADINGS.get(name, Text(name, name))
                    fact = self._of(found, what, value, self.view.pillars, decimals=3)
                    cells.append(facts.print(facts.add(f"index.{key}.{number}.{name}", fact)))
                else:
                    cells.append("—" if value is None else str(value))
            rows.append(tuple(cells))
        numbers = [frame.schema[name].is_numeric() for name in frame.columns]
        columns = tuple(
            TableColumn(str(_HEADINGS.get(name, name)), "right" if number else "left")
            for name, number in zip(frame.columns, numbers, strict=True)
        )
        return self.view.table(caption, columns, rows, f"{found.formula}; {found.source}")


_HEADINGS: dict[str, Text] = {
    "unit": Text("地区", "region"),
    "C": Text("耦合度 C", "coupling C"),
    "T": Text("发展度 T", "development T"),
    "D": Text("协调度 D", "coordination D"),
    "grade": Text("等级", "grade"),
}
