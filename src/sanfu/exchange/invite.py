"""Invitations: who is invited to talk about which needs, each letter as its reader may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from sanfu.exchange.access import Viewer, relate, show_need
from sanfu.exchange.meetings.booths import booth_ids
from sanfu.exchange.needs import COOPERATION
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sanfu.exchange.matching.result import Hit, Matches
    from sanfu.exchange.meetings.event import Event, Wish
    from sanfu.exchange.needs import Need


_SERVICES = Text("（服务对接）", "(services)")


@dataclass(frozen=True)
class Invitation:
    """One letter to one party, with the needs it may answer."""

    party: str
    name: str
    needs: tuple[Need, ...]
    hits: tuple[Hit, ...]
    letter: Text


class Invitations:
    """The letters of a match."""

    def __init__(self, letters: tuple[Invitation, ...]) -> None:
        self.letters = letters

    def only(self, parties: Collection[str]) -> Invitations:
        """Give the letters to some parties, such as those for whom there is a seat."""
        return Invitations(tuple(one for one in self.letters if one.party in parties))

    def with_booths(self, held: Event, *, event: str = "") -> Invitations:
        """Add a letter to each provider with a booth, and to each guest who comes for services."""
        there = booth_ids(held)
        booths = {host.id: host.called() for host in held.hosts if host.id in there}
        asked: dict[str, list[Wish]] = {}
        for wish in held.wishes:
            if wish.host in booths:
                asked.setdefault(wish.host, []).append(wish)
                asked.setdefault(wish.guest, []).append(wish)
        names = {one.id: one.called() for one in (*held.guests, *held.hosts) if one.id in asked}
        letters = {one.party: one for one in self.letters}
        for party, name in sorted(names.items()):
            hosts = None if party in booths else booths
            letter = _write_booth_letter(name, asked[party], hosts, event, held)
            if party not in letters:
                letters[party] = Invitation(party, name, (), (), letter)
            elif party in booths:
                both = letters[party].letter
                both = Text(f"{both.zh}\n\n{letter.zh}", f"{both.en}\n\n{letter.en}")
                letters[party] = replace(letters[party], letter=both)
        return Invitations(tuple(letters.values()))

    @property
    def frame(self) -> pl.DataFrame:
        """Give one row a need in a letter: party, name, need, title, rank, score, reasons.

        A letter about services only is one row without a need.
        """
        return pl.DataFrame(
            [
                {
                    "party": letter.party,
                    "name": letter.name,
                    "need": need.id,
                    "title": need.title,
                    "rank": hit.rank,
                    "score": hit.score,
                    "reasons": str(hit.reasons_text()),
                }
                for letter in self.letters
                for need, hit in zip(letter.needs, letter.hits, strict=True)
            ]
            + [
                {"party": one.party, "name": one.name, "title": str(_SERVICES)}
                for one in self.letters
                if not one.needs
            ],
            schema={
                "party": pl.String,
                "name": pl.String,
                "need": pl.String,
                "title": pl.String,
                "rank": pl.Int64,
                "score": pl.Float64,
                "reasons": pl.String,
            },
        )

    def to_excel(self, path: Path | str) -> None:
        """Write the list of invitations and the letters."""
        letters = pl.DataFrame(
            [
                {"party": one.party, "name": one.name, "letter": str(one.letter)}
                for one in self.letters
            ],
            schema={"party": pl.String, "name": pl.String, "letter": pl.String},
        )
        party = Column("party", Text("邀请对象", "party"))
        name = Column("name", Text("名称", "name"), width=30)
        listed = (
            party,
            name,
            Column("need", Text("需求编号", "need")),
            Column("title", Text("需求名称", "need's title"), width=36),
            Column("rank", Text("名次", "rank"), "integer", 8),
            Column("score", Text("合适的概率", "probability"), "percent"),
            Column("reasons", Text("理由", "reasons"), width=80),
        )
        stamp = any("合成数据" in one.letter.zh for one in self.letters)
        notes = ["合成数据 / synthetic"] if stamp else []
        written = (party, name, Column("letter", Text("邀请函", "letter"), width=100))
        write_workbook(
            path,
            [
                Sheet(str(Text("邀请名单", "invitations")), self.frame, listed, notes),
                Sheet(str(Text("邀请函", "letters")), letters, written, notes),
            ],
        )


def invite(
    matches: Matches, *, event: str = "", per_need: int = 3, per_party: int = 5
) -> Invitations:
    """Write a letter to each party that stands among the first of a need.

    Parameters
    ----------
    matches
        An officer's matches, by need.
    event
        Its name, day and place, as they shall stand in the letter.
    per_need, per_party
        So many parties a need are invited (the calls shortlist 1 to 3), so many needs a letter.

    Returns
    -------
    Invitations
        A confidential need stands only in letters to parties to whom an officer released it.
    """
    by_party: dict[str, list[Hit]] = {}
    taken: dict[str, int] = {}
    needs = {need.id: need for need in matches.needs}
    for hit in sorted(matches.hits, key=lambda hit: (hit.need, hit.rank)):
        viewer = Viewer.party(hit.offer, hit.party)
        relation = relate(needs[hit.need], viewer, {hit.offer, hit.party} - {""})
        if relation != "matched" or taken.get(hit.need, 0) >= per_need:
            continue
        taken[hit.need] = taken.get(hit.need, 0) + 1
        by_party.setdefault(hit.party or hit.offer, []).append(hit)
    letters = []
    for party in sorted(by_party):
        hits = sorted(by_party[party], key=lambda hit: (-hit.score, hit.need))
        first: dict[str, Hit] = {}
        for hit in hits:
            first.setdefault(hit.need, hit)
        kept = tuple(first.values())[:per_party]
        viewer = Viewer.party(party, *(hit.offer for hit in hits))
        read = [show_need(needs[hit.need], viewer, matches.parties(hit.need)) for hit in kept]
        asked = tuple(need for need in read if need is not None)
        letter = _write_letter(kept[0].name or party, asked, kept, event)
        letters.append(Invitation(party, kept[0].name, asked, kept, letter))
    return Invitations(tuple(letters))


def _write_letter(name: str, needs: tuple[Need, ...], hits: tuple[Hit, ...], event: str) -> Text:
    zh = [
        f"{name}：",
        f"诚邀贵单位参加{event or '供需对接'}。以下 {len(needs)} 项需求可能与贵单位有关：",
    ]
    en = [f"To {name}:", f"You are invited to {event or 'a matching session'}."]
    en.append(f"These {len(needs)} needs may concern you:")
    for number, (need, hit) in enumerate(zip(needs, hits, strict=True), start=1):
        who = need.firm_name
        zh.append(f"{number}. {need.title}" + (f"（{who}）" if who else "（需求方暂不公开）"))
        en.append(f"{number}. {need.title}" + (f" ({who})" if who else " (the firm is not named)"))
        facts = _facts(need)
        zh += [f"   {fact.zh}" for fact in facts]
        en += [f"   {fact.en}" for fact in facts]
        reasons = hit.reasons_text()
        zh.append(f"   匹配理由：{reasons.zh}")
        en.append(f"   Why you: {reasons.en}")
    zh.append("匹配由文字自动算出，供参考；是否对接由双方决定。")
    en.append("The match was computed from texts, for reference; both sides decide.")
    if any(hit.synthetic for hit in hits) or any(need.synthetic for need in needs):
        zh.append("（合成数据）")
        en.append("(synthetic data)")
    return Text("\n".join(zh), "\n".join(en))


def _write_booth_letter(
    name: str, wishes: list[Wish], booths: dict[str, str] | None, event: str, held: Event
) -> Text:
    """Write to a guest of `booths`, or, without them, to a provider who has one."""
    count = len({wish.guest for wish in wishes})
    said = [*dict.fromkeys(wish.about for wish in wishes)]
    zh = [f"{name}：", f"诚邀贵单位参加{event or '供需对接'}。"]
    en = [f"To {name}:", f"You are invited to {event or 'a matching session'}."]
    if booths is None:
        zh.append(f"为贵单位设服务展位，约有 {count} 家企业可能需要以下服务：")
        en.append(f"You have a booth; some {count} firms may want these services:")
    else:
        names = [*dict.fromkeys(booths[wish.host] for wish in wishes)]
        zh.append(f"以下服务可能对贵单位有用，可在展位与{'、'.join(names)}洽谈：")
        en.append(f"These services may help you; meet {', '.join(names)} at their booths:")
    lines = [f"{number}. {about}" for number, about in enumerate(said, start=1)]
    zh += [*lines, "由自检差距和指数弱项自动算出，供参考。"]
    en += [*lines, "Computed from self-checks and indices, for reference."]
    if held.synthetic:
        zh.append("（合成数据）")
        en.append("(synthetic data)")
    return Text("\n".join(zh), "\n".join(en))


def _facts(need: Need) -> list[Text]:
    facts = []
    targets = "；".join(target.in_words() for target in need.targets) or need.targets_text
    if targets:
        facts.append(Text(f"目标：{targets}", f"Targets: {targets}"))
    sums = [s for s in (need.budget_least, need.budget_most) if s is not None]
    if sums:
        said = " – ".join(f"{value / 1_000_000:,.10g}" for value in dict.fromkeys(sums))
        facts.append(Text(f"预算：{said} 万元", f"Budget: {said} × 10,000 yuan"))
    elif need.negotiable:
        facts.append(Text("预算：面议", "Budget: to be agreed"))
    if need.deadline:
        facts.append(Text(f"期限：{need.deadline}", f"Deadline: {need.deadline}"))
    if need.cooperation:
        modes = [COOPERATION[mode] for mode in need.cooperation]
        facts.append(
            Text(
                "合作方式：" + "、".join(mode.zh for mode in modes),
                "Cooperation: " + ", ".join(mode.en for mode in modes),
            )
        )
    return facts
