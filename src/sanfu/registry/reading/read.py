"""Read one file into frames, with every problem found on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import FileFault
from sanfu.language import Text
from sanfu.registry.problems import join_problems, one_problem, problem_rows
from sanfu.registry.reading.columns import ColumnReader, empty_titles
from sanfu.registry.reading.headings import (
    COUNT_UNITS,
    MONEY_UNITS,
    OWN_UNIT,
    Heading,
    fold_heading,
    known_measure,
    measure_named,
    unit_in,
    year_in,
    years_back,
)
from sanfu.registry.reading.hints import Hints
from sanfu.registry.reading.layout import Layout, find_layout, kind_of_row
from sanfu.registry.reading.model import Reading, SheetCells
from sanfu.registry.reading.sheets import RawSheet, open_sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_STATE_UNITS = 0.9
"""Share of a column's filled cells that must carry a unit for the column to be read so."""
UNITS_LOOKED_AT = 5_000
"""Cells from the top in which units are looked for."""
_IGNORED = frozenset(("序号", "编号", "no", "备注", "序"))
_LIST = re.compile(r"名单|公示|认定|公告|入库|通过")
_BATCH = re.compile(r"(第[一二三四五六七八九十百\d]+批)")


def read_file(
    path: Path | str, hints: Hints | None = None, *, report: Callable[[str], None] | None = None
) -> Reading:
    """Read a spreadsheet of firms.

    Parameters
    ----------
    path
        ``.xlsx .xls .et .csv .parquet``.
    hints
        What the officer has confirmed.
    report
        Called with each sheet's name as it is taken up, for progress.

    Returns
    -------
    Reading
        See there. A bad row is set aside with its reason; nothing is lost.

    Raises
    ------
    FileFault
        The file cannot be opened, or is empty; the message says what to do.
    """
    path = Path(path)
    hints = hints or Hints()
    parts: list[_SheetReading] = []
    problems: list[pl.DataFrame] = []
    first_key = 0
    for sheet in open_sheets(path):
        if report:
            report(sheet.name)
        place = {"file": path.name, "sheet": sheet.name}
        if sheet.cells.is_empty():
            continue
        if sheet.hidden:
            problems.append(one_problem("sheet-hidden", **place, row=None, value=sheet.name))
            continue
        layout = find_layout(sheet)
        if layout is None:
            problems.append(one_problem("sheet-no-header", **place, row=1, value=sheet.name))
            continue
        reading = _SheetReading(path.name, sheet, layout, hints, first_key)
        reading.read(year_in(path.stem))
        parts.append(reading)
        problems += reading.problems
        first_key += sheet.cells.height
    if not parts and not problems:
        raise FileFault(path, Text("文件里没有内容。", "nothing stands in the file."))
    return _join(path.name, parts, problems)


