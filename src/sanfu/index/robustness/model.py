"""An index as a function of its uncertain choices: a design in, scores of all replicates out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import DeclarationFaults, InputError
from sanfu.index.build import score_growth, weigh_children
from sanfu.index.framework_check import needs_positive
from sanfu.index.graph import plan_graph
from sanfu.index.robustness.engine import Batch, batch_weights, score_batch
from sanfu.index.robustness.factors import in_steps
from sanfu.index.robustness.impossible import ImpossibleCombination
from sanfu.index.robustness.tables import Tables, Variant, make_tables
from sanfu.index.robustness.varying import (
    changes_scale,
    compares_rows,
    derives_weights,
    leaves_out_by_weight,
    mixes_columns,
    remove_parts,
    vary_quickly,
    vary_unchecked,
)
from sanfu.index.robustness.weighing import Weigher
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.figures import Figures
    from sanfu.index.framework import Framework
    from sanfu.index.graph import Plan
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity
    from sanfu.index.robustness.declaration import RobustnessPlan
    from sanfu.index.robustness.design import Design
    from sanfu.index.robustness.engine import Trouble
    from sanfu.index.robustness.factors import Factor


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of a design."""

    scores: Array
    """``(replicate, row)`` of the node, on the rows asked for; NaN where not scored."""
    offset: Array
    """``(replicate,)``: the offset by which an impossible combination was mended, else 0."""


@dataclass(frozen=True, eq=False)
class _Part:
    """Some variants with the replicates that use them."""

    replicates: NDArray[np.int64]
    variant: NDArray[np.int64]
    """For every replicate of the design; of use for those in `replicates`."""
    tables: Tables


_CELLS = 50_000_000
"""Numbers of the tables that are held at once (400 MB)."""


