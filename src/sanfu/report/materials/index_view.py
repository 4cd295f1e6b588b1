"""One year of an index as reports read it: units in order, and each number with its trace."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import polars as pl

from sanfu.index.formulas import aggregate_formula, normalise_formula
from sanfu.language import Text
from sanfu.report.blocks import Table, Trace
from sanfu.report.confidential import HIDDEN, NOTE
from sanfu.report.facts import Derived, Fact
from sanfu.report.figures.regions import read_tiles
from sanfu.report.linked import Withheld, crossed, not_drawn
from sanfu.report.material import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sanfu.index import Index, RegionFigures
    from sanfu.index.moments import Array
    from sanfu.report.blocks import Inline, TableColumn
    from sanfu.report.facts import Origin, Show
    from sanfu.report.figures import About

_REGIONS = Text("地区", "regions")
CELLS_SHOWN = 3
"""Cells listed in a trace before it says how many more there are and how to list them."""
_IN_PLACES = re.compile(r"[A-Za-z0-9-]+")
"""What may stand in a fact's name and in an address."""


@dataclass(frozen=True, eq=False)
class IndexView:
    """The latest year of an index, its units from the first to the last.

    Attributes
    ----------
    items
        The scored units in order of rank. A unit's code is the region's own, else made of its name;
        whichever other units are scored, it is the same, so that an editor's words stay with it.
    """

    index: Index
    _traced: dict[tuple[str, str], pl.DataFrame | None] = field(default_factory=dict)

    @cached_property
    def year(self) -> int | None:
        """The latest year, if the index has years."""
        years = self.index.years
        return None if years is None else int(years.max())

    @cached_property
    def root(self) -> str:
        """Code of the index itself."""
        return self.index.plan.nodes[-1]

    @cached_property
    def pillars(self) -> tuple[str, ...]:
        """The parts directly under the index."""
        return self.index.plan.children[self.root]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The units, best first; equal ranks by name."""
        named = {} if self.index.regions is None else self.index.regions.names
        return items_of(self.units, named)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Names of the scored units, best first."""
        ranking = self.index.ranking.filter(pl.col("score").is_not_null())
        if self.year is not None:
            ranking = ranking.filter(pl.col("year") == self.year)
        return tuple(ranking["unit"])

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {
            item.code: self.index.row(unit, self.year)
            for item, unit in zip(self.items, self.units, strict=True)
        }

    def row(self, item: Item) -> int:
        """Give the index's row of a unit."""
        return self._row_of[item.code]

    def values(self, code: str) -> Array:
        """Give a part's scores over the units, best first."""
        return np.asarray(self.index.value(code))[[self.row(item) for item in self.items]]

    def name(self, code: str) -> str:
        """Name a part in the current language."""
        return str(self.index.framework.label(code))

    def leaders(self) -> list[Item]:
        """Give the first of the ranking, and those that share its place."""
        first = self.rank_of(self.items[0], self.root)
        return [item for item in self.items if self.rank_of(item, self.root) == first]

    def rank_of(self, item: Item, code: str) -> int | None:
        """Rank a unit by one part: 1 is best, equal scores share the better rank."""
        own = float(self.index.value(code)[self.row(item)])
        return None if np.isnan(own) else int(np.sum(self.values(code) > own)) + 1

    def score(self, item: Item, code: str | None = None) -> Fact:
        """Give a part's score, or an indicator's normalised figure, with its trace."""
        code = code or self.root
        value = float(self.index.value(code)[self.row(item)])
        make = self._trace_of(item, code)
        home = f"index.score.{item.code}.{code}"
        if self.hides(item, code):
            return Fact(HIDDEN, trace=make, home=home)
        return Fact(None if np.isnan(value) else value, "number", 1, make, home)

    def hides(self, item: Item, code: str) -> bool:
        """Tell whether an indicator of a unit is hidden by the rules of confidentiality."""
        return (str(item.name), code) in self._hidden

    @cached_property
    def _hidden(self) -> Mapping[tuple[str, str], str]:
        """Unit and indicator → the rule that hides the latest year's figure."""
        regions = self.index.regions
        if regions is None or regions.log.is_empty():
            return {}
        log = regions.log.filter(
            pl.col("level") == regions.levels[0], pl.col("year") == max(regions.measured)
        )
        return {(unit, code): rule for unit, code, rule in
                log.select("unit", "indicator", "rule").iter_rows()}  # fmt: skip

    def withheld(self, only: str = "") -> list[Withheld]:
        """List the indicators that are hidden, of one unit or of all."""
        found = []
        for (unit, code), rule in self._hidden.items():
            if only and unit != only:
                continue
            name = self.index.framework.label(code)
            table = Text("各地区指标值", "indicators by region")
            found.append(Withheld(table, crossed(unit, name), rule))
        return found

    def raw(self, item: Item, code: str) -> Fact:
        """Give an indicator's own figure before any step, with its cells."""
        figures = next(iter(self.index.steps.values())).figures
        value = float(figures.values[self._raw_row(item), figures.codes.index(code)])
        home = f"index.raw.{item.code}.{code}"
        if self.hides(item, code):
            return Fact(HIDDEN, trace=lambda: self._cells(item, code), home=home)
        return self.like(code, value, lambda: self._cells(item, code), home)

    def like(
        self, code: str, value: float, trace: Callable[[], Trace | Derived], home: str
    ) -> Fact:
        """Give a number in an indicator's own unit as it is printed."""
        return in_unit(self.index.framework.indicators[code].unit, value, trace, home)

    def rank(self, item: Item, code: str) -> Fact:
        """Give a unit's rank by one part; all ranks by it share a trace."""
        trace = Derived(
            str(Text(f"名次：{self.name(code)}", f"ranks: {self.name(code)}")),
            str(
                Text(
                    "1 + 得分更高的地区数（同分同名次）",
                    "1 + regions with a higher score; equal scores share the better rank",
                )
            ),
            (self.scores(code),),
        )
        place = HIDDEN if self.hides(item, code) else self.rank_of(item, code)
        return Fact(place, "rank", 1, trace, f"index.rank.{code}")

    def scores(self, code: str) -> tuple[str, Fact]:
        """Give the scores of all units by one part as one input of what derives from them."""
        return self._all(code, Text("各地区得分", "the regions' scores"), "scores", self.score)

    def raws(self, code: str) -> tuple[str, Fact]:
        """Give an indicator's own figures of all units as one input."""
        return self._all(code, Text("各地区数值", "the regions' figures"), "raws", self.raw)

    def _all(
        self, code: str, named: Text, kind: str, give: Callable[[Item, str], Fact]
    ) -> tuple[str, Fact]:
        def trace() -> Derived:
            what = f"{named}：{self.name(code)}"
            each = Text("逐个地区列出", "each region's own")
            inputs = tuple((str(item.name), give(item, code)) for item in self.items)
            return Derived(what, str(each), inputs)

        n = Text(f"{len(self.items)} 个地区", f"{len(self.items)} regions")
        return str(named), Fact(str(n), "words", trace=trace, home=f"index.{kind}.{code}")

    def over_units(
        self,
        kind: str,
        code: str,
        value: float | None,
        words: Text,
        formula: str,
        *more: tuple[str, str | Fact],
        show: Show = "number",
        decimals: int = 1,
    ) -> Fact:
        """Give a number computed over the scores of all units by one part.

        Parameters
        ----------
        kind
            Names it apart from the others over the same part.
        more
            What it is computed from besides the scores.
        """
        name = self.name(code)
        what = str(Text(f"{words.zh}：{name}", f"{words.en}: {name}"))
        trace = Derived(what, formula, (self.scores(code), *more))
        return Fact(value, show, decimals, trace, f"index.{kind}.{code}")

    def mean(self, code: str) -> Fact:
        """Give the mean of a part's scores over the units that have one."""
        mean = float(np.nanmean(self.values(code)))
        return self.over_units("mean", code, mean, Text("平均", "mean"), "Σx ÷ n")

    def from_mean(self, item: Item) -> Fact:
        """Give a unit's score less the mean."""
        code = self.root
        value = self._own(item, code) - float(np.nanmean(self.values(code)))
        trace = Derived(
            str(Text(f"{item.name.zh} · 与平均之差", f"{item.name.en} · distance from the mean")),
            str(Text("得分 − 平均", "score − mean")),
            (
                (str(Text("得分", "score")), self.score(item, code)),
                (str(Text("平均", "mean")), self.mean(code)),
            ),
        )
        return Fact(value, "signed", 1, trace, f"index.from-mean.{item.code}")

    def shifted(self, item: Item, code: str, value: float | None = None) -> Fact:
        """Give what a part adds to a unit's whole score against the mean, with its trace.

        `value` is given where the part lies further down, by the weights of all nodes above it.
        """
        shift = self.shift(item, code) if value is None else value
        trace = Derived(
            str(
                Text(
                    f"{item.name.zh} · 对总分的加减：{self.name(code)}",
                    f"{item.name.en} · adds to the score: {self.name(code)}",
                )
            ),
            str(Text("权重 ×（得分 − 平均）", "weight × (score − mean)")),
            (
                (str(Text("占总权重", "of the whole weight")), self.weight(code)),
                (str(Text("得分", "score")), self.score(item, code)),
                (str(Text("平均", "mean")), self.mean(code)),
            ),
        )
        return Fact(shift, "signed", 1, trace, f"index.shift.{item.code}.{code}")

    def weight(self, code: str) -> Fact:
        """Give a part's weight in the whole."""
        return self.of_framework(
            f"weight.{code}",
            self.index.effective_weights.get(code),
            Text(f"权重：{self.name(code)}", f"weight: {self.name(code)}"),
            Text("由总分到该项各级权重之积", "product of the weights from the whole down to it"),
            "percent",
        )

    def of_framework(
        self, name: str, value: float | str | None, words: Text, formula: Text,
        show: Show = "count",
    ) -> Fact:  # fmt: skip
        """Give what the framework itself says, such as how many indicators it has."""
        framework = self.index.framework
        trace = Derived(
            str(words),
            str(formula),
            (
                (
                    str(Text("指标体系", "framework")),
                    f"{framework.framework} {framework.version}，{framework.content_hash()[:16]}",
                ),
            ),
        )
        return Fact(value, show, 1, trace, f"index.framework.{name}")

    def unit_of(self, code: str) -> str:
        """Give the unit of a part as figures name it."""
        if code not in self.index.plan.indicators:
            return self.points
        unit = self.index.framework.indicators[code].unit
        if unit == "share":
            return "%"
        return words_of(unit) or str(Text("指标值", "the indicator's own unit"))

    def shift(self, item: Item, code: str) -> float | None:
        """Say what a part adds to, or takes from, the score of its parent against the mean.

        None where the parent is not an arithmetic mean, or the unit lacks the part.
        """
        parent = next(n for n, parts in self.index.plan.children.items() if code in parts)
        rule = self.index.framework.aggregate_of(parent)
        values = self.values(code)
        own = float(self.index.value(code)[self.row(item)])
        if rule.method != "arithmetic" or np.isnan(own):
            return None
        children = self.index.plan.children[parent]
        weights = self.index.weights[parent]
        share = float(weights[children.index(code)] / np.sum(weights))
        return share * (own - float(np.nanmean(values)))

    @cached_property
    def synthetic(self) -> bool:
        """Whether any firm behind the index is synthetic."""
        regions = self.index.regions
        if regions is None or "synthetic" not in regions.frames.columns["firms"]:
            return False
        firms = cast("nw.LazyFrame[Any]", regions.frames.firms)
        return bool(firms.select(nw.col("synthetic").any()).collect().to_polars().item())

    @cached_property
    def firms(self) -> int | None:
        """How many firms stand behind the latest year's figures."""
        if self.index.regions is None:
            return None
        frame = self.index.regions.frame
        lowest = frame.filter(
            pl.col("level") == frame["level"].first(), pl.col("year") == frame["year"].max()
        )
        return int(lowest.unique("unit")["population"].sum())

    @cached_property
    def method(self) -> str:
        """The method in one line."""
        from sanfu.index.method_words import method_text  # noqa: PLC0415 - when a report is made

        return str(method_text(self.index.framework.method))

    @property
    def points(self) -> str:
        """The unit of scores."""
        return str(Text("分", "points"))

    def table(
        self,
        caption: Text,
        columns: tuple[TableColumn, ...],
        rows: Sequence[tuple[Inline, ...]],
        source: str = "",
    ) -> Table:
        """Make a table that says so where a firm in it is synthetic."""
        return Table(str(caption), columns, tuple(rows), source=source, synthetic=self.synthetic)

    def title(self, zh: str, en: str) -> str:
        """Give a title that begins with the index's name."""
        name = self.index.framework.name.text()
        return str(Text(f"{name.zh}：{zh}", f"{name.en}: {en}"))

    @cached_property
    def source(self) -> str:
        """What the index was computed from, in words."""
        sample = Text("合成样本台账", "synthetic sample ledger")
        own = Text("企业台账汇总", "summed from the ledger of firms")
        read = Text("读入的指标表", "the table of figures read")
        return str(sample if self.synthetic else own if self.index.regions else read)

    def about(self, title: str, unit: str, *, gaps: int = 0) -> About:
        """Give what stands with every figure: title, unit, source, date, n, method, stamp.

        Parameters
        ----------
        gaps
            How many regions are not drawn, to protect firms.
        """
        year, firms = self.year, self.firms
        n = Text(
            f"{len(self.items)} 个地区" + (f"，{firms:,} 户企业" if firms else ""),
            f"{len(self.items)} regions" + (f", {firms:,} firms" if firms else ""),
        )
        return {
            "title": title,
            "unit": unit,
            "source": self.source,
            "as_of": str(Text(f"{year} 年", f"{year}") if year else Text("见数据", "see the data")),
            "n": str(n),
            "method": str(not_drawn(Text(self.method, self.method), gaps, _REGIONS)),
            "synthetic": self.synthetic,
        }

    def about_own(self, title: str, code: str, *, gaps: int = 0) -> About:
        """Give the same for an indicator's own figures, which no step has touched yet."""
        said = self.formula_of(code)
        method = (
            Text(f"各地区原值 = {said.zh}", f"each region's own figure = {said.en}")
            if said
            else Text("各地区原值，如所给", "each region's own figure, as given")
        )
        about = self.about(title, self.unit_of(code), gaps=gaps)
        about["method"] = str(not_drawn(method, gaps, _REGIONS))
        regions = self.index.regions
        if regions is not None and code in regions.plans:
            shown = [str(item.name) for item in self.items if not self.hides(item, code)]
            behind = regions.frame.filter(
                pl.col("unit").is_in(shown),
                pl.col("indicator") == code,
                pl.col("year") == self.year,
                pl.col("value").is_not_null(),
            )
            n = int(behind["n"].sum())
            about["n"] = str(
                Text(
                    f"{behind.height} 个地区，{n:,} 户企业", f"{behind.height} regions, {n:,} firms"
                )
            )
        return about

    def formula_of(self, code: str) -> Text | None:
        """Say how an indicator is computed from the firms, in words; None where it was read."""
        from sanfu.report.materials.formula_words import (  # noqa: PLC0415 - when a report is made
            indicator_words,
        )

        formula = self.index.framework.indicators[code].formula
        return None if formula is None else indicator_words(formula)

    def _trace_of(self, item: Item, code: str) -> Callable[[], Trace | Derived]:
        return lambda: (
            self._normalised(item, code)
            if code in self.index.plan.indicators
            else self._aggregated(item, code)
        )

    def _aggregated(self, item: Item, code: str) -> Derived:
        rule = self.index.framework.aggregate_of(code)
        children = self.index.plan.children[code]
        weights = self.index.weights[code]
        inputs = tuple(
            (
                f"{self.name(child)}（{child}）",
                replace(self.score(item, child), value=f"{self._told(item, child)} × {weight:g}"),
            )
            for child, weight in zip(children, weights, strict=True)
        )
        return Derived(f"{item.name} · {self.name(code)}", aggregate_formula(rule), inputs)

    def _told(self, item: Item, code: str) -> str:
        return HIDDEN if self.hides(item, code) else f"{self._own(item, code):.6g}"

    def _normalised(self, item: Item, code: str) -> Trace | Derived:
        framework = self.index.framework
        rule = framework.indicators[code].normalise or framework.method.normalise
        before = list(self.index.steps.values())[-2].figures
        column = before.values[:, before.codes.index(code)]
        if before.years is not None and rule.over != "all":
            column = column[before.years == (self.year if rule.over == "year" else rule.base)]
        formula = normalise_formula(rule, framework.indicators[code].direction, column)
        if self.hides(item, code):
            return self._cells(item, code)
        raw = self.raw(item, code)
        behind = self._cells(item, code)
        shown = "—" if raw.value is None else f"{raw.value:.10g}"
        return Derived(
            f"{item.name} · {self.name(code)}",
            formula,
            ((str(Text("原值 x", "figure x")), replace(raw, value=shown)),),
            behind.cells[-1:],
            behind.total,
        )

    def _cells(self, item: Item, code: str) -> Trace:
        """Follow a figure to the firms and the cells of the files that it was computed from."""
        formula = self.index.framework.indicators[code].formula or ""
        what = f"{item.name} · {self.name(code)}"
        regions = self.index.regions
        if regions is None or code not in regions.plans:
            read = str(Text("读入的数据", "as read"))
            return Trace("", what, formula or read, ((str(Text("来源", "source")), self.source),))
        if self.hides(item, code):
            return Trace("", what, formula, ((HIDDEN, str(NOTE)),))
        n, behind, total = self._behind(code, str(item.name))
        count = (str(Text("依据企业数", "firms behind it")), f"{n}")
        cells = [
            f"{cell['firm']} {cell['column']}"
            f"{'' if cell['year'] is None else ' ' + str(cell['year'])}："
            f"{cell['file']} › {cell['sheet']} › {cell['row']} = {cell['raw']}"
            for cell in behind
        ]
        if total > len(cells):
            named = f'{self.index.framework.framework} -w . --unit "{item.name}" --node {code}'
            command = f"sanfu index explain {named} --cells"
            cells.append(
                str(
                    Text(
                        f"……共 {total} 格，全部列出：{command}",
                        f"… {total} cells in all; to list them: {command}",
                    )
                )
            )
        return Trace("", what, formula, (count,), tuple(cells), total)

    def _behind(self, code: str, unit: str) -> tuple[int, list[dict[str, Any]], int]:
        """Give how many firms stand behind a figure, its first cells, and how many there are."""
        regions = cast("RegionFigures", self.index.regions)
        frame = regions.frame
        top = frame.filter(pl.col("level") == regions.levels[-1])["unit"].unique()
        whole = str(top[0]) if len(top) == 1 and len(regions.levels) > 1 else unit
        if (code, whole) not in self._traced:
            found = regions.trace(whole, code, self.year)
            cells = found.cells
            if cells is not None:
                cells = cells.join(found.rows.select("firm", "unit"), on="firm")
                cells = cells.sort("firm", "column", "year")
            self._traced[code, whole] = cells
        own = frame.filter(
            pl.col("unit") == unit, pl.col("indicator") == code, pl.col("year") == self.year
        )
        n = int(own["n"].sum())
        cells = self._traced[code, whole]
        if cells is None:
            return n, [], 0
        mine = cells.filter(pl.col("unit") == unit) if whole != unit else cells
        return n, mine.head(CELLS_SHOWN).to_dicts(), mine.height

    def _own(self, item: Item, code: str) -> float:
        return float(self.index.value(code)[self.row(item)])

    def _raw_row(self, item: Item) -> int:
        figures = next(iter(self.index.steps.values())).figures
        rows = np.flatnonzero(figures.units == str(item.name))
        if figures.years is not None and self.year is not None:
            rows = rows[figures.years[rows] == self.year]
        return int(rows[0])


