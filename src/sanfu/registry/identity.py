"""Which firm is each row: by code, by organisation code, else by folded name and district."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sanfu.registry.problems import join_problems, problem_rows
from sanfu.registry.regions import find_units
from sanfu.registry.uscc import (
    is_valid,
    is_wellformed,
    mend_code,
    organisation_part,
    was_number,
)

if TYPE_CHECKING:
    from sanfu.registry.regions import Region

_DOTS = r"[\s.·•,，。]"
_DOTS_HERE = r"[^\S\x1c-\x1f]|[.·•,，。]"  # Python takes four separators more for spaces
INDEX_SCHEMA = pl.Schema(dict.fromkeys(("firm", "uscc", "org", "key", "district"), pl.String))


class Identified(NamedTuple):
    """Rows with their firm, the firms that are new, and what was found on the way."""

    rows: pl.DataFrame
    new: pl.DataFrame
    problems: pl.DataFrame


def name_key(column: str = "name") -> pl.Expr:
    """Fold a legal name for comparison only: width, case, spaces, dots. The name itself stays."""
    return pl.col(column).map_batches(fold_names, return_dtype=pl.String)


def fold_names(names: pl.Series) -> pl.Series:
    """Fold names; those of plain Chinese characters and brackets need only their brackets done."""
    simple = names.str.replace_all("（", "(", literal=True).str.replace_all("）", ")", literal=True)
    odd = (~simple.str.contains(r"^[\u4e00-\u9fff()]*$")).fill_null(value=False).arg_true()
    if odd.is_empty():
        return simple
    folded = names[odd].str.normalize("NFKC").str.to_lowercase().str.replace_all(_DOTS, "")
    return simple.scatter(odd, folded)


def fold_name(name: str) -> str:
    """Fold one name, as `fold_names` does."""
    return re.sub(_DOTS_HERE, "", unicodedata.normalize("NFKC", name).lower())


def identify(rows: pl.DataFrame, index: pl.DataFrame, region: Region, first: int) -> Identified:
    """Find or make the firm of each row.

    Parameters
    ----------
    rows
        As `Reading.rows`: row_key, file, sheet, row, and name, uscc, district as far as they are.
    index
        The firms known so far (`INDEX_SCHEMA`).
    first
        The number of the first new firm.

    Returns
    -------
    Identified
        `rows` with `firm`, `uscc` (only a valid code), `district` (a code of the region) and
        `district_given`; `new` with the schema of the index.

    Notes
    -----
    A valid code decides. A wrong code is never corrected by guessing; one whose only fault is a
    character outside the alphabet, and that one reading makes valid, is taken and reported. The
    district is never taken from the code.
    """
    for column in ("name", "uscc", "district"):
        if column not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(column))
    codeless = rows.group_by("file", "sheet").agg(pl.col("uscc").is_null().all().alias("none"))
    codeless = codeless.filter("none").drop("none")
    rows, problems = _tidy_codes(rows)
    units = find_units(region, rows["district"])
    names = {code: text.zh for code, text in region.names().items()}
    said = rows.with_columns(
        value=pl.col("district"), column=pl.lit("所属区"),
        more=units.code.replace_strict(names, default="", return_dtype=pl.String),
    )  # fmt: skip
    problems += [
        problem_rows("district-unknown", said.filter(units.unknown)),
        problem_rows("district-old", said.filter(units.old)),
    ]
    rows = rows.with_columns(district_given=pl.col("district"), district=units.code, key=name_key())
    matched, new, unsure = _match(
        rows.select("row_key", "uscc", "org", "key", "district"), index, first
    )
    firm = matched.sort("row_key").select("row_key", "firm")
    if firm["row_key"].equals(rows["row_key"]):
        rows = rows.with_columns(firm["firm"])
    else:
        rows = rows.join(firm, on="row_key", how="left", maintain_order="left")
    told = rows.join(unsure.select("row_key"), on="row_key", how="semi")
    problems += _by_name(told, codeless)
    return Identified(rows, new, join_problems(problems))


def _by_name(told: pl.DataFrame, codeless: pl.DataFrame) -> list[pl.DataFrame]:
    """Say which rows are known by name and district; once for a sheet that has no codes at all."""
    one_by_one = told.join(codeless, on=["file", "sheet"], how="anti")
    whole = told.join(codeless, on=["file", "sheet"], how="semi")
    counted = whole.group_by("file", "sheet", maintain_order=True).agg(
        pl.len().cast(pl.String).alias("value"), pl.lit(None, dtype=pl.Int64).alias("row")
    )
    return [
        problem_rows(
            "identity-unsure",
            one_by_one.with_columns(
                value=pl.col("name"), more=pl.col("firm"), column=pl.lit("企业名称")
            ),
        ),
        problem_rows("identity-by-name", counted),
    ]


def _tidy_codes(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Keep valid codes, mend those with one reading, match old ones, and report the rest."""
    code = pl.col("uscc")
    if rows.select((is_valid(code) | code.is_null()).all()).item():
        return rows.with_columns(org=organisation_part(code)), []
    old = code.str.contains(r"^[0-9A-Z]{8}-?[0-9X]$")
    rows = rows.with_columns(
        given=code,
        ok=is_valid(code).fill_null(value=False),
        old=old.fill_null(value=False),
        formed=is_wellformed(code).fill_null(value=False),
    )
    wrong = rows.filter(~pl.col("ok") & ~pl.col("old") & code.is_not_null())
    mended = {c: m for c in wrong["uscc"].unique().to_list() if (m := mend_code(c)) is not None}
    fixed = code.replace_strict(mended, default=None, return_dtype=pl.String)
    rows = rows.with_columns(
        uscc=pl.when("ok").then(code).otherwise(fixed),
        org=pl.when("ok").then(organisation_part(code)).when("old").then(code.str.replace("-", "")),
    ).with_columns(org=pl.coalesce("org", organisation_part(pl.col("uscc"))))
    said = rows.with_columns(
        value=pl.col("given"), more=pl.col("uscc").fill_null(""), column=pl.lit("统一社会信用代码")
    )
    left = ~pl.col("ok") & ~pl.col("old") & pl.col("given").is_not_null()
    number = was_number(pl.col("given"))
    problems = [
        problem_rows("code-as-number", said.filter(left & pl.col("uscc").is_null() & number)),
        problem_rows("code-mended", said.filter(left & pl.col("uscc").is_not_null())),
        problem_rows(
            "code-check",
            said.filter(left & pl.col("uscc").is_null() & pl.col("formed") & ~number),
        ),
        problem_rows(
            "code-malformed",
            said.filter(left & pl.col("uscc").is_null() & ~pl.col("formed") & ~number),
        ),
        problem_rows("code-old", said.filter(pl.col("old"))),
    ]
    return rows.drop("given", "ok", "old", "formed"), problems


