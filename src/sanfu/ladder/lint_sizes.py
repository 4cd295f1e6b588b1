"""Check the table of size classes: its limits with their units, their order, and its industries."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from sanfu.content import content_path, line_of, load_yaml, validate_declaration
from sanfu.content.measures import measures
from sanfu.formula import FormulaError, Number, parse_formula
from sanfu.ladder.lint import LintFinding
from sanfu.ladder.units import kind_of
from sanfu.language import Text
from sanfu.registry.sme_size import SizeScheme

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.ladder.lint import Place
    from sanfu.registry.sme_size import SizeRow

SIZES = "sme-size-2011"
"""Name of the table that ships, beside those of the rulebooks."""
_CODE = re.compile(r"\d{2,4}")


def lint_sizes(path: Path | None = None) -> tuple[LintFinding, ...]:
    """Find limits of a wrong unit or order, and industries that two rows share.

    Parameters
    ----------
    path
        An office's own table, else the one that ships.

    Raises
    ------
    DeclarationFaults
        It is no table of size classes.
    """
    source = path or content_path("schemes", "sme_size_2011.yaml")
    document = load_yaml(source)
    scheme = validate_declaration(document, SizeScheme, source)
    found: list[LintFinding] = []

    def say(place: Place, text: Text) -> None:
        where = "/".join(
            scheme.rows[step].name.zh if isinstance(step, int) and at == 1 else str(step)
            for at, step in enumerate(place)
        )
        found.append(LintFinding("error", line_of(document, list(place)), where, text))

    taken: dict[str, str] = {}
    for number, row in enumerate(scheme.rows):
        for place, text in _limits(row):
            say(("rows", number, "limits", *place), text)
        for at, code in enumerate(row.industries):
            place = ("rows", number, "industries", at)
            if not _CODE.fullmatch(code):
                said = f"“{code}”不是国民经济行业的两到四位数字代码"
                say(place, Text(said, f"“{code}” is no industry code of 2 to 4 digits"))
            for other, name in taken.items():
                if code.startswith(other) or other.startswith(code):
                    zh = f"行业 {code} 与“{name}”的 {other} 重叠"
                    say(place, Text(zh, f"industry {code} overlaps {other} of “{name}”"))
            taken[code] = row.name.zh
    return tuple(found)


def _limits(row: SizeRow) -> list[tuple[Place, Text]]:
    found: list[tuple[Place, Text]] = []
    for measure, limits in row.limits.items():
        wanted, values = measures()[measure].kind, []
        for at, limit in enumerate(limits):
            try:
                node = parse_formula(limit)
            except FormulaError as wrong:
                found.append(((measure, at), wrong.text))
                continue
            if not isinstance(node, Number) or node.value.denominator != 1:
                text = Text(f"“{limit}”不是整数", f"“{limit}” is no whole amount")
                found.append(((measure, at), text))
                continue
            if kind_of(node) != wanted:
                zh = f"“{limit}”的单位与指标（{measure}，{wanted}）不符"
                en = f"the unit of “{limit}” is not that of the measure ({measure}, {wanted})"
                found.append(((measure, at), Text(zh, en)))
            values.append((at, node.value))
        for (_, more), (at, less) in pairwise(values):
            if less >= more:
                zh = f"下限应由大到小；{limits[at]} 不小于 {limits[at - 1]}，有一类不可能出现"
                en = (
                    f"limits fall from large to small; {limits[at]} is not below "
                    f"{limits[at - 1]}: a class cannot occur"
                )
                found.append(((measure, at), Text(zh, en)))
    return found
