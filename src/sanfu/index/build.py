"""Build an index: framework and figures in, scores with their whole way out."""

from __future__ import annotations

from functools import cache
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.index.aggregate import NotPositive, score_node
from sanfu.index.figures import Figures, read_figures
from sanfu.index.finding import NothingToScore
from sanfu.index.framework import Framework, as_framework
from sanfu.index.framework_check import needs_positive
from sanfu.index.graph import Plan, cover_graph, plan_graph, score_graph
from sanfu.index.over_time import score_over_time
from sanfu.index.ranking import rank_descending
from sanfu.index.result import Index
from sanfu.index.steps import Run, Step, run_denominate, run_screen, run_transform
from sanfu.index.steps_fill import run_impute, run_normalise, run_treat
from sanfu.index.weighting import weigh
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity
    from sanfu.index.weights import Weighting

_STEPS = {
    "screen": run_screen,
    "denominate": run_denominate,
    "impute": run_impute,
    "treat": run_treat,
    "normalise": run_normalise,
}


def build_index(
    framework: Framework | Path | str | Mapping[str, Any],
    figures: Any,
    parity: Parity = None,
    *,
    origins: Any = None,
) -> Index:
    """Build a composite index.

    Parameters
    ----------
    framework
        A `Framework`, a YAML file, the name of a shipped one, or plain dicts.
    figures
        A dataframe of any kind (or a file): a column of units, a column an indicator, and if the
        index has years a column ``year``; denominators and groups beside them. Or `Figures`.
    parity
        ``"COINr"`` gives the numbers that COINr 1.1.14 gives, its errors included; by default they
        are put right. The list: docs/explanation/index-coinr-differences.md.
    origins
        A dataframe of cells: ``unit``, ``year`` (if any), ``column``, then where the figure stands
        (``file``, ``sheet``, ``row``, ``raw`` …), for `Index.trace`. Of a file they are found when
        a figure is first followed.

    Returns
    -------
    Index
        ``.frame`` (unit, year, node, score, rank, coverage), ``.steps``, ``.findings`` and the
        explanations.

    Raises
    ------
    DeclarationFaults, FiguresFault
        With all faults at once.
    NotPositive
        A geometric or harmonic mean would meet a score that is not positive.
    """
    declared = as_framework(framework)
    table = figures if isinstance(figures, Figures) else read_figures(figures, declared)
    run = start_run(declared, table, parity)
    for name in declared.method.order:
        run_step(run, name)
    return finish_index(
        run,
        origins=_cells_of(figures, declared) if origins is None else origins,
        regions=figures if hasattr(figures, "plans") else None,
    )


def _cells_of(figures: Any, framework: Framework) -> Any:
    """Give how to find the cells of a table file; None where the figures came otherwise."""
    if not isinstance(figures, (str, PathLike)):
        return None
    from sanfu.index.table_cells import find_table_cells  # noqa: PLC0415 - when one is followed

    return cache(lambda: find_table_cells(str(figures), framework))


def finish_index(run: Run, *, origins: Any = None, regions: Any = None) -> Index:
    """Score the graph over the normalised figures of a run whose steps are done."""
    declared, parity = run.framework, run.parity
    plan = plan_graph(declared, run.figures.codes)
    _say_dropped_nodes(run, plan)
    weightings: dict[str, Weighting] = {}

    def weigh_node(node: str, x: Array) -> Array:
        found = weigh_children(run, plan, node, x)
        run.findings.extend(found.findings)
        weightings[node] = found
        _check_scores(run, plan, node, x, found.weights)
        return found.weights

    scores = score_graph(
        plan, run.figures.values, years=run.figures.years, parity=parity, find_weights=weigh_node
    )
    weights = {node: found.weights for node, found in weightings.items()}
    if declared.method.time.method != "levels":
        own, scores = score_growth(run, plan, weights)
        run.figures = run.figures.with_values(own)
    coverage = cover_graph(plan, run.observed.astype(np.float64), weights)
    ranks = np.empty_like(scores)
    for rows in run.figures.year_rows():
        ranks[rows] = rank_descending(scores[rows])
    _say_unscored(run, plan, scores)
    return Index(
        framework=declared,
        plan=plan,
        weights=weights,
        scores=scores,
        ranks=ranks,
        coverage=coverage,
        observed=run.observed,
        keys=run.figures,
        steps={step.name: step for step in run.steps},
        findings=tuple(run.findings),
        parity=parity,
        draws=run.draws,
        origins=origins,
        regions=regions,
        weightings=weightings,
    )


