"""For each firm and column: the few values worth choosing among, their effort, what each achieves.

An outcome changes only where a value crosses an edge, and effort grows with the change; so the best
plan takes each column at its present value or exactly on the edge of some condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.ladder.plan_forms import NEVER, Literal, Span, holds_now, span
from sanfu.ladder.values import SCALES, measure_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sanfu.ladder.plan_model import Model
    from sanfu.ladder.plan_settings import Lever, PlanSettings
    from sanfu.ladder.plan_values import Flags, Values, Whole

    Effort = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """One column's choices for n firms.

    Attributes
    ----------
    values
        (n, m) whole numbers as kept, or places in `words`. The first is the present one.
    effort
        (n, m); infinite where the choice is none for this firm.
    truth
        Literal → (n, m) whether it then holds for certain.
    """

    column: str
    values: NDArray[np.int64]
    effort: Effort
    truth: dict[int, NDArray[np.bool_]]
    words: tuple[str, ...] = ()


def number_choice(
    column: str,
    spans: dict[int, Span],
    values: Values,
    *,
    lever: Lever | None,
    supply: float | None,
    extra: Iterable[Whole] = (),
    limit: Whole | None = None,
) -> Choice:
    """Give the choices of a column of numbers.

    Parameters
    ----------
    spans
        Literal → the values with which it holds.
    supply
        Effort of handing it in where it is missing; null where that is not allowed.
    extra
        More values worth choosing, (n,) each.
    limit
        (n,) largest value, such as revenue for main-business revenue.
    """
    base = values.whole[column].astype(np.int64)
    known = values.known[column]
    lower = lever is not None and lever.better == "lower"
    wanted = [_edge(one.high if lower else one.low) for one in spans.values()]
    other = [_edge(one.low if lower else one.high) for one in spans.values()]
    columns, efforts = [base], [np.zeros(values.n)]
    for edge in [*wanted, *(one.astype(np.int64) for one in extra)]:
        effort = _effort(column, base, edge, lever, known=known, limit=limit)
        if supply is not None:
            effort = np.where(known, effort, np.where(np.abs(edge) < NEVER, supply, np.inf))
        columns.append(edge)
        efforts.append(effort)
    if supply is not None and not known.all():
        for edge in other:
            usable = ~known & (np.abs(edge) < NEVER)
            columns.append(edge)
            efforts.append(np.where(usable, supply, np.inf))
    kept = [0, *(i for i in range(1, len(columns)) if np.isfinite(efforts[i]).any())]
    chosen = np.stack([columns[i] for i in kept], axis=1)
    effort = np.stack([efforts[i] for i in kept], axis=1)
    truth = {}
    for place, one in spans.items():
        low, high = _edge(one.low)[:, None], _edge(one.high)[:, None]
        truth[place] = (low <= chosen) & (chosen <= high)
        truth[place][:, 0] &= known
    return Choice(column, chosen, effort, truth)


def _edge(whole: Whole) -> NDArray[np.int64]:
    return np.clip(whole, -NEVER, NEVER).astype(np.int64)


def _effort(
    column: str,
    base: NDArray[np.int64],
    edge: NDArray[np.int64],
    lever: Lever | None,
    *,
    known: Flags,
    limit: Whole | None,
) -> Effort:
    if lever is None:
        return np.full(len(base), np.inf)
    measure = measure_of(column)
    unit = float(lever.step() * SCALES.get(measure.kind if measure else "", 1))
    change = edge - base if lever.better == "higher" else base - edge
    possible = (change > 0) & (np.abs(edge) < NEVER) & (edge >= 0)
    most = lever.most_change()
    if most is not None:
        # money is at most 10^15 fen, a share of it in whole per mille fits
        allowed = base // 1000 * int(most * 1000)
        possible &= ~known | (change <= np.maximum(allowed, 0))
    if limit is not None:
        possible &= edge <= np.maximum(limit.astype(np.int64), base)
    return np.where(possible, lever.base + lever.cost * (change / unit), np.inf)


def word_choice(
    column: str,
    literals: dict[int, Literal],
    values: Values,
    *,
    lever: Lever | None,
    supply: float | None,
) -> Choice:
    """Give the choices of a flag or a category."""
    now, known = values.text[column], values.known[column]
    order = ("false", "true") if lever is None or lever.order is None else lever.order
    words = tuple(dict.fromkeys([*now.tolist(), *order]))
    place = {word: i for i, word in enumerate(words)}
    columns = [np.array([place[word] for word in now.tolist()], dtype=np.int64)]
    efforts = [np.zeros(values.n)]
    costs = (0.0, lever.cost if lever else 0.0) if lever is None or not lever.costs else lever.costs
    rank = {word: i for i, word in enumerate(order)}
    present = np.array([rank.get(word, -1 if word else 0) for word in now.tolist()])
    for i, word in enumerate(order):
        if i == 0 and supply is None:
            continue
        effort = np.full(values.n, np.inf)
        if lever is not None:
            step = np.array([costs[i] - costs[max(at, 0)] for at in present.tolist()]) + lever.base
            effort = np.where((present >= 0) & (present < i), step, np.inf)
        if supply is not None:
            effort = np.where(known, effort, supply)
        columns.append(np.full(values.n, place[word], dtype=np.int64))
        efforts.append(effort)
    kept = [0, *(i for i in range(1, len(columns)) if np.isfinite(efforts[i]).any())]
    chosen = np.stack([columns[i] for i in kept], axis=1)
    truth = {}
    for at, literal in literals.items():
        fitting = np.isin(np.arange(len(words)), [place[w] for w in literal.words if w in place])
        truth[at] = fitting[chosen]
        truth[at][:, 0] &= known
    effort = np.stack([efforts[i] for i in kept], axis=1)
    return Choice(column, chosen, effort, truth, words)


@dataclass(frozen=True)
class Round:
    """All choices of n firms once the coupled columns are fixed."""

    values: Values
    choices: dict[str, Choice]
    constant: dict[int, Flags]
    """Literals of which nothing is free → whether they hold."""
    home: dict[int, str]
    """Literal → the one free column that decides it."""


def make_round(
    model: Model,
    values: Values,
    settings: PlanSettings,
    supplied: set[str],
    put: dict[str, Whole],
) -> Round:
    """Give every firm's choices with the coupled columns held at `put`."""
    constant: dict[int, Flags] = {}
    home: dict[int, str] = {}
    by_column: dict[str, list[int]] = {}
    free = set(model.free) - set(put)
    for place, literal in enumerate(model.literals):
        names = [name for name in literal.columns if name in free]
        if literal.always is not None or not names:
            constant[place] = holds_now(literal, put, values)
        else:
            home[place] = names[0]
            by_column.setdefault(names[0], []).append(place)
    choices = {}
    for column, places in by_column.items():
        lever = model.levers.get(column)
        supply = settings.supply if column in supplied else None
        measure = measure_of(column)
        if measure is not None and type_of(measure) == "whole":
            spans = {at: span(model.literals[at], column, put, values) for at in places}
            choices[column] = number_choice(
                column, spans, values, lever=lever, supply=supply,
                limit=limit_of(lever, values, put),
            )  # fmt: skip
        else:
            ones = {at: model.literals[at] for at in places}
            choices[column] = word_choice(column, ones, values, lever=lever, supply=supply)
    return Round(values, choices, constant, home)


