"""A rulebook made ready: for one kind of check on one day, every formula parsed to its tree.

The three readers (`interpret`, `emit`, `sql`) read this and nothing else. Rules stand children
first, so that each reader can go through them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from sanfu.errors import InputError
from sanfu.formula import Compare, Node, Number, names_in, parse_formula
from sanfu.ladder.rulebook import Band, CheckKind, Criterion, Indicator, Rulebook, read_rulebook
from sanfu.ladder.values import measure_of
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from fractions import Fraction
    from pathlib import Path

    from sanfu.content.measures import Measure

VERDICT = "verdict"
"""Id of the rule at the root: all criteria of the rulebook."""
TOTAL = "total"
"""Name of the sum of all points."""


@dataclass(frozen=True)
class Steps:
    """Points of the first condition that holds, best first; below all of them `rest`."""

    conditions: tuple[tuple[Node, int], ...]
    rest: int = 0
    of: Node | None = None
    """The one quantity that all conditions compare with an edge, if there is one."""
    better: Literal["higher", "lower"] = "higher"
    edges: tuple[Fraction, ...] = ()
    label: Text | None = None


@dataclass(frozen=True)
class Scored:
    """An indicator made ready: the best or the sum of its steps, at most `max` points."""

    indicator: Indicator
    steps: tuple[Steps, ...]
    join: Literal["best", "sum"] = "best"
    given: str | None = None
    """The column with points that an office fills in, instead of steps."""

    @property
    def id(self) -> str:
        """The indicator's id."""
        return self.indicator.id

    @property
    def max(self) -> int:
        """Most points."""
        return self.indicator.max

    @property
    def group(self) -> str:
        """The group to which its points are added."""
        return self.indicator.group


