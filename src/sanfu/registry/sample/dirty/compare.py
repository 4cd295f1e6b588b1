"""Compare what was read with the answer key, cell by cell.

A cell is right where the reader got the key's value. A cell that the key calls undecidable is right
where the reader took nothing from it, or said that it read it with a reserve; either way a finding
must name it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.registry.regions import find_units
from sanfu.registry.uscc import is_valid, mend_code

if TYPE_CHECKING:
    from sanfu.registry.ledger import Ledger
    from sanfu.registry.reading import Reading
    from sanfu.registry.regions import Region

_PLACE = ["sheet", "row"]
_COMPARED: dict[str, Any] = {
    "sheet": pl.String, "row": pl.Int64, "year": pl.Int32, "column": pl.String, "got": pl.String,
}  # fmt: skip
CODES_READ_LATER = ("code-organisation",)
"""Old codes stay as they stand; they identify the firm on import."""


def compare_reading(
    cells: pl.DataFrame, rows: pl.DataFrame, reading: Reading, region: Region
) -> pl.DataFrame:
    """Compare one file's reading with the key.

    Parameters
    ----------
    cells, rows
        The answer key (`AnswerKey.cells`, `AnswerKey.rows`), of all files or of this one.

    Returns
    -------
    polars.DataFrame
        The key's cells of this file with ``got`` and ``outcome``: ``equal``, ``undecidable``
        (declared so, and a finding names the row or the column), ``silent`` (declared undecidable,
        but no finding), ``set-aside`` (its row is broken and was set aside) or ``wrong``.
    """
    of_file = cells.filter(pl.col("file") == reading.file)
    kinds = rows.filter(pl.col("file") == reading.file).select(*_PLACE, "kind")
    place = [*_PLACE, "year", "column"]
    aside = reading.set_aside.select(*_PLACE, pl.lit(value=True).alias("aside")).unique()
    said = reading.problems.select(*_PLACE, pl.lit(value=True).alias("said")).unique()
    columns = _columns_said(reading)
    joined = (
        of_file.join(kinds, on=_PLACE, how="left")
        .join(_long(reading, region), on=place, how="left", nulls_equal=True)
        .join(aside, on=_PLACE, how="left")
        .join(said, on=_PLACE, how="left")
    )
    named = pl.col("said").fill_null(value=False) | pl.col("column").is_in(columns)
    # a wrong code is kept as it stands; the import says it, because it needs the whole ledger
    later = (pl.col("column") == "uscc") & ~is_valid(pl.col("got")).fill_null(value=False)
    return joined.with_columns(
        pl.when(pl.col("kind") == "broken")
        .then(
            pl.when(pl.col("aside").fill_null(value=False))
            .then(pl.lit("set-aside"))
            .otherwise(pl.lit("wrong"))
        )
        .when(pl.col("undecidable"))
        .then(pl.when(named | later).then(pl.lit("undecidable")).otherwise(pl.lit("silent")))
        .when(pl.col("fault").is_in(CODES_READ_LATER))
        .then(pl.lit("equal"))
        .when(pl.col("got").eq_missing(pl.col("value")))
        .then(pl.lit("equal"))
        .otherwise(pl.lit("wrong"))
        .alias("outcome")
    ).drop("kind", "aside", "said")


def _columns_said(reading: Reading) -> list[str]:
    """List measures whose whole column was left as it stands, with a finding."""
    from sanfu.registry.reading.headings import known_measure  # noqa: PLC0415 - small, used once

    whole = reading.problems.filter(pl.col("code").is_in(["unit-unknown", "year-unknown"]))
    return [
        measure
        for words in whole["value"].drop_nulls().to_list()
        if (measure := known_measure(words)) is not None
    ]


def _long(reading: Reading, region: Region) -> pl.DataFrame:
    """Give every read value as text: sheet, row, year, column, got."""
    place = reading.rows.select("row_key", *_PLACE)
    firms = reading.rows
    if "district" in firms.columns:
        code = find_units(region, firms["district"]).code
        firms = firms.with_columns(code.alias("district"))
    if "uscc" in firms.columns:
        mended = {
            code: mend_code(code) or code for code in firms["uscc"].drop_nulls().unique().to_list()
        }
        firms = firms.with_columns(
            pl.col("uscc").replace_strict(mended, default=None, return_dtype=pl.String)
        )
    parts = [_unpivot(firms.drop("row_key", "file"), _PLACE)]
    for frame, keys in ((reading.figures, [*_PLACE, "year"]), (reading.titles, _PLACE)):
        if frame.height:
            parts.append(_unpivot(frame.join(place, on="row_key").drop("row_key"), keys))
    return pl.concat(parts)


def _unpivot(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    columns = [name for name in frame.columns if name not in keys]
    long = _as_text(frame, columns).unpivot(
        columns, index=keys, variable_name="column", value_name="got"
    )
    if "year" not in keys:
        long = long.with_columns(year=pl.lit(None))
    return long.select(list(_COMPARED)).cast(pl.Schema(_COMPARED))


def _as_text(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Give values the way the key writes them."""
    return frame.with_columns(
        pl.col(name).dt.strftime("%Y-%m-%d")
        if dtype == pl.Date
        else pl.col(name).cast(pl.Float64).cast(pl.String).str.strip_suffix(".0")
        if isinstance(dtype, pl.Decimal)
        else pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
        if name in columns
    )


