"""What an index offers to a report: ``index.…`` facts, figures, tables, sentences and lists."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.audit.model import SEVERITIES
from sanfu.index.coherence.limits import Limits
from sanfu.index.why.words import listed
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Derived, Fact
from sanfu.report.figures import heat_map, parallel_dots, pillar_bars, ranking
from sanfu.report.material import Item, Material
from sanfu.report.materials.index_map import IndexMap
from sanfu.report.materials.index_parts import IndexParts
from sanfu.report.materials.index_sentences import IndexSentences
from sanfu.report.materials.index_statistics import IndexStatistics
from sanfu.report.materials.index_types import IndexTypes
from sanfu.report.materials.index_view import IndexView, words_of
from sanfu.report.options import ReportOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index import Index
    from sanfu.index.finding import Finding
    from sanfu.index.moments import Array
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import Figure

STANDINGS = {
    "official": Text("官方公布的指标体系", "an official framework"),
    "ours": Text(
        "本软件自拟的示例体系，不是官方口径", "a sample framework of this software, not official"
    ),
    "office": Text("本单位的指标体系", "the office's own framework"),
    "sample": Text("示例体系", "a sample framework"),
}


def index_material(
    index: Index, *, focus: str = "", tiles: str = "", options: ReportOptions | None = None
) -> Material:
    """Offer an index to a report.

    Parameters
    ----------
    focus
        The region that the report is about: the list ``index.focus`` and the fact ``focus``.
    tiles
        Tile layout of the map; found by the units' names if left out. Without a layout that knows
        every unit there is no ``index.map``.
    options
        The office's boundary file, in which ``index.map`` is then drawn, and its rules of
        confidentiality.

    Raises
    ------
    InputError
        The index has no unit named `focus`; near names are proposed.
    """
    made = _IndexMaterial(index, tiles, options or ReportOptions())
    material = made.material()
    if not focus:
        return material
    index.row(focus, made.view.year)  # says which units there are
    item = next(one for one in made.view.items if str(one.name) == focus)
    own = Material(
        facts={"focus": Fact(focus)},
        facts_of={"index.focus": made.facts_of},
        lists={"index.focus": [item]},
        withheld={"index.why": partial(made.view.withheld, focus)},
    )
    return material | own


class _IndexMaterial:
    def __init__(self, index: Index, tiles: str, options: ReportOptions) -> None:
        self.view = IndexView(index)
        self.index = index
        self.synthetic = self.view.synthetic
        self.map = IndexMap(self.view, tiles, options.boundary)
        self.rules = options.rules()

    def material(self) -> Material:
        items = self.view.items
        sentences = IndexSentences(self.view)
        parts = IndexParts(self.view, self.map)
        types = IndexTypes(self.view)
        statistics = IndexStatistics(self.view, self.rules)
        figures: dict[str, Any] = {
            "index.ranking": self._ranking,
            "index.why": self._why,
            "index.heat": self._heat,
            "index.dots": self._dots,
            "index.map": self._map,
        }
        ends = (items[0], items[-1]) if len(items) > 1 else items
        return Material(
            facts=self._facts(),
            facts_of={
                "index.units": self.facts_of,
                "index.ends": self.facts_of,
                **parts.facts_of(),
            },
            lists={
                "index.units": items,
                "index.ends": ends,
                **parts.lists(),
                **statistics.lists(),
            },
            figures={**figures, **parts.figures(), **statistics.figures()},
            tables={
                "index.scores": self._scores,
                "index.indicators": self._indicators,
                "index.why": self._parts,
                "index.findings": self._findings,
                "index.nodes": self._nodes,
                **parts.tables(),
                **types.tables(),
            },
            sentences={
                "index.summary": sentences.summary,
                "index.formulas": sentences.formulas,
                "index.pillars": sentences.pillars,
                "index.why": sentences.why,
                "index.part": parts.sentences,
                "index.types": types.sentences,
                **statistics.sentences(),
            },
            synthetic=self.synthetic,
            made_from=self._made_from(),
            withheld=dict.fromkeys(
                ("index.part", "index.part-ranking", "index.part-map", "index.why"),
                self.view.withheld,
            ),
        )

    def _facts(self) -> dict[str, Fact]:
        framework = self.index.framework
        return {
            "index.name": Fact(str(framework.name.text())),
            "index.standing": Fact(str(STANDINGS[framework.standing])),
            "index.about": self.view.of_framework(
                "about",
                str(framework.about.text()) if framework.about else None,
                Text("指标体系的说明", "what the framework says of itself"),
                Text("照录体系文件", "quoted from the framework's file"),
            ),
            "index.source": Fact(words_of(framework.source)),
            "index.year": Fact(None if self.view.year is None else str(self.view.year)),
            "index.units": self.view.over_units(
                "units",
                self.view.root,
                len(self.view.items),
                Text("地区数", "regions"),
                str(Text("有得分的地区的个数", "count of the regions with a score")),
                show="count",
            ),
            "index.indicators": self.view.of_framework(
                "indicators",
                len(self.index.plan.indicators),
                Text("指标数", "indicators"),
                Text("体系中用到的指标的个数", "count of the framework's indicators in use"),
            ),
            "index.pillar-count": self.view.of_framework(
                "pillars",
                len(self.view.pillars),
                Text("分项数", "pillars"),
                Text("总分直接下级的个数", "count of the parts directly under the whole"),
            ),
            "index.firms": self._firms(),
            "index.leader": Fact(str(listed([str(one.name) for one in self.view.leaders()]))),
            "index.method": Fact(self.view.method),
            "index.findings": self.view.of_framework(
                "findings",
                len(self.index.findings) or None,
                Text("发现的问题数", "findings"),
                Text("计算中报告的问题的个数", "count of what the computation reports"),
            ),
        }

    def _firms(self) -> Fact:
        """Give how many firms stand behind the figures, with the count of each region."""
        trace = Derived(
            str(Text("指数所依据的企业数", "firms behind the index")),
            str(Text("各地区台账内企业数之和", "sum of the firms of all regions in the ledger")),
            (
                (str(Text("年度", "year")), str(self.view.year)),
                (str(Text("地区数", "regions")), str(len(self.view.items))),
                (str(Text("来源", "source")), self.view.source),
            ),
        )
        return Fact(self.view.firms, "count", trace=trace, home="index.firms")

    def facts_of(self, item: Item) -> Mapping[str, Fact]:
        """Give the facts of one region."""
        found = {
            "score": self.view.score(item),
            "rank": self.view.rank(item, self.view.root),
            "from-mean": self.view.from_mean(item),
        }
        for pillar in self.view.pillars:
            found[f"{pillar}.score"] = self.view.score(item, pillar)
            found[f"{pillar}.rank"] = self.view.rank(item, pillar)
        return found

    def _scored(self) -> pl.DataFrame:
        root = self.view.root
        return pl.DataFrame(
            {
                "name": list(self.view.units),
                "score": self.view.values(root),
                "rank": [self.view.rank_of(item, root) for item in self.view.items],
            }
        )

    def _map(self, _: Item | None) -> Figure:
        figure = self.map.draw(self._scored(), self.view.title("各区得分", "scores by district"))
        return replace(figure, behind=(self.view.scores(self.view.root),))

    def _ranking(self, _: Item | None) -> Figure:
        figure = ranking(
            self._scored(), **self.view.about(self.view.title("排名", "ranking"), self.view.points)
        )
        return replace(figure, behind=(self.view.scores(self.view.root),))

    def _why(self, item: Item | None) -> Figure:
        one = item or self.view.items[0]
        parts = pl.DataFrame(
            [
                {"name": self.view.name(pillar), "value": value}
                for pillar in self.view.pillars
                if (value := self.view.shift(one, pillar)) is not None
            ],
            schema={"name": pl.String, "value": pl.Float64},
        )
        title = Text(
            f"{one.name.zh}：与各地区平均的差距由什么构成",
            f"{one.name.en}: what makes up its distance from the mean",
        )
        unit = str(Text("对总分的加减（分）", "points added to the score"))
        behind = tuple(
            (self.view.name(pillar), self.view.shifted(one, pillar)) for pillar in self.view.pillars
        )
        figure = pillar_bars(parts, **self.view.about(str(title), unit))
        return replace(figure, behind=behind)

    def _heat(self, _: Item | None) -> Figure:
        cells = pl.DataFrame(
            [
                {"row": str(item.name), "column": self.view.name(pillar), "value": float(value)}
                for pillar in self.view.pillars
                for item, value in zip(self.view.items, self.view.values(pillar), strict=True)
                if not np.isnan(value)
            ]
        )
        title = self.view.title("各地区分项得分", "pillar scores by region")
        about = self.view.about(title, self.view.points)
        figure = heat_map(cells, rows=Text("地区", "region"), **about)
        return replace(figure, behind=self._pillar_scores())

    def _dots(self, item: Item | None) -> Figure:
        one = item or self.view.items[0]
        values = pl.DataFrame(
            [
                {"part": self.view.name(pillar), "name": str(other.name), "value": float(value)}
                for pillar in self.view.pillars
                for other, value in zip(self.view.items, self.view.values(pillar), strict=True)
                if not np.isnan(value)
            ]
        )
        title = Text(f"{one.name.zh}在各分项中的位置", f"{one.name.en} among the others")
        about = self.view.about(str(title), self.view.points)
        figure = parallel_dots(values, highlight=str(one.name), **about)
        return replace(figure, behind=self._pillar_scores())

    def _pillar_scores(self) -> tuple[tuple[str, Fact], ...]:
        return tuple((self.view.name(p), self.view.scores(p)[1]) for p in self.view.pillars)

    def _scores(self, _: Item | None, facts: Facts) -> Table:
        pillars = self.view.pillars
        rows: list[tuple[Inline, ...]] = []
        for item in self.view.items:
            own = [self._print(facts, item, code) for code in (self.view.root, *pillars)]
            rank = facts.print(
                facts.add(f"index.rank.{item.code}", self.view.rank(item, self.view.root))
            )
            rows.append((rank, str(item.name), *own))
        points = str(Text("分", "points"))
        columns = (
            TableColumn(str(Text("名次", "rank")), "right", 0.6),
            TableColumn(str(Text("地区", "region")), "left", 1.4),
            TableColumn(str(Text("总分", "score")), "right", unit=points),
            *(TableColumn(self.view.name(pillar), "right", unit=points) for pillar in pillars),
        )
        return self._table(self.view.title("得分表（分）", "scores (points)"), columns, tuple(rows))

    def _print(self, facts: Facts, item: Item, code: str) -> Inline:
        name = f"index.score.{item.code}.{code}"
        return facts.print(facts.add(name, self.view.score(item, code)))

    def _parts(self, item: Item | None, facts: Facts) -> Table:
        """Every indicator of one unit: its figure, its normalised figure, its rank."""
        one = item or self.view.items[0]
        rows: list[tuple[Inline, ...]] = []
        for pillar in self.view.pillars:
            for code in self.index.framework.below(pillar):
                if code not in self.index.plan.indicators:
                    continue
                raw = facts.add(f"index.raw.{one.code}.{code}", self.view.raw(one, code))
                rank = self.view.rank(one, code)
                rows.append(
                    (
                        self.view.name(pillar),
                        self.view.name(code),
                        facts.print(raw),
                        self._print(facts, one, code),
                        facts.print(facts.add(f"index.place.{one.code}.{code}", rank)),
                    )
                )
        own = Text("标准化以前的原值，单位随指标", "the value before normalising, in its own unit")
        columns = (
            TableColumn(str(Text("分项", "pillar")), "left", 1.2),
            TableColumn(str(Text("指标", "indicator")), "left", 2.6),
            TableColumn(str(Text("数值", "figure")), "right", meaning=str(own)),
            TableColumn(str(Text("得分", "score")), "right"),
            TableColumn(str(Text("位次", "rank")), "right", 0.7),
        )
        title = Text(f"{one.name.zh}：各项指标", f"{one.name.en}: its indicators")
        return self._table(str(title), columns, tuple(rows))

    def _indicators(self, _: Item | None, __: Facts) -> Table:
        rows = []
        for code in self.index.framework.indicators:
            part = self.index.framework.indicators[code]
            parents = str(Text("、", ", ")).join(self.view.name(node) for node in part.edges())
            used = code in self.index.plan.indicators
            better = Text("越大越好", "larger is better") if part.direction > 0 else None
            rows.append(
                (
                    parents,
                    self.view.name(code) + ("" if used else str(Text("（未用）", " (not used)"))),
                    str(better or Text("越小越好", "smaller is better")),
                    str(self.view.formula_of(code) or words_of(part.source) or "—"),
                )
            )
        columns = (
            TableColumn(str(Text("分项", "pillar")), "left", 1.2),
            TableColumn(str(Text("指标", "indicator")), "left", 2.0),
            TableColumn(str(Text("方向", "direction")), "left", 0.9),
            TableColumn(str(Text("算法或来源", "formula or source")), "left", 3.2),
        )
        return self._table(
            self.view.title("指标与算法", "indicators and formulas"), columns, tuple(rows)
        )

    def _nodes(self, _: Item | None, facts: Facts) -> Table:
        from sanfu.index.tracing import aggregator_text  # noqa: PLC0415 - when a report is made

        rows = []
        for node in self.index.plan.nodes:
            part = self.index.framework.nodes[node]
            weights = str(Text("、", ", ")).join(
                f"{self.view.name(child)} {share:.4g}%"
                for child, share in zip(
                    self.index.plan.children[node], _percent(self.index.weights[node]), strict=True
                )
            )
            rule = self.index.framework.aggregate_of(node)
            note = str(part.note.text()) if part.note else ""
            given = self.view.of_framework(
                f"weights.{node}",
                weights,
                Text(f"权重：{self.view.name(node)}", f"weights: {self.view.name(node)}"),
                self._weighed(node),
            )
            shown = facts.print(facts.add(f"index.weights.{node}", given))
            rows.append((self.view.name(node), str(aggregator_text(rule)), shown, note))
        columns = (
            TableColumn(str(Text("节点", "node")), "left", 1.2),
            TableColumn(str(Text("合成", "aggregation")), "left", 1.2),
            TableColumn(str(Text("下级与权重", "children and weights")), "left", 3.4),
            TableColumn(str(Text("说明", "note")), "left", 1.4),
        )
        return self._table(
            self.view.title("结构与权重", "structure and weights"), columns, tuple(rows)
        )

    def _weighed(self, node: str) -> Text:
        """Say where a node's weights come from."""
        from sanfu.index.method_words import weighting_text  # noqa: PLC0415 - as above

        found = self.index.weightings.get(node)
        declared = Text("体系文件所定", "as the framework declares")
        return declared if found is None else weighting_text(found)

    def _findings(self, _: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = [
            (str(SEVERITIES[one.severity]), str(one.text)) for one in self.index.findings
        ]
        for one in self._size_findings():
            name = facts.add(f"index.finding.{one.code}", self._sized(one))
            rows.append((str(SEVERITIES[one.severity]), facts.print(name)))
        columns = (
            TableColumn(str(Text("程度", "severity")), "left", 0.6),
            TableColumn(str(Text("发现", "finding")), "left", 4),
        )
        title = self.view.title("计算中发现的问题", "found while building")
        return self._table(title, columns, tuple(rows) or (("—", str(Text("没有", "none"))),))

    def _size_findings(self) -> tuple[Finding, ...]:
        """Ask the audit's own check of size, by its own threshold."""
        from sanfu.index.audit.scene import Scene  # noqa: PLC0415 - when a report is made
        from sanfu.index.audit.size import check_size  # noqa: PLC0415 - as above
        from sanfu.index.audit.thresholds import THRESHOLDS  # noqa: PLC0415 - as above

        return check_size(Scene(self.index, self.view.year, THRESHOLDS)).findings

    def _sized(self, finding: Finding) -> Fact:
        rule = Text(
            "与企业数（对数）的相关系数，列出绝对值超过界限者",
            "correlation with the log of the number of firms; those beyond the limit are listed",
        )
        limit = Limits()
        inputs = (
            self.view.scores(finding.item),
            (str(Text("企业数", "number of firms")), self.view.source),
            (str(Text("界限", "limit")), f"{limit.size:g}"),
            (str(Text("界限出处", "source of the limit")), str(limit.sources()["size"])),
        )
        trace = Derived(str(Text("与规模的关系", "relation to size")), str(rule), inputs)
        return Fact(str(finding.text), "words", trace=trace, home=f"index.finding.{finding.code}")

    def _table(
        self, caption: str, columns: tuple[TableColumn, ...], rows: tuple[tuple[Inline, ...], ...]
    ) -> Table:
        return self.view.table(Text(caption, caption), columns, rows)

    def _made_from(self) -> tuple[tuple[str, str], ...]:
        import sanfu  # noqa: PLC0415 - only for its version

        framework = self.index.framework
        return (
            (str(Text("指标体系", "framework")), f"{framework.framework} {framework.version}"),
            (str(Text("体系哈希", "framework hash")), framework.content_hash()),
            (str(Text("软件", "software")), f"sanfu {sanfu.__version__}"),
        )


def _percent(weights: Array) -> list[float]:
    """Give weights as percents of their sum."""
    return [float(share) for share in weights / np.sum(weights) * 100]
