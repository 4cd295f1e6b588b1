"""Read the columns of one sheet into rows, figures, titles and what is left over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars as pl

from sanfu.registry.problems import problem_rows
from sanfu.registry.reading.headings import MONEY_UNITS, OWN_UNIT, Heading, measure_named
from sanfu.registry.reading.values import (
    Read,
    each_once,
    read_dates,
    read_decimals,
    read_flags,
    read_numbers,
    read_reviews,
    read_text,
    read_tiers,
)
from sanfu.registry.uscc import tidy_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sanfu.content.measures import Measure

FREE_TEXT = frozenset(("scope", "products", "problem", "news"))
"""Measures whose text may have been scraped; never a legal name or an address."""
_PINYIN = r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùüǘǚǜ]+[)）]"
_TITLE_TYPES = {
    "tier": pl.String, "batch": pl.String, "granted": pl.Date, "expires": pl.Date,
    "review": pl.String,
}  # fmt: skip
_CURRENCIES = {
    "人民币": "CNY", "美元": "USD", "美金": "USD", "港元": "HKD", "港币": "HKD", "日元": "JPY",
    "日圆": "JPY", "欧元": "EUR", "英镑": "GBP", "新加坡元": "SGD", "加元": "CAD", "澳元": "AUD",
    "瑞士法郎": "CHF", "新台币": "TWD", "韩元": "KRW", "加拿大元": "CAD", "澳大利亚元": "AUD",
    "德国马克": "DEM", "法国法郎": "FRF", "CNY": "CNY", "RMB": "CNY", "USD": "USD", "HKD": "HKD",
    "JPY": "JPY", "EUR": "EUR", "GBP": "GBP",
}  # fmt: skip
_FOREIGN = "|".join(word for word, code in _CURRENCIES.items() if code != "CNY")


def empty_titles(keys: pl.Series | None = None) -> pl.DataFrame:
    """Give the frame of titles with these row keys and nothing else in it."""
    keys = pl.Series("row_key", [], dtype=pl.Int64) if keys is None else keys
    return keys.to_frame("row_key").with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in _TITLE_TYPES.items()
    )


class ColumnReader:
    """One pass over the understood columns of a sheet."""

    def __init__(
        self,
        file: str,
        sheet: str,
        cells: pl.DataFrame,
        headings: Sequence[Heading],
        year: int | None = None,
    ) -> None:
        self.year = year
        self.file = file
        self.sheet = sheet
        self.cells = cells
        self.headings = headings
        self.problems: list[pl.DataFrame] = []
        self._found: dict[str, list[pl.DataFrame]] = {}
        self.rows = pl.DataFrame()
        self.figures = pl.DataFrame()
        self.titles = pl.DataFrame()
        self.title_parts = pl.DataFrame()

    def read(self) -> None:
        """Fill rows, figures, titles and problems."""
        firm: dict[str, pl.Series] = {}
        title: dict[str, pl.Series] = {}
        by_year: dict[int | None, dict[str, pl.Series]] = {}
        years: pl.Series | None = None
        known = [heading for heading in self.headings if heading.measure is not None]
        with ThreadPoolExecutor(max_workers=2) as pool:
            columns = list(pool.map(self._column, known))
        # in the order of the sheet, whichever was read first
        self.problems = [one for heading in known for one in self._found.get(heading.letter, ())]
        for heading, values in zip(known, columns, strict=True):
            measure = measure_named(heading.measure or "")
            if measure.name == "year":
                blank = self.cells[heading.letter].cast(pl.String).str.strip_chars()
                blank = blank.fill_null("") == ""
                years = values.cast(pl.Int32, strict=False)
                years = years.set(blank, self.year)  # the table's own year, where it has one
            elif measure.frame == "titles":
                title[measure.name] = values
            elif measure.frame == "figures":
                by_year.setdefault(heading.year, {})[measure.name] = values
            else:
                firm[measure.name] = values
        self.rows = self.cells.select(
            "row_key", pl.lit(self.file).alias("file"), pl.lit(self.sheet).alias("sheet"), "row"
        ).with_columns(series.alias(name) for name, series in firm.items())
        if "capital" in firm and "currency" not in firm:
            self._take_currency()
        self.figures = self._figures(by_year, years)
        self._titles(title)

    def drop(self, keys: pl.Series) -> None:
        """Leave out rows that are set aside."""
        gone = keys.to_frame("row_key")
        self.rows, self.figures, self.titles = (
            frame.join(gone, on="row_key", how="anti") if frame.height else frame
            for frame in (self.rows, self.figures, self.titles)
        )

    def _column(self, heading: Heading) -> pl.Series:
        cells = self.cells[heading.letter]
        measure = measure_named(heading.measure or "")
        if cells.dtype == pl.String:
            return self._from_text(heading, measure, cells)
        typed = _typed(cells, measure.kind, heading.unit)
        return self._from_text(heading, measure, cells.cast(pl.String)) if typed is None else typed

    def _from_text(self, heading: Heading, measure: Measure, cells: pl.Series) -> pl.Series:
        match measure.kind:
            case "money":
                own = heading.unit == OWN_UNIT
                factor = None if own else MONEY_UNITS[heading.unit]
                tidy = _without_currency if measure.name == "capital" else None
                read = each_once(
                    lambda texts: read_numbers(tidy(texts) if tidy else texts, factor=factor), cells
                )
                return self._said("own-unit-unread" if own else "number-unread", heading, read)
            case "count":
                read = each_once(read_numbers, cells)
                whole = each_once(lambda texts: read_numbers(texts, whole=True), cells)
                self._said("number-unread", heading, read)
                below = (whole.values < 0).fill_null(value=False)
                values = whole.values.set(below, None)
                odd = Read(values, (whole.unread & ~read.unread) | below)
                return self._said("count-not-whole", heading, odd)
            case "years":
                years = each_once(lambda texts: read_numbers(texts.str.replace("年度?", "")), cells)
                return self._said("number-unread", heading, years)
            case "date":
                return self._said("date-unread", heading, each_once(read_dates, cells))
            case "points" | "share":
                return self._said("number-unread", heading, each_once(read_decimals, cells))
            case "flag":
                return self._said("flag-unread", heading, read_flags(cells))
            case "code" if measure.name == "uscc":
                return cells.to_frame("uscc").select(tidy_code()).to_series()
            case _ if measure.name == "tier":
                return self._said("tier-unread", heading, read_tiers(cells))
            case _ if measure.name == "review":
                return self._said("review-unread", heading, read_reviews(cells))
            case _:
                return self._text(heading, cells)

    def _text(self, heading: Heading, cells: pl.Series) -> pl.Series:
        """Read text; a currency becomes its code, free text is mended."""
        if heading.measure == "currency":
            known = _currency_in(cells).values
            return known.zip_with(known.is_not_null(), read_text(cells))
        text = read_text(cells)
        return self._mended(heading, text) if heading.measure in FREE_TEXT else text

    def _mended(self, heading: Heading, text: pl.Series) -> pl.Series:
        """Mend scraped pinyin in free text; the raw cell stays in the ledger's cells."""
        bracketed = text.filter(text.str.contains(_PINYIN))
        suspects = bracketed.filter(bracketed.str.contains(r"[\u4e00-\u9fff]" + _PINYIN))
        if suspects.is_empty():
            return text
        from sanfu.registry.freetext import clean_scraped_text  # noqa: PLC0415 - rarely needed

        words = {word: clean_scraped_text(word) for word in suspects.unique().to_list()}
        changed = {word: cleaned.text for word, cleaned in words.items() if cleaned.changed}
        damaged = text.is_in([word for word, cleaned in words.items() if cleaned.residues])
        self._said("text-mended", heading, Read(text, text.is_in(list(changed)) & ~damaged))
        self._said("text-damaged", heading, Read(text, damaged))
        return text.replace(changed)

    def _said(self, code: str, heading: Heading, read: Read) -> pl.Series:
        """Note the cells that could not be read, or were read with a reserve."""
        for problem, mask in ((code, read.unread), ("date-month-only", read.noted)):
            if mask is None or not mask.any():
                continue
            found = self.cells.filter(mask)
            self._found.setdefault(heading.letter, []).append(
                problem_rows(
                    problem,
                    found.select(
                        pl.lit(self.file).alias("file"),
                        pl.lit(self.sheet).alias("sheet"),
                        "row",
                        pl.lit(f"{heading.letter} {heading.words}").alias("column"),
                        pl.col(heading.letter).alias("value"),
                    ),
                )
            )
        return read.values

    def _take_currency(self) -> None:
        """Take the currency of capital from its cells and heading; CNY where it is written so."""
        heading = next(h for h in self.headings if h.measure == "capital")
        named = next((c for word, c in _CURRENCIES.items() if word in heading.words), None)
        cells = self.cells[heading.letter].cast(pl.String)
        currency = each_once(_currency_in, cells).values
        self.rows = self.rows.with_columns(
            pl.when(pl.col("capital").is_not_null())
            .then(currency.fill_null(named or "CNY"))
            .alias("currency")
        )

    def _figures(
        self, by_year: dict[int | None, dict[str, pl.Series]], years: pl.Series | None
    ) -> pl.DataFrame:
        frames = []
        for year, columns in by_year.items():
            stated = pl.lit(year, dtype=pl.Int32) if year is not None else years
            if stated is None:
                continue
            frame = self.cells.select("row_key").with_columns(
                pl.Series("year", stated)
                if isinstance(stated, pl.Series)
                else stated.alias("year"),
                *(series.alias(name) for name, series in columns.items()),
            )
            self._say_yearless(frame, columns)
            frames.append(
                _only(
                    frame,
                    pl.col("year").is_not_null()
                    & pl.any_horizontal(pl.col(name).is_not_null() for name in columns),
                )
            )
        if len(frames) == 1:
            return frames[0]  # concatenating one frame would copy it
        return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()

    def _say_yearless(self, frame: pl.DataFrame, columns: Iterable[str]) -> None:
        """Name rows whose figures have no year: they stay in the cells, but no year takes them."""
        lost = frame.filter(
            pl.col("year").is_null() & pl.any_horizontal(pl.col(c).is_not_null() for c in columns)
        )
        if lost.height:
            rows = self.cells.join(lost.select("row_key"), on="row_key", how="semi")
            self.problems.append(
                problem_rows(
                    "row-year-unknown",
                    rows.select(
                        pl.lit(self.file).alias("file"), pl.lit(self.sheet).alias("sheet"), "row",
                        pl.lit("年度").alias("column"),
                    ),
                )
            )  # fmt: skip

    def _titles(self, title: dict[str, pl.Series]) -> None:
        if not title:
            return
        parts = empty_titles(self.cells["row_key"]).with_columns(
            series.cast(_TITLE_TYPES[name]).alias(name) for name, series in title.items()
        )
        self.title_parts = parts
        if "tier" in title:
            self.titles = parts.filter(pl.col("tier").is_not_null())