class _SheetReading:
    """One pass over one sheet."""

    def __init__(
        self, file: str, sheet: RawSheet, layout: Layout, hints: Hints, first_key: int
    ) -> None:
        self.file = file
        self.sheet = sheet
        self.layout = layout
        self.hints = hints
        self.first_key = first_key
        self.problems: list[pl.DataFrame] = []
        self.set_aside = pl.DataFrame()
        self.headings: tuple[Heading, ...] = ()
        self.cells = pl.DataFrame()
        self.reader: ColumnReader

    def read(self, file_year: int | None) -> None:
        self.sheet = _filled_down(self.sheet, self.layout.data_top)
        kinds = kind_of_row(self.sheet.cells, self.layout)
        self._say_rows(kinds)
        broken = list(self.sheet.broken)
        kept = kinds.filter((pl.col("kind") == "data") & ~pl.col("index").is_in(broken))
        index = kept["index"]
        whole = len(index) == self.sheet.cells.height
        self.cells = (self.sheet.cells if whole else self.sheet.cells[index]).with_columns(
            (index + self.first_key).cast(pl.Int64).alias("row_key"),
            (index + self.sheet.first_row).cast(pl.Int64).alias("row"),
        )
        year = self.hints.year or year_in(self.sheet.name) or self.layout.year or file_year
        self.headings = tuple(self._understand(year))
        self.reader = ColumnReader(self.file, self.sheet.name, self.cells, self.headings, year)
        self.reader.read()
        self._infer_titles()
        self._aside_without_identity()
        self._aside_broken(broken)
        if self.cells.is_empty() and not broken:
            self.problems.append(
                one_problem(
                    "sheet-no-rows",
                    file=self.file,
                    sheet=self.sheet.name,
                    row=self.layout.header_top + self.sheet.first_row,
                    value=self.sheet.name,
                )
            )
        self.problems += self.reader.problems

    def _say_rows(self, kinds: pl.DataFrame) -> None:
        for kind in ("total", "note"):
            found = kinds.filter(pl.col("kind") == kind)
            self.problems.append(
                problem_rows(
                    f"row-{kind}",
                    found.select(
                        pl.lit(self.file).alias("file"),
                        pl.lit(self.sheet.name).alias("sheet"),
                        (pl.col("index") + self.sheet.first_row).alias("row"),
                        pl.col("first").alias("value"),
                    ),
                )
            )

    def _understand(self, sheet_year: int | None) -> list[Heading]:
        """Give each column its measure, unit and year; say what is not understood."""
        confirmed = {fold_heading(k): v for k, v in self.hints.mapping.items()}
        units = {fold_heading(k): v for k, v in self.hints.units.items()}
        taken: set[tuple[str, int | None]] = set()
        found: list[Heading] = []
        for position, words in enumerate(self.layout.headings):
            letter = self.sheet.cells.columns[position]
            if not words:
                found.append(self._nameless(letter))
                continue
            folded = fold_heading(words)
            measure = confirmed.get(folded) or _known_in_parts(words)
            certainty = "confirmed" if folded in confirmed else "exact"
            if measure == "-":
                measure, certainty = None, "confirmed"
            heading = Heading(
                letter, words, measure,
                unit=unit_in(words) or units.get(folded, ""),
                year=year_in(words), certainty=certainty if measure else "",
            )  # fmt: skip
            if heading.unit != units.get(folded, heading.unit):
                self._say("unit-own", heading, value=units[folded], more=heading.unit)
            found.append(self._checked(heading, sheet_year, taken, folded))
        return found

    def _checked(
        self,
        heading: Heading,
        sheet_year: int | None,
        taken: set[tuple[str, int | None]],
        folded: str,
    ) -> Heading:
        if heading.measure is None:
            if folded not in _IGNORED:
                self._say("column-unknown", heading)
            return heading
        measure = measure_named(heading.measure)
        year = heading.year
        if measure.frame == "figures" and measure.name != "year":
            back = years_back(heading.words)
            by_row = self._has_year_column()
            if not by_row:
                year = year or (sheet_year and sheet_year - back)
            if year is None and (back or not by_row):
                self._say("year-unknown", heading)
                return replace(heading, measure=None)
        else:
            year = None
        if (measure.name, year) in taken:
            self._say("column-twice", heading)
            return replace(heading, measure=None)
        unit = heading.unit if heading.unit in COUNT_UNITS else ""
        if measure.kind == "money":
            unit = self._unit_of_money(heading)
            if not unit:
                self._say("unit-unknown", heading)
                return replace(heading, measure=None)
        taken.add((measure.name, year))
        return replace(heading, unit=unit, year=year if heading.year or year else None)

    def _unit_of_money(self, heading: Heading) -> str:
        """Give the unit of a column of money: the heading's, the table's or its cells' own."""
        if heading.words == heading.measure:
            return "fen"
        for unit in (heading.unit, self.layout.unit):
            if unit in MONEY_UNITS or unit == OWN_UNIT:
                return unit
        return OWN_UNIT if _cells_state_units(self.cells[heading.letter]) else ""

    def _nameless(self, letter: str) -> Heading:
        """Give the heading of a column without one; where cells stand below it, say so."""
        cells = self.cells[letter]
        filled = cells.is_not_null()
        if cells.dtype == pl.String:
            filled = filled & (cells.str.strip_chars() != "")
        if not filled.any():
            return Heading(letter, "", None)
        heading = Heading(letter, f"{letter} 列（无表头）", None)
        self._say("column-no-heading", heading)
        return heading

    def _has_year_column(self) -> bool:
        return any(known_measure(words) == "year" for words in self.layout.headings if words)

    def _say(self, code: str, heading: Heading, **more: str) -> None:
        self.problems.append(
            one_problem(
                code,
                file=self.file,
                sheet=self.sheet.name,
                row=self.layout.header_top + self.sheet.first_row,
                column=f"{heading.letter} {heading.words}",
                **{"value": heading.words, **more},
            )
        )

    def _infer_titles(self) -> None:
        """Take tier and batch of a published list from its title, where no column tells them."""
        about = f"{self.layout.above} {self.sheet.name} {Path(self.file).stem}"
        titles = self.reader.titles
        given = {h.measure for h in self.headings}
        if not titles.is_empty() or not (_LIST.search(about) or {"batch", "granted"} & given):
            tier = None
        else:
            tier = _tier_in(about)
        if tier is None:
            return
        batch = _BATCH.search(about)
        dates = self.reader.title_parts
        self.reader.titles = (
            empty_titles(self.cells["row_key"]).update(dates, on="row_key")
            if not dates.is_empty()
            else empty_titles(self.cells["row_key"])
        ).with_columns(
            pl.lit(tier).alias("tier"),
            pl.col("batch").fill_null(pl.lit(batch[1] if batch else None, dtype=pl.String)),
        )

    def _aside_without_identity(self) -> None:
        rows = self.reader.rows
        names = [name for name in ("uscc", "name") if name in rows.columns]
        nobody = (
            rows.filter(pl.all_horizontal(pl.col(name).is_null() for name in names))
            if names
            else rows
        )
        if nobody.is_empty():
            return
        self._aside("no-identity", self.cells.join(nobody.select("row_key"), on="row_key"))
        self.reader.drop(nobody["row_key"])

    def _aside(self, code: str, cells: pl.DataFrame) -> None:
        letters = [name for name in cells.columns if name not in ("row_key", "row")]
        raw = cells.select(
            "row_key",
            pl.lit(self.file).alias("file"),
            pl.lit(self.sheet.name).alias("sheet"),
            "row",
            pl.lit(code).alias("code"),
            pl.concat_str(letters, separator="\t", ignore_nulls=False)
            .fill_null(pl.concat_str(letters, separator="\t", ignore_nulls=True))
            .alias("raw"),
        )
        self.set_aside = pl.concat([self.set_aside, raw]) if self.set_aside.height else raw
        self.problems.append(problem_rows(code, raw.with_columns(value=pl.col("raw"))))

    def _aside_broken(self, broken: list[int]) -> None:
        if not broken:
            return
        raw = pl.DataFrame(
            {
                "row_key": [index + self.first_key for index in broken],
                "file": self.file,
                "sheet": self.sheet.name,
                "row": [index + self.sheet.first_row for index in broken],
                "code": "broken-encoding",
                "raw": [self.sheet.broken[index] for index in broken],
            }
        )
        self.set_aside = pl.concat([self.set_aside, raw]) if self.set_aside.height else raw
        said = raw.with_columns(value=pl.col("raw"))
        self.problems.append(problem_rows("broken-encoding", said))


