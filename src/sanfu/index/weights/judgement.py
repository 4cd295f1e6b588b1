"""Weights from people: pairwise votes, and the analytic hierarchy process with its consistency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.index.method_weights import read_ratio, split_pair
from sanfu.index.weights.matrix import WeightsFault, as_shares
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.method_weights import Ballot
    from sanfu.index.moments import Array

RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
"""Mean consistency index of random comparisons (Saaty 1980), by the number of children."""
SAATY_SCALE = (*(1 / k for k in range(9, 1, -1)), *(float(k) for k in range(1, 10)))


def vote_points(ballots: Sequence[Ballot | Mapping[str, float]], children: Sequence[str]) -> Array:
    """Count the points of pairwise votes: a win is 1, a tie half a point to each.

    Parameters
    ----------
    ballots
        Votes such as ``{"a>b": 12, "b>a": 3, "a=b": 1}``, or `Ballot` with the expert and the
        round: of an expert who voted in several rounds the last counts.
    children
        Codes; votes on others are left out (an indicator may have been dropped).

    Returns
    -------
    Array
        ``(child,)`` points.
    """
    last: dict[str, int] = {}
    for ballot in ballots:
        expert, turn = getattr(ballot, "expert", ""), getattr(ballot, "round", None)
        if expert and turn is not None:
            last[expert] = max(turn, last.get(expert, turn))
    points = dict.fromkeys(children, 0.0)
    for ballot in ballots:
        expert, turn = getattr(ballot, "expert", ""), getattr(ballot, "round", None)
        if expert and turn is not None and turn < last[expert]:
            continue
        votes: Any = getattr(ballot, "votes", ballot)
        for pair, count in votes.items():
            left, sign, right = split_pair(pair, ">=")
            if left in points and right in points:
                points[left] += count if sign == ">" else count / 2
                points[right] += 0 if sign == ">" else count / 2
    return np.asarray(list(points.values()))


def vote_weights(
    ballots: Sequence[Ballot | Mapping[str, float]], children: Sequence[str], *, start: float = 0
) -> Array:
    """Give weights from pairwise votes: points made to sum to 1 (两两比较投票，胜者得 1 分).

    Parameters
    ----------
    ballots, children
        See `vote_points`.
    start
        Points that each child begins with.

    Examples
    --------
    >>> vote_weights([{"a>b": 3, "b>a": 1, "a>c": 4, "b>c": 2, "c>b": 2}], ["a", "b", "c"])
    array([0.58333333, 0.25      , 0.16666667])
    """
    if len(children) == 1:
        return np.ones(1)
    points = vote_points(ballots, children) + start
    if not points.sum() > 0:
        raise WeightsFault(
            Text(
                f"选票里没有关于这些指标的比较：{'、'.join(children)}",
                f"no vote compares these: {', '.join(children)}",
            )
        )
    return as_shares(points)


def comparison_matrix(pairs: Mapping[str, float | str], children: Sequence[str]) -> Array:
    """Lay comparisons ``{"a/b": 3}`` out as a reciprocal matrix ``(child, child)``.

    Raises
    ------
    WeightsFault
        A comparison is missing; all that are missing are named.
    """
    place = {child: i for i, child in enumerate(children)}
    matrix = np.full((len(place), len(place)), np.nan)
    np.fill_diagonal(matrix, 1)
    for pair, value in pairs.items():
        left, _, right = split_pair(pair, "/")
        ratio = read_ratio(value)
        if not ratio > 0:
            raise WeightsFault(
                Text(
                    f"{pair} 是“{value}”，应为大于 0 的数，例如 3 或 1/3",
                    f"{pair} is “{value}”, expected a number above 0, e.g. 3 or 1/3",
                )
            )
        if left in place and right in place:
            matrix[place[left], place[right]] = ratio
            matrix[place[right], place[left]] = 1 / ratio
    gaps = [f"{children[i]}/{children[j]}" for i, j in np.argwhere(np.isnan(matrix)) if i < j]
    if gaps:
        raise WeightsFault(
            Text(
                f"缺少 {len(gaps)} 个两两比较：{'、'.join(gaps)}",
                f"{len(gaps)} comparisons are missing: {', '.join(gaps)}",
            )
        )
    return matrix


def group_matrix(matrices: Sequence[Array], weights: Sequence[float] | None = None) -> Array:
    """Give the geometric mean of experts' matrices, comparison by comparison.

    References
    ----------
    Aczél and Saaty (1983), Procedures for synthesizing ratio judgements.
    """
    shares = as_shares(np.ones(len(matrices)) if weights is None else np.asarray(weights))
    logs = np.log(np.stack(list(matrices)))
    return np.asarray(np.exp(np.tensordot(shares, logs, axes=1)))


def _largest_eigenvalue(matrices: Array) -> Array:
    return np.asarray(np.linalg.eigvals(matrices).real.max(axis=-1))


def consistency_ratio(matrix: Array) -> float:
    """Give CR = CI / RI, CI = (λ − n) / (n − 1); 0 for fewer than three children.

    Up to ten children RI is Saaty's table; beyond, Alonso and Lamata (2006): the mean λ of random
    comparisons is 2.7699 n − 4.3513.
    """
    return float(_ratios(matrix[None])[0])


def _ratios(matrices: Array) -> Array:
    n = matrices.shape[-1]
    if n < 3:
        return np.zeros(len(matrices))
    random_index = RANDOM_INDEX.get(n, (2.7699 * n - 4.3513 - n) / (n - 1))
    index = (_largest_eigenvalue(matrices) - n) / (n - 1)
    return np.asarray(np.maximum(index, 0) / random_index)


def priorities(
    matrix: Array, *, method: Literal["eigenvector", "geometric"] = "eigenvector"
) -> Array:
    """Give the weights of a reciprocal matrix: principal eigenvector, or row geometric means."""
    if method == "geometric":
        return as_shares(np.exp(np.log(matrix).mean(axis=1)))
    values, vectors = np.linalg.eig(matrix)
    return as_shares(np.abs(vectors[:, values.real.argmax()].real))


def mending_table(matrix: Array, children: Sequence[str]) -> pl.DataFrame:
    """Say for each comparison what value would make the whole most consistent.

    Every value of Saaty's scale (1/9 … 9) is tried in place of each comparison, one at a time.

    Returns
    -------
    pl.DataFrame
        ``pair, given, implied, proposed, consistency`` (CR after the change), best first.
        `implied` is what the other comparisons imply (Harker's method: the eigenvector without it).
    """
    n = len(children)
    rows = [_mend_one(matrix, children, i, j) for i in range(n) for j in range(i + 1, n)]
    schema = ("pair", "given", "implied", "proposed", "consistency")
    frame = pl.DataFrame(rows, schema=list(schema), orient="row")
    return frame.sort("consistency", "pair")


def _mend_one(
    matrix: Array, children: Sequence[str], i: int, j: int
) -> tuple[str, float, float, float, float]:
    without = matrix.copy()
    without[i, j] = without[j, i] = 0
    without[i, i] = without[j, j] = 2
    weights = priorities(without)
    tried = np.repeat(matrix[None], len(SAATY_SCALE), axis=0)
    tried[:, i, j] = SAATY_SCALE
    tried[:, j, i] = 1 / np.asarray(SAATY_SCALE)
    ratios = _ratios(tried)
    best = int(ratios.argmin())
    implied = float(weights[i] / weights[j])
    pair = f"{children[i]}/{children[j]}"
    return pair, float(matrix[i, j]), implied, SAATY_SCALE[best], float(ratios[best])


@dataclass(frozen=True, eq=False)
class Ahp:
    """Weights of comparisons and how consistent these are."""

    children: tuple[str, ...]
    weights: Array
    """``(child,)``, they sum to 1."""
    matrix: Array
    """``(child, child)``: of a group the geometric mean."""
    consistency: float
    """CR of the matrix; at most 0.1 is acceptable (Saaty 1980)."""
    experts: pl.DataFrame
    """``expert, consistency, pair, given, proposed, consistency_after``: each expert's CR and the
    comparison that most needs mending."""

    @property
    def mending(self) -> pl.DataFrame:
        """Every comparison with the value that would make the matrix most consistent."""
        return mending_table(self.matrix, self.children)


def ahp_weights(
    judgements: Sequence[Mapping[str, float | str]] | Mapping[str, float | str],
    children: Sequence[str],
    *,
    experts: Sequence[str] | None = None,
    expert_weights: Sequence[float] | None = None,
    method: Literal["eigenvector", "geometric"] = "eigenvector",
) -> Ahp:
    """Give AHP weights of one expert's or a group's comparisons.

    Parameters
    ----------
    judgements
        ``{"a/b": 3, "a/c": "1/5", …}``, or one such mapping an expert. Comparisons of what is not
        among `children` are left out.
    children
        Codes.
    experts, expert_weights
        Names and weights, one an expert.

    Raises
    ------
    WeightsFault
        A comparison is missing.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process; Harker (1987), Incomplete pairwise comparisons.

    Examples
    --------
    >>> found = ahp_weights({"a/b": 2, "b/c": 3, "a/c": 6}, ["a", "b", "c"])
    >>> found.weights.round(4).tolist(), round(found.consistency, 6)
    ([0.6, 0.3, 0.1], 0.0)
    """
    several = [judgements] if hasattr(judgements, "items") else list(judgements)
    matrices = [comparison_matrix(pairs, children) for pairs in several]  # type: ignore[arg-type]
    matrix = group_matrix(matrices, expert_weights)
    names = [str(k + 1) for k in range(len(matrices))] if experts is None else list(experts)
    rows = []
    for name, own in zip(names, matrices, strict=True):
        ratio = consistency_ratio(own)
        pair, given, proposed, after = None, None, None, None
        if ratio > 1e-9:
            pair, given, _, proposed, after = mending_table(own, children).row(0)
        rows.append((name, ratio, pair, given, proposed, after))
    schema = {
        "expert": pl.String,
        "consistency": pl.Float64,
        "pair": pl.String,
        "given": pl.Float64,
        "proposed": pl.Float64,
        "consistency_after": pl.Float64,
    }
    return Ahp(
        tuple(children),
        priorities(matrix, method=method),
        matrix,
        consistency_ratio(matrix),
        pl.DataFrame(rows, schema=schema, orient="row"),
    )
