"""The same rules on the same firms: Sanfu, OpenFisca-core and zen-engine (a decision table engine).

Rules: the innovative-SME standard of 2022 (six banded indicators, three group floors, six direct
routes). Wanted: at least 10 × and 100 × faster. Firms are synthetic, one million, none with missing
data (neither peer knows missing values). zen-engine decides one firm at a call and gives score and
verdict; it is timed on 20,000 of them. OpenFisca is given the same expressions as variables and is
timed with every outcome and all points, as Sanfu is, and with score and verdict only; by hand is
the same in NumPy without missing data, score and verdict only. The best of three tries counts.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import partial
from itertools import pairwise
from operator import itemgetter

import numpy as np
import polars as pl

FIRMS = int(os.environ.get("FIRMS", "1000000"))
FEW = min(FIRMS, 20_000)
BOOK = "cn-2022/innovative"
ON = dt.date(2026, 5, 1)
ROUTES = ("science_award_3y", "high_tech", "tech_demonstration", "ip_demonstration")


def firms() -> pl.DataFrame:
    """Draw firms without missing or impossible figures; what a person judges is judged well."""
    from sanfu.ladder import make_book
    from sanfu.ladder.edges import edge_firms

    made = make_book(BOOK, kind="new", on=ON)
    drawn = edge_firms(made, FIRMS, seed=5)
    whole = [pl.col(pl.Int64).abs().clip(1, 10**14).fill_null(10**9)]
    flags = [pl.col(pl.Boolean).fill_null(value=False)]
    drawn = drawn.with_columns(*whole, *flags).with_columns(pl.col(pl.String).fill_null("其他"))
    good = [rule.column for rule in made.rules if rule.column]
    routes = [(pl.col(name) & (pl.int_range(pl.len()) % 7 == 0)).alias(name) for name in ROUTES]
    return drawn.with_columns(
        *(pl.lit(value=True).alias(name) for name in good if name), *routes, size=pl.lit("small")
    )


def by_sanfu(frame: pl.DataFrame) -> tuple[float, pl.DataFrame]:
    from sanfu.ladder import check

    check(frame.head(1000), BOOK, kind="new", on=ON).wide  # noqa: B018 - warm
    start = time.perf_counter()
    found = check(frame, BOOK, kind="new", on=ON).wide
    seconds = time.perf_counter() - start
    return seconds, found.select("score", met=pl.col("verdict") == 3)


def by_openfisca(frame: pl.DataFrame, *, everything: bool) -> tuple[float, pl.DataFrame]:
    """Compute on OpenFisca: every outcome and all points as Sanfu, or score and verdict only."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import YEAR
    from openfisca_core.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    from benchmarks._openfisca import Ops, code
    from sanfu.ladder import make_book
    from sanfu.ladder.emit import Emitter
    from sanfu.ladder.pipeline import finished, steps

    made = make_book(BOOK, kind="new", on=ON)
    firm = build_entity(key="firm", plural="firms", label="firm", is_person=True)
    system = TaxBenefitSystem([firm])

    def variable(name: str, expression=None) -> None:
        body = {"value_type": float, "entity": firm, "definition_period": YEAR, "label": name}
        if expression is not None:

            def formula(population, period, _=None):
                found = expression.run(lambda other: population(other, period))
                return np.broadcast_to(found, (population.count,)).astype(np.float32)

            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))

    inputs = {}
    for name in made.columns:
        variable(f"v_{name}")
        column = frame[name]
        if column.dtype == pl.String:
            column = column.replace_strict({text: code(text) for text in column.unique()})
        inputs[f"v_{name}"] = column.cast(pl.Float32).to_numpy()
    for step in steps(Emitter(made, ops=Ops())):
        for name, expression in step.items():
            variable(name, expression)
    wanted = list(finished(made).values()) if everything else ["p_total", "c_verdict"]
    start = time.perf_counter()
    simulation = SimulationBuilder().build_default_simulation(system, count=frame.height)
    for name, values in inputs.items():
        simulation.set_input(name, "2025", values)
    found = {name: simulation.calculate(name, "2025") for name in wanted}
    seconds = time.perf_counter() - start
    score, verdict = found["p_total"], found["c_verdict"]
    return seconds, pl.DataFrame({"score": score.astype(np.int64), "met": verdict == 3})


