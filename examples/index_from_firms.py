"""From firms to an index of the 16 districts, on synthetic firms (合成数据 / synthetic)."""

from __future__ import annotations

import sanfu
from sanfu.index.companions import break_naturally
from sanfu.registry import sample

registry = sample.shanghai(firms=1600, seed=7)
figures = sanfu.measure_regions(
    "shanghai-srdi", registry, years=2023, as_of=(7, 28), roll_up={"city": "上海市"}
)
index = sanfu.build_index("shanghai-srdi", figures)
first = index.ranking["unit"][0]
drawn = figures.replicates(replicates=200, seed=1)
groups = break_naturally(index.ranking["unit"].to_list(), index.ranking["score"], classes=3)

print(index.ranking)
print(figures.explain(first, "rd_intensity"))
print(figures.trace(first, "rd_intensity").rows.head(3))
print(drawn.intervals(0.9).head(3))
print(groups.frame)
