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
        found = np.zeros(len(terms), dtype=np.int64)
        for block in self._blocks:
            start, end = _spans(block, terms)
            found += end - start
        return found

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
        total = sum(float(block.lengths.sum()) for block in self._blocks)
        mean = max(total / max(len(self), 1), 1e-9)
        offset = 0
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
    ) -> NDArray[np.float32]:
        start, end = _spans(block, terms)
        held = np.flatnonzero(end > start)
        if not len(held):
            return np.zeros(block.size, dtype=np.float32)
        pieces = [slice(s, e) for s, e in zip(start[held], end[held], strict=True)]
        text = np.concatenate([block.text[piece] for piece in pieces])
        times = np.concatenate([block.times[piece] for piece in pieces]).astype(np.float32)
        each = np.repeat((weights[held] * (self.k1 + 1)).astype(np.float32), (end - start)[held])
        length = np.float32(self.k1) * (
            np.float32(1 - self.b) + np.float32(self.b / mean) * block.lengths
        )
        each *= times
        times += length[text]
        each /= times
        return np.bincount(text, weights=each, minlength=block.size).astype(np.float32)


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
    if top < len(kept):
        threshold = np.partition(kept, len(kept) - top)[len(kept) - top]
        candidates = np.flatnonzero(kept >= max(float(threshold), 1e-30))
    else:
        candidates = np.flatnonzero(kept > 0)
    order = np.argsort(-kept[candidates], kind="stable")[:top]
    return candidates[order].astype(np.int64)
