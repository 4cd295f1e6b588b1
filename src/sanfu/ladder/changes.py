"""Changes of firms that must be reported in time: renamings, moves and mergers of the ledger."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from sanfu.ladder.standing import standing
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.registry.ledger import Ledger
    from sanfu.registry.regions import Region
    from sanfu.registry.store import Store

KINDS: dict[str, Text] = {
    "renamed": Text("更名", "renamed"),
    "moved": Text("迁移", "moved"),
    "merged": Text("合并", "merger"),
}
_SCHEMA: dict[str, Any] = {
    "firm": pl.String, "name": pl.String, "kind": pl.String, "before": pl.String,
    "after": pl.String, "date": pl.Date,
}  # fmt: skip


class Office(Protocol):
    """What keeps a ledger with its versions: a `Workspace`."""

    @property
    def ledger(self) -> Ledger:
        """The newest ledger."""

    @property
    def store(self) -> Store:
        """Where its versions are kept."""

    @property
    def region(self) -> Region:
        """Names the districts."""


def changes_of(office: Office, on: dt.date) -> pl.DataFrame:
    """Give the changes of firms that hold a title on a day.

    Returns
    -------
    polars.DataFrame
        firm, name, kind (in words), before, after, date; the day is null where lists tell of the
        change and nobody has said when. A change that an officer has dated stands once.
    """
    ledger = office.ledger
    names = {code: str(name) for code, name in office.region.names().items()}
    events = ledger.events.with_columns(
        pl.when(pl.col("kind") == "moved")
        .then(pl.col("before", "after").replace(names))
        .otherwise(pl.col("before", "after"))
    )
    dated = events.filter(pl.col("on").is_not_null())
    told = events.filter(pl.col("on").is_null() & ~pl.col("confirmed")).join(
        dated, on=["firm", "kind", "after"], how="anti"
    )
    found = pl.concat([dated, told.unique(["firm", "kind", "after"], maintain_order=True)])
    merged = pl.col("kind") == "merged"  # the firm that lives on reports it
    rows = found.select(
        pl.when(merged).then("after").otherwise("firm").alias("firm"),
        "kind",
        "before",
        "after",
        date="on",
    ).to_dicts()
    gone = set(ledger.firms["firm"])
    for version in office.store.versions():  # a merger's day stands with its version
        about = version.about
        if version.kind == "merge" and about.get("on") and about["firm"] not in gone:
            rows.append(
                {
                    "firm": about["into"], "kind": "merged", "before": about["firm"],
                    "after": about["into"], "date": dt.date.fromisoformat(str(about["on"])),
                }
            )  # fmt: skip
    holding = standing(ledger.titles, on).filter("valid")["firm"].unique()
    return (
        pl.DataFrame(rows, schema={k: v for k, v in _SCHEMA.items() if k != "name"}, orient="row")
        .filter(pl.col("firm").is_in(holding.to_list()))
        .join(ledger.firms.select("firm", "name"), on="firm", how="left")
        .with_columns(pl.col("kind").replace({kind: str(word) for kind, word in KINDS.items()}))
        .select(list(_SCHEMA))
        .sort("date", "firm", nulls_last=True)
    )
