"""The design: which alternative of every choice each replicate takes, from uniform numbers.

A replicate is one row of uniform numbers, some columns for each choice; every choice turns its
columns into what it takes by the inverse of its distribution, so that the same declaration serves
random samples, scrambled Sobol sequences and the frozen columns of a Sobol analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.robustness.declaration import (
        Choice,
        DropChoice,
        Option,
        RobustnessPlan,
    )

Sampler = Literal["random", "sobol"]
Dropped = tuple[str, ...]

_GRAPH = ("method.aggregate", "method.missing", "method.weights")
_STEPS = ("method.screen", "method.denominate", "method.impute", "method.treat", "method.order")
_STEPS_OF_INDICATORS = (
    *("direction", "denominator", "scale", "goalposts", "target", "cap", "transform"),
    *("impute", "treat", "normalise"),
)


@dataclass(frozen=True)
class Factor:
    """One choice with the columns of uniform numbers that it takes."""

    name: str
    choice: Choice
    columns: slice
    alternatives: tuple[Mapping[str, Any], ...] = ()
    """What each alternative sets in the framework; empty for other kinds."""
    labels: tuple[str, ...] = ()
    edges: Array | None = None
    """Cumulated shares of the alternatives, the last 1."""
    candidates: tuple[str, ...] = ()
    """What may be dropped."""
    weights_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Nodes whose weights vary, each with its children in the plan's order."""

    @property
    def touches(self) -> tuple[bool, bool]:
        """Whether it changes the steps, and whether it changes the graph."""
        if self.choice.kind in ("draws", "imputations"):
            return True, False
        paths = [path for option in self.alternatives for path in option]
        if self.choice.kind == "between":
            paths.append(str(self.choice.path))
        return any(in_steps(path) for path in paths), any(not in_steps(path) for path in paths)

    def label(self, code: int) -> str:
        """Give an alternative's name."""
        return self.labels[code] if self.labels else str(code)


@dataclass(frozen=True, eq=False)
class Design:
    """What every replicate takes."""

    plan: RobustnessPlan
    factors: tuple[Factor, ...]
    uniforms: Array
    """``(replicate, column)``, in [0, 1)."""
    codes: Mapping[str, NDArray[np.int64]]
    """Choice → alternative, draw or data set of each replicate, for those that have such."""
    values: Mapping[str, Array]
    """Choice → value of each replicate, for ``between``."""
    dropped: Mapping[str, tuple[Dropped, ...]]
    """Choice → what each code of a drop leaves out."""

    def __len__(self) -> int:
        """Give the number of replicates."""
        return len(self.uniforms)


def in_steps(path: str) -> bool:
    """Tell whether an entry of the framework acts on the figures before they are aggregated."""
    head, *rest = path.split(".")
    if head == "method":
        return not path.startswith(_GRAPH)
    return head == "indicators" and rest[-1:] != [] and rest[1:2] != [] and _is_step(rest[1])


def _is_step(entry: str) -> bool:
    return entry in _STEPS_OF_INDICATORS


def make_factors(
    plan: RobustnessPlan, framework: Framework, units: Sequence[str], draws: int
) -> tuple[Factor, ...]:
    """Lay the choices out over columns of uniform numbers, and check what they name.

    Parameters
    ----------
    units
        The units that may be dropped.
    draws
        How many draws of the figures there are.

    Raises
    ------
    InputError
        A choice names a path, node, indicator or unit that is not there, or asks for draws that
        were not given.
    """
    factors: list[Factor] = []
    faults: list[Text] = []
    start = 0
    for name, choice in plan.choices.items():
        try:
            factor, width = _factor(name, choice, framework, units, draws, start)
        except InputError as wrong:
            zh, en = f"选择“{name}”：{wrong.text.zh}", f"choice “{name}”: {wrong.text.en}"
            faults.append(Text(zh, en))
            continue
        factors.append(factor)
        start += width
    if faults:
        raise InputError(
            Text("\n".join(fault.zh for fault in faults), "\n".join(fault.en for fault in faults))
        )
    return tuple(factors)


