"""What a firm's page offers to an outline: ``firm.…`` facts, tables and sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from sanfu.content.measures import measures
from sanfu.exchange.services import shipped_mapping
from sanfu.ladder import OUTCOME_WORDS, SELF_CHECK, TIER_WORDS, VERDICT
from sanfu.ladder.plan_words import PLAN_NOTE
from sanfu.language import Text, current_language
from sanfu.registry.titles import undated_note
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Fact
from sanfu.report.material import Item, Material
from sanfu.report.materials.firm_criteria import (
    NATURE_WORDS,
    amount,
    clause_label,
    nature,
    outcome_words,
    papers_of,
    settled,
)
from sanfu.report.materials.firm_first import MOST, MOST_SERVICES, FirstPage
from sanfu.report.materials.firm_traces import (
    CONSISTENCY,
    OUTCOMES,
    PEERS,
    PLAN,
    SCORES,
    SERVICES,
    TITLES,
)

if TYPE_CHECKING:
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.firm import FirmPage
    from sanfu.report.options import ReportOptions

SHOWN = (
    "revenue", "main_revenue", "rd_expense", "net_profit", "assets", "liabilities", "staff",
    "rd_staff", "class1_ip", "platform_score",
)  # fmt: skip


def firm_material(page: FirmPage, *, options: ReportOptions | None = None) -> Material:
    """Offer a firm's page to a report; what rests on too few peers is left out."""
    return _FirmMaterial(page, 0 if options is None else options.min_firms).material()


