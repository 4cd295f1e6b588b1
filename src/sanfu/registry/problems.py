"""Findings on import: one row a finding, with what mends it, in both languages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from pydantic import RootModel

from sanfu.content import Declaration, content_path, read_declaration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROBLEM_SCHEMA: dict[str, Any] = {
    "file": pl.String,
    "sheet": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "zh": pl.String,
    "en": pl.String,
    "remedy_zh": pl.String,
    "remedy_en": pl.String,
}
"""The design's frame `problems`; `column` is the letter and the heading, such as ``D 营业收入``."""


class ProblemKind(Declaration):
    """What a code of the catalogue says."""

    severity: Literal["error", "warning", "note"]
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


class _Catalogue(RootModel[dict[str, ProblemKind]]):
    """The file content/problems.yaml."""


@cache
def problem_kinds() -> Mapping[str, ProblemKind]:
    """Give the catalogue: code → severity, message and remedy."""
    return read_declaration(content_path("problems.yaml"), _Catalogue).root


def no_problems() -> pl.DataFrame:
    """Give an empty frame of findings."""
    return pl.DataFrame(schema=PROBLEM_SCHEMA)


def problem_rows(code: str, found: pl.DataFrame) -> pl.DataFrame:
    """Word many findings of one code at once.

    Parameters
    ----------
    code
        A code of the catalogue.
    found
        One row a finding: file, sheet, row; optionally column, value, more, firm (text).
    """
    if found.is_empty():
        return no_problems()
    kind = problem_kinds()[code]
    given = found.select(
        *(
            pl.col(name).cast(dtype)
            if name in found.columns
            else pl.lit(None if name == "row" else "", dtype=dtype).alias(name)
            for name, dtype in (
                ("file", pl.String), ("sheet", pl.String), ("row", pl.Int64),
                ("column", pl.String), ("value", pl.String), ("more", pl.String),
                ("firm", pl.String),
            )
        )
    )  # fmt: skip
    heading = pl.col("column").str.replace(r"^[A-Z]+ ", "")
    return given.with_columns(
        pl.lit(code).alias("code"),
        pl.lit(kind.severity).alias("severity"),
        *(_filled(getattr(kind, field), heading).alias(field) for field in _TEXTS),
    ).select(list(PROBLEM_SCHEMA))


_TEXTS = ("zh", "en", "remedy_zh", "remedy_en")


def _filled(template: str, heading: pl.Expr) -> pl.Expr:
    words = {
        "{column}": heading,
        "{value}": pl.col("value").fill_null("").str.slice(0, 80),
        "{more}": pl.col("more").fill_null(""),
        "{firm}": pl.col("firm").fill_null(""),
    }
    parts = re.split(r"(\{column\}|\{value\}|\{more\}|\{firm\})", template)
    return pl.concat_str([words.get(part, pl.lit(part)) for part in parts if part])


def with_letters(problems: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Say the sheet's own column in findings that name an official term.

    Parameters
    ----------
    places
        sheet, term (such as 企业名称, or 营业收入 2022 年), place (letter and heading).
    """
    if problems.is_empty() or places.is_empty():
        return problems
    found = problems.join(
        places.unique(["sheet", "term"], keep="first"),
        left_on=["sheet", "column"], right_on=["sheet", "term"], how="left", maintain_order="left",
    )  # fmt: skip
    return found.with_columns(column=pl.coalesce("place", "column")).drop("place")


def one_problem(code: str, **facts: Any) -> pl.DataFrame:
    """Word one finding; `facts` are file, sheet, row, column, value, more."""
    return problem_rows(code, pl.DataFrame({name: [value] for name, value in facts.items()}))


def join_problems(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put findings together in the order of file, sheet and row."""
    kept = [part for part in parts if not part.is_empty()]
    if not kept:
        return no_problems()
    return pl.concat(kept).sort("file", "sheet", "row", nulls_last=False, maintain_order=True)
