"""The unified social credit code (统一社会信用代码, GB 32100-2015), checked a column at a time."""

from __future__ import annotations

from functools import cache

import polars as pl

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 allowed characters: no I, O, S, V, Z."""
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
"""3^(i-1) mod 31 for positions 1 to 17 (GB 32100-2015, 5.3)."""
_AT_ONCE = 200_000
CONFUSED = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
"""Characters outside the alphabet that are read for allowed ones."""


def tidy_code(column: str = "uscc") -> pl.Expr:
    """Fold a code for comparison: width, case and spaces; nothing else is changed."""
    return pl.col(column).map_batches(_tidy, return_dtype=pl.String)


def _tidy(codes: pl.Series) -> pl.Series:
    if codes.str.contains(r"^[0-9A-Z]+$").all():
        return codes
    folded = codes.str.normalize("NFKC").str.replace_all(r"[\s\-'`‘’]", "").str.to_uppercase()
    return folded.replace("", None)


def is_wellformed(code: pl.Expr) -> pl.Expr:
    """Whether a tidied code has 18 allowed characters."""
    return code.str.contains(f"^[{ALPHABET}]{{18}}$")


def check_character(code: pl.Expr) -> pl.Expr:
    """Give the check character that positions 1 to 17 ask for; null where they are malformed.

    ``C18 = (31 - sum(C_i * W_i) mod 31) mod 31``.
    """
    values = {mark: number for number, mark in enumerate(ALPHABET)}
    total = pl.sum_horizontal(
        code.str.slice(place, 1).replace_strict(values, default=None, return_dtype=pl.Int32)
        * weight
        for place, weight in enumerate(WEIGHTS)
    )
    marks = dict(enumerate(ALPHABET))
    asked = ((31 - total % 31) % 31).replace_strict(marks, default=None, return_dtype=pl.String)
    return pl.when(code.str.contains(f"^[{ALPHABET}]{{17}}")).then(asked)


def is_valid(code: pl.Expr) -> pl.Expr:
    """Whether a tidied code is well formed and its check character is right; null stays null."""
    return code.map_batches(_valid, return_dtype=pl.Boolean)


def _valid(codes: pl.Series) -> pl.Series:
    """Check a column at once: the characters as numbers, times the weights."""
    import numpy as np  # noqa: PLC0415 - when codes are checked

    formed = codes.to_frame("c").select(is_wellformed(pl.col("c"))).to_series()
    whole = codes.filter(formed.fill_null(value=False))
    if whole.is_empty():
        return formed
    values = np.zeros(128, dtype=np.int32)  # whole: floats would wake the threads of BLAS
    values[[ord(mark) for mark in ALPHABET]] = range(31)
    right = np.empty(len(whole), dtype=bool)
    for start in range(0, len(whole), _AT_ONCE):
        codes_here = whole[start : start + _AT_ONCE].str.join("").item().encode()
        marks = values[np.frombuffer(codes_here, np.uint8).reshape(-1, 18)]
        asked = (31 - marks[:, :17] @ np.array(WEIGHTS, np.int32) % 31) % 31
        right[start : start + _AT_ONCE] = asked == marks[:, 17]
    verdicts = pl.Series(codes.name, right.tolist(), dtype=pl.Boolean)  # an array loads numpy.ma
    if len(right) == len(codes):
        return verdicts
    places = formed.fill_null(value=False).arg_true()
    return formed.scatter(places, verdicts)


def organisation_part(code: pl.Expr) -> pl.Expr:
    """Give positions 9 to 17 of an 18-character code, the old organisation code (GB 11714)."""
    return pl.when(code.str.len_chars() == 18).then(code.str.slice(8, 9))


def is_synthetic(code: pl.Expr) -> pl.Expr:
    """Whether the organisation part begins with TT, which no real code does."""
    return (code.str.slice(8, 2) == "TT").fill_null(value=False)


@cache
def _value() -> dict[str, int]:
    return {mark: number for number, mark in enumerate(ALPHABET)}


def with_check(first17: str) -> str:
    """Add the check character to 17 characters.

    Raises
    ------
    KeyError
        A character is not of the alphabet.
    """
    total = sum(_value()[mark] * weight for mark, weight in zip(first17, WEIGHTS, strict=True))
    return first17 + ALPHABET[(31 - total % 31) % 31]


def was_number(code: pl.Expr) -> pl.Expr:
    """Whether a wrong code looks like one that a spreadsheet kept as a number: digits are lost."""
    return code.str.contains(r"^(\d{16,18}(\.0)?|\d(\.\d+)?E\+?\d+)$")


def mend_code(code: str) -> str | None:
    """Give the one code that reading confused characters aright makes valid, else None.

    Only characters outside the alphabet are read anew (O for 0, I for 1 …): a code of allowed
    characters with a wrong check digit has many one-character neighbours, and is not guessed.
    """
    mended = "".join(CONFUSED.get(mark, mark) for mark in code)
    if mended == code or len(mended) != 18 or any(mark not in ALPHABET for mark in mended):
        return None
    return mended if with_check(mended[:17]) == mended else None
