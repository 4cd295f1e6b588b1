"""The analyses that reports carry beside an index, each with its formula and source.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import numpy as np
import polars as pl

import sanfu
from sanfu.index import companions

random = np.random.default_rng(3)
units = [f"合成{i}区" for i in range(12)]
framework = {
    "framework": "companions",
    "name": {"zh": "示例", "en": "example"},
    "nodes": {
        "index": {"name": {"zh": "总", "en": "index"}},
        "p": {"name": {"zh": "投入", "en": "input"}, "parent": "index"},
        "q": {"name": {"zh": "产出", "en": "output"}, "parent": "index"},
    },
    "indicators": {
        code: {"name": {"zh": code, "en": code}, "parent": code[0]}
        for code in ("p1", "p2", "q1", "q2")
    },
}
start = random.gamma(3, 2, (12, 4))
panel = pl.concat(
    pl.DataFrame(
        {"unit": units, "year": year} | dict(zip(framework["indicators"], x.T, strict=True))
    )
    for year, x in ((y, start * 1.1 ** (y - 2020) + 0.3 * (y - 2020)) for y in range(2020, 2024))
)
index = sanfu.build_index(framework, panel)
last = index.ranking.filter(pl.col("year") == 2023)
groups = ["城区" if unit < "合成5" else "郊区" for unit in last["unit"]]
scores = index.frame.filter(pl.col("node") == "index").select("unit", "year", "score")
positive = scores.with_columns(pl.col("score") + 1)

for name, found in {
    "coupling": companions.couple_systems(index),
    "obstacles": companions.find_obstacles(index),
    "theil": companions.decompose_theil(last["score"] + 1, groups),
    "gini": companions.decompose_gini(last["score"], groups),
    "sigma": companions.find_sigma_convergence(positive, "score"),
    "beta": companions.find_beta_convergence(positive, "score"),
    "classes": companions.break_naturally(last["unit"].to_list(), last["score"], classes=3),
    "types": companions.find_types(index, seed=1, replicates=20),
}.items():
    print(name, "—", found.formula, "—", found.source)
    print(found.frame.head(3))
