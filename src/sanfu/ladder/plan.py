"""The way up: the change of least effort that makes a firm qualify, and from when it can hold.

For each number of years ahead the figures of the years to come are taken as those of the last full
year; what the levers of the settings can change by then is changed at least effort. Waiting has its
own effort, so that an early plan wins over a late one unless that costs much more. Exact within
these terms (`docs/explanation/ladder-plan.md`); every plan is checked again by the interpreter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.ladder.book import Book, make_book
from sanfu.ladder.interpret import check_firm
from sanfu.ladder.plan_choices import Choice, Round, coupled_values, limit_of, make_round
from sanfu.ladder.plan_forms import holds_now
from sanfu.ladder.plan_model import Model, columns_of, levers_of, make_model
from sanfu.ladder.plan_settings import Lever, PlanSettings, read_plan_settings
from sanfu.ladder.plan_solve import Solver
from sanfu.ladder.plan_values import Values, read_values, source_column
from sanfu.ladder.values import SCALES, measure_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from sanfu.ladder.plan_solve import Best
    from sanfu.ladder.plan_values import Whole
    from sanfu.ladder.rulebook import CheckKind, Rulebook

CHUNK = 2048
TINY = 1e-9


@dataclass(frozen=True)
class Step:
    """One change of a plan.

    `before` is null where the value is missing: then it is to be handed in (`supplied`) or counted
    as none. Numbers are as kept: fen, millionths of a share.
    """

    column: str
    before: int | str | None
    after: int | str
    effort: float
    lever: Lever | None
    supplied: bool


@dataclass(frozen=True)
class FirmPlan:
    """How one firm gets there. No steps and `ahead` 0: it qualifies already."""

    firm: str
    effort: float
    ahead: int
    ready: dt.date
    """First day on which it can hold."""
    steps: tuple[Step, ...]

    @property
    def measures(self) -> frozenset[str]:
        """What it changes."""
        return frozenset(step.column for step in self.steps)


def ready_on(on: dt.date, ahead: int) -> dt.date:
    """Give the first day on which figures of so many years more are closed."""
    return on if ahead == 0 else dt.date(on.year + ahead, 1, 1)


class Planner:
    """Plans for many firms against one rulebook.

    Parameters
    ----------
    rulebook, kind, on
        As for `sanfu.check`.
    settings
        Levers and efforts; those that ship where null.
    """

    def __init__(
        self,
        rulebook: str | Path | Rulebook,
        *,
        kind: CheckKind,
        on: dt.date,
        settings: PlanSettings | None = None,
    ) -> None:
        self.settings = settings or read_plan_settings()
        self.kind: CheckKind = kind
        self.on = on
        self.rulebook = rulebook
        self.books = [
            make_book(rulebook, kind=kind, on=ready_on(on, ahead))
            for ahead in range(self.settings.years_ahead + 1)
        ]

    def plans(
        self, frame: pl.DataFrame, settings: PlanSettings | None = None
    ) -> list[FirmPlan | None]:
        """Give each row's best plan; null where there is none with these levers and years."""
        found: list[FirmPlan | None] = []
        for start in range(0, frame.height, CHUNK):
            part = frame.slice(start, CHUNK)
            found += _plan_chunk(self.books, part, self.on, settings or self.settings)
        return found

    def alternatives(self, row: pl.DataFrame, best: FirmPlan, *, most: int = 2) -> list[FirmPlan]:
        """Give the runner-up plans of one firm: the best ones that do without a step of `best`."""
        others: dict[tuple[frozenset[str], int], FirmPlan] = {}
        closed = [
            (measure.name,)
            for measure in (measure_of(step.column) for step in best.steps)
            if measure is not None
        ]
        for names in dict.fromkeys(closed):
            settings = self.settings.without(*names)
            left = tuple(name for name in settings.supplied if name not in names)
            settings = settings.model_copy(update={"supplied": left})
            (plan,) = self.plans(row, settings)
            if plan is not None and plan.measures != best.measures:
                others.setdefault((plan.measures, plan.ahead), plan)
        return sorted(others.values(), key=lambda plan: (plan.effort, plan.ahead))[:most]

    def applied(self, row: dict[str, Any], plan: FirmPlan) -> dict[str, Any]:
        """Give the firm's row as it stands when the plan is carried out."""
        return applied(self.books[plan.ahead], row, plan)

    def holds(self, row: dict[str, Any], plan: FirmPlan) -> bool:
        """Check a plan with the exact interpreter, matters for a person taken as settled well."""
        book = self.books[plan.ahead]
        later = applied(book, row, plan)
        for rule in book.rules:
            if rule.column and later[rule.column] is None:
                later[rule.column] = True
        return check_firm(book, later).outcome == "met"


