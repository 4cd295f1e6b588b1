"""An inverted index in blocks: exact BM25 scores, and one more text costs one small block.

Each block holds up to 65,536 texts; places are 16-bit and counts 8-bit, so a posting takes three
bytes. Document frequencies and the mean length are summed over the blocks when a query is asked;
the scores are therefore the same whether texts came together or one by one, and nothing is
rebuilt when one is added.

BM25: S. Robertson and H. Zaragoza (2009), The Probabilistic Relevance Framework, §3.3, with the
inverse document frequency ln(1 + (N − n + ½) / (n + ½)), which is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.matching.terms import BATCH, count_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SMALL = 2048
"""Blocks up to this many texts are merged once there are `_MANY` of them."""
_MANY = 16
_COMMON = 0.1
"""A term that stands in a larger share of the texts is common: scored last, and for few texts."""
_SCANNED = 100_000
"""Up to so many texts all are scored for all terms."""
_LEADING = 2_000
"""Beyond that, so many texts that lead by the rare terms are scored for the common ones."""


@dataclass(frozen=True)
class Block:
    """The postings of some texts, by term."""

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    text: NDArray[np.uint16]
    times: NDArray[np.uint8]
    lengths: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Give the number of texts."""
        return len(self.lengths)

    @property
    def nbytes(self) -> int:
        """Give the memory of the postings, in bytes."""
        parts = (self.terms, self.starts, self.text, self.times, self.lengths)
        return sum(part.nbytes for part in parts)


def _block(texts: Sequence[str]) -> Block:
    counts = count_terms(texts)
    first = np.ones(len(counts.term), dtype=bool)
    first[1:] = counts.term[1:] != counts.term[:-1]
    at = np.flatnonzero(first)
    return Block(
        counts.term[at],
        np.append(at, len(counts.term)).astype(np.int64),
        counts.text,
        counts.times,
        counts.lengths,
    )


def _merge(blocks: Sequence[Block]) -> Block:
    """Merge blocks of at most 65,536 texts in all, in their order."""
    offsets = np.cumsum([0, *(block.size for block in blocks)])
    term = np.concatenate([np.repeat(b.terms, np.diff(b.starts)) for b in blocks])
    text = np.concatenate(
        [b.text.astype(np.uint64) + np.uint64(o) for b, o in zip(blocks, offsets, strict=False)]
    )
    times = np.concatenate([b.times for b in blocks])
    order = np.argsort((term << np.uint64(16)) | text, kind="stable")
    term = term[order]
    first = np.ones(len(term), dtype=bool)
    first[1:] = term[1:] != term[:-1]
    at = np.flatnonzero(first)
    return Block(
        term[at],
        np.append(at, len(term)).astype(np.int64),
        text[order].astype(np.uint16),
        times[order],
        np.concatenate([b.lengths for b in blocks]),
    )


