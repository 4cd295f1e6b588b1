"""What a ledger offers to a report: ``ledger.…`` facts, tables and figures of its firms."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text, current_language, joined
from sanfu.registry import problem_kinds
from sanfu.registry.schemes import read_scheme
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.confidential import HIDDEN, NOTE, TOTAL, withheld_table
from sanfu.report.facts import Fact
from sanfu.report.figures import bars, pyramid
from sanfu.report.linked import Withheld, crossed, not_drawn
from sanfu.report.material import Item, Material
from sanfu.report.materials.index_told import told_by
from sanfu.report.materials.ledger_facts import TIERS, LedgerFacts
from sanfu.report.materials.ledger_linked import LedgerCounts
from sanfu.report.materials.ledger_protected import ProtectedTables
from sanfu.report.materials.ledger_traces import TITLES
from sanfu.report.materials.ledger_years import LedgerYears, structure_by_district
from sanfu.report.options import ReportOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sanfu.index import Index
    from sanfu.registry import Ledger
    from sanfu.registry.schemes import Scheme
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import About, Figure


def ledger_material(
    ledger: Ledger,
    *,
    focus: str = "",
    options: ReportOptions | None = None,
    index: Index | None = None,
) -> Material:
    """Offer a ledger to a report.

    Parameters
    ----------
    focus
        A district by any of its names: the same is then offered of its firms alone, under
        ``district.…``, by the region's industry systems and the district's own. Any other name is
        another material's matter.
    options
        The rules of confidentiality.
    index
        An index of the same firms that the same reports print.
    """
    options = options or ReportOptions()
    doubtful = _doubtful(ledger)
    counts = LedgerCounts(
        ledger, list(TIERS), options.rules(), told_by(None if index is None else index.regions)
    )
    whole = _LedgerMaterial(counts, ledger.firms, options, (), doubtful)
    made = whole.material("ledger")
    unit = None if ledger.region is None or not focus else ledger.region.unit(focus)
    if unit is None:
        return made
    own = ledger.firms.filter(pl.col("district") == unit.code)
    part = _LedgerMaterial(
        counts, own, options, tuple(map(read_scheme, unit.schemes)), doubtful,
        unit.code, unit.name.text(),
    ).material("district")  # fmt: skip
    return made | Material(
        part.facts,
        tables=part.tables,
        figures=part.figures,
        sentences=part.sentences,
        withheld=part.withheld,
    )


def _doubtful(ledger: Ledger) -> set[str]:
    """Give the firms that are likely others' doubles and wait for a person to say so."""
    from sanfu.registry.duplicates import find_duplicates  # noqa: PLC0415 - when a report is made

    if ledger.firms.height < 2:
        return set()
    return set(find_duplicates(ledger.firms, aliases=ledger.aliases)["other"])


