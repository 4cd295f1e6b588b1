"""What a ledger offers to a report: ``ledger.…`` facts, tables and figures of its firms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text, current_language
from sanfu.registry import problem_kinds
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.confidential import HIDDEN, NOTE
from sanfu.report.facts import Fact
from sanfu.report.figures import bars, pyramid
from sanfu.report.material import Item, Material
from sanfu.report.materials.ledger_protected import ProtectedTables, hide_small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry import Ledger
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


def ledger_material(ledger: Ledger, *, focus: str = "") -> Material:
    """Offer a ledger to a report.

    Parameters
    ----------
    focus
        A district by the region's name of it: the same is then offered of its firms alone, under
        ``district.…``. Any other name is another material's matter.
    """
    whole = _LedgerMaterial(ledger, ledger.firms, "").material("ledger")
    names = {} if ledger.region is None else ledger.region.names()
    code = next((code for code, name in names.items() if focus and focus in name), None)
    if code is None:
        return whole
    own = ledger.firms.filter(pl.col("district") == code)
    part = _LedgerMaterial(ledger, own, focus).material("district")
    return whole | Material(part.facts, tables=part.tables, figures=part.figures)


class _LedgerMaterial:
    def __init__(self, ledger: Ledger, firms: pl.DataFrame, where: str) -> None:
        self.ledger = ledger
        self.firms = firms
        self.where = where
        years = ledger.figures["year"].to_list()
        self.year = str(max(years)) if years else "—"

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
            **{f"tier.{tier}": Fact(tiers.get(tier, 0), "count") for tier in TIERS},
            **{f"{kind}s": Fact(by.get(kind, 0), "count") for kind in _SEVERITIES},
        }
        protected: dict[str, Any] = {}
        if not self.where and ledger.region is not None:
            made = ProtectedTables(
                ledger, self._in_force(), ledger.region.names(), TIERS, self.year
            )
            facts["hidden"] = Fact(made.hidden(), "count")
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
            figures={f"{prefix}.industries": self._tags_figure, f"{prefix}.pyramid": self._pyramid},
            synthetic=ledger.is_synthetic,
            made_from=(
                (str(Text("台账版本", "ledger version")), str(ledger.number)),
                (str(Text("台账哈希", "ledger hash")), ledger.hash),
            ),
        )

    def _own(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows of the firms written about."""
        return frame.join(self.firms.select("firm"), on="firm", how="semi") if self.where else frame

    def _in_force(self) -> pl.DataFrame:
        """Give the titles in force at the end of the latest year."""
        if not self.year.isdigit():
            return self._own(self.ledger.titles)
        day = pl.date(int(self.year), 12, 31)
        return self._own(self.ledger.titles).filter(
            (pl.col("granted") <= day) | pl.col("granted").is_null(),
            (pl.col("expires") >= day) | pl.col("expires").is_null(),
        )

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

    def _tag_counts(self) -> pl.DataFrame:
        """Count firms by group and tag: group, tag, rule, firms, share — tags overlap."""
        tags = self._own(self.ledger.tags)
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
            for scheme in self.ledger.schemes
            for group in scheme.groups
        }
        named = pl.struct("scheme", "group").map_elements(
            lambda key: labels[key["scheme"], key["group"]], return_dtype=pl.String
        )
        ordered = both.with_columns(
            named.alias("label"), (pl.col("firms") / whole).alias("share")
        ).sort("scheme", "group", "firms", descending=[False, False, True])
        return hide_small(ordered, ["firms", "share"])

    def _industries(self, _: Item | None, facts: Facts) -> Table:
        counts = self._tag_counts()
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
        caption = Text(
            f"{self.where}产业结构（分母：全部 {whole:,} 户；一户可属多个产业，各行相加超过 100%）",
            f"Industries {self.where} (of all {whole:,} firms; a firm can be in several, so rows "
            "add up to more than 100 %)",
        )
        marks = "；".join(f"{scheme.scheme}：{scheme.mark}" for scheme in self.ledger.schemes)
        note = f" {NOTE}" if counts["hidden"].any() else ""
        return self._table(caption, columns, tuple(rows), source=f"{marks}{note}")

    def _tags_figure(self, _: Item | None) -> Figure:
        counts = self._tag_counts().filter(pl.col("tag") != "")
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

    def _pyramid(self, _: Item | None) -> Figure:
        counts = dict(self._in_force().group_by("tier").agg(pl.col("firm").n_unique()).iter_rows())
        tiers = pl.DataFrame(
            [
                {"name": str(name), "count": counts[tier]}
                for tier, name in TIERS.items()
                if tier in counts
            ]
        )
        return pyramid(
            tiers,
            **self._about(
                Text("梯度培育的三级", "the tiers of the ladder"),
                Text("户", "firms"),
                Text("年末有效的称号", "titles in force at the year's end"),
            ),
        )

    def _about(self, title: Text, unit: Text, method: Text) -> About:
        synthetic = self.ledger.is_synthetic
        whole = self.firms.height
        return {
            "title": str(title),
            "unit": str(unit),
            "source": str(
                Text("合成样本台账", "synthetic sample ledger")
                if synthetic
                else Text("企业台账", "the ledger of firms")
            ),
            "as_of": self.year,
            "n": str(Text(f"{whole:,} 户", f"{whole:,} firms")),
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
        return self._table(caption, columns, rows)

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


def without_values(sentence: str) -> str:
    """Show a finding's sentence without the values of one place."""
    plain = sentence.replace("{value}", "…").replace("{column}", "…")
    return plain.replace(" {more}", " …").replace("“{more}”", "“…”").replace("{more}", "")
