"""How far can the ranking be trusted? Vary what is disputable, and see what stays.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import numpy as np
import polars as pl

import sanfu

rng = np.random.default_rng(7)
districts = [f"示例{k}区" for k in range(1, 11)]
figures = pl.DataFrame(
    {
        "unit": districts,
        "firms": rng.lognormal(5, 0.9, 10),
        "growth": rng.normal(8, 3, 10),
        "rd": rng.normal(4, 1, 10),
        "debt": rng.normal(55, 6, 10),
    }
)
framework = {
    "framework": "robust-example",
    "name": {"zh": "示例指数", "en": "example index"},
    "nodes": {
        "index": {"name": {"zh": "总指数", "en": "index"}},
        "size": {"name": {"zh": "规模", "en": "size"}, "parent": "index"},
        "quality": {"name": {"zh": "质量", "en": "quality"}, "parent": "index"},
    },
    "indicators": {
        "firms": {"name": {"zh": "企业数", "en": "firms"}, "parent": "size"},
        "growth": {"name": {"zh": "增速", "en": "growth"}, "parent": "size"},
        "rd": {"name": {"zh": "研发强度", "en": "R&D intensity"}, "parent": "quality"},
        "debt": {
            "name": {"zh": "负债率", "en": "debt ratio"},
            "parent": "quality",
            "direction": -1,
        },
    },
    "method": {"treat": {}, "normalise": {"method": "minmax", "low": 1}},
}
index = sanfu.build_index(framework, figures)
found = index.robustness(
    {
        "weights": {"weights": {"noise": 0.25}},
        "scale": {
            "path": "method.normalise",
            "values": [
                {"method": "minmax", "low": 1},
                {"method": "zscore", "mean": 100, "sd": 10},
            ],
        },
        "top": {"path": "nodes.index.aggregate", "values": ["arithmetic", "geometric"]},
    },
    replicates=5000,
    seed=1,
)
for row in found.frame.iter_rows(named=True):
    print(f"{row['unit']}  第 {row['rank']:2} 名  90%：{row['rank_low']}—{row['rank_high']}")
print("梯队 tiers:", dict(found.tiers.select("unit", "tier").iter_rows()))
print("取决于 depends on:", dict(found.sobol(512).summary.select("choice", "total").iter_rows()))
first = found.frame["unit"][0]
print(f"第 1 次重复中第一名 leader of replicate 1: {found.replay(1).ranking['unit'][0]}（{first}）")
for finding in index.leave_one_out("units").findings[:2]:
    print(finding.text)