def applied(book: Book, row: dict[str, Any], plan: FirmPlan) -> dict[str, Any]:
    """Give a firm's row, as for a check, so many years on with the steps of a plan taken."""
    later: dict[str, Any] = {}
    for column in book.columns:
        value = row.get(source_column(column, plan.ahead))
        measure = measure_of(column)
        if measure is not None and measure.kind == "years" and value is not None:
            value = value + plan.ahead
        later[column] = value
    for step in plan.steps:
        later[step.column] = _as_given(step.column, step.after)
    for step in plan.steps:
        lifted = step.lever.lifts if step.lever else None
        if lifted in later and isinstance(step.after, int):
            later[lifted] = max(later[lifted] or 0, step.after)
    return later


def _as_given(column: str, kept: int | str) -> Any:
    measure = measure_of(column)
    if measure is None or isinstance(kept, str):
        return {"true": True, "false": False}.get(str(kept), kept)
    scale = SCALES.get(measure.kind, 1)
    return kept if scale == 1 else kept / scale


@dataclass
class _Found:
    """The best of each firm of a chunk so far."""

    effort: NDArray[np.float64]
    plan: list[FirmPlan | None]


def _plan_chunk(
    books: list[Book], frame: pl.DataFrame, on: dt.date, settings: PlanSettings
) -> list[FirmPlan | None]:
    firms = frame.get_column("firm").cast(str).to_list()
    found = _Found(np.full(len(firms), np.inf), [None] * len(firms))
    for ahead in range(settings.years_ahead + 1):
        waited = settings.wait * ahead
        rows = np.flatnonzero(found.effort > waited + TINY)
        if not rows.size:
            break
        book = books[ahead]
        part = frame[rows.tolist()] if rows.size < len(firms) else frame
        columns = columns_of(book, settings)
        values = read_values(part, columns, ahead)
        levers = levers_of(columns, settings, ahead)
        supplied = {
            column
            for column in book.columns
            if (measure := measure_of(column)) is not None and measure.name in settings.supplied
        }
        model = make_model(book, values, levers, supplied)
        hopeful = np.flatnonzero(_hopeful(model, values))
        if not hopeful.size:
            continue
        if hopeful.size < values.n:
            rows, values, model = rows[hopeful], values.take(hopeful), model.take(hopeful)
        for put, fixed, effort in _held(model, values, settings, supplied):
            _try(
                model,
                values,
                settings,
                supplied,
                put,
                fixed,
                effort + waited,
                rows,
                found,
                firms,
                on,
            )
    return found.plan


def _hopeful(model: Model, values: Values) -> NDArray[np.bool_]:
    """Tell for which firms no alternative is barred by what cannot be changed."""
    free = set(model.free)
    fixed = {
        place: holds_now(literal, {}, values)
        for place, literal in enumerate(model.literals)
        if literal.always is not None or not free.intersection(literal.columns)
    }
    hopeful = np.zeros(values.n, dtype=bool)
    for alternative in model.alternatives:
        possible = np.ones(values.n, dtype=bool)
        for place in alternative.literals:
            if place in fixed:
                possible &= fixed[place]
        hopeful |= possible
    return hopeful


