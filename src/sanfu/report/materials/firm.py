"""What a firm's page offers to an outline: ``firm.…`` facts, tables and sentences."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content.measures import measures
from sanfu.exchange import sample_services, suggest_services
from sanfu.exchange.services import shipped_mapping
from sanfu.ladder import OUTCOME_WORDS, SELF_CHECK, TIER_WORDS, VERDICT, read_rulebook
from sanfu.ladder.plan_words import PLAN_NOTE, plan_words, step_words
from sanfu.ladder.shortfalls import gaps
from sanfu.language import Text, current_language
from sanfu.registry.titles import undated_note
from sanfu.report.blocks import Table, TableColumn, Trace
from sanfu.report.facts import Fact
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class _FirmMaterial:
    def __init__(self, page: FirmPage, least: int) -> None:
        self.page = page
        self.least = least
        self.synthetic = page.ledger.is_synthetic
        counts = page.criteria.filter(pl.col("criterion").is_in(self._first()))["outcome"]
        self.counts = {word: int((counts == word).sum()) for word in OUTCOME_WORDS}

    def material(self) -> Material:
        page = self.page
        names = {} if page.ledger.region is None else page.ledger.region.names()
        district = names.get(str(page.firm.get("district")), page.firm.get("district"))
        verdict = page.criteria.filter(pl.col("criterion") == VERDICT)["outcome"][0]
        book = self._book()
        facts = {
            "firm.name": Fact(page.name),
            "firm.code": Fact(page.code),
            "firm.uscc": Fact(_text(page.firm.get("uscc"))),
            "firm.district": Fact(_text(district)),
            "firm.products": Fact(_text(page.firm.get("products"))),
            "firm.holds": Fact(str(TIER_WORDS[page.holds]) if page.holds else str(_NONE)),
            "firm.next": Fact(str(TIER_WORDS[page.next])),
            "firm.kind": Fact(str(_KINDS[page.kind])),
            "firm.rulebook": Fact(f"{book.name.text()}（{book.rulebook}）"),
            "firm.on": Fact(page.on.isoformat()),
            "firm.year": Fact(str(page.year)),
            "firm.outcome": Fact(str(OUTCOME_WORDS[verdict])),
            "firm.self-check": Fact(str(SELF_CHECK)),
            "firm.plan-note": Fact(str(PLAN_NOTE)),
            "firm.ready": Fact(None if page.plan is None else page.plan.ready.isoformat()),
            "firm.peers": Fact(str(page.peer_group) if page.peers.height else None),
            "firm.findings": Fact(page.findings.height or None, "count"),
            **{f"firm.{word}": Fact(n, "count") for word, n in self.counts.items()},
        }
        return Material(
            facts=facts,
            tables={
                "firm.criteria": self._criteria,
                "firm.figures": self._figures,
                "firm.titles": self._titles,
                "firm.services": self._services,
                "firm.peers": self._peers,
                "firm.findings": self._findings,
                "firm.plan": self._plan,
            },
            sentences={"firm.gaps": self._gaps, "firm.evidence": self._evidence},
            synthetic=self.synthetic,
            made_from=(
                (str(Text("台账版本", "ledger version")), str(page.ledger.number)),
                (str(Text("台账哈希", "ledger hash")), page.ledger.hash),
                (str(Text("规则书", "rulebook")), f"{book.rulebook} {book.content_hash()[:16]}"),
            ),
        )

    def _book(self) -> Any:
        assert self.page.result is not None  # noqa: S101 - every page has its check
        return read_rulebook(self.page.result.book.rulebook)

    def _first(self) -> list[str]:
        assert self.page.result is not None  # noqa: S101 - every page has its check
        return list(self.page.result.book.by_id[VERDICT].children)

    def _criteria(self, _: Item | None, facts: Facts) -> Table:
        """Every criterion with its outcome, value, what is asked, and the article."""
        assert self.page.result is not None  # noqa: S101 - every page has its check
        book = self.page.result.book
        rows: list[tuple[Inline, ...]] = []
        by_name = {row["criterion"]: row for row in self.page.criteria.iter_rows(named=True)}
        for name in book.reading_order:
            row = by_name[name]
            clause = book.clause(name)
            depth = book.by_id[name].depth - 1 if name in book.by_id else 0
            verdict = Text("结论（自检）", "verdict (self-check)")
            label = str(verdict) if clause is None else str(clause.label.text())
            trace = Trace(
                "",
                label,
                _formula(book, name),
                ((str(Text("条款", "article")), book.inherited(name, "article") or "—"),),
                tuple(
                    cell
                    for column in _columns(book, name)
                    for cell in self._cells(column)
                ),
            ) if clause is not None else None  # fmt: skip
            cells: list[Inline] = ["　" * max(depth, 0) + label, str(OUTCOME_WORDS[row["outcome"]])]
            for key in ("value", "threshold", "gap"):
                shown = _amount(row[key], row["unit"])
                if shown is None or (key == "gap" and row["outcome"] == "met"):
                    cells.append("—")
                    continue
                fact = Fact(shown, "words", trace=trace)
                cells.append(facts.print(facts.add(f"firm.{name}.{key}", fact)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("条件", "criterion")), "left", 3),
            TableColumn(str(Text("自检结果", "outcome")), "left", 1),
            TableColumn(str(Text("数值", "value")), "right", 1.2),
            TableColumn(str(Text("要求", "asked")), "right", 1.2),
            TableColumn(str(Text("差距", "gap")), "right", 1.2),
        )
        return self._table(Text("逐条自检", "criterion by criterion"), columns, rows)

    def _cells(self, column: str) -> list[str]:
        """Follow a measure of the check home to the cells of the files."""
        stem, _, back = column.rpartition("_")
        year = self.page.year - int(back) if back in ("1", "2") and stem in measures() else None
        name = stem if year is not None else column
        if name not in measures():
            return []
        of_year = measures()[name].frame == "figures"
        at = (year or self.page.year) if of_year else None
        return self.page.cells.get((name, at), self.page.cells.get((name, None), []))[:2]

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
                trace = Trace("", f"{measure.label()} {year}", "", (), tuple(self._cells(column)))
                show = "money" if measure.kind == "money" else "number"
                number = float(str(value)) if show == "number" else int(str(value))
                fact = Fact(number, show, 0 if show == "number" else 1, trace)  # type: ignore[arg-type]
                cells.append(facts.print(facts.add(f"firm.{name}.{year}", fact)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("指标", "measure")), "left", 2),
            *(TableColumn(str(year), "right") for year in years),
        )
        return self._table(Text("近三年数据", "figures of three years"), columns, rows)

    def _titles(self, _: Item | None, __: Facts) -> Table:
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
        return self._table(Text("称号", "titles"), columns, rows or none, str(note or ""))

    def _services(self, _: Item | None, __: Facts) -> Table:
        assert self.page.result is not None  # noqa: S101 - every page has its check
        found = suggest_services(gaps(self.page.result, self.page.criteria))
        said = []
        for text, rule in found.frame.select(current_language(), "rule").iter_rows():
            near = _near(rule) if rule and self.synthetic else ()
            said.append(text + (f"（{'、'.join(near)}）" if near else ""))
        rows = [(text,) for text in dict.fromkeys(said)]
        none = Text("没有按数量可补的短板。", "no quantity is short.")
        columns = (TableColumn(str(Text("短板 → 可找的服务", "what is short → what helps"))),)
        caption = Text("可找的服务（供参考）", "services to ask for")
        mapping = found.mapping
        source = f"{mapping.id}@{mapping.version}：{mapping.note}"
        return self._table(caption, columns, rows or [(str(none),)], source)

    def _plan(self, _: Item | None, __: Facts) -> Table:
        plan, on, year = self.page.plan, self.page.on, self.page.year
        if plan is None or not plan.steps:
            rows: list[tuple[Inline, ...]] = [("—", str(plan_words(plan, on, year)))]
        else:
            rows = [
                (str(number), str(step_words(step, plan.ahead, year)))
                for number, step in enumerate(plan.steps, start=1)
            ]
        columns = (
            TableColumn("", "right", 0.3),
            TableColumn(str(Text("要做的改变", "what to change")), "left", 6),
        )
        return self._table(Text("最省的提升办法", "the way up of least change"), columns, rows)

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
                number = round(float(str(value))) if money else float(str(value))
                fact = Fact(number, "money" if money else "number", 1)
                cells.append(facts.print(facts.add(f"firm.peer.{row['measure']}.{key}", fact)))
            cells.append(f"{row['n']:,}")
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("指标", "measure")), "left", 1.6),
            TableColumn(str(Text("本企业", "this firm")), "right"),
            TableColumn(str(Text("下四分位", "lower quartile")), "right"),
            TableColumn(str(Text("中位数", "median")), "right"),
            TableColumn(str(Text("上四分位", "upper quartile")), "right"),
            TableColumn(str(Text("户数", "firms")), "right", 0.7),
        )
        caption = Text(
            f"与同类比较：{self.page.peer_group.zh}", f"peers: {self.page.peer_group.en}"
        )
        return self._table(caption, columns, rows)

    def _findings(self, _: Item | None, __: Facts) -> Table:
        language = current_language()
        rows = [
            (row[language], row["values"], row[f"remedy_{language}"])
            for row in self.page.findings.iter_rows(named=True)
        ]
        columns = (
            TableColumn(str(Text("问题", "finding")), "left", 2),
            TableColumn(str(Text("数值", "figures")), "left", 2),
            TableColumn(str(Text("怎么办", "remedy")), "left", 2),
        )
        return self._table(
            Text("填报一致性", "consistency"), columns, rows or [(str(_NONE), "", "")]
        )

    def _gaps(self, _: Item | None, __: Facts) -> list[str]:
        """Say what is short, what data are missing, what a person must judge."""
        assert self.page.result is not None  # noqa: S101 - every page has its check
        from sanfu.ladder.shortfalls import in_words  # noqa: PLC0415 - when a page is written

        words = in_words(self.page.result.book, self.page.criteria, "firm").row(0, named=True)
        said = [
            (Text("还差", "Short of"), words["short_of"]),
            (Text("缺数据", "Data missing"), words["lacks"]),
            (Text("需人工判断", "For a person to judge"), words["to_judge"]),
        ]
        lines = [f"{head}{Text('：', ': ')}{text}{Text('。', '.')}" for head, text in said if text]
        every = Text("按现有数据，各项条件都符合。", "On today's figures every criterion is met.")
        return [line.replace("{", "（").replace("}", "）") for line in lines] or [str(every)]

    def _evidence(self, _: Item | None, __: Facts) -> list[str]:
        """Say what to hold ready."""
        book = self._book()
        items = [str(one.text()) for one in book.evidence]
        if not items:
            return [
                str(Text("申报材料以主管部门通知为准。", "Papers as the authorities' notice says."))
            ]
        listed = str(Text("；", "; ")).join(items)
        return [str(Text(f"请准备：{listed}。", f"Hold ready: {listed}."))]

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


_NONE = Text("无", "none")
_KINDS = {"new": Text("新申报", "new application"), "review": Text("复核", "review")}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _amount(value: float | None, unit: str) -> str | None:
    """Print a value of a check with its unit."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()


def _formula(book: Any, name: str) -> str:
    clause = book.clause(name)
    return str(getattr(clause, "when", None) or getattr(clause, "of", None) or "")


def _columns(book: Any, name: str) -> tuple[str, ...]:
    """Name the measures that a leaf reads."""
    from sanfu.formula import names_in  # noqa: PLC0415 - when a page is written

    rule = book.by_id.get(name)
    return () if rule is None or rule.formula is None else names_in(rule.formula)