def items_of(units: Iterable[str], named: Mapping[str, str]) -> tuple[Item, ...]:
    """Give regions as items; the code is the region's own, else made of its name."""
    codes = {name: code for code, name in named.items() if _IN_PLACES.fullmatch(code)}
    return tuple(
        Item(codes.get(unit) or f"u-{sha256(unit.encode()).hexdigest()[:10]}", Text(unit, unit))
        for unit in units
    )


def in_unit(
    unit: object, value: float, trace: Origin | Callable[[], Origin] | None, home: str
) -> Fact:
    """Give a number in an indicator's own unit as it is printed."""
    missing = np.isnan(value)
    if unit == "share":
        return Fact(None if missing else value, "percent", 1, trace, home)
    whole = missing or value.is_integer() or abs(value) >= 10_000
    return Fact(None if missing else value, "number", 0 if whole else 1, trace, home)


def words_of(text: Any) -> str | None:
    """Give a label, a plain string or nothing as words."""
    return None if text is None else str(text.text()) if hasattr(text, "text") else str(text)


def tile_codes(units: tuple[str, ...], tiles: str = "") -> tuple[str, dict[str, str]] | None:
    """Find the tile layout that knows all units, and each unit's code in it."""
    for layout in (tiles,) if tiles else ("shanghai", "china"):
        rows = read_tiles(layout).select("code", "name", "name_en").rows()
        codes = {
            unit: code
            for unit in units
            for code, zh, en in rows
            if unit.startswith(zh) or unit.lower() == en.lower()
        }
        if set(codes) == set(units):
            return layout, codes
    return None
