"""What stands between each firm and a standard: what is unmet and by how much, what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.formula import names_in
from sanfu.ladder.book import VERDICT
from sanfu.ladder.reform import label_of, leaves_of
from sanfu.ladder.units import UNITS_EN
from sanfu.language import Text, current_language

if TYPE_CHECKING:
    from sanfu.ladder.book import Book, Rule
    from sanfu.ladder.checking import CheckResult


def shortfalls(result: CheckResult) -> pl.DataFrame:
    """Give for each firm what is unmet, missing or for a person to judge.

    Parameters
    ----------
    result
        A check of a Polars frame.

    Returns
    -------
    pl.DataFrame
        The firm and the columns kept; ``outcome`` (the verdict's); ``unmet, missing, judge`` (how
        many criteria of the first level); ``distance`` (sum over the unmet quantities of gap ÷
        threshold; null where none is a quantity); ``short_of`` and ``lacks`` and ``to_judge`` in
        words of the current language: ``研发费用合计还差 38.2 万元；…``.
    """
    book = result.book
    frame: pl.DataFrame = result.frame
    key = [result.firm, *result.keep]
    first = [name for name in book.by_id[VERDICT].children if name != VERDICT]
    tops = frame.filter(pl.col("criterion").is_in(first))
    counts = tops.group_by(key, maintain_order=True).agg(
        (pl.col("outcome") == word).sum().cast(pl.Int64).alias(word)
        for word in ("unmet", "missing", "judge")
    )
    said = in_words(book, frame, result.firm)
    verdicts = frame.filter(pl.col("criterion") == VERDICT).select(result.firm, "outcome")
    return (
        counts.join(verdicts, on=result.firm)
        .join(said, on=result.firm, how="left")
        .with_columns(pl.col("short_of", "lacks", "to_judge").fill_null(""))
        .select(
            *key,
            "outcome",
            "unmet",
            "missing",
            "judge",
            "distance",
            "short_of",
            "lacks",
            "to_judge",
        )
    )


def in_words(book: Book, frame: pl.DataFrame, firm: str) -> pl.DataFrame:
    """Say for each firm what is short, missing and for a person to judge.

    Parameters
    ----------
    frame
        A check's long frame, of one or more firms.

    Returns
    -------
    pl.DataFrame
        The firm, ``short_of, lacks, to_judge, distance``; see `shortfalls`.
    """
    leaves = leaves_of(book)
    labels = {name: label_of(book, name) for name in leaves}
    low = frame.filter(pl.col("criterion").is_in(leaves)).join(
        blocking(book, frame, firm), on=[firm, "criterion"], how="semi"
    )
    named = low.with_columns(
        pl.col("criterion").replace_strict(labels, return_dtype=pl.String).alias("label")
    )
    short = _short_of(book, frame, named, firm)
    rest = named.group_by(firm).agg(
        _words("missing", pl.col("label")).alias("lacks"),
        _words("judge", pl.col("label")).alias("to_judge"),
        pl.when((pl.col("outcome") == "unmet") & (pl.col("threshold") != 0))
        .then((pl.col("gap") / pl.col("threshold")).abs())
        .drop_nulls()
        .sum()
        .alias("distance"),
    )
    return rest.join(short, on=firm, how="left").select(
        firm, pl.col("short_of").fill_null(""), "lacks", "to_judge", "distance"
    )


def _short_of(book: Book, frame: pl.DataFrame, named: pl.DataFrame, firm: str) -> pl.DataFrame:
    """Say what is unmet as the book joins it: all of it, or one of several ways."""
    unmet = named.filter(pl.col("outcome") == "unmet").with_columns(_with_gap().alias("said"))
    if unmet.is_empty():
        return pl.DataFrame(schema={firm: named.schema[firm], "short_of": pl.String})
    words = unmet.pivot("criterion", index=firm, values="said", aggregate_function="first")
    joints = [rule.id for rule in book.rules if rule.children]
    failing = (
        frame.filter(pl.col("criterion").is_in(joints))
        .with_columns(
            pl.col("outcome") == "unmet", criterion=pl.lit("outcome:") + pl.col("criterion")
        )
        .pivot("criterion", index=firm, values="outcome", aggregate_function="first")
    )
    wide = words.join(failing, on=firm, how="left")
    joint = [rule for rule in book.rules if rule.children]
    for depth in sorted({rule.depth for rule in joint}, reverse=True):
        said = {
            rule.id: _said(book, rule, set(wide.columns))
            for rule in joint
            if rule.depth == depth and not set(rule.children).isdisjoint(wide.columns)
        }
        wide = wide.with_columns(**said)
    return wide.select(firm, short_of=VERDICT)


def _said(book: Book, rule: Rule, there: set[str]) -> pl.Expr:
    """Join the words of a rule's unmet parts; none where the rule itself is not unmet."""
    parts = [child for child in rule.children if child in there]
    above = "" if rule.parent is None else book.by_id[rule.parent].how
    if rule.id == VERDICT or (rule.parent == VERDICT and rule.how == "all"):
        between = Text("；", "; ")
    else:
        between = Text(" 且 ", " and ") if rule.how == "all" else Text("，或", ", or ")
    joined = pl.concat_str(parts, separator=str(between), ignore_nulls=True)
    known = pl.sum_horizontal(pl.col(part).is_not_null() for part in parts)
    if rule.how != above and rule.parent not in (None, VERDICT):
        joined = pl.when(known > 1).then(pl.format("（{}）", joined)).otherwise(joined)
    return pl.when((known > 0) & pl.col(f"outcome:{rule.id}")).then(joined)


