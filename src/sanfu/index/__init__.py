"""The room `index`: how a region is doing, from a framework and figures to explained scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Figures": "figures",
    "FiguresFault": "figures",
    "Finding": "finding",
    "Framework": "framework",
    "Index": "result",
    "ImpossibleCombination": "robustness",
    "LeaveOneOut": "robustness",
    "NotPositive": "aggregate",
    "NothingToScore": "finding",
    "Confidentiality": "micro",
    "RegionFigures": "micro",
    "Robustness": "robustness",
    "audit_index": "audit",
    "bootstrap_figures": "micro",
    "build_index": "build",
    "compare_vintages": "over_time",
    "compare_rankings": "compare",
    "compare_results": "compare",
    "compare_units": "why",
    "explain_change": "change",
    "find_contributions": "why",
    "find_strengths": "why",
    "find_trends": "trends",
    "gain_alone": "why",
    "gain_places": "why",
    "leave_one_out": "robustness",
    "link_chain": "over_time",
    "measure_regions": "micro",
    "parse_framework": "framework",
    "read_figures": "figures",
    "read_framework": "framework",
    "run_robustness": "robustness",
    "shipped_frameworks": "framework",
    "summarise_unit": "why",
    "WeightsFault": "weights",
    "ahp_weights": "weights",
    "combine_weights": "weights",
    "critic_weights": "weights",
    "deviation_weights": "weights",
    "entropy_weights": "weights",
    "factor_weights": "weights",
    "gini_weights": "weights",
    "merec_weights": "weights",
    "optimise_index": "weights",
    "optimise_weights": "weights",
    "pca_weights": "weights",
    "principal_components": "weights",
    "variation_weights": "weights",
    "vote_weights": "weights",
    "Coherence": "coherence",
    "assess_coherence": "coherence",
    "correlation_ratio": "coherence",
    "cronbach_alpha": "coherence",
    "sampling_adequacy": "coherence",
    "correlate": "correlation",
}
"""Public name → module; loaded when first used."""

__all__ = [
    "Coherence",
    "Confidentiality",
    "Figures",
    "FiguresFault",
    "Finding",
    "Framework",
    "ImpossibleCombination",
    "Index",
    "LeaveOneOut",
    "NotPositive",
    "RegionFigures",
    "Robustness",
    "WeightsFault",
    "ahp_weights",
    "assess_coherence",
    "audit_index",
    "bootstrap_figures",
    "build_index",
    "combine_weights",
    "compare_rankings",
    "compare_results",
    "compare_units",
    "compare_vintages",
    "correlate",
    "correlation_ratio",
    "critic_weights",
    "cronbach_alpha",
    "deviation_weights",
    "entropy_weights",
    "explain_change",
    "factor_weights",
    "find_contributions",
    "find_strengths",
    "find_trends",
    "gain_alone",
    "gain_places",
    "gini_weights",
    "leave_one_out",
    "link_chain",
    "measure_regions",
    "merec_weights",
    "optimise_index",
    "optimise_weights",
    "parse_framework",
    "pca_weights",
    "principal_components",
    "read_figures",
    "read_framework",
    "run_robustness",
    "sampling_adequacy",
    "shipped_frameworks",
    "summarise_unit",
    "variation_weights",
    "vote_weights",
]

if TYPE_CHECKING:
    from sanfu.index.aggregate import NotPositive
    from sanfu.index.audit import audit_index
    from sanfu.index.build import build_index
    from sanfu.index.change import explain_change
    from sanfu.index.coherence import (
        Coherence,
        assess_coherence,
        correlation_ratio,
        cronbach_alpha,
        sampling_adequacy,
    )
    from sanfu.index.compare import compare_rankings, compare_results
    from sanfu.index.correlation import correlate
    from sanfu.index.figures import Figures, FiguresFault, read_figures
    from sanfu.index.finding import Finding
    from sanfu.index.framework import (
        Framework,
        parse_framework,
        read_framework,
        shipped_frameworks,
    )
    from sanfu.index.micro import (
        Confidentiality,
        RegionFigures,
        bootstrap_figures,
        measure_regions,
    )
    from sanfu.index.over_time import compare_vintages, link_chain
    from sanfu.index.result import Index
    from sanfu.index.robustness import (
        ImpossibleCombination,
        LeaveOneOut,
        Robustness,
        leave_one_out,
        run_robustness,
    )
    from sanfu.index.trends import find_trends
    from sanfu.index.weights import (
        WeightsFault,
        ahp_weights,
        combine_weights,
        critic_weights,
        deviation_weights,
        entropy_weights,
        factor_weights,
        gini_weights,
        merec_weights,
        optimise_index,
        optimise_weights,
        pca_weights,
        principal_components,
        variation_weights,
        vote_weights,
    )
    from sanfu.index.why import (
        compare_units,
        find_contributions,
        find_strengths,
        gain_alone,
        gain_places,
        summarise_unit,
    )


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sanfu.index' has no attribute {name!r}")
    return getattr(import_module(f"sanfu.index.{home}"), name)
