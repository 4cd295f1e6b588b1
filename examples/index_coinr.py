"""Read the two tables of COINr (R) and build the same index, with its numbers or the right ones."""

from __future__ import annotations

import polars as pl

import sanfu
from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr

imeta = pl.DataFrame(
    {
        "Level": [1, 1, 1, 2],
        "iCode": ["roads", "waste", "trains", "Index"],
        "iName": ["Roads", "Waste", "Trains", "Index"],
        "Direction": [1, -1, 1, 1],
        "Weight": [1.0, 1.0, 2.0, 1.0],
        "Parent": ["Index", "Index", "Index", None],
        "Type": ["Indicator", "Indicator", "Indicator", "Aggregate"],
    }
)
idata = pl.DataFrame(
    {
        "uCode": ["A", "B", "C"],
        "uName": ["Aland", "Bland", "Cland"],
        "roads": [1.0, 2.0, 4.0],
        "waste": [1.0, 2.0, 4.0],
        "trains": [3.0, None, 1.0],
    }
)

framework = framework_from_coinr(imeta, method={"normalise": "fraction_of_maximum"})
figures = figures_from_coinr(idata)
print(sanfu.build_index(framework, figures).ranking)
print(sanfu.build_index(framework, figures, parity="COINr").ranking)