def compare_identity(rows: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """Compare which firm each row was taken for with the key.

    Parameters
    ----------
    rows
        `AnswerKey.rows`.
    origins
        `Ledger.origins` after all files are imported.

    Returns
    -------
    polars.DataFrame
        The key's rows with ``got`` (our id), ``home`` (the id under which most decidable rows of
        the true firm stand, where those rows belong to no other firm) and ``outcome``: ``equal``,
        ``apart`` (undecidable, and rightly not tied to any firm by rule), ``set-aside``, ``wrong``.
    """
    placed = origins.filter(pl.col("column") == "name").select(
        "file",
        "sheet",
        pl.col("row").str.extract(r"(\d+)$").cast(pl.Int64),
        pl.col("firm").alias("got"),
    )
    joined = rows.join(placed, on=["file", "sheet", "row"], how="left")
    sure = joined.filter((pl.col("identity") != "undecidable") & pl.col("got").is_not_null())
    home = (
        sure.group_by("firm", "got")
        .len()
        .sort("len", "got", descending=[True, False])
        .group_by("firm", maintain_order=True)
        .agg(pl.col("got").first().alias("home"))
        .filter(pl.col("home").is_unique())
    )
    return joined.join(home, on="firm", how="left").with_columns(
        pl.when(pl.col("kind") == "broken")
        .then(pl.when(pl.col("got").is_null()).then(pl.lit("set-aside")).otherwise(pl.lit("wrong")))
        .when(pl.col("got").is_null() | pl.col("home").is_null())
        .then(pl.lit("wrong"))
        .when(pl.col("got") == pl.col("home"))
        .then(pl.lit("equal"))
        .when(pl.col("identity") == "undecidable")
        .then(pl.lit("apart"))
        .otherwise(pl.lit("wrong"))
        .alias("outcome")
    )


_NEVER_REPLACED = ("name", "district", "uscc")
_TITLE_KEYS = ("tier", "batch", "granted", "expires", "review")


def compare_ledger(cells: pl.DataFrame, identity: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Compare the ledger's firms and figures with what the decidable cells say together.

    Within a file the first stated value counts, over the files the last; name, district and code
    are those first stated.

    Parameters
    ----------
    cells
        `AnswerKey.cells`, in the order of import.
    identity
        What `compare_identity` gave.

    Returns
    -------
    polars.DataFrame
        ``firm`` (the true one), ``home`` (ours), ``year, column, value, got, outcome``: ``equal``
        or ``wrong``.
    """
    usable = identity.filter(pl.col("outcome") == "equal").select("file", "sheet", "row", "home")
    keys = ["firm", "home", "year", "column"]
    stated = (
        cells.with_row_index("order")
        .filter(
            pl.col("value").is_not_null()
            & ~pl.col("undecidable")
            & ~pl.col("column").is_in(_TITLE_KEYS)
        )
        .join(usable, on=["file", "sheet", "row"])
        .sort("order")
    )
    by_file = stated.group_by(*keys, "file", maintain_order=True).agg(pl.col("value").first())
    lasting = pl.col("column").is_in(_NEVER_REPLACED)
    expected = by_file.group_by(keys, maintain_order=True).agg(
        pl.when(lasting.first())
        .then(pl.col("value").first())
        .otherwise(pl.col("value").last())
        .alias("value")
    )
    got = pl.concat(
        [
            _held(ledger.firms.drop("synthetic"), ["firm"]),
            _held(ledger.figures, ["firm", "year"]),
        ]
    ).rename({"firm": "home"})
    joined = expected.join(got, on=["home", "year", "column"], how="left", nulls_equal=True)
    right = pl.col("got").eq_missing(pl.col("value"))
    return joined.with_columns(
        pl.when(right).then(pl.lit("equal")).otherwise(pl.lit("wrong")).alias("outcome")
    )


def _held(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    columns = [name for name in frame.columns if name not in keys]
    long = _as_text(frame, columns).unpivot(
        columns, index=keys, variable_name="column", value_name="got"
    )
    if "year" not in keys:
        long = long.with_columns(year=pl.lit(None))
    return long.select("firm", pl.col("year").cast(pl.Int32), "column", "got")


def compare_titles(
    titles: pl.DataFrame, cells: pl.DataFrame, identity: pl.DataFrame, ledger: Ledger
) -> pl.DataFrame:
    """Compare the merged history of titles with the truth, both ways.

    Parameters
    ----------
    titles
        The true titles: firm, tier, batch, granted, expires, review.
    cells
        `AnswerKey.cells`.
    identity
        What `compare_identity` gave.

    Returns
    -------
    polars.DataFrame
        ``firm`` (the true one), ``home, tier, batch`` and ``outcome``: ``equal``; ``undecidable``
        (a date of it is stated only vaguely, and all else is equal); ``apart`` (its row names a
        firm that no rule can decide, and it stands there); ``wrong``, as also is a title of the
        ledger that no one holds (firm empty).
    """
    keys = ["home", "tier", "batch"]
    homes = identity.select("firm", "home").drop_nulls().unique()
    true = titles.join(homes, on="firm", how="left")
    held = ledger.titles.rename({"firm": "home"}).with_columns(held=pl.lit(value=True))
    stated = _stated_titles(cells, identity)
    vague = stated.filter("vague").select("firm", "tier", "batch").unique()
    apart = stated.filter(pl.col("outcome") == "apart").select("firm", "tier", "batch", "got")
    joined = (
        true.join(held, on=keys, how="left", suffix="_got", nulls_equal=True)
        .join(
            vague.with_columns(vague=pl.lit(value=True)), on=["firm", "tier", "batch"], how="left"
        )
        .join(apart.unique(["firm", "tier", "batch"]), on=["firm", "tier", "batch"], how="left")
    )
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_got")) for name in ("granted", "expires", "review")
    )
    compared = joined.select(
        "firm", *keys,
        pl.when(pl.col("held").is_null())
        .then(pl.when(pl.col("got").is_null()).then(pl.lit("wrong")).otherwise(pl.lit("apart")))
        .when(same)
        .then(pl.lit("equal"))
        .when(pl.col("vague") & pl.col("review").eq_missing(pl.col("review_got")))
        .then(pl.lit("undecidable"))
        .otherwise(pl.lit("wrong"))
        .alias("outcome"),
    )  # fmt: skip
    nobody = held.join(true, on=keys, how="anti", nulls_equal=True).join(
        apart, left_on=keys, right_on=["got", "tier", "batch"], how="anti", nulls_equal=True
    )
    extra = nobody.select(
        pl.lit(None, dtype=pl.String).alias("firm"), *keys, pl.lit("wrong").alias("outcome")
    )
    return pl.concat([compared, extra])


def _stated_titles(cells: pl.DataFrame, identity: pl.DataFrame) -> pl.DataFrame:
    """Give each row that states a title: firm, tier, batch, whether a date is vague, its firm."""
    of_titles = cells.filter(pl.col("column").is_in(_TITLE_KEYS))

    def value_of(name: str) -> pl.Expr:
        return pl.col("value").filter(pl.col("column") == name).first().alias(name)

    rows = of_titles.group_by("file", "sheet", "row").agg(
        value_of("tier"), value_of("batch"), pl.col("undecidable").any().alias("vague")
    )
    return rows.join(
        identity.select("file", "sheet", "row", "firm", "got", "outcome"),
        on=["file", "sheet", "row"],
    )
