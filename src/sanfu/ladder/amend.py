"""Change a rulebook's document at named places: overlays, amendments and reforms are one thing."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def amend(
    document: dict[str, Any], changes: Sequence[tuple[str, Any]], *, source: Path | str
) -> dict[str, Any]:
    """Give a changed copy of a document.

    Parameters
    ----------
    document
        Plain dicts, lists and scalars.
    changes
        (place, what is put there). A place is a path of keys, positions and ids:
        ``indicators/rd/bands/0/from``. A step in a list of things with an ``id`` is an id, at any
        depth below ``all`` and ``any``. Putting null removes; a list put at an item of a list takes
        its place item by item; a last step ``+`` adds to a list.
    source
        What is named in a fault.

    Raises
    ------
    InputError
        A place does not exist; says which there are.
    """
    changed = copy.deepcopy(document)
    for place, put in changes:
        *way, last = place.split("/")
        node: Any = changed
        for step in way:
            holder, key = _find(node, step, place, source)
            node = holder[key]
        if last == "+" and isinstance(node, list):
            node.extend(put if isinstance(put, list) else [put])
            continue
        if isinstance(node, dict) and last not in node and not _has_children(node):
            node[last] = put
            continue
        holder, key = _find(node, last, place, source)
        if put is None:
            del holder[key]
        elif isinstance(holder, list) and isinstance(put, list):
            holder[key : key + 1] = put
        else:
            holder[key] = put
    return changed


def _has_children(node: dict[str, Any]) -> bool:
    return "all" in node or "any" in node


def _find(node: Any, step: str, place: str, source: Path | str) -> tuple[Any, Any]:
    """Give the container and key of a step."""
    if isinstance(node, dict):
        if step in node:
            return node, step
        for way in ("all", "any"):
            if way in node:
                return _find(node[way], step, place, source)
        known = list(node)
    elif isinstance(node, list):
        if step.isdigit() and int(step) < len(node):
            return node, int(step)
        found = _by_id(node, step)
        if found is not None:
            return found
        known = [item.get("id", "?") if isinstance(item, dict) else "?" for item in node]
    else:
        known = []
    listed = "、".join(str(one) for one in known)
    raise InputError(
        Text(
            f"{source}：改动位置“{place}”里没有“{step}”；这里有：{listed or '无'}",
            f"{source}: the place “{place}” has no “{step}”; there are: {listed or 'none'}",
        )
    )


def _by_id(items: list[Any], name: str) -> tuple[list[Any], int] | None:
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        if item.get("id") == name:
            return items, position
        for way in ("all", "any"):
            if way in item:
                found = _by_id(item[way], name)
                if found is not None:
                    return found
    return None
