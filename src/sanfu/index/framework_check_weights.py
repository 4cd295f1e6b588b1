"""What can be wrong with the weights that a framework declares, before any figure is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanfu.index import method_weights as rules
from sanfu.index.method_weights import split_pair
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sanfu.index.framework import Framework

    Say = Callable[[Sequence[str | int], str, str], None]


def weight_faults(
    framework: Framework, code: str, say: Any, lowest: Callable[[Framework, str], float]
) -> None:
    """Find the faults of a node's weights.

    Parameters
    ----------
    say
        Called with the place, and the fault in Chinese and in English.
    lowest
        Gives the lowest score that a child certainly reaches (+inf where only data can tell).
    """
    children = framework.children(code)
    own = framework.nodes[code].weights
    here = ("nodes", code, "weights") if own is not None else ("method", "weights")
    for place, rule in _flatten(framework.weights_of(code), here):
        match rule:
            case rules.DeclaredWeights() if sum(children.values()) <= 0:
                say(("nodes", code), "下级的权重之和为 0", "the weights of its children sum to 0")
            case rules.AhpWeights():
                _comparison_faults(rule, code, children, place, say)
            case rules.VoteWeights():
                _vote_faults(rule, code, children, place, say)
            case rules.OptimisedWeights():
                _optimised_faults(rule, code, children, place, say)
            case rules.MerecWeights() | rules.GiniWeights() | rules.EntropyWeights():
                _sign_faults(framework, rule, code, place, say, lowest)
            case _:
                pass
    if own is not None:
        _name_faults(framework, code, here, say)


def method_weight_faults(framework: Framework, say: Any) -> None:
    """Find names in the method's own weights that stand nowhere in the framework."""
    known = {*framework.nodes, *framework.indicators}
    _unknown_names(framework.method.weights, known, ("method", "weights"), say)


def _flatten(
    rule: rules.Weights, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield place, rule
    if isinstance(rule, rules.CombinedWeights):
        for k, part in enumerate(rule.of):
            yield from _flatten(part, (*place, "of", k))


def _name_faults(framework: Framework, code: str, here: tuple[str | int, ...], say: Any) -> None:
    _unknown_names(framework.weights_of(code), set(framework.children(code)), here, say)


def _unknown_names(
    rule: rules.Weights, known: set[str], here: tuple[str | int, ...], say: Any
) -> None:
    for place, part in _flatten(rule, here):
        for where, pair in _pairs(part):
            left, _, right = split_pair(pair, ">=" if "votes" in where else "/")
            for name in (name for name in (left, right) if name not in known):
                listed = ", ".join(sorted(known)[:8])
                say(
                    (*place, *where, pair),
                    f"“{name}”不是这里的下级；有：{listed}",
                    f"“{name}” is no child here; there are: {listed}",
                )


def _pairs(rule: rules.Weights) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(rule, rules.AhpWeights):
        for k, judgement in enumerate(rule.judgements):
            for pair in judgement.pairs:
                yield ("judgements", k, "pairs"), pair
    if isinstance(rule, rules.VoteWeights):
        for k, ballot in enumerate(rule.ballots):
            for pair in ballot.votes:
                yield ("ballots", k, "votes"), pair


def _comparison_faults(
    rule: rules.AhpWeights,
    code: str,
    children: dict[str, float],
    place: tuple[str | int, ...],
    say: Any,
) -> None:
    names = list(children)
    wanted = [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    for k, judgement in enumerate(rule.judgements):
        given = {tuple(split_pair(pair, "/")[::2]) for pair in judgement.pairs}
        gaps = [f"{a}/{b}" for a, b in wanted if not {(a, b), (b, a)} & given]
        if gaps:
            who = Text(f"专家“{judgement.expert}”", f"expert “{judgement.expert}”")
            zh, en = (who.zh, who.en) if judgement.expert else ("", "the judgements")
            shown = ", ".join(gaps[:6]) + (" …" if len(gaps) > 6 else "")
            say(
                (*place, "judgements", k, "pairs"),
                f"节点“{code}”：{zh}缺少 {len(gaps)} 个两两比较：{shown}；例如 {gaps[0]}: 3",
                f"node “{code}”: {en} lack {len(gaps)} comparisons: {shown}; e.g. {gaps[0]}: 3",
            )


def _vote_faults(
    rule: rules.VoteWeights,
    code: str,
    children: dict[str, float],
    place: tuple[str | int, ...],
    say: Any,
) -> None:
    compared = {
        name
        for ballot in rule.ballots
        for pair in ballot.votes
        for name in split_pair(pair, ">=")[::2]
    }
    alone = [child for child in children if child not in compared]
    if alone and len(children) > 1:
        say(
            (*place, "ballots"),
            f"节点“{code}”：没有一票比较过“{'、'.join(alone)}”；例如 {alone[0]}>…: 12",
            f"node “{code}”: no vote compares “{', '.join(alone)}”; e.g. {alone[0]}>…: 12",
        )


def _optimised_faults(
    rule: rules.OptimisedWeights,
    code: str,
    children: dict[str, float],
    place: tuple[str | int, ...],
    say: Any,
) -> None:
    n = len(children)
    if isinstance(rule.target, dict) and set(rule.target) != set(children):
        wanted = ", ".join(children)
        say(
            (*place, "target"),
            f"节点“{code}”的 target 应恰好给出每个下级：{wanted}",
            f"the target of node “{code}” must name exactly its children: {wanted}",
        )
    if n * rule.least > 1 + 1e-12 or n * rule.most < 1 - 1e-12:
        say(
            (*place, "least" if n * rule.least > 1 else "most"),
            f"节点“{code}”有 {n} 个下级，份额 [{rule.least:g}, {rule.most:g}] 无解",
            f"node “{code}” has {n} children; shares in [{rule.least:g}, {rule.most:g}] cannot "
            "sum to 1",
        )


def _sign_faults(
    framework: Framework,
    rule: rules.FromData,
    code: str,
    place: tuple[str | int, ...],
    say: Any,
    lowest: Callable[[Framework, str], float],
) -> None:
    if rule.data == "figures" or getattr(rule, "convention", "raw") != "raw":
        return
    strict = rule.method == "merec"
    for child in framework.children(code):
        least = lowest(framework, child)
        if least < 0 or (strict and least == 0):
            say(
                place,
                f"{rule.method} 赋权要求得分{'大于' if strict else '不小于'} 0，"
                f"而节点“{code}”的“{child}”最低会到 {least:g}；请换归一化（例如 low: 1）",
                f"{rule.method} weights need scores {'above' if strict else 'of at least'} 0, but "
                f"“{child}” of node “{code}” reaches {least:g}; normalise otherwise (e.g. low: 1)",
            )
            return