class _FirmMaterial(FirstPage):
    def __init__(self, page: FirmPage, least: int) -> None:
        super().__init__(page)
        self.least = least
        first = [self.outcomes[name] for name in self._first()]
        self.counts = {word: first.count(word) for word in OUTCOME_WORDS}

    def material(self) -> Material:
        page = self.page
        names = {} if page.ledger.region is None else page.ledger.region.names()
        district = names.get(str(page.firm.get("district")), page.firm.get("district"))
        verdict = self.outcomes[VERDICT]
        made = self.traces.fact
        facts = {
            "firm.name": Fact(page.name),
            "firm.code": Fact(page.code),
            "firm.uscc": Fact(_text(page.firm.get("uscc"))),
            "firm.district": Fact(_text(district)),
            "firm.products": Fact(_text(page.firm.get("products"))),
            "firm.holds": Fact(str(TIER_WORDS[page.holds]) if page.holds else str(_NONE)),
            "firm.next": Fact(str(TIER_WORDS[page.next])),
            "firm.kind": Fact(str(_KINDS[page.kind])),
            "firm.rulebook": Fact(str(self.page.book.rulebook.name.text())),
            "firm.on": Fact(page.on.isoformat()),
            "firm.year": Fact(str(page.year)),
            "firm.outcome": Fact(str(OUTCOME_WORDS[verdict])),
            "firm.self-check": Fact(str(SELF_CHECK)),
            "firm.plan-note": made(PLAN, str(PLAN_NOTE)),
            "firm.ready": made(PLAN, None if page.plan is None else page.plan.ready.isoformat()),
            "firm.peers": made(PEERS, str(page.peer_group) if page.peers.height else None),
            "firm.needed": made(OUTCOMES, sum(self.counts.values()), "count"),
            "firm.until": made(TITLES, self._until()),
            "firm.lapsed": made(TITLES, self._lapsed()),
            "firm.older": Fact(self._older()),
            "firm.share-note": made(PLAN, self._share_note()),
            "firm.score-note": made(SCORES, self._score_note()),
            "firm.no-peers": Fact(None if page.peers.height else str(page.peer_group)),
            "firm.rest-of-plan": made(
                PLAN, len(self._steps) - MOST if len(self._steps) > MOST else None, "count"
            ),
            "firm.rest-of-services": made(
                SERVICES, len(self._helps) if len(self._helps) > MOST_SERVICES else None, "count"
            ),
            "firm.scored": made(SCORES, len(self.page.book.indicators) or None, "count"),
            "firm.findings": made(CONSISTENCY, page.findings.height or None, "count"),
            **{f"firm.{word}": made(OUTCOMES, n, "count") for word, n in self.counts.items()},
        }
        return Material(
            facts=facts,
            tables={
                "firm.criteria": self._criteria,
                "firm.scores": self._scores,
                "firm.papers": self._papers,
                "firm.whole-plan": self._whole_plan,
                "firm.figures": self._figures,
                "firm.titles": self._titles,
                "firm.services": self._services,
                "firm.peers": self._peers,
                "firm.findings": self._findings,
                "firm.plan": self._plan,
            },
            sentences={
                "firm.gaps": self._gaps,
                "firm.short": self._short,
                "firm.first-services": self._first_services,
            },
            synthetic=self.synthetic,
            made_from=(
                (str(Text("台账版本", "ledger version")), str(page.ledger.number)),
                (str(Text("台账哈希", "ledger hash")), page.ledger.hash),
                (str(Text("规则书", "rulebook")), self.traces.rulebook),
            ),
        )

    def _criteria(self, _: Item | None, facts: Facts) -> Table:
        """Every condition with its nature, outcome, value, what is asked and what is short."""
        book = self.page.book
        rows: list[tuple[Inline, ...]] = []
        scored = {one.id for one in book.indicators}
        for name in (one for one in book.reading_order if one not in scored):
            row = self.by_name[name]
            depth = max(book.by_id[name].depth - 1, 0)
            kind = "" if name == VERDICT else str(NATURE_WORDS[nature(book, name)])
            cells: list[Inline] = [
                "　" * depth + clause_label(book, name),
                kind,
                str(outcome_words(book, name, self.outcomes)),
            ]
            short = name != VERDICT and row["outcome"] == "unmet"
            if short and settled(book, name, self.outcomes):
                short = False
            cells += [
                self._amount(facts, name, "value"),
                self._amount(facts, name, "threshold"),
                self._amount(facts, name, "gap") if short else "—",
            ]
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("条件", "criterion")), "left", 2.7),
            TableColumn(str(Text("性质", "nature")), "left", 0.9),
            TableColumn(str(Text("自检结果", "outcome")), "left", 1),
            TableColumn(str(Text("数值", "value")), "right", 1.5),
            TableColumn(str(Text("要求", "asked")), "right", 1.2),
            TableColumn(str(Text("差距", "gap")), "right", 1.2),
        )
        return self._table(Text("条件逐条自检", "conditions one by one"), columns, rows)

    def _scores(self, _: Item | None, facts: Facts) -> Table:
        """Every scored item with its points, the most there are, and the next step up."""
        book = self.page.book
        rows: list[tuple[Inline, ...]] = []
        for one in book.indicators:
            row = self.by_name[one.id]
            points = self.traces.clause(one.id, row["points"], "count")
            most = self.traces.clause(one.id, str(one.max))
            full = row["points"] == one.max
            cells: list[Inline] = [
                clause_label(book, one.id),
                facts.print(facts.add(f"firm.{one.id}.points", points)),
                facts.print(facts.add(f"firm.{one.id}.max", most)),
                self._amount(facts, one.id, "value"),
            ]
            more = ("threshold", "gap")
            cells += ["—" if full else self._amount(facts, one.id, key) for key in more]
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("评分项", "scored item")), "left", 3),
            TableColumn(str(Text("得分", "points")), "right", 0.8),
            TableColumn(str(Text("满分", "most")), "right", 0.8),
            TableColumn(str(Text("数值", "value")), "right", 1.2),
            TableColumn(str(Text("再高一档", "next step")), "right", 1.2),
            TableColumn(str(Text("还差", "short by")), "right", 1.2),
        )
        return self._table(Text("评分项得分", "points item by item"), columns, rows)

    def _amount(self, facts: Facts, name: str, key: str) -> Inline:
        row = self.by_name[name]
        shown = amount(row[key], row["unit"], gap=key == "gap")
        if shown is None:
            return "—"
        return facts.print(facts.add(f"firm.{name}.{key}", self.traces.clause(name, shown)))

    def _score_note(self) -> str | None:
        """Tell the points summed here from the platform's own score, where both are there."""
        book, platform = self.page.book, self.page.firm.get("platform_score")
        total = next((rule.id for rule in book.rules if rule.points_of == "total"), None)
        if total is None or platform is None or "platform_score" in book.columns:
            return None
        own, asked = self.by_name[total]["value"], self.by_name[total]["threshold"]
        if own is None:
            return None
        filed = float(str(platform))
        said = Text(
            f"评价得分 {own:g} 分由本表各评分项用填报数据自算（要求 {asked:g} 分以上），"
            f"以主管部门核定为准。填报的“专精特新发展评价得分” {filed:g} 分是平台测评，"
            "另一套评价，本标准不用它，不影响上面的结论。",
            f"{own:g} points are summed here from the scored items and the firm's figures (asked: "
            f"{asked:g}); what the authorities find holds. The filed score of the national "
            f"platform, {filed:g}, is another assessment, which this standard does not "
            "use; it does not change the verdict.",
        )
        return str(said)

    def _figures(self, _: Item | None, facts: Facts) -> Table:
        years = [self.page.year - back for back in (2, 1, 0)]
        rows: list[tuple[Inline, ...]] = []
        for name in SHOWN:
            if name not in measures():
                continue
            measure = measures()[name]
            cells: list[Inline] = [str(measure.label())]
            for back, year in zip((2, 1, 0), years, strict=True):
                column = f"{name}_{back}" if back else name
                value = self.page.firm.get(column)
                if value is None:
                    cells.append(str(Text("缺", "missing")))
                    continue
                fact = self.traces.figure(column, value)
                cells.append(facts.print(facts.add(f"firm.{name}.{year}", fact)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("指标", "measure")), "left", 2),
            *(TableColumn(str(year), "right") for year in years),
        )
        return self._table(Text("近三年数据", "figures of three years"), columns, rows)

    def _titles(self, _: Item | None, facts: Facts) -> Table:
        rows = [
            (
                str(TIER_WORDS.get(row["tier"], row["tier"])),
                row["batch"] or "—",
                "—" if row["granted"] is None else row["granted"].isoformat(),
                "—" if row["expires"] is None else row["expires"].isoformat(),
                row["review"] or "—",
            )
            for row in self.page.titles.iter_rows(named=True)
        ]
        columns = (
            TableColumn(str(Text("称号", "title")), "left", 2),
            TableColumn(str(Text("批次", "batch")), "left", 1.4),
            TableColumn(str(Text("认定", "granted")), "left"),
            TableColumn(str(Text("到期", "expires")), "left"),
            TableColumn(str(Text("复核", "review")), "left"),
        )
        none = [(str(_NONE), "—", "—", "—", "—")]
        note = undated_note(self.page.titles)
        table = self._table(Text("称号", "titles"), columns, rows or none, str(note or ""))
        return replace(table, trace=facts.link(self.traces.fact(TITLES, None))) if rows else table

    def _services(self, _: Item | None, facts: Facts) -> Table:
        rows = [
            (self._inline(facts, SERVICES, f"services.{number}", words),)
            for number, (_, words) in enumerate(self._helps, start=1)
        ]
        columns = (TableColumn(str(Text("短板 → 可找的服务", "what is short → what helps"))),)
        caption = Text("可找的服务（供参考）", "services to ask for")
        return self._table(caption, columns, rows, shipped_mapping().note)

    def _peers(self, _: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for row in self.page.peers.filter(pl.col("n") >= self.least).iter_rows(named=True):
            measure = measures()[row["measure"]]
            money = measure.kind == "money"
            cells: list[Inline] = [str(measure.label())]
            own = self.page.firm.get(row["measure"])
            values = (own, row["q1"], row["median"], row["q3"])
            for key, value in zip(("own", "q1", "median", "q3"), values, strict=True):
                if value is None:
                    cells.append(str(Text("缺", "missing")))
                    continue
                if key == "own":
                    fact = self.traces.figure(row["measure"], value)
                else:
                    fact = self.traces.led(PEERS, _rough(value, money=money))
                cells.append(facts.print(facts.add(f"firm.peer.{row['measure']}.{key}", fact)))
            n = self.traces.fact(PEERS, row["n"], "count")
            cells.append(facts.print(facts.add(f"firm.peer.{row['measure']}.n", n)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("指标", "measure")), "left", 1.6),
            TableColumn(str(Text("本企业", "this firm")), "right"),
            TableColumn(str(Text("下四分位（约）", "lower quartile (about)")), "right"),
            TableColumn(str(Text("中位数（约）", "median (about)")), "right"),
            TableColumn(str(Text("上四分位（约）", "upper quartile (about)")), "right"),
            TableColumn(str(Text("有数据户数", "firms known")), "right", 0.9),
        )
        return self._table(Text("", ""), columns, rows)

    def _findings(self, _: Item | None, facts: Facts) -> Table:
        language = current_language()
        parts = (language, "values", f"remedy_{language}")
        rows = [
            tuple(
                self._inline(facts, CONSISTENCY, f"finding.{number}.{part}", row[part])
                for part in parts
            )
            for number, row in enumerate(self.page.findings.iter_rows(named=True), start=1)
        ]
        columns = (
            TableColumn(str(Text("问题", "finding")), "left", 2),
            TableColumn(str(Text("数值", "figures")), "left", 2),
            TableColumn(str(Text("怎么办", "remedy")), "left", 2),
        )
        return self._table(
            Text("填报一致性", "consistency"), columns, rows or [(str(_NONE), "", "")]
        )

    def _papers(self, _: Item | None, __: Facts) -> Table:
        """Say what to hold ready, and what it proves."""
        between = str(Text("、", ", "))
        rows = [(paper, between.join(what)) for paper, what in papers_of(self.page.book).items()]
        columns = (
            TableColumn(str(Text("材料", "paper")), "left", 3),
            TableColumn(str(Text("用来证明", "what it proves")), "left", 3),
        )
        return self._table(Text("要准备的材料", "papers to hold ready"), columns, rows)


def _rough(value: float, *, money: bool) -> Fact:
    """Print a figure about which nobody is told more than two digits."""
    if not money:
        return Fact(value, "number", 0)
    fact = Fact(round(value), "money", 0)
    whole = fact.printed(current_language()).lstrip("-")
    one_digit = whole[1:2] not in set(
        "0123456789,"
    )  # such as 1.3 亿元, of which 1 亿元 would tell too little
    return replace(fact, decimals=1) if one_digit else fact


_NONE = Text("无", "none")
_KINDS = {"new": Text("新申报", "new application"), "review": Text("复核", "review")}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