def _factor(
    name: str,
    choice: Choice,
    framework: Framework,
    units: Sequence[str],
    draws: int,
    start: int,
) -> tuple[Factor, int]:
    one = slice(start, start + 1)
    match choice.kind:
        case "values" | "options":
            return _alternatives(name, choice, framework, one), 1
        case "between":
            for end in choice.between or ():
                framework.vary({str(choice.path): int(end) if choice.whole else end})
            return Factor(name, choice, one), 1
        case "weights":
            return _weights(name, choice, framework, start)
        case "drop":
            assert choice.drop is not None  # noqa: S101 - it is of that kind
            candidates = _candidates(choice.drop, framework, units)
            width = choice.drop.count
            columns = slice(start, start + width)
            return Factor(name, choice, columns, candidates=candidates), width
        case "draws":
            if not draws:
                raise InputError(
                    Text(
                        "需要企业抽样的结果；请传入 draws=地区指标.replicates()",
                        "needs draws of the firms; pass draws=region_figures.replicates()",
                    )
                )
            return Factor(name, choice, one, edges=np.arange(1, draws + 1) / draws), 1
        case _:
            many = choice.imputations or 2
            return Factor(name, choice, one, edges=np.arange(1, many + 1) / many), 1


def _alternatives(name: str, choice: Choice, framework: Framework, one: slice) -> Factor:
    if choice.values is not None:
        sets: list[dict[str, Any]] = [{str(choice.path): value} for value in choice.values]
        labels = [_say(value) for value in choice.values]
        shares = np.ones(len(sets))
    else:
        options = choice.options or ()
        sets = [dict(option.set) for option in options]
        labels = [_option_label(option) for option in options]
        shares = np.asarray([option.share for option in options])
    for option in sets:
        _check_paths(framework, option)
    edges = np.cumsum(shares) / shares.sum()
    return Factor(name, choice, one, tuple(sets), tuple(labels), edges)


def _option_label(option: Option) -> str:
    if option.label is None:
        return "; ".join(f"{path}={_say(value)}" for path, value in option.set.items())
    return option.label if isinstance(option.label, str) else str(option.label.text())


def _check_paths(framework: Framework, option: Mapping[str, Any]) -> None:
    for path in option:
        head, *rest = path.split(".")
        known: dict[str, Any] = {
            "nodes": framework.nodes,
            "indicators": framework.indicators,
            "method": type(framework.method).model_fields,
        }
        if head not in known or not rest or rest[0] not in known[head]:
            near = ", ".join(list(known.get(head, known))[:12])
            raise InputError(
                Text(
                    f"体系中没有“{path}”；可写的有：{near}",
                    f"the framework has no “{path}”; there are: {near}",
                )
            )
        if path.startswith("method.time"):
            raise InputError(
                Text(
                    "method.time 不能作为不确定的选择；请分别计算后比较",
                    "method.time cannot be varied; build the two indices and compare them",
                )
            )


def _say(value: Any) -> str:
    """Say a value in short: a bare method by its name, its arguments behind."""
    if isinstance(value, dict):
        rest = {key: v for key, v in value.items() if key != "method" and v is not None}
        words = ", ".join(f"{key}={_say(v)}" for key, v in rest.items())
        head = str(value.get("method", ""))
        return f"{head}({words})" if words else head
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_say(v) for v in value) + "]"
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _weights(name: str, choice: Choice, framework: Framework, start: int) -> tuple[Factor, int]:
    rule = choice.weights
    assert rule is not None  # noqa: S101 - it is of that kind
    nodes = rule.nodes or framework.order()
    unknown = [node for node in nodes if node not in framework.nodes]
    if unknown:
        _refuse(unknown, list(framework.nodes))
    if rule.order is not None:
        named = [c for place in rule.order for c in ((place,) if isinstance(place, str) else place)]
        fitting = [n for n in nodes if set(named) == set(framework.children(n))]
        if not fitting:
            _refuse_order(framework, nodes, named)
        nodes = tuple(fitting[:1])
    if rule.sets is not None:
        for one in rule.sets:
            known = [*framework.nodes, *framework.indicators]
            unknown = [child for child in one if child not in known]
            if unknown:
                _refuse(unknown, known)
    weights_of = tuple((node, tuple(framework.children(node))) for node in nodes)
    if rule.sets is not None:
        edges = np.arange(1, len(rule.sets) + 1) / len(rule.sets)
        return Factor(name, choice, slice(start, start + 1), weights_of=weights_of, edges=edges), 1
    width = sum(len(children) for _, children in weights_of)
    return Factor(name, choice, slice(start, start + width), weights_of=weights_of), width


