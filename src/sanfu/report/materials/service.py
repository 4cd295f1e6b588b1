"""What the service desk and the funnel of needs offer to a report: ``desk.…`` and ``funnel.…``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn, plain_words
from sanfu.report.confidential import HIDDEN, NOTE
from sanfu.report.facts import Derived, Fact, Kind
from sanfu.report.figures import bars, funnel
from sanfu.report.linked import not_drawn
from sanfu.report.material import Item, Material
from sanfu.report.materials.contract_sums import ContractSums
from sanfu.report.materials.desk_linked import PARTS, DeskCounts
from sanfu.report.options import ReportOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.exchange import DeskReport, Funnel
    from sanfu.exchange.desk.records import Goal
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts, Show
    from sanfu.report.figures import About, Figure

_SYNTHETIC, _OWN = Text("合成样本", "synthetic sample"), Text("本单位记录", "own records")


def desk_material(found: DeskReport, *, options: ReportOptions | None = None) -> Material:
    """Offer a period of the service desk.

    Parameters
    ----------
    options
        The rules of confidentiality.
    """
    options = options or ReportOptions()
    counts = DeskCounts(found, options.rules())
    firms, served, never = (counts.whole(part) for part in ("firms", "served", "never"))
    share = None if firms is None or served is None else served / max(firms, 1)
    rules = found.rules
    made = _Records(
        (str(Text("期间", "period")), f"{found.start} – {found.end}"),
        (str(Text("服务规则", "service rules")), f"{rules.id}@{rules.version}"),
        synthetic=found.synthetic,
    )
    facts = {
        "desk.start": Fact(found.start.isoformat()),
        "desk.end": Fact(found.end.isoformat()),
        "desk.firms": made.fact(COVERAGE, firms, "count"),
        "desk.served": made.fact(COVERAGE, served, "count"),
        "desk.never": made.fact(COVERAGE, never, "count"),
        "desk.share": made.fact(COVERAGE, share, "percent"),
        "desk.services": made.fact(LINES, int(found.frame["services"].sum()), "count"),
        "desk.attended": made.fact(LINES, counts.attendances(), "count"),
        "desk.least": made.fact(LEAST, options.min_firms, "count"),
        "desk.note": made.fact(NOTE_OF, found.rules.note, "words"),
    }
    withheld = dict.fromkeys(("desk.served", "desk.never", "desk.firms"), counts.whole_withheld)
    withheld |= dict.fromkeys(("desk.lines", "desk.attended"), counts.lines_withheld)
    tables = {
        "desk.lines": _lines(found, counts, made),
        "desk.targets": _targets(found, counts, made),
    }
    figures = {}
    for by in counts.coverage:
        shown = _shown(counts, by)
        tables[f"desk.by-{by}"] = _coverage(shown, by, made)
        if shown["share"].count():
            figures[f"desk.by-{by}"] = _coverage_figure(shown, found, counts)
        withheld[f"desk.by-{by}"] = partial(counts.coverage_withheld, by)
    return Material(
        facts=facts,
        tables=tables,
        figures=figures,
        synthetic=found.synthetic,
        withheld=withheld,
    )


def _shown(counts: DeskCounts, by: str) -> pl.DataFrame:
    """Give a row a group: firms, served, never, share, missing where hidden.

    The least covered come first; those with something hidden last, by name, since their place
    would tell it.
    """
    rows = []
    for group in counts.coverage[by]["group"]:
        own = {part: counts.group(by, group, part) for part in PARTS}
        firms, served = own["firms"], own["served"]
        share = None if firms is None or served is None else served / firms
        rows.append({"group": group, **own, "share": share})
    schema = {"group": pl.String, **dict.fromkeys(PARTS, pl.Int64), "share": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema)
    whole = pl.all_horizontal(pl.col(*PARTS).is_not_null())
    first = frame.filter(whole).sort("share", "never", "group", descending=[False, True, False])
    return pl.concat([first, frame.filter(~whole).sort("group")])


COVERAGE = Kind(
    Text("服务覆盖", "coverage of services"),
    Text(
        "企业、已服务（期内到场或提出诉求的不同企业）、从未服务的户数；覆盖率 = 已服务 ÷ 企业",
        "counts of firms, of those served (distinct firms that attended or brought an appeal in "
        "the period), of those never served; coverage = served ÷ firms",
    ),
)
LINES = Kind(
    Text("各条线服务", "services by line"),
    Text(
        "期内各条线的场次、不同企业户数、到场人次；到场率 = 到场 ÷ 报名；满意率、按期办结率 = "
        "满意、按期的 ÷ 有记录的",
        "services, distinct firms and attendances of each line in the period; attendance = "
        "attended ÷ signed up; satisfied, in time = those ÷ those recorded",
    ),
)
TARGETS = Kind(
    Text("目标完成情况", "targets"),
    Text(
        "按服务规则中目标的量数，由期内记录算出", "the target's measure, from the period's records"
    ),
)
LEAST = Kind(
    Text("最少企业数", "fewest firms"),
    Text("保密规则的设定", "set by the rules of confidentiality"),
)
NOTE_OF = Kind(
    Text("服务规则的说明", "note of the service rules"),
    Text("照录服务规则", "quoted from the service rules"),
)
STAGES = Kind(
    Text("对接漏斗", "the funnel"),
    Text(
        "到过该阶段的需求数、家次；占发布 = ÷ 已发布；天数为到该阶段的中位数；合同额为 Σ 金额",
        "needs and cases that ever reached the stage; share = ÷ needs announced; days are the "
        "median to the stage; contracts are Σ amounts",
    ),
)
STUCK = Kind(
    Text("长期未动的需求", "needs that are stuck"),
    Text("距上次进展的天数超过该阶段的期限", "days since the last step, past the stage's limit"),
)


class _Records:
    """Makes the facts of the office's records, each with its trace.

    Parameters
    ----------
    when
        What of the records is read: a period, or up to a day.
    more
        Inputs besides.
    """

    def __init__(self, when: tuple[str, str], *more: tuple[str, str], synthetic: bool) -> None:
        self.synthetic = synthetic
        source = _SYNTHETIC if synthetic else _OWN
        self.inputs = (when, (str(Text("来源", "source")), str(source)), *more)

    def fact(self, kind: Kind, value: float | str | None, show: Show, decimals: int = 1) -> Fact:
        """Give a number, or what is printed where it is hidden."""
        if value is None:
            return Fact(HIDDEN)
        trace = Derived(str(kind.what), str(kind.formula), self.inputs)
        return Fact(value, show, decimals, trace, f"service.{kind.what.en}")


def funnel_material(found: Funnel, *, options: ReportOptions | None = None) -> Material:
    """Offer the funnel of needs; sums of contracts of too few firms are hidden."""
    if found.frame.is_empty():
        return Material(synthetic=found.synthetic)  # no need was announced by the day
    year = found.on.year
    numbers = found.yearly(year)
    sums = ContractSums(found, (options or ReportOptions()).rules())
    day = (str(Text("截至", "as of")), found.on.isoformat())
    made = _Records(day, synthetic=found.synthetic)
    facts = {
        f"funnel.{name.replace('_', '-')}": made.fact(STAGES, value, "count")
        for name, value in numbers.items()
        if name != "contract_fen"
    }
    signed = numbers["contract_fen"] if sums.shows("year") else None
    facts["funnel.contract-fen"] = made.fact(STAGES, signed, "money")
    facts |= {
        "funnel.year": Fact(str(year)),
        "funnel.on": Fact(found.on.isoformat()),
        "funnel.stuck": made.fact(STUCK, found.stuck.height, "count"),
    }
    return Material(
        facts=facts,
        tables={"funnel.stages": _stages(found, sums, made), "funnel.stuck": _stuck(found, made)},
        figures={"funnel.stages": lambda _: _funnel_figure(found)},
        synthetic=found.synthetic,
        withheld={
            "funnel.stages": partial(sums.withheld, "contract", "accepted", "supplier"),
            "funnel.contract-fen": partial(sums.withheld, "year"),
        },
    )


def _lines(found: DeskReport, counts: DeskCounts, made: _Records) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for row in found.frame.iter_rows(named=True):
            cells: list[Inline] = [row["label"]]
            own = {"firms": counts.line(row["line"]), "attended": counts.attendances(row["line"])}
            hidden = None in own.values()
            for name, show in (
                ("services", "count"),
                ("firms", "count"),
                ("attended", "count"),
                ("attendance_share", "percent"),
                ("satisfied_share", "percent"),
                ("in_time_share", "percent"),
            ):
                empty = row[name] is None
                value = own.get(name, None if hidden and show == "percent" else row[name])
                decimals = 0 if show == "percent" else 1
                fact = made.fact(LINES, value, show, decimals)  # type: ignore[arg-type]
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


def _targets(found: DeskReport, counts: DeskCounts, made: _Records) -> Any:
    def hides(goal: Goal) -> bool:
        """Tell whether what a target reached gives a hidden number away."""
        if goal.line:
            own = counts.line(goal.line), counts.attendances(goal.line)
            return goal.measure != "services" and None in own
        return goal.measure in ("firms", "served_share") and counts.whole("served") is None

    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        goals = zip(found.rules.targets, found.targets.iter_rows(named=True), strict=True)
        for place, (goal, row) in enumerate(goals):
            least = made.fact(TARGETS, f"{row['least']:,}", "words")
            asked = facts.print(facts.add(f"desk.target.{place}.least", least))
            if hides(goal):
                rows.append((row["target"], asked, HIDDEN, "—"))
                continue
            given = made.fact(TARGETS, 0, "number")
            got = facts.add(f"desk.target.{place}", replace(given, value=row["got"]))
            met = (
                Text("无数据", "no data")
                if row["met"] is None
                else Text("达到", "met")
                if row["met"]
                else Text("未达到", "not met")
            )
            rows.append((row["target"], asked, facts.print(got), str(met)))
        columns = (
            TableColumn(str(Text("目标", "target")), "left", 3),
            TableColumn(str(Text("不低于", "at least")), "right"),
            TableColumn(str(Text("实际", "got")), "right"),
            TableColumn(str(Text("结果", "result")), "left"),
        )
        caption = Text("目标完成情况（目标由本单位设定）", "targets (set by the office)")
        return _table(caption, columns, rows, found.synthetic)

    return make


def _coverage(shown: pl.DataFrame, by: str, made: _Records) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(shown.iter_rows(named=True)):
            own = [(part, made.fact(COVERAGE, row[part], "count")) for part in PARTS]
            own.append(("share", made.fact(COVERAGE, row["share"], "percent")))
            printed = [
                facts.print(facts.add(f"desk.{by}.{place}.{part}", fact)) for part, fact in own
            ]
            rows.append((row["group"], *printed))
        columns = (
            TableColumn(str(Text("分组", "group")), "left", 2),
            TableColumn(str(Text("企业", "firms")), "right"),
            TableColumn(str(Text("已服务", "served")), "right"),
            TableColumn(str(Text("从未服务", "never")), "right"),
            TableColumn(str(Text("覆盖率", "coverage")), "right"),
        )
        caption = Text("服务覆盖（覆盖率由低到高）", "coverage, the least covered first")
        return _table(caption, columns, rows, made.synthetic)

    return make


def _coverage_figure(shown: pl.DataFrame, found: DeskReport, counts: DeskCounts) -> Any:
    def make(_: Item | None) -> Figure:
        drawn = shown.drop_nulls("share")
        parts = drawn.select(
            pl.col("group").alias("name"), (pl.col("share") * 100).alias("value")
        ).head(20)
        n = counts.whole("firms")
        firms = HIDDEN if n is None else f"{n:,}"
        note = Text("到场或提出诉求即为已服务", "served: attended, or brought an appeal")
        about = _about(
            Text("服务覆盖率", "coverage of services"),
            Text("已服务企业占比 %", "% of firms served"),
            f"{found.start} – {found.end}",
            Text(f"{firms} 户", f"{firms} firms"),
            not_drawn(note, shown.height - drawn.height, Text("组", "groups")),
            synthetic=found.synthetic,
        )
        return bars(parts, decimals=1, **about)

    return make


def _stages(found: Funnel, sums: ContractSums, made: _Records) -> Any:
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
                hidden = name == "amount" and not sums.shows(row["stage"])
                value = None if hidden else row[name]
                fact = made.fact(STAGES, value, show, decimals)  # type: ignore[arg-type]
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


def _stuck(found: Funnel, made: _Records) -> Any:
    def make(_: Item | None, facts: Facts) -> Table:
        # a need's title and party are the office's matter; a report names the case by its number
        rows: list[tuple[Inline, ...]] = []
        for row in found.stuck.iter_rows(named=True):
            days = made.fact(STUCK, row["days"], "count")
            shown = facts.print(facts.add(f"funnel.stuck.{row['need']}", days))
            rows.append((str(row["need"]), str(row["stage"]), shown, str(row["owner"] or "—")))
        columns = (
            TableColumn(str(Text("需求编号", "need")), "left"),
            TableColumn(str(Text("阶段", "stage")), "left"),
            TableColumn(str(Text("未动天数", "days")), "right"),
            TableColumn(str(Text("责任人", "officer")), "left"),
        )
        none: list[tuple[Inline, ...]] = [(str(Text("没有", "none")), "", "", "")]
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
    source = _SYNTHETIC if synthetic else _OWN
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
    hides = any(plain_words((cell,)) == HIDDEN for row in rows for cell in row)
    source = str(NOTE) if hides else ""
    return Table(str(caption), columns, tuple(rows), source=source, synthetic=synthetic)
