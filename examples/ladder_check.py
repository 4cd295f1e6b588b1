"""Self-check a registry against the little-giant standard: who meets what, and what is missing.

The firms are synthetic (合成数据). Nothing here recognises a title; only the authorities may.
"""

import datetime as dt

import polars as pl

import sanfu
from sanfu.ladder import firm_rows
from sanfu.registry.sample import shanghai

firms = firm_rows(shanghai(firms=500, seed=1), dt.date(2024, 5, 1))
answer = sanfu.which("little-giant", "new", dt.date(2026, 5, 1))
print(answer.rulebook, answer.why)

found = sanfu.check(firms, answer.rulebook, kind="new", on=dt.date(2026, 5, 1))
print(found.verdicts.group_by("outcome").len().sort("len"))

short = found.frame.filter((pl.col("criterion") == "rd_amount") & (pl.col("outcome") == "unmet"))
print(short.select("firm", "value", "threshold", "gap", "unit").sort("gap").head(5))
