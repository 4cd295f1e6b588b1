"""Match needs and offers: who should meet whom, in which order, and why."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np

from sanfu.exchange.access import OFFICER, Viewer, hide_owner
from sanfu.exchange.matching.conditions import (
    Conditions,
    near_industry,
    standing_conditions,
)
from sanfu.exchange.matching.index import Found, Index, LocalIndex
from sanfu.exchange.matching.query import Commonness, Query, tell
from sanfu.exchange.matching.result import Hit, Matches, Unanswered
from sanfu.exchange.matching.settings import Settings, shipped_settings
from sanfu.exchange.offers import offer_texts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from sanfu.exchange.needs import Condition, Need
    from sanfu.exchange.offers import Offer

_log = logging.getLogger(__name__)


class Embedder(Protocol):
    """A model that an office plugs in: texts to vectors; local, or a server of its own.

    Sanfu ships none. A hit is shown when its words make it likely enough, or when its cosine
    reaches `suitable`, which the office sets for its model.
    """

    name: str
    suitable: float

    def embed(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Give one vector a text, shape (n_texts, n_dimensions)."""
        ...


def match(
    needs: Iterable[Need],
    offers: Iterable[Offer] | pl.DataFrame | Index,
    *,
    top: int = 20,
    by: Literal["need", "offer"] = "need",
    viewer: Viewer = OFFICER,
    on: dt.date | None = None,
    embedder: Embedder | None = None,
    settings: Settings | None = None,
) -> Matches:
    """Rank offers for each need, or needs for each offer, with reasons.

    Parameters
    ----------
    needs
        Needs; their texts together also tell which words are common to all needs.
    offers
        Offers, a frame of them (`OFFER_COLUMNS`), or an `Index` that already holds them.
    top
        At most so many hits a need (or, by offer, an offer).
    by
        ``"need"``: the best offers for each need; ``"offer"``: the best needs for each offer.
    viewer
        Who will read the result; needs that this viewer may not see are left out.
    on
        The day: needs whose validity has ended are set aside.
    embedder
        A model to fuse with the words, by reciprocal ranks.
    settings
        Other numbers than those shipped.

    Returns
    -------
    Matches
        ``.frame`` has a row a hit: need, offer, score, rank, reasons. The score is the
        probability, calibrated on graded pairs, that an expert finds the hit suitable.

    References
    ----------
    docs/explanation/matching-quality.md: what was measured on which needs.
    """
    settings = settings or shipped_settings()
    held = list(needs)
    current = [n for n in held if on is None or n.valid_until is None or n.valid_until >= on]
    index = _index_of(offers, settings)
    common = Commonness((f"{need.title}\n{need.body()}" for need in current), settings=settings)
    depth = top if by == "need" else max(top, 50)
    hits: list[Hit] = []
    unanswered: list[Unanswered] = []
    vectors = _OfferVectors(index, embedder)
    for need in current:
        found, missed = _match_one(need, index, common, settings, depth, vectors)
        hits += found
        if missed is not None:
            unanswered.append(missed)
    if by == "offer":
        hits = _by_offer(hits, top)
    _log.info(
        "matched %d needs with %d offers: %d hits, %d needs without",
        len(current),
        index.size(),
        len(hits),
        len(unanswered),
    )
    result = Matches(current, hits, unanswered, settings=settings, by=by)
    return result.for_viewer(viewer)


def _index_of(offers: Iterable[Offer] | pl.DataFrame | Index, settings: Settings) -> Index:
    if hasattr(offers, "search") and hasattr(offers, "frequency"):
        return cast("Index", offers)
    return LocalIndex(cast("Iterable[Offer]", offers), settings=settings)


def _match_one(
    need: Need,
    index: Index,
    common: Commonness,
    settings: Settings,
    top: int,
    vectors: _OfferVectors,
) -> tuple[list[Hit], Unanswered | None]:
    text = hide_owner(need) if need.unnamed else need
    query = tell(text.title, text.body(), index, common, settings=settings)
    conditions = standing_conditions(need)
    hard = [condition for condition in conditions if condition.hard]
    if not len(query.terms) and not vectors.ready:
        return [], Unanswered(need.id, "no_words", index.size(), None)
    found = index.search(query, top=max(4 * top, 100), hard=hard)
    found, cosine = vectors.fuse(f"{text.title}\n{text.body()}", found, hard)
    chance, odds = _chances(need, query, found, settings)
    order = np.argsort(-odds, kind="stable")
    if cosine is not None:
        order = np.argsort(-_fused(odds, cosine, settings.embedder), kind="stable")
    good = [
        row
        for row in order.tolist()
        if chance[row] >= settings.suitable or vectors.is_suitable(cosine, row)
    ]
    facts = Conditions(found.offers)
    outcomes = [facts.hold(c) for c in need.conditions if not c.kind.startswith("exclude")]
    hits: list[Hit] = []
    for row in good:
        hit = Hit.make(
            need=text,
            query=query,
            offer=found.offers.row(row, named=True),
            rank=len(hits) + 1,
            score=float(chance[row]),
            bm25=float(found.scores[row]),
            similarity=None if cosine is None else float(cosine[row]),
            outcomes=[(held.condition, held.outcome(row)) for held in outcomes],
        )
        if hit.reasons or vectors.is_suitable(cosine, row):
            hits.append(hit)  # what no word speaks for is not shown
        if len(hits) == top:
            break
    if not hits:
        why: Literal["conditions", "nothing"] = "nothing" if found.allowed else "conditions"
        nearest = float(chance[order[0]]) if len(order) else None
        return [], Unanswered(need.id, why, found.allowed, nearest)
    return hits, None


