"""Find rows of lists that are likely the same firm; proposed with reasons, never merged silently.

Candidates come from blocks (same organisation code, same folded name, a name that the firm bore,
same distinguishing part of the name, a name with one character less), never from all pairs. Two
rows with two valid codes of different organisations are two firms, whatever their names.
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
LENGTHS = (5, 40)
"""Characters of names among which one slip is looked for."""
_FORM = (
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|股份公司|集团公司|公司|集团|企业|厂|中心|"
    r"\(有限合伙\)|合伙企业)"
)
_EVIDENCE: dict[str, tuple[float, str, str]] = {
    "org": (1.0, "组织机构代码相同", "same organisation code"),
    "name": (0.86, "企业名称相同（全半角、括号、空格不计）", "same name but for width, spaces"),
    "alias": (0.86, "与曾用名相同（另一名单以代码证明）", "a former name, proved by its code"),
    "core": (0.76, "名称主体相同（地名、组织形式不计）", "same name but for city and legal form"),
    "swapped": (0.76, "名称有相邻两字颠倒", "two neighbouring characters have changed places"),
    "lost": (0.75, "名称多一字或少一字", "the name has one character more or less"),
    "other": (0.45, "名称差一个字", "one character differs"),
    "district": (0.10, "所属区相同", "same district"),
    "elsewhere": (-0.20, "所属区不同", "another district"),
    "founded": (0.20, "成立日期相同", "same day of founding"),
    "other_founded": (-0.30, "成立日期不同", "another day of founding"),
    "address": (0.25, "地址相同", "same address"),
    "code_near": (0.35, "信用代码只差一位", "the codes differ in one character"),
    "rival": (-0.15, "另有同样相近的企业", "another firm is as near"),
}  # fmt: skip
"""What each piece of evidence adds, and how it is said; ours: only a whole name proposes alone."""
_SLIPS = ("swapped", "lost", "other")


def find_duplicates(
    firms: pl.DataFrame, *, propose: float = PROPOSE, aliases: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Propose pairs of rows that are likely the same firm.

    Parameters
    ----------
    firms
        One row a firm or list entry: `firm` (its id), `name`; as far as they are `uscc` (valid
        codes only), `code_given` (as written), `district`, `founded`, `address`.
    aliases
        Other names that a firm is known to have borne: `firm`, `name` (`Ledger.aliases`).

    Returns
    -------
    DataFrame
        firm, other, score in [0, 1], reasons (zh, joined by ；), reasons_en, the surest first; each
        pair once.
    """
    rows = _keys(firms)
    pairs = pl.concat(list(_blocks(rows, aliases))).unique(
        ["a", "b"], keep="first", maintain_order=True
    )
    if pairs.is_empty():
        empty = pl.lit("")
        return _result(pairs.with_columns(score=pl.lit(0.0), reasons=empty, reasons_en=empty), rows)
    return _result(_scored(pairs, rows).filter(pl.col("score") >= propose - 1e-9), rows)


def plain_name(column: str = "name") -> pl.Expr:
    """Give a name folded, without brackets and quotes."""
    return name_key(column).str.replace_all(r"[()“”\"'‘’]", "")


def core_of_name(column: str = "name") -> pl.Expr:
    """Give the distinguishing part of a name: without the city, the form and brackets."""
    return plain_name(column).str.replace_all("上海市?", "").str.replace_all(_FORM, "")


def _keys(firms: pl.DataFrame) -> pl.DataFrame:
    empty = {"uscc": pl.String, "code_given": pl.String, "district": pl.String,
             "founded": pl.Date, "address": pl.String}  # fmt: skip
    missing = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in empty.items()
        if name not in firms.columns
    ]
    return firms.with_columns(missing).select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("i"),
        "firm", "code_given", "district", "founded",
        pl.col("address").str.replace_all(r"\s", "").alias("address"),
        organisation_part(pl.col("uscc")).alias("org"),
        name_key().alias("key"),
        core_of_name().alias("core"),
        plain_name().alias("plain"),
    )  # fmt: skip


