"""What an offer is: a firm's capability from the ledger, or a provider's service on a board.

Offers are many; the engine works on a frame of them with fixed columns (`OFFER_COLUMNS`), made
from models by `offer_frame` or straight from the ledger's frames by `offers_from_ledger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from pydantic import Field

from sanfu.errors import InputError
from sanfu.exchange.needs import Board, Record
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

OfferKind = Literal["capability", "service"]

OFFER_COLUMNS: dict[str, pl.DataType] = {
    "offer": pl.String(),
    "kind": pl.String(),
    "firm": pl.String(),
    "name": pl.String(),
    "group": pl.String(),
    "board": pl.String(),
    "title": pl.String(),
    "products": pl.List(pl.String),
    "patents": pl.List(pl.String),
    "scope": pl.String(),
    "qualifications": pl.List(pl.String),
    "tiers": pl.List(pl.String),
    "district": pl.String(),
    "industry": pl.String(),
    "staff": pl.Int64(),
    "revenue": pl.Int64(),
    "capacity": pl.Int64(),
    "audience": pl.String(),
    "price": pl.String(),
    "evidence": pl.String(),
    "synthetic": pl.Boolean(),
}
TEXT_FIELDS: dict[str, Text] = {
    "title": Text("名称", "title"),
    "products": Text("产品", "products"),
    "patents": Text("专利", "patents"),
    "scope": Text("经营/服务范围", "scope"),
    "audience": Text("服务对象", "for whom"),
}
"""The columns that are searched, in the order of reasons."""


class Offer(Record):
    """What a firm can do, or what a provider sells; money in fen."""

    kind: OfferKind = "capability"
    firm: str = ""
    name: str = ""
    group: str = ""
    board: Board | None = None
    title: str = ""
    products: tuple[str, ...] = ()
    patents: tuple[str, ...] = ()
    scope: str = ""
    qualifications: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    district: str = ""
    industry: str = ""
    staff: int | None = Field(default=None, ge=0)
    revenue: int | None = Field(default=None, ge=0)
    capacity: int | None = Field(default=None, ge=0)
    """How many it can serve at once; for a firm, how many needs it can take on."""
    audience: str = ""
    price: str = ""
    evidence: str = ""
    synthetic: bool = False


def offer_frame(offers: Iterable[Offer] | pl.DataFrame) -> pl.DataFrame:
    """Give the offers as a frame with exactly the columns of `OFFER_COLUMNS`.

    A frame is passed on: columns it lacks become null, others are dropped.

    Raises
    ------
    InputError
        An id is missing or stands twice.
    """
    if isinstance(offers, pl.DataFrame):
        frame = offers
    else:
        rows = [
            {"offer": offer.id, **offer.model_dump(exclude={"id"}, mode="json")} for offer in offers
        ]
        frame = pl.DataFrame(rows, schema=OFFER_COLUMNS, orient="row", strict=False)
    frame = frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in OFFER_COLUMNS.items()
    )
    if frame["offer"].null_count():
        raise InputError(
            Text(
                "有供给没有编号（offer 列为空）。", "an offer has no id (column “offer” is empty)."
            )
        )
    twice = frame["offer"].filter(frame["offer"].is_duplicated()).unique().sort().to_list()
    if twice:
        shown = "、".join(twice[:5])
        raise InputError(
            Text(
                f"有 {len(twice)} 个供给编号重复，例如 {shown}；请改为不同的编号。",
                f"{len(twice)} offer ids stand twice, for example {shown}; make them different.",
            )
        )
    return frame


def offer_texts(offers: pl.DataFrame) -> list[str]:
    """Give the searched text of each offer: its text fields, one a line."""
    fields = [
        pl.col(name).list.join("\n", ignore_nulls=True)
        if OFFER_COLUMNS[name] == pl.List(pl.String)
        else pl.col(name)
        for name in TEXT_FIELDS
    ]
    return offers.select(text=pl.concat_str(*fields, separator="\n", ignore_nulls=True))[
        "text"
    ].to_list()


def offers_from_ledger(
    firms: pl.DataFrame,
    titles: pl.DataFrame | None = None,
    figures: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Make one capability offer a firm from the ledger's frames.

    Parameters
    ----------
    firms
        The ledger's ``firms``: ``firm``, and where present ``name``, ``district`` (by its name,
        from ``district_name``, since needs ask for names), ``industry``, ``scope``, ``products``,
        ``patents``, ``qualifications``, ``group``, ``synthetic``.
    titles
        The ledger's ``titles``; the tiers a firm holds.
    figures
        The ledger's ``figures``; staff and revenue of each firm's latest year.

    Returns
    -------
    DataFrame
        One row a firm, columns `OFFER_COLUMNS`, the id is the firm's.
    """
    frame = firms.with_columns(
        *(_listed(firms, name) for name in ("products", "patents", "qualifications")),
        offer=pl.col("firm"),
        kind=pl.lit("capability"),
    )
    if "district_name" in firms.columns:
        frame = frame.with_columns(district=pl.coalesce("district_name", "district"))
    if titles is not None and {"firm", "tier"} <= set(titles.columns):
        held = titles.group_by("firm").agg(tiers=pl.col("tier").drop_nulls().unique().sort())
        frame = frame.join(held, on="firm", how="left", maintain_order="left")
    if figures is not None and {"firm", "year"} <= set(figures.columns):
        wanted = [name for name in ("staff", "revenue") if name in figures.columns]
        latest = (
            figures.sort("firm", "year")
            .group_by("firm", maintain_order=True)
            .agg(pl.col(name).drop_nulls().last() for name in wanted)
        )
        kept = frame.drop([name for name in wanted if name in frame.columns])
        frame = kept.join(latest, on="firm", how="left", maintain_order="left")
    return offer_frame(frame)


def offers_from_list(path: Path | str) -> pl.DataFrame:
    """Read a firm list and make one capability offer a firm, its id the firm's code or name.

    Raises
    ------
    FileFault
        The list cannot be read.
    """
    from sanfu.registry import read_file  # noqa: PLC0415 - only where a list is read

    book = read_file(path)
    names = [name for name in ("uscc", "name") if name in book.rows.columns]
    firms = book.rows.with_columns(
        firm=pl.coalesce(*names, pl.col("row_key").cast(pl.String))
    ).unique("firm", keep="first", maintain_order=True)
    key = firms.select("row_key", "firm")
    return offers_from_ledger(
        firms, book.titles.join(key, on="row_key"), book.figures.join(key, on="row_key")
    )


def _listed(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Split a text of several products (；、, and line ends) into a list; keep a list as it is."""
    if name not in frame.columns:
        return pl.lit(None, pl.List(pl.String)).alias(name)
    if frame.schema[name] == pl.List(pl.String):
        return pl.col(name)
    return (
        pl.col(name)
        .cast(pl.String)
        .str.replace_all(r"[；;、，,\n]+", "；")
        .str.strip_chars("； ")
        .str.split("；")
        .alias(name)
    )


def join_offers(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of offers, such as firms and providers, into one; ids must differ."""
    return offer_frame(pl.concat([offer_frame(part) for part in parts]))
