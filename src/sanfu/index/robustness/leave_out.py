"""Leave one out: what the ranking does without one indicator, one pillar or one unit.

Without a unit the others may change their order among themselves (rank reversal): min-max,
treatment and all aggregators that compare units make it happen, fixed goalposts do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.finding import Finding
from sanfu.index.robustness import inference
from sanfu.index.robustness.declaration import read_plan
from sanfu.index.robustness.design import Design
from sanfu.index.robustness.run import make_model
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.result import Index

What = Literal["indicators", "pillars", "units"]
_MOST_PAIRS = 400_000_000
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """The ranking without each of the parts, one at a time."""

    index: Index
    what: What
    node: str
    year: int | None
    parts: tuple[str, ...]
    units: tuple[str, ...]
    scores: Array
    """``(part, unit)``: the node's scores without the part."""
    ranks: Array
    """As `scores`, among the units that are scored without the part."""
    nominal_scores: Array
    """``(unit,)``."""
    nominal_ranks: Array
    """``(part, unit)``: ranks as the index was built, among the same units."""

    @cached_property
    def frame(self) -> pl.DataFrame:
        """A row a part and unit: out, unit, score, rank, score_without, rank_without, shift.

        ``rank`` is among the same units as ``rank_without``, so that a unit's mere absence is no
        shift; ``shift`` above 0 means that the unit loses places without the part.
        """
        parts, n = len(self.parts), len(self.units)
        return pl.DataFrame(
            {
                "out": np.repeat(self.parts, n),
                "unit": list(self.units) * parts,
                "score": np.tile(self.nominal_scores, parts),
                "rank": pl.Series(self.nominal_ranks.ravel()).fill_nan(None).cast(pl.Int64),
                "score_without": self.scores.ravel(),
                "rank_without": pl.Series(self.ranks.ravel()).fill_nan(None).cast(pl.Int64),
            }
        ).with_columns(
            pl.col(pl.Float64).fill_nan(None),
            shift=pl.col("rank_without") - pl.col("rank"),
        )

    @cached_property
    def summary(self) -> pl.DataFrame:
        """A row a part, the most influential first.

        ``out, name, mean_shift`` (mean |shift|), ``largest_shift`` (signed) and the unit that
        ``moves``, ``spearman`` between the two rankings, ``reversals``: pairs of units that change
        their order (null where there are too many pairs to look at), ``leader`` without the part.
        """
        shift = self.ranks - self.nominal_ranks
        rows: list[tuple[Any, ...]] = []
        for place, part in enumerate(self.parts):
            moved = shift[place]
            there = ~np.isnan(moved)
            if not there.any():
                rows.append((part, self._name(part), None, None, None, None, None, None))
                continue
            most = int(np.nanargmax(np.abs(moved)))
            first = int(np.nanargmin(self.ranks[place]))
            rows.append(
                (
                    part,
                    self._name(part),
                    float(np.abs(moved[there]).mean()),
                    int(moved[most]),
                    self.units[most] if moved[most] else None,
                    _spearman(self.ranks[place][there], self.nominal_ranks[place][there]),
                    self._reversed(place),
                    self.units[first],
                )
            )
        schema = {
            "out": pl.String,
            "name": pl.String,
            "mean_shift": pl.Float64,
            "largest_shift": pl.Int64,
            "moves": pl.String,
            "spearman": pl.Float64,
            "reversals": pl.Int64,
            "leader": pl.String,
        }
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.sort("mean_shift", "out", descending=[True, False], nulls_last=True)

    def reversals(self, out: str) -> pl.DataFrame:
        """Give the pairs that change their order without a part: ahead, behind, with the scores.

        ``ahead`` is ahead of ``behind`` in the index as built, and behind it without the part.
        """
        if out not in self.parts:
            known = ", ".join(self.parts[:20])
            raise InputError(
                Text(f"没有去掉“{out}”；有：{known}", f"“{out}” was not left out: {known}")
            )
        place = self.parts.index(out)
        turned = self._turned(place)
        ahead, behind = np.nonzero(turned)
        before, after = self.nominal_ranks[place], self.ranks[place]
        names = pl.Series(self.units, dtype=pl.String)
        return pl.DataFrame(
            {
                "ahead": names.gather(ahead),
                "behind": names.gather(behind),
                "rank_ahead": before[ahead].astype(np.int64),
                "rank_behind": before[behind].astype(np.int64),
                "rank_ahead_without": after[ahead].astype(np.int64),
                "rank_behind_without": after[behind].astype(np.int64),
            }
        ).sort("rank_ahead", "rank_behind")

    def explain(self, unit: str) -> pl.DataFrame:
        """Give one unit's rank without each part, the largest shift first."""
        mine = self.frame.filter(pl.col("unit") == unit)
        if mine.is_empty():
            raise InputError(Text(f"结果中没有“{unit}”", f"no “{unit}” in the result"))
        return mine.sort(pl.col("shift").abs(), descending=True, nulls_last=True)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know, in both languages."""
        told = []
        for row in self.summary.head(_SHOWN).iter_rows(named=True):
            if not row["mean_shift"]:
                continue
            what = row["name"]
            largest, who = row["largest_shift"], row["moves"]
            turned = row["reversals"]
            way = Text("后退", "loses") if largest > 0 else Text("前进", "gains")
            told.append(
                Finding(
                    "rank-reversal" if self.what == "units" else "depends-on-part",
                    "warning" if row["mean_shift"] >= 1 else "note",
                    row["out"],
                    Text(
                        f"去掉“{what}”后名次平均变动 {row['mean_shift']:.2f} 位，"
                        f"“{who}”{way.zh} {abs(largest)} 位"
                        + ("" if turned is None else f"，{turned} 对单元先后颠倒"),
                        f"without “{what}” ranks move {row['mean_shift']:.2f} places on average; "
                        f"“{who}” {way.en} {abs(largest)}"
                        + ("" if turned is None else f"; {turned} pairs change their order"),
                    ),
                    "leave-one-out",
                )
            )
        unscored = self.summary.filter(pl.col("mean_shift").is_null())["out"].to_list()
        told += [
            Finding(
                "nothing-left",
                "warning",
                out,
                Text(f"去掉“{out}”后无法计分", f"without “{out}” nothing can be scored"),
                "leave-one-out",
            )
            for out in unscored
        ]
        if not told:
            text = Text("去掉任何一项，名次都不变", "no rank changes whatever is left out")
            told.append(Finding("no-shift", "note", self.node, text, "leave-one-out"))
        return tuple(told)

    @property
    def trace(self) -> dict[str, Any]:
        """What was left out of what."""
        return {
            "framework": self.index.framework.content_hash(),
            "what": self.what,
            "parts": len(self.parts),
            "node": self.node,
            "year": self.year,
        }

    def to_excel(self, path: Path | str) -> None:
        """Write the summary, every unit's ranks and the findings."""
        from sanfu.index.robustness.workbook import write_leave_one_out  # noqa: PLC0415 - as asked

        write_leave_one_out(self, path)

    def _name(self, part: str) -> str:
        return part if self.what == "units" else str(self.index.framework.label(part))

    def _turned(self, place: int) -> NDArray[np.bool_]:
        before, after = self.nominal_ranks[place], self.ranks[place]
        return np.asarray((before[:, None] < before) & (after[:, None] > after))

    def _reversed(self, place: int) -> int | None:
        if len(self.parts) * len(self.units) ** 2 > _MOST_PAIRS:
            return None
        return int(self._turned(place).sum())


