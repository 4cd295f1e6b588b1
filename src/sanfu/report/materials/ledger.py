"""What a ledger offers to a report: ``ledger.…`` facts, tables and figures of its firms."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text, current_language
from sanfu.registry import firms_on, problem_kinds
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.registry.titles import undated_note
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.confidential import HIDDEN, NOTE
from sanfu.report.facts import Fact
from sanfu.report.figures import bars, pyramid
from sanfu.report.material import Item, Material
from sanfu.report.materials.ledger_protected import ProtectedTables, hide_small
from sanfu.report.materials.ledger_years import LedgerYears, structure_by_district
from sanfu.report.options import ReportOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry import Ledger
    from sanfu.registry.schemes import Scheme
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import About, Figure

TIERS = {
    "little-giant": Text("专精特新“小巨人”企业", "little giants"),
    "srdi": Text("专精特新中小企业", "SRDI firms"),
    "innovative": Text("创新型中小企业", "innovative firms"),
    "tech": Text("科技型中小企业", "technology-based firms"),
}
"""The tiers as the ledger codes them, highest first."""


def ledger_material(
    ledger: Ledger, *, focus: str = "", options: ReportOptions | None = None
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
    """
    options = options or ReportOptions()
    doubtful = _doubtful(ledger)
    whole = _LedgerMaterial(ledger, ledger.firms, options, ledger.schemes, doubtful)
    made = whole.material("ledger")
    unit = None if ledger.region is None or not focus else ledger.region.unit(focus)
    if unit is None:
        return made
    own = ledger.firms.filter(pl.col("district") == unit.code)
    schemes = (*map(read_scheme, unit.schemes), *ledger.schemes)
    part = _LedgerMaterial(ledger, own, options, schemes, doubtful, str(unit.name.text())).material(
        "district"
    )
    return made | Material(
        part.facts, tables=part.tables, figures=part.figures, sentences=part.sentences
    )


def _doubtful(ledger: Ledger) -> set[str]:
    """Give the firms that are likely others' doubles and wait for a person to say so."""
    from sanfu.registry.duplicates import find_duplicates  # noqa: PLC0415 - when a report is made

    if ledger.firms.height < 2:
        return set()
    return set(find_duplicates(ledger.firms, aliases=ledger.aliases)["other"])