def _refuse(unknown: Sequence[str], known: Sequence[str]) -> None:
    some = ", ".join(known[:20])
    raise InputError(
        Text(
            f"没有：{'、'.join(unknown)}；有：{some}",
            f"unknown: {', '.join(unknown)}; known: {some}",
        )
    )


def _refuse_order(framework: Framework, nodes: Sequence[str], named: Sequence[str]) -> None:
    shown = "; ".join(f"{node}: {', '.join(framework.children(node))}" for node in nodes[:5])
    raise InputError(
        Text(
            f"order 应列出同一节点的全部下级，找到：{'、'.join(named)}；各节点的下级：{shown}",
            f"`order` lists all children of one node; found {', '.join(named)}; "
            f"the children are: {shown}",
        )
    )


def _candidates(rule: DropChoice, framework: Framework, units: Sequence[str]) -> tuple[str, ...]:
    if rule.indicators is not None:
        known, wanted = tuple(framework.indicators), rule.indicators
    elif rule.units is not None:
        known, wanted = tuple(dict.fromkeys(units)), rule.units
    else:
        known = tuple(code for code in framework.nodes if code != framework.root)
        wanted = rule.nodes or ()
    found = known if wanted == "all" else tuple(wanted)
    unknown = [code for code in found if code not in known]
    if unknown:
        _refuse(unknown, known)
    if len(found) <= rule.count and len(found) >= len(known):
        raise InputError(
            Text(
                f"要去掉 {rule.count} 个，而总共只有 {len(known)} 个",
                f"{rule.count} are to be dropped, and there are only {len(known)}",
            )
        )
    return found


def sample_uniforms(n: int, columns: int, seed: int, sampler: Sampler = "random") -> Array:
    """Give ``(n, columns)`` uniform numbers in [0, 1): independent, or a scrambled Sobol sequence.

    References
    ----------
    Owen (1998), Scrambling Sobol' and Niederreiter-Xing points; SciPy's ``stats.qmc.Sobol``.
    """
    if sampler == "random":
        return np.random.default_rng(seed).random((n, columns))
    from scipy.stats import qmc  # noqa: PLC0415 - heavy

    if columns > qmc.Sobol.MAXDIM:
        raise InputError(
            Text(
                f"需要 {columns} 维的 Sobol 序列，最多 {qmc.Sobol.MAXDIM} 维；请减少变动的权重",
                f"a Sobol sequence of {columns} dimensions is needed, at most {qmc.Sobol.MAXDIM} "
                "are there; let fewer weights vary",
            )
        )
    points = qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(seed))
    whole = points.random_base2(int(np.ceil(np.log2(max(n, 1)))))
    return np.minimum(whole[:n], np.nextafter(1.0, 0.0))


def realise(plan: RobustnessPlan, factors: Sequence[Factor], uniforms: Array) -> Design:
    """Turn uniform numbers into what every replicate takes."""
    codes: dict[str, NDArray[np.int64]] = {}
    values: dict[str, Array] = {}
    dropped: dict[str, tuple[Dropped, ...]] = {}
    for factor in factors:
        u = uniforms[:, factor.columns]
        if factor.edges is not None:
            codes[factor.name] = realise_codes(u[:, 0], factor.edges)
        elif factor.choice.between is not None:
            low, high = factor.choice.between
            if factor.choice.whole:
                values[factor.name] = np.floor(low + u[:, 0] * (high - low + 1))
            else:
                values[factor.name] = low + u[:, 0] * (high - low)
        elif factor.choice.drop is not None:
            codes[factor.name], dropped[factor.name] = _drops(u, factor, factor.choice.drop)
    return Design(plan, tuple(factors), uniforms, codes, values, dropped)


def realise_codes(u: Array, edges: Array) -> NDArray[np.int64]:
    """Give the alternative (from 0) of each uniform number, by cumulated shares up to 1."""
    return np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1).astype(np.int64)


