"""The way up: plans for 8,288 synthetic firms, where points are separable and where coupled.

Wanted: at most 5 s with revenue held as it is (every condition then rests on one figure), at most
120 s with revenue free as well. Peer: a mixed-integer program a firm, solved by SciPy's HiGHS, of
the three figures of one standard that move; the whole problem has more, so it flatters the peer.
`FIRMS=1000 python -m benchmarks ladder_plan` is smaller.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import time

FIRMS = int(os.environ.get("FIRMS", "8288"))
ON = dt.date(2024, 5, 1)
BOOKS = ("cn-2022/srdi", "cn-2022/innovative", "cn-2026/srdi", "cn-2026/little-giant")
MILP_FIRMS = 100


def milp_seconds(rows) -> tuple[float, int]:
    """Solve the debt, R&D and main-revenue parts of cn-2026/srdi as a MILP a firm; give s a firm.

    Only the three figures that move; the real problem has more, so this flatters the peer.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    some = rows.drop_nulls(["revenue", "main_revenue", "rd_expense", "liabilities", "assets"])
    start = time.perf_counter()
    count = 0
    for row in some.head(MILP_FIRMS).iter_rows(named=True):
        wan = 1_000_000
        revenue, assets = row["revenue"] / wan, row["assets"] / wan
        need = [
            max(0.03 * revenue - row["rd_expense"] / wan, 100 - row["rd_expense"] / wan, 0),
            max(0.8 * revenue - row["main_revenue"] / wan, 0),
            max(row["liabilities"] / wan - 0.8 * assets, 0),
        ]
        top = np.array([max(one, 1) * 2 for one in need])
        # x_i at least what is needed while its binary is on; all must be on
        matrix = np.hstack([np.eye(3), -np.diag(need)])
        found = milp(
            c=np.array([1, 0.15, 0.05, 0, 0, 0]),
            constraints=[
                LinearConstraint(matrix, 0, np.inf),
                LinearConstraint(np.array([[0, 0, 0, 1, 1, 1]]), 3, np.inf),
            ],
            integrality=[0, 0, 0, 1, 1, 1],
            bounds=Bounds(np.zeros(6), np.concatenate([top, np.ones(3)])),
        )
        count += bool(found.success)
    return (time.perf_counter() - start) / max(count, 1), count


def main() -> None:
    """Measure and print."""
    from sanfu.ladder import firm_rows
    from sanfu.ladder.plan import Planner
    from sanfu.registry.sample import shanghai

    rows = firm_rows(shanghai(firms=FIRMS, seed=7), ON)
    print(
        f"{FIRMS:,} synthetic firms; seconds by the wall and of the processor, "
        "plans found / nothing to do / none"
    )
    ours = 0.0
    for name in BOOKS:
        planner = Planner(name, kind="new", on=ON)
        for words, settings in (
            ("separable", planner.settings.without("revenue")),
            ("coupled", planner.settings),
        ):
            start, used = time.perf_counter(), time.process_time()
            plans = planner.plans(rows, settings)
            seconds, used = time.perf_counter() - start, time.process_time() - used
            made = sum(plan is not None and bool(plan.steps) for plan in plans)
            met = sum(plan is not None and not plan.steps for plan in plans)
            print(
                f"{name:24} {words:10} {seconds:7.2f} s (processor {used:6.2f} s)   "
                f"{made:,} / {met:,} / {len(plans) - made - met:,}"
            )
            if (name, words) == ("cn-2026/srdi", "coupled"):
                ours = seconds / FIRMS
    theirs, solved = milp_seconds(rows)
    print(f"HiGHS, a three-figure MILP a firm: {1000 * theirs:.2f} ms ({solved} firms)")
    print(f"ours, the whole of cn-2026/srdi:   {1000 * ours:.2f} ms a firm")
    print(f"RATIO {theirs / ours:.1f} times as fast as the small MILP")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