def weigh_children(run: Run, plan: Plan, node: str, x: Array) -> Weighting:
    """Weigh a node's children by its rule, handing on what the rule may look at."""
    rule, children, figures = plan.framework.weights_of(node), plan.children[node], None
    if getattr(rule, "data", "scores") == "figures" or rule.method == "combined":
        before, figures = run.steps[-2].figures, x.copy()
        for place, child in enumerate(children):
            if child in before.codes:
                figures[:, place] = before.values[:, before.codes.index(child)]
    aggregate, missing = plan.framework.aggregate_of(node), plan.framework.missing_of(node)

    def score(trials: Array) -> Array:
        many = np.broadcast_to(x, (len(trials), *x.shape))
        return score_node(many, trials, aggregate, missing, names=children, parity=run.parity)

    return weigh(
        rule,
        x,
        plan.declared[node],
        children,
        node,
        figures=figures,
        years=run.figures.years,
        score=score,
    )


def score_growth(run: Run, plan: Plan, weights: Mapping[str, Array]) -> tuple[Array, Array]:
    """Chain the growth of the figures as they stood before normalisation.

    Gives each indicator's own index ``(row, indicator)`` and the scores ``(row, node)``.
    """
    before = run.steps[-2].figures
    before = before.keep(np.isin(before.codes, plan.indicators))
    of = run.framework.indicators
    return score_over_time(
        plan,
        before.values,
        before.units.tolist(),
        before.years,
        np.asarray([of[code].direction for code in plan.indicators], dtype=np.float64),
        weights,
        run.framework.method.time,
    )


def start_run(framework: Framework, figures: Figures, parity: Parity) -> Run:
    """Give the state before the first step."""
    of = framework.indicators
    posts = [of[code].goalposts or (np.nan, np.nan) for code in figures.codes]
    targets = [of[code].target for code in figures.codes]
    run = Run(
        framework=framework,
        figures=figures,
        observed=~np.isnan(figures.values),
        parity=parity,
        goalposts=np.asarray(posts, dtype=np.float64).reshape(-1, 2),
        targets=np.asarray([np.nan if t is None else t for t in targets], dtype=np.float64),
    )
    n, m = figures.values.shape
    gone = int((~run.observed).sum())
    said = Text(
        f"读入 {n} 行 × {m} 个指标，缺失 {gone} 个",
        f"Read {n} rows × {m} indicators, {gone} missing",
    )
    run.step(Step("raw", said, figures))
    return run


def run_step(run: Run, name: str) -> None:
    """Run one step of the method on the state, with the transformations that come before it."""
    if name == _before(run.framework):
        run_transform(run)
    _STEPS[name](run)


def _before(framework: Framework) -> str:
    """Give the step before which prescribed transformations are made."""
    return "treat" if "treat" in framework.method.order else "normalise"


def _check_scores(run: Run, plan: Plan, node: str, x: Array, weights: Array) -> None:
    """Refuse a mean of logarithms over scores that are not positive, before it is taken."""
    rule = plan.framework.aggregate_of(node)
    if run.parity == "COINr" and rule.method == "harmonic":
        return
    if not needs_positive(rule):
        return
    moved = x[:, weights > 0] + getattr(rule, "offset", 0)
    allowed = getattr(rule, "zero", "refuse") == "zero"
    wrong = (moved < 0) if allowed else (moved <= 0)
    if not wrong.any():
        return
    row, column = (int(place) for place in np.argwhere(wrong)[0])
    child = [c for c, w in zip(plan.children[node], weights, strict=True) if w > 0][column]
    fault = NotPositive(rule.method, int(wrong.sum()), float(moved[wrong].min()))
    first = Text(
        f"节点“{node}”：{fault.text.zh}首先是“{run.figures.units[row]}”的“{child}”。",
        f"node “{node}”: {fault.text.en} First: “{child}” of “{run.figures.units[row]}”.",
    )
    fault.text = first
    raise fault


def _say_dropped_nodes(run: Run, plan: Plan) -> None:
    for node in run.framework.order():
        if node not in plan.nodes:
            label = run.framework.label(node)
            run.find(
                "aggregate",
                "empty-node",
                "warning",
                node,
                Text(
                    f"节点“{label.zh}”下没有可用的指标，不计分",
                    f"“{label.en}” has no usable indicator and no score",
                ),
            )
    if not plan.nodes:
        why = [found.text for found in run.findings if found.code != "empty-node"][:5]
        raise NothingToScore(
            Text(
                "没有可用的指标，无法计算：" + "；".join(text.zh for text in why),
                "no indicator is left to score: " + "; ".join(text.en for text in why),
            )
        )


def _say_unscored(run: Run, plan: Plan, scores: Array) -> None:
    for row in np.flatnonzero(np.isnan(scores[:, -1]))[:50]:
        unit = str(run.figures.units[row])
        run.find(
            "aggregate",
            "no-score",
            "warning",
            unit,
            Text(
                f"“{unit}”数据不足，没有总分（{plan.nodes[-1]}）",
                f"“{unit}” has too little data for a score of {plan.nodes[-1]}",
            ),
        )
