"""Weights: from people (votes, AHP), from the figures, by optimisation, and combined."""

from __future__ import annotations

from sanfu.index.weights.combine import combine_weights
from sanfu.index.weights.components import (
    Components,
    factor_loadings,
    factor_weights,
    pca_weights,
    principal_components,
)
from sanfu.index.weights.derive import Weighting, derive_weights
from sanfu.index.weights.dispersion import (
    critic_weights,
    deviation_weights,
    entropy_weights,
    gini_weights,
    merec_weights,
    variation_weights,
)
from sanfu.index.weights.judgement import (
    Ahp,
    ahp_weights,
    comparison_matrix,
    consistency_ratio,
    group_matrix,
    mending_table,
    priorities,
    vote_weights,
)
from sanfu.index.weights.matrix import WeightsFault
from sanfu.index.weights.optimise import Optimised, optimise_index, optimise_weights

__all__ = [
    "Ahp",
    "Components",
    "Optimised",
    "Weighting",
    "WeightsFault",
    "ahp_weights",
    "combine_weights",
    "comparison_matrix",
    "consistency_ratio",
    "critic_weights",
    "derive_weights",
    "deviation_weights",
    "entropy_weights",
    "factor_loadings",
    "factor_weights",
    "gini_weights",
    "group_matrix",
    "mending_table",
    "merec_weights",
    "optimise_index",
    "optimise_weights",
    "pca_weights",
    "principal_components",
    "priorities",
    "variation_weights",
    "vote_weights",
]
