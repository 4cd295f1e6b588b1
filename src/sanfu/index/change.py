"""Why a score changed: by indicator, by weight, by method, exactly adding up.

Arithmetic means: Σ w̄ Δx + Σ x̄ Δw (Bennet 1920). Geometric means: the same in logarithms, brought
back by the logarithmic mean of the two scores (log-mean Divisia, LMDI; Ang 2005, Energy Policy
33, 867-871). Any other aggregator: the Shapley value over its children (Shorrocks 2013, Journal of
Economic Inequality 11, 99-126). Down the graph each child's own change is split in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.aggregate import score_node
from sanfu.index.why.shapley import MOST_EXACT, shapley_exact
from sanfu.index.why.words import listed, number, signed
from sanfu.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.moments import Array
    from sanfu.index.result import Index


@dataclass(frozen=True)
class Change:
    """A change of one unit's score, split.

    Attributes
    ----------
    frame
        ``part, name, kind ("indicator" | "weight" | "method"), before, after, effect``; the
        effects add up to `after` − `before` of the score.
    """

    unit: str
    before: float
    after: float
    frame: pl.DataFrame

    def in_words(self, most: int = 3) -> Text:
        """Name the parts that moved the score most."""
        rows = self.frame.sort(pl.col("effect").abs(), descending=True).head(most)
        parts = listed([f"{r['name']} {signed(r['effect'])}" for r in rows.to_dicts()])
        total = signed(self.after - self.before)
        ends = f"{number(self.before)} → {number(self.after)}"
        return Text(
            f"{self.unit}：{ends}（{total}），主要来自 {parts.zh}。",
            f"{self.unit}: {ends} ({total}), mostly {parts.en}.",
        )


def log_mean(a: float, b: float) -> float:
    """Give the logarithmic mean (a − b) / (ln a − ln b), and a where they are equal."""
    if a <= 0 or b <= 0:
        return 0.0
    ratio = np.log(a / b)
    return a if abs(ratio) < 1e-12 else float((a - b) / ratio)


def split_change(
    x0: Array, x1: Array, w0: Array, w1: Array, *, geometric: bool = False
) -> tuple[Array, Array]:
    """Split the change of a weighted mean into what its parts and what its weights did.

    Parameters
    ----------
    x0, x1
        Parts before and after, shape (part,); above 0 if `geometric`.
    w0, w1
        Weights before and after; each is rescaled to sum to 1.

    Returns
    -------
    tuple
        Effects of the parts and of the weights, shape (part,) each; all together they are the
        change of the mean.
    """
    w0, w1 = w0 / w0.sum(), w1 / w1.sum()
    if not geometric:
        mean = float(((w0 @ x0) + (w1 @ x1)) / 2)
        return (w0 + w1) / 2 * (x1 - x0), ((x0 + x1) / 2 - mean) * (w1 - w0)
    y0, y1 = np.log(x0), np.log(x1)
    scale = log_mean(float(np.exp(w1 @ y1)), float(np.exp(w0 @ y0)))
    centre = float(((w0 @ y0) + (w1 @ y1)) / 2)
    return scale * (w0 + w1) / 2 * (y1 - y0), scale * ((y0 + y1) / 2 - centre) * (w1 - w0)


def explain_change(
    before: Index,
    after: Index,
    unit: str,
    *,
    from_year: int | None = None,
    to_year: int | None = None,
    node: str | None = None,
    same_method: Index | None = None,
) -> Change:
    """Say what moved a unit's score, from one year or one edition to another.

    Parameters
    ----------
    before, after
        Two built indices; the same one twice to go from one of its years to another. Their graphs
        may have other weights, but the same nodes and indicators.
    unit
        Whose score.
    from_year, to_year
        Years of `before` and of `after`; the last of each if nothing is said.
    node
        A node; the index itself if nothing is said.
    same_method
        The figures of `after` built by the method of `before`: what lies between it and `after`
        is the effect of the method.

    Returns
    -------
    Change
        One row an indicator and one a node's weights that changed; effects add up exactly.

    Raises
    ------
    InputError
        A score is missing on one side, or a node of another kind has more than 12 children.
    """
    top = node or before.plan.nodes[-1]
    middle = after if same_method is None else same_method
    rows = before.row(unit, from_year), middle.row(unit, to_year)
    start, end = float(before.value(top)[rows[0]]), float(middle.value(top)[rows[1]])
    final = float(after.value(top)[after.row(unit, to_year)])
    if not np.isfinite([start, end, final]).all():
        raise InputError(
            Text(f"“{unit}”有一年没有得分，不能分解变化", f"{unit} lacks a score in one year")
        )
    lines: list[tuple[str, str, str, float | None, float | None, float]] = []
    _down(before, middle, rows, top, 1.0, lines)
    if same_method is not None:
        lines.append(("method", str(Text("方法", "method")), "method", end, final, final - end))
    frame = pl.DataFrame(
        lines,
        schema={
            "part": pl.String,
            "name": pl.String,
            "kind": pl.String,
            "before": pl.Float64,
            "after": pl.Float64,
            "effect": pl.Float64,
        },
        orient="row",
    )
    shared = frame.group_by("part", "name", "kind", "before", "after", maintain_order=True)
    return Change(unit, start, final, shared.agg(pl.col("effect").sum()))


def _down(
    before: Index,
    after: Index,
    rows: tuple[int, int],
    node: str,
    factor: float,
    lines: list[tuple[str, str, str, float | None, float | None, float]],
) -> None:
    children = after.plan.children[node]
    if set(children) != set(before.plan.children.get(node, ())):
        raise InputError(
            Text(
                f"“{node}”的下级不同；指标有增减时请先用 link_chain 链接",
                f"the children of {node} differ; link the editions with link_chain first",
            )
        )
    order = [before.plan.children[node].index(child) for child in children]
    x0 = np.array([before.value(child)[rows[0]] for child in children])
    x1 = np.array([after.value(child)[rows[1]] for child in children])
    w0, w1 = before.weights[node][order], after.weights[node]
    if after.framework.method.time.method == "nbs_growth":
        parts, weights = _split_growth(before, after, node, rows), np.zeros(len(children))
    else:
        parts, weights = _split_node(before, after, node, (x0, x1), (w0, w1))
    for child, effect, a, b in zip(children, parts, x0, x1, strict=True):
        label = str(after.framework.label(child))
        if child in after.plan.indicators:
            lines.append((child, label, "indicator", _known(a), _known(b), factor * float(effect)))
        elif abs(b - a) > 0:
            _down(before, after, rows, child, factor * float(effect) / float(b - a), lines)
    moved = [
        (child, float(effect), a, b)
        for child, effect, a, b in zip(children, weights, w0 / w0.sum(), w1 / w1.sum(), strict=True)
        if abs(effect) > 0
    ]
    for child, effect, a, b in moved:
        label = str(after.framework.label(child))
        name = str(Text(f"{label}的权重", f"weight of {label}"))
        lines.append((child, name, "weight", float(a), float(b), factor * effect))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _split_node(
    before: Index, after: Index, node: str, x: tuple[Array, Array], w: tuple[Array, Array]
) -> tuple[Array, Array]:
    rule = after.framework.aggregate_of(node)
    plain = after.framework.nodes[node].rescale is None and np.isfinite([*x[0], *x[1]]).all()
    if after.framework.method.time.method == "growth_index":  # nodes are geometric means
        if plain and min(x[0].min(), x[1].min()) > 0:
            return split_change(*x, *w, geometric=True)
        raise _not_split(node)
    same = rule == before.framework.aggregate_of(node)
    if plain and same and rule.method in ("arithmetic", "geometric"):
        offset = float(getattr(rule, "offset", 0))
        geometric = rule.method == "geometric"
        if not geometric or min((x[0] + offset).min(), (x[1] + offset).min()) > 0:
            return split_change(x[0] + offset, x[1] + offset, *w, geometric=geometric)
    if after.framework.nodes[node].rescale is not None:
        raise _not_split(node)
    return _shapley(after, node, x, w)


def _not_split(node: str) -> InputError:
    return InputError(
        Text(
            f"“{node}”经重新标准化，或有下级缺数，不能由下级的得分分解",
            f"{node} is rescaled, or a child is missing; its change is not a matter of its "
            "children's scores alone",
        )
    )


def _split_growth(before: Index, after: Index, node: str, rows: tuple[int, int]) -> Array:
    """Split a chained index over its children: each year's step in proportion to their growth.

    A step I_t − I_{t−1} = I_{t−1} · 2V/(200 − V) has V = Σ w v / Σ w over the children that are
    known; each has the share w v / Σ w v of it. Nodes above are means of levels.
    """
    from sanfu.index.over_time import grow_symmetrically  # noqa: PLC0415 - only here

    children, weights = after.plan.children[node], after.weights[node]
    if before is not after or after.years is None:
        raise InputError(
            Text(
                "按增长链接的指数只能在同一版内分解各年的变化",
                "a chained index can be split over its own years only",
            )
        )
    same = np.flatnonzero(np.array(after.units) == after.units[rows[1]])
    path = same[np.argsort(after.years[same])]
    first, last = sorted(int(np.flatnonzero(path == row)[0]) for row in rows)
    sign = 1.0 if after.years[rows[1]] >= after.years[rows[0]] else -1.0
    series = np.column_stack([after.value(child)[path] for child in children])
    level = after.value(node)[path]
    effects = np.zeros(len(children))
    chained = any(child in after.plan.indicators for child in children)
    for t in range(first + 1, last + 1):
        if chained:
            moved = weights * np.nan_to_num(grow_symmetrically(series[t], series[t - 1]))
        else:
            moved = weights * np.nan_to_num(series[t] - series[t - 1])
        if moved.sum() != 0:
            effects += (level[t] - level[t - 1]) * moved / moved.sum()
    return sign * effects


def _shapley(
    after: Index, node: str, x: tuple[Array, Array], w: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Split over the children, then what the weights did to the children as they are now."""
    m = len(x[0])
    if m > MOST_EXACT:
        raise InputError(
            Text(
                f"“{node}”有 {m} 个下级，超过 {MOST_EXACT} 个，不能逐个组合分解",
                f"{node} has {m} children, more than {MOST_EXACT}",
            )
        )
    rule, missing = after.framework.aggregate_of(node), after.framework.missing_of(node)
    names = after.plan.children[node]

    def value(masks: NDArray[np.bool_]) -> Array:
        rows = np.where(masks, x[1], x[0])
        return np.asarray(score_node(rows, w[0], rule, missing, names=names))

    effect = shapley_exact(value, m)
    final = float(np.asarray(score_node(x[1][None], w[1], rule, missing, names=names))[0])
    left = final - float(value(np.ones((1, m), dtype=bool))[0])
    weights = np.zeros(m)
    moved = np.abs(w[1] / w[1].sum() - w[0] / w[0].sum())
    if moved.sum() > 0:
        weights = left * moved / moved.sum()
    return effect, weights
