"""What each criterion of a book is decided by, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.formula import Compare, Node, NotComparable, clear, names_in
from sanfu.ladder.emit import scales_of

if TYPE_CHECKING:
    from sanfu.formula import Cleared, Terms
    from sanfu.ladder.book import Book


def trace_of(book: Book) -> pl.DataFrame:
    """Give one row an indicator and rule, in the order of the book."""
    rows = []
    for one in book.indicators:
        nodes = [condition for steps in one.steps for condition, _ in steps.conditions]
        rows.append(
            {
                "criterion": one.id,
                "parent": one.group,
                "how": "points",
                "label": one.indicator.label.zh,
                "formula": one.given or "；".join(_written(book, one.id)),
                "cleared": "；".join(
                    words for node in nodes if (words := cleared_words(node, book))
                ),
                "columns": ", ".join(dict.fromkeys(n for node in nodes for n in names_in(node))),
            }
        )
    for rule in book.rules:
        criterion = rule.criterion
        joined = ", ".join(rule.children)
        formula = "" if criterion is None else criterion.when or criterion.judge or ""
        if rule.how == "points":
            formula = f"{rule.points_of} >= {rule.at_least} 分"
        rows.append(
            {
                "criterion": rule.id,
                "parent": rule.parent or "",
                "how": rule.how,
                "label": "" if criterion is None else criterion.label.zh,
                "formula": formula or f"{rule.how}({joined})",
                "cleared": "" if rule.formula is None else cleared_words(rule.formula, book),
                "columns": rule.column or ", ".join(names_in(rule.formula) if rule.formula else ()),
            }
        )
    for row in rows:
        for field in ("article", "text", "mark"):
            row[field] = book.inherited(row["criterion"], field)
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def _written(book: Book, name: str) -> list[str]:
    one = next(each.indicator for each in book.indicators if each.id == name)
    found = [one.of] if one.of else []
    found += [scale.of for scale in one.best_of or ()]
    found += [band.when for band in one.cases or () if band.when]
    found += [item.when for item in one.each.items] if one.each else []
    found += [f"{one.per.of} / {one.per.every}"] if one.per else []
    return [words for words in found if words]


def cleared_words(node: Node, book: Book) -> str:
    """Write a comparison as it is computed, such as ``100·rd_expense >= 3·revenue``."""
    if not isinstance(node, Compare):
        return ""
    try:
        cleared = clear(node, scales_of(book))
    except NotComparable:
        return ""
    return words_of(cleared)


def words_of(cleared: Cleared) -> str:
    """Write a cleared comparison and what must be above zero."""
    said = f"{_sum(cleared.left)} {cleared.operator} {_sum(cleared.right)}"
    guards = [f"{_sum(terms)} > 0" for terms in cleared.positive]
    return said if not guards else f"{said}（{', '.join(guards)}）"


def _sum(terms: Terms) -> str:
    if not terms:
        return "0"
    said = []
    for product, factor in terms:
        parts = [str(factor)] if factor != 1 or not product else []
        said.append("·".join([*parts, *product]))
    return " + ".join(said)