def limit_of(lever: Lever | None, values: Values, put: dict[str, Whole]) -> Whole | None:
    """Give what a column cannot exceed; null where there is nothing of the kind."""
    if lever is None or lever.within is None:
        return None
    if lever.within in put:
        return put[lever.within]
    if lever.within not in values.whole:
        return None
    return np.where(values.known[lever.within], values.whole[lever.within], NEVER)


def coupled_values(
    model: Model, values: Values, settings: PlanSettings, supplied: set[str], column: str
) -> Choice:
    """Give the values of a coupled column worth trying.

    Beside its own edges: what some condition needs while the other column stands at its present
    value or on an edge of its own, and what a column that it limits may need.
    """
    lever = model.levers.get(column)
    free = set(model.free)
    now = {name: values.whole[name] for name in free if name in values.whole}
    own: dict[int, Span] = {}
    extra: list[Whole] = []
    for place, literal in enumerate(model.literals):
        names = [name for name in literal.columns if name in free]
        if literal.form is None or column not in names:
            continue
        rest = {name: now[name] for name in names if name != column}
        if not rest:
            own[place] = span(literal, column, {}, values)
            continue
        for at in _stands(model, values, rest):
            one = span(literal, column, at, values)
            extra.append(one.high if lever and lever.better == "lower" else one.low)
    for name, other in model.levers.items():
        if other.within == column and name in free:
            extra += [at[name] for at in _stands(model, values, {name: now[name]})]
    supply = settings.supply if column in supplied else None
    clipped = [np.clip(one, -NEVER, NEVER) for one in extra]
    return number_choice(column, own, values, lever=lever, supply=supply, extra=clipped)


def _stands(model: Model, values: Values, rest: dict[str, Whole]) -> list[dict[str, Whole]]:
    """Give where the other columns may stand: now, or one of them on an edge of its own."""
    found: list[dict[str, Whole]] = [dict(rest)]
    for literal in model.literals:
        names = [name for name in literal.columns if name in set(model.free)]
        if literal.form is None or len(names) != 1 or names[0] not in rest:
            continue
        name = names[0]
        lever = model.levers.get(name)
        one = span(literal, name, {}, values)
        edge: Any = one.high if lever and lever.better == "lower" else one.low
        usable = np.abs(edge) < NEVER
        beyond = edge < rest[name] if lever and lever.better == "lower" else edge > rest[name]
        found.append({**rest, name: np.where(usable & beyond, edge, rest[name])})
    return found
