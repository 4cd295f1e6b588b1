"""Choose which further cells of a table to hide, so that no hidden cell can be worked out.

A table with totals is a set of equations. Who reads it knows the cells shown, the equations, and
that no value is negative; a hidden cell is then known to lie between two bounds, found by linear
programming (the attacker's problem). Hiding is enough when for every sensitive cell both bounds are
at least its protection level away. The least hiding is the cell suppression problem; it is solved
exactly by Benders' cuts from the attacker's dual on HiGHS (Fischetti & Salazar-González 2000,
"Models and algorithms for optimizing cell suppression in tabular data with linear constraints",
JASA 95:916-928), beginning from a heuristic, which is all that is used for large tables (Kelly,
Golden & Assad 1992). No maintained library for Python does this (τ-argus and sdcTable are Java, R).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sanfu.errors import SanfuError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

EXACT_UP_TO = 400
"""Cells up to which the least hiding is searched for; above, the heuristic's is taken."""
_ROUNDS = 60
_TOLERANCE = 1e-6


class CannotProtect(SanfuError):
    """No hiding protects a cell: the table has too few others."""

    def __init__(self, cell: int) -> None:
        super().__init__(
            Text(
                "表中没有足够的其他单元格可以一并隐去；请合并行或列，或不公布合计。",
                "the table has too few other cells to hide along; join rows or columns, or leave "
                "the totals out.",
            )
        )
        self.cell = cell


@dataclass(frozen=True)
class Problem:
    """A table as equations.

    Attributes
    ----------
    values
        n_cells; none negative.
    equations
        n_equations x n_cells sparse matrix; each row times the values is 0.
    sensitive
        Positions of the cells that must be hidden.
    below, above
        n_sensitive; how far the bounds that a reader can work out must lie from the value.
    costs
        n_cells, positive; what hiding a cell costs.
    insiders
        For each sensitive cell, cells whose value some one reader knows: those of a single firm.
    told
        n_cells; cells that are printed elsewhere whatever is hidden here. None by default.
    """

    values: NDArray[np.float64]
    equations: Any
    sensitive: NDArray[np.int64]
    below: NDArray[np.float64]
    above: NDArray[np.float64]
    costs: NDArray[np.float64]
    insiders: tuple[tuple[int, ...], ...] = ()
    told: NDArray[np.bool_] | None = None

    @property
    def may_hide(self) -> NDArray[np.bool_]:
        """The cells that can be hidden at all."""
        return np.ones(len(self.values), dtype=bool) if self.told is None else ~self.told


class Bounds(NamedTuple):
    """Between which values a reader knows a cell to lie."""

    low: float
    high: float


def suppress(problem: Problem) -> NDArray[np.bool_]:
    """Hide the sensitive cells and as few others as protect them.

    Returns
    -------
    ndarray of bool
        n_cells; which to hide. Costs decide between hidings of as many cells.

    Raises
    ------
    CannotProtect
        Hiding every cell would not be enough.
    """
    hidden = np.zeros(len(problem.values), dtype=bool)
    hidden[problem.sensitive] = True
    if not len(problem.sensitive):
        return hidden
    reader = Reader(problem)
    reader.hide(problem.may_hide)
    for threat, _ in reader.wanting():
        raise CannotProtect(threat.cell)
    hidden = _released(problem, reader, _heuristic(problem, reader, hidden))
    if len(problem.values) > EXACT_UP_TO or hidden.sum() == len(problem.sensitive):
        return hidden
    return _exact(problem, reader, hidden)


class Threat(NamedTuple):
    """What must hold: with `insider` known, a reader's bound of `cell` is `level` away."""

    cell: int
    way: float
    level: float
    insider: int | None


class _Attack(NamedTuple):
    """How far a bound reaches, by which deviations, and what each cell's room adds to it."""

    reach: float
    moved: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]


