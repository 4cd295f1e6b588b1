"""Cut texts into terms, many at once: Chinese by one and by two characters, the rest by word.

Characters and pairs of characters find Chinese technical needs better than words cut by a
dictionary do, and are twenty times faster to make (docs/explanation/matching-quality.md). A run
of Latin letters and digits stays one term, so “ABS” or “7075” is found as it is written.

A term is a 46-bit code: its kind in the two top bits, then the characters themselves or, for a
word, a hash of them. With the text's place in its batch in the lower 16 bits, one sort of
unsigned integers counts all terms of 65,536 texts.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BATCH = 65_536
"""Texts that are counted in one sort; a text's place in its batch fits 16 bits."""

_SEPARATOR = "\x1e"
_PAIR = 1 << 44
_WORD = 1 << 45
_PLACE_BITS = 16
_HAN, _LATIN = 1, 2
_MULTIPLIER = 0x9E3779B97F4A7C15  # 2⁶⁴ divided by the golden ratio, odd (Knuth, TAOCP 3, §6.4)


class Counts(NamedTuple):
    """How often each term stands in each text, sorted by term and then by text."""

    term: NDArray[np.uint64]
    text: NDArray[np.uint16]
    times: NDArray[np.uint8]
    lengths: NDArray[np.float32]
    """Terms a text, repeats counted; one entry a text."""


def fold(text: str) -> str:
    """Fold widths and case, so that “ＡＢＳ” and “abs” are one; the text itself stays."""
    return unicodedata.normalize("NFKC", text).lower()


def _classes() -> NDArray[np.uint8]:
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3134F)):
        table[first : last + 1] = _HAN
    for first, last in ((ord("a"), ord("z")), (ord("0"), ord("9")), (0xDF, 0xF6), (0xF8, 0x24F)):
        table[first : last + 1] = _LATIN
    table[0x3B1 : 0x3C9 + 1] = _LATIN  # Greek, as in “β-Al2O3”
    return table


_CLASS = _classes()


def count_terms(texts: Sequence[str]) -> Counts:
    """Count the terms of at most `BATCH` texts.

    Raises
    ------
    ValueError
        More than `BATCH` texts were given.
    """
    if len(texts) > BATCH:
        raise ValueError(f"at most {BATCH} texts at once, got {len(texts)}")
    code, place = cut(texts)
    keys = (code << np.uint64(_PLACE_BITS)) | place
    keys.sort()
    first = np.ones(len(keys), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(first)
    times = np.diff(np.append(starts, len(keys)))
    kept = keys[starts]
    text = (kept & np.uint64(BATCH - 1)).astype(np.uint16)
    lengths = np.bincount(text, weights=times, minlength=len(texts)).astype(np.float32)
    return Counts(
        kept >> np.uint64(_PLACE_BITS), text, np.minimum(times, 255).astype(np.uint8), lengths
    )


def cut(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Give the code of every term of every text, and the place of its text."""
    joined = fold(_SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in texts))
    points = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    kind = _CLASS[np.minimum(points, 0x10FFFF)]
    place = np.cumsum(points == ord(_SEPARATOR), dtype=np.uint32)
    wide = points.astype(np.uint64)

    han = np.flatnonzero(kind == _HAN)
    pair = np.flatnonzero((kind[:-1] == _HAN) & (kind[1:] == _HAN))
    pairs = np.uint64(_PAIR) | (wide[pair] << np.uint64(21)) | wide[pair + 1]
    words, word_at = _words(wide, kind)
    return (
        np.concatenate([wide[han], pairs, words]),
        np.concatenate([place[han], place[pair], place[word_at]]).astype(np.uint64),
    )


def _words(
    points: NDArray[np.uint64], kind: NDArray[np.uint8]
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Hash each run of Latin letters and digits; give the hashes and where the runs start."""
    inside = np.zeros(len(kind) + 2, dtype=np.int8)
    inside[1:-1] = kind == _LATIN
    edges = np.diff(inside)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return np.empty(0, dtype=np.uint64), starts
    lengths = ends - starts
    hashed = np.full(len(starts), 0xCBF29CE484222325, dtype=np.uint64)
    with np.errstate(over="ignore"):
        longest = np.argsort(-lengths, kind="stable")
        for step in range(min(int(lengths.max()), 40)):
            going = longest[: int(np.searchsorted(-lengths[longest], -step, side="left"))]
            mixed = (hashed[going] ^ points[starts[going] + step]) * np.uint64(_MULTIPLIER)
            hashed[going] = mixed ^ (mixed >> np.uint64(29))
    return np.uint64(_WORD) | (hashed & np.uint64((1 << 44) - 1)), starts


def spell_terms(text: str) -> dict[int, str]:
    """Give the terms of one text with their spelling, for reasons and explanations."""
    folded = fold(text)
    spelled: dict[int, str] = {}
    points = np.array([ord(c) for c in folded], dtype=np.uint64)
    kind = _CLASS[points.astype(np.int64)] if len(points) else np.empty(0, dtype=np.uint8)
    for at, letter in enumerate(folded):
        if kind[at] != _HAN:
            continue
        spelled[ord(letter)] = letter
        if at + 1 < len(folded) and kind[at + 1] == _HAN:
            spelled[_PAIR | (ord(letter) << 21) | ord(folded[at + 1])] = folded[at : at + 2]
    words, starts = _words(points, kind)
    for code, start in zip(words.tolist(), starts.tolist(), strict=True):
        end = start
        while end < len(folded) and kind[end] == _LATIN:
            end += 1
        spelled[code] = folded[start:end]
    return spelled
