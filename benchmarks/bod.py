"""Speed of benefit of the doubt: a linear programme a unit.

Peer: SciPy's ``linprog`` (HiGHS) called for each unit with all units as constraints, as packages
for data envelopment do; timed on some of the units in the same run. The scores of these are
compared.

Run with ``python -m benchmarks.bod``.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import polars as pl
from scipy.optimize import linprog

from sanfu.index.bod import benefit_along, benefit_of_doubt

CHILDREN = 10


def table(n: int, *, alike: bool, seed: int = 3) -> np.ndarray:
    """Give children that go together as in an index, or none with another (a large frontier)."""
    rng = np.random.default_rng(seed)
    if not alike:
        return rng.uniform(size=(n, CHILDREN))
    return rng.uniform(0.3, 1, size=(n, 1)) * rng.uniform(0.5, 1, size=(n, CHILDREN))


def peer(x: np.ndarray, units: np.ndarray) -> tuple[float, np.ndarray]:
    """Solve some units one by one; gives seconds a unit and the scores."""
    start = time.perf_counter()
    found = [-linprog(-x[unit], A_ub=x, b_ub=np.ones(len(x)), method="highs").fun for unit in units]
    return (time.perf_counter() - start) / len(units), np.asarray(found)


def main() -> None:
    """Print a row a case."""
    rows = []
    for n, alike in ((5_000, True), (5_000, False), (100_000, True)):
        x = table(n, alike=alike)
        some = np.linspace(0, n - 1, 40 if n < 10_000 else 5).astype(int)
        each, expected = peer(x, some)
        for what, work in (
            ("free", lambda x=x: benefit_of_doubt(x).scores),
            ("shares 3 to 30 %", lambda x=x: benefit_of_doubt(x, lower=0.03, upper=0.3).scores),
            ("along (1, …, 1)", lambda x=x: benefit_along(x, np.ones(CHILDREN))),
        ):
            start = time.perf_counter()
            scores = work()
            took = time.perf_counter() - start
            free = what == "free"
            if free:
                np.testing.assert_allclose(scores[some], expected, rtol=1e-9)
            rows.append(
                {
                    "what": what,
                    "units": n,
                    "children": "alike" if alike else "unlike",
                    "frontier": int((scores > 1 - 1e-12).sum()) if free else None,
                    "seconds": round(took, 2),
                    "linprog_s": round(each * n, 1) if free else None,
                    "ratio": round(each * n / took, 1) if free else None,
                    "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            )
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=140):
        print(pl.DataFrame(rows))


if __name__ == "__main__":
    main()
