"""Pillars and indicators one by one: what an index offers to chapters that go through them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.correlation import correlate
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Derived, Fact
from sanfu.report.figures import ranking
from sanfu.report.material import Item
from sanfu.report.materials.index_sentences import MEDIAN
from sanfu.report.materials.index_statistics import FEWEST
from sanfu.report.materials.index_view import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import Figure
    from sanfu.report.materials.index_map import IndexMap
    from sanfu.report.materials.index_view import IndexView


_PLACED = {"name": pl.String, "score": pl.Float64, "rank": pl.Int64}


class IndexParts:
    """What can be said and drawn of one pillar or indicator; an item's code is its own.

    Lists: ``index.pillars``; ``index.indicators`` (those of the pillar written about, else all).
    """

    def __init__(self, view: IndexView, drawn: IndexMap) -> None:
        self.view = view
        self.map = drawn

    def lists(self) -> dict[str, Any]:
        """Give the lists."""
        return {
            "index.pillars": [self._item(code) for code in self.view.pillars],
            "index.indicators": self._indicators,
        }

    def facts_of(self) -> dict[str, Any]:
        """Give the facts of a pillar or an indicator."""
        return {"index.pillars": self._facts, "index.indicators": self._facts}

    def figures(self) -> dict[str, Any]:
        """Give the figures of a pillar or an indicator."""
        return {"index.part-ranking": self._ranking, "index.part-map": self._map}

    def tables(self) -> dict[str, Any]:
        """Give the tables of a pillar."""
        return {"index.part": self._table}

    def sentences(self, item: Item | None, facts: Facts) -> list[str]:
        """Say what a part is made of, who leads it and how it moves with the whole."""
        view = self.view
        code = self._code(item)
        name = view.index.framework.label(code)
        best, worst = self._ends(code)
        measured = code in view.index.plan.indicators
        give = view.raw if measured else view.score
        facts.add(f"index.most.{code}", give(best, code))
        facts.add(f"index.least.{code}", give(worst, code))
        facts.add(f"index.mid.{code}", self._median(code))
        zh, en = ("", "") if measured else (" 分", " points")
        said = [
            Text(
                f"{name.zh}最高的是{best.name}（{{index.most.{code}}}{zh}），"
                f"最低的是{worst.name}（{{index.least.{code}}}{zh}），"
                f"中位数 {{index.mid.{code}}}{zh}。",
                f"{name.en}: {best.name} is highest ({{index.most.{code}}}{en}), {worst.name} "
                f"lowest ({{index.least.{code}}}{en}), the median {{index.mid.{code}}}{en}.",
            )
        ]
        moves = self._moves_with_whole(code)
        if moves is not None:
            whole = (str(Text("总分", "the whole")), view.scores(view.root)[1])
            words = Text("与总分的秩相关", "rank correlation with the whole")
            rule = str(Text("Spearman 秩相关系数", "Spearman's rank correlation"))
            rho = view.over_units("rho", code, moves, words, rule, whole, show="signed", decimals=2)
            facts.add(f"index.rho.{code}", rho)
            said.append(
                Text(
                    f"与总分的秩相关系数为 {{index.rho.{code}}}（{{index.units}} 个地区）。",
                    f"Its rank correlation with the whole is {{index.rho.{code}}} over "
                    "{index.units} regions.",
                )
            )
        return [str(Text("", " ")).join(str(text) for text in said)]

    def _item(self, code: str) -> Item:
        return Item(code, self.view.index.framework.label(code))

    def _indicators(self, item: Item | None) -> Sequence[Item]:
        used = self.view.index.plan.indicators
        node = self.view.root if item is None else item.code
        below = self.view.index.framework.below(node)
        return [self._item(code) for code in below if code in used]

    def _code(self, item: Item | None) -> str:
        return self.view.pillars[0] if item is None else item.code

    def _facts(self, item: Item) -> Mapping[str, Fact]:
        code = item.code
        framework = self.view.index.framework
        part = framework.part(code)
        found = {
            "below": self.view.of_framework(
                f"below.{code}",
                len(self._indicators(item)),
                Text(f"指标数：{item.name.zh}", f"indicators: {item.name.en}"),
                Text("该项之下用到的指标的个数", "count of the indicators in use under it"),
            ),
            "weight": self.view.weight(code),
            "note": Fact(words_of(part.note)),
        }
        if code in framework.indicators:
            indicator = framework.indicators[code]
            found["formula"] = self._formula(code)
            found["source"] = Fact(words_of(indicator.source))
            up = Text("越大越好", "larger is better")
            down = Text("越小越好", "smaller is better")
            found["direction"] = Fact(str(up if indicator.direction > 0 else down))
        return found

    def _formula(self, code: str) -> Fact:
        """Give an indicator's formula in words; its trace holds it as the program reads it."""
        said = self.view.formula_of(code)
        if said is None:
            return Fact(None)
        framework = self.view.index.framework
        of = f"{framework.framework} {framework.version}"
        trace = Derived(
            str(Text(f"算法：{self.view.name(code)}", f"formula: {self.view.name(code)}")),
            str(framework.indicators[code].formula),
            ((str(Text("指标体系", "framework")), of),),
        )
        return Fact(str(said), "words", trace=trace, home=f"index.formula.{code}")

    def _ends(self, code: str) -> tuple[Item, Item]:
        own = [i for i in self.view.items if self.view.rank_of(i, code) is not None]
        by_rank = sorted(own, key=lambda item: self.view.rank_of(item, code) or 0)
        return by_rank[0], by_rank[-1]

    def _median(self, code: str) -> Fact:
        words = MEDIAN
        if code not in self.view.index.plan.indicators:
            middle = float(np.nanmedian(self.view.values(code)))
            return self.view.over_units("median", code, middle, words, str(words))
        raw = [self.view.raw(item, code) for item in self.view.items]
        known = [float(fact.value) for fact in raw if isinstance(fact.value, float)]
        middle = float(np.median(known))
        what = f"{words}：{self.view.name(code)}"
        trace = Derived(what, str(words), (self.view.raws(code),))
        return self.view.like(code, middle, lambda: trace, f"index.mid.{code}")

    def _moves_with_whole(self, code: str) -> float | None:
        own, whole = (self.view.values(one)[:, None] for one in (code, self.view.root))
        found = correlate(own, whole, method="spearman")
        known = found.n[0, 0] >= FEWEST and not np.isnan(found.r[0, 0])
        return float(found.r[0, 0]) if known else None

    def _map(self, item: Item | None) -> Figure:
        code = self._code(item)
        rows = [
            {"name": str(one.name), "score": float(value), "rank": place}
            for one, value in zip(self.view.items, self.view.values(code), strict=True)
            if (place := self.view.rank_of(one, code)) is not None
        ]
        name = self.view.index.framework.label(code)
        title = self.view.title(f"{name.zh}得分", f"scores in {name.en}")
        figure = self.map.draw(pl.DataFrame(rows, schema=_PLACED), title, gaps=self._gaps(code))
        return replace(figure, behind=(self.view.scores(code),))

    def _gaps(self, code: str) -> int:
        """Count the regions whose figure is hidden."""
        return sum(self.view.hides(one, code) for one in self.view.items)

    def _ranking(self, item: Item | None) -> Figure:
        code = self._code(item)
        measured = code in self.view.index.plan.indicators
        share = measured and self.view.index.framework.indicators[code].unit == "share"
        rows = []
        for one in self.view.items:
            fact = self.view.raw(one, code) if measured else self.view.score(one, code)
            place = self.view.rank_of(one, code)
            if isinstance(fact.value, float) and place is not None:
                value = fact.value * 100 if share else fact.value
                rows.append({"name": str(one.name), "score": value, "rank": place})
        label = self.view.index.framework.label(code)
        gaps, unit = self._gaps(code), self.view.unit_of(code)
        if measured:
            about, given = self.view.about_own(str(label), code, gaps=gaps), self.view.raws(code)
        else:
            about, given = self.view.about(str(label), unit, gaps=gaps), self.view.scores(code)
        return replace(ranking(pl.DataFrame(rows, schema=_PLACED), **about), behind=(given,))

    def _table(self, item: Item | None, facts: Facts) -> Table:
        """One pillar's indicators for every region, in the indicators' own units."""
        pillar = self._code(item)
        codes = [one.code for one in self._indicators(Item(pillar, Text("", "")))]
        rows: list[tuple[Inline, ...]] = []
        order = sorted(self.view.items, key=lambda one: self.view.rank_of(one, pillar) or 999)
        for one in order:
            score = facts.add(f"index.score.{one.code}.{pillar}", self.view.score(one, pillar))
            own = [
                facts.print(facts.add(f"index.raw.{one.code}.{code}", self.view.raw(one, code)))
                for code in codes
            ]
            rows.append((str(one.name), facts.print(score), *own))
        columns = (
            TableColumn(str(Text("地区", "region")), "left", 1.2),
            TableColumn(str(Text("得分", "score")), "right", 0.8),
            *(
                TableColumn(self.view.name(code), "right", unit=self.view.unit_of(code))
                for code in codes
            ),
        )
        name = self.view.index.framework.label(pillar)
        caption = Text(f"{name.zh}：各地区指标值", f"{name.en}: indicators by region")
        return Table(str(caption), columns, tuple(rows), synthetic=self.view.synthetic)
