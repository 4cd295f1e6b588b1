"""What the desk's records say: lines, coverage, the never served, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.desk.records import DeskRules, Goal, desk_rules
from sanfu.exchange.needs import TIERS
from sanfu.language import Text
from sanfu.registry import firms_on
from sanfu.registry.titles import in_force, undated
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

By = Literal["district", "street", "industry", "tier"]
GROUPS: dict[By, Text] = {
    "district": Text("所属区", "district"),
    "street": Text("街道", "street"),
    "industry": Text("行业门类", "industry section"),
    "tier": Text("称号", "tier"),
}
_NOT_SAID = Text("（未填）", "(not said)")
_NO_TIER = Text("（无称号）", "(no title)")
_UNDATED = Text("（称号没有日期）", "(title without dates)")


def desk_report(
    records: pl.DataFrame,
    firms: pl.DataFrame,
    titles: pl.DataFrame | None = None,
    *,
    start: dt.date,
    end: dt.date,
    rules: DeskRules | None = None,
) -> DeskReport:
    """Report on the services between two days, both included.

    Parameters
    ----------
    records
        As `read_desk` gives them.
    firms, titles
        The ledger's frames: whom the centre is there for on the last day. A title counts for who
        holds it then; who has only titles without dates is a group of its own.

    Raises
    ------
    InputError
        The period is empty.
    """
    if end < start:
        raise InputError(
            Text(f"期间为空：{start} 至 {end}。", f"the period is empty: {start} to {end}.")
        )
    kept = records.filter(pl.col("day").is_between(start, end)).with_columns(
        closed=pl.when(pl.col("closed") <= end).then("closed")  # what was closed later was open
    )
    return DeskReport(kept, firms, titles, start=start, end=end, rules=rules or desk_rules())


class DeskReport:
    """Services of a period.

    A firm is served where it attended, or where it brought an appeal; a booking alone is none.

    Attributes
    ----------
    frame
        A row a line: services, firms (served, in the ledger), bookings, attended and its share,
        satisfied and its share among those who answered, appeals open, closed in time and its
        share, median days. Shares are null where there is nothing to divide by.
    """

    def __init__(
        self,
        records: pl.DataFrame,
        firms: pl.DataFrame,
        titles: pl.DataFrame | None,
        *,
        start: dt.date,
        end: dt.date,
        rules: DeskRules,
    ) -> None:
        self.records = records
        self.firms = firms_on(firms, end)
        self.start = start
        self.end = end
        self.rules = rules
        self._titles = titles
        self.frame = pl.DataFrame([self._line(line.id) for line in rules.lines])

    @property
    def synthetic(self) -> bool:
        """Tell whether the firms are synthetic."""
        return "synthetic" in self.firms.columns and bool(self.firms["synthetic"].any())

    def _served(self, line: str = "") -> pl.DataFrame:
        case_lines = [one.id for one in self.rules.lines if one.days is not None]
        held = self.records if not line else self.records.filter(pl.col("line") == line)
        came = pl.col("attended").fill_null(value=False) | pl.col("line").is_in(case_lines)
        return held.filter(came)

    def _line(self, line: str) -> dict[str, Any]:
        rule = next(one for one in self.rules.lines if one.id == line)
        held = self.records.filter(pl.col("line") == line)
        said = held["attended"].drop_nulls()
        answers = held["satisfaction"].drop_nulls()
        days = (held["closed"] - held["day"]).dt.total_days().drop_nulls()
        limit = rule.days
        due = held.filter(
            pl.col("closed").is_not_null()
            | ((pl.lit(self.end) - pl.col("day")).dt.total_days() > (limit or 0))
        )
        in_time = int((days <= limit).sum()) if limit is not None else None
        satisfied = int((answers >= self.rules.satisfied_from).sum())
        return {
            "line": line,
            "label": str(rule.label()),
            "services": held.select("service", "day").n_unique() if held.height else 0,
            "firms": self._served(line)["firm"].drop_nulls().n_unique(),
            "bookings": held.height,
            "persons": int(held["booked"].fill_null(1).sum()),
            "attended": int(said.sum()),
            "attendance_share": _share(int(said.sum()), len(said)),
            "answers": len(answers),
            "satisfied_share": _share(satisfied, len(answers)),
            "open": held.filter(pl.col("closed").is_null()).height if limit is not None else None,
            "in_time_share": None if in_time is None else _share(in_time, due.height),
            "median_days": days.median() if limit is not None else None,
        }

    def _served_firms(self, line: str = "") -> int:
        served = self._served(line)["firm"].unique().implode()
        return self.firms.filter(pl.col("firm").is_in(served))["firm"].n_unique()

    def coverage_total(self) -> int:
        """Count the firms of the last day that were served in the period."""
        return self._served_firms()

    def coverage(self, by: By) -> pl.DataFrame:
        """Give a row a group: firms, served, never (in the period), share; least covered first.

        A firm with several tiers counts in each.

        Raises
        ------
        InputError
            The ledger does not say that of its firms.
        """
        served = set(self._served()["firm"].drop_nulls())
        grouped = self._grouped(by)
        return (
            grouped.with_columns(served=pl.col("firm").is_in(served))
            .group_by("group")
            .agg(firms=pl.len(), served=pl.col("served").sum())
            .with_columns(
                never=pl.col("firms") - pl.col("served"),
                share=pl.col("served") / pl.col("firms"),
            )
            .sort("share", "never", "group", descending=[False, True, False])
            .select("group", "firms", "served", "never", "share")
        )

    def _grouped(self, by: By) -> pl.DataFrame:
        if by == "tier":
            return self._by_tier()
        if by == "industry" and "industry" in self.firms.columns:
            names = [self._section(code) for code in self.firms["industry"].to_list()]
            return self.firms.select("firm").with_columns(group=pl.Series(names, dtype=pl.String))
        columns = ("district_name", "district") if by == "district" else (by,)
        name = next((one for one in columns if one in self.firms.columns), None)
        if name is None:
            raise InputError(
                Text(
                    f"台账没有“{GROUPS[by].zh}”这一列，不能按它统计。",
                    f"the ledger has no {by}; coverage by it cannot be counted.",
                )
            )
        group = pl.col(name).cast(pl.String).fill_null(str(_NOT_SAID))
        return self.firms.select("firm", group=group)

    def _by_tier(self) -> pl.DataFrame:
        if self._titles is None:
            raise InputError(
                Text("没有给出称号表，不能按称号统计。", "no titles were given; none to count by.")
            )
        names = {tier: str(label) for tier, label in TIERS.items()}
        dated = in_force(pl.col("granted"), pl.col("expires"), self.end)
        held = self._titles.filter(dated).select("firm", pl.col("tier").replace(names)).unique()
        unsure = (
            self._titles.filter(undated(pl.col("granted"), pl.col("expires")))["firm"]
            .unique()
            .implode()
        )
        none = pl.when(pl.col("firm").is_in(unsure)).then(pl.lit(str(_UNDATED)))
        return (
            self.firms.select("firm")
            .join(held, on="firm", how="left", maintain_order="left")
            .select("firm", group=pl.coalesce("tier", none, pl.lit(str(_NO_TIER))))
        )

    def _section(self, code: str | None) -> str:
        digits = "".join(mark for mark in (code or "") if mark.isdigit())[:2]
        letter = (code or "")[:1].upper()
        for name, section in self.rules.sections.items():
            first, last = section.divisions
            inside = len(digits) == 2 and first <= int(digits) <= last
            if inside or (not digits and letter == name):
                return f"{name} {Text(section.zh, section.en)}"
        return str(_NOT_SAID)

    @property
    def never_served(self) -> pl.DataFrame:
        """Give the firms that were not served in the period, with what the ledger says of them."""
        served = self._served()["firm"].drop_nulls().unique().to_list()
        columns = ["firm", "name", "district_name", "district", "street", "industry"]
        wanted = [name for name in columns if name in self.firms.columns]
        return self.firms.filter(~pl.col("firm").is_in(served)).select(wanted)

    @property
    def targets(self) -> pl.DataFrame:
        """Give a row a target: wanted, got (null where nothing was counted), met."""
        rows = []
        for goal in self.rules.targets:
            got = self._measure(goal)
            rows.append(
                {
                    "target": str(Text(goal.zh, goal.en)),
                    "least": goal.least,
                    "got": got,
                    "met": None if got is None else got >= goal.least,
                }
            )
        schema = {
            "target": pl.String, "least": pl.Int64, "got": pl.Float64, "met": pl.Boolean,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema)

    def _measure(self, goal: Goal) -> float | None:
        if goal.measure == "served_share":
            share = _share(self._served_firms(goal.line), self.firms["firm"].n_unique())
        elif goal.measure == "satisfied_share" and not goal.line:
            answers = self.records["satisfaction"].drop_nulls()
            share = _share(int((answers >= self.rules.satisfied_from).sum()), len(answers))
        elif goal.measure in ("firms", "services"):
            held = self.frame if not goal.line else self.frame.filter(pl.col("line") == goal.line)
            if goal.measure == "firms" and not goal.line:
                return float(self._served()["firm"].drop_nulls().n_unique())
            return float(held[goal.measure].sum())
        else:
            held = self.frame.filter(pl.col("line") == goal.line)
            share = held[goal.measure][0] if held.height else None
        return None if share is None else 100 * share

    def explain(self) -> Text:
        """Say the period in a few sentences, least covered groups and missed targets first."""
        served = self.coverage_total()
        total = self.firms["firm"].n_unique()
        mark = Text("（合成数据）", " (synthetic data)") if self.synthetic else Text("", "")
        share, never = _percent(_share(served, total)), total - served
        head = Text(
            f"{self.start} 至 {self.end}{mark.zh}：服务企业 {served:,} 家，占台账 {total:,} 家的 "
            f"{share}；从未服务 {never:,} 家。",
            f"{self.start} to {self.end}{mark.en}: {served:,} of {total:,} firms were served "
            f"({share}); {never:,} never.",
        )
        zh, en = [head.zh], [head.en]
        labels = {line.id: line.label() for line in self.rules.lines}
        for row in self.frame.to_dicts():
            if not row["bookings"]:
                continue
            label = labels[row["line"]]
            parts_zh = [f"{row['bookings']} 家次、企业 {row['firms']} 家"]
            parts_en = [f"{row['bookings']} bookings of {row['firms']} firms"]
            for name, words in (
                ("attendance_share", Text("到场", "attended")),
                ("satisfied_share", Text("满意", "satisfied")),
                ("in_time_share", Text("按期办结", "closed in time")),
            ):
                if row[name] is not None:
                    parts_zh.append(f"{words.zh} {_percent(row[name])}")
                    parts_en.append(f"{words.en} {_percent(row[name])}")
            zh.append(f"{label.zh}：" + "，".join(parts_zh) + "。")
            en.append(f"{label.en}: " + ", ".join(parts_en) + ".")
        goals = {str(Text(goal.zh, goal.en)): goal for goal in self.rules.targets}
        for row in self.targets.filter(~pl.col("met")).to_dicts():
            goal = goals[row["target"]]
            zh.append(f"未达目标：{goal.zh}，目标 {row['least']}，实际 {row['got']:.1f}。")
            en.append(f"target missed: {goal.en}, {row['least']} wanted, {row['got']:.1f} reached.")
        return Text("\n".join(zh), "\n".join(en))

    def to_excel(self, path: Path | str) -> None:
        """Write lines, targets, coverage by each group the ledger has, and the never served."""
        stamp = ["合成数据 / synthetic"] if self.synthetic else []
        period = str(Text(f"{self.start} 至 {self.end}", f"{self.start} to {self.end}"))
        notes = [period, *stamp]
        sheets = [
            Sheet(str(Text("条线", "lines")), self.frame, _LINES, notes),
            Sheet(str(Text("目标", "targets")), self.targets, _TARGETS, [self.rules.note, *notes]),
        ]
        for by, label in GROUPS.items():
            try:
                frame = self.coverage(by)
            except InputError:
                continue
            name = str(Text(f"覆盖_{label.zh}", f"coverage_{label.en}"))
            columns = (Column("group", label, width=30), *_COVERAGE)
            sheets.append(Sheet(name, frame, columns, notes))
        listed = [
            Column(name, _NEVER[name], width=34 if name == "name" else 16)
            for name in self.never_served.columns
        ]
        sheets.append(
            Sheet(str(Text("从未服务", "never served")), self.never_served, listed, notes)
        )
        write_workbook(path, sheets)


_LINES: Sequence[Column] = (
    Column("label", Text("条线", "line"), width=22),
    Column("services", Text("场次/事项", "services"), "integer", 10),
    Column("bookings", Text("报名/受理", "bookings"), "integer", 10),
    Column("persons", Text("报名人数", "persons"), "integer", 10,
           Text("没有填人数的按 1 人", "1 where nothing is said")),
    Column("firms", Text("服务企业", "firms served"), "integer", 10,
           Text("到场的企业；诉求以受理为准", "firms that came; an appeal counts when brought")),
    Column("attended", Text("到场", "attended"), "integer", 10),
    Column("attendance_share", Text("到场率", "attendance"), "percent", 10),
    Column("answers", Text("评价数", "answers"), "integer", 10),
    Column("satisfied_share", Text("满意率", "satisfied"), "percent", 10),
    Column("open", Text("未办结", "open"), "integer", 10),
    Column("in_time_share", Text("按期办结率", "closed in time"), "percent", 12,
           Text("已办结和已超期的为分母", "of those closed or past their limit")),
    Column("median_days", Text("办结天数（中位）", "median days"), "number", 16),
)  # fmt: skip
_TARGETS = (
    Column("target", Text("目标", "target"), width=30),
    Column("least", Text("目标值", "wanted"), "integer"),
    Column("got", Text("实际", "reached"), "points"),
    Column(
        "met", Text("达到", "met"), tones={"是": "good", "否": "bad", "yes": "good", "no": "bad"}
    ),
)
_COVERAGE = (
    Column("firms", Text("企业数", "firms"), "integer"),
    Column("served", Text("已服务", "served"), "integer"),
    Column("never", Text("从未服务", "never"), "integer"),
    Column("share", Text("覆盖率", "share"), "percent"),
)
_NEVER = {
    "firm": Text("企业编号", "firm"),
    "name": Text("企业名称", "name"),
    "district_name": Text("所属区", "district"),
    "district": Text("区代码", "district code"),
    "street": Text("街道", "street"),
    "industry": Text("行业代码", "industry"),
}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"
