"""The exchange: needs and offers, matching with reasons, meetings, follow-up."""

from sanfu.exchange.access import ANYONE, OFFICER, Viewer, show_need, show_needs
from sanfu.exchange.checks import Finding, NeedReview, check_needs
from sanfu.exchange.desk.records import DeskRead, DeskRules, desk_rules, read_desk
from sanfu.exchange.desk.report import DeskReport, desk_report
from sanfu.exchange.firms import link_needs
from sanfu.exchange.follow.book import FollowBook
from sanfu.exchange.follow.form import Recorded, meeting_rows, record_form, write_follow_form
from sanfu.exchange.follow.funnel import Funnel, build_funnel
from sanfu.exchange.follow.stages import Case, Entry, follow_rules
from sanfu.exchange.invite import Invitation, Invitations, invite
from sanfu.exchange.keep import load_needs, load_offers, write_records
from sanfu.exchange.matching.index import Found, Index, LocalIndex
from sanfu.exchange.matching.match import Embedder, match
from sanfu.exchange.matching.opensearch import OpenSearchIndex
from sanfu.exchange.matching.result import Hit, Matches, Unanswered
from sanfu.exchange.meetings.allocate import Allocation, allocate
from sanfu.exchange.meetings.booths import booth_ids
from sanfu.exchange.meetings.calendars import calendar_of
from sanfu.exchange.meetings.checker import Violation, check_timetable
from sanfu.exchange.meetings.event import Event, read_event
from sanfu.exchange.meetings.event_files import write_event
from sanfu.exchange.meetings.keep import (
    find_party,
    find_slot,
    find_table,
    load_timetable,
    save_timetable,
)
from sanfu.exchange.meetings.make import make_event
from sanfu.exchange.meetings.repair import Repair, repair
from sanfu.exchange.meetings.timetable import Timetable, schedule
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
    offers_from_list,
)
from sanfu.exchange.read import NeedsRead, OffersRead, read_needs, read_offers
from sanfu.exchange.sample import SampleEvent, sample_event
from sanfu.exchange.services import Suggestions, sample_services, suggest_services

__all__ = [
    "ANYONE",
    "BOARDS",
    "COOPERATION",
    "OFFER_COLUMNS",
    "OFFICER",
    "OPENNESS",
    "Allocation",
    "Case",
    "Condition",
    "DeskRead",
    "DeskReport",
    "DeskRules",
    "Embedder",
    "Entry",
    "Event",
    "Finding",
    "FollowBook",
    "Found",
    "Funnel",
    "Hit",
    "Index",
    "Invitation",
    "Invitations",
    "LocalIndex",
    "Matches",
    "Need",
    "NeedReview",
    "NeedsRead",
    "Offer",
    "OffersRead",
    "OpenSearchIndex",
    "Recorded",
    "Repair",
    "SampleEvent",
    "Suggestions",
    "Target",
    "Timetable",
    "Unanswered",
    "Viewer",
    "Violation",
    "allocate",
    "booth_ids",
    "build_funnel",
    "calendar_of",
    "check_needs",
    "check_timetable",
    "desk_report",
    "desk_rules",
    "find_party",
    "find_slot",
    "find_table",
    "follow_rules",
    "invite",
    "join_offers",
    "link_needs",
    "load_needs",
    "load_offers",
    "load_timetable",
    "make_event",
    "match",
    "meeting_rows",
    "offer_frame",
    "offers_from_ledger",
    "offers_from_list",
    "read_desk",
    "read_event",
    "read_needs",
    "read_offers",
    "record_form",
    "repair",
    "sample_event",
    "sample_services",
    "save_timetable",
    "schedule",
    "show_need",
    "show_needs",
    "suggest_services",
    "write_event",
    "write_follow_form",
    "write_records",
]