def _match(
    rows: pl.DataFrame, index: pl.DataFrame, first: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Assign firms in passes: code, organisation code, name and district, name alone if it is one.

    Rows with a code are placed first, so that a row without one finds them in the same file.
    """
    codes = rows["uscc"]
    if index.is_empty() and not codes.null_count() and codes.hash().n_unique() == len(codes):
        new = _numbered(rows, first)  # a register of firms with a code each: all are new
        return rows.with_columns(new["firm"]), new, rows.clear()
    rows = rows.with_columns(firm=pl.lit(None, dtype=pl.String))
    rows = _assign(rows, index, ["uscc"])
    rows = _assign(rows, index, ["org"])
    coded = rows.filter(pl.col("firm").is_null() & pl.col("uscc").is_not_null())
    known = index
    if coded.height:
        adopted = _adopt(coded, index)
        rows = (
            rows.join(adopted, on="row_key", how="left")
            .with_columns(firm=pl.coalesce("firm", "adopted"))
            .drop("adopted")
        )
        fresh = rows.filter(pl.col("firm").is_null() & pl.col("uscc").is_not_null())
        new_coded = _make(fresh, ["uscc"], first)
        known = pl.concat([index, new_coded])
        rows = _assign(rows, new_coded, ["uscc"])
    else:
        new_coded = index.clear()
    rows = _assign(rows, known, ["org"])
    before = rows.filter(pl.col("firm").is_null())["row_key"]
    rows = _assign(rows, known, ["key", "district"])
    rows = _assign(rows, known, ["key"], unless_new=True)
    unsure = rows.filter(
        pl.col("row_key").is_in(before.implode())
        & pl.col("firm").is_not_null()
        & pl.col("uscc").is_null()
    )
    rest = rows.filter(pl.col("firm").is_null())
    new_named = _make(rest, ["key", "district"], first + new_coded.height)
    if new_named.height:
        filled = rows.filter(pl.col("firm").is_null()).select("row_key", "key", "district")
        found = filled.join(
            new_named.select("key", "district", "firm"), on=["key", "district"], nulls_equal=True
        ).select("row_key", pl.col("firm").alias("made"))
        rows = (
            rows.join(found, on="row_key", how="left")
            .with_columns(firm=pl.coalesce("firm", "made"))
            .drop("made")
        )
    return rows, pl.concat([new_coded, new_named]), unsure


def _assign(
    rows: pl.DataFrame, index: pl.DataFrame, on: list[str], *, unless_new: bool = False
) -> pl.DataFrame:
    """Give rows without a firm the one whose columns agree, where exactly one does."""
    known = index.drop_nulls(on)
    if known.is_empty() or not rows["firm"].null_count():
        return rows
    unique = known.group_by(on).agg(
        pl.col("firm").first().alias("found"), pl.col("firm").n_unique().alias("n")
    )
    unique = unique.filter(pl.col("n") == 1).drop("n")
    rows = rows.join(unique, on=on, how="left")
    take = pl.col("firm").is_null() & (
        # by name alone only where the row itself says nothing against it
        pl.col("district").is_null() if unless_new else pl.lit(value=True)
    )
    if on not in (["uscc"], ["org"]):
        take = take & pl.col("uscc").is_null()
    return rows.with_columns(
        firm=pl.when(take).then(pl.coalesce("firm", "found")).otherwise("firm")
    ).drop("found")


def _adopt(coded: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Let a row with a code take over the firm of the same name and district that had none."""
    codeless = index.filter(pl.col("uscc").is_null()).drop_nulls(["key"])
    matched = coded.join(
        codeless.select("key", "district", pl.col("firm").alias("adopted")),
        on=["key", "district"],
        nulls_equal=True,
    )
    once = matched.filter(pl.len().over("adopted", "key") == 1)
    return once.select("row_key", "adopted")


def _make(rows: pl.DataFrame, on: list[str], first: int) -> pl.DataFrame:
    """Make a firm for each distinct identity, in the order of the file."""
    if rows.is_empty():
        return pl.DataFrame(schema=INDEX_SCHEMA)
    made = rows.group_by(on, maintain_order=True).agg(
        pl.col(name).drop_nulls().first()
        for name in ("uscc", "org", "key", "district")
        if name not in on
    )
    return _numbered(made, first)


def _numbered(made: pl.DataFrame, first: int) -> pl.DataFrame:
    number = (pl.int_range(pl.len()) + first).cast(pl.String).str.zfill(7)
    return made.with_columns(firm=pl.lit("F") + number).select(list(INDEX_SCHEMA))
