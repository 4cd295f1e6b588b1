"""Explain a score by its children, and follow it down to the cells it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.figures import to_polars
from sanfu.index.formulas import aggregate_formula, normalise_formula
from sanfu.index.why.rescore import children_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index.method_aggregate import Aggregate
    from sanfu.index.moments import Array
    from sanfu.index.result import Index
    from sanfu.index.steps import Step

AGGREGATOR_NAMES: Mapping[str, Text] = {
    "arithmetic": Text("加权算术平均", "weighted arithmetic mean"),
    "sum": Text("加权和", "weighted sum"),
    "geometric": Text("加权几何平均", "weighted geometric mean"),
    "harmonic": Text("加权调和平均", "weighted harmonic mean"),
    "generalised": Text("广义平均", "generalised mean"),
    "median": Text("中位数", "median"),
    "minimum": Text("最小值", "minimum"),
    "maximum": Text("最大值", "maximum"),
    "mpi": Text("均值加罚项（MPI）", "mean with penalty (MPI)"),
    "owa": Text("有序加权平均（OWA）", "ordered weighted average"),
    "topsis": Text("TOPSIS 贴近度", "TOPSIS closeness"),
    "vikor": Text("VIKOR 折衷值", "VIKOR compromise"),
    "wroclaw": Text("弗罗茨瓦夫距离", "Wrocław distance"),
    "copeland": Text("Copeland 两两比较", "Copeland pairwise wins"),
    "promethee": Text("PROMETHEE II 净流", "PROMETHEE II net flow"),
    "bod": Text("疑中从优（BoD）", "benefit of the doubt (BoD)"),
    "choquet": Text("Choquet 积分", "Choquet integral"),
    "formula": Text("公式", "formula"),
}


def aggregator_text(rule: Aggregate) -> Text:
    """Name an aggregator with those of its arguments that are not the usual ones."""
    name = AGGREGATOR_NAMES[rule.method]
    said = rule.model_dump(exclude_defaults=True, exclude={"method"})
    if not said:
        return name
    shown = "; ".join(f"{key}={value}" for key, value in said.items())
    return Text(f"{name.zh}（{shown}）", f"{name.en} ({shown})")


def explain_node(index: Index, unit: str, node: str | None, year: int | None) -> pl.DataFrame:
    """Give the children of a node for one unit; see `Index.explain`."""
    node = index.plan.nodes[-1] if node is None else node
    row = index.row(unit, year)
    index.value(node)  # says so if there is no such node
    children = index.plan.children.get(node, ())
    all_scores = np.empty((len(index.units), len(children)))
    for place, child in enumerate(children):
        all_scores[:, place] = index.value(child)
    scores = all_scores[row]
    weights = index.weights[node] if children else np.empty(0)
    used = children_of(index, node)[row] if children else scores
    there = ~np.isnan(used)
    share = np.where(there, weights, 0)
    share = share / share.sum() if share.sum() > 0 else share
    peers = _peers(index, row)
    return pl.DataFrame(
        {
            "child": list(children),
            "name": [str(index.framework.label(child)) for child in children],
            "score": scores,
            "weight": share,
            "contribution": _contributions(index, node, used, weights, share),
            "rank": [_rank(all_scores[peers, c], scores[c]) for c in range(len(children))],
            "median": [_median(all_scores[peers, c]) for c in range(len(children))],
            "coverage": [_coverage(index, child, row) for child in children],
        },
        schema_overrides={"rank": pl.Int64, "contribution": pl.Float64, "median": pl.Float64},
    ).with_columns(pl.col("score", "contribution", "median").fill_nan(None))


def _contributions(
    index: Index, node: str, scores: Array, weights: Array, share: Array
) -> list[float | None]:
    rule = index.framework.aggregate_of(node)
    plain = np.nan_to_num(scores)
    rescaled = index.framework.nodes[node].rescale is not None
    grown = index.framework.method.time.method != "levels" and any(
        child in index.plan.indicators for child in index.plan.children[node]
    )
    if rescaled or grown or rule.method not in ("arithmetic", "sum", "geometric"):
        return [None] * len(scores)
    if rule.method == "arithmetic":
        return [float(part) for part in share * plain]
    if rule.method == "sum":
        return [float(part) for part in weights * plain]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = share * np.log(scores + getattr(rule, "offset", 0))
    return [float(part) if np.isfinite(part) else None for part in logs]


def _peers(index: Index, row: int) -> Any:
    years = index.years
    return np.ones(len(index.units), dtype=bool) if years is None else years == years[row]


def _rank(values: Array, score: float) -> int | None:
    return None if np.isnan(score) else int(np.sum(values > score)) + 1


def _median(values: Array) -> float | None:
    present = values[~np.isnan(values)]
    return float(np.median(present)) if len(present) else None


def _coverage(index: Index, code: str, row: int) -> float:
    if code in index.plan.indicators:
        return float(index.observed[row, index.plan.indicators.index(code)])
    return float(index.coverage[row, index.plan.nodes.index(code)])


def trace_node(index: Index, unit: str, node: str | None, year: int | None) -> pl.DataFrame:
    """Follow a score down to its cells; see `Index.trace`."""
    node = index.plan.nodes[-1] if node is None else node
    row = index.row(unit, year)
    index.value(node)
    when = None if index.years is None else int(index.years[row])
    origins = _origins(index, unit, when)
    lines: list[dict[str, Any]] = []
    _follow(index, node, row, (unit, when), 0, origins, lines)
    frame = pl.DataFrame(lines, infer_schema_length=None)
    return frame.with_columns(pl.col("value").cast(pl.Float64).fill_nan(None))


def _follow(
    index: Index,
    code: str,
    row: int,
    key: tuple[str, int | None],
    depth: int,
    origins: pl.DataFrame | None,
    lines: list[dict[str, Any]],
) -> None:
    name = str(index.framework.label(code))
    line: dict[str, Any] = {"depth": depth, "code": code, "name": name, "formula": None}
    if code in index.plan.children:
        rule = index.framework.aggregate_of(code)
        children = index.plan.children[code]
        parts = str(Text("、", ", ")).join(
            f"{child}×{weight:g}"
            for child, weight in zip(children, index.weights[code], strict=True)
        )
        said = aggregator_text(rule)
        done = Text(f"{said.zh}：{parts}", f"{said.en}: {parts}")
        value = float(index.value(code)[row])
        formula = aggregate_formula(rule)
        lines.append(
            {**line, "step": "score", "value": value, "done": str(done), "formula": formula}
        )
        for child in children:
            _follow(index, child, row, key, depth + 1, origins, lines)
        return
    for step in reversed(list(index.steps.values())):
        told = _at_step(step, code, key)
        if told is not None:
            lines.append({**line, "step": step.name, "value": told[0], "done": str(told[1])})
            if step.name == "normalise":
                lines[-1]["formula"] = _normalise_formula(index, code, row)
    lines[-1]["formula"] = index.framework.indicators[code].formula
    if origins is not None:
        for cell in origins.filter(pl.col("column") == code).iter_rows(named=True):
            where = {k: v for k, v in cell.items() if k not in ("unit", "year", "column")}
            lines.append(
                {**line, "step": "cell", "value": None, "done": _where(where), "depth": depth + 1}
                | {f"cell_{k}": v for k, v in where.items()}
            )


def _normalise_formula(index: Index, code: str, row: int) -> str:
    """Write out an indicator's normalisation with the statistics of the rows that gave them."""
    indicator = index.framework.indicators[code]
    rule = indicator.normalise or index.framework.method.normalise
    before = list(index.steps.values())[-2].figures
    column = before.values[:, before.codes.index(code)]
    if before.years is not None and index.years is not None and rule.over != "all":
        year = index.years[row] if rule.over == "year" else rule.base
        column = column[before.years == year]
    return normalise_formula(rule, indicator.direction, column)


def _at_step(step: Step, code: str, key: tuple[str, int | None]) -> tuple[float, Text] | None:
    figures = step.figures
    if code not in figures.codes:
        return None
    unit, year = key
    here = figures.units == unit
    if figures.years is not None and year is not None:
        here &= figures.years == year
    rows = np.flatnonzero(here)
    if not len(rows):
        return None
    row, column = int(rows[0]), figures.codes.index(code)
    mark = 0 if step.marks is None else int(step.marks[row, column])
    said = dict(step.meaning).get(
        mark, step.what if step.marks is None else Text("未变", "as it was")
    )
    return float(figures.values[row, column]), said


def _where(cell: Mapping[str, Any]) -> str:
    return "，".join(f"{key}={value}" for key, value in cell.items() if value is not None)


def _origins(index: Index, unit: str, year: int | None) -> pl.DataFrame | None:
    if index.origins is None:
        return None
    given = index.origins() if callable(index.origins) else index.origins
    kept = to_polars(given).filter(pl.col("unit") == unit)
    if "year" in kept.columns and year is not None:
        kept = kept.filter(pl.col("year").is_null() | (pl.col("year") == year))
    return kept
