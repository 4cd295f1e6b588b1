"""Why a score is what it is: contributions, strengths, comparisons, and what a place would take."""

from sanfu.index.why.contributions import Contributions, compare_units, find_contributions
from sanfu.index.why.gain import Gain, gain_alone, gain_places
from sanfu.index.why.strengths import Strengths, find_strengths, say_summary, summarise_unit
from sanfu.index.why.workbook import write_explanation

__all__ = [
    "Contributions",
    "Gain",
    "Strengths",
    "compare_units",
    "find_contributions",
    "find_strengths",
    "gain_alone",
    "gain_places",
    "say_summary",
    "summarise_unit",
    "write_explanation",
]
