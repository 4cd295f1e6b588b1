"""The ledger: firms, figures, titles, tags and where every cell came from, as of a version."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content.measures import measures
from sanfu.registry.problems import PROBLEM_SCHEMA
from sanfu.registry.reading.headings import Heading
from sanfu.registry.reading.model import unknown_cells
from sanfu.registry.reading.sheets import column_letter
from sanfu.registry.schemes import apply_schemes
from sanfu.registry.store import Manifest, Part, Store, Version
from sanfu.registry.titles import merge_titles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sanfu.registry.regions import Region
    from sanfu.registry.schemes import Scheme
FIRM_KEYS = ("firm", "uscc", "name", "district")
_GONE = ("firm", "uscc", "name", "merged_into")
_TITLES: dict[str, Any] = {
    "firm": pl.String, "tier": pl.String, "batch": pl.String, "granted": pl.Date,
    "expires": pl.Date, "review": pl.String,
}  # fmt: skip
_EVENTS: dict[str, Any] = {
    "firm": pl.String, "kind": pl.String, "before": pl.String, "after": pl.String,
    "version": pl.Int32, "file": pl.String, "sheet": pl.String, "row": pl.Int64,
    "on": pl.Date, "confirmed": pl.Boolean,
}  # fmt: skip


class Ledger:
    """A snapshot of the ledger; frames are those of the design, made when first asked for.

    Attributes
    ----------
    firms, figures, titles, tags, problems
        Polars frames; money in Int64 fen. Firms merged by hand stand as one.
    """

    def __init__(
        self,
        store: Store,
        version: Version | None,
        schemes: tuple[Scheme, ...] = (),
        region: Region | None = None,
    ) -> None:
        self.store = store
        self.version = version
        self.schemes = schemes
        self.region = region
        self._manifest = version.manifest if version else Manifest()

    @property
    def number(self) -> int:
        """Number of the version, 0 for an empty ledger."""
        return self.version.number if self.version else 0

    @cached_property
    def firms(self) -> pl.DataFrame:
        """One row a firm: firm, uscc, name, district (code), … and `synthetic`.

        A firm that was merged into another (`mergers`) stands for the years before, and says so in
        `merged_into` and `merged_on`.
        """
        if self._manifest.firms is None:
            schema = {**dict.fromkeys(FIRM_KEYS, pl.String), "synthetic": pl.Boolean}
            return pl.DataFrame(schema=schema)
        firms = self.store.read_part(self._manifest.firms)
        if self.mergers.height:
            firms = firms.join(self.mergers, on="firm", how="left", maintain_order="left")
        gone = self._merged()
        if not gone:
            return firms
        values = [name for name in firms.columns if name != "firm"]
        return (
            firms.with_columns(
                pl.col("firm").is_in(list(gone)).alias("_late"),
                pl.col("firm").replace(gone),
            )
            .sort("_late", maintain_order=True)
            .group_by("firm", maintain_order=True)
            .agg(pl.col(name).drop_nulls().first() for name in values)
            .sort("firm")
        )

    @cached_property
    def figures(self) -> pl.DataFrame:
        """One row a firm and year: the latest vintage of each measure."""
        frames = self._filed()
        if not frames:
            return pl.DataFrame(schema={"firm": pl.String, "year": pl.Int32})
        if len(frames) == 1 and not self._manifest.merges and self.mergers.is_empty():
            return frames[0].drop("version").sort("firm", "year")
        stacked = pl.concat(frames, how="diagonal")
        names = [name for name in stacked.columns if name not in ("firm", "year", "version")]
        return (
            stacked.sort("version", maintain_order=True)
            .group_by("firm", "year")
            .agg(pl.col(name).drop_nulls().last() for name in names)
            .sort("firm", "year")
        )

    def vintages(self) -> pl.DataFrame:
        """Give every stated figure with the version that brought it: firm, year, …, version."""
        frames = self._filed()
        empty = {"firm": pl.String, "year": pl.Int32, "version": pl.Int32}
        return pl.concat(frames, how="diagonal") if frames else pl.DataFrame(schema=empty)

    @cached_property
    def titles(self) -> pl.DataFrame:
        """One row a firm, tier and batch, with granted, expires and review.

        A firm that was merged into another keeps the titles that it held until then (`merged_on`);
        they do not pass to the other.
        """
        frames = self._frames(self._manifest.titles)
        if not frames:
            return pl.DataFrame(schema=_TITLES)
        titles = merge_titles(pl.concat(frames, how="diagonal"))
        if self.mergers.is_empty():
            return titles
        until = self.mergers.select("firm", "merged_on")
        return titles.join(until, on="firm", how="left", maintain_order="left")

    @cached_property
    def tags(self) -> pl.DataFrame:
        """One row a firm, scheme and tag, by the office's industry systems (`schemes`)."""
        return apply_schemes(self.firms, self.schemes)

    @cached_property
    def extra(self) -> pl.DataFrame:
        """What was not understood on import, kept: firm, year, column, raw, version."""
        found = [
            unknown_cells(
                self._cells(part),
                [Heading(**heading) for heading in part.about["headings"]],
                "firm",
            ).with_columns(version=pl.lit(part.about["version"], dtype=pl.Int32))
            for part in self._manifest.cells
        ]
        empty = {"firm": pl.String, "year": pl.Int32, "column": pl.String, "raw": pl.String}
        return pl.concat(found) if found else pl.DataFrame(schema=empty)

    @cached_property
    def problems(self) -> pl.DataFrame:
        """Every finding of every import that is part of this version."""
        frames = [self.store.read_part(part) for part in self._manifest.problems]
        return pl.concat(frames) if frames else pl.DataFrame(schema=PROBLEM_SCHEMA)

    @cached_property
    def set_aside(self) -> pl.DataFrame:
        """Rows that could not be used, with all their cells."""
        frames = [self.store.read_part(part) for part in self._manifest.set_aside]
        return pl.concat(frames) if frames else pl.DataFrame(schema={"row_key": pl.Int64})

    @cached_property
    def events(self) -> pl.DataFrame:
        """Renamings, moves and mergers: firm, kind, before, after, where it is told, or `on` when.

        What a list tells is to be confirmed; `confirmed` is what an officer has confirmed.
        """
        frames = self._frames(self._manifest.events)
        known = pl.concat([pl.DataFrame(schema=_EVENTS), *frames], how="diagonal")
        return known.with_columns(pl.col("confirmed").fill_null(value=False))

    @cached_property
    def mergers(self) -> pl.DataFrame:
        """Firms that were merged into others: firm, merged_into, merged_on; the last counts."""
        told = self.events.filter(pl.col("kind") == "merged")
        return told.select(
            "firm",
            pl.col("after").replace(self._merged()).alias("merged_into"),
            pl.col("on").alias("merged_on"),
        ).unique("firm", keep="last", maintain_order=True)

    @cached_property
    def gone(self) -> pl.DataFrame:
        """Firms of which others stand: firm, uscc, name, merged_into, merged_on.

        `merged_on` is null for a firm that was listed twice and merged by hand or rule.
        """
        schema: dict[str, Any] = {**dict.fromkeys(_GONE, pl.String), "merged_on": pl.Date}
        found = [pl.DataFrame(schema=schema)]
        if "merged_into" in self.firms.columns:
            dated = self.firms.filter(pl.col("merged_into").is_not_null())
            found.append(dated.select(name for name in schema if name in dated.columns))
        into = self._merged()
        if into and self._manifest.firms is not None:
            listed = self.store.read_part(self._manifest.firms)
            twice = listed.filter(pl.col("firm").is_in(list(into)))
            found.append(
                twice.select(name for name in _GONE if name in twice.columns).with_columns(
                    pl.col("firm").replace(into).alias("merged_into")
                )
            )
        return pl.concat(found, how="diagonal")

    @cached_property
    def aliases(self) -> pl.DataFrame:
        """Other names of a firm, proved by its code in a list or confirmed by hand: firm, name."""
        renamed = self.events.filter(pl.col("kind") == "renamed")
        former = renamed.filter("confirmed").select("firm", pl.col("before").alias("name"))
        told = renamed.select("firm", pl.col("after").alias("name"))
        return pl.concat([told, former]).drop_nulls().unique(maintain_order=True)

    def origin(self, firm: str, column: str, year: int | None = None) -> pl.DataFrame:
        """Follow a number home: file, sheet, cell, heading, raw, year, version; newest first."""
        found = []
        for part in reversed(self._manifest.cells):
            for heading in part.about["headings"]:
                if heading["measure"] != column:
                    continue
                own_year = heading["year"]
                if year is not None and own_year not in (None, year):
                    continue
                cells = self._cells(part).filter(pl.col("firm") == firm)
                cells = cells.with_columns(_year_of_rows(part, own_year).alias("_year"))
                if year is not None:
                    cells = cells.filter(pl.col("_year").is_null() | (pl.col("_year") == year))
                found.append(
                    cells.filter(pl.col(heading["letter"]).is_not_null()).select(
                        pl.lit(part.about["file"]).alias("file"),
                        pl.lit(part.about["sheet"]).alias("sheet"),
                        (pl.lit(heading["letter"]) + pl.col("row").cast(pl.String)).alias("cell"),
                        pl.lit(heading["words"]).alias("heading"),
                        pl.col(heading["letter"]).cast(pl.String).alias("raw"),
                        pl.col("_year").alias("year"),
                        pl.lit(part.about["version"], dtype=pl.Int32).alias("version"),
                    )
                )
        if not found:
            names = ("file", "sheet", "cell", "heading", "raw")
            schema: dict[str, Any] = {**dict.fromkeys(names, pl.String)}
            return pl.DataFrame(schema={**schema, "year": pl.Int32, "version": pl.Int32})
        return pl.concat(found)

    @cached_property
    def origins(self) -> pl.DataFrame:
        """Every cell's home, long: frame, firm, year, column, file, sheet, row, raw."""
        found = []
        for part in self._manifest.cells:
            cells = self._cells(part)
            for heading in part.about["headings"]:
                if heading["measure"] is None:
                    continue
                frame = measures()[heading["measure"]].frame
                year = pl.lit(heading["year"], dtype=pl.Int32)
                if frame == "figures":
                    year = _year_of_rows(part, heading["year"])
                found.append(
                    cells.filter(pl.col(heading["letter"]).is_not_null()).select(
                        pl.lit(frame).alias("frame"),
                        "firm",
                        year.alias("year"),
                        pl.lit(heading["measure"]).alias("column"),
                        pl.lit(part.about["file"]).alias("file"),
                        pl.lit(part.about["sheet"]).alias("sheet"),
                        (pl.lit(heading["letter"]) + pl.col("row").cast(pl.String)).alias("row"),
                        pl.col(heading["letter"]).cast(pl.String).alias("raw"),
                    )
                )
        names = ("frame", "firm", "year", "column", "file", "sheet", "row", "raw")
        empty: dict[str, Any] = {**dict.fromkeys(names, pl.String), "year": pl.Int32}
        return pl.concat(found) if found else pl.DataFrame(schema=empty)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the ledger says, free of order and of how it came in."""
        digest = hashlib.sha256()
        for frame in (self.firms, self.figures, self.titles):
            columns = sorted(frame.columns)
            ordered = frame.select(columns).sort(columns, nulls_last=True)
            digest.update(ordered.write_csv().encode())
        return digest.hexdigest()

    @cached_property
    def is_synthetic(self) -> bool:
        """Whether any firm is synthetic; whatever shows it must then say so."""
        return bool(self.firms["synthetic"].any()) if self.firms.height else False

    def _merged(self) -> dict[str, str]:
        """Give each merged firm and the one that it stands as, through chains of merges."""
        into = dict(self._manifest.merges)
        return {firm: _last(into, firm) for firm in into}

    def _frames(self, parts: Iterable[Part]) -> list[pl.DataFrame]:
        frames = [self.store.read_part(part) for part in parts]
        gone = self._merged()
        return (
            [frame.with_columns(pl.col("firm").replace(gone)) for frame in frames]
            if gone
            else frames
        )

    def _filed(self) -> list[pl.DataFrame]:
        """Give the figures, those of years after a merger as the firm's that lives on."""
        frames = self._frames(self._manifest.figures)
        if self.mergers.is_empty():
            return frames
        late = (pl.col("year") > pl.col("merged_on").dt.year()).fill_null(value=False)
        return [
            frame.join(self.mergers, on="firm", how="left", maintain_order="left")
            .sort(~late, maintain_order=True)  # before what the other files itself, which counts
            .with_columns(pl.when(late).then("merged_into").otherwise("firm").alias("firm"))
            .drop("merged_into", "merged_on")
            for frame in frames
        ]

    def _cells(self, part: Part) -> pl.DataFrame:
        cells = self.store.read_part(part)
        if "rows" in part.about:
            rows = self.store.read_part(Part(**part.about["rows"]))
            cells.columns = [column_letter(i) for i in range(cells.width)]
            cells = pl.concat([cells[rows["index"]], rows.drop("index")], how="horizontal")
        gone = self._merged()
        return cells.with_columns(pl.col("firm").replace(gone)) if gone else cells


def _year_of_rows(part: Part, stated: int | None) -> pl.Expr:
    """Give the year of each row: the heading's, else that of the sheet's column of years."""
    letters = [h["letter"] for h in part.about["headings"] if h["measure"] == "year"]
    if stated is not None or not letters:
        return pl.lit(stated, dtype=pl.Int32)
    return pl.col(letters[0]).cast(pl.String).str.extract(r"(\d{4})").cast(pl.Int32)


def _last(into: dict[str, str], firm: str) -> str:
    seen = {firm}
    while firm in into and into[firm] not in seen:
        firm = into[firm]
        seen.add(firm)
    return firm