class Inverted:
    """Texts that can be searched by weighted terms; texts are numbered from 0 as they come.

    Parameters
    ----------
    k1, b
        BM25's saturation of repeats and its share of length normalisation.
    """

    def __init__(self, *, k1: float = 1.2, b: float = 0.75) -> None:
        self.k1, self.b = k1, b
        self._blocks: list[Block] = []
        self._counted = (0, *_sum_frequencies(()))

    def __len__(self) -> int:
        """Give the number of texts."""
        return sum(block.size for block in self._blocks)

    @property
    def nbytes(self) -> int:
        """Give the memory of the postings, in bytes."""
        return sum(block.nbytes for block in self._blocks)

    def add(self, texts: Sequence[str]) -> None:
        """Add texts; they get the next numbers."""
        for start in range(0, len(texts), BATCH):
            self._blocks.append(_block(texts[start : start + BATCH]))
        small = 0
        while small < len(self._blocks) and self._blocks[-1 - small].size <= _SMALL:
            small += 1
        if small >= _MANY:
            self._blocks[-small:] = [_merge(self._blocks[-small:])]

    def frequency(self, terms: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Count in how many texts each term stands; terms in any order."""
        large = 0
        while large < len(self._blocks) and self._blocks[large].size > _SMALL:
            large += 1
        if self._counted[0] != large:
            self._counted = (large, *_sum_frequencies(self._blocks[:large]))
        _, known, times = self._counted
        found = np.zeros(len(terms), dtype=np.int64)
        if len(known):
            at = np.minimum(np.searchsorted(known, terms), len(known) - 1)
            found += np.where(known[at] == terms, times[at], 0)
        for block in self._blocks[large:]:
            start, end = _spans(block, terms)
            found += end - start
        return found

    def search(
        self,
        terms: NDArray[np.uint64],
        weights: NDArray[np.float64],
        top: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the best allowed texts and their scores.

        Up to `_SCANNED` texts all are scored. Beyond, common terms, whose lists are long and
        whose weight is little, are scored only for the `_LEADING` texts that lead by the rare
        terms: the scores of what is found are the same, and a text that leads by common words
        alone can be missed. How often is measured in ``benchmarks/matching.py``.
        """
        size = len(self)
        common = self.frequency(terms) > _COMMON * size
        if size <= _SCANNED or not common.any() or common.all():
            scores = self.scores(terms, weights)
            rows = best(scores, top, allowed)
            return rows, scores[rows]
        part = self.scores(terms[~common], weights[~common])
        depth = max(_LEADING, 20 * top)
        rows = np.sort(best(part, depth, allowed))
        if len(rows) < depth:
            scores = self.scores(terms, weights)
            rows = best(scores, top, allowed)
            return rows, scores[rows]
        whole = part[rows] + self._scores_of(rows, terms[common], weights[common])
        order = np.argsort(-whole, kind="stable")[:top]
        return rows[order], whole[order]

    def _scores_of(
        self, rows: NDArray[np.int64], terms: NDArray[np.uint64], weights: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Score a few texts, numbers ascending."""
        mean, out, offset = self._mean_length(), np.zeros(len(rows), dtype=np.float32), 0
        for block in self._blocks:
            first, last = np.searchsorted(rows, (offset, offset + block.size))
            if last > first:
                places = (rows[first:last] - offset).astype(np.uint16)
                length = self._length_part(block, mean)[places]
                for weight, start, end in zip(weights, *_spans(block, terms), strict=True):
                    if end == start:
                        continue
                    listed = block.text[start:end]
                    at = np.minimum(np.searchsorted(listed, places), end - start - 1)
                    times = np.where(listed[at] == places, block.times[start:end][at], 0)
                    out[first:last] += weight * (self.k1 + 1) * times / (times + length)
            offset += block.size
        return out

    def _mean_length(self) -> float:
        total = sum(float(block.lengths.sum()) for block in self._blocks)
        return max(total / max(len(self), 1), 1e-9)

    def _length_part(self, block: Block, mean: float) -> NDArray[np.float64]:
        """Give BM25's k1 (1 − b + b length / mean) of each text of a block."""
        return self.k1 * (1 - self.b + self.b / mean * block.lengths.astype(np.float64))

    def scores(
        self, terms: NDArray[np.uint64], weights: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Score every text: the weighted sum over terms of BM25's part without the rarity.

        Parameters
        ----------
        terms
            Distinct term codes, shape (n_terms,).
        weights
            Weight of each, rarity included, shape (n_terms,).

        Returns
        -------
        NDArray
            Shape (n_texts,); 0 where no term stands.
        """
        out = np.zeros(len(self), dtype=np.float32)
        mean, offset = self._mean_length(), 0
        for block in self._blocks:
            out[offset : offset + block.size] = self._block_scores(block, terms, weights, mean)
            offset += block.size
        return out

    def _block_scores(
        self,
        block: Block,
        terms: NDArray[np.uint64],
        weights: NDArray[np.float64],
        mean: float,
    ) -> NDArray[np.float64]:
        """Add up as though each term stood once, which most do; then add what repeats add."""
        start, end = _spans(block, terms)
        held = np.flatnonzero(end > start)
        if not len(held):
            return np.zeros(block.size)
        pieces = [slice(s, e) for s, e in zip(start[held], end[held], strict=True)]
        text = np.concatenate([block.text[piece] for piece in pieces])
        times = np.concatenate([block.times[piece] for piece in pieces])
        each = np.repeat(weights[held], (end - start)[held])
        length = self._length_part(block, mean)
        found = np.bincount(text, weights=each, minlength=block.size) / (1 + length)
        again = np.flatnonzero(times > 1)
        if len(again):
            where, often = text[again], times[again]
            more = each[again] * (often / (often + length[where]) - 1 / (1 + length[where]))
            found += np.bincount(where, weights=more, minlength=block.size)
        return np.asarray((self.k1 + 1) * found)


def _sum_frequencies(
    blocks: Sequence[Block],
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Count the texts of each term over blocks, terms ascending."""
    if not blocks:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    term = np.concatenate([block.terms for block in blocks])
    times = np.concatenate([np.diff(block.starts) for block in blocks])
    order = np.argsort(term)
    term, times = term[order], times[order]
    first = np.flatnonzero(np.append(True, term[1:] != term[:-1]))
    return term[first], np.add.reduceat(times, first)


def _spans(block: Block, terms: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where each term's postings start and end in a block; empty where it is not held."""
    at = np.searchsorted(block.terms, terms)
    at = np.minimum(at, max(len(block.terms) - 1, 0))
    if not len(block.terms):
        nothing = np.zeros(len(terms), dtype=np.int64)
        return nothing, nothing
    held = block.terms[at] == terms
    start = block.starts[at]
    return start, np.where(held, block.starts[at + 1], start)


def rarity(frequency: NDArray[np.int64], total: int) -> NDArray[np.float64]:
    """Give the inverse document frequency of terms that stand in so many of so many texts."""
    return np.asarray(np.log1p((total - frequency + 0.5) / (frequency + 0.5)), dtype=np.float64)


def best(
    scores: NDArray[np.float32], top: int, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Give the numbers of the best texts, best first; only allowed ones with a score above 0.

    Equal scores keep the order of the texts, so a ranking is the same on every run.
    """
    kept = scores if allowed is None else np.where(allowed, scores, np.float32(0))
    candidates = np.flatnonzero(kept >= _floor(kept, top))
    if len(candidates) > top:
        threshold = np.partition(kept[candidates], len(candidates) - top)[len(candidates) - top]
        candidates = candidates[kept[candidates] >= threshold]
    order = np.argsort(-kept[candidates], kind="stable")[:top]
    return candidates[order].astype(np.int64)


def _floor(scores: NDArray[np.float32], top: int) -> np.float32:
    """Give a positive score that at least `top` texts reach, if so many are above 0.

    Guessed from every 64th text, so that a million need not be sorted; then proved by counting.
    """
    smallest = np.finfo(np.float32).tiny
    sample = scores[::64]
    wanted = top // 16 + 16
    if len(sample) <= 2 * wanted:
        return smallest
    guess = np.partition(sample, len(sample) - wanted)[len(sample) - wanted]
    enough = guess > smallest and np.count_nonzero(scores >= guess) >= top
    return np.float32(guess) if enough else smallest
