"""From firms to regions: indicators computed by declared formulas from the ledger's frames."""

from sanfu.index.micro.bootstrap import Replicates, bootstrap_figures
from sanfu.index.micro.confidential import Confidentiality
from sanfu.index.micro.figures import FigureTrace, RegionFigures
from sanfu.index.micro.functions import FUNCTIONS, AggregateFunction
from sanfu.index.micro.measure import measure_regions, read_plans

__all__ = [
    "FUNCTIONS",
    "AggregateFunction",
    "Confidentiality",
    "FigureTrace",
    "RegionFigures",
    "Replicates",
    "bootstrap_figures",
    "measure_regions",
    "read_plans",
]
