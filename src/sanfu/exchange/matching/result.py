"""What a match gives back: a frame, reasons, and what was left out; each viewer sees its part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.access import OFFICER, Viewer, may_see, show_need
from sanfu.exchange.matching.reasons import Reason, find_reasons
from sanfu.exchange.offers import OFFER_COLUMNS, TEXT_FIELDS
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sanfu.exchange.matching.conditions import Outcome
    from sanfu.exchange.matching.query import Query
    from sanfu.exchange.matching.settings import Settings
    from sanfu.exchange.needs import Condition, Need

_OUTCOMES: dict[str, Text] = {
    "met": Text("符合", "met"),
    "unmet": Text("不符合", "not met"),
    "unknown": Text("未知", "not known"),
}
_WHY: dict[str, Text] = {
    "no_words": Text("需求文字在供给中都没有出现", "no word of the need stands in any offer"),
    "conditions": Text("没有供给符合全部硬条件", "no offer meets all hard conditions"),
    "nothing": Text("没有合适的供给（相似度不足）", "nothing suitable: no offer is near enough"),
}


@dataclass(frozen=True)
class Unanswered:
    """A need for which nothing suitable was found, and why."""

    need: str
    why: Literal["no_words", "conditions", "nothing"]
    allowed: int
    """Offers that met its hard conditions."""
    nearest: float | None
    """The probability of the nearest offer."""

    def in_words(self) -> Text:
        """Give the reason as a sentence."""
        return _WHY[self.why]


@dataclass(frozen=True)
class Hit:
    """One offer for one need."""

    need: str
    offer: str
    party: str
    """The offer's firm; its id stands for the party beside the offer's own."""
    name: str
    title: str
    rank: int
    score: float
    bm25: float
    similarity: float | None
    reasons: tuple[Reason, ...]
    outcomes: tuple[tuple[Condition, Outcome], ...]
    weights: tuple[tuple[str, float], ...]
    """The need's telling terms that were searched, heaviest first; the trace of the score."""
    synthetic: bool

    @classmethod
    def make(
        cls,
        *,
        need: Need,
        query: Query,
        offer: Mapping[str, Any],
        rank: int,
        score: float,
        bm25: float,
        similarity: float | None,
        outcomes: Sequence[tuple[Condition, Outcome]],
    ) -> Hit:
        """Put a hit together and find its reasons."""
        fields: dict[str, list[str]] = {}
        for name in TEXT_FIELDS:
            value = offer[name]
            if value:
                fields[name] = list(value) if OFFER_COLUMNS[name] == pl.List(pl.String) else [value]
        order = sorted(
            zip(query.terms.tolist(), query.weights.tolist(), strict=True),
            key=lambda pair: (-pair[1], pair[0]),
        )
        return cls(
            need=need.id,
            offer=offer["offer"],
            party=offer["firm"] or "",
            name=offer["name"] or "",
            title=offer["title"] or "",
            rank=rank,
            score=score,
            bm25=bm25,
            similarity=similarity,
            reasons=find_reasons(f"{need.title}\n{need.body()}", query, fields),
            outcomes=tuple(outcomes),
            weights=tuple((query.spelled[code], weight) for code, weight in order[:20]),
            synthetic=bool(offer["synthetic"]),
        )

    def ranked(self, rank: int) -> Hit:
        """Give the same hit at another rank."""
        return replace(self, rank=rank)

    def reasons_text(self) -> Text:
        """Give words and conditions that speak for the hit, in one line."""
        words = [reason.in_words() for reason in self.reasons]
        met = [condition.label() for condition, outcome in self.outcomes if outcome == "met"]
        zh = [w.zh for w in words] + [f"符合{c.zh}" for c in met]
        en = [w.en for w in words] + [f"meets {c.en}" for c in met]
        return Text("；".join(zh), "; ".join(en))


