"""What a robustness analysis offers to a report, in words that a reader understands."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.index.audit.model import SEVERITIES
from sanfu.index.robustness.words import TRACE_NAMES, choice_words, named
from sanfu.index.why.words import listed
from sanfu.language import Text
from sanfu.report.blocks import TableColumn
from sanfu.report.facts import Derived, Fact, Kind
from sanfu.report.figures import rank_acceptability, ranking, sobol
from sanfu.report.material import Item, Material, NothingToShow
from sanfu.report.materials.index_view import IndexView

if TYPE_CHECKING:
    from sanfu.index.robustness import Robustness, Sensitivity
    from sanfu.report.blocks import Inline, Table
    from sanfu.report.facts import Facts, Show
    from sanfu.report.figures import About, Figure

FIRM_WITHIN = 2
"""Places within which a rank is said to stand still."""
SOBOL_ROWS = 256
STILL = Text("各项选择都不影响名次。", "None of the choices moves the ranks.")
_SAID = ("replicates", "seed")


DESIGN = Kind(
    Text("稳健性：怎么改变", "robustness: the design"),
    Text(
        "由稳健性设定给出：改变哪些选择、改变多少次、区间和检验的水平",
        "set by the analysis: which choices vary, how often, the level of intervals and tests",
    ),
)
RANKS = Kind(
    Text("稳健性：名次区间", "robustness: rank intervals"),
    Text(
        "每次重复重新计算全部名次；取各重复中名次的分位数",
        "every rank worked out anew in each replicate; quantiles of the ranks over them",
    ),
)
WITHIN = Kind(
    Text("稳健性：名次变动不大的比例", "robustness: ranks that stand still"),
    Text(
        f"|名次 − 公布名次| ≤ {FIRM_WITHIN} 的重复 ÷ 全部重复",
        f"replicates with |rank − rank published| ≤ {FIRM_WITHIN} ÷ all replicates",
    ),
)
FIRST = Kind(
    Text("稳健性：各名次出现的比例", "robustness: how often each rank came up"),
    Text("得该名次的重复 ÷ 全部重复", "replicates with the rank ÷ all replicates"),
)
TIERS = Kind(
    Text("稳健性：分档", "robustness: tiers"),
    Text(
        "各重复中成对比较得分，不能可靠区分的地区归入同一档",
        "regions whose scores, pair by pair over the replicates, cannot be told apart share a tier",
    ),
)
SOBOL = Kind(
    Text("稳健性：Sobol 指数", "robustness: Sobol indices"),
    Text(
        "一阶 Var(E[Y|X_i]) ÷ Var(Y)；总效应 E[Var(Y|X_~i)] ÷ Var(Y)；Y 为平均名次变动",
        "first Var(E[Y|X_i]) ÷ Var(Y); total E[Var(Y|X_~i)] ÷ Var(Y); Y is the mean rank shift",
    ),
)
FINDINGS = Kind(
    Text("稳健性：发现", "robustness: findings"),
    Text("由各重复的结果按设定的界限判定", "judged from the replicates by the bounds set"),
)


def robustness_material(found: Robustness) -> Material:
    """Offer a robustness analysis: ``robustness.…``."""
    return _RobustnessMaterial(found).material()


class _RobustnessMaterial:
    def __init__(self, found: Robustness) -> None:
        self.found = found
        self.view = IndexView(found.index)
        self.percent = f"{found.coverage:.0%}"

    @cached_property
    def sensitivity(self) -> Sensitivity:
        return self.found.sobol(SOBOL_ROWS, seed=self.found.seed)

    @cached_property
    def _told(self) -> pl.DataFrame:
        """Choices by how much they move the ranks; none where no choice moves any."""
        return self.sensitivity.summary.filter(pl.col("total").is_not_null())

    @property
    def _moving(self) -> pl.DataFrame:
        if self._told.is_empty():
            raise NothingToShow(STILL)
        return self._told

    def material(self) -> Material:
        still = self.found.stability.filter(pl.col("k") == FIRM_WITHIN)
        made = self._fact
        facts = {
            "robustness.replicates": made(DESIGN, len(self.found.design), "count"),
            "robustness.seed": Fact(str(self.found.seed)),
            "robustness.coverage": made(DESIGN, self.found.coverage, "percent", 0),
            "robustness.confidence": made(DESIGN, self.found.confidence, "percent", 0),
            "robustness.choices": made(DESIGN, len(self.found.design.factors), "count"),
            "robustness.within": made(WITHIN, float(still["share"][0]), "percent", 0),
            "robustness.tiers": made(TIERS, int(self.found.tiers["tier"].n_unique()), "count"),
        }
        return Material(
            facts=facts,
            figures={
                "robustness.intervals": self._figure,
                "robustness.acceptability": self._acceptability,
                "robustness.sobol": self._sobol_figure,
            },
            tables={
                "robustness.ranks": self._ranks,
                "robustness.choices": self._choices,
                "robustness.sensitivity": self._sensitivity,
                "robustness.findings": self._findings,
            },
            sentences={
                "robustness.summary": self._summary,
                "robustness.tiers": self._tiers,
                "robustness.unit": self._unit,
            },
            synthetic=self.view.synthetic,
            made_from=tuple(
                (str(TRACE_NAMES[name]), str(value))
                for name, value in self.found.trace.items()
                if value is not None
            ),
        )

    def _unit(self, item: Item | None, facts: Facts) -> list[str]:
        """Say between which places one region's rank moves."""
        if item is None:
            return []
        own = self.found.frame.filter(pl.col("unit") == str(item.name)).row(0, named=True)
        for end in ("low", "high"):
            place = self._fact(RANKS, own[f"rank_{end}"], "rank")
            facts.add(f"robustness.{item.code}.{end}", place)
        ends = (f"{{robustness.{item.code}.low}}", f"{{robustness.{item.code}.high}}")
        said = Text(
            f"把可争议的做法随机改变 {{robustness.replicates}} 次，{{robustness.coverage}} 的情形下"
            f"{item.name}的名次在第 {ends[0]} 至第 {ends[1]} 位之间。",
            f"With the debatable choices varied at random {{robustness.replicates}} times, "
            f"{item.name} stands between place {ends[0]} and {ends[1]} in "
            "{robustness.coverage} of them.",
        )
        return [str(said)]

    def _summary(self, _: Item | None, facts: Facts) -> list[str]:
        """Say how far the ranking can be trusted."""
        frame = self.found.frame
        firm = frame.filter((pl.col("rank_high") - pl.col("rank_low")) <= FIRM_WITHIN)
        loose = frame.sort(pl.col("rank_high") - pl.col("rank_low"), descending=True)
        widest = loose.row(0, named=True)
        made = self._fact
        facts.add("robustness.firm", made(RANKS, firm.height, "count"))
        facts.add("robustness.wide.low", made(RANKS, widest["rank_low"], "rank"))
        facts.add("robustness.wide.high", made(RANKS, widest["rank_high"], "rank"))
        first = self.found.acceptability.filter(pl.col("rank") == 1).sort("share", descending=True)
        leader = first.row(0, named=True)
        facts.add("robustness.first", made(FIRST, leader["share"], "percent", 0))
        choices = named([self._choice(name) for name in self.found.plan.choices])
        said = [
            Text(
                f"把有争议的 {{robustness.choices}} 项选择（{choices.zh}）随机改变 "
                "{robustness.replicates} 次，平均有 {robustness.within} 的名次与公布名次相差"
                f"不超过 {FIRM_WITHIN} 位。",
                f"With the {{robustness.choices}} debatable choices ({choices.en}) varied at "
                "random {robustness.replicates} times, "
                f"{{robustness.within}} of the ranks stay within {FIRM_WITHIN} places of those "
                "published.",
            ),
            Text(
                f"{leader['unit']}在 {{robustness.first}} 的试算中排第一；名次最不确定的是"
                f"{widest['unit']}（{{robustness.coverage}} 的试算在第 "
                "{robustness.wide.low} 至第 {robustness.wide.high} 位之间）。",
                f"{leader['unit']} comes first in {{robustness.first}} of the replicates; the "
                f"least certain is {widest['unit']} ({{robustness.coverage}} interval from place "
                "{robustness.wide.low} to {robustness.wide.high}).",
            ),
            self._driver(),
        ]
        return [str(text) for text in said]

    def _driver(self) -> Text:
        """Say which choice moves the ranks most, where the intervals of the effects tell."""
        told = self._told
        names = [self._choice(name) for name in told["choice"]]
        if told.is_empty():
            return STILL
        least = told["total_low"][0]
        near = [
            name
            for name, high in zip(names, told["total_high"], strict=True)
            if least is None or high is None or high >= least
        ]
        if len(near) == 1:
            return Text(
                f"名次变动主要取决于“{names[0].zh}”，其影响大于其他各项，区间不重叠。",
                f"The ranks depend most on “{names[0].en}”: its effect is larger than all others', "
                "and their intervals do not overlap.",
            )
        alike = named([Text(f"“{name.zh}”", f"“{name.en}”") for name in near])
        return Text(
            f"{alike.zh}对名次变动的影响相近，区间重叠，分不出主次。",
            f"{alike.en} move the ranks about alike: their intervals overlap, and none can be "
            "called the main one.",
        )

    def _tiers(self, _: Item | None, facts: Facts) -> list[str]:
        """Name the units that cannot be told apart."""
        tiers = self.found.tiers.group_by("tier", maintain_order=True).agg("unit").sort("tier")
        said = []
        above: list[str] = []
        for tier, units in tiers.rows():
            names = listed(units)
            swap = self._swap(above, units, tier, facts)
            text = f"第 {tier} 档：{names.zh}", f"Tier {tier}: {names.en}"
            said.append(Text(f"{text[0]}{swap.zh}。", f"{text[1]}{swap.en}."))
            above = units
        return [str(text) for text in said]

    def _swap(self, above: list[str], below: list[str], tier: int, facts: Facts) -> Text:
        """Say which pair across the boundary above changes places most often, and how often."""
        pairs = self.found.beats.filter(
            pl.col("unit").is_in(below) & pl.col("other").is_in(above)
        ).drop_nulls("probability")
        if pairs.is_empty():
            return Text("", "")
        lower, upper, share = pairs.sort("probability", descending=True).row(0)
        if share == 0:
            return Text(
                "，在各次试算中都排在上一档之后",
                ", behind the tier above in every replicate",
            )
        place = facts.add(f"robustness.swap.{tier}", self._swapped(share, upper, lower))
        return Text(
            f"；与上一档之间，最常互换的是{upper}和{lower}："
            f"{{{place}}} 的试算中{lower}排在{upper}之前",
            f"; across the boundary above, {lower} comes before {upper} in {{{place}}} of the "
            "replicates, more often than any other pair changes places",
        )

    def _swapped(self, share: float, upper: str, lower: str) -> Fact:
        what = Text(f"互换：{lower}与{upper}", f"changes of places: {lower} and {upper}")
        rule = Text(
            "名次在前的试算次数（同名次计半次）÷ 两者都有名次的试算次数",
            "runs in which it comes before (equal ranks count half) ÷ runs that rank both",
        )
        n = (str(Text("试算次数", "replicates")), str(len(self.found.design)))
        trace = Derived(str(what), str(rule), (n, (str(Text("来源", "source")), self.view.source)))
        return Fact(share, "percent", 0, trace)

    def _acceptability(self, _: Item | None) -> Figure:
        order = {unit: place for place, unit in enumerate(self.found.frame["unit"])}
        shares = self.found.acceptability.rename({"unit": "name"}).sort(
            pl.col("name").replace_strict(order, return_dtype=pl.Int64), "rank"
        )
        title = self.view.title("各名次出现的比例", "how often each rank came up")
        unit = str(Text("占试算次数的比例", "share of replicates"))
        return self._behind(rank_acceptability(shares, **self._about(title, unit)), FIRST)

    def _sobol_figure(self, _: Item | None) -> Figure:
        summary = self._moving
        names = [str(self._choice(choice)) for choice in summary["choice"]]
        title = self.view.title("哪项选择最影响名次", "which choice moves the ranks most")
        unit = str(Text("占名次变动方差的比例", "share of the variance of the rank shift"))
        shown = summary.with_columns(pl.Series("name", names))
        drawn = sobol(shown, **self._about(title, unit, self.sensitivity.settings["runs"]))
        return replace(drawn, behind=((str(DESIGN.what), self._sobol(None)),))

    def _about(self, title: str, unit: str, runs: int | None = None) -> About:
        about = self.view.about(title, unit)
        runs = runs or len(self.found.design)
        usual = about["method"]
        method = Text(
            f"{usual}；改变各项选择，试算 {runs:,} 次",
            f"{usual}; choices varied in {runs:,} replicates",
        )
        about["method"] = str(method)
        return about

    def _figure(self, _: Item | None) -> Figure:
        frame = self.found.frame.filter(pl.col("score").is_not_null())
        scores = frame.select(
            pl.col("unit").alias("name"),
            "score",
            "rank",
            pl.col("score_low").alias("low"),
            pl.col("score_high").alias("high"),
        )
        title = self.view.title(
            f"得分与 {self.percent} 区间", f"scores with {self.percent} intervals"
        )
        return self._behind(ranking(scores, **self._about(title, self.view.points)), RANKS)

    def _behind(self, figure: Figure, kind: Kind) -> Figure:
        words = self._fact(kind, str(kind.what), "words")
        scores = self.view.scores(self.view.root)
        return replace(figure, behind=(scores, (str(Text("由此得出", "worked out from")), words)))

    def _fact(self, kind: Kind, value: float | str | None, show: Show, decimals: int = 1) -> Fact:
        """Give a number of the analysis with its trace: seed, design, replicates, choices."""
        found = self.found
        inputs: tuple[tuple[str, str | Fact], ...] = (
            (str(Text("重复次数", "replicates")), f"{len(found.design):,}"),
            (str(Text("随机种子", "seed")), str(found.seed)),
            (str(Text("改变的选择", "choices varied")), str(Text("、", ", ")).join(self._names())),
            *((name, str(value)) for name, value in found.trace.items() if name not in _SAID),
        )
        if kind is not DESIGN:
            inputs = (self.view.scores(self.view.root), *inputs)
        trace = Derived(str(kind.what), str(kind.formula), inputs)
        return Fact(value, show, decimals, trace, f"robustness.{kind.what.en}")

    def _sobol(self, value: float | None) -> Fact:
        made = self._fact(SOBOL, value, "number", 2)
        settings = (str(k) for k in self.sensitivity.settings)
        more = tuple((key, str(self.sensitivity.settings[key])) for key in settings)
        assert isinstance(made.trace, Derived)  # noqa: S101 - made above
        return replace(made, trace=replace(made.trace, inputs=(*made.trace.inputs, *more)))

    def _names(self) -> list[str]:
        return [str(self._choice(name)) for name in self.found.plan.choices]

    def _ranks(self, _: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(self.found.frame.iter_rows(named=True)):
            cells: list[Inline] = [row["unit"]]
            for name in ("rank", "rank_median", "rank_low", "rank_high"):
                fact = self._fact(RANKS, row[name], "rank", 0)
                cells.append(facts.print(facts.add(f"robustness.{place}.{name}", fact)))
            within = self._fact(WITHIN, row[f"within_{FIRM_WITHIN}"], "percent", 0)
            cells.append(facts.print(facts.add(f"robustness.{place}.within", within)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("地区", "region")), "left", 1.6),
            TableColumn(str(Text("名次", "rank")), "right"),
            TableColumn(str(Text("中位名次", "median")), "right"),
            TableColumn(str(Text(f"{self.percent} 下限", f"{self.percent} low")), "right"),
            TableColumn(str(Text(f"{self.percent} 上限", f"{self.percent} high")), "right"),
            TableColumn(str(Text("相差不超过两位", "within two places")), "right", 1.2),
        )
        return self.view.table(Text("名次区间", "rank intervals"), columns, rows)

    def _choices(self, _: Item | None, facts: Facts) -> Table:
        rows = []
        for name, choice in self.found.plan.choices.items():
            varied = self._fact(DESIGN, str(choice_words(choice)), "words")
            shown = facts.print(facts.add(f"robustness.choice.{name}", varied))
            rows.append((str(self._choice(name)), shown))
        columns = (
            TableColumn(str(Text("选择", "choice")), "left", 1.2),
            TableColumn(str(Text("怎么改变", "how it varies")), "left", 4),
        )
        return self.view.table(
            Text("改变了哪些选择", "the choices that were varied"), columns, rows
        )

    def _sensitivity(self, _: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for row in self._moving.iter_rows(named=True):
            cells: list[Inline] = [str(self._choice(row["choice"]))]
            for name in ("first", "total", "total_low", "total_high"):
                fact = self._sobol(row[name])
                place = facts.add(f"robustness.sobol.{row['choice']}.{name}", fact)
                cells.append(facts.print(place))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("选择", "choice")), "left", 2),
            TableColumn(str(Text("一阶", "first order")), "right"),
            TableColumn(str(Text("总效应", "total")), "right"),
            TableColumn(str(Text("总效应下限", "total, low")), "right"),
            TableColumn(str(Text("总效应上限", "total, high")), "right"),
        )
        caption = Text(
            "哪项选择最影响名次（平均名次变动的方差分解）",
            "which choice moves the ranks most (variance of the mean rank shift split up)",
        )
        return self.view.table(caption, columns, rows, str(self._estimated()))

    def _estimated(self) -> Text:
        of = self.sensitivity.settings
        sure, by = f"{of['confidence']:.0%}", str(of["estimator"]).capitalize()
        return Text(
            f"Sobol 方差分解，{by} 估计量，{of['rows']:,} 组抽样，共试算 {of['runs']:,} 次；"
            f"上下限为 {sure} 区间，由 {of['bootstrap']:,} 次自助抽样得出；随机种子 {of['seed']}",
            f"Sobol's decomposition of variance, {by} estimator, {of['rows']:,} rows, "
            f"{of['runs']:,} runs; {sure} intervals from {of['bootstrap']:,} bootstraps; "
            f"seed {of['seed']}",
        )

    def _findings(self, _: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, finding in enumerate(self.found.findings):
            if finding.code == "stability":  # the summary says it, by the plainer measure
                continue
            said = self._fact(FINDINGS, str(finding.text), "words")
            shown = facts.print(facts.add(f"robustness.finding.{place}", said))
            rows.append((str(SEVERITIES[finding.severity]), shown))
        columns = (
            TableColumn(str(Text("程度", "severity")), "left", 0.6),
            TableColumn(str(Text("发现", "finding")), "left", 4),
        )
        none: list[tuple[Inline, ...]] = [("—", str(Text("没有", "none")))]
        return self.view.table(Text("稳健性发现", "found in the analysis"), columns, rows or none)

    def _choice(self, name: str) -> Text:
        choice = self.found.plan.choices.get(name)
        return Text(name, name) if choice is None or choice.name is None else choice.name.text()
