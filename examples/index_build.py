"""Build a small index from a framework and figures, and see who is where and why.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import polars as pl

import sanfu

framework = {
    "framework": "example",
    "name": {"zh": "示例指数", "en": "example index"},
    "nodes": {
        "index": {"name": {"zh": "总指数", "en": "index"}, "aggregate": "geometric"},
        "people": {"name": {"zh": "人才", "en": "people"}, "parent": "index"},
        "money": {"name": {"zh": "投入", "en": "money"}, "parent": "index", "weight": 2},
    },
    "indicators": {
        "researchers": {
            "name": {"zh": "每万人研发人员", "en": "researchers per 10,000"},
            "parent": "people",
            "denominator": "population",
            "scale": 10_000,
        },
        "turnover": {
            "name": {"zh": "人员流失率", "en": "staff turnover"},
            "parent": "people",
            "direction": -1,
        },
        "rd_share": {"name": {"zh": "研发强度", "en": "R&D intensity"}, "parent": "money"},
    },
    "method": {
        "impute": "median",
        "treat": {},
        "normalise": {"method": "minmax", "low": 1, "high": 100},
    },
}
figures = pl.DataFrame(
    {
        "unit": ["甲区", "乙区", "丙区", "丁区"],
        "population": [820_000, 410_000, 1_300_000, 650_000],
        "researchers": [5_100, 1_900, 12_400, 2_300],
        "turnover": [0.11, 0.08, None, 0.19],
        "rd_share": [0.034, 0.021, 0.047, 0.018],
    }
)

index = sanfu.build_index(framework, figures)

for step in index.steps.values():
    print(step.name, "—", step.what)
print(index.ranking)
print(index.explain("甲区"))
print(index.trace("丙区", "people"))