class Matches:
    """Ranked pairs of needs and offers.

    Every list, reason and export goes through the viewer: `for_viewer` gives a result that holds
    only the needs that viewer may see, as it may see them.
    """

    def __init__(
        self,
        needs: Sequence[Need],
        hits: Sequence[Hit],
        unanswered: Sequence[Unanswered],
        *,
        settings: Settings,
        by: Literal["need", "offer"] = "need",
        viewer: Viewer = OFFICER,
    ) -> None:
        self._needs = {need.id: need for need in needs}
        self.hits = tuple(hits)
        self._of_need: dict[str, list[Hit]] = {}
        for hit in self.hits:
            self._of_need.setdefault(hit.need, []).append(hit)
        self.unanswered = tuple(unanswered)
        self.settings = settings
        self.by = by
        self.viewer = viewer

    def __repr__(self) -> str:
        """Give the size and nothing of the content."""
        return f"Matches({len(self._needs)} needs, {len(self.hits)} hits)"

    @property
    def needs(self) -> list[Need]:
        """Give the needs, as the viewer may see them."""
        return list(self._needs.values())

    def parties(self, need: str) -> frozenset[str]:
        """Give the ids of the parties that the result lists for a need."""
        hits = self._of_need.get(need, ())
        listed = {one for hit in hits for one in (hit.offer, hit.party)}
        return frozenset(listed - {""})

    def for_viewer(self, viewer: Viewer) -> Matches:
        """Give the part of the result that a viewer may see.

        An officer sees all. A party sees its own needs with all their hits, and of others' needs
        only that they match its own offers; anyone else sees no pairs, only public needs.
        """
        if viewer.officer:
            return self
        needs, hits, unanswered = [], [], []
        for need in self._needs.values():
            parties = self.parties(need.id)
            shown = show_need(need, viewer, parties)
            if shown is None or not may_see(need, viewer, parties):
                continue
            needs.append(shown)
            own = bool(need.firm) and need.firm in viewer.parties
            hits += [
                hit
                for hit in self._of_need.get(need.id, ())
                if (own or not viewer.parties.isdisjoint({hit.offer, hit.party} - {""}))
            ]
            unanswered += [one for one in self.unanswered if own and one.need == need.id]
        if self.by == "offer":
            hits.sort(key=lambda hit: (hit.offer, hit.rank))
        return Matches(needs, hits, unanswered, settings=self.settings, by=self.by, viewer=viewer)

    @property
    def frame(self) -> pl.DataFrame:
        """Give one row a hit: need, offer, score (0 to 1), rank (from 1), reasons, conditions."""
        return pl.DataFrame(
            [
                {
                    "need": hit.need,
                    "offer": hit.offer,
                    "score": hit.score,
                    "rank": hit.rank,
                    "reasons": str(hit.reasons_text()),
                    "name": hit.name,
                    "title": hit.title,
                    "similarity": hit.similarity,
                    "synthetic": hit.synthetic,
                }
                for hit in self.hits
            ],
            schema={
                "need": pl.String,
                "offer": pl.String,
                "score": pl.Float64,
                "rank": pl.Int64,
                "reasons": pl.String,
                "name": pl.String,
                "title": pl.String,
                "similarity": pl.Float64,
                "synthetic": pl.Boolean,
            },
        )

    @property
    def trace(self) -> pl.DataFrame:
        """Give a row a hit and telling term: the terms a score was made from, and their weights."""
        return pl.DataFrame(
            [
                {
                    "need": hit.need,
                    "offer": hit.offer,
                    "term": term,
                    "weight": weight,
                    "bm25": hit.bm25,
                }
                for hit in self.hits
                for term, weight in hit.weights
            ],
            schema={
                "need": pl.String,
                "offer": pl.String,
                "term": pl.String,
                "weight": pl.Float64,
                "bm25": pl.Float64,
            },
        )

    def explain(self, need: str, offer: str) -> Text:
        """Say in sentences why an offer stands where it does for a need.

        Raises
        ------
        InputError
            The viewer's result holds no such pair.
        """
        hit = next((one for one in self.hits if one.need == need and one.offer == offer), None)
        if hit is None:
            raise InputError(
                Text(
                    f"结果中没有需求“{need}”与供给“{offer}”这一对；可用的见 .frame。",
                    f"the result has no pair of need “{need}” and offer “{offer}”; see .frame.",
                )
            )
        title = self._needs[need].title
        who, chance = hit.name or hit.offer, f"{hit.score:.0%}"
        zh = [
            f"需求“{title}” ← {who}（第 {hit.rank} 位，合适的概率 {chance}；供参考，不是评价）",
        ]
        stands = f"rank {hit.rank}, probability of being suitable {chance}"
        en = [f"Need “{title}” ← {who} ({stands}; for reference, not a verdict)"]
        for reason in hit.reasons:
            zh.append(f"· {reason.in_words().zh}")
            en.append(f"· {reason.in_words().en}")
        for condition, outcome in hit.outcomes:
            kind = Text("硬条件", "hard condition") if condition.hard else Text("偏好", "wish")
            zh.append(f"· {kind.zh} {condition.label().zh}：{_OUTCOMES[outcome].zh}")
            en.append(f"· {kind.en} {condition.label().en}: {_OUTCOMES[outcome].en}")
        if hit.synthetic:
            zh.append("· 合成数据")
            en.append("· synthetic data")
        return Text("\n".join(zh), "\n".join(en))

    def to_excel(self, path: Path | str) -> None:
        """Write the pairs and the needs without an answer as a workbook."""
        titles = {need.id: need.title for need in self.needs}
        pairs = self.frame.with_columns(
            need_title=pl.col("need").replace_strict(titles, default="", return_dtype=pl.String)
        )
        missed = pl.DataFrame(
            [
                {
                    "need": one.need,
                    "need_title": titles.get(one.need, ""),
                    "why": str(one.in_words()),
                    "allowed": one.allowed,
                    "nearest": one.nearest,
                }
                for one in self.unanswered
            ],
            schema={
                "need": pl.String,
                "need_title": pl.String,
                "why": pl.String,
                "allowed": pl.Int64,
                "nearest": pl.Float64,
            },
        )
        note = Text(
            "匹配结果由文字相似度算出，供参考，不是评价；概率按有等级标注的需求与成果校准。",
            "Matches are computed from texts, for reference, not a verdict; probabilities are "
            "calibrated on graded pairs of needs and achievements.",
        )
        synthetic = [str(Text("合成数据", "synthetic data"))] if pairs["synthetic"].any() else []
        write_workbook(
            path,
            [
                Sheet(str(Text("匹配", "matches")), pairs, _PAIR_COLUMNS, [str(note), *synthetic]),
                Sheet(str(Text("未匹配", "unanswered")), missed, _MISSED_COLUMNS),
            ],
        )


