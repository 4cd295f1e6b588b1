"""Find rows of lists that are likely the same firm; proposed with reasons, never merged silently.

Candidates come from blocks (same organisation code, same folded name, same distinguishing part of
the name, that part with one character less), never from all pairs. Two rows with two valid codes of
different organisations are two firms, whatever their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.registry.identity import name_key
from sanfu.registry.uscc import organisation_part

if TYPE_CHECKING:
    from collections.abc import Iterator

PROPOSE = 0.75
"""Score from which a pair is proposed."""
SURE = 0.95
"""Score from which a rule may merge, if the office allows it."""
BLOCK_LIMIT = 60
"""Rows that a block may hold; a larger one tells nothing."""
_FORM = (
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|股份公司|集团公司|公司|集团|企业|厂|中心|"
    r"\(有限合伙\)|合伙企业)"
)
_WEIGHTS = {
    "org": 1.0, "name": 0.86, "core": 0.70, "near": 0.45,
    "district": 0.10, "elsewhere": -0.20, "founded": 0.20, "other_founded": -0.30,
    "address": 0.25, "code_near": 0.35,
}  # fmt: skip
"""What each piece of evidence adds; ours: a name alone proposes only if it is whole."""
_REASONS = {
    "org": "组织机构代码相同", "name": "企业名称相同（全半角、括号、空格不计）",
    "core": "名称主体相同（地名、组织形式不计）", "near": "名称主体差一个字",
    "district": "所属区相同", "elsewhere": "所属区不同", "founded": "成立日期相同",
    "other_founded": "成立日期不同", "address": "地址相同", "code_near": "信用代码只差一位",
}  # fmt: skip


def find_duplicates(firms: pl.DataFrame, *, propose: float = PROPOSE) -> pl.DataFrame:
    """Propose pairs of rows that are likely the same firm.

    Parameters
    ----------
    firms
        One row a firm or list entry: `firm` (its id), `name`; as far as they are `uscc` (valid
        codes only), `code_given` (as written), `district`, `founded`, `address`.

    Returns
    -------
    DataFrame
        firm, other, score in [0, 1], reasons (zh, joined by ；), the surest first; each pair once.
    """
    rows = _keys(firms)
    pairs = pl.concat(list(_blocks(rows))).unique(["a", "b"], keep="first", maintain_order=True)
    if pairs.is_empty():
        return _result(pairs.with_columns(score=pl.lit(0.0), reasons=pl.lit("")), rows)
    return _result(_scored(pairs, rows).filter(pl.col("score") >= propose), rows)


def core_of_name(column: str = "name") -> pl.Expr:
    """Give the distinguishing part of a name: without the city, the form and brackets."""
    return (
        name_key(column)
        .str.replace_all(r"[()（）“”\"'‘’]", "")
        .str.replace_all(r"上海市?|中国", "")
        .str.replace_all(_FORM, "")
    )


def _keys(firms: pl.DataFrame) -> pl.DataFrame:
    empty = {"uscc": pl.String, "code_given": pl.String, "district": pl.String,
             "founded": pl.Date, "address": pl.String}  # fmt: skip
    missing = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in empty.items()
        if name not in firms.columns
    ]
    return firms.with_columns(missing).select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("i"),
        "firm", "uscc", "code_given", "district", "founded",
        pl.col("address").str.replace_all(r"\s", "").alias("address"),
        organisation_part(pl.col("uscc")).alias("org"),
        name_key().alias("key"),
        core_of_name().alias("core"),
    )  # fmt: skip


def _blocks(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give candidate pairs, the surest kind of block first."""
    yield _pairs(rows.select("i", "uscc", k="org"))
    yield _pairs(rows.select("i", "uscc", k="key"))
    yield _pairs(rows.filter(pl.col("core").str.len_chars() >= 2).select("i", "uscc", k="core"))
    yield _pairs(_shortened(rows))


