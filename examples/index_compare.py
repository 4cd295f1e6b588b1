"""Set two results side by side: two methods, two years, and a table that was published.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import polars as pl

import sanfu
from sanfu.index import compare_rankings, compare_results

framework = {
    "framework": "compared",
    "name": {"zh": "示例指数", "en": "example index"},
    "figures": {"year": "year"},
    "nodes": {"index": {"name": {"zh": "总指数", "en": "index"}}},
    "indicators": {
        code: {"name": {"zh": code, "en": code}, "parent": "index"} for code in ("a", "b")
    },
    "method": {"normalise": {"method": "minmax", "low": 1}},
}
figures = pl.DataFrame(
    {
        "unit": ["甲区", "乙区", "丙区", "丁区"] * 2,
        "year": [2024] * 4 + [2025] * 4,
        "a": [10.0, 30.0, 20.0, 26.0, 14.0, 31.0, 35.0, 27.0],
        "b": [9.0, 3.0, 6.0, 4.0, 9.0, 4.0, 5.0, 8.0],
    }
)
index = sanfu.build_index(framework, figures)

years = compare_results(index, index, before=2024, after=2025)
print(years.in_words())
print(years.frame)

geometric = sanfu.build_index(index.framework.vary({"method.aggregate": "geometric"}), figures)
print(compare_results(index, geometric, names=("arithmetic", "geometric")).in_words())

published = pl.DataFrame({"unit": ["甲区", "乙区", "丙区"], "score": [52.0, 60.5, 58.0]})
ours = index.ranking.filter(pl.col("year") == 2024).select("unit", "score")
print(compare_rankings(published, ours, names=("as published", "ours")).in_words())
years.to_excel("compared.xlsx")
