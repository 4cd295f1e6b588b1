"""Which choice the ranking depends on: Sobol indices and Shapley effects of every output.

The outputs are the mean rank shift of all units, and each unit's score and rank; scores of
replicates on different scales are first brought to the nominal mean and spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.finding import Finding
from sanfu.index.robustness import inference, sobol
from sanfu.index.robustness.design import realise, sample_uniforms
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.robustness.design import Sampler
    from sanfu.index.robustness.result import Robustness

_MOST_EXACT = 8
_SHIFT = "mean_shift"


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Indices of every choice for every output."""

    frame: pl.DataFrame
    """``target`` (mean_shift, score, rank), ``unit`` (null for mean_shift), ``choice``, then
    ``first, first_low, first_high, total, total_low, total_high`` or ``effect, effect_low,
    effect_high``, and ``variance`` of the output; null where the output does not vary."""
    method: Literal["sobol", "shapley"]
    settings: Mapping[str, Any]
    """Rows, runs, estimator, sampler, seed, bootstrap, confidence."""

    @cached_property
    def summary(self) -> pl.DataFrame:
        """The indices for the mean rank shift, the most important choice first."""
        by = "total" if self.method == "sobol" else "effect"
        mine = self.frame.filter(pl.col("target") == _SHIFT).drop("target", "unit")
        return mine.sort(by, descending=True, nulls_last=True)

    def explain(self, unit: str, target: str = "rank") -> pl.DataFrame:
        """Give the indices for one unit's ``rank`` or ``score``, the most important first."""
        mine = self.frame.filter((pl.col("unit") == unit) & (pl.col("target") == target))
        if mine.is_empty():
            raise InputError(
                Text(f"没有“{unit}”的 {target}", f"there is no {target} of “{unit}” in the result")
            )
        by = "total" if self.method == "sobol" else "effect"
        return mine.drop("target", "unit").sort(by, descending=True, nulls_last=True)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know, in both languages."""
        by = "total" if self.method == "sobol" else "effect"
        told = self.summary.filter(pl.col(by).is_not_null())
        if told.is_empty():
            text = Text("各种选择都不改变名次", "no choice moves any rank")
            return (Finding("no-variance", "note", _SHIFT, text, "robustness"),)
        choice, share = told.select("choice", by).row(0)
        findings = [
            Finding(
                "most-important-choice",
                "note",
                choice,
                Text(
                    f"名次变动最取决于“{choice}”（{by} = {share:.2f}）",
                    f"the ranking depends most on “{choice}” ({by} = {share:.2f})",
                ),
                "robustness",
            )
        ]
        if self.method == "sobol":
            alone = float(told["first"].sum())
            if alone < 0.8:
                findings.append(
                    Finding(
                        "interactions",
                        "note",
                        _SHIFT,
                        Text(
                            f"单独作用合计只占 {max(alone, 0):.0%}，其余来自选择之间的交互",
                            f"alone the choices explain {max(alone, 0):.0%}; the rest is their "
                            "interaction",
                        ),
                        "robustness",
                    )
                )
        return tuple(findings)

    @property
    def trace(self) -> dict[str, Any]:
        """How it was estimated."""
        return {"method": self.method, **self.settings}

    def to_excel(self, path: Path | str) -> None:
        """Write the indices: for the mean shift, then for every unit."""
        from sanfu.index.robustness.workbook import write_sensitivity  # noqa: PLC0415 - as asked

        write_sensitivity(self, path)


def run_sobol(
    base: Robustness,
    *,
    n: int = 1024,
    estimator: sobol.Estimator = "janon",
    sampler: Sampler = "sobol",
    seed: int | None = None,
    bootstrap: int = 500,
    confidence: float = 0.95,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Sensitivity:
    """Estimate first-order and total Sobol indices of the choices of a robustness analysis.

    n (d + 2) replicates are run, d the number of choices or groups.

    Parameters
    ----------
    n
        Rows of each block; a power of 2 for the Sobol sequence.
    estimator
        Of the first-order index: ``"janon"``, ``"saltelli"`` (2010) or ``"jansen"``; the total
        index is Jansen's.
    sampler
        ``"sobol"`` a scrambled sequence, ``"random"`` independent rows.
    seed
        Null takes that of the analysis.
    bootstrap, confidence
        Samples and level of the percentile intervals.
    groups
        Name → choices that are taken as one factor; the others stand alone.
    """
    names, columns = _factors(base, groups)
    chosen = base.seed if seed is None else seed
    a, b = _two_samples(base, n, sampler, chosen)
    y = _outputs(base, sobol.pick_freeze(a, b, columns, sobol.singles(len(names))), n)
    found = sobol.estimate_sobol(
        y,
        estimator=estimator,
        bootstrap=bootstrap,
        confidence=confidence,
        seed=chosen,
        parity=base.model.parity,
    )
    frame = _frame(
        base, names, {"first": found.first, "total": found.total}, np.asarray(found.variance)
    )
    settings = {
        "rows": n,
        "runs": n * (len(names) + 2),
        "estimator": estimator,
        "sampler": sampler,
        "seed": chosen,
        "bootstrap": bootstrap,
        "confidence": confidence,
    }
    return Sensitivity(frame, "sobol", settings)


def run_shapley(
    base: Robustness,
    *,
    n: int = 1024,
    permutations: int | None = None,
    sampler: Sampler = "sobol",
    seed: int | None = None,
    bootstrap: int = 500,
    confidence: float = 0.95,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Sensitivity:
    """Estimate the Shapley effects of the choices: shares of the variance that add up to 1.

    An interaction is shared equally among the choices that take part in it. Exact over all subsets
    for up to eight choices (2^d n replicates); above, over random orders.

    Parameters
    ----------
    permutations
        How many random orders; null is all subsets up to eight choices, else 50 orders.
    """
    names, columns = _factors(base, groups)
    chosen = base.seed if seed is None else seed
    if permutations is None and len(names) > _MOST_EXACT:
        permutations = 50
    chains = sobol.shapley_chains(len(names), permutations, chosen)
    a, b = _two_samples(base, n, sampler, chosen)
    y = _outputs(base, sobol.pick_freeze(a, b, columns, chains.subsets), n)
    found, variance = sobol.estimate_shapley(
        y, chains, bootstrap=bootstrap, confidence=confidence, seed=chosen
    )
    settings = {
        "rows": n,
        "runs": n * (len(chains.subsets) + 2),
        "permutations": permutations,
        "sampler": sampler,
        "seed": chosen,
        "bootstrap": bootstrap,
        "confidence": confidence,
    }
    return Sensitivity(_frame(base, names, {"effect": found}, variance), "shapley", settings)


def _factors(
    base: Robustness, groups: Mapping[str, Sequence[str]] | None
) -> tuple[list[str], list[NDArray[np.int64]]]:
    """Give the names of the factors and the columns of uniform numbers of each."""
    of = {f.name: np.arange(f.columns.start, f.columns.stop) for f in base.model.factors}
    grouped = [name for members in (groups or {}).values() for name in members]
    unknown = [name for name in grouped if name not in of]
    if unknown or len(set(grouped)) != len(grouped):
        known = ", ".join(of)
        raise InputError(
            Text(
                f"groups 中每个选择写一次，且应是：{known}；找到 {'、'.join(grouped)}",
                f"`groups` names each choice once, of: {known}; found {', '.join(grouped)}",
            )
        )
    names = [*(groups or {}), *(name for name in of if name not in grouped)]
    if len(names) < 2:
        raise InputError(
            Text("至少需要两个选择（或组）", "at least two choices (or groups) are needed")
        )
    columns = [
        np.concatenate([of[member] for member in (groups or {}).get(name, [name])])
        for name in names
    ]
    return names, columns


def _two_samples(base: Robustness, n: int, sampler: Sampler, seed: int) -> tuple[Array, Array]:
    """Give A and B: the two halves of the columns of one sample."""
    if sampler == "sobol" and n & (n - 1):
        raise InputError(
            Text(
                f"Sobol 序列的 n 应为 2 的幂，例如 1024；找到 {n}",
                f"n of a Sobol sequence is a power of 2, e.g. 1024; found {n}",
            )
        )
    columns = max(factor.columns.stop for factor in base.model.factors)
    both = sample_uniforms(n, 2 * columns, seed, sampler)
    return both[:, :columns], both[:, columns:]


def _outputs(base: Robustness, uniforms: Array, n: int) -> Array:
    """Run the design; give ``(block, row, output)``: mean shift, scores, ranks."""
    design = realise(base.plan, base.model.factors, uniforms)
    scores = base.model.score(design).scores
    ranks = inference.rank_replicates(scores)
    shift = inference.mean_shift(ranks, base.nominal[1])[:, None]
    y = np.concatenate([shift, base.compare(scores), ranks], axis=1)
    return y.reshape(-1, n, y.shape[1])


def _frame(
    base: Robustness, names: Sequence[str], found: Mapping[str, sobol.Estimate], variance: Array
) -> pl.DataFrame:
    units = base.units
    outputs = 1 + 2 * len(units)
    target = [_SHIFT, *["score"] * len(units), *["rank"] * len(units)]
    columns: dict[str, Any] = {
        "target": np.repeat(target, len(names)),
        "unit": pl.Series([None, *units, *units], dtype=pl.String).gather(
            np.repeat(np.arange(outputs), len(names))
        ),
        "choice": list(names) * outputs,
    }
    for name, estimate in found.items():
        columns[name] = estimate.value.T.ravel()
        columns[f"{name}_low"] = estimate.low.T.ravel()
        columns[f"{name}_high"] = estimate.high.T.ravel()
    columns["variance"] = np.repeat(np.nan_to_num(variance), len(names))
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
