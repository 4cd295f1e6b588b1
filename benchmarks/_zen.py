"""The innovative-SME standard of 2022 as decision tables of zen-engine: score and verdict."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import polars as pl

ROUTES = ("science_award_3y", "high_tech", "tech_demonstration", "ip_demonstration")


def by_tables(frame: pl.DataFrame) -> tuple[float, float, pl.DataFrame]:
    """Decide one firm a call, as the engine is made to."""
    import zen

    tables = {
        "ip": [("class1_ip_high_value >= 1", 20), ("class1_ip_own >= 1", 15),
               ("class1_ip >= 1", 10), ("class2_ip >= 1", 5), ("", 0)],
        "rd": [(f"100 * rd_expense >= {p} * revenue", n)
               for p, n in ((5, 20), (3, 15), (2, 10), (1, 5))] + [("", 0)],
        "growth": [(f"100 * (main_revenue - main_revenue_1) >= {p} * main_revenue_1", n)
                   for p, n in ((15, 20), (10, 15), (5, 10), (0, 5))] + [("", 0)],
        "debt": [("100 * liabilities <= 55 * assets", 10), ("100 * liabilities <= 75 * assets", 5),
                 ("", 0)],
        "field": [("strategic_industry", 10), ("", 5)],
        "main_share": [(f"100 * main_revenue >= {p} * revenue", n)
                       for p, n in ((70, 20), (60, 15), (55, 10), (50, 5))] + [("", 0)],
    }  # fmt: skip
    nodes = [{"id": "in", "type": "inputNode", "name": "in"}]
    edges = []
    for name, rows in tables.items():
        nodes.append(
            {
                "id": name,
                "type": "decisionTableNode",
                "name": name,
                "content": {
                    "hitPolicy": "first",
                    "passThrough": True,
                    "executionMode": "single",
                    "inputs": [{"id": "i", "name": "i", "type": "expression"}],
                    "outputs": [
                        {"id": "o", "name": name, "field": f"p_{name}", "type": "expression"}
                    ],
                    "rules": [
                        {"_id": str(n), "i": when, "o": str(points)}
                        for n, (when, points) in enumerate(rows)
                    ],
                },
            }
        )
    total = " + ".join(f"p_{name}" for name in tables)
    by_score = (
        "score >= 60 and p_ip + p_rd >= 20 and p_growth + p_debt >= 15 "
        "and p_field + p_main_share >= 15"
    )
    routes = " or ".join(ROUTES)
    nodes += [
        {"id": "sum", "type": "expressionNode", "name": "sum", "content": {
            "passThrough": True,
            "expressions": [{"id": "s", "key": "score", "value": total}]}},
        {"id": "end", "type": "expressionNode", "name": "end", "content": {"expressions": [
            {"id": "s", "key": "score", "value": "score"},
            {"id": "m", "key": "met", "value":
                f"({by_score}) or {routes} or rd_institution in ['国家级', '省级'] "
                "or new_equity_3y >= 500000000"}]}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]  # fmt: skip
    order = ["in", *tables, "sum", "end", "out"]
    edges = [
        {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in pairwise(order)
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    rows = frame.drop("firm").to_dicts()
    decision.evaluate(rows[0])
    start, used = time.perf_counter(), time.process_time()
    found = [decision.evaluate(row)["result"] for row in rows]
    wall, cpu = time.perf_counter() - start, time.process_time() - used
    return wall, cpu, pl.DataFrame(found).select("score", verdict=pl.col("met").cast(pl.Int8) * 3)
