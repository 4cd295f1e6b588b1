"""Linear programs over pairs and slots, solved by HiGHS.

Huangfu, Hall (2018), Parallelizing the dual revised simplex method, Mathematical Programming
Computation 10: HiGHS. Bounds are computed here from the dual prices over all columns, so that they
hold whatever the solver's tolerances.
"""

from __future__ import annotations

import math
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from sanfu.exchange.meetings.problem import Problem


@dataclass(frozen=True)
class Program:
    """Maximise cost·x over least ≤ matrix·x ≤ most, 0 ≤ x ≤ 1.

    The first `pair.size` columns are meetings (a pair in a slot); the rest, one a guest, say that
    the guest has a meeting at all.
    """

    cost: NDArray[np.float64]
    matrix: csc_array
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    pair: NDArray[np.int64]
    slot: NDArray[np.int64]

    def part(self, columns: NDArray[np.int64]) -> Program:
        """Give the program over some columns only."""
        meetings = columns[columns < self.pair.size]
        return Program(
            self.cost[columns],
            self.matrix[:, columns],
            self.least,
            self.most,
            self.pair[meetings],
            self.slot[meetings],
        )

    def losses(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give each column's reduced cost at prices of the rows: what using it would add."""
        return np.asarray(self.cost - self.matrix.T @ prices)

    def bound(self, prices: NDArray[np.float64]) -> float:
        """Give an upper bound on the program's value by any prices (weak duality).

        A price of a row without a lower limit counts only where it is not negative.
        """
        free_below = np.isneginf(self.least)
        fair = np.where(free_below, np.maximum(prices, 0), prices)
        limits = np.where(fair >= 0, self.most, np.where(free_below, 0, self.least))
        return float(limits @ fair + np.maximum(self.losses(fair), 0).sum())


@dataclass(frozen=True)
class Solved:
    """What HiGHS found; `value` is None where it found no solution."""

    value: float | None
    x: NDArray[np.float64]
    prices: NDArray[np.float64]
    bound: float
    optimal: bool
    stopped: bool = False


def meetings_program(
    problem: Problem, cells: NDArray[np.bool_] | None = None, *, must: bool = True
) -> Program:
    """Lay out the time-indexed program.

    Parameters
    ----------
    cells
        Where a pair may meet, shape (p, t); all open cells when it is not given.
    must
        Whether must-meet pairs have to meet.
    """
    from scipy.sparse import coo_array, csc_array  # noqa: PLC0415 - when meetings are planned

    open_cells = problem.open_cells() if cells is None else cells
    pair, slot = (axis.astype(np.int64) for axis in np.nonzero(open_cells))
    guest, host = problem.guest[pair], problem.host[pair]
    n_slots, n_guests = problem.n_slots, problem.most_guest.size
    n_pairs = problem.value.size
    column = np.arange(pair.size)
    lines: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = [
        (pair, column, np.ones(n_pairs)),
        (guest * n_slots + slot, column, np.ones(n_guests * n_slots)),
        (host * n_slots + slot, column, problem.places.ravel()),
        (guest, column, problem.most_guest),
        (host, column, problem.most_host),
    ]
    for pool in problem.pools:
        uses = pool.uses[pair]
        lines.append((slot[uses], column[uses], pool.places))
    for far in problem.too_far:
        room = problem.room[host]
        uses = ((slot == far.first) & (room == far.room)) | ((slot == far.second) & far.far[room])
        lines.append((guest[uses], column[uses], np.ones(n_guests)))
    rows = np.concatenate([at + shift for (at, _, _), shift in _shifted(lines)])
    columns = np.concatenate([which for _, which, _ in lines])
    most = np.concatenate([np.asarray(limit, dtype=np.float64) for _, _, limit in lines])
    least = np.full(most.size, -np.inf)
    if must:
        least[np.flatnonzero(problem.must)] = 1
    entries = np.ones(rows.size)
    cost = problem.value[pair].astype(np.float64)
    n_columns = pair.size
    if problem.first_points:
        shift = most.size
        met = np.arange(n_guests)
        rows = np.concatenate([rows, guest + shift, met + shift])
        columns = np.concatenate([columns, column, pair.size + met])
        entries = np.concatenate([entries, -np.ones(pair.size), np.ones(n_guests)])
        most = np.concatenate([most, np.zeros(n_guests)])
        least = np.concatenate([least, np.full(n_guests, -np.inf)])
        cost = np.concatenate([cost, np.full(n_guests, float(problem.first_points))])
        n_columns += n_guests
    matrix = coo_array((entries, (rows, columns)), shape=(most.size, n_columns)).tocsr()
    positive = np.asarray(matrix.maximum(0).sum(axis=1)).ravel()
    binding = (positive > most) | ~np.isneginf(
        least
    )  # rows that no solution can break are left out
    return Program(
        cost, csc_array(matrix[np.flatnonzero(binding)]), least[binding], most[binding], pair, slot
    )


def _shifted(lines: Sequence[Any]) -> list[tuple[Any, int]]:
    shifts = np.concatenate([[0], np.cumsum([len(limit) for _, _, limit in lines])])
    return list(zip(lines, shifts[:-1].tolist(), strict=True))


def solve(
    program: Program,
    *,
    whole: bool = False,
    start: NDArray[np.float64] | None = None,
    time_limit: float | None = None,
    report: Callable[[float, float], None] | None = None,
) -> Solved:
    """Solve a program, in whole numbers where `whole` is true.

    Parameters
    ----------
    start
        A solution to begin with, one number a column.
    time_limit
        Seconds; what was found until then is given back.
    report
        Called with the best value so far and the bound, while whole numbers are searched.

    Notes
    -----
    A keyboard interrupt ends the search and gives back what was found; `Solved.stopped` says so.
    """
    import highspy  # noqa: PLC0415 - when meetings are planned

    n_rows, n_columns = program.matrix.shape
    if n_columns == 0:
        prices = np.zeros(n_rows)
        feasible = bool((program.least <= 0).all())
        return Solved(0.0 if feasible else None, np.zeros(0), prices, 0.0, optimal=True)
    engine = _quiet_engine()
    if time_limit is not None:
        engine.setOptionValue("time_limit", max(float(time_limit), 0.01))
    engine.passModel(_model(program, whole=whole))
    if whole:
        engine.setOptionValue("mip_rel_gap", 0.0)
        engine.setOptionValue("mip_abs_gap", 0.99)  # values are whole points
        engine.HandleKeyboardInterrupt = True
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = start.tolist()
            engine.setSolution(given)
        if report is not None:
            engine.cbMipLogging.subscribe(
                lambda event: report(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)
            )
    with redirect_stdout(StringIO()):  # highspy counts Ctrl-C aloud where results are printed
        engine.solve()
    status, info, found = engine.getModelStatus(), engine.getInfo(), engine.getSolution()
    optimal = status == highspy.HighsModelStatus.kOptimal
    value = info.objective_function_value if _is_feasible(info, optimal=optimal) else None
    return Solved(
        value=value,
        x=np.asarray(found.col_value, dtype=np.float64) if value is not None else np.zeros(0),
        prices=np.zeros(n_rows) if whole else np.asarray(found.row_dual, dtype=np.float64),
        bound=float(info.mip_dual_bound) if whole else math.inf,
        optimal=optimal,
        stopped=status == highspy.HighsModelStatus.kInterrupt,
    )


def _quiet_engine() -> Any:
    import highspy  # noqa: PLC0415 - when meetings are planned

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> Any:  # noqa: N802 - HiGHS greets when callbacks are enabled
            self.setOptionValue("output_flag", False)
            return super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Quiet()  # type: ignore[no-untyped-call]


def _is_feasible(info: Any, *, optimal: bool) -> bool:
    return optimal or info.primal_solution_status == 2


def _model(program: Program, *, whole: bool) -> Any:
    import highspy  # noqa: PLC0415 - when meetings are planned

    n_rows, n_columns = program.matrix.shape
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = n_rows, n_columns
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = np.zeros(n_columns), np.ones(n_columns)
    model.row_lower_, model.row_upper_ = program.least, program.most
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    if whole:
        integer, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        n_meetings = program.pair.size
        model.integrality_ = [integer] * n_meetings + [real] * (n_columns - n_meetings)
    return model
