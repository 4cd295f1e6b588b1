"""The least effort of each firm among all alternatives: exact, for many firms at once.

With the coupled columns fixed, every condition rests on one column. An alternative without a floor
of points is then a minimum column by column. With floors, the columns of an indicator form a block
and the blocks are joined by dynamic programming over the points of each group.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.ladder.book import TOTAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.ladder.plan_choices import Choice, Effort, Round
    from sanfu.ladder.plan_forms import Tree
    from sanfu.ladder.plan_model import Alternative, Model, Points
    from sanfu.ladder.plan_values import Flags

    Places = NDArray[np.int64]

MOST_COMBINATIONS = 20_000


@dataclass(frozen=True)
class Best:
    """(n,) least effort of an alternative, and for each column the choice taken."""

    effort: Effort
    taken: dict[str, Places]


@dataclass(frozen=True)
class Scale:
    """How points are counted in a state: the groups told apart, and the size of each."""

    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    unit: int

    @property
    def strides(self) -> tuple[int, ...]:
        """Step of each group in a flat state."""
        found, step = [], 1
        for size in reversed(self.sizes):
            found.append(step)
            step *= size
        return tuple(reversed(found))


@dataclass(frozen=True)
class Block:
    """Columns that share indicators, all their combinations, and the points of each."""

    columns: tuple[str, ...]
    picks: dict[str, Places]
    """Column → (combinations,) which choice it takes."""
    codes: Places
    """(n, combinations) flat state of the points."""


class Solver:
    """Solves every alternative of a model for the firms of one round."""

    def __init__(self, model: Model, ready: Round) -> None:
        self.model = model
        self.ready = ready
        self.n = ready.values.n
        self._blocks: dict[tuple[str, ...], tuple[Scale, tuple[Block, ...]]] = {}

    def solve(self, alternative: Alternative) -> Best:
        """Give the least effort with which an alternative holds; infinite where it cannot."""
        possible = self._possible(alternative)
        efforts = self._efforts(alternative)
        if not alternative.floors:
            return self._sum(efforts, possible)
        scale, blocks = self._points(alternative)
        inside = {column for block in blocks for column in block.columns}
        outer = self._sum({c: e for c, e in efforts.items() if c not in inside}, possible)
        inner = _join(self.n, scale, blocks, self._all_efforts(efforts), alternative)
        return Best(outer.effort + inner.effort, {**outer.taken, **inner.taken})

    def _possible(self, alternative: Alternative) -> Flags:
        possible = np.ones(self.n, dtype=bool)
        for place in alternative.literals:
            if place in self.ready.constant:
                possible &= self.ready.constant[place]
        values = self.ready.values
        for column in alternative.judged:
            possible &= ~(values.known[column] & (values.text[column] == "false"))
        return possible

    def _efforts(self, alternative: Alternative) -> dict[str, Effort]:
        """Give, for the columns that an alternative asks something of, effort or infinity."""
        efforts: dict[str, Effort] = {}
        for place in alternative.literals:
            column = self.ready.home.get(place)
            if column is None:
                continue
            choice = self.ready.choices[column]
            so_far = efforts.get(column, choice.effort)
            efforts[column] = np.where(choice.truth[place], so_far, np.inf)
        return efforts

    def _all_efforts(self, efforts: dict[str, Effort]) -> dict[str, Effort]:
        return {name: efforts.get(name, one.effort) for name, one in self.ready.choices.items()}

    def _sum(self, efforts: dict[str, Effort], possible: Flags) -> Best:
        total = np.where(possible, 0.0, np.inf)
        taken = {}
        for column, effort in efforts.items():
            taken[column] = effort.argmin(axis=1)
            total = total + effort.min(axis=1)
        return Best(total, taken)

    def _points(self, alternative: Alternative) -> tuple[Scale, tuple[Block, ...]]:
        key = tuple(name for name, _ in alternative.floors)
        if key not in self._blocks:
            self._blocks[key] = self._make_blocks(key)
        return self._blocks[key]

    def _make_blocks(self, floors: tuple[str, ...]) -> tuple[Scale, tuple[Block, ...]]:
        points = self.model.points
        wanted = [one for one in points if TOTAL in floors or one.group in floors]
        scale = _scale(wanted, floors, exact=any(one.given for one in wanted))
        blocks = []
        for members in _connected(wanted, self.ready.home):
            columns = tuple(sorted({c for one in members for c in self._columns(one)}))
            counts = [self.ready.choices[column].values.shape[1] for column in columns]
            if np.prod(counts, dtype=float) > MOST_COMBINATIONS:
                raise OverflowError(f"{columns}: too many combinations")
            grid = list(product(*(range(count) for count in counts)))
            picks = {
                column: np.array([one[i] for one in grid], dtype=np.int64)
                for i, column in enumerate(columns)
            }
            codes = np.zeros((self.n, len(grid)), dtype=np.int64)
            for one in members:
                stride = _stride(scale, one.group)
                codes += self._given(one, picks) // scale.unit * stride
            blocks.append(Block(columns, picks, codes))
        return scale, tuple(blocks)

    def _columns(self, one: Points) -> set[str]:
        return {
            self.ready.home[place]
            for steps in one.steps
            for tree, _ in steps.conditions
            for place in places_in(tree)
            if place in self.ready.home
        }

    def _given(self, one: Points, picks: dict[str, Places]) -> Places:
        """Give (n, combinations) points of an indicator."""
        if one.given is not None:
            values = self.ready.values
            whole = values.whole[one.given]
            known = np.where(values.known[one.given], whole, 0).astype(np.int64)
            return np.clip(known, 0, one.most)[:, None]
        total: Any = None
        for steps in one.steps:
            gained: Any = np.full((self.n, 1), steps.rest, dtype=np.int64)
            for tree, count in reversed(steps.conditions):
                gained = np.where(self._truth(tree, picks), count, gained)
            if total is None:
                total = gained
            else:
                total = np.maximum(total, gained) if one.best else total + gained
        return np.asarray(np.minimum(total, one.most), dtype=np.int64)

    def _truth(self, tree: Tree, picks: dict[str, Places]) -> NDArray[np.bool_]:
        if tree[0] == "is":
            if tree[1] in self.ready.constant:
                return self.ready.constant[tree[1]][:, None]
            column = self.ready.home[tree[1]]
            return self.ready.choices[column].truth[tree[1]][:, picks[column]]
        found = [self._truth(one, picks) for one in tree[1]]
        joined = found[0]
        for one in found[1:]:
            joined = joined & one if tree[0] == "all" else joined | one
        return joined


def places_in(tree: Tree) -> list[int]:
    """Give the literals of a tree."""
    if tree[0] == "is":
        return [tree[1]]
    return [place for one in tree[1] for place in places_in(one)]


def _connected(wanted: list[Points], home: dict[int, str]) -> list[list[Points]]:
    """Gather indicators that share a free column."""
    gathered: list[tuple[set[str], list[Points]]] = []
    for one in wanted:
        columns = {
            home[place]
            for steps in one.steps
            for tree, _ in steps.conditions
            for place in places_in(tree)
            if place in home
        }
        touching = [pair for pair in gathered if pair[0] & columns]
        members = [one]
        for pair in touching:
            gathered.remove(pair)
            columns |= pair[0]
            members = [*pair[1], *members]
        gathered.append((columns, members))
    return [members for _, members in gathered]


def _scale(wanted: list[Points], floors: tuple[str, ...], *, exact: bool) -> Scale:
    """Tell apart the groups with a floor; the others count only for the total."""
    apart = tuple(name for name in floors if name != TOTAL)
    groups = (*apart, TOTAL) if TOTAL in floors else apart
    counts = [
        count
        for one in wanted
        for steps in one.steps
        for count in (steps.rest, one.most, *(given for _, given in steps.conditions))
    ]
    unit = 1 if exact else gcd(*counts) or 1
    sizes = []
    for name in groups:
        own = [one for one in wanted if _home_group(one.group, groups) == name]
        sizes.append(sum(one.most for one in own) // unit + 1)
    return Scale(groups, tuple(sizes), unit)


def _home_group(group: str, groups: tuple[str, ...]) -> str:
    return group if group in groups else TOTAL


def _stride(scale: Scale, group: str) -> int:
    return scale.strides[scale.groups.index(_home_group(group, scale.groups))]


def _join(
    n: int,
    scale: Scale,
    blocks: tuple[Block, ...],
    efforts: dict[str, Effort],
    alternative: Alternative,
) -> Best:
    """Join the blocks: least effort to each state of points, then the best with every floor."""
    size = int(np.prod(scale.sizes))
    state = np.full((n, size), np.inf)
    state[:, 0] = 0
    history: list[tuple[Block, NDArray[np.int32], dict[int, Places]]] = []
    for block in blocks:
        combined = np.zeros((n, block.codes.shape[1]))
        for column in block.columns:
            combined = combined + efforts[column][:, block.picks[column]]
        combined = np.broadcast_to(combined, (n, max(combined.shape[1], block.codes.shape[1])))
        codes = np.broadcast_to(block.codes, combined.shape)
        following = np.full((n, size), np.inf)
        came = np.zeros((n, size), dtype=np.int32)
        picked: dict[int, Places] = {}
        for code in np.unique(codes).tolist():
            masked = np.where(codes == code, combined, np.inf)
            least = masked.min(axis=1)
            if not np.isfinite(least).any():
                continue
            picked[code] = masked.argmin(axis=1)
            reached = state[:, : size - code] + least[:, None]
            better = reached < following[:, code:]
            following[:, code:][better] = reached[better]
            came[:, code:][better] = code
        state = following
        history.append((block, came, picked))
    good = _good_states(scale, alternative)
    final = np.where(good[None, :], state, np.inf)
    at = final.argmin(axis=1)
    effort = final.min(axis=1)
    rows = np.arange(n)
    taken: dict[str, Places] = {}
    for block, came, picked in reversed(history):
        code = came[rows, at]
        combination = np.zeros(n, dtype=np.int64)
        for one, choice in picked.items():
            combination = np.where(code == one, choice, combination)
        for column in block.columns:
            taken[column] = block.picks[column][combination]
        at = np.maximum(at - code, 0)
    return Best(effort, taken)


def _good_states(scale: Scale, alternative: Alternative) -> Flags:
    """Tell which flat states meet every floor."""
    size = int(np.prod(scale.sizes))
    flat = np.arange(size)
    points = {
        name: flat // stride % count * scale.unit
        for name, stride, count in zip(scale.groups, scale.strides, scale.sizes, strict=True)
    }
    good = np.ones(size, dtype=bool)
    for name, least in alternative.floors:
        reached = sum(points.values()) if name == TOTAL else points[name]
        good &= np.asarray(reached >= least)
    return good


def choice_of(best: Best, choice: Choice, row: int) -> int:
    """Give the value that a firm takes in a column."""
    return int(choice.values[row, int(best.taken[choice.column][row])])
