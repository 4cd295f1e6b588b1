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
}
"""Public name → module; loaded when first used."""

__all__ = [
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
    "audit_index",
    "bootstrap_figures",
    "build_index",
    "compare_rankings",
    "compare_results",
    "compare_units",
    "compare_vintages",
    "explain_change",
    "find_contributions",
    "find_strengths",
    "gain_alone",
    "gain_places",
    "leave_one_out",
    "link_chain",
    "measure_regions",
    "parse_framework",
    "read_figures",
    "read_framework",
    "run_robustness",
    "shipped_frameworks",
    "summarise_unit",
]

if TYPE_CHECKING:
    from sanfu.index.aggregate import NotPositive
    from sanfu.index.audit import audit_index
    from sanfu.index.build import build_index
    from sanfu.index.change import explain_change
    from sanfu.index.compare import compare_rankings, compare_results
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
