"""Turn text cells into exact values, a column at a time.

Each function gives the parsed column and says which cells it could not read; it never guesses.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

BLANKS = (
    "", "-", "--", "—", "——", "–", "/", "\\", "无", "空", "暂无", "不详", "未知", "n/a", "na",
    "nan",     "null", "none", "#n/a", "#div/0!", "#value!", "#ref!", "#name?", "*", "未填", "未报",
)  # fmt: skip
"""What offices write for "nothing"; a missing value, never zero."""
_BLANK_TEXTS = sorted(
    {way(b) for b in BLANKS for way in (str, str.upper, str.title)} | {"NaN", "－", "／", "－－"}
)
_NUMBER = (
    r"^[¥$]?([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(亿|千万|百万|万|千)?(元|人|项|个|件|家|户|名|年|%)?$"
)
_TIMES = {"亿": 100_000_000, "千万": 10_000_000, "百万": 1_000_000, "万": 10_000, "千": 1000}
_PLACES = 12
"""Decimal places kept while reading; a figure is then rounded half up to the fen."""


_SPACES = [mark for mark in map(chr, range(0x3001)) if mark.isspace()]


class Read(NamedTuple):
    """A parsed column, and which cells were filled but could not be read."""

    values: pl.Series
    unread: pl.Series
    noted: pl.Series | None = None
    """Cells read with a reserve, such as a date without a day."""


def each_once(read: Callable[[pl.Series], Read], cells: pl.Series) -> Read:
    """Read each distinct text once and give it to all its cells, where texts repeat."""
    texts = cells.drop_nulls().unique()
    if len(texts) * 2 > len(cells):
        return read(cells)
    of = cells.cast(pl.Enum(texts)).to_physical()
    values, unread, noted = read(texts)
    return Read(
        values.gather(of).alias(cells.name),
        unread.gather(of).fill_null(value=False),
        None if noted is None else noted.gather(of).fill_null(value=False),
    )


def fold(cells: pl.Series) -> pl.Series:
    """Fold width, case, thousands separators and spaces; what means "nothing" becomes null."""
    folded = cells.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s，']", "")
    plain = folded.str.replace_all(",", "", literal=True)
    odd = folded.str.contains(r"\.\d*,").fill_null(value=False)  # 1.234,5 may mean two numbers
    folded = folded.zip_with(odd, plain)
    return folded.set(folded.is_in(BLANKS), None)


def read_numbers(cells: pl.Series, *, factor: int | None = 1, whole: bool = False) -> Read:
    """Read numbers exactly and multiply by `factor` (fen a unit of money), as Int64.

    ``1,234.5``, full-width digits, ``1200万``, ``3.5亿元`` and ``1.2e5`` are read; a cell's own 万
    or 亿 overrides the column's unit. A result between two fen is rounded half up.

    Parameters
    ----------
    factor
        None where each cell must carry its own unit; one without is unread.
    whole
        The number must be whole (a count); another is unread.
    """
    text = fold(cells)
    if text.str.contains(r"^(\(.+\)|[−负])").any():  # (12), −12 and 负12 are -12
        text = text.str.replace(r"^\((\d[\d.]*)\)$", "-${1}").str.replace("^[−负]", "-")
    number = text.cast(pl.Decimal(38, _PLACES), strict=False)
    scale = pl.Series([factor or 1]).cast(pl.Int64)
    if factor is None or (text.is_not_null() & number.is_null()).any():
        parts = text.to_frame("t").select(
            pl.col("t").str.extract(_NUMBER, 1).cast(pl.Decimal(38, _PLACES), strict=False),
            pl.col("t")
            .str.extract(_NUMBER, 2)
            .replace_strict(_TIMES, default=1, return_dtype=pl.Int64)
            .alias("times"),
            pl.col("t").str.extract(_NUMBER, 3).fill_null("").alias("unit"),
        )
        number = parts["t"].set(parts["unit"] == "%", None)
        scale = parts["times"]
        own = (parts["unit"] == "元") | (parts["times"] > 1)
        if factor is None:
            number = number.set(~own, None)
            scale = scale * 100
        elif factor > 1:
            scale = scale * own.replace_strict({True: 100, False: factor}, return_dtype=pl.Int64)
    scaled = _times(number, scale)
    parsed = scaled.round(0, mode="half_away_from_zero").cast(pl.Int64, strict=False)
    unread = text.is_not_null() & parsed.is_null()
    if whole:
        unread = unread | (scaled != parsed.cast(pl.Decimal(38, _PLACES))).fill_null(value=False)
        parsed = parsed.set(unread, None)
    return Read(parsed, unread)


def read_decimals(cells: pl.Series) -> Read:
    """Read points and shares exactly, as Decimal; 12% is 0.12, and 62.5分 is 62.5."""
    text = fold(cells)
    parts = text.to_frame("t").select(
        pl.col("t").str.extract(r"^([+-]?\d+(?:\.\d+)?)(?:%|分)?$", 1).alias("n"),
        pl.col("t").str.ends_with("%").alias("percent"),
    )
    number = parts["n"].cast(pl.Decimal(38, 8), strict=False)
    values = pl.select(
        pl.when(parts["percent"]).then(number / pl.lit(100)).otherwise(number)
    ).to_series()
    return Read(values.cast(pl.Decimal(18, 6)), text.is_not_null() & number.is_null())


def _times(number: pl.Series, scale: pl.Series) -> pl.Series:
    """Multiply decimals by whole numbers, exactly; a single scale serves all rows."""
    by = scale.cast(pl.Decimal(38, 0))
    frame = number.to_frame("n")
    column = pl.lit(by[0]) if len(by) == 1 else by.alias("by")
    return frame.select((pl.col("n") * column).cast(pl.Decimal(38, _PLACES))).to_series()


_DATE = r"^(\d{4})[-/.年、](\d{1,2})(?:[-/.月、](\d{1,2})[日号]?)?月?(?:[t ]?\d{1,2}:\d{2}.*)?$"
_CHINESE = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def read_dates(cells: pl.Series) -> Read:
    """Read dates: ISO, ``2019.3.5``, ``2019年3月``, ``20190305``, Excel serials, Chinese numerals.

    A date without a day is taken as the first of its month and noted.
    """
    if cells.str.contains(r"^\d{4}-\d{2}-\d{2}$").all():  # nulls do not count
        legal = cells.str.to_date("%Y-%m-%d", strict=False)
        return Read(legal, cells.is_not_null() & legal.is_null())
    text = cells.str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    text = text.set(text.is_in(BLANKS), None)
    joined = text.str.replace(r"\s+(\d{1,2}:)", "t$1").str.replace_all(r"\s", "")
    parts = joined.to_frame("t").select(
        pl.col("t").str.extract(_DATE, 1).cast(pl.Int32, strict=False).alias("y"),
        pl.col("t").str.extract(_DATE, 2).cast(pl.Int8, strict=False).alias("m"),
        pl.col("t").str.extract(_DATE, 3).cast(pl.Int8, strict=False).alias("d"),
        pl.when(pl.col("t").str.contains(r"^\d{8}(\.0)?$"))
        .then(pl.col("t").str.slice(0, 8).str.to_date("%Y%m%d", strict=False))
        .alias("compact"),
        pl.when(pl.col("t").str.contains(r"^[1-5]\d{4}(\.\d+)?$"))
        .then(
            pl.lit(dt.date(1899, 12, 30))
            + pl.duration(days=pl.col("t").str.extract(r"^(\d+)", 1).cast(pl.Int64, strict=False))
        )
        .alias("serial"),
        pl.col("t"),
    )
    month_only = (parts["m"].is_not_null() & parts["d"].is_null()).fill_null(value=False)
    legal = parts.select(
        pl.coalesce(
            pl.format(
                "{}-{}-{}",
                pl.col("y"),
                pl.col("m").cast(pl.String).str.zfill(2),
                pl.col("d").fill_null(1).cast(pl.String).str.zfill(2),
            ).str.to_date("%Y-%m-%d", strict=False),
            pl.col("compact"),
            pl.col("serial").cast(pl.Date),
        )
    ).to_series()
    left = joined.is_not_null() & legal.is_null()
    if left.any():
        words = {word: _chinese_date(word) for word in joined.filter(left).unique().to_list()}
        mended = joined.replace_strict(words, default=None, return_dtype=pl.Date)
        month_only = month_only | (
            mended.is_not_null() & legal.is_null() & ~joined.fill_null("").str.contains("日")
        )
        legal = legal.set(legal.is_null(), None).zip_with(legal.is_not_null(), mended)
    unread = joined.is_not_null() & legal.is_null()
    return Read(legal, unread, month_only & ~unread)


def _chinese_date(word: str) -> dt.date | None:
    """Read 二〇一九年三月十五日; None if it is none."""
    found = re.fullmatch(r"(.{4})年(.{1,3})月(?:(.{1,3})[日号])?", word)
    if not found:
        return None
    year, month, day = (_chinese_number(part or "一") for part in found.groups())
    try:
        return dt.date(year, month, day)
    except (ValueError, TypeError):
        return None


def _chinese_number(word: str) -> int:
    """Read 二〇一九 by its digits and 十五 by its tens; 0 for what is no number."""
    if "十" in word:
        tens, _, ones = word.partition("十")
        digits = (tens.translate(_CHINESE) or "1") + (ones.translate(_CHINESE) or "0")
    else:
        digits = word.translate(_CHINESE)
    return int(digits) if digits.isdecimal() else 0


_YES = ("是", "有", "√", "✓", "y", "yes", "true", "1", "1.0", "已")
_NO = ("否", "×", "✗", "n", "no", "false", "0", "0.0", "未", "没有", "无")


def read_flags(cells: pl.Series) -> Read:
    """Read yes and no."""
    text = cells.str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    text = text.set(text.is_in([b for b in BLANKS if b != "无"]), None)
    words = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    values = text.replace_strict(words, default=None, return_dtype=pl.Boolean)
    return Read(values, text.is_not_null() & values.is_null())


_TIERS = (
    ("小巨人", "little-giant"), ("little-giant", "little-giant"), ("专精特新", "srdi"),
    ("srdi", "srdi"), ("科技和创新型", "innovative"), ("科技型", "tech"), ("tech", "tech"),
    ("创新型", "innovative"), ("innovative", "innovative"),
)  # fmt: skip


def read_tiers(cells: pl.Series) -> Read:
    """Read official titles by the words they hold: innovative, tech, srdi or little-giant."""
    text = cells.str.normalize("NFKC").str.replace_all(r"\s", "")
    text = text.set(text.is_in(BLANKS), None)
    words = {
        word: next((tier for part, tier in _TIERS if part in word), None)
        for word in text.drop_nulls().unique().to_list()
    }
    values = text.replace_strict(words, default=None, return_dtype=pl.String)
    return Read(values, text.is_not_null() & values.is_null())


_REVIEWS = (
    ("未复核", "lapsed"), ("lapsed", "lapsed"),
    ("未通过", "failed"), ("不通过", "failed"), ("不合格", "failed"), ("取消", "failed"),
    ("撤销", "failed"), ("failed", "failed"), ("待", "due"), ("due", "due"),
    ("通过", "passed"), ("合格", "passed"), ("passed", "passed"),
)  # fmt: skip


def read_reviews(cells: pl.Series) -> Read:
    """Read review outcomes: passed, failed, lapsed or due."""
    text = cells.str.normalize("NFKC").str.replace_all(r"\s", "")
    text = text.set(text.is_in(BLANKS), None)
    words = {
        word: next((outcome for part, outcome in _REVIEWS if part in word), None)
        for word in text.drop_nulls().unique().to_list()
    }
    values = text.replace_strict(words, default=None, return_dtype=pl.String)
    return Read(values, text.is_not_null() & values.is_null())


def read_text(cells: pl.Series) -> pl.Series:
    """Give text as written; only surrounding space goes, and what means "nothing" is null."""
    edged = cells.str.head(1).is_in(_SPACES) | cells.str.tail(1).is_in(_SPACES)
    text = cells.str.strip_chars() if edged.any() else cells
    nothing = text.is_in(_BLANK_TEXTS)
    return text.set(nothing, None) if nothing.any() else text