def _drops(
    u: Array, factor: Factor, rule: DropChoice
) -> tuple[NDArray[np.int64], tuple[Dropped, ...]]:
    """Draw `count` different candidates; the first column also decides whether any is dropped."""
    many = len(factor.candidates)
    none = 1 / (many + 1) if rule.none is None else rule.none
    if none >= 1:
        return np.zeros(len(u), dtype=np.int64), ((),)
    spared = u[:, 0] < none
    first = np.clip((u[:, 0] - none) / (1 - none), 0, np.nextafter(1.0, 0.0))
    chosen = np.zeros((len(u), rule.count), dtype=np.int64)
    for place in range(rule.count):
        v = first if place == 0 else u[:, place]
        pick = np.floor(v * (many - place)).astype(np.int64)
        for earlier in np.sort(chosen[:, :place], axis=1).T:  # step over those already taken
            pick += pick >= earlier
        chosen[:, place] = pick
    chosen = np.sort(chosen, axis=1)
    chosen[spared] = -1
    rows, code = np.unique(chosen, axis=0, return_inverse=True)
    sets = tuple(tuple(factor.candidates[c] for c in row if c >= 0) for row in rows.tolist())
    return code.reshape(-1).astype(np.int64), sets


def coinr_codes(u: Array, alternatives: int) -> NDArray[np.int64]:
    """Give COINr's alternatives (from 0): equal bins over the sample's own range, R's ``cut``.

    The ends are moved out by 0.1 % of the range; a bin includes its upper edge. For parity only:
    what a replicate takes then depends on the other replicates.
    """
    low, high = float(u.min()), float(u.max())
    edges = np.linspace(low, high, alternatives + 1)
    edges[0] -= (high - low) / 1000
    edges[-1] += (high - low) / 1000
    return np.clip(np.searchsorted(edges, u, side="left") - 1, 0, alternatives - 1).astype(np.int64)


def draw_weights(
    design: Design, factor: Factor, node: str, weights: Array, rows: NDArray[np.int64]
) -> Array:
    """Give the node's weights under one choice.

    Parameters
    ----------
    weights
        ``(child,)`` or ``(replicate, child)`` as they stand, in the framework's order of children;
        NaN for a child that is not there.
    rows
        The replicates.

    Returns
    -------
    Array
        ``(replicate, child)``; the sum stays what it was, but for `noise` and `sets`.
    """
    rule = factor.choice.weights
    assert rule is not None  # noqa: S101 - it is of that kind
    stand = np.broadcast_to(weights, (len(rows), weights.shape[-1]))
    children = dict(factor.weights_of)[node]
    if rule.sets is not None:
        table = np.asarray([[s.get(c, np.nan) for c in children] for s in rule.sets])
        chosen = table[design.codes[factor.name][rows]]
        return np.asarray(np.where(np.isnan(chosen), stand, chosen))
    at = factor.columns.start
    for other, others in factor.weights_of:
        if other == node:
            break
        at += len(others)
    u = design.uniforms[rows, at : at + len(children)]
    if rule.noise is not None:
        return np.asarray(stand * (1 + rule.noise * (2 * u - 1)))
    there = ~np.isnan(stand)
    total = np.nansum(stand, axis=1, keepdims=True)
    if rule.precision is not None:
        from scipy.special import gammaincinv  # noqa: PLC0415 - heavy

        alpha = np.where(there, rule.precision * stand / total, 0)
        mass = np.where(alpha > 0, gammaincinv(np.where(alpha > 0, alpha, 1), u), 0)
    else:
        mass = np.where(there, -np.log1p(-u), 0)
    share = mass / mass.sum(axis=1, keepdims=True)
    if rule.order is not None:
        share = _ordered(share, rule.order, children)
    return np.asarray(share * total)


def _ordered(
    share: Array, order: Sequence[str | tuple[str, ...]], children: Sequence[str]
) -> Array:
    """Sort uniform shares so that the most important child has the largest; ties share a mean."""
    ranked = -np.sort(-share, axis=1)
    result = np.empty_like(share)
    place = 0
    for step in order:
        names = (step,) if isinstance(step, str) else step
        columns = [children.index(name) for name in names]
        result[:, columns] = ranked[:, place : place + len(names)].mean(axis=1, keepdims=True)
        place += len(names)
    return result