def _blocks(rows: pl.DataFrame, aliases: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    """Give candidate pairs (a < b, why), the surest kind of block first.

    Two rows with codes meet only where the codes are of one organisation; so but for the first kind
    one of the two has none, and all that is made is keyed by those rows.
    """
    yield _meeting(rows.select("i", k="org").drop_nulls(), None, "org")
    coded = rows.filter(pl.col("org").is_not_null())
    bare = rows.filter(pl.col("org").is_null())
    yield _meeting(bare.select("i", k="key"), coded.select("i", k="key"), "key")
    if aliases is not None and aliases.height:
        known = (
            aliases.select("firm", k=name_key()).unique().join(rows.select("i", "firm"), on="firm")
        )
        yield _meeting(bare.select("i", k="key"), known.select("i", "k"), "alias", among=False)
    long = pl.col("core").str.len_chars() >= 2
    yield _meeting(
        bare.filter(long).select("i", k="core"), coded.filter(long).select("i", k="core"), "core"
    )
    keyed = _shortened(bare)
    wanted = keyed.select("k").unique()
    yield _meeting(keyed, _shortened(coded, wanted), "near")


def _meeting(
    bare: pl.DataFrame, coded: pl.DataFrame | None, why: str, *, among: bool = True
) -> pl.DataFrame:
    """Give pairs of rows with one key: those of `bare` among themselves and with `coded`."""
    everyone = bare if coded is None else coded if not among else pl.concat([bare, coded])
    sizes = everyone.group_by("k").len()
    usable = sizes.filter(pl.col("len") <= BLOCK_LIMIT).select("k")
    both = (
        bare.join(usable, on="k", how="semi")
        .join(everyone, on="k", suffix="_b")
        .filter(pl.col("i") != pl.col("i_b"))
    )
    return both.select(
        pl.min_horizontal("i", "i_b").alias("a"),
        pl.max_horizontal("i", "i_b").alias("b"),
        pl.lit(why).alias("why"),
    ).unique()


def _shortened(rows: pl.DataFrame, wanted: pl.DataFrame | None = None) -> pl.DataFrame:
    """Key each name by itself and by itself with one character less, so that one slip meets.

    Parameters
    ----------
    wanted
        Keys beside which others need not be kept.
    """
    length = pl.col("plain").str.len_chars()
    kept = rows.select("i", "plain").filter(length.is_between(*LENGTHS))
    longest = int(kept.select(length.max()).item() or 0)

    def keyed(frame: pl.DataFrame, text: pl.Expr) -> pl.DataFrame:
        made = frame.select("i", k=text.hash())
        return made if wanted is None else made.join(wanted, on="k", how="semi")

    keys = [keyed(kept, pl.col("plain"))]
    for place in range(longest):
        kept = kept.filter(length > place)
        shorter = pl.col("plain").str.slice(0, place) + pl.col("plain").str.slice(place + 1)
        keys.append(keyed(kept, shorter))
    return pl.concat(keys).unique()


def _scored(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    left = rows.rename({name: f"{name}_a" for name in rows.columns if name != "i"})
    right = rows.rename({name: f"{name}_b" for name in rows.columns if name != "i"})
    both = pairs.join(left, left_on="a", right_on="i").join(right, left_on="b", right_on="i")
    both = both.with_columns(
        edits=_edits(both, "plain"),
        turned=_edits(both, "plain", turned=True),
        code_edits=_edits(both, "code_given"),
        longer=(
            pl.col("plain_a").str.len_chars().cast(pl.Int32)
            - pl.col("plain_b").str.len_chars().cast(pl.Int32)
        ).abs(),
    )

    def same(name: str) -> pl.Expr:
        return (pl.col(f"{name}_a") == pl.col(f"{name}_b")).fill_null(value=False)

    def other(name: str) -> pl.Expr:
        return (pl.col(f"{name}_a") != pl.col(f"{name}_b")).fill_null(value=False)

    alias = (pl.col("why") == "alias") & ~same("key")
    whole = same("key") | same("core") | alias
    # 第十分公司 and 第十一分公司 differ in a character, and are two
    numerals = [
        pl.col(f"plain_{end}").str.replace_all(r"[^〇一二三四五六七八九十百\d]", "")
        for end in ("a", "b")
    ]
    slip = ~whole & (numerals[0] == numerals[1])
    evidence = {
        "org": same("org"),
        "name": same("key"),
        "alias": alias,
        "core": same("core") & ~same("key") & ~alias,
        "swapped": (pl.col("turned") == 1) & (pl.col("edits") == 2) & slip,
        "lost": (pl.col("edits") == 1) & (pl.col("longer") == 1) & slip,
        "other": (pl.col("edits") == 1) & (pl.col("longer") == 0) & slip,
        "district": same("district"),
        "elsewhere": other("district"),
        "founded": same("founded"),
        "other_founded": other("founded"),
        "address": same("address"),
        "code_near": pl.col("code_edits") == 1,
    }
    both = both.with_columns(holds.fill_null(value=False).alias(n) for n, holds in evidence.items())
    both = both.with_columns(_sum_of([*evidence]).alias("score"))
    return _with_rivals(both).with_columns(
        score=_sum_of([*evidence, "rival"]).clip(0.0, 1.0),
        reasons=_said([*evidence, "rival"], 1),
        reasons_en=_said([*evidence, "rival"], 2),
    )


def _sum_of(names: list[str]) -> pl.Expr:
    return pl.sum_horizontal(
        pl.when(pl.col(name)).then(_EVIDENCE[name][0]).otherwise(0.0) for name in names
    )


def _said(names: list[str], language: int) -> pl.Expr:
    return pl.concat_str(
        [pl.when(pl.col(name)).then(pl.lit(_EVIDENCE[name][language])) for name in names],
        separator="；" if language == 1 else "; ",
        ignore_nulls=True,
    )


def _with_rivals(both: pl.DataFrame) -> pl.DataFrame:
    """Mark pairs by a slip whose row without a code is as near to another firm."""
    slip = pl.any_horizontal(_SLIPS)
    ends = pl.concat(
        [
            both.filter(pl.col(f"org_{end}").is_null()).select(pl.col(end).alias("i"), "score")
            for end in ("a", "b")
        ]
    )
    best = ends.group_by("i").agg(
        pl.col("score").max().alias("best"),
        (pl.col("score") > pl.col("score").max() - 0.05).sum().alias("near"),
    )
    marked = both
    rival = pl.lit(value=False)
    for end in ("a", "b"):
        found = best.rename({"i": end, "best": f"best_{end}", "near": f"near_{end}"})
        marked = marked.join(found, on=end, how="left")
        beaten = pl.col("score") < pl.col(f"best_{end}") - 0.05
        rival = rival | (beaten | (pl.col(f"near_{end}") > 1)).fill_null(value=False)
    return marked.with_columns(rival=slip & rival)


def _edits(pairs: pl.DataFrame, column: str, *, turned: bool = False) -> pl.Series:
    """Give the edit distance of both ends' texts, row by row; 99 where one is missing.

    Parameters
    ----------
    turned
        Two neighbours that have changed places count as one edit.
    """
    import numpy as np  # noqa: PLC0415 - with rapidfuzz
    from rapidfuzz.distance import OSA, Levenshtein  # noqa: PLC0415 - when duplicates are searched
    from rapidfuzz.process import cpdist  # noqa: PLC0415

    left, right = pairs[f"{column}_a"], pairs[f"{column}_b"]
    known = left.is_not_null() & right.is_not_null()
    out = np.full(pairs.height, 99, dtype=np.int32)
    if known.any():
        out[known.to_numpy()] = cpdist(
            left.filter(known).to_list(),
            right.filter(known).to_list(),
            scorer=OSA.distance if turned else Levenshtein.distance,
            score_cutoff=2,
            dtype=np.int32,
        )
    return pl.Series("edits", out)


def _result(scored: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    ids = rows.select("i", "firm")
    return (
        scored.select("a", "b", "score", "reasons", "reasons_en")
        .join(ids, left_on="a", right_on="i")
        .join(ids.rename({"firm": "other"}), left_on="b", right_on="i")
        .select("firm", "other", "score", "reasons", "reasons_en")
        .sort("score", "firm", "other", descending=[True, False, False])
    )
