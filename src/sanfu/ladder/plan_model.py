"""What would have to hold: a book's verdict as alternatives, each a list of conditions and floors.

The verdict is a tree of *all* and *any*. Multiplied out, it is a list of alternatives (a route
here, an exemption there); a firm qualifies when every condition of one alternative holds. A matter
for a person counts as settled unless it was decided against the firm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from sanfu.errors import InputError
from sanfu.formula import Binary, names_in, walk
from sanfu.ladder.book import TOTAL, VERDICT
from sanfu.ladder.plan_forms import Literal, NotLinear, Tree, condition
from sanfu.ladder.plan_values import is_future
from sanfu.ladder.values import measure_of, years_back
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from sanfu.ladder.book import Book, Rule
    from sanfu.ladder.plan_settings import Lever, PlanSettings
    from sanfu.ladder.plan_values import Values

MOST_ALTERNATIVES = 4096


@dataclass(frozen=True)
class Alternative:
    """One way to qualify: conditions that must all hold, and floors of points."""

    literals: tuple[int, ...]
    judged: tuple[str, ...]
    floors: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Steps:
    """An indicator's steps: trees over literals with their points, best first."""

    conditions: tuple[tuple[Tree, int], ...]
    rest: int


@dataclass(frozen=True)
class Points:
    """An indicator made ready."""

    id: str
    group: str
    most: int
    steps: tuple[Steps, ...]
    best: bool
    given: str | None


@dataclass(frozen=True)
class Model:
    """All that has to be known of a book so many years on."""

    book: Book
    literals: tuple[Literal, ...]
    alternatives: tuple[Alternative, ...]
    points: tuple[Points, ...]
    levers: dict[str, Lever]
    """Column → what changing it takes; only those that can count by then."""
    free: tuple[str, ...]
    """Columns with a choice: those with a lever, and those that may be handed in."""
    coupled: tuple[str, ...]
    """Columns that stand with another one in some condition; fixed value by value."""

    def take(self, rows: NDArray[np.int64]) -> Model:
        """Give only some firms."""
        return replace(self, literals=tuple(one.take(rows) for one in self.literals))


def columns_of(book: Book, settings: PlanSettings) -> tuple[str, ...]:
    """Give the columns that a plan looks at: the book's, and those that limit what can change."""
    by_measure = {lever.measure: lever for lever in settings.levers}
    found = list(book.columns)
    for column in found:  # grows as it goes: a limit can have a limit of its own
        measure = measure_of(column)
        lever = by_measure.get(measure.name) if measure else None
        if lever is not None and lever.within is not None and lever.within not in found:
            found.append(lever.within)
    return tuple(found)


def levers_of(
    columns: Iterable[str], settings: PlanSettings, ahead: int, *, closed: Iterable[str] = ()
) -> dict[str, Lever]:
    """Give the columns that can be changed so many years ahead.

    A figure of a year that has ended cannot be changed; a year to come that will count as the year
    before can only where the lever says so (`each_year`).
    """
    by_measure = {lever.measure: lever for lever in settings.levers}
    found = {}
    for column in columns:
        measure = measure_of(column)
        lever = by_measure.get(measure.name) if measure else None
        if measure is None or lever is None or column in closed or lever.years > ahead:
            continue
        if measure.frame == "figures" and lever.years and not is_future(column, ahead):
            continue
        if years_back(column) and not lever.each_year:
            continue
        found[column] = lever
    return found


def make_model(book: Book, values: Values, levers: dict[str, Lever], supplied: set[str]) -> Model:
    """Make a model.

    Parameters
    ----------
    supplied
        Columns that a firm may hand in where they are missing.

    Raises
    ------
    InputError
        A rule is not linear in what can be changed, or there are too many alternatives.
    """
    free = {*levers, *(supplied - _below(book))}
    literals: list[Literal] = []
    places: dict[Tree, int] = {}

    def enter(tree: Tree) -> Tree:
        if tree[0] in ("all", "any"):
            return (tree[0], tuple(enter(one) for one in tree[1]))
        literal = tree[1]
        key = ("is", literal.node, literal.operator, literal.words, literal.always)
        if key not in places:
            places[key] = len(literals)
            literals.append(literal)
        return ("is", places[key])

    try:
        root = _tree_of_rule(book, book.by_id[VERDICT], values, free, enter)
        points = tuple(
            Points(
                one.id,
                one.group,
                one.max,
                tuple(
                    Steps(
                        tuple(
                            (enter(condition(node, values, free)), given)
                            for node, given in steps.conditions
                        ),
                        steps.rest,
                    )
                    for steps in one.steps
                ),
                best=one.join == "best",
                given=one.given,
            )
            for one in book.indicators
        )
    except NotLinear:
        raise InputError(
            Text(
                f"{book.rulebook.rulebook} 里有条件不是可变指标的线性关系，暂不能算提升路径",
                f"{book.rulebook.rulebook} has a condition that is not linear in what can be "
                "changed; no plan can be made",
            )
        ) from None
    return Model(
        book,
        tuple(literals),
        _alternatives(root),
        points,
        levers,
        tuple(sorted(free)),
        _coupled(literals, free, levers),
    )