@dataclass(frozen=True, eq=False)
class Model:
    """What turns designs into scores."""

    framework: Framework
    figures: Figures
    """As they were read."""
    plan: RobustnessPlan
    factors: tuple[Factor, ...]
    node: str
    rows: NDArray[np.int64]
    """Rows of the figures whose scores are wanted."""
    parity: Parity = None
    draws: Array | None = None
    """``(draw, row, indicator)``."""
    _kept: dict[Any, Any] = field(default_factory=dict)

    def score(self, design: Design) -> Scored:
        """Score every replicate.

        Raises
        ------
        ImpossibleCombination
            With all of them at once, and what mends them.
        """
        scores = np.full((len(design), len(self.rows)), np.nan)
        offset = np.zeros(len(design))
        mended = self._check_combinations(design)
        refused: list[tuple[str, Text]] = []
        for part in self._parts(design):
            for mend in (False, True):
                wanted = part.replicates[mended[part.replicates] == mend]
                for mine, batch, asked in self._batches(design, part, wanted, mend=mend):
                    found, troubles = score_batch(batch, self.node)
                    if self._grows:
                        found = self._growth(batch, part, mine)
                    scores[np.ix_(mine, asked[asked >= 0])] = found[:, asked >= 0]
                    offset[mine] = self._offset if mend else 0
                    for trouble in troubles:
                        bad = mine[trouble.replicates]
                        if mend or not self._can_mend(batch.plan, trouble.node):
                            refused.append(self._say_trouble(design, bad, trouble))
                        else:
                            mended[bad] = True
        if refused:
            raise ImpossibleCombination(refused)
        return Scored(scores, offset)

    def weights(self, design: Design, node: str) -> Mapping[str, Array]:
        """Give the weights that replicates used at a node: child → ``(replicate,)``, NaN if out."""
        found: dict[str, Array] = {
            child: np.full(len(design), np.nan) for child in self.framework.children(node)
        }
        for part in self._parts(design):
            for mine, batch, _ in self._batches(design, part, part.replicates, mend=False):
                if node in batch.plan.nodes:
                    used = batch_weights(batch, node)
                    for place, child in enumerate(batch.plan.children[node]):
                        found[child][mine] = used[:, place]
        return found

    def changes(self, design: Design, replicate: int, *, mend: bool = False) -> dict[str, Any]:
        """Give what a replicate sets in the framework, weights and dropped parts aside."""
        found: dict[str, Any] = {}
        for factor in self.factors:
            found |= self._changes_of(design, factor, replicate)
        if mend:
            found |= self._offsets(vary_quickly(self.framework, found))
        return found

    def dropped(self, design: Design, replicate: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the indicators or nodes, and the units, that a replicate leaves out."""
        parts: list[str] = []
        units: list[str] = []
        for factor in self.factors:
            if factor.choice.drop is not None:
                out = design.dropped[factor.name][int(design.codes[factor.name][replicate])]
                (units if factor.choice.drop.units is not None else parts).extend(out)
        return tuple(parts), tuple(units)

    def draw(self, design: Design, replicate: int) -> int:
        """Give the draw of the figures that a replicate uses, −1 for the figures themselves."""
        for factor in self.factors:
            if factor.choice.kind == "draws":
                return int(design.codes[factor.name][replicate])
        return -1

    def imputation(self, design: Design, replicate: int) -> int:
        """Give the imputed data set that a replicate uses, −1 for the mean of all."""
        for factor in self.factors:
            if factor.choice.kind == "imputations":
                return int(design.codes[factor.name][replicate])
        return -1

    def labels(self, design: Design, factor: Factor, replicates: NDArray[np.int64]) -> list[str]:
        """Say what replicates take of one choice."""
        if factor.name in design.values:
            return [f"{value:g}" for value in design.values[factor.name][replicates].tolist()]
        if factor.name in design.dropped:
            sets = design.dropped[factor.name]
            said = ["+".join(out) if out else "—" for out in sets]
            return [said[code] for code in design.codes[factor.name][replicates].tolist()]
        if factor.name in design.codes:
            codes = design.codes[factor.name][replicates].tolist()
            if factor.labels:
                return [factor.labels[code] for code in codes]
            return [str(code + 1) for code in codes]
        rule = factor.choice.weights
        if rule is not None and rule.noise is not None:
            return [f"± {rule.noise:.0%}"] * len(replicates)
        ways = ("simplex", "precision", "order")
        return [next((w for w in ways if getattr(rule, w, None)), "—")] * len(replicates)

    @cached_property
    def same_scale(self) -> bool:
        """Whether the scores of all replicates are on one scale."""
        options = [option for factor in self.factors for option in factor.alternatives]
        return not any(changes_scale(path, value) for o in options for path, value in o.items())

    # how it is done

    @property
    def _offset(self) -> float:
        rule = self.plan.impossible
        return 0.0 if rule == "refuse" else rule.offset

    def _changes_of(self, design: Design, factor: Factor, replicate: int) -> dict[str, Any]:
        if factor.alternatives:
            return dict(factor.alternatives[int(design.codes[factor.name][replicate])])
        if factor.name in design.values:
            value = float(design.values[factor.name][replicate])
            return {str(factor.choice.path): int(value) if factor.choice.whole else value}
        if factor.choice.imputations is not None:
            rule = self.framework.method.impute
            told = {} if rule is None else rule.model_dump(mode="json")
            return {
                "method.impute": {
                    **told,
                    "method": "multiple",
                    "draws": factor.choice.imputations,
                }
            }
        return {}

    def _keys(self, design: Design, *, steps: bool) -> NDArray[np.float64]:
        """Give the numbers that tell replicates apart in their steps, or in their graph."""
        columns = [np.zeros(len(design))]
        for factor in self.factors:
            in_step, in_graph = factor.touches
            drop = factor.choice.drop
            if drop is not None:
                is_units = drop.units is not None
                in_step = is_units or self._coupled
                in_graph = not is_units and (drop.nodes is not None or not self._maskable)
            if not (in_step if steps else in_graph):
                continue
            held = design.values if factor.name in design.values else design.codes
            columns.append(held[factor.name].astype(np.float64))
        return np.column_stack(columns)

    @cached_property
    def _coupled(self) -> bool:
        """Whether leaving an indicator out changes the other indicators' columns."""
        if any(factor.choice.imputations for factor in self.factors):
            return True
        return any(mixes_columns(framework) for framework in self._frameworks)

    @cached_property
    def _frameworks(self) -> list[Framework]:
        """The framework, and with each single alternative."""
        return [
            self.framework,
            *(
                vary_quickly(self.framework, option)
                for factor in self.factors
                for option in factor.alternatives
            ),
        ]

    @cached_property
    def _maskable(self) -> bool:
        """Whether a weight of 0 is the same as leaving a child out, for all nodes and variants."""
        return all(leaves_out_by_weight(framework) for framework in self._frameworks)

    @cached_property
    def _comparing(self) -> bool:
        """Whether the score of a row may depend on other rows, in any variant."""
        return any(compares_rows(framework) for framework in self._frameworks)

    @cached_property
    def _deriving(self) -> bool:
        """Whether scores need the steps' own state, in any variant."""
        if self._grows:
            return True
        return any(derives_weights(framework) for framework in self._frameworks)

    @property
    def _grows(self) -> bool:
        """Whether scores are indices of growth, chained from year to year."""
        return self.framework.method.time.method != "levels"

    def _growth(self, batch: Batch, part: _Part, mine: NDArray[np.int64]) -> Array:
        """Chain the growth of each replicate, one by one."""
        plan = batch.plan
        used = {node: batch_weights(batch, node) for node in plan.nodes}
        column = plan.nodes.index(self.node)
        found = []
        for place, replicate in enumerate(mine.tolist()):
            run = part.tables.runs[int(part.variant[replicate])]
            weights = {node: rows[place] for node, rows in used.items()}
            found.append(score_growth(run, plan, weights)[1][:, column])
        return np.stack(found)

    def _deriver(
        self, plan: Plan, tables: Tables, variants: NDArray[np.int64]
    ) -> Callable[[int, str, Array], Array]:
        def derive(at: int, node: str, x: Array) -> Array:
            rule = plan.framework.weights_of(node)
            if rule.method in ("declared", "equal"):
                declared = plan.declared[node]
                return declared if rule.method == "declared" else np.ones_like(declared)
            return weigh_children(tables.runs[int(variants[at])], plan, node, x).weights

        return derive

    def _check_combinations(self, design: Design) -> NDArray[np.bool_]:
        """Check the framework of every combination that is drawn; tell which are to be mended."""
        told = [f for f in self.factors if f.alternatives]
        mended = np.zeros(len(design), dtype=bool)
        if not told:
            return mended
        keys = np.column_stack([design.codes[factor.name] for factor in told])
        _, first, back = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        refused: dict[str, tuple[str, Text]] = {}
        for place, replicate in enumerate(first.tolist()):
            changes: dict[str, Any] = {}
            for factor in told:
                changes |= self._changes_of(design, factor, replicate)
            key = ("combination", tuple(keys[replicate].tolist()))
            if key not in self._kept:
                self._kept[key] = self._check(changes)
            needs_mending, fault = self._kept[key]
            mended[back.reshape(-1) == place] = needs_mending
            if fault is not None:
                what = self._combination(design, replicate, told)
                refused.setdefault(fault.en, (what, fault))
        if refused:
            raise ImpossibleCombination(list(refused.values()))
        return mended

    def _check(self, changes: Mapping[str, Any]) -> tuple[bool, Text | None]:
        try:
            self.framework.vary(changes)
        except DeclarationFaults as wrong:
            if self._offset:
                offsets = self._offsets(vary_unchecked(self.framework, changes))
                try:
                    self.framework.vary({**changes, **offsets})
                except DeclarationFaults:
                    pass
                else:
                    return True, None
            said = [fault.text for fault in wrong.faults]
            return False, Text(
                "；".join(dict.fromkeys(text.zh for text in said)),
                "; ".join(dict.fromkeys(text.en for text in said)),
            )
        return False, None

    def _offsets(self, framework: Framework) -> dict[str, Any]:
        """Give the changes that add the declared offset to every mean of logarithms."""
        found = {}
        for node in framework.order():
            rule = framework.aggregate_of(node)
            if needs_positive(rule) and hasattr(rule, "offset"):
                told = {**rule.model_dump(mode="json"), "offset": self._offset}
                found[f"nodes.{node}.aggregate"] = told
        return found

    def _can_mend(self, plan: Plan, node: str) -> bool:
        return self._offset > 0 and hasattr(plan.framework.aggregate_of(node), "offset")

    def _combination(
        self, design: Design, replicate: int, factors: Sequence[Factor] | None = None
    ) -> str:
        at = np.asarray([replicate])
        return ", ".join(
            f"{factor.name}={self.labels(design, factor, at)[0]}"
            for factor in (self.factors if factors is None else factors)
        )

    def _say_trouble(
        self, design: Design, replicates: NDArray[np.int64], trouble: Trouble
    ) -> tuple[str, Text]:
        label = self.framework.label(trouble.node)
        told = [f for f in self.factors if f.alternatives]
        return (
            self._combination(design, int(replicates[0]), told),
            Text(
                f"节点“{label.zh}”的 {trouble.method} 平均要求得分大于 0，"
                f"{len(replicates)} 次试算中最低到 {trouble.lowest:g}；"
                "请把归一化下限改为正数（例如 low: 1），或加大 offset",
                f"the {trouble.method} mean of “{label.en}” needs scores above 0; in "
                f"{len(replicates)} replicates the lowest is {trouble.lowest:g}; normalise to a "
                "positive low (e.g. low: 1), or take a larger offset",
            ),
        )

    def _batches(
        self, design: Design, part: _Part, wanted: NDArray[np.int64], *, mend: bool
    ) -> list[tuple[NDArray[np.int64], Batch, NDArray[np.int64]]]:
        """Group the wanted replicates by graph.

        Gives their places, the batch, and where each of its rows is among those asked for.
        """
        if not len(wanted):
            return []
        variant, tables = part.variant, part.tables
        graphs = self._keys(design, steps=False)
        absent = self._absent(design)
        cut = not self._maskable and not self._coupled
        parts = [graphs[wanted], _as_codes(tables.indicators[variant[wanted]])]
        if self._comparing:  # rows that are not there must not be compared with
            parts.append(_as_codes(tables.rows[variant[wanted]]))
        told = np.column_stack(parts)
        _, back = np.unique(told, axis=0, return_inverse=True)
        found = []
        for group in range(int(back.max()) + 1):
            mine = wanted[back.reshape(-1) == group]
            one = int(mine[0])
            framework = self._graph_framework(design, one, mend=mend)
            has = tables.indicators[variant[one]]
            out = {code for code, gone in absent.items() if gone[one]} if cut else set()
            used = [
                place
                for place, code in enumerate(tables.codes)
                if has[place] and code in framework.indicators and code not in out
            ]
            plan = plan_graph(framework, [tables.codes[place] for place in used])
            if self.node not in plan.nodes:
                raise InputError(
                    Text(
                        f"“{self.node}”下没有剩下任何指标：{self._combination(design, one)}",
                        f"nothing is left below “{self.node}”: {self._combination(design, one)}",
                    )
                )
            rows, asked = self._rows_needed(framework, tables.rows[variant[one]])
            variants, at = np.unique(variant[mine], return_inverse=True)
            years = self.figures.years
            batch = Batch(
                plan,
                tables.values[np.ix_(variants, rows, np.asarray(used))],
                at.reshape(-1),
                Weigher(design, self.factors, plan, mine, {} if cut else absent),
                self._deriver(plan, tables, variants),
                tables.rows[np.ix_(variants, rows)],
                None if years is None else years[rows],
                self.parity,
            )
            found.append((mine, batch, asked))
        return found

    def _rows_needed(
        self, framework: Framework, alive: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the rows that are scored, and where each is among those asked for (−1: nowhere)."""
        if not compares_rows(framework):
            return self.rows, np.arange(len(self.rows))
        rows = np.flatnonzero(alive)
        asked = np.full(len(alive), -1)
        asked[self.rows] = np.arange(len(self.rows))
        return rows, asked[rows]

    def _graph_framework(self, design: Design, replicate: int, *, mend: bool) -> Framework:
        changes: dict[str, Any] = {}
        gone: list[str] = []
        for factor in self.factors:
            if factor.choice.drop is not None and factor.choice.drop.nodes is not None:
                gone += design.dropped[factor.name][int(design.codes[factor.name][replicate])]
            told = self._changes_of(design, factor, replicate)
            changes |= {path: value for path, value in told.items() if not in_steps(path)}
        key = ("graph", repr(sorted(changes.items(), key=str)), tuple(gone), mend)
        if key not in self._kept:
            framework = vary_quickly(self.framework, changes)
            if mend:
                framework = vary_unchecked(framework, self._offsets(framework))
            self._kept[key] = remove_parts(framework, gone) if gone else framework
        made: Framework = self._kept[key]
        return made

    def _parts(self, design: Design) -> Iterator[_Part]:
        """Give the replicates with their tables, some variants at a time."""
        if "part" in self._kept and self._kept["part"][0] is design:
            yield self._kept["part"][1]
            return
        keys = self._keys(design, steps=True)
        _, first, back = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        back = back.reshape(-1)
        step = max(1, _CELLS // max(self.figures.values.size, 1))
        for start in range(0, len(first), step):
            replicates = np.flatnonzero((back >= start) & (back < start + step))
            variants = [self._variant(design, int(one)) for one in first[start : start + step]]
            tables = make_tables(
                self.figures, variants, self.parity, self.draws, keep_runs=self._deriving
            )
            part = _Part(replicates, np.where(back >= start, back - start, 0), tables)
            if len(first) <= step:
                self._kept["part"] = (design, part)
            yield part

    def _variant(self, design: Design, replicate: int) -> Variant:
        changes: dict[str, Any] = {}
        for factor in self.factors:
            told = self._changes_of(design, factor, replicate)
            changes |= {path: value for path, value in told.items() if in_steps(path)}
        parts, units = self.dropped(design, replicate)
        framework = self._varied(changes)
        if parts and self._coupled:
            framework = remove_parts(framework, parts)
        return Variant(
            framework,
            units,
            self.draw(design, replicate),
            self.imputation(design, replicate),
            self._combination(design, replicate),
        )

    def _varied(self, changes: Mapping[str, Any]) -> Framework:
        if not changes:
            return self.framework
        key = ("steps", repr(sorted(changes.items(), key=str)))
        if key not in self._kept:
            self._kept[key] = vary_quickly(self.framework, changes)
        made: Framework = self._kept[key]
        return made

    def _absent(self, design: Design) -> dict[str, NDArray[np.bool_]]:
        """Give for each dropped indicator the replicates that do without it."""
        found: dict[str, NDArray[np.bool_]] = {}
        for factor in self.factors:
            if factor.choice.drop is None or factor.choice.drop.indicators is None:
                continue
            sets, codes = design.dropped[factor.name], design.codes[factor.name]
            for code in {c for out in sets for c in out}:
                having = np.asarray([code in out for out in sets])[codes]
                found[code] = found.get(code, np.zeros(len(design), dtype=bool)) | having
        return found


def _as_codes(rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    if rows.all():
        return np.zeros(len(rows))
    _, back = np.unique(rows, axis=0, return_inverse=True)
    return back.reshape(-1).astype(np.float64)
