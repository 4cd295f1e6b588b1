"""What the tables of coherence mean, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from sanfu.index.finding import Finding
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.coherence.limits import Limits
    from sanfu.index.coherence.material import Material

STEP = "coherence"
_SHOWN = 5


def say(code: str, severity: Literal["warning", "note"], item: str, zh: str, en: str) -> Finding:
    """Make a finding of coherence."""
    return Finding(code, severity, item, Text(zh, en), STEP)


def _listed(items: Sequence[Text]) -> Text:
    shown = items[:_SHOWN]
    more = len(items) - len(shown)
    zh, en = "、".join(t.zh for t in shown), ", ".join(t.en for t in shown)
    if more:
        zh, en = f"{zh} 等 {len(items)} 处", f"{en} and {more} more"
    return Text(zh, en)


def _pair(material: Material, a: str, b: str, r: float) -> Text:
    one, two = material.label(a), material.label(b)
    return Text(f"“{one.zh}”与“{two.zh}”（{r:.2f}）", f"“{one.en}” and “{two.en}” ({r:.2f})")


def pair_findings(material: Material, pairs: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say which children of a node run against each other or repeat each other."""
    found = []
    for node in material.children:
        label, inside = material.label(node), pairs.filter(pl.col("node") == node)
        bad = inside.filter(pl.col("flag") == "negative").sort("r")
        if bad.height:
            who = _listed(
                [_pair(material, a, b, r) for a, b, r in bad.select("a", "b", "r").rows()]
            )
            found.append(
                say(
                    "negative-within",
                    "warning",
                    node,
                    f"“{label.zh}”内部互相抵消（相关为负）：{who.zh}；请核对方向或是否属于同一分项",
                    f"within “{label.en}” some run against each other: {who.en}; check their "
                    "directions, or whether they belong together",
                )
            )
        low = inside.filter(pl.col("flag") == "low").height
        if low:
            found.append(
                say(
                    "low-within",
                    "note",
                    node,
                    f"“{label.zh}”内 {inside.height} 对中有 {low} 对的相关低于 {limits.low:g}",
                    f"within “{label.en}” {low} of {inside.height} pairs correlate less than "
                    f"{limits.low:g}",
                )
            )
    same = pairs.filter(pl.col("flag") == "redundant").sort("r", descending=True)
    for a, b, r in same.select("a", "b", "r").rows():
        one, two = material.label(a), material.label(b)
        found.append(
            say(
                "redundant",
                "warning",
                a,
                f"“{one.zh}”与“{two.zh}”的相关为 {r:.2f} > {limits.high:g}："
                "几乎是同一回事，等于重复计分",
                f"“{one.en}” and “{two.en}” correlate {r:.2f} > {limits.high:g}: they say the same "
                "thing and count it twice",
            )
        )
    return found


def belonging_findings(material: Material, table: pl.DataFrame) -> list[Finding]:
    """Say which indicators run against their own node, or belong rather to another."""
    found = []
    for code, node, own, _, other, other_r, _ in table.iter_rows():
        if own is None:
            continue
        label, home = material.label(code), material.label(node)
        if own < 0:
            found.append(
                say(
                    "against-own",
                    "warning",
                    code,
                    f"“{label.zh}”与自己的分项“{home.zh}”相关为负（{own:.2f}）：得分高反而使分项偏低",
                    f"“{label.en}” correlates negatively ({own:.2f}) with its own “{home.en}”",
                )
            )
        elif other is not None and other_r is not None and other_r > own:
            else_where = material.label(other)
            found.append(
                say(
                    "belongs-elsewhere",
                    "note",
                    code,
                    f"“{label.zh}”与“{else_where.zh}”的相关（{other_r:.2f}）高于"
                    f"与自己的“{home.zh}”（{own:.2f}）",
                    f"“{label.en}” correlates more with “{else_where.en}” ({other_r:.2f}) than "
                    f"with its own “{home.en}” ({own:.2f})",
                )
            )
    return found


