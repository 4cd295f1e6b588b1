"""Analyses that regional reports carry beside an index; each names its formula and its source."""

from sanfu.index.companions.base import Companion
from sanfu.index.companions.convergence import find_beta_convergence, find_sigma_convergence
from sanfu.index.companions.coupling import couple_systems
from sanfu.index.companions.groups import Breaks, Types, break_naturally, find_types
from sanfu.index.companions.inequality import decompose_gini, decompose_theil
from sanfu.index.companions.obstacle import find_obstacles

__all__ = [
    "Breaks",
    "Companion",
    "Types",
    "break_naturally",
    "couple_systems",
    "decompose_gini",
    "decompose_theil",
    "find_beta_convergence",
    "find_obstacles",
    "find_sigma_convergence",
    "find_types",
]
