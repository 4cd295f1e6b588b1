"""The choices laid out: which columns of uniform numbers each takes, and what it may become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.robustness.declaration import (
        Choice,
        DropChoice,
        Option,
        RobustnessPlan,
    )

_GRAPH = ("method.aggregate", "method.missing", "method.weights")
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


def in_steps(path: str) -> bool:
    """Tell whether an entry of the framework acts on the figures before they are aggregated."""
    head, *rest = path.split(".")
    if head == "method":
        return not path.startswith(_GRAPH)
    return head == "indicators" and len(rest) > 1 and rest[1] in _STEPS_OF_INDICATORS


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