def _pairs(keyed: pl.DataFrame) -> pl.DataFrame:
    """Give pairs (a < b) of rows with one key, where at most one of them has a code of its own."""
    keyed = keyed.drop_nulls("k")
    sizes = keyed.group_by("k").agg(
        pl.len().alias("n"), pl.col("uscc").is_null().any().alias("open")
    )
    usable = sizes.filter((pl.col("n") > 1) & (pl.col("n") <= BLOCK_LIMIT))
    small = keyed.join(usable.select("k"), on="k")
    both = small.join(small, on="k", suffix="_b").filter(pl.col("i") < pl.col("i_b"))
    return both.filter(
        pl.col("uscc").is_null()
        | pl.col("uscc_b").is_null()
        | (pl.col("uscc").str.slice(8, 9) == pl.col("uscc_b").str.slice(8, 9))
    ).select(pl.col("i").alias("a"), pl.col("i_b").alias("b"))


def _shortened(rows: pl.DataFrame) -> pl.DataFrame:
    """Key each core by itself and by itself with one character less, so that one edit meets.

    Cores of fewer than four characters are left out: with one less they tell nothing.
    """
    kept = rows.filter(pl.col("core").str.len_chars().is_between(4, 20)).select("i", "uscc", "core")
    length = pl.col("core").str.len_chars()
    longest = int(kept.select(length.max()).item() or 0)
    keys = [kept.select("i", "uscc", k=pl.col("core").hash())]
    for place in range(longest):
        shorter = pl.col("core").str.slice(0, place) + pl.col("core").str.slice(place + 1)
        keys.append(kept.filter(length > place).select("i", "uscc", k=shorter.hash()))
    return pl.concat(keys).unique()


def _scored(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    left = rows.rename({name: f"{name}_a" for name in rows.columns if name != "i"})
    right = rows.rename({name: f"{name}_b" for name in rows.columns if name != "i"})
    both = pairs.join(left, left_on="a", right_on="i").join(right, left_on="b", right_on="i")
    both = both.with_columns(
        edits=_edits(both, "core_a", "core_b"),
        code_edits=_edits(both, "code_given_a", "code_given_b"),
    )

    def same(name: str) -> pl.Expr:
        return (pl.col(f"{name}_a") == pl.col(f"{name}_b")).fill_null(value=False)

    def other(name: str) -> pl.Expr:
        return (pl.col(f"{name}_a") != pl.col(f"{name}_b")).fill_null(value=False)

    evidence = {
        "org": same("org"),
        "name": same("key"),
        "core": same("core") & ~same("key"),
        "near": (pl.col("edits") == 1) & ~same("core"),
        "district": same("district"),
        "elsewhere": other("district"),
        "founded": same("founded"),
        "other_founded": other("founded"),
        "address": same("address"),
        "code_near": pl.col("code_edits") == 1,
    }
    score = pl.sum_horizontal(
        pl.when(holds.fill_null(value=False)).then(_WEIGHTS[name]).otherwise(0.0)
        for name, holds in evidence.items()
    )
    reasons = pl.concat_str(
        [
            pl.when(holds.fill_null(value=False)).then(pl.lit(_REASONS[name]))
            for name, holds in evidence.items()
        ],
        separator="；",
        ignore_nulls=True,
    )
    return both.with_columns(score=score.clip(0.0, 1.0), reasons=reasons)


def _edits(pairs: pl.DataFrame, left: str, right: str) -> pl.Series:
    """Give the edit distance of two text columns, row by row; null where one is missing."""
    import numpy as np  # noqa: PLC0415 - with rapidfuzz
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - when duplicates are looked for
    from rapidfuzz.process import cpdist  # noqa: PLC0415

    known = (pairs[left].is_not_null() & pairs[right].is_not_null()).to_numpy()
    out = np.full(pairs.height, 99, dtype=np.int32)
    if known.any():
        out[known] = cpdist(
            pairs[left].filter(pl.Series(known)).to_list(),
            pairs[right].filter(pl.Series(known)).to_list(),
            scorer=Levenshtein.distance,
            score_cutoff=2,
            dtype=np.int32,
        )
    return pl.Series("edits", out)


def _result(scored: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    ids = rows.select("i", "firm")
    return (
        scored.select("a", "b", "score", "reasons")
        .join(ids, left_on="a", right_on="i")
        .join(ids.rename({"firm": "other"}), left_on="b", right_on="i")
        .select("firm", "other", "score", "reasons")
        .sort("score", "firm", "other", descending=[True, False, False])
    )
