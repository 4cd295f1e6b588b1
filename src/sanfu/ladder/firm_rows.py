"""From the ledger to the frame that a check reads: one row a firm, as of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from sanfu.errors import InputError
from sanfu.ladder.values import measure_of
from sanfu.language import Text
from sanfu.registry.mergers import firms_on
from sanfu.registry.sme_size import sme_size
from sanfu.registry.titles import in_force

if TYPE_CHECKING:
    import datetime as dt

HOLDS: dict[str, str] = {
    "innovative": "holds_innovative",
    "tech": "holds_tech",
    "srdi": "holds_srdi",
    "little-giant": "holds_little_giant",
}
"""Tier → the flag that tells whether its title is in force."""
YEARS_BACK = 2
SCORE = "platform_score"
_PROVINCE_LEVEL_CITIES = ("11", "12", "31", "50")
"""Codes of the municipalities under the central government; their municipal level is provincial."""
_LEVELS: dict[str, str] = {
    "国家级": "国家级", "部级": "省级", "省部级": "省级", "省级": "省级", "市级": "市级",
    "区级": "市级以下", "县级": "市级以下", "区县级": "市级以下", "其他": "市级以下",
    "市级以下": "市级以下", "企业自建": "市级以下", "无": "无", "无研发机构": "无",
}  # fmt: skip


class Books(Protocol):
    """What holds the frames: a `Ledger`, a sample registry."""

    @property
    def firms(self) -> pl.DataFrame:
        """One row a firm."""

    @property
    def figures(self) -> pl.DataFrame:
        """One row a firm and year."""

    @property
    def titles(self) -> pl.DataFrame:
        """One row a firm and title."""


def firm_rows(
    ledger: Books, on: dt.date, *, year: int | None = None, inputs: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Make one row a firm for `check`, as of a day.

    Parameters
    ----------
    ledger
        With ``.firms``, ``.figures``, ``.titles``: a `Ledger` or a sample registry.
    on
        The day of the check.
    year
        The last full year, whose figures carry the plain name; the year before `on` if not given.
    inputs
        What the office knows beside the ledger: ``firm`` and any measures by name (what a person
        has judged, honours, the province's points). A value here is taken before the ledger's.

    Returns
    -------
    polars.DataFrame
        All columns of the firms, those left out that were merged into others by the day; each
        figure as ``revenue``, ``revenue_1``, ``revenue_2``; then ``niche_years`` (full years at
        the end of `year`), ``size`` (by `sme_size`; null where it cannot be told) and ``holds_…``
        (a title in force on the day; null for a firm whose title is listed without dates, and
        throughout for a tier of which the ledger has no list).
        ``platform_score`` is that of the year of the check or, before that is out, of `year`;
        ``platform_score_1`` the one before.

    Raises
    ------
    InputError
        The ledger has no firms, or figures but none of `year`; says of which years.
    """
    last = on.year - 1 if year is None else year
    figures, firms = ledger.figures, firms_on(ledger.firms, on)
    if not firms.height:
        raise InputError(
            Text(
                "台账里还没有企业；请先 sanfu import。",
                "the ledger has no firms yet; run sanfu import first.",
            )
        )
    known = sorted(figures["year"].unique().drop_nulls().to_list()) if figures.height else []
    if known and last not in known:
        raise InputError(
            Text(
                f"台账里没有 {last} 年的数据，有：{'、'.join(map(str, known))}；"
                f"导入 {last} 年的数据，或用 --year {known[-1]} 按旧数据测算",
                f"the ledger has no figures of {last}, only of {', '.join(map(str, known))}; "
                f"import those of {last}, or say --year {known[-1]} to reckon with old ones",
            )
        )
    rows = firms
    names = [name for name in figures.columns if name not in ("firm", "year", SCORE)]
    for back in range(YEARS_BACK + 1):
        ending = f"_{back}" if back else ""
        of_year = figures.filter(pl.col("year") == last - back)
        rows = rows.join(
            of_year.select("firm", *(pl.col(name).alias(name + ending) for name in names)),
            on="firm",
            how="left",
        )
    rows = rows.join(_scores(figures, last, on.year), on="firm", how="left")
    rows = rows.join(_titles(ledger.titles, firms, on), on="firm", how="left")
    rows = _worked_out(rows, last)
    return rows if inputs is None else with_inputs(rows, inputs)


