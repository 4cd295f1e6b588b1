"""A firm's first page: what is short, the way up, services to ask for; all in a few words."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

import polars as pl

from sanfu.exchange import sample_services, suggest_services
from sanfu.exchange.services import shipped_mapping
from sanfu.ladder import TIER_WORDS, VERDICT
from sanfu.ladder.plan_words import plan_words, step_words
from sanfu.ladder.shortfalls import gaps
from sanfu.ladder.values import measure_of
from sanfu.language import Text, current_language
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.firm import HEIGHT
from sanfu.report.materials.firm_criteria import clause_label, missed_without, ways_round
from sanfu.report.materials.firm_traces import OUTCOMES, PLAN, SERVICES, FirmTraces

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts, Kind
    from sanfu.report.firm import FirmPage
    from sanfu.report.material import Item

MOST, MOST_SERVICES, LONG = 5, 3, 90
"""Most steps and shortfalls on the first page; most services; most signs of one shortfall."""


class FirstPage:
    """What the first page says of a firm.

    Attributes
    ----------
    by_name, outcomes
        Each clause's row of the check, and its outcome alone.
    traces
        Makes its numbers, each with its trace.
    """

    def __init__(self, page: FirmPage) -> None:
        self.page = page
        self.synthetic = page.ledger.is_synthetic
        self.by_name = {row["criterion"]: row for row in page.criteria.iter_rows(named=True)}
        self.outcomes = {name: row["outcome"] for name, row in self.by_name.items()}
        self.traces = FirmTraces(page)

    def _inline(self, facts: Facts, kind: Kind, name: str, words: str) -> Inline:
        return facts.print(facts.add(f"firm.{name}", self.traces.fact(kind, words)))

    def _first(self) -> list[str]:
        return list(self.page.book.by_id[VERDICT].children)

    @cached_property
    def _helps(self) -> tuple[tuple[str, str], ...]:
        """Rule and words of each service that helps, what the plan changes first."""
        result, plan = self.page.result, self.page.plan
        if self.outcomes[VERDICT] != "unmet":
            return ()
        found = suggest_services(gaps(result, self._wanted)).frame
        measured = {measure_of(step.column) for step in (plan.steps if plan else ())}
        changed = {one.name for one in measured if one is not None}
        wanted = {why for _, why in self._steps}
        said: list[tuple[bool, bool, str, str]] = []
        columns = (current_language(), "rule", "about", "label")
        for text, rule, about, label in found.select(columns).iter_rows():
            if rule is not None:  # what no service helps with is not told as if it did
                near = f"（{'、'.join(_near(rule))}）" if self.synthetic else ""
                said.append((about not in changed, label not in wanted, rule, text + near))
        ordered = sorted(said, key=lambda one: one[:2])
        return tuple(dict.fromkeys((rule, words) for *_, rule, words in ordered))

    def _first_services(self, _: Item | None, facts: Facts) -> list[str]:
        """Say the few services to ask for first, each once."""
        none = Text(
            "没有定量短板，不必找服务；需人工判断的事项请备好证明材料（清单见后）。",
            "No quantity is short; hold ready the papers for what a person judges (listed below).",
        )
        first: dict[str, str] = {}
        for rule, words in self._helps:
            first.setdefault(rule, words)
        return [
            self.traces.place(facts, SERVICES, f"firm.service.{number}", words)
            for number, words in enumerate(list(first.values())[:MOST_SERVICES], start=1)
        ] or [str(none)]

    @cached_property
    def _steps(self) -> tuple[tuple[str, str], ...]:
        """Each step of the plan in words, and what for."""
        plan, year, ways = self.page.plan, self.page.year, ways_round(self.page.book)
        if plan is None:
            return ()
        made = []
        missed = missed_without(self.page.plan_book, self.page.firm, plan, ways)
        for step, names in zip(plan.steps, missed, strict=True):
            for_ = [clause_label(self.page.plan_book, name) for name in names]
            measure = measure_of(step.column)
            within = [
                one
                for one in plan.steps
                if measure is not None
                and one.lever is not None
                and one.lever.within == measure.name
            ]
            if not for_ and within:
                whole, part = measure.label(), measure_of(within[0].column).label()  # type: ignore[union-attr]
                for_ = [
                    str(Text(f"{part.zh}不能超过{whole.zh}", f"{part.en} lies within {whole.en}"))
                ]
            made.append(
                (str(step_words(step, plan.ahead, year)), str(Text("；", "; ")).join(for_) or "—")
            )
        return tuple(made)

    def _plan(self, _: Item | None, facts: Facts) -> Table:
        """Give the first steps of the way up, and what each is for."""
        return self._plan_table(facts, Text("", ""), MOST)

    def _whole_plan(self, _: Item | None, facts: Facts) -> Table:
        caption = Text("提升办法全部步骤", "all steps of the way up")
        return self._plan_table(facts, caption, len(self._steps))

    def _plan_table(self, facts: Facts, caption: Text, most: int) -> Table:
        rows: list[tuple[Inline, ...]] = [
            (
                str(number),
                self._inline(facts, PLAN, f"step.{number}", step),
                self._inline(facts, PLAN, f"step.{number}.for", for_),
            )
            for number, (step, for_) in enumerate(self._steps[:most], start=1)
        ]
        if not rows:
            said = plan_words(self.page.plan, self.page.on, self.page.year)
            rows = [("—", self._inline(facts, PLAN, "no-plan", str(said)), "—")]
        columns = (
            TableColumn("", "right", 0.3),
            TableColumn(
                str(Text("最省的提升办法：要做的改变", "the way up of least change")), "left", 4.4
            ),
            TableColumn(str(Text("为了什么", "what for")), "left", 2.4),
        )
        return self._table(caption, columns, rows)

    def _share_note(self) -> str | None:
        """Own up where the plan makes the main business the whole of revenue."""
        after = {
            step.column: step.after for step in (self.page.plan.steps if self.page.plan else ())
        }
        main, whole = after.get("main_revenue"), after.get("revenue")
        now, all_ = self.page.firm.get("main_revenue"), self.page.firm.get("revenue")
        if not isinstance(main, int) or main != whole or not now or not all_ or now == all_:
            return None
        share = int(str(now)) / int(str(all_))
        needs = round(main / share / 1_000_000)
        return str(
            Text(
                f"这是最低的数：主营业务收入等于营业收入（占比 100%）一般做不到；"
                f"按现有占比 {share:.1%} 计，营业收入须达到约 {needs:,} 万元。",
                f"The least there is: main business as the whole of revenue is hardly met; at the "
                f"present share of {share:.1%} revenue must reach about {needs * 10_000:,} yuan.",
            )
        )

    @cached_property
    def _wanted(self) -> pl.DataFrame:
        """The criteria that a firm can be short of: without direct routes and exemptions."""
        aside = list(ways_round(self.page.book))
        return self.page.criteria.filter(~pl.col("criterion").is_in(aside))

    @cached_property
    def _words(self) -> dict[str, str]:
        """What is short, missing and to be judged; ways round aside, of which nobody is short."""
        from sanfu.ladder.shortfalls import in_words  # noqa: PLC0415 - when a page is written

        found = in_words(self.page.book, self._wanted, "firm")
        return found.row(0, named=True) if found.height else {}

    def _said(self, facts: Facts, name: str, cut: Callable[[str], str]) -> list[str]:
        heads = {
            "short_of": Text("短板", "Short of"),
            "lacks": Text("缺数据", "Data missing"),
            "to_judge": Text("需人工判断", "For a person to judge"),
        }
        colon, stop = Text("：", ": "), Text("。", ".")
        lines = [
            f"{head}{colon}{self.traces.place(facts, OUTCOMES, f'{name}.{key}', cut(words))}{stop}"
            for key, head in heads.items()
            if (words := self._words.get(key))
        ]
        every = Text("按现有数据，各项条件都符合。", "On today's figures every criterion is met.")
        return lines or [str(every)]

    def _gaps(self, _: Item | None, facts: Facts) -> list[str]:
        """Say all that is short, what data are missing, what a person must judge."""
        return self._said(facts, "firm.all", lambda words: words)

    def _short(self, _: Item | None, facts: Facts) -> list[str]:
        """Say the same in short: the first few of each, a long choice as one."""
        return self._said(facts, "firm.few", self._in_short)

    def _in_short(self, words: str) -> str:
        """Cut a run of words to its first few; a long choice is named, and told in the annex."""
        between = str(Text("；", "; "))
        parts = words.split(between)
        unmet = [name for name in self._first() if self.outcomes[name] == "unmet"]
        book = self.page.book
        labels = [clause_label(book, name) for name in unmet] if len(unmet) == len(parts) else parts
        choice = Text("（可选条件都未达到，见附件）", " (no alternative is met; see the annex)")
        shown = [
            one if len(one) <= LONG else f"{label[:LONG]}{choice}"
            for one, label in zip(parts[:MOST], labels, strict=False)
        ]
        more = len(parts) - len(shown)
        if more:
            shown.append(str(Text(f"另有 {more} 项（见后）", f"{more} more (see below)")))
        return between.join(shown)

    def _until(self) -> str:
        """Say until when the title that the firm holds is valid."""
        titles = self.page.titles.select("tier", "expires").iter_rows()
        held = [day for tier, day in titles if tier == self.page.holds and day is not None]
        if not held:
            return ""
        last = str(max(held))
        return str(Text(f"（有效期至 {last}）", f" (valid until {last})"))

    def _lapsed(self) -> str | None:
        """Say which higher title the firm once had."""
        page = self.page
        past: dict[str, dt.date] = {}
        for tier, day in page.titles.select("tier", "expires").iter_rows():
            higher = tier in HEIGHT and HEIGHT.index(tier) > HEIGHT.index(page.holds)
            if higher and day is not None and day < page.on:
                past[tier] = max(day, past.get(tier, day))
        said = [
            Text(
                f"曾有{TIER_WORDS[tier].zh}称号，已于 {day} 到期，台账没有复核或重新认定的记录。",
                f"Once held {TIER_WORDS[tier].en}, expired on {day}; no renewal is in the ledger.",
            )
            for tier, day in past.items()
        ]
        return " ".join(str(one) for one in said) or None

    def _older(self) -> str | None:
        """Say that the figures are older than they should be."""
        page = self.page
        if page.year >= page.on.year - 1:
            return None
        return str(
            Text(
                f"台账没有 {page.on.year - 1} 年的数据，按最近有数据的 {page.year} 年测算；"
                "补报后结论可能不同。",
                f"The ledger has no figures of {page.on.year - 1}: those of {page.year} stand in; "
                "the verdict may differ when they are filed.",
            )
        )

    def _table(
        self,
        caption: Text,
        columns: tuple[TableColumn, ...],
        rows: Sequence[tuple[Inline, ...]],
        source: str = "",
    ) -> Table:
        return Table(str(caption), columns, tuple(rows), source=source, synthetic=self.synthetic)


@cache
def _near(rule: str) -> tuple[str, ...]:
    """Name the sample services nearest to a rule of the mapping; synthetic, for synthetic firms."""
    gap = pl.DataFrame({"who": [""], "about": [_about(rule)]})
    found = suggest_services(gap, sample_services(), top=2).frame
    return tuple(name for name in found["name"] if name)


def _about(rule: str) -> str:
    return next(one.about[0] for one in shipped_mapping().rules if one.id == rule)