def leave_one_out(
    index: Index,
    what: What = "indicators",
    *,
    node: str | None = None,
    year: int | None = None,
    parts: Sequence[str] | None = None,
) -> LeaveOneOut:
    """Build the index again without each indicator, pillar or unit, one at a time.

    Parameters
    ----------
    what
        ``"indicators"``; ``"pillars"``, the nodes right under the index; or ``"units"``.
    node, year
        Whose ranking is looked at; null is the index itself, and the last year.
    parts
        Only these; for ``"pillars"`` any nodes below the index.

    Raises
    ------
    InputError
        Nothing to leave out, or what is named is not there.
    ImpossibleCombination
        The index cannot be computed without some part, e.g. its formula names it.
    """
    if what not in get_args(What):
        known = "、".join(get_args(What))
        raise InputError(Text(f"what 应为 {known}，找到“{what}”", f"`what` is one of {known}"))
    framework = index.framework
    pillars = [child for child in framework.children(framework.root) if child in framework.nodes]
    wanted: Any = "all" if parts is None else tuple(parts)
    if what == "pillars":
        wanted = tuple(pillars) if parts is None else tuple(parts)
    kind = "nodes" if what == "pillars" else what
    if wanted == ():
        raise InputError(
            Text(
                "总指数之下没有支柱，只有指标",
                "there is no pillar under the index, only indicators",
            )
        )
    plan = read_plan({"left_out": {"drop": {kind: wanted, "none": 0.5}}})
    model = make_model(index, plan, node=node, year=year)
    factor = model.factors[0]
    outs = _worth(index, what, factor.candidates, model.node)
    sets = ((), *((out,) for out in outs))
    codes = np.arange(len(sets), dtype=np.int64)
    design = Design(
        plan, model.factors, np.zeros((len(sets), 1)), {"left_out": codes}, {}, {"left_out": sets}
    )
    scores = model.score(design).scores
    units = tuple(str(unit) for unit in model.figures.units[model.rows])
    nominal = np.where(np.isnan(scores[1:]), np.nan, scores[0])
    return LeaveOneOut(
        index,
        what,
        model.node,
        None if model.figures.years is None else int(model.figures.years[model.rows[0]]),
        tuple(outs),
        units,
        scores[1:],
        inference.rank_replicates(scores[1:]),
        scores[0],
        inference.rank_replicates(nominal),
    )


def _worth(index: Index, what: What, candidates: Sequence[str], node: str) -> list[str]:
    """Give those that are in the index: under the node, or scored."""
    if what == "units":
        scored = set(index.units)
        return [unit for unit in candidates if unit in scored]
    below = set(index.framework.below(node)) & set(index.plan.indicators)
    if what == "indicators":
        return [code for code in candidates if code in below]
    return [
        code for code in candidates if code != node and below & set(index.framework.below(code))
    ]


def _spearman(a: Array, b: Array) -> float | None:
    """Give the correlation of two rankings; null where one has no spread."""
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return None
    return float(np.corrcoef(a, b)[0, 1])
