"""The exchange: needs and offers, matching with reasons, meetings, follow-up."""

from sanfu.exchange.access import ANYONE, OFFICER, Viewer, show_need, show_needs
from sanfu.exchange.checks import Finding, NeedReview, check_needs
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
from sanfu.exchange.read import NeedsRead, OffersRead, read_needs, read_offers

__all__ = [
    "ANYONE",
    "BOARDS",
    "COOPERATION",
    "OFFER_COLUMNS",
    "OFFICER",
    "OPENNESS",
    "Condition",
    "Embedder",
    "Finding",
    "Found",
    "Hit",
    "Index",
    "LocalIndex",
    "Matches",
    "Need",
    "NeedReview",
    "NeedsRead",
    "Offer",
    "OffersRead",
    "Target",
    "Unanswered",
    "Viewer",
    "check_needs",
    "join_offers",
    "match",
    "offer_frame",
    "offers_from_ledger",
    "read_needs",
    "read_offers",
    "show_need",
    "show_needs",
]
