"""What the service desk and the funnel of needs offer to a report: ``desk.…`` and ``funnel.…``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Fact
from sanfu.report.figures import bars, funnel
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.exchange import DeskReport, Funnel
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import About, Figure

LEAST = 3
"""Groups of fewer firms are not shown by themselves."""
GROUPED_BY = ("district", "industry", "tier", "street")


def desk_material(found: DeskReport) -> Material:
    """Offer a period of the service desk."""
    served = found.coverage_total()
    facts = {
        "desk.start": Fact(found.start.isoformat()),
        "desk.end": Fact(found.end.isoformat()),
        "desk.firms": Fact(found.firms["firm"].n_unique(), "count"),
        "desk.served": Fact(served, "count"),
        "desk.never": Fact(found.never_served.height, "count"),
        "desk.share": Fact(served / max(found.firms["firm"].n_unique(), 1), "percent"),
        "desk.services": Fact(int(found.frame["services"].sum()), "count"),
        "desk.attended": Fact(int(found.frame["attended"].sum()), "count"),
        "desk.note": Fact(found.rules.note),
    }
    tables = {"desk.lines": _lines(found), "desk.targets": _targets(found)}
    figures = {}
    for by in GROUPED_BY:
        try:
            coverage = found.coverage(by)  # type: ignore[arg-type]
        except InputError:
            continue
        shown = coverage.filter(pl.col("firms") >= LEAST)
        tables[f"desk.by-{by}"] = _coverage(shown, by, synthetic=found.synthetic)
        figures[f"desk.by-{by}"] = _coverage_figure(shown, found)
    return Material(facts=facts, tables=tables, figures=figures, synthetic=found.synthetic)


def funnel_material(found: Funnel) -> Material:
    """Offer the funnel of needs."""
    if found.frame.is_empty():
        return Material(synthetic=found.synthetic)  # no need was announced by the day
    year = found.on.year
    numbers = found.yearly(year)
    facts = {
        f"funnel.{name.replace('_', '-')}": Fact(
            value, "money" if name == "contract_fen" else "count"
        )
        for name, value in numbers.items()
    }
    facts |= {
        "funnel.year": Fact(str(year)),
        "funnel.on": Fact(found.on.isoformat()),
        "funnel.stuck": Fact(found.stuck.height, "count"),
    }
    return Material(
        facts=facts,
        tables={"funnel.stages": _stages(found), "funnel.stuck": _stuck(found)},
        figures={"funnel.stages": lambda _: _funnel_figure(found)},
        synthetic=found.synthetic,
    )


def _lines(found: DeskReport) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for row in found.frame.iter_rows(named=True):
            cells: list[Inline] = [row["label"]]
            for name, show in (
                ("services", "count"),
                ("firms", "count"),
                ("attended", "count"),
                ("attendance_share", "percent"),
                ("satisfied_share", "percent"),
                ("in_time_share", "percent"),
            ):
                fact = Fact(row[name], show, 0 if show == "percent" else 1)  # type: ignore[arg-type]
                empty = row[name] is None
                place = facts.add(f"desk.{row['line']}.{name}", fact)
                cells.append("—" if empty else facts.print(place))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("条线", "line")), "left", 2),
            TableColumn(str(Text("场次", "services")), "right"),
            TableColumn(str(Text("服务企业", "firms")), "right"),
            TableColumn(str(Text("到场", "attended")), "right"),
            TableColumn(str(Text("到场率", "attendance")), "right"),
            TableColumn(str(Text("满意率", "satisfied")), "right"),
            TableColumn(str(Text("按期办结", "closed in time")), "right"),
        )
        return _table(Text("各条线服务", "services by line"), columns, rows, found.synthetic)

    return make


def _targets(found: DeskReport) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(found.targets.iter_rows(named=True)):
            got = facts.add(f"desk.target.{place}", Fact(row["got"], "number", 1))
            met = (
                Text("无数据", "no data")
                if row["met"] is None
                else Text("达到", "met")
                if row["met"]
                else Text("未达到", "not met")
            )
            rows.append((row["target"], f"{row['least']:,}", facts.print(got), str(met)))
        columns = (
            TableColumn(str(Text("目标", "target")), "left", 3),
            TableColumn(str(Text("不低于", "at least")), "right"),
            TableColumn(str(Text("实际", "got")), "right"),
            TableColumn(str(Text("结果", "result")), "left"),
        )
        caption = Text("目标完成情况（目标由本单位设定）", "targets (set by the office)")
        return _table(caption, columns, rows, found.synthetic)

    return make


def _coverage(shown: pl.DataFrame, by: str, *, synthetic: bool) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(shown.iter_rows(named=True)):
            share = facts.add(f"desk.{by}.{place}", Fact(row["share"], "percent"))
            rows.append(
                (
                    row["group"],
                    f"{row['firms']:,}",
                    f"{row['served']:,}",
                    f"{row['never']:,}",
                    facts.print(share),
                )
            )
        columns = (
            TableColumn(str(Text("分组", "group")), "left", 2),
            TableColumn(str(Text("企业", "firms")), "right"),
            TableColumn(str(Text("已服务", "served")), "right"),
            TableColumn(str(Text("从未服务", "never")), "right"),
            TableColumn(str(Text("覆盖率", "coverage")), "right"),
        )
        caption = Text("服务覆盖（覆盖率由低到高）", "coverage, the least covered first")
        return _table(caption, columns, rows, synthetic)

    return make


def _coverage_figure(shown: pl.DataFrame, found: DeskReport) -> Any:
    def make(_: Item | None) -> Figure:
        parts = shown.select(
            pl.col("group").alias("name"), (pl.col("share") * 100).alias("value")
        ).head(20)
        firms = int(shown["firms"].sum())
        about = _about(
            Text("服务覆盖率", "coverage of services"),
            Text("已服务企业占比 %", "% of firms served"),
            f"{found.start} – {found.end}",
            Text(f"{firms:,} 户", f"{firms:,} firms"),
            Text("到场或提出诉求即为已服务", "served: attended, or brought an appeal"),
            synthetic=found.synthetic,
        )
        return bars(parts, decimals=1, **about)

    return make


def _stages(found: Funnel) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(found.frame.iter_rows(named=True)):
            cells: list[Inline] = [row["label"]]
            for name, show, decimals in (
                ("needs", "count", 0),
                ("cases", "count", 0),
                ("share", "percent", 0),
                ("median_days", "number", 0),
                ("amount", "money", 1),
            ):
                if row[name] is None:
                    cells.append("—")
                    continue
                fact = Fact(row[name], show, decimals)  # type: ignore[arg-type]
                cells.append(facts.print(facts.add(f"funnel.{place}.{name}", fact)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("阶段", "stage")), "left", 1.6),
            TableColumn(str(Text("需求", "needs")), "right"),
            TableColumn(str(Text("家次", "cases")), "right"),
            TableColumn(str(Text("占发布", "of announced")), "right"),
            TableColumn(str(Text("中位天数", "median days")), "right"),
            TableColumn(str(Text("合同额", "contracts")), "right", 1.2),
        )
        return _table(Text("对接漏斗", "the funnel"), columns, rows, found.synthetic)

    return make


def _stuck(found: Funnel) -> Any:
    def make(_: Item | None, __: Facts) -> Table:
        # a need's title and party are the office's matter; a report names the case by its number
        rows = [
            (str(row["need"]), str(row["stage"]), f"{row['days']}", str(row["owner"] or "—"))
            for row in found.stuck.iter_rows(named=True)
        ]
        columns = (
            TableColumn(str(Text("需求编号", "need")), "left"),
            TableColumn(str(Text("阶段", "stage")), "left"),
            TableColumn(str(Text("未动天数", "days")), "right"),
            TableColumn(str(Text("责任人", "officer")), "left"),
        )
        none = [(str(Text("没有", "none")), "", "", "")]
        return _table(Text("长期未动", "stuck"), columns, rows or none, found.synthetic)

    return make


def _funnel_figure(found: Funnel) -> Figure:
    steps = found.frame.select(pl.col("label").alias("name"), pl.col("needs").alias("count"))
    total = int(found.frame["needs"].max() or 0)  # type: ignore[arg-type]
    about = _about(
        Text("从需求到合同", "from need to contract"),
        Text("项", "needs"),
        found.on.isoformat(),
        Text(f"{total} 项需求", f"{total} needs"),
        Text("到达过该阶段的需求数", "needs that ever reached the stage"),
        synthetic=found.synthetic,
    )
    return funnel(steps, **about)


def _about(title: Text, unit: Text, as_of: str, n: Text, method: Text, *, synthetic: bool) -> About:
    source = (
        Text("合成样本", "synthetic sample") if synthetic else Text("本单位记录", "own records")
    )
    return {
        "title": str(title),
        "unit": str(unit),
        "source": str(source),
        "as_of": as_of,
        "n": str(n),
        "method": str(method),
        "synthetic": synthetic,
    }


def _table(
    caption: Text,
    columns: tuple[TableColumn, ...],
    rows: Sequence[tuple[Inline, ...]],
    synthetic: bool,  # noqa: FBT001 - a private helper
) -> Table:
    return Table(str(caption), columns, tuple(rows), synthetic=synthetic)