def _currency_in(cells: pl.Series) -> Read:
    """Read the code of the currency that is named; a cell that names none is null, and no fault."""
    words = cells.str.extract("(" + "|".join(_CURRENCIES) + ")", 1)
    codes = words.replace_strict(_CURRENCIES, default=None, return_dtype=pl.String)
    return Read(codes, codes.is_null() & False)


def _without_currency(cells: pl.Series) -> pl.Series:
    """Leave the amount and its unit: 500万美元 is 500万元, 500美元 500元, 500（美元） 500."""
    return cells.str.replace_all(r"(\d|万|亿)\s*(" + _FOREIGN + ")", "${1}元").str.replace_all(
        "|".join(_CURRENCIES) + r"|[()（）整]", ""
    )


def _typed(cells: pl.Series, kind: str, unit: str) -> pl.Series | None:
    """Take a column whose type says all, as Parquet keeps it; None where it must be read as text.

    Floats are read as text: what they print is what was meant, not their nearest binary number.
    """
    if kind == "date" and cells.dtype in (pl.Date, pl.Datetime):
        return cells.cast(pl.Date)
    if kind == "flag" and cells.dtype == pl.Boolean:
        return cells
    if not cells.dtype.is_integer():
        return None
    if kind in ("count", "years"):
        return cells.cast(pl.Int64)
    if kind == "money" and unit in MONEY_UNITS:
        factor, most = MONEY_UNITS[unit], int(cells.cast(pl.Int64).abs().max() or 0)  # type: ignore[arg-type]
        return cells.cast(pl.Int64) * factor if most * factor < 2**63 else None
    return None


def _only(frame: pl.DataFrame, holds: pl.Expr) -> pl.DataFrame:
    """Keep the rows for which it holds; the frame itself where it holds for all."""
    mask = frame.select(holds).to_series()
    return frame if mask.all() else frame.filter(mask)