def _chances(
    need: Need, query: Query, found: Found, settings: Settings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each hit's probability from its words alone, and the log odds it is ranked by."""
    share = np.clip(found.scores / max(query.ideal, 1e-12), 0, 1)
    words = settings.calibration.intercept + settings.calibration.slope * np.sqrt(share)
    odds = words.copy()
    soft = [condition for condition in need.conditions if not condition.hard]
    if soft and found.offers.height:
        facts = Conditions(found.offers)
        met = np.mean([facts.hold(condition).met for condition in soft], axis=0)
        odds += settings.soft * met
    if need.industry and found.offers.height:
        odds += settings.industry * near_industry(need.industry, found.offers["industry"].to_list())
    return 1 / (1 + np.exp(-words)), odds


def _fused(
    odds: NDArray[np.float64], cosine: NDArray[np.float64], constant: float
) -> NDArray[np.float64]:
    """Fuse two rankings by reciprocal ranks (Cormack, Clarke, Büttcher 2009, SIGIR)."""
    fused = np.zeros(len(odds))
    for values in (odds, cosine):
        ranks = np.empty(len(values))
        ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
        fused += 1 / (constant + ranks)
    return fused


def _by_offer(hits: list[Hit], top: int) -> list[Hit]:
    grouped: dict[str, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.offer, []).append(hit)
    return [
        hit.ranked(rank)
        for offer in sorted(grouped)
        for rank, hit in enumerate(
            sorted(grouped[offer], key=lambda one: (-one.score, one.need))[:top], start=1
        )
    ]


class _OfferVectors:
    """The offers' vectors, made once a match and only where a model is plugged in."""

    def __init__(self, index: Index, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._vectors: NDArray[np.float64] | None = None
        self._offers: pl.DataFrame | None = None
        if embedder is not None and isinstance(index, LocalIndex) and index.size():
            self._offers = index.offers
            self._vectors = _unit_rows(embedder.embed(offer_texts(index.offers)))
            self._conditions = Conditions(index.offers)

    @property
    def ready(self) -> bool:
        """Tell whether offers can be found by the model alone."""
        return self._vectors is not None

    def is_suitable(self, cosine: NDArray[np.float64] | None, row: int) -> bool:
        return (
            cosine is not None
            and self._embedder is not None
            and not math.isnan(cosine[row])
            and bool(cosine[row] >= self._embedder.suitable)
        )

    def fuse(
        self, text: str, found: Found, hard: Sequence[Condition]
    ) -> tuple[Found, NDArray[np.float64] | None]:
        """Add the offers nearest by the model to those found by words; give all their cosines."""
        if self._embedder is None:
            return found, None
        asked = _unit_rows(self._embedder.embed([text]))[0]
        if self._vectors is None or self._offers is None:
            if not found.offers.height:
                return found, np.empty(0)
            return found, _unit_rows(self._embedder.embed(offer_texts(found.offers))) @ asked
        cosine = self._vectors @ asked
        allowed = np.ones(len(cosine), dtype=bool)
        for condition in hard:
            allowed &= self._conditions.hold(condition).met
        nearest = np.argsort(np.where(allowed, -cosine, np.inf), kind="stable")
        nearest = nearest[: min(100, int(allowed.sum()))]
        number = {offer: at for at, offer in enumerate(self._offers["offer"].to_list())}
        words = [number[offer] for offer in found.offers["offer"].to_list()]
        more = [row for row in nearest.tolist() if row not in set(words)]
        rows = [*words, *more]
        joined = Found(
            self._offers[rows],
            np.concatenate([found.scores, np.zeros(len(more))]),
            found.allowed,
        )
        return joined, cosine[rows]


def _unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float64)
