"""Print true values the way offices do, with measured dirt, and write down what was done.

Each function takes true values (n,) and gives a `Printed`: what stands in the cells, what an honest
reader must get back from them, and which fault was put in. What cannot be told from the cell is
declared undecidable here, not left to the reader to guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import numpy as np

FEN = {"元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10_000_000_000}
FULL_WIDTH = str.maketrans("0123456789.-,", "０１２３４５６７８９．－，")
NOTHING = ("—", "-", "/", "无", "")
"""What offices write where there is no value."""
UNREADABLE = 0.0006
"""Share of numbers that no one can read for sure (约1200, 12O5); assumed."""
TEXT_NUMBER = 0.06
"""Share of numbers kept as text with thousands separators or full-width digits; assumed."""
CONFUSED = {"0": "O", "1": "I", "2": "Z", "5": "S"}


@dataclass
class Printed:
    """A column as it is printed.

    Attributes
    ----------
    shown
        (n,) what stands in the cells: text, number, date or None.
    value
        (n,) what a reader must get, as text: fen, whole numbers, ISO days, ``true``/``false``;
        None where the cell says nothing or cannot be decided.
    fault
        (n,) kind of the fault put in, or None.
    undecidable
        (n,) the cell says something that cannot be read for sure.
    """

    shown: list[Any]
    value: list[str | None]
    fault: list[str | None] = field(default_factory=list)
    undecidable: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fault = self.fault or [None] * len(self.shown)
        self.undecidable = self.undecidable or [False] * len(self.shown)

    def spoil(self, rows: Sequence[int], fault: str, how: Callable[[Any], Any]) -> None:
        """Change the shown cells of some rows without changing what they say."""
        for row in rows:
            if self.shown[row] is not None:
                self.shown[row] = how(self.shown[row])
                self.fault[row] = fault

    def hide(self, rows: Sequence[int], fault: str, how: Callable[[Any], Any]) -> None:
        """Change the shown cells of some rows so that nobody can say what they mean."""
        for row in rows:
            if self.shown[row] is not None:
                self.shown[row] = how(self.shown[row])
                self.value[row], self.fault[row], self.undecidable[row] = None, fault, True


def pick(rng: np.random.Generator, n: int, rate: float) -> list[int]:
    """Choose rows at a rate."""
    return [int(row) for row in (rng.random(n) < rate).nonzero()[0]]


def money(
    fen: Sequence[int | None],
    unit: str,
    rng: np.random.Generator,
    *,
    style: Literal["number", "text", "own-unit"] = "number",
    places: int | None = None,
    nothing: Sequence[str] = NOTHING,
) -> Printed:
    """Print money in a unit.

    Parameters
    ----------
    fen
        True values in fen, whole yuan.
    style
        ``number`` cells, ``text`` with thousands separators, or text with its ``own-unit``.
    places
        Decimal places; rounding is then printed and the printed value is what must come back.
    """
    per, n = FEN[unit], len(fen)
    shown: list[Any] = []
    value: list[str | None] = []
    fault: list[str | None] = [None] * n
    for row, amount in enumerate(fen):
        if amount is None:
            shown.append(nothing[int(rng.integers(len(nothing)))] or None)
            value.append(None)
            continue
        number = Decimal(amount) / per
        if places is not None:
            rounded = round(number, places)
            if rounded != number:
                fault[row] = "rounded"
            number = rounded
        value.append(str(int(number * per)))
        if style == "own-unit":
            shown.append(_own_unit(amount, number * per))
            if shown[-1][1] is not None:
                fault[row], value[row] = "rounded", shown[-1][1]
            shown[-1] = shown[-1][0]
        elif style == "text":
            shown.append(f"{number.normalize():,f}")
        else:
            shown.append(_plain(number))
    printed = Printed(shown, value, fault)
    _dirty_numbers(printed, rng)
    return printed


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _own_unit(amount: int, exact: Decimal) -> tuple[str, str | None]:
    """Print an amount with 万 or 亿 in the cell; give the value that this rounding says."""
    del exact
    per, word = (FEN["亿元"], "亿元") if abs(amount) >= FEN["亿元"] else (FEN["万元"], "万元")
    number = round(Decimal(amount) / per, 4)
    said = int(number * per)
    return f"{number.normalize():f}{word}", None if said == amount else str(said)


def counts(values: Sequence[int | None], rng: np.random.Generator, word: str = "") -> Printed:
    """Print whole numbers, some with their word (120人)."""
    shown: list[Any] = [
        (NOTHING[int(rng.integers(len(NOTHING)))] or None) if value is None else value
        for value in values
    ]
    printed = Printed(shown, [None if value is None else str(value) for value in values])
    _dirty_numbers(printed, rng)
    if word:
        rows = [r for r in pick(rng, len(shown), 0.03) if printed.fault[r] is None]
        printed.spoil(
            [r for r in rows if values[r] is not None], "unit-in-cell", lambda x: f"{x}{word}"
        )
    return printed


def _dirty_numbers(printed: Printed, rng: np.random.Generator) -> None:
    n = len(printed.shown)
    told = [value is not None for value in printed.value]
    text_rows = [r for r in pick(rng, n, TEXT_NUMBER) if told[r]]
    wide = [r for r in text_rows if rng.random() < 0.25]
    printed.spoil(
        [r for r in text_rows if isinstance(printed.shown[r], int | float)],
        "text-number",
        lambda x: f"{x:,}" if isinstance(x, int) else f"{Decimal(repr(x)):,}",
    )
    printed.spoil(
        [r for r in wide if not _has_word(printed.shown[r])],
        "full-width",
        lambda x: str(x).translate(FULL_WIDTH),
    )
    vague = [r for r in pick(rng, n, UNREADABLE) if told[r]]
    printed.hide(vague[::2], "vague-number", lambda x: f"约{x}")
    printed.hide(vague[1::2], "letter-in-number", _with_letter)


def _has_word(shown: Any) -> bool:
    return isinstance(shown, str) and any(word in shown for word in "万亿元")


def _with_letter(shown: Any) -> str:
    text = str(shown)
    return text.replace("0", "O", 1) if "0" in text else f"{text}？"


def dates(
    days: Sequence[dt.date | None],
    rng: np.random.Generator,
    style: Literal["excel", "iso", "chinese", "dots", "compact", "mixed"] = "excel",
) -> Printed:
    """Print dates in one of the usual ways, or all of them mixed; a few state the month only."""
    ways: dict[str, Callable[[dt.date], Any]] = {
        "excel": lambda day: day,
        "iso": lambda day: day.isoformat(),
        "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
        "dots": lambda day: f"{day.year}.{day.month}.{day.day}",
        "compact": lambda day: day.strftime("%Y%m%d"),
        "slash": lambda day: f"{day.year}/{day.month}/{day.day}",
        "numerals": chinese_numerals,
    }
    names = list(ways) if style == "mixed" else [style]
    which = rng.integers(len(names), size=len(days))
    printed = Printed(
        [None if day is None else ways[names[w]](day) for day, w in zip(days, which, strict=True)],
        [None if day is None else day.isoformat() for day in days],
    )
    for row in pick(rng, len(days), 0.004):
        day = days[row]
        if day is not None:
            printed.shown[row] = f"{day.year}年{day.month}月"
            printed.value[row], printed.fault[row] = None, "month-only"
            printed.undecidable[row] = True
    return printed


def chinese_numerals(day: dt.date) -> str:
    """Print 二〇一九年三月十五日."""
    digits = "〇一二三四五六七八九"

    def tens(number: int) -> str:
        ten, one = divmod(number, 10)
        head = "" if ten == 0 else "十" if ten == 1 else digits[ten] + "十"
        return head + (digits[one] if one else "")

    year = "".join(digits[int(mark)] for mark in str(day.year))
    return f"{year}年{tens(day.month)}月{tens(day.day)}日"


def flags(values: Sequence[bool], rng: np.random.Generator) -> Printed:
    """Print yes and no in the ways a form is ticked."""
    yes, no = ("是", "是", "√", "有"), ("否", "否", "无", "×")
    which = rng.integers(4, size=len(values))
    return Printed(
        [(yes if value else no)[w] for value, w in zip(values, which, strict=True)],
        ["true" if value else "false" for value in values],
    )


def texts(values: Sequence[str | None]) -> Printed:
    """Print text as it is."""
    return Printed(list(values), list(values))


def names(legal: Sequence[str], rng: np.random.Generator, *, half_width: float = 0.027) -> Printed:
    """Print legal names: half-width brackets in some, spaces around or inside a few.

    All of these fold to the same comparison key; the printed name is what must come back.
    """
    shown = list(legal)
    fault: list[str | None] = [None] * len(shown)
    n = len(shown)
    for rows, kind in (
        (pick(rng, n, half_width), "half-width-brackets"),
        (pick(rng, n, 0.01), "space-in-name"),
    ):
        for row in rows:
            before = shown[row]
            if kind == "half-width-brackets":
                shown[row] = before.replace("（", "(").replace("）", ")")
            else:
                at = int(rng.integers(2, len(before) - 2))
                shown[row] = f"{before[:at]} {before[at:]}"
            if shown[row] != before:
                fault[row] = kind
    return Printed([*shown], [*shown], fault)


def codes(usccs: Sequence[str], rng: np.random.Generator, rates: dict[str, float]) -> Printed:
    """Print credit codes: ``missing``, ``typo`` (undecidable), ``confused`` (O for 0), ``lower``.

    Parameters
    ----------
    rates
        Kind of fault → share of rows; a row gets at most one.
    """
    printed = Printed(list(usccs), list(usccs))
    drawn = rng.random(len(usccs))
    edge = 0.0
    for kind, rate in rates.items():
        rows = [int(r) for r in ((drawn >= edge) & (drawn < edge + rate)).nonzero()[0]]
        edge += rate
        for row in rows:
            _spoil_code(printed, row, kind, rng)
    return printed


def _spoil_code(printed: Printed, row: int, kind: str, rng: np.random.Generator) -> None:
    code = printed.shown[row]
    if kind == "missing":
        printed.shown[row], printed.value[row] = None, None
    elif kind == "typo":
        at = int(rng.integers(8, 18))
        other = [mark for mark in "0123456789ABCDEFGHJKLMNPQRTUWXY" if mark != code[at]]
        printed.shown[row] = code[:at] + other[int(rng.integers(len(other)))] + code[at + 1 :]
        printed.value[row], printed.undecidable[row] = None, True
    elif kind == "confused":
        found = [i for i in range(17, -1, -1) if code[i] in CONFUSED]
        if not found:
            return
        at = found[0]
        printed.shown[row] = code[:at] + CONFUSED[code[at]] + code[at + 1 :]
    elif kind == "spaced":
        printed.shown[row] = f"{code[:6]} {code[6:14]} {code[14:]}"
    elif kind == "lower":
        printed.shown[row] = code.lower()
    elif kind == "full-width":
        printed.shown[row] = "".join(chr(ord(mark) + 0xFEE0) for mark in code)
    elif kind == "organisation":
        printed.shown[row] = f"{code[8:16]}-{code[16]}"
        printed.value[row] = None
    printed.fault[row] = f"code-{kind}"


OLD_DISTRICTS = {
    "310101": ("卢湾区",),
    "310106": ("闸北区",),
    "310115": ("南汇区", "自贸区"),
    "310151": ("崇明县",),
}
"""Names that ended or of zones, as older lists still print them."""


def districts(
    codes_: Sequence[str],
    full_names: dict[str, str],
    rng: np.random.Generator,
    *,
    old: float = 0.02,
    moved: Sequence[int] = (),
) -> Printed:
    """Print districts: full, short or with the city; some by an old name; some moved since.

    The value is the district's code of today; in a moved row that of the district printed.
    """
    every = sorted(full_names)
    shown: list[Any] = []
    value: list[str | None] = []
    fault: list[str | None] = []
    which, is_old = rng.random(len(codes_)), rng.random(len(codes_))
    gone = set(moved)
    for row, code in enumerate(codes_):
        kind = None
        if row in gone:
            code = every[(every.index(code) + 1 + int(rng.integers(len(every) - 1))) % len(every)]  # noqa: PLW2901 - the row tells another district
            kind = "moved"
        name = full_names[code]
        if is_old[row] < old and code in OLD_DISTRICTS:
            options = OLD_DISTRICTS[code]
            name, kind = options[int(rng.integers(len(options)))], kind or "old-district"
        elif which[row] < 0.05:
            name = f"上海市{name}"
        elif which[row] < 0.12 and name != "浦东新区":
            name = name.removesuffix("区")
        shown.append(name)
        value.append(code)
        fault.append(kind)
    return Printed(shown, value, fault)
