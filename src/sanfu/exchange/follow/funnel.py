"""The funnel: how many needs came how far, how long each step took, and what is stuck."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from sanfu.exchange.follow.stages import STEPS, Case, FollowRules, Stage, follow_rules
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.exchange.follow.book import FollowBook

By = Literal["event", "district", "industry", "owner"]
GROUPS: dict[By, Text] = {
    "event": Text("活动", "event"),
    "district": Text("所属区", "district"),
    "industry": Text("行业", "industry"),
    "owner": Text("责任人", "officer"),
}
_REMINDERS: dict[str, Text] = {
    "overdue": Text("已过期", "overdue"),
    "soon": Text("即将到期", "due soon"),
    "stuck": Text("长期未动", "stuck"),
    "no_next_step": Text("没有下一步", "no next step"),
    "no_evidence": Text("签约后缺凭证或金额", "contract without evidence or amount"),
}
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "group": pl.String, "stage": pl.String, "label": pl.String, "needs": pl.Int64,
    "cases": pl.Int64, "share": pl.Float64, "kept": pl.Float64, "median_days": pl.Float64,
    "amount": pl.Int64,
}  # fmt: skip


def build_funnel(book: FollowBook, *, by: By | None = None, on: dt.date, event: str = "") -> Funnel:
    """Count how far needs and cases came.

    Parameters
    ----------
    by
        A funnel for each event, district, industry or officer; one in all by default.
    on
        The day as of which open cases are judged; what happened later is left out.
    event
        Only needs of this event.
    """
    cases = [_as_of(case, on) for case in book.cases()]
    kept = [case for case in cases if case is not None and event in ("", case.event)]
    groups: dict[str, list[Case]] = {}
    for case in kept:
        groups.setdefault(getattr(case, by) if by else "", []).append(case)
    rows = [row for group in sorted(groups) for row in _rows(group, groups[group], book.rules)]
    reminders = find_reminders(kept, book.rules, on)
    return Funnel(pl.DataFrame(rows, schema=_SCHEMA), reminders, kept, by=by, on=on)


def _as_of(case: Case, on: dt.date) -> Case | None:
    """Give a case as it stood on a day, as far as the days of its steps tell."""
    reached = {stage: day for stage, day in case.reached.items() if day <= on}
    if not reached:
        return None
    if len(reached) == len(case.reached):
        return case
    stage, since = max(reached.items(), key=lambda item: (item[1], item[0] == "closed"))
    return Case(**{**vars(case), "reached": reached, "stage": stage, "since": since})


def _rows(group: str, cases: Sequence[Case], rules: FollowRules) -> list[dict[str, Any]]:
    announced = {case.need: case for case in cases if not case.party}
    answers = [case for case in cases if case.party]
    total = len(announced)
    rows: list[dict[str, Any]] = []
    before = None
    for at, stage in enumerate(STEPS):
        there = [case for case in answers if at and STEPS.index(case.furthest) >= at]
        needs = total if at == 0 else len({case.need for case in there})
        amounts = [case.amount for case in there if case.amount is not None and at >= 4]
        rows.append(
            {
                "group": group,
                "stage": stage,
                "label": str(rules.label(stage)),
                "needs": needs,
                "cases": len(there),
                "share": needs / total if total else None,
                "kept": needs / before if before else None,
                "median_days": _median_days(there, stage, announced),
                "amount": sum(amounts) if amounts else None,
            }
        )
        before = needs
    return rows


def _median_days(cases: Sequence[Case], stage: Stage, announced: dict[str, Case]) -> float | None:
    """Give the median of days since the step before; steps that were not recorded are left out."""
    at = STEPS.index(stage)
    days = []
    for case in cases:
        reached = dict(case.reached)
        if case.need in announced:
            reached.setdefault("announced", announced[case.need].reached["announced"])
        if stage in reached and at and STEPS[at - 1] in reached:
            days.append((reached[stage] - reached[STEPS[at - 1]]).days)
    return float(median(days)) if days else None


def find_reminders(cases: Sequence[Case], rules: FollowRules, on: dt.date) -> pl.DataFrame:
    """Find what should be looked at on a day; see `FollowBook.reminders`."""
    answered = {case.need for case in cases if case.party}
    rows: list[dict[str, Any]] = []
    for case in cases:
        is_open = case.stage not in ("closed", "supplier") and (
            bool(case.party) or case.need not in answered
        )
        if not is_open:
            continue
        waited = (on - case.since).days
        limit = rules.rule(case.stage).stuck_days
        kinds: list[tuple[str, int]] = []
        if case.due is not None and case.due < on:
            kinds.append(("overdue", (on - case.due).days))
        elif case.due is not None and (case.due - on).days <= rules.soon_days:
            kinds.append(("soon", (case.due - on).days))
        if limit is not None and waited > limit:
            kinds.append(("stuck", waited))
        if case.party and not case.next_step and case.stage != "accepted":
            kinds.append(("no_next_step", waited))
        if case.stage in ("contract", "accepted") and (not case.evidence or case.amount is None):
            kinds.append(("no_evidence", waited))
        rows += [
            {
                "owner": case.owner,
                "need": case.need,
                "title": case.title,
                "party_name": case.party_name or case.party,
                "stage": str(rules.label(case.stage)),
                "kind": kind,
                "what": str(_REMINDERS[kind]),
                "days": days,
                "due": case.due,
                "next_step": case.next_step,
            }
            for kind, days in kinds
        ]
    order = {kind: at for at, kind in enumerate(_REMINDERS)}
    rows.sort(key=lambda row: (order[row["kind"]], -row["days"], row["need"], row["party_name"]))
    schema = {
        "owner": pl.String, "need": pl.String, "title": pl.String, "party_name": pl.String,
        "stage": pl.String, "kind": pl.String, "what": pl.String, "days": pl.Int64,
        "due": pl.Date, "next_step": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


class Funnel:
    """How far needs came.

    Attributes
    ----------
    frame
        A row a group and stage: needs and cases that reached it, share of the announced needs,
        share of the stage before, median days since the stage before, contract amount (fen).
    reminders, stuck
        What should be looked at (see `FollowBook.reminders`), and of it the open cases that did
        not move for longer than their stage allows.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        reminders: pl.DataFrame,
        cases: Sequence[Case],
        *,
        by: By | None,
        on: dt.date,
    ) -> None:
        self.frame = frame
        self.reminders = reminders
        self.stuck = reminders.filter(pl.col("kind") == "stuck")
        self.by = by
        self.on = on
        self._cases = cases

    @property
    def synthetic(self) -> bool:
        """Tell whether any of it is synthetic."""
        return any(case.synthetic for case in self._cases)

    def explain(self) -> Text:
        """Say the funnel, a line a stage."""
        zh, en = [], []
        if self.synthetic:
            zh.append("合成数据")
            en.append("synthetic data")
        rules = follow_rules()
        for group, rows in _grouped(self.frame):
            if self.by:
                name = group or str(Text("（未填）", "(not said)"))
                zh.append(f"【{GROUPS[self.by].zh}：{name}】")
                en.append(f"[{GROUPS[self.by].en}: {name}]")
            for row in rows:
                label = rules.label(row["stage"])
                parts_zh = [f"{row['needs']} 项"]
                parts_en = [f"{row['needs']} needs"]
                if row["stage"] != "announced":
                    parts_zh.append(f"{row['cases']} 家次")
                    parts_en.append(f"{row['cases']} cases")
                if row["share"] is not None and row["stage"] != "announced":
                    parts_zh.append(f"占发布 {row['share']:.0%}")
                    parts_en.append(f"{row['share']:.0%} of announced")
                if row["median_days"] is not None:
                    parts_zh.append(f"距上一步中位 {row['median_days']:g} 天")
                    parts_en.append(f"median {row['median_days']:g} days since the step before")
                if row["amount"]:
                    parts_zh.append(f"合同额 {row['amount'] / 1_000_000:,.10g} 万元")
                    parts_en.append(f"contracts {row['amount'] / 1_000_000:,.10g} × 10k yuan")
                zh.append(f"{label.zh}：" + "，".join(parts_zh))
                en.append(f"{label.en}: " + ", ".join(parts_en))
        zh.append(f"长期未动：{self.stuck.height} 件（截至 {self.on}）")
        en.append(f"stuck: {self.stuck.height} (as of {self.on})")
        return Text("\n".join(zh), "\n".join(en))

    def yearly(self, year: int) -> dict[str, int]:
        """Give the figures of a year for the summary: what happened between its first and last day.

        Returns
        -------
        dict
            announced, answered_needs, answers, shortlisted, contracts, contract_fen, accepted,
            suppliers, closed, events.
        """

        def within(case: Case, stage: Stage) -> bool:
            day = case.reached.get(stage)
            return day is not None and day.year == year

        needs = [case for case in self._cases if not case.party]
        answers = [case for case in self._cases if case.party]
        signed = [case for case in answers if within(case, "contract")]
        return {
            "announced": sum(within(case, "announced") for case in needs),
            "answered_needs": len({c.need for c in answers if within(c, "answered")}),
            "answers": sum(within(case, "answered") for case in answers),
            "shortlisted": sum(within(case, "shortlisted") for case in answers),
            "contracts": len(signed),
            "contract_fen": sum(case.amount or 0 for case in signed),
            "accepted": sum(within(case, "accepted") for case in answers),
            "suppliers": sum(within(case, "supplier") for case in answers),
            "closed": sum(within(case, "closed") for case in self._cases),
            "events": len({c.event for c in needs if c.event and within(c, "announced")}),
        }

    def contracts(self, stage: Stage, year: int | None = None) -> dict[tuple[str, str], int]:
        """Give the amounts (fen) of cases that came as far as a stage, or to it in a year.

        Returns
        -------
        dict
            Need and party → amount; cases without one are left out.
        """
        at = STEPS.index(stage)
        return {
            (case.need, case.party): case.amount
            for case in self._cases
            if case.party
            and case.amount is not None
            and (
                STEPS.index(case.furthest) >= at
                if year is None
                else stage in case.reached and case.reached[stage].year == year
            )
        }

    def yearly_text(self, year: int) -> Text:
        """Give the year's figures as a sentence for the summary."""
        f = self.yearly(year)
        wan = f"{f['contract_fen'] / 1_000_000:,.10g}"
        mark = Text("（合成数据）", " (synthetic data)") if self.synthetic else Text("", "")
        return Text(
            f"{year} 年{mark.zh}发布需求 {f['announced']} 项，收到揭榜 {f['answers']} 家次"
            f"（涉及 {f['answered_needs']} 项），入围 {f['shortlisted']} 家次，"
            f"签约 {f['contracts']} 项、合同额 {wan} 万元，验收 {f['accepted']} 项，"
            f"进入供应商名录 {f['suppliers']} 家。",
            f"In {year}{mark.en}, {f['announced']} needs were announced; {f['answers']} answers "
            f"came to {f['answered_needs']} of them; {f['shortlisted']} were shortlisted; "
            f"{f['contracts']} contracts over {wan} × 10k yuan were signed, {f['accepted']} "
            f"results accepted, and {f['suppliers']} firms came on supplier lists.",
        )

    def to_excel(self, path: Path | str) -> None:
        """Write funnel, stuck cases and the year's figures as a workbook."""
        group = GROUPS[self.by] if self.by else Text("范围", "group")
        columns = (
            Column("group", group, width=18),
            Column("label", Text("阶段", "stage"), width=18),
            Column("needs", Text("需求数", "needs"), "integer", 10),
            Column("cases", Text("家次", "cases"), "integer", 10),
            Column("share", Text("占发布", "of announced"), "percent", 10),
            Column("kept", Text("占上一阶段", "of the stage before"), "percent", 12),
            Column(
                "median_days", Text("距上一步（天，中位）", "median days"), "number", 18,
                Text("有上一步日期的家次的中位数", "over cases whose step before has a day"),
            ),
            Column("amount", Text("合同额", "contracts"), "wan_yuan", 14),
        )  # fmt: skip
        late = (
            Column("what", Text("提醒", "reminder"), width=18),
            Column("owner", Text("责任人", "officer")),
            Column("need", Text("需求编号", "need")),
            Column("title", Text("需求名称", "title"), width=36),
            Column("party_name", Text("对接方", "party"), width=30),
            Column("stage", Text("阶段", "stage")),
            Column("days", Text("天数", "days"), "integer"),
            Column("due", Text("截止日期", "due"), "date"),
            Column("next_step", Text("下一步", "next step"), width=30),
        )
        stamp = ["合成数据 / synthetic"] if self.synthetic else []
        notes = [str(Text(f"截至 {self.on}", f"as of {self.on}")), *stamp]
        sentence = pl.DataFrame({"text": [str(self.yearly_text(self.on.year))]})
        write_workbook(
            path,
            [
                Sheet(str(Text("漏斗", "funnel")), self.frame, columns, notes),
                Sheet(str(Text("提醒", "reminders")), self.reminders, late, notes),
                Sheet(
                    str(Text("年度小结", "year")),
                    sentence,
                    (Column("text", Text("可用于年度总结", "for the yearly summary"), width=120),),
                ),
            ],
        )


def _grouped(frame: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dicts():
        groups.setdefault(row["group"], []).append(row)
    return list(groups.items())
