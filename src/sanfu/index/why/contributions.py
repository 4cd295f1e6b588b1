"""What a score is made of: contributions of the indicators, from nothing or against a reference.

From nothing, an arithmetic mean's parts add up to the score and a geometric mean's to its
logarithm. Against the mean, the median or a peer, the parts add up to the difference, whatever the
aggregators; see `sanfu.index.why.split`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.moments import mean_present, median_present
from sanfu.index.why.rescore import children_of, peers_of, refuse_growth, score_indicators
from sanfu.index.why.split import split_node
from sanfu.index.why.words import listed, number, row_name, signed
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.result import Index

Kind = Literal["additive", "log", "difference"]
Depth = Literal["indicators", "children"]
SCHEMA = {
    "part": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "node": pl.String,
    "value": pl.Float64,
    "reference": pl.Float64,
    "contribution": pl.Float64,
    "error": pl.Float64,
}
REFERENCES = {"mean": Text("各单元均值", "the mean"), "median": Text("各单元中位数", "the median")}


@dataclass(frozen=True)
class Contributions:
    """A score, or its distance from a reference, split over its parts.

    Attributes
    ----------
    kind
        ``additive``: the parts add up to `score`; ``log``: to its natural logarithm (of score plus
        the node's offset); ``difference``: to `score` − `reference_score`.
    frame
        ``part, name, kind ("indicator" | "node" | "rest"), node`` (its parent), ``value,
        reference`` (its own score in both), ``contribution, error`` (a standard error where
        Shapley values were sampled, else 0). ``rest`` is what a relative method (TOPSIS …) gives
        for who else is in the field.
    """

    unit: str
    year: int | None
    node: str
    node_name: Text
    kind: Kind
    against: Text | None
    score: float
    reference_score: float | None
    rank: int | None
    frame: pl.DataFrame

    @property
    def difference(self) -> float:
        """What the contributions add up to."""
        return float(self.frame["contribution"].sum())

    def in_words(self, most: int = 3) -> Text:
        """Say the parts that count most, for and against; no cause is claimed."""
        who = row_name(self.unit, self.year)
        if self.kind == "difference":
            return self._difference_in_words(who, most)
        rows = self.frame.sort("contribution", descending=True, maintain_order=True).head(most)
        if self.kind == "additive":
            said = [f"{r['name']} {number(r['contribution'])}" for r in rows.to_dicts()]
            how = Text(
                "得分由各部分相加，其中最大的是", "the score is a sum; its largest parts are"
            )
        else:
            said = [
                f"{r['name']} ×{number(float(np.exp(r['contribution'])))}" for r in rows.to_dicts()
            ]
            how = Text("得分由各部分相乘，其中最大的是", "the score is a product; largest factors:")
        parts = listed(said)
        return Text(
            f"{who.zh}的“{self.node_name.zh}”得 {number(self.score)} 分；{how.zh}{parts.zh}。",
            f"{who.en} scores {number(self.score)} in {self.node_name.en}; {how.en} {parts.en}.",
        )

    def _difference_in_words(self, who: Text, most: int) -> Text:
        against = self.against or Text("", "")
        total = self.difference
        parts = self.frame.filter(pl.col("kind") != "rest")
        up = parts.filter(pl.col("contribution") > 0).sort(
            "contribution", descending=True, maintain_order=True
        )
        down = parts.filter(pl.col("contribution") < 0).sort("contribution", maintain_order=True)
        shown_up = listed([_part(row) for row in up.head(most).to_dicts()])
        shown_down = listed([_part(row) for row in down.head(most).to_dicts()])
        zh = (
            f"{who.zh}的“{self.node_name.zh}”得 {number(self.score)} 分，"
            f"与{against.zh}（{number(self.reference_score)}）相差 {signed(total)} 分"
        )
        en = (
            f"{who.en} scores {number(self.score)} in {self.node_name.en}, "
            f"{signed(total)} against {against.en} ({number(self.reference_score)})"
        )
        if up.height:
            zh, en = f"{zh}；拉高的主要是 {shown_up.zh}", f"{en}; above it mostly by {shown_up.en}"
        if down.height:
            zh, en = f"{zh}；拉低的主要是 {shown_down.zh}", f"{en}; below it by {shown_down.en}"
        unsure = max(self.frame["error"], default=0.0)
        if unsure > 0:
            zh += f"（分解为抽样估计，标准误不超过 {number(unsure, 3)}）"
            en += f" (sampled; standard errors up to {number(unsure, 3)})"
        return Text(f"{zh}。", f"{en}.")


def _part(row: dict[str, object]) -> str:
    return f"{row['name']} {signed(float(str(row['contribution'])))}"


def find_contributions(
    index: Index,
    unit: str,
    node: str | None = None,
    year: int | None = None,
    *,
    against: str | None = None,
    depth: Depth = "indicators",
    orders: int = 500,
    seed: int = 1,
) -> Contributions:
    """Split a unit's score over its parts.

    Parameters
    ----------
    index
        A built index.
    unit, node, year
        Whose score, of which node (the index itself if nothing is said), in which year (the last).
    against
        ``"mean"`` or ``"median"`` (a notional unit with the mean or median of every indicator
        among the same year's units), the name of a peer, or None: the score itself is split if
        its node is an arithmetic or geometric mean or a sum, else its distance from the median.
    depth
        Down to the indicators, or only to the node's children.
    orders, seed
        For Shapley values over more than 12 children: sampled orders, each also backwards.

    Raises
    ------
    InputError
        No such unit or node; no score there; or the scores are chained growth.
    """
    refuse_growth(index)
    top = node or index.plan.nodes[-1]
    row = index.row(unit, year)
    score = float(index.value(top)[row])
    if top not in index.plan.children:
        raise InputError(
            Text(f"“{top}”是指标，没有下级可分解", f"{top} is an indicator and has no parts")
        )
    when = None if index.years is None else int(index.years[row])
    if np.isnan(score):
        raise InputError(
            Text(f"“{unit}”的“{top}”没有得分，不能分解", f"{unit} has no score of {top}")
        )
    rank = int(index.ranks[row, index.plan.nodes.index(top)])
    about = (unit, when, top, index.framework.label(top))
    kind = _own_kind(index, top)
    if against is None and kind is not None:
        lines = _own_parts(index, top, row, kind, depth)
        return Contributions(*about, kind, None, score, None, rank, _frame(lines))
    walk = _Walk(index, row, depth, orders, seed)
    label, base, base_score = walk.reference(top, against or "median", when)
    walk.down(top, base, 1.0, 0.0)
    frame = _frame(walk.lines)
    rest = (score - base_score) - float(frame["contribution"].sum())
    if abs(rest) > 1e-9 * max(1.0, abs(score)):
        name = str(Text("相对位置（其余单元的影响）", "standing among the others"))
        frame = pl.concat([frame, _frame([("rest", name, "rest", top, None, None, rest, 0.0)])])
    return Contributions(*about, "difference", label, score, base_score, rank, frame)


def _own_kind(index: Index, node: str) -> Kind | None:
    if index.framework.nodes[node].rescale is not None:
        return None
    method = index.framework.aggregate_of(node).method
    return {"arithmetic": "additive", "sum": "additive", "geometric": "log"}.get(method)  # type: ignore[return-value]


Line = tuple[str, str, str, str, float | None, float | None, float, float]


def _own_parts(index: Index, top: str, row: int, kind: Kind, depth: Depth) -> list[Line]:
    lines: list[Line] = []
    offset = float(getattr(index.framework.aggregate_of(top), "offset", 0))

    def down(node: str, factor: float) -> None:
        x = children_of(index, node)[row]
        there = ~np.isnan(x)
        w = np.where(there, index.weights[node], 0)
        share = w if index.framework.aggregate_of(node).method == "sum" else w / w.sum()
        for child, value, weight in zip(index.plan.children[node], x, share, strict=True):
            if np.isnan(value):
                continue
            deeper = depth == "indicators" and child in index.plan.children
            if deeper and _own_kind(index, child) == kind and _same_offset(index, child, offset):
                down(child, factor * weight)
                continue
            part = value if kind == "additive" else _log(value + offset) if weight else 0.0
            lines.append(_line(index, child, node, value, None, factor * weight * part, 0.0))

    down(top, 1.0)
    return lines


def _log(value: float) -> float:
    if value <= 0:
        raise InputError(
            Text(
                "有一个下级得分为 0，几何平均因此为 0，不能按对数分解；请与均值或同类比较",
                "a part is 0 and makes the geometric mean 0; it has no logarithm. "
                "Compare with the mean or a peer instead",
            )
        )
    return float(np.log(value))


def _same_offset(index: Index, node: str, offset: float) -> bool:
    return float(getattr(index.framework.aggregate_of(node), "offset", 0)) == offset


def _line(
    index: Index,
    code: str,
    node: str,
    value: float,
    reference: float | None,
    contribution: float,
    error: float,
) -> Line:
    kind = "indicator" if code in index.plan.indicators else "node"
    known = None if reference is None or np.isnan(reference) else float(reference)
    own = None if np.isnan(value) else float(value)
    return (
        code,
        str(index.framework.label(code)),
        kind,
        node,
        own,
        known,
        float(contribution),
        float(error),
    )


def _frame(lines: Sequence[Line]) -> pl.DataFrame:
    frame = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    same = frame.group_by("part", "name", "kind", maintain_order=True)  # shared parts come twice
    return same.agg(
        pl.col("node", "value", "reference").first(),
        pl.col("contribution").sum(),
        error=pl.col("error").pow(2).sum().sqrt(),
    ).select(list(SCHEMA))


class _Walk:
    """The way down from a node to its indicators, beside a reference."""

    def __init__(self, index: Index, row: int, depth: Depth, orders: int, seed: int) -> None:
        self.index, self.row, self.depth = index, row, depth
        self.orders, self.seed = orders, seed
        self.lines: list[Line] = []
        self.other: int | None = None
        """The peer's row, if the reference is one."""

    def reference(
        self, top: str, against: str, year: int | None
    ) -> tuple[Text, dict[str, float], float]:
        """Give the reference's name, the scores of all its parts, and its score."""
        index, plan = self.index, self.index.plan
        if against in REFERENCES:
            x = index.normalised[peers_of(index, self.row)]
            middle = mean_present(x) if against == "mean" else median_present(x)
            profile = np.asarray(middle).reshape(-1)
            nodes = score_indicators(index, self.row, profile[None])[0]
            label = REFERENCES[against]
        else:
            self.other = other = index.row(against, year)
            profile, nodes, label = index.normalised[other], index.scores[other], None
        parts = dict(zip((*plan.indicators, *plan.nodes), (*profile, *nodes), strict=True))
        score = float(parts[top])
        if np.isnan(score):
            raise InputError(
                Text(
                    f"“{against}”的“{top}”没有得分，不能比较",
                    f"{against} has no score of {top} to compare with",
                )
            )
        return label or Text(against, against), parts, score

    def down(self, node: str, base: dict[str, float], factor: float, error: float) -> None:
        """Split a node's difference, then its children's."""
        index, children = self.index, self.index.plan.children[node]
        x1 = children_of(index, node)[self.row]
        x0 = np.array([base[child] for child in children])
        if self.other is not None:
            x0 = children_of(index, node)[self.other]
        split = split_node(index, node, self.row, x0, x1, orders=self.orders, seed=self.seed)
        for place, child in enumerate(children):
            unsure = float(np.hypot(abs(factor) * split.errors[place], error))
            deeper = self.depth == "indicators" and child in index.plan.children
            if deeper and not (np.isnan(x0[place]) or np.isnan(x1[place])):
                self.down(child, base, factor * float(split.factors[place]), unsure)
            else:
                effect = factor * float(split.effects[place])
                self.lines.append(_line(index, child, node, x1[place], x0[place], effect, unsure))


def compare_units(
    index: Index,
    unit: str,
    peer: str,
    node: str | None = None,
    year: int | None = None,
    *,
    depth: Depth = "indicators",
) -> Contributions:
    """Say where a unit stands above and below a peer; see `find_contributions`."""
    return find_contributions(index, unit, node, year, against=peer, depth=depth)
