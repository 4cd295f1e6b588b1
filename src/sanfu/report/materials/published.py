"""Published facts that reports may print beside results, each with its source and date."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import RootModel

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Fact
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from collections.abc import Callable

    from sanfu.report.facts import Facts


class PublishedTable(Declaration):
    """One table as a published page shows it."""

    title: Label
    columns: tuple[Label, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str
    date: str
    note: Label


class _PublishedTables(RootModel[dict[str, PublishedTable]]):
    """The file content/facts.yaml."""


@cache
def published_tables() -> dict[str, PublishedTable]:
    """Read the published tables that ship."""
    return read_declaration(content_path("facts.yaml"), _PublishedTables).root


def published_material() -> Material:
    """Offer ``published.<name>`` tables, and each one's note as a fact."""
    tables = published_tables()
    return Material(
        facts={f"published.{name}.note": Fact(str(t.note.text())) for name, t in tables.items()},
        tables={f"published.{name}": _printer(table) for name, table in tables.items()},
    )


def _printer(found: PublishedTable) -> Callable[[Item | None, Facts], Table]:
    def make(_: Item | None, __: Facts) -> Table:
        columns = tuple(TableColumn(str(label.text())) for label in found.columns)
        source = f"{found.source}（{found.date}）"
        return Table(str(found.title.text()), columns, found.rows, source=source)

    return make
