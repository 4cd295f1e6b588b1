"""The dictionary of measures: one name for one idea across ledger, rules and frameworks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, RootModel

from sanfu.content.declaration import Declaration, read_declaration
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

MeasureKind = Literal[
    "money", "count", "share", "date", "years", "category", "flag", "text", "code", "points"
]
FrameName = Literal["firms", "figures", "titles", "tags", "inputs"]


class Measure(Declaration):
    """One measure: its name in code, its official term, its kind and the frame it lives in.

    Money is in integer fen, a share is a fraction of 1, a count is an integer.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    frame: FrameName
    kind: MeasureKind
    zh: str
    en: str
    headings: tuple[str, ...] = ()
    note: str = ""

    def label(self) -> Text:
        """Give the official term and its English."""
        return Text(self.zh, self.en)


class _Measures(RootModel[tuple[Measure, ...]]):
    """One file of the dictionary."""


@cache
def measures() -> Mapping[str, Measure]:
    """Give the whole dictionary, by name; every file beside this module is a part of it.

    Raises
    ------
    ValueError
        Two files give the same name.
    """
    found: dict[str, Measure] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for measure in read_declaration(path, _Measures).root:
            if measure.name in found:
                raise ValueError(f"{path.name} gives the measure {measure.name!r} a second time")
            found[measure.name] = measure
    return found