class _LedgerMaterial(LedgerFacts):
    def __init__(
        self,
        counts: LedgerCounts,
        firms: pl.DataFrame,
        options: ReportOptions,
        own_schemes: tuple[Scheme, ...],
        doubtful: set[str],
        place: str = TOTAL,
        where: Text | None = None,
    ) -> None:
        super().__init__(counts, firms, own_schemes, place, where)
        self.least = options.min_firms
        self.doubtful = len(doubtful & set(self.firms["firm"]))
        self.over_years = LedgerYears(counts, place, TIERS, self._about, self.traces)

    def material(self, prefix: str) -> Material:
        ledger = self.ledger
        by = dict(ledger.problems.group_by("severity").len().iter_rows())
        made = self._fact
        facts = {
            "firms": self._size,
            "figures": made(
                "figures",
                self._few(self._own(ledger.figures).height),
                Text("企业年度数据的条数", "rows of firms' yearly figures"),
                Text("每户每年一条", "one row a firm and year"),
                ("figures", "", None),
            ),
            "titles": made(
                "titles",
                self._few(self._own(ledger.titles).height),
                Text("称号的条数", "rows of titles"),
                Text("每户每个称号一条", "one row a firm and title"),
                TITLES,
            ),
            "set-aside": made(
                "set-aside",
                ledger.set_aside.height,
                Text("另存的行数", "rows set aside"),
                Text("导入时无法使用的行的个数", "count of rows that the import could not use"),
            ),
            "version": made(
                "version",
                ledger.number,
                Text("台账版本", "ledger version"),
                Text("每次导入加一", "one more with each import"),
            ),
            "year": Fact(self.year),
            "files": made(
                "files",
                ledger.origins["file"].n_unique(),
                Text("文件数", "files"),
                Text("导入过的不同文件的个数", "count of distinct files imported"),
                ("firms", "", None),
                ("figures", "", None),
                TITLES,
            ),
            "least": made(
                "least",
                self.least,
                Text("最少企业数", "fewest firms"),
                Text("保密规则的设定", "set by the rules of confidentiality"),
            ),
            "duplicates": self._doubtful_fact(self.doubtful or None),
            "duplicates-note": self._doubtful_fact(str(self._doubts()))
            if self.doubtful
            else Fact(""),
            "schemes-source": Fact(str(joined([_source(one) for one in self.schemes])) or "—"),
            "schemes": Fact(str(joined([one.label.text() for one in self.schemes])) or "—"),
            **{f"tier.{tier}": self._tier(tier) for tier in self.tiers},
            **{f"{kind}s": self._found_on_import(by.get(kind, 0)) for kind in _SEVERITIES},
        }
        protected: dict[str, Any] = {}
        withheld = {
            **{f"{prefix}.tier.{tier}": self._tiers_hide(tier) for tier in TIERS},
            **{f"{prefix}.{name}": self._tiers_hide(*TIERS) for name in ("pyramid", "tiers")},
            **{f"{prefix}.{name}": self._tags_hide for name in ("industries",)},
            f"{prefix}.firms": self._firms_hide,
            **self.over_years.withheld(prefix),
        }
        figures: dict[str, Any] = {
            f"{prefix}.industries": self._tags_figure,
            f"{prefix}.pyramid": self._pyramid,
            **self.over_years.figures(prefix),
        }
        if not self.where and ledger.region is not None:
            tables = ProtectedTables(
                self.counts, TIERS, traces=self.traces, note=str(self.over_years.undated or "")
            )
            facts["hidden"] = self._fact(
                "hidden",
                len(tables.withheld()),
                Text("没有公布的数的个数", "figures not published"),
                Text("下表的行数", "rows of the table below"),
            )
            figures[f"{prefix}.structure"] = lambda _: structure_by_district(
                tables.by_tier,
                self._about(
                    Text("各区企业的层级结构", "tiers in each district"),
                    Text("占有效称号的 %", "% of titles in force"),
                    self.over_years.method(
                        Text("年末有效的称号", "titles in force at the year's end")
                    ),
                ),
            )
            protected = {
                f"{prefix}.by-district": tables.tier_table,
                f"{prefix}.revenue": tables.revenue_table,
                f"{prefix}.hidden": lambda _item, _facts: withheld_table(tables.withheld()),
            }
            withheld[f"{prefix}.by-district"] = tables.tiers_withheld
            withheld[f"{prefix}.structure"] = tables.tiers_withheld
            withheld[f"{prefix}.revenue"] = tables.revenue_withheld
        return Material(
            facts={f"{prefix}.{name}": fact for name, fact in facts.items()},
            tables=protected
            | {
                f"{prefix}.problems": self._problems,
                f"{prefix}.industries": self._industries,
                f"{prefix}.tiers": self._tiers,
                f"{prefix}.files": self._files,
            },
            figures=figures,
            sentences=self.over_years.sentences(prefix),
            synthetic=ledger.is_synthetic,
            made_from=(
                (str(Text("台账版本", "ledger version")), str(ledger.number)),
                (str(Text("台账哈希", "ledger hash")), ledger.hash),
            ),
            withheld=withheld,
        )

    def _own(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows of the firms written about, and of those since merged into others."""
        return frame.join(self.known.select("firm"), on="firm", how="semi") if self.where else frame

    def _few(self, count: int) -> int | str:
        """Give a number of rows, or a cross where so few say how many firms there are."""
        return HIDDEN if 0 < count < self.least else count

    def _tiers_hide(self, *tiers: str) -> Callable[[], list[Withheld]]:
        """List which tiers' counts are hidden."""

        def hides() -> list[Withheld]:
            hidden = self.counts.titles[1]
            keys = {tier: ("tier", tier, str(self.counts.last), self.place) for tier in tiers}
            return [
                Withheld(Text("有效企业数", "firms in force"), TIERS[tier], hidden[key])
                for tier, key in keys.items()
                if key in hidden
            ]

        return hides

    def _tags_hide(self) -> list[Withheld]:
        rows = self.tag_counts.drop_nulls("withheld").iter_rows(named=True)
        return [
            Withheld(
                Text("产业结构", "industries"),
                crossed(row["label"], row["tag"] or _ANY),
                row["withheld"],
            )
            for row in rows
        ]

    def _firms_hide(self) -> list[Withheld]:
        rule = self.counts.firms_hidden.get(self.place)
        what = Text("企业数", "firms")
        return [Withheld(what, Text(self.where, self.where), rule)] if rule else []

    def _doubts(self) -> Text:
        """Say how many firms may be counted twice."""
        return Text(
            f"（含疑似重复 {self.doubtful:,} 户，待人工核对）",
            f" (of which {self.doubtful:,} are likely duplicates that wait for a person)",
        )

    def _problems(self, _: Item | None, facts: Facts) -> Table:
        kinds, language = problem_kinds(), current_language()
        problems = self.ledger.problems
        counts = problems.group_by("code").agg(pl.len(), pl.col("severity").first())
        ordered = counts.sort("len", "code", descending=[True, False])
        rows = tuple(
            (
                str(_SEVERITIES[severity]),
                without_values(getattr(kinds[code], language)),
                facts.print(facts.add(f"ledger.problem.{code}", self._found_on_import(count))),
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
        return self._table(Text("导入时发现的问题", "found on import"), columns, rows)

    def _files(self, _: Item | None, facts: Facts) -> Table:
        counts = self.ledger.origins.group_by("file", "sheet").agg(
            pl.len(), pl.col("column").n_unique().alias("columns")
        )
        given = self._fact(
            "imported",
            None,
            Text("导入的指标列和单元格", "measures and cells imported"),
            Text(
                "每个工作表中认出的指标列数、非空单元格数",
                "measures known and filled cells of each sheet",
            ),
        )

        def printed(count: int) -> Inline:
            return facts.print(facts.add("ledger.imported", replace(given, value=count)))

        rows = tuple(
            (file, sheet or "", printed(columns), printed(cells))
            for file, sheet, cells, columns in counts.sort("file", "sheet").iter_rows()
        )
        columns = (
            TableColumn(str(Text("文件", "file")), "left", 3),
            TableColumn(str(Text("工作表", "sheet")), "left", 1.4),
            TableColumn(str(Text("指标列", "measures")), "right", 0.8),
            TableColumn(str(Text("单元格", "cells")), "right", 0.9),
        )
        return self._table(Text("数据来源：导入的文件", "sources: files imported"), columns, rows)

    @cached_property
    def tag_counts(self) -> pl.DataFrame:
        """Count firms by group and tag: label, tag, rule, firms, share, withheld — tags overlap.

        Hidden ones stand last in their group: their place would tell how many they are.
        """
        counts = self.counts.of_tags(self.place, self.own_schemes)
        whole = 0 if self.size == HIDDEN else self.firms.height
        labels = {
            (scheme.scheme, group.group): str(group.label.text())
            for scheme in self.schemes
            for group in scheme.groups
        }
        rules = {
            (scheme.scheme, rule.group): rule.rule
            for scheme in reversed(self.schemes)
            for rule in reversed(scheme.rules)
        }
        order = {key: number for number, key in enumerate(labels)}
        rows = sorted(
            counts.iter_rows(named=True),
            key=lambda row: (
                order[row["scheme"], row["group"]],
                row["tag"] != "",
                row["firms"] is None,
                -(row["firms"] or 0),
                row["tag"],
            ),
        )
        named = [
            {
                **row,
                "label": labels[row["scheme"], row["group"]],
                "rule": row["rule"] or rules[row["scheme"], row["group"]],
                "share": row["firms"] / whole if whole and row["firms"] is not None else None,
            }
            for row in rows
        ]
        schema = pl.Schema(counts.schema) | {"label": pl.String, "share": pl.Float64}
        return pl.DataFrame(named, schema=schema)

    def _industries(self, _: Item | None, facts: Facts) -> Table:
        counts = self.tag_counts
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(counts.iter_rows(named=True)):
            share = self._tag(HIDDEN if row["share"] is None else row["share"], "percent")
            firms = self._tag(HIDDEN if row["firms"] is None else row["firms"])
            name = f"ledger.tag.{self.where}.{place}"
            rows.append(
                (
                    row["label"] if not row["tag"] else "",
                    row["tag"] or str(_ANY),
                    facts.print(facts.add(f"{name}.firms", firms)),
                    facts.print(facts.add(name, share)),
                    row["rule"],
                )
            )
        columns = (
            TableColumn(str(Text("产业组", "group")), "left", 1.6),
            TableColumn(str(Text("产业", "industry")), "left", 1.2),
            TableColumn(str(Text("企业数", "firms")), "right", 0.8),
            TableColumn(str(Text("占全部企业", "of all firms")), "right", 0.9),
            TableColumn(str(Text("判定规则", "rule")), "left", 1),
        )
        whole = self.size
        doubts = self._doubtful()
        caption = Text(
            f"{self.where}产业结构（分母：全部 {whole} 户{doubts.zh}；一户可属多个产业，"
            "各行相加超过 100%）",
            f"Industries {self.where} (of all {whole} firms{doubts.en}; a firm can be in "
            "several, so rows add up to more than 100 %)",
        )
        note = f" {NOTE}" if counts["withheld"].count() else ""
        table = self._table(caption, columns, tuple(rows), source=f"{self._marks}{note}")
        return replace(table, trace=facts.link(self._size))

    def _shown_tags(self) -> pl.DataFrame:
        return (
            self.tag_counts.filter(pl.col("tag") != "")
            .drop_nulls("share")
            .select(pl.col("tag").alias("name"), (pl.col("share") * 100).alias("value"))
            .unique("name", maintain_order=True)
        )

    def _tags_figure(self, _: Item | None) -> Figure:
        gaps = self.tag_counts.filter(pl.col("tag") != "")["share"].null_count()
        note = Text("按产业分类方案的规则逐户判定", "each firm by the scheme's rules")
        figure = bars(
            self._shown_tags(),
            decimals=1,
            **self._about(
                Text("各产业企业占比（可重叠）", "firms by industry (overlapping)"),
                Text("占全部企业的 %", "% of all firms"),
                not_drawn(note, gaps, Text("产业", "industries")),
            ),
        )
        shares = str(Text("各产业企业数和占比", "firms by industry and their share"))
        return replace(figure, behind=((str(_BEHIND), self._tag(shares)),))

    def _shown_tiers(self) -> list[dict[str, Any]]:
        """Give the tiers of which the number of firms is told, and how many."""
        found = self.tiers.items()
        return [{"name": str(TIERS[tier]), "count": count} for tier, count in found if count]

    def _pyramid(self, _: Item | None) -> Figure:
        gaps = sum(count is None for count in self.tiers.values())
        note = Text("年末有效的称号", "titles in force at the year's end")
        figure = pyramid(
            pl.DataFrame(self._shown_tiers(), schema={"name": pl.String, "count": pl.Int64}),
            **self._about(
                Text("梯度培育的三级", "the tiers of the ladder"),
                Text("户", "firms"),
                self.over_years.method(not_drawn(note, gaps, Text("层级", "tiers"))),
            ),
        )
        return replace(figure, behind=((str(_BEHIND), self.over_years.held()),))

    def _doubtful(self) -> Text:
        """Say beside a count how many of it may be counted twice."""
        n = self.doubtful
        return (
            Text(f"，含疑似重复 {n:,} 户", f", {n:,} of them likely duplicates")
            if n
            else Text("", "")
        )

    def _about(self, title: Text, unit: Text, method: Text, *, as_of: str = "") -> About:
        synthetic = self.ledger.is_synthetic
        whole, doubts = self.size, self._doubtful()
        return {
            "title": str(title),
            "unit": str(unit),
            "source": str(
                Text("合成样本台账", "synthetic sample ledger")
                if synthetic
                else Text("企业台账", "the ledger of firms")
            ),
            "as_of": as_of or self.year,
            "n": str(Text(f"{whole} 户{doubts.zh}", f"{whole} firms{doubts.en}")),
            "method": str(method),
            "synthetic": synthetic,
        }

    def _tiers(self, _: Item | None, facts: Facts) -> Table:
        places = self.counts.place_of
        held = {tier: self.counts.holders.get((tier, self.counts.last), ()) for tier in TIERS}

        def printed(tier: str, value: int | None) -> Inline:
            fact = replace(self._tier(tier), value=HIDDEN if value is None else value)
            return facts.print(facts.add("ledger.tiers", fact))

        rows = tuple(
            (
                str(TIERS[tier]),
                printed(tier, count),
                printed(
                    tier, None if count is None else len({places[firm] for firm in held[tier]})
                ),
            )
            for tier, count in self.tiers.items()
            if count != 0
        )
        columns = (
            TableColumn(str(Text("层级", "tier")), "left", 2),
            TableColumn(str(Text("有效企业数", "firms in force")), "right"),
            TableColumn(str(Text("所在区数", "districts")), "right"),
        )
        caption = Text(
            f"梯度培育各层级（{self.year} 年末有效）", f"Tiers in force at the end of {self.year}"
        )
        return self._table(caption, columns, rows, str(self.over_years.undated or ""))

    def _table(
        self,
        caption: Text,
        columns: tuple[TableColumn, ...],
        rows: Sequence[tuple[Inline, ...]],
        source: str = "",
    ) -> Table:
        synthetic = self.ledger.is_synthetic
        return Table(str(caption), columns, tuple(rows), source=source, synthetic=synthetic)


_ANY = Text("合计（去重）", "any of them")
_BEHIND = Text("所画的数", "what is drawn")
_SEVERITIES: dict[str, Any] = {
    "error": Text("错误", "error"),
    "warning": Text("提醒", "warning"),
    "note": Text("说明", "note"),
}


def _source(scheme: Scheme) -> Text:
    """Say where an industry system is from."""
    label, source = scheme.label.text(), scheme.source.strip().rstrip(".。")
    return Text(f"{label.zh}：{source}", f"{label.en}: {source}")


def without_values(sentence: str) -> str:
    """Show a finding's sentence without the values of one place."""
    plain = sentence.replace("{value}", "…").replace("{column}", "…").replace("{firm}", "…")
    return plain.replace(" {more}", " …").replace("“{more}”", "“…”").replace("{more}", "")