def _scores(figures: pl.DataFrame, last: int, this: int) -> pl.DataFrame:
    """Give the platform's latest score and the one before."""
    if SCORE not in figures.columns:
        return figures.select("firm").unique()
    recent = figures.filter(
        pl.col(SCORE).is_not_null() & pl.col("year").is_between(last - 1, max(this, last))
    )
    return (
        recent.sort("year", descending=True)
        .group_by("firm", maintain_order=True)
        .agg(
            pl.col(SCORE).filter(pl.col("year") >= last).first(),
            pl.col(SCORE)
            .filter(pl.col("year") < pl.max_horizontal(pl.col("year").max(), pl.lit(last)))
            .first()
            .alias(f"{SCORE}_1"),
        )
    )


def _titles(titles: pl.DataFrame, firms: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    held = firms.select("firm")
    for tier, name in HOLDS.items():
        listed = titles.filter(pl.col("tier") == tier)
        if listed.is_empty():
            held = held.with_columns(pl.lit(None, pl.Boolean).alias(name))
            continue
        valid = in_force(pl.col("granted"), pl.col("expires"), on)
        told = listed.group_by("firm").agg(
            pl.lit(value=True).alias("_listed"), valid.any(ignore_nulls=False).alias(name)
        )
        held = (
            held.join(told, on="firm", how="left", maintain_order="left")
            .with_columns(pl.when("_listed").then(name).otherwise(pl.lit(value=False)).alias(name))
            .drop("_listed")
        )
    return held


def _worked_out(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    if "segment_since" in rows.columns and "niche_years" not in rows.columns:
        since = pl.col("segment_since")
        whole = (since.dt.month() == 1) & (since.dt.day() == 1)
        years = last - since.dt.year() + whole.cast(pl.Int32)
        rows = rows.with_columns(niche_years=years.clip(lower_bound=0).cast(pl.Int64))
    if "industry" in rows.columns and "size" not in rows.columns:
        sized = sme_size(rows).select("firm", pl.col("size").replace({"missing": None}))
        rows = rows.join(sized, on="firm", how="left")
    if "rd_institution" in rows.columns:
        level = pl.col("rd_institution")
        if "district" in rows.columns:
            province = pl.col("district").cast(pl.String).str.slice(0, 2)
            raised = (level == "市级") & province.is_in(_PROVINCE_LEVEL_CITIES)
            level = pl.when(raised).then(pl.lit("省级")).otherwise(level)
        rows = rows.with_columns(
            level.replace_strict(_LEVELS, default=None, return_dtype=pl.String).alias(
                "rd_institution"
            )
        )
    return rows


def with_inputs(rows: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    """Take the office's own values before the ledger's."""
    if "firm" not in inputs.columns or inputs["firm"].n_unique() != inputs.height:
        raise InputError(
            Text(
                "补充数据应有 firm 一列，每户一行",
                "the inputs need a column `firm`, with one row a firm",
            )
        )
    unknown = [name for name in inputs.columns if name != "firm" and measure_of(name) is None]
    if unknown:
        raise InputError(
            Text(
                f"补充数据里有不认识的指标：{'、'.join(unknown)}",
                f"the inputs have columns that are no measures: {', '.join(unknown)}",
            )
        )
    names = [name for name in inputs.columns if name != "firm"]
    joined = rows.join(inputs, on="firm", how="left", suffix=":given")
    taken: list[Any] = [
        pl.coalesce(f"{name}:given", name).alias(name) for name in names if name in rows.columns
    ]
    return joined.with_columns(taken).select(pl.exclude(r"^.*:given$"))
