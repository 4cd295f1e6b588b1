"""Take a reading into the ledger: identify, merge, keep vintages, note what conflicts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from sanfu.registry.conflicts import first_of_each, placed, take_figures, title_problems
from sanfu.registry.identity import INDEX_SCHEMA, identify, name_key
from sanfu.registry.ledger import Ledger
from sanfu.registry.problems import join_problems, problem_rows, with_letters
from sanfu.registry.uscc import is_synthetic, organisation_part

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from sanfu.registry.reading import Reading
    from sanfu.registry.regions import Region
    from sanfu.registry.store import Manifest, Part, Store, Version

_OWN = ("row_key", "file", "sheet", "row", "firm", "org", "key", "district_given")
_NEVER_REPLACED = ("name", "district", "uscc")


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    version: Version | None
    file: str
    rows: int
    new_firms: int
    known_firms: int
    figures: int
    titles: int
    set_aside: int
    problems: pl.DataFrame

    def summary(self) -> dict[str, Any]:
        """Give the counts, for machines."""
        by = dict(self.problems.group_by("severity").len().iter_rows())
        return {
            "version": self.version.number if self.version else None,
            "file": self.file, "rows": self.rows, "new_firms": self.new_firms,
            "known_firms": self.known_firms, "figures": self.figures, "titles": self.titles,
            "set_aside": self.set_aside,
            "problems": {name: by.get(name, 0) for name in ("error", "warning", "note")},
        }  # fmt: skip


def import_reading(
    store: Store, reading: Reading, region: Region, *, dry_run: bool = False
) -> Imported:
    """Take one file's reading into the ledger as a new version; without rows there is none.

    Parameters
    ----------
    dry_run
        Find everything, write nothing.

    Raises
    ------
    Overtaken
        Another import was committed meanwhile; nothing was written.
    """
    latest = store.latest()
    ledger = Ledger(store, latest)
    manifest = latest.manifest if latest else Ledger(store, None)._manifest  # noqa: SLF001
    firms = store.read_part(manifest.firms) if manifest.firms else _no_firms()
    index = _index_of(firms)
    found = identify(reading.rows, index, region, manifest.next_firm)
    who = found.rows.select("row_key", "row", "firm")
    names = {code: text.zh for code, text in region.names().items()}
    alone = found.new.height == found.rows.height
    changed, events = _changes(firms, found.rows, names, ledger, alone=alone)
    figures, figure_problems = take_figures(reading, found.rows, ledger, alone=alone)
    titles = reading.titles.join(who, on="row_key").drop("row_key", "row")
    problems = join_problems(
        [
            reading.problems,
            found.problems,
            changed,
            *figure_problems,
            title_problems(reading, found.rows, ledger),
        ]
    )
    problems = with_letters(problems, reading.places())
    result = Imported(
        None, reading.file, found.rows.height, found.new.height,
        0 if alone else found.rows["firm"].n_unique() - found.new.height,
        figures.height, titles.height, reading.set_aside.height, problems,
    )  # fmt: skip
    if dry_run or (found.rows.is_empty() and reading.set_aside.is_empty()):
        return result
    number = ledger.number + 1
    stamp = pl.lit(number, dtype=pl.Int32).alias("version")
    with _Writing(store) as write:
        for sheet in reading.sheets:
            about = {
                "file": reading.file, "sheet": sheet.sheet, "version": number,
                "headings": [asdict(heading) for heading in sheet.headings if heading.words],
            }  # fmt: skip
            if sheet.source is not None:
                write.source(sheet.source, who, about)
            else:
                write.frame("cells", placed(sheet.cells, who.drop("row")), about)
        write.frame("firms", _merge_firms(firms, found.rows, alone=alone), needed=True)
        write.frame("figures", figures.with_columns(stamp))
        write.frame("titles", titles.with_columns(stamp))
        write.frame("problems", problems)
        write.frame("set_aside", reading.set_aside)
        write.frame("events", events)
    after = write.added_to(manifest, next_firm=manifest.next_firm + found.new.height)
    version = store.commit("import", result.summary(), after, after=ledger.number)
    return replace(result, version=version)


class _Writing:
    """The parts of one import, written side by side; all are on disk when the block ends."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.jobs: list[tuple[str, Future[Part]]] = []

    def __enter__(self) -> Self:
        self.pool = ThreadPoolExecutor(max_workers=2)
        return self

    def __exit__(self, *failed: object) -> None:
        self.pool.shutdown(cancel_futures=failed[0] is not None)

    def frame(
        self, name: str, frame: pl.DataFrame, about: dict[str, Any] | None = None, *,
        needed: bool = False,
    ) -> None:  # fmt: skip
        """Write a frame as a part; an empty one only where it is needed."""
        if frame.height or needed:
            self.jobs.append((name, self.pool.submit(self.store.write_part, frame, about)))

    def source(self, path: Path, who: pl.DataFrame, about: dict[str, Any]) -> None:
        """Keep a file that holds one table as it is, and beside it which firm each row is."""
        self.jobs.append(("cells", self.pool.submit(self._keep, path, who, about)))

    def _keep(self, path: Path, who: pl.DataFrame, about: dict[str, Any]) -> Part:
        rows = self.store.write_part(who.select(pl.col("row_key").alias("index"), "row", "firm"))
        return self.store.keep_file(path, rows.rows, {**about, "rows": asdict(rows)})

    def added_to(self, manifest: Manifest, *, next_firm: int) -> Manifest:
        """Give the manifest with the parts; raises what went wrong in a writing."""
        made: dict[str, list[Part]] = {}
        for name, job in self.jobs:
            made.setdefault(name, []).append(job.result())
        (firms,) = made.pop("firms")
        parts: dict[str, Any] = {
            name: (*getattr(manifest, name), *new) for name, new in made.items()
        }
        return replace(manifest, firms=firms, next_firm=next_firm, **parts)


