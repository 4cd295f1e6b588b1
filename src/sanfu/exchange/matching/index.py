"""Where offers are searched: on this machine, or in a server that speaks the same protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.exchange.matching.conditions import Conditions
from sanfu.exchange.matching.inverted import Inverted
from sanfu.exchange.matching.settings import Settings, shipped_settings
from sanfu.exchange.offers import Offer, offer_frame, offer_texts
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.exchange.matching.query import Query
    from sanfu.exchange.needs import Condition


class Found(NamedTuple):
    """Offers that a search found, best first."""

    offers: pl.DataFrame
    """Columns `OFFER_COLUMNS`."""
    scores: NDArray[np.float64]
    """Weighted BM25 without its factor k1 + 1, shape (n_found,)."""
    allowed: int
    """How many offers met the hard conditions, whatever their text."""


class Index(Protocol):
    """What a place to search offers must do; `LocalIndex` and `OpenSearchIndex` do it."""

    def add(self, offers: pl.DataFrame) -> None:
        """Add offers, columns `OFFER_COLUMNS`."""
        ...

    def size(self) -> int:
        """Give the number of offers."""
        ...

    def frequency(self, terms: NDArray[np.uint64], spelled: Mapping[int, str]) -> NDArray[np.int64]:
        """Count in how many offers each term stands; `spelled` tells how a term is written."""
        ...

    def search(self, query: Query, *, top: int, hard: Sequence[Condition] = ()) -> Found:
        """Find the best offers that meet all hard conditions."""
        ...


class LocalIndex:
    """Offers searched in this process; a million takes about a minute and under a gigabyte.

    Examples
    --------
    >>> index = LocalIndex([Offer(id="a", title="锂电池隔膜"), Offer(id="b", title="数控机床")])
    >>> index.size()
    2
    """

    def __init__(
        self, offers: Iterable[Offer] | pl.DataFrame = (), *, settings: Settings | None = None
    ) -> None:
        settings = settings or shipped_settings()
        self._inverted = Inverted(k1=settings.k1, b=settings.b)
        self._offers = offer_frame(())
        self._conditions = Conditions(self._offers)
        self.add(offer_frame(offers))

    @property
    def offers(self) -> pl.DataFrame:
        """Give all offers held, in the order they came."""
        return self._offers

    def add(self, offers: pl.DataFrame) -> None:
        """Add offers; only they are counted, nothing is rebuilt.

        Raises
        ------
        InputError
            An id is missing or already held.
        """
        if not offers.height:
            return
        offers = offer_frame(offers)
        twice = self._offers["offer"].filter(self._offers["offer"].is_in(offers["offer"].implode()))
        if len(twice):
            shown = "、".join(twice.head(5).to_list())
            raise InputError(
                Text(
                    f"已有这些供给编号：{shown}；请改为不同的编号。",
                    f"these offer ids are already held: {shown}; make them different.",
                )
            )
        self._offers = pl.concat([self._offers, offers])
        self._inverted.add(offer_texts(offers))
        self._conditions = Conditions(self._offers)

    def size(self) -> int:
        """Give the number of offers."""
        return len(self._inverted)

    def frequency(self, terms: NDArray[np.uint64], spelled: Mapping[int, str]) -> NDArray[np.int64]:
        """Count in how many offers each term stands."""
        del spelled
        return self._inverted.frequency(terms)

    def search(self, query: Query, *, top: int, hard: Sequence[Condition] = ()) -> Found:
        """Find the best offers that meet all hard conditions."""
        allowed = None
        shut = [condition for condition in hard if condition.kind.startswith("exclude")]
        for condition in hard:
            if condition not in shut:
                met = self._conditions.hold(condition).met
                allowed = met if allowed is None else allowed & met
        rows, scores = self._without(shut, query, top, allowed)
        return Found(
            self._offers[rows],
            scores.astype(np.float64) / (self._inverted.k1 + 1),
            self.size() if allowed is None else int(allowed.sum()),
        )

    def _without(
        self,
        shut: Sequence[Condition],
        query: Query,
        top: int,
        allowed: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the best rows that no exclusion shuts out, looking deeper until there are enough."""
        depth = top
        while True:
            rows, scores = self._inverted.search(query.terms, query.weights, depth, allowed)
            facts = Conditions(self._offers[rows])
            kept = np.ones(len(rows), dtype=bool)
            for condition in shut:
                kept &= facts.hold(condition).met
            if kept.sum() >= top or len(rows) < depth:
                return rows[kept][:top], scores[kept][:top]
            depth *= 2
