"""What can be wrong with a framework before any figure is read.

The graph (unknown parents, circles, several tops, empty nodes, undeclared sharing) and the method
(steps that need what is not declared, combinations that cannot work).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sanfu.content import line_of
from sanfu.errors import Fault
from sanfu.formula import FormulaError, names_in, parse_formula
from sanfu.index import method_aggregate as aggregates
from sanfu.index import method_normalise as normals
from sanfu.index.framework_check_weights import method_weight_faults, weight_faults
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.framework import Framework


def graph_faults(document: Any) -> list[Fault]:
    """Find the faults of the graph in a loaded document, valid or not in its fields."""
    if not isinstance(document, dict):
        return []
    parts = [
        (kind, str(code), part)
        for kind in ("nodes", "indicators")
        if isinstance(document.get(kind), dict)
        for code, part in document[kind].items()
        if isinstance(part, dict)
    ]
    nodes = {code: _parents(part) for kind, code, part in parts if kind == "nodes"}
    faults: list[Fault] = []

    def say(kind: str, code: str, text: Text, *more: str) -> None:
        line = line_of(document, (kind, code, *more))
        faults.append(Fault(line, ".".join((kind, code, *more)), text))

    for kind, code, part in parts:
        _part_faults(kind, code, part, nodes, say)
    tops = [code for code, above in nodes.items() if not above]
    for code in tops[1:]:
        zh = f"没有上级的节点只能有一个（总指数），现有：{'、'.join(tops)}"
        en = f"only one node (the index) may have no parent; found: {', '.join(tops)}"
        say("nodes", code, Text(zh, en))
    for code in _circle(nodes):
        zh, en = "上级关系绕成了圈，请改其中一个 parent", "the parents run in a circle; change one"
        say("nodes", code, Text(zh, en))
    used = {parent for _, _, part in parts for parent in _parents(part)}
    for code in nodes:
        if code not in used:
            zh = "节点下面没有任何指标或节点，请删去或补上"
            en = "nothing stands below the node; remove it or add its indicators"
            say("nodes", code, Text(zh, en))
    return faults


def _parents(part: dict[str, Any]) -> list[str]:
    several, one = part.get("parents"), part.get("parent")
    if isinstance(several, dict) and several:
        return [str(parent) for parent in several]
    return [] if one is None else [str(one)]


def _part_faults(
    kind: str, code: str, part: dict[str, Any], nodes: dict[str, list[str]], say: Any
) -> None:
    field, parents = "parents" if part.get("parents") else "parent", _parents(part)
    for parent in parents:
        if parent not in nodes:
            near = ", ".join(sorted(nodes)[:8])
            zh = f"上级“{parent}”没有声明；已声明的节点：{near}"
            en = f"parent “{parent}” is not declared; declared nodes: {near}"
            say(kind, code, Text(zh, en), field)
    if part.get("parent") and part.get("parents"):
        text = Text("parent 与 parents 只能写一个", "give `parent` or `parents`, not both")
        say(kind, code, text, "parents")
    if len(parents) > 1 and not part.get("shared"):
        zh = f"有 {len(parents)} 个上级；如确为共用，请写 shared: true"
        en = f"has {len(parents)} parents; if it is meant to be shared, write shared: true"
        say(kind, code, Text(zh, en), field)
    if kind == "indicators" and not parents:
        zh, en = "指标没有上级，请写 parent: 节点代码", "has no parent; write parent: NODE"
        say(kind, code, Text(zh, en))
    if kind == "indicators" and code in nodes:
        zh, en = "代码与一个节点相同，请换一个", "the code is also a node's; choose another"
        say(kind, code, Text(zh, en))


def _circle(nodes: dict[str, list[str]]) -> list[str]:
    free = {code: {parent for parent in above if parent in nodes} for code, above in nodes.items()}
    while True:
        done = {code for code, above in free.items() if not above}
        if not done:
            return sorted(free)
        free = {code: above - done for code, above in free.items() if code not in done}


def method_faults(framework: Framework, document: Any = None) -> list[Fault]:
    """Find what the steps need and do not have, and what cannot be combined.

    Also the check that a robustness analysis makes of every variant before it runs.
    """
    faults: list[Fault] = []

    def say(where: Sequence[str | int], zh: str, en: str) -> None:
        line = None if document is None else line_of(document, where)
        faults.append(Fault(line, ".".join(str(step) for step in where), Text(zh, en)))

    for code, indicator in framework.indicators.items():
        here = ("indicators", code)
        rule = indicator.normalise or framework.method.normalise
        needs_posts = (
            (rule.method == "goalposts" and rule.goalposts is None)
            or (rule.method == "efficacy" and rule.bounds == "goalposts")
            or (rule.method == "ampi" and rule.reference == "goalposts_middle")
        )
        if needs_posts and indicator.goalposts is None:
            say(
                here,
                f"归一化方法 {rule.method} 需要 goalposts，例如 goalposts: [0, 100]",
                f"normalisation {rule.method} needs goalposts, e.g. goalposts: [0, 100]",
            )
        if indicator.goalposts is not None and indicator.goalposts[0] >= indicator.goalposts[1]:
            say(
                (*here, "goalposts"),
                "goalposts 应为 [下限, 上限]，下限小于上限（方向由 direction 表示）",
                "goalposts are [lower, upper] with lower < upper (direction says which is better)",
            )
        if rule.method == "distance_to_target" and indicator.target is None:
            say(
                here,
                "归一化方法 distance_to_target 需要 target，例如 target: 4.5",
                "normalisation distance_to_target needs target, e.g. target: 4.5",
            )
    method_weight_faults(framework, say)
    for code in framework.order():
        weight_faults(framework, code, say, lowest_possible)
        _aggregator_faults(framework, code, say)
        _sign_faults(framework, code, say)
    return faults


def _aggregator_faults(framework: Framework, code: str, say: Any) -> None:
    here = ("nodes", code)
    children = framework.children(code)
    match framework.aggregate_of(code):
        case aggregates.Owa(places=places) if places and len(places) != len(children):
            zh = f"OWA 有 {len(places)} 个位置权重，下级有 {len(children)} 个"
            en = f"OWA has {len(places)} places, the node has {len(children)} children"
            say(here, zh, en)
        case aggregates.Bod() as rule:
            _bod_faults(framework, code, rule, say)
        case aggregates.Choquet(mobius=mobius):
            named = {name for group in mobius for name in group.split("+")}
            for unknown in sorted(named - set(children)):
                zh, en = (
                    f"Choquet 中的“{unknown}”不是其下级",
                    f"Choquet names “{unknown}”, no child",
                )
                say(here, zh, en)
        case aggregates.ByFormula(formula=formula):
            try:
                names = names_in(parse_formula(formula))
            except FormulaError as wrong:
                say(here, wrong.text.zh, wrong.text.en)
                return
            for unknown in (name for name in names if name not in children):
                zh, en = (
                    f"公式中的“{unknown}”不是其下级",
                    f"the formula names “{unknown}”, no child",
                )
                say(here, zh, en)


def _bod_faults(framework: Framework, code: str, rule: aggregates.Bod, say: Any) -> None:
    children = framework.children(code)
    here, n = ("nodes", code), len(children)
    if n * rule.lower > 1 + 1e-12 or n * rule.upper < 1 - 1e-12:
        say(
            here,
            f"BoD 有 {n} 个下级，份额 [{rule.lower:g}, {rule.upper:g}] 无解：下限 ≤ 1/{n} ≤ 上限",
            f"BoD over {n} children: shares in [{rule.lower:g}, {rule.upper:g}] cannot sum to 1; "
            f"lower ≤ 1/{n} ≤ upper",
        )
    for unknown in sorted(set(rule.direction or {}) - set(children)):
        zh, en = f"direction 中的“{unknown}”不是其下级", f"direction names “{unknown}”, no child"
        say(here, zh, en)
    for child in children:
        lowest = lowest_possible(framework, child)
        if lowest < 0:
            say(
                here,
                f"BoD 要求得分不小于 0，而“{child}”最低会到 {lowest:g}；请换归一化，例如 minmax",
                f"BoD needs scores of at least 0, but “{child}” reaches {lowest:g}; normalise "
                "otherwise, e.g. minmax",
            )


def _sign_faults(framework: Framework, code: str, say: Any) -> None:
    rule = framework.aggregate_of(code)
    if not needs_positive(rule):
        return
    offset = getattr(rule, "offset", 0)
    allowed = getattr(rule, "zero", "refuse") == "zero"
    for child in framework.children(code):
        lowest = lowest_possible(framework, child) + offset
        if lowest < 0 or (lowest == 0 and not allowed):
            shown = "−∞" if lowest == -math.inf else f"{lowest:g}"
            say(
                ("nodes", code),
                f"{rule.method} 平均要求得分大于 0，而“{child}”最低会到 {shown}；"
                "请把归一化下限改为正数（例如 low: 1），或写 offset: 1，"
                "或写 zero: zero 让 0 分使该节点为 0"
                + ("" if child in framework.indicators else "；下级节点也可写 rescale"),
                f"the {rule.method} mean needs scores above 0, but “{child}” reaches {shown}; "
                "normalise to a positive low (e.g. low: 1), or declare offset: 1, "
                "or zero: zero to let a score of 0 make the node 0"
                + ("" if child in framework.indicators else "; or rescale the node below"),
            )


def needs_positive(rule: aggregates.Aggregate) -> bool:
    """Tell whether an aggregator is only defined for scores above 0."""
    return rule.method in ("geometric", "harmonic") or (
        isinstance(rule, aggregates.Generalised) and (rule.power < 0 or rule.power % 1 != 0)
    )


def lowest_possible(framework: Framework, code: str) -> float:
    """Give the lowest score that a child certainly reaches, +inf where only the data can tell.

    Only what is certain is refused before the run; the rest is checked on the figures.
    """
    if code in framework.indicators:
        return _lowest_normalised(
            framework.indicators[code].normalise or framework.method.normalise
        )
    node = framework.nodes[code]
    if node.rescale is not None:
        return _lowest_normalised(node.rescale)
    # wins less losses sum to 0 over the units, and the last by VIKOR has 0
    compares = framework.aggregate_of(code).method in ("copeland", "promethee", "vikor")
    return 0 if compares else math.inf


def _lowest_normalised(rule: normals.Normalise) -> float:
    match rule:
        case normals.MinMax(over="base"):
            return math.inf
        case normals.MinMax():
            return min(rule.low, rule.high)
        case normals.ZScore(over="base"):
            return math.inf
        case normals.ZScore():
            return -math.inf if rule.mean <= 0 else math.inf
        case normals.RobustZ():
            return -math.inf if rule.centre <= 0 else math.inf
        case normals.PercentileRank() | normals.Borda() | normals.DistanceToMaximum():
            return 0
        case normals.Quantile(distribution="normal"):
            return -math.inf
        case _:
            return math.inf
