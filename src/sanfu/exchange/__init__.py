"""The exchange: needs and offers, matching with reasons, meetings, follow-up."""

from sanfu.exchange.access import ANYONE, OFFICER, Viewer, show_need, show_needs
from sanfu.exchange.matching.index import Found, Index, LocalIndex
from sanfu.exchange.matching.match import Embedder, match
from sanfu.exchange.matching.result import Hit, Matches, Unanswered
from sanfu.exchange.needs import (
    BOARDS,
    COOPERATION,
    OPENNESS,
    Condition,
    Need,
    Target,
)
from sanfu.exchange.offers import (
    OFFER_COLUMNS,
    Offer,
    join_offers,
    offer_frame,
    offers_from_ledger,
)

__all__ = [
    "ANYONE",
    "BOARDS",
    "COOPERATION",
    "OFFER_COLUMNS",
    "OFFICER",
    "OPENNESS",
    "Condition",
    "Embedder",
    "Found",
    "Hit",
    "Index",
    "LocalIndex",
    "Matches",
    "Need",
    "Offer",
    "Target",
    "Unanswered",
    "Viewer",
    "join_offers",
    "match",
    "offer_frame",
    "offers_from_ledger",
    "show_need",
    "show_needs",
]
