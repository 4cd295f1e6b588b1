"""Take a reading into the ledger: identify, merge, keep vintages, note what conflicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content.measures import measures
from sanfu.registry.identity import INDEX_SCHEMA, identify, name_key
from sanfu.registry.ledger import Ledger
from sanfu.registry.problems import join_problems, problem_rows
from sanfu.registry.titles import title_conflicts
from sanfu.registry.uscc import is_synthetic, organisation_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.registry.reading import Reading
    from sanfu.registry.regions import Region
    from sanfu.registry.store import Store, Version

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
    """Take one file's reading into the ledger as a new version.

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
    who = found.rows.select("row_key", "firm")
    names = {code: text.zh for code, text in region.names().items()}
    changed, events = _changes(firms, found.rows, names, ledger.number + 1)
    figures, figure_problems = _figures(reading, found.rows, ledger)
    titles = reading.titles.join(who, on="row_key").drop("row_key")
    problems = join_problems(
        [
            reading.problems,
            found.problems,
            changed,
            *figure_problems,
            _title_problems(titles, reading),
        ]
    )
    result = Imported(
        None, reading.file, found.rows.height, found.new.height,
        found.rows["firm"].n_unique() - found.new.height if found.rows.height else 0,
        figures.height, titles.height, reading.set_aside.height, problems,
    )  # fmt: skip
    if dry_run:
        return result
    number = ledger.number + 1
    stamp = pl.lit(number, dtype=pl.Int32).alias("version")

    def add(parts: Sequence[Any], frame: pl.DataFrame, **about: Any) -> tuple[Any, ...]:
        return (*parts, store.write_part(frame, about)) if frame.height else tuple(parts)

    cells = manifest.cells
    for sheet in reading.sheets:
        cells = add(
            cells,
            sheet.cells.join(who, on="row_key"),
            file=reading.file, sheet=sheet.sheet, version=number,
            headings=[asdict(heading) for heading in sheet.headings if heading.words],
        )  # fmt: skip
    extra = reading.extra.join(who, on="row_key").drop("row_key")
    after = replace(
        manifest,
        firms=store.write_part(_merge_firms(firms, found.rows)),
        figures=add(manifest.figures, figures.with_columns(stamp)),
        titles=add(manifest.titles, titles.with_columns(stamp)),
        extra=add(manifest.extra, extra.with_columns(stamp)),
        cells=cells,
        problems=add(manifest.problems, problems),
        set_aside=add(manifest.set_aside, reading.set_aside),
        events=add(manifest.events, events),
        next_firm=manifest.next_firm + found.new.height,
    )
    version = store.commit("import", result.summary(), after, after=ledger.number)
    return replace(result, version=version)


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


def _merge_firms(firms: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the firms with what the rows add; a stated value replaces an older one.

    Name, district and code are not replaced by another list: a difference is an event to confirm.
    """
    attributes = [name for name in rows.columns if name not in _OWN]
    fresh = (
        rows.sort("row_key")
        .group_by("firm", maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in attributes)
    )
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
    return (
        merged.with_columns(synthetic=is_synthetic(pl.col("uscc")))
        .select(*first, *rest, "synthetic")
        .sort("firm")
    )


def _changes(
    firms: pl.DataFrame, rows: pl.DataFrame, districts: dict[str, str], version: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find rows that tell another name or district than the ledger: problems and events."""
    before = firms.select(
        "firm", pl.col("name").alias("name_before"), pl.col("district").alias("district_before")
    )
    first = (
        rows.sort("row_key")
        .group_by("firm", maintain_order=True)
        .agg(
            pl.col("name").drop_nulls().first().alias("name_first"),
            pl.col("district").drop_nulls().first().alias("district_first"),
        )
    )
    joined = (
        rows.join(before, on="firm", how="left")
        .join(first, on="firm")
        .with_columns(
            name_before=pl.coalesce("name_before", "name_first"),
            district_before=pl.coalesce("district_before", "district_first"),
        )
    )
    renamed = joined.filter(name_key("name") != name_key("name_before"))
    moved = joined.filter(pl.col("district") != pl.col("district_before"))
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
                pl.col(what).alias("after"), pl.lit(version, dtype=pl.Int32).alias("version"),
                "file", "sheet", "row",
            )
            for kind, what, found in (("renamed", "name", renamed), ("moved", "district", moved))
        ]
    )  # fmt: skip
    return problems, events


def _figures(
    reading: Reading, rows: pl.DataFrame, ledger: Ledger
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Give the import's figures, one row a firm and year, and what conflicts or is restated."""
    if reading.figures.is_empty():
        return pl.DataFrame(schema={"firm": pl.String, "year": pl.Int32}), []
    place = rows.select("row_key", "firm", "file", "sheet", "row")
    stated = reading.figures.join(place, on="row_key")
    names = [name for name in reading.figures.columns if name not in ("row_key", "year")]
    keys = ["firm", "year"]
    grouped = stated.sort("row_key").group_by(keys, maintain_order=True)
    figures = grouped.agg(pl.col(name).drop_nulls().first() for name in names)
    problems = []
    several = stated.filter(pl.len().over(keys) > 1)
    if several.height:
        chosen = several.join(figures, on=keys, suffix="_used")
        problems += [
            _worded(
                "figure-conflict",
                chosen.filter(pl.col(name) != pl.col(f"{name}_used")),
                name,
                f"{name}_used",
            )
            for name in names
        ]
    known = ledger.figures
    shared = [name for name in names if name in known.columns]
    if shared:
        place_of = stated.group_by(keys).agg(pl.col("file", "sheet", "row").first())
        both = figures.join(known.select(*keys, *shared), on=keys, suffix="_was").join(
            place_of, on=keys
        )
        problems += [
            _worded(
                "figure-restated",
                both.filter(pl.col(name) != pl.col(f"{name}_was")),
                name,
                f"{name}_was",
            )
            for name in shared
        ]
    problems += _consistency(stated)
    return figures, problems


def _worded(code: str, found: pl.DataFrame, value: str, more: str) -> pl.DataFrame:
    label = measures()[value]
    money = label.kind == "money"

    def shown(column: str) -> pl.Expr:
        if not money:
            return pl.col(column).cast(pl.String)
        return pl.format(
            "{} 元", (pl.col(column).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(38, 2))
        )

    return problem_rows(
        code,
        found.select(
            "file", "sheet", "row",
            pl.format("{} {} 年", pl.lit(label.zh), "year").alias("column"),
            shown(value).alias("value"), shown(more).alias("more"),
        ),
    )  # fmt: skip


def _consistency(stated: pl.DataFrame) -> list[pl.DataFrame]:
    """Find figures that cannot both be right."""
    found = []
    for code, part, whole in (
        ("main-over-total", "main_revenue", "revenue"),
        ("rd-staff-over-staff", "rd_staff", "staff"),
    ):
        if {part, whole} <= set(stated.columns):
            found.append(_worded(code, stated.filter(pl.col(part) > pl.col(whole)), part, whole))
    return found


def _title_problems(titles: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    conflicts = title_conflicts(titles)
    return problem_rows(
        "title-conflict",
        conflicts.with_columns(
            file=pl.lit(reading.file), sheet=pl.lit(""), row=pl.lit(None, dtype=pl.Int64),
            column=pl.lit("认定日期"),
        ),
    )  # fmt: skip