def _held(
    model: Model, values: Values, settings: PlanSettings, supplied: set[str]
) -> Iterator[tuple[dict[str, Whole], dict[str, tuple[Choice, int]], NDArray[np.float64]]]:
    """Yield every combination of values of the coupled columns, with its effort."""
    choices = {
        column: coupled_values(model, values, settings, supplied, column)
        for column in model.coupled
    }
    for picks in product(*(range(choices[c].values.shape[1]) for c in model.coupled)):
        put: dict[str, Whole] = {}
        fixed: dict[str, tuple[Choice, int]] = {}
        effort = np.zeros(values.n)
        for column, pick in zip(model.coupled, picks, strict=True):
            choice = choices[column]
            put[column] = choice.values[:, pick].astype(object)
            fixed[column] = (choice, pick)
            effort = effort + choice.effort[:, pick]
        for column, (choice, _) in fixed.items():
            limit = limit_of(model.levers.get(column), values, put)
            if limit is not None:
                raised = put[column] > choice.values[:, 0]
                effort = np.where(raised & (put[column] > limit), np.inf, effort)
        yield put, fixed, effort


def _try(
    model: Model,
    values: Values,
    settings: PlanSettings,
    supplied: set[str],
    put: dict[str, Whole],
    fixed: dict[str, tuple[Choice, int]],
    base: NDArray[np.float64],
    rows: NDArray[np.int64],
    found: _Found,
    firms: list[str],
    on: dt.date,
) -> None:
    """Solve all alternatives for one combination of coupled values; keep what is better."""
    open_rows = np.flatnonzero(base < found.effort[rows] - TINY)
    if not open_rows.size:
        return
    some = values.take(open_rows)
    known = dict(some.known)
    for column, (choice, pick) in fixed.items():
        # a value that was handed in is there; the present one is as it was
        known[column] = some.known[column] | (pick > 0)
        del choice
    some = Values(some.n, some.ahead, some.whole, some.text, known)
    held = {name: one[open_rows] for name, one in put.items()}
    model = model.take(open_rows)
    ready = make_round(model, some, settings, supplied, held)
    solver = Solver(model, ready)
    effort = base[open_rows]
    least = np.full(some.n, np.inf)
    which = np.full(some.n, -1)
    bests: list[Best] = []
    for number, alternative in enumerate(model.alternatives):
        best = solver.solve(alternative)
        bests.append(best)
        better = best.effort < least - TINY
        least[better] = best.effort[better]
        which[better] = number
    total = least + effort
    now = found.effort[rows[open_rows]]
    for place in np.flatnonzero(total < now - TINY).tolist():
        row = int(rows[open_rows[place]])
        found.effort[row] = total[place]
        steps = [
            *_fixed_steps(fixed, values, int(open_rows[place]), model),
            *_steps(ready, bests[int(which[place])], place, model),
        ]
        found.plan[row] = FirmPlan(
            firms[row], float(total[place]), values.ahead, ready_on(on, values.ahead), tuple(steps)
        )


def _steps(ready: Round, best: Best, place: int, model: Model) -> Iterator[Step]:
    for column, choice in ready.choices.items():
        if column in best.taken:
            pick = int(best.taken[column][place])
            if pick:
                yield _step(choice, pick, place, bool(ready.values.known[column][place]), model)


def _fixed_steps(
    fixed: dict[str, tuple[Choice, int]], values: Values, place: int, model: Model
) -> Iterator[Step]:
    for column, (choice, pick) in fixed.items():
        if pick and choice.values[place, pick] != choice.values[place, 0]:
            yield _step(choice, pick, place, bool(values.known[column][place]), model)


def _step(choice: Choice, pick: int, place: int, known: bool, model: Model) -> Step:  # noqa: FBT001
    after, before = int(choice.values[place, pick]), int(choice.values[place, 0])
    measure = measure_of(choice.column)
    words = measure is not None and type_of(measure) != "whole"
    lever = model.levers.get(choice.column)
    effort = float(choice.effort[place, pick])
    return Step(
        choice.column,
        None if not known else choice.words[before] if words else before,
        choice.words[after] if words else after,
        effort,
        lever,
        supplied=not known,
    )
