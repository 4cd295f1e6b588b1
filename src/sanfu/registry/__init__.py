"""The room `registry`: who the firms are, out of messy spreadsheets."""

from sanfu.registry.firm_finder import FirmFinder
from sanfu.registry.ledger import Ledger
from sanfu.registry.mergers import firms_on
from sanfu.registry.problems import PROBLEM_SCHEMA, problem_kinds
from sanfu.registry.reading import Hints, Reading, read_file

__all__ = [
    "PROBLEM_SCHEMA",
    "FirmFinder",
    "Hints",
    "Ledger",
    "Reading",
    "firms_on",
    "problem_kinds",
    "read_file",
]
