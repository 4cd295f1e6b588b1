"""Where the numbers of a firm's page come from: its clauses, its figures, its plan, its peers."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sanfu.content.measures import measures
from sanfu.language import Text
from sanfu.report.blocks import Trace
from sanfu.report.facts import Derived, Fact, Kind
from sanfu.report.materials.firm_criteria import clause_label, clause_words, columns_of
from sanfu.report.materials.ledger_traces import ledger_version

if TYPE_CHECKING:
    from sanfu.report.facts import Facts, Show
    from sanfu.report.firm import FirmPage


OUTCOMES = Kind(
    Text("自检结果", "outcomes of the self-check"),
    Text(
        "逐条按规则书判定，再数出各结果的条数；差距 = 要求 − 数值",
        "each condition judged by the rulebook, then counted by outcome; gap = asked − value",
    ),
)
SCORES = Kind(
    Text("评价得分", "the score"),
    Text(
        "Σ 各评分项得分；平台测评分照台账所记",
        "Σ points of the scored items; the platform's score as the ledger has it",
    ),
)
PLAN = Kind(
    Text("最省的提升办法", "the way up of least change"),
    Text(
        "使规则书各条件都成立、变动之和最小的一组改变（整数规划）；"
        "最早可能符合的日期 = 各步用时之后；每步为的是少了它就不成立的条件",
        "the changes of least sum under which the rulebook's conditions hold (integer program); "
        "the earliest day comes after the time of its steps; a step is for the conditions that "
        "would not hold without it",
    ),
)
SERVICES = Kind(
    Text("可找的服务", "services to ask for"),
    Text("按短板对照服务对应表", "what is short, looked up in the table of services"),
)
CONSISTENCY = Kind(
    Text("填报一致性", "consistency of the filing"),
    Text(
        "按一致性规则核对本企业填报的各数，列出并数出不合的条数",
        "the firm's own figures held to the rules of consistency; those broken listed and counted",
    ),
)
PEERS = Kind(
    Text("与同类比较", "beside its peers"),
    Text(
        "同类企业该指标有数的户数；分位数处最近几户的平均，取两位有效数字；不列任何一家",
        "count of the peers that have the figure; the mean of the firms nearest to each quantile, "
        "to two significant figures; no firm is listed",
    ),
)
TITLES = Kind(
    Text("称号的日期", "dates of titles"),
    Text("台账中同一层级称号里最晚的到期日", "the last expiry among the ledger's titles of a tier"),
)
JOINED = Text("由规则书的下级条款合成", "joined from the clauses below it, as the rulebook says")
STEPPED = Text("按规则书的分档给分", "points by the steps of the rulebook")
AS_READ = Text("照台账所记", "as the ledger has it")


class FirmTraces:
    """Makes the numbers of one firm's page, each with its trace, found when it is printed."""

    def __init__(self, page: FirmPage) -> None:
        self.page = page

    def fact(
        self, kind: Kind, value: float | str | None, show: Show = "words", decimals: int = 1
    ) -> Fact:
        """Give what the check, the plan, the peers say; words that hold no number need no trace."""
        if isinstance(value, str) and not any(sign.isdigit() for sign in value):
            return Fact(value)
        return self.led(kind, Fact(value, show, decimals))

    def led(self, kind: Kind, fact: Fact) -> Fact:
        """Give a fact with the trace of its kind."""
        return replace(fact, trace=partial(self._derived, kind), home=f"firm.{kind.what.en}")

    def place(self, facts: Facts, kind: Kind, name: str, words: str) -> str:
        """Give the place of such words in a sentence."""
        return f"{{{facts.add(name, self.fact(kind, words))}}}"

    def clause(self, name: str, value: float | str | None, show: Show = "words") -> Fact:
        """Give what the check says of one clause."""
        return Fact(value, show, trace=partial(self._clause, name), home=f"clause.{name}")

    def figure(self, column: str, value: object) -> Fact:
        """Give one of the firm's own figures; `column` is of the check, as ``revenue_1``."""
        name, year = self._measure(column)
        measure = measures()[name]
        trace = partial(self._figure, column, f"{measure.label()} {year}")
        home = f"firm.{name}.{year}"
        if measure.kind == "money":
            return Fact(int(str(value)), "money", 1, trace, home)
        return Fact(float(str(value)), "number", 0, trace, home)

    @cached_property
    def rulebook(self) -> str:
        """Name the rulebook and its hash."""
        book = self.page.book.rulebook
        return f"{book.rulebook} {book.content_hash()[:16]}"

    @cached_property
    def _ledger(self) -> tuple[str, str]:
        return ledger_version(self.page.ledger)

    def _derived(self, kind: Kind) -> Derived:
        page = self.page
        inputs: list[tuple[str, str | Fact]] = []
        if kind is PEERS:
            inputs.append((str(Text("同类", "peers")), str(page.peer_group)))
        elif kind is TITLES:
            for tier, batch, day in page.titles.select("tier", "batch", "expires").iter_rows():
                inputs.append((f"{tier} {batch or ''}".strip(), "—" if day is None else str(day)))
        else:
            inputs.append((str(Text("规则书", "rulebook")), self.rulebook))
            inputs.append((str(Text("测算日", "as of")), page.on.isoformat()))
        if kind in (OUTCOMES, SCORES):
            inputs += self._clauses(kind)
        inputs.append((str(Text("最近完整年度", "last full year")), str(page.year)))
        return Derived(str(kind.what), str(kind.formula), (*inputs, self._ledger))

    def _clauses(self, kind: Kind) -> list[tuple[str, Fact]]:
        """Give the clauses that are counted or summed, each leading on to its own trace."""
        from sanfu.ladder import OUTCOME_WORDS, VERDICT  # noqa: PLC0415 - when a trace is written

        book = self.page.book
        scored = tuple(one.id for one in book.indicators)
        wanted = book.by_id[VERDICT].children if kind is OUTCOMES else scored
        part = "outcome" if kind is OUTCOMES else "points"
        found = dict(self.page.criteria.select("criterion", part).iter_rows())
        return [
            (
                clause_label(book, name),
                self.clause(name, str(OUTCOME_WORDS[found[name]]))
                if kind is OUTCOMES
                else self.clause(name, found[name], "count"),
            )
            for name in wanted
        ]

    def _clause(self, name: str) -> Trace:
        book = self.page.book
        article = (str(Text("条款", "article")), book.inherited(name, "article") or "—")
        cells = (cell for column in columns_of(book, name) for cell in self._cells(column))
        words = clause_words(book, name)
        said = str(words) or str(JOINED if name in book.by_id else STEPPED)
        return Trace("", clause_label(book, name), said, (article,), tuple(cells))

    def _figure(self, column: str, what: str) -> Trace:
        return Trace("", what, str(AS_READ), (self._ledger,), tuple(self._cells(column)))

    def _measure(self, column: str) -> tuple[str, int]:
        stem, _, back = column.rpartition("_")
        if back in ("1", "2") and stem in measures():
            return stem, self.page.year - int(back)
        return column, self.page.year

    def _cells(self, column: str) -> list[str]:
        """Follow a measure of the check home to the cells of the files."""
        name, year = self._measure(column)
        if name not in measures():
            return []
        at = year if measures()[name].frame == "figures" else None
        return self.page.cells.get((name, at), self.page.cells.get((name, None), []))[:2]
