"""Coherence: whether the parts of an index belong together, and weigh what they seem to."""

from __future__ import annotations

from sanfu.index.coherence.assess import Coherence, assess_coherence
from sanfu.index.coherence.importance import correlation_ratio, squared_correlation
from sanfu.index.coherence.limits import LIMITS, Limits
from sanfu.index.coherence.reliability import (
    Adequacy,
    alpha_if_dropped,
    cronbach_alpha,
    item_rest_correlations,
    sampling_adequacy,
    variance_inflation,
)
from sanfu.index.coherence.size import correlate_with_size
from sanfu.index.coherence.statistics import count_availability, describe_columns

__all__ = [
    "LIMITS",
    "Adequacy",
    "Coherence",
    "Limits",
    "alpha_if_dropped",
    "assess_coherence",
    "correlate_with_size",
    "correlation_ratio",
    "count_availability",
    "cronbach_alpha",
    "describe_columns",
    "item_rest_correlations",
    "sampling_adequacy",
    "squared_correlation",
    "variance_inflation",
]
