"""Weights of one node by the framework's rule, with what a reader must know of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index import method_weights as rules
from sanfu.index.finding import Finding
from sanfu.index.moments import is_constant
from sanfu.index.weights import components, dispersion, judgement, optimise
from sanfu.index.weights.combine import combine_weights
from sanfu.index.weights.matrix import WeightsFault, as_shares
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.method_weights import Weights
    from sanfu.index.moments import Array


@dataclass(frozen=True, eq=False)
class Weighting:
    """A node's weights as derived."""

    node: str
    method: str
    children: tuple[str, ...]
    weights: Array
    """``(child,)``; declared weights as they are, all others sum to 1."""
    facts: Mapping[str, float] = field(default_factory=dict)
    """What the method measured: ``consistency``, ``objective``, the share of each combined set …"""
    table: pl.DataFrame | None = None
    """Details: of AHP the experts, of optimised weights what they achieve, of combined the sets."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class _Asked:
    """What a rule may look at."""

    x: Array
    figures: Array
    declared: Array
    children: tuple[str, ...]
    node: str
    years: NDArray[np.int64] | None
    score: Callable[[Array], Array] | None


def derive_weights(
    rule: Weights,
    x: Array,
    *,
    declared: Array,
    children: Sequence[str],
    node: str,
    figures: Array | None = None,
    years: NDArray[np.int64] | None = None,
    score: Callable[[Array], Array] | None = None,
) -> Weighting:
    """Give the weights of a node's children by any rule.

    Parameters
    ----------
    rule
        One of `sanfu.index.method_weights`.
    x
        ``(row, child)``: normalised figures of indicators, scores of nodes; NaN missing.
    declared
        ``(child,)``: the weights that the framework states.
    children, node
        Codes.
    figures
        As `x`, but of indicators the figures as they stood before normalisation.
    years
        The year of each row, for rules with ``over: year``.
    score
        From ``(trial, child)`` weights to ``(trial, row)`` scores of the node (``optimised``); a
        weighted mean if not given.

    Raises
    ------
    WeightsFault
        The rule cannot work on these; the message names node and remedy.
    """
    asked = _Asked(
        x, x if figures is None else figures, declared, tuple(children), node, years, score
    )
    try:
        found = _derive(rule, asked)
    except WeightsFault as fault:
        raise WeightsFault(
            Text(f"节点“{node}”：{fault.text.zh}", f"node “{node}”: {fault.text.en}")
        ) from None
    if isinstance(rule, rules.FromData):
        return replace(found, findings=(*_flat_columns(rule, asked), *found.findings))
    return found


def _derive(rule: Weights, asked: _Asked) -> Weighting:
    plain = Weighting(asked.node, rule.method, asked.children, asked.declared)
    match rule:
        case rules.DeclaredWeights():
            return plain
        case rules.EqualWeights():
            return replace(plain, weights=np.ones_like(asked.declared))
        case rules.VoteWeights():
            return _votes(rule, asked, plain)
        case rules.AhpWeights():
            return _ahp(rule, asked, plain)
        case rules.CombinedWeights():
            return _combined(rule, asked, plain)
        case rules.OptimisedWeights():
            return _optimised(rule, asked, plain)
        case _:
            return _from_data(rule, asked, plain)


def _from_data(rule: rules.FromData, asked: _Asked, plain: Weighting) -> Weighting:
    data = asked.figures if rule.data == "figures" else asked.x
    if rule.over == "year" and asked.years is not None:
        each = [_numbers(rule, data[asked.years == year]) for year in np.unique(asked.years)]
        weights = as_shares(np.mean(each, axis=0))
    else:
        weights = _numbers(rule, data)
    if not isinstance(rule, rules.Signed) or (weights >= 0).all():
        return replace(plain, weights=weights)
    below = [c for c, w in zip(asked.children, weights, strict=True) if w < 0]
    zh = f"{rule.method} 给“{'、'.join(below)}”的权重为负：与其余指标方向相反"
    en = (
        f"{rule.method} gives a negative weight to “{', '.join(below)}”: it runs against the others"
    )
    if rule.negative == "refuse":
        raise WeightsFault(Text(f"{zh}；请核对方向", f"{en}; check the directions"))
    if rule.negative == "zero":
        weights = as_shares(np.maximum(weights, 0))
        zh, en = f"{zh}；已取 0", f"{en}; set to 0"
    said = _say(asked, "negative-weight", "warning", Text(zh, en))
    return replace(plain, weights=weights, findings=(said,))


def _numbers(rule: rules.FromData, data: Array) -> Array:
    match rule:
        case rules.EntropyWeights():
            return dispersion.entropy_weights(
                data, convention=rule.convention, shift=rule.shift, missing=rule.missing
            )
        case rules.CriticWeights():
            return dispersion.critic_weights(
                data,
                correlation=rule.correlation,
                conflict=rule.conflict,
                scale=rule.scale,
                missing=rule.missing,
            )
        case rules.DeviationWeights():
            return dispersion.deviation_weights(data, scale=rule.scale, missing=rule.missing)
        case rules.VariationWeights():
            return dispersion.variation_weights(data, missing=rule.missing)
        case rules.GiniWeights():
            return dispersion.gini_weights(data, missing=rule.missing)
        case rules.MerecWeights():
            return dispersion.merec_weights(data, missing=rule.missing)
        case rules.PcaWeights() | rules.FactorWeights():
            return _from_components(rule, data)
        case _:
            raise TypeError(rule)


def _from_components(rule: rules.PcaWeights | rules.FactorWeights, data: Array) -> Array:
    """Leave constant columns out: they have no correlation and get 0."""
    alive = ~is_constant(data)
    weights = np.zeros(data.shape[1])
    if not alive.any():
        return as_shares(weights)
    if isinstance(rule, rules.PcaWeights):
        weights[alive] = components.pca_weights(
            data[:, alive], convention=rule.convention, missing=rule.missing
        )
    else:
        weights[alive] = components.factor_weights(
            data[:, alive], extraction=rule.extraction, weights=rule.weights, missing=rule.missing
        )
    return weights


def _votes(rule: rules.VoteWeights, asked: _Asked, plain: Weighting) -> Weighting:
    weights = judgement.vote_weights(rule.ballots, asked.children, start=rule.start)
    never = [c for c, w in zip(asked.children, weights, strict=True) if w == 0]
    findings: tuple[Finding, ...] = ()
    if never:
        said = Text(
            f"“{'、'.join(never)}”一票未胜，权重为 0；如不希望如此，请写 start: 1",
            f"“{', '.join(never)}” never won and weighs 0; write start: 1 if that is not meant",
        )
        findings = (_say(asked, "zero-weight", "warning", said),)
    return replace(plain, weights=weights, findings=findings)


def _ahp(rule: rules.AhpWeights, asked: _Asked, plain: Weighting) -> Weighting:
    if len(asked.children) == 1:
        return replace(plain, weights=np.ones(1))
    found = judgement.ahp_weights(
        [j.pairs for j in rule.judgements],
        asked.children,
        experts=[j.expert or str(k) for k, j in enumerate(rule.judgements, start=1)],
        expert_weights=[j.weight for j in rule.judgements],
        method=rule.priorities,
    )
    findings = []
    if found.consistency > rule.consistency:
        pair, given, _, proposed, after = found.mending.row(0)
        findings.append(
            _inconsistent(asked, rule, "", (found.consistency, pair, given), proposed, after)
        )
    if len(rule.judgements) > 1:
        for expert, ratio, pair, given, proposed, after in found.experts.iter_rows():
            if ratio > rule.consistency:
                findings.append(
                    _inconsistent(asked, rule, expert, (ratio, pair, given), proposed, after)
                )
    return replace(
        plain,
        weights=found.weights,
        facts={"consistency": found.consistency},
        table=found.experts,
        findings=tuple(findings),
    )


def _inconsistent(
    asked: _Asked,
    rule: rules.AhpWeights,
    expert: str,
    found: tuple[float, str, float],
    proposed: float,
    after: float,
) -> Finding:
    ratio, pair, given = found
    who_zh, who_en = (f"专家“{expert}”的", f"of expert “{expert}” ") if expert else ("", "")
    return _say(
        asked,
        "inconsistent-judgements",
        "warning",
        Text(
            f"{who_zh}判断矩阵一致性比率 CR = {ratio:.3f} > {rule.consistency:g}；"
            f"最应修改 {pair}：现为 {_scale(given)}，改为 {_scale(proposed)} 后 CR = {after:.3f}",
            f"comparisons {who_en}have CR = {ratio:.3f} > {rule.consistency:g}; mend {pair} first: "
            f"it is {_scale(given)}, with {_scale(proposed)} CR is {after:.3f}",
        ),
    )


def _scale(value: float) -> str:
    """Write a comparison as people do: 3, 1/3, 2.47."""
    upside = 1 / value
    if value < 1 and abs(upside - round(upside)) < 1e-9:
        return f"1/{round(upside)}"
    return f"{value:.3g}"


def _optimised(rule: rules.OptimisedWeights, asked: _Asked, plain: Weighting) -> Weighting:
    data = asked.figures if rule.data == "figures" else asked.x
    alive = ~is_constant(data)
    weights = np.zeros(len(asked.children))
    if alive.sum() < 2:
        weights[alive] = 1
        return replace(plain, weights=as_shares(weights))
    match rule.target:
        case "equal":
            target = np.ones(len(weights))
        case "declared":
            target = asked.declared
        case dict() as wished:
            target = np.asarray([wished.get(child, 0.0) for child in asked.children])

    def score(trials: Array) -> Array:
        whole = np.zeros((len(trials), len(weights)))
        whole[:, alive] = trials
        assert asked.score is not None  # noqa: S101 - only handed on where it is there
        return asked.score(whole)

    names = tuple(c for c, lives in zip(asked.children, alive, strict=True) if lives)
    found = optimise.optimise_weights(
        data[:, alive],
        objective=rule.objective,
        target=target[alive],
        correlation=rule.correlation,
        score=None if asked.score is None else score,
        start=asked.declared[alive] if asked.declared[alive].sum() > 0 else None,
        least=rule.least,
        most=rule.most,
        starts=rule.starts,
        seed=rule.seed,
        children=names,
    )
    weights[alive] = found.weights
    return replace(
        plain,
        weights=weights,
        facts={"objective": found.objective, "at_start": found.at_start},
        table=found.frame,
    )


def _combined(rule: rules.CombinedWeights, asked: _Asked, plain: Weighting) -> Weighting:
    parts = [
        derive_weights(
            part,
            asked.x,
            declared=asked.declared,
            children=asked.children,
            node=asked.node,
            figures=asked.figures,
            years=asked.years,
            score=asked.score,
        )
        for part in rule.of
    ]
    weights, shares = combine_weights(
        [part.weights for part in parts], by=rule.by, shares=rule.shares
    )
    names = [f"{k}-{part.method}" for k, part in enumerate(parts, start=1)]
    given = {name: as_shares(part.weights) for name, part in zip(names, parts, strict=True)}
    return replace(
        plain,
        weights=weights,
        facts={} if shares is None else dict(zip(names, shares.tolist(), strict=True)),
        table=pl.DataFrame({"child": list(asked.children), **given, "combined": weights}),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def _say(asked: _Asked, code: str, severity: Any, text: Text) -> Finding:
    said = Text(f"节点“{asked.node}”：{text.zh}", f"node “{asked.node}”: {text.en}")
    return Finding(code, severity, asked.node, said, "weights")


def _flat_columns(rule: rules.FromData, asked: _Asked) -> tuple[Finding, ...]:
    data = asked.figures if rule.data == "figures" else asked.x
    flat = [c for c, dead in zip(asked.children, is_constant(data), strict=True) if dead]
    if not flat:
        return ()
    if len(flat) == len(asked.children):
        said = Text(
            f"所有下级都没有差异，{rule.method} 无从赋权，取相等权重",
            f"no child has any spread, so {rule.method} has nothing to weigh by; equal weights",
        )
    else:
        said = Text(
            f"“{'、'.join(flat)}”没有差异，{rule.method} 给其权重 0",
            f"“{', '.join(flat)}” has no spread; {rule.method} gives it the weight 0",
        )
    return (_say(asked, "constant-column", "warning", said),)
