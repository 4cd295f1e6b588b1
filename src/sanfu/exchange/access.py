"""Who may see which need, and what of it.

| need | officer | owner | a party that was matched | anyone |
|---|---|---|---|---|
| public | all | all | the text | the text |
| matched parties only | all | all | the text | nothing |
| confidential | all | all | the text, only if an officer released it to that party | nothing |

“The text” is the whole need where the firm is named; where it wished to stay unnamed, who asks
is left out and its names, code, address and telephone are blotted out of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sanfu.exchange.needs import Need

Relation = Literal["officer", "owner", "matched", "public"]

BLOT = "×××"
_WHO = ("firm", "firm_name", "short_name", "uscc", "group", "address", "contact", "phone")
_TEXT = ("title", "problem", "targets_text", "present", "payment", "ip_term", "chain")


@dataclass(frozen=True)
class Viewer:
    """Who looks: an officer, or a party by its firm, provider or offer ids, or no one known."""

    officer: bool = False
    parties: frozenset[str] = frozenset()

    @classmethod
    def party(cls, *ids: str) -> Viewer:
        """Give the viewer who is the party with these ids."""
        return cls(parties=frozenset(one for one in ids if one))


OFFICER = Viewer(officer=True)
ANYONE = Viewer()


def relate(need: Need, viewer: Viewer, matched: Collection[str] = ()) -> Relation:
    """Say what a viewer is to a need; `matched` are the parties that a match lists for it."""
    if viewer.officer:
        return "officer"
    if need.firm and need.firm in viewer.parties:
        return "owner"
    if not viewer.parties.isdisjoint(need.released_to):
        return "matched"
    if need.openness != "confidential" and not viewer.parties.isdisjoint(matched):
        return "matched"
    return "public"


def may_see(need: Need, viewer: Viewer, matched: Collection[str] = ()) -> bool:
    """Tell whether a viewer may know that this need exists."""
    return relate(need, viewer, matched) != "public" or need.openness == "public"


def show_need(need: Need, viewer: Viewer, matched: Collection[str] = ()) -> Need | None:
    """Give the need as a viewer may read it, or nothing.

    A party never reads to whom else a need was shown, nor which firms are excluded.
    """
    relation = relate(need, viewer, matched)
    if relation == "officer":
        return need
    if relation == "public" and need.openness != "public":
        return None
    if relation == "owner":
        return need.model_copy(update={"released_to": ()})
    open_conditions = tuple(c for c in need.conditions if not c.kind.startswith("exclude"))
    shown = need.model_copy(update={"released_to": (), "conditions": open_conditions})
    return hide_owner(shown) if need.unnamed else shown


def owner_of(need: Need) -> str:
    """Give the id under which who asks sits at a table: its firm, its name where it may be said."""
    return need.firm or ("" if need.unnamed else need.firm_name) or need.id


def show_needs(
    needs: Iterable[Need], viewer: Viewer, matched: Collection[tuple[str, str]] = ()
) -> list[Need]:
    """Give the needs that a viewer may read, each as it may be read.

    `matched` holds pairs of a need's id and a party's id.
    """
    parties: dict[str, set[str]] = {}
    for need, party in matched:
        parties.setdefault(need, set()).add(party)
    shown = (show_need(need, viewer, parties.get(need.id, ())) for need in needs)
    return [need for need in shown if need is not None]


def hide_owner(need: Need) -> Need:
    """Blot out who asks, in the fields and in the text."""
    changes: dict[str, object] = dict.fromkeys(_WHO, "")
    changes |= {name: blot(getattr(need, name), need) for name in _TEXT}
    changes["keywords"] = tuple(blot(word, need) for word in need.keywords)
    changes["targets"] = tuple(
        target.model_copy(update={"name": blot(target.name, need)}) for target in need.targets
    )
    return need.model_copy(update=changes)


def identifying(need: Need) -> tuple[str, ...]:
    """Give the words that would tell who asks, longest first."""
    words = [
        need.firm_name,
        bare_name(need.firm_name),
        need.short_name,
        need.uscc,
        need.group,
        need.address,
        need.contact,
        need.phone,
        re.sub(r"\D", "", need.phone),
    ]
    return tuple(sorted({w for w in words if len(w) >= 2}, key=lambda w: (-len(w), w)))


def bare_name(name: str) -> str:
    """Give a legal name without its place and its form: “上海甲乙材料有限公司” → “甲乙材料”."""
    bare = re.sub(r"(股份|集团|科技)?(有限|有限责任|股份)?公司$", "", name)
    bare = re.sub(r"[（(][^（）()]*[）)]", "", bare)
    bare = re.sub(r"^(上海市?|中国)", "", bare)
    return bare if len(bare) >= 2 and bare != name else ""


def blot(text: str, need: Need) -> str:
    """Blot the words out of a text that would tell who asks, in whatever case and width."""
    for word in identifying(need):
        loose = r"[\s\-]*".join(_either(letter) for letter in word if not letter.isspace())
        text = re.sub(loose, BLOT, text, flags=re.IGNORECASE)
    return text


def _either(letter: str) -> str:
    """Match a character in half or full width."""
    code = ord(letter)
    if 0x21 <= code <= 0x7E:
        return f"[{re.escape(letter)}{chr(code + 0xFEE0)}]"
    if 0xFF01 <= code <= 0xFF5E:
        return f"[{letter}{re.escape(chr(code - 0xFEE0))}]"
    return re.escape(letter)
