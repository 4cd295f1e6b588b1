"""What results offer to a report: facts, figures, tables, sentences and lists, each under a name.

A room's material is made by one function a result; outlines then name what they use. The names are
``<result>.<thing>``; a thing that belongs to one item of a list is asked for with that item.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sanfu.report.blocks import Table
    from sanfu.report.facts import Fact, Facts
    from sanfu.report.figures import Figure
    from sanfu.report.linked import Withheld


class Item(NamedTuple):
    """One item of a list that chapters repeat over, such as a district."""

    code: str
    name: Text


class NothingToShow(SanfuError):
    """A figure, table or run of sentences has nothing to show; the report says so in its place."""


class MissingMaterial(SanfuError):
    """An outline names what the results given do not offer."""

    def __init__(self, kind: Text, name: str, known: Sequence[str]) -> None:
        listed = "、".join(sorted(known)) or "—"
        super().__init__(
            Text(
                f"提纲用到的{kind.zh}“{name}”不在所给结果之内。可用的有：{listed}。",
                f"the outline's {kind.en} “{name}” is not offered by the results given. "
                f"Offered: {listed}.",
            )
        )


@dataclass(frozen=True)
class Material:
    """Everything that one or more results offer."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    facts_of: Mapping[str, Callable[[Item], Mapping[str, Fact]]] = field(default_factory=dict)
    """List name → facts of one of its items, named without the leading ``it.``."""
    lists: Mapping[str, Sequence[Item] | Callable[[Item | None], Sequence[Item]]] = field(
        default_factory=dict
    )
    """A list, or a function that gives the list that belongs to the item written about."""
    figures: Mapping[str, Callable[[Item | None], Figure]] = field(default_factory=dict)
    tables: Mapping[str, Callable[[Item | None, Facts], Table]] = field(default_factory=dict)
    sentences: Mapping[str, Callable[[Item | None, Facts], Sequence[str]]] = field(
        default_factory=dict
    )
    synthetic: bool = False
    made_from: tuple[tuple[str, str], ...] = ()
    withheld: Mapping[str, Callable[[], Sequence[Withheld]]] = field(default_factory=dict)
    """Name of a fact, figure, table or sentences → what it does not print, to protect firms."""
    without: Mapping[str, Text] = field(default_factory=dict)
    """Result that the office's data do not allow → why; what an outline names of it and is not
    offered is left out, and the report says so once a chapter."""

    def __or__(self, other: Material) -> Material:
        """Join two results' material; a name given by both is the right one's."""
        return Material(
            {**self.facts, **other.facts},
            {**self.facts_of, **other.facts_of},
            {**self.lists, **other.lists},
            {**self.figures, **other.figures},
            {**self.tables, **other.tables},
            {**self.sentences, **other.sentences},
            self.synthetic or other.synthetic,
            self.made_from + other.made_from,
            {**self.withheld, **other.withheld},
            {**self.without, **other.without},
        )

    def why_not(self, name: str) -> Text | None:
        """Give why a result's thing cannot be had from the office's data, if so."""
        return self.without.get(name.partition(".")[0])
