"""Variants of a framework: quickly made, without some parts, and what depends on what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanfu.errors import InputError
from sanfu.index import method_aggregate as rules
from sanfu.index.framework import parse_framework
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.framework import Framework


def vary_quickly(framework: Framework, changes: Mapping[str, Any]) -> Framework:
    """Vary without checking the combination (done once for each before); quick for the method."""
    return vary_unchecked(framework, changes) if changes else framework


def vary_unchecked(framework: Framework, changes: Mapping[str, Any]) -> Framework:
    """Give the framework with entries replaced, checked field by field but not as a whole."""
    document = (
        {"method": framework.method.model_dump(mode="json")}
        if all(path.startswith("method.") for path in changes)
        else framework.model_dump(mode="json")
    )
    for path, value in changes.items():
        *way, last = path.split(".")
        place = document
        for step in way:
            if not isinstance(place.get(step), dict):
                place[step] = {}
            place = place[step]
        place[last] = value
    if len(document) == 1:
        method = type(framework.method).model_validate(document["method"])
        return framework.model_copy(update={"method": method})
    return type(framework).model_validate(document)


_ONE_SCALE = (
    *("arithmetic", "geometric", "harmonic", "generalised", "median", "minimum", "maximum"),
    *("owa", "mpi", "choquet"),
)
"""Aggregators whose score is on the scale of the children's."""


def changes_scale(path: str, value: Any) -> bool:
    """Tell whether an entry, if it varies, may put the scores on another scale."""
    last = path.rsplit(".", maxsplit=1)[-1]
    if "normalise" in path.split(".") or last == "rescale":
        return True
    method = value.get("method") if isinstance(value, dict) else value
    return last == "aggregate" and method not in _ONE_SCALE


def remove_parts(framework: Framework, parts: Sequence[str]) -> Framework:
    """Give the framework without some indicators or nodes, and without what then hangs nowhere.

    Raises
    ------
    InputError
        Nothing would be left.
    DeclarationFaults
        A formula or capacity names what is gone.
    """
    document = framework.model_dump(mode="json")
    gone = set(parts)
    while gone:
        for kind in ("nodes", "indicators"):
            document[kind] = {c: p for c, p in document[kind].items() if c not in gone}
        gone = _orphans(document, gone)
    if not document["indicators"] or not document["nodes"]:
        raise InputError(
            Text(
                f"去掉 {'、'.join(parts)} 后没有剩下任何指标",
                f"without {', '.join(parts)} no indicator is left",
            )
        )
    return parse_framework(document, framework.framework)


def _orphans(document: dict[str, Any], gone: set[str]) -> set[str]:
    """Cut the edges to what is gone; give the parts that thereby lose all parents or children."""
    lost: set[str] = set()
    used: set[str] = set()
    for kind in ("nodes", "indicators"):
        for code, part in document[kind].items():
            had = set(part["parents"] or {}) | ({part["parent"]} if part["parent"] else set())
            if part["parent"] in gone:
                part["parent"] = None
            part["parents"] = {p: w for p, w in (part["parents"] or {}).items() if p not in gone}
            left = set(part["parents"]) | ({part["parent"]} if part["parent"] else set())
            used |= left
            if had and not left:
                lost.add(code)
    return lost | {code for code in document["nodes"] if code not in used}


def mixes_columns(framework: Framework) -> bool:
    """Tell whether leaving an indicator out before the steps changes the other columns."""
    screen = framework.method.screen
    if screen is not None and (screen.available is not None or screen.nonzero is not None):
        return True
    usual = framework.method.impute
    used = [part.impute or usual for part in framework.indicators.values()]
    mixing = ("row_mean", "row_median", "em", "multiple", "nearest")
    return any(rule is not None and rule.method in mixing for rule in used)


_BY_WEIGHT = (rules.Arithmetic, rules.Total, rules.Geometric, rules.Harmonic)


def leaves_out_by_weight(framework: Framework) -> bool:
    """Tell whether a weight of 0 is the same as leaving a child out, at every node."""
    for node in framework.nodes:
        missing = framework.missing_of(node)
        weights = framework.weights_of(node)
        if not isinstance(framework.aggregate_of(node), _BY_WEIGHT):
            return False
        if missing.rule == "impute" or (missing.rule == "share" and missing.basis == "count"):
            return False
        if weights.method not in ("declared", "equal"):
            return False
    return True


def derives_weights(framework: Framework) -> bool:
    """Tell whether any node's weights are made of figures or scores."""
    return any(framework.weights_of(n).method not in ("declared", "equal") for n in framework.nodes)


def compares_rows(framework: Framework) -> bool:
    """Tell whether a node's score of one row depends on rows of other years."""
    if framework.method.time.method != "levels":
        return True
    for code, node in framework.nodes.items():
        if (
            node.rescale is not None
            or isinstance(framework.aggregate_of(code), rules.Relative)
            or framework.missing_of(code).rule == "impute"
            or framework.weights_of(code).method not in ("declared", "equal")
        ):
            return True
    return False