_PAIR_COLUMNS = (
    Column("need", Text("需求编号", "need")),
    Column("need_title", Text("需求名称", "need's title"), width=36),
    Column("rank", Text("名次", "rank"), "integer", 8),
    Column("offer", Text("供给编号", "offer")),
    Column("name", Text("企业/机构", "firm or provider"), width=30),
    Column("title", Text("供给名称", "offer's title"), width=30),
    Column(
        "score",
        Text("合适的概率", "probability"),
        "percent",
        meaning=Text(
            "专家认为合适的概率，由文字算出并按标注数据校准",
            "probability that an expert finds it suitable, from the texts, calibrated",
        ),
    ),
    Column(
        "reasons",
        Text("理由", "reasons"),
        width=80,
        meaning=Text(
            "需求与供给原文中共有的词、产品、专利，以及符合的条件",
            "words, products and patents that stand in both texts, and the conditions met",
        ),
    ),
)
_MISSED_COLUMNS = (
    Column("need", Text("需求编号", "need")),
    Column("need_title", Text("需求名称", "need's title"), width=36),
    Column("why", Text("原因", "why"), width=44),
    Column("allowed", Text("符合硬条件的供给数", "offers meeting the hard conditions"), "integer"),
    Column("nearest", Text("最接近的概率", "probability of the nearest"), "percent"),
)
