"""The result of a robustness analysis: how far the ranking depends on the choices made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.robustness import inference
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.index.finding import Finding
    from sanfu.index.moments import Array
    from sanfu.index.result import Index
    from sanfu.index.robustness.declaration import RobustnessPlan
    from sanfu.index.robustness.design import Design, Sampler
    from sanfu.index.robustness.model import Model
    from sanfu.index.robustness.sensitivity import Sensitivity

WITHIN = (1, 2, 3, 5)
_MOST_PAIRS = 3_000


@dataclass(frozen=True, eq=False, repr=False)
class Robustness:
    """What the replicates say. Nothing in it changes any more."""

    index: Index
    """The index as it was built: the nominal scores and ranks."""
    model: Model
    design: Design
    scores: Array
    """``(replicate, unit)`` in the order of `units`; NaN where a replicate does not score it."""
    ranks: Array
    """As `scores`; 1 is best, equal scores share the better rank."""
    offsets: Array
    """``(replicate,)``: the offset that mended an impossible combination, 0 where none did."""
    seed: int
    sampler: Sampler | None
    """Null where the design was given."""
    coverage: float = 0.9
    """Of the intervals."""
    confidence: float = 0.95
    """With which units of different tiers are told apart."""

    def __repr__(self) -> str:
        """Say what it is, not all that it holds."""
        choices = ", ".join(self.plan.choices)
        return f"<Robustness of {self.node}: {len(self.design)} replicates over {choices}>"

    @property
    def plan(self) -> RobustnessPlan:
        """The choices as declared."""
        return self.design.plan

    @property
    def node(self) -> str:
        """The node whose ranking it is, mostly the index itself."""
        return self.model.node

    @property
    def year(self) -> int | None:
        """The year whose ranking it is."""
        years = self.model.figures.years
        return None if years is None else int(years[self.model.rows[0]])

    @cached_property
    def units(self) -> list[str]:
        """The units, in the order of the figures."""
        return [str(unit) for unit in self.model.figures.units[self.model.rows]]

    @cached_property
    def nominal(self) -> tuple[Array, Array]:
        """Score and rank of each unit as the index was built; NaN where it has none."""
        score, rank = np.full(len(self.units), np.nan), np.full(len(self.units), np.nan)
        place = {unit: at for at, unit in enumerate(self.units)}
        column = self.index.plan.nodes.index(self.node)
        for row, unit in enumerate(self.index.units):
            if self.index.years is None or int(self.index.years[row]) == self.year:
                score[place[unit]] = self.index.scores[row, column]
                rank[place[unit]] = self.index.ranks[row, column]
        return score, rank

    @cached_property
    def same_scale(self) -> bool:
        """Whether scores of all replicates are on one scale, so that they can be compared."""
        return self.model.same_scale

    @cached_property
    def compared_scores(self) -> Array:
        """`scores`; where normalisations or scales differ, brought to the nominal mean and spread.

        That is a linear change of each replicate by itself; ranks stay what they are.
        """
        return self.compare(self.scores)

    def compare(self, scores: Array) -> Array:
        """Give scores of replicates as `compared_scores` gives them."""
        if self.same_scale:
            return scores
        return inference.to_nominal_scale(scores, self.nominal[0])

    @cached_property
    def frame(self) -> pl.DataFrame:
        """A row a unit, best nominal rank first.

        ``unit, year, score, rank`` as built; ``rank_low, rank_high`` the interval (whole ranks,
        rounded outwards, so that it covers at least `coverage`); ``rank_median, rank_mean,
        rank_q25, rank_q75, best, worst``; ``score_low, score_median, score_high`` (of
        `compared_scores`); ``within_1``
        … ``within_5`` the share of replicates in which the unit is at most so many places from
        its nominal rank; ``scored`` the share that scores it at all.
        """
        tail = (1 - self.coverage) / 2
        levels = [tail, 0.25, 0.5, 0.75, 1 - tail, 0, 1]
        rank = inference.quantiles(self.ranks, levels)
        score = inference.quantiles(self.compared_scores, [tail, 0.5, 1 - tail])
        nominal_score, nominal_rank = self.nominal
        moved = inference.shifts(self.ranks, nominal_rank)
        there = ~np.isnan(self.ranks)
        count = there.sum(axis=0)
        compared = np.where(np.isnan(nominal_rank), np.nan, np.where(count > 0, count, np.nan))
        columns: dict[str, Any] = {
            "unit": self.units,
            "year": pl.Series([self.year] * len(self.units), dtype=pl.Int64),
            "score": nominal_score,
            "rank": _whole(nominal_rank),
            "rank_low": _whole(np.floor(rank[0])),
            "rank_median": rank[2],
            "rank_high": _whole(np.ceil(rank[4])),
            "rank_mean": _divide(np.where(there, self.ranks, 0).sum(axis=0), count),
            "rank_q25": rank[1],
            "rank_q75": rank[3],
            "best": _whole(rank[5]),
            "worst": _whole(rank[6]),
            "score_low": score[0],
            "score_median": score[1],
            "score_high": score[2],
        }
        for k in WITHIN:
            columns[f"within_{k}"] = _divide((moved <= k).sum(axis=0), compared)
        columns["scored"] = count / len(self.ranks)
        frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
        return frame.sort("rank", "rank_mean", "unit", nulls_last=True)

    def quantiles(self, levels: Sequence[float], *, of: str = "rank") -> pl.DataFrame:
        """Give quantiles (linear, R's type 7) of ``rank`` or ``score``: unit, then ``q<level>``.

        Of scores as they are, on whatever scale each replicate has.
        """
        if of not in ("rank", "score"):
            raise InputError(Text("of 应为 rank 或 score", "`of` is rank or score"))
        found = inference.quantiles(self.ranks if of == "rank" else self.scores, list(levels))
        columns = {f"q{level:g}": row for level, row in zip(levels, found, strict=True)}
        return pl.DataFrame({"unit": self.units, **columns}).with_columns(
            pl.col(pl.Float64).fill_nan(None)
        )

    @cached_property
    def acceptability(self) -> pl.DataFrame:
        """The share of replicates in which a unit has a rank: unit, rank, share, above 0 only."""
        unit, rank, share = inference.rank_acceptability(self.ranks)
        names = pl.Series(self.units, dtype=pl.String)
        return pl.DataFrame({"unit": names.gather(unit), "rank": rank, "share": share})

    @cached_property
    def winning(self) -> Array:
        """``(unit, unit)``: P(the row's unit ranks before the column's), ties counting half.

        Raises
        ------
        InputError
            There are too many units for all pairs.
        """
        if len(self.units) > _MOST_PAIRS:
            raise InputError(
                Text(
                    f"{len(self.units)} 个单元两两比较太多，最多 {_MOST_PAIRS} 个；"
                    "请用 .frame 的名次区间，或只对部分单元建立指数",
                    f"{len(self.units)} units are too many for all pairs, at most {_MOST_PAIRS}; "
                    "use the rank intervals of .frame, or build the index of fewer units",
                )
            )
        return inference.winning_probability(self.ranks)

    @cached_property
    def beats(self) -> pl.DataFrame:
        """Every ordered pair: unit, other, probability that the unit ranks before the other."""
        n = len(self.units)
        a, b = np.nonzero(~np.eye(n, dtype=bool))
        names = pl.Series(self.units, dtype=pl.String)
        return pl.DataFrame(
            {
                "unit": names.gather(a),
                "other": names.gather(b),
                "probability": pl.Series(self.winning[a, b]).fill_nan(None),
            }
        )

    @cached_property
    def tiers(self) -> pl.DataFrame:
        """Units that can be told apart: unit, rank_mean, tier, leader, led_by, clear_cut.

        Units in order of their mean rank. A tier takes all that its leader does not beat with
        `confidence`; ``led_by`` is that probability (null for the leader). ``clear_cut``: every
        unit of the tier above beats this one with `confidence`, not only its leader.
        """
        count = (~np.isnan(self.ranks)).sum(axis=0)
        mean = _divide(np.nansum(self.ranks, axis=0), count)
        order = [at for at in np.argsort(mean, kind="stable").tolist() if count[at]]
        tier, leader = inference.find_tiers(self.winning, order, self.confidence)
        cut = inference.clear_cut(self.winning, tier, self.confidence)
        heads = leader[order].astype(np.int64)
        return pl.DataFrame(
            {
                "unit": [self.units[at] for at in order],
                "rank_mean": mean[order],
                "tier": tier[order].astype(np.int64),
                "leader": [self.units[at] for at in heads.tolist()],
                "led_by": pl.Series(self.winning[heads, order]).fill_nan(None),
                "clear_cut": cut[order],
            }
        )

    @cached_property
    def stability(self) -> pl.DataFrame:
        """How still the ranking stands: k, share of units and replicates within ± k places.

        ``share`` is over all units and replicates; ``units`` the share of units that are within
        ± k in at least `coverage` of the replicates.
        """
        moved = inference.shifts(self.ranks, self.nominal[1])
        there = ~np.isnan(moved)
        rows = []
        for k in (0, 1, 2, 3, 4, 5, 10):
            close = moved <= k
            by_unit = _divide(close.sum(axis=0), there.sum(axis=0))
            seen = by_unit[~np.isnan(by_unit)]
            rows.append(
                (k, float(close.sum() / max(there.sum(), 1)), float((seen >= self.coverage).mean()))
            )
        return pl.DataFrame(
            rows, schema={"k": pl.Int64, "share": pl.Float64, "units": pl.Float64}, orient="row"
        )

    @cached_property
    def replicates(self) -> pl.DataFrame:
        """What every replicate ran: replicate (from 1), a column a choice, offset, mean_shift.

        Of weights the column names the way in which they vary; the numbers: `weights_used`.
        ``scored`` is the number of units with a score.
        """
        every = np.arange(len(self.design))
        columns: dict[str, Any] = {"replicate": every + 1}
        for factor in self.design.factors:
            if factor.name in self.design.values:
                columns[factor.name] = self.design.values[factor.name]
            else:
                columns[factor.name] = self.model.labels(self.design, factor, every)
        columns["offset"] = self.offsets
        columns["scored"] = (~np.isnan(self.scores)).sum(axis=1)
        columns["mean_shift"] = inference.mean_shift(self.ranks, self.nominal[1])
        return pl.DataFrame(columns).with_columns(pl.col("mean_shift").fill_nan(None))

    def weights_used(self, node: str | None = None) -> pl.DataFrame:
        """Give the weights of every replicate at a node: replicate, then a column a child."""
        node = self.node if node is None else node
        if node not in self.index.framework.nodes:
            known = ", ".join(self.index.framework.nodes)
            raise InputError(Text(f"没有节点“{node}”；有：{known}", f"no node “{node}”: {known}"))
        found = self.model.weights(self.design, node)
        return pl.DataFrame({"replicate": np.arange(len(self.design)) + 1, **found}).with_columns(
            pl.col(pl.Float64).fill_nan(None)
        )

    def confident_ranks(self, confidence: float | None = None) -> pl.DataFrame:
        """Give confidence intervals for the true ranks, where the figures are drawn again.

        ``rank_low`` and ``rank_high`` of `frame` say where ranks fell in the replicates. Units
        that are nearly equal change places in every draw, so that such intervals miss the true
        rank of the best and the worst too often. These are built from what is sure of the
        differences and cover each unit's true rank with the confidence asked for.

        Parameters
        ----------
        confidence
            Of each unit's interval; null takes `coverage`.

        Returns
        -------
        pl.DataFrame
            ``unit, rank, best, worst``, best nominal rank first.

        Raises
        ------
        InputError
            No choice is ``draws: firms``: other choices carry no sampling error.
        """
        if not any(factor.choice.kind == "draws" for factor in self.design.factors):
            raise InputError(
                Text(
                    "真实名次的置信区间需要企业抽样；请加上选择 draws: firms",
                    "confidence about true ranks needs draws of the firms; add a choice "
                    "`draws: firms`",
                )
            )
        best, worst = inference.rank_confidence_sets(
            self.compared_scores,
            self.nominal[0],
            self.coverage if confidence is None else confidence,
        )
        frame = pl.DataFrame(
            {
                "unit": self.units,
                "rank": _whole(self.nominal[1]),
                "best": _whole(best),
                "worst": _whole(worst),
            }
        )
        return frame.sort("rank", "unit", nulls_last=True)

    def central_weights(self, node: str | None = None, *, rank: int = 1) -> pl.DataFrame:
        """Say which weights speak for a unit: the mean of those under which it comes first.

        Returns
        -------
        pl.DataFrame
            ``unit``, ``share`` of replicates with a rank of at most `rank`, then a column a child:
            the mean share of its weight in those. Units that never get there are left out.

        References
        ----------
        Lahdelma, Hokkanen and Salminen (1998): the central weight vector w_i^c.
        """
        used = self.weights_used(node).drop("replicate")
        table = used.fill_null(0).to_numpy()
        table = table / table.sum(axis=1, keepdims=True)
        there = self.ranks <= rank
        count = there.sum(axis=0)
        some = np.flatnonzero(count)
        some = some[np.argsort(-count[some], kind="stable")]
        mean = (there[:, some].T @ table) / count[some, None]
        return pl.DataFrame(
            {
                "unit": [self.units[at] for at in some.tolist()],
                "share": count[some] / len(self.ranks),
                **{child: mean[:, place] for place, child in enumerate(used.columns)},
            }
        )

    def replay(self, replicate: int) -> Index:
        """Build one replicate (from 1) anew as an index of its own, to look into it."""
        from sanfu.index.robustness.replay import replay  # noqa: PLC0415 - circular

        return replay(self, replicate)

    def explain(self, unit: str) -> pl.DataFrame:
        """Say which choice moves a unit: choice, alternative, replicates, rank_mean, low, high.

        The unit's ranks under each alternative of every choice (continuous choices by thirds).
        """
        from sanfu.index.robustness.explain import explain_unit  # noqa: PLC0415 - circular

        return explain_unit(self, self.place(unit))

    def explain_weights(self, unit: str) -> pl.DataFrame:
        """Say which weight moves a unit: node, child, name, correlation, rank_if_low, rank_if_high.

        ``correlation`` is Spearman's between the child's share of weight in its node and the
        unit's rank; above 0 the unit loses places as the weight grows. The ranks are the means
        over the replicates with the lowest and the highest third of the share. The largest
        correlation first; weights that do not vary are left out.
        """
        from sanfu.index.robustness.explain import explain_weights  # noqa: PLC0415 - circular

        return explain_weights(self, self.place(unit))

    def place(self, unit: str) -> int:
        """Find a unit's place; near names are proposed where there is none."""
        if unit in self.units:
            return self.units.index(unit)
        from difflib import get_close_matches  # noqa: PLC0415 - only for a fault

        near = "、".join(get_close_matches(unit, self.units, n=3))
        raise InputError(
            Text(
                f"结果中没有“{unit}”" + (f"；相近的有：{near}" if near else ""),
                f"no “{unit}” in the result" + (f"; near: {near}" if near else ""),
            )
        )

    def sobol(self, n: int = 1024, **options: Any) -> Sensitivity:
        """Give the Sobol indices of the same choices; see `sanfu.index.robustness.sobol`."""
        from sanfu.index.robustness.sensitivity import run_sobol  # noqa: PLC0415 - circular

        return run_sobol(self, n=n, **options)

    def shapley(self, n: int = 1024, **options: Any) -> Sensitivity:
        """Give the Shapley effects of the same choices."""
        from sanfu.index.robustness.sensitivity import run_shapley  # noqa: PLC0415 - circular

        return run_shapley(self, n=n, **options)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know, in both languages."""
        from sanfu.index.robustness.explain import find_in  # noqa: PLC0415 - circular

        return find_in(self)

    @property
    def trace(self) -> dict[str, Any]:
        """What the run was made from, so that it can be run again."""
        return {
            "framework": self.index.framework.content_hash(),
            "choices": self.plan.content_hash(),
            "replicates": len(self.design),
            "seed": self.seed,
            "sampler": self.sampler,
            "node": self.node,
            "year": self.year,
            "parity": self.model.parity,
        }

    def to_excel(self, path: Path | str) -> None:
        """Write intervals, acceptability, pairs, tiers, what every replicate ran and findings."""
        from sanfu.index.robustness.workbook import write_robustness  # noqa: PLC0415 - as asked

        write_robustness(self, path)


def _whole(values: Array) -> pl.Series:
    return pl.Series(values).fill_nan(None).cast(pl.Int64)


def _divide(over: Any, under: Any) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(np.asarray(under) > 0, over / under, np.nan))
