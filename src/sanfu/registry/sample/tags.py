"""Derive the `tags` frame by a scheme's versioned rules: one firm, many tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.registry.sample.cells import kinds
from sanfu.registry.sample.plan import shanghai_lines, shanghai_scheme

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEI = "战略性新兴产业"


def make_tags(firm: list[str], kind: NDArray[np.int64], sei: NDArray[np.bool_]) -> pl.DataFrame:
    """Give each firm the tags that the rules find in its class and main product.

    The strategic emerging industries need the mapping of 2018, which is not at hand: there the tag
    is a drawn flag and its rule says so.

    Returns
    -------
    polars.DataFrame
        ``firm, scheme, tag, rule, group``.
    """
    scheme, lines = shanghai_scheme(), shanghai_lines()
    by_kind = [
        [
            (rule.tag, rule.rule, rule.group)
            for rule in scheme.rules
            if rule.holds(lines[line].code, lines[line].products[product])
        ]
        for line, product in kinds()
    ]
    rows = [
        (name, scheme.scheme, *tag)
        for name, number in zip(firm, kind.tolist(), strict=True)
        for tag in by_kind[number]
    ]
    rows += [
        (firm[position], "sei-2018", SEI, "drawn-flag@sample", "sei")
        for position in np.flatnonzero(sei).tolist()
    ]
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys(("firm", "scheme", "tag", "rule", "group"), pl.String),
        orient="row",
    ).sort("firm", "scheme", "rule", "tag")