def node_findings(
    material: Material, nodes: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> list[Finding]:
    """Say which nodes are not one thing."""
    found = []
    for row in nodes.iter_rows(named=True):
        label = material.label(row["node"])
        if row["alpha"] is not None and row["alpha"] < limits.alpha:
            better = items.filter(
                (pl.col("node") == row["node"]) & (pl.col("alpha_if_dropped") > row["alpha"])
            ).sort("alpha_if_dropped", descending=True)
            zh, en = "", ""
            if better.height:
                child, rise = better.row(0, named=True)["child"], better["alpha_if_dropped"][0]
                name = material.label(child)
                zh = f"；去掉“{name.zh}”后为 {rise:.2f}"
                en = f"; without “{name.en}” it is {rise:.2f}"
            found.append(
                say(
                    "low-alpha",
                    "warning",
                    row["node"],
                    f"“{label.zh}”的 Cronbach α = {row['alpha']:.2f} < {limits.alpha:g}{zh}",
                    f"Cronbach's alpha of “{label.en}” is {row['alpha']:.2f} < "
                    f"{limits.alpha:g}{en}",
                )
            )
        found += _component_findings(label, row, limits)
    return found


def _component_findings(label: Text, row: dict[str, object], limits: Limits) -> list[Finding]:
    found, node = [], str(row["node"])
    count, share, kmo, p = row["components"], row["explained"], row["kmo"], row["p"]
    if isinstance(count, int) and count > 1:
        found.append(
            say(
                "several-dimensions",
                "note",
                node,
                f"“{label.zh}”有 {count} 个特征值大于 {limits.eigenvalue:g} 的主成分，不止一个维度",
                f"“{label.en}” has {count} components with an eigenvalue above "
                f"{limits.eigenvalue:g}: more than one dimension",
            )
        )
    if row["mixed_signs"]:
        found.append(
            say(
                "mixed-signs",
                "warning",
                node,
                f"“{label.zh}”第一主成分的载荷有正有负：有的下级与其余方向相反",
                f"loadings of “{label.en}” on its first component have both signs: some children "
                "run against the others",
            )
        )
    if isinstance(share, float) and share < limits.explained:
        found.append(
            say(
                "weak-component",
                "note",
                node,
                f"“{label.zh}”第一主成分只解释 {share:.0%} 的差异（< {limits.explained:.0%}）",
                f"the first component of “{label.en}” explains {share:.0%} "
                f"(< {limits.explained:.0%})",
            )
        )
    pairwise = row["children"] == 2  # KMO of two is always 0.5
    if isinstance(kmo, float) and kmo < limits.kmo and not pairwise:
        found.append(
            say(
                "low-kmo",
                "note",
                node,
                f"“{label.zh}”的 KMO = {kmo:.2f} < {limits.kmo:g}，不适合做因子分析",
                f"KMO of “{label.en}” is {kmo:.2f} < {limits.kmo:g}: little for a factor analysis",
            )
        )
    if isinstance(p, float) and p > limits.significance:
        found.append(
            say(
                "no-correlation",
                "warning",
                node,
                f"“{label.zh}”的下级之间看不出相关（Bartlett p = {p:.2f}）",
                f"the children of “{label.en}” show no correlation at all (Bartlett p = {p:.2f})",
            )
        )
    return found


def item_findings(material: Material, items: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say which children their brothers explain."""
    found = []
    high = items.filter(pl.col("inflation") > limits.inflation)
    for node, child, value in high.select("node", "child", "inflation").rows():
        label, home = material.label(child), material.label(node)
        found.append(
            say(
                "collinear",
                "note",
                child,
                f"“{label.zh}”几乎可由“{home.zh}”的其余下级推出（方差膨胀因子 {value:.0f}）",
                f"“{label.en}” follows almost from the others of “{home.en}” (variance inflation "
                f"factor {value:.0f})",
            )
        )
    return found


def importance_findings(material: Material, table: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say whose importance is not its weight."""
    found = []
    for node, child, weight, _, _, ratio, share, times in table.iter_rows():
        if times is None or 1 / limits.importance <= times <= limits.importance:
            continue
        label, home = material.label(child), material.label(node)
        more = times > 1
        found.append(
            say(
                "weight-not-importance",
                "warning",
                child,
                f"“{label.zh}”在“{home.zh}”中权重 {weight:.0%}，重要性份额 {share:.0%}"
                f"（S = {ratio:.2f}）：{'实际作用大于' if more else '实际作用小于'}权重",
                f"“{label.en}” has {weight:.0%} of the weight of “{home.en}” but {share:.0%} of "
                f"the importance (S = {ratio:.2f}): it matters {'more' if more else 'less'} "
                "than its weight",
            )
        )
    return found


def column_findings(material: Material, statistics: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say which columns have little data, or outliers."""
    found = []
    for row in statistics.iter_rows(named=True):
        code, label = row["code"], material.label(row["code"])
        if row["low_data"]:
            found.append(
                say(
                    "low-data",
                    "warning",
                    code,
                    f"“{label.zh}”只有 {row['available']:.0%} 的单元有数据"
                    f"（应 ≥ {limits.available:.0%}）",
                    f"only {row['available']:.0%} of units have “{label.en}” "
                    f"(expected {limits.available:.0%})",
                )
            )
        if row["n"] and row["min"] == row["max"]:
            found.append(
                say(
                    "constant-column",
                    "warning",
                    code,
                    f"“{label.zh}”所有单元都是 {row['min']:g}，不能区分任何单元",
                    f"“{label.en}” is {row['min']:g} for every unit and tells nobody apart",
                )
            )
    return found


def size_findings(material: Material, size: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say what goes with size."""
    found = []
    for code, name, r in size.select("code", "denominator", "r").rows():
        if r is not None and abs(r) > limits.size:
            label = material.label(code)
            found.append(
                say(
                    "size",
                    "note",
                    code,
                    f"“{label.zh}”与 {name} 的相关为 {r:.2f}：是否该除以分母？",
                    f"“{label.en}” correlates {r:.2f} with {name}: should it be denominated?",
                )
            )
    return found