def gaps(result: CheckResult, frame: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the quantities that each firm is short of, where they matter.

    Parameters
    ----------
    frame
        The part of the result's frame that is wanted; all of it when it is not given.

    Returns
    -------
    pl.DataFrame
        A row a firm and quantity: the firm, ``about`` (the first measure of the clause, or the
        clause), ``label``, ``gap`` (null where it is no number) and ``unit_of``.
    """
    book, firm = result.book, result.firm
    frame = result.frame if frame is None else frame
    low = frame.filter(pl.col("outcome") == "unmet").join(
        blocking(book, frame, firm), on=[firm, "criterion"], how="semi"
    )
    names = low["criterion"].unique().to_list()
    labels = {name: label_of(book, name) for name in names}
    about = {name: _first_measure(book, name) for name in names}
    return low.select(
        firm,
        pl.col("criterion").replace_strict(about, return_dtype=pl.String).alias("about"),
        pl.col("criterion").replace_strict(labels, return_dtype=pl.String).alias("label"),
        pl.col("gap").fill_nan(None),
        pl.col("unit").alias("unit_of"),
    )


def _first_measure(book: Book, name: str) -> str:
    formula = book.by_id[name].formula
    return next(iter(names_in(formula)), name) if formula is not None else name


def blocking(book: Book, frame: pl.DataFrame, firm: str) -> pl.DataFrame:
    """Give the leaves that matter to each firm: none below a rule that is met as it is.

    Returns
    -------
    pl.DataFrame
        The firm and ``criterion``, a row a leaf that is not settled.
    """
    above: dict[str, list[str]] = {}
    for name in leaves_of(book):
        way, rule = [name], book.by_id[name]
        while rule.parent is not None and rule.parent != VERDICT:
            way.append(rule.parent)
            rule = book.by_id[rule.parent]
        above[name] = way
    outcomes = frame.filter(pl.col("criterion") != VERDICT).select(firm, "criterion", "outcome")
    pairs = pl.DataFrame(
        [(leaf, up) for leaf, way in above.items() for up in way],
        schema={"leaf": pl.String, "criterion": pl.String},
        orient="row",
    )
    met_above = (
        outcomes.join(pairs, on="criterion")
        .group_by(firm, "leaf")
        .agg((pl.col("outcome") == "met").any().alias("settled"))
        .filter(~pl.col("settled"))
    )
    return met_above.select(firm, pl.col("leaf").alias("criterion"))


def _with_gap() -> pl.Expr:
    """Say a shortfall in its unit; a condition without a quantity by its name alone."""
    share = pl.col("unit") == "%"
    gap, now, edge = (_number(name) for name in ("gap", "value", "threshold"))
    over = pl.col("value") > pl.col("threshold")
    if current_language() == "zh":
        points = pl.when(share).then(pl.lit("个百分点")).otherwise(pl.lit(" ") + pl.col("unit"))
        way = pl.when(over).then(pl.lit("高出 ")).otherwise(pl.lit("还差 "))
        bound = pl.when(over).then(pl.lit("，上限 ")).otherwise(pl.lit("，要求 "))
        shown = pl.concat_str(
            pl.col("label"), way, gap, points, pl.lit("（现 "), now, pl.col("unit"), bound, edge,
            pl.col("unit"), pl.lit("）"),
        )  # fmt: skip
    else:
        unit = pl.when(share).then(pl.lit("%")).otherwise(_english_unit())
        points = pl.when(share).then(pl.lit(" points")).otherwise(_english_unit())
        way = pl.when(over).then(pl.lit(" over")).otherwise(pl.lit(" short"))
        shown = pl.concat_str(
            pl.col("label"), pl.lit(": "), gap, points, way, pl.lit(" (now "), now,
            unit, pl.lit(", edge "), edge, unit, pl.lit(")"),
        )  # fmt: skip
    known = pl.col("gap").is_not_null() & pl.col("gap").is_not_nan()
    return pl.when(known).then(shown).otherwise(pl.col("label"))


def _english_unit() -> pl.Expr:
    """Give the unit of an amount in English, after a space where there is one."""
    unit = pl.col("unit").replace(UNITS_EN)
    return pl.when(unit == "").then(pl.lit("")).otherwise(pl.lit(" ") + unit)


def _number(name: str) -> pl.Expr:
    """Print without a needless point: 12 and 38.25."""
    value = pl.col(name).abs() if name == "gap" else pl.col(name)
    return value.round(2).cast(pl.String).str.strip_suffix(".0")


def _words(outcome: str, said: Any) -> pl.Expr:
    picked = said.filter(pl.col("outcome") == outcome)
    joined: pl.Expr = picked.str.join(str(Text("；", "; ")))
    return joined
