"""Audit an index: eleven questions, a workbook of tables, and a page that can be followed.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

import numpy as np
import polars as pl

import sanfu
from sanfu.index import compare_results
from sanfu.report.audit import write_audit

random = np.random.default_rng(7)
codes = ["a1", "a2", "a3", "b1", "b2", "b3"]
framework = {
    "framework": "audited",
    "name": {"zh": "受检指数", "en": "audited index"},
    "nodes": {
        "index": {"name": {"zh": "总指数", "en": "index"}},
        "a": {"name": {"zh": "甲", "en": "A"}, "parent": "index"},
        "b": {"name": {"zh": "乙", "en": "B"}, "parent": "index"},
    },
    "indicators": {
        code: {"name": {"zh": f"指标{code}", "en": f"indicator {code}"}, "parent": code[0]}
        for code in codes
    },
}
traits = random.normal(size=(30, 2)).repeat(3, axis=1)
table = traits + 0.7 * random.normal(size=(30, 6)) + 10
figures = pl.DataFrame(
    {"unit": [f"合成{i:02d}区" for i in range(30)], "population": random.lognormal(3, 1, 30)}
    | dict(zip(codes, table.T, strict=True))
)

index = sanfu.build_index(framework, figures)
audit = index.audit(size=["population"], replicates=200, sobol=64, seed=1)

print(audit.in_words())
for finding in audit.findings:
    if finding.severity != "note":
        print("!", finding.text)
audit.to_excel("audit.xlsx")
write_audit(audit, "audit.html", units=[index.ranking["unit"][0]])

geometric = index.framework.vary(
    {"method.normalise": {"method": "minmax", "low": 1}, "method.aggregate": "geometric"}
)
print(compare_results(index, sanfu.build_index(geometric, figures)).in_words())
