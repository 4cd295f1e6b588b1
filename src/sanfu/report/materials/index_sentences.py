"""Sentences about an index: what the numbers say, no cause claimed, ties said as ties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sanfu.index.formulas import aggregate_formula, normalise_formula
from sanfu.index.method_words import NORMALISER_NAMES
from sanfu.index.tracing import AGGREGATOR_NAMES
from sanfu.index.why.words import listed
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.report.facts import Fact, Facts
    from sanfu.report.material import Item
    from sanfu.report.materials.index_view import IndexView

MEDIAN = Text("中位数", "median")


class IndexSentences:
    """Runs of sentences with places for facts, which they add as they go."""

    def __init__(self, view: IndexView) -> None:
        self.view = view

    def summary(self, _: Item | None, facts: Facts) -> list[str]:
        """Who leads, who is last, how far apart they are."""
        view = self.view
        scores = view.values(view.root)
        first, last = view.items[0], view.items[-1]
        facts.add("index.first.score", view.score(first))
        facts.add("index.last.score", view.score(last))
        root, over = view.root, view.over_units
        middle, spread = float(np.median(scores)), float(scores.max() - scores.min())
        above = int(np.sum(scores > np.mean(scores)))
        mean = (str(Text("平均", "mean")), view.mean(root))
        more = str(Text("得分高于平均的地区数", "regions whose score is above the mean"))
        facts.add("index.mean", view.mean(root))
        facts.add("index.median", over("median", root, middle, MEDIAN, str(MEDIAN)))
        facts.add(
            "index.range", over("range", root, spread, Text("极差", "range"), "max(x) − min(x)")
        )
        facts.add(
            "index.above",
            over("above", root, above, Text("高于平均", "above"), more, mean, show="count"),
        )
        lead = view.leaders()
        follow = listed([str(item.name) for item in view.items[len(lead) : len(lead) + 2]])
        names = listed([str(item.name) for item in lead])
        tie = (Text("并列第一", "share the first place"), Text("居首", "comes first"))[
            len(lead) == 1
        ]
        said = [
            Text(
                f"{{index.units}} 个地区中，{names.zh}以 {{index.first.score}} 分{tie.zh}"
                + (f"，其后是{follow.zh}" if follow.zh else "")
                + f"；{last.name}得 {{index.last.score}} 分，列第 {{index.last.rank}} 位。",
                f"Of {{index.units}} regions, {names.en} {tie.en} with {{index.first.score}} "
                "points"
                + (f", followed by {follow.en}" if follow.en else "")
                + f"; {last.name} has {{index.last.score}} points and place {{index.last.rank}}.",
            ),
            Text(
                "平均 {index.mean} 分，中位数 {index.median} 分，最高与最低相差 {index.range} 分；"
                "{index.above} 个地区高于平均。",
                "The mean is {index.mean} points, the median {index.median}; the highest and the "
                "lowest are {index.range} apart; {index.above} regions are above the mean.",
            ),
        ]
        facts.add("index.last.rank", view.rank(last, view.root))
        return [str(text) for text in said]

    def formulas(self, _: Item | None, facts: Facts) -> list[str]:
        """Write out how figures become scores and scores are joined, as the framework rules it."""
        framework = self.view.index.framework
        rule = framework.method.normalise
        name = NORMALISER_NAMES.get(rule.method) or Text(rule.method, rule.method)
        self._quote(facts, "normalise", normalise_formula(rule, 1, np.empty(0)))
        said = [
            Text(
                f"标准化（{name.zh}）：得分 = {{index.formula.normalise}}。x 为处理后的指标值，"
                "越小越好的指标先取相反数；其余符号为各地区该指标的统计量。个别指标另有规定的，"
                "见数字来源。",
                f"Normalisation ({name.en}): score = {{index.formula.normalise}}. x is the "
                "treated figure, with its sign turned where less is better; the other signs are "
                "the regions' statistics of the indicator. Where an indicator has a rule of its "
                "own, its trace says so.",
            )
        ]
        rules = {one.method: one for one in map(framework.aggregate_of, self.view.index.plan.nodes)}
        for method, one in rules.items():
            self._quote(facts, method, aggregate_formula(one))
            label = AGGREGATOR_NAMES[method]
            said.append(
                Text(
                    f"合成（{label.zh}）：上级得分 = {{index.formula.{method}}}。"
                    "x 为下级得分，w 为其权重。",
                    f"Aggregation ({label.en}): the parent's score = {{index.formula.{method}}}. "
                    "x are the scores of its parts, w their weights.",
                )
            )
        return [str(text) for text in said]

    def _quote(self, facts: Facts, name: str, formula: str) -> None:
        given = self.view.of_framework(
            f"formula.{name}",
            formula,
            Text("方法的公式", "a formula of the method"),
            Text("由体系文件的 method 写出", "written out from the framework's method"),
            "words",
        )
        facts.add(f"index.formula.{name}", given)

    def pillars(self, _: Item | None, facts: Facts) -> list[str]:
        """Who leads each pillar, and where regions differ most."""
        view = self.view
        said = []
        for pillar in view.pillars:
            best = min(view.items, key=lambda item: view.rank_of(item, pillar) or 10**9)
            place = f"index.best.{pillar}"
            facts.add(place, view.score(best, pillar))
            spread = float(np.nanstd(view.values(pillar)))
            words = Text("标准差", "standard deviation")
            formula = "√(Σ(x − x̄)² ÷ n)"
            facts.add(f"index.sd.{pillar}", view.over_units("sd", pillar, spread, words, formula))
            name = view.index.framework.label(pillar)
            said.append(
                str(
                    Text(
                        f"{name.zh}：{best.name}最高（{{{place}}} 分），各地区标准差 "
                        f"{{index.sd.{pillar}}} 分。",
                        f"{name.en[:1].upper()}{name.en[1:]}: {best.name} is highest "
                        f"({{{place}}} points); standard "
                        f"deviation {{index.sd.{pillar}}} points.",
                    )
                )
            )
        return [str(Text("", " ")).join(said)]

    def why(self, item: Item | None, facts: Facts) -> list[str]:
        """Say what one region's distance from the mean is made up of."""
        view = self.view
        one = item or view.items[0]
        scores = view.values(view.root)
        own = float(view.index.value(view.root)[view.row(one)])
        code = one.code
        facts.add(f"index.own.{code}", view.score(one))
        facts.add(f"index.rank.{code}", view.rank(one, view.root))
        facts.add("index.mean", view.mean(view.root))
        distance = view.from_mean(one)
        facts.add(
            f"index.off.{code}",
            replace(distance, value=abs(own - float(np.mean(scores))), show="number"),
        )
        side = Text("高", "above") if own >= np.mean(scores) else Text("低", "below")
        said = [
            Text(
                f"{one.name}得 {{index.own.{code}}} 分，列第 {{index.rank.{code}}} 位，比各地区平均"
                f"（{{index.mean}} 分）{side.zh} {{index.off.{code}}} 分。",
                f"{one.name} has {{index.own.{code}}} points and place {{index.rank.{code}}}, "
                f"{{index.off.{code}}} points {side.en} the mean of {{index.mean}}.",
            )
        ]
        parts = [(p, s) for p in view.pillars if (s := view.shift(one, p)) is not None]
        said += self._most("pillar", Text("分项", "pillars"), parts, one, facts)
        low = [
            (i, s)
            for pillar in view.pillars
            for i in view.index.framework.below(pillar)
            if i in view.index.plan.indicators and (s := self._indicator_shift(one, i)) is not None
        ]
        said += self._most("indicator", Text("指标", "indicators"), low, one, facts)
        return [str(text) for text in said]

    def _indicator_shift(self, item: Item, code: str) -> float | None:
        """Points that an indicator adds to the whole, against the mean, down arithmetic nodes."""
        shift = self.view.shift(item, code)
        if shift is None:
            return None
        parent = next(n for n, parts in self.view.index.plan.children.items() if code in parts)
        while parent != self.view.root:
            above = next(
                (n, parts) for n, parts in self.view.index.plan.children.items() if parent in parts
            )
            rule = self.view.index.framework.aggregate_of(above[0])
            if rule.method != "arithmetic":
                return None
            weights = self.view.index.weights[above[0]]
            shift *= float(weights[above[1].index(parent)] / np.sum(weights))
            parent = above[0]
        return shift

    def _most(
        self, kind: str, kinds: Text, parts: list[tuple[str, float]], item: Item, facts: Facts
    ) -> list[Text]:
        """Name the parts furthest above and below the mean."""
        if not parts:
            return []
        code = item.code
        label = self.view.index.framework.label
        said_zh, said_en = [], []
        best, worst = max(parts, key=lambda p: p[1]), min(parts, key=lambda p: p[1])
        if best[1] > 0:
            facts.add(f"index.up.{kind}.{code}", self._adds(item, best[0], best[1]))
            said_zh.append(
                f"高于平均最多的是{label(best[0]).zh}（使总分多 {{index.up.{kind}.{code}}} 分）"
            )
            said_en.append(
                f"furthest above the mean is {label(best[0]).en} (adding "
                f"{{index.up.{kind}.{code}}} points to the score)"
            )
        if worst[1] < 0:
            facts.add(f"index.down.{kind}.{code}", self._adds(item, worst[0], -worst[1]))
            said_zh.append(
                f"低于平均最多的是{label(worst[0]).zh}（使总分少 {{index.down.{kind}.{code}}} 分）"
            )
            said_en.append(
                f"furthest below is {label(worst[0]).en} (taking "
                f"{{index.down.{kind}.{code}}} points from it)"
            )
        if not said_zh:
            return []
        return [
            Text(
                f"{kinds.zh}中，" + "，".join(said_zh) + "。",
                f"Of the {kinds.en}, " + "; ".join(said_en) + ".",
            )
        ]

    def _adds(self, item: Item, part: str, shown: float) -> Fact:
        return replace(self.view.shifted(item, part), value=shown, show="number")
