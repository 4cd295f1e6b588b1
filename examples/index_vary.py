"""Ask of an index: what if it were computed otherwise? Each variant is checked before it runs.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import sanfu
from sanfu.errors import DeclarationFaults
from sanfu.index import parse_framework

framework = parse_framework(
    {
        "framework": "vary",
        "name": {"zh": "示例", "en": "example"},
        "nodes": {"index": {"name": {"zh": "总", "en": "index"}}},
        "indicators": {
            code: {"name": {"zh": code, "en": code}, "parent": "index"} for code in "abc"
        },
    }
)
figures = {
    "unit": ["甲", "乙", "丙"],
    "a": [10.0, 30.0, 20.0],
    "b": [7.0, 3.0, 4.0],
    "c": [1.0, 2.0, 9.0],
}

variants = {
    "as declared": {},
    "z-scores": {"method.normalise": "zscore"},
    "geometric": {
        "method.normalise": {"method": "minmax", "low": 1},
        "method.aggregate": "geometric",
    },
    "Copeland": {"method.aggregate": "copeland"},
    "TOPSIS": {"method.aggregate": "topsis"},
    "a counts double": {"indicators.a.weight": 2},
}
for name, choices in variants.items():
    ranking = sanfu.build_index(framework.vary(choices), figures).ranking
    print(f"{name:16}", " > ".join(ranking["unit"]))

try:
    framework.vary({"method.aggregate": "geometric"})
except DeclarationFaults as refused:
    print("refused before the run:", refused.faults[0].text)