class Reader:
    """Who reads the table: one linear program of the deviations that all that is shown allows.

    Kept in HiGHS between questions, so that each begins from the answer before.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.n = len(problem.values)
        most = max(float(problem.values.sum()), float(problem.above.max(initial=0.0)), 1.0)
        self.below = problem.values
        self.above = np.full(self.n, 2 * most)
        """For all that a reader knows beforehand, no value is negative; none has an upper bound."""
        self.columns = np.arange(self.n, dtype=np.int32)
        self.hidden = np.zeros(self.n, dtype=bool)
        self.threats = list(_threats(problem))
        self.proofs = np.zeros((0, self.n))
        """Deviations found so far that all that is shown allows; one can answer many threats."""
        self.model = _solver()
        self.model.setOptionValue("presolve", "off")  # each question begins from the last answer
        matrix = problem.equations.tocsr()
        zero = np.zeros(self.n)
        self.model.addVars(self.n, zero, zero)
        for row in range(matrix.shape[0]):
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            self.model.addRow(
                0.0, 0.0, part.stop - part.start, matrix.indices[part], matrix.data[part]
            )

    def hide(self, hidden: NDArray[np.bool_]) -> None:
        """Show the reader the table with these cells hidden."""
        self.hidden = hidden.copy()
        moves_shown = (np.abs(self.proofs[:, ~hidden]) > _TOLERANCE).any(axis=1)
        self.proofs = self.proofs[~moves_shown]
        low, high = np.where(hidden, -self.below, 0.0), np.where(hidden, self.above, 0.0)
        self.model.changeColsBounds(self.n, self.columns, low, high)

    def bounds(self, cell: int, insider: int | None = None) -> Bounds:
        """Work out what the reader knows of a cell, who may know another cell's value besides."""
        value = float(self.problem.values[cell])
        up, down = (self.attack(cell, way, insider).reach for way in (1.0, -1.0))
        return Bounds(value - down, value + up)

    def attack(self, cell: int, way: float, insider: int | None = None) -> _Attack:
        """Find how far a cell's value may be from the true one, upwards or downwards."""
        if insider is not None:
            self.model.changeColBounds(insider, 0.0, 0.0)
        self.model.changeColCost(cell, -way)
        if self.model.run() == type(self.model).failed:
            msg = "HiGHS could not ask what a reader of the table knows"
            raise RuntimeError(msg)
        solution = self.model.getSolution()
        moved = np.asarray(solution.col_value)
        reduced = np.asarray(solution.col_dual).copy()
        self.model.changeColCost(cell, 0.0)
        if insider is not None:
            reduced[insider] = 0.0  # hiding it does not help against who knows it
            if self.hidden[insider]:
                self.model.changeColBounds(insider, -self.below[insider], self.above[insider])
        reach = way * float(moved[cell])
        return _Attack(reach, moved, np.maximum(-reduced, 0.0), np.maximum(reduced, 0.0))

    def wanting(self) -> Iterator[tuple[Threat, _Attack]]:
        """Give what the reader can bound too tightly."""
        for threat in self.threats:
            if self.answered(threat):
                continue
            attack = self.attack(threat.cell, threat.way, threat.insider)
            if attack.reach < threat.level - _TOLERANCE * max(1.0, threat.level):
                yield threat, attack
            else:
                self.keep(attack.moved)

    def keep(self, moved: NDArray[np.float64]) -> None:
        """Keep a deviation that all that is shown allows; it may answer other threats."""
        self.proofs = np.vstack([self.proofs, moved])

    def answered(self, threat: Threat) -> bool:
        """Tell whether a deviation found before reaches the level, whatever the insider knows."""
        enough = threat.level - _TOLERANCE * max(1.0, threat.level)
        reaching = threat.way * self.proofs[:, threat.cell] >= enough
        if threat.insider is not None:
            reaching &= np.abs(self.proofs[:, threat.insider]) <= _TOLERANCE
        return bool(reaching.any())


def _solver() -> Any:
    import highspy  # noqa: PLC0415 - when a table is protected

    class Solver(highspy.Highs):
        """HiGHS without its greeting, which it prints when callbacks are enabled."""

        failed = highspy.HighsStatus.kError

        def enableCallbacks(self) -> Any:  # noqa: N802 - HiGHS's own name
            self.silent()
            return super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Solver()  # type: ignore[no-untyped-call]


