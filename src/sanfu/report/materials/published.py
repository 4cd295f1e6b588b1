"""Published facts that reports may print beside results, each with its source and date."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

import polars as pl
from pydantic import RootModel

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Derived, Fact
from sanfu.report.figures import bump, trend
from sanfu.report.figures.grammar import width_of
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts
    from sanfu.report.figures import About, Figure


class Drawing(Declaration):
    """How a published table is drawn, and what stands with its figure."""

    kind: Literal["bump", "trend"]
    unit: Label
    n: Label
    method: Label


class PublishedTable(Declaration):
    """One table as a published page shows it."""

    title: Label
    columns: tuple[Label, ...]
    rows: tuple[tuple[str | Label, ...], ...]
    """A cell is the same in both languages, or a label."""
    source: str
    date: str
    note: Label
    draw: Drawing | None = None


class _PublishedTables(RootModel[dict[str, PublishedTable]]):
    """The file content/facts.yaml."""


@cache
def published_tables() -> dict[str, PublishedTable]:
    """Read the published tables that ship."""
    return read_declaration(content_path("facts.yaml"), _PublishedTables).root


def published_material() -> Material:
    """Offer ``published.<name>`` tables and figures; note and source of each table as facts."""
    tables = published_tables()
    return Material(
        facts={
            f"published.{name}.{what}": fact
            for name, table in tables.items()
            for what, fact in (
                ("note", _quoted(str(table.note.text()), name, table)),
                ("source", Fact(_source(table))),
            )
        },
        tables={
            f"published.{name}": partial(_table, name, table) for name, table in tables.items()
        },
        figures={
            f"published.{name}": partial(_figure, name, table, table.draw)
            for name, table in tables.items()
            if table.draw is not None
        },
    )


def _quoted(words: str, name: str, found: PublishedTable) -> Fact:
    """Give what a published page says, with the page as its source."""
    trace = Derived(
        str(Text(f"公开事实：{found.title.text().zh}", f"published: {found.title.text().en}")),
        str(Text("照录公开资料，未经计算", "quoted as published, nothing computed")),
        (
            (str(Text("出处", "source")), found.source),
            (str(Text("日期", "date")), found.date),
        ),
    )
    return Fact(words, "words", trace=trace, home=f"published.{name}")


def _words(cell: str | Label) -> str:
    return cell if isinstance(cell, str) else str(cell.text())


def _source(found: PublishedTable) -> str:
    return f"{found.source}（{found.date}）"


def _table(name: str, found: PublishedTable, _: Item | None, facts: Facts) -> Table:
    def printed(words: str) -> Inline:
        if not any(mark.isdigit() for mark in words):
            return words
        return facts.print(facts.add(f"published.{name}.cell", _quoted(words, name, found)))

    rows = tuple(tuple(map(_words, row)) for row in found.rows)
    heads = [str(label.text()) for label in found.columns]
    wide = [max(map(width_of, column)) for column in zip(heads, *rows, strict=True)]
    columns = tuple(
        TableColumn(head, share=min(max(w, 60), 260)) for head, w in zip(heads, wide, strict=True)
    )
    told = tuple(tuple(map(printed, row)) for row in rows)
    return Table(str(found.title.text()), columns, told, source=_source(found))


def _figure(name: str, found: PublishedTable, draw: Drawing, _: Item | None) -> Figure:
    about: About = {
        "title": str(found.title.text()),
        "unit": str(draw.unit.text()),
        "source": found.source,
        "as_of": found.date,
        "n": str(draw.n.text()),
        "method": str(draw.method.text()),
        "synthetic": False,
    }
    table = str(Text("公开的表", "the published table"))
    behind = ((table, _quoted(about["title"], name, found)),)
    heads = [str(label.text()) for label in found.columns]
    if draw.kind == "bump":
        ranks = [
            {"name": _words(row[0]), "year": int(year), "rank": int(_words(cell))}
            for row in found.rows
            for year, cell in zip(heads[1:], row[1:], strict=True)
        ]
        return replace(bump(pl.DataFrame(ranks), **about), behind=behind)
    values = [
        {"name": heads[1], "year": int(_words(row[0])), "value": int(number)}
        for row in found.rows
        if (number := _words(row[1]).replace(",", "")).isdigit()
    ]
    return replace(trend(pl.DataFrame(values), decimals=0, **about), behind=behind)