class _LedgerMaterial:
    def __init__(
        self,
        ledger: Ledger,
        firms: pl.DataFrame,
        options: ReportOptions,
        schemes: tuple[Scheme, ...],
        doubtful: set[str],
        where: str = "",
    ) -> None:
        self.ledger = ledger
        self.known = firms
        self.rules = options.rules()
        self.least = options.min_firms
        self.schemes = schemes
        self.where = where
        self.years = sorted(ledger.figures["year"].unique().to_list())
        self.year = str(self.years[-1]) if self.years else "—"
        self.firms = firms_on(firms, dt.date(self.years[-1], 12, 31)) if self.years else firms
        self.doubtful = len(doubtful & set(self.firms["firm"]))
        own = self._own(ledger.titles)
        self.over_years = LedgerYears(own, self.years, TIERS, self.rules, self._about)
        self.undated = undated_note(own, self.least)

    def material(self, prefix: str) -> Material:
        ledger = self.ledger
        by = dict(ledger.problems.group_by("severity").len().iter_rows())
        tiers = dict(self._in_force().group_by("tier").agg(pl.col("firm").n_unique()).iter_rows())
        facts = {
            "firms": Fact(self.firms.height, "count"),
            "figures": Fact(self._own(ledger.figures).height, "count"),
            "titles": Fact(self._own(ledger.titles).height, "count"),
            "set-aside": Fact(ledger.set_aside.height, "count"),
            "version": Fact(ledger.number, "count"),
            "year": Fact(self.year),
            "files": Fact(ledger.origins["file"].n_unique(), "count"),
            "least": Fact(self.least, "count"),
            "duplicates": Fact(self.doubtful or None, "count"),
            "duplicates-note": Fact(str(self._doubts()) if self.doubtful else ""),
            "schemes": Fact(_joined([one.label.text() for one in self.schemes]) or "—"),
            **{f"tier.{tier}": self._few(tiers.get(tier, 0)) for tier in TIERS},
            **{f"{kind}s": Fact(by.get(kind, 0), "count") for kind in _SEVERITIES},
        }
        protected: dict[str, Any] = {}
        figures: dict[str, Any] = {
            f"{prefix}.industries": self._tags_figure,
            **({f"{prefix}.pyramid": self._pyramid} if self._shown_tiers() else {}),
            **self.over_years.figures(prefix),
        }
        if not self.where and ledger.region is not None:
            made = ProtectedTables(
                ledger, self._in_force(), ledger.region.names(), TIERS, self.year, self.rules,
                note=str(self.undated or ""),
            )  # fmt: skip
            facts["hidden"] = Fact(made.hidden(), "count")
            figures[f"{prefix}.structure"] = lambda _: structure_by_district(
                made.by_tier,
                self._about(
                    Text("各区企业的层级结构", "tiers in each district"),
                    Text("占有效称号的 %", "% of titles in force"),
                    self.over_years.method(
                        Text("年末有效的称号", "titles in force at the year's end")
                    ),
                ),
            )
            protected = {
                f"{prefix}.by-district": made.tier_table,
                f"{prefix}.revenue": made.revenue_table,
                f"{prefix}.hidden": made.log,
            }
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
        )

    def _own(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows of the firms written about, and of those since merged into others."""
        return frame.join(self.known.select("firm"), on="firm", how="semi") if self.where else frame

    def _in_force(self) -> pl.DataFrame:
        """Give the titles in force at the end of the latest year."""
        if not self.year.isdigit():
            return self._own(self.ledger.titles)
        return self.over_years.held(int(self.year))

    def _doubts(self) -> Text:
        """Say how many firms may be counted twice."""
        return Text(
            f"（含疑似重复 {self.doubtful:,} 户，待人工核对）",
            f" (of which {self.doubtful:,} are likely duplicates that wait for a person)",
        )

    def _few(self, count: int) -> Fact:
        """Give a count of firms, or say that they are too few to tell."""
        if not 0 < count < self.least:
            return Fact(count, "count")
        return Fact(str(Text(f"不足 {self.least}", f"fewer than {self.least}")))

    def _problems(self, _: Item | None, __: Facts) -> Table:
        kinds, language = problem_kinds(), current_language()
        problems = self.ledger.problems
        counts = problems.group_by("code").agg(pl.len(), pl.col("severity").first())
        ordered = counts.sort("len", "code", descending=[True, False])
        rows = tuple(
            (
                str(_SEVERITIES[severity]),
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
        return self._table(Text("导入时发现的问题", "found on import"), columns, rows)

    def _files(self, _: Item | None, __: Facts) -> Table:
        counts = self.ledger.origins.group_by("file", "sheet").agg(
            pl.len(), pl.col("column").n_unique().alias("columns")
        )
        rows = tuple(
            (file, sheet or "", f"{columns:,}", f"{cells:,}")
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
        """Count firms by group and tag: group, tag, rule, firms, share — tags overlap."""
        tags = apply_schemes(self.firms, self.schemes)
        whole = self.firms.height or 1
        each = tags.group_by("scheme", "group", "tag", "rule").agg(pl.col("firm").n_unique())
        groups = (
            tags.group_by("scheme", "group")
            .agg(pl.col("firm").n_unique(), pl.col("rule").first())
            .with_columns(pl.lit("").alias("tag"))
        )
        both = pl.concat([groups.select(each.columns), each]).rename({"firm": "firms"})
        labels = {
            (scheme.scheme, group.group): str(group.label.text())
            for scheme in self.schemes
            for group in scheme.groups
        }
        place = {key: number for number, key in enumerate(labels)}
        key = pl.struct("scheme", "group")
        named = key.map_elements(
            lambda one: labels[one["scheme"], one["group"]], return_dtype=pl.String
        )
        order = key.map_elements(
            lambda one: place[one["scheme"], one["group"]], return_dtype=pl.Int64
        )
        ordered = both.with_columns(
            named.alias("label"), (pl.col("firms") / whole).alias("share")
        ).sort(order, pl.col("tag") != "", "firms", "tag", descending=[False, False, True, False])
        return hide_small(ordered, ["firms", "share"], self.least)

    def _industries(self, _: Item | None, facts: Facts) -> Table:
        counts = self.tag_counts
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(counts.iter_rows(named=True)):
            share = Fact(row["share"], "percent")
            rows.append(
                (
                    row["label"] if not row["tag"] else "",
                    row["tag"] or str(Text("合计（去重）", "any of them")),
                    HIDDEN if row["hidden"] else f"{row['firms']:,}",
                    HIDDEN
                    if row["hidden"]
                    else facts.print(facts.add(f"ledger.tag.{self.where}.{place}", share)),
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
        whole = self.firms.height
        doubts = self._doubtful()
        caption = Text(
            f"{self.where}产业结构（分母：全部 {whole:,} 户{doubts.zh}；一户可属多个产业，"
            "各行相加超过 100%）",
            f"Industries {self.where} (of all {whole:,} firms{doubts.en}; a firm can be in "
            "several, so rows add up to more than 100 %)",
        )
        marks = "；".join(f"{scheme.scheme}：{scheme.mark}" for scheme in self.schemes)
        note = f" {NOTE}" if counts["hidden"].any() else ""
        return self._table(caption, columns, tuple(rows), source=f"{marks}{note}")

    def _tags_figure(self, _: Item | None) -> Figure:
        counts = self.tag_counts.filter(pl.col("tag") != "")
        scores = (
            counts.filter(~pl.col("hidden"))
            .select(pl.col("tag").alias("name"), (pl.col("share") * 100).alias("value"))
            .unique("name", maintain_order=True)
        )
        return bars(
            scores,
            decimals=1,
            **self._about(
                Text("各产业企业占比（可重叠）", "firms by industry (overlapping)"),
                Text("占全部企业的 %", "% of all firms"),
                Text("按产业分类方案的规则逐户判定", "each firm by the scheme's rules"),
            ),
        )

    def _shown_tiers(self) -> list[dict[str, Any]]:
        """Give the tiers with enough firms to be told, and how many."""
        counts = dict(self._in_force().group_by("tier").agg(pl.col("firm").n_unique()).iter_rows())
        return [
            {"name": str(name), "count": counts[tier]}
            for tier, name in TIERS.items()
            if counts.get(tier, 0) >= self.least
        ]

    def _pyramid(self, _: Item | None) -> Figure:
        return pyramid(
            pl.DataFrame(self._shown_tiers()),
            **self._about(
                Text("梯度培育的三级", "the tiers of the ladder"),
                Text("户", "firms"),
                self.over_years.method(Text("年末有效的称号", "titles in force at the year's end")),
            ),
        )

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
        whole, doubts = self.firms.height, self._doubtful()
        return {
            "title": str(title),
            "unit": str(unit),
            "source": str(
                Text("合成样本台账", "synthetic sample ledger")
                if synthetic
                else Text("企业台账", "the ledger of firms")
            ),
            "as_of": as_of or self.year,
            "n": str(Text(f"{whole:,} 户{doubts.zh}", f"{whole:,} firms{doubts.en}")),
            "method": str(method),
            "synthetic": synthetic,
        }

    def _tiers(self, _: Item | None, __: Facts) -> Table:
        counts = (
            self._in_force()
            .join(self.firms.select("firm", "district"), on="firm", how="left")
            .group_by("tier")
            .agg(pl.col("firm").n_unique().alias("firms"), pl.col("district").n_unique())
        )
        found = {row["tier"]: row for row in counts.iter_rows(named=True)}
        rows = tuple(
            (str(name), f"{found[tier]['firms']:,}", f"{found[tier]['district']}")
            for tier, name in TIERS.items()
            if tier in found
        )
        columns = (
            TableColumn(str(Text("层级", "tier")), "left", 2),
            TableColumn(str(Text("有效企业数", "firms in force")), "right"),
            TableColumn(str(Text("所在区数", "districts")), "right"),
        )
        caption = Text(
            f"梯度培育各层级（{self.year} 年末有效）", f"Tiers in force at the end of {self.year}"
        )
        return self._table(caption, columns, rows, str(self.undated or ""))

    def _table(
        self,
        caption: Text,
        columns: tuple[TableColumn, ...],
        rows: Sequence[tuple[Inline, ...]],
        source: str = "",
    ) -> Table:
        synthetic = self.ledger.is_synthetic
        return Table(str(caption), columns, tuple(rows), source=source, synthetic=synthetic)


_SEVERITIES: dict[str, Any] = {
    "error": Text("错误", "error"),
    "warning": Text("提醒", "warning"),
    "note": Text("说明", "note"),
}


def _joined(names: Sequence[Text]) -> str:
    return str(Text("、".join(one.zh for one in names), ", ".join(one.en for one in names)))


def without_values(sentence: str) -> str:
    """Show a finding's sentence without the values of one place."""
    plain = sentence.replace("{value}", "…").replace("{column}", "…")
    return plain.replace(" {more}", " …").replace("“{more}”", "“…”").replace("{more}", "")