def _no_firms() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "firm": pl.String,
            "uscc": pl.String,
            "name": pl.String,
            "district": pl.String,
            "synthetic": pl.Boolean,
        }
    )


def _index_of(firms: pl.DataFrame) -> pl.DataFrame:
    return firms.select(
        "firm", "uscc", organisation_part(pl.col("uscc")).alias("org"), name_key().alias("key"),
        "district",
    ).cast(INDEX_SCHEMA)  # fmt: skip


def _merge_firms(firms: pl.DataFrame, rows: pl.DataFrame, *, alone: bool) -> pl.DataFrame:
    """Give the firms with what the rows add; a stated value replaces an older one.

    Name, district and code are not replaced by another list: a difference is an event to confirm.
    `alone` says that each row is a new firm.
    """
    attributes = [name for name in rows.columns if name not in _OWN]
    fresh = rows.select("firm", *attributes) if alone else first_of_each(rows, ["firm"], attributes)
    if firms.is_empty():
        merged = fresh
    else:
        joined = firms.join(fresh, on="firm", how="full", coalesce=True, suffix="_fresh")
        merged = joined.with_columns(
            pl.coalesce(
                *([name, f"{name}_fresh"] if name in _NEVER_REPLACED else [f"{name}_fresh", name])
            ).alias(name)
            for name in attributes
            if f"{name}_fresh" in joined.columns
        ).drop([name for name in joined.columns if name.endswith("_fresh")])
    first = [name for name in ("firm", "uscc", "name", "district") if name in merged.columns]
    rest = [name for name in merged.columns if name not in (*first, "synthetic")]
    merged = merged.with_columns(synthetic=is_synthetic(pl.col("uscc"))).select(
        *first, *rest, "synthetic"
    )
    return merged if merged["firm"].is_sorted() else merged.sort("firm")


def _changes(
    firms: pl.DataFrame,
    rows: pl.DataFrame,
    districts: dict[str, str],
    ledger: Ledger,
    *,
    alone: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find rows that tell another name or district than the ledger: problems and events."""
    before = firms.select(
        "firm", pl.col("name").alias("name_before"), pl.col("district").alias("district_before")
    )
    told = rows.select(
        "row_key", "firm", "file", "sheet", "row", "name", "district", "district_given"
    )
    if alone:
        told = told.clear()  # nothing to compare with
    first = first_of_each(told, ["firm"], ["name", "district"])
    first = first.rename({"name": "name_first", "district": "district_first"})
    joined = (
        told.join(before, on="firm", how="left")
        .join(first, on="firm")
        .with_columns(
            name_before=pl.coalesce("name_before", "name_first"),
            district_before=pl.coalesce("district_before", "district_first"),
        )
    )
    renamed = joined.filter(pl.col("name") != pl.col("name_before")).filter(
        name_key("name") != name_key("name_before")
    )
    moved = joined.filter(pl.col("district") != pl.col("district_before"))
    # what was confirmed to be the former name or district is no news
    former = ledger.events.filter("confirmed").select("firm", "before")
    renamed = renamed.join(
        former, left_on=["firm", "name"], right_on=["firm", "before"], how="anti"
    )
    moved = moved.join(
        former, left_on=["firm", "district"], right_on=["firm", "before"], how="anti"
    )
    named = pl.col("district_before").replace_strict(districts, default="", return_dtype=pl.String)
    problems = join_problems(
        [
            problem_rows("name-changed", renamed.with_columns(
                column=pl.lit("企业名称"), value=pl.col("name"), more=pl.col("name_before"))),
            problem_rows("district-moved", moved.with_columns(
                column=pl.lit("所属区"), value=pl.col("district_given"), more=named)),
        ]
    )  # fmt: skip
    events = pl.concat(
        [
            found.select(
                "firm", pl.lit(kind).alias("kind"), pl.col(f"{what}_before").alias("before"),
                pl.col(what).alias("after"),
                pl.lit(ledger.number + 1, dtype=pl.Int32).alias("version"), "file", "sheet", "row",
            )
            for kind, what, found in (("renamed", "name", renamed), ("moved", "district", moved))
        ]
    )  # fmt: skip
    return problems, events