@dataclass(frozen=True)
class Rule:
    """A criterion made ready."""

    id: str
    how: Literal["when", "judge", "points", "all", "any"]
    parent: str | None
    depth: int
    criterion: Criterion | None
    """Null for the root."""
    formula: Node | None = None
    column: str | None = None
    """The flag that a person decides (`judge`)."""
    points_of: str | None = None
    at_least: int = 0
    children: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Book:
    """A rulebook for one kind of check on one day.

    Attributes
    ----------
    indicators
        In the order of the rulebook.
    rules
        Children before their parents; the last is the root, `VERDICT`.
    """

    rulebook: Rulebook
    kind: CheckKind
    on: dt.date
    indicators: tuple[Scored, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Each rule by its id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def groups(self) -> dict[str, tuple[Scored, ...]]:
        """Group → its indicators, then `TOTAL` → all of them; empty where nothing gives points."""
        if not self.indicators:
            return {}
        found = {
            group.id: tuple(one for one in self.indicators if one.group == group.id)
            for group in self.rulebook.groups
        }
        return {**{name: ones for name, ones in found.items() if ones}, TOTAL: self.indicators}

    @cached_property
    def reading_order(self) -> tuple[str, ...]:
        """Every indicator, then every rule with its parts below it, and the verdict last."""
        found = [one.id for one in self.indicators]

        def add(rule: Rule) -> None:
            found.append(rule.id)
            for child in rule.children:
                add(self.by_id[child])

        for child in self.by_id[VERDICT].children:
            add(self.by_id[child])
        return (*found, VERDICT)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the check reads, each once, in reading order."""
        names: list[str] = []
        for one in self.indicators:
            names += [one.given] if one.given else []
            for steps in one.steps:
                for condition, _ in steps.conditions:
                    names += names_in(condition)
        for rule in self.rules:
            names += [rule.column] if rule.column else []
            names += names_in(rule.formula) if rule.formula else ()
        return tuple(dict.fromkeys(names))

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Column → its measure."""
        found = {name: measure_of(name) for name in self.columns}
        unknown = [name for name, measure in found.items() if measure is None]
        if unknown:
            listed = "、".join(unknown)
            raise InputError(
                Text(
                    f"规则书 {self.rulebook.rulebook} 用到不认识的指标：{listed}；"
                    "请补进 content/measures，或先运行 sanfu ladder lint",
                    f"the rulebook {self.rulebook.rulebook} reads unknown measures: {listed}; "
                    "add them to content/measures, or run sanfu ladder lint first",
                )
            )
        return {name: measure for name, measure in found.items() if measure is not None}

    def clause(self, name: str) -> Criterion | Indicator | None:
        """Give the criterion or indicator of an id; null for the root."""
        for one in self.indicators:
            if one.id == name:
                return one.indicator
        return self.by_id[name].criterion

    def inherited(self, name: str, field: Literal["article", "text", "mark"]) -> str:
        """Give a clause's article, text or mark, from itself or the nearest above that says it."""
        rule = self.by_id.get(name)
        if rule is None:
            return str(getattr(self.clause(name), field) or "")
        while rule.criterion is not None:
            said = getattr(rule.criterion, field)
            if said:
                return str(said)
            rule = self.by_id[rule.parent or VERDICT]
        return ""


def make_book(rulebook: str | Path | Rulebook, *, kind: CheckKind, on: dt.date) -> Book:
    """Make a rulebook ready for a kind of check on a day.

    Parameters
    ----------
    rulebook
        A shipped name, a path, or a `Rulebook`.
    kind
        ``"new"`` application or ``"review"``.
    on
        The day of the check; clauses that do not hold on it are left out.

    Raises
    ------
    InputError
        The rulebook is not for this kind, or a formula in it cannot be read.
    """
    return _make(read_rulebook(rulebook), kind, on)


@lru_cache(maxsize=256)
def _make(book: Rulebook, kind: CheckKind, on: dt.date) -> Book:
    if kind not in book.kinds:
        raise InputError(
            Text(
                f"{book.rulebook} 不用于 {kind}；可用于：{'、'.join(book.kinds)}",
                f"{book.rulebook} is not for {kind}; it is for {', '.join(book.kinds)}",
            )
        )
    scored = tuple(make_scored(one) for one in book.indicators if one.holds(kind, on))
    rules: list[Rule] = []
    top = tuple(
        one.id for one in book.criteria if _add(rules, one, parent=VERDICT, depth=1, on=(kind, on))
    )
    rules.append(Rule(VERDICT, "all", None, 0, None, children=top))
    return Book(book, kind, on, scored, tuple(rules))


def _add(
    rules: list[Rule],
    criterion: Criterion,
    *,
    parent: str,
    depth: int,
    on: tuple[CheckKind, dt.date],
) -> bool:
    """Add a criterion after those below it; tell whether anything of it holds."""
    if not criterion.holds(*on):
        return False
    if criterion.when is not None:
        formula = parse_formula(criterion.when)
        rules.append(Rule(criterion.id, "when", parent, depth, criterion, formula=formula))
    elif criterion.judge is not None:
        rules.append(Rule(criterion.id, "judge", parent, depth, criterion, column=criterion.judge))
    elif criterion.points_of is not None:
        least = points(criterion.at_least or "")
        rules.append(
            Rule(criterion.id, "points", parent, depth, criterion,
                 points_of=criterion.points_of, at_least=least)
        )  # fmt: skip
    else:
        inside = criterion.all or criterion.any or ()
        children = tuple(
            one.id
            for one in inside
            if _add(rules, one, parent=criterion.id, depth=depth + 1, on=on)
        )
        if not children:
            return False
        how: Literal["all", "any"] = "all" if criterion.all is not None else "any"
        rules.append(Rule(criterion.id, how, parent, depth, criterion, children=children))
    return True


def make_scored(one: Indicator) -> Scored:
    """Make an indicator ready: every way of giving points becomes steps."""
    if one.given is not None:
        return Scored(one, (), given=one.given)
    if one.bands is not None:
        return Scored(one, (_bands(one.of or "", one.better, one.bands),))
    if one.best_of is not None:
        scales = tuple(_bands(scale.of, scale.better, scale.bands) for scale in one.best_of)
        return Scored(one, scales)
    if one.each is not None:
        items = tuple(
            Steps(((parse_formula(item.when), one.each.points),), label=item.label.text())
            for item in one.each.items
        )
        return Scored(one, items, join="sum")
    if one.per is not None:
        return Scored(one, (_per(one),))
    cases = one.cases or ()
    conditions = tuple((parse_formula(c.when), c.points) for c in cases if c.when is not None)
    return Scored(one, (Steps(conditions, rest=_rest(cases)),))


def _bands(of: str, better: Literal["higher", "lower"], bands: tuple[Band, ...]) -> Steps:
    quantity = parse_formula(of)
    conditions, edges = [], []
    for band in bands:
        edge = band.from_ or band.to
        if edge is None:
            continue
        limit = number(edge)
        conditions.append(
            (Compare(">=" if better == "higher" else "<=", quantity, limit), band.points)
        )
        edges.append(limit.value)
    return Steps(tuple(conditions), _rest(bands), quantity, better, tuple(edges))


def _per(one: Indicator) -> Steps:
    per = one.per
    if per is None:
        raise AssertionError
    quantity, step = parse_formula(per.of), number(per.every)
    counts = range(one.max // per.points, 0, -1)
    conditions = tuple(
        (Compare(">=", quantity, Number(step.value * n, step.kind, step.unit)), n * per.points)
        for n in counts
    )
    return Steps(conditions, 0, quantity, "higher", tuple(step.value * n for n in counts))


def _rest(bands: tuple[Band, ...]) -> int:
    return next((band.points for band in bands if band.rest), 0)


def number(text: str) -> Number:
    """Read an edge such as ``500 万元``, ``3%`` or ``-5%``.

    Raises
    ------
    InputError
        It is no number.
    """
    negative = text.strip().startswith("-")
    found = parse_formula(text.strip().removeprefix("-"))
    if not isinstance(found, Number):
        raise InputError(
            Text(f"“{text}”不是带单位的数，例如 500 万元、3%", f"“{text}” is no amount such as 3%")
        )
    return Number(-found.value, found.kind, found.unit) if negative else found


def points(text: str) -> int:
    """Read a floor of points such as ``60 分``.

    Raises
    ------
    InputError
        It is no whole number of points.
    """
    found = number(text)
    if found.kind not in ("points", "number") or found.value.denominator != 1:
        raise InputError(
            Text(
                f"“{text}”应为整数分，例如 60 分", f"“{text}” should be whole points such as 60 分"
            )
        )
    return int(found.value)