def by_hand_on_openfisca(frame: pl.DataFrame) -> tuple[float, pl.DataFrame]:
    """Compute score and verdict as an OpenFisca author would, without missing data."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import YEAR
    from openfisca_core.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    firm = build_entity(key="firm", plural="firms", label="firm", is_person=True)
    system = TaxBenefitSystem([firm])

    def variable(name: str, kind: type, formula=None) -> None:
        body = {"value_type": kind, "entity": firm, "definition_period": YEAR, "label": name}
        if formula is not None:
            body["formula"] = lambda found, period, _=None: formula(lambda n: found(n, period))
        system.add_variable(type(name, (Variable,), body))

    money = (
        "rd_expense",
        "revenue",
        "main_revenue",
        "main_revenue_1",
        "liabilities",
        "assets",
        "new_equity_3y",
    )
    counts = ("class1_ip_high_value", "class1_ip_own", "class1_ip", "class2_ip")
    flags = (*ROUTES, "strategic_industry", "provincial_institution")
    for name in (*money, *counts):
        variable(name, float)
    for name in flags:
        variable(name, bool)

    def bands(value, edges, points):
        return np.select([value >= edge for edge in edges], points, 0)

    variable(
        "ip",
        float,
        lambda v: np.select(
            [
                v("class1_ip_high_value") >= 1,
                v("class1_ip_own") >= 1,
                v("class1_ip") >= 1,
                v("class2_ip") >= 1,
            ],
            [20, 15, 10, 5],
            0,
        ),
    )
    variable(
        "rd",
        float,
        lambda v: bands(v("rd_expense") / v("revenue"), (0.05, 0.03, 0.02, 0.01), (20, 15, 10, 5)),
    )
    variable(
        "growth",
        float,
        lambda v: bands(
            (v("main_revenue") - v("main_revenue_1")) / v("main_revenue_1"),
            (0.15, 0.10, 0.05, 0),
            (20, 15, 10, 5),
        ),
    )
    variable(
        "debt",
        float,
        lambda v: np.select(
            [v("liabilities") / v("assets") <= 0.55, v("liabilities") / v("assets") <= 0.75],
            [10, 5],
            0,
        ),
    )
    variable("field", float, lambda v: np.where(v("strategic_industry"), 10, 5))
    variable(
        "main_share",
        float,
        lambda v: bands(v("main_revenue") / v("revenue"), (0.7, 0.6, 0.55, 0.5), (20, 15, 10, 5)),
    )
    variable(
        "score",
        float,
        lambda v: v("ip") + v("rd") + v("growth") + v("debt") + v("field") + v("main_share"),
    )
    variable(
        "met",
        bool,
        lambda v: (
            (
                (v("score") >= 60)
                & (v("ip") + v("rd") >= 20)
                & (v("growth") + v("debt") >= 15)
                & (v("field") + v("main_share") >= 15)
            )
            | v("science_award_3y")
            | v("high_tech")
            | v("tech_demonstration")
            | v("ip_demonstration")
            | v("provincial_institution")
            | (v("new_equity_3y") >= 500_000_000)
        ),
    )

    columns = frame.with_columns(
        provincial_institution=pl.col("rd_institution").is_in(["国家级", "省级"])
    )
    start = time.perf_counter()
    simulation = SimulationBuilder().build_default_simulation(system, count=frame.height)
    for name in (*money, *counts, *flags):
        simulation.set_input(name, "2025", columns[name].to_numpy())
    score, met = simulation.calculate("score", "2025"), simulation.calculate("met", "2025")
    seconds = time.perf_counter() - start
    return seconds, pl.DataFrame({"score": score.astype(np.int64), "met": met})


def by_zen(frame: pl.DataFrame) -> tuple[float, pl.DataFrame]:
    import json

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
    start = time.perf_counter()
    found = [decision.evaluate(row)["result"] for row in rows]
    return time.perf_counter() - start, pl.DataFrame(found).select("score", "met")


def main() -> None:
    """Time the three, and count how many firms each decides otherwise than Sanfu."""
    frame = firms()
    seconds, ours = min((by_sanfu(frame) for _ in range(3)), key=itemgetter(0))
    rate = frame.height / seconds
    print(f"{frame.height:,} firms, {BOOK}, all outcomes and points in memory")
    print(f"  {'sanfu, all':18} {seconds:7.2f} s   {rate:12,.0f} firms/s")
    for name, run, part in (
        ("openfisca, all", partial(by_openfisca, everything=True), frame),
        ("openfisca, verdict", partial(by_openfisca, everything=False), frame),
        ("openfisca, by hand", by_hand_on_openfisca, frame),
        ("zen-engine", by_zen, frame.head(FEW)),
    ):
        try:
            tries = 1 if part is not frame else 3
            seconds, theirs = min((run(part) for _ in range(tries)), key=itemgetter(0))
        except ImportError as missing:
            print(f"  {name:18} not installed ({missing.name}); uv sync --group bench")
            continue
        other = part.height / seconds
        mine = ours.head(part.height)
        wrong = (mine["score"].cast(pl.Int64) != theirs["score"].cast(pl.Int64)) | (
            mine["met"] != theirs["met"].cast(pl.Boolean)
        )
        print(
            f"  {name:18} {seconds:7.2f} s   {other:12,.0f} firms/s   sanfu {rate / other:7.1f} x"
            f"   other score or verdict on {wrong.mean():.2%} of {part.height:,}"
        )


if __name__ == "__main__":
    main()
