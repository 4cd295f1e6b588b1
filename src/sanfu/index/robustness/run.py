"""Run a robustness analysis of a built index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.index.micro import bootstrap_figures
from sanfu.index.robustness.declaration import read_plan, usual_plan
from sanfu.index.robustness.design import Design, realise, sample_uniforms
from sanfu.index.robustness.factors import make_factors
from sanfu.index.robustness.inference import rank_replicates
from sanfu.index.robustness.model import Model
from sanfu.index.robustness.result import Robustness
from sanfu.index.robustness.tables import align_draws
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sanfu.index.moments import Array
    from sanfu.index.result import Index
    from sanfu.index.robustness.declaration import RobustnessPlan
    from sanfu.index.robustness.design import Sampler


def run_robustness(
    index: Index,
    choices: RobustnessPlan | Path | str | Mapping[str, Any] | None = None,
    replicates: int = 1000,
    seed: int = 1,
    *,
    sampler: Sampler = "random",
    node: str | None = None,
    year: int | None = None,
    draws: Any = None,
    coverage: float = 0.9,
    confidence: float = 0.95,
    design: Mapping[str, Sequence[float]] | None = None,
) -> Robustness:
    """Build the index again and again with its choices varied, and see what stays.

    Parameters
    ----------
    choices
        A `RobustnessPlan`, a YAML file, or plain dicts; null is `usual_plan`.
    replicates
        How many; each takes an alternative of every choice.
    seed
        The same seed gives the same replicates, the first ones also of a longer run.
    sampler
        ``"random"`` independent replicates, ``"sobol"`` a scrambled Sobol sequence (more even).
    node
        Whose ranking is looked at; null is the index itself.
    year
        On a panel, the year whose ranking is looked at; null is the last.
    draws
        For a choice ``draws: firms``: what `RegionFigures.replicates` gave, or an array ``(draw,
        row, indicator)`` on the rows and indicators of the figures. An index that was built from
        firms draws them itself, up to 1,000 times, with the same seed.
    coverage
        Of the rank and score intervals.
    confidence
        With which tiers are told apart.
    design
        Choice → what each replicate takes (the alternative from 0, or the value), instead of a
        sample: to replay a design of another program. Weights that vary continuously then stay as
        declared.

    Raises
    ------
    DeclarationFaults, InputError
        The choices are not valid for the framework, all faults at once.
    ImpossibleCombination
        Choices that cannot be combined (a geometric mean of scores ≤ 0), with what mends them.
    """
    _check_numbers(replicates, coverage, confidence)
    plan = usual_plan(index.framework) if choices is None else read_plan(choices)
    if draws is None and any(choice.kind == "draws" for choice in plan.choices.values()):
        draws = _draw_firms(index, min(replicates, _MOST_DRAWS), seed, year)
    model = make_model(index, plan, node=node, year=year, draws=draws)
    if design is None:
        columns = max((factor.columns.stop for factor in model.factors), default=0)
        made = realise(
            model.plan, model.factors, sample_uniforms(replicates, columns, seed, sampler)
        )
    else:
        made = _given(model, design)
    scored = model.score(made)
    return Robustness(
        index=index,
        model=model,
        design=made,
        scores=scored.scores,
        ranks=rank_replicates(scored.scores),
        offsets=scored.offset,
        seed=seed,
        sampler=sampler if design is None else None,
        coverage=coverage,
        confidence=confidence,
    )


def make_model(
    index: Index,
    choices: RobustnessPlan | Path | str | Mapping[str, Any] | None = None,
    *,
    node: str | None = None,
    year: int | None = None,
    draws: Any = None,
) -> Model:
    """Give the index as a function of its choices; parameters as `run_robustness`."""
    framework = index.framework
    plan = usual_plan(framework) if choices is None else read_plan(choices)
    node = framework.root if node is None else node
    if node not in index.plan.nodes:
        known = ", ".join(index.plan.nodes)
        raise InputError(
            Text(f"没有节点“{node}”；有：{known}", f"no node “{node}”; nodes: {known}")
        )
    figures = index.steps["raw"].figures
    rows = np.arange(len(figures.units))
    if figures.years is not None:
        year = int(figures.years.max()) if year is None else year
        rows = np.flatnonzero(figures.years == year)
        if not len(rows):
            known = ", ".join(str(one) for one in np.unique(figures.years))
            raise InputError(
                Text(f"没有 {year} 年；有：{known}", f"no year {year}; there are: {known}")
            )
    drawn = _drawn(index, draws)
    factors = make_factors(
        plan, framework, [str(unit) for unit in figures.units], 0 if drawn is None else len(drawn)
    )
    return Model(framework, figures, plan, factors, node, rows, index.parity, drawn)


_MOST_DRAWS = 1_000


def _draw_firms(index: Index, times: int, seed: int, year: int | None) -> Any:
    """Draw the firms behind an index that was built from them; nothing where it was not."""
    if index.regions is None:
        return None
    return bootstrap_figures(index.regions, replicates=times, seed=seed, year=year)


def _drawn(index: Index, draws: Any) -> Array | None:
    if draws is None:
        return None
    figures = index.steps["raw"].figures
    if isinstance(draws, np.ndarray):
        if draws.ndim != 3 or draws.shape[1:] != figures.values.shape:
            wanted = f"(draws, {', '.join(str(n) for n in figures.values.shape)})"
            raise InputError(
                Text(
                    f"draws 的形状是 {draws.shape}，应为 {wanted}",
                    f"draws have the shape {draws.shape}, expected {wanted}",
                )
            )
        return np.asarray(draws, dtype=np.float64)
    return align_draws(
        figures, draws.values, units=draws.units, indicators=draws.indicators, year=draws.year
    )


def _check_numbers(replicates: int, coverage: float, confidence: float) -> None:
    if replicates < 1 or not 0 < coverage < 1 or not 0.5 < confidence < 1:
        raise InputError(
            Text(
                f"replicates 应为正整数，coverage 在 0 与 1 之间，confidence 在 0.5 与 1 之间；"
                f"找到 {replicates}、{coverage}、{confidence}",
                f"replicates is at least 1, coverage between 0 and 1, confidence between 0.5 and "
                f"1; found {replicates}, {coverage}, {confidence}",
            )
        )


def _given(model: Model, design: Mapping[str, Sequence[float]]) -> Design:
    """Take a design as it is given."""
    sizes = {len(taken) for taken in design.values()}
    names = {factor.name for factor in model.factors}
    if len(sizes) != 1 or set(design) - names:
        raise InputError(
            Text(
                f"design 的各列应一样长，且是这些选择：{'、'.join(sorted(names))}",
                f"the columns of `design` are of one length, and of: {', '.join(sorted(names))}",
            )
        )
    size = sizes.pop()
    columns = max((factor.columns.stop for factor in model.factors), default=0)
    uniforms = np.full((size, columns), 0.5)
    for factor in model.factors:
        if factor.name not in design:
            continue
        taken = np.asarray(design[factor.name], dtype=np.float64)
        if factor.edges is not None:
            below = np.concatenate([[0.0], factor.edges])
            code = taken.astype(np.int64)
            if (code < 0).any() or (code >= len(factor.edges)).any():
                raise InputError(
                    Text(
                        f"选择“{factor.name}”应为 0 到 {len(factor.edges) - 1}",
                        f"choice “{factor.name}” runs from 0 to {len(factor.edges) - 1}",
                    )
                )
            uniforms[:, factor.columns.start] = (below[code] + below[code + 1]) / 2
    made = realise(model.plan, model.factors, uniforms)
    values = {
        name: np.asarray(design[name], dtype=np.float64) if name in design else taken
        for name, taken in made.values.items()
    }
    return Design(made.plan, made.factors, uniforms, made.codes, values, made.dropped)
