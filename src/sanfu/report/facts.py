"""Numbers that documents print: exact rounding, units by language, and the trace of each.

A fact is a number with its unit, its decimals and where it came from. Sentences name facts and
never carry a number of their own, so that every printed number can be followed home.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from sanfu.errors import SanfuError
from sanfu.language import Text
from sanfu.report.blocks import Reference, Trace, Traced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sanfu.language import Language
    from sanfu.report.blocks import Inline, Line

Show = Literal["number", "count", "percent", "money", "rank", "words", "signed", "date"]
_YI, _WAN, _YUAN = Decimal(10_000_000_000), Decimal(1_000_000), Decimal(100)


class UnknownFact(SanfuError):
    """A sentence names a fact that the results do not have."""

    def __init__(self, name: str, known: Mapping[str, Fact]) -> None:
        from difflib import get_close_matches  # noqa: PLC0415 - when something is wrong

        near = get_close_matches(name, known, n=3)
        hint = "、".join(near) if near else "—"
        super().__init__(
            Text(
                f"没有名为“{name}”的数。相近的有：{hint}。",
                f"no fact “{name}”. Near: {hint}.",
            )
        )
        self.name = name


@dataclass(frozen=True)
class Derived:
    """How a number was worked out, of facts that have traces of their own.

    It becomes a `Trace` when the document is made: each input that is a fact with a home then
    leads on to its own trace, so that the chain goes down to the cells.
    """

    what: str
    formula: str
    inputs: tuple[tuple[str, str | Fact], ...] = ()
    cells: tuple[str, ...] = ()
    total: int = 0


Origin = Trace | Derived


@dataclass(frozen=True)
class Fact:
    """One number or name that a sentence may print.

    Parameters
    ----------
    value
        The exact value: money in fen, a percent as a fraction of 1. None prints as missing.
    show
        How it is printed.
    decimals
        Digits after the point, rounded half up on the exact decimal value.
    trace
        Where it came from, or a function that finds it, called only if the fact is printed; its
        key is given when the document is made. A number that is a result has one.
    home
        The name under which its trace is kept, whatever the fact is called where it is printed.
        Facts of one home share one trace: the same number on two pages, or the cells of a table
        that one formula gives.
    """

    value: int | float | Decimal | Fraction | str | None
    show: Show = "number"
    decimals: int = 1
    trace: Origin | Callable[[], Origin] | None = field(default=None, repr=False, compare=False)
    home: str = ""

    def printed(self, language: Language) -> str:
        """Give the fact as it is printed."""
        if self.value is None:
            return "缺" if language == "zh" else "missing"
        if isinstance(self.value, str):
            return self.value
        number = exact(self.value)
        match self.show:
            case "count" | "rank":
                return grouped(number, 0)
            case "percent":
                return grouped(number * 100, self.decimals) + "%"
            case "money":
                return money(number, language, self.decimals)
            case "signed":
                return ("+" if rounded(number, self.decimals) > 0 else "") + grouped(
                    number, self.decimals
                )
            case _:
                return grouped(number, self.decimals)


def exact(value: float | Decimal | Fraction) -> Decimal:
    """Give a number as a decimal; a float by its shortest text, which is what a reader sees."""
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    if isinstance(value, float):
        return Decimal(repr(float(value)))  # NumPy's own repr names its type
    return Decimal(value)


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Round half up (四舍五入), as a reader does by hand: 61.25 is 61.3."""
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def grouped(number: Decimal, decimals: int) -> str:
    """Print with thousands separators; a negative zero prints as zero."""
    value = rounded(number, decimals)
    return f"{value or abs(value):,}"


def money(fen: Decimal, language: Language, decimals: int = 1) -> str:
    """Print money: in Chinese 亿元, 万元 or 元 by size, in English billion, million or yuan."""
    if language == "zh":
        for size, unit in ((_YI, "亿元"), (_WAN, "万元")):
            if abs(fen) >= size:
                return grouped(fen / size, decimals) + unit
        return grouped(fen / _YUAN, 0) + "元"
    for size, unit in ((Decimal(10**11), "bn yuan"), (Decimal(10**8), "m yuan")):
        if abs(fen) >= size:
            return f"{grouped(fen / size, decimals)} {unit}"
    return f"{grouped(fen / _YUAN, 0)} yuan"


class Kind(NamedTuple):
    """What a number is and how it is worked out; numbers of one kind share a trace."""

    what: Text
    formula: Text


class Facts(Mapping[str, Fact]):
    """All facts of a document by name, and the traces of those that were printed."""

    def __init__(self, facts: Mapping[str, Fact], language: Language) -> None:
        self._facts = dict(facts)
        self._language: Language = language
        self._keys: dict[str, str] = {}
        self._homes: dict[str, Fact] = {}

    def __getitem__(self, name: str) -> Fact:
        if name not in self._facts:
            raise UnknownFact(name, self._facts)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def add(self, name: str, fact: Fact) -> str:
        """Add a fact made while writing, and give its name."""
        self._facts[name] = fact
        return name

    def print(self, name: str) -> Inline:
        """Give a fact as running text, linked to its trace where it has one."""
        fact = self[name]
        words = fact.printed(self._language)
        return words if fact.trace is None else Traced(words, self._key(fact, name))

    def link(self, fact: Fact) -> str:
        """Give the key of a fact's trace, for what leads to it without printing the fact."""
        return "" if fact.trace is None else self._key(fact, fact.home)

    def traces(self) -> dict[str, Trace]:
        """Give the traces of the facts printed so far and of all that those derive from."""
        made: dict[str, Trace] = {}
        while len(made) < len(self._keys):  # a trace may lead to facts not met before
            for home in list(self._keys)[len(made) :]:
                made[self._keys[home]] = self._trace(self._homes[home], self._keys[home])
        return made

    def _key(self, fact: Fact, name: str) -> str:
        home = fact.home or name
        self._homes.setdefault(home, fact)
        return self._keys.setdefault(home, f"n{len(self._keys) + 1}")

    def _trace(self, fact: Fact, key: str) -> Trace:
        found = fact.trace() if callable(fact.trace) else fact.trace
        assert found is not None  # noqa: S101 - only facts with traces have keys
        if isinstance(found, Trace):
            return replace(found, key=key)
        inputs = tuple((name, self._input(value)) for name, value in found.inputs)
        return Trace(key, found.what, found.formula, inputs, found.cells, found.total)

    def _input(self, value: str | Fact) -> Inline:
        if isinstance(value, str):
            return value
        words = value.printed(self._language)
        leads = value.trace is not None and value.home
        return Traced(words, self._key(value, value.home)) if leads else words


_POINTER = "ref:"
_PLACE = re.compile(r"\{([a-z0-9_.:-]+)\}", re.IGNORECASE)


def fill_in(sentence: str, facts: Facts) -> Line:
    """Fill the places ``{name}`` of a sentence with facts, each linked to its trace.

    ``{ref:anchor}`` points at a figure, table or heading and prints its number or title.

    Raises
    ------
    UnknownFact
        A place names a fact that is not there; nothing is left blank silently.
    """
    parts: list[Inline] = []
    last = 0
    for place in _PLACE.finditer(sentence):
        if place.start() > last:
            parts.append(sentence[last : place.start()])
        name = place[1]
        pointer = name.startswith(_POINTER)
        parts.append(Reference(name.removeprefix(_POINTER)) if pointer else facts.print(name))
        last = place.end()
    if last < len(sentence):
        parts.append(sentence[last:])
    return tuple(parts)
