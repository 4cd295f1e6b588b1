"""The unified social credit code (统一社会信用代码, GB 32100-2015), checked a column at a time."""

from __future__ import annotations

from functools import cache

import polars as pl

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 allowed characters: no I, O, S, V, Z."""
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
"""3^(i-1) mod 31 for positions 1 to 17 (GB 32100-2015, 5.3)."""
CONFUSED = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
"""Characters outside the alphabet that are read for allowed ones."""


def tidy_code(column: str = "uscc") -> pl.Expr:
    """Fold a code for comparison: width, case and spaces; nothing else is changed."""
    return (
        pl.col(column)
        .str.normalize("NFKC")
        .str.replace_all(r"[\s\-]", "")
        .str.to_uppercase()
        .replace("", None)
    )


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
    return is_wellformed(code) & (check_character(code) == code.str.slice(17, 1))


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


def mend_code(code: str) -> str | None:
    """Give the one code that reading confused characters aright makes valid, else None.

    Only characters outside the alphabet are read anew (O for 0, I for 1 …): a code of allowed
    characters with a wrong check digit has many one-character neighbours, and is not guessed.
    """
    mended = "".join(CONFUSED.get(mark, mark) for mark in code)
    if mended == code or len(mended) != 18 or any(mark not in ALPHABET for mark in mended):
        return None
    return mended if with_check(mended[:17]) == mended else None