def _below(book: Book) -> set[str]:
    """Give the columns that stand below a fraction: one that is missing cannot be planned for."""
    formulas = [rule.formula for rule in book.rules if rule.formula is not None]
    formulas += [
        node for one in book.indicators for steps in one.steps for node, _ in steps.conditions
    ]
    return {
        name
        for formula in formulas
        for node in walk(formula)
        if isinstance(node, Binary) and node.operator == "/"
        for name in names_in(node.right)
    }


def _tree_of_rule(
    book: Book, rule: Rule, values: Values, free: set[str], enter: Callable[[Tree], Tree]
) -> Tree:
    if rule.how == "when":
        if rule.formula is None:
            raise AssertionError(rule.id)
        return enter(condition(rule.formula, values, free))
    if rule.how == "judge":
        return ("judge", rule.column)
    if rule.how == "points":
        return ("points", rule.points_of or TOTAL, rule.at_least)
    trees = tuple(
        _tree_of_rule(book, book.by_id[child], values, free, enter) for child in rule.children
    )
    return (rule.how, trees)


def _alternatives(tree: Tree) -> tuple[Alternative, ...]:
    ways = _multiply(tree)
    found = []
    for way in ways:
        literals = tuple(sorted({one[1] for one in way if one[0] == "is"}))
        judged = tuple(sorted({one[1] for one in way if one[0] == "judge"}))
        floors: dict[str, int] = {}
        for one in way:
            if one[0] == "points":
                floors[one[1]] = max(floors.get(one[1], 0), one[2])
        found.append(Alternative(literals, judged, tuple(sorted(floors.items()))))
    return tuple(dict.fromkeys(found))


def _multiply(tree: Tree) -> list[frozenset[Tree]]:
    if tree[0] == "any":
        return list(dict.fromkeys(way for one in tree[1] for way in _multiply(one)))
    if tree[0] == "all":
        parts = [_multiply(one) for one in tree[1]]
        count = 1
        for part in parts:
            count *= len(part)
        if count > MOST_ALTERNATIVES:
            raise InputError(
                Text(
                    f"规则书的组合超过 {MOST_ALTERNATIVES} 种，暂不能算提升路径",
                    f"the rulebook has more than {MOST_ALTERNATIVES} alternatives; no plan is made",
                )
            )
        ways = [frozenset().union(*choice) for choice in product(*parts)]
        return list(dict.fromkeys(ways))
    return [frozenset([tree])]


def _coupled(literals: list[Literal], free: set[str], levers: dict[str, Lever]) -> tuple[str, ...]:
    """Choose columns so that, those fixed, every condition has at most one free column.

    What limits another column is always among them, so that the limit is known when that is chosen.
    """
    mixed = [
        {name for name in literal.columns if name in free}
        for literal in literals
        if literal.form is not None
    ]
    mixed = [names for names in mixed if len(names) > 1]
    # what stands below a fraction first: raising it only makes such a condition harder
    below = {name for literal in literals for form in literal.over for name in form.of}
    limits = {lever.within for name, lever in levers.items() if name in free and lever.within}
    chosen: list[str] = sorted(limits & free)
    while open_ones := [names for names in mixed if len(names - set(chosen)) > 1]:
        counts: dict[str, tuple[bool, int, str]] = {}
        for names in open_ones:
            for name in names - set(chosen):
                _, times, _ = counts.get(name, (False, 0, name))
                counts[name] = (name in below, times + 1, name)
        chosen.append(max(counts.values())[2])
    return tuple(chosen)
