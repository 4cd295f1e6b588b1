"""Must-meet pairs: which of them can all be kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sanfu.exchange.meetings.program import meetings_program, solve
from sanfu.exchange.meetings.quick import no_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.exchange.meetings.problem import Problem


def keep_possible_musts(
    problem: Problem,
) -> tuple[Problem, NDArray[np.int64], NDArray[np.int64]]:
    """Find the most must-meet pairs that fit together.

    Returns
    -------
    Problem, numpy.ndarray, numpy.ndarray
        The problem in which those have to meet, a plan of them alone, and the must-meet pairs
        that do not fit (none, as a rule).
    """
    at = no_plan(problem)
    if not problem.must.any():
        return problem, at, np.zeros(0, dtype=np.int64)
    counted = replace(problem, value=np.ones_like(problem.value), first_points=0)
    program = meetings_program(counted, problem.open_cells() & problem.must[:, None], must=False)
    found = solve(program, whole=True)
    met = np.flatnonzero(found.x > 0.5)
    at[program.pair[met]] = program.slot[met]
    kept = problem.must & (at >= 0)
    return replace(problem, must=kept), at, np.flatnonzero(problem.must & ~kept)
