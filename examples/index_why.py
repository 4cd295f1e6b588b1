"""Why does a district stand where it does, against whom, and what would a place take?

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import sanfu
from sanfu.report.audit.pictures import contribution_steps, gain_bars, strength_bars
from sanfu.report.figures import draw_svg

framework = {
    "framework": "why",
    "name": {"zh": "示例指数", "en": "example index"},
    "nodes": {
        "index": {"name": {"zh": "总指数", "en": "index"}},
        "people": {"name": {"zh": "人才", "en": "people"}, "parent": "index"},
        "money": {"name": {"zh": "投入", "en": "money"}, "parent": "index", "weight": 2},
    },
    "indicators": {
        "staff": {
            "name": {"zh": "研发人员占比", "en": "R&D staff"},
            "parent": "people",
            "unit": "share",
        },
        "turnover": {
            "name": {"zh": "流失率", "en": "turnover"},
            "parent": "people",
            "direction": -1,
        },
        "rd": {
            "name": {"zh": "研发强度", "en": "R&D intensity"},
            "parent": "money",
            "unit": "share",
        },
        "funds": {"name": {"zh": "融资（亿元）", "en": "funding"}, "parent": "money"},
    },
}
figures = pl.DataFrame(
    {
        "unit": ["甲区", "乙区", "丙区", "丁区", "戊区", "己区"],
        "staff": [0.21, 0.34, 0.28, 0.17, 0.31, 0.25],
        "turnover": [0.11, 0.08, 0.15, 0.19, 0.10, 0.12],
        "rd": [0.034, 0.021, 0.047, 0.018, 0.039, 0.030],
        "funds": [12.0, 4.5, 20.1, 2.2, 9.8, 7.0],
    }
)

index = sanfu.build_index(framework, figures)

print(index.summary("甲区"))
print(index.trace("甲区", "money"))  # down to the figures, step by step
print(index.contributions("甲区").in_words())  # the score as a sum
found = index.contributions("甲区", against="mean")  # or "median", or a peer's name
print(found.frame.select("name", "value", "reference", "contribution"))
print(found.in_words())
print(index.contributions("甲区", against="丙区").in_words())
print(index.strengths("甲区").in_words())

gain = index.gain("甲区", 1)  # the least change, verified by building anew
print(gain.frame.select("name", "before", "after", "points"))
print(gain.in_words())
print(index.gain("甲区", 1, least="largest").in_words())

about = {
    "title": "甲区", "unit": "分", "source": "合成数据 / synthetic", "as_of": "2025", "n": "6",
    "method": "极差标准化、加权平均 / min-max, weighted mean", "synthetic": True,
}  # fmt: skip
for name, figure in {
    "contributions": contribution_steps(found, **about),
    "strengths": strength_bars(index.strengths("甲区"), **about),
    "gain": gain_bars(gain, **about),
}.items():
    Path(f"{name}.svg").write_text(draw_svg(figure), encoding="utf-8")