def _threats(problem: Problem) -> Iterator[Threat]:
    """Give all threats; those of insiders follow the one of who knows nothing besides."""
    for place, cell in enumerate(problem.sensitive):
        insiders = problem.insiders[place] if problem.insiders else ()
        for way, level in ((1.0, problem.above[place]), (-1.0, problem.below[place])):
            if level > 0:
                for insider in (None, *insiders):
                    yield Threat(int(cell), way, float(level), insider)


def _heuristic(problem: Problem, reader: Reader, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Protect each cell in turn by the cheapest deviation that reaches its level."""
    from scipy.optimize import linprog  # noqa: PLC0415 - when a table is protected
    from scipy.sparse import hstack  # noqa: PLC0415

    hidden = hidden.copy()
    reader.hide(hidden)
    both = hstack([problem.equations, -problem.equations]).tocsr()
    zero = np.zeros(problem.equations.shape[0])
    n = reader.n
    room = np.concatenate([reader.above, reader.below]) * np.tile(problem.may_hide, 2)
    for threat in sorted(reader.threats, key=lambda one: (-one.level, one.cell)):
        cell, way, level, insider = threat
        if reader.answered(threat):
            continue
        attack = reader.attack(cell, way, insider)
        if attack.reach >= level - _TOLERANCE * max(1.0, level):
            reader.keep(attack.moved)
            continue
        costs = np.where(hidden, 0.0, problem.costs) + 1e-6
        bounds: Any = np.column_stack([np.zeros(2 * n), room])
        fixed, other = (cell, cell + n) if way > 0 else (cell + n, cell)
        bounds[fixed], bounds[other] = level, 0.0
        if insider is not None:
            bounds[[insider, insider + n]] = 0.0
        found = linprog(
            np.concatenate([costs, costs]), A_eq=both, b_eq=zero, bounds=bounds, method="highs"
        )
        if found.x is None:
            raise CannotProtect(cell)
        moved = found.x[:n] - found.x[n:]
        hidden |= np.abs(moved) > _TOLERANCE * max(1.0, level)
        reader.hide(hidden)
    return hidden


def _released(problem: Problem, reader: Reader, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Show again what need not be hidden, the costliest first."""
    hidden = hidden.copy()
    extra = set(np.flatnonzero(hidden).tolist()) - set(problem.sensitive.tolist())
    for cell in sorted(extra, key=lambda i: (-problem.costs[i], i)):
        hidden[cell] = False
        reader.hide(hidden)
        hidden[cell] = _any(reader.wanting())
    reader.hide(hidden)
    return hidden


def _any(found: Iterable[object]) -> bool:
    return next(iter(found), None) is not None


def _exact(problem: Problem, reader: Reader, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the least hiding by cuts; the known one stands if the rounds run out."""
    from scipy import optimize  # noqa: PLC0415 - when a table is protected

    least = np.zeros(reader.n)
    least[problem.sensitive] = 1.0
    best = float(problem.costs[known].sum())
    rows: list[NDArray[np.float64]] = []
    hidden = least > 0
    for _ in range(_ROUNDS):
        reader.hide(hidden)
        cuts = [
            np.minimum((a.up * reader.above + a.down * reader.below) / threat.level, 1.0)
            for threat, a in reader.wanting()
        ]
        if not cuts:
            return hidden
        rows += cuts
        found = optimize.milp(
            problem.costs,
            constraints=optimize.LinearConstraint(np.array(rows), 1.0 - _TOLERANCE),
            integrality=np.ones(reader.n, dtype=np.int64),
            bounds=optimize.Bounds(least, problem.may_hide.astype(np.float64)),
        )
        if found.x is None or float(found.fun) >= best - _TOLERANCE:
            return known  # the known hiding costs no more: it is among the least
        hidden = found.x > 0.5
    return known