def _filled_down(sheet: RawSheet, data_top: int) -> RawSheet:
    """Give the sheet with cells that are merged over several data rows filled in each of them."""
    spans = [m for m in sheet.merged if m[2] > m[0] >= data_top and 0 <= m[1] < sheet.cells.width]
    by_column: dict[str, dict[int, str | None]] = {}
    for top, left, bottom, _ in spans:
        letter = sheet.cells.columns[left]
        value = sheet.cells[top, letter]
        last = min(bottom, sheet.cells.height - 1)
        by_column.setdefault(letter, {}).update(dict.fromkeys(range(top + 1, last + 1), value))
    if not by_column:
        return sheet
    filled = [
        sheet.cells[letter].scatter(list(rows), list(rows.values()))
        for letter, rows in by_column.items()
    ]
    return replace(sheet, cells=sheet.cells.with_columns(filled))


def _known_in_parts(words: str) -> str | None:
    """Give the measure of a heading, or of the one part of a two-row heading that names one."""
    whole = known_measure(words)
    if whole is not None:
        return whole
    parts = {known_measure(part) for part in words.split(" ")} - {None}
    return parts.pop() if len(parts) == 1 else None


def _cells_state_units(cells: pl.Series) -> bool:
    """Whether nearly every filled cell carries its own 万, 亿 or 元; the others are then named."""
    from sanfu.registry.reading.values import fold  # noqa: PLC0415 - rarely needed

    filled = fold(cells.drop_nulls().head(UNITS_LOOKED_AT).cast(pl.String)).drop_nulls()
    told = filled.str.contains(r"\d.*(万|亿|元)").sum()
    return len(filled) > 0 and told >= MOST_STATE_UNITS * len(filled)


def _tier_in(about: str) -> str | None:
    from sanfu.registry.reading.values import read_tiers  # noqa: PLC0415 - rarely needed

    tier: str | None = read_tiers(pl.Series([about])).values[0]
    return tier


def _join(file: str, parts: list[_SheetReading], problems: list[pl.DataFrame]) -> Reading:
    def stack(frames: list[pl.DataFrame], empty: Mapping[str, Any]) -> pl.DataFrame:
        kept = [frame for frame in frames if frame.height]
        if len(kept) == 1:
            return kept[0]
        return pl.concat(kept, how="diagonal") if kept else pl.DataFrame(schema=empty)

    keys = {"row_key": pl.Int64}
    place = {**keys, "file": pl.String, "sheet": pl.String, "row": pl.Int64}
    return Reading(
        file=file,
        rows=stack([part.reader.rows for part in parts], place),
        figures=stack([part.reader.figures for part in parts], {**keys, "year": pl.Int32}),
        titles=stack([part.reader.titles for part in parts], dict(empty_titles().schema)),
        problems=join_problems(problems),
        set_aside=stack(
            [part.set_aside for part in parts], {**place, "code": pl.String, "raw": pl.String}
        ),
        sheets=tuple(
            SheetCells(part.sheet.name, part.headings, part.cells, part.sheet.source)
            for part in parts
        ),
    )
